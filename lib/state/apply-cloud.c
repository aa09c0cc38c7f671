/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "lib/state/apply-internal.h"
#include "lib/state/cloud.h"

/*
 * Objects of the cloud beside those of the directories. What is synced, and has its object here in scope, claims nothing: the
 * directory's own values stand for it, since they are what the cloud will have. All others claim what they hold under the same
 * keys as everybody, so whatever touches such a key meets them.
 */

typedef struct CloudBench {
        bool is_there;
        CloudRow row; /* scratch */
        Judged judged;
        Buffer value;
} CloudBench;

void cloud_bench_free(CloudBench *bench)
{
        if (!bench)
                return;

        cloud_row_done(&bench->row);
        judged_done(&bench->judged);
        buffer_done(&bench->value);
        free(bench);
}

/* The bench is made when there is an inventory. */
int apply_has_cloud(Apply *apply)
{
        CloudBench *bench = apply->cloud;
        int r;

        if (bench)
                return bench->is_there;
        if (!apply->judge.cloud)
                return 0;

        bench = apply->cloud = calloc(1, sizeof(*bench));
        if (!bench || judged_init(&bench->judged) < 0)
                return -ENOMEM;

        r = cloud_exists(apply->store);
        bench->is_there = r > 0;
        return r;
}

/* ------------------------------------------------------------------ who is whose counterpart */

static bool outcome_claims_value(const Outcome *outcome, KeySpace space, Slice folded)
{
        for (size_t i = 0; i < outcome->n_claims; i++)
                if (outcome->claims[i].space == space &&
                    slice_equal(outcome->claims[i].folded, folded))
                        return true;
        return false;
}

/* An object of which the inventory may have something to say, and that more than a glance is needed to tell. */
static int apply_note_odd(Apply *apply, int64_t id)
{
        int r;

        if (!apply_settles_by_cloud(apply, id))
                return 0;
        r = id_set_add(&apply->unsettled, id);
        return r < 0 ? r : id_set_add(&apply->odd, id);
}

/*
 * Most anchors are the object's own GUID. Whoever claims the key of his GUID has it for an anchor, and nothing more needs to be read of
 * him than where he stands. Both sides are at hand, as they will not be when everybody is judged by the new inventory: who is plain needs not
 * be read again then. An object that two of the cloud say to be is not.
 */
static int apply_note_selected(Apply *apply, Judged *judged, const CloudObject *cloud)
{
        int is_selected, r;

        is_selected = apply_is_selected(apply, judged->row.id, judged->row.parent);
        if (is_selected <= 0 || !apply_settles_by_cloud(apply, judged->row.id))
                return is_selected;

        r = judge_is_plain(&apply->judge, judged, cloud);
        if (r > 0)
                r = id_set_add(&apply->plain, judged->row.id) == 0;
        if (r == 0)
                r = apply_note_odd(apply, judged->row.id);
        return r < 0 ? r : 1;
}

/* Is this row in scope, and the value one that it claims? */
static int apply_is_counterpart(Apply *apply, int64_t id, const CloudObject *cloud, KeySpace space,
                                Slice value)
{
        CloudBench *bench = apply->cloud;
        CloudKind kind = cloud->kind;
        Judged *judged = &bench->judged;
        int r;

        r = cache_get(apply->store, id, &judged->row);
        if (r <= 0 || judged->row.deleted_at != 0 || !cloud_kind_agrees(kind, judged->row.kind) ||
            judged->row.excluded != 0)
                return r < 0 ? r : 0;
        if (space == KEY_ANCHOR && judged->row.parent != 0 &&
            slice_equal(value, (Slice){ judged->row.guid.bytes, sizeof(judged->row.guid.bytes) }))
                return apply_note_selected(apply, judged, cloud);

        r = judge_claims(&apply->judge, &apply->tree, judged);
        if (r < 0)
                return r;
        if (!judged->domain->counts || !judged->context->selected || judged_excluded(judged) != 0)
                return 0;

        r = cloud_claim_fold(space, value, &bench->value);
        if (r < 0)
                return r;
        r = outcome_claims_value(judged->outcome, space,
                                 (Slice){ bench->value.data, bench->value.size });
        if (r > 0)
                r = apply_note_odd(apply, id) < 0 ? -ENOMEM : 1;
        return r;
}

