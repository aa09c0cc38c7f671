/* SPDX-License-Identifier: MIT */

/*
 * The power goes after every single change of the files, in every step of a day, and the disk does with what it was not asked to keep
 * what disks do. The database is whole, stands before the step or after it, and the next try ends as if nothing had been.
 */

#include <stdio.h>

#include "tests/faults/day.h"
#include "tests/faults/power.h"
#include "tests/unit/check-main.h"

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
        power_done();
        day_done(&day);
}

static void cut(size_t n, PowerLoss loss)
{
        char what[160];
        bool is_done;

        (void)snprintf(what, sizeof(what), "%s: power cut after change %zu of %zu, %s",
                       day_step_name(day.step), n, power_changes(), power_loss_name(loss));
        day_leave(&day);
        power_cut(n, loss, &dice);

        /* Whoever waited for the end and a clean stop has it all. */
        is_done = day_check(&day, n < power_changes() ? -1 : 0, what);
        day_recover(&day, is_done ? 0 : -1, DAY_KILLED, what);
}

START_TEST(the_power_goes_after_each_change)
{
        unsigned n = 0, n_syncs = 0;

        /* Making the database is another thing: it gets its name only when it is whole. */
        day_prepare(&day, 0);
        for (unsigned step = 1; step < day_steps(); step++) {
                char path[80];

                day_prepare(&day, step);
                day_rewind(&day);
                (void)snprintf(path, sizeof(path), "%s/scand.db", day.lab.folder);
                disk_reset_counts();
                power_record(path);
                ck_assert_int_eq(day_try(&day), 0);
                day_close(&day);
                power_stop();
                n_syncs += disk_count(DISK_SYNC);

                for (size_t i = 0; i <= power_changes(); i++, n++)
                        cut(i, (PowerLoss)_i);
        }
        ck_assert_uint_gt(n, 100);
        ck_assert_uint_gt(n_syncs, 0);
        printf("# %u cases: power cut, %s\n", n, power_loss_name((PowerLoss)_i));
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("power");
        TCase *tcase = tcase_create("power");

        tcase_set_timeout(tcase, 600);
        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_loop_test(tcase, the_power_goes_after_each_change, 0, N_POWER_LOSSES);
        suite_add_tcase(suite, tcase);
        return suite;
}
