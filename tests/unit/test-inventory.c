/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/core/cloud.h"
#include "lib/core/inventory-file.h"
#include "tests/unit/check-main.h"

#define ID "11111111-2222-3333-4444-555555555555"

typedef struct Reading {
        size_t n;
        InventoryPart part;
        InventoryObject last; /* numbers only */
        char name[64], address[64], fact[64];
        size_t n_addresses;
} Reading;

static int take(void *userdata, const InventoryEntry *entry)
{
        Reading *reading = userdata;
        const InventoryObject *object = &entry->object;

        reading->n++;
        reading->part = entry->part;
        reading->last = *object;
        reading->n_addresses = object->n_addresses;
        (void)snprintf(reading->name, sizeof(reading->name), "%s",
                       object->user_principal_name ?: object->name ?: "");
        if (object->n_addresses > 0)
                (void)snprintf(reading->address, sizeof(reading->address), "%s",
                               object->addresses[object->n_addresses - 1]);
        if (entry->n_facts > 0)
                (void)snprintf(reading->fact, sizeof(reading->fact), "%s=%s", entry->facts[0].name,
                               entry->facts[0].value);
        return 0;
}

/* Reads a text in pieces. The error, or "" where there is none. */
static const char *read_text(const void *text, size_t size, size_t piece, Reading *ret)
{
        static char error[400];
        _cleanup_(inventory_file_freep) InventoryFile *file = NULL;
        int r = 0;

        *ret = (Reading){};
        ck_assert_int_eq(inventory_file_new(INVENTORY_PARTS, take, ret, &file), 0);
        for (size_t at = 0; at < size && r == 0; at += piece)
                r = inventory_file_feed(file, (const char *)text + at,
                                        piece < size - at ? piece : size - at);
        if (r == 0)
                r = inventory_file_end(file);
        ck_assert(r == 0 || r == -EBADMSG);
        (void)snprintf(error, sizeof(error), "%s", r < 0 ? inventory_file_error(file) : "");
        return error;
}

#define READ(text, ret) read_text(text, strlen(text), strlen(text), ret)

START_TEST(any_pieces_read_the_same)
{
        static const char text[] =
                "\xef\xbb\xbf {\"@odata.context\":\"x#users\",\"value\":[{\"id\":\"" ID
                "\",\"userPrincipalName\":\"\xc3\xa9\xf0\x9f\x98\x80\\\"]}@x\",\"n\":-1.5e3,\"t\":["
                "true,null,{}]}],"
                "\"@odata.nextLink\":null} ";

        for (size_t piece = 1; piece < sizeof(text); piece++) {
                Reading reading;

                ck_assert_str_eq(read_text(text, sizeof(text) - 1, piece, &reading), "");
                ck_assert_uint_eq(reading.n, 1);
                ck_assert_str_eq(reading.name, "\xc3\xa9\xf0\x9f\x98\x80\"]}@x");
        }
}
END_TEST

START_TEST(utf16_is_read_in_any_pieces_and_its_bytes_are_counted)
{
        static const char plain[] = "[{\"id\":\"" ID "\",\"userPrincipalName\":\"a@x\"},?]";
        uint8_t text[2 * sizeof(plain)] = { 0xff, 0xfe };
        size_t size = 2;
        char expected[64];

        for (size_t i = 0; plain[i]; i++) {
                text[size++] = (uint8_t)plain[i];
                text[size++] = 0;
        }
        (void)snprintf(expected, sizeof(expected),
                       "byte %zu, object 2: ", 2 + 2 * (sizeof(plain) - 3));

        for (size_t piece = 1; piece < size; piece++) {
                Reading reading;
                const char *error = read_text(text, size, piece, &reading);

                ck_assert_msg(strncmp(error, expected, strlen(expected)) == 0, "%s, not %s", error,
                              expected);
                ck_assert_uint_eq(reading.n, 1);
        }
}
END_TEST

START_TEST(half_a_surrogate_pair_is_no_text)
{
        static const uint8_t text[] = { 0xff, 0xfe, '[', 0, 0x00, 0xdc, ']', 0 };
        Reading reading;

        ck_assert(strstr(read_text(text, sizeof(text), 3, &reading),
                         "byte 4, object 1: this is no UTF-16"));
}
END_TEST

START_TEST(deleted_users_have_their_name_back)
{
        Reading reading;

        ck_assert_str_eq(READ("{\"id\":\"" ID
                              "\",\"deletedDateTime\":\"\\/Date(1700000000000)\\/\","
                              "\"userPrincipalName\":\"11111111222233334444555555555555anna@x\"}",
                              &reading),
                         "");
        ck_assert_int_eq(reading.part, INVENTORY_DELETED_USERS);
        ck_assert(reading.last.is_deleted);
        ck_assert_str_eq(reading.name, "anna@x");
}
END_TEST

START_TEST(synced_formerly_synced_and_never_are_told_apart)
{
        static const struct {
                const char *value;
                CloudSync sync;
        } cases[] = { { "true", CLOUD_SYNC_NOW },
                      { "false", CLOUD_SYNC_FORMER },
                      { "null", CLOUD_SYNC_NEVER } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                Reading reading;
                char text[200];

                (void)snprintf(text, sizeof(text),
                               "[{\"Id\":\"" ID
                               "\",\"UserPrincipalName\":\"a@x\",\"OnPremisesSyncEnabled\":%s}]",
                               cases[i].value);
                ck_assert_str_eq(READ(text, &reading), "");
                ck_assert_int_eq(reading.last.sync, cases[i].sync);
        }
}
END_TEST

