/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "ctl/json-output.h"
#include "lib/core/json.h"
#include "lib/core/value-text.h"
#include "tests/unit/check-main.h"

static const Guid guid = { { 0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb,
                             0xcc, 0xdd, 0xee, 0xff } };

static const char *text_of(json_object *object)
{
        return json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
                                                              JSON_C_TO_STRING_NOSLASHESCAPE);
}

START_TEST(a_finding_has_all_its_fields_in_order)
{
        const RecordHolder others[] = {
                { .where = "ad",
                  .domain = "b.example",
                  .dn = "CN=B",
                  .guid = guid,
                  .kind = KIND_GROUP,
                  .attribute = "mail",
                  .value = "x@y" },
                { .where = "cloud",
                  .kind = KIND_USER,
                  .as_of = 86400,
                  .name = "Bob",
                  .user_principal_name = "bob@y",
                  .state = "guest" },
        };
        const Record record = { .id = 0xabc,
                                .rule = "some-rule",
                                .class = RULE_FAILS,
                                .severity = SEVERITY_ERROR,
                                .certainty = CERTAINTY_CERTAIN,
                                .domain = "a.example",
                                .guid = guid,
                                .dn = "CN=A",
                                .kind = KIND_USER,
                                .attribute = "mail",
                                .value = "x@y",
                                .others = others,
                                .n_others = 2,
                                .others_total = 7,
                                .detail = "why",
                                .advice = "do",
                                .source = "KB",
                                .opened = 1795253796,
                                .acceptance = { .since = 1795253796,
                                                .until = 1795253796 + 86400,
                                                .who = "anna",
                                                .why = "old" },
                                .is_held = true };
        _cleanup_json_ json_object *object = NULL;

        ck_assert_int_eq(json_record(&record, &object), 0);
        ck_assert_str_eq(text_of(object),
                         "{\"id\":\"0000000000000abc\",\"rule\":\"some-rule\",\"class\":\"fails\","
                         "\"severity\":\"error\",\"certainty\":\"certain\","
                         "\"domain\":\"a.example\",\"guid\":\"00112233-4455-6677-8899-"
                         "aabbccddeeff\",\"dn\":\"CN=A\",\"kind\":\"user\","
                         "\"attribute\":\"mail\",\"value\":\"x@y\",\"others\":["
                         "{\"where\":\"ad\",\"domain\":\"b.example\",\"dn\":\"CN=B\",\"guid\":"
                         "\"00112233-4455-6677-8899-aabbccddeeff\",\"kind\":\"group\","
                         "\"attribute\":\"mail\",\"value\":\"x@y\",\"as_of\":null,"
                         "\"name\":null,\"user_principal_name\":null,\"state\":null},"
                         "{\"where\":\"cloud\",\"domain\":null,\"dn\":null,\"guid\":null,"
                         "\"kind\":\"user\",\"attribute\":null,\"value\":null,"
                         "\"as_of\":\"1970-01-02T00:00:00Z\",\"name\":\"Bob\","
                         "\"user_principal_name\":\"bob@y\",\"state\":\"guest\"}],"
                         "\"others_total\":7,\"detail\":\"why\",\"advice\":\"do\",\"source\":"
                         "\"KB\",\"opened\":\"2026-11-21T09:36:36Z\","
                         "\"accepted\":{\"since\":\"2026-11-21T09:36:36Z\",\"until\":\"2026-11-"
                         "22T09:36:36Z\","
                         "\"who\":\"anna\",\"uid\":0,\"why\":\"old\"},\"held\":true}");
}
END_TEST

START_TEST(what_is_not_known_is_null_and_never_left_out)
{
        const Record record = { .rule = "r", .domain = "d", .dn = "CN=A", .kind = KIND_CONTACT };
        _cleanup_json_ json_object *object = NULL;

        ck_assert_int_eq(json_record(&record, &object), 0);
        ck_assert_str_eq(text_of(object),
                         "{\"id\":null,\"rule\":\"r\",\"class\":\"excluded\",\"severity\":"
                         "\"notice\",\"certainty\":\"probable\",\"domain\":\"d\","
                         "\"guid\":null,\"dn\":\"CN=A\",\"kind\":\"contact\",\"attribute\":null,"
                         "\"value\":null,\"others\":[],\"others_total\":0,"
                         "\"detail\":null,\"advice\":null,\"source\":null,\"opened\":null,"
                         "\"accepted\":null,\"held\":false}");
}
END_TEST

