/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One history: a directory that lives, a client that follows it through everything that can go wrong, then quiet, and the
 * question whether the client has it all right. All of it comes from one number.
 */

#include <stdbool.h>
#include <stdint.h>

#include "tests/simulate/situation.h"

/* Runs one; prints what is wrong with it. `folder` is where a database may be made. True: all is right. */
bool history_run(uint64_t seed, const char *folder, Situations *situations);
