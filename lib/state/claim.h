/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Claims as the database keeps them: a number for every value, and the objects that hold it. One at a time for deltas; for whole
 * domains as a list in memory that is sorted in steps and inserted in bulk.
 */

#include "lib/core/evaluate.h"
#include "lib/state/budget.h"
#include "lib/state/store-feed.h"
#include "lib/state/store.h"

/* A space that no rule knows of: objects by their GUID. */
#define CLAIM_SPACE_GUID 15

/*
 * The key of a claim: the space above 60 bits of the hash, so that a key tells its space and a space is a range. As signed
 * numbers, in which SQLite sorts, the join space comes first.
 */
static inline int64_t claim_key(unsigned space, uint64_t hash)
{
        return (int64_t)((uint64_t)space << 60 | hash >> 4);
}

static inline unsigned claim_key_space(int64_t key)
{
        return (unsigned)((uint64_t)key >> 60);
}

static inline int64_t claim_key_of(const Claim *claim)
{
        return claim_key(claim->space, claim->key);
}

int64_t claim_guid_key(const Guid *guid);

/* The key under which a value is found by look-ups. 0 or -ENOMEM. */
static inline int claim_make_key(KeySpace space, Slice value, int64_t *ret)
{
        uint64_t hash;
        int r = evaluate_make_key(space, value, &hash);

        if (r >= 0)
                *ret = claim_key(space, hash);
        return r;
}

/* Inside the caller's transaction; negative: errno. */
int claim_insert(Store *store, int64_t key, int64_t object);
int claim_delete(Store *store, int64_t key, int64_t object);

/* Does the key keep the object out of scope? 1: that is news; 0: it was so before. */
int claim_exclude(Store *store, int64_t key, int64_t object, bool is_excluded);
int claim_is_excluded(Store *store, int64_t object); /* by any key: 1 or 0 */

/*
 * Objects that claim a key, from `after` on, at most `n` of them, in the order of their ids. Returns how many, or negative.
 */
int claim_holders(Store *store, int64_t key, int64_t after, int64_t *ret, size_t n);

static inline int claim_entry_compare(const ClaimEntry *left, const ClaimEntry *right)
{
        if (left->key != right->key)
                return left->key < right->key ? -1 : 1;
        if (left->object != right->object)
                return left->object < right->object ? -1 : 1;
        return 0;
}

typedef struct ClaimList {
        ClaimEntry *entries;
        size_t n;
        size_t n_allocated;
        struct ClaimSort *sort; /* under way */
} ClaimList;

void claim_list_done(ClaimList *list);
int claim_list_add(ClaimList *list, int64_t key, int64_t object,
                   unsigned places); /* 0 or -ENOMEM */

/* Sorts by key, then object. Nothing may be added before it is done. APPLY_MORE (1): call again; 0: sorted; -ENOMEM. */
int claim_list_sort(ClaimList *list, Budget *budget);
