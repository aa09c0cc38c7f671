/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Which rows of a domain has an answer shown, and which live ones not? A bit a row, and afterwards a walk over the table.
 */

#include "lib/core/buffer.h"
#include "lib/core/guid.h"
#include "lib/state/store.h"

typedef struct RollCall {
        Store *store;
        int64_t domain;
        uint8_t *objects, *containers;       /* a bit for each id */
        size_t n_objects, n_containers;      /* bytes of them */
        int64_t last_object, last_container; /* how far the walk has come */
        Buffer absent;                       /* GUIDs */
} RollCall;

void roll_call_init(RollCall *call, Store *store, int64_t domain);
void roll_call_done(RollCall *call);

/* The row of this id was shown. 0 or -ENOMEM. */
int roll_call_object(RollCall *call, int64_t id);
int roll_call_container(RollCall *call, int64_t id);

/* Looks at about so many rows: 1 there are more, 0 all were looked at, or negative. */
int roll_call_find_absent(RollCall *call, unsigned budget);

/* Lives until the walk goes on. */
const Guid *roll_call_absent(const RollCall *call, size_t *ret_n);
