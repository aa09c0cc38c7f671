/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Members of JSON objects and elements of arrays, with one way to fail: 0 or -ENOMEM. For what
 * writes JSON and must stay small, like the monitoring plugin, it knows no directory.
 */

#include <json-c/json.h>
#include <stdint.h>

#include "lib/core/guid.h"
#include "lib/core/util.h"

/* Take the value over, whatever happens. A NULL value is a failed allocation. */
int json_add(json_object *object, const char *key, json_object *value);
int json_append(json_object *array, json_object *element);

/*
 * Each under a key that outlives the object. NULL strings, null GUIDs and times of 0 become null.
 */
int json_add_null(json_object *object, const char *key);
int json_add_string(json_object *object, const char *key, const char *value);
int json_add_integer(json_object *object, const char *key, int64_t value);
int json_add_boolean(json_object *object, const char *key, bool value);
int json_add_guid(json_object *object, const char *key, const Guid *guid);
int json_add_time(json_object *object, const char *key, int64_t seconds);

static inline void json_putp(json_object **object)
{
        (void)json_object_put(*object);
}
#define _cleanup_json_ _cleanup_(json_putp)
