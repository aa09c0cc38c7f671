/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/event.h"
#include "lib/state/store.h"
#include "tests/unit/apply-lab.h"
#include "tests/unit/check-main.h"

static Lab lab;

static void one_domain(void)
{
        lab_init(&lab, 1);
}

static void two_domains(void)
{
        lab_init(&lab, 2);
}

static void tear_down(void)
{
        lab_done(&lab);
}

/* A healthy user: nothing is found about one alone. */
static int add_user(unsigned domain, int parent, const char *name, const char *address)
{
        char rdn[100], attributes[4096];

        snprintf(rdn, sizeof(rdn), "CN=%s", name);
        snprintf(attributes, sizeof(attributes),
                 "sAMAccountName: %s; displayName: %s; givenName: %s; sn: %s; userAccountControl: "
                 "512; userPrincipalName: %s@contoso.com; "
                 "mailNickname: %s; mail: %s; proxyAddresses: SMTP:%s",
                 name, name, name, name, name, name, address, address);
        return lab_add(&lab, domain, parent, "user", rdn, attributes);
}

static int add_ou(unsigned domain, int parent, const char *name)
{
        char rdn[100];

        snprintf(rdn, sizeof(rdn), "OU=%s", name);
        return lab_add(&lab, domain, parent, "organizationalUnit", rdn, NULL);
}

static int64_t disputes(unsigned domain, int node)
{
        return lab_findings(&lab, domain, node, "smtp-address-not-unique");
}

static int64_t object_rows(void)
{
        return lab_count(&lab, "SELECT count(*) FROM object WHERE deleted_at IS NULL");
}

static void expect_dn(int node, const char *dn)
{
        Guid guid = lab_guid(lab.domains[0].nodes[node].number);
        char hex[33], *found;

        for (unsigned i = 0; i < 16; i++)
                snprintf(hex + 2 * i, 3, "%02x", guid.bytes[i]);
        found = lab_text(&lab,
                         "SELECT o.rdn || ifnull(',' || c.dn, '') FROM object o LEFT JOIN "
                         "container c ON c.id = o.parent"
                         " WHERE o.guid = x'%s'",
                         hex);
        ck_assert_str_eq(found, dn);
        free(found);
}

/* First read. */

START_TEST(a_first_read_is_seen_all_at_once)
{
        Apply *apply;
        int anna = add_user(0, 0, "anna", "a@contoso.com"),
            bernd = add_user(0, 0, "bernd", "A@contoso.com");

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
        ck_assert_int_eq(disputes(0, anna), 1);
        ck_assert_int_eq(disputes(0, bernd), 1);
        ck_assert_int_eq(
                lab_count(&lab, "SELECT n FROM counter WHERE rule = 'smtp-address-not-unique'"), 2);
        ck_assert_uint_eq(lab.summary.opened, 2);
}
END_TEST

START_TEST(a_first_read_opens_silently_with_one_baseline_a_rule)
{
        add_user(0, 0, "anna", "a@contoso.com");
        add_user(0, 0, "bernd", "a@contoso.com");
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
                last = add_user(0, 0, name, "same@contoso.com");
        }

        apply = lab_begin(&lab, 0, APPLY_FIRST);
        for (int i = 0; i <= last; i++)
                lab_stage(&lab, apply, 0, i);
        apply_free(apply);
        ck_assert_int_gt(object_rows(), 500);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM claim"), 0);

        lab_read(&lab, 0);
        ck_assert_int_eq(object_rows(), 1200);
        ck_assert_int_eq(lab.domains[0].domain.objects, 1200);
        ck_assert_int_eq(lab.domains[0].domain.full_reads_interrupted, 1);
        ck_assert_int_eq(lab_count(&lab, "SELECT full_reads_interrupted FROM domain"), 1);
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
                last = add_user(domain, 0, name, address);
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
        int anna = add_user(0, 0, "anna", "a@contoso.com");
        char text[100];

        lab_read(&lab, 0);
        (void)interrupt_among_claims(1);
        for (unsigned i = 0; i < 100; i++) {
                snprintf(text, sizeof(text),
                         "mail: u%u@contoso.com; proxyAddresses: SMTP:u%u@contoso.com", i, i);
                lab_set(&lab, 0, anna, text);
                lab_poll(&lab, 0);
                ck_assert_int_eq(disputes(0, anna), 0);
        }
        lab_reevaluate(&lab, 0);
        ck_assert_int_eq(disputes(0, anna), 0);
}
END_TEST

