/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "lib/core/guid.h"
#include "tests/unit/check-main.h"

static const Guid sample = { { 0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb,
                               0xcc, 0xdd, 0xee, 0xff } };

START_TEST(the_first_three_fields_are_little_endian)
{
        char text[GUID_STRING_SIZE];

        guid_format(&sample, text);
        ck_assert_str_eq(text, "00112233-4455-6677-8899-aabbccddeeff");
}
END_TEST

START_TEST(a_filter_takes_the_bytes_in_stored_order)
{
        char text[GUID_FILTER_SIZE];

        guid_format_filter(&sample, text);
        ck_assert_str_eq(text, "\\33\\22\\11\\00\\55\\44\\77\\66\\88\\99\\aa\\bb\\cc\\dd\\ee\\ff");
}
END_TEST

START_TEST(text_in_either_case_and_with_braces_is_read)
{
        Guid guid;

        ck_assert_int_eq(guid_parse("{00112233-4455-6677-8899-AABBCCDDEEFF}", &guid), 0);
        ck_assert(guid_equal(&guid, &sample));
}
END_TEST

START_TEST(anything_else_is_refused_and_changes_nothing)
{
        static const char *const wrong[] = {
                "", "{", "00112233", "00112233-4455-6677-8899-aabbccddeef",
                "00112233-4455-6677-8899-aabbccddeeffa", "00112233-4455-6677-8899-aabbccddeeff}",
                "{00112233-4455-6677-8899-aabbccddeeff", "0011223344556677-8899-aabbccddeeff0",
                "g0112233-4455-6677-8899-aabbccddeeff",
        };
        Guid guid = sample;

        ck_assert_int_eq(guid_parse(wrong[_i], &guid), -EINVAL);
        ck_assert(guid_equal(&guid, &sample));
        ck_assert_int_eq(guid_from_bytes("short", 5, &guid), -EBADMSG);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("guid");
        TCase *tcase = tcase_create("guid");

        tcase_add_test(tcase, the_first_three_fields_are_little_endian);
        tcase_add_test(tcase, a_filter_takes_the_bytes_in_stored_order);
        tcase_add_test(tcase, text_in_either_case_and_with_braces_is_read);
        tcase_add_loop_test(tcase, anything_else_is_refused_and_changes_nothing, 0, 9);
        suite_add_tcase(suite, tcase);
        return suite;
}
