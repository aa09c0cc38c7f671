/* SPDX-License-Identifier: MIT */

/*
 * Findings by history: what a change, a deletion or a return is told as, and what the clock does to it. And those of a domain as a
 * whole, which are made of many such.
 */

#include <stdio.h>
#include <stdlib.h>

#include "lib/core/when.h"
#include "lib/state/controller.h"
#include "lib/state/event.h"
#include "lib/state/measure.h"
#include "lib/state/retain.h"
#include "lib/state/trace.h"
#include "tests/unit/apply-fixture.h"
#include "tests/unit/check-main.h"

static void set_up(void)
{
        lab_init(&lab, 1);
        lab_configure(&lab,
                      "[tenant]\nVerifiedDomain=contoso.com\nSourceAnchor=mS-DS-ConsistencyGuid\n",
                      NULL, NULL);
        lab.now = 1795262400; /* 2026-11-21T12:00:00Z */
}

static int add_user(const char *name, const char *more)
{
        char rdn[40], attributes[400];

        snprintf(rdn, sizeof(rdn), "CN=%s", name);
        snprintf(attributes, sizeof(attributes),
                 "sAMAccountName: %s; displayName: %s; userPrincipalName: %s@contoso.com%s%s", name,
                 name, name, more ? "; " : "", more ? more : "");
        return lab_add(&lab, 0, 0, "user", rdn, attributes);
}

/* A poll at which only the clock is new. */
static void let_pass(int64_t seconds)
{
        Apply *apply;

        lab.now += seconds;
        apply = lab_begin(&lab, 0, APPLY_DUE);
        ck_assert_int_eq(apply_accept(apply, NULL), 0);
        lab_finish(&lab, apply);
}

static bool is_due(void)
{
        int r = apply_is_due(lab.store, &lab.domains[0].domain, lab.now);

        ck_assert_int_ge(r, 0);
        return r > 0;
}

START_TEST(a_changed_name_is_told_for_seven_days)
{
        int anna = add_user("anna", NULL);
        char *detail;

        lab_read(&lab, 0);
        lab_set(&lab, 0, anna, "userPrincipalName: anna.berg@contoso.com");
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, anna, "upn-changed"), 1);
        detail = lab_text(&lab, "SELECT detail FROM finding WHERE rule = 'upn-changed'");
        ck_assert_ptr_nonnull(strstr(detail, "anna@contoso.com"));
        free(detail);

        ck_assert(!is_due());
        let_pass(6 * DAY);
        ck_assert_int_eq(lab_findings(&lab, 0, anna, "upn-changed"), 1);
        lab.now += 2 * DAY;
        ck_assert(is_due());
        let_pass(0);
        ck_assert_int_eq(lab_findings(&lab, 0, anna, "upn-changed"), 0);
        ck_assert(!is_due());
}
END_TEST

START_TEST(a_name_that_is_the_old_one_again_has_not_changed)
{
        int anna = add_user("anna", NULL);

        lab_read(&lab, 0);
        lab_set(&lab, 0, anna, "userPrincipalName: anna.berg@contoso.com");
        lab_poll(&lab, 0);
        lab_set(&lab, 0, anna, "userPrincipalName: anna@contoso.com");
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, anna, "upn-changed"), 0);
        ck_assert_int_eq(lab_events(&lab, EVENT_UPN_CHANGED, NULL), 2);
}
END_TEST

START_TEST(the_first_write_of_the_connector_is_no_change_of_the_anchor)
{
        int anna = add_user("anna", NULL);
        char attributes[100];
        Guid guid = lab_guid(lab.domains[0].nodes[anna].number);

        lab_read(&lab, 0);
        snprintf(attributes, sizeof(attributes), "mS-DS-ConsistencyGuid: ");
        for (size_t i = 0; i < sizeof(guid.bytes); i++)
                snprintf(attributes + strlen(attributes), 3, "%02x", guid.bytes[i]);
        lab_set(&lab, 0, anna, attributes);
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_events(&lab, EVENT_ANCHOR_CHANGED, NULL), 0);

        lab_set(&lab, 0, anna, "mS-DS-ConsistencyGuid: 00112233445566778899aabbccddeeff");
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_events(&lab, EVENT_ANCHOR_CHANGED, NULL), 1);
        ck_assert_int_eq(lab_findings(&lab, 0, anna, "anchor-changed"), 1);

        /* Judged again from the cache it is the same, and it ends with the old value. */
        lab_reevaluate(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, anna, "anchor-changed"), 1);
        lab_set(&lab, 0, anna, attributes);
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, anna, "anchor-changed"), 0);
}
END_TEST

