/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The JSON that others build on: the shapes of DESIGN section 7. Fields are only ever added, an
 * object always has all of its fields, and what is not known is null. Every string is UTF-8,
 * because Record and value_text() promise it.
 */

#include "lib/core/json-member.h"
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

/* A member of any bytes; escaped where they are no text. 0 or -ENOMEM. */
int json_add_bytes(json_object *object, const char *key, const void *data, size_t size);

/* A FINDING more. 0 or -ENOMEM. */
int json_append_record(json_object *array, const Record *record);
