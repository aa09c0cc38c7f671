/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "lib/core/sid.h"
#include "tests/unit/check-main.h"

/* The domain's Administrator of a real domain, and what its text form is. */
static const uint8_t administrator[] = {
        1, 5, 0,    0,    0,    0,    0,    5,    21,   0,    0,    0, 0x10, 0x27,
        0, 0, 0x80, 0xd1, 0xf0, 0x08, 0xff, 0xff, 0xff, 0xff, 0xf4, 1, 0,    0,
};
#define ADMINISTRATOR "S-1-5-21-10000-150000000-4294967295-500"

START_TEST(sub_authorities_are_little_endian_and_the_authority_big)
{
        _cleanup_buffer_ Buffer buffer = BUFFER_INIT;

        ck_assert_int_eq(sid_format(administrator, sizeof(administrator), &buffer), 0);
        ck_assert_str_eq(buffer_string(&buffer), ADMINISTRATOR);
}
END_TEST

START_TEST(a_large_authority_is_hexadecimal)
{
        static const uint8_t sid[] = { 1, 1, 0x01, 0x02, 0, 0, 0, 0x0a, 1, 0, 0, 0 };
        _cleanup_buffer_ Buffer buffer = BUFFER_INIT;
        uint8_t parsed[SID_SIZE_MAX];
        size_t size;

        ck_assert_int_eq(sid_format(sid, sizeof(sid), &buffer), 0);
        ck_assert_str_eq(buffer_string(&buffer), "S-1-0x01020000000A-1");
        ck_assert_int_eq(sid_parse((char *)buffer.data, buffer.size, parsed, &size), 0);
        ck_assert_uint_eq(size, sizeof(sid));
        ck_assert_mem_eq(parsed, sid, size);
}
END_TEST

static const struct {
        const char *data;
        size_t size;
} wrong_bytes[] = {
        { "", 0 },
        { "\1\1\0\0\0\0\0", 7 },
        { "\1\1\0\0\0\0\0\5\12\0\0", 11 },
        { "\1\1\0\0\0\0\0\5\12\0\0\0\0", 13 },
        { "\2\1\0\0\0\0\0\5\12\0\0\0", 12 },
        { "\1\20\0\0\0\0\0\5\12\0\0\0\12\0\0\0\12\0\0\0\12\0\0\0\12\0\0\0\12\0\0\0\12\0\0\0"
          "\12\0\0\0\12\0\0\0"
          "\12\0\0\0\12\0\0\0\12\0\0\0\12\0\0\0\12\0\0\0\12\0\0\0\12\0\0\0",
          72 },
};

START_TEST(bytes_of_the_wrong_shape_are_no_sid)
{
        _cleanup_buffer_ Buffer buffer = BUFFER_INIT;

        ck_assert_int_eq(buffer_append_string(&buffer, "kept"), 0);
        ck_assert_int_eq(sid_format(wrong_bytes[_i].data, wrong_bytes[_i].size, &buffer), -EBADMSG);
        ck_assert_str_eq(buffer_string(&buffer), "kept");
}
END_TEST

START_TEST(the_text_form_is_read_in_either_case)
{
        uint8_t sid[SID_SIZE_MAX];
        size_t size = 0;

        ck_assert_int_eq(sid_parse(ADMINISTRATOR, strlen(ADMINISTRATOR), sid, &size), 0);
        ck_assert_uint_eq(size, sizeof(administrator));
        ck_assert_mem_eq(sid, administrator, size);
        ck_assert_int_eq(sid_parse("s-1-5-10", 8, sid, &size), 0);
        ck_assert(sid_is_self(sid, size));
}
END_TEST

static const char *const wrong_texts[] = {
        "",
        "S",
        "S-",
        "S-1",
        "S-1-",
        "S-2-5-10",
        "S-1-5-",
        "S-1-5-4294967296",
        "S-1-5--1",
        "S-1-5-10x",
        "S-1-0x1000000000000",
        "S-1-5-0x",
        "T-1-5-10",
        "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16",
        "S1-5-10",
};

START_TEST(texts_of_the_wrong_shape_are_no_sid)
{
        uint8_t sid[SID_SIZE_MAX];
        size_t size = 4711;

        ck_assert_int_eq(sid_parse(wrong_texts[_i], strlen(wrong_texts[_i]), sid, &size), -EBADMSG);
        ck_assert_uint_eq(size, 4711);
}
END_TEST

START_TEST(random_sids_survive_the_way_to_text_and_back)
{
        uint64_t state = test_seed();

        for (unsigned i = 0; i < 1000; i++) {
                uint8_t sid[SID_SIZE_MAX], parsed[SID_SIZE_MAX];
                _cleanup_buffer_ Buffer text = BUFFER_INIT;
                size_t size, parsed_size;

                for (size_t k = 0; k < sizeof(sid); k++)
                        sid[k] = (uint8_t)test_random(&state);
                sid[0] = 1;
                sid[1] = (uint8_t)(test_random(&state) % 16);
                size = 8 + 4 * (size_t)sid[1];

                ck_assert_int_eq(sid_format(sid, size, &text), 0);
                ck_assert_int_eq(sid_parse((char *)text.data, text.size, parsed, &parsed_size), 0);
                ck_assert_uint_eq(parsed_size, size);
                ck_assert_mem_eq(parsed, sid, size);
        }
}
END_TEST

START_TEST(only_principal_self_is_self)
{
        ck_assert(sid_is_self("\1\1\0\0\0\0\0\5\12\0\0\0", 12));
        ck_assert(!sid_is_self("\1\1\0\0\0\0\0\5\13\0\0\0", 12));
        ck_assert(!sid_is_self("\1\1\0\0\0\0\0\5\12\0\0", 11));
        ck_assert(!sid_is_self(administrator, sizeof(administrator)));
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("sid");
        TCase *tcase = tcase_create("sid");

        tcase_add_test(tcase, sub_authorities_are_little_endian_and_the_authority_big);
        tcase_add_test(tcase, a_large_authority_is_hexadecimal);
        tcase_add_loop_test(tcase, bytes_of_the_wrong_shape_are_no_sid, 0,
                            (int)ARRAY_SIZE(wrong_bytes));
        tcase_add_test(tcase, the_text_form_is_read_in_either_case);
        tcase_add_loop_test(tcase, texts_of_the_wrong_shape_are_no_sid, 0,
                            (int)ARRAY_SIZE(wrong_texts));
        tcase_add_test(tcase, random_sids_survive_the_way_to_text_and_back);
        tcase_add_test(tcase, only_principal_self_is_self);
        suite_add_tcase(suite, tcase);
        return suite;
}
