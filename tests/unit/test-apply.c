/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "lib/state/event.h"
#include "tests/unit/apply-fixture.h"
#include "tests/unit/check-main.h"

/* First read. */

START_TEST(a_first_read_is_seen_all_at_once)
{
        Apply *apply;
        int anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com"),
            bernd = lab_add_user(&lab, 0, 0, "bernd", "A@contoso.com");

        apply = lab_begin(&lab, 0, APPLY_FIRST);
        for (int i = 0; i <= bernd; i++)
                lab_stage(&lab, apply, 0, i);
        ck_assert(!lab.domains[0].domain.is_ready);
        ck_assert_int_eq(lab_count(&lab, "SELECT is_ready FROM domain"), 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM counter"), 0);
        lab_accept(&lab, apply, 0, lab.domains[0].usn);
        lab_finish(&lab, apply);

        ck_assert(lab.domains[0].domain.is_ready);
        ck_assert_int_eq(lab.domains[0].domain.objects, 2);
        ck_assert_int_eq(lab.domains[0].domain.cursor.watermark, lab.domains[0].usn);
        ck_assert_int_eq(lab_count(&lab, "SELECT watermark FROM domain"), lab.domains[0].usn);
        ck_assert_int_eq(lab_disputes(&lab, 0, anna), 1);
        ck_assert_int_eq(lab_disputes(&lab, 0, bernd), 1);
        ck_assert_int_eq(
                lab_count(&lab, "SELECT n FROM counter WHERE rule = 'smtp-address-not-unique'"), 2);
        ck_assert_uint_eq(lab.summary.opened, 2);
}
END_TEST

START_TEST(a_first_read_opens_silently_with_one_baseline_a_rule)
{
        lab_add_user(&lab, 0, 0, "anna", "a@contoso.com");
        lab_add_user(&lab, 0, 0, "bernd", "a@contoso.com");
        lab_read(&lab, 0);

        ck_assert_int_eq(lab_events(&lab, EVENT_OPENED, NULL), 0);
        ck_assert_int_eq(lab_events(&lab, EVENT_BASELINE, "smtp-address-not-unique"), 1);
        ck_assert_int_eq(lab_count(&lab,
                                   "SELECT count FROM event WHERE type = %d AND rule = "
                                   "'smtp-address-not-unique'",
                                   EVENT_BASELINE),
                         2);
        ck_assert_int_eq(
                lab_count(&lab, "SELECT count FROM event WHERE type = %d", EVENT_READ_COMPLETE), 2);
}
END_TEST

START_TEST(an_interrupted_first_read_starts_again_and_is_counted)
{
        Apply *apply;
        int last = 0;

        for (int i = 0; i < 1200; i++) {
                char name[32];

                snprintf(name, sizeof(name), "u%d", i);
                last = lab_add_user(&lab, 0, 0, name, "same@contoso.com");
        }

        apply = lab_begin(&lab, 0, APPLY_FIRST);
        for (int i = 0; i <= last; i++)
                lab_stage(&lab, apply, 0, i);
        apply_free(apply);
        ck_assert_int_gt(lab_objects(&lab), 500);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM claim"), 0);

        lab_read(&lab, 0);
        ck_assert_int_eq(lab_objects(&lab), 1200);
        ck_assert_int_eq(lab.domains[0].domain.objects, 1200);
        ck_assert_int_eq(lab.domains[0].domain.full_reads_interrupted, 1);
        ck_assert_int_eq(lab_count(&lab, "SELECT full_reads_interrupted FROM domain"), 1);
}
END_TEST

/* The domain controller that is asked next has never heard of an OU that the one before has shown: its name is not kept. */
START_TEST(containers_of_an_interrupted_first_read_go)
{
        int ou = lab_add(&lab, 0, 0, "organizationalUnit", "OU=elsewhere", NULL);
        Apply *apply;

        lab_add_user(&lab, 0, 0, "anna", "a@contoso.com");
        apply = lab_begin(&lab, 0, APPLY_FIRST);
        lab_stage(&lab, apply, 0, 0);
        lab_stage(&lab, apply, 0, ou);
        ck_assert_int_eq(apply_catch_up(apply), 0);
        apply_free(apply);
        ck_assert_int_eq(
                lab_count(&lab, "SELECT count(*) FROM container WHERE dn LIKE 'OU=elsewhere%%'"),
                1);

        lab.domains[0].nodes[ou].usn = INT64_MIN; /* below whatever is asked for */
        lab_read(&lab, 0);
        ck_assert_int_eq(
                lab_count(&lab, "SELECT count(*) FROM container WHERE dn LIKE 'OU=elsewhere%%'"),
                0);
        ck_assert_int_eq(lab_objects(&lab), 1);
}
END_TEST

/* A first read of 12,000 users that ends when a part of its claims is committed: they mean nothing before it is accepted. */
static int interrupt_among_claims(unsigned domain)
{
        Apply *apply;
        int last = 0;

        for (int i = 0; i < 12000; i++) {
                char name[32], address[64];

                snprintf(name, sizeof(name), "u%d", i);
                snprintf(address, sizeof(address), "u%d@contoso.com", i);
                last = lab_add_user(&lab, domain, 0, name, address);
        }

        apply = lab_begin(&lab, domain, APPLY_FIRST);
        for (int i = 0; i <= last; i++)
                lab_stage(&lab, apply, domain, i);
        lab_accept(&lab, apply, domain, lab.domains[domain].usn);
        while (lab_count(&lab, "SELECT count(*) FROM claim WHERE object >> 28 = %lld",
                         (long long)lab.domains[domain].domain.id) <= 40000)
                ck_assert_int_eq(apply_step(apply, 300), APPLY_MORE);
        apply_free(apply);
        ck_assert_int_ge(lab_count(&lab, "SELECT count(*) FROM claim"), 40000);
        return last;
}

START_TEST(claims_of_an_interrupted_first_read_go)
{
        int last = interrupt_among_claims(0);
        char *followed, *fresh;

        /* Another directory stands there now. */
        for (int i = 1; i <= last; i++)
                if (i % 3 == 0)
                        lab_set(&lab, 0, i,
                                "mail: same@contoso.com; userPrincipalName: x@contoso.com");
        lab_delete(&lab, 0, last);
        lab_read(&lab, 0);
        followed = lab_dump(&lab);
        fresh = lab_dump_fresh(&lab);
        ck_assert_str_eq(followed, fresh);
        free(followed);
        free(fresh);
}
END_TEST

START_TEST(claims_of_an_interrupted_first_read_dispute_nothing)
{
        int anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com");
        char text[100];

        lab_read(&lab, 0);
        (void)interrupt_among_claims(1);
        for (unsigned i = 0; i < 100; i++) {
                snprintf(text, sizeof(text),
                         "mail: u%u@contoso.com; proxyAddresses: SMTP:u%u@contoso.com", i, i);
                lab_set(&lab, 0, anna, text);
                lab_poll(&lab, 0);
                ck_assert_int_eq(lab_disputes(&lab, 0, anna), 0);
        }
        lab_reevaluate(&lab, 0);
        ck_assert_int_eq(lab_disputes(&lab, 0, anna), 0);
}
END_TEST

START_TEST(an_entry_that_comes_twice_counts_once_and_as_it_came_last)
{
        int anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com");
        Apply *apply = lab_begin(&lab, 0, APPLY_FIRST);

        lab_stage(&lab, apply, 0, 0);
        lab_stage(&lab, apply, 0, anna);
        lab_set(&lab, 0, anna, "mailNickname: renamed; displayName: Anna B");
        lab_stage(&lab, apply, 0, anna);
        lab_accept(&lab, apply, 0, lab.domains[0].usn);
        lab_finish(&lab, apply);

        ck_assert_int_eq(lab_objects(&lab), 1);
        ck_assert_int_eq(lab.domains[0].domain.objects, 1);
        ck_assert_int_eq(lab_disputes(&lab, 0, anna), 0);
        ck_assert_int_eq(
                lab_count(&lab,
                          "SELECT count(*) FROM object WHERE instr(attributes, 'Anna B') > 0"),
                1);
}
END_TEST

START_TEST(what_has_no_guid_is_counted_and_skipped)
{
        Apply *apply = lab_begin(&lab, 0, APPLY_FIRST);
        Object *object;

        ck_assert_int_eq(object_new(&object), 0);
        object_set_dn(object, "CN=x,DC=corp,DC=example", 23);
        object_add_string(object, ATTRIBUTE_OBJECT_CLASS, "user");
        ck_assert_int_eq(object_seal(object), 0);
        ck_assert_int_eq(apply_stage(apply, object), 0);
        ck_assert_uint_eq(apply_summary(apply)->skipped, 1);
        object_free(object);

        lab_stage(&lab, apply, 0, lab_add(&lab, 0, 0, "computer", "CN=pc", NULL));
        ck_assert_uint_eq(apply_summary(apply)->skipped, 2);
        apply_free(apply);
}
END_TEST

/* Deltas. */

START_TEST(a_dispute_opens_for_both_and_closes_for_both)
{
        int anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com"),
            bernd = lab_add_user(&lab, 0, 0, "bernd", "b@contoso.com");

        lab_read(&lab, 0);
        ck_assert_int_eq(lab_disputes(&lab, 0, anna), 0);

        lab_set(&lab, 0, bernd, "mail: a@contoso.com; proxyAddresses: SMTP:a@contoso.com");
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_disputes(&lab, 0, anna), 1);
        ck_assert_int_eq(lab_disputes(&lab, 0, bernd), 1);
        ck_assert_int_eq(lab_events(&lab, EVENT_OPENED, "smtp-address-not-unique"), 2);

        lab_set(&lab, 0, anna, "mail: c@contoso.com; proxyAddresses: SMTP:c@contoso.com");
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_disputes(&lab, 0, anna), 0);
        ck_assert_int_eq(lab_disputes(&lab, 0, bernd), 0);
        ck_assert_int_eq(lab_events(&lab, EVENT_CLOSED, "smtp-address-not-unique"), 2);
        ck_assert_int_eq(
                lab_count(&lab,
                          "SELECT count(*) FROM counter WHERE rule = 'smtp-address-not-unique'"),
                0);
}
END_TEST

