/* SPDX-License-Identifier: MIT */
#include "lib/state/claim.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/core/hash.h"

int64_t claim_guid_key(const Guid *guid)
{
        return claim_key(CLAIM_SPACE_GUID,
                         hash_finish(hash_bytes(HASH_INIT, guid->bytes, sizeof(guid->bytes))));
}

static int claim_change(Store *store, QueryId query, int64_t key, int64_t object)
{
        Statement *statement = store_statement(store, query);

        statement_bind_integer(statement, ":key", key);
        statement_bind_integer(statement, ":object", object);
        return statement_execute(statement);
}

int claim_insert(Store *store, int64_t key, int64_t object)
{
        return claim_change(store, QUERY_CLAIM_INSERT, key, object);
}

int claim_delete(Store *store, int64_t key, int64_t object)
{
        return claim_change(store, QUERY_CLAIM_DELETE, key, object);
}

int claim_exclude(Store *store, int64_t key, int64_t object, bool is_excluded)
{
        int r;

        r = claim_change(store,
                         is_excluded ? QUERY_JOIN_EXCLUSION_INSERT : QUERY_JOIN_EXCLUSION_DELETE,
                         key, object);
        return r < 0 ? r : store_changes(store) > 0;
}

int claim_is_excluded(Store *store, int64_t object)
{
        _cleanup_statement_ Statement *statement = store_statement(store, QUERY_JOIN_EXCLUSION_ANY);

        statement_bind_integer(statement, ":object", object);
        return statement_step(statement);
}

int claim_holders(Store *store, int64_t key, int64_t after, int64_t *ret, size_t n)
{
        _cleanup_statement_ Statement *statement = store_statement(store, QUERY_CLAIM_HOLDERS);
        size_t found = 0;
        int r;

        statement_bind_integer(statement, ":key", key);
        statement_bind_integer(statement, ":after", after);
        statement_bind_integer(statement, ":limit", (int64_t)n);
        while ((r = statement_step(statement)) > 0)
                ret[found++] = statement_integer(statement, COLUMN_CLAIM_HOLDERS_OBJECT);

        return r < 0 ? r : (int)found;
}

/*
 * Sorting in place and in steps: first every entry goes into the bucket of its key's upper 12 bits (an American flag sort:
 * entries change places, no second array), then each bucket is sorted by itself. Five million entries need half a second; a
 * turn of the loop has a twentieth.
 */
#define SORT_BITS    12
#define SORT_BUCKETS (1 << SORT_BITS)

typedef struct ClaimSort {
        size_t head[SORT_BUCKETS]; /* where the next entry of the bucket goes */
        size_t end[SORT_BUCKETS];
        unsigned bucket; /* being filled, then being sorted */
        bool is_filled;
} ClaimSort;

void claim_list_done(ClaimList *list)
{
        free(list->entries);
        free(list->sort);
        *list = (ClaimList){};
}

int claim_list_add(ClaimList *list, int64_t key, int64_t object, unsigned places)
{
        if (list->n == list->n_allocated) {
                size_t n = list->n_allocated ? list->n_allocated + list->n_allocated / 2 : 256;
                ClaimEntry *entries = reallocarray(list->entries, n, sizeof(*entries));

                if (!entries)
                        return -ENOMEM;
                list->entries = entries;
                list->n_allocated = n;
        }

        list->entries[list->n++] =
                (ClaimEntry){ .key = key, .object = (uint64_t)object, .places = (uint16_t)places };
        return 0;
}

static unsigned sort_bucket(const ClaimEntry *entry)
{
        return (unsigned)(((uint64_t)entry->key ^ UINT64_C(1) << 63) >> (64 - SORT_BITS));
}

static int sort_begin(ClaimList *list)
{
        ClaimSort *sort = calloc(1, sizeof(*sort));
        size_t at = 0;

        if (!sort)
                return -ENOMEM;

        for (size_t i = 0; i < list->n; i++)
                sort->end[sort_bucket(&list->entries[i])]++;
        for (unsigned i = 0; i < SORT_BUCKETS; i++) {
                sort->head[i] = at;
                at += sort->end[i];
                sort->end[i] = at;
        }

        list->sort = sort;
        return 0;
}

static bool sort_fill(ClaimList *list, Budget *budget)
{
        ClaimSort *sort = list->sort;

        for (; sort->bucket < SORT_BUCKETS; sort->bucket++) {
                size_t *head = &sort->head[sort->bucket];

                while (*head < sort->end[sort->bucket]) {
                        ClaimEntry entry = list->entries[*head];
                        unsigned bucket = sort_bucket(&entry);

                        if (budget_is_spent(budget))
                                return false;
                        budget_spend(budget, BUDGET_STEP);

                        if (bucket == sort->bucket) {
                                ++*head;
                                continue;
                        }
                        list->entries[*head] = list->entries[sort->head[bucket]];
                        list->entries[sort->head[bucket]++] = entry;
                }
        }

        sort->bucket = 0;
        return true;
}

static int entry_compare(const void *a, const void *b)
{
        return claim_entry_compare(a, b);
}

static bool sort_buckets(ClaimList *list, Budget *budget)
{
        ClaimSort *sort = list->sort;

        for (; sort->bucket < SORT_BUCKETS; sort->bucket++) {
                size_t start = sort->bucket > 0 ? sort->end[sort->bucket - 1] : 0;
                size_t n = sort->end[sort->bucket] - start;

                if (n < 2)
                        continue;
                if (budget_is_spent(budget))
                        return false;
                budget_spend(budget, (int64_t)n * BUDGET_STEP * 4);

                qsort(list->entries + start, n, sizeof(*list->entries), entry_compare);
        }

        return true;
}

int claim_list_sort(ClaimList *list, Budget *budget)
{
        int r;

        if (list->n < SORT_BUCKETS) {
                if (list->n > 1)
                        qsort(list->entries, list->n, sizeof(*list->entries), entry_compare);
                return 0;
        }

        if (!list->sort) {
                r = sort_begin(list);
                if (r < 0)
                        return r;
        }

        if (!list->sort->is_filled) {
                list->sort->is_filled = sort_fill(list, budget);
                if (!list->sort->is_filled)
                        return 1;
        }
        if (!sort_buckets(list, budget))
                return 1;

        free(TAKE_PTR(list->sort));
        return 0;
}
