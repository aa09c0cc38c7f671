/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * An instant in the future as people type it: "90d", "6w" (from now on), "2027-03-31" (through the end of that day), or a date with a
 * time, as since_parse() takes it.
 */

#include <stdint.h>

/* The first second behind it. 0, or -EINVAL with *ret unchanged, also where it is over. */
int until_parse(const char *string, int64_t now, int64_t *ret);
