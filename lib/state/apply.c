/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/apply-internal.h"
#include "lib/state/attribute-list.h"
#include "lib/state/event.h"

/*
 * Names that a first read has left behind which never came to its end: another domain controller may not know them, or not any more, and
 * none of its answers would say so. They are few, and go at once.
 */
static int apply_forget_containers(Apply *apply)
{
        Statement *walk = store_statement(apply->store, QUERY_CONTAINER_WALK);
        Statement *forget = store_statement(apply->store, QUERY_CONTAINER_DELETE_DOMAIN);
        int r;

        statement_bind_integer(walk, ":domain", apply->domain->id);
        statement_bind_integer(walk, ":after", 0);
        statement_bind_integer(walk, ":limit", 1);
        r = statement_step(walk);
        statement_reset(walk);
        if (r <= 0)
                return r;

        statement_bind_integer(forget, ":domain", apply->domain->id);
        return statement_execute(forget);
}

/* Are there rows of a first read that never came to its end? */
static int apply_find_leftovers(Apply *apply)
{
        int64_t next;
        int r;

        r = apply_forget_containers(apply);
        if (r >= 0)
                r = cache_next_id(apply->store, apply->domain->id, &next);
        if (r < 0)
                return r;
        if (next == cache_first_id(apply->domain->id) + 1)
                return 0;

        apply->leftovers_end = next;
        apply->domain->full_reads_interrupted++;
        return domain_save(apply->store, apply->domain);
}

/* The numbers of the answer's epoch and attribute list, as far as the database has them: nothing is written before the end. */
static int apply_find_numbers(Apply *apply)
{
        int r;

        apply->has_sure_numbers = !store_in_transaction(apply->store);
        r = epoch_find(apply->store, &apply->settings.invocation_id, &apply->epoch);
        return r < 0 ? r
                     : attribute_list_find(apply->store, &apply->settings.requested,
                                           &apply->attribute_list);
}

static int apply_prepare(Apply *apply)
{
        const ApplySettings *settings = &apply->settings;
        int r;

        r = container_tree_init(&apply->tree, apply->store, apply->domain->id,
                                settings->domain_config);
        if (r >= 0)
                r = judged_init(&apply->old);
        if (r >= 0)
                r = judged_init(&apply->new);
        if (r >= 0 && apply->kind == APPLY_FIRST)
                r = apply_find_leftovers(apply);
        if (r >= 0 && !apply_is_local(apply))
                r = apply_find_numbers(apply);
        return r < 0 ? r : 0;
}

/*
 * Sorting the claims of a whole domain may take so many times the memory of an answer. An object has eight of sixteen bytes: with the
 * 32 MiB that are usual no file is needed up to two million objects. Of the cloud's objects only those count that are nobody here.
 */
#define SORT_SHARE 8

int apply_new(Store *store, Domain *domain, ApplyKind kind, const ApplySettings *settings,
              Apply **ret)
{
        size_t stage_memory = (size_t)settings->config->stage_memory_mib << 20;
        _cleanup_(apply_freep) Apply *apply = NULL;
        int r;

        apply = calloc(1, sizeof(*apply));
        if (!apply)
                return -ENOMEM;

        apply->store = store;
        apply->domain = domain;
        apply->kind = kind;
        apply->settings = *settings;
        roll_call_init(&apply->roll_call, store, domain->id);
        stage_init(&apply->stage, stage_memory, store_path(store));
        claim_pile_init(&apply->claims, SORT_SHARE * stage_memory / sizeof(ClaimEntry),
                        store_path(store));
        claim_pile_init(&apply->cloud_claims, stage_memory / sizeof(ClaimEntry), store_path(store));

        r = apply_prepare(apply);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(apply);
        return 0;
}

/* What the answer has made of the domain. Whatever else is known of it may have changed since. */
static void apply_take_over(Apply *apply)
{
        Domain *domain = apply->domain, *next = &apply->next;

        free(domain->derivation);
        domain->derivation = TAKE_PTR(next->derivation);
        domain->objects = next->objects;
        domain->late_commits_total = next->late_commits_total;
        domain->missed_changes_total = next->missed_changes_total;
        domain->adopted_differences_total = next->adopted_differences_total;
        domain->requested = next->requested;
        if (apply_is_local(apply))
                return;

        cursor_done(&domain->cursor);
        domain->cursor = next->cursor;
        domain->is_ready = next->is_ready;
        apply->cursor = (Cursor){};
}

