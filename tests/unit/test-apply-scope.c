/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "lib/state/event.h"
#include "tests/unit/apply-fixture.h"
#include "tests/unit/check-main.h"

/* Selection. */

START_TEST(objects_outside_the_configured_ous_have_no_findings)
{
        int sales = lab_add_ou(&lab, 0, 0, "sales"),
            anna = lab_add_user(&lab, 0, sales, "anna", "a@contoso.com");
        int bernd = lab_add_user(&lab, 0, 0, "bernd", "a@contoso.com");

        lab_configure(&lab, NULL, "ExcludeOU=OU=Sales,DC=corp,DC=example", NULL);
        lab_read(&lab, 0);
        ck_assert_int_eq(lab_disputes(&lab, 0, anna), 0);
        ck_assert_int_eq(lab_disputes(&lab, 0, bernd), 0);

        /* The move of an OU into scope wakes what is below it and whoever shares a value with that. */
        lab_rename(&lab, 0, sales, "OU=trade");
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_disputes(&lab, 0, anna), 1);
        ck_assert_int_eq(lab_disputes(&lab, 0, bernd), 1);
        ck_assert_uint_eq(lab.summary.changed, 0);

        lab_rename(&lab, 0, sales, "OU=sales");
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM finding"), 0);
}
END_TEST

START_TEST(the_deepest_ou_that_is_named_decides)
{
        int sales = lab_add_ou(&lab, 0, 0, "sales"), north = lab_add_ou(&lab, 0, sales, "north"),
            city = lab_add_ou(&lab, 0, north, "city");

        lab_add_user(&lab, 0, sales, "a", "a@contoso.com");
        lab_add_user(&lab, 0, north, "b", "b@contoso.com");
        lab_add_user(&lab, 0, city, "c", "c@contoso.com");
        lab_configure(&lab, NULL,
                      "IncludeOU=OU=sales,DC=corp,DC=example\nExcludeOU=OU=north,OU=sales,DC=corp,"
                      "DC=example\n"
                      "IncludeOU=OU=city,OU=north,OU=sales,DC=corp,DC=example\n",
                      NULL);
        lab_read(&lab, 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT group_concat(selected, '') = '0101' FROM (SELECT "
                                         "selected FROM container ORDER BY length(dn))"),
                         1);
}
END_TEST

START_TEST(a_reload_with_a_rule_of_ones_own_judges_the_cache_again)
{
        int anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com"),
            bernd = lab_add_user(&lab, 0, 0, "bernd", "a@contoso.com");
        char *dump, *fresh;

        lab_set(&lab, 0, anna, "department: Sales");
        lab_read(&lab, 0);
        ck_assert_int_eq(lab_disputes(&lab, 0, bernd), 1);

        /* What it excludes takes nothing from anybody. */
        lab_configure(&lab,
                      "[rule no-sales]\nClass=excluded\nFilter=(department=SALES)\nSeverity=notice",
                      NULL, NULL);
        ck_assert_int_eq(domain_is_derived(&lab.domains[0].domain, lab.config), 0);
        lab_reevaluate(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, anna, "no-sales"), 1);
        ck_assert_int_eq(lab_disputes(&lab, 0, anna), 0);
        ck_assert_int_eq(lab_disputes(&lab, 0, bernd), 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT severity FROM event WHERE rule = 'no-sales'"),
                         SEVERITY_NOTICE);
        dump = lab_dump(&lab);
        fresh = lab_dump_fresh(&lab);
        ck_assert_str_eq(dump, fresh);
        free(dump);
        free(fresh);

        /* Its texts stand in the database, for those who may not read the configuration. */
        ck_assert_int_eq(
                lab_count(&lab,
                          "SELECT count(*) FROM finding WHERE rule = 'no-sales' AND detail = "
                          "'Matches (department=SALES).' AND advice LIKE '%%[rule no-sales]%%'"),
                1);

        lab_configure(&lab, NULL, NULL, NULL);
        lab_reevaluate(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, anna, "no-sales"), 0);
        ck_assert_int_eq(lab_disputes(&lab, 0, bernd), 1);
}
END_TEST