/* 1: an object in scope is it. */
static int apply_has_counterpart(Apply *apply, const CloudRow *row)
{
        int64_t ids[16];
        KeySpace space;
        Slice value;
        int n;

        if (row->meets == 0 || !cloud_object_meets(&row->object, &space, &value))
                return 0;

        n = claim_holders(apply->store, row->meets, 0, ids, ARRAY_SIZE(ids));
        for (int i = 0; i < n; i++) {
                int r = cloud_is_id(ids[i])
                                ? 0
                                : apply_is_counterpart(apply, ids[i], &row->object, space, value);

                if (r != 0)
                        return r;
        }

        return n < 0 ? n : 0;
}

/* ------------------------------------------------------------------ claims that come and go */

/* What becomes of a claim. Its key is judged in any case. */
typedef enum CloudClaimFate {
        CLOUD_CLAIM_STAYS,
        CLOUD_CLAIM_COMES,
        CLOUD_CLAIM_GOES,
} CloudClaimFate;

typedef struct ClaimChange {
        Apply *apply;
        int64_t id;
        CloudClaimFate fate;
} ClaimChange;

/*
 * Written later, in the order in which they are stored: one by one, each would be a page of its own, written again and again. Of a
 * tenant of which nobody is here they are all that it claims, and more than may be in memory.
 */
static int take_claim(void *userdata, const CloudClaim *claim)
{
        const ClaimChange *change = userdata;
        int64_t key;
        int r;

        r = cloud_claim_key(claim, &key);
        return r < 0 ? r
                     : claim_pile_add(&change->apply->cloud_claims, key, change->id, change->fate);
}

static int apply_cloud_claim(Apply *apply, const ClaimEntry *entry)
{
        switch ((CloudClaimFate)entry->places) {
        case CLOUD_CLAIM_STAYS:
                return 0;
        case CLOUD_CLAIM_COMES:
                return claim_insert(apply->store, entry->key, (int64_t)entry->object);
        case CLOUD_CLAIM_GOES:
                return claim_delete(apply->store, entry->key, (int64_t)entry->object);
        }

        return 0;
}