START_TEST(who_was_never_exported_has_no_old_anchor)
{
        int anna = add_user("anna", "isCriticalSystemObject: FALSE");

        lab_read(&lab, 0);
        lab_set(&lab, 0, anna, "mS-DS-ConsistencyGuid: 00112233445566778899aabbccddeeff");
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_events(&lab, EVENT_ANCHOR_CHANGED, NULL), 0);
}
END_TEST

START_TEST(a_deletion_is_told_until_the_cloud_forgets)
{
        int anna = add_user("anna", NULL), bernd = add_user("bernd", "adminDescription: User_x");

        lab_read(&lab, 0);
        lab_delete(&lab, 0, anna);
        lab_delete(&lab, 0, bernd);
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, anna, "deleted"), 1);
        ck_assert_int_eq(lab_findings(&lab, 0, bernd, "deleted"), 0);

        let_pass(29 * DAY);
        ck_assert_int_eq(lab_findings(&lab, 0, anna, "deleted"), 1);
        let_pass(2 * DAY);
        ck_assert_int_eq(lab_findings(&lab, 0, anna, "deleted"), 0);
}
END_TEST

START_TEST(what_came_back_says_what_it_lost)
{
        int anna = add_user("anna", "mail: anna@contoso.com");
        char *detail;

        lab_read(&lab, 0);
        lab_delete(&lab, 0, anna);
        lab_poll(&lab, 0);
        lab_set(&lab, 0, anna, "mail:");
        lab_restore(&lab, 0, anna);
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, anna, "deleted"), 0);
        detail = lab_text(&lab,
                          "SELECT detail FROM finding WHERE rule = 'restored' AND severity = 1");
        ck_assert_ptr_nonnull(detail);
        ck_assert_ptr_nonnull(strstr(detail, "without mail"));
        free(detail);

        lab_set(&lab, 0, anna, "mail: anna@contoso.com");
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT severity FROM finding WHERE rule = 'restored'"),
                         0);
        let_pass(8 * DAY);
        ck_assert_int_eq(lab_findings(&lab, 0, anna, "restored"), 0);
}
END_TEST

START_TEST(a_new_account_with_a_deleted_users_name_is_another_user)
{
        int old = add_user("anna", NULL), new;

        lab_read(&lab, 0);
        lab_delete(&lab, 0, old);
        lab_poll(&lab, 0);
        new = add_user("anna", "whenCreated: 20261121120000.0Z");
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, new, "deleted-and-recreated"), 1);
        ck_assert_int_eq(lab_findings(&lab, 0, new, "upn-not-unique"), 0);
        ck_assert_int_eq(
                lab_count(&lab, "SELECT class FROM finding WHERE rule = 'deleted-and-recreated'"),
                RULE_FAILS);

        /* After the next cycle it does not fail any more, and after thirty days there is no other user. */
        let_pass(HOUR);
        ck_assert_int_eq(
                lab_count(&lab, "SELECT class FROM finding WHERE rule = 'deleted-and-recreated'"),
                RULE_ALTERED);
        lab_reevaluate(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, new, "deleted-and-recreated"), 1);
        let_pass(30 * DAY);
        ck_assert_int_eq(lab_findings(&lab, 0, new, "deleted-and-recreated"), 0);
}
END_TEST

START_TEST(who_is_forgotten_is_nobodys_predecessor)
{
        int old = add_user("anna", NULL), new;
        Guid guid = lab_guid(lab.domains[0].nodes[old].number);
        Forgotten forgotten;

        lab_read(&lab, 0);
        lab_delete(&lab, 0, old);
        lab_poll(&lab, 0);
        new = add_user("anna", "whenCreated: 20261121120000.0Z");
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, new, "deleted-and-recreated"), 1);

        /* The finding names him: it ends with the next answer, whether that touches the name or not. */
        ck_assert_int_eq(retain_forget(lab.store, lab.config, lab.now, &guid, &forgotten), 0);
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, new, "deleted-and-recreated"), 0);
}
END_TEST

