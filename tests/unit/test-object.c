/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "lib/core/object.h"
#include "tests/unit/check-main.h"

static Object *make(void)
{
        Object *object;

        ck_assert_int_eq(object_new(&object), 0);
        return object;
}

START_TEST(values_of_an_attribute_come_together_in_their_order)
{
        _cleanup_(object_freep) Object *object = make();
        const Value *values;
        size_t n;

        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_PROXY_ADDRESSES, "SMTP:a@x"), 0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_MAIL, "a@x"), 0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_PROXY_ADDRESSES, "smtp:b@x"), 0);
        ck_assert_int_eq(object_seal(object), 0);

        values = object_values(object, ATTRIBUTE_PROXY_ADDRESSES, &n);
        ck_assert_uint_eq(n, 2);
        ck_assert(value_equals_string(&values[0], "SMTP:a@x"));
        ck_assert(value_equals_string(&values[1], "smtp:b@x"));
        ck_assert(value_equals_string(object_value(object, ATTRIBUTE_MAIL), "a@x"));
        ck_assert(!object_has(object, ATTRIBUTE_CN));
}
END_TEST

static const struct {
        const char *classes[5];
        Kind kind;
} kinds[] = {
        { { "top", "person", "organizationalPerson", "user" }, KIND_USER },
        { { "top", "person", "organizationalPerson", "user", "inetOrgPerson" }, KIND_INETORGPERSON },
        { { "inetOrgPerson", "top", "USER" }, KIND_INETORGPERSON },
        { { "top", "user", "computer" }, KIND_COMPUTER },
        { { "top", "user", "computer", "msDS-GroupManagedServiceAccount" }, KIND_COMPUTER },
        { { "top", "contact" }, KIND_CONTACT },
        { { "top", "group" }, KIND_GROUP },
        { { "top", "organizationalUnit" }, KIND_CONTAINER },
        { { "top", "domain", "domainDNS" }, KIND_CONTAINER },
        { { "top", "msExchDynamicDistributionList" }, KIND_OTHER },
        { { NULL }, KIND_OTHER },
};

START_TEST(kind_is_membership_in_classes)
{
        _cleanup_(object_freep) Object *object = make();

        for (unsigned i = 0; i < 5 && kinds[_i].classes[i]; i++)
                ck_assert_int_eq(
                        object_add_string(object, ATTRIBUTE_OBJECT_CLASS, kinds[_i].classes[i]), 0);
        ck_assert_int_eq(object_seal(object), 0);
        ck_assert_str_eq(kind_name(object->kind), kind_name(kinds[_i].kind));
}
END_TEST

START_TEST(numbers_of_64_bits_are_exact_and_others_refused)
{
        static const struct {
                const char *text;
                bool is_number;
                int64_t number;
        } cases[] = {
                { "9223372036854775807", true, INT64_MAX }, { "-9223372036854775808", true, INT64_MIN },
                { "9223372036854775808", false, 0 },        { "-2147483646", true, -2147483646 },
                { "", false, 0 },                           { "-", false, 0 },
                { "12a", false, 0 },                        { " 1", false, 0 },
        };
        _cleanup_(object_freep) Object *object = make();
        int64_t number = 42;

        object_add_string(object, ATTRIBUTE_USN_CHANGED, cases[_i].text);
        ck_assert_int_eq(object_seal(object), 0);
        ck_assert_int_eq(object_integer(object, ATTRIBUTE_USN_CHANGED, &number), cases[_i].is_number);
        ck_assert_int_eq(number, cases[_i].is_number ? cases[_i].number : 42);
}
END_TEST

