/* SPDX-License-Identifier: MIT */

/*
 * How many members groups have. The search never brings them: a full read would be several times as large. After a poll that brought
 * a group, those that have changed since the last count are asked for, with no more of their members than one answer holds
 * anyway. A group that fills this is asked for the rest, part by part; what comes is counted and forgotten, so that a group of a
 * million needs no more memory than one of a thousand.
 *
 * A count that does not come to its end is begun again by the next poll that brings a group: what was known stays.
 */

#include <errno.h>
#include <inttypes.h>

#include "lib/state/feed-internal.h"
#include "lib/state/measure.h"

void feed_count_done(FeedCount *count)
{
        buffer_done(&count->large);
}

static void feed_ask_for_members(Feed *feed, size_t first)
{
        attribute_set_add(&feed->request.attributes, ATTRIBUTE_MEMBER);
        feed->request.ranged = ATTRIBUTE_MEMBER;
        feed->request.range_first = first;
        feed->request.range_last = first + FEED_RANGE - 1;
}

static int64_t feed_count_least(const Feed *feed)
{
        int64_t limit = feed->settings.config->tenant.member_limit;

        return limit < FEED_LARGE ? limit : FEED_LARGE;
}

/* Too few to be of interest are not kept: of a hundred thousand groups there are a handful of rows. */
static int feed_count_put(Feed *feed, const Guid *guid, size_t n)
{
        return measure_put(feed->store, feed->domain->id, guid, ATTRIBUTE_MEMBER_COUNT,
                           (int64_t)n >= feed_count_least(feed) ? (int64_t)n : 0);
}

/* Numbers of changes mean something within one epoch only; there, and where more is to be kept than before, all are counted. */
static int feed_count_since(Feed *feed, int64_t *ret)
{
        Guid epoch;
        int64_t usn, least;
        int r;

        *ret = 0;
        r = measure_counted(feed->store, feed->domain->id, &epoch, &usn, &least);
        if (r > 0 && guid_equal(&epoch, &feed->server.invocation_id) &&
            least <= feed_count_least(feed))
                *ret = usn + 1;
        return r < 0 ? r : 0;
}

static int feed_count_ask(Feed *feed)
{
        const Cursor *cursor = &feed->domain->cursor;
        const char *filter;
        int64_t since;
        int r;

        r = feed_count_since(feed, &since);
        if (r < 0)
                return r;
        if (feed->cookie.size == 0) {
                feed->count_due = false;
                feed->count.epoch = cursor->invocation_id;
                feed->count.usn = cursor->watermark;
                feed->count.large_at = feed->count.n = 0;
                buffer_reset(&feed->count.large);
        }

        buffer_reset(&feed->filter);
        r = buffer_append_format(&feed->filter, "(&(objectClass=group)(uSNChanged>=%" PRIi64 "))",
                                 since);
        if (r < 0)
                return r;
        filter = buffer_string(&feed->filter);
        if (!filter)
                return -ENOMEM;

        feed_ask(feed, FEED_SUBTREE, feed->server.naming_context, filter,
                 (const AttributeId[]){ ATTRIBUTE_OBJECT_GUID, ATTRIBUTE_NONE });
        feed_ask_for_members(feed, 0);
        feed->request.domain_scope = feed->server.has_domain_scope;
        feed_ask_for_page(feed, feed->page_size);
        return 0;
}

static int feed_count_entry(Feed *feed, const Object *object)
{
        size_t n;

        feed_pages_entry(&feed->answer.pages, object);
        if (guid_is_null(&object->guid))
                return 0;

        (void)object_values(object, ATTRIBUTE_MEMBER, &n);
        if (n >= FEED_RANGE)
                return buffer_append(&feed->count.large, object->guid.bytes,
                                     sizeof(object->guid.bytes));
        return feed_count_put(feed, &object->guid, n);
}

/* It is good to know and not needed: a refusal leaves things as they were. */
static int feed_count_end(Feed *feed, bool is_complete)
{
        int r = 0;

        if (is_complete)
                r = measure_set_counted(feed->store, feed->domain->id, &feed->count.epoch,
                                        feed->count.usn, feed_count_least(feed));
        feed->answer.pages = (FeedPages){};
        buffer_reset(&feed->cookie);
        buffer_reset(&feed->count.large);
        feed->wants_look = true;
        feed->step = STEP_IDLE;
        return r;
}

static int feed_count_done_page(Feed *feed, const FeedResult *result)
{
        bool is_last;
        int r;

        if (result->code < 0 || result->is_referral)
                return feed_check_result(result);
        if (result->code != RESULT_SUCCESS)
                return feed_count_end(feed, false);

        r = feed_page_done(feed, result, &is_last);
        if (r != 0 || !is_last)
                return r;

        feed->answer.pages = (FeedPages){};
        feed->step = STEP_COUNT_MORE;
        if (feed->count.large.size == 0)
                return feed_count_end(feed, true);
        return 0;
}

const FeedStepFunctions feed_step_count = { feed_count_ask, feed_count_entry,
                                            feed_count_done_page };

static Guid feed_count_group(const Feed *feed)
{
        Guid guid;

        memcpy(guid.bytes, feed->count.large.data + feed->count.large_at, sizeof(guid.bytes));
        return guid;
}

static int feed_count_more_ask(Feed *feed)
{
        Guid guid = feed_count_group(feed);
        int r;

        if (feed->count.n == 0)
                feed->count.n = FEED_RANGE; /* which have come already */
        feed->count.n_entry = 0;
        r = feed_ask_for_guid(feed, &guid,
                              (const AttributeId[]){ ATTRIBUTE_OBJECT_GUID, ATTRIBUTE_NONE });
        if (r >= 0)
                feed_ask_for_members(feed, feed->count.n);
        return r;
}

static int feed_count_more_entry(Feed *feed, const Object *object)
{
        (void)object_values(object, ATTRIBUTE_MEMBER, &feed->count.n_entry);
        return 0;
}

/*
 * Behind the last value AD answers with an operations error, Samba with nothing. Another refusal says nothing of the group: then
 * all is counted again some day.
 */
static int feed_count_more_done(Feed *feed, const FeedResult *result)
{
        FeedCount *count = &feed->count;
        Guid guid = feed_count_group(feed);
        int r;

        if (result->code < 0 || result->is_referral)
                return feed_check_result(result);
        if (result->code != RESULT_SUCCESS && result->code != RESULT_OPERATIONS_ERROR &&
            result->code != RESULT_NO_SUCH_OBJECT)
                return feed_count_end(feed, false);

        count->n += count->n_entry;
        if (count->n_entry >= FEED_RANGE)
                return 0;

        r = feed_count_put(feed, &guid, result->code == RESULT_NO_SUCH_OBJECT ? 0 : count->n);
        if (r < 0)
                return r;

        count->n = 0;
        count->large_at += sizeof(guid.bytes);
        return count->large_at < count->large.size ? 0 : feed_count_end(feed, true);
}

const FeedStepFunctions feed_step_count_more = { feed_count_more_ask, feed_count_more_entry,
                                                 feed_count_more_done };
