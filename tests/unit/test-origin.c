/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "lib/state/origin.h"
#include "tests/unit/check-main.h"

static const Guid guid = { { 4, 3, 2, 1 } };

/* Two writes: userPrincipalName on a1…, then something of a later schema on a2…. */
static const uint8_t blob[] = {
        1,    0,    0,    0,    0, 0, 0, 0, 2,    0,    0,    0,    0,  0,  0,  0,
        0x90, 0x02, 0x09, 0,    3, 0, 0, 0, 0x80, 0xe6, 0x9e, 0xb6, 2,  0,  0,  0,
        0xa1, 1,    2,    3,    4, 5, 6, 7, 8,    9,    10,   11,   12, 13, 14, 15,
        0x39, 0x30, 0,    0,    0, 0, 0, 0, 1,    0,    0,    0,    0,  0,  0,  0,
        0x49, 0x00, 0x0a, 0x7f, 1, 0, 0, 0, 0x81, 0xe6, 0x9e, 0xb6, 2,  0,  0,  0,
        0xa2, 1,    2,    3,    4, 5, 6, 7, 8,    9,    10,   11,   12, 13, 14, 15,
        17,   0,    0,    0,    0, 0, 0, 0, 2,    0,    0,    0,    0,  0,  0,  0,
};

static Origin *begin(void)
{
        Origin *origin = NULL;

        ck_assert_int_eq(origin_new(&guid, "CN=Configuration,DC=x", &origin), 0);
        ck_assert_str_eq(origin_request(origin)->base,
                         "<GUID=01020304-0000-0000-0000-000000000000>");
        ck_assert_int_eq(origin_request(origin)->scope, FEED_BASE);
        ck_assert(origin_request(origin)->show_deleted);
        return origin;
}

static int tell(Origin *origin, const char *dn, AttributeId attribute, const void *data,
                size_t size)
{
        _cleanup_(object_freep) Object *object = NULL;

        ck_assert_int_eq(object_new(&object), 0);
        ck_assert_int_eq(object_set_dn(object, dn, strlen(dn)), 0);
        if (data)
                ck_assert_int_eq(object_add(object, attribute, data, size), 0);
        ck_assert_int_eq(object_seal(object), 0);
        return origin_entry(origin, object);
}

static int tell_metadata(Origin *origin, size_t size)
{
        return tell(origin, "CN=a,DC=x", ATTRIBUTE_REPL_PROPERTY_META_DATA, blob, size);
}

START_TEST(a_server_is_named_where_it_is_found_and_by_its_number_where_not)
{
        _cleanup_(origin_freep) Origin *origin = begin();
        _cleanup_buffer_ Buffer text = BUFFER_INIT;

        ck_assert_int_eq(tell_metadata(origin, sizeof(blob)), 0);
        ck_assert_int_eq(origin_result(origin, 0), ORIGIN_MORE);
        ck_assert_str_eq(origin_request(origin)->base, "CN=Sites,CN=Configuration,DC=x");
        ck_assert_ptr_nonnull(strstr(origin_request(origin)->filter, "(invocationId=\\a1\\01"));
        ck_assert_ptr_nonnull(strstr(origin_request(origin)->filter, "(invocationId=\\a2\\01"));

        ck_assert_int_eq(tell(origin, "CN=NTDS Settings,CN=DC7,CN=Servers,CN=A,CN=Sites,DC=x",
                              ATTRIBUTE_INVOCATION_ID, blob + 32, 16),
                         0);
        ck_assert_int_eq(origin_result(origin, 0), 0);
        ck_assert_int_eq(origin_text(origin, &text), 0);
        ck_assert_str_eq(buffer_string(&text),
                         "0x7f0a0049\t1\t9328001\t17\t030201a2-0504-0706-0809-0a0b0c0d0e0f\n"
                         "userPrincipalName\t3\t9328000\t12345\tDC7\n");
}
END_TEST

/* Without the names of servers all the rest is known. */
START_TEST(what_fails_says_why)
{
        Origin *origin = begin();

        ck_assert_int_eq(origin_result(origin, 32), -ENOENT);
        origin = origin_free(origin);
        origin = begin();
        ck_assert_int_eq(origin_result(origin, 0), -ENOENT);
        origin = origin_free(origin);
        origin = begin();
        ck_assert_int_eq(origin_result(origin, 51), -EIO);
        origin = origin_free(origin);
        origin = begin();
        ck_assert_int_eq(tell(origin, "CN=a,DC=x", ATTRIBUTE_NONE, NULL, 0), -EACCES);
        ck_assert_int_eq(origin_result(origin, 0), -EACCES);
        origin = origin_free(origin);
        origin = begin();
        ck_assert_int_eq(tell_metadata(origin, sizeof(blob) - 1), -EBADMSG);
        ck_assert_int_eq(origin_result(origin, 0), -EBADMSG);
        origin = origin_free(origin);
        origin = begin();
        ck_assert_int_eq(tell_metadata(origin, sizeof(blob)), 0);
        ck_assert_int_eq(origin_result(origin, 0), ORIGIN_MORE);
        ck_assert_int_eq(origin_result(origin, 50), 0);
        (void)origin_free(origin);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("origin");
        TCase *tcase = tcase_create("origin");

        tcase_add_test(tcase, a_server_is_named_where_it_is_found_and_by_its_number_where_not);
        tcase_add_test(tcase, what_fails_says_why);
        suite_add_tcase(suite, tcase);
        return suite;
}