START_TEST(an_entry_that_comes_twice_counts_once_and_as_it_came_last)
{
        int anna = add_user(0, 0, "anna", "a@contoso.com");
        Apply *apply = lab_begin(&lab, 0, APPLY_FIRST);

        lab_stage(&lab, apply, 0, 0);
        lab_stage(&lab, apply, 0, anna);
        lab_set(&lab, 0, anna, "mailNickname: renamed; displayName: Anna B");
        lab_stage(&lab, apply, 0, anna);
        lab_accept(&lab, apply, 0, lab.domains[0].usn);
        lab_finish(&lab, apply);

        ck_assert_int_eq(object_rows(), 1);
        ck_assert_int_eq(lab.domains[0].domain.objects, 1);
        ck_assert_int_eq(disputes(0, anna), 0);
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
        int anna = add_user(0, 0, "anna", "a@contoso.com"),
            bernd = add_user(0, 0, "bernd", "b@contoso.com");

        lab_read(&lab, 0);
        ck_assert_int_eq(disputes(0, anna), 0);

        lab_set(&lab, 0, bernd, "mail: a@contoso.com; proxyAddresses: SMTP:a@contoso.com");
        lab_poll(&lab, 0);
        ck_assert_int_eq(disputes(0, anna), 1);
        ck_assert_int_eq(disputes(0, bernd), 1);
        ck_assert_int_eq(lab_events(&lab, EVENT_OPENED, "smtp-address-not-unique"), 2);

        lab_set(&lab, 0, anna, "mail: c@contoso.com; proxyAddresses: SMTP:c@contoso.com");
        lab_poll(&lab, 0);
        ck_assert_int_eq(disputes(0, anna), 0);
        ck_assert_int_eq(disputes(0, bernd), 0);
        ck_assert_int_eq(lab_events(&lab, EVENT_CLOSED, "smtp-address-not-unique"), 2);
        ck_assert_int_eq(
                lab_count(&lab,
                          "SELECT count(*) FROM counter WHERE rule = 'smtp-address-not-unique'"),
                0);
}
END_TEST

START_TEST(an_open_finding_keeps_the_time_at_which_it_opened)
{
        int anna = add_user(0, 0, "anna", "a@contoso.com"),
            bernd = add_user(0, 0, "bernd", "a@contoso.com");
        int64_t opened;

        lab_read(&lab, 0);
        opened = lab_count(&lab, "SELECT min(opened) FROM finding");
        lab_set(&lab, 0, anna, "displayName: Anna A");
        lab_poll(&lab, 0);
        lab_read(&lab, 0);
        lab_reevaluate(&lab, 0);
        ck_assert_int_eq(disputes(0, bernd), 1);
        ck_assert_int_eq(lab_count(&lab, "SELECT max(opened) FROM finding"), opened);
        ck_assert_int_eq(lab_events(&lab, EVENT_OPENED, NULL), 0);
        ck_assert_int_eq(lab_events(&lab, EVENT_CLOSED, NULL), 0);
}
END_TEST

