/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "lib/core/record.h"
#include "tests/unit/check-main.h"

static const Guid anna = { { 1, 2, 3 } }, bert = { { 4, 5, 6 } };

static uint64_t id_of(const Guid *guid, const char *dn, const char *rule, const char *attribute,
                      const char *value)
{
        return record_id(guid, dn, rule, attribute, value, value ? strlen(value) : 0);
}

/* What stands in databases, tickets and other people's scripts must never change. */
START_TEST(ids_are_the_same_for_ever)
{
        char text[RECORD_ID_SIZE];

        record_format_id(id_of(&anna, NULL, "upn-missing", "userPrincipalName", NULL), text);
        ck_assert_str_eq(text, "e044628c28f07ad1");
        record_format_id(id_of(NULL, "CN=Anna,DC=corp", "upn-missing", NULL, "x"), text);
        ck_assert_str_eq(text, "5977e12634dc05ec");
}
END_TEST

START_TEST(each_part_makes_another_id)
{
        uint64_t ids[] = {
                id_of(&anna, NULL, "rule", "mail", "value"),
                id_of(&bert, NULL, "rule", "mail", "value"),
                id_of(&anna, NULL, "other", "mail", "value"),
                id_of(&anna, NULL, "rule", "proxyAddresses", "value"),
                id_of(&anna, NULL, "rule", "mail", "another"),
                id_of(NULL, "CN=Anna", "rule", "mail", "value"),
                id_of(NULL, "CN=Bert", "rule", "mail", "value"),
                id_of(&anna, NULL, "rulem", "ail", "value"),
                id_of(&anna, NULL, "rule", "mailv", "alue"),
                id_of(&anna, NULL, "rule", NULL, NULL),
        };

        for (size_t i = 0; i < 10; i++)
                for (size_t k = 0; k < i; k++)
                        ck_assert_uint_ne(ids[i], ids[k]);
}
END_TEST

START_TEST(the_name_counts_only_where_there_is_no_guid)
{
        Guid null = GUID_NULL;

        ck_assert_uint_eq(id_of(&anna, "CN=Anna", "rule", NULL, NULL),
                          id_of(&anna, "CN=Moved", "rule", NULL, NULL));
        ck_assert_uint_eq(id_of(&null, "CN=Anna", "rule", NULL, NULL),
                          id_of(NULL, "CN=Anna", "rule", NULL, NULL));
}
END_TEST

START_TEST(an_id_is_sixteen_digits)
{
        char text[RECORD_ID_SIZE];

        record_format_id(UINT64_C(0x0123456789abcdef), text);
        ck_assert_str_eq(text, "0123456789abcdef");
        record_format_id(1, text);
        ck_assert_str_eq(text, "0000000000000001");
}
END_TEST

START_TEST(times_are_rfc_3339_in_utc)
{
        static const struct {
                int64_t seconds;
                const char *text;
        } rows[] = {
                { 0, "1970-01-01T00:00:00Z" },         { 1795253796, "2026-11-21T09:36:36Z" },
                { -1, "1969-12-31T23:59:59Z" },        { INT64_MAX, "9999-12-31T23:59:59Z" },
                { INT64_MIN, "9999-12-31T23:59:59Z" },
        };
        char text[RECORD_TIME_SIZE];

        record_format_time(rows[_i].seconds, text);
        ck_assert_str_eq(text, rows[_i].text);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("record");
        TCase *tcase = tcase_create("record");

        tcase_add_test(tcase, ids_are_the_same_for_ever);
        tcase_add_test(tcase, each_part_makes_another_id);
        tcase_add_test(tcase, the_name_counts_only_where_there_is_no_guid);
        tcase_add_test(tcase, an_id_is_sixteen_digits);
        tcase_add_loop_test(tcase, times_are_rfc_3339_in_utc, 0, 5);
        suite_add_tcase(suite, tcase);
        return suite;
}
