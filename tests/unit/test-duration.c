/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "lib/core/duration.h"
#include "tests/unit/check-main.h"

static const struct {
        int64_t seconds;
        const char *text;
} spans[] = {
        { -5, "0 s" },      { 0, "0 s" },        { 119, "119 s" },
        { 120, "2 min" },   { 7199, "119 min" }, { 7200, "2 h" },
        { 172799, "47 h" }, { 172800, "2 d" },   { 86400 * 400, "400 d" },
};

START_TEST(a_span_is_told_in_the_largest_unit_that_it_holds_twice)
{
        char text[DURATION_SIZE];

        duration_format(spans[_i].seconds, text);
        ck_assert_str_eq(text, spans[_i].text);
}
END_TEST

START_TEST(people_write_spans_in_several_ways)
{
        int64_t seconds;

        ck_assert_int_eq(duration_parse("90", &seconds), 0);
        ck_assert_int_eq(seconds, 90);
        ck_assert_int_eq(duration_parse("10m", &seconds), 0);
        ck_assert_int_eq(seconds, 600);
        ck_assert_int_eq(duration_parse("10min", &seconds), 0);
        ck_assert_int_eq(seconds, 600);
        ck_assert_int_eq(duration_parse("2h", &seconds), 0);
        ck_assert_int_eq(seconds, 7200);
        ck_assert_int_eq(duration_parse("1w", &seconds), 0);
        ck_assert_int_eq(seconds, 604800);
}
END_TEST

static const char *const wrong[] = { "",
                                     "h",
                                     "-1",
                                     "+1",
                                     " 1",
                                     "1 h",
                                     "1x",
                                     "1.5h",
                                     "9223372036854775808",
                                     "9223372036854775807w" };

START_TEST(anything_else_is_refused_and_changes_nothing)
{
        int64_t seconds = 7;

        ck_assert_int_eq(duration_parse(wrong[_i], &seconds), -EINVAL);
        ck_assert_int_eq(seconds, 7);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("duration");
        TCase *tcase = tcase_create("duration");

        tcase_add_loop_test(tcase, a_span_is_told_in_the_largest_unit_that_it_holds_twice, 0, 9);
        tcase_add_test(tcase, people_write_spans_in_several_ways);
        tcase_add_loop_test(tcase, anything_else_is_refused_and_changes_nothing, 0, 10);
        suite_add_tcase(suite, tcase);
        return suite;
}
