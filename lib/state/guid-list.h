/* SPDX-License-Identifier: MIT */
#pragma once

/* Objects by GUID, in the order in which they were added until they are sorted. All zero is the empty list. */

#include "lib/core/guid.h"
#include "lib/state/store.h"

typedef struct GuidList {
        Guid *guids;
        size_t n, n_allocated;
} GuidList;

void guid_list_done(GuidList *list);
int guid_list_add(GuidList *list, const Guid *guid); /* 0 or -ENOMEM */

/* Appends those that the rows of a bound statement have in a column. 0, -EUCLEAN (no GUID) or another negative errno. */
int guid_list_collect(GuidList *list, Statement *statement, int column);

/* In order, each once: a server may send an entry again on the next page. */
void guid_list_sort(GuidList *list);

int guid_list_compare(const void *a,
                      const void *b); /* of two Guid: the order of guid_list_sort() */
