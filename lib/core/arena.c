/* SPDX-License-Identifier: MIT */
#include "lib/core/arena.h"

#include <stdalign.h>
#include <string.h>

#define CHUNK_SIZE 16384

typedef struct ArenaChunk {
        struct ArenaChunk *next;
        size_t size;
        size_t allocated;
        alignas(max_align_t) uint8_t data[];
} ArenaChunk;

static void arena_free_chunks(ArenaChunk *chunk)
{
        while (chunk) {
                ArenaChunk *next = chunk->next;

                free(chunk);
                chunk = next;
        }
}

void arena_done(Arena *arena)
{
        arena_free_chunks(TAKE_PTR(arena->chunks));
}

void arena_reset(Arena *arena)
{
        ArenaChunk *kept = NULL, *next;

        for (ArenaChunk *chunk = arena->chunks; chunk; chunk = next) {
                next = chunk->next;
                if (!kept && chunk->allocated == CHUNK_SIZE) {
                        kept = chunk;
                        kept->next = NULL;
                        kept->size = 0;
                } else
                        free(chunk);
        }
        arena->chunks = kept;
}

static ArenaChunk *arena_grow(Arena *arena, size_t size)
{
        size_t allocated = size > CHUNK_SIZE ? size : CHUNK_SIZE, bytes;
        ArenaChunk *chunk;

        if (__builtin_add_overflow(allocated, sizeof(*chunk), &bytes))
                return NULL;

        chunk = malloc(bytes);
        if (!chunk)
                return NULL;

        *chunk = (ArenaChunk){ .next = arena->chunks, .allocated = allocated };
        return arena->chunks = chunk;
}

void *arena_allocate(Arena *arena, size_t size)
{
        ArenaChunk *chunk = arena->chunks;
        size_t aligned;
        void *piece;

        if (__builtin_add_overflow(size, alignof(max_align_t) - 1, &aligned))
                return NULL;
        aligned -= aligned % alignof(max_align_t);

        if (!chunk || chunk->allocated - chunk->size < aligned) {
                chunk = arena_grow(arena, aligned);
                if (!chunk)
                        return NULL;
        }

        piece = chunk->data + chunk->size;
        chunk->size += aligned;
        return piece;
}

void *arena_copy(Arena *arena, const void *data, size_t size)
{
        uint8_t *piece;
        size_t with_nul;

        if (__builtin_add_overflow(size, 1, &with_nul))
                return NULL;

        piece = arena_allocate(arena, with_nul);
        if (!piece)
                return NULL;

        if (size > 0)
                memcpy(piece, data, size);
        piece[size] = '\0';
        return piece;
}
