/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "lib/core/text-cut.h"
#include "lib/core/text.h"
#include "tests/unit/check-main.h"

START_TEST(text_is_cut_where_it_would_be_too_wide)
{
        ck_assert_uint_eq(text_cut("Anna Berg", 4), 4);
        ck_assert_uint_eq(text_cut("Anna", 4), 4);
        ck_assert_uint_eq(text_cut("Anna", 100), 4);
        ck_assert_uint_eq(text_cut("Anna", 0), 0);
        ck_assert_uint_eq(text_cut("", 5), 0);
}
END_TEST

START_TEST(a_wide_character_that_does_not_fit_whole_is_left_out)
{
        ck_assert_uint_eq(text_cut("東京都", 4), 6);
        ck_assert_uint_eq(text_cut("東京都", 5), 6);
        ck_assert_uint_eq(text_cut("東京都", 1), 0);
}
END_TEST

START_TEST(a_combining_character_stays_with_its_letter)
{
        ck_assert_uint_eq(text_cut("e\xcc\x81x", 1), 3);
        ck_assert_uint_eq(text_cut("e\xcc\x81\xcc\xa7x", 1), 5);
}
END_TEST

START_TEST(what_was_cut_is_as_wide_as_it_may_be_and_no_wider)
{
        static const char *const letters[] = { "a", "é", "e\xcc\x81", "東", "ｱ", "ß", "😀", "-" };
        uint64_t state = test_seed();

        for (int i = 0; i < 1000; i++) {
                size_t columns = test_random(&state) % 20, size;
                char text[200] = "", part[200] = "";

                for (unsigned n = test_random(&state) % 20; n > 0; n--)
                        strcat(text, letters[test_random(&state) % 8]);

                size = text_cut(text, columns);
                memcpy(part, text, size);
                ck_assert_uint_le(text_width(part), columns);
                if (text[size])
                        ck_assert_uint_ge(text_width(part) + 1, columns);
        }
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("text-cut");
        TCase *tcase = tcase_create("text-cut");

        tcase_add_test(tcase, text_is_cut_where_it_would_be_too_wide);
        tcase_add_test(tcase, a_wide_character_that_does_not_fit_whole_is_left_out);
        tcase_add_test(tcase, a_combining_character_stays_with_its_letter);
        tcase_add_test(tcase, what_was_cut_is_as_wide_as_it_may_be_and_no_wider);
        suite_add_tcase(suite, tcase);
        return suite;
}
