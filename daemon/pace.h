/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * How much work a step may do, so that a turn of the loop with all that surrounds it stays far below 50 ms: learnt from what the steps
 * before it took.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/state/store.h"

typedef struct Pace {
        unsigned budget; /* of the next step, as apply_step() has it; 1 at least */
        int64_t begun;   /* the step under way, microseconds of a clock that never steps back */
        bool is_waiting; /* it began while a commit was under way */
} Pace;

void pace_init(Pace *pace);

/*
 * Around a step. `has_more`: it was cut by the budget; one that had no more to do, or waited for a commit of the Store, says nothing of what
 * fits into one.
 */
void pace_begin(Pace *pace, const Store *store, int64_t usec);
void pace_end(Pace *pace, const Store *store, int64_t usec, bool has_more);
