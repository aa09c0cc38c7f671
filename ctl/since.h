/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * An instant in the past as people type it: "2h", "3d" (so long ago), "today", "yesterday" (their midnight), "2026-11-20",
 * "2026-11-20 09:30", "2026-11-20T09:30:00", with Z for UTC. Without Z it is local time.
 */

#include <stdint.h>

/* 0, or -EINVAL with *ret unchanged. */
int since_parse(const char *string, int64_t now, int64_t *ret);
