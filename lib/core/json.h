/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The JSON that others build on: the shapes of DESIGN section 7. Fields are only ever added, an
 * object always has all of its fields, and what is not known is null. Every string is UTF-8,
 * because Record and value_text() promise it.
 */

#include <json-c/json.h>

#include "lib/core/object.h"
#include "lib/core/record.h"

/* What the outermost object of every answer says under "schema". */
#define JSON_SCHEMA 1

/* A FINDING. The caller puts it. 0 or -ENOMEM. */
int json_record(const Record *record, json_object **ret);

/*
 * The attributes of an object: {"mail":["anna@contoso.com"], …}, by LDAP name, in the order of the
 * attribute table, values as value_text() shows them. The caller puts it. 0 or -ENOMEM.
 */
int json_attributes(const Object *object, json_object **ret);

/*
 * Members for other shapes, each under a key that outlives the object. 0 or -ENOMEM. NULL strings,
 * null GUIDs and times of 0 become null.
 */
int json_add_string(json_object *object, const char *key, const char *value);
int json_add_bytes(json_object *object, const char *key, const void *data,
                   size_t size); /* escaped where it is no text */
int json_add_integer(json_object *object, const char *key, int64_t value);
int json_add_boolean(json_object *object, const char *key, bool value);
int json_add_guid(json_object *object, const char *key, const Guid *guid);
int json_add_time(json_object *object, const char *key, int64_t seconds);

/* Takes the value over, whatever happens. A NULL value is a failed allocation: -ENOMEM. */
int json_add(json_object *object, const char *key, json_object *value);

static inline void json_putp(json_object **object)
{
        (void)json_object_put(*object);
}
#define _cleanup_json_ _cleanup_(json_putp)
