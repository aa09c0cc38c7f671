/* SPDX-License-Identifier: MIT */

/*
 * Domain controllers that were left behind by fail-overs. The one followed now may be behind them: then rows in the cache may be
 * older than they were, and what the other one never passed on before it died lives nowhere else. Nothing is lost by that, but
 * it must be known, and it ends when the vector of the one followed now covers how far each of them was followed.
 *
 * Until then, that this one lacks an object is no proof that it was deleted: it may not have heard of it yet. A full read made
 * meanwhile leaves a mark in the list, the null GUID, that another one is owed when all others are covered.
 */

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "lib/core/usn.h"
#include "lib/state/feed-internal.h"

/* As the cursor keeps them. */
typedef struct __attribute__((packed)) Left {
        Guid invocation_id;
        uint64_t usn; /* little-endian */
} Left;

static_assert(sizeof(Left) == 24, "stands in databases");

static bool is_covered(const Feed *feed, const UtdVector *vector, const Left *left)
{
        int64_t usn = (int64_t)le64toh(left->usn), has;

        if (guid_equal(&left->invocation_id, &feed->server.invocation_id))
                return usn <= feed->answer.highest;

        return utd_vector_find(vector, &left->invocation_id, &has) == 1 && usn <= has;
}

/* Appends the entry unless it is covered. A domain controller that was left twice was left for good where it came further. */
static int keep(const Feed *feed, const UtdVector *vector, const Left *left, Buffer *list)
{
        if (is_covered(feed, vector, left))
                return 0;

        for (size_t at = 0; at + sizeof(*left) <= list->size; at += sizeof(*left)) {
                Left *other = (Left *)(list->data + at);

                if (!guid_equal(&other->invocation_id, &left->invocation_id))
                        continue;
                if (le64toh(other->usn) < le64toh(left->usn))
                        other->usn = left->usn;
                return 0;
        }

        return buffer_append(list, left, sizeof(*left));
}

/* A vector that makes no sense covers nothing. */
static int read_vector(const Feed *feed, UtdVector *ret)
{
        int r;

        r = utd_vector_parse(feed->answer.vector.data, feed->answer.vector.size, ret);
        return r == -EBADMSG ? 0 : r;
}

/* Those of the cursor that the vector just read does not cover. */
static int list_open(const Feed *feed, const UtdVector *vector, Buffer *ret)
{
        const Buffer *list = &feed->domain->cursor.unconfirmed;
        int r;

        for (size_t at = 0; at + sizeof(Left) <= list->size; at += sizeof(Left)) {
                Left left;

                memcpy(&left, list->data + at, sizeof(left));
                r = keep(feed, vector, &left, ret);
                if (r < 0)
                        return r;
        }

        return 0;
}

int feed_unconfirmed_read(Feed *feed)
{
        const Cursor *cursor = &feed->domain->cursor;
        FeedAnswer *answer = &feed->answer;
        _cleanup_(utd_vector_done) UtdVector vector = {};
        int r;

        buffer_reset(&answer->unconfirmed);
        answer->unconfirmed_since = 0;
        if (answer->is_same_epoch && cursor->unconfirmed.size == 0)
                return 0;

        r = read_vector(feed, &vector);
        if (r < 0)
                return r;
        r = list_open(feed, &vector, &answer->unconfirmed);
        if (r < 0)
                return r;

        if (!answer->is_same_epoch) {
                const Left left = { cursor->invocation_id, htole64((uint64_t)feed_seen(feed)) };

                r = keep(feed, &vector, &left, &answer->unconfirmed);
                if (r < 0)
                        return r;
        }

        if (answer->unconfirmed.size > 0)
                answer->unconfirmed_since = cursor->unconfirmed_since ? cursor->unconfirmed_since
                                                                      : answer->started_wall;
        return 0;
}

bool feed_unconfirmed_is_only_owed(const Feed *feed)
{
        const Buffer *list = &feed->answer.unconfirmed;
        Left left;

        if (list->size != sizeof(left))
                return false;

        memcpy(&left, list->data, sizeof(left));
        return guid_is_null(&left.invocation_id);
}

int feed_unconfirmed_owe(Feed *feed)
{
        const Left owed = {};
        const UtdVector nothing = {};

        return keep(feed, &nothing, &owed, &feed->answer.unconfirmed);
}

bool feed_unconfirmed_is_ahead(const Feed *feed)
{
        const Buffer *list = &feed->answer.unconfirmed;

        for (size_t at = 0; at + sizeof(Left) <= list->size; at += sizeof(Left)) {
                Left left;

                memcpy(&left, list->data + at, sizeof(left));
                if (guid_equal(&left.invocation_id, &feed->server.invocation_id))
                        return true;
        }

        return false;
}

bool feed_unconfirmed_has_news(const Feed *feed)
{
        return feed->answer.unconfirmed.size < feed->domain->cursor.unconfirmed.size;
}

/* Only a full read may say so, and only after waiting in vain or on somebody's word. */
void feed_unconfirmed_end(Feed *feed)
{
        buffer_reset(&feed->answer.unconfirmed);
        feed->answer.unconfirmed_since = 0;
}
