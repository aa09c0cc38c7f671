/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "lib/core/range.h"
#include "lib/core/usn.h"
#include "lib/core/util.h"
#include "tests/unit/check-main.h"

/* Head and two cursors of version 2, as a DC sends them. */
static const uint8_t two[16 + 2 * 32] = {
        2, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0,
        0x11, 0x11, 0x11, 0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xe1, 0x0e, 0, 0, 0, 0, 0, 0,
        0, 0x80, 0x3e, 0xd5, 0xde, 0xb1, 0x9d, 1,
        0x22, 0x22, 0x22, 0x22, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 1, 0, 0, 0,
        0, 0x80, 0x3e, 0xd5, 0xde, 0xb1, 0x9d, 1,
};

START_TEST(cursors_are_read_and_found)
{
        Guid second, none = GUID_NULL;
        UtdVector vector;
        int64_t usn = -1;

        ck_assert_int_eq(utd_vector_parse(two, sizeof(two), &vector), 0);
        ck_assert_uint_eq(vector.n_cursors, 2);
        ck_assert_int_eq(vector.cursors[0].usn, 3809);
        memcpy(second.bytes, two + 16 + 32, 16);
        ck_assert_int_eq(utd_vector_find(&vector, &second, &usn), 1);
        ck_assert_int_eq(usn, INT64_C(0x100000001)); /* USNs have 64 bits */
        ck_assert_int_eq(utd_vector_find(&vector, &none, &usn), 0);
        utd_vector_done(&vector);
}
END_TEST

START_TEST(the_older_version_has_shorter_cursors)
{
        uint8_t blob[16 + 24] = { 1, 0, 0, 0, 0, 0, 0, 0, 1 };
        UtdVector vector;

        memcpy(blob + 16, two + 16, 24);
        ck_assert_int_eq(utd_vector_parse(blob, sizeof(blob), &vector), 0);
        ck_assert_uint_eq(vector.n_cursors, 1);
        ck_assert_int_eq(vector.cursors[0].usn, 3809);
        utd_vector_done(&vector);
}
END_TEST

START_TEST(a_vector_that_lies_about_itself_is_refused)
{
        UtdVector vector;
        uint8_t blob[sizeof(two)];

        for (size_t cut = 0; cut < sizeof(two); cut++)
                ck_assert_int_eq(utd_vector_parse(two, cut, &vector), -EBADMSG);

        memcpy(blob, two, sizeof(two));
        blob[8] = 0xff;
        blob[11] = 0xff; /* four thousand million cursors */
        ck_assert_int_eq(utd_vector_parse(blob, sizeof(blob), &vector), -EBADMSG);

        memcpy(blob, two, sizeof(two));
        blob[0] = 3;
        ck_assert_int_eq(utd_vector_parse(blob, sizeof(blob), &vector), -EBADMSG);

        memcpy(blob, two, sizeof(two));
        blob[16 + 23] = 0x80; /* a negative USN */
        ck_assert_int_eq(utd_vector_parse(blob, sizeof(blob), &vector), -EBADMSG);
}
END_TEST

START_TEST(an_empty_vector_is_one)
{
        UtdVector vector;

        ck_assert_int_eq(utd_vector_parse((uint8_t[16]){ 2 }, 16, &vector), 0);
        ck_assert_uint_eq(vector.n_cursors, 0);
        utd_vector_done(&vector);
}
END_TEST

static const struct {
        const char *description;
        int r;
        size_t name_size;
        bool is_ranged;
        size_t first, last;
        bool is_final;
} ranges[] = {
        { "member", 0, 6, false, 0, 0, false },
        { "member;range=0-1499", 0, 6, true, 0, 1499, false },
        { "member;Range=1500-*", 0, 6, true, 1500, 0, true },
        { "userCertificate;binary", 0, 15, false, 0, 0, false },
        { "userCertificate;binary;range=0-15", 0, 15, true, 0, 15, false },
        { "member;", 0, 6, false, 0, 0, false },
        { "member;range=", -EBADMSG, 0, false, 0, 0, false },
        { "member;range=5", -EBADMSG, 0, false, 0, 0, false },
        { "member;range=9-5", -EBADMSG, 0, false, 0, 0, false },
        { "member;range=0-*x", -EBADMSG, 0, false, 0, 0, false },
        { "member;range=-1-5", -EBADMSG, 0, false, 0, 0, false },
        { "member;range=0-99999999999999999999", -EBADMSG, 0, false, 0, 0, false },
        { "member;range=0-1;range=2-3", -EBADMSG, 0, false, 0, 0, false },
};

START_TEST(a_description_says_which_part_it_brings)
{
        AttributeRange range = {};

        ck_assert_int_eq(
                range_parse(ranges[_i].description, strlen(ranges[_i].description), &range),
                ranges[_i].r);
        ck_assert_uint_eq(range.name_size, ranges[_i].name_size);
        ck_assert_int_eq(range.is_ranged, ranges[_i].is_ranged);
        ck_assert_uint_eq(range.first, ranges[_i].first);
        ck_assert_uint_eq(range.last, ranges[_i].last);
        ck_assert_int_eq(range.is_final, ranges[_i].is_final);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("usn");
        TCase *tcase = tcase_create("usn");

        tcase_add_test(tcase, cursors_are_read_and_found);
        tcase_add_test(tcase, the_older_version_has_shorter_cursors);
        tcase_add_test(tcase, a_vector_that_lies_about_itself_is_refused);
        tcase_add_test(tcase, an_empty_vector_is_one);
        tcase_add_loop_test(tcase, a_description_says_which_part_it_brings, 0,
                            (int)ARRAY_SIZE(ranges));
        suite_add_tcase(suite, tcase);
        return suite;
}
