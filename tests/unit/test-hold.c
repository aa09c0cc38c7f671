/* SPDX-License-Identifier: MIT */

/* While the domain controller that is followed may be behind the one before, nothing closes: what would is held. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/event.h"
#include "lib/state/fix.h"
#include "lib/state/hold.h"
#include "lib/state/query.h"
#include "lib/state/retain.h"
#include "tests/unit/apply-fixture.h"
#include "tests/unit/check-main.h"

#define DISPUTE "smtp-address-not-unique"
#define ALONE   "upn-invalid"

#define SID_ONE "010500000000000515000000010000000200000003000000e8030000"
#define SID_TWO "010500000000000515000000010000000200000003000000e9030000"

static void in_a_file(void)
{
        lab_init_file(&lab, 1);
}

static int add_user(unsigned domain, const char *name, const char *address)
{
        char rdn[100], attributes[500];

        (void)snprintf(rdn, sizeof(rdn), "CN=%s", name);
        (void)snprintf(attributes, sizeof(attributes),
                       "sAMAccountName: %s; displayName: %s; userAccountControl: 512; "
                       "userPrincipalName: %s@contoso.com; mailNickname: %s; mail: %s; "
                       "proxyAddresses: SMTP:%s",
                       name, name, name, name, address, address);
        return lab_add(&lab, domain, 0, "user", rdn, attributes);
}

static void set_address(unsigned domain, int node, const char *address)
{
        char attributes[200];

        (void)snprintf(attributes, sizeof(attributes), "mail: %s; proxyAddresses: SMTP:%s", address,
                       address);
        lab_set(&lab, domain, node, attributes);
}

/* Polls on, from a server that may be behind or from one that is not: each answer has a time of its own. */
static void poll_doubtful(unsigned domain)
{
        lab.now += 60;
        lab.domains[domain].is_unconfirmed = true;
        lab_poll(&lab, domain);
}

static void poll_sure(unsigned domain)
{
        lab.now += 60;
        lab.domains[domain].is_unconfirmed = false;
        lab_poll(&lab, domain);
}

static int64_t held_for(unsigned domain)
{
        int64_t n;

        ck_assert_int_eq(hold_count(lab.store, lab.domains[domain].domain.id, &n), 0);
        return n;
}

/* Of the rules that are looked at here. */
static int64_t n_events(void)
{
        static const char *const rules[] = { DISPUTE, ALONE, "linked-mailbox" };
        static const int types[] = { EVENT_OPENED, EVENT_CLOSED, EVENT_SUMMARY, EVENT_BASELINE,
                                     EVENT_CLOSED_SUMMARY };
        int64_t n = 0;

        for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
                for (size_t k = 0; k < ARRAY_SIZE(types); k++)
                        n += lab_events(&lab, types[k], rules[i]);
        return n;
}

static int64_t held_of(const char *rule)
{
        return lab_count(&lab,
                         "SELECT count(*) FROM finding f JOIN held h ON h.key = f.key AND "
                         "h.object = f.object AND h.id = f.id WHERE f.rule = '%s'",
                         rule);
}

/* What must be true of every database, and that nothing is left: as if all had been read anew. */
static void expect_sound(void)
{
        char *dump = lab_dump(&lab);

        ck_assert_ptr_null(strstr(dump, "a finding of"));
        ck_assert_ptr_null(strstr(dump, "a counter that is wrong"));
        ck_assert_ptr_null(strstr(dump, "held"));
        ck_assert_ptr_null(strstr(dump, "opened and closed"));
        free(dump);
}

static void expect_fresh(void)
{
        char *dump = lab_dump(&lab), *fresh = lab_dump_fresh(&lab);

        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM held"), 0);
        ck_assert_str_eq(dump, fresh);
        free(dump);
        free(fresh);
}

