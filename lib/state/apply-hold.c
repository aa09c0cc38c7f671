/* SPDX-License-Identifier: MIT */

/*
 * What is held while the domain controller that is followed may be behind the one before, and what becomes of it when that is over.
 *
 * Other rules or another configuration hold nothing: an administrator's word counts at once, and what is held could not be judged by
 * them, because what it was found by is not there.
 */

#include "lib/state/apply-internal.h"

static bool apply_is_doubted(const Apply *apply, const JudgeDomain *domain)
{
        if (domain->id != apply->domain->id)
                return domain->counts && domain->is_unconfirmed;
        if (apply->is_rewritten)
                return false;
        return apply_is_local(apply) ? domain->is_unconfirmed : apply->cursor.unconfirmed.size > 0;
}

int apply_doubt(Apply *apply)
{
        Judge *judge = &apply->judge;
        int r;

        /* A first read has begun to write some time ago. */
        r = hold_exists(apply->store);
        if (r < 0)
                return r;

        apply->findings.has_held = r > 0;
        apply->findings.answering = apply_is_local(apply) ? 0 : apply->domain->id;
        for (size_t i = 0; i < judge->n_domains && r >= 0; i++)
                if (apply_is_doubted(apply, &judge->domains[i]))
                        r = findings_doubt(&apply->findings, judge->domains[i].id);
        return r;
}

static int apply_release_one(Apply *apply, const Hold *hold)
{
        Judged *judged = &apply->old;
        FindingSubject subject;
        int r;

        r = cache_get(apply->store, hold->object, &judged->row);
        if (r == 0)
                return findings_release(&apply->findings, NULL, hold);
        if (r > 0)
                r = judge_row_dn(&apply->tree, judged);
        if (r < 0)
                return r;

        subject = apply_subject(judged);
        return findings_release(&apply->findings, &subject, hold);
}

int apply_release(Apply *apply, Budget *budget)
{
        IdList *released = &apply->released;
        int r = 0;

        if (released->n == 0)
                r = findings_released(&apply->findings, released);

        while (r >= 0 && apply->position < released->n) {
                Hold hold;

                if (budget_is_spent(budget))
                        return APPLY_MORE;
                budget_spend(budget, BUDGET_OBJECT);

                r = hold_first(apply->store, released->ids[apply->position], &hold);
                if (r == 0)
                        apply->position++;
                else if (r > 0)
                        r = apply_release_one(apply, &hold);
        }

        return r < 0 ? r : 0;
}
