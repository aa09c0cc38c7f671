/* SPDX-License-Identifier: MIT */

/*
 * The search: pages of entries that are staged as they come and accepted only together, when the last page has said that it is
 * the last. Anything else (an error, a cut, a page without its control, a server that goes on for ever) drops the answer, and
 * the cursor stays.
 */

#include <errno.h>
#include <inttypes.h>

#include "lib/core/dn.h"
#include "lib/core/hash.h"
#include "lib/state/feed-internal.h"

/*
 * Users, contacts and groups; and containers, because they carry the names of what is below them. Classes only: an
 * object that leaves a narrower filter would leave unseen. objectClass is kept on deletion, objectCategory is not. Computers and
 * managed service accounts are users by class and are of no interest.
 */
const char feed_filter_names[] =
        "(|(&(|(objectClass=user)(objectClass=contact)(objectClass=group))"
        "(!(objectClass=computer)))"
        "(objectClass=container)(objectClass=organizationalUnit)"
        "(objectClass=domainDNS)(objectClass=builtinDomain)"
        "(objectClass=lostAndFound)(objectClass=msExchSystemObjectsContainer))";

void feed_answer_done(FeedAnswer *answer)
{
        apply_free(answer->apply);
        buffer_done(&answer->vector);
        buffer_done(&answer->late);
        buffer_done(&answer->unconfirmed);
        feed_reconcile_done(&answer->reconcile);
        *answer = (FeedAnswer){};
}

int feed_answer_apply(Feed *feed, Apply **ret)
{
        FeedAnswer *answer = &feed->answer;
        ApplySettings settings = {
                .config = feed->settings.config,
                .domain_config = feed->settings.domain_config,
                .now = answer->started_wall,
                .invocation_id = feed->server.invocation_id,
                .is_silent = answer->is_silent,
                .is_distrustful = answer->is_distrustful,
        };
        int r;

        if (!answer->apply) {
                feed_requested_attributes(feed, &settings.requested);
                r = apply_new(feed->store, feed->domain, answer->kind, &settings, &answer->apply);
                if (r < 0)
                        return r;
        }

        *ret = answer->apply;
        return 0;
}

static int feed_search_filter(Feed *feed, const char **ret)
{
        int r;

        if (feed->answer.kind != APPLY_DELTA) {
                *ret = feed_filter_names;
                return 0;
        }

        /* The USN term stands first and alone: AD walks one index, and this one gives what changed and nothing else. */
        buffer_reset(&feed->filter);
        r = buffer_append_format(&feed->filter, "(&(uSNChanged>=%" PRId64 ")%s)",
                                 feed->answer.low + 1, feed_filter_names);
        if (r < 0)
                return r;

        *ret = buffer_string(&feed->filter);
        return *ret ? 0 : -ENOMEM;
}

static int feed_search_ask(Feed *feed)
{
        const char *filter;
        Apply *apply;
        int r;

        r = feed_answer_apply(feed, &apply);
        if (r < 0)
                return r;
        r = feed_search_filter(feed, &filter);
        if (r < 0)
                return r;

        feed_ask(feed, FEED_SUBTREE, feed->server.naming_context, filter, NULL);
        feed_requested_attributes(feed, &feed->request.attributes);
        feed_ask_for_page(feed, feed->page_size);
        feed_ask_for_deleted(feed);
        return 0;
}

/*
 * A directory holds no more objects than it has given out USNs. New ones may come while it is being read, but not without
 * end.
 */
static bool feed_answer_is_impossible(const FeedAnswer *answer)
{
        return answer->n_entries / 2 > answer->highest + 1000000;
}

static bool object_has_class(const Object *object, const char *class)
{
        const Value *values;
        size_t n_values;

        values = object_values(object, ATTRIBUTE_OBJECT_CLASS, &n_values);
        for (size_t i = 0; i < n_values; i++)
                if (value_equals_string_nocase(&values[i], class))
                        return true;

        return false;
}

/* The container of deleted objects is itself marked deleted, and everybody sees it: only what is in it counts. */
static bool object_is_tombstone(const Object *object)
{
        return object->is_deleted &&
               dn_is_deleted((Slice){ object->dn.data, object->dn.size }, NULL);
}

int feed_stage(Feed *feed, const Object *object)
{
        Apply *apply;
        int r;

        feed->status.rows_received++;
        if (object_is_tombstone(object))
                feed->domain->tombstones_readable = 1;
        feed->members_due |= feed_moves_members(feed, object);
        feed->count_due |= object->kind == KIND_GROUP && !object->is_deleted;
        r = feed_accounts_note(feed, object);
        if (r < 0)
                return r;
        if (r > 0)
                feed->next_trace = feed->now;

        r = feed_answer_apply(feed, &apply);
        if (r < 0)
                return r;

        return apply_stage(apply, object);
}

static int feed_search_entry(Feed *feed, const Object *object)
{
        FeedAnswer *answer = &feed->answer;

        answer->n_entries++;
        if (feed_answer_is_impossible(answer))
                return FEED_PROTOCOL;

        feed_pages_entry(&answer->pages, object);

        if (object->kind == KIND_CONTAINER)
                answer->has_head = answer->has_head || object_has_class(object, "domainDNS");
        else if (!object->is_deleted)
                answer->has_object = true;

        if (object->usn > answer->newest_usn && !guid_is_null(&object->guid)) {
                answer->newest = object->guid;
                answer->newest_usn = object->usn;
        }
        if (feed->status.is_reading)
                feed->status.read_objects++;

        return feed_stage(feed, object);
}

