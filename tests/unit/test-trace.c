/* SPDX-License-Identifier: MIT */

/* What is kept of connectors' accounts from one look to the next. */

#include "lib/state/domain.h"
#include "lib/state/trace.h"

#include "lib/core/when.h"
#include "tests/unit/check-main.h"

#define NOW INT64_C(1795262400) /* 2026-11-21T12:00:00Z */

static Store *store;
static Domain domain;
static Arena arena;

static void set_up(void)
{
        char *error = NULL;

        ck_assert_msg(store_open(NULL, STORE_MEMORY, &store, &error) == 0, "%s", error);
        ck_assert_int_eq(domain_load(store, "corp.example", &domain), 0);
}

static void tear_down(void)
{
        domain_done(&domain);
        store_close(store);
        arena_done(&arena);
}

/* One look at which the account was seen, having logged on then. */
static void look(int64_t at, int64_t logged_on)
{
        const Trace trace = { .type = TRACE_CONNECTOR, .is_enabled = true, .logged_on = logged_on };

        ck_assert_int_eq(trace_put(store, domain.id, SLICE("MSOL_1"), &trace, at), 0);
        ck_assert_int_eq(trace_finish(store, domain.id, at, 2), 0);
}

static DirectoryFacts facts(void)
{
        DirectoryFacts facts = {};

        ck_assert_int_eq(trace_read(store, domain.id, &arena, &facts), 0);
        return facts;
}

START_TEST(nothing_is_known_before_the_first_look)
{
        ck_assert(!facts().is_traced);
        ck_assert_uint_eq(facts().n_traces, 0);

        ck_assert_int_eq(trace_finish(store, domain.id, NOW, 1), 0);
        ck_assert(facts().is_traced);
        ck_assert(!facts().has_traces);
        ck_assert_uint_eq(facts().n_domain_controllers, 1);
}
END_TEST

START_TEST(the_longest_pause_is_kept_for_a_week)
{
        look(NOW, NOW - MINUTE);
        look(NOW + 15 * MINUTE, NOW - MINUTE);
        look(NOW + 60 * MINUTE, NOW + 50 * MINUTE);
        ck_assert_uint_eq(facts().n_traces, 1);
        ck_assert_str_eq(facts().traces[0].name, "MSOL_1");
        ck_assert_int_eq(facts().traces[0].longest_gap, 51 * MINUTE);

        look(NOW + 75 * MINUTE, NOW + 70 * MINUTE);
        ck_assert_int_eq(facts().traces[0].longest_gap, 51 * MINUTE);

        for (int64_t at = NOW + 90 * MINUTE; at < NOW + 8 * DAY; at += 30 * MINUTE)
                look(at, at - MINUTE);
        ck_assert_int_eq(facts().traces[0].longest_gap, 30 * MINUTE);
}
END_TEST

START_TEST(while_nobody_looked_there_was_no_pause)
{
        look(NOW, NOW - MINUTE);
        look(NOW + 3 * DAY, NOW + 3 * DAY - MINUTE);
        ck_assert_int_eq(facts().traces[0].longest_gap, 0);
        ck_assert_int_eq(facts().traces[0].logged_on, NOW + 3 * DAY - MINUTE);
}
END_TEST

START_TEST(a_domain_controller_that_knows_less_takes_nothing_back)
{
        look(NOW, NOW - MINUTE);
        look(NOW + 15 * MINUTE, NOW - 20 * DAY);
        ck_assert_int_eq(facts().traces[0].logged_on, NOW - MINUTE);
}
END_TEST

START_TEST(an_account_that_is_gone_is_forgotten)
{
        look(NOW, NOW - MINUTE);
        ck_assert_int_eq(trace_finish(store, domain.id, NOW + 15 * MINUTE, 2), 0);
        ck_assert_uint_eq(facts().n_traces, 0);
        ck_assert(!facts().has_traces);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("trace");
        TCase *tcase = tcase_create("trace");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, nothing_is_known_before_the_first_look);
        tcase_add_test(tcase, the_longest_pause_is_kept_for_a_week);
        tcase_add_test(tcase, while_nobody_looked_there_was_no_pause);
        tcase_add_test(tcase, a_domain_controller_that_knows_less_takes_nothing_back);
        tcase_add_test(tcase, an_account_that_is_gone_is_forgotten);
        suite_add_tcase(suite, tcase);
        return suite;
}
