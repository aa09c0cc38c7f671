/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * How many members a group has, where they are so many that rules ask: counted beside the search, which never brings them. What was
 * counted anew is judged with the next answer, or as soon as there is a look at what the clock has changed.
 */

#include "lib/core/guid.h"
#include "lib/state/guid-list.h"
#include "lib/state/store.h"

/* Takes down a number; 0: too few to be kept. 0 or negative. */
int measure_put(Store *store, int64_t domain, const Guid *guid, int64_t n);

/* 1 and the number; 0: few, or never counted; negative: errno. */
int measure_get(Store *store, int64_t domain, const Guid *guid, int64_t *ret);

/* Is there any number at all? 1, 0 or negative. */
int measure_exists(Store *store);

/* Appends the objects whose number is new; and says that they were judged by it. 0 or negative. */
int measure_list_news(Store *store, int64_t domain, GuidList *ret);
int measure_settle(Store *store, int64_t domain);

int measure_forget(Store *store, int64_t domain, const Guid *guid);

/* Up to which USN of which epoch all groups were counted, and those kept that have so many: 1; 0: never; negative. */
int measure_counted(Store *store, int64_t domain, Guid *ret_epoch, int64_t *ret_usn,
                    int64_t *ret_least);
int measure_set_counted(Store *store, int64_t domain, const Guid *epoch, int64_t usn,
                        int64_t least);
