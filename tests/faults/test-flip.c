/* SPDX-License-Identifier: MIT */

/*
 * A bit is another one than was written, and the disk does not say so. SQLite keeps no checksum of what lies in the database, so not
 * every one can be noticed; but it ends neither in a crash nor in an endless loop, and where the database makes no sense any more
 * that is said, as damage.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/faults/day-internal.h"
#include "tests/faults/disk.h"
#include "tests/unit/check-main.h"

enum {
        TRIES = 15,  /* in each step */
        HEAD = 4096, /* the first page has the schema: what it says is tried more densely */
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

/* One bit of the database, which is at rest. */
static void flip(int64_t within)
{
        char *path = day_format("%s/scand.db", day.lab.folder);
        int fd = open(path, O_RDWR | O_CLOEXEC);
        struct stat status;
        uint8_t byte;
        off_t at;

        free(path);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(fstat(fd, &status), 0);
        ck_assert_int_gt(status.st_size, 0);

        at = (off_t)(test_random(&dice) %
                     (uint64_t)(within < status.st_size ? within : status.st_size));
        ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
        byte ^= (uint8_t)(1U << test_random(&dice) % 8);
        ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
        close(fd);
}

typedef struct Count {
        unsigned n, n_told;
} Count;

static void judge(Count *count, int r)
{
        ck_assert_msg(r == 0 || r == -EUCLEAN || r == -EMEDIUMTYPE,
                      "%s: a flipped bit ended with %d", day_step_name(day.step), r);
        ck_assert_msg(!day.complaint, "%s: %s", day_step_name(day.step), day.complaint);
        count->n++;
        count->n_told += r < 0;
}

/* The step, with the day opened as after a start. */
static void try_flipped(Count *count, int64_t within)
{
        int r = 0;

        day_rewind(&day);
        day_leave(&day);
        flip(within);
        if (!day_is_opening(&day))
                r = day_open(&day);
        if (r >= 0)
                r = day_try(&day);
        day_close(&day);
        judge(count, r);
}

START_TEST(a_flipped_bit_is_damage_or_goes_unnoticed)
{
        int64_t within = _i == 0 ? HEAD : INT64_MAX;
        Count count = {};

        day_prepare(&day, 0);
        for (unsigned step = 1; step < day_steps(); step++) {
                day_prepare(&day, step);
                for (unsigned i = 0; i < TRIES; i++)
                        try_flipped(&count, within);
                day_rewind(&day);
        }
        /* Most of the first page is free: there it may be that none hits anything. */
        if (_i > 0)
                ck_assert_uint_gt(count.n_told, 0);
        printf("# %u cases: a flipped bit %s, %u told as damage\n", count.n,
               _i == 0 ? "on the first page" : "in the database", count.n_told);
}
END_TEST

/* On its way into memory, from whichever file. */
START_TEST(a_bit_that_is_read_wrongly_is_damage_or_goes_unnoticed)
{
        Count count = {};

        day_prepare(&day, 0);
        for (unsigned step = 1; step < day_steps(); step++) {
                day_prepare(&day, step);
                for (unsigned n = 1, failures = 1; failures > 0; n += 1 + n / 4) {
                        int r;

                        day_rewind(&day);
                        disk_arm(DISK_READ, DISK_FLIPPED, n, false);
                        r = day_try(&day);
                        failures = disk_failures();
                        disk_disarm();
                        day_close(&day);
                        judge(&count, r);
                }
                day_rewind(&day);
        }
        printf("# %u cases: a bit read wrongly, %u told as damage\n", count.n, count.n_told);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("flip");
        TCase *tcase = tcase_create("flip");

        tcase_set_timeout(tcase, 600);
        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_loop_test(tcase, a_flipped_bit_is_damage_or_goes_unnoticed, 0, 2);
        tcase_add_test(tcase, a_bit_that_is_read_wrongly_is_damage_or_goes_unnoticed);
        suite_add_tcase(suite, tcase);
        return suite;
}
