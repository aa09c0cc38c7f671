/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The claims of a whole domain: added in any order, then sorted, then gone through as often as one likes. In memory up to a limit. What
 * comes after that is written to a file without a name, in sorted runs, which are merged into another one.
 */

#include "lib/state/claim.h"

typedef struct ClaimPile {
        size_t n;     /* claims */
        size_t limit; /* of them in memory */
        const char *
                beside; /* the files are made in the folder of this one; NULL: everything stays in memory. Borrowed */
        ClaimList memory;         /* those that came first */
        ClaimList run;            /* those that came last, until they are sorted and written */
        int runs, sorted;         /* files; -1: none */
        size_t n_runs, n_sorted;  /* claims in them */
        struct ClaimMerge *merge; /* under way */
        uint64_t runs_size;       /* of the file, when it is not needed any more */

        /* Of the sorted ones those that are in memory: all, or a part of the file. */
        ClaimEntry *window;
        size_t window_at, n_window;
        bool is_changed; /* it is to be written back */
} ClaimPile;

void claim_pile_init(ClaimPile *pile, size_t limit, const char *beside);
void claim_pile_done(ClaimPile *pile);

/* 0 or negative (-ENOMEM, -ENOSPC where the file finds no room, -EIO); then nothing is left to do but claim_pile_done(). */
int claim_pile_add(ClaimPile *pile, int64_t key, int64_t object, unsigned places);

/* By key, then object, when all are added. 1: call again; 0: sorted; or negative, as above. */
int claim_pile_sort(ClaimPile *pile, Budget *budget);

/* Forgets the claims, and gives the space back in steps. 1: call again; 0. */
int claim_pile_empty(ClaimPile *pile, Budget *budget);

int claim_pile_look(ClaimPile *pile, size_t position); /* for claim_pile_at() */

/* The sorted claim at a position below n: 0 and *ret, which lives until the next call; or negative. From front to back is cheap. */
static inline int claim_pile_at(ClaimPile *pile, size_t position, ClaimEntry **ret)
{
        if (position - pile->window_at >= pile->n_window) {
                int r = claim_pile_look(pile, position);

                if (r < 0)
                        return r;
        }

        *ret = pile->window + (position - pile->window_at);
        return 0;
}

/* How many stand there one behind the other, with the one that claim_pile_at() gave last for this position. */
static inline size_t claim_pile_ahead(const ClaimPile *pile, size_t position)
{
        return pile->window_at + pile->n_window - position;
}

/* This one is not to be inserted: its object is 0 from now on. */
static inline void claim_pile_withdraw(ClaimPile *pile, ClaimEntry *entry)
{
        entry->object = 0;
        pile->is_changed = true;
}
