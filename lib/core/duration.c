/* SPDX-License-Identifier: MIT */
#include "lib/core/duration.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define MINUTE 60
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define WEEK   (7 * DAY)

void duration_format(int64_t seconds, char ret[static DURATION_SIZE])
{
        static const struct {
                int64_t unit;
                const char *name;
        } rows[] = { { DAY, "d" }, { HOUR, "h" }, { MINUTE, "min" } };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                if (seconds < 2 * rows[i].unit)
                        continue;

                (void)snprintf(ret, DURATION_SIZE, "%lld %s", (long long)(seconds / rows[i].unit),
                               rows[i].name);
                return;
        }

        (void)snprintf(ret, DURATION_SIZE, "%lld s", (long long)(seconds > 0 ? seconds : 0));
}

static int64_t duration_unit(const char *name)
{
        static const struct {
                const char *name;
                int64_t unit;
        } rows[] = {
                { "", 1 },     { "s", 1 },   { "m", MINUTE }, { "min", MINUTE },
                { "h", HOUR }, { "d", DAY }, { "w", WEEK },
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                if (strcmp(name, rows[i].name) == 0)
                        return rows[i].unit;
        return 0;
}

int duration_parse(const char *string, int64_t *ret)
{
        int64_t number = 0, unit;
        const char *p = string;

        for (; *p >= '0' && *p <= '9'; p++)
                if (__builtin_mul_overflow(number, 10, &number) ||
                    __builtin_add_overflow(number, *p - '0', &number))
                        return -EINVAL;
        if (p == string)
                return -EINVAL;

        unit = duration_unit(p);
        if (unit == 0 || __builtin_mul_overflow(number, unit, &number))
                return -EINVAL;

        *ret = number;
        return 0;
}