START_TEST(a_value_that_moves_inside_one_answer_is_never_disputed)
{
        int anna = add_user(0, 0, "anna", "a@contoso.com"),
            bernd = add_user(0, 0, "bernd", "b@contoso.com");

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
        int anna = add_user(0, 0, "anna", "a@contoso.com");
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
        int anna = add_user(0, 0, "anna", "a@contoso.com"), bernd;
        Guid guid;

        lab_read(&lab, 0);
        bernd = add_user(0, 0, "bernd", "b@contoso.com");
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
        int anna = add_user(0, 0, "anna", "a@contoso.com");
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
                users[i] = add_user(0, 0, name, address);
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

/* Deletion. */

START_TEST(a_deletion_closes_the_others_findings_too)
{
        int anna = add_user(0, 0, "anna", "a@contoso.com"),
            bernd = add_user(0, 0, "bernd", "a@contoso.com");

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
        expect_dn(bernd, "CN=bernd,DC=corp,DC=example");
}
END_TEST

START_TEST(a_restored_object_disputes_again)
{
        int anna = add_user(0, 0, "anna", "a@contoso.com"),
            bernd = add_user(0, 0, "bernd", "a@contoso.com");

        lab_read(&lab, 0);
        lab_delete(&lab, 0, bernd);
        lab_poll(&lab, 0);
        lab_restore(&lab, 0, bernd);
        lab_poll(&lab, 0);
        ck_assert_int_eq(disputes(0, anna), 1);
        ck_assert_int_eq(disputes(0, bernd), 1);
        ck_assert_int_eq(lab_events(&lab, EVENT_RESTORED, NULL), 1);
        ck_assert_int_eq(lab.domains[0].domain.objects, 2);
}
END_TEST

START_TEST(an_object_that_was_never_alive_here_is_no_event)
{
        int anna;

        lab_read(&lab, 0);
        anna = add_user(0, 0, "anna", "a@contoso.com");
        lab_delete(&lab, 0, anna);
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_events(&lab, EVENT_DELETED, NULL), 0);
        ck_assert_int_eq(lab.domains[0].domain.objects, 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM object"), 0);
}
END_TEST

START_TEST(what_a_full_read_lacks_is_deleted_only_when_that_is_proved)
{
        int anna = add_user(0, 0, "anna", "a@contoso.com"),
            bernd = add_user(0, 0, "bernd", "b@contoso.com");
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

        ck_assert_int_eq(object_rows(), 1);
        ck_assert_int_eq(lab_events(&lab, EVENT_DELETED, NULL), 1);
        ck_assert_int_eq(lab.domains[0].domain.objects, 1);
}
END_TEST

START_TEST(an_absent_row_that_comes_after_all_is_kept)
{
        int anna = add_user(0, 0, "anna", "a@contoso.com");
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
        ck_assert_int_eq(object_rows(), 1);
        ck_assert_int_eq(lab_events(&lab, EVENT_DELETED, NULL), 0);
}
END_TEST

/* Names. */

START_TEST(the_rename_of_an_ou_changes_no_object_and_every_name)
{
        int sales = add_ou(0, 0, "sales"), north = add_ou(0, sales, "north"),
            anna = add_user(0, north, "anna", "a@contoso.com");
        int64_t usn;

        lab_read(&lab, 0);
        usn = lab_count(&lab, "SELECT usn FROM object");
        expect_dn(anna, "CN=anna,OU=north,OU=sales,DC=corp,DC=example");

        lab_rename(&lab, 0, sales, "OU=trade");
        lab_poll(&lab, 0);
        expect_dn(anna, "CN=anna,OU=north,OU=trade,DC=corp,DC=example");
        ck_assert_int_eq(lab_count(&lab, "SELECT usn FROM object"), usn);
        ck_assert_uint_eq(lab.summary.changed, 0);
        ck_assert_int_eq(lab_events(&lab, EVENT_MOVED, NULL), 0);
}
END_TEST

START_TEST(a_move_is_an_event_with_both_names)
{
        int sales = add_ou(0, 0, "sales"), anna = add_user(0, 0, "anna", "a@contoso.com");
        char *names;

        lab_read(&lab, 0);
        lab_move(&lab, 0, anna, sales);
        lab_poll(&lab, 0);
        names = lab_text(&lab,
                         "SELECT CAST(old_value AS TEXT) || '>' || CAST(value AS TEXT) FROM event "
                         "WHERE type = %d",
                         EVENT_MOVED);
        ck_assert_str_eq(names, "CN=anna,DC=corp,DC=example>CN=anna,OU=sales,DC=corp,DC=example");
        free(names);
}
END_TEST

/* In this order, whatever the lab would choose. */
static void read_in_order(const int *nodes, size_t n)
{
        Apply *apply =
                lab_begin(&lab, 0, lab.domains[0].domain.is_ready ? APPLY_DELTA : APPLY_FIRST);

        for (size_t i = 0; i < n; i++)
                lab_stage(&lab, apply, 0, nodes[i]);
        lab_accept(&lab, apply, 0, lab.domains[0].usn);
        lab_finish(&lab, apply);
}

START_TEST(children_may_come_before_their_parents)
{
        int sales = add_ou(0, 0, "sales"), north = add_ou(0, sales, "north"),
            anna = add_user(0, north, "anna", "a@contoso.com");

        read_in_order((int[]){ anna, north, sales, 0 }, 4);
        expect_dn(anna, "CN=anna,OU=north,OU=sales,DC=corp,DC=example");
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM container"), 3);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM container WHERE origin <> 0"), 0);

        lab_rename(&lab, 0, sales, "OU=trade");
        lab_poll(&lab, 0);
        expect_dn(anna, "CN=anna,OU=north,OU=trade,DC=corp,DC=example");
}
END_TEST

START_TEST(a_parent_that_never_comes_is_named_by_its_child)
{
        int odd = lab_add(&lab, 0, 0, "printQueue", "CN=odd", NULL),
            anna = add_user(0, odd, "anna", "a@contoso.com");
        Guid guid, wanted = lab_guid(lab.domains[0].nodes[odd].number);
        Apply *apply = lab_begin(&lab, 0, APPLY_FIRST);

        lab_stage(&lab, apply, 0, 0);
        lab_stage(&lab, apply, 0, anna);
        ck_assert_int_eq(apply_next_unknown_parent(apply, &guid), 1);
        ck_assert(guid_equal(&guid, &wanted));
        ck_assert_int_eq(apply_next_unknown_parent(apply, &guid), 0);
        lab_accept(&lab, apply, 0, lab.domains[0].usn);
        lab_finish(&lab, apply);
        expect_dn(anna, "CN=anna,CN=odd,DC=corp,DC=example");

        /* Its own rename is not followed; the next of its children tells. */
        lab_rename(&lab, 0, odd, "CN=other");
        lab_set(&lab, 0, anna, "displayName: Anna");
        read_in_order(&anna, 1);
        expect_dn(anna, "CN=anna,CN=other,DC=corp,DC=example");
}
END_TEST

START_TEST(a_parent_of_an_unusual_class_is_read_once)
{
        int odd = lab_add(&lab, 0, 0, "printQueue", "CN=odd", NULL),
            anna = add_user(0, odd, "anna", "a@contoso.com");
        Apply *apply;
        Guid guid;

        lab_read(&lab, 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT origin FROM container WHERE dn LIKE 'CN=odd,%%'"),
                         1);

        apply = lab_begin(&lab, 0, APPLY_DELTA);
        lab_set(&lab, 0, anna, "displayName: Anna");
        lab_stage(&lab, apply, 0, anna);
        ck_assert_int_eq(apply_next_unknown_parent(apply, &guid), 0);
        apply_free(apply);
}
END_TEST

