/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "lib/core/metadata.h"
#include "tests/unit/check-main.h"

/* Two writes: the user principal name, version 3, at 2026-11-21 09:36:36 UTC; and something of a later schema. */
static const uint8_t blob[] = {
        1,    0,    0,    0,    0,    0,    0,    0,    2,    0,    0,    0,    0,  0,  0,  0,
        0x90, 0x02, 0x09, 0,    3,    0,    0,    0,    0x74, 0x9b, 0x1e, 0x20, 3,  0,  0,  0,
        0xa1, 1,    2,    3,    4,    5,    6,    7,    8,    9,    10,   11,   12, 13, 14, 15,
        0x39, 0x30, 0,    0,    0,    0,    0,    0,    1,    0,    0,    0,    0,  0,  0,  0,
        0x49, 0x00, 0x0a, 0x7f, 1,    0,    0,    0,    0,    0,    0,    0,    0,  0,  0,  0,
        0xa2, 1,    2,    3,    4,    5,    6,    7,    8,    9,    10,   11,   12, 13, 14, 15,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 2,    0,    0,    0,    0,  0,  0,  0,
};

START_TEST(each_write_says_what_when_and_where)
{
        Metadata metadata;
        int64_t expected = (INT64_C(3) << 32 | 0x201e9b74) - INT64_C(11644473600);

        ck_assert_int_eq(metadata_parse(blob, sizeof(blob), &metadata), 0);
        ck_assert_uint_eq(metadata.n_writes, 2);
        ck_assert_str_eq(metadata_attribute_name(metadata.writes[0].number), "userPrincipalName");
        ck_assert_uint_eq(metadata.writes[0].version, 3);
        ck_assert_int_eq(metadata.writes[0].at, expected);
        ck_assert_uint_eq(metadata.writes[0].invocation_id.bytes[0], 0xa1);
        ck_assert_int_eq(metadata.writes[0].usn, 12345);
        ck_assert_ptr_null(metadata_attribute_name(metadata.writes[1].number));
        ck_assert_int_eq(metadata.writes[1].usn, INT64_MAX);
        metadata_done(&metadata);
}
END_TEST

/* Whatever is cut off, added, or counted wrong. */
START_TEST(what_is_not_whole_is_refused)
{
        uint8_t copy[sizeof(blob) + 1];
        Metadata metadata = { .n_writes = 7 };

        for (size_t size = 0; size < sizeof(blob); size++)
                ck_assert_int_eq(metadata_parse(blob, size, &metadata), -EBADMSG);
        memcpy(copy, blob, sizeof(blob));
        copy[sizeof(blob)] = 0;
        ck_assert_int_eq(metadata_parse(copy, sizeof(copy), &metadata), -EBADMSG);
        copy[0] = 2;
        ck_assert_int_eq(metadata_parse(copy, sizeof(blob), &metadata), -EBADMSG);
        copy[0] = 1;
        copy[8] = 1;
        ck_assert_int_eq(metadata_parse(copy, sizeof(blob), &metadata), -EBADMSG);
        copy[8] = 2;
        copy[16 + 15] = 0x10; /* a time that no calendar has */
        ck_assert_int_eq(metadata_parse(copy, sizeof(blob), &metadata), -EBADMSG);
        copy[16 + 15] = 0;
        copy[16 + 39] = 0x80; /* a USN that is negative */
        ck_assert_int_eq(metadata_parse(copy, sizeof(blob), &metadata), -EBADMSG);
        ck_assert_uint_eq(metadata.n_writes, 7);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("metadata");
        TCase *tcase = tcase_create("metadata");

        tcase_add_test(tcase, each_write_says_what_when_and_where);
        tcase_add_test(tcase, what_is_not_whole_is_refused);
        suite_add_tcase(suite, tcase);
        return suite;
}
