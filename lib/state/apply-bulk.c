/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "lib/state/apply-internal.h"

/*
 * The claims of a whole domain, made anew and sorted, beside those that are stored: what is missing is inserted in bulk, what is
 * stored and no longer claimed goes, and on the way every key shows whether it has something to say.
 */

/* An answer of many pages can bring an object twice, because it moved meanwhile. The later row counts. */
static int apply_withdraw(Apply *apply, int64_t object)
{
        int r;

        r = findings_forget(&apply->findings, object);
        if (r >= 0)
                r = apply_count(apply, object, apply->old.row.in_scope, false);
        if (r >= 0)
                r = cache_delete(apply->store, object);
        if (r >= 0)
                r = id_list_add(&apply->withdrawn, object);
        if (r < 0)
                return r;

        apply->objects--;
        apply->summary.changed--;
        return 0;
}

static int apply_check_repeat(Apply *apply, int64_t earlier, int64_t later)
{
        int r;

        /* Equal hashes are not yet equal GUIDs. */
        r = cache_get(apply->store, earlier, &apply->old.row);
        if (r > 0)
                r = cache_get(apply->store, later, &apply->new.row);
        if (r <= 0 || !guid_equal(&apply->old.row.guid, &apply->new.row.guid))
                return r;
        return apply_withdraw(apply, earlier);
}

static int id_compare(const void *key, const void *element)
{
        int64_t left = *(const int64_t *)key, right = *(const int64_t *)element;

        return left < right ? -1 : left > right;
}

int apply_withdrawn(Apply *apply, Budget *budget)
{
        IdList *withdrawn = &apply->withdrawn;

        if (withdrawn->n == 0)
                return 0;
        if (apply->position == 0)
                id_list_sort(withdrawn);

        for (; apply->position < apply->claims.n; apply->position++) {
                ClaimEntry *entry;
                int64_t object;
                int r;

                if (budget_is_spent(budget))
                        return APPLY_MORE;
                budget_spend(budget, BUDGET_STEP);

                r = claim_pile_at(&apply->claims, apply->position, &entry);
                if (r < 0)
                        return r;
                object = entry->object;
                if (bsearch(&object, withdrawn->ids, withdrawn->n, sizeof(object), id_compare))
                        claim_pile_withdraw(&apply->claims, entry);
        }

        return 0;
}

int apply_repeats(Apply *apply, Budget *budget)
{
        ClaimEntry *entry, before;

        for (; apply->position + 1 < apply->claims.n; apply->position++) {
                int r;

                if (budget_is_spent(budget))
                        return APPLY_MORE;
                budget_spend(budget, BUDGET_STEP);

                r = claim_pile_at(&apply->claims, apply->position, &entry);
                if (r < 0)
                        return r;
                if (claim_key_space(entry->key) != CLAIM_SPACE_GUID)
                        continue;

                before = *entry;
                r = claim_pile_at(&apply->claims, apply->position + 1, &entry);
                if (r < 0)
                        return r;
                if (before.key != entry->key)
                        continue;
                budget_spend(budget, BUDGET_OBJECT);
                r = apply_check_repeat(apply, before.object, entry->object);
                if (r < 0)
                        return r;
        }

        return 0;
}

/*
 * Keys come in order: with the next one, all of the last is known. It is judged where this domain has or had a share in it; what only
 * others hold is as it was.
 */
static int apply_end_group(Apply *apply)
{
        const ApplyGroup *group = &apply->group;
        unsigned space = claim_key_space(group->key);

        if (!group->is_ours || space == CLAIM_SPACE_GUID || !key_space_is_judged((KeySpace)space) ||
            !key_needs_judgement((KeySpace)space, group->n, group->places))
                return 0;
        return claim_list_add(&apply->touched, group->key, 0, 0);
}

static int apply_group_of(Apply *apply, int64_t key, ApplyGroup **ret)
{
        int r = 0;

        if (apply->group.key != key) {
                r = apply_end_group(apply);
                apply->group = (ApplyGroup){ .key = key };
        }

        *ret = &apply->group;
        return r;
}

