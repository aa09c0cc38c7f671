/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Repairs of many objects at once: found one by one, then tried all together on a copy of the cache. What is promised to close is what
 * closes there, and where anything opened, the repair that did it is taken back.
 */

#include "lib/core/repair.h"
#include "lib/state/query.h"

typedef struct Fix {
        int64_t object; /* row id */
        Object *before, *after;
        char *domain;
        Repair repair;
} Fix;

typedef struct FixList {
        Fix *fixes; /* in the order of their rows, so that the same comes each time */
        size_t n_fixes;
        size_t n_wanted;     /* objects that have a finding of the filter */
        FindingList *closes; /* what closes when all are applied; of the store that was asked */

        struct FixMemory *memory; /* private */
} FixList;

/*
 * The filter's findings are to be repaired. Borrows store and configuration. 0; QUERY_NO_DOMAIN or QUERY_NO_CONTAINER; or negative,
 * with a sentence in *ret_error where there is one to say (the caller frees it).
 */
int fix_list_new(Store *store, const Config *config, const FindingFilter *filter, int64_t now,
                 FixList **ret, char **ret_error);
FixList *fix_list_free(FixList *list);
DEFINE_CLEANUP(FixList, fix_list_free)
