/* SPDX-License-Identifier: MIT */

/* What is kept of connectors' accounts from one look to the next. */

#include <stdio.h>
#include <stdlib.h>

#include "lib/state/controller.h"
#include "lib/state/domain.h"
#include "lib/state/logon.h"
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

/* --- other domain controllers */

static void list_controllers(int64_t at)
{
        ck_assert_int_eq(controller_put(store, domain.id, SLICE("dc1.corp.example"), at), 0);
        ck_assert_int_eq(controller_put(store, domain.id, SLICE("dc2.corp.example"), at), 0);
        ck_assert_int_eq(controller_finish(store, domain.id, at), 0);
}

/* Whom to ask next, other than dc1: "" for nobody. */
static const char *next(int64_t now)
{
        static char host[64];
        _cleanup_free_ char *found = NULL;
        int r = controller_next(store, domain.id, "DC1.corp.example", now - 30 * MINUTE,
                                now - 4 * HOUR, &found);

        ck_assert_int_ge(r, 0);
        (void)snprintf(host, sizeof(host), "%s", r > 0 ? found : "");
        return host;
}

START_TEST(logons_are_known_when_all_were_asked)
{
        list_controllers(NOW);
        ck_assert_int_eq(facts().logons_known_until, 0);
        ck_assert_uint_eq(facts().n_unasked, 2);

        ck_assert_int_eq(controller_asked(store, domain.id, "DC1.CORP.example", NOW, NULL), 0);
        ck_assert_int_eq(facts().logons_known_until, 0);
        ck_assert_uint_eq(facts().n_unasked, 1);
        ck_assert_str_eq(facts().unasked[0].host, "dc2.corp.example");
        ck_assert_ptr_null(facts().unasked[0].failure);

        ck_assert_str_eq(next(NOW), "dc2.corp.example");
        ck_assert_int_eq(controller_asked(store, domain.id, "dc2.corp.example", NOW + MINUTE, NULL),
                         0);
        ck_assert_str_eq(next(NOW + 2 * MINUTE), "");
        ck_assert_int_eq(facts().logons_known_until, NOW);
        ck_assert_uint_eq(facts().n_unasked, 0);
        ck_assert_str_eq(next(NOW + 40 * MINUTE), "dc2.corp.example");
}
END_TEST

START_TEST(who_does_not_answer_is_named_and_waited_for)
{
        list_controllers(NOW);
        ck_assert_int_eq(controller_asked(store, domain.id, "dc1.corp.example", NOW + HOUR, NULL),
                         0);
        ck_assert_int_eq(controller_asked(store, domain.id, "dc2.corp.example", NOW, NULL), 0);
        ck_assert_int_eq(controller_asked(store, domain.id, "dc2.corp.example", NOW + HOUR,
                                          "connect-timeout"),
                         0);
        ck_assert_str_eq(facts().unasked[0].failure, "connect-timeout");
        ck_assert_int_eq(facts().logons_known_until, NOW); /* what it said then stays true */
        ck_assert_str_eq(next(NOW + 2 * HOUR), "");
        ck_assert_str_eq(next(NOW + 6 * HOUR), "dc2.corp.example");

        /* It is no domain controller any more. */
        ck_assert_int_eq(
                controller_put(store, domain.id, SLICE("dc1.corp.example"), NOW + 2 * HOUR), 0);
        ck_assert_int_eq(controller_finish(store, domain.id, NOW + 2 * HOUR), 0);
        ck_assert_uint_eq(facts().n_unasked, 0);
        ck_assert_int_eq(facts().logons_known_until, NOW + HOUR);
}
END_TEST

/* What another domain controller answers to the question. */
static void answer(const char *name, int64_t logged_on, int64_t at)
{
        _cleanup_(logon_freep) Logon *logon = NULL;
        _cleanup_(object_freep) Object *object = NULL;
        char filetime[32];

        free(domain.naming_context);
        domain.naming_context = strdup("DC=corp,DC=example");
        ck_assert_int_eq(logon_new(store, &domain, at, &logon), 1);
        ck_assert_str_eq(logon_request(logon)->filter, "(|(sAMAccountName=MSOL_1))");

        (void)snprintf(filetime, sizeof(filetime), "%lld",
                       ((long long)logged_on + 11644473600) * 10000000);
        ck_assert_int_eq(object_new(&object), 0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_SAM_ACCOUNT_NAME, name), 0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_LAST_LOGON, filetime), 0);
        ck_assert_int_eq(object_seal(object), 0);
        ck_assert_int_eq(logon_entry(logon, object), 0);
}

START_TEST(a_logon_at_another_domain_controller_counts_and_so_do_its_pauses)
{
        look(NOW, NOW - 30 * MINUTE);
        answer("MSOL_1", NOW - 10 * MINUTE, NOW + MINUTE);
        ck_assert_int_eq(facts().traces[0].logged_on, NOW - 10 * MINUTE);
        ck_assert_int_eq(facts().traces[0].longest_gap, 20 * MINUTE);

        answer("MSOL_1", NOW - 20 * DAY, NOW + MINUTE);
        answer("MSOL_9", NOW, NOW + MINUTE);
        ck_assert_int_eq(facts().traces[0].logged_on, NOW - 10 * MINUTE);
        ck_assert_uint_eq(facts().n_traces, 1);
}
END_TEST

START_TEST(without_an_account_nobody_is_asked)
{
        Logon *logon = NULL;

        free(domain.naming_context);
        domain.naming_context = strdup("DC=corp,DC=example");
        ck_assert_int_eq(logon_new(store, &domain, NOW, &logon), 0);
        ck_assert_ptr_null(logon);
}
END_TEST

START_TEST(an_answer_that_is_none_has_a_code)
{
        ck_assert_ptr_null(logon_failure(&(FeedResult){ .code = 0 }));
        ck_assert_str_eq(logon_failure(&(FeedResult){ .code = 51 }), "search-failed");
        ck_assert_str_eq(logon_failure(&(FeedResult){ .code = -1 }), "connection-closed");
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
        tcase_add_test(tcase, logons_are_known_when_all_were_asked);
        tcase_add_test(tcase, who_does_not_answer_is_named_and_waited_for);
        tcase_add_test(tcase, a_logon_at_another_domain_controller_counts_and_so_do_its_pauses);
        tcase_add_test(tcase, without_an_account_nobody_is_asked);
        tcase_add_test(tcase, an_answer_that_is_none_has_a_code);
        suite_add_tcase(suite, tcase);
        return suite;
}
