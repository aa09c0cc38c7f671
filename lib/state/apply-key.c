/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/apply-key.h"

/*
 * Pass 2: one key, with all objects that hold it. They are read and judged again for it: nearly all keys have one holder and need none
 * of this.
 */

void apply_bench_free(KeyBench *bench)
{
        if (!bench)
                return;

        for (size_t i = 0; i < bench->n_slots; i++) {
                judged_done(&bench->slots[i]->judged);
                free(bench->slots[i]);
        }
        key_outcome_free(bench->outcome);
        key_many_done(&bench->many);
        free(bench->verdicts);
        free(bench);
}

static int bench_new(KeyBench **ret)
{
        KeyBench *bench = malloc(sizeof(*bench));

        if (!bench)
                return -ENOMEM;
        memset(bench, 0, offsetof(KeyBench, slots));
        if (key_outcome_new(&bench->outcome) < 0) {
                apply_bench_free(bench);
                return -ENOMEM;
        }

        *ret = bench;
        return 0;
}

static int bench_slot(KeyBench *bench, size_t index, KeyHolder **ret)
{
        assert(index <= bench->n_slots);

        if (index == bench->n_slots) {
                KeyHolder *holder = calloc(1, sizeof(*holder));

                if (!holder)
                        return -ENOMEM;
                if (judged_init(&holder->judged) < 0) {
                        free(holder);
                        return -ENOMEM;
                }
                bench->slots[bench->n_slots++] = holder;
        }

        *ret = bench->slots[index];
        return 0;
}

/* NULL: it does not claim the key. */
static const Claim *judged_claim(const Judged *judged, int64_t key)
{
        const Outcome *outcome = judged->outcome;

        for (size_t i = 0; i < outcome->n_claims; i++)
                if (claim_key_of(&outcome->claims[i]) == key)
                        return &outcome->claims[i];
        return NULL;
}

/* Reads one holder. 1: it counts; 0: it is gone, of a domain that does not count, or claims something else with the same hash. */
static int apply_load_holder(Apply *apply, int64_t id, int64_t key, KeyHolder *holder)
{
        int r;

        r = cache_get(apply->store, id, &holder->judged.row);
        if (r <= 0)
                return r;
        r = judge_claims(&apply->judge, &apply->tree, &holder->judged);
        if (r < 0 || !holder->judged.domain->counts)
                return r < 0 ? r : 0;

        holder->claim = judged_claim(&holder->judged, key);
        return holder->claim != NULL;
}

/* Equal values together; among them an order that does not depend on which row came first. */
static int holder_compare(const void *a, const void *b)
{
        const KeyHolder *left = *(KeyHolder *const *)a, *right = *(KeyHolder *const *)b;
        Slice x = left->claim->folded, y = right->claim->folded;
        int order;

        if (x.size != y.size)
                return x.size < y.size ? -1 : 1;
        order = x.size > 0 ? memcmp(x.data, y.data, x.size) : 0;
        if (order == 0)
                order = memcmp(left->judged.row.guid.bytes, right->judged.row.guid.bytes,
                               sizeof(Guid));
        if (order == 0)
                order = strcmp(left->judged.domain->name, right->judged.domain->name);
        return order;
}

static bool same_value(const KeyHolder *a, const KeyHolder *b)
{
        Slice x = a->claim->folded, y = b->claim->folded;

        return x.size == y.size && (x.size == 0 || memcmp(x.data, y.data, x.size) == 0);
}

/* Who makes a person with whom does not depend on who is kept out for want of one: two mailboxes that name each other are both in. */
Holder key_holder_make(const KeyHolder *holder, KeySpace space)
{
        const Judged *judged = &holder->judged;
        unsigned counted = space == KEY_JOIN ? 0 : CACHE_JOIN_EXCLUDED;

        return (Holder){
                .context = judged->context,
                .object = judged->object,
                .outcome = judged->outcome,
                .claim = holder->claim,
                .in_scope = judged->context->selected && judged_excluded(judged) == 0 &&
                            !(judged->row.excluded & counted) && judged->row.deleted_at == 0,
                .deleted_at = judged->row.deleted_at,
                .domain = (unsigned)judged->domain->id,
                .forest = judged->domain->forest,
        };
}

