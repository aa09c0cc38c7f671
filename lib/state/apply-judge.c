/* SPDX-License-Identifier: MIT */
#include "lib/state/apply-internal.h"

int apply_touch(Apply *apply, const Outcome *outcome, int64_t object)
{
        int r = 0;

        for (size_t i = 0; i < outcome->n_claims && r >= 0; i++)
                if (key_space_is_judged(outcome->claims[i].space))
                        r = claim_list_add(&apply->touched, claim_key_of(&outcome->claims[i]),
                                           object, outcome->claims[i].places);

        return r;
}

int apply_collect_claims(Apply *apply, const Judged *judged)
{
        const Outcome *outcome = judged->outcome;
        int r;

        r = claim_pile_add(&apply->claims, claim_guid_key(&judged->row.guid), judged->row.id, 0);
        for (size_t i = 0; i < outcome->n_claims && r >= 0; i++)
                r = claim_pile_add(&apply->claims, claim_key_of(&outcome->claims[i]),
                                   judged->row.id, outcome->claims[i].places);

        return r;
}

/* NULL: there is none. */
static const Claim *outcome_find(const Outcome *outcome, const Claim *like)
{
        for (size_t i = 0; i < outcome->n_claims; i++)
                if (outcome->claims[i].key == like->key && outcome->claims[i].space == like->space)
                        return &outcome->claims[i];
        return NULL;
}

static int apply_touch_one(Apply *apply, const Claim *claim, int64_t object, unsigned places)
{
        return key_space_is_judged(claim->space)
                       ? claim_list_add(&apply->touched, claim_key_of(claim), object, places)
                       : 0;
}

static int apply_lose_claims(Apply *apply, int64_t object, const Outcome *before,
                             const Outcome *now)
{
        int r = 0;

        for (size_t i = 0; i < before->n_claims && r >= 0; i++) {
                const Claim *claim = &before->claims[i];

                if (outcome_find(now, claim))
                        continue;
                r = claim_delete(apply->store, claim_key_of(claim), object);
                if (r >= 0)
                        r = apply_touch_one(apply, claim, 0, 0);
        }
        return r;
}

int apply_change_claims(Apply *apply, int64_t object, const Outcome *before, const Outcome *now)
{
        int r = before ? apply_lose_claims(apply, object, before, now) : 0;

        for (size_t i = 0; i < now->n_claims && r >= 0; i++) {
                const Claim *claim = &now->claims[i];
                const Claim *former = before ? outcome_find(before, claim) : NULL;
                bool is_kept = !former || (former->places == claim->places &&
                                           slice_equal(former->folded, claim->folded));

                /* Whatever changed of the object, others that share a value are judged by it. */
                if (!former)
                        r = claim_insert(apply->store, claim_key_of(claim), object);
                if (r >= 0)
                        r = apply_touch_one(apply, claim, object,
                                            claim->places | (is_kept ? TOUCH_NOTHING_LOST : 0));
        }

        return r;
}

/* What never arrives neither fails nor arrives altered. */
static void outcome_drop_excluded(Outcome *outcome)
{
        size_t n = 0;

        for (size_t i = 0; i < outcome->n_verdicts; i++)
                if (verdict_outlives_exclusion(&outcome->verdicts[i]))
                        outcome->verdicts[n++] = outcome->verdicts[i];
        outcome->n_verdicts = n;
}

/* May a key of the join space, alone with this object, keep it out of scope? */
static bool outcome_wants_partner(const Outcome *outcome)
{
        for (size_t i = 0; i < outcome->n_claims; i++)
                if (outcome->claims[i].space == KEY_JOIN &&
                    key_needs_judgement(KEY_JOIN, 1, outcome->claims[i].places))
                        return true;
        return false;
}

int apply_settle(Apply *apply, Judged *judged, bool is_new)
{
        const FindingSubject subject = apply_subject(judged);
        int r;

        if ((judged->row.excluded & CACHE_JOIN_EXCLUDED) || outcome_wants_partner(judged->outcome))
                return id_list_add(&apply->deferred, judged->row.id);

        /* A first read takes its time, and an inventory may come meanwhile: see apply_counterparts(). */
        r = apply->kind == APPLY_FIRST ? 0 : judge_counterpart(&apply->judge, judged);
        return r < 0 ? r
                     : findings_diff(&apply->findings, &subject, 0, judged->outcome->verdicts,
                                     judged->outcome->n_verdicts, is_new);
}

int apply_settle_again(Apply *apply, int64_t id)
{
        Judged *judged = &apply->new;
        FindingSubject subject;
        int r;

        r = cache_get(apply->store, id, &judged->row);
        if (r <= 0)
                return r;
        r = judge_row(&apply->judge, &apply->tree, judged);
        if (r < 0)
                return r;

        if (judged->row.excluded & CACHE_JOIN_EXCLUDED)
                outcome_drop_excluded(judged->outcome);
        r = judge_counterpart(&apply->judge, judged);
        if (r < 0)
                return r;

        subject = apply_subject(judged);
        return findings_diff(&apply->findings, &subject, 0, judged->outcome->verdicts,
                             judged->outcome->n_verdicts, false);
}

