/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The follower from inside, for its own files:
 *
 *   follower.c             the drive: what the feed wants is done, until it wants to wait; life; what others may ask
 *   follower-connection.c  connecting, and what a session brings
 *   follower-origin.c      what somebody wants to know of one object
 *   follower-logon.c       what other domain controllers know of the connector
 */

#include <systemd/sd-event.h>

#include "daemon/complaint.h"
#include "daemon/connect.h"
#include "daemon/discover.h"
#include "daemon/follower.h"
#include "daemon/manager.h"
#include "daemon/pace.h"
#include "daemon/session.h"
#include "lib/state/origin.h"

typedef struct FollowerLogon FollowerLogon;

struct Follower {
        Manager *manager;
        const DomainConfig *config;

        char *name; /* of the domain: also when its configuration has gone */
        Domain domain;
        Feed *feed;
        Discover *discover;
        FollowerState state;

        /* One of them, or neither. What has ended is freed by the next drive: never from its own callback. */
        Connect *connect;
        const ConnectResult *connect_result; /* it has ended */
        Session *session;
        bool session_has_ended;

        sd_event_source *work;  /* the next drive, as soon as possible */
        sd_event_source *timer; /* the next drive, later */
        Pace pace;              /* of local work */

        bool is_idle;     /* nothing is asked of the server: it may hang up without harm */
        bool has_tried;   /* once at least to connect */
        bool is_reported; /* the present connection was logged */

        Origin *origin; /* what was asked beside the feed; NULL: nothing */
        bool origin_is_sent;
        bool origin_is_known;
        bool origin_is_fetched;  /* somebody else may be waiting for his turn */
        int origin_failure;      /* 0, or why it is not known */
        int64_t origin_known_at; /* milliseconds, as manager_now() */

        FollowerLogon *logon; /* beside the feed, too: a domain controller that is not followed */

        Complaint complaint;
        int64_t deletions_held, missed, differences; /* as last told */
        bool has_told_tombstones;
        int64_t told_reading; /* the full read that was told, counted from 1 */
};

/* The next drive, on a turn of its own. */
void follower_schedule(Follower *follower);

/* Something failed: told by the next drive, which knows when it is tried again. See complaint_add(). */
void follower_complain(Follower *follower, const char *message_id, const char *code,
                       const char *text);

/* The database or memory failed, where r is negative: the feed has dropped its answer and goes on from there. */
void follower_survive(Follower *follower, int r);

/* follower-origin.c: the one question beside the feed */
bool follower_origin_send(
        Follower *follower); /* where one waits: true, and the feed has to wait for the answer */
void follower_origin_next(
        Follower *follower); /* after one was fetched: whoever asked meanwhile asks again */
int follower_origin_entry(Follower *follower, const Object *object);
void follower_origin_result(Follower *follower, int code);
void follower_origin_lost(Follower *follower); /* the connection is gone */
void follower_origin_done(Follower *follower);

/* follower-logon.c: others are asked for the connector's logons */
int follower_logon_new(Follower *follower); /* 0 or -ENOMEM */
void follower_logon_free(Follower *follower);
bool follower_logon_may_be_freed(const Follower *follower);
int64_t follower_logon_next(
        Follower *follower); /* asks, if it is time. When to look again: milliseconds */
void follower_logon_reap(Follower *follower);  /* not from a callback */
void follower_logon_reset(Follower *follower); /* its configuration goes */

/* follower-connection.c */

/* Not from a callback of the session. */
void follower_hang_up(Follower *follower);

/* The attempt has ended: attaches the connection, or complains; frees the attempt either way. */
void follower_finish_connect(Follower *follower);
