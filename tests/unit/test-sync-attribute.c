/* SPDX-License-Identifier: MIT */
#include "lib/core/sync-attribute.h"

#include <string.h>
#include <strings.h>

#include "tests/unit/check-main.h"

START_TEST(the_table_is_in_order_and_finds_in_any_case)
{
        for (size_t i = 0; i < sync_attribute_count(); i++) {
                const SyncAttribute *row = sync_attribute_at(i);

                if (i > 0)
                        ck_assert_msg(strcasecmp(sync_attribute_at(i - 1)->name, row->name) < 0,
                                      "%s", row->name);
                ck_assert_ptr_eq(sync_attribute_find(row->name), row);
        }
        ck_assert_ptr_nonnull(sync_attribute_find("PROXYADDRESSES"));
        ck_assert_ptr_null(sync_attribute_find("adminDescription"));
}
END_TEST

START_TEST(what_needs_a_nickname_is_what_syncs)
{
        for (size_t i = 0; i < sync_attribute_count(); i++) {
                const SyncAttribute *row = sync_attribute_at(i);

                ck_assert_uint_ne(row->kinds, 0);
                ck_assert_msg((row->nickname_kinds & ~row->kinds) == 0, "%s", row->name);
                ck_assert(!row->is_cut || row->limit_there > 0);
        }
}
END_TEST

/* Names are spelled as AD spells them, where scand knows the attribute. */
START_TEST(names_are_those_of_the_attribute_table)
{
        size_t n = 0;

        for (size_t i = 0; i < sync_attribute_count(); i++) {
                const char *name = sync_attribute_at(i)->name;
                AttributeId attribute = attribute_find(name, strlen(name));

                if (attribute == ATTRIBUTE_NONE)
                        continue;
                ck_assert_str_eq(attribute_name(attribute), name);
                n++;
        }
        ck_assert_uint_gt(n, 40);
}
END_TEST

/* What the rules hold against a value, this table says too. */
START_TEST(limits_are_those_of_the_rules)
{
        size_t n = 0;

        for (size_t i = 0; i < rule_count(); i++)
                for (AttributeId attribute = 1; attribute < ATTRIBUTE_MAX; attribute++) {
                        size_t limit = rule_limit(rule_at(i), attribute);
                        const SyncAttribute *row;

                        if (limit == 0)
                                continue;
                        row = sync_attribute_find(attribute_name(attribute));
                        ck_assert_msg(row != NULL, "%s", attribute_name(attribute));
                        ck_assert_msg(row->limit_there == limit, "%s: %u, and %s says %zu",
                                      row->name, row->limit_there, rule_id(rule_at(i)), limit);
                        n++;
                }
        ck_assert_uint_gt(n, 10);
}
END_TEST

static bool watches(const char *rule, AttributeId attribute)
{
        return rule_watches(rule_find(rule), attribute);
}

START_TEST(rules_watch_what_they_read)
{
        ck_assert(watches("upn-invalid", ATTRIBUTE_USER_PRINCIPAL_NAME));
        ck_assert(watches("smtp-address-not-unique", ATTRIBUTE_MAIL));
        ck_assert(watches("contact-not-mail-enabled", ATTRIBUTE_PROXY_ADDRESSES));
        ck_assert(watches("attribute-too-long", ATTRIBUTE_DEPARTMENT));
        ck_assert(watches("hidden-msol-contact", ATTRIBUTE_MS_EXCH_HIDE_FROM_ADDRESS_LISTS));
        ck_assert(!watches("upn-invalid", ATTRIBUTE_MAIL));
        ck_assert(!watches("attribute-too-long", ATTRIBUTE_DESCRIPTION));
}
END_TEST

static Object *object;

static void set_up(void)
{
        ck_assert_int_eq(object_new(&object), 0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_OBJECT_CLASS, "user"), 0);
}

static void tear_down(void)
{
        object = object_free(object);
}

static const char *obstacle(AttributeId attribute)
{
        ck_assert_int_eq(object_seal(object), 0);
        return sync_attribute_obstacle(object, attribute);
}

START_TEST(exchange_attributes_flow_with_a_nickname_only)
{
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_TARGET_ADDRESS, "SMTP:a@b.example"),
                         0);
        ck_assert_str_eq(obstacle(ATTRIBUTE_TARGET_ADDRESS), "it flows only with mailNickname");
        tear_down();

        set_up();
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_TARGET_ADDRESS, "SMTP:a@b.example"),
                         0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_MAIL_NICKNAME, " "), 0);
        ck_assert_str_eq(obstacle(ATTRIBUTE_TARGET_ADDRESS), "it flows only with mailNickname");
        tear_down();

        set_up();
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_TARGET_ADDRESS, "SMTP:a@b.example"),
                         0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_MAIL_NICKNAME, "a"), 0);
        ck_assert_ptr_null(obstacle(ATTRIBUTE_TARGET_ADDRESS));
        ck_assert_ptr_null(obstacle(ATTRIBUTE_MAIL));
}
END_TEST

START_TEST(what_is_cut_or_has_several_values_is_told)
{
        char text[450];

        memset(text, 'd', sizeof(text));
        text[449] = '\0';
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_DESCRIPTION, text), 0);
        text[448] = '\0';
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_INFO, text), 0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_URL, "one"), 0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_URL, "two"), 0);
        ck_assert_str_eq(obstacle(ATTRIBUTE_DESCRIPTION), "it is cut by the connector");
        ck_assert_ptr_null(sync_attribute_obstacle(object, ATTRIBUTE_INFO));
        ck_assert_str_eq(sync_attribute_obstacle(object, ATTRIBUTE_URL),
                         "only the first value arrives");
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("sync-attribute");
        TCase *table = tcase_create("table"), *values = tcase_create("values");

        tcase_add_test(table, the_table_is_in_order_and_finds_in_any_case);
        tcase_add_test(table, what_needs_a_nickname_is_what_syncs);
        tcase_add_test(table, names_are_those_of_the_attribute_table);
        tcase_add_test(table, limits_are_those_of_the_rules);
        tcase_add_test(table, rules_watch_what_they_read);
        suite_add_tcase(suite, table);

        tcase_add_checked_fixture(values, set_up, tear_down);
        tcase_add_test(values, exchange_attributes_flow_with_a_nickname_only);
        tcase_add_test(values, what_is_cut_or_has_several_values_is_told);
        suite_add_tcase(suite, values);
        return suite;
}
