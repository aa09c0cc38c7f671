/* SPDX-License-Identifier: MIT */

/* The machine's clock steps, both ways, by little and by much: what is found is of the directory, and so does not change. */

#include <inttypes.h>
#include <stdio.h>

#include "tests/simulate/compare.h"
#include "tests/unit/check-main.h"

enum {
        HOUR = 3600,
        DAY = 24 * HOUR,
        POLLS = 5,
        OBJECTS = 20,
};

static const int64_t steps[] = { -400 * DAY, -DAY, -HOUR, -1, 1, HOUR, DAY, 400 * DAY };

static Directory directory;
static Client client;
static uint64_t dice;

static void set_up(void)
{
        dice = test_seed();
        directory_init(&directory, 2, 42);
        for (unsigned i = 0; i < OBJECTS; i++) {
                int object = directory_add(&directory, 0, i % 5 ? KIND_USER : KIND_CONTACT,
                                           OBJECT_USERS);

                ck_assert_int_ge(object, 0);
                directory_write(&directory, 0, (unsigned)object, FIELD_MAIL, 1 + i % 7);
        }
        directory_replicate_all(&directory);
        client_init(&client, &directory, 1);
        client_start(&client, NULL);
        client_connect(&client, 0);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
}

static void tear_down(void)
{
        client_done(&client);
}

static void write_something(void)
{
        unsigned object = N_FIXED_OBJECTS + (unsigned)(test_random(&dice) % OBJECTS);

        directory_write(&directory, 0, object, FIELD_MAIL, 1 + test_random(&dice) % 7);
        directory_replicate_all(&directory);
}

static void follow(const char *when)
{
        Client fresh;

        for (unsigned i = 0; i < POLLS; i++) {
                write_something();
                ck_assert_msg(client_poll(&client) == CLIENT_WAITING, "%s: a poll failed", when);
                ck_assert_msg(client.domain.cursor.watermark == directory.controllers[0].highest,
                              "%s: a poll left something", when);
        }
        ck_assert_uint_eq(compare_cache(&client, 0, stdout), 0);

        client_init(&fresh, &directory, 1);
        fresh.clock_error = client.clock_error;
        client_start(&fresh, NULL);
        client_connect(&fresh, 0);
        ck_assert_int_eq(client_run(&fresh), CLIENT_WAITING);
        ck_assert_uint_eq(compare_findings(&client, &fresh, stdout), 0);
        client_done(&fresh);
        ck_assert_int_eq(client.domain.missed_changes_total, 0);
}

START_TEST(a_step_of_the_clock_changes_nothing_that_is_found)
{
        char when[64];

        follow("before");
        client.clock_error = steps[_i];
        (void)snprintf(when, sizeof(when), "after a step of %" PRId64 " s", steps[_i]);
        follow(when);

        /* Nor where the connection is made anew, nor after a restart. */
        client_connect(&client, 0);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        follow("connected again");
        client_kill(&client);
        client_connect(&client, 0);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        follow("started again");

        client.clock_error = 0;
        follow("set right again");
}
END_TEST

/* Who compares once a day must do so when the day of the last comparison has not come yet. */
START_TEST(the_daily_comparison_does_not_wait_for_a_clock_that_was_ahead)
{
        int64_t compared;

        client.clock_error = 400 * DAY;
        directory.now += (int64_t)2 * DAY * 1000;
        follow("ahead");
        directory.now += (int64_t)2 * DAY * 1000;
        follow("ahead");
        compared = client.domain.last_reconcile_ok;
        ck_assert_int_gt(compared, 0);

        client.clock_error = 0;
        follow("set right");
        directory.now += (int64_t)2 * DAY * 1000;
        follow("set right, later");
        ck_assert_int_lt(client.domain.last_reconcile_ok, compared);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("clock");
        TCase *tcase = tcase_create("clock");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_loop_test(tcase, a_step_of_the_clock_changes_nothing_that_is_found, 0,
                            ARRAY_SIZE(steps));
        tcase_add_test(tcase, the_daily_comparison_does_not_wait_for_a_clock_that_was_ahead);
        suite_add_tcase(suite, tcase);
        return suite;
}
