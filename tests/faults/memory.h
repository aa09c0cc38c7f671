/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A memory that runs out on demand: malloc() and its kin for the whole program, the libraries' calls included, in front of the real
 * ones.
 */

#include <stdbool.h>
#include <stddef.h>

/* The allocation that comes `number`th from now on fails, from 1; where it is lasting all later ones, too. */
void memory_arm(unsigned long number, bool is_lasting);
void memory_disarm(void);
unsigned long memory_failures(void); /* since it was armed */

/* Blocks that were given out and not given back since the program began. */
long memory_blocks(void);