START_TEST(what_is_forgotten_leaves_neither_claim_nor_finding)
{
        int anna = add_user("anna", "proxyAddresses: SMTP:anna@contoso.com");

        lab_configure(&lab, "[storage]\nKeepDeletedDays=10\n", NULL, NULL);
        lab_read(&lab, 0);
        lab_delete(&lab, 0, anna);
        lab_poll(&lab, 0);
        ck_assert_int_gt(lab_count(&lab, "SELECT count(*) FROM claim"), 1);

        while (retain_step(lab.store, lab.config, lab.now + 11 * DAY, 10) == RETAIN_MORE)
                ;
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM object"), 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM claim"), 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM finding"), 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT ifnull(sum(n), 0) FROM counter"), 0);
}
END_TEST

START_TEST(what_is_forgotten_on_request_is_gone_with_all_that_happened)
{
        int anna = add_user("anna", "proxyAddresses: SMTP:anna@contoso.com"),
            bert = add_user("bert", "proxyAddresses: SMTP:bert@contoso.com");
        Guid guid = lab_guid(lab.domains[0].nodes[anna].number);
        Forgotten forgotten = { -1, -1 };

        lab_read(&lab, 0);
        lab_set(&lab, 0, anna, "userPrincipalName: anna.berg@contoso.com");
        lab_set(&lab, 0, bert, "userPrincipalName: bert.berg@contoso.com");
        lab_poll(&lab, 0);

        /* Who is there would be read again. */
        ck_assert_int_eq(retain_forget(lab.store, lab.config, lab.now, &guid, &forgotten),
                         RETAIN_ALIVE);
        ck_assert_int_eq(forgotten.objects, -1);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM object"), 2);

        lab_delete(&lab, 0, anna);
        lab_poll(&lab, 0);
        ck_assert_int_gt(lab_count(&lab, "SELECT count(*) FROM event WHERE dn LIKE '%%anna%%'"), 1);
        ck_assert_int_eq(retain_forget(lab.store, lab.config, lab.now, &guid, &forgotten), 0);
        ck_assert_int_eq(forgotten.objects, 1);
        ck_assert_int_gt(forgotten.events, 1);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM object"), 1);
        ck_assert_int_eq(
                lab_count(&lab,
                          "SELECT count(*) FROM claim WHERE object NOT IN (SELECT id FROM object)"),
                0);
        ck_assert_int_eq(lab_count(&lab,
                                   "SELECT count(*) FROM finding WHERE object & 268435455 <> 0 "
                                   "AND object NOT IN (SELECT id FROM object)"),
                         0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM event WHERE dn LIKE '%%anna%%' OR "
                                         "value LIKE '%%anna%%'"),
                         0);
        ck_assert_int_gt(lab_count(&lab, "SELECT count(*) FROM event WHERE dn LIKE '%%bert%%'"), 0);

        /* Where deletions can be seen the directory goes on telling of it; nobody listens. */
        lab_read(&lab, 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM object"), 1);
        ck_assert_int_eq(retain_forget(lab.store, lab.config, lab.now, &guid, &forgotten), 0);
        ck_assert_int_eq(forgotten.objects + forgotten.events, 0);
}
END_TEST

/* The domain itself. */

static int64_t domain_findings(const char *rule, Severity severity)
{
        return lab_count(&lab,
                         "SELECT count(*) FROM v_finding WHERE rule = '%s' AND severity = '%s' AND "
                         "kind = 'container'",
                         rule, severity_name(severity));
}

