/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "lib/core/sync-error-file.h"
#include "tests/unit/check-main.h"

static SyncErrorList list;
static SyncErrorFile *file;

static void set_up(void)
{
        list = (SyncErrorList){};
        ck_assert_int_eq(sync_error_file_new(&list, &file), 0);
}

static void tear_down(void)
{
        file = sync_error_file_free(file);
        sync_error_list_done(&list);
}

static int read_text(const char *text)
{
        int r = sync_error_file_feed(file, text, strlen(text));

        return r < 0 ? r : sync_error_file_end(file);
}

static const char *field(size_t index, SyncErrorField field)
{
        ck_assert_uint_lt(index, list.n);
        return list.errors[index].fields[field] ?: "";
}

static bool value_is(size_t index, size_t number, const char *attribute, const char *value)
{
        const SyncErrorValue *found = &list.errors[index].values[number];

        return slice_equal(found->attribute, SLICE(attribute)) &&
               slice_equal(found->value, SLICE(value));
}

START_TEST(columns_are_known_by_their_names_whatever_blanks_and_case_they_have)
{
        ck_assert_int_eq(
                read_text("ERROR_TYPE;source anchor;On-Premises Distinguished Name;Colour\n"
                          "LargeObject;AAAA;CN=A;red\n"),
                0);
        ck_assert_uint_eq(list.n, 1);
        ck_assert_str_eq(field(0, SYNC_ERROR_NAME), "LargeObject");
        ck_assert_str_eq(field(0, SYNC_ERROR_ANCHOR), "AAAA");
        ck_assert_str_eq(field(0, SYNC_ERROR_DN), "CN=A");
        ck_assert_int_eq(sync_error_file_source(file), SYNC_ERROR_HEALTH);
}
END_TEST

START_TEST(of_two_columns_for_one_field_the_one_that_says_more_counts)
{
        ck_assert_int_eq(
                read_text(
                        "[{\"category\":\"Duplicate Attribute\",\"errorType\":\"X\",\"upn\":\"a\","
                        "\"userPrincipalName\":\"b\"}]"),
                0);
        ck_assert_str_eq(field(0, SYNC_ERROR_NAME), "X");
        ck_assert_str_eq(field(0, SYNC_ERROR_UPN), "b");
}
END_TEST

START_TEST(values_are_read_out_of_the_message)
{
        ck_assert_int_eq(
                read_text(
                        "[{\"type\":\"X\",\"upn\":\"a\",\"errorMessage\":\"they are in use: "
                        "[UserPrincipalName a@b.c;ProxyAddresses SMTP:d@b.c;]. Remove [one].\"}]"),
                0);
        ck_assert_uint_eq(list.errors[0].n_values, 2);
        ck_assert(value_is(0, 0, "UserPrincipalName", "a@b.c"));
        ck_assert(value_is(0, 1, "ProxyAddresses", "SMTP:d@b.c"));
        ck_assert_int_eq(sync_error_is_about(&list.errors[0], "D@B.C"), 1);
        ck_assert_int_eq(sync_error_is_about(&list.errors[0], "smtp:d@b.c"), 1);
        ck_assert_int_eq(sync_error_is_about(&list.errors[0], "e@b.c"), 0);
}
END_TEST

START_TEST(an_error_without_values_is_about_all)
{
        ck_assert_int_eq(read_text("[{\"type\":\"LargeObject\",\"upn\":\"a\"}]"), 0);
        ck_assert_int_eq(sync_error_is_about(&list.errors[0], "anything"), 1);
}
END_TEST

START_TEST(an_object_of_graph_has_as_many_errors_as_it_says)
{
        ck_assert_int_eq(
                read_text(
                        "{\"value\":[{\"id\":\"1\",\"onPremisesProvisioningErrors\":[{\"category\":"
                        "\"PropertyConflict\",\"value\":\"a\"},{\"value\":\"b\"}]},"
                        "{\"id\":\"2\",\"onPremisesProvisioningErrors\":null}]}"),
                0);
        ck_assert_uint_eq(list.n, 2);
        ck_assert_str_eq(field(0, SYNC_ERROR_NAME), "PropertyConflict");
        ck_assert_str_eq(field(1, SYNC_ERROR_VALUE), "b");
        ck_assert_str_eq(field(1, SYNC_ERROR_CLOUD_ID), "1");
        ck_assert_int_eq(sync_error_file_source(file), SYNC_ERROR_GRAPH);
        ck_assert_uint_eq(sync_error_file_count(file), 2);
}
END_TEST

