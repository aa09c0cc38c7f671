/* SPDX-License-Identifier: MIT */
#include "daemon/manager-internal.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "daemon/log.h"
#include "daemon/message-id.h"

enum {
        RETAIN_AT_ONCE = 100,           /* rows of each kind */
        ERASE_AT_ONCE = 500,            /* likewise: none of them is judged */
        RETAIN_MORE_USEC = 100 * 1000,  /* until more of the same */
        RETAIN_BUSY_USEC = 1000 * 1000, /* until somebody is idle */
        AWAITED_USEC = 100 * 1000,      /* the same where somebody waits for it */
};

#define RETAIN_INTERVAL_USEC (UINT64_C(3600) * 1000 * 1000)

/* While an answer is on its way, its rows are held by their ids. */
static bool manager_is_idle(const Manager *manager, bool *ret_is_following)
{
        const Follower *follower;
        FollowerView view;

        *ret_is_following = false;
        for (size_t i = 0; (follower = manager_follower(manager, i)); i++) {
                follower_look(follower, &view);
                if (!view.is_idle)
                        return false;
                *ret_is_following = *ret_is_following || view.state == FOLLOWER_FOLLOWING;
        }

        return !manager->applying && !manager->is_importing &&
               !store_in_transaction(manager->store);
}

/*
 * Nothing is forgotten by the clock before some domain is followed: a machine that comes up years ahead cannot log in by Kerberos, and must
 * not wipe out its history either.
 */
static int retain_some(Manager *manager, bool is_following)
{
        if (!is_following)
                return RETAIN_MORE;
        return retain_step(manager->store, manager->config, manager_wall(manager), RETAIN_AT_ONCE);
}

/* A little at a time, between polls; then not again for a while. Returns after how long. */
static uint64_t manager_retain(Manager *manager)
{
        bool is_following;
        int r, more;

        if (!manager_is_idle(manager, &is_following))
                return manager->is_forget_awaited ? AWAITED_USEC : RETAIN_BUSY_USEC;

        /* Answered now, or waiting again. */
        if (manager->is_forget_awaited) {
                manager->is_forget_awaited = false;
                control_transaction_free(manager->control);
                return RETAIN_MORE_USEC;
        }

        more = erasure_step(&manager->erasure, manager->store, ERASE_AT_ONCE);
        r = more < 0 ? more : retain_some(manager, is_following);
        if (r < 0)
                log_error("cannot forget what is old: %s (%s), trying again in an hour",
                          strerror(-r), store_error(manager->store));
        if (r >= 0 && more > 0)
                return RETAIN_MORE_USEC;
        if (r == RETAIN_MORE)
                return is_following ? RETAIN_MORE_USEC : RETAIN_BUSY_USEC;
        return RETAIN_INTERVAL_USEC;
}

static int on_retain(sd_event_source *source, uint64_t usec, void *userdata)
{
        Manager *manager = userdata;

        manager_note_turn(manager, "forgetting");
        (void)sd_event_source_set_time_relative(source, manager_retain(manager));
        manager_enable(source);
        return 0;
}

int manager_watch_what_is_old(Manager *manager)
{
        int r;

        r = sd_event_add_time(manager->event, &manager->retain, CLOCK_MONOTONIC, 0, 0, on_retain,
                              manager);
        if (r >= 0)
                (void)sd_event_source_set_description(manager->retain, "retain");
        return r;
}

/* --- because somebody asks --- */

/* False: whoever asks is answered when nothing is on its way any more. */
static bool manager_may_forget_now(Manager *manager)
{
        bool is_following;

        if (manager_is_idle(manager, &is_following))
                return true;

        manager->is_forget_awaited = true;
        (void)sd_event_source_set_time_relative(manager->retain, AWAITED_USEC);
        manager_enable(manager->retain);
        return false;
}

int manager_forget(Manager *manager, const Guid *guid, int64_t uid, Forgotten *ret)
{
        int r;

        if (!manager_may_forget_now(manager))
                return MANAGER_BUSY;

        manager_note_turn(manager, "forgetting an object");
        r = retain_forget(manager->store, manager->config, manager_wall(manager), guid, ret);
        if (r == RETAIN_ALIVE)
                return MANAGER_ALIVE;
        if (r < 0) {
                log_error("cannot forget an object: %s (%s)", strerror(-r),
                          store_error(manager->store));
                return r;
        }

        /* Whom it was about is what nobody is to know any more. */
        if (ret->objects > 0 || ret->events > 0)
                log_about(LOG_NOTICE, MESSAGE_FORGOTTEN, NULL,
                          "forgot a deleted object and %" PRIi64 " events of it, as uid %" PRIi64
                          " asked",
                          ret->events, uid);
        manager_committed(manager);
        return 0;
}

int manager_forget_domain(Manager *manager, const char *domain, int64_t uid, int64_t *ret_objects)
{
        int r;

        if (!manager_may_forget_now(manager))
                return MANAGER_BUSY;

        r = erasure_mark(manager->store, domain, ret_objects);
        switch (r) {
        case ERASURE_CONFIGURED:
                return MANAGER_ALIVE;
        case ERASURE_UNKNOWN:
                return -ENODEV;
        }
        if (r < 0) {
                log_error("cannot forget the domain %s: %s (%s)", domain, strerror(-r),
                          store_error(manager->store));
                return r;
        }

        log_about(LOG_NOTICE, MESSAGE_FORGOTTEN, domain,
                  "forgetting the domain and %" PRIi64 " objects of it, as uid %" PRIi64 " asked",
                  *ret_objects, uid);
        (void)sd_event_source_set_time_relative(manager->retain, RETAIN_MORE_USEC);
        manager_enable(manager->retain);
        manager_committed(manager);
        return 0;
}