START_TEST(an_object_below_an_object_has_a_name_that_follows)
{
        int anna = add_user(0, 0, "anna", "a@contoso.com"),
            below = add_user(0, anna, "phone", "p@contoso.com");

        lab_read(&lab, 0);
        expect_dn(below, "CN=phone,CN=anna,DC=corp,DC=example");
        lab_rename(&lab, 0, anna, "CN=ann");
        lab_poll(&lab, 0);
        expect_dn(below, "CN=phone,CN=ann,DC=corp,DC=example");
        ck_assert_int_eq(object_rows(), 2);
}
END_TEST

/* A DC that lags shows the one OU below the other, another answer the reverse. */
START_TEST(a_ring_of_containers_ends_and_heals)
{
        int one = add_ou(0, 0, "one"), two = add_ou(0, 0, "two"),
            anna = add_user(0, two, "anna", "a@contoso.com");

        lab_read(&lab, 0);
        lab.domains[0].nodes[one].parent = two;
        lab_rename(&lab, 0, one, "OU=one");
        read_in_order(&one, 1);
        lab.domains[0].nodes[one].parent = 0;
        lab.domains[0].nodes[two].parent = one;
        lab_rename(&lab, 0, two, "OU=two");
        read_in_order(&two, 1);
        expect_dn(anna, "CN=anna,OU=two,OU=one,DC=corp,DC=example");

        lab_rename(&lab, 0, one, "OU=uno");
        read_in_order(&one, 1);
        expect_dn(anna, "CN=anna,OU=two,OU=uno,DC=corp,DC=example");
}
END_TEST

START_TEST(without_parent_guids_the_dn_tells)
{
        int sales = add_ou(0, 0, "sales"), anna = add_user(0, sales, "anna", "a@contoso.com");
        Apply *apply = lab_begin(&lab, 0, APPLY_FIRST);
        const char dn[] = "CN=anna,ou=Sales,DC=CORP,dc=example";
        Object *object, *full;
        const Value *value;

        lab_stage(&lab, apply, 0, 0);
        lab_stage(&lab, apply, 0, sales);
        ck_assert_int_eq(object_new(&full), 0);
        ck_assert_int_eq(object_new(&object), 0);
        lab_object(&lab, 0, anna, full);
        for (unsigned i = 1; i < ATTRIBUTE_MAX; i++)
                if (i != ATTRIBUTE_PARENT_GUID && (value = object_value(full, (AttributeId)i)))
                        object_add(object, (AttributeId)i, value->data, value->size);
        object_set_dn(object, dn, strlen(dn));
        ck_assert_int_eq(object_seal(object), 0);
        ck_assert_int_eq(apply_stage(apply, object), 0);
        lab_accept(&lab, apply, 0, lab.domains[0].usn);
        lab_finish(&lab, apply);

        expect_dn(anna, "CN=anna,OU=sales,DC=corp,DC=example");
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM container"), 2);
        object_free(object);
        object_free(full);
}
END_TEST

/* Selection. */

START_TEST(objects_outside_the_configured_ous_have_no_findings)
{
        int sales = add_ou(0, 0, "sales"), anna = add_user(0, sales, "anna", "a@contoso.com");
        int bernd = add_user(0, 0, "bernd", "a@contoso.com");

        lab_configure(&lab, NULL, "ExcludeOU=OU=Sales,DC=corp,DC=example", NULL);
        lab_read(&lab, 0);
        ck_assert_int_eq(disputes(0, anna), 0);
        ck_assert_int_eq(disputes(0, bernd), 0);

        /* The move of an OU into scope wakes what is below it and whoever shares a value with that. */
        lab_rename(&lab, 0, sales, "OU=trade");
        lab_poll(&lab, 0);
        ck_assert_int_eq(disputes(0, anna), 1);
        ck_assert_int_eq(disputes(0, bernd), 1);
        ck_assert_uint_eq(lab.summary.changed, 0);

        lab_rename(&lab, 0, sales, "OU=sales");
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM finding"), 0);
}
END_TEST

START_TEST(the_deepest_ou_that_is_named_decides)
{
        int sales = add_ou(0, 0, "sales"), north = add_ou(0, sales, "north"),
            city = add_ou(0, north, "city");

        add_user(0, sales, "a", "a@contoso.com");
        add_user(0, north, "b", "b@contoso.com");
        add_user(0, city, "c", "c@contoso.com");
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
        int anna = add_user(0, 0, "anna", "a@contoso.com"),
            bernd = add_user(0, 0, "bernd", "a@contoso.com");
        char *dump, *fresh;

        lab_set(&lab, 0, anna, "department: Sales");
        lab_read(&lab, 0);
        ck_assert_int_eq(disputes(0, bernd), 1);

        /* What it excludes takes nothing from anybody. */
        lab_configure(&lab,
                      "[rule no-sales]\nClass=excluded\nFilter=(department=SALES)\nSeverity=notice",
                      NULL, NULL);
        ck_assert_int_eq(domain_is_derived(&lab.domains[0].domain, lab.config), 0);
        lab_reevaluate(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, anna, "no-sales"), 1);
        ck_assert_int_eq(disputes(0, anna), 0);
        ck_assert_int_eq(disputes(0, bernd), 0);
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
        ck_assert_int_eq(disputes(0, bernd), 1);
}
END_TEST

