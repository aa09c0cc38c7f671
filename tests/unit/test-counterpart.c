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
                { "objectGUID", "0123456789abcdef" },
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
                .anchor = SLICE("0123456789abcdef"),
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

static bool is_alike(void)
{
        uint64_t here = counterpart_likeness_here(&tenant, object);

        return here != 0 && here == counterpart_likeness_there(&cloud);
}

/* Is it plain? Where it is, the rules must say nothing. And where both are alike, only the password can keep it from being plain. */
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
        ck_assert(!is_alike() ||
                  plain == counterpart_password_is_plain(&tenant, object, cloud.password_changed));
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
        ck_assert(is_alike());
}
END_TEST

START_TEST(whoever_differs_in_anything_is_not_alike)
{
        CloudObject same = cloud;

        ck_assert_int_eq(object_seal(object), 0);
        ck_assert(is_alike());
        cloud.anchor = SLICE("0123456789abcdeg");
        ck_assert(!is_alike());
        cloud = same;
        cloud.anchor = (Slice){};
        ck_assert(!is_alike());
        cloud = same;
        cloud.user_principal_name = SLICE("anna@c.con");
        ck_assert(!is_alike());
        cloud = same;
        cloud.addresses = SLICE("SMTP:anna@c.cox\n");
        ck_assert(!is_alike());
        cloud = same;
        cloud.sync = CLOUD_SYNC_NEVER;
        ck_assert(!is_alike());
        cloud = same;
        cloud.problems = SLICE("ProxyAddress\tPropertyConflict\t2026\ta@c.com\n");
        ck_assert(!is_alike());
}
END_TEST

/* "anna" and "b" are not "ann" and "ab". */
START_TEST(no_byte_changes_sides)
{
        object_reset(object);
        add("objectClass", "user");
        add("mS-DS-ConsistencyGuid", "0123");
        add("userPrincipalName", "annab");
        ck_assert_int_eq(object_seal(object), 0);
        cloud.addresses = (Slice){};
        cloud.anchor = SLICE("0123");
        cloud.user_principal_name = SLICE("annab");
        ck_assert(is_alike());
        cloud.anchor = SLICE("0123a");
        cloud.user_principal_name = SLICE("nnab");
        ck_assert(!is_alike());
        cloud.anchor = SLICE("0123");
        cloud.user_principal_name = SLICE("anna");
        cloud.addresses = SLICE("SMTP:b\n");
        ck_assert(!is_alike());
}
END_TEST

/* All that the number is made of is among what is asked for. */
START_TEST(a_likeness_needs_no_more_than_its_attributes)
{
        AttributeSet wanted;
        uint64_t whole;
        Object *part;
        Buffer packed = BUFFER_INIT;

        tenant.source_anchor = ATTRIBUTE_SAM_ACCOUNT_NAME;
        ck_assert_int_eq(object_seal(object), 0);
        whole = counterpart_likeness_here(&tenant, object);
        ck_assert_uint_ne(whole, 0);

        counterpart_likeness_attributes(&tenant, &wanted);
        ck_assert_int_eq(object_pack(object, &packed), 0);
        ck_assert_int_eq(object_new(&part), 0);
        ck_assert_int_eq(object_unpack_some(part, packed.data, packed.size, &wanted), 0);
        ck_assert_int_eq(object_seal(part), 0);
        part->kind = KIND_USER;
        ck_assert_uint_lt(part->n_values, object->n_values);
        ck_assert_uint_eq(counterpart_likeness_here(&tenant, part), whole);
        object_free(part);
        buffer_done(&packed);
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
        tcase_add_test(tests, whoever_differs_in_anything_is_not_alike);
        tcase_add_test(tests, no_byte_changes_sides);
        tcase_add_test(tests, a_likeness_needs_no_more_than_its_attributes);
        tcase_add_test(tests, another_name_or_address_or_a_problem_is_not_plain);
        tcase_add_test(tests, two_primary_addresses_are_not_plain);
        tcase_add_test(tests, a_newer_password_is_not_plain_and_an_older_one_is);
        tcase_add_test(tests, what_is_not_a_synced_live_user_is_not_plain);
        suite_add_tcase(suite, tests);
        return suite;
}
