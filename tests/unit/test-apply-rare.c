/* SPDX-License-Identifier: MIT */

/* What seldom happens to a database, and must not harm it: interrupted reads, returning domains, a transaction that is lost. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/apply-internal.h"
#include "lib/state/derivation.h"
#include "lib/state/event.h"
#include "lib/state/store-internal.h"
#include "tests/unit/apply-fixture.h"
#include "tests/unit/check-main.h"

static int add_user(unsigned domain, int parent, unsigned number, const char *address)
{
        char rdn[32], attributes[300];

        snprintf(rdn, sizeof(rdn), "CN=u%u", number);
        snprintf(attributes, sizeof(attributes),
                 "sAMAccountName: u%u; displayName: u; userPrincipalName: u%u@contoso.com; "
                 "mailNickname: u%u; mail: %s; proxyAddresses: SMTP:%s",
                 number, number, number, address, address);
        return lab_add(&lab, domain, parent, "user", rdn, attributes);
}

static int64_t disputes(unsigned domain, int node)
{
        return lab_findings(&lab, domain, node, "smtp-address-not-unique");
}

/* First reads. */

/* More than one batch of contacts about which each alone something is found. */
static int add_silent_contacts(void)
{
        int last = 0;

        for (unsigned i = 0; i < 1100; i++) {
                char rdn[32];

                snprintf(rdn, sizeof(rdn), "CN=c%u", i);
                last = lab_add(&lab, 0, 0, "contact", rdn, "displayName: c");
        }
        return last;
}

static void stage_only(Apply *apply, int node)
{
        Object *object;

        ck_assert_int_eq(object_new(&object), 0);
        lab_object(&lab, 0, node, object);
        ck_assert_int_eq(apply_stage(apply, object), 0);
        object_free(object);
}

static Apply *begin_first_read(int last)
{
        Apply *apply = lab_begin(&lab, 0, APPLY_FIRST);

        for (int i = 0; i <= last; i++)
                lab_stage(&lab, apply, 0, i);
        return apply;
}

