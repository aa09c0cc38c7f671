/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Memory that is handed out piece by piece and taken back all at once. Kept and reset by its owner: work on a million
 * objects allocates for the unusual ones only.
 */

#include <stddef.h>
#include <stdint.h>

#include "lib/core/util.h"

typedef struct Arena {
        struct ArenaChunk *chunks; /* the newest first; pieces never move */
} Arena;

void arena_done(Arena *arena);

/* Takes everything back. One chunk of ordinary size is kept. */
void arena_reset(Arena *arena);

/* A piece, aligned for any type, its bytes not set. NULL: no memory. */
void *arena_allocate(Arena *arena, size_t size);

/* A piece that holds these bytes and, behind them, a NUL. NULL: no memory. */
void *arena_copy(Arena *arena, const void *data, size_t size);
