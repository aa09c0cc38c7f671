/* SPDX-License-Identifier: MIT */
#include "lib/state/claim-merge.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/state/scratch.h"

/* How far all runs of the file together look ahead, and each of them. */
#define AHEAD_CLAIMS ((32 << 20) / sizeof(ClaimEntry))
#define AHEAD_LEAST  (4096 / sizeof(ClaimEntry))
#define AHEAD_MOST   ((256 << 10) / sizeof(ClaimEntry))

typedef struct MergeRun {
        const ClaimEntry *next, *end; /* in memory */
        ClaimEntry *ahead;            /* NULL: all of it is */
        size_t at, last;              /* what is still in the file: claims from its beginning */
} MergeRun;

struct ClaimMerge {
        int file;
        size_t n_ahead; /* claims of each run */
        ClaimEntry *ahead;
        MergeRun *runs;
        MergeRun *
                *heap; /* of those that are not at their end, the one with the least claim on top */
        size_t n;
};

ClaimMerge *claim_merge_free(ClaimMerge *merge)
{
        if (!merge)
                return NULL;

        free(merge->ahead);
        free(merge->runs);
        free(merge->heap);
        free(merge);
        return NULL;
}

/* 1: there is a claim at run->next. 0: that was the last one. */
static int run_fill(const ClaimMerge *merge, MergeRun *run)
{
        size_t n = run->last - run->at;
        int r;

        if (run->next < run->end)
                return 1;
        if (n == 0)
                return 0;

        n = n < merge->n_ahead ? n : merge->n_ahead;
        r = scratch_read(merge->file, run->at * sizeof(*run->ahead), run->ahead,
                         n * sizeof(*run->ahead));
        if (r < 0)
                return r;

        run->at += n;
        run->next = run->ahead;
        run->end = run->ahead + n;
        return 1;
}

/* The run at this place may stand before those below it no more. */
static void heap_sink(ClaimMerge *merge, size_t at)
{
        MergeRun *run = merge->heap[at];

        for (size_t below; (below = 2 * at + 1) < merge->n; at = below) {
                if (below + 1 < merge->n &&
                    claim_entry_compare(merge->heap[below + 1]->next, merge->heap[below]->next) < 0)
                        below++;
                if (claim_entry_compare(run->next, merge->heap[below]->next) <= 0)
                        break;
                merge->heap[at] = merge->heap[below];
        }

        merge->heap[at] = run;
}

static int merge_add(ClaimMerge *merge, MergeRun *run)
{
        int r = run_fill(merge, run);

        if (r > 0)
                merge->heap[merge->n++] = run;
        return r;
}

static int merge_begin(ClaimMerge *merge, size_t n, size_t run, size_t n_runs,
                       const ClaimList *memory)
{
        int r;

        for (size_t i = 0; i < n_runs; i++) {
                size_t at = i * run;

                merge->runs[i] = (MergeRun){
                        .ahead = merge->ahead + i * merge->n_ahead,
                        .at = at,
                        .last = n - at < run ? n : at + run,
                };
                r = merge_add(merge, &merge->runs[i]);
                if (r < 0)
                        return r;
        }

        merge->runs[n_runs] =
                (MergeRun){ .next = memory->entries, .end = memory->entries + memory->n };
        r = merge_add(merge, &merge->runs[n_runs]);
        if (r < 0)
                return r;

        for (size_t i = merge->n / 2; i > 0; i--)
                heap_sink(merge, i - 1);
        return 0;
}

int claim_merge_new(int file, size_t n, size_t run, const ClaimList *memory, ClaimMerge **ret)
{
        _cleanup_(claim_merge_freep) ClaimMerge *merge = calloc(1, sizeof(*merge));
        size_t n_runs = n / run + (n % run != 0), ahead = AHEAD_CLAIMS / (n_runs ?: 1);
        int r;

        if (!merge)
                return -ENOMEM;

        merge->file = file;
        merge->n_ahead = ahead < AHEAD_LEAST  ? AHEAD_LEAST
                         : ahead > AHEAD_MOST ? AHEAD_MOST
                                              : ahead;
        merge->ahead = reallocarray(NULL, n_runs ?: 1, merge->n_ahead * sizeof(*merge->ahead));
        merge->runs = calloc(n_runs + 1, sizeof(*merge->runs));
        merge->heap = reallocarray(NULL, n_runs + 1, sizeof(*merge->heap));
        if (!merge->ahead || !merge->runs || !merge->heap)
                return -ENOMEM;

        r = merge_begin(merge, n, run, n_runs, memory);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(merge);
        return 0;
}

int claim_merge_read(ClaimMerge *merge, ClaimEntry *ret, size_t n, size_t *ret_n)
{
        size_t found = 0;

        while (found < n && merge->n > 0) {
                MergeRun *run = merge->heap[0];
                int r;

                ret[found++] = *run->next++;
                r = run_fill(merge, run);
                if (r < 0)
                        return r;
                if (r == 0)
                        merge->heap[0] = merge->heap[--merge->n];
                if (merge->n > 0)
                        heap_sink(merge, 0);
        }

        *ret_n = found;
        return 0;
}
