/* SPDX-License-Identifier: MIT */
#pragma once

/* A hash table from GUIDs to numbers, for the length of one answer. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/core/guid.h"

typedef struct GuidMap {
        struct GuidMapSlot *slots;
        size_t n;
        size_t n_slots; /* a power of two, or 0 */
} GuidMap;

void guid_map_done(GuidMap *map);

/* Adds or replaces; any value but UINT64_MAX. 0 or -ENOMEM. */
int guid_map_put(GuidMap *map, const Guid *guid, uint64_t value);

/* Returns whether it is there; ret may be NULL. */
bool guid_map_get(const GuidMap *map, const Guid *guid, uint64_t *ret);
