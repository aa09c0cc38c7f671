/* SPDX-License-Identifier: MIT */
#include "lib/state/guid-map.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "lib/core/hash.h"

typedef struct GuidMapSlot {
        Guid guid;
        uint64_t value; /* plus one; 0: free */
} GuidMapSlot;

void guid_map_done(GuidMap *map)
{
        free(map->slots);
        *map = (GuidMap){};
}

/* The slot of a GUID, or the free one where it belongs. There is always a free one. */
static GuidMapSlot *guid_map_slot(const GuidMap *map, const Guid *guid)
{
        size_t at = hash_finish(hash_bytes(HASH_INIT, guid->bytes, sizeof(guid->bytes))) &
                    (map->n_slots - 1);

        while (map->slots[at].value != 0 && !guid_equal(&map->slots[at].guid, guid))
                at = (at + 1) & (map->n_slots - 1);
        return &map->slots[at];
}

static int guid_map_grow(GuidMap *map)
{
        GuidMap larger = { .n = map->n, .n_slots = map->n_slots ? map->n_slots * 2 : 64 };

        larger.slots = calloc(larger.n_slots, sizeof(*larger.slots));
        if (!larger.slots)
                return -ENOMEM;

        for (size_t i = 0; i < map->n_slots; i++)
                if (map->slots[i].value != 0)
                        *guid_map_slot(&larger, &map->slots[i].guid) = map->slots[i];

        free(map->slots);
        *map = larger;
        return 0;
}

int guid_map_put(GuidMap *map, const Guid *guid, uint64_t value)
{
        GuidMapSlot *slot;
        int r;

        assert(value != UINT64_MAX);

        if (map->n >= map->n_slots / 4 * 3) {
                r = guid_map_grow(map);
                if (r < 0)
                        return r;
        }

        slot = guid_map_slot(map, guid);
        if (slot->value == 0)
                map->n++;
        *slot = (GuidMapSlot){ .guid = *guid, .value = value + 1 };
        return 0;
}

bool guid_map_get(const GuidMap *map, const Guid *guid, uint64_t *ret)
{
        const GuidMapSlot *slot;

        if (map->n == 0)
                return false;

        slot = guid_map_slot(map, guid);
        if (slot->value != 0 && ret)
                *ret = slot->value - 1;
        return slot->value != 0;
}
