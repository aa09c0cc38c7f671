/* SPDX-License-Identifier: MIT */

/* A finding is certain only while the domains it rests on are followed: shown so, and stored as it was judged. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/query.h"
#include "tests/unit/apply-fixture.h"
#include "tests/unit/check-main.h"

#define LONG_FROM_NOW INT64_C(4102444800)

enum {
        STALE = 2000000000,
};

static void add_user(unsigned domain, const char *name, const char *address)
{
        char rdn[100], attributes[500];

        (void)snprintf(rdn, sizeof(rdn), "CN=%s", name);
        (void)snprintf(attributes, sizeof(attributes),
                       "sAMAccountName: %s; displayName: %s; userAccountControl: 512; "
                       "userPrincipalName: %s@contoso.com; mailNickname: %s; mail: %s; "
                       "proxyAddresses: SMTP:%s",
                       name, name, name, name, address, address);
        (void)lab_add(&lab, domain, 0, "user", rdn, attributes);
}

/* In one domain two share an address, and over both domains two others; of one the name cannot be. */
static void set_up(void)
{
        lab_init(&lab, 2);
        lab.config->tenant.user_match_is_set =
                true; /* to none: what two users share is a dispute for certain */
        add_user(0, "a", "here@contoso.com");
        add_user(0, "b", "here@contoso.com");
        add_user(0, "c", "both@contoso.com");
        add_user(1, "d", "both@contoso.com");
        add_user(1, "e", "e@contoso.com");
        lab_set(&lab, 1, 2, "userPrincipalName: e e@contoso.com");
        lab_read(&lab, 0);
        lab_read(&lab, 1);
        for (unsigned i = 0; i < 2; i++) {
                lab.domains[i].domain.last_poll_ok = 1000000000;
                lab.domains[i].domain.stale_after = LONG_FROM_NOW;
                ck_assert_int_eq(domain_save(lab.store, &lab.domains[i].domain), 0);
        }
}

/* What is shown of the finding of a rule on an object: its certainty, and the detail. */
static Certainty shown(const char *rule, const char *rdn, int64_t now, char **ret_detail)
{
        const FindingFilter filter = { .rule = rule, .now = now };
        _cleanup_(finding_list_freep) FindingList *list = NULL;
        _cleanup_(finding_page_freep) FindingPage *page = NULL;

        ck_assert_int_eq(finding_list_new(lab.store, lab.config, &filter, &list), 0);
        ck_assert_int_eq(finding_list_page(list, 0, 100, 0, &page), 0);
        for (size_t i = 0; i < page->n_records; i++) {
                const Record *record = &page->records[i];

                if (strncmp(record->dn, rdn, strlen(rdn)) != 0)
                        continue;
                if (ret_detail)
                        *ret_detail = strdup(record->detail ? record->detail : "");
                return record->certainty;
        }

        ck_abort_msg("no %s on %s", rule, rdn);
}

static void expect_shown(const char *rdn, int64_t now, Certainty certainty)
{
        ck_assert_int_eq(shown("smtp-address-not-unique", rdn, now, NULL), certainty);
}

static void expect_doubt(const char *rule, const char *rdn, int64_t now, const char *reason)
{
        _cleanup_free_ char *detail = NULL;

        ck_assert_int_eq(shown(rule, rdn, now, &detail), CERTAINTY_PROBABLE);
        ck_assert_msg(strstr(detail, reason), "no \"%s\" in \"%s\"", reason, detail);
}

/* How many of the published view are certain: it goes by the clock of the machine, which is before the end of the century. */
static int64_t n_certain(const char *rdn)
{
        return lab_count(&lab,
                         "SELECT count(*) FROM v_finding WHERE rule = 'smtp-address-not-unique' "
                         "AND certainty = 'certain' AND dn LIKE '%s%%'",
                         rdn);
}

static void save(unsigned domain)
{
        ck_assert_int_eq(domain_save(lab.store, &lab.domains[domain].domain), 0);
        ck_assert_int_eq(domain_advance(lab.store, &lab.domains[domain].domain), 0);
}

