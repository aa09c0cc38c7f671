/* SPDX-License-Identifier: MIT */
#include "lib/state/likeness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Where the number stands, or would. There is always a free slot. */
static Likeness *find_slot(const LikenessTable *table, uint64_t number)
{
        size_t at = (size_t)number & (table->n_slots - 1);

        while (table->slots[at].number != 0 && table->slots[at].number != number)
                at = (at + 1) & (table->n_slots - 1);
        return &table->slots[at];
}

size_t likeness_table_most(size_t bytes)
{
        size_t n_slots = 1;

        while (2 * n_slots * sizeof(Likeness) <= bytes)
                n_slots *= 2;
        return n_slots < 4 ? 1 : n_slots / 4 * 3;
}

void likeness_table_reset(LikenessTable *table)
{
        if (table->n > 0)
                memset(table->slots, 0, table->n_slots * sizeof(*table->slots));
        table->n = 0;
}

void likeness_table_done(LikenessTable *table)
{
        free(table->slots);
        *table = (LikenessTable){};
}

int likeness_table_reserve(LikenessTable *table, size_t n)
{
        LikenessTable larger = { .n_slots = 64, .n = table->n };

        while (larger.n_slots / 4 * 3 < n)
                larger.n_slots *= 2;
        if (larger.n_slots <= table->n_slots)
                return 0;

        larger.slots = calloc(larger.n_slots, sizeof(*larger.slots));
        if (!larger.slots)
                return -ENOMEM;
        for (size_t i = 0; i < table->n_slots; i++)
                if (table->slots[i].number != 0)
                        *find_slot(&larger, table->slots[i].number) = table->slots[i];

        free(table->slots);
        *table = larger;
        return 0;
}

int likeness_table_add(LikenessTable *table, const Likeness *likeness)
{
        Likeness *slot;
        int r;

        r = likeness_table_reserve(table, table->n + 1);
        if (r < 0)
                return r;

        slot = find_slot(table, likeness->number);
        if (slot->number != 0) {
                slot->id = 0;
                return 0;
        }
        *slot = *likeness;
        table->n++;
        return 0;
}

const Likeness *likeness_table_find(const LikenessTable *table, uint64_t number)
{
        const Likeness *slot;

        if (number == 0 || table->n == 0)
                return NULL;

        slot = find_slot(table, number);
        return slot->number != 0 && slot->id != 0 ? slot : NULL;
}
