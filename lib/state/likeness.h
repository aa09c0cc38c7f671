/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The synced users of an inventory by their likeness (evaluate-counterpart.h), in memory: so that whoever is in order on both sides is
 * recognised while both are gone through once, each in the order in which it is stored.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/core/util.h"

typedef struct Likeness {
        uint64_t number;
        int64_t password_changed; /* Unix seconds; 0: not known */
        int64_t id;               /* of the object of the cloud; 0: several have this number */
} Likeness;

typedef struct LikenessTable {
        Likeness *slots;
        size_t n_slots; /* a power of two */
        size_t n;
} LikenessTable;

/* So many have room in that much memory: one at least. */
size_t likeness_table_most(size_t bytes);

/* Room for so many: then none of them makes it grow, which takes a while. 0 or -ENOMEM. */
int likeness_table_reserve(LikenessTable *table, size_t n);
void likeness_table_done(LikenessTable *table);
void likeness_table_reset(LikenessTable *table); /* keeps its memory */

/* Its number is not 0. 0 or -ENOMEM. */
int likeness_table_add(LikenessTable *table, const Likeness *likeness);

/* NULL: no object, or more than one, has the number. */
const Likeness *likeness_table_find(const LikenessTable *table, uint64_t number);
