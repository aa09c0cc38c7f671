/* SPDX-License-Identifier: MIT */
#include "lib/state/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STAGE_WINDOW (256 * 1024)

/* How an entry stands in memory and in the file, both of which end with this process. */
typedef struct StageHeader {
        Guid guid;
        Guid parent;
        int64_t usn;
        uint64_t dn_size;
        uint64_t attributes_size;
        uint32_t kind;
        uint32_t is_deleted;
} StageHeader;

void stage_init(Stage *stage, size_t limit, const char *beside)
{
        *stage = (Stage){ .limit = limit, .beside = beside, .file = -1 };
}

void stage_done(Stage *stage)
{
        buffer_done(&stage->memory);
        buffer_done(&stage->window);
        if (stage->file >= 0)
                (void)close(stage->file);
        *stage = (Stage){ .file = -1 };
}

void stage_rewind(Stage *stage)
{
        stage->position = 0;
}

void stage_clear(Stage *stage)
{
        /* What is kept for the next answer is bounded; a large one was large for once. */
        if (stage->file >= 0)
                (void)close(stage->file);
        stage->file = -1;
        stage->file_size = 0;
        buffer_reset(&stage->memory);
        buffer_done(&stage->window);
        stage->n = 0;
        stage->position = stage->window_at = 0;
}

/* A file that has no name and vanishes with us: what is staged may be about people, and survives no crash. */
static int stage_open_file(Stage *stage)
{
        _cleanup_free_ char *name = strdup(stage->beside);
        char *slash;
        int fd;

        if (!name)
                return -ENOMEM;

        slash = strrchr(name, '/');
        if (slash)
                slash[slash == name ? 1 : 0] = '\0';

        fd = open(slash ? name : ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
                free(name);
                if (asprintf(&name, "%s.stage-XXXXXX", stage->beside) < 0) {
                        name = NULL;
                        return -ENOMEM;
                }
                fd = mkostemp(name, O_CLOEXEC);
                if (fd >= 0)
                        (void)unlink(name);
        }
        if (fd < 0)
                return -errno;

        stage->file = fd;
        return 0;
}

static int stage_spill(Stage *stage)
{
        size_t done = 0;
        int r;

        if (stage->file < 0) {
                r = stage_open_file(stage);
                if (r < 0)
                        return r;
        }

        while (done < stage->memory.size) {
                ssize_t n = pwrite(stage->file, stage->memory.data + done,
                                   stage->memory.size - done, (off_t)(stage->file_size + done));

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n < 0 ? -errno : -EIO;
                done += (size_t)n;
        }

        stage->file_size += done;
        buffer_reset(&stage->memory);
        return 0;
}

int stage_add(Stage *stage, const Object *object)
{
        StageHeader header = {
                .guid = object->guid,
                .parent = object->parent,
                .usn = object->usn,
                .dn_size = object->dn.size,
                .kind = object->kind,
                .is_deleted = object->is_deleted,
        };
        size_t start = stage->memory.size, packed;
        int r;

        r = buffer_append(&stage->memory, &header, sizeof(header));
        if (r >= 0)
                r = buffer_append(&stage->memory, object->dn.data, object->dn.size);
        packed = stage->memory.size;
        if (r >= 0)
                r = object_pack(object, &stage->memory);
        if (r < 0) {
                stage->memory.size = start;
                return r;
        }

        header.attributes_size = stage->memory.size - packed;
        memcpy(stage->memory.data + start, &header, sizeof(header));
        stage->n++;

        if (stage->beside && stage->memory.size > stage->limit)
                return stage_spill(stage);
        return 0;
}

/* Makes `size` bytes of the file at the reader's position stand in the window. */
static int stage_look(Stage *stage, size_t size)
{
        uint64_t end = stage->window_at + stage->window.size;
        size_t wanted, done = 0;
        int r;

        if (stage->position >= stage->window_at && stage->position + size <= end)
                return 0;

        wanted = size > STAGE_WINDOW ? size : STAGE_WINDOW;
        if (wanted > stage->file_size - stage->position)
                wanted = stage->file_size - stage->position;
        if (wanted < size)
                return -EIO;

        buffer_reset(&stage->window);
        r = buffer_reserve(&stage->window, wanted);
        if (r < 0)
                return r;

        while (done < wanted) {
                ssize_t n = pread(stage->file, stage->window.data + done, wanted - done,
                                  (off_t)(stage->position + done));

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n < 0 ? -errno : -EIO;
                done += (size_t)n;
        }

        stage->window.size = wanted;
        stage->window_at = stage->position;
        return 0;
}

/* The next `size` bytes; entries never stand across file and memory. */
static int stage_bytes(Stage *stage, size_t size, const uint8_t **ret)
{
        int r;

        if (stage->position >= stage->file_size) {
                *ret = stage->memory.data + (stage->position - stage->file_size);
                return 0;
        }

        r = stage_look(stage, size);
        if (r >= 0)
                *ret = stage->window.data + (stage->position - stage->window_at);
        return r;
}

bool stage_is_read(const Stage *stage)
{
        return stage->position >= stage->file_size + stage->memory.size;
}

int stage_next(Stage *stage, StageEntry *ret)
{
        const uint8_t *bytes;
        StageHeader header;
        size_t size;
        int r;

        if (stage_is_read(stage))
                return 0;

        r = stage_bytes(stage, sizeof(header), &bytes);
        if (r < 0)
                return r;
        memcpy(&header, bytes, sizeof(header));

        size = sizeof(header) + header.dn_size + header.attributes_size;
        r = stage_bytes(stage, size, &bytes);
        if (r < 0)
                return r;

        *ret = (StageEntry){
                .guid = header.guid,
                .parent = header.parent,
                .usn = header.usn,
                .kind = (Kind)header.kind,
                .is_deleted = header.is_deleted != 0,
                .dn = { bytes + sizeof(header), header.dn_size },
                .attributes = { bytes + sizeof(header) + header.dn_size, header.attributes_size },
        };
        stage->position += size;
        return 1;
}
