/* SPDX-License-Identifier: MIT */

/*
 * From where a server is asked: from the watermark, from the vector, or from the beginning. And whether it may be asked at all. Every
 * reason for a full read stands here, in words for people.
 */

#include <errno.h>

#include "lib/core/usn.h"
#include "lib/state/feed-internal.h"

enum {
        /* A server that is down for a weekend comes back and passes on what it has: that is not gone. */
        UNCONFIRMED_SECONDS = 3 * 24 * 60 * 60,
};

/* A search has no upper bound, so that what is newest in the cache may be newer than the watermark. */
int64_t feed_seen(const Feed *feed)
{
        const Cursor *cursor = &feed->domain->cursor;

        return cursor->canary_usn > cursor->watermark ? cursor->canary_usn : cursor->watermark;
}

void feed_start_full_read(Feed *feed, const char *reason)
{
        feed->answer.kind = feed->domain->is_ready ? APPLY_FULL : APPLY_FIRST;
        feed->status.full_read_reason = reason;
        if (feed->answer.kind == APPLY_FIRST)
                feed_accounts_see_all(feed);
        feed->status.is_reading = true;
        feed->status.read_objects = 0;
        feed->status.read_since = feed->wall;

        if (feed_unconfirmed_is_only_owed(feed))
                feed_unconfirmed_end(feed);
}

/*
 * This epoch is never followed again, even when its USNs have grown past what we know: its numbers stand for two different
 * things. One such epoch is remembered; the one that the cursor is in has precedence, because as long as it is, the rows are
 * in doubt, and the next server must be read in full.
 */
int feed_refuse_rolled_back(Feed *feed)
{
        Domain *domain = feed->domain;
        int r;

        if (!guid_is_null(&domain->rolled_back) &&
            guid_equal(&domain->rolled_back, &domain->cursor.invocation_id))
                return FEED_ROLLED_BACK;

        domain->rolled_back = feed->server.invocation_id;
        r = domain_save(feed->store, domain);
        return r < 0 ? r : FEED_ROLLED_BACK;
}

/*
 * After half the time for which deleted objects are shown, deletions may go by unseen. The last good poll counts, not the last
 * change. A clock that was set back says nothing and is ignored.
 */
static bool feed_was_away_too_long(const Feed *feed)
{
        const Domain *domain = feed->domain;
        int64_t days = domain->tombstone_lifetime_days;
        int64_t last = domain->cursor.polled_at;

        if (days <= 0)
                days = FEED_LIFETIME_DAYS;
        if (last < domain->last_poll_ok)
                last = domain->last_poll_ok;

        return feed->wall - last > days * 24 * 60 * 60 / 2;
}

/*
 * Another domain controller, or the same one with a new invocationId: USNs of different epochs have nothing to do with each
 * other. But the vector of the one polled last says up to which of this one's USNs it held everything, and so do we: from
 * there on, and only from there. An old watermark of our own for this server must never be used instead: while we followed
 * another one, rows may have been overwritten with older values, and it would not send them again (ad-tracking.md A5).
 */
static int feed_start_from_vector(Feed *feed)
{
        const Buffer *stored = &feed->domain->cursor.vector;
        _cleanup_(utd_vector_done) UtdVector vector = {};
        const char *reason = NULL;
        int64_t usn = 0;
        int r;

        if (stored->size == 0)
                reason = "the domain controller followed before had no up-to-dateness vector";
        else {
                r = utd_vector_parse(stored->data, stored->size, &vector);
                if (r == -ENOMEM)
                        return r;
                if (r < 0)
                        reason = "the up-to-dateness vector of the domain controller followed "
                                 "before is damaged";
                else if (utd_vector_find(&vector, &feed->server.invocation_id, &usn) == 0)
                        reason =
                                "the domain controller followed before had never heard of this one";
        }

        if (reason) {
                feed_start_full_read(feed, reason);
                return 0;
        }

        /* Others have received more from it than it says it ever wrote: it was put back to an old copy. */
        if (usn > feed->answer.highest)
                return feed_refuse_rolled_back(feed);

        feed->answer.kind = APPLY_DELTA;
        feed->answer.low = usn;
        return 0;
}

/* An administrator's word also goes for a server that was rolled back: there may be no other. */
static int feed_start_as_asked(Feed *feed)
{
        Domain *domain = feed->domain;

        feed->answer.is_requested = true;
        feed->answer.is_distrustful = true;
        feed->answer.accepts_deletions = feed->wants_deletions;
        feed->wants_full_read = feed->wants_deletions = false;
        feed_start_full_read(feed, "an administrator asked for it");
        if (feed->answer.accepts_deletions)
                feed_unconfirmed_end(feed);

        if (!guid_equal(&domain->rolled_back, &feed->server.invocation_id))
                return 0;
        domain->rolled_back = GUID_NULL;
        return domain_save(feed->store, domain);
}

/* Is there a reason to read everything although the server could be followed? NULL: none. */
static const char *feed_find_reason(Feed *feed)
{
        const Domain *domain = feed->domain;
        const Cursor *cursor = &domain->cursor;
        AttributeSet wanted;

        if (!guid_is_null(&domain->rolled_back) &&
            guid_equal(&domain->rolled_back, &cursor->invocation_id))
                return "the domain controller followed before was rolled back: what only it held "
                       "may be gone";

        feed_wanted_attributes(feed, &wanted);
        if (!attribute_set_contains(&domain->requested, &wanted)) {
                /* What the new attributes bring to light is not news. */
                feed->answer.is_silent = true;
                return "the rules need attributes that were never asked for";
        }

        if (feed_was_away_too_long(feed)) {
                feed->answer.was_away = true;
                return "the domain was not followed for more than half the lifetime of deleted "
                       "objects";
        }

        if (feed_unconfirmed_is_only_owed(feed))
                return "an earlier full read could not tell what is gone, because it may have been "
                       "behind";

        if (feed->answer.unconfirmed.size > 0 &&
            feed->wall - feed->answer.unconfirmed_since > UNCONFIRMED_SECONDS) {
                feed_unconfirmed_end(feed);
                return "a domain controller followed before never passed on its last changes: what "
                       "only it "
                       "held may be gone";
        }

        return NULL;
}

int feed_start(Feed *feed)
{
        const Domain *domain = feed->domain;
        const Cursor *cursor = &domain->cursor;
        FeedAnswer *answer = &feed->answer;
        const char *reason;
        int r;

        if (!domain->is_ready) {
                feed_start_full_read(feed, "the domain was never read before");
                return 0;
        }

        answer->is_same_epoch = guid_equal(&cursor->invocation_id, &feed->server.invocation_id);
        r = feed_unconfirmed_read(feed);
        if (r < 0)
                return r;

        if (feed->wants_full_read)
                return feed_start_as_asked(feed);

        if (guid_equal(&domain->rolled_back, &feed->server.invocation_id))
                return FEED_ROLLED_BACK;
        if ((answer->is_same_epoch && answer->highest < feed_seen(feed)) ||
            feed_unconfirmed_is_ahead(feed))
                return feed_refuse_rolled_back(feed);

        reason = feed_find_reason(feed);
        if (reason) {
                feed_start_full_read(feed, reason);
                return 0;
        }

        if (!answer->is_same_epoch)
                return feed_start_from_vector(feed);

        answer->kind = APPLY_DELTA;
        answer->low = cursor->watermark;
        if (feed_reconcile_is_due(feed))
                feed_reconcile_begin(feed);
        return 0;
}
