/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A set of row ids, a bit each: those of a domain follow each other, so that hundreds of thousands take some tens of KiB, and nothing needs
 * to be sorted.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/core/util.h"

typedef struct IdSet {
        struct IdSetPage *pages; /* in the order of their numbers */
        size_t n, n_allocated;
} IdSet;

void id_set_done(IdSet *set);

/* 0; 1: it was there already; -ENOMEM. */
int id_set_add(IdSet *set, int64_t id);

void id_set_remove(IdSet *set, int64_t id);

bool id_set_has(const IdSet *set, int64_t id);

/* The first one behind this. False: there is none. */
bool id_set_next(const IdSet *set, int64_t after, int64_t *ret);
