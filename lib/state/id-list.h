/* SPDX-License-Identifier: MIT */
#pragma once

/* A growing list of row ids or keys. */

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "lib/core/util.h"

typedef struct IdList {
        int64_t *ids;
        size_t n;
        size_t n_allocated;
} IdList;

static inline void id_list_done(IdList *list)
{
        free(list->ids);
        *list = (IdList){};
}

#define _cleanup_id_list_ _cleanup_(id_list_done)

/* 0 or -ENOMEM. */
int id_list_add(IdList *list, int64_t id);

/* In order, each once. */
void id_list_sort(IdList *list);
