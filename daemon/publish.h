/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The outbox: tells the journal what the event table holds above meta.published, in order, each at least once. After a crash
 * between telling and noting, some are told again; none is ever lost.
 */

#include <stdbool.h>

#include "lib/state/store.h"

enum {
        PUBLISH_MORE = 1, /* call again */
};

/*
 * Tells at most `limit` events and notes how far it came. 0: all told. PUBLISH_MORE. Negative: the database failed. While an answer
 * is being applied nothing is told and 0 returned: what stands in an open transaction has not happened yet.
 */
int publish_events(Store *store, unsigned limit);