START_TEST(what_a_domains_filter_leaves_out_is_not_judged_and_disputes_nothing)
{
        int anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com"),
            bernd = lab_add_user(&lab, 0, 0, "bernd", "a@contoso.com");
        int carl = lab_add_user(&lab, 0, 0, "carl", "c@contoso.com");
        char *dump, *fresh;

        lab_set(&lab, 0, anna, "extensionAttribute1: cloud; proxyAddresses: SMTP:a@contoso.com");
        lab_set(&lab, 0, carl, "extensionAttribute1: cloud; proxyAddresses: nothing");
        lab_configure(&lab, NULL, "Filter=(extensionAttribute1=cloud)", NULL);
        config_attributes(lab.config, &lab.requested);
        lab_read(&lab, 0);
        ck_assert_int_eq(lab_disputes(&lab, 0, anna), 0);
        ck_assert_int_eq(lab_disputes(&lab, 0, bernd), 0);
        ck_assert_int_eq(lab_findings(&lab, 0, carl, "proxy-no-prefix"), 1);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM object WHERE excluded = 4"), 1);

        /* By a change of the object, in both directions. */
        lab_set(&lab, 0, bernd, "extensionAttribute1: Cloud");
        lab_set(&lab, 0, carl, "extensionAttribute1:");
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_disputes(&lab, 0, anna), 1);
        ck_assert_int_eq(lab_disputes(&lab, 0, bernd), 1);
        ck_assert_int_eq(lab_findings(&lab, 0, carl, "proxy-no-prefix"), 0);
        dump = lab_dump(&lab);
        fresh = lab_dump_fresh(&lab);
        ck_assert_str_eq(dump, fresh);
        free(dump);
        free(fresh);

        /* And by a reload. */
        lab_configure(&lab, NULL, "Filter=(!(extensionAttribute1=*))", NULL);
        ck_assert_int_eq(domain_is_derived(&lab.domains[0].domain, lab.config), 0);
        lab_reevaluate(&lab, 0);
        ck_assert_int_eq(lab_disputes(&lab, 0, anna), 0);
        ck_assert_int_eq(lab_findings(&lab, 0, carl, "proxy-no-prefix"), 1);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM object WHERE excluded = 4"), 2);
}
END_TEST

/* An answer that brings nothing but who is in the first group that the configuration names. */
static void tell_members(ApplyKind kind, const int *nodes, size_t n)
{
        Apply *apply = lab_begin(&lab, 0, kind);

        ck_assert_int_eq(apply_membership(apply, 0), 0);
        for (size_t i = 0; i < n; i++) {
                const Guid guid = lab_guid(lab.domains[0].nodes[nodes[i]].number);

                ck_assert_int_eq(apply_stage_member(apply, 0, &guid), 0);
        }
        if (kind == APPLY_FIRST)
                for (size_t i = 0; i < lab.domains[0].n; i++)
                        lab_stage(&lab, apply, 0, (int)i);
        lab_accept(&lab, apply, 0, lab.domains[0].usn);
        lab_finish(&lab, apply);
}

#define PILOT "[tenant]\nGroupFilter=CN=Pilot,DC=corp,DC=example\n"

