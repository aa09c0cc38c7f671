/* SPDX-License-Identifier: MIT */
#include "ctl/log-watcher.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

/* A file system that tells nothing, such as one of another machine, is looked at all the same, once in a while. */
#define PATIENCE_MSEC (30 * 1000)

/* An answer of a domain controller commits in one go, and what follows it within this time is shown with it. */
#define BURST_MSEC 200

struct LogWatcher {
        int folder; /* inotify */
        int output;
        char *database; /* the file's name in its folder */
};

LogWatcher *log_watcher_free(LogWatcher *watcher)
{
        if (!watcher)
                return NULL;

        if (watcher->folder >= 0)
                (void)close(watcher->folder);
        free(watcher->database);
        free(watcher);
        return NULL;
}

/* The folder and not the file: what is written is the log beside it, which comes and goes. */
static int watch_folder(LogWatcher *watcher, const char *database)
{
        _cleanup_free_ char *folder = strdup(database);
        char *slash = folder ? strrchr(folder, '/') : NULL;

        watcher->database = strdup(slash ? slash + 1 : database);
        if (!folder || !watcher->database)
                return -ENOMEM;
        if (slash)
                slash[slash == folder] = '\0';

        watcher->folder = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        if (watcher->folder < 0)
                return -errno;
        if (inotify_add_watch(watcher->folder, slash ? folder : ".",
                              IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_TO) < 0)
                return -errno;
        return 0;
}

static void on_end(int signal)
{
        _exit(EXIT_SUCCESS);
}

/*
 * An end that is asked for is the usual one. At once, since there is nothing to be put in order: the database is only read, what was
 * written is flushed before each wait, and a write that nobody reads could otherwise not be ended.
 */
static int catch_signals(void)
{
        static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
        const struct sigaction end = { .sa_handler = on_end }, ignore = { .sa_handler = SIG_IGN };

        for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
                if (sigaction(signals[i], &end, NULL) < 0)
                        return -errno;

        /* Whoever stops reading is noticed by what write() says. */
        return sigaction(SIGPIPE, &ignore, NULL) < 0 ? -errno : 0;
}

int log_watcher_new(const char *database, int output, LogWatcher **ret)
{
        _cleanup_(log_watcher_freep) LogWatcher *watcher = calloc(1, sizeof(*watcher));
        int r;

        if (!watcher)
                return -ENOMEM;
        *watcher = (LogWatcher){ .folder = -1, .output = output };

        r = watch_folder(watcher, database);
        if (r >= 0)
                r = catch_signals();
        if (r < 0)
                return r;

        *ret = TAKE_PTR(watcher);
        return 0;
}

/* Was any of it about the database or what belongs to it? Readers touch the "-shm" file, which is no news. */
static bool is_news(const LogWatcher *watcher, const struct inotify_event *event)
{
        size_t size = strlen(watcher->database);

        if (event->mask & IN_Q_OVERFLOW)
                return true;
        return event->len > 0 && strncmp(event->name, watcher->database, size) == 0 &&
               strcmp(event->name + size, "-shm") != 0;
}

/* Takes what the kernel has told. Whether it is news. */
static bool drain(LogWatcher *watcher)
{
        char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
        bool news = false;
        ssize_t n;

        while ((n = read(watcher->folder, buffer, sizeof(buffer))) > 0)
                for (ssize_t at = 0; at < n;) {
                        const struct inotify_event *event =
                                (const struct inotify_event *)(const void *)(buffer + at);

                        news = news || is_news(watcher, event);
                        at += (ssize_t)(sizeof(*event) + event->len);
                }

        return news;
}

/* 0: the time is over. `watched` false: only for an end. */
static int wait_once(LogWatcher *watcher, bool watched, int milliseconds)
{
        struct pollfd fds[] = {
                { .fd = watcher->output }, /* only whether somebody is there */
                { .fd = watched ? watcher->folder : -1, .events = POLLIN },
        };
        int n;

        n = poll(fds, ARRAY_SIZE(fds), milliseconds);
        if (n < 0)
                return errno == EINTR ? 0 : -errno;
        if (n > 0 && fds[0].revents)
                return WATCHER_OVER;
        return n == 0 ? 0 : WATCHER_NEWS;
}

int log_watcher_wait(LogWatcher *watcher)
{
        int r;

        do {
                r = wait_once(watcher, true, PATIENCE_MSEC);
                if (r == 0)
                        return WATCHER_NEWS;
        } while (r == WATCHER_NEWS && !drain(watcher));
        if (r != WATCHER_NEWS)
                return r;

        /* The rest of the burst: a log that is written all the time is looked at five times a second, no more. */
        r = wait_once(watcher, false, BURST_MSEC);
        if (r != 0)
                return r;
        (void)drain(watcher);
        return WATCHER_NEWS;
}