START_TEST(an_open_finding_keeps_the_time_at_which_it_opened)
{
        int anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com"),
            bernd = lab_add_user(&lab, 0, 0, "bernd", "a@contoso.com");
        int64_t opened;

        lab_read(&lab, 0);
        opened = lab_count(&lab, "SELECT min(opened) FROM finding");
        lab_set(&lab, 0, anna, "displayName: Anna A");
        lab_poll(&lab, 0);
        lab_read(&lab, 0);
        lab_reevaluate(&lab, 0);
        ck_assert_int_eq(lab_disputes(&lab, 0, bernd), 1);
        ck_assert_int_eq(lab_count(&lab, "SELECT max(opened) FROM finding"), opened);
        ck_assert_int_eq(lab_events(&lab, EVENT_OPENED, NULL), 0);
        ck_assert_int_eq(lab_events(&lab, EVENT_CLOSED, NULL), 0);
}
END_TEST

START_TEST(a_value_that_moves_inside_one_answer_is_never_disputed)
{
        int anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com"),
            bernd = lab_add_user(&lab, 0, 0, "bernd", "b@contoso.com");

        lab_read(&lab, 0);
        for (unsigned i = 0; i < 6; i++) {
                /* Whoever comes first in the answer. */
                lab_set(&lab, 0, i % 2 ? bernd : anna,
                        "mail: c@contoso.com; proxyAddresses: SMTP:c@contoso.com");
                lab_set(&lab, 0, i % 2 ? anna : bernd,
                        "mail: a@contoso.com; proxyAddresses: SMTP:a@contoso.com");
                lab_poll(&lab, 0);
                ck_assert_int_eq(lab_events(&lab, EVENT_OPENED, NULL), 0);
        }
}
END_TEST