static void apply_end_transaction(Apply *apply)
{
        bool is_open = apply->is_accepted && apply->phase <= PHASE_COMMIT && !apply->is_failed;

        if (store_applying(apply->store) == apply)
                store_set_applying(apply->store, NULL);
        /* A commit that is under way cannot be taken back any more. */
        if (is_open && apply->phase == PHASE_COMMIT && store_commit_end(apply->store) == 0)
                apply_take_over(apply);
        else if (is_open)
                (void)store_rollback(apply->store);
}

Apply *apply_free(Apply *apply)
{
        if (!apply)
                return NULL;

        apply_end_transaction(apply);
        stage_done(&apply->stage);
        guid_map_done(&apply->staged);
        guid_map_done(&apply->arrived);
        guid_map_done(&apply->parents);
        guid_map_done(&apply->gone);
        guid_map_done(&apply->compared);
        apply_members_done(apply);
        free(apply->parent_list);
        roll_call_done(&apply->roll_call);
        free(apply->gone_list);
        cursor_done(&apply->cursor);
        free(apply->next.derivation);
        container_tree_done(&apply->tree);
        judge_done(&apply->judge);
        findings_done(&apply->findings);
        judged_done(&apply->old);
        judged_done(&apply->new);
        claim_pile_done(&apply->claims);
        claim_list_done(&apply->touched);
        id_list_done(&apply->deferred);
        claim_pile_done(&apply->cloud_claims);
        likeness_table_done(&apply->likeness);
        id_set_done(&apply->unmet);
        id_set_done(&apply->unsettled);
        id_set_done(&apply->plain);
        id_set_done(&apply->odd);
        id_list_done(&apply->orphaned);
        id_list_done(&apply->withdrawn);
        id_list_done(&apply->held);
        id_list_done(&apply->released);
        apply_bench_free(apply->bench);
        cloud_bench_free(apply->cloud);
        cloud_key_bench_free(apply->cloud_key);
        free(apply);
        return NULL;
}

static int apply_begin(Apply *apply)
{
        int r;

        r = apply_cloud_publish(apply);
        if (r < 0)
                return r;

        /* A first read has begun writing before; since then other domains may have become ready. */
        judge_done(&apply->judge);
        r = apply->is_ready ? judge_init(&apply->judge, apply->store, apply->settings.config,
                                         apply->domain, apply->settings.now)
                            : apply_make_ready(apply);
        if (r < 0)
                return r;

        r = domain_is_derived(apply->domain, apply->settings.config);
        if (r < 0)
                return r;
        apply->is_rewritten = r == 0;
        apply->is_whole = apply->kind == APPLY_REEVALUATE ||
                          (apply->kind != APPLY_FIRST && (r == 0 || apply->has_flipped));
        r = apply_doubt(apply);
        if (r >= 0)
                r = apply_begin_untold(apply);
        if (r < 0)
                return r;

        apply->findings.is_silent =
                apply->settings.is_silent || apply->is_whole || apply->kind == APPLY_FIRST;
        return 0;
}

static int apply_fail(Apply *apply, int r)
{
        apply_end_transaction(apply);
        apply->is_failed = true;
        return r;
}

int apply_accept(Apply *apply, const Cursor *cursor)
{
        int r;

        assert(!apply->is_accepted);
        assert(cursor || apply_is_local(apply));

        if (store_applying(apply->store) || store_in_transaction(apply->store))
                return -EBUSY;

        if (cursor) {
                cursor_done(&apply->cursor); /* of a former attempt, which was busy */
                r = cursor_copy(cursor, &apply->cursor);
                if (r < 0)
                        return r;
        }

        r = store_begin(apply->store);
        if (r < 0)
                return r;

        store_set_applying(apply->store, apply);
        apply->is_accepted = true;
        r = apply_begin(apply);
        return r < 0 ? apply_fail(apply, r) : 0;
}

