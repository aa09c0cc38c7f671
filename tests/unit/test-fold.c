/* SPDX-License-Identifier: MIT */

/* What is so with many objects for one cause is one finding of their domain. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/acceptance.h"
#include "lib/state/event.h"
#include "lib/state/query.h"
#include "tests/unit/apply-fixture.h"
#include "tests/unit/check-main.h"

#define MANY 150 /* more than events are told one by one */

#define TENANT "[tenant]\nInitialDomain=contoso.onmicrosoft.com\nVerifiedDomain=contoso.com\n"

static void set_up(void)
{
        lab_init(&lab, 2);
        lab_configure(&lab, TENANT, NULL, NULL);
        lab_read(&lab, 1);
}

/* Somebody who signs in with this suffix, and has a secondary address at another domain (NULL: none). */
static int add_user(unsigned domain, unsigned number, const char *suffix, const char *secondary)
{
        char rdn[40], attributes[700], second[80] = "";

        (void)snprintf(rdn, sizeof(rdn), "CN=user %u", number);
        if (secondary)
                (void)snprintf(second, sizeof(second), "; proxyAddresses: smtp:u%u@%s", number,
                               secondary);
        (void)snprintf(attributes, sizeof(attributes),
                       "sAMAccountName: u%u; displayName: u%u; givenName: u; sn: u; "
                       "userAccountControl: 512; userPrincipalName: u%u@%s; mailNickname: u%u; "
                       "mail: u%u@contoso.com; proxyAddresses: SMTP:u%u@contoso.com%s",
                       number, number, number, suffix, number, number, number, second);
        return lab_add(&lab, domain, 0, "user", rdn, attributes);
}

static int64_t of_domain(const char *rule)
{
        return lab_count(
                &lab, "SELECT count(*) FROM finding WHERE rule = '%s' AND object & 268435455 = 0",
                rule);
}

static int64_t of_objects(const char *rule)
{
        return lab_count(
                &lab, "SELECT count(*) FROM finding WHERE rule = '%s' AND object & 268435455 <> 0",
                rule);
}

static char *detail(const char *rule)
{
        return lab_text(&lab,
                        "SELECT detail FROM finding WHERE rule = '%s' AND object & 268435455 = 0",
                        rule);
}

static void expect_detail(const char *rule, const char *expected)
{
        _cleanup_free_ char *text = detail(rule);

        ck_assert_str_eq(text, expected);
}

static void expect_fresh(void)
{
        _cleanup_free_ char *dump = lab_dump(&lab), *fresh = lab_dump_fresh(&lab);

        for (size_t i = 0; dump[i] || fresh[i]; i++)
                ck_assert_msg(dump[i] == fresh[i], "%.200s\nfresh: %.200s",
                              dump + (i > 100 ? i - 100 : 0), fresh + (i > 100 ? i - 100 : 0));
}

START_TEST(many_who_sign_in_with_the_domains_own_name_are_one_notice)
{
        for (unsigned i = 0; i < MANY; i++)
                (void)add_user(0, i, i % 2 ? "corp.example" : "CORP.Example", NULL);
        lab_read(&lab, 0);

        /* .example is no public suffix: nobody can verify it. */
        ck_assert_int_eq(of_objects("upn-not-routable"), MANY);
        ck_assert_int_eq(of_domain("upn-not-routable"), 1);
        ck_assert_int_eq(lab_count(&lab, "SELECT sum(n) FROM counter"), 1);
        expect_fresh();
}
END_TEST

START_TEST(it_is_counted_as_people_come_and_go)
{
        int last = -1;

        for (unsigned i = 0; i < 3; i++)
                last = add_user(0, i, "corp.example", NULL);
        lab_read(&lab, 0);
        expect_detail("upn-not-routable", "3 accounts sign in with @corp.example, the AD domain's "
                                          "own name, which is no name on the Internet");

        lab_delete(&lab, 0, last);
        lab_set(&lab, 0, last - 1, "userPrincipalName: fine@contoso.com");
        lab_poll(&lab, 0);
        expect_detail("upn-not-routable", "1 account signs in with @corp.example, the AD domain's "
                                          "own name, which is no name on the Internet");
        expect_fresh();

        lab_set(&lab, 0, last - 2, "userPrincipalName: fine2@contoso.com");
        lab_poll(&lab, 0);
        ck_assert_int_eq(of_domain("upn-not-routable"), 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM folded"), 0);
        ck_assert_int_eq(lab_events(&lab, EVENT_CLOSED, "upn-not-routable"), 1);
        expect_fresh();
}
END_TEST

START_TEST(nobody_is_told_of_one_more)
{
        (void)add_user(0, 0, "corp.example", NULL);
        lab_read(&lab, 0);
        (void)add_user(0, 1, "corp.example", NULL);
        lab_poll(&lab, 0);
        ck_assert_int_eq(of_objects("upn-not-routable"), 2);
        ck_assert_int_eq(lab_events(&lab, EVENT_OPENED, "upn-not-routable"), 0);
}
END_TEST

START_TEST(secondary_addresses_fold_by_domain_and_primary_ones_do_not)
{
        int primary;

        for (unsigned i = 0; i < 4; i++)
                (void)add_user(0, i, "contoso.com", i == 3 ? "sold.com" : "old.com");
        primary = add_user(0, 4, "contoso.com", NULL);
        lab_set(&lab, 0, primary, "proxyAddresses: SMTP:u4@old.com; mail: u4@old.com");
        lab_read(&lab, 0);

        ck_assert_int_eq(of_domain("proxy-unverified-domain"), 2);
        ck_assert_int_eq(lab_count(&lab, "SELECT n FROM folded WHERE fold = 'old.com'"), 3);
        ck_assert_int_eq(lab_count(&lab, "SELECT n FROM folded WHERE fold = 'sold.com'"), 1);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM finding WHERE rule = "
                                         "'proxy-unverified-domain' AND fold IS NULL"),
                         1);
        ck_assert_int_eq(lab_count(&lab, "SELECT n FROM counter WHERE rule = "
                                         "'proxy-unverified-domain' AND severity = 1"),
                         1);
        expect_fresh();
}
END_TEST

