/* SPDX-License-Identifier: MIT */

/* While the domain controller that is followed may be behind the one before, what it says happened is not told. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/event.h"
#include "lib/state/retain.h"
#include "lib/state/untold.h"
#include "tests/unit/apply-fixture.h"
#include "tests/unit/check-main.h"

#define DAY INT64_C(86400)

static int unit, anna;

static void set_up_lab(void)
{
        unit = lab_add(&lab, 0, 0, "organizationalUnit", "OU=Staff", "");
        anna = lab_add(&lab, 0, 0, "user", "CN=Anna",
                       "sAMAccountName: anna; userAccountControl: 512; "
                       "userPrincipalName: anna@contoso.com");
        lab_read(&lab, 0);
}

static void in_memory(void)
{
        lab_init(&lab, 1);
        set_up_lab();
}

static void in_a_file(void)
{
        lab_init_file(&lab, 1);
        set_up_lab();
}

static void two_domains_one_read(void)
{
        lab_init(&lab, 2);
        set_up_lab();
        lab_read(&lab, 1);
}

static void poll(bool is_unconfirmed)
{
        lab.now += 60;
        lab.domains[0].is_unconfirmed = is_unconfirmed;
        lab_poll(&lab, 0);
}

static void poll_doubtful(void)
{
        poll(true);
}

static void poll_sure(void)
{
        poll(false);
}

/* What is said of Anna as one who reads the log knows it: "moved 2, upn-changed 1 …". */
static void expect_events(int64_t moved, int64_t named, int64_t deleted, int64_t restored)
{
        ck_assert_int_eq(lab_events(&lab, EVENT_MOVED, NULL), moved);
        ck_assert_int_eq(lab_events(&lab, EVENT_UPN_CHANGED, NULL), named);
        ck_assert_int_eq(lab_events(&lab, EVENT_DELETED, NULL), deleted);
        ck_assert_int_eq(lab_events(&lab, EVENT_RESTORED, NULL), restored);
}

static int64_t n_kept(void)
{
        return lab_count(&lab, "SELECT count(*) FROM untold");
}

/* Old and new value of the newest event of a type. */
static void expect_last(EventType type, const char *old_value, const char *value)
{
        char *text = lab_text(&lab,
                              "SELECT CAST(old_value AS TEXT) || ' > ' || CAST(value AS TEXT) "
                              "FROM event WHERE type = %d ORDER BY id DESC LIMIT 1",
                              (int)type);
        char expected[300];

        snprintf(expected, sizeof(expected), "%s > %s", old_value, value);
        ck_assert_str_eq(text, expected);
        free(text);
}

/* The other domain controller had shown both; this one has heard of neither. */
START_TEST(an_older_row_is_no_going_back)
{
        lab_set(&lab, 0, anna, "userPrincipalName: new@contoso.com");
        lab_move(&lab, 0, anna, unit);
        poll_sure();
        expect_events(1, 1, 0, 0);

        lab_set(&lab, 0, anna, "userPrincipalName: anna@contoso.com");
        lab_move(&lab, 0, anna, 0);
        poll_doubtful();
        lab_set(&lab, 0, anna, "displayName: once more");
        poll_doubtful();
        expect_events(1, 1, 0, 0);
        ck_assert_int_eq(n_kept(), 1);

        lab_set(&lab, 0, anna, "userPrincipalName: new@contoso.com");
        lab_move(&lab, 0, anna, unit);
        poll_sure();
        expect_events(1, 1, 0, 0);
        ck_assert_int_eq(n_kept(), 0);
}
END_TEST

START_TEST(what_is_true_is_told_once_the_server_has_caught_up)
{
        lab_set(&lab, 0, anna, "userPrincipalName: between@contoso.com");
        poll_doubtful();
        lab_set(&lab, 0, anna, "userPrincipalName: new@contoso.com");
        lab_rename(&lab, 0, anna, "CN=Anne");
        lab_move(&lab, 0, anna, unit);
        poll_doubtful();
        expect_events(0, 0, 0, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, anna, "upn-changed"), 0);

        /* It need not come again for that. */
        poll_sure();
        expect_events(1, 1, 0, 0);
        expect_last(EVENT_UPN_CHANGED, "anna@contoso.com", "new@contoso.com");
        expect_last(EVENT_MOVED, "CN=Anna,DC=corp,DC=example",
                    "CN=Anne,OU=Staff,DC=corp,DC=example");
        ck_assert_int_eq(lab_findings(&lab, 0, anna, "upn-changed"), 1);
        ck_assert_int_eq(n_kept(), 0);

        poll_sure();
        expect_events(1, 1, 0, 0);
}
END_TEST

START_TEST(who_was_deleted_does_not_rise_before_the_server_knows)
{
        lab_delete(&lab, 0, anna);
        poll_sure();
        expect_events(0, 0, 1, 0);

        lab_restore(&lab, 0, anna);
        poll_doubtful();
        expect_events(0, 0, 1, 0);
        lab_delete(&lab, 0, anna);
        poll_sure();
        expect_events(0, 0, 1, 0);

        lab_restore(&lab, 0, anna);
        poll_doubtful();
        poll_sure();
        expect_events(0, 0, 1, 1);
        ck_assert_int_eq(n_kept(), 0);
}
END_TEST