START_TEST(rows_that_are_known_cost_a_mark_only)
{
        int anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com");
        Apply *apply;

        lab_read(&lab, 0);
        apply = lab_begin(&lab, 0, APPLY_DELTA);
        lab_stage(&lab, apply, 0, 0);
        lab_stage(&lab, apply, 0, anna);
        ck_assert_uint_eq(apply_summary(apply)->staged, 2);
        ck_assert_uint_eq(apply_summary(apply)->unchanged, 2);
        ck_assert(!apply_has_staged(apply, &(Guid){}));
        lab_accept(&lab, apply, 0, 2000);
        lab_finish(&lab, apply);
        ck_assert_uint_eq(lab.summary.changed, 0);
        ck_assert_int_eq(lab.domains[0].domain.cursor.watermark, 2000);
}
END_TEST

START_TEST(late_commits_are_told_from_new_ones)
{
        int anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com"), bernd;
        Guid guid;

        lab_read(&lab, 0);
        bernd = lab_add_user(&lab, 0, 0, "bernd", "b@contoso.com");
        lab.domains[0].domain.cursor.watermark =
                lab.domains[0].usn; /* it had its USN, but could not be seen yet */
        guid = lab_guid(lab.domains[0].nodes[bernd].number);
        ck_assert_int_eq(domain_has(lab.store, &lab.domains[0].domain, &guid,
                                    lab.domains[0].nodes[bernd].usn),
                         0);
        lab_set(&lab, 0, anna, "displayName: Anna");
        {
                Apply *apply = lab_begin(&lab, 0, APPLY_DELTA);

                lab_stage(&lab, apply, 0, anna);
                lab_stage(&lab, apply, 0, bernd);
                ck_assert(apply_has_staged(apply, &guid));
                lab_accept(&lab, apply, 0, lab.domains[0].usn);
                lab_finish(&lab, apply);
        }
        ck_assert_uint_eq(lab.summary.late, 1);
        ck_assert_int_eq(domain_has(lab.store, &lab.domains[0].domain, &guid,
                                    lab.domains[0].nodes[bernd].usn),
                         1);
        ck_assert_int_eq(domain_has(lab.store, &lab.domains[0].domain, &guid, 1), 0);
}
END_TEST

