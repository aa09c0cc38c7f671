/* SPDX-License-Identifier: MIT */
#include "lib/core/suggest.h"

#include <string.h>

#include "lib/core/util.h"

/* Longer words than this are not options, rules or verbs, and two rows fit on the stack. */
#define WORD_MAX 64U

static char lower(char c)
{
        return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static size_t least(size_t a, size_t b)
{
        return a < b ? a : b;
}

static size_t difference(size_t a, size_t b)
{
        return a > b ? a - b : b - a;
}

/* Optimal string alignment: edits, and swaps of neighbours. More than the limit: too many to be counted to the end. */
static size_t distance(const char *a, size_t n_a, const char *b, size_t n_b, size_t limit)
{
        size_t rows[3][WORD_MAX + 1];
        size_t *before = rows[0], *previous = rows[1], *current = rows[2];
        size_t previous_least = 0;

        if (difference(n_a, n_b) > limit)
                return limit + 1;

        for (size_t j = 0; j <= n_b; j++)
                previous[j] = j;

        for (size_t i = 1; i <= n_a; i++) {
                size_t *free_row = before, current_least = i;

                current[0] = i;
                for (size_t j = 1; j <= n_b; j++) {
                        size_t cost = lower(a[i - 1]) != lower(b[j - 1]);

                        current[j] = least(least(previous[j], current[j - 1]) + 1,
                                           previous[j - 1] + cost);
                        if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                            lower(a[i - 2]) == lower(b[j - 1]))
                                current[j] = least(current[j], before[j - 2] + 1);
                        current_least = least(current_least, current[j]);
                }

                /* A row is made of the two before it, and of nothing less than what stands there. */
                if (current_least > limit && previous_least > limit)
                        return limit + 1;

                previous_least = current_least;
                before = previous;
                previous = current;
                current = free_row;
        }

        return previous[n_b];
}

void suggestion_init(Suggestion *suggestion, const char *word)
{
        *suggestion = (Suggestion){ .word = word };
}

/* One mistake in short words, one in three letters of long ones: beyond that it was another word. And the first of the nearest is kept. */
void suggestion_consider(Suggestion *suggestion, const char *candidate)
{
        size_t n_word = strlen(suggestion->word), n_candidate = strlen(candidate), limit, d;

        if (n_word > WORD_MAX || n_candidate > WORD_MAX)
                return;

        limit = n_word / 3 > 1 ? n_word / 3 : 1;
        if (suggestion->best) {
                if (suggestion->distance == 0)
                        return;
                limit = least(limit, suggestion->distance - 1);
        }

        d = distance(suggestion->word, n_word, candidate, n_candidate, limit);
        if (d > limit)
                return;

        suggestion->best = candidate;
        suggestion->distance = d;
}
