/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Who else is here? Numbers (of persons, of places in a list) are noted under a group and a text; afterwards anybody can ask
 * whether another number was noted there. Two are remembered of each, which answers for all: ten thousand holders of one
 * address are judged in ten thousand steps, not in fifty million.
 */

#include <stdbool.h>

#include "lib/core/text.h"

typedef struct Crowd {
        struct CrowdEntry *entries;
        size_t n_slots; /* a power of two, more than twice the entries; or 0 */
        size_t n_entries;
        uint32_t use; /* entries of earlier uses are free: emptying costs nothing */
} Crowd;

void crowd_done(Crowd *crowd);

/* Empties it, and keeps an ordinary amount of memory. Zeroed memory is an empty crowd. */
void crowd_reset(Crowd *crowd);

/*
 * Notes a number below UINT32_MAX, and says which was noted here first: maybe this one. The text must outlive the use of the
 * crowd. 0 or -ENOMEM.
 */
int crowd_note(Crowd *crowd, uint64_t group, Slice text, uint32_t number, uint32_t *ret_first);

/* Was any number noted here? */
bool crowd_has(const Crowd *crowd, uint64_t group, Slice text);

/* Was another number noted here? */
bool crowd_has_other(const Crowd *crowd, uint64_t group, Slice text, uint32_t number);
