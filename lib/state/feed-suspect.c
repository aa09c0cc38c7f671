/* SPDX-License-Identifier: MIT */

/*
 * What the comparison found to be otherwise than the cache has it, by value: it is staged, which mends it, and judged. Has following
 * missed it, or did it come into sight?
 *
 * What the account may see depends on rights, as a rule on those of a container, whose change numbers that container and nothing
 * below it. Who came into sight by it has a USN that was given before, to a change that nobody could see then. So a change was missed
 * if no container above the object has changed since. The USNs that are compared for this are
 *
 * - the object's as the comparison showed it: it may have changed again before it was read by value;
 * - those of the containers as they are when all the doubtful have come. The comparison takes a while, and rights that are given in
 *   the middle of it bring to light what it comes to after that, while it met the container before, with its former USN.
 *
 * A container explains everything below it where its USN is not shown, because of its class or because it is hidden, and where it is not
 * known or is suspected itself: then it is that one which must explain itself.
 *
 * All this is about USNs that were given while this server was followed. Up to there another one was asked, to which the same changes
 * came in another order: which of them was first its vector does not say, so that nobody is blamed.
 *
 * Rights that come by a membership of our own account change no container. They cannot be told from changes that were missed.
 */

#include <errno.h>
#include <string.h>

#include "lib/state/container.h"
#include "lib/state/feed-internal.h"

enum {
        CONTAINERS_DEEP = 64, /* names may go in circles for a while */
};

#define EXPLAINED ((uint64_t)INT64_MAX) /* in place of a list of containers */

/* Somebody who was missed, or has come into sight. */
typedef struct Doubt {
        uint64_t above; /* where the list of the containers above begins */
        int64_t usn;
} Doubt;

void feed_sight_done(FeedSight *sight)
{
        buffer_done(&sight->doubts);
        buffer_done(&sight->above);
        buffer_done(&sight->containers);
        guid_map_done(&sight->lists);
        guid_map_done(&sight->usns);
        *sight = (FeedSight){};
}

static int64_t followed_from(const Feed *feed)
{
        return feed->domain->cursor.followed_from;
}

/* The containers above. */

static int append_guid(Buffer *buffer, const Guid *guid)
{
        return buffer_append(buffer, guid->bytes, sizeof(guid->bytes));
}

/* To the list that is being made; it is asked for once, however many lists it is in. */
static int add_container(FeedSight *sight, const Guid *guid)
{
        int r;

        r = append_guid(&sight->above, guid);
        if (r < 0 || guid_map_get(&sight->usns, guid, NULL))
                return r;

        r = guid_map_put(&sight->usns, guid, 0);
        return r < 0 ? r : append_guid(&sight->containers, guid);
}

/* 1, or 0 if one of them explains everything already. */
static int add_containers_known(Feed *feed, const Guid *parent)
{
        FeedReconcile *reconcile = &feed->answer.reconcile;
        Container row = {};
        int r;

        r = container_find(feed->store, feed->domain->id, parent, &row);
        for (unsigned i = 0; r > 0 && i < CONTAINERS_DEEP; i++) {
                if (row.origin != CONTAINER_FOLLOWED ||
                    guid_map_get(&reconcile->shown, &row.guid, NULL)) {
                        r = 0;
                        break;
                }
                r = add_container(&reconcile->sight, &row.guid);
                if (r < 0)
                        break;
                r = 1;
                if (row.parent == 0)
                        break;
                r = container_get(feed->store, row.parent, &row);
        }

        container_done(&row);
        return r;
}

/* The container of deleted objects is no place where others are, and not in the cache. */
static int add_containers(Feed *feed, const Object *object)
{
        if (guid_is_null(&object->parent))
                return 0;
        if (!object->is_deleted)
                return add_containers_known(feed, &object->parent);

        return add_container(&feed->answer.reconcile.sight, &object->parent) < 0 ? -ENOMEM : 1;
}

/* What stands in one container shares a list. */
static int find_list(Feed *feed, const Object *object, uint64_t *ret)
{
        FeedSight *sight = &feed->answer.reconcile.sight;
        int r;

        if (guid_map_get(&sight->lists, &object->parent, ret))
                return 0;

        *ret = sight->above.size;
        r = add_containers(feed, object);
        if (r > 0)
                r = append_guid(&sight->above, &GUID_NULL);
        else if (r == 0)
                *ret = EXPLAINED;
        return r < 0 ? r : guid_map_put(&sight->lists, &object->parent, *ret);
}

