/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What apply-touched.c, apply-key.c and apply-many.c share: keys one after the other, and holders of one key, read and judged for it. A key
 * that few objects hold is judged with all of them in memory; one that many do, in parts.
 */

#include "lib/state/apply-internal.h"

/* So many are in memory together: a value that a broken script has written to a hundred thousand objects must not take the memory of all. */
#define PART_HOLDERS 1000

typedef struct KeyHolder {
        Judged judged;
        const Claim *claim;
} KeyHolder;

/* How far a key of many holders has come: see apply-many.c. */
typedef struct KeyMany {
        bool is_begun;
        KeyRound round;
        Buffer *values;         /* that are behind the key: nearly always one */
        size_t n_values, value; /* which of them is judged */
        size_t n;               /* its holders, */
        unsigned places;        /* and where it stands at them */
} KeyMany;

typedef struct KeyBench {
        size_t n_slots;
        KeyOutcome *outcome;
        Verdict *verdicts; /* of one holder */
        size_t n_verdicts;
        KeyMany many;

        /* From here on nothing is read that was not written: 80 KiB need not be zeroed for an answer of one object. */
        KeyHolder *slots[PART_HOLDERS]; /* made when needed, kept */
        KeyHolder
                *order[PART_HOLDERS]; /* the holders of this part, those of equal values together */
        Holder holders[PART_HOLDERS]; /* of one value, for evaluate_key() */
        int64_t ids[PART_HOLDERS];
} KeyBench;

/*
 * Reads the next holders of a key into the bench, behind apply->key_after, in `order`: how many there are in *ret_n, and whether
 * there may be more. 0 or negative.
 */
int apply_load_part(Apply *apply, int64_t key, size_t *ret_n, bool *ret_more);

Holder key_holder_make(const KeyHolder *holder, KeySpace space);

/* Of the holder at this index of the two, NULL: nothing was judged. 0 or negative. */
int apply_tell_holder(Apply *apply, int64_t key, KeyHolder *holder, size_t index,
                      const KeyOutcome *here, const KeyOutcome *cloud);

/* apply-many.c: all holders of a key, from where that has come to. 0 done, APPLY_MORE, or negative. */
int apply_many(Apply *apply, int64_t key, Budget *budget);
void key_many_done(KeyMany *many);

/* apply-key.c: says of all who hold the key what is to be said. 0 done, APPLY_MORE, or negative. */
int apply_judge_key(Apply *apply, int64_t key, Budget *budget);

/*
 * apply-touched.c: where the value of the key under way stands at an object, as far as what touched it tells; and may there be something
 * under it that nobody who holds it now has said? What is held outlives its holders.
 */
unsigned apply_touched_places(const Apply *apply, int64_t key, int64_t object);
bool apply_touched_loses(const Apply *apply, int64_t key);
