/* SPDX-License-Identifier: MIT */
#include "daemon/manager-internal.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "daemon/log.h"
#include "lib/state/acceptance.h"

#define SECOND_USEC UINT64_C(1000000)

/* An answer is being applied, or the disk is full: again after this. */
#define BUSY_USEC   (2 * SECOND_USEC)
#define FAILED_USEC (60 * SECOND_USEC)

/* In one transaction, so that no turn of the loop is long. */
#define EXPIRE_AT_ONCE 50

/* Wakes up when the next one ends; never, where none is left. Wall clock: a day is a day, whatever the machine did meanwhile. */
static int manager_expect_end(Manager *manager)
{
        int64_t next;
        int r;

        r = acceptance_next(manager->store, &next);
        if (r < 0)
                return r;
        if (next == 0)
                return sd_event_source_set_enabled(manager->expire, SD_EVENT_OFF);

        r = sd_event_source_set_time(manager->expire,
                                     (uint64_t)(next > 0 ? next : 0) * SECOND_USEC);
        if (r >= 0)
                r = sd_event_source_set_enabled(manager->expire, SD_EVENT_ONESHOT);
        return r;
}

static int on_expire(sd_event_source *source, uint64_t usec, void *userdata)
{
        Manager *manager = userdata;
        uint64_t again = BUSY_USEC;
        int r = 0;

        manager_note_turn(manager, "ending what was accepted");
        (void)sd_event_source_set_time_relative(source, FAILED_USEC);
        manager_enable(source);

        if (!store_in_transaction(manager->store)) {
                r = acceptance_expire(manager->store, manager_wall(manager), EXPIRE_AT_ONCE);
                if (r > 0)
                        manager_committed(manager);
                if (r >= 0)
                        r = manager_expect_end(manager);
                if (r >= 0)
                        return 0;
                log_error("cannot end what was accepted: %s (%s), trying again in a minute",
                          strerror(-r), store_error(manager->store));
                again = FAILED_USEC;
        }

        (void)sd_event_source_set_time_relative(source, again);
        return 0;
}

int manager_watch_acceptances(Manager *manager)
{
        int r;

        r = sd_event_add_time(manager->event, &manager->expire, CLOCK_REALTIME, 0, 0, on_expire,
                              manager);
        if (r >= 0)
                (void)sd_event_source_set_description(manager->expire, "expire");
        return r;
}

int manager_accept(Manager *manager, const ControlRequest *request, int64_t uid, size_t *ret_n)
{
        AcceptanceTarget targets[CONTROL_FINDINGS_MAX];
        const AcceptanceTerms terms = {
                .now = manager_wall(manager),
                .until = request->until,
                .uid = uid,
                .who = request->who,
                .why = request->verb == CONTROL_ACCEPT ? request->why : NULL,
        };
        int r;

        if (store_in_transaction(manager->store))
                return MANAGER_BUSY;

        for (size_t i = 0; i < request->n_findings; i++)
                targets[i] = (AcceptanceTarget){ .object = request->findings[i].object,
                                                 .finding = request->findings[i].id };

        manager_note_turn(manager, "accepting findings");
        r = (request->verb == CONTROL_ACCEPT ? acceptance_set : acceptance_undo)(
                manager->store, &terms, targets, request->n_findings, ret_n);
        if (r < 0) {
                log_error("cannot write what was accepted: %s (%s)", strerror(-r),
                          store_error(manager->store));
                return r;
        }

        manager_committed(manager);
        return manager_expect_end(manager);
}
