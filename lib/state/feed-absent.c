/* SPDX-License-Identifier: MIT */

/*
 * Deletions that a full read or a reconcile can only infer: rows of the cache that the answer did not bring. An answer can be complete and lack
 * objects all the same, because rights were taken away or because this domain controller is behind another one. So absence
 * is a reason to ask, never a proof: each is read by its GUID, and only the server's own word that there is no such object
 * counts. And where many are missing at once, the likelier explanation is a mistake: nothing goes until somebody says so.
 */

#include <errno.h>

#include "lib/core/dn.h"
#include "lib/state/feed-internal.h"

enum {
        MASS_DELETION_PERCENT = 10,
};

/* The connector's own safety net is 500 objects by default, and it counts all of them, as we do. */
static bool feed_is_mass_deletion(const Feed *feed, size_t n_absent)
{
        int64_t allowed = feed->settings.config->tenant.deletion_threshold;
        int64_t share = feed->domain->objects * MASS_DELETION_PERCENT / 100;

        return (int64_t)n_absent > (allowed > share ? allowed : share);
}

/* Local work without a request, so it is done in feed_step(): 0 when all are found, or APPLY_MORE. */
int feed_absent_find(Feed *feed, unsigned budget)
{
        size_t n_absent;
        int r;

        r = apply_absent_find(feed->answer.apply, budget);
        if (r != 0)
                return r;

        (void)apply_absent(feed->answer.apply, &n_absent);
        feed->answer.has_called_roll = true;
        feed->step = STEP_ABSENT;

        if (feed_is_mass_deletion(feed, n_absent) && !feed->answer.accepts_deletions) {
                feed->answer.deletions_held = (int64_t)n_absent;
                feed->step = STEP_SUSPECT;
        }
        return 0;
}

static int feed_absent_ask(Feed *feed)
{
        const Guid *absent;
        size_t n_absent;

        absent = apply_absent(feed->answer.apply, &n_absent);
        if (feed->answer.absent_at < n_absent)
                return feed_ask_for_guid(feed, &absent[feed->answer.absent_at], NULL);

        feed->step = feed->answer.is_gone_untraced ? STEP_GONE : STEP_SUSPECT;
        return 0;
}

/* A GUID finds its object wherever it is. In another naming context it has left this one, and its row there is another. */
static int feed_absent_entry(Feed *feed, const Object *object)
{
        Slice dn = { object->dn.data, object->dn.size };
        int r;

        r = dn_is_within(dn, SLICE(feed->server.naming_context));
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return FEED_PROTOCOL;
        if (r == 0) {
                feed->answer.is_absent_elsewhere = true;
                return 0;
        }

        return feed->answer.is_reconcile ? feed_reconcile_check(feed, object)
                                         : feed_stage(feed, object);
}

/*
 * The server's word that it has no such object. Of one that may be behind a server left before, that proves nothing: it may not
 * have heard of it yet. Then the row stays, and another full read is owed.
 */
static int feed_absent_gone(Feed *feed, const Guid *guid)
{
        if (feed->answer.unconfirmed.size > 0)
                return feed_unconfirmed_owe(feed);

        return apply_absent_confirm(feed->answer.apply, guid);
}

/*
 * Neither found nor denied (a referral, an empty success: the object may be hidden) is no proof, and the row stays. Other errors
 * end the answer: a server in trouble proves nothing either.
 */
static int feed_absent_done(Feed *feed, const FeedResult *result)
{
        FeedAnswer *answer = &feed->answer;
        bool is_denied = result->code == RESULT_NO_SUCH_OBJECT && !result->is_referral;
        bool is_undecided = result->code == RESULT_REFERRAL || result->is_referral;
        const Guid *absent;
        size_t n_absent;
        int r;

        if (!is_denied && !is_undecided) {
                r = feed_check_result(result);
                if (r != 0)
                        return r;
        }

        absent = apply_absent(answer->apply, &n_absent);
        if (is_denied || answer->is_absent_elsewhere) {
                r = feed_absent_gone(feed, &absent[answer->absent_at]);
                if (r < 0)
                        return r;
        }

        if (is_denied && answer->unconfirmed.size == 0 && !answer->was_away)
                answer->is_gone_untraced = true;

        answer->is_absent_elsewhere = false;
        answer->absent_at++;
        return 0;
}

const FeedStepFunctions feed_step_absent = { feed_absent_ask, feed_absent_entry, feed_absent_done };

/*
 * Deletions leave tombstones, but after a long absence they have expired. Where some object is gone without one, either deleted objects
 * are hidden from the account, or that object alone is, by rights on it or above it. Who lists deleted objects now tells: if a
 * single one comes they are readable, and if none does, where something must have been deleted, they are not.
 */
static int feed_gone_ask(Feed *feed)
{
        feed->answer.has_seen_tombstone = false;
        return feed_ask_for_tombstones(feed);
}

static int feed_gone_entry(Feed *feed, const Object *object)
{
        feed->answer.has_seen_tombstone = true;
        return 0;
}

static int feed_gone_done(Feed *feed, const FeedResult *result)
{
        int r;

        /* Not permitted, or not there: that is an answer, too. */
        if (result->code != RESULT_NO_SUCH_OBJECT && result->code != RESULT_NOT_PERMITTED) {
                r = feed_check_result(result);
                if (r != 0)
                        return r;
        }

        feed->domain->tombstones_readable = feed->answer.has_seen_tombstone;
        feed->step = STEP_SUSPECT;
        return 0;
}

const FeedStepFunctions feed_step_gone = { feed_gone_ask, feed_gone_entry, feed_gone_done };
