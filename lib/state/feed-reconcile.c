/* SPDX-License-Identifier: MIT */

/*
 * The audit of the promise. Once a day everything that the server holds is held against the cache by GUID and USN alone, which
 * costs it and us little. Where following is right it finds nothing: the counters must stay at 0, and what they count is
 * repaired. What is not as the cache has it is suspected here, and read by value and judged in feed-suspect.c.
 *
 * Only USNs that following should have seen can be missed: up to the base of the overlap window, for what is above it is still
 * looked for.
 *
 * Rows that another domain controller showed (fail-over went by the vector, nothing was read again) have USNs that mean nothing
 * here. Up to where following began the vector vouches for them, so a sample of them is read by value. One that is right has
 * this server's USN from then on.
 */

#include <string.h>

#include "lib/state/feed-internal.h"

void feed_reconcile_done(FeedReconcile *reconcile)
{
        for (size_t i = 0; i < N_SUSPICIONS; i++)
                buffer_done(&reconcile->suspects[i]);
        guid_map_done(&reconcile->shown);
        feed_sight_done(&reconcile->sight);
        *reconcile = (FeedReconcile){};
}

/* A full read compares no less. A clock that was set back makes one too many. */
bool feed_reconcile_is_due(const Feed *feed)
{
        const Domain *domain = feed->domain;
        int64_t last = domain->last_reconcile_ok;

        if (last < domain->last_full_ok)
                last = domain->last_full_ok;
        if (feed->now < feed->reconcile_at)
                return false;

        return feed->wants_reconcile || feed->wall < last ||
               feed->wall - last >= FEED_RECONCILE_SECONDS;
}

/* An attempt that breaks off must not stand between following and the server for ever. */
void feed_reconcile_begin(Feed *feed)
{
        feed->answer.is_reconcile = true;
        feed->reconcile_at = feed->now + FEED_RECONCILE_RETRY_MS;

        if (feed->wants_reconcile)
                feed->answer.accepts_deletions = feed->wants_deletions;
        if (feed->answer.accepts_deletions)
                feed->wants_deletions = false;
        feed->wants_reconcile = false;
}

/* The light read. */

static int feed_compare_ask(Feed *feed)
{
        feed_ask(feed, FEED_SUBTREE, feed->server.naming_context, feed_filter_names,
                 (const AttributeId[]){ ATTRIBUTE_OBJECT_GUID, ATTRIBUTE_USN_CHANGED,
                                        ATTRIBUTE_IS_DELETED, ATTRIBUTE_NONE });
        feed_ask_for_page(feed, feed->page_size);
        feed_ask_for_deleted(feed);
        return 0;
}

static bool is_confirmed(const Feed *feed)
{
        return feed->answer.unconfirmed.size == 0;
}

static int64_t followed_from(const Feed *feed)
{
        return feed->domain->cursor.followed_from;
}

/* N_SUSPICIONS: none. */
static FeedSuspicion suspect_unknown(const Feed *feed, const Object *object, const ApplyRow *row)
{
        if (object->is_deleted)
                return N_SUSPICIONS;
        if (row->is_known && (row->usn == 0 || (!row->is_foreign && row->usn == object->usn)))
                return SUSPICION_OF_SIGHT;

        /* A server that is behind has not heard of its deletion. */
        if (object->usn <= followed_from(feed) && !is_confirmed(feed))
                return N_SUSPICIONS;
        return SUSPICION_UNKNOWN;
}

static FeedSuspicion suspect_foreign(const Feed *feed, const Object *object)
{
        if (object->usn > followed_from(feed))
                return SUSPICION_CHANGED;
        if (!is_confirmed(feed))
                return N_SUSPICIONS;
        return object->is_deleted ? SUSPICION_CHANGED : SUSPICION_SAMPLE;
}

/*
 * Where deletions are hidden, one that another server had deleted was not shown by it any more, whatever was written here in the
 * meantime; and this one has not heard of its deletion.
 */
static bool may_be_deleted_elsewhere(const Feed *feed, const Object *object)
{
        return !is_confirmed(feed) && object->usn <= followed_from(feed) &&
               feed->domain->tombstones_readable != 1;
}