int apply_deferred(Apply *apply, Budget *budget)
{
        IdList *list = &apply->deferred;

        if (apply->position == 0)
                id_list_sort(list);

        while (apply->position < list->n) {
                int r;

                if (budget_is_spent(budget))
                        return APPLY_MORE;
                budget_spend(budget, BUDGET_OBJECT);

                r = apply_settle_again(apply, list->ids[apply->position++]);
                if (r < 0)
                        return r;
        }

        return 0;
}

#define WALK_ROWS 100

/* The next ids of a walk, behind apply->last_object. */
static int apply_walk(Apply *apply, Statement *statement, int column, IdList *ret)
{
        int r;

        statement_bind_integer(statement, ":after", apply->last_object);
        statement_bind_integer(statement, ":limit", WALK_ROWS);
        while ((r = statement_step(statement)) > 0) {
                r = id_list_add(ret, statement_integer(statement, column));
                if (r < 0)
                        break;
        }
        statement_reset(statement);
        return r;
}

/* By a new inventory, or a new domain by the one that there is: those that were not found to be in order at a glance. */
static int apply_settle_unsettled(Apply *apply, Budget *budget)
{
        int64_t id;

        while (id_set_next(&apply->unsettled, apply->last_object, &id)) {
                bool is_settled = id_set_has(&apply->plain, id) && !id_set_has(&apply->odd, id);
                int r;

                if (budget_is_spent(budget))
                        return APPLY_MORE;
                budget_spend(budget, is_settled ? BUDGET_ROW : BUDGET_OBJECT);

                r = !is_settled && judge_domain(&apply->judge, cache_domain_of(id))
                            ? apply_settle_again(apply, id)
                            : 0;
                if (r < 0)
                        return r;
                apply->last_object = id;
        }

        return 0;
}

int apply_counterparts(Apply *apply, Budget *budget)
{
        if (!apply->judge.cloud)
                return 0;
        if (apply->kind == APPLY_CLOUD || apply->kind == APPLY_FIRST)
                return apply_settle_unsettled(apply, budget);

        for (; apply->position < apply->orphaned.n; apply->position++) {
                int r;

                if (budget_is_spent(budget))
                        return APPLY_MORE;
                budget_spend(budget, BUDGET_OBJECT);

                r = apply_settle_again(apply, apply->orphaned.ids[apply->position]);
                if (r < 0)
                        return r;
        }

        return 0;
}

int apply_reselect(Apply *apply, Budget *budget)
{
        for (;;) {
                Statement *walk = store_statement(apply->store, QUERY_CONTAINER_WALK);
                _cleanup_id_list_ IdList ids = {};
                int r;

                if (budget_is_spent(budget))
                        return APPLY_MORE;

                statement_bind_integer(walk, ":domain", apply->domain->id);
                r = apply_walk(apply, walk, COLUMN_CONTAINER_WALK_ID, &ids);
                for (size_t i = 0; i < ids.n && r >= 0; i++) {
                        r = container_tree_reselect(&apply->tree, ids.ids[i]);
                        apply->last_object = ids.ids[i];
                        budget_spend(budget, BUDGET_OBJECT);
                }
                if (r < 0 || ids.n == 0)
                        return r;
        }
}

int apply_judge_again(Apply *apply, int64_t id, bool is_whole)
{
        Judged *judged = &apply->new;
        unsigned excluded;
        bool in_scope;
        int r;

        r = cache_get(apply->store, id, &judged->row);
        if (r <= 0)
                return r;
        r = judge_row(&apply->judge, &apply->tree, judged);
        if (r >= 0)
                r = is_whole ? apply_collect_claims(apply, judged)
                             : apply_touch(apply, judged->outcome, id);
        if (r < 0)
                return r;
        if (judged->row.deleted_at != 0)
                return apply_settle(apply, judged, false);

        excluded = (judged->row.excluded & CACHE_JOIN_EXCLUDED) | judged_excluded(judged);
        if (judged->row.excluded == 0 && (apply->is_leaving || (excluded != 0 && !is_whole))) {
                r = apply_tell_left(apply, judged);
                if (r < 0)
                        return r;
        }
        in_scope = judged_in_scope(judged, excluded);
        if (excluded != judged->row.excluded || in_scope != judged->row.in_scope) {
                r = cache_update_excluded(apply->store, id, excluded, in_scope);
                if (r >= 0)
                        r = apply_count(apply, id, judged->row.in_scope, in_scope);
                if (r < 0)
                        return r;
                judged->row.excluded = excluded;
                judged->row.in_scope = in_scope;
        }

        return apply_settle(apply, judged, false);
}

