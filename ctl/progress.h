/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * How far something long has come, with rate and time left, on a line of standard error that is written over and removed at the
 * end. On a terminal only, and only of what takes longer than a second.
 */

#include <stdbool.h>
#include <stdint.h>

#define PROGRESS_SIZE 128

typedef struct Progress {
        const char *name; /* the caller's, longer lived */
        const char *unit; /* what is counted, such as "findings"; NULL: bytes */
        int64_t total;    /* 0: nobody knows */
        int64_t began;    /* milliseconds */
        int64_t told;     /* likewise; 0: never */
        bool is_terminal;
} Progress;

void progress_begin(Progress *progress, const char *name, const char *unit, int64_t total);
void progress_tell(Progress *progress, int64_t done); /* so far */
void progress_end(const Progress *progress);

/* What the line says behind the name, of so many in so many milliseconds: "43 %, 12.5 MB/s, 30 s left". */
void progress_format(int64_t done, int64_t total, const char *unit, int64_t ms,
                     char ret[static PROGRESS_SIZE]);
