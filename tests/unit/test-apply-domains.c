/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>

#include "lib/state/event.h"
#include "tests/unit/apply-fixture.h"
#include "tests/unit/check-main.h"

/* Several domains. */

START_TEST(domains_dispute_once_both_are_read)
{
        int anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com"),
            bernd = lab_add_user(&lab, 1, 0, "bernd", "a@contoso.com");
        Apply *apply;

        lab_read(&lab, 0);
        apply = lab_begin(&lab, 1, APPLY_FIRST);
        lab_stage(&lab, apply, 1, 0);
        lab_stage(&lab, apply, 1, bernd);
        ck_assert_int_eq(lab_disputes(&lab, 0, anna), 0);
        lab_set(&lab, 0, anna, "displayName: Anna");
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_disputes(&lab, 0, anna), 0);
        lab_accept(&lab, apply, 1, lab.domains[1].usn);
        lab_finish(&lab, apply);

        ck_assert_int_eq(lab_disputes(&lab, 0, anna), 1);
        ck_assert_int_eq(lab_disputes(&lab, 1, bernd), 1);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM counter WHERE rule = "
                                         "'smtp-address-not-unique' AND n = 1"),
                         2);

        lab_delete(&lab, 1, bernd);
        lab_poll(&lab, 1);
        ck_assert_int_eq(lab_disputes(&lab, 0, anna), 0);
}
END_TEST

/* The baseline of the second must not take away what was told of the first while it was read. */
START_TEST(a_first_read_leaves_the_events_of_others_alone)
{
        int anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com"),
            bernd = lab_add_user(&lab, 0, 0, "bernd", "b@contoso.com");
        Apply *apply;

        lab_read(&lab, 0);
        apply = lab_begin(&lab, 1, APPLY_FIRST);
        lab_stage(&lab, apply, 1, 0);
        for (int i = 0; i < 600; i++) {
                char name[32];

                snprintf(name, sizeof(name), "u%d", i);
                lab_stage(&lab, apply, 1, lab_add_user(&lab, 1, 0, name, "c@contoso.com"));
        }
        lab_set(&lab, 0, bernd, "mail: a@contoso.com; proxyAddresses: SMTP:a@contoso.com");
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_events(&lab, EVENT_OPENED, "smtp-address-not-unique"), 2);

        lab_set(&lab, 0, anna, "mail: c@contoso.com");
        lab_poll(&lab, 0);
        lab_accept(&lab, apply, 1, lab.domains[1].usn);
        lab_finish(&lab, apply);
        ck_assert_int_eq(lab_events(&lab, EVENT_OPENED, "smtp-address-not-unique"), 2);
}
END_TEST

START_TEST(one_guid_in_two_domains_is_one_claimant)
{
        int anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com"),
            moved = lab_add_user(&lab, 1, 0, "anna", "a@contoso.com");

        lab.domains[1].nodes[moved].number = lab.domains[0].nodes[anna].number;
        lab_read(&lab, 0);
        lab_read(&lab, 1);
        ck_assert_int_eq(lab_objects(&lab), 2);
        ck_assert_int_eq(lab_disputes(&lab, 0, anna), 0);
        ck_assert_int_eq(lab_disputes(&lab, 1, moved), 0);
}
END_TEST

START_TEST(one_answer_at_a_time_has_the_transaction)
{
        int anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com");
        Apply *first, *second;
        const Cursor cursor = { .watermark = 1 };

        lab_read(&lab, 0);
        lab_set(&lab, 0, anna, "displayName: Anna");
        first = lab_begin(&lab, 0, APPLY_DELTA);
        lab_stage(&lab, first, 0, anna);
        lab_accept(&lab, first, 0, lab.domains[0].usn);
        ck_assert_int_eq(apply_step(first, 0), APPLY_MORE);

        /* A first read goes on beside it, and waits with writing. */
        second = lab_begin(&lab, 1, APPLY_FIRST);
        for (int i = 0; i < 1100; i++) {
                char name[32];

                snprintf(name, sizeof(name), "u%d", i);
                lab_stage(&lab, second, 1, lab_add_user(&lab, 1, 0, name, "u@contoso.com"));
        }
        ck_assert_int_eq(apply_accept(second, &cursor), -EBUSY);
        ck_assert_int_eq(lab_objects(&lab), 1);

        /* What is rolled back is only the first's. */
        apply_free(first);
        lab_stage(&lab, second, 1, 0);
        lab_accept(&lab, second, 1, lab.domains[1].usn);
        lab_finish(&lab, second);
        ck_assert_int_eq(lab_objects(&lab), 1101);
        lab_poll(&lab, 0);
        ck_assert_uint_eq(lab.summary.changed, 1);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("apply-domains");
        TCase *two = tcase_create("two domains");

        (void)test_seed();
        tcase_add_checked_fixture(two, two_domains, tear_down);
        tcase_set_timeout(two, 60);
        tcase_add_test(two, domains_dispute_once_both_are_read);
        tcase_add_test(two, a_first_read_leaves_the_events_of_others_alone);
        tcase_add_test(two, one_guid_in_two_domains_is_one_claimant);
        tcase_add_test(two, one_answer_at_a_time_has_the_transaction);
        suite_add_tcase(suite, two);
        return suite;
}
