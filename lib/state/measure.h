/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What was found out of single objects beside the search, which never brings it, as a number: how many members a group has, whether the
 * connector may write to an account. What is new is judged with the next answer, or as soon as there is a look at what the clock has
 * changed.
 */

#include "lib/core/attribute.h"
#include "lib/core/guid.h"
#include "lib/state/guid-list.h"
#include "lib/state/store.h"

/* Kinds of measures that an object can have, and room for more. */
#define MEASURES_MOST 8

typedef struct Measure {
        Guid guid;
        AttributeId attribute; /* what it is */
        int64_t n;             /* more than 0 */
} Measure;

/* Takes down a number; 0: too few to be kept. 0 or negative. */
int measure_put(Store *store, int64_t domain, const Guid *guid, AttributeId attribute, int64_t n);

/* 1 and the number; 0: few, or never counted; negative: errno. */
int measure_get(Store *store, int64_t domain, const Guid *guid, AttributeId attribute,
                int64_t *ret);

/* All that there is of an object: how many, at most `most`, or negative. */
int measure_of(Store *store, int64_t domain, const Guid *guid, Measure *ret, size_t most);

typedef struct MeasureList {
        Measure *entries;
        size_t n, n_allocated;
} MeasureList;

void measure_list_done(MeasureList *list);
int measure_list_add(MeasureList *list, const Guid *guid, AttributeId attribute,
                     int64_t n); /* 0 or -ENOMEM */

/* A survey of all objects has ended: what it found of one attribute, and nothing else, is so. 0 or negative. */
int measure_replace(Store *store, int64_t domain, AttributeId attribute, const MeasureList *found);

/* Is there any number at all? 1, 0 or negative. */
int measure_exists(Store *store);

/* Appends the objects of which a number is new; and says that they were judged by it. 0 or negative. */
int measure_list_news(Store *store, int64_t domain, GuidList *ret);
int measure_settle(Store *store, int64_t domain);

int measure_forget(Store *store, int64_t domain, const Guid *guid);

/* Up to which USN of which epoch all groups were counted, and those kept that have so many: 1; 0: never; negative. */
int measure_counted(Store *store, int64_t domain, Guid *ret_epoch, int64_t *ret_usn,
                    int64_t *ret_least);
int measure_set_counted(Store *store, int64_t domain, const Guid *epoch, int64_t usn,
                        int64_t least);