START_TEST(what_would_close_is_held_until_the_server_has_caught_up)
{
        int a = add_user(0, "a", "same@contoso.com"), b = add_user(0, "b", "same@contoso.com");
        int64_t events;

        lab_set(&lab, 0, b, "userPrincipalName: b b@contoso.com");
        lab_read(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, a, DISPUTE), 1);
        ck_assert_int_eq(lab_findings(&lab, 0, b, ALONE), 1);
        events = n_events();

        /* Twice, since the second answer finds them held already. */
        set_address(0, b, "other@contoso.com");
        lab_set(&lab, 0, b, "userPrincipalName: b@contoso.com");
        poll_doubtful(0);
        lab_set(&lab, 0, a, "displayName: once more");
        lab_set(&lab, 0, b, "displayName: once more");
        poll_doubtful(0);
        ck_assert_int_eq(lab_findings(&lab, 0, a, DISPUTE), 1);
        ck_assert_int_eq(lab_findings(&lab, 0, b, DISPUTE), 1);
        ck_assert_int_eq(lab_findings(&lab, 0, b, ALONE), 1);
        ck_assert_int_ge(held_for(0), 3);
        ck_assert_int_eq(n_events(), events);
        expect_sound();

        poll_sure(0);
        ck_assert_int_eq(lab_findings(&lab, 0, a, DISPUTE), 0);
        ck_assert_int_eq(lab_findings(&lab, 0, b, ALONE), 0);
        ck_assert_int_eq(lab_events(&lab, EVENT_CLOSED, DISPUTE), 2);
        ck_assert_int_eq(lab_events(&lab, EVENT_CLOSED, ALONE), 1);
        expect_fresh();
}
END_TEST

START_TEST(what_is_supported_again_was_never_gone)
{
        int a = add_user(0, "a", "same@contoso.com"), b = add_user(0, "b", "same@contoso.com");
        int64_t opened, events;

        lab_set(&lab, 0, b, "userPrincipalName: b b@contoso.com");
        lab_read(&lab, 0);
        events = n_events();
        opened = lab_count(&lab, "SELECT min(opened) FROM finding");

        set_address(0, b, "other@contoso.com");
        lab_set(&lab, 0, b, "userPrincipalName: b@contoso.com");
        poll_doubtful(0);
        ck_assert_int_gt(held_for(0), 0);

        /* The server before is gone back to, or its change has come: still in doubt about others, and then not. */
        set_address(0, b, "same@contoso.com");
        lab_set(&lab, 0, b, "userPrincipalName: b b@contoso.com");
        poll_doubtful(0);
        ck_assert_int_eq(held_of(DISPUTE) + held_of(ALONE), 0);
        poll_sure(0);
        ck_assert_int_eq(lab_findings(&lab, 0, a, DISPUTE), 1);
        ck_assert_int_eq(lab_findings(&lab, 0, b, ALONE), 1);
        ck_assert_int_eq(
                lab_count(&lab, "SELECT max(opened) FROM finding WHERE rule = '" ALONE "'"),
                opened);
        ck_assert_int_eq(n_events(), events);
        expect_fresh();
}
END_TEST

START_TEST(what_a_deleted_object_had_is_held_too)
{
        int a = add_user(0, "a", "same@contoso.com"), b = add_user(0, "b", "same@contoso.com");

        lab_set(&lab, 0, b, "userPrincipalName: b b@contoso.com");
        lab_read(&lab, 0);

        lab_delete(&lab, 0, b);
        poll_doubtful(0);
        ck_assert_int_eq(lab_events(&lab, EVENT_DELETED, NULL), 0);
        ck_assert_int_eq(lab_findings(&lab, 0, a, DISPUTE), 1);
        ck_assert_int_eq(lab_findings(&lab, 0, b, ALONE), 1);
        ck_assert_int_eq(lab_events(&lab, EVENT_CLOSED, NULL), 0);
        expect_sound();

        /* It was restored where the server before is, and never closed anything. */
        lab_restore(&lab, 0, b);
        poll_doubtful(0);
        ck_assert_int_eq(held_of(DISPUTE) + held_of(ALONE), 0);
        ck_assert_int_eq(lab_events(&lab, EVENT_CLOSED, NULL), 0);
        ck_assert_int_eq(lab_findings(&lab, 0, b, ALONE), 1);

        lab_delete(&lab, 0, b);
        poll_doubtful(0);
        poll_sure(0);
        ck_assert_int_eq(lab_findings(&lab, 0, a, DISPUTE), 0);
        ck_assert_int_eq(lab_findings(&lab, 0, b, ALONE), 0);
        ck_assert_int_eq(lab_events(&lab, EVENT_CLOSED, DISPUTE), 2);
        ck_assert_int_eq(lab_events(&lab, EVENT_DELETED, NULL), 1);
        expect_fresh();
}
END_TEST

