/* SPDX-License-Identifier: MIT */
#include "tests/faults/power.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/core/buffer.h"
#include "lib/core/util.h"
#include "tests/unit/check-main.h"

#define SECTOR 512 /* what a disk writes whole */

typedef struct Change {
        unsigned file;
        DiskChange type;
        int64_t offset; /* of a truncation: the new size */
        uint8_t *data;
        size_t size;
} Change;

static const char *const suffixes[] = { "", "-wal" };

static struct {
        char *paths[ARRAY_SIZE(suffixes)];
        Buffer contents[ARRAY_SIZE(suffixes)]; /* at the beginning */
        Change *changes;
        size_t n;
} power;

const char *power_loss_name(PowerLoss loss)
{
        static const char *const names[] = {
                [POWER_KEEPS] = "all written",
                [POWER_LOSES] = "unsynced lost",
                [POWER_MIXES] = "unsynced mixed",
                [POWER_TEARS] = "unsynced torn",
        };

        return names[loss];
}

static void watch(DiskChange type, const char *name, int64_t offset, const void *data, int64_t size)
{
        for (unsigned i = 0; i < ARRAY_SIZE(suffixes); i++) {
                Change *change;

                if (strcmp(name, power.paths[i]) != 0)
                        continue;
                power.changes = reallocarray(power.changes, power.n + 1, sizeof(*power.changes));
                ck_assert_ptr_nonnull(power.changes);
                change = &power.changes[power.n++];
                *change =
                        (Change){ .file = i, .type = type, .offset = offset, .size = (size_t)size };
                if (size > 0) {
                        change->data = malloc((size_t)size);
                        ck_assert_ptr_nonnull(change->data);
                        memcpy(change->data, data, (size_t)size);
                }
                return;
        }
}

static void read_file(const char *path, Buffer *ret)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        char data[65536];
        ssize_t n;

        buffer_reset(ret);
        while (fd >= 0 && (n = read(fd, data, sizeof(data))) > 0)
                ck_assert_int_eq(buffer_append(ret, data, (size_t)n), 0);
        if (fd >= 0)
                close(fd);
}

void power_record(const char *database)
{
        power_done();
        for (unsigned i = 0; i < ARRAY_SIZE(suffixes); i++) {
                ck_assert_int_gt(asprintf(&power.paths[i], "%s%s", database, suffixes[i]), 0);
                read_file(power.paths[i], &power.contents[i]);
        }
        disk_watch(watch);
}

void power_stop(void)
{
        disk_watch(NULL);
}

void power_done(void)
{
        power_stop();
        for (size_t i = 0; i < power.n; i++)
                free(power.changes[i].data);
        free(power.changes);
        power.changes = NULL;
        power.n = 0;
        for (unsigned i = 0; i < ARRAY_SIZE(suffixes); i++) {
                free(power.paths[i]);
                power.paths[i] = NULL;
                buffer_done(&power.contents[i]);
        }
}

size_t power_changes(void)
{
        return power.n;
}

static void resize(Buffer *file, size_t size)
{
        static const uint8_t zeros[SECTOR];

        while (file->size < size)
                ck_assert_int_eq(
                        buffer_append(file, zeros,
                                      size - file->size < SECTOR ? size - file->size : SECTOR),
                        0);
        file->size = size;
}

static void write_change(const Change *change, size_t from, size_t size, Buffer *file)
{
        size_t begin = (size_t)change->offset + from;

        if (change->type == DISK_CHANGE_TRUNCATE) {
                resize(file, (size_t)change->offset);
                return;
        }
        if (file->size < begin + size)
                resize(file, begin + size);
        if (size > 0)
                memcpy(file->data + begin, change->data + from, size);
}

/* The sectors of it that arrived. A sector is whole or not at all. */
static void tear_change(const Change *change, Buffer *file, uint64_t *dice)
{
        for (size_t from = 0; from < change->size;) {
                size_t until_next = SECTOR - ((size_t)change->offset + from) % SECTOR,
                       size = change->size - from < until_next ? change->size - from : until_next;

                if (test_random(dice) % 2)
                        write_change(change, from, size, file);
                from += size;
        }
}

/* Is there a later sync of the same file before the cut? */
static bool is_synced(size_t at, size_t n)
{
        for (size_t i = at + 1; i < n; i++)
                if (power.changes[i].type == DISK_CHANGE_SYNC &&
                    power.changes[i].file == power.changes[at].file)
                        return true;
        return false;
}

static void lose_change(const Change *change, PowerLoss loss, Buffer *file, uint64_t *dice)
{
        switch (loss) {
        case POWER_KEEPS:
                write_change(change, 0, change->size, file);
                return;
        case POWER_LOSES:
                return;
        case POWER_TEARS:
                if (change->type == DISK_CHANGE_WRITE && test_random(dice) % 2) {
                        tear_change(change, file, dice);
                        return;
                }
                break;
        case POWER_MIXES:
        case N_POWER_LOSSES:
                break;
        }
        if (test_random(dice) % 2)
                write_change(change, 0, change->size, file);
}

static void make_file(unsigned number, size_t n, PowerLoss loss, uint64_t *dice)
{
        _cleanup_buffer_ Buffer file = BUFFER_INIT;
        int fd;

        ck_assert_int_eq(
                buffer_append(&file, power.contents[number].data, power.contents[number].size), 0);
        for (size_t i = 0; i < n; i++) {
                const Change *change = &power.changes[i];

                if (change->file != number || change->type == DISK_CHANGE_SYNC)
                        continue;
                if (is_synced(i, n))
                        write_change(change, 0, change->size, &file);
                else
                        lose_change(change, loss, &file, dice);
        }

        /* In place: it stays the same file to whoever remembers it. */
        fd = open(power.paths[number], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(write(fd, file.data, file.size), (ssize_t)file.size);
        close(fd);
}

void power_cut(size_t n_changes, PowerLoss loss, uint64_t *dice)
{
        for (unsigned i = 0; i < ARRAY_SIZE(suffixes); i++)
                make_file(i, n_changes, loss, dice);
}
