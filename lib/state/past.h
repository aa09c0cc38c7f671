/* SPDX-License-Identifier: MIT */
#pragma once

/* What the event log has of one object's history, as judging takes it: see lib/core/past.h. */

#include "lib/core/buffer.h"
#include "lib/core/guid.h"
#include "lib/core/past.h"
#include "lib/state/store.h"

/* Kept and used again. */
typedef struct PastList {
        PastEvent *events; /* the oldest first */
        size_t n, n_allocated;
        Buffer bytes; /* behind the values */
} PastList;

void past_list_done(PastList *list);

/* 0 or negative. Of an object that changed again and again, the newest. */
int past_list_read(PastList *list, Store *store, int64_t domain, const Guid *guid);

/* Is there anything of the kind in the log at all? 1, 0 or negative. */
int past_exists(Store *store);
