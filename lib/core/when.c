/* SPDX-License-Identifier: MIT */
#include "lib/core/when.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define FILETIME_PER_SECOND INT64_C(10000000)
#define FILETIME_OF_1970    INT64_C(11644473600) /* seconds from 1601 */

/* "20261121153000.0Z"; what is behind the seconds says nothing that anybody needs. */
static bool parse_generalized(const Value *value, int64_t *ret)
{
        char text[sizeof("YYYYMMDDhhmmss")];
        struct tm tm = {};

        if (value->size < sizeof(text) - 1)
                return false;
        memcpy(text, value->data, sizeof(text) - 1);
        text[sizeof(text) - 1] = '\0';
        if (strspn(text, "0123456789") != sizeof(text) - 1 ||
            sscanf(text, "%4d%2d%2d%2d%2d%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
                   &tm.tm_min, &tm.tm_sec) != 6)
                return false;

        tm.tm_year -= 1900;
        tm.tm_mon -= 1;
        *ret = timegm(&tm);
        return true;
}

bool object_time(const Object *object, AttributeId attribute, int64_t *ret)
{
        const Value *value = object_value(object, attribute);
        int64_t number;

        if (!value)
                return false;
        if (attribute_syntax(attribute) == SYNTAX_TIME)
                return parse_generalized(value, ret);
        if (!object_integer(object, attribute, &number) || number <= 0 || number == INT64_MAX)
                return false;

        *ret = number / FILETIME_PER_SECOND - FILETIME_OF_1970;
        return true;
}