START_TEST(attributes_are_shown_by_their_syntax)
{
        static const uint8_t sid[] = { 1, 1, 0, 0, 0, 0, 0, 5, 10, 0, 0, 0 };
        _cleanup_(object_freep) Object *object = NULL;
        _cleanup_json_ json_object *attributes = NULL;

        ck_assert_int_eq(object_new(&object), 0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_PROXY_ADDRESSES, "SMTP:a@b"), 0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_PROXY_ADDRESSES, "smtp:\"c\"@b"), 0);
        ck_assert_int_eq(object_add_copy(object, ATTRIBUTE_MAIL, "a\xff\0b", 4), 0);
        ck_assert_int_eq(object_add_copy(object, ATTRIBUTE_DISPLAY_NAME, "", 0), 0);
        ck_assert_int_eq(object_add_copy(object, ATTRIBUTE_OBJECT_SID, sid, sizeof(sid)), 0);
        ck_assert_int_eq(object_add_copy(object, ATTRIBUTE_OBJECT_GUID, guid.bytes, 16), 0);
        ck_assert_int_eq(object_seal(object), 0);
        ck_assert_int_eq(json_attributes(object, &attributes), 0);
        ck_assert_str_eq(text_of(attributes),
                         "{\"objectGUID\":[\"00112233-4455-6677-8899-aabbccddeeff\"],\"objectSid\":"
                         "[\"S-1-5-10\"],\"displayName\":[\"\"],"
                         "\"mail\":[\"a\\\\xFF\\\\x00b\"],\"proxyAddresses\":[\"SMTP:a@b\",\"smtp:"
                         "\\\"c\\\"@b\"]}");
}
END_TEST

static const struct {
        AttributeId attribute;
        const char *bytes;
        size_t size;
        const char *text;
} values[] = {
        { ATTRIBUTE_MAIL, "anna@b", 6, "anna@b" },
        { ATTRIBUTE_MAIL, "a\\b", 3, "a\\b" },
        { ATTRIBUTE_MAIL, "\xc3\x28", 2, "\\xC3(" },
        { ATTRIBUTE_OBJECT_GUID, "short", 5, "short" },
        { ATTRIBUTE_OBJECT_SID, "\xff", 1, "\\xFF" },
        { ATTRIBUTE_MS_DS_CONSISTENCY_GUID, "", 0, "" },
        { ATTRIBUTE_MS_DS_CONSISTENCY_GUID, "f", 1, "Zg==" },
        { ATTRIBUTE_MS_DS_CONSISTENCY_GUID, "fo", 2, "Zm8=" },
        { ATTRIBUTE_MS_DS_CONSISTENCY_GUID, "foo", 3, "Zm9v" },
        { ATTRIBUTE_MS_DS_CONSISTENCY_GUID, "foobar", 6, "Zm9vYmFy" },
        { ATTRIBUTE_MS_DS_CONSISTENCY_GUID, "\xff\xfe\xfd\xfc", 4, "//79/A==" },
};

START_TEST(values_have_one_text)
{
        _cleanup_buffer_ Buffer buffer = BUFFER_INIT;

        ck_assert_int_eq(value_text(values[_i].attribute,
                                    (Slice){ (const uint8_t *)values[_i].bytes, values[_i].size },
                                    &buffer),
                         0);
        ck_assert_str_eq(buffer_string(&buffer), values[_i].text);
}
END_TEST

START_TEST(a_list_is_an_object_with_an_element_a_line)
{
        char *text = NULL;
        size_t size = 0;
        FILE *stream = open_memstream(&text, &size);
        JsonList list;

        json_list_begin(&list, stream, "things", 0);
        json_list_end(&list);
        json_list_begin(&list, stream, "things", 1795253796);
        ck_assert_int_eq(json_list_add(&list, json_object_new_int(1)), 0);
        ck_assert_int_eq(json_list_add(&list, json_object_new_string("/a/")), 0);
        json_list_end(&list);
        ck_assert_int_eq(fclose(stream), 0);
        ck_assert_str_eq(text,
                         "{\"schema\":1,\"generated\":\"1970-01-01T00:00:00Z\",\"things\":[]}\n"
                         "{\"schema\":1,\"generated\":\"2026-11-21T09:36:36Z\",\"things\":[\n1,"
                         "\n\"/a/\"\n]}\n");
        free(text);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("json");
        TCase *tcase = tcase_create("json");

        tcase_add_test(tcase, a_finding_has_all_its_fields_in_order);
        tcase_add_test(tcase, what_is_not_known_is_null_and_never_left_out);
        tcase_add_test(tcase, attributes_are_shown_by_their_syntax);
        tcase_add_loop_test(tcase, values_have_one_text, 0, sizeof(values) / sizeof(values[0]));
        tcase_add_test(tcase, a_list_is_an_object_with_an_element_a_line);
        suite_add_tcase(suite, tcase);
        return suite;
}
