/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "lib/core/buffer.h"
#include "tests/unit/check-main.h"

START_TEST(varints_come_back_as_they_went_in)
{
        uint64_t state = test_seed();

        for (unsigned i = 0; i < 10000; i++) {
                _cleanup_buffer_ Buffer buffer = BUFFER_INIT;
                uint64_t value = test_random(&state) >> test_random(&state) % 64, read;
                size_t at = 0;

                ck_assert_int_eq(buffer_append_varint(&buffer, value), 0);
                ck_assert_int_eq(varint_read(buffer.data, buffer.size, &at, &read), 0);
                ck_assert_uint_eq(read, value);
                ck_assert_uint_eq(at, buffer.size);
        }
}
END_TEST

START_TEST(a_cut_varint_is_refused)
{
        const uint8_t cut[] = { 0x80, 0xff }, too_long[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                                             0xff, 0xff, 0xff, 0x02 };
        uint64_t value = 7;
        size_t at = 0;

        ck_assert_int_eq(varint_read(cut, sizeof(cut), &at, &value), -EBADMSG);
        ck_assert_int_eq(varint_read(too_long, sizeof(too_long), &at, &value), -EBADMSG);
        ck_assert_uint_eq(at, 0);
        ck_assert_uint_eq(value, 7);
}
END_TEST

START_TEST(format_appends_behind_what_is_there)
{
        _cleanup_buffer_ Buffer buffer = BUFFER_INIT;

        ck_assert_int_eq(buffer_append_string(&buffer, "usn "), 0);
        ck_assert_int_eq(buffer_append_format(&buffer, "%d-%s", 42, "x"), 0);
        ck_assert_str_eq(buffer_string(&buffer), "usn 42-x");
        ck_assert_uint_eq(buffer.size, 8);
}
END_TEST

START_TEST(an_impossible_size_is_no_memory)
{
        _cleanup_buffer_ Buffer buffer = BUFFER_INIT;

        ck_assert_int_eq(buffer_append_byte(&buffer, 1), 0);
        ck_assert_int_eq(buffer_reserve(&buffer, SIZE_MAX), -ENOMEM);
        ck_assert_uint_eq(buffer.size, 1);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("buffer");
        TCase *tcase = tcase_create("buffer");

        tcase_add_test(tcase, varints_come_back_as_they_went_in);
        tcase_add_test(tcase, a_cut_varint_is_refused);
        tcase_add_test(tcase, format_appends_behind_what_is_there);
        tcase_add_test(tcase, an_impossible_size_is_no_memory);
        suite_add_tcase(suite, tcase);
        return suite;
}
