/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A threshold by the monitoring plugins' guidelines: "[@][start:]end". "10" is 0:10, "~" is minus infinity, an absent end
 * is plus infinity. Outside raises the alarm; with "@" inside does, both ends included.
 */

#include <stdbool.h>

typedef struct Threshold {
        const char *text; /* as given, for performance data; NULL: none, never raises an alarm */
        double start;
        double end;
        bool is_inside;
} Threshold;

/* Borrows the text. 0, or -EINVAL with *ret unchanged. */
int threshold_parse(const char *text, Threshold *ret);

bool threshold_alarms(const Threshold *threshold, double value);