START_TEST(what_a_domains_filter_leaves_out_is_not_judged_and_disputes_nothing)
{
        int anna = add_user(0, 0, "anna", "a@contoso.com"),
            bernd = add_user(0, 0, "bernd", "a@contoso.com");
        int carl = add_user(0, 0, "carl", "c@contoso.com");
        char *dump, *fresh;

        lab_set(&lab, 0, anna, "extensionAttribute1: cloud; proxyAddresses: SMTP:a@contoso.com");
        lab_set(&lab, 0, carl, "extensionAttribute1: cloud; proxyAddresses: nothing");
        lab_configure(&lab, NULL, "Filter=(extensionAttribute1=cloud)", NULL);
        config_attributes(lab.config, &lab.requested);
        lab_read(&lab, 0);
        ck_assert_int_eq(disputes(0, anna), 0);
        ck_assert_int_eq(disputes(0, bernd), 0);
        ck_assert_int_eq(lab_findings(&lab, 0, carl, "proxy-no-prefix"), 1);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM object WHERE excluded = 4"), 1);

        /* By a change of the object, in both directions. */
        lab_set(&lab, 0, bernd, "extensionAttribute1: Cloud");
        lab_set(&lab, 0, carl, "extensionAttribute1:");
        lab_poll(&lab, 0);
        ck_assert_int_eq(disputes(0, anna), 1);
        ck_assert_int_eq(disputes(0, bernd), 1);
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
        ck_assert_int_eq(disputes(0, anna), 0);
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
        int anna = add_user(0, 0, "anna", "a@contoso.com"),
            bernd = add_user(0, 0, "bernd", "a@contoso.com");
        int carl = add_user(0, 0, "carl", "c@contoso.com");

        lab_set(&lab, 0, carl, "proxyAddresses: nothing");
        lab_configure(&lab, PILOT, NULL, NULL);
        ck_assert_uint_eq(lab.config->n_memberships, 1);
        ck_assert_str_eq(lab.config->memberships[0].filter,
                         "(memberOf=CN=Pilot,DC=corp,DC=example)");

        tell_members(APPLY_FIRST, (const int[]){ anna }, 1);
        ck_assert_int_eq(disputes(0, anna), 0);
        ck_assert_int_eq(lab_findings(&lab, 0, carl, "proxy-no-prefix"), 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM object WHERE excluded = 8"), 2);

        /* Nobody's object changes when the group does. */
        tell_members(APPLY_DELTA, (const int[]){ bernd, anna, bernd }, 3);
        ck_assert_int_eq(disputes(0, anna), 1);
        ck_assert_int_eq(disputes(0, bernd), 1);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM member"), 2);
        tell_members(APPLY_DELTA, (const int[]){ carl, bernd }, 2);
        ck_assert_int_eq(disputes(0, bernd), 0);
        ck_assert_int_eq(lab_findings(&lab, 0, carl, "proxy-no-prefix"), 1);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM object WHERE excluded = 8"), 1);
}
END_TEST

START_TEST(a_group_that_nobody_knows_or_is_in_decides_nothing)
{
        int anna = add_user(0, 0, "anna", "a@contoso.com"),
            bernd = add_user(0, 0, "bernd", "a@contoso.com");

        lab_read(&lab, 0);
        lab_configure(&lab, PILOT, NULL, NULL);
        lab_reevaluate(&lab, 0);
        ck_assert_int_eq(disputes(0, anna), 1);

        /* The first answer changes also who is not in it. */
        tell_members(APPLY_DELTA, (const int[]){ anna }, 1);
        ck_assert_int_eq(disputes(0, anna), 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM object WHERE excluded = 8"), 1);
        tell_members(APPLY_DELTA, NULL, 0);
        ck_assert_int_eq(disputes(0, bernd), 1);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM object WHERE excluded = 8"), 0);
}
END_TEST

START_TEST(a_rule_may_ask_who_is_in_a_group)
{
        int anna = add_user(0, 0, "anna", "a@contoso.com"),
            bernd = add_user(0, 0, "bernd", "b@contoso.com");

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
        int anna = add_user(0, 0, "anna", "a@contoso.com"),
            bernd = add_user(0, 0, "bernd", "b@contoso.com");

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
        int anna = add_user(0, 0, "anna", "a@contoso.com");

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
        int anna = add_user(0, 0, "anna", "a@contoso.com");

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
        int sales = add_ou(0, 0, "sales"), anna = add_user(0, sales, "anna", "a@contoso.com");
        int bernd = add_user(0, 0, "bernd", "a@contoso.com");

        lab_read(&lab, 0);
        ck_assert_int_eq(disputes(0, anna), 1);
        ck_assert_int_eq(domain_is_derived(&lab.domains[0].domain, lab.config), 1);

        lab_configure(&lab, NULL, "ExcludeOU=OU=sales,DC=corp,DC=example", NULL);
        ck_assert_int_eq(domain_is_derived(&lab.domains[0].domain, lab.config), 0);
        lab_reevaluate(&lab, 0);
        ck_assert_int_eq(disputes(0, anna), 0);
        ck_assert_int_eq(disputes(0, bernd), 0);
        ck_assert_int_eq(domain_is_derived(&lab.domains[0].domain, lab.config), 1);
        ck_assert_int_eq(lab_events(&lab, EVENT_CLOSED, NULL), 0);
        ck_assert_int_eq(
                lab_count(&lab, "SELECT count FROM event WHERE type = %d", EVENT_CLOSED_SUMMARY),
                2);
}
END_TEST

START_TEST(an_answer_under_a_new_configuration_judges_the_whole_domain)
{
        int sales = add_ou(0, 0, "sales"), anna = add_user(0, sales, "anna", "a@contoso.com");

        add_user(0, 0, "bernd", "a@contoso.com");
        lab_read(&lab, 0);
        lab_configure(&lab, NULL, "ExcludeOU=OU=sales,DC=corp,DC=example", NULL);
        lab_poll(&lab, 0);
        ck_assert_int_eq(disputes(0, anna), 0);
        ck_assert_int_eq(domain_is_derived(&lab.domains[0].domain, lab.config), 1);
}
END_TEST

START_TEST(judging_again_writes_nothing_where_nothing_changed)
{
        char *before, *after;
        int64_t changes;

        add_user(0, 0, "anna", "a@contoso.com");
        add_user(0, 0, "bernd", "a@contoso.com");
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

/* Persons. */

#define SID_ONE "010500000000000515000000010000000200000003000000e8030000"
#define SID_TWO "010500000000000515000000010000000200000003000000e9030000"

static int add_linked_mailbox(unsigned domain, const char *name, const char *address)
{
        int node = add_user(domain, 0, name, address);

        lab_set(&lab, domain, node,
                "msExchRecipientTypeDetails: 2; msExchMasterAccountSid: " SID_ONE);
        return node;
}

START_TEST(a_linked_mailbox_waits_for_its_account)
{
        int mailbox = add_linked_mailbox(0, "mailbox", "a@contoso.com"),
            other = add_user(0, 0, "other", "a@contoso.com"), account;

        lab_read(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, mailbox, "linked-mailbox"), 1);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM object WHERE excluded & 2"), 1);
        ck_assert_msg(disputes(0, other) == 0, "what never arrives disputes nothing");

        account = add_user(0, 0, "account", "c@contoso.com");
        lab_set(&lab, 0, account, "objectSid: " SID_ONE);
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, mailbox, "linked-mailbox"), 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM object WHERE excluded & 2"), 0);
        ck_assert_int_eq(disputes(0, other), 1);
        ck_assert_int_eq(disputes(0, mailbox), 1);

        lab_delete(&lab, 0, account);
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, mailbox, "linked-mailbox"), 1);
        ck_assert_int_eq(disputes(0, other), 0);
}
END_TEST