/* Rows of a walk, from where it has come to. 1: there were some; 0: it is over. */
static int apply_judge_walk(Apply *apply, Statement *walk, int column, bool is_whole,
                            Budget *budget)
{
        _cleanup_id_list_ IdList ids = {};
        int r;

        r = apply_walk(apply, walk, column, &ids);
        for (size_t i = 0; i < ids.n && r >= 0; i++) {
                if (budget_is_spent(budget))
                        return 1;
                budget_spend(budget, BUDGET_OBJECT);

                r = apply_judge_again(apply, ids.ids[i], is_whole);
                apply->last_object = ids.ids[i];
        }

        return r < 0 ? r : ids.n > 0;
}

/* Has this container changed in a way that its objects are judged by? 1, 0 or negative. */
static int apply_is_changed(Apply *apply, const ContainerChange *change)
{
        ContainerPlace place;
        int r;

        r = container_tree_place(&apply->tree, change->id, &place);
        apply->is_leaving = r > 0 && change->was_selected && !place.selected;
        return r <= 0 ? r : change->is_renamed || place.selected != change->was_selected;
}

int apply_below(Apply *apply, Budget *budget)
{
        for (; apply->position < apply->tree.n_changes; apply->position++, apply->last_object = 0) {
                const ContainerChange *change = &apply->tree.changes[apply->position];
                int r;

                r = apply_is_changed(apply, change);
                while (r > 0) {
                        Statement *below = store_statement(apply->store, QUERY_OBJECT_BELOW);

                        if (budget_is_spent(budget))
                                return APPLY_MORE;
                        budget_spend(budget, BUDGET_ROW);

                        statement_bind_integer(below, ":parent", change->id);
                        r = apply_judge_walk(apply, below, COLUMN_OBJECT_BELOW_ID, false, budget);
                }
                if (r < 0)
                        return r;
        }

        apply->is_leaving = false;
        return 0;
}

/* The first that are due, behind that which a walk has come to. */
static Statement *due_statement(Store *store, const Domain *domain, int64_t now, int64_t after_time,
                                int64_t after, int64_t limit)
{
        Statement *due = store_statement(store, QUERY_FINDING_DUE);

        statement_bind_integer(due, ":after_time", after_time);
        statement_bind_integer(due, ":after", after);
        statement_bind_integer(due, ":now", now);
        statement_bind_integer(due, ":first", cache_first_id(domain->id));
        statement_bind_integer(due, ":last", cache_last_id(domain->id));
        statement_bind_integer(due, ":limit", limit);
        return due;
}

int apply_is_due(Store *store, const Domain *domain, int64_t now)
{
        _cleanup_statement_ Statement *due = due_statement(store, domain, now, 0, 0, 1);

        return statement_step(due);
}

/* One that is due, and the time by which it was. What is judged again is due later, or never. */
typedef struct DueObject {
        int64_t time, object;
} DueObject;

static int apply_list_due(Apply *apply, DueObject *ret)
{
        _cleanup_statement_ Statement *due =
                due_statement(apply->store, apply->domain, apply->settings.now, apply->last_time,
                              apply->last_object, WALK_ROWS);
        int n = 0, r = 0;

        while (n < WALK_ROWS && (r = statement_step(due)) > 0)
                ret[n++] = (DueObject){
                        .time = statement_integer(due, COLUMN_FINDING_DUE_AT),
                        .object = statement_integer(due, COLUMN_FINDING_DUE_OBJECT),
                };
        return r < 0 ? r : n;
}

int apply_due(Apply *apply, Budget *budget)
{
        for (;;) {
                DueObject list[WALK_ROWS];
                int n, r;

                n = apply_list_due(apply, list);
                if (n <= 0)
                        return n;

                for (int i = 0; i < n; i++) {
                        if (budget_is_spent(budget))
                                return APPLY_MORE;
                        budget_spend(budget, BUDGET_OBJECT);

                        r = apply_judge_again(apply, list[i].object, false);
                        if (r < 0)
                                return r;
                        apply->last_time = list[i].time;
                        apply->last_object = list[i].object;
                }
        }
}

int apply_cache(Apply *apply, Budget *budget)
{
        int r = 1;

        while (r > 0) {
                Statement *walk = store_statement(apply->store, QUERY_OBJECT_WALK);

                if (budget_is_spent(budget))
                        return APPLY_MORE;
                budget_spend(budget, BUDGET_ROW);

                if (apply->last_object == 0)
                        apply->last_object = cache_first_id(apply->domain->id);
                statement_bind_integer(walk, ":last", cache_last_id(apply->domain->id));
                r = apply_judge_walk(apply, walk, COLUMN_OBJECT_WALK_ID, true, budget);
        }

        return r;
}