/*
 * Takes down whether a key of the join space keeps an object out of scope. Where that changes whether it is in scope at all, its other
 * keys must be judged with that, and so must the object alone.
 */
static int apply_join(Apply *apply, int64_t key, Judged *judged, bool is_excluded)
{
        unsigned excluded;
        int r;

        r = claim_exclude(apply->store, key, judged->row.id, is_excluded);
        if (r <= 0)
                return r;
        r = claim_is_excluded(apply->store, judged->row.id);
        if (r < 0)
                return r;

        excluded = (judged->row.excluded & ~(unsigned)CACHE_JOIN_EXCLUDED) |
                   (r > 0 ? CACHE_JOIN_EXCLUDED : 0);
        if (excluded == judged->row.excluded)
                return 0;

        judged->row.excluded = excluded;
        r = cache_update_excluded(apply->store, judged->row.id, excluded, judged->row.in_scope);
        if (r >= 0)
                r = id_list_add(&apply->deferred, judged->row.id);
        return r < 0 ? r : apply_touch(apply, judged->outcome, judged->row.id);
}

/* What is said of a holder against others here and against the cloud, one behind the other in the bench. */
static int bench_add_verdicts(KeyBench *bench, const KeyOutcome *outcome, size_t index)
{
        const HolderVerdicts *said = outcome ? &outcome->holders[index] : NULL;
        Verdict *more;

        if (!said || said->n == 0)
                return 0;

        more = reallocarray(bench->verdicts, bench->n_verdicts + said->n, sizeof(*more));
        if (!more)
                return -ENOMEM;
        bench->verdicts = more;
        memcpy(more + bench->n_verdicts, outcome->outcome->verdicts + said->first,
               said->n * sizeof(*more));
        bench->n_verdicts += said->n;
        return 0;
}

int apply_tell_holder(Apply *apply, int64_t key, KeyHolder *holder, size_t index,
                      const KeyOutcome *here, const KeyOutcome *cloud)
{
        const FindingSubject subject = apply_subject(&holder->judged);
        KeyBench *bench = apply->bench;
        const HolderVerdicts *said = here ? &here->holders[index] : NULL;
        int r;

        bench->n_verdicts = 0;
        r = bench_add_verdicts(bench, here, index);
        if (r >= 0)
                r = bench_add_verdicts(bench, cloud, index);
        if (r >= 0)
                r = findings_diff(&apply->findings, &subject, key, bench->verdicts,
                                  bench->n_verdicts, false);
        if (r < 0 || claim_key_space(key) != KEY_JOIN)
                return r;
        return apply_join(apply, key, &holder->judged, said && said->is_join_excluded);
}

/* Judges the holders of one value. */
static int apply_value(Apply *apply, int64_t key, KeyHolder **holders, size_t n)
{
        KeyBench *bench = apply->bench;
        KeySpace space = (KeySpace)claim_key_space(key);
        const KeyOutcome *cloud = NULL;
        bool is_judged;
        unsigned places = 0;
        int r = 0;

        for (size_t i = 0; i < n; i++) {
                bench->holders[i] = key_holder_make(holders[i], space);
                places |= holders[i]->claim->places;
        }

        is_judged = key_needs_judgement(space, n, places);
        if (is_judged)
                r = evaluate_key(space, bench->holders, n, bench->outcome);
        if (r >= 0)
                r = apply_cloud_judge(apply, space, bench->holders, n, &cloud);

        for (size_t i = 0; i < n && r >= 0; i++)
                r = apply_tell_holder(apply, key, holders[i], i, is_judged ? bench->outcome : NULL,
                                      cloud);

        return r;
}

