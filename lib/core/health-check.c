/* SPDX-License-Identifier: MIT */
#include "lib/core/health-check.h"

#include <string.h>

/*
 * A loaded machine writes a little late, and times are whole seconds: this much is nobody's fault. Long enough for a turn of a slow
 * disk, short against every interval at which monitoring asks.
 */
#define GRACE_SECONDS 15

static bool health_is_of_this_boot(const Health *health, const HealthClock *clock)
{
        return health->boot_id && clock->boot_id && health->next_write_due_boottime > 0 &&
               strcmp(health->boot_id, clock->boot_id) == 0;
}

static int64_t health_overdue(const Health *health, const HealthClock *clock)
{
        if (health_is_of_this_boot(health, clock))
                return clock->boottime - health->next_write_due_boottime;

        return clock->now - health->next_write_due;
}

static HealthLife health_said(const Health *health)
{
        static const struct {
                const char *state;
                HealthLife life;
        } rows[] = {
                { "running", HEALTH_ALIVE },
                { "starting", HEALTH_STARTING },
                { "stopping", HEALTH_STOPPING },
                { "stopped", HEALTH_STOPPED },
        };

        for (size_t i = 0; health->state && i < sizeof(rows) / sizeof(rows[0]); i++)
                if (strcmp(health->state, rows[i].state) == 0)
                        return rows[i].life;

        return HEALTH_ALIVE; /* a newer daemon's word: it did write, and in time */
}

HealthLife health_life(const Health *health, const HealthClock *clock, int64_t *ret_overdue)
{
        HealthLife said = health_said(health);
        int64_t overdue = health_overdue(health, clock);

        *ret_overdue = 0;
        if (said == HEALTH_STOPPED)
                return said;

        if (overdue > GRACE_SECONDS) {
                *ret_overdue = overdue;
                return HEALTH_STALE;
        }

        if (health->written_at > clock->now + GRACE_SECONDS)
                return HEALTH_FUTURE;

        return said;
}

HealthFreshness health_freshness(const HealthDomain *domain, int64_t now, int64_t max_age)
{
        int64_t stale_after = domain->stale_after;

        if (domain->last_poll_ok == 0) {
                /* A first read that broke off again and again must not look like progress for ever. */
                if (domain->full_read_objects >= 0 && domain->full_reads_interrupted == 0)
                        return FRESHNESS_FIRST_READ;
                return FRESHNESS_NEVER;
        }

        if (max_age > 0)
                stale_after = domain->last_poll_ok + max_age;

        return now > stale_after ? FRESHNESS_STALE : FRESHNESS_CURRENT;
}
