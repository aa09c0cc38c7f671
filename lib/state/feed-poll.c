/* SPDX-License-Identifier: MIT */

/*
 * The frame of a poll: where the server is, from where it must be asked, and whether it was the same server to the end.
 *
 * The order is what makes it right (ad-tracking.md A5, A10): vector, then highestCommittedUSN, then the search. What is written
 * meanwhile has a higher USN than the one read, and comes with the next poll; what other domain controllers wrote and the vector
 * counts has arrived before the search.
 */

#include <errno.h>
#include <string.h>

#include "lib/state/feed-internal.h"

/* The naming context's own object tells the vector. Not confidential: every account may read it. */

static int feed_vector_ask(Feed *feed)
{
        feed_ask(feed, FEED_BASE, feed->server.naming_context, "(objectClass=*)",
                 (const AttributeId[]){ ATTRIBUTE_OBJECT_GUID, ATTRIBUTE_REPL_UP_TO_DATE_VECTOR,
                                        ATTRIBUTE_NONE });
        return 0;
}

static int feed_vector_entry(Feed *feed, const Object *object)
{
        const Value *value = object_value(object, ATTRIBUTE_REPL_UP_TO_DATE_VECTOR);

        buffer_reset(&feed->answer.vector);
        return value ? buffer_append(&feed->answer.vector, value->data, value->size) : 0;
}

static int feed_vector_done(Feed *feed, const FeedResult *result)
{
        int r;

        r = feed_check_base_read(feed, result);
        if (r != 0)
                return r;

        feed->step = STEP_POSITION;
        return 0;
}

const FeedStepFunctions feed_step_vector = { feed_vector_ask, feed_vector_entry, feed_vector_done };

/* rootDSE again: is it still the server we got to know, and how far has it come? */

static int feed_position_ask(Feed *feed)
{
        feed_ask(feed, FEED_BASE, "", "(objectClass=*)",
                 (const AttributeId[]){ ATTRIBUTE_DS_SERVICE_NAME, ATTRIBUTE_HIGHEST_COMMITTED_USN,
                                        ATTRIBUTE_NONE });
        feed->answer.highest = -1;
        return 0;
}

static int feed_check_same_server(const Feed *feed, const Object *object)
{
        const Value *value = object_value(object, ATTRIBUTE_DS_SERVICE_NAME);

        return value && value_equals_string(value, feed->server.dsa_dn) ? 0 : FEED_EPOCH_CHANGED;
}

static int feed_position_entry(Feed *feed, const Object *object)
{
        if (!object_integer(object, ATTRIBUTE_HIGHEST_COMMITTED_USN, &feed->answer.highest))
                return FEED_PROTOCOL;

        return feed_check_same_server(feed, object);
}

/*
 * USNs only grow: where nothing was committed since the last poll there is nothing to search, but for late commits. The search is
 * made all the same after a fail-over, because the cursor must move to the new epoch, and when the vector has good news of
 * a domain controller left behind, because the cursor must say so.
 */
static FeedStep feed_step_after_position(const Feed *feed)
{
        const FeedAnswer *answer = &feed->answer;

        if (answer->kind != APPLY_DELTA || !answer->is_same_epoch)
                return STEP_SEARCH;
        if (answer->highest > answer->low)
                return guid_is_null(&feed->domain->cursor.canary) ? STEP_SEARCH : STEP_CANARY;
        if (feed_unconfirmed_has_news(feed))
                return STEP_SEARCH;

        return answer->is_reconcile || feed_window_is_open(feed) ? feed_step_after_search(feed)
                                                                 : STEP_SAME_EPOCH;
}

static int feed_position_done(Feed *feed, const FeedResult *result)
{
        int r;

        r = feed_check_base_read(feed, result);
        if (r != 0)
                return r;

        r = feed_start(feed);
        if (r != 0)
                return r;

        if (feed->answer.kind == APPLY_DELTA)
                feed->status.usn_behind = feed->answer.highest - feed->answer.low;
        feed->step = feed_step_after_position(feed);
        if (feed->answer.kind == APPLY_FIRST ||
            (feed->step != STEP_SEARCH && feed->step != STEP_CANARY))
                return feed_members_first(feed, feed->step, &feed->step);
        return 0;
}

const FeedStepFunctions feed_step_position = { feed_position_ask, feed_position_entry,
                                               feed_position_done };

/*
 * The canary: the newest object that was seen in this epoch. A domain controller that was put back to an old copy and has
 * written more than it lost since has a plausible highestCommittedUSN; but what was newest then is older now, or not there at all.
 */

static int feed_canary_ask(Feed *feed)
{
        feed->answer.canary_usn = -1;
        return feed_ask_for_guid(feed, &feed->domain->cursor.canary,
                                 (const AttributeId[]){ ATTRIBUTE_OBJECT_GUID,
                                                        ATTRIBUTE_USN_CHANGED, ATTRIBUTE_NONE });
}