START_TEST(a_mailbox_and_its_account_in_one_answer_leave_no_trace)
{
        int mailbox, account;

        lab_read(&lab, 0);
        mailbox = add_linked_mailbox(0, "mailbox", "a@contoso.com");
        account = add_user(0, 0, "account", "a@contoso.com");
        lab_set(&lab, 0, account, "objectSid: " SID_ONE);
        lab_poll(&lab, 0);
        ck_assert_int_eq(disputes(0, mailbox), 0);
        ck_assert_int_eq(disputes(0, account), 0);
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

        account = add_user(0, 0, "account", "c@contoso.com");
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
            account = add_user(1, 0, "account", "a@contoso.com");

        lab_set(&lab, 1, account, "objectSid: " SID_ONE);
        lab_read(&lab, 0);
        ck_assert_int_eq(lab_findings(&lab, 0, mailbox, "linked-mailbox"), 1);
        lab_read(&lab, 1);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM finding"), 0);
}
END_TEST

/* Several domains. */

START_TEST(domains_dispute_once_both_are_read)
{
        int anna = add_user(0, 0, "anna", "a@contoso.com"),
            bernd = add_user(1, 0, "bernd", "a@contoso.com");
        Apply *apply;

        lab_read(&lab, 0);
        apply = lab_begin(&lab, 1, APPLY_FIRST);
        lab_stage(&lab, apply, 1, 0);
        lab_stage(&lab, apply, 1, bernd);
        ck_assert_int_eq(disputes(0, anna), 0);
        lab_set(&lab, 0, anna, "displayName: Anna");
        lab_poll(&lab, 0);
        ck_assert_int_eq(disputes(0, anna), 0);
        lab_accept(&lab, apply, 1, lab.domains[1].usn);
        lab_finish(&lab, apply);

        ck_assert_int_eq(disputes(0, anna), 1);
        ck_assert_int_eq(disputes(1, bernd), 1);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM counter WHERE rule = "
                                         "'smtp-address-not-unique' AND n = 1"),
                         2);

        lab_delete(&lab, 1, bernd);
        lab_poll(&lab, 1);
        ck_assert_int_eq(disputes(0, anna), 0);
}
END_TEST

