/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "ctl/since.h"
#include "tests/unit/check-main.h"

/* 2026-03-29 12:00:00 in Oslo, the day on which the clocks went forward there. */
#define NOW INT64_C(1774778400)

static void use_oslo(void)
{
        ck_assert_int_eq(setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1), 0);
        tzset();
}

static const struct {
        const char *text;
        int64_t seconds;
} instants[] = {
        { "2h", NOW - 7200 },
        { "90s", NOW - 90 },
        { "3d", NOW - 3 * 86400 },
        { "today", NOW - 11 * 3600 }, /* the day had one hour less */
        { "Yesterday", NOW - 35 * 3600 },
        { "2026-03-29", NOW - 11 * 3600 },
        { "2026-03-28T11:00", NOW - 24 * 3600 },
        { "2026-03-29 12:00:00", NOW },
        { "2026-03-29T10:00:00Z", NOW },
        { "2026-03-29 10:00Z", NOW },
};

START_TEST(people_write_instants_in_several_ways)
{
        int64_t seconds;

        use_oslo();
        ck_assert_int_eq(since_parse(instants[_i].text, NOW, &seconds), 0);
        ck_assert_msg(seconds == instants[_i].seconds, "%s is %lld seconds off", instants[_i].text,
                      (long long)(seconds - instants[_i].seconds));
}
END_TEST

static const char *const wrong[] = { "",
                                     "soon",
                                     "2026",
                                     "90",
                                     "2026-02-30",
                                     "2026-13-01",
                                     "29.3.2026",
                                     "2026-03-29Z10",
                                     "2026-03-29 25:00",
                                     "-2h",
                                     "2 h" };

START_TEST(anything_else_is_refused_and_changes_nothing)
{
        int64_t seconds = 7;

        use_oslo();
        ck_assert_int_eq(since_parse(wrong[_i], NOW, &seconds), -EINVAL);
        ck_assert_int_eq(seconds, 7);
}
END_TEST

START_TEST(longer_ago_than_time_itself_is_still_a_limit)
{
        int64_t seconds;

        ck_assert_int_eq(since_parse("99999w", NOW, &seconds), 0);
        ck_assert_int_eq(seconds, 1);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("since");
        TCase *tcase = tcase_create("since");

        tcase_add_loop_test(tcase, people_write_instants_in_several_ways, 0,
                            sizeof(instants) / sizeof(instants[0]));
        tcase_add_loop_test(tcase, anything_else_is_refused_and_changes_nothing, 0,
                            sizeof(wrong) / sizeof(wrong[0]));
        tcase_add_test(tcase, longer_ago_than_time_itself_is_still_a_limit);
        suite_add_tcase(suite, tcase);
        return suite;
}
