/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "lib/state/event.h"
#include "tests/unit/apply-fixture.h"
#include "tests/unit/check-main.h"

/* Persons. */

#define SID_ONE "010500000000000515000000010000000200000003000000e8030000"
#define SID_TWO "010500000000000515000000010000000200000003000000e9030000"

static int add_linked_mailbox(unsigned domain, const char *name, const char *address)
{
        int node = lab_add_user(&lab, domain, 0, name, address);

        lab_set(&lab, domain, node,
                "msExchRecipientTypeDetails: 2; msExchMasterAccountSid: " SID_ONE);
        return node;
}

START_TEST(a_linked_mailbox_waits_for_its_account)
{
        int mailbox = add_linked_mailbox(0, "mailbox", "a@contoso.com"),
            other = lab_add_user(&lab, 0, 0, "other", "a@contoso.com"), account;

        lab_read(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, mailbox, "linked-mailbox"), 1);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM object WHERE excluded & 2"), 1);
        ck_assert_msg(lab_disputes(&lab, 0, other) == 0, "what never arrives disputes nothing");

        account = lab_add_user(&lab, 0, 0, "account", "c@contoso.com");
        lab_set(&lab, 0, account, "objectSid: " SID_ONE);
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, mailbox, "linked-mailbox"), 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM object WHERE excluded & 2"), 0);
        ck_assert_int_eq(lab_disputes(&lab, 0, other), 1);
        ck_assert_int_eq(lab_disputes(&lab, 0, mailbox), 1);

        lab_delete(&lab, 0, account);
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, mailbox, "linked-mailbox"), 1);
        ck_assert_int_eq(lab_disputes(&lab, 0, other), 0);
}
END_TEST

START_TEST(a_mailbox_and_its_account_in_one_answer_leave_no_trace)
{
        int mailbox, account;

        lab_read(&lab, 0);
        mailbox = add_linked_mailbox(0, "mailbox", "a@contoso.com");
        account = lab_add_user(&lab, 0, 0, "account", "a@contoso.com");
        lab_set(&lab, 0, account, "objectSid: " SID_ONE);
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_disputes(&lab, 0, mailbox), 0);
        ck_assert_int_eq(lab_disputes(&lab, 0, account), 0);
        ck_assert_int_eq(lab_events(&lab, EVENT_OPENED, NULL), 0);
}
END_TEST

START_TEST(a_mailbox_that_names_another_missing_account_goes_on_being_found)
{
        int mailbox = add_linked_mailbox(0, "mailbox", "a@contoso.com");
        int64_t opened;

        lab_read(&lab, 0);
        opened = lab_count(&lab, "SELECT opened FROM finding WHERE rule = 'linked-mailbox'");
        for (unsigned i = 0; i < 2; i++) {
                lab_set(&lab, 0, mailbox,
                        i ? "msExchMasterAccountSid: " SID_ONE
                          : "msExchMasterAccountSid: " SID_TWO);
                lab_poll(&lab, 0);
                ck_assert_int_eq(lab_findings(&lab, 0, mailbox, "linked-mailbox"), 1);
                ck_assert_int_eq(
                        lab_count(&lab, "SELECT opened FROM finding WHERE rule = 'linked-mailbox'"),
                        opened);
                ck_assert_int_eq(lab_events(&lab, EVENT_OPENED, NULL) +
                                         lab_events(&lab, EVENT_CLOSED, NULL),
                                 0);
                ck_assert_int_eq(
                        lab_count(&lab, "SELECT n FROM counter WHERE rule = 'linked-mailbox'"), 1);
        }
}
END_TEST

START_TEST(two_mailboxes_that_name_each_other_are_in_whatever_came_first)
{
        int one = add_linked_mailbox(0, "one", "a@contoso.com"), two;
        char *followed, *fresh;

        lab_set(&lab, 0, one, "objectSid: " SID_TWO);
        lab_read(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, one, "linked-mailbox"), 1);

        two = add_linked_mailbox(0, "two", "b@contoso.com");
        lab_set(&lab, 0, two, "objectSid: " SID_ONE "; msExchMasterAccountSid: " SID_TWO);
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, one, "linked-mailbox"), 0);
        followed = lab_dump(&lab);
        fresh = lab_dump_fresh(&lab);
        ck_assert_str_eq(followed, fresh);
        free(followed);
        free(fresh);
}
END_TEST

START_TEST(findings_of_an_object_that_never_arrives_are_not_shown)
{
        int mailbox = add_linked_mailbox(0, "mailbox", "a@contoso.com"), account;

        lab_set(&lab, 0, mailbox, "mailNickname: x..y");
        lab_read(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, mailbox, "mailnickname-invalid"), 0);

        account = lab_add_user(&lab, 0, 0, "account", "c@contoso.com");
        lab_set(&lab, 0, account, "objectSid: " SID_ONE);
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, mailbox, "mailnickname-invalid"), 1);

        lab_delete(&lab, 0, account);
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, mailbox, "mailnickname-invalid"), 0);
}
END_TEST

START_TEST(a_certain_want_needs_all_forests)
{
        int mailbox = add_linked_mailbox(0, "mailbox", "a@contoso.com");

        lab_read(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, mailbox, "linked-mailbox"), 1);
        ck_assert_int_eq(
                lab_count(&lab, "SELECT certainty FROM finding WHERE rule = 'linked-mailbox'"), 0);

        lab_read(&lab, 1);
        ck_assert_int_eq(
                lab_count(&lab, "SELECT certainty FROM finding WHERE rule = 'linked-mailbox'"), 1);
}
END_TEST

START_TEST(an_account_in_another_forest_makes_a_person)
{
        int mailbox = add_linked_mailbox(0, "mailbox", "a@contoso.com"),
            account = lab_add_user(&lab, 1, 0, "account", "a@contoso.com");

        lab_set(&lab, 1, account, "objectSid: " SID_ONE);
        lab_read(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, mailbox, "linked-mailbox"), 1);
        lab_read(&lab, 1);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM finding"), 0);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("apply-person");
        TCase *one = tcase_create("one domain"), *two = tcase_create("two domains");

        (void)test_seed();
        tcase_add_checked_fixture(one, one_domain, tear_down);
        tcase_set_timeout(one, 60);
        tcase_add_test(one, a_linked_mailbox_waits_for_its_account);
        tcase_add_test(one, a_mailbox_and_its_account_in_one_answer_leave_no_trace);
        tcase_add_test(one, a_mailbox_that_names_another_missing_account_goes_on_being_found);
        tcase_add_test(one, two_mailboxes_that_name_each_other_are_in_whatever_came_first);
        tcase_add_test(one, findings_of_an_object_that_never_arrives_are_not_shown);
        suite_add_tcase(suite, one);

        tcase_add_checked_fixture(two, two_domains, tear_down);
        tcase_set_timeout(two, 60);
        tcase_add_test(two, a_certain_want_needs_all_forests);
        tcase_add_test(two, an_account_in_another_forest_makes_a_person);
        suite_add_tcase(suite, two);
        return suite;
}
