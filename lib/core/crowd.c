/* SPDX-License-Identifier: MIT */
#include "lib/core/crowd.h"

#include <errno.h>
#include <string.h>

#include "lib/core/hash.h"

#define NOBODY UINT32_MAX

typedef struct CrowdEntry {
        uint64_t hash;
        uint64_t group;
        Slice text;
        uint32_t first;
        uint32_t second;
        uint32_t use; /* another than the crowd's: the slot is free */
} CrowdEntry;

#define SLOTS_FIRST 64
#define SLOTS_KEPT  65536

void crowd_done(Crowd *crowd)
{
        free(crowd->entries);
        *crowd = (Crowd){};
}

void crowd_reset(Crowd *crowd)
{
        if (crowd->n_slots > SLOTS_KEPT)
                crowd_done(crowd);

        crowd->n_entries = 0;
        crowd->use++;
        if (crowd->use == 0 && crowd->n_slots > 0) {
                memset(crowd->entries, 0, crowd->n_slots * sizeof(*crowd->entries));
                crowd->use = 1;
        }
}

/* Eight bytes at a time: this table lives for one object or key, so unlike in claims the value need not stay for ever. */
static uint64_t crowd_hash(uint64_t group, Slice text)
{
        uint64_t hash = hash_finish(group + text.size), word;
        size_t i = 0;

        for (; i + sizeof(word) <= text.size; i += sizeof(word)) {
                memcpy(&word, text.data + i, sizeof(word));
                hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
                hash ^= hash >> 29;
        }
        return hash_finish(hash_bytes(hash, text.data + i, text.size - i));
}

/* The entry of this group and text, or the free one where it belongs. */
static CrowdEntry *crowd_find(const Crowd *crowd, uint64_t hash, uint64_t group, Slice text)
{
        for (size_t i = hash & (crowd->n_slots - 1);; i = (i + 1) & (crowd->n_slots - 1)) {
                CrowdEntry *entry = &crowd->entries[i];

                if (entry->use != crowd->use)
                        return entry;
                if (entry->hash == hash && entry->group == group && entry->text.size == text.size &&
                    (text.size == 0 || memcmp(entry->text.data, text.data, text.size) == 0))
                        return entry;
        }
}

static int crowd_grow(Crowd *crowd)
{
        Crowd larger = { .n_entries = crowd->n_entries, .use = 1 };

        larger.n_slots = crowd->n_slots ? crowd->n_slots * 2 : SLOTS_FIRST;
        larger.entries = calloc(larger.n_slots, sizeof(*larger.entries));
        if (!larger.entries)
                return -ENOMEM;

        for (size_t i = 0; i < crowd->n_slots; i++) {
                CrowdEntry entry = crowd->entries[i];

                if (entry.use != crowd->use)
                        continue;
                entry.use = larger.use;
                *crowd_find(&larger, entry.hash, entry.group, entry.text) = entry;
        }

        free(crowd->entries);
        *crowd = larger;
        return 0;
}

int crowd_note(Crowd *crowd, uint64_t group, Slice text, uint32_t number, uint32_t *ret_first)
{
        uint64_t hash = crowd_hash(group, text);
        CrowdEntry *entry;
        int r;

        if (crowd->n_entries >= crowd->n_slots / 2) {
                r = crowd_grow(crowd);
                if (r < 0)
                        return r;
        }

        entry = crowd_find(crowd, hash, group, text);
        if (entry->use != crowd->use) {
                crowd->n_entries++;
                *entry = (CrowdEntry){
                        .hash = hash,
                        .group = group,
                        .text = text,
                        .first = number,
                        .second = NOBODY,
                        .use = crowd->use,
                };
        } else if (entry->second == NOBODY && entry->first != number)
                entry->second = number;

        *ret_first = entry->first;
        return 0;
}

bool crowd_has_other(const Crowd *crowd, uint64_t group, Slice text, uint32_t number)
{
        const CrowdEntry *entry;

        if (crowd->n_entries == 0)
                return false;

        entry = crowd_find(crowd, crowd_hash(group, text), group, text);
        return entry->use == crowd->use && (entry->first != number || entry->second != NOBODY);
}

bool crowd_has(const Crowd *crowd, uint64_t group, Slice text)
{
        return crowd->n_entries > 0 &&
               crowd_find(crowd, crowd_hash(group, text), group, text)->use == crowd->use;
}
