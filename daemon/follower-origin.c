/* SPDX-License-Identifier: MIT */

/*
 * What scanctl wants to know of one object, and only the domain controller can tell. It is asked over the feed's connection, between
 * two of its questions: a second connection would cost a bind, and a server a session, for one search.
 */

#include "daemon/follower-internal.h"

#include <errno.h>

/* Whoever asked has gone if he has not fetched it by then. */
#define KEPT_MSEC 2000

void follower_origin_done(Follower *follower)
{
        follower->origin = origin_free(follower->origin);
        follower->origin_is_sent = false;
        follower->origin_is_known = false;
        follower->origin_failure = 0;
}

static void origin_known(Follower *follower, int failure)
{
        follower->origin_is_sent = false;
        follower->origin_is_known = true;
        follower->origin_failure = failure;
        follower->origin_known_at = manager_now(follower->manager);
        manager_origin_answered(follower->manager);
}

static int origin_take(Follower *follower, char **ret_text)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;
        int r = follower->origin_failure;

        if (r >= 0)
                r = origin_text(follower->origin, &text);
        if (r >= 0) {
                *ret_text = buffer_steal_string(&text);
                r = *ret_text ? 0 : -ENOMEM;
        }
        follower_origin_done(follower);
        follower->origin_is_fetched = true;
        follower_schedule(follower);
        return r;
}

void follower_origin_next(Follower *follower)
{
        if (!follower->origin_is_fetched)
                return;

        follower->origin_is_fetched = false;
        manager_origin_answered(follower->manager);
}

int follower_origin(Follower *follower, const Guid *guid, char **ret_text)
{
        bool is_old = follower->origin_known_at + KEPT_MSEC < manager_now(follower->manager);
        int r;

        if (follower->origin && follower->origin_is_known &&
            guid_equal(origin_guid(follower->origin), guid))
                return origin_take(follower, ret_text);
        if (follower->origin && !(follower->origin_is_known && is_old))
                return MANAGER_BUSY;

        follower_origin_done(follower);
        if (!follower->session || follower->session_has_ended || !follower->domain.configuration_nc)
                return -ENOTCONN;
        r = origin_new(guid, follower->domain.configuration_nc, &follower->origin);
        if (r < 0)
                return r;

        follower_schedule(follower);
        return MANAGER_BUSY;
}

bool follower_origin_send(Follower *follower)
{
        if (!follower->origin || follower->origin_is_known || follower->origin_is_sent)
                return false;

        /* Where the connection turns out to be broken, on_closed() comes. */
        follower->origin_is_sent = true;
        if (session_send(follower->session, origin_request(follower->origin)) < 0) {
                origin_known(follower, -EIO);
                return false;
        }
        return true;
}

int follower_origin_entry(Follower *follower, const Object *object)
{
        (void)origin_entry(follower->origin, object);
        return 0;
}

void follower_origin_result(Follower *follower, int code)
{
        int r;

        r = origin_result(follower->origin, code);
        if (r == ORIGIN_MORE)
                r = session_send(follower->session, origin_request(follower->origin)) < 0
                            ? -EIO
                            : ORIGIN_MORE;
        if (r == ORIGIN_MORE)
                return;

        origin_known(follower, r);
        follower_schedule(follower);
}

void follower_origin_lost(Follower *follower)
{
        if (follower->origin && !follower->origin_is_known)
                origin_known(follower, -ENOTCONN);
}
