/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What an answer brought, until it is accepted or dropped: a queue of entries in the order they came, in memory up to a limit
 * and from there in a file that has no name.
 */

#include "lib/core/object.h"
#include "lib/core/text.h"

/* One entry. The slices are the Stage's and live until its next call. */
typedef struct StageEntry {
        Guid guid;
        Guid parent;
        int64_t usn;
        Kind kind;
        bool is_deleted;
        Slice dn;
        Slice attributes; /* object_pack() */
} StageEntry;

typedef struct Stage {
        Buffer memory;      /* the entries behind those in the file */
        size_t limit;       /* bytes of memory */
        const char *beside; /* the file is made in the folder of this one; NULL: everything stays in memory. Borrowed */
        int file;           /* -1: none */
        uint64_t file_size;
        size_t n; /* entries */

        /* The reader. */
        size_t n_read;
        uint64_t position; /* bytes from the first entry, over file and memory */
        Buffer window;     /* of the file, ahead of the reader */
        uint64_t window_at;
} Stage;

void stage_init(Stage *stage, size_t limit, const char *beside);
void stage_done(Stage *stage);

int stage_add(Stage *stage, const Object *object); /* 0, -ENOMEM, -ENOSPC, … */

/* Reads from the first entry, in order: 1 and *ret; 0 behind the last. */
void stage_rewind(Stage *stage);
int stage_next(Stage *stage, StageEntry *ret);
bool stage_is_read(const Stage *stage); /* stage_next() would give 0 */

void stage_clear(Stage *stage); /* forgets all entries, keeps the memory */

/* Forgets those that were read, unless some have gone into the file: those go with the last of them. */
void stage_forget(Stage *stage);
size_t stage_left(const Stage *stage); /* entries that were not read */
