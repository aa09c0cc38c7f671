/* SPDX-License-Identifier: MIT */
#include "ctl/check-names.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/core/util.h"

#define MOST_ARGUMENTS 16
#define LINE_LARGEST   1024 /* of a name, Nagios shows less */

static int64_t now_ms(void)
{
        struct timespec now;

        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void make_arguments(const NamesQuery *query, const char *arguments[MOST_ARGUMENTS])
{
        size_t n = 0;

        arguments[n++] = "scanctl";
        arguments[n++] = "findings";
        arguments[n++] = "--all";
        arguments[n++] = "--no-legend";
        arguments[n++] = "--no-pager";
        arguments[n++] = "--color=never";
        if (query->database) {
                arguments[n++] = "--database";
                arguments[n++] = query->database;
        }
        if (query->domain) {
                arguments[n++] = "--domain";
                arguments[n++] = query->domain;
        }
        arguments[n++] = query->rule ? "--rule" : "--severity";
        arguments[n++] = query->rule ? query->rule : query->severity;
        arguments[n] = NULL;
}

/* Both of its outputs go into one pipe: where it fails, what it says is what we have. */
static int spawn(const NamesQuery *query, pid_t *ret_pid, int *ret_fd)
{
        const char *arguments[MOST_ARGUMENTS];
        posix_spawn_file_actions_t actions;
        int fds[2];
        int r;

        make_arguments(query, arguments);
        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;

        r = -posix_spawn_file_actions_init(&actions);
        if (r == 0) {
                r = -posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY,
                                                      0);
                if (r == 0)
                        r = -posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
                if (r == 0)
                        r = -posix_spawn_file_actions_adddup2(&actions, fds[1], STDERR_FILENO);
                if (r == 0)
                        r = -posix_spawnp(ret_pid, arguments[0], &actions, NULL,
                                          (char *const *)arguments, environ);
                (void)posix_spawn_file_actions_destroy(&actions);
        }

        (void)close(fds[1]);
        if (r != 0) {
                (void)close(fds[0]);
                return r;
        }

        *ret_fd = fds[0];
        return 0;
}

/* Takes over what was read, up to `most` lines, each cut where it is longer than anybody shows. 1 enough, 0 not yet. */
static int take_lines(const char *data, size_t size, unsigned most, unsigned *n, size_t *column,
                      Buffer *lines)
{
        for (size_t i = 0; i < size && *n < most; i++) {
                int r;

                *column = data[i] == '\n' ? 0 : *column + 1;
                *n += data[i] == '\n';
                if (*column > LINE_LARGEST)
                        continue;
                r = buffer_append_byte(lines, (uint8_t)data[i]);
                if (r < 0)
                        return r;
        }

        return *n == most;
}

static int read_lines(const NamesQuery *query, int fd, Buffer *lines)
{
        int64_t until = now_ms() + query->timeout_ms;
        size_t column = 0;
        unsigned n = 0;

        for (;;) {
                struct pollfd pollfd = { .fd = fd, .events = POLLIN };
                int64_t left = until - now_ms();
                char data[4096];
                ssize_t size;
                int r;

                r = left > 0 ? poll(&pollfd, 1, (int)left) : 0;
                if (r < 0 && errno == EINTR)
                        continue;
                if (r <= 0)
                        return r < 0 ? -errno : -ETIMEDOUT;

                size = read(fd, data, sizeof(data));
                if (size < 0 && errno == EINTR)
                        continue;
                if (size <= 0)
                        return size < 0 ? -errno : 0;

                r = take_lines(data, (size_t)size, query->most, &n, &column, lines);
                if (r != 0)
                        return r;
        }
}

int names_list(const NamesQuery *query, Buffer *lines)
{
        int fd = -1, status;
        pid_t pid;
        int r;

        r = spawn(query, &pid, &fd);
        if (r != 0)
                return r;

        r = read_lines(query, fd, lines);
        (void)close(fd);
        if (r != 0) {
                /* Enough, too late or broken: it is not needed any more, nor waited for. */
                (void)kill(pid, SIGKILL);
                (void)waitpid(pid, NULL, WNOHANG);
                return r < 0 ? r : 0;
        }

        while ((r = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
                ;
        if (r < 0)
                return -errno;

        /* 1: there are findings. */
        return WIFEXITED(status) && WEXITSTATUS(status) <= 1 ? 0 : -ECHILD;
}
