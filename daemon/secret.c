/* SPDX-License-Identifier: MIT */
#include "daemon/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_MAPPED 4096 /* AD passwords have at most 256 characters */

void secret_done(Secret *secret)
{
        if (secret->data) {
                explicit_bzero(secret->data, secret->mapped);
                (void)munmap(secret->data, secret->mapped);
        }

        *secret = SECRET_NULL;
}

static int secret_allocate(Secret *ret)
{
        char *data = mmap(NULL, SECRET_MAPPED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                          -1, 0);

        if (data == MAP_FAILED)
                return -errno;

        /* Where locking is not allowed (RLIMIT_MEMLOCK is 0) the page may be swapped out: no reason not to work. */
        (void)mlock(data, SECRET_MAPPED);
        (void)madvise(data, SECRET_MAPPED, MADV_DONTDUMP);

        *ret = (Secret){ .data = data, .mapped = SECRET_MAPPED };
        return 0;
}

static int read_all(int fd, Secret *secret)
{
        while (secret->size < secret->mapped) {
                ssize_t n = read(fd, secret->data + secret->size, secret->mapped - secret->size);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        return 0;

                secret->size += (size_t)n;
        }

        return SECRET_TOO_LONG;
}

static void strip_line_end(Secret *secret)
{
        if (secret->size > 0 && secret->data[secret->size - 1] == '\n')
                secret->size--;
        if (secret->size > 0 && secret->data[secret->size - 1] == '\r')
                secret->size--;
}

static int secret_read_fd(int fd, bool is_credential, Secret *ret)
{
        Secret secret;
        struct stat status;
        int r;

        if (fstat(fd, &status) < 0)
                return -errno;
        if (!S_ISREG(status.st_mode))
                return SECRET_TOO_LONG;
        if (!is_credential && status.st_mode & (S_IRWXG | S_IRWXO))
                return SECRET_EXPOSED;

        r = secret_allocate(&secret);
        if (r < 0)
                return r;

        r = read_all(fd, &secret);
        if (r == 0)
                strip_line_end(&secret);
        if (r == 0 && secret.size == 0)
                r = SECRET_EMPTY;

        if (r != 0)
                secret_done(&secret);
        else
                *ret = secret;
        return r;
}

int secret_read(const char *path, bool is_credential, Secret *ret)
{
        /* Non-blocking, so that a FIFO in its place cannot hold us up. */
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK), r;

        if (fd < 0)
                return -errno;

        r = secret_read_fd(fd, is_credential, ret);
        close(fd);
        return r;
}

static bool is_below(const char *file, const char *folder)
{
        size_t size = folder ? strlen(folder) : 0;

        return size > 0 && strncmp(file, folder, size) == 0 && file[size] == '/' &&
               !strstr(file, "/../");
}

int secret_path(const char *file, const char *folder, char **ret, bool *ret_is_credential)
{
        static const char prefix[] = "credential:";
        const char *name = file + strlen(prefix);
        char *path;

        if (strncmp(file, prefix, strlen(prefix)) != 0) {
                path = strdup(file);
                if (!path)
                        return -ENOMEM;

                *ret = path;
                *ret_is_credential = is_below(file, folder);
                return 0;
        }

        if (!folder)
                return -ENOENT;
        if (!*name || strchr(name, '/'))
                return -EINVAL;
        if (asprintf(&path, "%s/%s", folder, name) < 0)
                return -ENOMEM;

        *ret = path;
        *ret_is_credential = true;
        return 0;
}