START_TEST(only_members_of_the_scopes_group_are_judged)
{
        int anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com"),
            bernd = lab_add_user(&lab, 0, 0, "bernd", "a@contoso.com");
        int carl = lab_add_user(&lab, 0, 0, "carl", "c@contoso.com");

        lab_set(&lab, 0, carl, "proxyAddresses: nothing");
        lab_configure(&lab, PILOT, NULL, NULL);
        ck_assert_uint_eq(lab.config->n_memberships, 1);
        ck_assert_str_eq(lab.config->memberships[0].filter,
                         "(memberOf=CN=Pilot,DC=corp,DC=example)");

        tell_members(APPLY_FIRST, (const int[]){ anna }, 1);
        ck_assert_int_eq(lab_disputes(&lab, 0, anna), 0);
        ck_assert_int_eq(lab_findings(&lab, 0, carl, "proxy-no-prefix"), 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM object WHERE excluded = 8"), 2);

        /* Nobody's object changes when the group does. */
        tell_members(APPLY_DELTA, (const int[]){ bernd, anna, bernd }, 3);
        ck_assert_int_eq(lab_disputes(&lab, 0, anna), 1);
        ck_assert_int_eq(lab_disputes(&lab, 0, bernd), 1);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM member"), 2);
        tell_members(APPLY_DELTA, (const int[]){ carl, bernd }, 2);
        ck_assert_int_eq(lab_disputes(&lab, 0, bernd), 0);
        ck_assert_int_eq(lab_findings(&lab, 0, carl, "proxy-no-prefix"), 1);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM object WHERE excluded = 8"), 1);
}
END_TEST

START_TEST(a_group_that_nobody_knows_or_is_in_decides_nothing)
{
        int anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com"),
            bernd = lab_add_user(&lab, 0, 0, "bernd", "a@contoso.com");

        lab_read(&lab, 0);
        lab_configure(&lab, PILOT, NULL, NULL);
        lab_reevaluate(&lab, 0);
        ck_assert_int_eq(lab_disputes(&lab, 0, anna), 1);

        /* The first answer changes also who is not in it. */
        tell_members(APPLY_DELTA, (const int[]){ anna }, 1);
        ck_assert_int_eq(lab_disputes(&lab, 0, anna), 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM object WHERE excluded = 8"), 1);
        tell_members(APPLY_DELTA, NULL, 0);
        ck_assert_int_eq(lab_disputes(&lab, 0, bernd), 1);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM object WHERE excluded = 8"), 0);
}
END_TEST

START_TEST(a_rule_may_ask_who_is_in_a_group)
{
        int anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com"),
            bernd = lab_add_user(&lab, 0, 0, "bernd", "b@contoso.com");

        lab_configure(&lab,
                      "[rule "
                      "of-admins]\nClass=directory\nFilter=(memberOf:1.2.840.113556.1.4.1941:=CN="
                      "Admins,DC=corp,DC=example)\n"
                      "[rule "
                      "no-admin]\nClass=altered\nFilter=(&(sAMAccountName=b*)(!(memberOf:1.2.840."
                      "113556.1.4.1941:=cn=admins, "
                      "dc=corp,dc=example)))\n",
                      NULL, NULL);
        ck_assert_uint_eq(lab.config->n_memberships, 1);

        lab_read(&lab, 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM finding"), 0);
        tell_members(APPLY_DELTA, (const int[]){ anna }, 1);
        ck_assert_int_eq(lab_findings(&lab, 0, anna, "of-admins"), 1);
        ck_assert_int_eq(lab_findings(&lab, 0, bernd, "of-admins"), 0);
        ck_assert_int_eq(lab_findings(&lab, 0, bernd, "no-admin"), 1);
        tell_members(APPLY_DELTA, (const int[]){ bernd }, 1);
        ck_assert_int_eq(lab_findings(&lab, 0, anna, "of-admins"), 0);
        ck_assert_int_eq(lab_findings(&lab, 0, bernd, "no-admin"), 0);
}
END_TEST

/* Who reports to whom through how many others is asked like nested groups; who is the boss himself stands in the cache. */
START_TEST(a_rule_may_ask_who_is_below_a_manager)
{
        int anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com"),
            bernd = lab_add_user(&lab, 0, 0, "bernd", "b@contoso.com");

        lab_set(&lab, 0, bernd, "manager: CN=Boss,DC=corp,DC=example");
        lab_configure(&lab,
                      "[rule below]\nClass=directory\nFilter=(manager:1.2.840.113556.1.4.1941:="
                      "CN=Boss,DC=corp,DC=example)\n"
                      "[rule not-below]\nClass=directory\nFilter=(&(sAMAccountName=b*)(!(manager:"
                      "1.2.840.113556.1.4.1941:=cn=boss, dc=corp,dc=example)))\n"
                      "[rule next]\nClass=directory\nFilter=(manager=CN=Boss,DC=corp,DC=example)\n",
                      NULL, NULL);
        ck_assert_uint_eq(lab.config->n_memberships, 1);
        ck_assert_str_eq(lab.config->memberships[0].filter,
                         "(manager:1.2.840.113556.1.4.1941:=CN=Boss,DC=corp,DC=example)");
        config_attributes(lab.config, &lab.requested);
        ck_assert(attribute_set_has(&lab.requested, ATTRIBUTE_MANAGER));
        ck_assert(!attribute_set_has(&lab.requested, ATTRIBUTE_MANAGER_CHAIN));

        /* Unknown, and so it stays through NOT. */
        lab_read(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, bernd, "next"), 1);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM finding WHERE rule <> 'next'"), 0);
        tell_members(APPLY_DELTA, (const int[]){ anna }, 1);
        ck_assert_int_eq(lab_findings(&lab, 0, anna, "below"), 1);
        ck_assert_int_eq(lab_findings(&lab, 0, bernd, "below"), 0);
        ck_assert_int_eq(lab_findings(&lab, 0, bernd, "not-below"), 1);
}
END_TEST

START_TEST(what_nobody_can_tell_stays_in_scope)
{
        int anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com");

        lab_set(&lab, 0, anna, "proxyAddresses: nothing");
        lab_configure(&lab, NULL, "Filter=(employeeType=x)", NULL);
        lab_read(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, anna, "proxy-no-prefix"), 1);
        config_attributes(lab.config, &lab.requested);
        lab_read(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, anna, "proxy-no-prefix"), 0);
}
END_TEST

