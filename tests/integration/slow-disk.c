/* SPDX-License-Identifier: MIT */

/* To be preloaded: a disk that needs 200 ms for what must be safe on it. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static int slowly(const char *name, int fd)
{
        static const struct timespec delay = { .tv_nsec = 200 * 1000 * 1000 };
        int (*function)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);

        nanosleep(&delay, NULL);
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