START_TEST(cells_of_csv_may_hold_anything)
{
        Reading reading;

        ck_assert_str_eq(READ("\"Id\";\"UserPrincipalName\";\"ProxyAddresses\"\r\n\r\n"
                              "\"" ID "\";\"a\"\"b,\r\n;c@x\";\"SMTP:a@x;smtp:b@x\"",
                              &reading),
                         "");
        ck_assert_uint_eq(reading.n, 1);
        ck_assert_str_eq(reading.name, "a\"b,\r\n;c@x");
        ck_assert_uint_eq(reading.n_addresses, 2);
        ck_assert_str_eq(reading.address, "smtp:b@x");
}
END_TEST

START_TEST(rows_of_the_wrong_width_are_refused)
{
        Reading reading;

        ck_assert(strstr(READ("id,userPrincipalName\n" ID ",a@x,more\n", &reading),
                         "more cells than columns"));
        ck_assert(strstr(READ("id,userPrincipalName\n" ID "\n", &reading),
                         "fewer cells than columns"));
        ck_assert(strstr(READ("id,userPrincipalName\n\"" ID, &reading), "truncated"));
        ck_assert(strstr(READ("id,userPrincipalName\n" ID ",a@x.co", &reading), "truncated"));
}
END_TEST

START_TEST(an_object_beyond_reason_is_refused)
{
        static const char head[] = "[{\"id\":\"";
        _cleanup_free_ char *text = malloc(INVENTORY_OBJECT_MAX + sizeof(head));
        Reading reading;

        ck_assert_ptr_nonnull(text);
        memcpy(text, head, sizeof(head) - 1);
        memset(text + sizeof(head) - 1, 'x', INVENTORY_OBJECT_MAX);
        ck_assert(strstr(read_text(text, INVENTORY_OBJECT_MAX + sizeof(head) - 1, 65536, &reading),
                         "byte 1, object 1: the object is larger than 4 MiB"));
}
END_TEST

START_TEST(what_stands_where_it_should_not_is_said)
{
        static const struct {
                const char *text, *error;
        } cases[] = {
                { "[}", "byte 1, object 1: \"}\" stands where an object or \"]\" should" },
                { "[{}", "byte 1, object 1: nobody can tell" },
                { "[1]", "byte 1, object 1: this is no object" },
                { "{\"value\" []}", "byte 9, object 1: \"[\" stands where \":\" should" },
                { "{\"value\":[]]", "byte 11, object 1: \"]\" stands where \",\" or \"}\" should" },
                { "{\"value\":[],}",
                  "byte 12, object 1: \"}\" stands where the name of a member should" },
                { "[] x", "byte 3, object 1: \"x\" stands where \"{\" or \"[\" should" },
                { "[", "byte 1, object 1: the file ends within" },
                { " \n", "byte 2, object 1: the file is empty" },
                { "[\"System.Collections.Hashtable\"]",
                  "byte 1, object 1: the object was flattened" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                Reading reading;
                const char *error = READ(cases[i].text, &reading);

                ck_assert_msg(strncmp(error, cases[i].error, strlen(cases[i].error)) == 0,
                              "%s: %s, not %s", cases[i].text, error, cases[i].error);
        }
}
END_TEST

START_TEST(settings_are_facts)
{
        Reading reading;

        ck_assert_str_eq(
                READ("{\"id\":\"x\",\"features\":{\"blockSoftMatchEnabled\":true,\"other\":1}}",
                     &reading),
                "");
        ck_assert_int_eq(reading.part, INVENTORY_SYNCHRONIZATION);
        ck_assert_str_eq(reading.fact, "blockSoftMatchEnabled=true");
}
END_TEST

START_TEST(dates_are_read_as_graph_and_as_powershell_write_them)
{
        static const struct {
                const char *text;
                int64_t at; /* -1: none */
        } cases[] = {
                { "2026-11-21T09:00:00Z", 1795251600 },
                { "2026-11-21T09:00:00.1234567Z", 1795251600 },
                { "2026-11-21T09:00:00+00:00", 1795251600 },
                { "/Date(1795251600123)/", 1795251600 },
                { "2026-11-21T09:00:00", -1 },
                { "11/21/2026 9:00:00 AM", -1 },
                { "/Date(x)/", -1 },
                { "", -1 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                int64_t at = -1;

                ck_assert_int_eq(cloud_time_parse(cases[i].text, &at),
                                 cases[i].at < 0 ? -EINVAL : 0);
                ck_assert_int_eq(at, cases[i].at);
        }
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("inventory");
        TCase *tcase = tcase_create("inventory");

        tcase_add_test(tcase, any_pieces_read_the_same);
        tcase_add_test(tcase, utf16_is_read_in_any_pieces_and_its_bytes_are_counted);
        tcase_add_test(tcase, half_a_surrogate_pair_is_no_text);
        tcase_add_test(tcase, deleted_users_have_their_name_back);
        tcase_add_test(tcase, synced_formerly_synced_and_never_are_told_apart);
        tcase_add_test(tcase, cells_of_csv_may_hold_anything);
        tcase_add_test(tcase, rows_of_the_wrong_width_are_refused);
        tcase_add_test(tcase, an_object_beyond_reason_is_refused);
        tcase_add_test(tcase, what_stands_where_it_should_not_is_said);
        tcase_add_test(tcase, settings_are_facts);
        tcase_add_test(tcase, dates_are_read_as_graph_and_as_powershell_write_them);
        suite_add_tcase(suite, tcase);
        return suite;
}