/* A backup copies the database under a lock, or somebody has left a transaction open: what came is kept, however much it is. */
START_TEST(a_first_read_waits_for_who_holds_the_database)
{
        int last = add_silent_contacts();
        Apply *apply = lab_begin(&lab, 0, APPLY_FIRST);
        _cleanup_free_ char *dump = NULL, *fresh = NULL;
        sqlite3 *other;

        (void)sqlite3_busy_timeout(lab.store->database, 0);
        ck_assert_int_eq(sqlite3_open(lab.store->path, &other), SQLITE_OK);
        ck_assert_int_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
        for (unsigned times = 0; times < 3; times++)
                for (int i = 0; i <= last; i++)
                        stage_only(apply, i);
        ck_assert_int_eq(apply_catch_up(apply), -EBUSY);
        ck_assert_uint_eq(stage_left(&apply->stage), 3 * ((size_t)last + 1));
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM object"), 0);

        ck_assert_int_eq(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
        ck_assert_int_eq(apply_catch_up(apply), APPLY_MORE);
        ck_assert_int_gt(lab_count(&lab, "SELECT count(*) FROM object"), 0);
        while (apply_catch_up(apply) == APPLY_MORE)
                ;
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM object"), 3 * last);
        (void)sqlite3_close(other);

        /* Who came three times is one when all are known. */
        lab_accept(&lab, apply, 0, lab.domains[0].usn);
        lab_finish(&lab, apply);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM object"), last);
        dump = lab_dump(&lab);
        fresh = lab_dump_fresh(&lab);
        ck_assert_str_eq(dump, fresh);
}
END_TEST

START_TEST(a_first_read_under_way_is_no_event)
{
        Apply *apply = begin_first_read(add_silent_contacts());

        ck_assert_int_gt(lab_count(&lab, "SELECT count(*) FROM finding"), 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM event"), 0);
        apply_free(apply);
}
END_TEST

START_TEST(interrupted_first_reads_use_up_no_numbers)
{
        int last = add_silent_contacts();
        int64_t first = cache_first_id(lab.domains[0].domain.id);

        for (unsigned i = 0; i < 3; i++)
                apply_free(begin_first_read(last));
        lab_read(&lab, 0);

        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM object"), 1100);
        ck_assert_int_le(lab_count(&lab, "SELECT max(id) FROM object"), first + 1100);
        ck_assert_int_eq(lab.domains[0].domain.objects, 1100);
        ck_assert_int_eq(lab.domains[0].domain.full_reads_interrupted, 3);
}
END_TEST

/* The parent is of a class that is not followed: nothing but its children says where it is. */
START_TEST(a_first_read_that_starts_again_asks_the_present_configuration)
{
        int odd = lab_add(&lab, 0, 0, "printQueue", "CN=odd", NULL), last = 0;
        Apply *apply;

        for (unsigned i = 0; i < 600; i++)
                last = add_user(0, odd, i, "same@contoso.com");

        lab_configure(&lab, NULL, "ExcludeOU=CN=odd,DC=corp,DC=example\n", NULL);
        apply = lab_begin(&lab, 0, APPLY_FIRST);
        for (int i = odd + 1; i <= last; i++)
                lab_stage(&lab, apply, 0, i);
        apply_free(apply);

        lab_configure(&lab, NULL, NULL, NULL);
        apply = lab_begin(&lab, 0, APPLY_FIRST);
        lab_stage(&lab, apply, 0, 0);
        for (int i = odd + 1; i <= last; i++)
                lab_stage(&lab, apply, 0, i);
        lab_accept(&lab, apply, 0, lab.domains[0].usn);
        lab_finish(&lab, apply);

        ck_assert_int_eq(disputes(0, last), 1);
}
END_TEST

/* A second domain, large beside a first one: between two claims of the small one there are thousands of the large one. */
START_TEST(claims_are_compared_within_the_budget)
{
        size_t n = 0, before = 0;
        Apply *apply;

        add_user(0, 0, 0, "a@contoso.com");
        lab_read(&lab, 0);

        apply = lab_begin(&lab, 1, APPLY_FIRST);
        lab_stage(&lab, apply, 1, 0);
        for (unsigned i = 0; i < 2000; i++)
                lab_stage(&lab, apply, 1, add_user(1, 0, 10000 + i, "b@contoso.com"));
        lab_accept(&lab, apply, 1, lab.domains[1].usn);
        while (apply->phase <= PHASE_MERGE) {
                ck_assert_int_eq(apply_step(apply, 1), APPLY_MORE);
                if (apply->phase != PHASE_MERGE)
                        continue;
                ck_assert_uint_le(apply->position - before, BUDGET_OBJECT / BUDGET_STEP);
                before = apply->position;
                n++;
        }
        ck_assert_uint_gt(n, 10);
        lab_finish(&lab, apply);
}
END_TEST

/* Deletions. */

START_TEST(what_was_first_seen_deleted_and_is_restored_was_not_renamed)
{
        int anna;

        lab_read(&lab, 0);
        anna = add_user(0, 0, 1, "a@contoso.com");
        lab_delete(&lab, 0, anna);
        lab_poll(&lab, 0);
        lab_restore(&lab, 0, anna);
        lab_poll(&lab, 0);

        ck_assert_int_eq(lab_events(&lab, EVENT_MOVED, NULL), 0);
        ck_assert_int_eq(lab_events(&lab, EVENT_UPN_CHANGED, NULL), 0);
        ck_assert_int_eq(lab.domains[0].domain.objects, 1);
}
END_TEST

/* The server shows deleted objects for half a year, we keep them for weeks: a full read must not bring them back. */
START_TEST(a_full_read_brings_nobody_back_who_was_forgotten)
{
        int anna;

        lab_read(&lab, 0);
        anna = add_user(0, 0, 1, "a@contoso.com");
        lab_delete(&lab, 0, anna);
        lab_read(&lab, 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM object"), 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM claim"), 0);
}
END_TEST

/* Transactions. */

/* SQLite takes back a whole transaction for some failures, of whichever statement. */
START_TEST(a_transaction_that_was_lost_is_not_gone_on_with)
{
        int anna = add_user(0, 0, 1, "a@contoso.com"), bernd = add_user(0, 0, 2, "b@contoso.com");
        char *before, *after;
        Apply *apply;

        lab_read(&lab, 0);
        before = lab_dump(&lab);
        lab_set(&lab, 0, anna, "displayName: Anna");
        lab_set(&lab, 0, bernd, "proxyAddresses: SMTP:a@contoso.com");
        apply = lab_begin(&lab, 0, APPLY_DELTA);
        lab_stage(&lab, apply, 0, anna);
        lab_stage(&lab, apply, 0, bernd);
        lab_accept(&lab, apply, 0, lab.domains[0].usn);
        ck_assert_int_eq(apply_step(apply, 1), APPLY_MORE);

        ck_assert_int_eq(store_rollback(lab.store), 0);
        ck_assert_int_lt(apply_step(apply, 1000), 0);
        apply_free(apply);

        after = lab_dump(&lab);
        ck_assert_str_eq(before, after);
        free(before);
        free(after);

        lab_poll(&lab, 0);
        ck_assert_int_eq(disputes(0, anna), 1);
}
END_TEST

/* Domains that leave the configuration and come back. */

/* As the daemon does it on a reload: only this one is configured. */
static void configure_only(Config *only, unsigned domain)
{
        LabDomain *directory = &lab.domains[domain];

        *only = *lab.config;
        only->domains = (DomainConfig *)directory->config;
        only->n_domains = 1;
        ck_assert_int_eq(domain_retire_others(lab.store, only), 0);

        domain_done(&directory->domain);
        ck_assert_int_eq(domain_load(lab.store, directory->name, &directory->domain), 0);
}

START_TEST(a_domain_that_comes_back_has_its_disputes_again)
{
        int anna = add_user(0, 0, 1, "a@contoso.com"), bernd = add_user(0, 0, 2, "a@contoso.com");
        Config *both = lab.config, only;

        add_user(1, 0, 1, "other@contoso.com");

        configure_only(&only, 0);
        lab.config = &only;
        lab_read(&lab, 0);
        ck_assert_int_eq(disputes(0, anna), 1);

        lab.config = both;
        configure_only(&only, 1);
        lab.config = &only;
        lab_read(&lab, 1);

        lab.config = both;
        configure_only(&only, 0);
        lab.config = &only;
        if (domain_is_derived(&lab.domains[0].domain, lab.config) == 0)
                lab_reevaluate(&lab, 0);
        lab.config = both;

        ck_assert_int_eq(disputes(0, anna), 1);
        ck_assert_int_eq(disputes(0, bernd), 1);
}
END_TEST

/* Crowds. */

/* Judged in groups: whoever stands in for the former ones must be one that disputes. */
START_TEST(the_last_of_many_is_not_alone_because_the_first_is_out_of_scope)
{
        int out, last = 0;

        lab_configure(&lab, NULL, "ExcludeOU=OU=out,DC=corp,DC=example\n", NULL);
        out = lab_add(&lab, 0, 0, "organizationalUnit", "OU=out", NULL);
        lab_read(&lab, 0);
        add_user(0, out, 0, "same@contoso.com");
        lab_poll(&lab, 0);
        for (unsigned i = 1; i <= 1000; i++) {
                last = add_user(0, 0, i, "same@contoso.com");
                if (i == 999)
                        lab_poll(&lab, 0);
        }
        lab_poll(&lab, 0);

        ck_assert_int_eq(disputes(0, last), 1);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM finding WHERE rule = "
                                         "'smtp-address-not-unique'"),
                         1000);
}
END_TEST

