/* SPDX-License-Identifier: MIT */
#pragma once

/* Points in time as Active Directory writes them, as Unix seconds. */

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/object.h"

#define MINUTE INT64_C(60)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

/*
 * The first value as a point in time: YYYYMMDDhhmmss.0Z where the attribute's syntax is time, else 100 nanoseconds since 1601.
 * False where there is none, where it is none, or where it says never (0 and the largest number); *ret is untouched then.
 */
bool object_time(const Object *object, AttributeId attribute, int64_t *ret);
