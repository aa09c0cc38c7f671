/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A scripted day of two small domains, over everything that lib/state does to its files: made, read, followed, judged again, asked,
 * tidied up and closed. Each step can be tried any number of times from the same beginning, with something going wrong in it.
 */

#include "tests/unit/apply-lab.h"

typedef struct Day {
        Lab lab;
        unsigned step;
        Object **objects; /* what the domain controller will send in this step */
        size_t n_objects;
        char *before, *after;  /* what the database says around this step; owned */
        bool is_created;       /* there is a database */
        int64_t answered;      /* findings that a question was answered with */
        const char *complaint; /* what a try did wrong, besides failing; NULL: nothing */
} Day;

unsigned day_steps(void);
const char *day_step_name(unsigned step);

void day_init(Day *day);
void day_done(Day *day);

/*
 * For the steps in their order: changes the directory, finds out what the database says before and after the step when all goes
 * well, and puts the database back.
 */
void day_prepare(Day *day, unsigned step);

/* The database as it was before the step, and opened, unless opening it is the step. */
void day_rewind(Day *day);

/* The step. 0 or negative; nothing of a half-done one is left in memory. */
int day_try(Day *day);

/*
 * After a try that ended with r: the database is whole, and as before the step, or as after it, which is what comes back. What is
 * wrong is said with `what`.
 */
bool day_check(Day *day, int r, const char *what);

typedef enum DayRestart {
        DAY_GOES_ON, /* the same process tries again */
        DAY_STOPPED, /* it ends in good order, and another one tries */
        DAY_KILLED,
} DayRestart;

/* Another try must succeed and end as if nothing had happened. */
void day_recover(Day *day, int r, DayRestart restart, const char *what);

void day_close(Day *day);

/* Closes, so that the files may be written by hand: the log's index, which nobody syncs, goes. */
void day_leave(Day *day);
