/* SPDX-License-Identifier: MIT */
#include "daemon/pace.h"
#include "lib/state/store-internal.h"
#include "tests/unit/check-main.h"

static Store *store;
static Pace pace;
static int64_t now;

static void set_up(void)
{
        char *error;

        ck_assert_int_eq(store_open(NULL, STORE_MEMORY, &store, &error), 0);
        pace_init(&pace);
        now = 1000;
}

static void tear_down(void)
{
        store_close(store);
}

/* Microseconds. */
static void step(int64_t takes, bool has_more)
{
        pace_begin(&pace, store, now);
        now += takes;
        pace_end(&pace, store, now, has_more);
}

/* A step of the whole budget, of which a unit costs so much: how long it took. */
static int64_t full_step(int64_t unit)
{
        int64_t takes = (int64_t)pace.budget * unit;

        step(takes, true);
        return takes;
}

START_TEST(steps_grow_until_they_take_what_they_may)
{
        unsigned before = pace.budget;

        full_step(15);
        ck_assert_uint_eq(pace.budget, 2 * before);
        for (int i = 0; i < 20; i++)
                full_step(15);
        ck_assert_int_ge(full_step(15), 9000);
        ck_assert_int_le(full_step(15), 10000);
}
END_TEST

START_TEST(where_work_gets_dear_one_step_at_most_is_long)
{
        for (int i = 0; i < 20; i++)
                full_step(1);
        ck_assert_int_lt(full_step(30), 40000);
        ck_assert_int_le(full_step(30), 10000);
}
END_TEST

START_TEST(there_is_always_something_that_may_be_done)
{
        for (int i = 0; i < 20; i++)
                full_step(INT64_C(1000) * 1000 * 1000);
        ck_assert_uint_eq(pace.budget, 1);
        step(0, true);
        ck_assert_uint_eq(pace.budget, 2);
}
END_TEST

START_TEST(a_step_that_had_no_more_to_do_teaches_nothing)
{
        unsigned before = pace.budget;

        step(1, false);
        ck_assert_uint_eq(pace.budget, before);
        step(1000 * 1000, false);
        ck_assert_uint_eq(pace.budget, before);
}
END_TEST

START_TEST(nor_does_one_that_waits_for_a_commit)
{
        unsigned before = pace.budget;

        pace_begin(&pace, store, now);
        store->is_commit_begun = true;
        pace_end(&pace, store, now + 1, true);
        ck_assert_uint_eq(pace.budget, before);

        pace_begin(&pace, store, now);
        store->is_commit_begun = false;
        pace_end(&pace, store, now + 1000 * 1000, true);
        ck_assert_uint_eq(pace.budget, before);
}
END_TEST

Suite *test_suite(void)
{
        TCase *tcase = tcase_create("pace");
        Suite *suite = suite_create("pace");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, steps_grow_until_they_take_what_they_may);
        tcase_add_test(tcase, where_work_gets_dear_one_step_at_most_is_long);
        tcase_add_test(tcase, there_is_always_something_that_may_be_done);
        tcase_add_test(tcase, a_step_that_had_no_more_to_do_teaches_nothing);
        tcase_add_test(tcase, nor_does_one_that_waits_for_a_commit);
        suite_add_tcase(suite, tcase);
        return suite;
}
