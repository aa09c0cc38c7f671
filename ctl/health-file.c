/* SPDX-License-Identifier: MIT */
#include "ctl/health-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SIZE_LIMIT (16 << 20) /* ten thousand domains and more: anything above is not ours */
#define BLOCK_SIZE 8192

static int health_file_read_all(int fd, Buffer *buffer)
{
        struct stat status;
        ssize_t n;
        int r;

        if (fstat(fd, &status) < 0)
                return -errno;
        if (!S_ISREG(status.st_mode))
                return -ENOTSUP;

        do {
                if (buffer->size > SIZE_LIMIT)
                        return -EFBIG;
                r = buffer_reserve(buffer, BLOCK_SIZE);
                if (r < 0)
                        return r;

                n = read(fd, buffer->data + buffer->size, BLOCK_SIZE);
                if (n < 0)
                        return -errno;
                buffer->size += (size_t)n;
        } while (n > 0);

        return 0;
}

int health_file_read(const char *path, Buffer *buffer)
{
        int fd, r;

        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return errno == ELOOP ? -ENOTSUP : -errno;

        r = health_file_read_all(fd, buffer);
        (void)close(fd);
        return r;
}

void health_clock_read(HealthClock *clock, char boot_id[static HEALTH_BOOT_ID_SIZE])
{
        struct timespec boottime;
        ssize_t n;
        int fd;

        *clock = (HealthClock){ .now = time(NULL) };
        if (clock_gettime(CLOCK_BOOTTIME, &boottime) == 0)
                clock->boottime = boottime.tv_sec;

        fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return;
        n = read(fd, boot_id, HEALTH_BOOT_ID_SIZE - 1);
        (void)close(fd);
        if (n <= 0)
                return;

        boot_id[n] = '\0';
        boot_id[strcspn(boot_id, "\n")] = '\0';
        clock->boot_id = boot_id;
}