START_TEST(an_object_of_csexport_is_known_by_what_was_to_be_exported)
{
        ck_assert_int_eq(
                read_text(" <cs-objects><cs-object "
                          "cs-dn=\"CN={41413D3D}\"><unapplied-export><delta><attr "
                          "name=\"userPrincipalName\"><value>new@b.c</value></attr></delta></"
                          "unapplied-export>"
                          "<synchronized-hologram><entry><attr "
                          "name=\"userPrincipalName\"><value>old@b.c</value>"
                          "</attr><attr name=\"cloudAnchor\"><value>User_77</value></attr></entry>"
                          "</synchronized-hologram><export-errordetail><export-status "
                          "error-type=\"kind\">"
                          "<cd-error><error-name>Name &amp; "
                          "all</error-name></cd-error></export-status>"
                          "</export-errordetail></cs-object></cs-objects>"),
                0);
        ck_assert_str_eq(field(0, SYNC_ERROR_ANCHOR), "AA==");
        ck_assert_str_eq(field(0, SYNC_ERROR_UPN), "new@b.c");
        ck_assert_str_eq(field(0, SYNC_ERROR_CLOUD_ID), "77");
        ck_assert_str_eq(field(0, SYNC_ERROR_NAME), "Name & all");
}
END_TEST

START_TEST(the_kind_stands_in_for_a_name_that_is_not_there)
{
        ck_assert_int_eq(
                read_text(
                        "<cs-objects><cs-object cs-dn=\"CN=A\"><export-errordetail date-occurred="
                        "\"2026-11-20 09:30:12.345\" error-type=\"permission-issue\"/></cs-object>"
                        "<cs-object cs-dn=\"CN=B\"/></cs-objects>"),
                0);
        ck_assert_uint_eq(list.n, 1);
        ck_assert_str_eq(field(0, SYNC_ERROR_NAME), "permission-issue");
        ck_assert_str_eq(field(0, SYNC_ERROR_DN), "CN=A");
        ck_assert_int_eq(sync_error_time(&list.errors[0]), 1795167012);
        ck_assert_uint_eq(sync_error_file_count(file), 2);
}
END_TEST

START_TEST(only_digits_of_a_text_are_an_anchor)
{
        static const char *const others[] = { "CN=A",     "CN={}",     "CN={4}",
                                              "CN={4G}",  "CN={41",    "CN={FF}",
                                              "CN={41}x", "CN={4100}", "OU={41}" };
        _cleanup_buffer_ Buffer anchor = BUFFER_INIT;

        for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
                ck_assert_int_eq(sync_error_anchor_of_dn(others[i], &anchor), -EINVAL);
                ck_assert_uint_eq(anchor.size, 0);
        }
        ck_assert_int_eq(sync_error_anchor_of_dn("cn={4142}", &anchor), 0);
        ck_assert_str_eq(buffer_string(&anchor), "AB");
}
END_TEST

START_TEST(damage_is_told_by_byte_and_object)
{
        static const struct {
                const char *text, *error;
        } cases[] = {
                { "<cs-objects><cs-object cs-dn='CN=A'/></b>",
                  "byte 39, object 2: mismatched tag" },
                { "<cs-objects><cs-object cs-dn='CN=A'>",
                  "byte 36, object 1: the file is truncated: <cs-objects> does not end" },
                { "<a/>", "byte 0, object 1: this is no file of csexport: its outermost element is "
                          "not <cs-objects>" },
                { "<!DOCTYPE a><a/>",
                  "byte 11, object 1: it has a DOCTYPE, which csexport never writes" },
                { "<cs-objects><cs-object/></cs-objects>",
                  "byte 12, object 1: the object has no cs-dn" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                tear_down();
                set_up();
                ck_assert_int_eq(read_text(cases[i].text), -EBADMSG);
                ck_assert_str_eq(sync_error_file_error(file), cases[i].error);
        }
}
END_TEST

START_TEST(a_value_that_is_longer_than_any_is_refused)
{
        static const char begin[] = "<cs-objects><cs-object cs-dn='CN=A'><hologram><entry><attr "
                                    "name='mail'><value>";
        char piece[4096];
        int r;

        memset(piece, 'x', sizeof(piece));
        r = sync_error_file_feed(file, begin, strlen(begin));
        for (size_t i = 0; i < 100 && r == 0; i++)
                r = sync_error_file_feed(file, piece, sizeof(piece));
        ck_assert_int_eq(r, -EBADMSG);
        ck_assert(strstr(sync_error_file_error(file), "a value is longer than 64 KiB"));
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("sync-error");
        TCase *tests = tcase_create("sync-error");

        tcase_add_checked_fixture(tests, set_up, tear_down);
        tcase_add_test(tests, columns_are_known_by_their_names_whatever_blanks_and_case_they_have);
        tcase_add_test(tests, of_two_columns_for_one_field_the_one_that_says_more_counts);
        tcase_add_test(tests, values_are_read_out_of_the_message);
        tcase_add_test(tests, an_error_without_values_is_about_all);
        tcase_add_test(tests, an_object_of_graph_has_as_many_errors_as_it_says);
        tcase_add_test(tests, an_object_of_csexport_is_known_by_what_was_to_be_exported);
        tcase_add_test(tests, the_kind_stands_in_for_a_name_that_is_not_there);
        tcase_add_test(tests, only_digits_of_a_text_are_an_anchor);
        tcase_add_test(tests, damage_is_told_by_byte_and_object);
        tcase_add_test(tests, a_value_that_is_longer_than_any_is_refused);
        suite_add_tcase(suite, tests);
        return suite;
}
