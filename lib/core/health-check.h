/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Can health.json be believed, and is what it tells still current? One judgement for check_scand and `scanctl status`. Pure: the
 * clocks are arguments. Needs nothing but health.h, because check_scand links nothing else.
 */

#include "lib/core/health.h"

/* The clocks of the machine that reads. */
typedef struct HealthClock {
        int64_t now;         /* Unix seconds */
        int64_t boottime;    /* CLOCK_BOOTTIME seconds */
        const char *boot_id; /* of /proc/sys/kernel/random/boot_id; NULL: not known */
} HealthClock;

typedef enum HealthLife {
        HEALTH_ALIVE,
        HEALTH_STARTING,
        HEALTH_STOPPING,
        HEALTH_STOPPED, /* it said so itself */
        HEALTH_STALE,   /* it promised to write again and did not: killed, hung, or the disk is full */
        HEALTH_FUTURE,  /* written after now: one of two clocks is wrong, so no age can be told */
} HealthLife;

/*
 * `*ret_overdue` are the seconds since the promised write for HEALTH_STALE, else 0. Within one boot the clock that never steps
 * decides, so that setting the time neither hides a dead daemon nor kills a live one.
 */
HealthLife health_life(const Health *health, const HealthClock *clock, int64_t *ret_overdue);

typedef enum HealthFreshness {
        FRESHNESS_CURRENT,
        FRESHNESS_FIRST_READ, /* nothing to show yet, and the first read is under way */
        FRESHNESS_NEVER,      /* nothing was ever read, and nothing is on the way */
        FRESHNESS_STALE,
} HealthFreshness;

/* `max_age`: seconds, 0: as the daemon itself says in stale_after. */
HealthFreshness health_freshness(const HealthDomain *domain, int64_t now, int64_t max_age);
