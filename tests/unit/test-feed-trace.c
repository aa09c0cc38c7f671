/* SPDX-License-Identifier: MIT */

/* Accounts of connectors: by what they are asked for, and when it is known that there are no others. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/feed-internal.h"
#include "lib/state/trace.h"
#include "tests/unit/check-main.h"

#define NOW INT64_C(1795262400) /* 2026-11-21T12:00:00Z */

static Store *store;
static Domain domain;
static Config *config;
static Feed *feed;
static Object *object;
static Arena arena;

static void open_feed(void)
{
        static const DomainConfig domain_config;

        ck_assert_int_eq(
                feed_new(store, &domain,
                         &(FeedSettings){ .config = config, .domain_config = &domain_config },
                         &feed),
                0);
        feed->server.naming_context = strdup("DC=corp,DC=example");
        feed->page_size = 1000;
        feed->wall = NOW;
}

static void set_up(void)
{
        char *error = NULL;

        ck_assert_msg(store_open(NULL, STORE_MEMORY, &store, &error) == 0, "%s", error);
        ck_assert_int_eq(domain_load(store, "corp.example", &domain), 0);
        ck_assert_int_eq(config_new(&config), 0);
        ck_assert_int_eq(object_new(&object), 0);
        open_feed();
}

static void tear_down(void)
{
        object_free(object);
        feed_free(feed);
        config_free(config);
        domain_done(&domain);
        store_close(store);
        arena_done(&arena);
}

static const Object *account(const char *name, bool is_deleted)
{
        object_reset(object);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_OBJECT_CLASS, "user"), 0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_SAM_ACCOUNT_NAME, name), 0);
        if (is_deleted)
                ck_assert_int_eq(object_add_string(object, ATTRIBUTE_IS_DELETED, "TRUE"), 0);
        ck_assert_int_eq(object_seal(object), 0);
        return object;
}

/* One look, at which these come, up to NULL. */
static const char *look(const char *const *names)
{
        const FeedResult good = { .has_page_control = true };

        feed->step = STEP_TRACES;
        ck_assert_int_eq(feed_step_traces.ask(feed), 0);
        for (; *names; names++)
                ck_assert_int_eq(feed_step_traces.entry(feed, account(*names, false)), 0);
        ck_assert_int_eq(feed_step_traces.done(feed, &good), 0);
        return feed->request.filter;
}

static const char *const nobody[] = { NULL }, *const msol[] = { "MSOL_1", NULL };

static DirectoryFacts facts(void)
{
        DirectoryFacts facts = {};

        ck_assert_int_eq(trace_read(store, domain.id, &arena, &facts), 0);
        return facts;
}

START_TEST(before_a_first_read_the_server_is_not_made_to_seek)
{
        ck_assert_ptr_null(strstr(look(nobody), "=MSOL_"));
        ck_assert_ptr_nonnull(strstr(feed->request.filter, "(sAMAccountName=AZUREADSSOACC$)"));
        ck_assert(!facts().is_traced); /* who knows who is there */

        feed_accounts_see_all(feed);
        ck_assert_int_eq(feed_accounts_note(feed, account("anna", false)), 0);
        ck_assert_int_eq(feed_traces_settle(feed), 0);
        ck_assert(facts().is_traced);
        ck_assert(!facts().has_traces);

        domain.is_ready = true;
        ck_assert_ptr_null(strstr(look(nobody), "MSOL_*"));
}
END_TEST

START_TEST(whom_a_first_read_shows_is_asked_for_by_name)
{
        look(nobody);
        feed_accounts_see_all(feed);
        ck_assert_int_eq(feed_accounts_note(feed, account("MSOL_1", false)), 1);
        ck_assert_int_eq(feed_accounts_note(feed, account("MSOL_1", false)), 0);
        ck_assert_int_eq(feed_accounts_note(feed, account("aad_(2)", false)), 1);
        ck_assert_int_eq(feed_accounts_note(feed, account("MSOL_3", true)), 0);

        feed->now = feed->next_trace - 1;
        ck_assert_int_eq(feed_traces_settle(feed), 0);
        ck_assert_int_eq(feed->next_trace, feed->now);
        ck_assert(!facts().is_traced);

        domain.is_ready = true;
        ck_assert_ptr_nonnull(
                strstr(look(msol), "(sAMAccountName=MSOL_1)(sAMAccountName=aad_\\282\\29)"));
        ck_assert_ptr_null(strstr(feed->request.filter, "MSOL_*"));
        ck_assert_ptr_null(strstr(feed->request.filter, "MSOL_3"));
        ck_assert(facts().is_traced);
        ck_assert_uint_eq(facts().n_traces, 1);
}
END_TEST

START_TEST(who_has_not_seen_the_first_read_asks_by_the_beginnings_once)
{
        domain.is_ready = true;
        ck_assert_ptr_nonnull(strstr(look(msol), "(sAMAccountName=MSOL_*)(sAMAccountName=AAD_*)"));
        ck_assert_uint_eq(facts().n_traces, 1);

        ck_assert_ptr_nonnull(strstr(look(msol), "(sAMAccountName=MSOL_1)"));
        ck_assert_ptr_null(strstr(feed->request.filter, "MSOL_*"));
}
END_TEST

START_TEST(more_names_than_anybody_has_are_asked_for_by_the_beginnings)
{
        char name[32];

        domain.is_ready = true;
        feed_accounts_see_all(feed);
        for (unsigned i = 0; i < 1000; i++) {
                (void)snprintf(name, sizeof(name), "MSOL_%u", i);
                ck_assert_int_ge(feed_accounts_note(feed, account(name, false)), 0);
        }
        ck_assert_ptr_nonnull(strstr(look(nobody), "(sAMAccountName=MSOL_*)"));
        ck_assert_uint_lt(strlen(feed->request.filter), 1000);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("feed-trace");
        TCase *tcase = tcase_create("feed-trace");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, before_a_first_read_the_server_is_not_made_to_seek);
        tcase_add_test(tcase, whom_a_first_read_shows_is_asked_for_by_name);
        tcase_add_test(tcase, who_has_not_seen_the_first_read_asks_by_the_beginnings_once);
        tcase_add_test(tcase, more_names_than_anybody_has_are_asked_for_by_the_beginnings);
        suite_add_tcase(suite, tcase);
        return suite;
}
