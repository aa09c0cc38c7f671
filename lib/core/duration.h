/* SPDX-License-Identifier: MIT */
#pragma once

/* Spans of time as people say them: "8 s", "25 min", "3 h", "2 d". */

#include <stdint.h>

#define DURATION_SIZE 32

/* The largest unit of which there are at least two, rounded down; negative spans count as 0. */
void duration_format(int64_t seconds, char ret[static DURATION_SIZE]);

/* "90", "90s", "10m" or "10min", "2h", "3d", "1w": seconds. 0, or -EINVAL with *ret unchanged. */
int duration_parse(const char *string, int64_t *ret);
