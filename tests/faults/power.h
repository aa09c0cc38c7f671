/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Power cuts: what a step writes is recorded in its order, and then the files are made as a disk may hold them when the power went
 * after the n-th change. What was synced is there; of what was not, each write may be there, not there, or there in part.
 */

#include <stddef.h>

#include "tests/faults/disk.h"

/* What a disk does with writes that nobody has waited for. */
typedef enum PowerLoss {
        POWER_KEEPS, /* the cache was written out in time */
        POWER_LOSES, /* all of it is gone */
        POWER_MIXES, /* some are there, in any order */
        POWER_TEARS, /* likewise, and some only in part */
        N_POWER_LOSSES,
} PowerLoss;

const char *power_loss_name(PowerLoss loss);

/* Between these two every change of the files is recorded; what they hold at the beginning is safe on the disk. */
void power_record(const char *database);
void power_stop(void);
void power_done(void);

size_t power_changes(void);

/* Makes the files anew. `dice` is moved on. */
void power_cut(size_t n_changes, PowerLoss loss, uint64_t *dice);
