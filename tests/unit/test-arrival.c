/* SPDX-License-Identifier: MIT */
#include "lib/core/arrival.h"

#include <string.h>

#include "tests/unit/check-main.h"

static Arrival after(Arrival before, RuleClass class, Severity severity, bool is_certain)
{
        return arrival_after(before, class, severity,
                             is_certain ? CERTAINTY_CERTAIN : CERTAINTY_PROBABLE);
}

START_TEST(the_worst_finding_decides)
{
        Arrival arrival = ARRIVAL_AS_IT_IS;

        arrival = after(arrival, RULE_ALTERED, SEVERITY_WARNING, true);
        ck_assert_int_eq(arrival, ARRIVAL_ALTERED);
        arrival = after(arrival, RULE_FAILS, SEVERITY_ERROR, false);
        ck_assert_int_eq(arrival, ARRIVAL_MAY_FAIL);
        arrival = after(arrival, RULE_FAILS, SEVERITY_ERROR, true);
        ck_assert_int_eq(arrival, ARRIVAL_FAILS);
        arrival = after(arrival, RULE_ALTERED, SEVERITY_ERROR, true);
        ck_assert_int_eq(arrival, ARRIVAL_FAILS);
        arrival = after(arrival, RULE_EXCLUDED, SEVERITY_WARNING, false);
        ck_assert_int_eq(arrival, ARRIVAL_MAY_BE_LEFT_OUT);
        arrival = after(arrival, RULE_EXCLUDED, SEVERITY_NOTICE, true);
        ck_assert_int_eq(arrival, ARRIVAL_LEFT_OUT);
}
END_TEST

START_TEST(notices_change_nothing_but_a_certain_exclusion)
{
        ck_assert_int_eq(after(ARRIVAL_AS_IT_IS, RULE_ALTERED, SEVERITY_NOTICE, true),
                         ARRIVAL_AS_IT_IS);
        ck_assert_int_eq(after(ARRIVAL_AS_IT_IS, RULE_FAILS, SEVERITY_NOTICE, true),
                         ARRIVAL_AS_IT_IS);
        ck_assert_int_eq(after(ARRIVAL_AS_IT_IS, RULE_EXCLUDED, SEVERITY_NOTICE, false),
                         ARRIVAL_AS_IT_IS);
        ck_assert_int_eq(after(ARRIVAL_AS_IT_IS, RULE_DIRECTORY, SEVERITY_ERROR, true),
                         ARRIVAL_AS_IT_IS);
}
END_TEST

static Object *object;
static Tenant tenant;
static EvaluateContext context;
static bool *flags;
static RuleStanding *standings;

static void set_up(void)
{
        tenant_init(&tenant);
        context = (EvaluateContext){ .tenant = &tenant, .selected = true };
        flags = calloc(rule_count(), sizeof(*flags));
        standings = calloc(rule_count(), sizeof(*standings));
        ck_assert_ptr_nonnull(flags);
        ck_assert_ptr_nonnull(standings);
        ck_assert_int_eq(object_new(&object), 0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_OBJECT_CLASS, "user"), 0);
        ck_assert_int_eq(object_seal(object), 0);
        for (AttributeId attribute = 1; attribute < ATTRIBUTE_MAX; attribute++)
                attribute_set_add(&object->known, attribute);
}

static void tear_down(void)
{
        object = object_free(object);
        free(flags);
        free(standings);
        tenant_done(&tenant);
}

static RuleStanding standing(const char *id, bool is_left_out)
{
        arrival_standings(&context, object, flags, is_left_out, standings);
        return standings[rule_index(rule_find(id))];
}

START_TEST(what_has_no_finding_is_passed)
{
        ck_assert_int_eq(standing("upn-invalid", false), STANDING_PASSED);
        flags[rule_index(rule_find("upn-invalid"))] = true;
        ck_assert_int_eq(standing("upn-invalid", false), STANDING_FLAGGED);
        ck_assert_int_eq(standing("role-group", false), STANDING_NOT_ASKED);
}
END_TEST

START_TEST(what_cannot_be_read_is_not_passed)
{
        attribute_set_add(&context.unreadable, ATTRIBUTE_MS_EXCH_RECIPIENT_TYPE_DETAILS);
        ck_assert_int_eq(standing("exchange-system-recipient", false), STANDING_UNKNOWN);
        attribute_set_remove(&object->known, ATTRIBUTE_USER_CERTIFICATE);
        ck_assert_int_eq(standing("certificates-too-many", false), STANDING_UNKNOWN);
        ck_assert_int_eq(standing("upn-invalid", false), STANDING_PASSED);
}
END_TEST

START_TEST(what_never_arrives_is_asked_for_nothing_else)
{
        RuleSetting off = { .id = "aad-account", .is_disabled = true };

        ck_assert_int_eq(standing("upn-invalid", true), STANDING_NOT_ASKED);
        ck_assert_int_eq(standing("msol-account", true), STANDING_PASSED);
        context.settings = &off;
        context.n_settings = 1;
        ck_assert_int_eq(standing("aad-account", true), STANDING_NOT_ASKED);
        context.selected = false;
        ck_assert_int_eq(standing("msol-account", false), STANDING_NOT_ASKED);
}
END_TEST

START_TEST(a_group_is_described_as_the_cloud_has_it)
{
        static const struct {
                const char *type;
                const char *primary;
                const char *said;
        } groups[] = {
                { "-2147483640", "", "security group without mail" },
                { "-2147483640", "a@b.example",
                  "mail-enabled security group, primary address a@b.example" },
                { "8", "a@b.example", "distribution group, primary address a@b.example" },
        };

        for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
                Prediction prediction = { .primary = SLICE(groups[i].primary) };
                _cleanup_buffer_ Buffer text = BUFFER_INIT;

                object_reset(object);
                ck_assert_int_eq(object_add_string(object, ATTRIBUTE_OBJECT_CLASS, "group"), 0);
                ck_assert_int_eq(object_add_string(object, ATTRIBUTE_GROUP_TYPE, groups[i].type),
                                 0);
                ck_assert_int_eq(object_seal(object), 0);
                ck_assert_int_eq(arrival_describe(object, &prediction, &text), 0);
                ck_assert_str_eq(buffer_string(&text), groups[i].said);
        }
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("arrival");
        TCase *tcase = tcase_create("arrival");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, the_worst_finding_decides);
        tcase_add_test(tcase, notices_change_nothing_but_a_certain_exclusion);
        tcase_add_test(tcase, what_has_no_finding_is_passed);
        tcase_add_test(tcase, what_cannot_be_read_is_not_passed);
        tcase_add_test(tcase, what_never_arrives_is_asked_for_nothing_else);
        tcase_add_test(tcase, a_group_is_described_as_the_cloud_has_it);
        suite_add_tcase(suite, tcase);
        return suite;
}