/* From page to page: the hash is over the GUIDs in their order. */
void feed_pages_entry(FeedPages *pages, const Object *object)
{
        if (pages->n_entries++ == 0)
                pages->hash = HASH_INIT;
        pages->hash = hash_bytes(pages->hash, object->guid.bytes, sizeof(object->guid.bytes));
}

/*
 * A server that goes in circles never ends by itself, and objects may well come twice in a good answer. So whole pages are
 * compared with one earlier page, the landmark, which moves up to each power of two: a circle of any length
 * meets its landmark again and again (Brent's way to find cycles), a good answer never more than by accident.
 */
static bool feed_page_repeats(FeedPages *pages)
{
        pages->n_pages++;

        if (pages->n_pages >= 2 * pages->landmark_at) {
                pages->landmark_at = pages->n_pages;
                pages->landmark = pages->hash;
                pages->n_repeats = 0;
                return false;
        }

        if (pages->hash == pages->landmark)
                pages->n_repeats++;
        return pages->n_repeats > FEED_REPEATED_PAGES_MOST;
}

static int feed_pages_next(FeedPages *pages)
{
        bool is_empty = pages->n_entries == 0;

        pages->n_entries = 0;
        if (is_empty)
                return ++pages->n_empty > FEED_EMPTY_PAGES_MOST ? FEED_PROTOCOL : 0;

        pages->n_empty = 0;
        return feed_page_repeats(pages) ? FEED_PROTOCOL : 0;
}

/*
 * Success alone proves nothing: only a paged control with an empty cookie says that all was sent. Cookies are opaque; some
 * servers send the same one with every page.
 */
int feed_page_done(Feed *feed, const FeedResult *result, bool *ret_is_last)
{
        int r;

        /* The server may not spend more time on one page: smaller ones next time. */
        if (result->code == RESULT_TIME_LIMIT || result->code == RESULT_ADMIN_LIMIT)
                if (feed->page_size / 2 >= FEED_PAGE_LEAST)
                        feed->page_size /= 2;

        r = feed_check_result(result);
        if (r != 0)
                return r;
        if (!result->has_page_control)
                return FEED_PROTOCOL;

        *ret_is_last = result->cookie.size == 0;
        if (*ret_is_last) {
                buffer_reset(&feed->cookie);
                return 0;
        }

        r = feed_pages_next(&feed->answer.pages);
        if (r != 0)
                return r;

        buffer_reset(&feed->cookie);
        return buffer_append(&feed->cookie, result->cookie.data, result->cookie.size);
}

int feed_optional_done(Feed *feed, const FeedResult *result, FeedOptional *ret)
{
        bool is_last;
        int r;

        if (result->code < 0 || result->is_referral)
                return feed_check_result(result);
        if (result->code == RESULT_SUCCESS) {
                r = feed_page_done(feed, result, &is_last);
                if (r != 0)
                        return r;
                if (!is_last) {
                        *ret = FEED_OPTIONAL_MORE;
                        return 0;
                }
        }

        feed->answer.pages = (FeedPages){};
        buffer_reset(&feed->cookie);
        *ret = result->code == RESULT_SUCCESS ? FEED_OPTIONAL_READ : FEED_OPTIONAL_REFUSED;
        return 0;
}

static int feed_search_done(Feed *feed, const FeedResult *result)
{
        FeedAnswer *answer = &feed->answer;
        bool is_last;
        int r;

        r = feed_page_done(feed, result, &is_last);
        if (r != 0 || !is_last)
                return r;

        /*
         * A full read that shows no domain, or nobody in it, is the answer of an account without rights or of a sick server. Taken
         * at its word it would delete everybody.
         */
        if (answer->kind != APPLY_DELTA && (!answer->has_head || !answer->has_object))
                return FEED_EMPTY;

        answer->pages = (FeedPages){};
        return feed_members_first(
                feed, answer->kind == APPLY_FULL ? STEP_FIND_ABSENT : feed_step_after_search(feed),
                &feed->step);
}

const FeedStepFunctions feed_step_search = { feed_search_ask, feed_search_entry, feed_search_done };

/*
 * Containers of classes that the search does not ask for, but in which something was found: their names are needed. Where nothing
 * comes, the name that the child's DN gives has to do.
 */

static int feed_parent_ask(Feed *feed)
{
        Guid guid;
        int r;

        r = feed->answer.apply ? apply_next_unknown_parent(feed->answer.apply, &guid) : 0;
        if (r < 0)
                return r;
        if (r > 0)
                return feed_ask_for_guid(feed, &guid, NULL);

        feed->step = STEP_SAME_SERVER;
        return 0;
}

static int feed_parent_done(Feed *feed, const FeedResult *result)
{
        return result->code < 0 ? feed_check_result(result) : 0;
}

const FeedStepFunctions feed_step_parent = { feed_parent_ask, feed_stage, feed_parent_done };