START_TEST(each_domain_has_its_own)
{
        (void)add_user(0, 0, "contoso.com", "old.com");
        (void)add_user(1, 1, "contoso.com", "old.com");
        lab_read(&lab, 0);
        lab_read(&lab, 1);
        ck_assert_int_eq(of_domain("proxy-unverified-domain"), 2);
        ck_assert_int_eq(lab_count(&lab, "SELECT max(n) FROM folded"), 1);
        expect_fresh();
}
END_TEST

START_TEST(a_list_shows_the_one_with_the_first_of_the_many_or_each)
{
        const FindingFilter folded = { .now = lab.now },
                            each = { .unfolded = true, .now = lab.now };
        _cleanup_(finding_list_freep) FindingList *one = NULL, *all = NULL;
        _cleanup_(finding_page_freep) FindingPage *page = NULL;

        for (unsigned i = 0; i < 30; i++)
                (void)add_user(0, i, "corp.example", NULL);
        lab_read(&lab, 0);

        ck_assert_int_eq(finding_list_new(lab.store, lab.config, &folded, &one), 0);
        ck_assert_int_eq(finding_list_new(lab.store, lab.config, &each, &all), 0);
        ck_assert_uint_eq(finding_list_size(one), 1);
        ck_assert_uint_eq(finding_list_size(all), 30);

        ck_assert_int_eq(finding_list_page(one, 0, 1, 20, &page), 0);
        ck_assert_int_eq(page->records[0].kind, KIND_CONTAINER);
        ck_assert_int_eq(page->records[0].class, RULE_DIRECTORY);
        ck_assert_int_eq(page->records[0].severity, SEVERITY_NOTICE);
        ck_assert_str_eq(page->records[0].value, "corp.example");
        ck_assert_uint_eq(page->records[0].n_others, 20);
        ck_assert_uint_eq(page->records[0].others_total, 30);
        ck_assert_ptr_nonnull(strstr(page->records[0].others[0].value, "@corp.example"));
}
END_TEST

START_TEST(of_one_object_each_is_told)
{
        _cleanup_(finding_list_freep) FindingList *list = NULL;
        FindingFilter filter = { .now = lab.now };

        (void)add_user(0, 0, "corp.example", NULL);
        lab_read(&lab, 0);
        filter.object = lab_count(&lab, "SELECT id FROM object WHERE kind = %d", KIND_USER);
        ck_assert_int_eq(finding_list_new(lab.store, lab.config, &filter, &list), 0);
        ck_assert_uint_eq(finding_list_size(list), 1);
}
END_TEST

START_TEST(who_makes_it_worse_than_a_notice_is_told_of_each)
{
        for (unsigned i = 0; i < 3; i++)
                (void)add_user(0, i, "corp.example", NULL);
        lab_read(&lab, 0);
        ck_assert_int_eq(of_domain("upn-not-routable"), 1);

        lab_configure(&lab, TENANT "[rule upn-not-routable]\nSeverity=warning\n", NULL, NULL);
        lab_reevaluate(&lab, 0);
        ck_assert_int_eq(of_domain("upn-not-routable"), 0);
        ck_assert_int_eq(of_objects("upn-not-routable"), 3);
        ck_assert_int_eq(lab_count(&lab, "SELECT n FROM counter WHERE rule = 'upn-not-routable'"),
                         3);
        expect_fresh();

        lab_configure(&lab, TENANT, NULL, NULL);
        lab_reevaluate(&lab, 0);
        ck_assert_int_eq(of_domain("upn-not-routable"), 1);
        ck_assert_int_eq(lab_count(&lab, "SELECT n FROM counter WHERE rule = 'upn-not-routable'"),
                         1);
        expect_fresh();
}
END_TEST