START_TEST(a_rule_about_what_was_never_asked_for_waits_for_a_read)
{
        int anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com");

        lab_set(&lab, 0, anna, "employeeType: guest");
        lab_read(&lab, 0);
        ck_assert(!attribute_set_has(&lab.requested, ATTRIBUTE_EMPLOYEE_TYPE));

        /* Neither the value nor its absence is known. */
        lab_configure(&lab,
                      "[rule guests]\nClass=excluded\nFilter=(employeeType=guest)\n"
                      "[rule no-guests]\nClass=altered\nFilter=(!(employeeType=guest))\n",
                      NULL, NULL);
        lab_reevaluate(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, anna, "guests"), 0);
        ck_assert_int_eq(lab_findings(&lab, 0, anna, "no-guests"), 0);

        config_attributes(lab.config, &lab.requested);
        lab_read(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, anna, "guests"), 1);
        ck_assert_int_eq(lab_findings(&lab, 0, anna, "no-guests"), 0);
}
END_TEST

START_TEST(a_reload_selects_again_without_a_read)
{
        int sales = lab_add_ou(&lab, 0, 0, "sales"),
            anna = lab_add_user(&lab, 0, sales, "anna", "a@contoso.com");
        int bernd = lab_add_user(&lab, 0, 0, "bernd", "a@contoso.com");

        lab_read(&lab, 0);
        ck_assert_int_eq(lab_disputes(&lab, 0, anna), 1);
        ck_assert_int_eq(domain_is_derived(&lab.domains[0].domain, lab.config), 1);

        lab_configure(&lab, NULL, "ExcludeOU=OU=sales,DC=corp,DC=example", NULL);
        ck_assert_int_eq(domain_is_derived(&lab.domains[0].domain, lab.config), 0);
        lab_reevaluate(&lab, 0);
        ck_assert_int_eq(lab_disputes(&lab, 0, anna), 0);
        ck_assert_int_eq(lab_disputes(&lab, 0, bernd), 0);
        ck_assert_int_eq(domain_is_derived(&lab.domains[0].domain, lab.config), 1);
        ck_assert_int_eq(lab_events(&lab, EVENT_CLOSED, NULL), 0);
        ck_assert_int_eq(
                lab_count(&lab, "SELECT count FROM event WHERE type = %d", EVENT_CLOSED_SUMMARY),
                2);
}
END_TEST

START_TEST(an_answer_under_a_new_configuration_judges_the_whole_domain)
{
        int sales = lab_add_ou(&lab, 0, 0, "sales"),
            anna = lab_add_user(&lab, 0, sales, "anna", "a@contoso.com");

        lab_add_user(&lab, 0, 0, "bernd", "a@contoso.com");
        lab_read(&lab, 0);
        lab_configure(&lab, NULL, "ExcludeOU=OU=sales,DC=corp,DC=example", NULL);
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_disputes(&lab, 0, anna), 0);
        ck_assert_int_eq(domain_is_derived(&lab.domains[0].domain, lab.config), 1);
}
END_TEST

START_TEST(judging_again_writes_nothing_where_nothing_changed)
{
        char *before, *after;
        int64_t changes;

        lab_add_user(&lab, 0, 0, "anna", "a@contoso.com");
        lab_add_user(&lab, 0, 0, "bernd", "a@contoso.com");
        lab_read(&lab, 0);
        before = lab_dump(&lab);
        changes = lab_count(&lab, "SELECT total_changes()");
        lab_reevaluate(&lab, 0);
        ck_assert_int_le(lab_count(&lab, "SELECT total_changes()") - changes,
                         1); /* the domain's row */
        after = lab_dump(&lab);
        ck_assert_str_eq(before, after);
        free(before);
        free(after);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("apply-scope");
        TCase *one = tcase_create("one domain");

        (void)test_seed();
        tcase_add_checked_fixture(one, one_domain, tear_down);
        tcase_set_timeout(one, 60);
        tcase_add_test(one, objects_outside_the_configured_ous_have_no_findings);
        tcase_add_test(one, the_deepest_ou_that_is_named_decides);
        tcase_add_test(one, a_reload_with_a_rule_of_ones_own_judges_the_cache_again);
        tcase_add_test(one, what_a_domains_filter_leaves_out_is_not_judged_and_disputes_nothing);
        tcase_add_test(one, only_members_of_the_scopes_group_are_judged);
        tcase_add_test(one, a_group_that_nobody_knows_or_is_in_decides_nothing);
        tcase_add_test(one, a_rule_may_ask_who_is_in_a_group);
        tcase_add_test(one, a_rule_may_ask_who_is_below_a_manager);
        tcase_add_test(one, what_nobody_can_tell_stays_in_scope);
        tcase_add_test(one, a_rule_about_what_was_never_asked_for_waits_for_a_read);
        tcase_add_test(one, a_reload_selects_again_without_a_read);
        tcase_add_test(one, an_answer_under_a_new_configuration_judges_the_whole_domain);
        tcase_add_test(one, judging_again_writes_nothing_where_nothing_changed);
        suite_add_tcase(suite, one);
        return suite;
}