START_TEST(a_changed_upn_is_an_event)
{
        int anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com");
        char *values;

        lab_read(&lab, 0);
        lab_set(&lab, 0, anna, "userPrincipalName: anna.b@contoso.com");
        lab_poll(&lab, 0);
        values = lab_text(&lab,
                          "SELECT CAST(old_value AS TEXT) || '>' || CAST(value AS TEXT) FROM event "
                          "WHERE type = %d",
                          EVENT_UPN_CHANGED);
        ck_assert_str_eq(values, "anna@contoso.com>anna.b@contoso.com");
        free(values);
}
END_TEST

START_TEST(more_than_a_hundred_of_one_rule_are_one_summary)
{
        int users[120];

        for (unsigned i = 0; i < ARRAY_SIZE(users); i++) {
                char name[32], address[64];

                snprintf(name, sizeof(name), "u%u", i);
                snprintf(address, sizeof(address), "u%u@contoso.com", i);
                users[i] = lab_add_user(&lab, 0, 0, name, address);
        }
        lab_read(&lab, 0);

        for (unsigned i = 0; i < ARRAY_SIZE(users); i++)
                lab_set(&lab, 0, users[i],
                        i < 100 ? "displayName: \" \"; mailNickname: x..y" : "mailNickname: x..y");
        lab_poll(&lab, 0);
        ck_assert_int_eq(
                lab_count(&lab, "SELECT n FROM counter WHERE rule = 'mailnickname-invalid'"), 120);
        ck_assert_int_eq(lab_events(&lab, EVENT_OPENED, "mailnickname-invalid"), 0);
        ck_assert_int_eq(lab_events(&lab, EVENT_SUMMARY, "mailnickname-invalid"), 1);
        ck_assert_int_eq(
                lab_count(
                        &lab,
                        "SELECT count FROM event WHERE type = %d AND rule = 'mailnickname-invalid'",
                        EVENT_SUMMARY),
                120);

        for (unsigned i = 0; i < ARRAY_SIZE(users); i++)
                if (i >= 20)
                        lab_set(&lab, 0, users[i], "mailNickname: fine");
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_events(&lab, EVENT_CLOSED, "mailnickname-invalid"), 100);
        ck_assert_int_eq(lab_events(&lab, EVENT_CLOSED_SUMMARY, "mailnickname-invalid"), 0);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("apply");
        TCase *one = tcase_create("one domain"), *two = tcase_create("two domains");

        (void)test_seed();
        tcase_add_checked_fixture(one, one_domain, tear_down);
        tcase_set_timeout(one, 60);
        tcase_add_test(one, a_first_read_is_seen_all_at_once);
        tcase_add_test(one, a_first_read_opens_silently_with_one_baseline_a_rule);
        tcase_add_test(one, an_interrupted_first_read_starts_again_and_is_counted);
        tcase_add_test(one, containers_of_an_interrupted_first_read_go);
        tcase_add_test(one, claims_of_an_interrupted_first_read_go);
        tcase_add_test(one, an_entry_that_comes_twice_counts_once_and_as_it_came_last);
        tcase_add_test(one, what_has_no_guid_is_counted_and_skipped);
        tcase_add_test(one, a_dispute_opens_for_both_and_closes_for_both);
        tcase_add_test(one, an_open_finding_keeps_the_time_at_which_it_opened);
        tcase_add_test(one, a_value_that_moves_inside_one_answer_is_never_disputed);
        tcase_add_test(one, rows_that_are_known_cost_a_mark_only);
        tcase_add_test(one, late_commits_are_told_from_new_ones);
        tcase_add_test(one, a_changed_upn_is_an_event);
        tcase_add_test(one, more_than_a_hundred_of_one_rule_are_one_summary);
        suite_add_tcase(suite, one);

        tcase_add_checked_fixture(two, two_domains, tear_down);
        tcase_set_timeout(two, 60);
        tcase_add_test(two, claims_of_an_interrupted_first_read_dispute_nothing);
        suite_add_tcase(suite, two);
        return suite;
}
