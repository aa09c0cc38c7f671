/* SPDX-License-Identifier: MIT */
#include "lib/state/id-set.h"

#include <stdlib.h>

#include "tests/unit/check-main.h"

#define DOMAIN (INT64_C(3) << 28)

static IdSet set;

static void set_up(void)
{
        set = (IdSet){};
}

static void tear_down(void)
{
        id_set_done(&set);
}

START_TEST(what_was_added_is_there_until_it_is_removed)
{
        ck_assert_int_eq(id_set_add(&set, DOMAIN + 5), 0);
        ck_assert_int_eq(id_set_add(&set, DOMAIN + 5), 1);
        ck_assert(id_set_has(&set, DOMAIN + 5));
        ck_assert(!id_set_has(&set, DOMAIN + 4));
        ck_assert(!id_set_has(&set, 5));

        id_set_remove(&set, DOMAIN + 4);
        id_set_remove(&set, 5);
        ck_assert(id_set_has(&set, DOMAIN + 5));
        id_set_remove(&set, DOMAIN + 5);
        ck_assert(!id_set_has(&set, DOMAIN + 5));
}
END_TEST

/* On the borders of words and pages, and over pages that nobody stands on any more. */
START_TEST(all_are_found_in_order)
{
        static const int64_t ids[] = { 1,      63,         64,         8191,          8192,
                                       500000, DOMAIN - 1, DOMAIN + 1, DOMAIN + 64000 };
        int64_t id = 0;

        ck_assert(!id_set_next(&set, 0, &id));
        for (size_t i = ARRAY_SIZE(ids); i-- > 0;)
                ck_assert_int_eq(id_set_add(&set, ids[i]), 0);
        ck_assert_int_eq(id_set_add(&set, 100000), 0);
        id_set_remove(&set, 100000);

        for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
                ck_assert(id_set_next(&set, id, &id));
                ck_assert_int_eq(id, ids[i]);
        }
        ck_assert(!id_set_next(&set, id, &id));
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("id-set");
        TCase *tests = tcase_create("id-set");

        tcase_add_checked_fixture(tests, set_up, tear_down);
        tcase_add_test(tests, what_was_added_is_there_until_it_is_removed);
        tcase_add_test(tests, all_are_found_in_order);
        suite_add_tcase(suite, tests);
        return suite;
}
