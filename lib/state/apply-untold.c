/* SPDX-License-Identifier: MIT */

/*
 * What was not told while the domain controller that is followed may be behind the one before: see untold.h. When it has caught up, each
 * object is told of as if it had changed in one step from what was told last to what it is.
 */

#include <errno.h>

#include "lib/state/apply-internal.h"
#include "lib/state/untold.h"

/* A configuration that is new makes no word surer: this is about what happened, not about what is thought of it. */
int apply_begin_untold(Apply *apply)
{
        int r;

        if (apply_is_local(apply) || apply->kind == APPLY_FIRST)
                return 0;

        apply->tells_later = apply->cursor.unconfirmed.size > 0;
        r = untold_exists(apply->store, apply->domain->id);
        if (r >= 0)
                apply->has_untold = r > 0;
        return r < 0 ? r : 0;
}

int apply_keep_untold(Apply *apply, int64_t object)
{
        if (apply->tells_later)
                return untold_keep(apply->store, object);
        return 0;
}

int apply_may_tell(Apply *apply, int64_t object)
{
        CacheRow told = {};
        int r;

        if (apply->tells_later)
                return 0;
        if (!apply->has_untold)
                return 1;

        r = untold_get(apply->store, object, &told);
        cache_row_done(&told);
        return r < 0 ? r : r == 0;
}

/*
 * An object that is deleted has the values that it was last seen with, which may be those of the server that was behind. Nobody needs to
 * hear of them now; but should it be restored, what becomes of it is held against what was told.
 */
static int apply_tell_death(Apply *apply)
{
        int r;

        r = judge_claims(&apply->judge, &apply->tree, &apply->old);
        if (r >= 0)
                r = apply_tell_deleted(apply, &apply->old);
        return r < 0 ? r : untold_bury(apply->store, apply->old.row.id, apply->settings.now);
}

/* From the row that was told, in apply->old, to the one in apply->new. */
static int apply_tell_life(Apply *apply)
{
        Judged *old = &apply->old, *new = &apply->new;
        int64_t id = new->row.id;
        int r;

        r = judge_claims(&apply->judge, &apply->tree, old);
        if (r >= 0)
                r = judge_row(&apply->judge, &apply->tree, new);
        if (r >= 0)
                r = apply_tell_changes(apply, old->row.deleted_at != 0);
        if (r >= 0)
                r = untold_end(apply->store, id);

        /* With what the log says now. Where all is judged again, so is this. */
        return r < 0 || apply->is_whole ? r : apply_judge_again(apply, id, false);
}

static int apply_tell_untold(Apply *apply)
{
        int r;

        r = cache_get(apply->store, apply->old.row.id, &apply->new.row);
        if (r <= 0)
                return r < 0 ? r : -EUCLEAN;
        return apply->new.row.deleted_at != 0 ? apply_tell_death(apply) : apply_tell_life(apply);
}

/*
 * Where deletions can be seen, whoever lives here is as the domain controller has him, for it has told of all that the ones before had not.
 * Where they are hidden, somebody may be deleted there whom another showed as he once was: of such a row nothing is known.
 */
static int64_t apply_sure_epoch(const Apply *apply)
{
        return apply->domain->tombstones_readable == 1 ? UNTOLD_ANY_EPOCH : apply->epoch;
}

int apply_untold(Apply *apply, Budget *budget)
{
        while (apply->has_untold && !apply->tells_later) {
                int r;

                if (budget_is_spent(budget))
                        return APPLY_MORE;
                budget_spend(budget, BUDGET_OBJECT);

                r = untold_first(apply->store, apply->domain->id, apply_sure_epoch(apply),
                                 &apply->old.row);
                if (r > 0)
                        r = apply_tell_untold(apply);
                else if (r == 0)
                        break;
                if (r < 0)
                        return r;
        }

        return 0;
}
