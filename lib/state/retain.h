/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * How long things are remembered: deleted objects for KeepDeletedDays=, then nothing of them is left but what the events tell;
 * events for KeepEventsDays=, and as long as the journal was not told. And what is forgotten before its time, because somebody asks.
 */

#include "lib/core/config.h"
#include "lib/core/guid.h"
#include "lib/state/store.h"

enum {
        RETAIN_MORE = 1,  /* call again */
        RETAIN_ALIVE = 2, /* a directory still has it, and the next full read would bring it back */
};

/*
 * Forgets at most about `limit` rows in a transaction of its own. 0: there is nothing older left. RETAIN_MORE. Negative: rolled
 * back. Only while no answer is staged or applied, in any domain: those hold row ids.
 */
int retain_step(Store *store, const Config *config, int64_t now, unsigned limit);

/* What there was of an object: rows (one in each domain that had it), and events. */
typedef struct Forgotten {
        int64_t objects, events;
} Forgotten;

/*
 * Forgets a deleted object at once, with all that happened to it, told to the journal or not; also where only the events are left. In a
 * transaction of its own; when, as above. 0; RETAIN_ALIVE, or negative, and nothing has changed.
 */
int retain_forget(Store *store, const Config *config, int64_t now, const Guid *guid,
                  Forgotten *ret);