static FoldList *list_by_rule(FindingShown shown, Severity least, int64_t since)
{
        const FindingFilter filter = { .shown = shown, .least = least, .since = since };
        FoldList *list;

        ck_assert_int_eq(fold_list_new(lab.store, &filter, FOLD_BY_RULE, &list), 0);
        return list;
}

/* What opened since the first second is everything, and is walked: the counters do not know when anything opened. */
static size_t expect_walked(FindingShown shown, Severity least)
{
        _cleanup_(fold_list_freep) FoldList *counted = list_by_rule(shown, least, 0);
        _cleanup_(fold_list_freep) FoldList *walked = list_by_rule(shown, least, 1);

        ck_assert_uint_eq(counted->n, walked->n);
        ck_assert_uint_eq(counted->n_findings, walked->n_findings);
        for (size_t i = 0; i < counted->n; i++) {
                const Fold *one = &counted->folds[i], *other = &walked->folds[i];

                ck_assert_str_eq(one->name, other->name);
                ck_assert_int_eq(one->severity, other->severity);
                ck_assert_uint_eq(one->n, other->n);
                ck_assert_mem_eq(one->n_by_severity, other->n_by_severity,
                                 sizeof(one->n_by_severity));
                ck_assert_uint_eq(one->n_holders, other->n_holders);
                for (size_t k = 0; k < one->n_holders; k++) {
                        ck_assert_str_eq(one->holders[k].dn, other->holders[k].dn);
                        ck_assert_str_eq(one->holders[k].domain, other->holders[k].domain);
                }
        }
        return counted->n_findings;
}

START_TEST(what_is_counted_is_what_a_walk_finds)
{
        const AcceptanceTerms terms = {
                .now = lab.now, .until = lab.now + 1000, .who = "x", .why = "y"
        };
        AcceptanceTarget target;
        size_t n;

        for (unsigned i = 0; i < 9; i++) {
                int node = add_user(i % 2, i, i % 3 ? "corp.example" : "contoso.com", NULL);

                /* Of the rules that exclude, alter and fail, at one object and at several. */
                if (i % 4 == 1)
                        lab_set(&lab, i % 2, node, "mailNickname: a b; mail: same@contoso.com");
                if (i == 8)
                        lab_set(&lab, 0, node,
                                "proxyAddresses: SMTP:a b@contoso.com|smtp:u1@contoso.com");
        }
        lab_read(&lab, 0);
        lab_poll(&lab, 1);
        for (Severity least = SEVERITY_NOTICE; least <= SEVERITY_ERROR; least++)
                (void)expect_walked(FINDING_SHOWN_REST, least);
        ck_assert_uint_gt(expect_walked(FINDING_SHOWN_REST, SEVERITY_NOTICE), 3);
        ck_assert_uint_eq(expect_walked(FINDING_SHOWN_ACCEPTED, SEVERITY_NOTICE), 0);

        target.object = lab_count(&lab, "SELECT object FROM finding WHERE fold IS NULL LIMIT 1");
        target.finding =
                (uint64_t)lab_count(&lab, "SELECT id FROM finding WHERE fold IS NULL LIMIT 1");
        ck_assert_int_eq(acceptance_set(lab.store, &terms, &target, 1, &n), 0);
        ck_assert_uint_eq(n, 1);
        (void)expect_walked(FINDING_SHOWN_REST, SEVERITY_NOTICE);
        ck_assert_uint_eq(expect_walked(FINDING_SHOWN_ACCEPTED, SEVERITY_NOTICE), 1);
}
END_TEST

START_TEST(nothing_is_left_of_a_rule_that_is_switched_off)
{
        (void)add_user(0, 0, "corp.example", NULL);
        lab_read(&lab, 0);
        lab_configure(&lab, TENANT "[rule upn-not-routable]\nEnabled=no\n", NULL, NULL);
        lab_reevaluate(&lab, 0);
        ck_assert_int_eq(of_domain("upn-not-routable") + of_objects("upn-not-routable"), 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM folded"), 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM counter"), 0);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("fold");
        TCase *tcase = tcase_create("fold");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, many_who_sign_in_with_the_domains_own_name_are_one_notice);
        tcase_add_test(tcase, it_is_counted_as_people_come_and_go);
        tcase_add_test(tcase, nobody_is_told_of_one_more);
        tcase_add_test(tcase, secondary_addresses_fold_by_domain_and_primary_ones_do_not);
        tcase_add_test(tcase, each_domain_has_its_own);
        tcase_add_test(tcase, a_list_shows_the_one_with_the_first_of_the_many_or_each);
        tcase_add_test(tcase, of_one_object_each_is_told);
        tcase_add_test(tcase, who_makes_it_worse_than_a_notice_is_told_of_each);
        tcase_add_test(tcase, what_is_counted_is_what_a_walk_finds);
        tcase_add_test(tcase, nothing_is_left_of_a_rule_that_is_switched_off);
        suite_add_tcase(suite, tcase);
        return suite;
}
