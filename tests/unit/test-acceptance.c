/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/acceptance.h"
#include "lib/state/event.h"
#include "lib/state/query.h"
#include "lib/state/retain.h"
#include "tests/unit/apply-fixture.h"
#include "tests/unit/check-main.h"

#define DAY INT64_C(86400)

static int add_user(unsigned domain, const char *name, const char *login)
{
        char rdn[100], attributes[500];

        (void)snprintf(rdn, sizeof(rdn), "CN=%s", name);
        (void)snprintf(attributes, sizeof(attributes),
                       "sAMAccountName: %s; displayName: %s; givenName: %s; sn: %s; "
                       "userAccountControl: 512; userPrincipalName: %s; mailNickname: %s; "
                       "mail: %s@contoso.com; proxyAddresses: SMTP:%s@contoso.com",
                       name, name, name, name, login, name, name, name);
        return lab_add(&lab, domain, 0, "user", rdn, attributes);
}

/* The finding of a rule, the first there is. */
static AcceptanceTarget target_of(const char *rule)
{
        AcceptanceTarget target = {
                .object =
                        lab_count(&lab, "SELECT min(object) FROM finding WHERE rule = '%s'", rule),
        };

        target.finding = (uint64_t)lab_count(
                &lab, "SELECT id FROM finding WHERE rule = '%s' ORDER BY object LIMIT 1", rule);
        return target;
}

static AcceptanceTerms terms_until(int64_t until)
{
        return (AcceptanceTerms){ .now = lab.now,
                                  .until = until,
                                  .uid = 0,
                                  .who = "anna",
                                  .why = "it goes with the old system" };
}

static size_t accept(AcceptanceTarget target, int64_t until)
{
        const AcceptanceTerms terms = terms_until(until);
        size_t n;

        ck_assert_int_eq(acceptance_set(lab.store, &terms, &target, 1, &n), 0);
        return n;
}

static size_t undo(AcceptanceTarget target)
{
        const AcceptanceTerms terms = { .now = lab.now, .uid = 1000, .who = "bert" };
        size_t n;

        ck_assert_int_eq(acceptance_undo(lab.store, &terms, &target, 1, &n), 0);
        return n;
}

static size_t listed(FindingShown shown, const char *rule)
{
        const FindingFilter filter = { .shown = shown, .rule = rule };
        _cleanup_(finding_list_freep) FindingList *list = NULL;

        ck_assert_int_eq(finding_list_new(lab.store, lab.config, &filter, &list), 0);
        return finding_list_size(list);
}

static int64_t counted(const char *rule)
{
        RuleCount *counts = NULL;
        int64_t count = 0;
        size_t n;

        ck_assert_int_eq(query_counts(lab.store, &counts, &n), 0);
        for (size_t i = 0; i < n; i++)
                if (strcmp(counts[i].rule, rule) == 0)
                        count += counts[i].count;
        rule_counts_free(counts, n);
        return count;
}

/* What must be true of every database: marks and counters agree with what is stored. */
static void check_invariants(void)
{
        _cleanup_free_ char *dump = lab_dump(&lab);

        ck_assert_msg(!strstr(dump, "accepted by nobody") &&
                              !strstr(dump, "a counter that is wrong"),
                      "%s", dump);
}

START_TEST(what_is_accepted_is_neither_listed_nor_counted)
{
        AcceptanceTarget target;

        add_user(0, "a", "a a@contoso.com");
        add_user(0, "b", "b b@contoso.com");
        lab_read(&lab, 0);
        ck_assert_int_eq(counted("upn-invalid"), 2);

        target = target_of("upn-invalid");
        ck_assert_uint_eq(accept(target, lab.now + DAY), 1);
        ck_assert_uint_eq(listed(FINDING_SHOWN_REST, "upn-invalid"), 1);
        ck_assert_uint_eq(listed(FINDING_SHOWN_ACCEPTED, "upn-invalid"), 1);
        ck_assert_uint_eq(listed(FINDING_SHOWN_ALL, "upn-invalid"), 2);
        ck_assert_int_eq(counted("upn-invalid"), 1);
        check_invariants();
}
END_TEST