int apply_cloud_claims(Apply *apply, Budget *budget)
{
        for (; apply->position < apply->cloud_claims.n; apply->position++) {
                ClaimEntry *entry;
                int r;

                if (budget_is_spent(budget))
                        return APPLY_MORE;
                budget_spend(budget, BUDGET_ROW);

                r = claim_pile_at(&apply->cloud_claims, apply->position, &entry);
                if (r >= 0)
                        r = apply_cloud_claim(apply, entry);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* It says that it is synced, and nothing tells from what: whether it is in somebody's way, nobody can say. */
static bool cloud_is_nobody(const CloudRow *row)
{
        KeySpace space;
        Slice value;

        if (row->object.sync != CLOUD_SYNC_NOW || row->object.is_deleted)
                return false;
        return !cloud_object_meets(&row->object, &space, &value) || space == KEY_CLOUD_ID;
}

/* Whom it was made of is judged by whether it is an orphan: of those that hold its key, and of the one with its GUID, who may be deleted. */
static int apply_tell_holders(Apply *apply, int64_t key)
{
        int64_t ids[16];
        int n, r = 0;

        n = claim_holders(apply->store, key, 0, ids, ARRAY_SIZE(ids));
        for (int i = 0; i < n && r >= 0; i++)
                if (!cloud_is_id(ids[i]))
                        r = id_list_add(&apply->orphaned, ids[i]);
        return n < 0 ? n : r;
}

static int apply_tell_origin(Apply *apply, const CloudRow *row)
{
        const Slice anchor = row->object.anchor;
        Guid guid;
        int r;

        /* A new inventory is told to everybody. */
        if (row->meets == 0 || apply->kind == APPLY_CLOUD)
                return 0;

        r = apply_tell_holders(apply, row->meets);
        if (r >= 0 && guid_from_bytes(anchor.data, anchor.size, &guid) >= 0)
                r = apply_tell_holders(apply, claim_guid_key(&guid));
        return r;
}

/* `is_told`: what the inventory says of others may be news for them, whether this one's claims change or not. */
static int apply_cloud_row(Apply *apply, CloudRow *row, bool is_told)
{
        ClaimChange change = { .apply = apply, .id = row->id };
        bool claims;
        int r;

        r = row->is_current ? apply_has_counterpart(apply, row) : 1;
        if (r < 0)
                return r;

        claims = r == 0 && !cloud_is_nobody(row);
        if (claims != row->claims) {
                change.fate = claims ? CLOUD_CLAIM_COMES : CLOUD_CLAIM_GOES;
                r = cloud_set_claims(apply->store, row->id, claims);
                if (r >= 0)
                        r = apply_tell_origin(apply, row);
                if (r < 0)
                        return r;
        } else if (!is_told || !claims)
                return 0;

        return cloud_claims(&row->object, take_claim, &change);
}

static int apply_cloud_id(Apply *apply, int64_t id)
{
        CloudRow *row = &apply->cloud->row;
        int r;

        r = cloud_get(apply->store, id, row);
        return r <= 0 ? r : apply_cloud_row(apply, row, false);
}

/* All of them that were not recognised at a glance: the inventory is new, or a domain is. */
static int apply_cloud_unmet(Apply *apply, Budget *budget)
{
        CloudRow *row = &apply->cloud->row;
        int64_t id;

        while (id_set_next(&apply->unmet, apply->last_object, &id)) {
                int r;

                if (budget_is_spent(budget))
                        return APPLY_MORE;
                budget_spend(budget, 2 * BUDGET_OBJECT);

                r = cloud_get(apply->store, id, row);
                if (r > 0)
                        r = apply_cloud_row(apply, row, true);
                if (r < 0)
                        return r;
                apply->last_object = id;
        }

        return 0;
}

/* Those that a key ties to what was touched. What they claim themselves ties nobody whom these keys do not. */
static int apply_cloud_touched(Apply *apply, Budget *budget)
{
        for (; apply->position < apply->touched.n; apply->position++) {
                int64_t key = apply->touched.entries[apply->position].key, ids[16];
                unsigned space = claim_key_space(key);
                int n;

                if (space != KEY_ANCHOR && space != KEY_SID && space != KEY_CLOUD_ID &&
                    space != KEY_ADDRESS)
                        continue;
                if (budget_is_spent(budget))
                        return APPLY_MORE;
                budget_spend(budget, BUDGET_ROW);

                n = cloud_meeting(apply->store, key, ids, ARRAY_SIZE(ids));
                if (n < 0)
                        return n;
                for (int i = 0; i < n; i++) {
                        int r = apply_cloud_id(apply, ids[i]);

                        if (r < 0)
                                return r;
                        budget_spend(budget, BUDGET_OBJECT);
                }
        }

        return 0;
}

int apply_cloud_publish(Apply *apply)
{
        for (size_t i = 0; i < apply->settings.n_cloud_parts; i++) {
                int r = cloud_part_put(apply->store, &apply->settings.cloud_parts[i]);

                if (r < 0)
                        return r;
        }

        return 0;
}

int apply_cloud(Apply *apply, Budget *budget)
{
        int r = apply_has_cloud(apply);

        if (r <= 0)
                return r;

        return apply_walks_cloud(apply) ? apply_cloud_unmet(apply, budget)
                                        : apply_cloud_touched(apply, budget);
}
