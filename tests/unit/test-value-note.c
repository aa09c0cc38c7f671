/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "ctl/file-guid.h"
#include "ctl/value-note.h"
#include "tests/unit/check-main.h"

static const struct {
        AttributeId attribute;
        const char *value;
        const char *note;
} cases[] = {
        { ATTRIBUTE_USER_ACCOUNT_CONTROL, "512", "ordinary account" },
        { ATTRIBUTE_USER_ACCOUNT_CONTROL, "66050",
          "disabled, ordinary account, password does not expire" },
        { ATTRIBUTE_USER_ACCOUNT_CONTROL, "0", "" },
        { ATTRIBUTE_USER_ACCOUNT_CONTROL, "many", "" },
        { ATTRIBUTE_USER_ACCOUNT_CONTROL, "", "" },
        { ATTRIBUTE_USER_ACCOUNT_CONTROL, "99999999999999999999999999", "" },
        { ATTRIBUTE_GROUP_TYPE, "-2147483646", "global, security" },
        { ATTRIBUTE_GROUP_TYPE, "8", "universal" },
        { ATTRIBUTE_MS_EXCH_RECIPIENT_TYPE_DETAILS, "2147483648", "remote user mailbox" },
        { ATTRIBUTE_MS_EXCH_RECIPIENT_TYPE_DETAILS, "3", "" },
        { ATTRIBUTE_PWD_LAST_SET, "0", "never" },
        { ATTRIBUTE_PWD_LAST_SET, "9223372036854775807", "never" },
        { ATTRIBUTE_PWD_LAST_SET, "116444736000000000", "1970-01-01T00:00:00Z" },
        { ATTRIBUTE_PROXY_ADDRESSES, "SMTP:a@b", "primary" },
        { ATTRIBUTE_PROXY_ADDRESSES, " SMTP:a@b ", "primary" },
        { ATTRIBUTE_PROXY_ADDRESSES, "smtp:a@b", "" },
        { ATTRIBUTE_PROXY_ADDRESSES, "SIP:a@b", "primary" },
        { ATTRIBUTE_PROXY_ADDRESSES, "X500:/o=x", "" },
        { ATTRIBUTE_PROXY_ADDRESSES, "a@b", "" },
        { ATTRIBUTE_MS_DS_CONSISTENCY_GUID, "0123456789abcdef",
          "33323130-3534-3736-3839-616263646566" },
        { ATTRIBUTE_MS_DS_CONSISTENCY_GUID, "custom", "" },
        { ATTRIBUTE_MAIL, "512", "" },
};

START_TEST(values_that_do_not_speak_for_themselves_get_a_note)
{
        _cleanup_buffer_ Buffer buffer = BUFFER_INIT;

        ck_assert_int_eq(value_note(cases[_i].attribute, SLICE(cases[_i].value), &buffer), 0);
        ck_assert_str_eq(buffer_string(&buffer), cases[_i].note);
}
END_TEST

START_TEST(equal_names_make_equal_guids_and_others_do_not)
{
        Guid a, b, c;

        ck_assert_int_eq(file_guid_make(SLICE("CN=Anna,DC=corp,DC=example"), &a), 0);
        ck_assert_int_eq(file_guid_make(SLICE("cn=ANNA, dc=Corp,dc=example"), &b), 0);
        ck_assert_int_eq(file_guid_make(SLICE("CN=Anne,DC=corp,DC=example"), &c), 0);
        ck_assert(guid_equal(&a, &b));
        ck_assert(!guid_equal(&a, &c));
}
END_TEST

START_TEST(a_guid_of_ours_is_told_from_a_directorys)
{
        Guid made, real;

        ck_assert_int_eq(file_guid_make(SLICE("CN=Anna,DC=corp"), &made), 0);
        ck_assert(file_guid_is_made(&made));
        ck_assert_int_eq(guid_parse("e1a1e3b5-9d0c-4d3e-8f57-0a2f5b6c7d8e", &real), 0);
        ck_assert(!file_guid_is_made(&real));
        ck_assert(!file_guid_is_made(&GUID_NULL));
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("value-note");
        TCase *tcase = tcase_create("value-note");

        tcase_add_loop_test(tcase, values_that_do_not_speak_for_themselves_get_a_note, 0,
                            sizeof(cases) / sizeof(cases[0]));
        tcase_add_test(tcase, equal_names_make_equal_guids_and_others_do_not);
        tcase_add_test(tcase, a_guid_of_ours_is_told_from_a_directorys);
        suite_add_tcase(suite, tcase);
        return suite;
}
