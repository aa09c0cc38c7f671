/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Databases in memory that are emptied and used again: making one costs more than a whole history in it does, because every
 * statement has to be compiled for it.
 */

#include "lib/state/store.h"

/* Before the first store of the process: there are no threads to lock against, and nobody asks how much memory is in use. */
void shelf_set_up(void);

Store *shelf_take(void);            /* an empty one; ends the program where there is no memory */
void shelf_give_back(Store *store); /* rolls back what is open, and empties it. NULL is fine */
void shelf_clear(void);             /* closes those that nobody has */