static FeedSuspicion suspect(const Feed *feed, const Object *object, const ApplyRow *row)
{
        if (!row->is_known || (row->is_deleted && !object->is_deleted))
                return suspect_unknown(feed, object, row);
        if (row->is_deleted)
                return N_SUSPICIONS;
        if (row->usn == 0)
                return SUSPICION_OF_SIGHT;
        if (row->is_foreign)
                return suspect_foreign(feed, object);
        if (row->usn == object->usn)
                return N_SUSPICIONS;
        return may_be_deleted_elsewhere(feed, object) ? SUSPICION_OF_SIGHT : SUSPICION_CHANGED;
}

/* Every row that could be sampled has the same chance, however many there are. */
static int add_to_sample(Feed *feed, const Guid *guid)
{
        FeedReconcile *reconcile = &feed->answer.reconcile;
        Buffer *sample = &reconcile->suspects[SUSPICION_SAMPLE];
        size_t n = sample->size / sizeof(*guid), at;

        reconcile->n_adopted++;
        if (n < FEED_SAMPLE_MOST)
                return buffer_append(sample, guid->bytes, sizeof(guid->bytes));

        at = (size_t)feed_random_between(feed, 0, (int64_t)reconcile->n_adopted - 1);
        if (at < n)
                memcpy(sample->data + at * sizeof(*guid), guid->bytes, sizeof(guid->bytes));
        return 0;
}

/* An object that is renamed or moved meanwhile may come twice: it is suspected as it came first. */
static int add_suspect(Feed *feed, FeedSuspicion suspicion, const Object *object)
{
        FeedReconcile *reconcile = &feed->answer.reconcile;
        const Guid *guid = &object->guid;
        int r = 0;

        if (suspicion == N_SUSPICIONS || guid_map_get(&reconcile->shown, guid, NULL))
                return 0;
        if (suspicion == SUSPICION_SAMPLE)
                return add_to_sample(feed, guid);

        if (suspicion != SUSPICION_OF_SIGHT)
                r = guid_map_put(&reconcile->shown, guid, (uint64_t)object->usn);
        return r < 0 ? r
                     : buffer_append(&reconcile->suspects[suspicion], guid->bytes,
                                     sizeof(guid->bytes));
}

int feed_reconcile_check(Feed *feed, const Object *object)
{
        int64_t followed_to =
                feed->window.base < feed->answer.low ? feed->window.base : feed->answer.low;
        ApplyRow row = {};
        Apply *apply;
        int r;

        if (guid_is_null(&object->guid))
                return 0;

        r = feed_answer_apply(feed, &apply);
        if (r >= 0)
                r = apply_look_up(apply, &object->guid, &row);
        if (r < 0 || row.is_staged)
                return r;

        /* Some objects hide their USN, and are never followed: they are few. */
        if (object->usn == 0)
                return row.is_known || !object->is_deleted
                               ? add_suspect(feed, SUSPICION_OF_SIGHT, object)
                               : 0;

        /* An object's USN never falls in one epoch. */
        if (row.is_known && !row.is_foreign && row.usn > object->usn)
                return feed_refuse_rolled_back(feed);
        if (object->usn > followed_to)
                return 0;
        return add_suspect(feed, suspect(feed, object, &row), object);
}

static int feed_compare_entry(Feed *feed, const Object *object)
{
        feed->answer.reconcile.n_compared++;
        feed_pages_entry(&feed->answer.pages, object);
        return feed_reconcile_check(feed, object);
}

/*
 * Nothing at all is no answer. A server that may not have heard of what others hold proves nothing by what it lacks: then only what it
 * shows counts.
 */
static int feed_compare_done(Feed *feed, const FeedResult *result)
{
        bool is_last;
        int r;

        r = feed_page_done(feed, result, &is_last);
        if (r != 0 || !is_last)
                return r;
        if (feed->answer.reconcile.n_compared == 0)
                return FEED_EMPTY;

        feed->answer.pages = (FeedPages){};
        feed->step = is_confirmed(feed) ? STEP_FIND_ABSENT : STEP_SUSPECT;
        return 0;
}

const FeedStepFunctions feed_step_compare = { feed_compare_ask, feed_compare_entry,
                                              feed_compare_done };
