/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * How long things are remembered: deleted objects for KeepDeletedDays=, then nothing of them is left but what the events tell;
 * events for KeepEventsDays=, and as long as the journal was not told.
 */

#include "lib/core/config.h"
#include "lib/state/store.h"

enum {
        RETAIN_MORE = 1, /* call again */
};

/*
 * Forgets at most about `limit` rows in a transaction of its own. 0: there is nothing older left. RETAIN_MORE. Negative: rolled
 * back. Only while no answer is staged or applied, in any domain: those hold row ids.
 */
int retain_step(Store *store, const Config *config, int64_t now, unsigned limit);