START_TEST(many_deletions_at_once_are_told_with_their_cause)
{
        int sales, users[12];
        char *detail;

        lab_configure(&lab, "[tenant]\nDeletionThreshold=10\n", NULL, NULL);
        sales = lab_add(&lab, 0, 0, "organizationalUnit", "OU=Sales", NULL);
        for (int i = 0; i < 12; i++) {
                char rdn[20], attributes[80];

                snprintf(rdn, sizeof(rdn), "CN=u%d", i);
                snprintf(attributes, sizeof(attributes), "sAMAccountName: u%d; displayName: u", i);
                users[i] = lab_add(&lab, 0, i < 11 ? sales : 0, "user", rdn, attributes);
        }
        lab_read(&lab, 0);
        for (int i = 7; i < 12; i++)
                lab_delete(&lab, 0, users[i]);
        lab_poll(&lab, 0);
        ck_assert_int_eq(domain_findings("mass-deletion", SEVERITY_WARNING), 1);

        for (int i = 0; i < 5; i++)
                lab_delete(&lab, 0, users[i]);
        lab_poll(&lab, 0);
        ck_assert_int_eq(domain_findings("mass-deletion", SEVERITY_ERROR), 1);
        detail = lab_text(&lab, "SELECT detail FROM finding WHERE rule = 'mass-deletion'");
        ck_assert_ptr_nonnull(strstr(detail, "of 9 of them the cause is OU=Sales"));
        free(detail);

        /* What came back does not leave. */
        for (int i = 0; i < 5; i++)
                lab_restore(&lab, 0, users[i]);
        lab_poll(&lab, 0);
        ck_assert_int_eq(domain_findings("mass-deletion", SEVERITY_ERROR), 0);

        /* Half an hour later it is over. */
        let_pass(HOUR);
        ck_assert_int_eq(domain_findings("mass-deletion", SEVERITY_WARNING), 0);
}
END_TEST

START_TEST(a_full_tenant_is_told_of_with_the_answer_that_fills_it)
{
        lab_configure(&lab, "[tenant]\nQuota=2\n", NULL, NULL);
        add_user("anna", NULL);
        add_user("bernd", NULL);
        lab_read(&lab, 0);
        ck_assert_int_eq(domain_findings("quota", SEVERITY_ERROR), 1);

        lab_configure(&lab, "[tenant]\nQuota=10\n", NULL, NULL);
        lab_reevaluate(&lab, 0);
        ck_assert_int_eq(domain_findings("quota", SEVERITY_ERROR), 0);
        for (int i = 0; i < 6; i++) {
                char name[20];

                snprintf(name, sizeof(name), "user%d", i);
                add_user(name, NULL);
        }
        lab_poll(&lab, 0);
        ck_assert_int_eq(domain_findings("quota", SEVERITY_WARNING), 0);
        add_user("last", NULL);
        lab_poll(&lab, 0);
        ck_assert_int_eq(domain_findings("quota", SEVERITY_WARNING), 1);
}
END_TEST

START_TEST(what_was_never_in_scope_is_no_departure)
{
        int users[3];

        lab_configure(&lab, "[tenant]\nDeletionThreshold=2\n", NULL, NULL);
        for (int i = 0; i < 3; i++) {
                char rdn[20], attributes[80];

                snprintf(rdn, sizeof(rdn), "CN=u%d", i);
                snprintf(attributes, sizeof(attributes),
                         "sAMAccountName: u%d; displayName: u; adminDescription: User_x", i);
                users[i] = lab_add(&lab, 0, 0, "user", rdn, attributes);
        }
        lab_read(&lab, 0);
        for (int i = 0; i < 3; i++)
                lab_delete(&lab, 0, users[i]);
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_events(&lab, EVENT_DELETED, NULL), 3);
        ck_assert_int_eq(domain_findings("mass-deletion", SEVERITY_ERROR), 0);
}
END_TEST

START_TEST(a_renamed_ou_of_the_scope_takes_its_objects_along)
{
        int staff, anna;
        char *detail;

        lab_configure(&lab, "[tenant]\nDeletionThreshold=1\n",
                      "IncludeOU=OU=Staff,DC=corp,DC=example", NULL);
        staff = lab_add(&lab, 0, 0, "organizationalUnit", "OU=Staff", NULL);
        anna = lab_add(&lab, 0, staff, "user", "CN=anna",
                       "sAMAccountName: anna; displayName: anna");
        lab_read(&lab, 0);
        ck_assert_int_eq(domain_findings("scope-ou-missing", SEVERITY_ERROR), 0);

        lab_rename(&lab, 0, staff, "OU=People");
        lab_poll(&lab, 0);
        ck_assert_int_eq(domain_findings("scope-ou-missing", SEVERITY_ERROR), 1);
        detail = lab_text(&lab, "SELECT detail FROM finding WHERE rule = 'scope-ou-missing'");
        ck_assert_ptr_nonnull(strstr(detail, "it is now OU=People,DC=corp,DC=example"));
        free(detail);
        ck_assert_int_eq(lab_events(&lab, EVENT_LEFT_SCOPE, NULL), 1);
        ck_assert_int_eq(domain_findings("mass-deletion", SEVERITY_ERROR), 1);
        (void)anna;

        lab_rename(&lab, 0, staff, "OU=Staff");
        lab_poll(&lab, 0);
        ck_assert_int_eq(domain_findings("scope-ou-missing", SEVERITY_ERROR), 0);
}
END_TEST