/* One of this domain's objects holds the key; `is_held` false: it did. */
static int apply_count_own(Apply *apply, int64_t key, bool is_held, unsigned places)
{
        ApplyGroup *group;
        int r;

        r = apply_group_of(apply, key, &group);
        group->is_ours = true;
        group->n += is_held;
        group->places |= places;
        return r;
}

/* One of another domain's. Nothing is known of his places without reading him. */
static int apply_count_other(Apply *apply, int64_t key)
{
        ApplyGroup *group;
        int r;

        r = apply_group_of(apply, key, &group);
        group->n++;
        group->places = UINT16_MAX;
        return r;
}

static int entry_compare(const ClaimEntry *entry, int64_t key, int64_t object)
{
        int64_t own = entry->object;

        if (entry->key != key)
                return entry->key < key ? -1 : 1;
        return own < object ? -1 : own > object;
}

enum {
        MERGE_EQUAL = 1,
        MERGE_PAUSED,
};

/* Takes the new claims that stand before a stored one, and the equal one if there is. There may be millions between two. */
static int apply_merge_before(Apply *apply, int64_t key, int64_t object, Budget *budget)
{
        while (apply->position < apply->claims.n) {
                ClaimEntry *entry;
                int order, r;

                r = claim_pile_at(&apply->claims, apply->position, &entry);
                if (r < 0)
                        return r;
                order = entry->object != 0 ? entry_compare(entry, key, object) : -1;
                if (order > 0)
                        break;
                if (budget_is_spent(budget))
                        return MERGE_PAUSED;

                budget_spend(budget, BUDGET_STEP);
                apply->position++;
                if (entry->object == 0)
                        continue;

                r = apply_count_own(apply, entry->key, true, entry->places);
                if (r < 0)
                        return r;
                if (order == 0) {
                        claim_pile_withdraw(&apply->claims, entry); /* stands already */
                        return MERGE_EQUAL;
                }
        }

        return 0;
}

static int apply_merge_stored(Apply *apply, const ClaimEntry *stored, Budget *budget)
{
        bool is_own = cache_domain_of(stored->object) == apply->domain->id;
        int r;

        r = apply_merge_before(apply, stored->key, stored->object, budget);
        if (r != 0)
                return r == MERGE_EQUAL ? 0 : r == MERGE_PAUSED ? APPLY_MORE : r;

        if (!is_own)
                return apply_count_other(apply, stored->key);
        r = apply_count_own(apply, stored->key, false, 0);
        return r < 0 ? r : claim_delete(apply->store, stored->key, stored->object);
}

#define MERGE_ROWS 256

static int apply_read_stored(Apply *apply, ClaimEntry *ret)
{
        _cleanup_statement_ Statement *walk = store_statement(apply->store, QUERY_CLAIM_WALK);
        int n = 0, r;

        statement_bind_integer(walk, ":key", apply->walked.key);
        statement_bind_integer(walk, ":object", apply->walked.object);
        statement_bind_integer(walk, ":limit", MERGE_ROWS);
        while ((r = statement_step(walk)) > 0)
                ret[n++] = (ClaimEntry){
                        .key = statement_integer(walk, COLUMN_CLAIM_WALK_KEY),
                        .object = (uint64_t)statement_integer(walk, COLUMN_CLAIM_WALK_OBJECT),
                };

        return r < 0 ? r : n;
}

/* What is behind the last stored claim. */
static int apply_merge_rest(Apply *apply, Budget *budget)
{
        while (apply->position < apply->claims.n) {
                ClaimEntry *entry;
                int r;

                if (budget_is_spent(budget))
                        return APPLY_MORE;
                budget_spend(budget, BUDGET_STEP);

                r = claim_pile_at(&apply->claims, apply->position, &entry);
                if (r < 0)
                        return r;
                apply->position++;
                if (entry->object != 0)
                        r = apply_count_own(apply, entry->key, true, entry->places);
                if (r < 0)
                        return r;
        }

        return apply_end_group(apply);
}