static int apply_drain_rest(Apply *apply, Budget *budget)
{
        while (!stage_is_read(&apply->stage)) {
                int n;

                if (budget_is_spent(budget))
                        return APPLY_MORE;

                n = apply_drain(apply, 10);
                if (n < 0)
                        return n;
                budget_spend(budget, (int64_t)n * BUDGET_OBJECT);
        }

        return 0;
}

static int apply_sort_claims(Apply *apply, Budget *budget)
{
        return claim_pile_sort(&apply->claims, budget);
}

static int apply_sort_cloud(Apply *apply, Budget *budget)
{
        return claim_pile_sort(&apply->cloud_claims, budget);
}

static int apply_sort_keys(Apply *apply, Budget *budget)
{
        return claim_list_sort(&apply->touched, budget);
}

/* The domain as it will be. What it borrows of the present one stays the present one's. */
static int apply_next_domain(Apply *apply, Domain *ret)
{
        Domain next = *apply->domain;

        next.derivation = NULL;
        next.objects += apply->objects;
        next.late_commits_total += (int64_t)apply->summary.late;
        next.missed_changes_total += (int64_t)apply->summary.missed;
        next.adopted_differences_total += (int64_t)apply->summary.adopted_differences;
        if (!apply_is_local(apply)) {
                next.cursor = apply->cursor;
                next.is_ready = true;
        }
        if (apply->kind == APPLY_FIRST || apply->kind == APPLY_FULL)
                next.requested = apply->settings.requested;

        if (apply->is_whole || apply->kind == APPLY_FIRST) {
                char derivation[DERIVATION_SIZE];

                derivation_make(apply->domain, apply->settings.config, derivation);
                next.derivation = strdup(derivation);
        } else
                next.derivation = strdup(apply->domain->derivation);
        if (!next.derivation)
                return -ENOMEM;

        *ret = next;
        return 0;
}

static int apply_tell_read(Apply *apply, const Domain *next)
{
        const Event event = { .at = apply->settings.now,
                              .type = EVENT_READ_COMPLETE,
                              .count = next->objects };

        if (apply->kind != APPLY_FIRST && apply->kind != APPLY_FULL)
                return 0;
        return event_append(apply->store, apply->domain->id, &event);
}

static int apply_finish(Apply *apply, Budget *budget)
{
        const Domain *next = &apply->next;
        int r;

        r = findings_finish(&apply->findings);
        if (r >= 0)
                r = apply_next_domain(apply, &apply->next);
        if (r >= 0)
                r = apply_tell_read(apply, next);
        if (r < 0)
                return r;

        return apply_is_local(apply)
                       ? domain_advance(apply->store, next)
                       : domain_accept(apply->store, next); /* with what was counted */
}

static int apply_commit(Apply *apply, Budget *budget)
{
        int r = store_commit_step(apply->store);

        if (r != 0)
                return r < 0 ? r : APPLY_MORE;

        apply_take_over(apply);
        apply->summary.opened = apply->findings.opened;
        apply->summary.closed = apply->findings.closed;
        store_set_applying(apply->store, NULL);
        return 0;
}

/* In a turn of its own: it waits for the disk. What it could not do, a later one does. */
static int apply_checkpoint(Apply *apply, Budget *budget)
{
        if (!store_wants_checkpoint(apply->store))
                return 0;
        if (!apply->is_checkpoint_due) {
                apply->is_checkpoint_due = true;
                return APPLY_MORE;
        }

        (void)store_checkpoint_begin(apply->store);
        return 0;
}

/* What an Apply is, for the phases that it goes through. */
enum {
        IS_FIRST = 1 << 0,
        IS_ANSWER = 1 << 1, /* a delta or a full read of a domain that is known */
        IS_WHOLE = 1 << 2,  /* everything is judged again */
        IS_PART = 1 << 3,   /* only what changed */
        IS_ANY = IS_WHOLE | IS_PART,
};

