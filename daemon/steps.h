/* SPDX-License-Identifier: MIT */
#pragma once

/* What the connecting thread does, one step after the other. */

#include "daemon/attempt.h"

/* Asks DNS for the domain's servers: attempt->records, attempt->site. 0, or negative after attempt_fail(). */
int steps_lookup(Attempt *attempt);

/* From attempt->target to a bound attempt->handle. 0, or negative after attempt_fail(). */
int steps_connect(Attempt *attempt);