/* Of what was held when its object is forgotten after its days nothing is left. */
START_TEST(what_is_forgotten_is_held_no_more)
{
        int a = add_user(0, "a", "a@contoso.com");

        lab_set(&lab, 0, a, "userPrincipalName: a a@contoso.com");
        lab_read(&lab, 0);
        lab_delete(&lab, 0, a);
        poll_doubtful(0);
        ck_assert_int_gt(held_for(0), 0);

        lab.config->keep_deleted_days = 1;
        while (retain_step(lab.store, lab.config, lab.now + 3 * 24 * 60 * 60, 1) == RETAIN_MORE)
                ;
        ck_assert_int_eq(held_for(0), 0);
        ck_assert_int_eq(
                lab_count(&lab, "SELECT count(*) FROM finding WHERE object & 268435455 <> 0"), 0);
        expect_sound();
        poll_sure(0);
        expect_sound();
}
END_TEST

START_TEST(a_restart_forgets_nothing)
{
        int a = add_user(0, "a", "same@contoso.com"), b = add_user(0, "b", "same@contoso.com");

        lab_read(&lab, 0);
        set_address(0, b, "other@contoso.com");
        poll_doubtful(0);

        lab_close_store(&lab);
        lab_open_store(&lab);
        ck_assert_int_gt(held_for(0), 0);
        ck_assert_int_eq(lab_findings(&lab, 0, a, DISPUTE), 1);
        poll_sure(0);
        ck_assert_int_eq(lab_findings(&lab, 0, a, DISPUTE), 0);
        expect_fresh();
}
END_TEST

START_TEST(what_opens_under_another_key_goes_on_there)
{
        int a = add_user(0, "a", "a@contoso.com"), b = add_user(0, "b", "b@contoso.com");
        int64_t events;

        /* A linked mailbox whose account is nowhere, and then another account that is nowhere. */
        lab_set(&lab, 0, a, "msExchRecipientTypeDetails: 2; msExchMasterAccountSid: " SID_ONE);
        lab_read(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, a, "linked-mailbox"), 1);
        events = n_events();

        lab_set(&lab, 0, b, "objectSid: " SID_ONE);
        poll_doubtful(0);
        ck_assert_int_eq(lab_findings(&lab, 0, a, "linked-mailbox"), 1);
        ck_assert_int_eq(held_for(0), 1);

        lab_set(&lab, 0, a, "msExchMasterAccountSid: " SID_TWO);
        poll_doubtful(0);
        ck_assert_int_eq(lab_findings(&lab, 0, a, "linked-mailbox"), 1);
        ck_assert_int_eq(held_for(0), 0);
        ck_assert_int_eq(n_events(), events);
        expect_sound();
        poll_sure(0);
        expect_fresh();
}
END_TEST

START_TEST(judging_again_lets_nothing_go_and_other_rules_do)
{
        int a = add_user(0, "a", "same@contoso.com"), b = add_user(0, "b", "same@contoso.com");

        lab_read(&lab, 0);
        lab_set(&lab, 0, b, "userPrincipalName: b b@contoso.com");
        poll_sure(0);
        lab_delete(&lab, 0, b);
        poll_doubtful(0);
        ck_assert_int_eq(lab_findings(&lab, 0, b, ALONE), 1);

        lab_reevaluate(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, a, DISPUTE), 1);
        ck_assert_int_eq(lab_findings(&lab, 0, b, ALONE), 1);
        expect_sound();

        lab_configure(&lab, "[rule " ALONE "]\nSeverity=notice\n", NULL, NULL);
        lab_reevaluate(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, b, ALONE), 0);
        ck_assert_int_eq(lab_findings(&lab, 0, a, DISPUTE), 0);
        ck_assert_int_eq(held_for(0), 0);
        expect_sound();
}
END_TEST

START_TEST(time_ends_what_it_would_have_ended)
{
        int a = add_user(0, "a", "a@contoso.com");

        lab_read(&lab, 0);
        lab_set(&lab, 0, a, "userPrincipalName: new@contoso.com");
        poll_sure(0);
        ck_assert_int_eq(lab_findings(&lab, 0, a, "upn-changed"), 1);

        lab.now += 400 * INT64_C(24 * 60 * 60);
        poll_doubtful(0);
        ck_assert_int_eq(lab_findings(&lab, 0, a, "upn-changed"), 0);
        ck_assert_int_eq(held_for(0), 0);
}
END_TEST