/* The baseline of the second must not take away what was told of the first while it was read. */
START_TEST(a_first_read_leaves_the_events_of_others_alone)
{
        int anna = add_user(0, 0, "anna", "a@contoso.com"),
            bernd = add_user(0, 0, "bernd", "b@contoso.com");
        Apply *apply;

        lab_read(&lab, 0);
        apply = lab_begin(&lab, 1, APPLY_FIRST);
        lab_stage(&lab, apply, 1, 0);
        for (int i = 0; i < 600; i++) {
                char name[32];

                snprintf(name, sizeof(name), "u%d", i);
                lab_stage(&lab, apply, 1, add_user(1, 0, name, "c@contoso.com"));
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
        int anna = add_user(0, 0, "anna", "a@contoso.com"),
            moved = add_user(1, 0, "anna", "a@contoso.com");

        lab.domains[1].nodes[moved].number = lab.domains[0].nodes[anna].number;
        lab_read(&lab, 0);
        lab_read(&lab, 1);
        ck_assert_int_eq(object_rows(), 2);
        ck_assert_int_eq(disputes(0, anna), 0);
        ck_assert_int_eq(disputes(1, moved), 0);
}
END_TEST

START_TEST(one_answer_at_a_time_has_the_transaction)
{
        int anna = add_user(0, 0, "anna", "a@contoso.com");
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
                lab_stage(&lab, second, 1, add_user(1, 0, name, "u@contoso.com"));
        }
        ck_assert_int_eq(apply_accept(second, &cursor), -EBUSY);
        ck_assert_int_eq(object_rows(), 1);

        /* What is rolled back is only the first's. */
        apply_free(first);
        lab_stage(&lab, second, 1, 0);
        lab_accept(&lab, second, 1, lab.domains[1].usn);
        lab_finish(&lab, second);
        ck_assert_int_eq(object_rows(), 1101);
        lab_poll(&lab, 0);
        ck_assert_uint_eq(lab.summary.changed, 1);
}
END_TEST

/* Size. */

START_TEST(a_value_of_thousands_is_judged_in_parts_and_by_budget)
{
        int nodes[2500];
        int64_t n = ARRAY_SIZE(nodes);

        for (unsigned i = 0; i < ARRAY_SIZE(nodes); i++) {
                char name[32];

                snprintf(name, sizeof(name), "u%u", i);
                nodes[i] = add_user(0, 0, name, "same@contoso.com");
        }
        lab_read(&lab, 0);
        ck_assert_int_eq(
                lab_count(&lab, "SELECT n FROM counter WHERE rule = 'smtp-address-not-unique'"), n);

        /* All but one let go of it. */
        for (unsigned i = 1; i < ARRAY_SIZE(nodes); i++) {
                char text[200];

                snprintf(text, sizeof(text),
                         "mail: u%u@contoso.com; proxyAddresses: SMTP:u%u@contoso.com", i, i);
                lab_set(&lab, 0, nodes[i], text);
        }
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM finding"), 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM counter"), 0);
}
END_TEST

START_TEST(what_does_not_fit_into_memory_goes_through_a_file)
{
        char *followed, *fresh;
        int last = 0;

        lab_done(&lab);
        lab_init_file(&lab, 1);
        lab_read(&lab, 0);

        /* 1 MiB is the least that can be configured. */
        lab_configure(&lab, "[storage]\nStageMemoryMiB=1\n", NULL, NULL);
        for (int i = 0; i < 4000; i++) {
                char name[32], address[400];

                snprintf(name, sizeof(name), "u%d", i);
                snprintf(address, sizeof(address), "u%d%.*s@contoso.com", i, 300,
                         (char[301]){ [0 ... 299] = 'x' });
                last = add_user(0, 0, name, address);
        }
        lab_poll(&lab, 0);
        ck_assert_uint_eq(lab.summary.changed, 4000);
        (void)last;

        followed = lab_dump(&lab);
        fresh = lab_dump_fresh(&lab);
        ck_assert_str_eq(followed, fresh);
        free(followed);
        free(fresh);
}
END_TEST

/* A statement of which every answer needs thousands must not go through a table. */
START_TEST(hot_statements_find_their_rows_by_a_key)
{
        static const QueryId hot[] = {
                QUERY_OBJECT_GET,
                QUERY_OBJECT_BY_GUID,
                QUERY_OBJECT_STANDING,
                QUERY_OBJECT_UPDATE,
                QUERY_OBJECT_UPDATE_USN,
                QUERY_OBJECT_DELETE,
                QUERY_OBJECT_LAST_ID,
                QUERY_OBJECT_WALK,
                QUERY_OBJECT_BELOW,
                QUERY_CLAIM_DELETE,
                QUERY_CLAIM_HOLDERS,
                QUERY_CLAIM_WALK,
                QUERY_FINDING_OF,
                QUERY_FINDING_KEYS,
                QUERY_FINDING_OBJECTS,
                QUERY_FINDING_WALK_KEYS,
                QUERY_FINDING_UPDATE,
                QUERY_FINDING_DELETE,
                QUERY_FINDING_DELETE_OBJECT,
                QUERY_CONTAINER_GET,
                QUERY_CONTAINER_BY_GUID,
                QUERY_CONTAINER_BY_NAME,
                QUERY_CONTAINER_CHILDREN,
                QUERY_CONTAINER_PARENT,
                QUERY_JOIN_EXCLUSION_ANY,
                QUERY_JOIN_EXCLUSION_BY_KEY,
                QUERY_EVENT_AFTER,
                QUERY_EVENT_DELETE_SINGLE,
                QUERY_COUNTER_ADD,
                QUERY_EPOCH_FIND,
                QUERY_ATTRIBUTE_LIST_FIND,
                QUERY_DOMAIN_BY_NAME,
        };

        for (size_t i = 0; i < ARRAY_SIZE(hot); i++) {
                char *plan = lab_plan(&lab, query_texts[hot[i]]);

                ck_assert_msg(!strstr(plan, "SCAN "), "%s: %s", query_names[hot[i]], plan);
                free(plan);
        }
}
END_TEST