/* The name that it had in between was never told, and nobody knows whether it ever was true. */
START_TEST(who_dies_in_doubt_comes_back_from_what_was_told)
{
        lab_set(&lab, 0, anna, "userPrincipalName: between@contoso.com");
        poll_doubtful();
        lab_delete(&lab, 0, anna);
        poll_doubtful();
        expect_events(0, 0, 0, 0);
        poll_sure();
        expect_events(0, 0, 1, 0);

        lab.now += DAY;
        poll_sure();
        expect_events(0, 0, 1, 0);

        lab_restore(&lab, 0, anna);
        lab_set(&lab, 0, anna, "userPrincipalName: new@contoso.com");
        poll_sure();
        expect_events(0, 1, 1, 1);
        expect_last(EVENT_UPN_CHANGED, "anna@contoso.com", "new@contoso.com");
        ck_assert_int_eq(n_kept(), 0);
}
END_TEST

START_TEST(who_is_forgotten_is_not_told_of)
{
        lab_delete(&lab, 0, anna);
        poll_doubtful();
        poll_sure();
        ck_assert_int_eq(n_kept(), 1);

        ck_assert_int_gt(retain_step(lab.store, lab.config, lab.now + 1000 * DAY, 100), 0);
        ck_assert_int_eq(n_kept(), 0);
}
END_TEST

START_TEST(a_full_read_and_another_configuration_tell_no_sooner)
{
        lab_set(&lab, 0, anna, "userPrincipalName: new@contoso.com");
        lab.domains[0].is_unconfirmed = true;
        lab_read(&lab, 0);
        expect_events(0, 0, 0, 0);

        lab_configure(&lab, NULL, "ExcludeOU=OU=Staff,DC=corp,DC=example", NULL);
        lab_reevaluate(&lab, 0);
        poll_doubtful();
        expect_events(0, 0, 0, 0);

        lab.domains[0].is_unconfirmed = false;
        lab_read(&lab, 0);
        expect_events(0, 1, 0, 0);
}
END_TEST

START_TEST(a_restart_forgets_nothing)
{
        lab_set(&lab, 0, anna, "userPrincipalName: new@contoso.com");
        poll_doubtful();
        lab_close_store(&lab);
        lab_open_store(&lab);
        expect_events(0, 0, 0, 0);

        poll_sure();
        expect_events(0, 1, 0, 0);
        expect_last(EVENT_UPN_CHANGED, "anna@contoso.com", "new@contoso.com");
}
END_TEST

START_TEST(another_domain_tells_nothing_of_it)
{
        int berta = lab_add(&lab, 1, 0, "user", "CN=Berta",
                            "sAMAccountName: berta; userPrincipalName: berta@contoso.com");

        lab_poll(&lab, 1);
        lab_set(&lab, 0, anna, "userPrincipalName: new@contoso.com");
        poll_doubtful();
        lab_set(&lab, 1, berta, "userPrincipalName: other@contoso.com");
        lab_poll(&lab, 1);
        expect_events(0, 1, 0, 0);
        expect_last(EVENT_UPN_CHANGED, "berta@contoso.com", "other@contoso.com");

        poll_sure();
        expect_events(0, 2, 0, 0);
}
END_TEST

/*
 * One that was behind has shown her as she was; the one before, which is followed again, has nothing new of her. Where it would show a
 * deletion, that is how she is; where deletions are hidden, she may be deleted there.
 */
START_TEST(who_may_be_deleted_out_of_sight_is_not_told_of)
{
        bool is_hidden = _i == 0;
        Guid first = lab.domains[0].invocation_id, second = lab_guid(0xbeef);

        lab.domains[0].domain.tombstones_readable = is_hidden ? 0 : 1;
        lab_set(&lab, 0, anna, "userPrincipalName: new@contoso.com");
        poll_sure();
        expect_events(0, 1, 0, 0);

        lab.domains[0].invocation_id = second;
        lab_set(&lab, 0, anna, "userPrincipalName: anna@contoso.com");
        poll_doubtful();
        lab.domains[0].invocation_id = first;
        poll_sure();
        expect_events(0, is_hidden ? 1 : 2, 0, 0);
        ck_assert_int_eq(n_kept(), is_hidden);

        lab_set(&lab, 0, anna, "userPrincipalName: third@contoso.com");
        poll_sure();
        expect_events(0, is_hidden ? 2 : 3, 0, 0);
        expect_last(EVENT_UPN_CHANGED, is_hidden ? "new@contoso.com" : "anna@contoso.com",
                    "third@contoso.com");
        ck_assert_int_eq(n_kept(), 0);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("untold");
        TCase *test = tcase_create("one domain");

        tcase_add_checked_fixture(test, in_memory, tear_down);
        tcase_add_test(test, an_older_row_is_no_going_back);
        tcase_add_test(test, what_is_true_is_told_once_the_server_has_caught_up);
        tcase_add_test(test, who_was_deleted_does_not_rise_before_the_server_knows);
        tcase_add_test(test, who_dies_in_doubt_comes_back_from_what_was_told);
        tcase_add_test(test, who_is_forgotten_is_not_told_of);
        tcase_add_loop_test(test, who_may_be_deleted_out_of_sight_is_not_told_of, 0, 2);
        tcase_add_test(test, a_full_read_and_another_configuration_tell_no_sooner);
        suite_add_tcase(suite, test);

        test = tcase_create("in a file");
        tcase_add_checked_fixture(test, in_a_file, tear_down);
        tcase_add_test(test, a_restart_forgets_nothing);
        suite_add_tcase(suite, test);

        test = tcase_create("two domains");
        tcase_add_checked_fixture(test, two_domains_one_read, tear_down);
        tcase_add_test(test, another_domain_tells_nothing_of_it);
        suite_add_tcase(suite, test);
        return suite;
}