/* Over two domains: the first one is in doubt, the second is not. */

START_TEST(a_dispute_is_held_on_both_sides)
{
        int a = add_user(0, "a", "same@contoso.com"), b = add_user(1, "b", "same@contoso.com");

        lab_read(&lab, 0);
        lab_read(&lab, 1);
        ck_assert_int_eq(lab_findings(&lab, 1, b, DISPUTE), 1);

        set_address(0, a, "other@contoso.com");
        poll_doubtful(0);
        ck_assert_int_eq(lab_findings(&lab, 0, a, DISPUTE), 1);
        ck_assert_int_eq(lab_findings(&lab, 1, b, DISPUTE), 1);
        ck_assert_int_eq(held_for(1), 0);

        /* Whatever else the other domain has to say ends nothing. */
        lab_set(&lab, 1, b, "displayName: somebody");
        poll_sure(1);
        ck_assert_int_eq(lab_findings(&lab, 1, b, DISPUTE), 1);
        ck_assert_int_eq(lab_events(&lab, EVENT_CLOSED, DISPUTE), 0);

        poll_sure(0);
        ck_assert_int_eq(lab_findings(&lab, 0, a, DISPUTE), 0);
        ck_assert_int_eq(lab_findings(&lab, 1, b, DISPUTE), 0);
        ck_assert_int_eq(lab_events(&lab, EVENT_CLOSED, DISPUTE), 2);
        expect_fresh();
}
END_TEST

START_TEST(what_another_domain_gives_up_it_has_given_up)
{
        int a = add_user(0, "a", "same@contoso.com"), b = add_user(1, "b", "same@contoso.com");

        lab_read(&lab, 0);
        lab_read(&lab, 1);
        set_address(0, a, "other@contoso.com");
        poll_doubtful(0);

        set_address(1, b, "third@contoso.com");
        poll_sure(1);
        ck_assert_int_eq(lab_findings(&lab, 1, b, DISPUTE), 0);
        ck_assert_int_eq(lab_findings(&lab, 0, a, DISPUTE), 1);
        expect_sound();
        poll_sure(0);
        ck_assert_int_eq(lab_findings(&lab, 0, a, DISPUTE), 0);
        expect_fresh();
}
END_TEST

START_TEST(who_is_left_disputes_with_what_may_still_be_there)
{
        int a = add_user(0, "a", "same@contoso.com"), b = add_user(1, "b", "same@contoso.com"),
            c = add_user(1, "c", "same@contoso.com");

        lab_read(&lab, 0);
        lab_read(&lab, 1);
        set_address(0, a, "other@contoso.com");
        poll_doubtful(0);
        ck_assert_int_eq(held_for(0), 1); /* the others still dispute */

        /* b would be alone now, were it not for what a may still hold. */
        set_address(1, c, "third@contoso.com");
        poll_sure(1);
        ck_assert_int_eq(lab_findings(&lab, 1, c, DISPUTE), 0);
        ck_assert_int_eq(lab_findings(&lab, 1, b, DISPUTE), 1);
        ck_assert_int_eq(lab_findings(&lab, 0, a, DISPUTE), 1);
        expect_sound();

        poll_sure(0);
        ck_assert_int_eq(lab_findings(&lab, 1, b, DISPUTE), 0);
        expect_fresh();
}
END_TEST

START_TEST(two_domains_in_doubt_hold_together)
{
        int a = add_user(0, "a", "same@contoso.com"), b = add_user(1, "b", "same@contoso.com");

        lab_read(&lab, 0);
        lab_read(&lab, 1);
        set_address(0, a, "other@contoso.com");
        poll_doubtful(0);
        set_address(1, b, "third@contoso.com");
        poll_doubtful(1);
        ck_assert_int_gt(held_for(0), 0);
        ck_assert_int_gt(held_for(1), 0);

        poll_sure(0);
        ck_assert_int_eq(held_for(0), 0);
        ck_assert_int_eq(lab_findings(&lab, 1, b, DISPUTE), 1);
        ck_assert_int_eq(lab_events(&lab, EVENT_CLOSED, NULL), 0);
        poll_sure(1);
        ck_assert_int_eq(lab_findings(&lab, 0, a, DISPUTE), 0);
        ck_assert_int_eq(lab_findings(&lab, 1, b, DISPUTE), 0);
        expect_fresh();
}
END_TEST

