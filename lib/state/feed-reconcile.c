/* SPDX-License-Identifier: MIT */

/*
 * The audit of the promise. Once a day everything that the server holds is held against the cache by GUID and USN alone, which
 * costs it and us little. Where following is right it finds nothing: the counters must stay at 0, and what they count is
 * repaired.
 *
 * Only USNs that following should have seen can be missed: up to the base of the overlap window, for what is above it is still
 * looked for. And only USNs tell: what the account may see changes without one, so that an object that comes into sight counts as
 * missed only where no container above it has changed since.
 *
 * Rows that another domain controller showed (fail-over went by the vector, nothing was read again) have USNs that mean nothing
 * here. Up to where following began the vector vouches for them, so a sample of them is read by value. One that is right has
 * this server's USN from then on.
 */

#include <errno.h>
#include <string.h>

#include "lib/state/container.h"
#include "lib/state/feed-internal.h"

enum {
        CONTAINERS_DEEP = 64, /* names may go in circles for a while */
};

void feed_reconcile_done(FeedReconcile *reconcile)
{
        for (size_t i = 0; i < N_SUSPICIONS; i++)
                buffer_done(&reconcile->suspects[i]);
        guid_map_done(&reconcile->containers);
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

static int add_suspect(Feed *feed, FeedSuspicion suspicion, const Guid *guid)
{
        if (suspicion == N_SUSPICIONS)
                return 0;
        if (suspicion == SUSPICION_SAMPLE)
                return add_to_sample(feed, guid);
        return buffer_append(&feed->answer.reconcile.suspects[suspicion], guid->bytes,
                             sizeof(guid->bytes));
}

static bool is_deleted_objects(const Feed *feed, const Object *object)
{
        static const char rdn[] = "CN=Deleted Objects,";
        Slice dn = { object->dn.data, object->dn.size };

        return object->is_deleted && text_begins_nocase(dn, rdn) &&
               dn.size == strlen(rdn) + strlen(feed->server.naming_context);
}

/* What rights depend on: see came_into_sight(). */
static int note_container(Feed *feed, const Object *object, const ApplyRow *row)
{
        FeedReconcile *reconcile = &feed->answer.reconcile;

        if (is_deleted_objects(feed, object))
                reconcile->deleted_objects_usn = object->usn;
        if (!row->is_container || (!row->is_foreign && row->usn == object->usn))
                return 0;
        return guid_map_put(&reconcile->containers, &object->guid, (uint64_t)object->usn);
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
        if (r >= 0)
                r = note_container(feed, object, &row);
        if (r < 0 || row.is_staged)
                return r;

        /* Some objects hide their USN, and are never followed: they are few. */
        if (object->usn == 0)
                return row.is_known || !object->is_deleted
                               ? add_suspect(feed, SUSPICION_OF_SIGHT, &object->guid)
                               : 0;

        /* An object's USN never falls in one epoch. */
        if (row.is_known && !row.is_foreign && row.usn > object->usn)
                return feed_refuse_rolled_back(feed);
        if (object->usn > followed_to)
                return 0;
        return add_suspect(feed, suspect(feed, object, &row), &object->guid);
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

/* The suspects, by value. */

static int feed_suspect_ask(Feed *feed)
{
        FeedReconcile *reconcile = &feed->answer.reconcile;

        for (; reconcile->suspicion < N_SUSPICIONS;
             reconcile->suspicion++, reconcile->suspect_at = 0) {
                const Buffer *suspects = &reconcile->suspects[reconcile->suspicion];

                if (reconcile->suspect_at < suspects->size)
                        return feed_ask_for_guids(feed, suspects, &reconcile->suspect_at);
        }

        feed->step = STEP_PARENT;
        return 0;
}

static bool container_has_changed_since(const Feed *feed, const Container *row, int64_t usn)
{
        uint64_t shown;

        if (guid_map_get(&feed->answer.reconcile.containers, &row->guid, &shown))
                return (int64_t)shown > usn;
        return row->origin != CONTAINER_FOLLOWED || row->usn > usn;
}

/*
 * May the object be in sight because rights above it have changed, which changes no USN of its own? So it is where a container
 * above it has changed since, or is itself not known: then it is that one which must explain itself. Rights that come by a
 * membership of our own account cannot be told from a change that was missed.
 */
static int came_into_sight(Feed *feed, const Object *object)
{
        bool is_explained = false;
        Container row = {};
        int r;

        if (object->is_deleted)
                return feed->answer.reconcile.deleted_objects_usn > object->usn;

        r = container_find(feed->store, feed->domain->id, &object->parent, &row);
        for (unsigned i = 0; r > 0 && i < CONTAINERS_DEEP; i++) {
                is_explained = container_has_changed_since(feed, &row, object->usn);
                if (is_explained || row.parent == 0)
                        break;
                r = container_get(feed->store, row.parent, &row);
        }

        container_done(&row);
        return r < 0 ? r : r == 0 || is_explained;
}

static int count_suspect(Feed *feed, const Object *object, bool may_have_come_into_sight)
{
        Apply *apply = feed->answer.apply;
        int r;

        if (object->kind == KIND_OTHER || object->kind == KIND_COMPUTER)
                return 0;
        r = may_have_come_into_sight ? came_into_sight(feed, object) : 0;
        if (r != 0)
                return r < 0 ? r : 0;

        if (object->usn > followed_from(feed))
                apply_count_missed(apply);
        else
                apply_count_difference(apply);
        return 0;
}

/* Should it have changed since, the change comes along, and is no difference. */
static int compare_suspect(Feed *feed, const Object *object)
{
        return object->usn <= followed_from(feed) ? apply_compare(feed->answer.apply, &object->guid)
                                                  : 0;
}

static int judge_suspect(Feed *feed, const Object *object)
{
        switch ((FeedSuspicion)feed->answer.reconcile.suspicion) {
        case SUSPICION_CHANGED:
                return count_suspect(feed, object, object->is_deleted);
        case SUSPICION_UNKNOWN:
                return count_suspect(feed, object, true);
        case SUSPICION_SAMPLE:
                return compare_suspect(feed, object);
        case SUSPICION_OF_SIGHT:
        case N_SUSPICIONS:
                return 0;
        }
        return 0;
}

static int feed_suspect_entry(Feed *feed, const Object *object)
{
        int r;

        r = judge_suspect(feed, object);
        return r < 0 ? r : feed_stage(feed, object);
}

static int feed_suspect_done(Feed *feed, const FeedResult *result)
{
        return feed_check_result(result);
}

const FeedStepFunctions feed_step_suspect = { feed_suspect_ask, feed_suspect_entry,
                                              feed_suspect_done };