START_TEST(an_object_that_a_rule_keeps_out_leaves_by_that_rule)
{
        int anna = add_user("anna", NULL);
        char *rule;

        lab_read(&lab, 0);
        lab_set(&lab, 0, anna, "adminDescription: User_NoSync");
        lab_poll(&lab, 0);
        rule = lab_text(&lab, "SELECT rule FROM event WHERE type = %d AND leaves",
                        EVENT_LEFT_SCOPE);
        ck_assert_str_eq(rule, "opted-out");
        free(rule);
}
END_TEST

START_TEST(what_was_deleted_since_the_connector_ran_is_still_in_the_cloud)
{
        const Trace trace = { .type = TRACE_CONNECTOR,
                              .is_enabled = true,
                              .logged_on = lab.now - 10 * MINUTE };
        int anna = add_user("anna", NULL), bernd = add_user("bernd", NULL);

        lab_read(&lab, 0);
        ck_assert_int_eq(
                trace_put(lab.store, lab.domains[0].domain.id, SLICE("MSOL_1"), &trace, lab.now),
                0);
        ck_assert_int_eq(trace_finish(lab.store, lab.domains[0].domain.id, lab.now, 1), 0);
        ck_assert_int_eq(controller_put(lab.store, lab.domains[0].domain.id, SLICE("dc1"), lab.now),
                         0);
        ck_assert_int_eq(
                controller_asked(lab.store, lab.domains[0].domain.id, "dc1", lab.now + DAY, NULL),
                0);
        lab_delete(&lab, 0, anna);
        lab_poll(&lab, 0);
        let_pass(HOUR);
        ck_assert_int_eq(domain_findings("orphan-expected", SEVERITY_WARNING), 0);
        let_pass(HOUR);
        ck_assert_int_eq(domain_findings("orphan-expected", SEVERITY_WARNING), 1);

        /* It comes back, and what goes then it will take along. */
        ck_assert_int_eq(trace_put(lab.store, lab.domains[0].domain.id, SLICE("MSOL_1"),
                                   &(const Trace){ .type = TRACE_CONNECTOR,
                                                   .is_enabled = true,
                                                   .logged_on = lab.now },
                                   lab.now),
                         0);
        lab_delete(&lab, 0, bernd);
        lab_poll(&lab, 0);
        ck_assert_int_eq(domain_findings("orphan-expected", SEVERITY_WARNING), 0);
}
END_TEST

START_TEST(monitoring_mailboxes_count_where_their_container_is_in_scope)
{
        int system = lab_add(&lab, 0, 0, "container", "CN=Microsoft Exchange System Objects", NULL);
        int monitoring = lab_add(&lab, 0, system, "container", "CN=Monitoring Mailboxes", NULL);

        lab.domains[0].domain.naming_context = strdup("DC=corp,DC=example");
        ck_assert_ptr_nonnull(lab.domains[0].domain.naming_context);
        lab_add(&lab, 0, system, "container", "CN=Other", NULL);
        lab_add(&lab, 0, monitoring, "user", "CN=HealthMailbox1", "sAMAccountName: HM_1");
        lab_add(&lab, 0, monitoring, "user", "CN=HealthMailbox2", "sAMAccountName: HM_2");
        lab_add(&lab, 0, monitoring, "user", "CN=HealthMailbox3",
                "sAMAccountName: HM_3; adminDescription: User_x");
        lab_read(&lab, 0);
        ck_assert_int_eq(domain_findings("health-mailboxes-in-scope", SEVERITY_NOTICE), 1);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM finding WHERE rule = "
                                         "'health-mailboxes-in-scope' AND detail = '2 of them'"),
                         1);

        lab_configure(&lab, NULL,
                      "ExcludeOU=CN=Monitoring Mailboxes,CN=Microsoft Exchange System "
                      "Objects,DC=corp,DC=example",
                      NULL);
        lab_reevaluate(&lab, 0);
        ck_assert_int_eq(domain_findings("health-mailboxes-in-scope", SEVERITY_NOTICE), 0);
}
END_TEST

