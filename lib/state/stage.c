/* SPDX-License-Identifier: MIT */
#include "lib/state/stage.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/state/scratch.h"

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
        stage->n_read = 0;
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
        stage->n = stage->n_read = 0;
        stage->position = stage->window_at = 0;
}

void stage_forget(Stage *stage)
{
        Buffer *memory = &stage->memory;

        if (stage_is_read(stage)) {
                stage_clear(stage);
                return;
        }
        if (stage->file >= 0)
                return;

        memory->size -= stage->position;
        memmove(memory->data, memory->data + stage->position, memory->size);
        stage->n -= stage->n_read;
        stage_rewind(stage);
}

static int stage_spill(Stage *stage)
{
        int r;

        if (stage->file < 0) {
                r = scratch_open(stage->beside);
                if (r < 0)
                        return r;
                stage->file = r;
        }

        r = scratch_write(stage->file, stage->file_size, stage->memory.data, stage->memory.size);
        if (r < 0)
                return r;

        stage->file_size += stage->memory.size;
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
        size_t wanted;
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

        r = scratch_read(stage->file, stage->position, stage->window.data, wanted);
        if (r < 0)
                return r;

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

size_t stage_left(const Stage *stage)
{
        return stage->n - stage->n_read;
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
        stage->n_read++;
        return 1;
}
