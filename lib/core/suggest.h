/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * "Did you mean …?": the candidate nearest to a word that somebody mistyped. Letters' case is ignored; two letters swapped count
 * as one mistake, as do one left out, one too many, one wrong.
 */

#include <stddef.h>

typedef struct Suggestion {
        const char *word;
        const char *best; /* NULL: nothing is near enough to be worth saying; borrowed from the caller */
        size_t distance;
} Suggestion;

void suggestion_init(Suggestion *suggestion, const char *word);
void suggestion_consider(Suggestion *suggestion, const char *candidate);
