/* SPDX-License-Identifier: MIT */
#include "lib/state/claim-pile.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/state/claim-merge.h"
#include "lib/state/scratch.h"

/* A run is sorted and written within one turn of the loop: ten milliseconds. */
#define RUN_CLAIMS    ((size_t)128 * 1024)
#define WINDOW_CLAIMS ((size_t)16 * 1024)

/* Merging compares ten times for each claim. */
#define BUDGET_MERGE (6 * BUDGET_STEP)

void claim_pile_init(ClaimPile *pile, size_t limit, const char *beside)
{
        *pile = (ClaimPile){ .limit = limit ?: 1, .beside = beside, .runs = -1, .sorted = -1 };
}

static void pile_close(int *file)
{
        if (*file >= 0)
                (void)close(*file);
        *file = -1;
}

void claim_pile_done(ClaimPile *pile)
{
        if (pile->window != pile->memory.entries)
                free(pile->window);
        claim_merge_free(pile->merge);
        claim_list_done(&pile->memory);
        claim_list_done(&pile->run);
        pile_close(&pile->runs);
        pile_close(&pile->sorted);
        claim_pile_init(pile, pile->limit, pile->beside);
}

static size_t pile_most(const ClaimPile *pile, size_t most)
{
        return pile->limit < most ? pile->limit : most;
}

static int pile_open(const ClaimPile *pile, int *file)
{
        int r;

        if (*file >= 0)
                return 0;
        r = scratch_open(pile->beside);
        if (r < 0)
                return r;
        *file = r;
        return 0;
}

static int pile_write_run(ClaimPile *pile)
{
        Budget budget = { .left = INT64_MAX };
        int r;

        r = pile_open(pile, &pile->runs);
        if (r >= 0)
                r = claim_list_sort(&pile->run, &budget);
        if (r >= 0)
                r = scratch_write(pile->runs, pile->n_runs * sizeof(ClaimEntry), pile->run.entries,
                                  pile->run.n * sizeof(ClaimEntry));
        if (r < 0)
                return r;

        pile->n_runs += pile->run.n;
        pile->run.n = 0;
        return 0;
}

int claim_pile_add(ClaimPile *pile, int64_t key, int64_t object, unsigned places)
{
        bool fits = pile->n < pile->limit || !pile->beside;
        int r;

        r = claim_list_add(fits ? &pile->memory : &pile->run, key, object, places);
        if (r >= 0 && pile->run.n == pile_most(pile, RUN_CLAIMS))
                r = pile_write_run(pile);
        if (r < 0)
                return r;

        pile->n++;
        return 0;
}

static int pile_begin_merge(ClaimPile *pile)
{
        int r;

        r = pile_open(pile, &pile->sorted);
        if (r < 0)
                return r;

        pile->window = reallocarray(NULL, pile_most(pile, WINDOW_CLAIMS), sizeof(*pile->window));
        if (!pile->window)
                return -ENOMEM;
        return claim_merge_new(pile->runs, pile->n_runs, pile_most(pile, RUN_CLAIMS), &pile->memory,
                               &pile->merge);
}

static int pile_merge(ClaimPile *pile, Budget *budget)
{
        size_t n;
        int r;

        do {
                if (budget_is_spent(budget))
                        return 1;

                r = claim_merge_read(pile->merge, pile->window, pile_most(pile, WINDOW_CLAIMS), &n);
                if (r >= 0)
                        r = scratch_write(pile->sorted, pile->n_sorted * sizeof(ClaimEntry),
                                          pile->window, n * sizeof(ClaimEntry));
                if (r < 0)
                        return r;

                pile->n_sorted += n;
                budget_spend(budget, (int64_t)n * BUDGET_MERGE);
        } while (n > 0);

        return 0;
}

static int pile_shrink(int *file, uint64_t *size, Budget *budget)
{
        while (*file >= 0) {
                if (budget_is_spent(budget))
                        return 1;
                budget_spend(budget, 100 * BUDGET_OBJECT);

                if (scratch_shrink(*file, size) == 0)
                        pile_close(file);
        }

        return 0;
}

static int pile_spread(ClaimPile *pile, Budget *budget)
{
        int r;

        r = pile_merge(pile, budget);
        if (r != 0)
                return r;

        pile->merge = claim_merge_free(pile->merge);
        claim_list_done(&pile->memory);
        claim_list_done(&pile->run);
        pile->runs_size = pile->n_runs * sizeof(ClaimEntry);
        return 0;
}

int claim_pile_sort(ClaimPile *pile, Budget *budget)
{
        int r = 0;

        if (pile->run.n > 0)
                r = pile_write_run(pile);
        if (r >= 0 && pile->sorted < 0)
                r = claim_list_sort(&pile->memory, budget);
        if (r != 0)
                return r;

        if (pile->runs < 0 && pile->sorted < 0) {
                pile->window = pile->memory.entries;
                pile->n_window = pile->memory.n;
                return 0;
        }

        if (pile->sorted < 0) {
                r = pile_begin_merge(pile);
                if (r < 0)
                        return r;
        }
        if (pile->merge) {
                r = pile_spread(pile, budget);
                if (r != 0)
                        return r;
        }
        return pile_shrink(&pile->runs, &pile->runs_size, budget);
}

int claim_pile_look(ClaimPile *pile, size_t position)
{
        size_t most = pile_most(pile, WINDOW_CLAIMS), n = pile->n_sorted - position;
        int r = 0;

        if (pile->is_changed)
                r = scratch_write(pile->sorted, pile->window_at * sizeof(ClaimEntry), pile->window,
                                  pile->n_window * sizeof(ClaimEntry));
        if (r < 0)
                return r;

        pile->is_changed = false;
        pile->n_window = 0;
        n = n < most ? n : most;
        r = scratch_read(pile->sorted, position * sizeof(ClaimEntry), pile->window,
                         n * sizeof(ClaimEntry));
        if (r < 0)
                return r;

        pile->window_at = position;
        pile->n_window = n;
        return 0;
}

int claim_pile_empty(ClaimPile *pile, Budget *budget)
{
        uint64_t size = pile->n_sorted * sizeof(ClaimEntry);
        int r;

        r = pile_shrink(&pile->sorted, &size, budget);
        pile->n_sorted = size / sizeof(ClaimEntry);
        if (r == 0)
                claim_pile_done(pile);
        return r;
}