START_TEST(a_record_says_until_when_who_and_why)
{
        const FindingFilter filter = { .shown = FINDING_SHOWN_ACCEPTED };
        _cleanup_(finding_list_freep) FindingList *list = NULL;
        _cleanup_(finding_page_freep) FindingPage *page = NULL;

        add_user(0, "a", "a a@contoso.com");
        lab_read(&lab, 0);
        ck_assert_uint_eq(accept(target_of("upn-invalid"), lab.now + DAY), 1);

        ck_assert_int_eq(finding_list_new(lab.store, lab.config, &filter, &list), 0);
        ck_assert_int_eq(finding_list_page(list, 0, 10, 10, &page), 0);
        ck_assert_uint_eq(page->n_records, 1);
        ck_assert_uint_eq(page->records[0].id, finding_list_id(list, 0));
        ck_assert_int_eq(page->records[0].acceptance.since, lab.now);
        ck_assert_int_eq(page->records[0].acceptance.until, lab.now + DAY);
        ck_assert_str_eq(page->records[0].acceptance.who, "anna");
        ck_assert_str_eq(page->records[0].acceptance.why, "it goes with the old system");
}
END_TEST

START_TEST(it_holds_over_closing_opening_again_and_a_full_read)
{
        int a;

        a = add_user(0, "a", "a a@contoso.com");
        lab_read(&lab, 0);
        ck_assert_uint_eq(accept(target_of("upn-invalid"), lab.now + DAY), 1);

        lab_set(&lab, 0, a, "userPrincipalName: a@contoso.com");
        lab_poll(&lab, 0);
        ck_assert_uint_eq(listed(FINDING_SHOWN_ALL, "upn-invalid"), 0);
        check_invariants();

        lab_set(&lab, 0, a, "userPrincipalName: a a@contoso.com");
        lab_poll(&lab, 0);
        ck_assert_uint_eq(listed(FINDING_SHOWN_ACCEPTED, "upn-invalid"), 1);
        ck_assert_int_eq(counted("upn-invalid"), 0);

        lab_read(&lab, 0);
        lab_reevaluate(&lab, 0);
        ck_assert_uint_eq(listed(FINDING_SHOWN_ACCEPTED, "upn-invalid"), 1);
        check_invariants();

        /* Another value is another finding. */
        lab_set(&lab, 0, a, "userPrincipalName: a  a@contoso.com");
        lab_poll(&lab, 0);
        ck_assert_uint_eq(listed(FINDING_SHOWN_REST, "upn-invalid"), 1);
        ck_assert_int_eq(counted("upn-invalid"), 1);
        check_invariants();
}
END_TEST

START_TEST(it_can_be_taken_back_open_or_closed)
{
        AcceptanceTarget target;
        int a;

        a = add_user(0, "a", "a a@contoso.com");
        lab_read(&lab, 0);
        target = target_of("upn-invalid");
        ck_assert_uint_eq(undo(target), 0);

        ck_assert_uint_eq(accept(target, lab.now + DAY), 1);
        ck_assert_uint_eq(undo(target), 1);
        ck_assert_int_eq(counted("upn-invalid"), 1);
        ck_assert_int_eq(lab_events(&lab, EVENT_ACCEPTED, "upn-invalid"), 1);
        ck_assert_int_eq(lab_events(&lab, EVENT_ACCEPTANCE_UNDONE, "upn-invalid"), 1);
        ck_assert_int_eq(lab_count(&lab,
                                   "SELECT count(*) FROM v_event WHERE type = 'acceptance-undone'"
                                   " AND who = 'bert' AND uid = 1000 AND until IS NOT NULL"
                                   " AND dn = 'CN=a,DC=corp,DC=example'"),
                         1);

        ck_assert_uint_eq(accept(target, lab.now + DAY), 1);
        lab_set(&lab, 0, a, "userPrincipalName: a@contoso.com");
        lab_poll(&lab, 0);
        ck_assert_uint_eq(undo(target), 1);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM acceptance"), 0);
        check_invariants();
}
END_TEST

