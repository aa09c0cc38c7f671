/* SPDX-License-Identifier: MIT */
#include "lib/state/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/core/util.h"

/* Where the file system knows no files without names: it has one for a moment. */
static int open_unlinked(const char *beside)
{
        _cleanup_free_ char *name = NULL;
        int file;

        if (asprintf(&name, "%s.scratch-XXXXXX", beside) < 0) {
                name = NULL;
                return -ENOMEM;
        }

        file = mkostemp(name, O_CLOEXEC);
        if (file < 0)
                return -errno;
        (void)unlink(name);
        return file;
}

int scratch_open(const char *beside)
{
        _cleanup_free_ char *folder = strdup(beside);
        char *slash;
        int file;

        if (!folder)
                return -ENOMEM;

        slash = strrchr(folder, '/');
        if (slash)
                slash[slash == folder ? 1 : 0] = '\0';

        file = open(slash ? folder : ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        if (file >= 0)
                return file;
        return errno == EOPNOTSUPP || errno == EISDIR ? open_unlinked(beside) : -errno;
}

int scratch_write(int file, uint64_t offset, const void *data, size_t size)
{
        const uint8_t *bytes = data;
        size_t done = 0;

        while (done < size) {
                ssize_t n = pwrite(file, bytes + done, size - done, (off_t)(offset + done));

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n < 0 ? -errno : -EIO;
                done += (size_t)n;
        }

        return 0;
}

int scratch_read(int file, uint64_t offset, void *data, size_t size)
{
        uint8_t *bytes = data;
        size_t done = 0;

        while (done < size) {
                ssize_t n = pread(file, bytes + done, size - done, (off_t)(offset + done));

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n < 0 ? -errno : -EIO;
                done += (size_t)n;
        }

        return 0;
}

#define SHRINK_SIZE (UINT64_C(32) << 20)

int scratch_shrink(int file, uint64_t *size)
{
        *size -= *size < SHRINK_SIZE ? *size : SHRINK_SIZE;

        /* Where it does not work it goes with the descriptor. */
        if (ftruncate(file, (off_t)*size) < 0)
                *size = 0;
        return *size > 0;
}
