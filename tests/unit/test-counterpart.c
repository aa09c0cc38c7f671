/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "lib/core/evaluate-counterpart.h"
#include "tests/unit/check-main.h"

static Object *object;
static Outcome *outcome;
static Tenant tenant;
static CloudObject cloud;

/* An object that has stood for long, and one of the cloud that is the same. */
static void set_up(void)
{
        static const char *const values[][2] = {
                { "objectClass", "user" },
                { "sAMAccountName", "anna" },
                { "userPrincipalName", "anna@c.com" },
                { "proxyAddresses", "SMTP:anna@c.com" },
                { "proxyAddresses", "smtp:a@c.com" },
                { "mail", "anna@c.com" },
                { "whenCreated", "20200101000000.0Z" },
                { "whenChanged", "20200101000000.0Z" },
        };

        ck_assert_int_eq(object_new(&object), 0);
        ck_assert_int_eq(outcome_new(&outcome), 0);
        object_reset(object);
        ck_assert_int_eq(object_set_dn(object, "CN=anna", 7), 0);
        for (size_t i = 0; i < ARRAY_SIZE(values); i++)
                ck_assert_int_eq(object_add_copy(object,
                                                 attribute_find(values[i][0], strlen(values[i][0])),
                                                 values[i][1], strlen(values[i][1])),
                                 0);
        tenant = (Tenant){ .password_hash_sync = 1 };
        cloud = (CloudObject){
                .kind = CLOUD_USER,
                .sync = CLOUD_SYNC_NOW,
                .user_principal_name = SLICE("anna@c.com"),
                .addresses = SLICE("SMTP:anna@c.com\nsmtp:a@c.com\n"),
                .as_of = 1795000000,
                .password_changed = 1700000000,
        };
}

static void tear_down(void)
{
        object = object_free(object);
        outcome = outcome_free(outcome);
}

static void add(const char *attribute, const char *value)
{
        ck_assert_int_eq(object_add_copy(object, attribute_find(attribute, strlen(attribute)),
                                         value, strlen(value)),
                         0);
}

/* Is it plain? Where it is, the rules must say nothing. */
static bool is_plain(void)
{
        const EvaluateContext context = { .tenant = &tenant,
                                          .domain = "c.com",
                                          .selected = true,
                                          .all_forests_scanned = true,
                                          .now = 1795000000 };
        const Counterpart counterpart = { .object = &cloud,
                                          .exported_at = 1795000000,
                                          .arrives = true };
        size_t n;
        bool plain;

        ck_assert_int_eq(object_seal(object), 0);
        plain = counterpart_is_plain(&tenant, object, &cloud);
        ck_assert_int_eq(evaluate_object(&context, object, outcome), 0);
        n = outcome->n_verdicts;
        ck_assert_int_eq(evaluate_counterpart(&context, object, &counterpart, outcome), 0);
        ck_assert_msg(!plain || outcome->n_verdicts == n, "plain, but %s is said",
                      rule_id(outcome->verdicts[outcome->n_verdicts - 1].rule));
        return plain;
}

START_TEST(who_is_the_same_there_is_plain)
{
        ck_assert(is_plain());
}
END_TEST

START_TEST(another_name_or_address_or_a_problem_is_not_plain)
{
        cloud.user_principal_name = SLICE("other@c.com");
        ck_assert(!is_plain());
        tear_down();
        set_up();
        cloud.addresses = SLICE("smtp:anna@c.com\nSMTP:a@c.com\n");
        ck_assert(!is_plain());
        tear_down();
        set_up();
        cloud.problems = SLICE("ProxyAddress\tPropertyConflict\t2026\ta@c.com\n");
        ck_assert(!is_plain());
}
END_TEST

START_TEST(two_primary_addresses_are_not_plain)
{
        add("proxyAddresses", "SMTP:second@c.com");
        ck_assert(!is_plain());
}
END_TEST

START_TEST(a_newer_password_is_not_plain_and_an_older_one_is)
{
        add("pwdLastSet", "134000000000000000"); /* 2025 */
        ck_assert(!is_plain());
        cloud.password_changed = 1790000000;
        ck_assert(is_plain());
        cloud.password_changed = 0;
        ck_assert(is_plain());
}
END_TEST

START_TEST(what_is_not_a_synced_live_user_is_not_plain)
{
        cloud.sync = CLOUD_SYNC_FORMER;
        ck_assert(!is_plain());
        cloud.sync = CLOUD_SYNC_NOW;
        cloud.is_deleted = true;
        ck_assert(!is_plain());
        cloud.is_deleted = false;
        cloud.kind = CLOUD_GROUP;
        ck_assert(!is_plain());
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("counterpart");
        TCase *tests = tcase_create("counterpart");

        tcase_add_checked_fixture(tests, set_up, tear_down);
        tcase_add_test(tests, who_is_the_same_there_is_plain);
        tcase_add_test(tests, another_name_or_address_or_a_problem_is_not_plain);
        tcase_add_test(tests, two_primary_addresses_are_not_plain);
        tcase_add_test(tests, a_newer_password_is_not_plain_and_an_older_one_is);
        tcase_add_test(tests, what_is_not_a_synced_live_user_is_not_plain);
        suite_add_tcase(suite, tests);
        return suite;
}