START_TEST(its_day_comes_and_it_counts_again)
{
        int64_t next, day;
        AcceptanceTarget target;

        add_user(0, "a", "a a@contoso.com");
        lab_read(&lab, 0);
        ck_assert_int_eq(acceptance_next(lab.store, &next), 0);
        ck_assert_int_eq(next, 0);

        target = target_of("upn-invalid");
        day = lab.now + DAY;
        ck_assert_uint_eq(accept(target, day), 1);
        ck_assert_int_eq(acceptance_next(lab.store, &next), 0);
        ck_assert_int_eq(next, day);

        ck_assert_int_eq(acceptance_expire(lab.store, day - 1, 10), 0);
        ck_assert_int_eq(counted("upn-invalid"), 0);
        ck_assert_int_eq(acceptance_expire(lab.store, day, 10), 1);
        ck_assert_int_eq(counted("upn-invalid"), 1);
        ck_assert_int_eq(lab_count(&lab,
                                   "SELECT count(*) FROM event WHERE type = %d AND at = %lld"
                                   " AND until = %lld AND who = 'anna' AND why LIKE 'it goes%%'",
                                   EVENT_ACCEPTANCE_EXPIRED, (long long)day, (long long)day),
                         1);
        ck_assert_int_eq(acceptance_expire(lab.store, day + DAY, 10), 0);
        check_invariants();
}
END_TEST

START_TEST(many_end_a_few_at_a_time)
{
        int64_t day = lab.now + DAY;

        for (unsigned i = 0; i < 7; i++) {
                char name[8], login[40];

                (void)snprintf(name, sizeof(name), "u%u", i);
                (void)snprintf(login, sizeof(login), "u %u@contoso.com", i);
                add_user(0, name, login);
        }
        lab_read(&lab, 0);
        for (int64_t i = 0; i < 7; i++) {
                const AcceptanceTarget target = {
                        .object = lab_count(&lab,
                                            "SELECT object FROM finding WHERE rule = 'upn-invalid'"
                                            " ORDER BY object LIMIT 1 OFFSET %lld",
                                            (long long)i),
                        .finding = (uint64_t)lab_count(
                                &lab,
                                "SELECT id FROM finding WHERE rule = 'upn-invalid'"
                                " ORDER BY object LIMIT 1 OFFSET %lld",
                                (long long)i),
                };

                ck_assert_uint_eq(accept(target, day), 1);
        }
        ck_assert_int_eq(counted("upn-invalid"), 0);
        ck_assert_int_eq(acceptance_expire(lab.store, day, 5), 5);
        ck_assert_int_eq(counted("upn-invalid"), 5);
        ck_assert_int_eq(acceptance_expire(lab.store, day, 5), 2);
        ck_assert_int_eq(counted("upn-invalid"), 7);
        check_invariants();
}
END_TEST

