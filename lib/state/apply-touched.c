/* SPDX-License-Identifier: MIT */

/*
 * Pass 2, one key after the other: those that were touched by what changed here, in memory, and those that objects of the cloud claim or
 * do no more, of which there may be more than that.
 */

#include "lib/state/apply-key.h"

/* It is known of those that this answer has judged, which touched the key. */
unsigned apply_touched_places(const Apply *apply, int64_t key, int64_t object)
{
        const ClaimList *touched = &apply->touched;
        unsigned places = 0;
        bool is_known = false;

        for (size_t i = apply->position; i < touched->n && touched->entries[i].key == key; i++)
                if (touched->entries[i].object == object) {
                        places |= touched->entries[i].places;
                        is_known = true;
                }
        return is_known ? places : UINT16_MAX;
}

bool apply_touched_loses(const Apply *apply, int64_t key)
{
        const ClaimList *touched = &apply->touched;

        if (apply->is_cloud_key)
                return true;
        for (size_t i = apply->position; i < touched->n && touched->entries[i].key == key; i++)
                if (!(touched->entries[i].places & TOUCH_NOTHING_LOST))
                        return true;
        return apply->findings.has_held;
}

/* The next key of the cloud's claims, which there are behind the joins. 1, 0: there is none, or negative. */
static int apply_next_cloud_key(Apply *apply, int64_t *ret)
{
        ClaimEntry *entry;
        int r;

        if (apply->phase != PHASE_KEYS || apply->cloud_position == apply->cloud_claims.n)
                return 0;
        r = claim_pile_at(&apply->cloud_claims, apply->cloud_position, &entry);
        if (r < 0)
                return r;

        *ret = entry->key;
        return 1;
}

/* The least key that is left, of those that were touched here and of those that the cloud claims. 1, 0: none is, or negative. */
static int apply_next_key(Apply *apply, int64_t *ret)
{
        const ClaimList *touched = &apply->touched;
        bool is_left = apply->position < touched->n;
        int64_t key = is_left ? touched->entries[apply->position].key : INT64_MAX, there;
        int r;

        r = apply_next_cloud_key(apply, &there);
        if (r < 0)
                return r;

        apply->is_cloud_key = r > 0 && there <= key;
        *ret = apply->is_cloud_key ? there : key;
        return is_left || r > 0;
}

/* To the first entries behind the key, in both. */
static int apply_pass_key(Apply *apply, int64_t key, Budget *budget)
{
        const ClaimList *touched = &apply->touched;
        int64_t there;
        int r;

        for (; apply->position < touched->n && touched->entries[apply->position].key == key;
             apply->position++)
                budget_spend(budget, BUDGET_STEP);

        while ((r = apply_next_cloud_key(apply, &there)) > 0 && there == key) {
                budget_spend(budget, BUDGET_STEP);
                apply->cloud_position++;
        }
        return r < 0 ? r : 0;
}

/* Goes through the touched keys of the join space, or of all others. */
static int apply_touched(Apply *apply, bool is_join, Budget *budget)
{
        int64_t key;
        int r;

        while ((r = apply_next_key(apply, &key)) > 0) {
                if (budget_is_spent(budget))
                        return APPLY_MORE;
                budget_spend(budget, BUDGET_ROW);

                if ((claim_key_space(key) == KEY_JOIN) == is_join) {
                        r = apply_judge_key(apply, key, budget);
                        if (r != 0)
                                return r;
                }
                r = apply_pass_key(apply, key, budget);
                if (r < 0)
                        return r;
        }

        return r;
}

int apply_joins(Apply *apply, Budget *budget)
{
        return apply_touched(apply, true, budget);
}

int apply_keys(Apply *apply, Budget *budget)
{
        int r;

        r = apply_touched(apply, false, budget);
        return r != 0 ? r : claim_pile_empty(&apply->cloud_claims, budget);
}

int apply_ends(Apply *apply, Budget *budget)
{
        for (; apply->position < findings_ends(&apply->findings); apply->position++) {
                Judged *judged = &apply->old;
                FindingSubject subject;
                int r;

                if (budget_is_spent(budget))
                        return APPLY_MORE;
                budget_spend(budget, BUDGET_OBJECT);

                r = cache_get(apply->store, findings_end_object(&apply->findings, apply->position),
                              &judged->row);
                if (r == 0)
                        continue;
                if (r > 0)
                        r = judge_row_dn(&apply->tree, judged);
                if (r < 0)
                        return r;

                subject = apply_subject(judged);
                r = findings_end(&apply->findings, &subject, apply->position);
                if (r < 0)
                        return r;
        }

        return 0;
}