static int doubt(Feed *feed, const Object *object)
{
        Doubt new = { .usn = object->usn };
        int r;

        r = find_list(feed, object, &new.above);
        if (r < 0 || new.above == EXPLAINED)
                return r;
        return buffer_append(&feed->answer.reconcile.sight.doubts, &new, sizeof(new));
}

/* The suspects. */

static int feed_suspect_ask(Feed *feed)
{
        FeedReconcile *reconcile = &feed->answer.reconcile;

        for (; reconcile->suspicion < N_SUSPICIONS;
             reconcile->suspicion++, reconcile->suspect_at = 0) {
                const Buffer *suspects = &reconcile->suspects[reconcile->suspicion];

                if (reconcile->suspect_at < suspects->size)
                        return feed_ask_for_guids(feed, suspects, &reconcile->suspect_at, NULL);
        }

        feed->step = STEP_SIGHT;
        return 0;
}

/* Should it have changed since, the change comes along, and is no difference. */
static int compare_suspect(Feed *feed, const Object *object)
{
        return object->usn <= followed_from(feed) ? apply_compare(feed->answer.apply, &object->guid)
                                                  : 0;
}

/*
 * One that has changed again since the comparison is nobody's fault that could be shown: where it stood before is not known, nor whether it
 * was deleted. One that comes twice is judged once.
 */
static int judge_change(Feed *feed, const Object *object)
{
        GuidMap *shown = &feed->answer.reconcile.shown;
        uint64_t usn;
        int r;

        if (object->kind == KIND_OTHER || object->kind == KIND_COMPUTER ||
            object->usn <= followed_from(feed) || !guid_map_get(shown, &object->guid, &usn) ||
            usn != (uint64_t)object->usn)
                return 0;

        r = guid_map_put(shown, &object->guid, 0);
        return r < 0 ? r : doubt(feed, object);
}

static int judge_suspect(Feed *feed, const Object *object)
{
        switch ((FeedSuspicion)feed->answer.reconcile.suspicion) {
        case SUSPICION_CHANGED:
        case SUSPICION_UNKNOWN:
                return judge_change(feed, object);
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

/* The containers above the doubtful, and what they explain. */

static bool is_explained(const FeedSight *sight, const Doubt *doubt)
{
        for (uint64_t at = doubt->above;; at += sizeof(Guid)) {
                uint64_t usn = 0;
                Guid guid;

                memcpy(&guid, sight->above.data + at, sizeof(guid));
                if (guid_is_null(&guid))
                        return false;
                (void)guid_map_get(&sight->usns, &guid, &usn);
                if (usn == 0 || (int64_t)usn > doubt->usn)
                        return true;
        }
}

static void judge_doubts(Feed *feed)
{
        const FeedSight *sight = &feed->answer.reconcile.sight;

        for (size_t at = 0; at + sizeof(Doubt) <= sight->doubts.size; at += sizeof(Doubt)) {
                Doubt doubt;

                memcpy(&doubt, sight->doubts.data + at, sizeof(doubt));
                if (!is_explained(sight, &doubt))
                        apply_count_missed(feed->answer.apply);
        }
}

static int feed_above_ask(Feed *feed)
{
        FeedSight *sight = &feed->answer.reconcile.sight;

        if (sight->containers_at < sight->containers.size)
                return feed_ask_for_guids(feed, &sight->containers, &sight->containers_at,
                                          (const AttributeId[]){ ATTRIBUTE_OBJECT_GUID,
                                                                 ATTRIBUTE_USN_CHANGED,
                                                                 ATTRIBUTE_NONE });

        judge_doubts(feed);
        feed->step = STEP_PARENT;
        return 0;
}

static int feed_above_entry(Feed *feed, const Object *object)
{
        return guid_map_put(&feed->answer.reconcile.sight.usns, &object->guid,
                            (uint64_t)object->usn);
}

static int feed_above_done(Feed *feed, const FeedResult *result)
{
        return feed_check_result(result);
}

const FeedStepFunctions feed_step_sight = { feed_above_ask, feed_above_entry, feed_above_done };
