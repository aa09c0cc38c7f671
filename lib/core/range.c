/* SPDX-License-Identifier: MIT */
#include "lib/core/range.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define RANGE_OPTION "range="

/* Decimal digits at *at, moved behind them. */
static int read_number(const char *text, size_t size, size_t *at, size_t *ret)
{
        size_t begin = *at, number = 0;

        while (*at < size && text[*at] >= '0' && text[*at] <= '9') {
                if (__builtin_mul_overflow(number, 10, &number) ||
                    __builtin_add_overflow(number, (size_t)(text[*at] - '0'), &number))
                        return -EBADMSG;
                (*at)++;
        }
        if (*at == begin)
                return -EBADMSG;

        *ret = number;
        return 0;
}

static int parse_bounds(const char *text, size_t size, AttributeRange *range)
{
        size_t at = 0;
        int r;

        r = read_number(text, size, &at, &range->first);
        if (r < 0)
                return r;
        if (at == size || text[at++] != '-')
                return -EBADMSG;

        if (at + 1 == size && text[at] == '*') {
                range->is_final = true;
                return 0;
        }

        r = read_number(text, size, &at, &range->last);
        if (r < 0)
                return r;

        return at == size && range->last >= range->first ? 0 : -EBADMSG;
}

int range_parse(const char *description, size_t size, AttributeRange *ret)
{
        const char *semicolon = memchr(description, ';', size);
        AttributeRange range = { .name_size = semicolon ? (size_t)(semicolon - description) : size };
        size_t at = range.name_size;

        while (at < size) {
                const char *option = description + at + 1, *end;
                size_t left = size - at - 1, n;

                end = left ? memchr(option, ';', left) : NULL;
                n = end ? (size_t)(end - option) : left;
                at += 1 + n;

                if (n < strlen(RANGE_OPTION) || strncasecmp(option, RANGE_OPTION, strlen(RANGE_OPTION)))
                        continue;
                if (range.is_ranged)
                        return -EBADMSG;

                range.is_ranged = true;
                if (parse_bounds(option + strlen(RANGE_OPTION), n - strlen(RANGE_OPTION), &range) < 0)
                        return -EBADMSG;
        }

        *ret = range;
        return 0;
}
