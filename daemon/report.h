/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What monitoring is told: health.json and scand.prom in the runtime directory, and one line for systemctl status. All are lib's
 * Health, filled from what the manager knows and from the maintained counts.
 */

#include "daemon/manager.h"
#include "lib/core/health.h"

enum {
        REPORT_INTERVAL_SECONDS =
                30, /* between two writes, at most; what next_write_due promises */
};

/*
 * Fills *ret, which is empty or of the last time: counts cannot be read while a transaction is open, and then stay as they are.
 * 0 or negative.
 */
int report_fill(Manager *manager, Health *ret);

/*
 * Writes it as health.json and as scand.prom, readable by all, each over the former one in one step. 0 or the first negative
 * errno; the other file is written all the same.
 */
int report_write(const Health *health, const char *directory);

/* "2 domains: 1 following, 1 waiting; 1003 objects; 12 errors, 3 warnings". NULL: no memory. The caller frees it. */
char *report_line(const Health *health);
