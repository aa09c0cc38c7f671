/* SPDX-License-Identifier: MIT */
#include "lib/core/json-member.h"

#include <errno.h>

#include "lib/core/record.h"

/*
 * json-c writes null for a missing object and also returns NULL when memory ran out, so the two
 * must be told apart here: only json_add_null() may add nothing.
 */
int json_add_null(json_object *object, const char *key)
{
        return json_object_object_add_ex(object, key, NULL, JSON_C_OBJECT_ADD_CONSTANT_KEY) < 0
                       ? -ENOMEM
                       : 0;
}

int json_add(json_object *object, const char *key, json_object *value)
{
        if (!value)
                return -ENOMEM;

        if (json_object_object_add_ex(object, key, value, JSON_C_OBJECT_ADD_CONSTANT_KEY) < 0) {
                (void)json_object_put(value);
                return -ENOMEM;
        }

        return 0;
}

int json_append(json_object *array, json_object *element)
{
        if (element && json_object_array_add(array, element) == 0)
                return 0;

        (void)json_object_put(element);
        return -ENOMEM;
}

int json_add_string(json_object *object, const char *key, const char *value)
{
        return value ? json_add(object, key, json_object_new_string(value))
                     : json_add_null(object, key);
}

int json_add_integer(json_object *object, const char *key, int64_t value)
{
        return json_add(object, key, json_object_new_int64(value));
}

int json_add_boolean(json_object *object, const char *key, bool value)
{
        return json_add(object, key, json_object_new_boolean(value));
}

int json_add_guid(json_object *object, const char *key, const Guid *guid)
{
        char string[GUID_STRING_SIZE];

        if (guid_is_null(guid))
                return json_add_null(object, key);

        guid_format(guid, string);
        return json_add_string(object, key, string);
}

int json_add_time(json_object *object, const char *key, int64_t seconds)
{
        char string[RECORD_TIME_SIZE];

        if (seconds == 0)
                return json_add_null(object, key);

        record_format_time(seconds, string);
        return json_add_string(object, key, string);
}