int apply_merge(Apply *apply, Budget *budget)
{
        ClaimEntry stored[MERGE_ROWS];
        int n = MERGE_ROWS, r = 0;

        if (apply->position == 0 && apply->walked.object == 0)
                apply->walked.key = INT64_MIN;

        while (!apply->is_merged) {
                if (budget_is_spent(budget))
                        return APPLY_MORE;

                n = apply_read_stored(apply, stored);
                for (int i = 0; i < n && r == 0; i++) {
                        r = apply_merge_stored(apply, &stored[i], budget);
                        if (r == 0)
                                apply->walked = stored[i];
                }
                if (n < 0 || r != 0)
                        return n < 0 ? n : r;

                budget_spend(budget, (int64_t)n * BUDGET_BULK_ROW);
                apply->is_merged = n < MERGE_ROWS;
        }

        return apply_merge_rest(apply, budget);
}

#define INSERT_ROWS 2000
#define INSERT_PART (20 * INSERT_ROWS)

/*
 * Commits what was inserted so far. In a first read only, whose claims mean nothing to anybody until the domain is ready: a hundred
 * megabytes in one transaction would be one checkpoint, and the loop would wait for the disk. What a crash leaves behind is
 * found and removed by the next one's apply_merge().
 */
static int apply_commit_part(Apply *apply)
{
        int r;

        r = store_commit(apply->store);
        if (r < 0)
                return r;
        if (store_wants_checkpoint(apply->store)) {
                r = store_checkpoint(apply->store);
                if (r < 0)
                        return r;
        }

        return store_begin(apply->store);
}

int apply_insert(Apply *apply, Budget *budget)
{
        while (apply->position < apply->claims.n) {
                ClaimEntry *entry;
                size_t n;
                int r;

                if (budget_is_spent(budget))
                        return APPLY_MORE;

                r = claim_pile_at(&apply->claims, apply->position, &entry);
                if (r < 0)
                        return r;
                n = claim_pile_ahead(&apply->claims, apply->position);
                n = n < INSERT_ROWS ? n : INSERT_ROWS;
                r = store_insert_claims(apply->store, entry, n);
                if (r < 0)
                        return r;
                budget_spend(budget, (int64_t)n * BUDGET_BULK_ROW);
                apply->position += n;
                apply->n_inserted += n;

                if (apply->kind == APPLY_FIRST && apply->n_inserted >= INSERT_PART) {
                        apply->n_inserted = 0;
                        r = apply_commit_part(apply);
                        return r < 0 ? r : APPLY_MORE;
                }
        }

        /* Tens of bytes for each object of a large domain: not needed any more. */
        return claim_pile_empty(&apply->claims, budget);
}

static int apply_stored_keys(Apply *apply, Statement *statement, int column)
{
        int n = 0, r;

        statement_bind_integer(statement, ":after", apply->last_key);
        statement_bind_integer(statement, ":limit", MERGE_ROWS);
        while ((r = statement_step(statement)) > 0) {
                apply->last_key = statement_integer(statement, column);
                r = claim_list_add(&apply->touched, apply->last_key, 0, 0);
                if (r < 0)
                        break;
                n++;
        }
        statement_reset(statement);
        return r < 0 ? r : n;
}

/*
 * Keys under which something was found before. A domain that is judged again may have nothing to say of them any more. A first
 * read can change what a key of the join space means for objects that it does not touch: perhaps no forest is missing now.
 */
int apply_stored(Apply *apply, Budget *budget)
{
        int64_t last = apply->is_whole ? INT64_MAX : claim_key(KEY_JOIN + 1, 0) - 1;

        if (apply->position == 0 && apply->last_key == 0)
                apply->last_key = INT64_MIN;

        while (apply->position < 2) {
                Statement *statement;
                int n;

                if (budget_is_spent(budget))
                        return APPLY_MORE;

                if (apply->position == 0) {
                        statement = store_statement(apply->store, QUERY_FINDING_WALK_KEYS);
                        statement_bind_integer(statement, ":last", last);
                        n = apply_stored_keys(apply, statement, COLUMN_FINDING_WALK_KEYS_KEY);
                } else {
                        statement = store_statement(apply->store, QUERY_JOIN_EXCLUSION_WALK_KEYS);
                        n = apply_stored_keys(apply, statement,
                                              COLUMN_JOIN_EXCLUSION_WALK_KEYS_KEY);
                }
                if (n < 0)
                        return n;

                budget_spend(budget, (int64_t)n * BUDGET_ROW);
                if (n < MERGE_ROWS) {
                        apply->position++;
                        apply->last_key = INT64_MIN;
                }
        }

        return 0;
}
