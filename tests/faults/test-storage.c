/* SPDX-License-Identifier: MIT */

/*
 * Every operation on the disk fails once, and from then on, in every step of a day. Variations of a fault are tried on every so-many-th
 * operation, another one in each run; SCAND_FAULTS=all tries them all.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/faults/day.h"
#include "tests/faults/disk.h"
#include "tests/unit/check-main.h"

static const struct {
        DiskOperation operation;
        DiskFault fault;
        int r;         /* what the caller is told */
        bool may_last; /* a lock that lasts is waited for, a second each time */
        unsigned stride, lasting_stride;
} cases[] = {
        { DISK_OPEN, DISK_BROKEN, -EIO, true, 1, 1 },
        { DISK_READ, DISK_BROKEN, -EIO, true, 1, 5 },
        { DISK_READ, DISK_NO_MEMORY, -ENOMEM, true, 5, 5 },
        { DISK_WRITE, DISK_BROKEN, -EIO, true, 1, 5 },
        { DISK_WRITE, DISK_FULL, -ENOSPC, true, 5, 5 },
        { DISK_WRITE, DISK_SHORT, -ENOSPC, true, 7, 7 },
        { DISK_WRITE, DISK_READ_ONLY, -EROFS, true, 7, 7 },
        { DISK_SYNC, DISK_BROKEN, -EIO, true, 1, 1 },
        { DISK_TRUNCATE, DISK_BROKEN, -EIO, true, 1, 1 },
        { DISK_LOCK, DISK_BROKEN, -EIO, true, 1, 1 },
        { DISK_LOCK, DISK_BUSY, -EBUSY, false, 1, 0 },
        { DISK_INDEX, DISK_BROKEN, -EIO, true, 1, 1 },
        { DISK_INDEX, DISK_NO_MEMORY, -ENOMEM, true, 1, 1 },
        { DISK_INDEX_LOCK, DISK_BROKEN, -EIO, true, 1, 5 },
        { DISK_INDEX_LOCK, DISK_BUSY, -EBUSY, false, 3, 0 },
        { DISK_SIZE, DISK_BROKEN, -EIO, true, 3, 5 },
        { DISK_DELETE, DISK_BROKEN, -EIO, true, 1, 1 },
};

static Day day;
static uint64_t dice;

static void set_up(void)
{
        dice = test_seed();
        disk_install();
        day_init(&day);
}

static void tear_down(void)
{
        day_done(&day);
}

/* The n-th operation of the step, for every n there is, or every so-many-th. */
static unsigned sweep(unsigned i, bool is_lasting, unsigned stride)
{
        unsigned tried = 0;

        if (getenv("SCAND_FAULTS"))
                stride = 1;

        for (unsigned n = 1 + (unsigned)(test_random(&dice) % stride);; n += stride) {
                char what[160];
                unsigned failures;
                int r;

                (void)snprintf(what, sizeof(what), "%s: %s number %u %s%s", day_step_name(day.step),
                               disk_operation_name(cases[i].operation), n,
                               disk_fault_name(cases[i].fault), is_lasting ? ", lasting" : "");

                day_rewind(&day);
                disk_arm(cases[i].operation, cases[i].fault, n, is_lasting);
                r = day_try(&day);
                failures = disk_failures();
                if (is_lasting && n % 3 == DAY_STOPPED)
                        day_close(&day); /* on the broken disk, still */
                disk_disarm();

                ck_assert_msg(r == 0 || (failures > 0 && r == cases[i].r), "%s: ended with %d",
                              what, r);
                (void)day_check(&day, r, what);
                day_recover(&day, r, (DayRestart)(n % 3), what);
                if (failures == 0)
                        return tried;
                tried++;
        }
}

START_TEST(each_operation_fails_in_turn)
{
        unsigned n = 0;

        for (unsigned step = 0; step < day_steps(); step++) {
                day_prepare(&day, step);
                n += sweep((unsigned)_i, false, cases[_i].stride);
                if (cases[_i].may_last)
                        n += sweep((unsigned)_i, true, cases[_i].lasting_stride);
        }
        ck_assert_uint_gt(n, 0);
        printf("# %u cases: %s %s\n", n, disk_operation_name(cases[_i].operation),
               disk_fault_name(cases[_i].fault));
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("storage");
        TCase *tcase = tcase_create("storage");

        tcase_set_timeout(tcase, 600);
        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_loop_test(tcase, each_operation_fails_in_turn, 0, ARRAY_SIZE(cases));
        suite_add_tcase(suite, tcase);
        return suite;
}
