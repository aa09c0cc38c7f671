/* SPDX-License-Identifier: MIT */

/* To be preloaded: a disk that needs 200 ms for what must be safe on it. Each time it was waited for is a line in the file that
 * SLOW_DISK_LOG names: seconds of the monotonic clock. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void note(void)
{
        const char *path = getenv("SLOW_DISK_LOG");
        FILE *file = path ? fopen(path, "ae") : NULL;
        struct timespec now;

        if (!file)
                return;
        clock_gettime(CLOCK_MONOTONIC, &now);
        fprintf(file, "%lld.%09ld\n", (long long)now.tv_sec, now.tv_nsec);
        fclose(file);
}

static int slowly(const char *name, int fd)
{
        static const struct timespec delay = { .tv_nsec = 200 * 1000 * 1000 };
        int (*function)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);

        nanosleep(&delay, NULL);
        note();
        return function(fd);
}

int fsync(int fd)
{
        return slowly("fsync", fd);
}

int fdatasync(int fd)
{
        return slowly("fdatasync", fd);
}
