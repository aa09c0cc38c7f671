/* SPDX-License-Identifier: MIT */
#include "ctl/threshold.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/*
 * Digits and one point only: strtod() alone would also take "inf", "0x10", and white space. The program never calls setlocale(), so the
 * point is a point.
 */
static int threshold_number(const char *text, size_t size, double *ret)
{
        size_t digits = 0;
        char *end;

        for (size_t i = 0; i < size; i++) {
                if (text[i] >= '0' && text[i] <= '9')
                        digits++;
                else if (text[i] != '.' && !(i == 0 && text[i] == '-'))
                        return -EINVAL;
        }
        if (digits == 0)
                return -EINVAL;

        *ret = strtod(text, &end);
        return end == text + size ? 0 : -EINVAL;
}

int threshold_parse(const char *text, Threshold *ret)
{
        Threshold threshold = { .text = text, .end = INFINITY };
        const char *p = text, *colon;
        int r;

        if (*p == '@') {
                threshold.is_inside = true;
                p++;
        }

        colon = strchr(p, ':');
        if (colon) {
                if (colon - p == 1 && *p == '~')
                        threshold.start = -INFINITY;
                else if ((r = threshold_number(p, (size_t)(colon - p), &threshold.start)) < 0)
                        return r;
                p = colon + 1;
        }

        if (*p || !colon) {
                r = threshold_number(p, strlen(p), &threshold.end);
                if (r < 0)
                        return r;
        }

        if (threshold.start > threshold.end)
                return -EINVAL;

        *ret = threshold;
        return 0;
}

bool threshold_alarms(const Threshold *threshold, double value)
{
        bool inside;

        if (!threshold->text)
                return false;

        inside = value >= threshold->start && value <= threshold->end;
        return inside == threshold->is_inside;
}