static int feed_canary_entry(Feed *feed, const Object *object)
{
        feed->answer.canary_usn = object->usn;
        return 0;
}

static int feed_canary_done(Feed *feed, const FeedResult *result)
{
        int r;

        if (result->code != RESULT_NO_SUCH_OBJECT) {
                r = feed_check_result(result);
                if (r != 0)
                        return r;
        }

        feed->step = STEP_SEARCH;
        if (feed->answer.canary_usn >= feed->domain->cursor.canary_usn)
                return 0;
        if (feed->answer.canary_usn >= 0)
                return feed_refuse_rolled_back(feed);

        /* Gone. Where deleted objects are hidden that is nothing special; else it is strange enough to look at everything. */
        if (feed->domain->tombstones_readable == 1) {
                feed->answer.is_distrustful = true;
                feed_start_full_read(feed,
                                     "the newest object that was seen is gone without a trace");
        }
        return 0;
}

const FeedStepFunctions feed_step_canary = { feed_canary_ask, feed_canary_entry, feed_canary_done };

/* After the search: still the same server … */

static int feed_same_server_ask(Feed *feed)
{
        feed_ask(feed, FEED_BASE, "", "(objectClass=*)",
                 (const AttributeId[]){ ATTRIBUTE_DS_SERVICE_NAME, ATTRIBUTE_NONE });
        return 0;
}

static int feed_same_server_entry(Feed *feed, const Object *object)
{
        return feed_check_same_server(feed, object);
}

static int feed_same_server_done(Feed *feed, const FeedResult *result)
{
        int r;

        r = feed_check_base_read(feed, result);
        if (r != 0)
                return r;

        feed->step = STEP_SAME_EPOCH;
        return 0;
}

const FeedStepFunctions feed_step_same_server = { feed_same_server_ask, feed_same_server_entry,
                                                  feed_same_server_done };

/*
 * … and still the same epoch? This is the only look at it in a poll: an invocationId never comes back once it was changed, so
 * what is the same at the end was the same all the while.
 */

static int feed_same_epoch_ask(Feed *feed)
{
        feed_ask(feed, FEED_BASE, feed->server.dsa_dn, "(objectClass=*)",
                 (const AttributeId[]){ ATTRIBUTE_OBJECT_GUID, ATTRIBUTE_INVOCATION_ID,
                                        ATTRIBUTE_NONE });
        return 0;
}

static int feed_same_epoch_entry(Feed *feed, const Object *object)
{
        const Value *value = object_value(object, ATTRIBUTE_INVOCATION_ID);
        Guid invocation_id;

        if (!value || guid_from_bytes(value->data, value->size, &invocation_id) < 0 ||
            !guid_equal(&invocation_id, &feed->server.invocation_id) ||
            !guid_equal(&object->guid, &feed->server.dsa))
                return FEED_EPOCH_CHANGED;

        return 0;
}

static int feed_same_epoch_done(Feed *feed, const FeedResult *result)
{
        int r;

        r = feed_check_base_read(feed, result);
        if (r != 0)
                return r;

        return feed_poll_complete(feed);
}

const FeedStepFunctions feed_step_same_epoch = { feed_same_epoch_ask, feed_same_epoch_entry,
                                                 feed_same_epoch_done };

/* What is asked for. */

void feed_wanted_attributes(const Feed *feed, AttributeSet *ret)
{
        static const AttributeId always[] = {
                ATTRIBUTE_OBJECT_CLASS, ATTRIBUTE_OBJECT_GUID, ATTRIBUTE_PARENT_GUID,
                ATTRIBUTE_USN_CHANGED,  ATTRIBUTE_IS_DELETED,  ATTRIBUTE_LAST_KNOWN_PARENT,
        };
        AttributeSet wanted = {};

        config_attributes(feed->settings.config, &wanted);
        for (size_t i = 0; i < ARRAY_SIZE(always); i++)
                attribute_set_add(&wanted, always[i]);

        for (size_t i = 0; i < ARRAY_SIZE(wanted.words); i++)
                wanted.words[i] &= feed->server.in_schema.words[i];
        *ret = wanted;
}

/*
 * Deltas ask for what the full read asked for, even if the rules need less by now: else some rows would know less than others,
 * and a rule that is switched on again could not tell.
 */
void feed_requested_attributes(const Feed *feed, AttributeSet *ret)
{
        feed_wanted_attributes(feed, ret);

        if (feed->answer.kind == APPLY_DELTA)
                for (size_t i = 0; i < ARRAY_SIZE(ret->words); i++)
                        ret->words[i] |=
                                feed->domain->requested.words[i] & feed->server.in_schema.words[i];
}
