/* SPDX-License-Identifier: MIT */

#include "lib/state/event.h"
#include "lib/state/retain.h"
#include "tests/unit/apply-fixture.h"
#include "tests/unit/check-main.h"

/* Deletion. */

START_TEST(a_deletion_closes_the_others_findings_too)
{
        int anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com"),
            bernd = lab_add_user(&lab, 0, 0, "bernd", "a@contoso.com");

        lab_read(&lab, 0);
        lab_delete(&lab, 0, bernd);
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM finding WHERE rule <> 'deleted'"),
                         0);
        ck_assert_int_eq(lab.domains[0].domain.objects, 1);
        ck_assert_int_eq(lab_events(&lab, EVENT_DELETED, NULL), 1);
        ck_assert_int_eq(lab_events(&lab, EVENT_CLOSED, "smtp-address-not-unique"), 2);
        ck_assert_uint_eq(lab.summary.deleted, 1);
        (void)anna;

        /* What it was called stays known until it is forgotten. */
        lab_expect_dn(&lab, bernd, "CN=bernd,DC=corp,DC=example");
}
END_TEST

START_TEST(a_restored_object_disputes_again)
{
        int anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com"),
            bernd = lab_add_user(&lab, 0, 0, "bernd", "a@contoso.com");

        lab_read(&lab, 0);
        lab_delete(&lab, 0, bernd);
        lab_poll(&lab, 0);
        lab_restore(&lab, 0, bernd);
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_disputes(&lab, 0, anna), 1);
        ck_assert_int_eq(lab_disputes(&lab, 0, bernd), 1);
        ck_assert_int_eq(lab_events(&lab, EVENT_RESTORED, NULL), 1);
        ck_assert_int_eq(lab.domains[0].domain.objects, 2);
}
END_TEST

START_TEST(an_object_that_was_never_alive_here_is_no_event)
{
        int anna;

        lab_read(&lab, 0);
        anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com");
        lab_delete(&lab, 0, anna);
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_events(&lab, EVENT_DELETED, NULL), 0);
        ck_assert_int_eq(lab.domains[0].domain.objects, 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM object"), 0);
}
END_TEST

START_TEST(what_a_full_read_lacks_is_deleted_only_when_that_is_proved)
{
        int anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com"),
            bernd = lab_add_user(&lab, 0, 0, "bernd", "b@contoso.com");
        Guid guid_anna = lab_guid(lab.domains[0].nodes[anna].number),
             guid_bernd = lab_guid(lab.domains[0].nodes[bernd].number);
        const Guid *absent;
        Apply *apply;
        size_t n;

        lab_read(&lab, 0);

        apply = lab_begin(&lab, 0, APPLY_FULL);
        lab_stage(&lab, apply, 0, 0);
        while (apply_absent_find(apply, 1) == APPLY_MORE)
                ;
        absent = apply_absent(apply, &n);
        ck_assert_uint_eq(n, 2);
        ck_assert(guid_equal(&absent[0], &guid_anna) || guid_equal(&absent[1], &guid_anna));
        ck_assert_int_eq(apply_absent_confirm(apply, &guid_bernd), 0);
        lab_accept(&lab, apply, 0, lab.domains[0].usn);
        lab_finish(&lab, apply);

        ck_assert_int_eq(lab_objects(&lab), 1);
        ck_assert_int_eq(lab_events(&lab, EVENT_DELETED, NULL), 1);
        ck_assert_int_eq(lab.domains[0].domain.objects, 1);
}
END_TEST

START_TEST(an_absent_row_that_comes_after_all_is_kept)
{
        int anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com");
        Guid guid = lab_guid(lab.domains[0].nodes[anna].number);
        Apply *apply;

        lab_read(&lab, 0);
        lab_set(&lab, 0, anna, "displayName: Anna");
        apply = lab_begin(&lab, 0, APPLY_FULL);
        lab_stage(&lab, apply, 0, 0);
        ck_assert_int_eq(apply_absent_confirm(apply, &guid), 0);
        lab_stage(&lab, apply, 0, anna);
        lab_accept(&lab, apply, 0, lab.domains[0].usn);
        lab_finish(&lab, apply);
        ck_assert_int_eq(lab_objects(&lab), 1);
        ck_assert_int_eq(lab_events(&lab, EVENT_DELETED, NULL), 0);
}
END_TEST

/* Its domain may have been taken out of the configuration meanwhile. */
START_TEST(nothing_is_left_of_a_deleted_object_whose_time_has_come)
{
        bool is_retired = _i != 0;
        int anna = lab_add_user(&lab, 1, 0, "anna", "a@contoso.com"),
            bernd = lab_add_user(&lab, 1, 0, "bernd", "b@contoso.com");
        int64_t id;

        lab_read(&lab, 0);
        lab_read(&lab, 1);
        lab_delete(&lab, 1, anna);
        lab_poll(&lab, 1);
        id = lab_count(&lab, "SELECT id FROM object WHERE deleted_at IS NOT NULL");
        ck_assert_int_gt(lab_count(&lab, "SELECT count(*) FROM claim WHERE object = %d", (int)id),
                         1);
        ck_assert_int_gt(lab_count(&lab, "SELECT count(*) FROM finding WHERE object = %d", (int)id),
                         0);

        if (is_retired) {
                lab.n_domains = 1;
                lab_configure(&lab, NULL, NULL, NULL);
                lab.n_domains = 2; /* for lab_done() */
                ck_assert_int_eq(domain_retire_others(lab.store, lab.config), 0);
        }
        lab.now += INT64_C(86400) * (lab.config->keep_deleted_days + 1);
        ck_assert_int_eq(retain_step(lab.store, lab.config, lab.now, 100), RETAIN_MORE);
        ck_assert_int_eq(retain_step(lab.store, lab.config, lab.now, 100), 0);

        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM object WHERE id = %d", (int)id), 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM claim WHERE object = %d", (int)id),
                         0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM finding WHERE object = %d", (int)id),
                         0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM counter c WHERE n <> (SELECT "
                                         "count(*) FROM finding f WHERE f.rule = c.rule AND "
                                         "f.object >> 28 = c.domain AND f.class = c.class AND "
                                         "f.severity = c.severity AND f.accepted = c.accepted)"),
                         0);

        /* Those that are there stay. */
        ck_assert_int_eq(lab_objects(&lab), 1);
        ck_assert_int_eq(lab_findings(&lab, 1, bernd, "deleted"), 0);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("apply-deletion");
        TCase *one = tcase_create("one domain"), *two = tcase_create("two domains");

        (void)test_seed();
        tcase_add_checked_fixture(one, one_domain, tear_down);
        tcase_set_timeout(one, 60);
        tcase_add_test(one, a_deletion_closes_the_others_findings_too);
        tcase_add_test(one, a_restored_object_disputes_again);
        tcase_add_test(one, an_object_that_was_never_alive_here_is_no_event);
        tcase_add_test(one, what_a_full_read_lacks_is_deleted_only_when_that_is_proved);
        tcase_add_test(one, an_absent_row_that_comes_after_all_is_kept);
        suite_add_tcase(suite, one);

        tcase_add_checked_fixture(two, two_domains, tear_down);
        tcase_add_loop_test(two, nothing_is_left_of_a_deleted_object_whose_time_has_come, 0, 2);
        suite_add_tcase(suite, two);
        return suite;
}