/* A script gave many mailboxes the account of one, and is undone: as many former holders as it made. */
START_TEST(former_holders_are_dealt_with_a_few_at_a_time)
{
        enum {
                MAILBOXES = 90, /* not so many of one rule that one summary stands for them */
        };
        _cleanup_free_ char *dump = NULL, *fresh = NULL;
        int64_t most = 0;
        Apply *apply;
        int r;

        for (unsigned i = 0; i < MAILBOXES; i++) {
                char address[32];

                snprintf(address, sizeof(address), "m%u@contoso.com", i);
                lab_set(&lab, 0, add_user(0, 0, i, address),
                        "msExchRecipientTypeDetails: 2; msExchMasterAccountSid: "
                        "010500000000000515000000010000000200000003000000e8030000");
        }
        lab_read(&lab, 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM join_exclusion"), MAILBOXES);

        apply = lab_begin(&lab, 0, APPLY_DELTA);
        for (int i = 1; i <= MAILBOXES; i++) {
                lab_set(&lab, 0, i, "msExchRecipientTypeDetails:; msExchMasterAccountSid:");
                lab_stage(&lab, apply, 0, i);
        }
        lab_accept(&lab, apply, 0, lab.domains[0].usn);
        do {
                int64_t before = lab_count(&lab, "SELECT total_changes()"), n;

                r = apply_step(apply, 1);
                ck_assert_int_ge(r, 0);
                n = lab_count(&lab, "SELECT total_changes()") - before;
                most = n > most ? n : most;
        } while (r == APPLY_MORE);
        (void)apply_free(apply);

        ck_assert_int_lt(most, MAILBOXES / 2);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM join_exclusion"), 0);
        dump = lab_dump(&lab);
        fresh = lab_dump_fresh(&lab);
        ck_assert_str_eq(dump, fresh);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("apply-rare");
        TCase *tcase = tcase_create("one domain");

        tcase_add_checked_fixture(tcase, one_domain, tear_down);
        tcase_set_timeout(tcase, 60);
        tcase_add_test(tcase, a_first_read_under_way_is_no_event);
        tcase_add_test(tcase, interrupted_first_reads_use_up_no_numbers);
        tcase_add_test(tcase, a_first_read_that_starts_again_asks_the_present_configuration);
        tcase_add_test(tcase, what_was_first_seen_deleted_and_is_restored_was_not_renamed);
        tcase_add_test(tcase, a_full_read_brings_nobody_back_who_was_forgotten);
        tcase_add_test(tcase, a_transaction_that_was_lost_is_not_gone_on_with);
        tcase_add_test(tcase, the_last_of_many_is_not_alone_because_the_first_is_out_of_scope);
        tcase_add_test(tcase, former_holders_are_dealt_with_a_few_at_a_time);
        suite_add_tcase(suite, tcase);

        tcase = tcase_create("one domain in a file");
        tcase_add_checked_fixture(tcase, one_domain_in_a_file, tear_down);
        tcase_set_timeout(tcase, 60);
        tcase_add_test(tcase, a_first_read_waits_for_who_holds_the_database);
        suite_add_tcase(suite, tcase);

        tcase = tcase_create("two domains");
        tcase_add_checked_fixture(tcase, two_domains, tear_down);
        tcase_set_timeout(tcase, 60);
        tcase_add_test(tcase, claims_are_compared_within_the_budget);
        tcase_add_test(tcase, a_domain_that_comes_back_has_its_disputes_again);
        suite_add_tcase(suite, tcase);
        return suite;
}
