/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The manager from inside, for its own files:
 *
 *   manager.c         life, the loop, signals, what is told to systemd and monitoring
 *   manager-queue.c   what followers ask for: clocks, the connecting thread, the transaction
 *   manager-acceptance.c  what is accepted, and when that ends
 *   manager-forget.c  what is forgotten: after its days, or because somebody asks
 *   manager-config.c  which domains there are: at the start, after a reload
 */

#include "daemon/control.h"
#include "daemon/intake.h"
#include "daemon/manager.h"
#include "daemon/worker.h"
#include "lib/core/health.h"
#include "lib/state/erasure.h"

/* One domain's place in the queue. */
typedef struct Place {
        Follower *follower;
        bool wants_connect;
        bool wants_logon; /* for something that can wait */
        bool is_leaving; /* not configured any more: freed as soon as its connecting thread has ended */
} Place;

struct Manager {
        ManagerSettings settings;
        Config *config;
        char *runtime_directory; /* as at the start: only a restart changes it */
        sd_event *event;
        Store *store;
        Control *control;

        Place *places;
        size_t n_places;
        size_t next; /* who may connect next, so that a domain whose DCs are down does not starve the others */
        Follower *connecting;
        bool is_logon; /* that is for something that can wait */
        Follower *applying;
        Intake *intake;
        Worker *worker; /* the Store's */
        bool is_importing; /* the transaction is the intake's */

        ManagerState state;
        int64_t since;
        Health health;       /* as told last */
        int64_t reported_at; /* usec */
        int64_t longest_turn;
        const char *turn; /* what the present turn of the loop is about */
        char *status;     /* as told to systemd last */

        sd_event_source *report;  /* timer */
        sd_event_source *retain;  /* timer: something may be old enough to be forgotten */
        Erasure erasure;          /* of a domain that left */
        bool is_forget_awaited;   /* somebody asked for it while an answer was on its way */
        sd_event_source *expire;  /* timer: the day of what was accepted longest ago has come */
        sd_event_source *publish; /* defer: there may be events to tell */
        sd_event_source
                *queue; /* defer: a thread or a transaction may be free, somebody may leave */
};

static inline void manager_enable(sd_event_source *source)
{
        (void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* Brings the next report forward, but never two within a second. */
void manager_report_soon(Manager *manager);

/* manager-queue.c: the handler of the queue source. */
int manager_on_queue(sd_event_source *source, void *userdata);

/* manager-acceptance.c: makes its timer, which looks at once. 0 or negative. */
int manager_watch_acceptances(Manager *manager);

/* manager-forget.c: makes its timer, which looks at once. 0 or negative. */
int manager_watch_what_is_old(Manager *manager);

/* manager-config.c: what is in the database and not in the configuration is shown no more. Logs what fails. */
int manager_retire_others(Manager *manager);

/* Likewise: makes a follower for a configured domain and starts it. 0 or negative. */
int manager_add_domain(Manager *manager, const DomainConfig *config);
