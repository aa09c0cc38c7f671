/* SPDX-License-Identifier: MIT */

/*
 * Late commits. A write takes its USN before it commits, so a lower USN may become visible after a higher one was read, and no
 * public document says that highestCommittedUSN excludes it (ad-tracking.md A2). So every USN is looked at again for some
 * minutes: by a light search for GUID, USN and isDeleted above the window's base. What the cache does not have at that USN is
 * read by its GUID and staged with the rest.
 */

#include <errno.h>
#include <inttypes.h>

#include "lib/state/cache.h"
#include "lib/state/container.h"
#include "lib/state/feed-internal.h"

bool feed_window_is_open(const Feed *feed)
{
        return feed->answer.kind == APPLY_DELTA && feed->answer.is_same_epoch &&
               feed->window.base < feed->answer.low;
}

FeedStep feed_step_after_overlap(const Feed *feed)
{
        return feed->answer.is_reconcile ? STEP_COMPARE : STEP_PARENT;
}

FeedStep feed_step_after_search(const Feed *feed)
{
        return feed_window_is_open(feed) ? STEP_OVERLAP : feed_step_after_overlap(feed);
}

/*
 * The position of this poll becomes the base once it is FEED_OVERLAP_MS old: by then the search of a later one has looked at
 * everything up to it. A fail-over starts where replication itself relies on nothing coming late any more. After a full read
 * there is no older poll to go back to, so a number of USNs has to do.
 */
FeedWindow feed_window_after(const Feed *feed)
{
        const FeedAnswer *answer = &feed->answer;
        FeedWindow window = feed->window;

        if (answer->kind != APPLY_DELTA) {
                window.base = answer->highest > FEED_OVERLAP_USNS
                                      ? answer->highest - FEED_OVERLAP_USNS
                                      : 0;
                window.base_wall = answer->started_wall;
        } else if (!answer->is_same_epoch) {
                window.base = answer->low;
                window.base_wall = answer->started_wall;
        } else if (window.is_timed) {
                if (answer->started - window.next_at < FEED_OVERLAP_MS)
                        return window;
                window.base = window.next;
                window.base_wall = window.next_wall;
        }

        window.next = answer->highest;
        window.next_wall = answer->started_wall;
        window.next_at = answer->started;
        window.is_timed = true;
        return window;
}

/* The light search. */

static int feed_overlap_ask(Feed *feed)
{
        const char *filter;
        int r;

        buffer_reset(&feed->filter);
        r = buffer_append_format(&feed->filter, "(&(uSNChanged>=%" PRId64 ")%s)",
                                 feed->window.base + 1, feed_filter_names);
        if (r < 0)
                return r;

        filter = buffer_string(&feed->filter);
        if (!filter)
                return -ENOMEM;

        feed_ask(feed, FEED_SUBTREE, feed->server.naming_context, filter,
                 (const AttributeId[]){ ATTRIBUTE_OBJECT_GUID, ATTRIBUTE_USN_CHANGED,
                                        ATTRIBUTE_IS_DELETED, ATTRIBUTE_NONE });
        feed_ask_for_page(feed, feed->page_size);
        feed_ask_for_deleted(feed);
        return 0;
}

/* Deleted, and nobody here ever knew it alive: there is nothing to do about it, now or at the next poll. */
static int feed_is_stranger(Feed *feed, const Object *object)
{
        Container container = {};
        CacheStanding standing;
        int r;

        if (!object->is_deleted)
                return 0;

        r = cache_find_standing(feed->store, feed->domain->id, &object->guid, &standing);
        if (r == 0)
                r = container_find(feed->store, feed->domain->id, &object->guid, &container);
        container_done(&container);
        return r < 0 ? r : r == 0;
}

/*
 * What a poll has found in the cache at its USN, the next need not look up again: only another USN makes another row of it, and the server
 * shows that one then. Each poll of the ten minutes brings the same thousands of entries.
 */
#define OVERLAP_MOST 200000

static bool feed_overlap_knows(const Feed *feed, const Object *object)
{
        uint64_t usn;

        return guid_map_get(&feed->overlap, &object->guid, &usn) && usn == (uint64_t)object->usn;
}

static int feed_overlap_learn(Feed *feed, const Object *object)
{
        return feed->overlap.n < OVERLAP_MOST
                       ? guid_map_put(&feed->overlap, &object->guid, (uint64_t)object->usn)
                       : 0;
}

/* Another window, or USNs of another server. */
void feed_overlap_forget(Feed *feed)
{
        const FeedAnswer *answer = &feed->answer;

        if (answer->kind != APPLY_DELTA || !answer->is_same_epoch ||
            answer->window.base != feed->window.base)
                guid_map_done(&feed->overlap);
}

/* No upper bound in the filter, because AD walks the index better without (A6): what is above it is cut here. */
static int feed_overlap_entry(Feed *feed, const Object *object)
{
        FeedAnswer *answer = &feed->answer;
        int r;

        feed_pages_entry(&answer->pages, object);

        if (guid_is_null(&object->guid) || object->usn > answer->low ||
            feed_overlap_knows(feed, object))
                return 0;

        r = domain_has(feed->store, feed->domain, &object->guid, object->usn);
        if (r > 0)
                return feed_overlap_learn(feed, object);
        if (r == 0)
                r = feed_is_stranger(feed, object);
        if (r != 0)
                return r < 0 ? r : 0;

        return buffer_append(&answer->late, object->guid.bytes, sizeof(object->guid.bytes));
}

static int feed_overlap_done(Feed *feed, const FeedResult *result)
{
        bool is_last;
        int r;

        r = feed_page_done(feed, result, &is_last);
        if (r != 0 || !is_last)
                return r;

        feed->answer.pages = (FeedPages){};
        feed->step = STEP_LATE;
        return 0;
}

const FeedStepFunctions feed_step_overlap = { feed_overlap_ask, feed_overlap_entry,
                                              feed_overlap_done };

/* The rows themselves, some at a time. One that changed again meanwhile comes newer; one that does not come was deleted out of
 * sight, or will come with a USN above the watermark. */

static int feed_late_ask(Feed *feed)
{
        FeedAnswer *answer = &feed->answer;

        if (answer->late_at < answer->late.size)
                return feed_ask_for_guids(feed, &answer->late, &answer->late_at, NULL);

        feed->step = feed_step_after_overlap(feed);
        return 0;
}

static int feed_late_done(Feed *feed, const FeedResult *result)
{
        return feed_check_result(result);
}

const FeedStepFunctions feed_step_late = { feed_late_ask, feed_stage, feed_late_done };
