/* SPDX-License-Identifier: MIT */
#pragma once

/* What the script of a day and the trying of it share. */

#include "tests/faults/day.h"

typedef struct DayStep {
        const char *name;
        void (*change)(Day *day); /* what happens in the directory before; NULL: nothing */
        int (*attempt)(Day *day);
        unsigned domain;
        ApplyKind kind; /* of an answer */
} DayStep;

const DayStep *day_step(const Day *day);
bool day_is_opening(const Day *day);
bool day_is_answer(const Day *day);
bool day_is_question(const Day *day);

/* As at the start of the daemon. 0, or negative, and nothing is open. */
int day_open(Day *day);

char *day_format(const char *format, ...) _printf_(1, 2);