/* What is shown of it. */
START_TEST(it_is_shown_as_held_and_why)
{
        const FindingFilter all = { .now = lab.now }, supported = { .without_held = true };
        _cleanup_(finding_list_freep) FindingList *list = NULL, *rest = NULL;
        _cleanup_(finding_page_freep) FindingPage *page = NULL;
        _cleanup_(fix_list_freep) FixList *fixes = NULL;
        char *error;
        size_t n_held = 0;
        int a = add_user(0, "a", "same@contoso.com"), b = add_user(0, "b", "same@contoso.com");

        int c = add_user(0, "c", "c@contoso.com");

        lab_set(&lab, 0, a, "userPrincipalName: a a@contoso.com");
        lab_set(&lab, 0, b, "userPrincipalName: b b@contoso.com");
        lab_set(&lab, 0, c,
                "proxyAddresses: SMTP:c.d@contoso.com; proxyAddresses: smtp:c@contoso.com");
        lab_read(&lab, 0);
        set_address(0, b, "other@contoso.com");
        lab_set(&lab, 0, b, "userPrincipalName: b@contoso.com");
        poll_doubtful(0);

        ck_assert_int_eq(finding_list_new(lab.store, lab.config, &all, &list), 0);
        ck_assert_int_eq(finding_list_page(list, 0, 100, 10, &page), 0);
        for (size_t i = 0; i < page->n_records; i++) {
                const Record *record = &page->records[i];

                if (!record->is_held)
                        continue;
                n_held++;
                ck_assert_int_eq(record->certainty, CERTAINTY_PROBABLE);
                ck_assert_ptr_nonnull(strstr(record->detail, "held: the domain controller that is "
                                                             "followed in corp.example does not"));
        }
        ck_assert_int_eq((int64_t)n_held, held_for(0));
        ck_assert_uint_gt(n_held, 2);
        ck_assert_uint_lt(n_held, page->n_records);

        ck_assert_int_eq(finding_list_new(lab.store, lab.config, &supported, &rest), 0);
        ck_assert_uint_eq(finding_list_size(rest), finding_list_size(list) - n_held);

        /* Nothing else is thought to repair it. */
        ck_assert_int_eq(fix_list_new(lab.store, lab.config, &all, lab.now, &fixes, &error), 0);
        ck_assert_uint_gt(finding_list_size(fixes->closes), 0);
        ck_assert_int_eq(finding_list_subtract(fixes->closes, rest), 0);
        ck_assert_uint_eq(finding_list_size(fixes->closes), 0);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("hold");
        TCase *test = tcase_create("one domain");

        tcase_add_checked_fixture(test, one_domain, tear_down);
        tcase_add_test(test, what_would_close_is_held_until_the_server_has_caught_up);
        tcase_add_test(test, what_is_supported_again_was_never_gone);
        tcase_add_test(test, what_a_deleted_object_had_is_held_too);
        tcase_add_test(test, what_is_forgotten_is_held_no_more);
        tcase_add_test(test, what_opens_under_another_key_goes_on_there);
        tcase_add_test(test, judging_again_lets_nothing_go_and_other_rules_do);
        tcase_add_test(test, time_ends_what_it_would_have_ended);
        tcase_add_test(test, it_is_shown_as_held_and_why);
        suite_add_tcase(suite, test);

        test = tcase_create("in a file");
        tcase_add_checked_fixture(test, in_a_file, tear_down);
        tcase_add_test(test, a_restart_forgets_nothing);
        suite_add_tcase(suite, test);

        test = tcase_create("two domains");
        tcase_add_checked_fixture(test, two_domains, tear_down);
        tcase_add_test(test, a_dispute_is_held_on_both_sides);
        tcase_add_test(test, what_another_domain_gives_up_it_has_given_up);
        tcase_add_test(test, who_is_left_disputes_with_what_may_still_be_there);
        tcase_add_test(test, two_domains_in_doubt_hold_together);
        suite_add_tcase(suite, test);
        return suite;
}
