/* SPDX-License-Identifier: MIT */

/* A value that more objects hold than are kept in memory is disputed by all of them, as if they were. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/event.h"
#include "lib/state/store-internal.h"
#include "tests/unit/apply-fixture.h"
#include "tests/unit/check-main.h"

enum {
        MANY = 2500,
        PART = 1000, /* holders that are in memory together */
};

static int nodes[MANY];

static void share(unsigned number)
{
        lab_set(&lab, 0, nodes[number], "proxyAddresses: SMTP:same@contoso.com");
}

static void own(unsigned number)
{
        char text[100];

        (void)snprintf(text, sizeof(text), "proxyAddresses: SMTP:u%u@contoso.com", number);
        lab_set(&lab, 0, nodes[number], text);
}

/* All users there will be, of whom the first so many share the address. */
static void add_users(unsigned n_sharing)
{
        for (unsigned i = 0; i < MANY; i++) {
                char rdn[32], attributes[400];

                (void)snprintf(rdn, sizeof(rdn), "CN=u%u", i);
                (void)snprintf(attributes, sizeof(attributes),
                               "sAMAccountName: u%u; displayName: u%u; givenName: u%u; sn: u%u; "
                               "userAccountControl: 512; userPrincipalName: u%u@contoso.com; "
                               "mailNickname: u%u",
                               i, i, i, i, i, i);
                nodes[i] = lab_add(&lab, 0, 0, "user", rdn, attributes);
                if (i < n_sharing)
                        share(i);
                else
                        own(i);
        }
}

static int64_t disputes(void)
{
        return lab_count(&lab, "SELECT ifnull(sum(n), 0) FROM counter WHERE rule = "
                               "'smtp-address-not-unique'");
}

/* How many rows an answer writes. */
static int64_t poll(void)
{
        int64_t before = sqlite3_total_changes(lab.store->database);

        lab.now += 60;
        lab_poll(&lab, 0);
        return sqlite3_total_changes(lab.store->database) - before;
}

static void expect_fresh(void)
{
        char *dump = lab_dump(&lab), *fresh = lab_dump_fresh(&lab);

        ck_assert_str_eq(dump, fresh);
        free(dump);
        free(fresh);
}

START_TEST(they_come_and_go_one_by_one_and_all_at_once)
{
        int64_t at_first = 0, at_last = 0, gone_first, gone_last = 0;
        unsigned n = PART - 4;

        add_users(n);
        lab_read(&lab, 0);
        ck_assert_int_eq(disputes(), n);

        for (; n < PART + 4; n++) {
                share(n);
                at_first = poll();
                ck_assert_int_eq(disputes(), n + 1);
        }
        for (; n < MANY - 3; n++)
                share(n);
        (void)poll();
        ck_assert_int_eq(disputes(), n);
        for (; n < MANY; n++) {
                share(n);
                at_last = poll();
                ck_assert_int_eq(disputes(), n + 1);
                ck_assert_int_eq(lab_events(&lab, EVENT_OPENED, "smtp-address-not-unique"),
                                 8 + 3 - (MANY - 1 - n));
        }
        /* One more costs no more rows for being the last of many. */
        ck_assert_int_eq(at_last, at_first);
        ck_assert_int_lt(at_last, 50);
        expect_fresh();

        for (; n > MANY - 3; n--) {
                own(n - 1);
                gone_last = poll();
                ck_assert_int_eq(disputes(), n - 1);
        }
        for (; n > PART + 4; n--)
                own(n - 1);
        (void)poll();
        ck_assert_int_eq(disputes(), n);
        for (; n > PART - 4; n--) {
                own(n - 1);
                gone_first = poll();
                ck_assert_int_eq(disputes(), n - 1);
                ck_assert_int_eq(gone_first, gone_last);
        }

        for (; n > 1; n--)
                own(n - 1);
        (void)poll();
        ck_assert_int_eq(disputes(), 0);
        expect_fresh();
        for (unsigned i = 1; i < MANY; i++)
                share(i);
        (void)poll();
        ck_assert_int_eq(disputes(), MANY);
        expect_fresh();
}
END_TEST

/* What one of them is matters to all others, wherever it stands among them: a group's address lets exports fail. */
START_TEST(one_changes_what_is_said_of_all)
{
        int group;

        add_users(MANY);
        lab_read(&lab, 0);
        ck_assert_int_eq(
                lab_count(&lab, "SELECT count(*) FROM finding WHERE class = %d", RULE_FAILS), 0);

        group = lab_add(
                &lab, 0, 0, "group", "CN=all",
                "sAMAccountName: all; displayName: all; mailNickname: all; mail: same@contoso.com; "
                "proxyAddresses: SMTP:same@contoso.com");
        (void)poll();
        ck_assert_int_eq(lab_count(&lab,
                                   "SELECT count(*) FROM finding WHERE class = %d AND rule = "
                                   "'smtp-address-not-unique'",
                                   RULE_FAILS),
                         MANY + 1);
        expect_fresh();

        lab_delete(&lab, 0, group);
        (void)poll();
        ck_assert_int_eq(
                lab_count(&lab, "SELECT count(*) FROM finding WHERE class = %d", RULE_FAILS), 0);
        ck_assert_int_eq(disputes(), MANY);
}
END_TEST

/* Each is one person with the one before, and so all are one, though most of them never meet. */
START_TEST(a_chain_of_persons_is_no_dispute)
{
        lab_configure(&lab, "[tenant]\nUserMatch=objectSid\n", NULL, NULL);
        add_users(MANY);
        for (unsigned i = 0; i < MANY; i++) {
                char text[300];

                (void)snprintf(text, sizeof(text),
                               "objectSid: 0105000000000005150000000100000002000000030000%08x; "
                               "msExchMasterAccountSid: "
                               "0105000000000005150000000100000002000000030000%08x",
                               0x10000 + i, 0x10000 + (i + 1) % MANY);
                lab_set(&lab, 0, nodes[i], text);
        }
        lab_read(&lab, 0);
        ck_assert_int_eq(disputes(), 0);

        /* Torn at two places there are two. */
        lab_set(&lab, 0, nodes[1100], "msExchMasterAccountSid:");
        lab_set(&lab, 0, nodes[2300], "msExchMasterAccountSid:");
        (void)poll();
        ck_assert_int_eq(disputes(), MANY);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("apply-many");
        TCase *test = tcase_create("many");

        tcase_add_checked_fixture(test, one_domain, tear_down);
        tcase_set_timeout(test, 120);
        tcase_add_test(test, they_come_and_go_one_by_one_and_all_at_once);
        tcase_add_test(test, one_changes_what_is_said_of_all);
        tcase_add_test(test, a_chain_of_persons_is_no_dispute);
        suite_add_tcase(suite, test);
        return suite;
}
