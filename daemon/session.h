/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A bound connection in the loop: sends what the feed wants to know and hands back Objects and results. libldap's types
 * end here. Never blocks: the socket is non-blocking, a turn ends after a budget of entries or time, and every request
 * has a deadline of its own.
 *
 * Outstanding at a time: one ordinary request, and one notification request beside it.
 */

#include <stdint.h>
#include <systemd/sd-event.h>

#include "lib/core/object.h"
#include "lib/core/util.h"
#include "lib/state/feed.h"

struct ldap;

typedef struct Session Session;

/* Why a session ended: name, the code that stands in health.json and never changes, meaning. */
/* clang-format off */
#define SESSION_END_TABLE(X)                                                                          \
        X(CLOSED,       "connection-closed", "by the server, or on the way")                          \
        X(DISCONNECTED, "server-shutdown",   "the server said that it closes the connection")         \
        X(TIMEOUT,      "request-timeout",   "neither an entry nor the result came in the request's time") \
        X(PROTOCOL,     "protocol-error",    "what came was not LDAP, or larger than any answer may be") \
        X(INTERNAL,     "internal-error",    "no memory, or a handler returned negative")
/* clang-format on */

typedef enum SessionEnd {
#define SESSION_END_ENUM(name, code, meaning) SESSION_##name,
        SESSION_END_TABLE(SESSION_END_ENUM)
#undef SESSION_END_ENUM
} SessionEnd;

const char *session_end_code(SessionEnd end);

/*
 * All run in the loop, from the session's own event sources, never from within session_send(). session_send() may be
 * called in each; session_free() in none: free on a later turn (a defer source). entry, result and notified return 0,
 * or negative to end the session (then `closed` follows with SESSION_INTERNAL).
 */
typedef struct SessionOps {
        /*
         * One entry of the ordinary request, sealed, with `known` = the requested attributes. Valid during the call.
         */
        int (*entry)(Session *session, const Object *object, void *userdata);

        /*
         * The end of the ordinary request, of whatever type the final message was. The next may be sent now.
         */
        int (*result)(Session *session, const FeedResult *result, void *userdata);

        /* Something changed below the base of the notification request. May be NULL. */
        int (*notified)(Session *session, void *userdata);

        /*
         * The notification request ended with this code (53: the server does not want it); the session lives on. May be NULL.
         */
        int (*notify_ended)(Session *session, int code, void *userdata);

        /*
         * The session is over; once, and last. An outstanding request gets no result. `text` is one
         * sentence for the log.
         */
        void (*closed)(Session *session, SessionEnd end, const char *text, void *userdata);
} SessionOps;

/*
 * Takes over a bound handle from connect_take(); it is closed on failure too. `ops` and userdata must outlive the
 * session. 0 or negative errno.
 */
int session_new(sd_event *event, struct ldap *handle, const SessionOps *ops, void *userdata,
                Session **ret);

/* Closes at once, waiting for nothing and without a callback. Not from its own callback. */
Session *session_free(Session *session);
DEFINE_CLEANUP(Session, session_free)

/*
 * Sends a search; nothing of `request` is kept. 0, also where the connection turns out to be broken (then `closed`
 * follows on a later turn); -EBUSY while one of its sort is outstanding; -ENOTCONN after `closed`; -EINVAL for a filter
 * that is none; -ENOMEM.
 */
int session_send(Session *session, const FeedRequest *request);

/* Gives up the ordinary request: neither entry nor result of it will come. None: does nothing. */
void session_abandon(Session *session);

/* Entries decoded so far, for statistics. */
uint64_t session_n_entries(const Session *session);