static const struct {
        int (*run)(Apply *apply, Budget *budget);
        unsigned when;
} phases[] = {
        [PHASE_LEFTOVERS] = { apply_leftovers, IS_FIRST },
        [PHASE_DRAIN] = { apply_drain_rest, IS_FIRST },
        [PHASE_CONTAINERS] = { apply_containers, IS_ANSWER },
        [PHASE_RESELECT] = { apply_reselect, IS_FIRST | IS_WHOLE },
        [PHASE_OBJECTS] = { apply_objects, IS_ANSWER },
        [PHASE_ABSENT] = { apply_absentees, IS_ANSWER },
        [PHASE_UNTOLD] = { apply_untold, IS_ANSWER },
        [PHASE_BELOW] = { apply_below, IS_PART },
        [PHASE_DUE] = { apply_due, IS_PART },
        [PHASE_MEMBERS] = { apply_changed_members, IS_PART },
        [PHASE_COUNTED] = { apply_counted, IS_ANY },
        [PHASE_CACHE] = { apply_cache, IS_WHOLE },
        [PHASE_SORT] = { apply_sort_claims, IS_FIRST | IS_WHOLE },
        [PHASE_REPEATS] = { apply_repeats, IS_FIRST },
        [PHASE_WITHDRAWN] = { apply_withdrawn, IS_FIRST },
        [PHASE_MERGE] = { apply_merge, IS_FIRST | IS_WHOLE },
        [PHASE_INSERT] = { apply_insert, IS_FIRST | IS_WHOLE },
        [PHASE_STORED] = { apply_stored, IS_FIRST | IS_WHOLE },
        [PHASE_SORT_KEYS] = { apply_sort_keys, IS_ANY },
        [PHASE_JOINS] = { apply_joins, IS_ANY },
        [PHASE_DEFERRED] = { apply_deferred, IS_ANY },
        [PHASE_ALIKE] = { apply_alike, IS_ANY },
        [PHASE_CLOUD] = { apply_cloud, IS_ANY },
        [PHASE_SORT_CLOUD] = { apply_sort_cloud, IS_ANY },
        [PHASE_CLOUD_CLAIMS] = { apply_cloud_claims, IS_ANY },
        [PHASE_COUNTERPARTS] = { apply_counterparts, IS_ANY },
        [PHASE_SORT_REST] = { apply_sort_keys, IS_ANY },
        [PHASE_KEYS] = { apply_keys, IS_ANY },
        [PHASE_ENDS] = { apply_ends, IS_ANY },
        [PHASE_RELEASE] = { apply_release, IS_ANY },
        [PHASE_DIRECTORY] = { apply_directory, IS_ANY },
        [PHASE_FINISH] = { apply_finish, IS_ANY },
        [PHASE_COMMIT] = { apply_commit, IS_ANY },
        [PHASE_CHECKPOINT] = { apply_checkpoint, IS_ANY },
};

static unsigned apply_traits(const Apply *apply)
{
        unsigned traits = apply->is_whole ? IS_WHOLE : IS_PART;

        switch (apply->kind) {
        case APPLY_FIRST:
                return traits | IS_FIRST;
        case APPLY_DELTA:
        case APPLY_FULL:
                return traits | IS_ANSWER;
        case APPLY_REEVALUATE:
        case APPLY_DUE:
        case APPLY_CLOUD:
                return traits;
        }
        return traits;
}

static void apply_next_phase(Apply *apply)
{
        apply->phase++;
        apply->position = 0;
        apply->last_object = apply->last_time = apply->last_key = 0;
}

int apply_step(Apply *apply, unsigned budget)
{
        unsigned traits = apply_traits(apply);
        Budget left = BUDGET_OF(budget);

        assert(apply->is_accepted && !apply->is_failed);

        /*
         * For some failures (a full disk, no memory) SQLite takes back the whole transaction, whoever's statement it was: a
         * domain's times are saved at any moment. What came after that would be committed row by row.
         */
        if (apply->phase <= PHASE_FINISH && !store_in_transaction(apply->store))
                return apply_fail(apply, -ECANCELED);

        while (apply->phase != PHASE_DONE) {
                if (phases[apply->phase].when & traits) {
                        int r = phases[apply->phase].run(apply, &left);

                        if (r < 0)
                                return apply_fail(apply, r);
                        if (r > 0)
                                return APPLY_MORE;
                }
                apply_next_phase(apply);
                if (budget_is_spent(&left) && apply->phase != PHASE_DONE)
                        return APPLY_MORE;
        }

        return 0;
}

const ApplySummary *apply_summary(const Apply *apply)
{
        return &apply->summary;
}

ApplyKind apply_kind(const Apply *apply)
{
        return apply->kind;
}