START_TEST(a_group_is_judged_by_the_number_that_was_counted)
{
        int team = lab_add(&lab, 0, 0, "group", "CN=team",
                           "sAMAccountName: team; groupType: -2147483646; displayName: team");
        Guid guid = lab_guid(lab.domains[0].nodes[team].number);
        int64_t id;

        lab_read(&lab, 0);
        id = lab.domains[0].domain.id;
        ck_assert_int_eq(measure_put(lab.store, id, &guid, ATTRIBUTE_MEMBER_COUNT, 250000), 0);
        let_pass(1);
        ck_assert_int_eq(lab_findings(&lab, 0, team, "group-too-large"), 1);
        ck_assert_int_eq(lab_count(&lab,
                                   "SELECT count(*) FROM finding WHERE rule = "
                                   "'group-too-large' AND severity = %d",
                                   SEVERITY_ERROR),
                         1);

        /* It stays so however the group is judged, and until it is counted again. */
        lab_set(&lab, 0, team, "displayName: the team");
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, team, "group-too-large"), 1);
        lab_reevaluate(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, team, "group-too-large"), 1);

        ck_assert_int_eq(measure_put(lab.store, id, &guid, ATTRIBUTE_MEMBER_COUNT, 60000), 0);
        let_pass(1);
        ck_assert_int_eq(lab_count(&lab,
                                   "SELECT count(*) FROM finding WHERE rule = "
                                   "'group-too-large' AND severity = %d",
                                   SEVERITY_WARNING),
                         1);
        ck_assert_int_eq(measure_put(lab.store, id, &guid, ATTRIBUTE_MEMBER_COUNT, 0), 0);
        let_pass(1);
        ck_assert_int_eq(lab_findings(&lab, 0, team, "group-too-large"), 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM measure"), 0);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("apply-past");
        TCase *tcase = tcase_create("past");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, a_changed_name_is_told_for_seven_days);
        tcase_add_test(tcase, a_name_that_is_the_old_one_again_has_not_changed);
        tcase_add_test(tcase, the_first_write_of_the_connector_is_no_change_of_the_anchor);
        tcase_add_test(tcase, who_was_never_exported_has_no_old_anchor);
        tcase_add_test(tcase, a_deletion_is_told_until_the_cloud_forgets);
        tcase_add_test(tcase, what_came_back_says_what_it_lost);
        tcase_add_test(tcase, a_new_account_with_a_deleted_users_name_is_another_user);
        tcase_add_test(tcase, who_is_forgotten_is_nobodys_predecessor);
        tcase_add_test(tcase, what_is_forgotten_leaves_neither_claim_nor_finding);
        tcase_add_test(tcase, what_is_forgotten_on_request_is_gone_with_all_that_happened);
        tcase_add_test(tcase, many_deletions_at_once_are_told_with_their_cause);
        tcase_add_test(tcase, a_full_tenant_is_told_of_with_the_answer_that_fills_it);
        tcase_add_test(tcase, what_was_never_in_scope_is_no_departure);
        tcase_add_test(tcase, a_renamed_ou_of_the_scope_takes_its_objects_along);
        tcase_add_test(tcase, an_object_that_a_rule_keeps_out_leaves_by_that_rule);
        tcase_add_test(tcase, what_was_deleted_since_the_connector_ran_is_still_in_the_cloud);
        tcase_add_test(tcase, monitoring_mailboxes_count_where_their_container_is_in_scope);
        tcase_add_test(tcase, a_group_is_judged_by_the_number_that_was_counted);
        suite_add_tcase(suite, tcase);
        return suite;
}