/* All that hold the key, in the bench: those of each value. */
static int apply_few(Apply *apply, int64_t key, size_t n)
{
        KeyHolder **order = apply->bench->order;
        int r = 0;

        qsort(order, n, sizeof(*order), holder_compare);
        for (size_t start = 0, end; start < n && r >= 0; start = end) {
                for (end = start + 1; end < n && same_value(order[start], order[end]); end++)
                        ;
                r = apply_value(apply, key, order + start, end - start);
        }

        return r;
}

/*
 * Findings and exclusions under the key, of objects that hold it no longer, or alone, and were not judged with others. The ids are in
 * order.
 */
static int apply_orphan(Apply *apply, int64_t key, int64_t object)
{
        Judged *judged = &apply->old;
        FindingSubject subject;
        int r;

        r = cache_get(apply->store, object, &judged->row);
        if (r <= 0)
                return r;
        r = judge_claims(&apply->judge, &apply->tree, judged);
        if (r < 0)
                return r;

        subject = apply_subject(judged);
        r = judged_claim(judged, key)
                    ? findings_diff(&apply->findings, &subject, key, NULL, 0, false)
                    : findings_renounce(&apply->findings, &subject, key);
        if (r < 0 || claim_key_space(key) != KEY_JOIN)
                return r;
        return apply_join(apply, key, judged, false);
}

static bool is_held(const IdList *held, int64_t id)
{
        size_t low = 0, high = held->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (held->ids[middle] < id)
                        low = middle + 1;
                else
                        high = middle;
        }

        return low < held->n && held->ids[low] == id;
}

/* What was said of objects under a key stands in two places: findings, and exclusions for want of the other half of a person. */
static const struct {
        QueryId query;
        int column;
} orphanages[] = {
        { QUERY_FINDING_OBJECTS, COLUMN_FINDING_OBJECTS_OBJECT },
        { QUERY_JOIN_EXCLUSION_BY_KEY, COLUMN_JOIN_EXCLUSION_BY_KEY_OBJECT },
};

#define ORPHANS_AT_A_TIME 100

/* The next of them, behind apply->orphan_after: how many there were, or negative. */
static int apply_list_stored(Apply *apply, int64_t key, IdList *ret)
{
        Statement *statement = store_statement(apply->store, orphanages[apply->orphanage].query);
        int r;

        statement_bind_integer(statement, ":key", key);
        statement_bind_integer(statement, ":after", apply->orphan_after);
        statement_bind_integer(statement, ":limit", ORPHANS_AT_A_TIME);
        while ((r = statement_step(statement)) > 0) {
                r = id_list_add(ret,
                                statement_integer(statement, orphanages[apply->orphanage].column));
                if (r < 0)
                        break;
        }
        statement_reset(statement);
        return r < 0 ? r : (int)ret->n;
}

/* A broken script that is undone leaves as many former holders as it made. */
static int apply_orphans_of(Apply *apply, int64_t key, Budget *budget)
{
        for (;;) {
                _cleanup_id_list_ IdList stored = {};
                int r;

                r = apply_list_stored(apply, key, &stored);
                if (r <= 0)
                        return r;

                for (size_t i = 0; i < stored.n; i++) {
                        if (budget_is_spent(budget))
                                return APPLY_MORE;
                        budget_spend(budget, BUDGET_ROW);

                        if (!is_held(&apply->held, stored.ids[i])) {
                                budget_spend(budget, BUDGET_OBJECT);
                                r = apply_orphan(apply, key, stored.ids[i]);
                                if (r < 0)
                                        return r;
                        }
                        apply->orphan_after = stored.ids[i];
                }
        }
}