/* A parameter that decides which index may be used makes SQLite compile the statement again for every value of it. */
START_TEST(no_statement_is_compiled_twice)
{
        int anna = add_user(0, 0, "anna", "a@contoso.com"),
            bernd = add_user(0, 0, "bernd", "b@contoso.com");

        lab_read(&lab, 0);
        for (unsigned i = 0; i < 3; i++) {
                lab_set(&lab, 0, bernd, "mail: a@contoso.com; proxyAddresses: SMTP:a@contoso.com");
                lab_poll(&lab, 0);
                lab_set(&lab, 0, bernd, "mail: b@contoso.com; proxyAddresses: SMTP:b@contoso.com");
                lab_poll(&lab, 0);
        }
        lab_delete(&lab, 0, anna);
        lab_poll(&lab, 0);

        for (QueryId query = 0; query < QUERY_MAX; query++)
                ck_assert_msg(lab_recompilations(&lab, query) == 0, "%s", query_names[query]);
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
        tcase_add_test(one, a_deletion_closes_the_others_findings_too);
        tcase_add_test(one, a_restored_object_disputes_again);
        tcase_add_test(one, an_object_that_was_never_alive_here_is_no_event);
        tcase_add_test(one, what_a_full_read_lacks_is_deleted_only_when_that_is_proved);
        tcase_add_test(one, an_absent_row_that_comes_after_all_is_kept);
        tcase_add_test(one, the_rename_of_an_ou_changes_no_object_and_every_name);
        tcase_add_test(one, a_move_is_an_event_with_both_names);
        tcase_add_test(one, children_may_come_before_their_parents);
        tcase_add_test(one, a_parent_that_never_comes_is_named_by_its_child);
        tcase_add_test(one, a_parent_of_an_unusual_class_is_read_once);
        tcase_add_test(one, an_object_below_an_object_has_a_name_that_follows);
        tcase_add_test(one, a_ring_of_containers_ends_and_heals);
        tcase_add_test(one, without_parent_guids_the_dn_tells);
        tcase_add_test(one, objects_outside_the_configured_ous_have_no_findings);
        tcase_add_test(one, the_deepest_ou_that_is_named_decides);
        tcase_add_test(one, a_reload_with_a_rule_of_ones_own_judges_the_cache_again);
        tcase_add_test(one, a_rule_about_what_was_never_asked_for_waits_for_a_read);
        tcase_add_test(one, what_a_domains_filter_leaves_out_is_not_judged_and_disputes_nothing);
        tcase_add_test(one, what_nobody_can_tell_stays_in_scope);
        tcase_add_test(one, only_members_of_the_scopes_group_are_judged);
        tcase_add_test(one, a_group_that_nobody_knows_or_is_in_decides_nothing);
        tcase_add_test(one, a_rule_may_ask_who_is_in_a_group);
        tcase_add_test(one, a_rule_may_ask_who_is_below_a_manager);
        tcase_add_test(one, a_reload_selects_again_without_a_read);
        tcase_add_test(one, an_answer_under_a_new_configuration_judges_the_whole_domain);
        tcase_add_test(one, judging_again_writes_nothing_where_nothing_changed);
        tcase_add_test(one, a_linked_mailbox_waits_for_its_account);
        tcase_add_test(one, a_mailbox_and_its_account_in_one_answer_leave_no_trace);
        tcase_add_test(one, a_mailbox_that_names_another_missing_account_goes_on_being_found);
        tcase_add_test(one, two_mailboxes_that_name_each_other_are_in_whatever_came_first);
        tcase_add_test(one, findings_of_an_object_that_never_arrives_are_not_shown);
        tcase_add_test(one, a_value_of_thousands_is_judged_in_parts_and_by_budget);
        tcase_add_test(one, what_does_not_fit_into_memory_goes_through_a_file);
        tcase_add_test(one, hot_statements_find_their_rows_by_a_key);
        tcase_add_test(one, no_statement_is_compiled_twice);
        suite_add_tcase(suite, one);

        tcase_add_checked_fixture(two, two_domains, tear_down);
        tcase_set_timeout(two, 60);
        tcase_add_test(two, claims_of_an_interrupted_first_read_dispute_nothing);
        tcase_add_test(two, a_certain_want_needs_all_forests);
        tcase_add_test(two, an_account_in_another_forest_makes_a_person);
        tcase_add_test(two, domains_dispute_once_both_are_read);
        tcase_add_test(two, a_first_read_leaves_the_events_of_others_alone);
        tcase_add_test(two, one_guid_in_two_domains_is_one_claimant);
        tcase_add_test(two, one_answer_at_a_time_has_the_transaction);
        suite_add_tcase(suite, two);
        return suite;
}
