/* SPDX-License-Identifier: MIT */
#include "ctl/since.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "lib/core/duration.h"
#include "lib/core/util.h"

static int since_midnight(int64_t now, int days_back, int64_t *ret)
{
        time_t time = (time_t)now;
        struct tm broken;

        if (!localtime_r(&time, &broken))
                return -EINVAL;

        broken.tm_hour = broken.tm_min = broken.tm_sec = 0;
        broken.tm_mday -= days_back; /* mktime() puts month and year right */
        broken.tm_isdst = -1;
        time = mktime(&broken);
        if (time == -1)
                return -EINVAL;

        *ret = time;
        return 0;
}

/* mktime() would take the 31st of February for the 3rd of March, which nobody meant. */
static int since_date(const struct tm *given, bool is_utc, int64_t *ret)
{
        struct tm broken = *given;
        time_t time;

        broken.tm_isdst = -1;
        time = is_utc ? timegm(&broken) : mktime(&broken);
        if (time == -1 || broken.tm_mday != given->tm_mday || broken.tm_mon != given->tm_mon)
                return -EINVAL;

        *ret = time;
        return 0;
}

int since_parse(const char *string, int64_t now, int64_t *ret)
{
        static const char *const formats[] = { "%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M",
                                               "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S" };
        int64_t span;

        if (strcasecmp(string, "today") == 0)
                return since_midnight(now, 0, ret);
        if (strcasecmp(string, "yesterday") == 0)
                return since_midnight(now, 1, ret);
        /* A bare number might be a year as well as seconds. */
        if (*string && string[strspn(string, "0123456789")] && duration_parse(string, &span) == 0) {
                *ret = span < now ? now - span : 1; /* 0 would mean "no limit" */
                return 0;
        }

        for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
                struct tm broken = {};
                const char *end = strptime(string, formats[i], &broken);

                if (end && (*end == '\0' || strcmp(end, "Z") == 0))
                        return since_date(&broken, *end == 'Z', ret);
        }

        return -EINVAL;
}
