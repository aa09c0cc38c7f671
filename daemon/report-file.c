/* SPDX-License-Identifier: MIT */
#include "daemon/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/core/metrics.h"
#include "lib/core/util.h"

/* The files that tell the same to different readers. The collector takes names that end with .prom, so the new one must not. */
static const struct {
        const char *name;
        const char *temporary;
        int (*format)(const Health *health, char **ret);
} files[] = {
        { "health.json", ".health.json.new", health_format },
        { "scand.prom", ".scand.prom.new", metrics_format },
};

static int write_all(int fd, const char *text, size_t size)
{
        while (size > 0) {
                ssize_t n = write(fd, text, size);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                text += n;
                size -= (size_t)n;
        }

        return 0;
}

/* Everybody may read it, whatever the umask is: there are no names of people in it. */
static int write_new(int directory, const char *name, const char *text)
{
        int fd, r;

        fd = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (fd < 0)
                return -errno;

        r = fchmod(fd, 0644) < 0 ? -errno : write_all(fd, text, strlen(text));
        if (close(fd) < 0 && r >= 0)
                r = -errno;
        return r;
}

/* No fsync: after a crash of the machine nobody believes a file of the boot before, and on /run there is none. */
static int write_over(int directory, const char *name, const char *temporary, const char *text)
{
        int r;

        r = write_new(directory, temporary, text);
        if (r >= 0 && renameat(directory, temporary, directory, name) < 0)
                r = -errno;
        if (r < 0)
                (void)unlinkat(directory, temporary, 0);
        return r;
}

int report_write(const Health *health, const char *directory)
{
        int fd, result = 0;

        fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;

        /* What is wrong with one of them keeps nobody from the other. */
        for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
                _cleanup_free_ char *text = NULL;
                int r;

                r = files[i].format(health, &text);
                if (r >= 0)
                        r = write_over(fd, files[i].name, files[i].temporary, text);
                if (r < 0 && result == 0)
                        result = r;
        }

        (void)close(fd);
        return result;
}
