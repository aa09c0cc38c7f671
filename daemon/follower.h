/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One domain: its feed, and the connection that feeds it. The feed knows what to ask and when, Discover knows whom, Connect and
 * Session know how; the follower carries between them and says in one word where it stands.
 *
 *     CONNECTING ──► READING ──► FOLLOWING        a full read, then changes
 *      ▲     │          │            │
 *      │     ▼          ▼            │
 *     WAITING ◄─────────┴────────────┘            for a server, or for the time to try again
 *
 *     STOPPING                                    from anywhere: told to end
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/config.h"
#include "lib/core/util.h"
#include "lib/state/feed.h"

typedef struct Follower Follower;
typedef struct Manager Manager;

typedef enum FollowerState {
        FOLLOWER_CONNECTING, /* in the queue for the one connecting thread, or in it */
        FOLLOWER_READING,
        FOLLOWER_FOLLOWING,
        FOLLOWER_WAITING,
        FOLLOWER_STOPPING,
} FollowerState;

const char *follower_state_name(FollowerState state); /* "connecting", … as in health.json */

/* The configuration must outlive it, or be replaced by follower_reconfigure(). Does nothing before follower_start(). */
int follower_new(Manager *manager, const DomainConfig *config, Follower **ret);
Follower *follower_free(Follower *follower); /* waits for a connecting thread: see connect_free() */
DEFINE_CLEANUP(Follower, follower_free)

int follower_start(Follower *follower);

/*
 * Gives up what is under way and forgets its configuration: nothing happens to it any more. Once follower_may_be_freed(),
 * follower_free() does not wait.
 */
void follower_stop(Follower *follower);
bool follower_may_be_freed(const Follower *follower);

/* After a reload: what changed decides whether it goes on, judges its cache again, or connects anew. */
int follower_reconfigure(Follower *follower, const DomainConfig *config);

void follower_rescan(Follower *follower, bool is_reconcile, bool accept_deletions);

/* See manager_origin(). The domain controller is asked when the feed has nothing to ask. */
int follower_origin(Follower *follower, const Guid *guid, char **ret_text);

/* By the manager: the connecting thread is free and this one's turn has come. 0, or negative where it did not start. */
int follower_connect(Follower *follower);
/* The same for a domain controller that is not followed; and gives up, for somebody who needs the thread more. */
int follower_logon_connect(Follower *follower);
void follower_logon_cancel(Follower *follower);
/* Likewise: another's transaction has ended. */
void follower_wake(Follower *follower);

const char *follower_name(const Follower *follower); /* the domain's */

/* What others may know of it. The pointers live until the next turn of the loop. */
typedef struct FollowerView {
        const DomainConfig *config;
        const Domain *domain;
        FollowerState state;
        FeedStatus feed;
        const char *site;       /* NULL: not known */
        unsigned failures;      /* in a row */
        const char *error_code; /* NULL: all is well */
        bool is_idle;           /* no answer is being read or applied */
        bool has_tried;         /* to connect, well or not */
} FollowerView;

void follower_look(const Follower *follower, FollowerView *ret);