static int apply_orphans(Apply *apply, int64_t key, Budget *budget)
{
        size_t n = claim_key_space(key) == KEY_JOIN ? ARRAY_SIZE(orphanages) : 1;
        int r;

        for (; apply->orphanage < n; apply->orphanage++, apply->orphan_after = 0) {
                r = apply_orphans_of(apply, key, budget);
                if (r != 0)
                        return r;
        }

        apply->orphanage = 0;
        return 0;
}

/* In the first of several rounds the holders are taken down, too: in the order of their ids. */
static int apply_take_down(Apply *apply, int64_t id)
{
        if (apply->held.n > 0 && apply->held.ids[apply->held.n - 1] >= id)
                return 0;
        return id_list_add(&apply->held, id);
}

int apply_load_part(Apply *apply, int64_t key, size_t *ret_n, bool *ret_more)
{
        KeyBench *bench = apply->bench;
        size_t n = 0;
        int n_ids;

        n_ids = claim_holders(apply->store, key, apply->key_after, bench->ids, PART_HOLDERS);
        if (n_ids < 0)
                return n_ids;

        for (int i = 0; i < n_ids; i++) {
                KeyHolder *holder;
                int r;

                r = bench_slot(bench, n, &holder);
                if (r >= 0)
                        r = apply_load_holder(apply, bench->ids[i], key, holder);
                if (r < 0)
                        return r;
                if (r == 0)
                        continue;
                if (apply_take_down(apply, bench->ids[i]) < 0)
                        return -ENOMEM;
                n++;
        }

        if (n_ids > 0)
                apply->key_after = bench->ids[n_ids - 1];
        for (size_t i = 0; i < n; i++)
                bench->order[i] = bench->slots[i];
        *ret_n = n;
        *ret_more = n_ids == PART_HOLDERS;
        return 0;
}

/* A key with one holder is the rule, and it seldom has anything to say: no need to read him. 1: so it is. */
static int apply_is_quiet(Apply *apply, int64_t key)
{
        KeySpace space = (KeySpace)claim_key_space(key);
        int64_t ids[2];
        int n;

        n = claim_holders(apply->store, key, 0, ids, ARRAY_SIZE(ids));
        if (n < 0 || n > 1)
                return n < 0 ? n : 0;
        return !key_needs_judgement(space, (size_t)n,
                                    n > 0 ? apply_touched_places(apply, key, ids[0]) : 0);
}

/* All that hold the key now. */
static int apply_holders(Apply *apply, int64_t key, Budget *budget)
{
        bool has_more;
        size_t n;
        int r;

        if (budget_is_spent(budget))
                return APPLY_MORE;

        r = apply_cloud_load(apply, key);
        if (r < 0)
                return r;
        if (apply->bench->many.is_begun)
                return apply_many(apply, key, budget);

        r = apply_load_part(apply, key, &n, &has_more);
        if (r < 0)
                return r;
        budget_spend(budget, (int64_t)n * BUDGET_OBJECT);
        if (!has_more)
                return apply_few(apply, key, n);

        apply->key_after = 0;
        return apply_many(apply, key, budget);
}

static int apply_end_key(Apply *apply)
{
        apply->held.n = 0;
        apply->key_after = 0;
        apply->has_heard_holders = false;
        return 0;
}

int apply_judge_key(Apply *apply, int64_t key, Budget *budget)
{
        int r = 0;

        if (!apply->bench) {
                r = bench_new(&apply->bench);
                if (r < 0)
                        return r;
        }

        if (!apply->has_heard_holders && !apply->bench->many.is_begun) {
                r = apply_is_quiet(apply, key);
                if (r < 0)
                        return r;
                if (r > 0 && !apply_touched_loses(apply, key))
                        return apply_end_key(apply);
                apply->has_heard_holders = r > 0;
        }

        r = apply->has_heard_holders ? 0 : apply_holders(apply, key, budget);
        if (r != 0)
                return r;

        apply->has_heard_holders = true;
        r = apply_orphans(apply, key, budget);
        if (r != 0)
                return r;

        return apply_end_key(apply);
}