START_TEST(what_has_closed_meanwhile_or_is_elsewhere_is_not_accepted)
{
        AcceptanceTarget target;
        int a;

        a = add_user(0, "a", "a a@contoso.com");
        add_user(0, "b", "b@contoso.com");
        lab_read(&lab, 0);
        target = target_of("upn-invalid");

        target.object++;
        ck_assert_uint_eq(accept(target, lab.now + DAY), 0);
        target.object--;
        lab_set(&lab, 0, a, "userPrincipalName: a@contoso.com");
        lab_poll(&lab, 0);
        ck_assert_uint_eq(accept(target, lab.now + DAY), 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM acceptance"), 0);
}
END_TEST

START_TEST(new_terms_replace_the_old_ones)
{
        AcceptanceTarget target;
        int64_t next;

        add_user(0, "a", "a a@contoso.com");
        lab_read(&lab, 0);
        target = target_of("upn-invalid");
        ck_assert_uint_eq(accept(target, lab.now + DAY), 1);
        ck_assert_uint_eq(accept(target, lab.now + 3 * DAY), 1);
        ck_assert_int_eq(acceptance_next(lab.store, &next), 0);
        ck_assert_int_eq(next, lab.now + 3 * DAY);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM acceptance"), 1);
        check_invariants();
}
END_TEST

/* A value that two forests' objects hold has a key for each space it is claimed in. */
START_TEST(a_dispute_is_accepted_on_one_side_only)
{
        AcceptanceTarget target;

        lab_set(&lab, 0, add_user(0, "a", "a@contoso.com"),
                "proxyAddresses: SMTP:same@contoso.com");
        lab_set(&lab, 1, add_user(1, "b", "b@contoso.com"),
                "proxyAddresses: SMTP:same@contoso.com");
        lab_read(&lab, 0);
        lab_read(&lab, 1);
        ck_assert_int_eq(counted("smtp-address-not-unique"), 2);
        target = target_of("smtp-address-not-unique");
        ck_assert_uint_eq(accept(target, lab.now + DAY), 1);
        ck_assert_int_eq(counted("smtp-address-not-unique"), 1);
        check_invariants();
}
END_TEST

START_TEST(a_domain_can_be_accepted_too)
{
        AcceptanceTarget target;
        int64_t n;

        lab_configure(&lab, NULL, "IncludeOU=OU=Gone,DC=corp,DC=example\n", NULL);
        add_user(0, "a", "a@contoso.com");
        lab_read(&lab, 0);
        n = lab_count(&lab, "SELECT count(*) FROM finding WHERE object & 268435455 = 0");
        ck_assert_int_gt(n, 0);
        target.object =
                lab_count(&lab, "SELECT object FROM finding WHERE object & 268435455 = 0 LIMIT 1");
        target.finding = (uint64_t)lab_count(
                &lab, "SELECT id FROM finding WHERE object & 268435455 = 0 LIMIT 1");
        ck_assert_uint_eq(accept(target, lab.now + DAY), 1);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM finding WHERE accepted"), 1);
        ck_assert_int_eq(lab_count(&lab,
                                   "SELECT count(*) FROM event WHERE type = %d AND guid IS NULL"
                                   " AND dn = 'corp.example'",
                                   EVENT_ACCEPTED),
                         1);
        check_invariants();
}
END_TEST

START_TEST(it_is_forgotten_with_its_object)
{
        const Config config = { .keep_deleted_days = 35, .keep_events_days = 400 };
        int a, r;

        a = add_user(0, "a", "a a@contoso.com");
        lab_read(&lab, 0);
        ck_assert_uint_eq(accept(target_of("upn-invalid"), lab.now + 100 * DAY), 1);
        lab_delete(&lab, 0, a);
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM acceptance"), 1);

        while ((r = retain_step(lab.store, &config, lab.now + 36 * DAY, 100)) == RETAIN_MORE)
                ;
        ck_assert_int_eq(r, 0);
        ck_assert_int_eq(
                lab_count(&lab, "SELECT count(*) FROM object WHERE deleted_at IS NOT NULL"), 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM acceptance"), 0);
        check_invariants();
}
END_TEST

/* A move to another domain of the forest: deleted here, and there under the same GUID. */
START_TEST(it_goes_with_its_object_to_another_domain)
{
        const Config config = { .keep_deleted_days = 35, .keep_events_days = 400 };
        int64_t until = lab.now + 100 * DAY;
        int a, b, r;

        a = add_user(0, "a", "a a@contoso.com");
        lab_read(&lab, 0);
        lab_read(&lab, 1);
        ck_assert_uint_eq(accept(target_of("upn-invalid"), until), 1);

        lab_delete(&lab, 0, a);
        lab_poll(&lab, 0);
        b = add_user(1, "a", "a a@contoso.com");
        lab.domains[1].nodes[b].number = lab.domains[0].nodes[a].number;
        lab_poll(&lab, 1);
        ck_assert_uint_eq(listed(FINDING_SHOWN_ACCEPTED, "upn-invalid"), 1);
        ck_assert_int_eq(counted("upn-invalid"), 0);

        while ((r = retain_step(lab.store, &config, lab.now + 36 * DAY, 100)) == RETAIN_MORE)
                ;
        ck_assert_int_eq(r, 0);
        check_invariants();
        ck_assert_int_eq(acceptance_expire(lab.store, until, 10), 1);
        ck_assert_int_eq(counted("upn-invalid"), 1);
        check_invariants();
}
END_TEST

/* Whatever happens in whatever order, the marks and the counters agree with what was accepted. */
START_TEST(marks_and_counters_agree_after_any_history)
{
        int nodes[6], r = 0;

        lab.random = test_seed() + 977 * (uint64_t)_i;
        for (unsigned i = 0; i < ARRAY_SIZE(nodes); i++) {
                char name[8];

                (void)snprintf(name, sizeof(name), "u%u", i);
                nodes[i] = add_user(i % 2, name, "x x@contoso.com");
        }
        lab_read(&lab, 0);
        lab_read(&lab, 1);

        for (unsigned step = 0; step < 60; step++) {
                unsigned n = (unsigned)(lab.random >> 33) % 8, who;
                AcceptanceTarget target;

                lab.random = lab.random * 6364136223846793005U + 1442695040888963407U;
                who = (unsigned)(lab.random >> 40) % ARRAY_SIZE(nodes);
                lab.now += 60;
                target.object = lab_count(&lab,
                                          "SELECT ifnull((SELECT object FROM finding ORDER BY"
                                          " id + object * %u LIMIT 1), 0)",
                                          step * 7919 + 1);
                target.finding = (uint64_t)lab_count(
                        &lab,
                        "SELECT ifnull((SELECT id FROM finding ORDER BY id + object * %u"
                        " LIMIT 1), 0)",
                        step * 7919 + 1);
                if (n < 2)
                        lab_set(&lab, who % 2, nodes[who],
                                n ? "userPrincipalName: x x@contoso.com"
                                  : "userPrincipalName: x@contoso.com; proxyAddresses: "
                                    "SMTP:x@contoso.com");
                else if (n == 2)
                        lab_reevaluate(&lab, who % 2);
                else if (n == 3)
                        (void)undo(target);
                else if (n == 4)
                        r = acceptance_expire(lab.store, lab.now, 2);
                else
                        (void)accept(target, lab.now + (int64_t)(step % 5) * 90);
                ck_assert_int_ge(r, 0);
                lab_poll(&lab, who % 2);
                check_invariants();
        }
        ck_assert_int_gt(
                lab_count(&lab, "SELECT count(*) FROM event WHERE type = %d", EVENT_ACCEPTED), 0);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("acceptance");
        TCase *tcase = tcase_create("acceptance");

        (void)test_seed(); /* one for all, which fork into processes of their own */
        tcase_add_checked_fixture(tcase, two_domains, tear_down);
        tcase_add_test(tcase, what_is_accepted_is_neither_listed_nor_counted);
        tcase_add_test(tcase, a_record_says_until_when_who_and_why);
        tcase_add_test(tcase, it_holds_over_closing_opening_again_and_a_full_read);
        tcase_add_test(tcase, it_can_be_taken_back_open_or_closed);
        tcase_add_test(tcase, its_day_comes_and_it_counts_again);
        tcase_add_test(tcase, many_end_a_few_at_a_time);
        tcase_add_test(tcase, what_has_closed_meanwhile_or_is_elsewhere_is_not_accepted);
        tcase_add_test(tcase, new_terms_replace_the_old_ones);
        tcase_add_test(tcase, a_dispute_is_accepted_on_one_side_only);
        tcase_add_test(tcase, a_domain_can_be_accepted_too);
        tcase_add_test(tcase, it_is_forgotten_with_its_object);
        tcase_add_test(tcase, it_goes_with_its_object_to_another_domain);
        tcase_add_loop_test(tcase, marks_and_counters_agree_after_any_history, 0, 5);
        suite_add_tcase(suite, tcase);
        return suite;
}
