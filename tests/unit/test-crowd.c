/* SPDX-License-Identifier: MIT */
#include "lib/core/crowd.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/check-main.h"

static uint32_t note(Crowd *crowd, uint64_t group, const char *text, uint32_t number)
{
        uint32_t first;

        ck_assert_int_eq(crowd_note(crowd, group, SLICE(text), number, &first), 0);
        return first;
}

START_TEST(nobody_is_another_to_himself)
{
        _cleanup_(crowd_done) Crowd crowd = {};

        ck_assert(!crowd_has_other(&crowd, 1, SLICE("a"), 7));
        ck_assert_uint_eq(note(&crowd, 1, "a", 7), 7);
        ck_assert_uint_eq(note(&crowd, 1, "a", 7), 7);
        ck_assert(!crowd_has_other(&crowd, 1, SLICE("a"), 7));
        ck_assert(crowd_has_other(&crowd, 1, SLICE("a"), 8));
}
END_TEST

START_TEST(the_second_makes_others_of_all)
{
        _cleanup_(crowd_done) Crowd crowd = {};

        note(&crowd, 1, "a", 7);
        ck_assert_uint_eq(note(&crowd, 1, "a", 8), 7);
        ck_assert_uint_eq(note(&crowd, 1, "a", 9), 7);
        for (uint32_t i = 7; i <= 9; i++)
                ck_assert(crowd_has_other(&crowd, 1, SLICE("a"), i));
}
END_TEST

START_TEST(groups_and_texts_are_told_apart)
{
        _cleanup_(crowd_done) Crowd crowd = {};

        note(&crowd, 1, "a", 7);
        note(&crowd, 2, "a", 8);
        note(&crowd, 1, "ab", 9);
        ck_assert(!crowd_has_other(&crowd, 1, SLICE("a"), 7));
        ck_assert(!crowd_has_other(&crowd, 2, SLICE("a"), 8));
        ck_assert(!crowd_has_other(&crowd, 3, SLICE("a"), 1));
        ck_assert(!crowd_has_other(&crowd, 1, SLICE(""), 1));
}
END_TEST

START_TEST(a_reset_forgets_everything)
{
        _cleanup_(crowd_done) Crowd crowd = {};

        note(&crowd, 1, "a", 7);
        crowd_reset(&crowd);
        ck_assert(!crowd_has_other(&crowd, 1, SLICE("a"), 8));
        ck_assert_uint_eq(note(&crowd, 1, "a", 8), 8);
}
END_TEST

/* When the counter of uses comes round, entries of an age-old use must not come to life. */
START_TEST(the_four_billionth_reset_forgets_as_well)
{
        _cleanup_(crowd_done) Crowd crowd = {};

        note(&crowd, 1, "a", 7);
        crowd.use = UINT32_MAX;
        note(&crowd, 1, "b", 7);
        crowd_reset(&crowd);
        ck_assert_uint_eq(crowd.use, 1);
        ck_assert(!crowd_has_other(&crowd, 1, SLICE("a"), 8));
        ck_assert_uint_eq(note(&crowd, 1, "a", 8), 8);
        ck_assert_uint_eq(note(&crowd, 1, "b", 8), 8);
}
END_TEST

START_TEST(it_grows_and_still_finds_all)
{
        _cleanup_(crowd_done) Crowd crowd = {};
        static char texts[20000][16];

        for (uint32_t round = 0; round < 2; round++) {
                for (uint32_t i = 0; i < ARRAY_SIZE(texts); i++) {
                        snprintf(texts[i], sizeof(texts[i]), "t%u", i);
                        ck_assert_uint_eq(note(&crowd, i % 3, texts[i], i), i);
                }
                for (uint32_t i = 0; i < ARRAY_SIZE(texts); i++) {
                        ck_assert(!crowd_has_other(&crowd, i % 3, SLICE(texts[i]), i));
                        ck_assert(crowd_has_other(&crowd, i % 3, SLICE(texts[i]), i + 1));
                }
                crowd_reset(&crowd);
        }
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("crowd");
        TCase *crowd = tcase_create("crowd");

        tcase_add_test(crowd, nobody_is_another_to_himself);
        tcase_add_test(crowd, the_second_makes_others_of_all);
        tcase_add_test(crowd, groups_and_texts_are_told_apart);
        tcase_add_test(crowd, a_reset_forgets_everything);
        tcase_add_test(crowd, the_four_billionth_reset_forgets_as_well);
        tcase_add_test(crowd, it_grows_and_still_finds_all);
        suite_add_tcase(suite, crowd);
        return suite;
}