START_TEST(packing_keeps_every_byte)
{
        _cleanup_(object_freep) Object *object = make(), *back = make();
        _cleanup_buffer_ Buffer buffer = BUFFER_INIT;
        char large[10000];
        const Value *values;
        size_t n;

        memset(large, 'x', sizeof(large));
        object_add_copy(object, ATTRIBUTE_OBJECT_GUID, "0123456789abcdef", 16);
        object_add_copy(object, ATTRIBUTE_CN, "nul\0inside", 10);
        object_add_copy(object, ATTRIBUTE_DESCRIPTION, large, sizeof(large));
        object_add_copy(object, ATTRIBUTE_MAIL, "", 0);
        object_add_string(object, ATTRIBUTE_PROXY_ADDRESSES, "one");
        object_add_string(object, ATTRIBUTE_PROXY_ADDRESSES, "two");
        ck_assert_int_eq(object_seal(object), 0);
        ck_assert_int_eq(object_pack(object, &buffer), 0);

        ck_assert_int_eq(object_unpack(back, buffer.data, buffer.size), 0);
        ck_assert_int_eq(object_seal(back), 0);
        ck_assert(!object_has(back, ATTRIBUTE_OBJECT_GUID));
        ck_assert_uint_eq(object_value(back, ATTRIBUTE_CN)->size, 10);
        ck_assert_int_eq(memcmp(object_value(back, ATTRIBUTE_CN)->data, "nul\0inside", 10), 0);
        ck_assert_uint_eq(object_value(back, ATTRIBUTE_DESCRIPTION)->size, sizeof(large));
        ck_assert(object_has(back, ATTRIBUTE_MAIL));
        ck_assert_uint_eq(object_value(back, ATTRIBUTE_MAIL)->size, 0);
        values = object_values(back, ATTRIBUTE_PROXY_ADDRESSES, &n);
        ck_assert_uint_eq(n, 2);
        ck_assert(value_equals_string(&values[1], "two"));
}
END_TEST

START_TEST(damaged_packs_are_refused_at_every_cut)
{
        _cleanup_(object_freep) Object *object = make();
        _cleanup_buffer_ Buffer buffer = BUFFER_INIT;

        object_add_string(object, ATTRIBUTE_CN, "anna");
        object_add_string(object, ATTRIBUTE_MAIL, "anna@contoso.com");
        ck_assert_int_eq(object_seal(object), 0);
        ck_assert_int_eq(object_pack(object, &buffer), 0);

        for (size_t cut = 1; cut < buffer.size; cut++) {
                _cleanup_(object_freep) Object *back = make();
                int r = object_unpack(back, buffer.data, cut);

                /* A cut behind the whole first attribute is a valid, shorter pack. */
                ck_assert_int_eq(r, cut == 7 ? 0 : -EBADMSG);
        }
}
END_TEST

START_TEST(reset_leaves_nothing_behind)
{
        _cleanup_(object_freep) Object *object = make();

        object_add_string(object, ATTRIBUTE_OBJECT_CLASS, "user");
        object_add_string(object, ATTRIBUTE_IS_DELETED, "TRUE");
        object_add_string(object, ATTRIBUTE_USN_CHANGED, "7");
        object_set_dn(object, "CN=x", 4);
        ck_assert_int_eq(object_seal(object), 0);
        ck_assert(object->is_deleted);

        object_reset(object);
        ck_assert_int_eq(object_seal(object), 0);
        ck_assert(!object->is_deleted);
        ck_assert_int_eq(object->usn, 0);
        ck_assert_int_eq(object->kind, KIND_OTHER);
        ck_assert_uint_eq(object->dn.size, 0);
        ck_assert(!object_has(object, ATTRIBUTE_OBJECT_CLASS));
}
END_TEST

START_TEST(attributes_are_found_in_any_case)
{
        ck_assert_int_eq(attribute_find("PROXYADDRESSES", 14), ATTRIBUTE_PROXY_ADDRESSES);
        ck_assert_int_eq(attribute_find("proxyAddresse", 13), ATTRIBUTE_NONE);
        ck_assert_int_eq(attribute_find("", 0), ATTRIBUTE_NONE);
        ck_assert_int_eq(attribute_find("sn\0objectSid", 12), ATTRIBUTE_NONE);
        for (unsigned i = 1; i < ATTRIBUTE_MAX; i++) {
                const char *name = attribute_name((AttributeId)i);

                if (name)
                        ck_assert_uint_eq(attribute_find(name, strlen(name)), i);
        }
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("object");
        TCase *tcase = tcase_create("object");

        tcase_add_test(tcase, values_of_an_attribute_come_together_in_their_order);
        tcase_add_loop_test(tcase, kind_is_membership_in_classes, 0, (int)ARRAY_SIZE(kinds));
        tcase_add_loop_test(tcase, numbers_of_64_bits_are_exact_and_others_refused, 0, 8);
        tcase_add_test(tcase, packing_keeps_every_byte);
        tcase_add_test(tcase, damaged_packs_are_refused_at_every_cut);
        tcase_add_test(tcase, reset_leaves_nothing_behind);
        tcase_add_test(tcase, attributes_are_found_in_any_case);
        suite_add_tcase(suite, tcase);
        return suite;
}
