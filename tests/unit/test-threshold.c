/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "ctl/threshold.h"
#include "tests/unit/check-main.h"

/* The examples of the monitoring plugins' guidelines, section "Threshold and Ranges", and the ends of each range. */
static const struct {
        const char *range;
        double value;
        bool alarms;
} cases[] = {
        { "10", -1, true },     { "10", 0, false },      { "10", 10, false },
        { "10", 10.5, true },   { "10:", 9, true },      { "10:", 10, false },
        { "10:", 1e12, false }, { "~:10", -1e9, false }, { "~:10", 10, false },
        { "~:10", 11, true },   { "10:20", 9, true },    { "10:20", 10, false },
        { "10:20", 20, false }, { "10:20", 21, true },   { "@10:20", 9, false },
        { "@10:20", 10, true }, { "@10:20", 20, true },  { "@10:20", 21, false },
        { "@5", 0, true },      { "@5", 6, false },      { "-5:-1", -3, false },
        { "-5:-1", 0, true },   { "0.5", 0.5, false },   { "0.5", 1, true },
        { "0", 0, false },      { "0", 1, true },
};

START_TEST(outside_raises_the_alarm_and_inside_with_an_at_sign)
{
        Threshold threshold;

        ck_assert_int_eq(threshold_parse(cases[_i].range, &threshold), 0);
        ck_assert_str_eq(threshold.text, cases[_i].range);
        ck_assert_int_eq(threshold_alarms(&threshold, cases[_i].value), cases[_i].alarms);
}
END_TEST

static const char *const wrong[] = {
        "",   "@",     ":",   "~",   ":10", "20:10", "ten",  "1e3", "0x10", " 1",
        "1 ", "1:2:3", "1-2", "inf", "nan", "--1",   "1..2", "5:~", ".",
};

START_TEST(what_is_no_range_is_refused_and_changes_nothing)
{
        Threshold threshold = { .start = 3 };

        ck_assert_int_eq(threshold_parse(wrong[_i], &threshold), -EINVAL);
        ck_assert_ptr_null(threshold.text);
        ck_assert(threshold.start == 3);
}
END_TEST

START_TEST(no_threshold_never_alarms)
{
        Threshold threshold = {};

        ck_assert(!threshold_alarms(&threshold, 1e300));
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("threshold");
        TCase *tcase = tcase_create("threshold");

        tcase_add_loop_test(tcase, outside_raises_the_alarm_and_inside_with_an_at_sign, 0,
                            sizeof(cases) / sizeof(cases[0]));
        tcase_add_loop_test(tcase, what_is_no_range_is_refused_and_changes_nothing, 0,
                            sizeof(wrong) / sizeof(wrong[0]));
        tcase_add_test(tcase, no_threshold_never_alarms);
        suite_add_tcase(suite, tcase);
        return suite;
}
