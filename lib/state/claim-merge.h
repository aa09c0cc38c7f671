/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Many sorted runs of claims, most of them in a file, read as one. The memory for it is bounded, however many there are: they share it.
 */

#include "lib/state/claim.h"

typedef struct ClaimMerge ClaimMerge;

/*
 * In the file stand `n` claims in runs of `run` each, the last of which may be shorter; `memory` is one run more. Both are the caller's and must
 * outlive the merge. 0 or negative.
 */
int claim_merge_new(int file, size_t n, size_t run, const ClaimList *memory, ClaimMerge **ret);
ClaimMerge *claim_merge_free(ClaimMerge *merge);
DEFINE_CLEANUP(ClaimMerge, claim_merge_free)

/* The next ones in order, up to `n`: *ret_n of them, 0 behind the last. 0 or negative. */
int claim_merge_read(ClaimMerge *merge, ClaimEntry *ret, size_t n, size_t *ret_n);
