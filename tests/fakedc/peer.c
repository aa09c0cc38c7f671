/* SPDX-License-Identifier: MIT */
#include "tests/fakedc/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what)
{
        perror(what);
        abort();
}

static void read_line(Peer *peer, char *ret, size_t size)
{
        size_t n = 0;

        for (;;) {
                ssize_t r = read(peer->answers, ret + n, 1);

                if (r < 0 && errno == EINTR)
                        continue;
                if (r <= 0 || n + 1 == size)
                        fail("fakedc");
                if (ret[n] == '\n')
                        break;
                n++;
        }

        ret[n] = '\0';
}

static void run(const char *const *options, int in, int out)
{
        const char *path = getenv("FAKEDC"), *arguments[32] = { path };

        for (size_t i = 0; options[i] && i + 2 < ARRAY_SIZE(arguments); i++)
                arguments[i + 1] = options[i];

        if (path && dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
                (void)execv(path, (char **)arguments);

        perror(path ? path : "FAKEDC is not set");
        _exit(127);
}

Peer *peer_new(const char *const *options)
{
        Peer *peer = calloc(1, sizeof(*peer));
        int in[2], out[2];

        if (!peer || pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
                fail("pipe");

        peer->pid = fork();
        if (peer->pid < 0)
                fail("fork");
        if (peer->pid == 0)
                run(options, in[0], out[1]);

        close(in[0]);
        close(out[1]);
        peer->commands = in[1];
        peer->answers = out[0];

        read_line(peer, peer->answer, sizeof(peer->answer));
        if (sscanf(peer->answer, "port %u", &peer->port) != 1)
                fail("fakedc");

        return peer;
}

Peer *peer_free(Peer *peer)
{
        if (!peer)
                return NULL;

        close(peer->commands); /* it ends with that */
        close(peer->answers);
        (void)waitpid(peer->pid, NULL, 0);
        free(peer);
        return NULL;
}

const char *peer_command(Peer *peer, const char *format, ...)
{
        _cleanup_free_ char *line = NULL;
        va_list arguments;
        int n;

        va_start(arguments, format);
        n = vasprintf(&line, format, arguments);
        va_end(arguments);
        if (n < 0 || write(peer->commands, line, (size_t)n) != n ||
            write(peer->commands, "\n", 1) != 1)
                fail("fakedc");

        read_line(peer, peer->answer, sizeof(peer->answer));
        if (strncmp(peer->answer, "ok", 2) != 0) {
                fprintf(stderr, "fakedc: %s: %s\n", line, peer->answer);
                abort();
        }

        return peer->answer + 2 + strspn(peer->answer + 2, " ");
}