START_TEST(while_all_are_followed_it_is_certain)
{
        static const char *const names[] = { "CN=a,", "CN=b,", "CN=c,", "CN=d," };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                expect_shown(names[i], STALE, CERTAINTY_CERTAIN);
                ck_assert_int_eq(n_certain(names[i]), 1);
        }
}
END_TEST

START_TEST(disputes_with_a_domain_that_is_not_followed_are_probable_meanwhile)
{
        int64_t n_events = lab_events(&lab, 1, NULL);
        _cleanup_free_ char *before = lab_dump(&lab), *after = NULL;

        lab.domains[1].domain.stale_after = STALE;
        save(1);
        expect_shown("CN=c,", STALE, CERTAINTY_CERTAIN);

        /* Of both holders, and of nobody else. */
        expect_doubt("smtp-address-not-unique", "CN=c,", STALE + 1,
                     "sales.example has not been followed since 2001-09-09T01:46:40Z");
        expect_shown("CN=d,", STALE + 1, CERTAINTY_PROBABLE);
        expect_shown("CN=a,", STALE + 1, CERTAINTY_CERTAIN);

        /* Nothing was written for it, and nothing has to be when it is over. */
        after = lab_dump(&lab);
        ck_assert_str_eq(before, after);
        ck_assert_int_eq(lab_events(&lab, 1, NULL), n_events);
        lab.domains[1].domain.stale_after = STALE + 100;
        save(1);
        expect_shown("CN=c,", STALE + 1, CERTAINTY_CERTAIN);
}
END_TEST

START_TEST(the_view_knows_it_too)
{
        lab.domains[1].domain.stale_after = 1;
        save(1);

        ck_assert_int_eq(n_certain("CN=a,"), 1);
        ck_assert_int_eq(n_certain("CN=c,"), 0);
        ck_assert_int_eq(n_certain("CN=d,"), 0);
}
END_TEST

START_TEST(disputes_with_objects_that_seem_to_be_gone_are_probable)
{
        lab.domains[1].domain.deletions_held = 3;
        save(1);

        expect_doubt("smtp-address-not-unique", "CN=c,", STALE, "seem to be gone");
        expect_shown("CN=a,", STALE, CERTAINTY_CERTAIN);
        ck_assert_int_eq(n_certain("CN=c,"), 0);
        ck_assert_int_eq(n_certain("CN=a,"), 1);
}
END_TEST

START_TEST(what_a_server_says_that_may_be_behind_is_unconfirmed)
{
        static const uint8_t left[24] = { 1 };
        Cursor *cursor = &lab.domains[1].domain.cursor;

        ck_assert_int_eq(buffer_append(&cursor->unconfirmed, left, sizeof(left)), 0);
        cursor->unconfirmed_since = lab.now - 10;
        save(1);
        expect_doubt("smtp-address-not-unique", "CN=c,", STALE, "unconfirmed");
        ck_assert_int_eq(n_certain("CN=c,"), 0);

        /* Of an object alone what was opened since is, and what was known before is not. */
        expect_doubt("upn-invalid", "CN=e,", STALE, "unconfirmed");
        cursor->unconfirmed_since = lab.now + 10;
        save(1);
        ck_assert_int_eq(shown("upn-invalid", "CN=e,", STALE, NULL), CERTAINTY_CERTAIN);

        buffer_reset(&cursor->unconfirmed);
        save(1);
        expect_shown("CN=c,", STALE, CERTAINTY_CERTAIN);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("doubt");
        TCase *test = tcase_create("doubt");

        tcase_add_checked_fixture(test, set_up, tear_down);
        tcase_add_test(test, while_all_are_followed_it_is_certain);
        tcase_add_test(test, disputes_with_a_domain_that_is_not_followed_are_probable_meanwhile);
        tcase_add_test(test, the_view_knows_it_too);
        tcase_add_test(test, disputes_with_objects_that_seem_to_be_gone_are_probable);
        tcase_add_test(test, what_a_server_says_that_may_be_behind_is_unconfirmed);

        suite_add_tcase(suite, test);
        return suite;
}
