/* SPDX-License-Identifier: MIT */
#include "ctl/until.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "ctl/since.h"
#include "lib/core/duration.h"

#define DIGITS "0123456789"

/* A day without a time: that is its first second. */
static bool is_day(const char *string)
{
        size_t size = strlen(string);
        bool is_utc = size == 11 && string[10] == 'Z';

        return (size == 10 || is_utc) && strspn(string, DIGITS "-") == 10;
}

/* Midnight after it; a day of summer time may have 23 hours, or 25. */
static int end_of_day(const char *string, int64_t begin, int64_t *ret)
{
        time_t time = (time_t)begin;
        struct tm broken;

        if (string[strlen(string) - 1] == 'Z') {
                *ret = begin + INT64_C(86400);
                return 0;
        }

        if (!localtime_r(&time, &broken))
                return -EINVAL;
        broken.tm_mday++; /* mktime() puts month and year right */
        broken.tm_isdst = -1;
        time = mktime(&broken);
        if (time == -1)
                return -EINVAL;

        *ret = time;
        return 0;
}

int until_parse(const char *string, int64_t now, int64_t *ret)
{
        int64_t until, span;
        int r = 0;

        /* A bare number might be a year as well as seconds. */
        if (string[strspn(string, DIGITS)] && duration_parse(string, &span) == 0) {
                if (__builtin_add_overflow(now, span, &until))
                        return -EINVAL;
        } else if (*string < '0' || *string > '9')
                return -EINVAL; /* "today" and "yesterday" are no future */
        else {
                r = since_parse(string, now, &until);
                if (r >= 0 && is_day(string))
                        r = end_of_day(string, until, &until);
        }
        if (r < 0 || until <= now)
                return -EINVAL;

        *ret = until;
        return 0;
}
