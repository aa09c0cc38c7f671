/* SPDX-License-Identifier: MIT */

/*
 * Whatever breaks within an answer drops it whole, and the next one makes up for it.
 */

#include <stdio.h>

#include "lib/state/store-internal.h"
#include "tests/unit/check-main.h"
#include "tests/unit/feed-bench.h"

static const Fault faults[] = {
        { .type = FAULT_CUT },
        { .type = FAULT_CUT, .n = 2 },
        { .type = FAULT_CODE, .code = 51 },
        { .type = FAULT_CODE, .n = 3, .code = 1 },
        { .type = FAULT_REFERRAL },
};

/* Something breaks at the nth request. True: there was one. Then nothing of the answer is seen, and the next attempt is whole. */
static bool survives(Fault fault, int at)
{
        int64_t watermark = client.domain.cursor.watermark;
        unsigned n_counted = client.n_asked[REQUEST_COUNT];

        expect_trouble(FAULT_NONE, -1, at);
        trouble.fault = fault;
        (void)client_run(&client);
        if (trouble.at >= 0)
                return false;

        if (feed_failure(client.feed) != FEED_OK && client.n_asked[REQUEST_COUNT] == n_counted)
                ck_assert_int_eq(client.domain.cursor.watermark, watermark);
        come_back(0);
        expect_right(0);
        return true;
}

START_TEST(a_first_read_may_break_at_any_request)
{
        int at = 0;

        for (client_connect(&client, 0); survives(faults[_i], at); client_connect(&client, 0)) {
                teardown();
                setup();
                at++;
        }

        ck_assert_int_ge(at, 16);
}
END_TEST

/* Objects and containers as they are stored; or with that view, as people see them. */
#define STORED "(SELECT guid FROM object UNION ALL SELECT guid FROM container)"

static int64_t count_rows(const char *table)
{
        sqlite3_stmt *statement;
        char sql[120];
        int64_t n;

        snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
        ck_assert_int_eq(sqlite3_prepare_v2(client.store->database, sql, -1, &statement, NULL),
                         SQLITE_OK);
        ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
        n = sqlite3_column_int64(statement, 0);
        sqlite3_finalize(statement);
        return n;
}

static FeedActionType next_action(void)
{
        FeedAction action;

        ck_assert_int_eq(feed_next(client.feed, directory.now, client_wall(&client), &action), 0);
        return action.type;
}

static unsigned n_worked_ahead;

/* A page was just asked for: what came before is written, and nobody sees it. */
static void work_ahead(void)
{
        while (next_action() == FEED_WORK_AHEAD) {
                n_worked_ahead++;
                ck_assert_int_ge(feed_step(client.feed, 1, directory.now, client_wall(&client)), 0);
        }

        ck_assert_int_eq(next_action(), FEED_PENDING);
        ck_assert_int_gt(count_rows(STORED), 0);
        ck_assert_int_eq(count_rows("v_object"), 0);
        ck_assert_int_eq(count_rows("claim"), 0);
}

/* The second page: only now is the first one written. */
static void work_ahead_first(void)
{
        ck_assert_int_eq(count_rows(STORED), 0);
        work_ahead();
        ck_assert_int_le(count_rows(STORED), PAGE_SIZE);
}

START_TEST(a_page_is_written_while_the_server_is_at_the_next_one)
{
        expect_trouble(FAULT_NONE, REQUEST_SEARCH, 1);
        trouble.meanwhile = work_ahead_first;
        client_connect(&client, 0);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);

        ck_assert_uint_gt(n_worked_ahead, 0);
        expect_right(0);
        ck_assert_int_eq(client.domain.full_reads_interrupted, 0);
}
END_TEST

/* The same, and then the connection is lost: what was written in advance is nobody's, and is gone after the next read. */
START_TEST(what_was_written_in_advance_is_not_accepted)
{
        expect_trouble(FAULT_CUT, REQUEST_SEARCH, 2);
        trouble.meanwhile = work_ahead;
        client_connect(&client, 0);
        ck_assert_int_eq(client_run(&client), CLIENT_LOST);

        ck_assert_uint_gt(n_worked_ahead, 0);
        ck_assert_int_eq(count_rows("v_object"), 0);
        come_back(0);
        expect_right(0);
        ck_assert_int_eq(client.domain.full_reads_interrupted, 1);
}
END_TEST

/* Another answer has the database: what waits goes on waiting, and the loop is not kept busy with it. */
static void find_no_time(void)
{
        ck_assert_int_eq(store_begin(client.store), 0);
        ck_assert_int_eq(next_action(), FEED_PENDING);
        ck_assert_int_eq(store_rollback(client.store), 0);
        ck_assert_int_eq(next_action(), FEED_WORK_AHEAD);
}

START_TEST(nothing_is_written_into_the_transaction_of_another)
{
        expect_trouble(FAULT_NONE, REQUEST_SEARCH, 1);
        trouble.meanwhile = find_no_time;
        client_connect(&client, 0);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_int_lt(trouble.at, 0);
        expect_right(0);
}
END_TEST

/* Another process has the database: so it does, and says so, and nothing is lost or asked for again. */
static void find_it_locked(void)
{
        sqlite3 *other;

        (void)sqlite3_busy_timeout(client.store->database, 0);
        ck_assert_int_eq(sqlite3_open(client.store->path, &other), SQLITE_OK);
        ck_assert_int_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
        ck_assert_int_eq(next_action(), FEED_WORK_AHEAD);
        ck_assert_int_eq(feed_step(client.feed, 1, directory.now, client_wall(&client)),
                         FEED_LOCKED);
        ck_assert_int_eq(next_action(), FEED_WORK_AHEAD);
        ck_assert_int_eq(count_rows(STORED), 0);

        ck_assert_int_eq(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
        (void)sqlite3_close(other);
        work_ahead();
}

START_TEST(what_waits_for_another_process_is_kept)
{
        expect_trouble(FAULT_NONE, REQUEST_SEARCH, 1);
        trouble.meanwhile = find_it_locked;
        client_connect(&client, 0);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_int_lt(trouble.at, 0);
        expect_right(0);
        ck_assert_int_eq(client.domain.full_reads_interrupted, 0);
}
END_TEST

START_TEST(a_poll_may_break_at_any_request)
{
        int at = 0;

        for (;; at++) {
                for (unsigned i = 0; i < N_USERS; i++)
                        write_mail(0, users[i], 1 + (i + (unsigned)at) % 11);
                (void)client_turn(&client);
                directory.now = client.until;
                if (!survives(faults[_i], at))
                        break;
        }

        ck_assert_int_ge(at, 8);
}
END_TEST

START_TEST(a_delta_that_breaks_is_read_again)
{
        static const FaultType types[] = { FAULT_CUT, FAULT_CODE, FAULT_NO_PAGE_CONTROL,
                                           FAULT_REFERRAL };
        int64_t watermark = client.domain.cursor.watermark;

        for (unsigned i = 0; i < N_USERS; i++)
                write_mail(0, users[i], i + 2);

        expect_trouble(types[_i], REQUEST_SEARCH, 1);
        client.directory->now = client.until;
        (void)client_run(&client);
        ck_assert_str_ne(failure(), "ok");
        ck_assert_int_eq(client.domain.cursor.watermark, watermark);
        ck_assert_uint_ge(compare_cache(&client, 0, NULL), N_USERS);

        come_back(0);
        ck_assert_int_eq(client.domain.cursor.watermark, directory.controllers[0].highest);
        expect_right(0);
        ck_assert_int_eq(status().full_reads, 1);
}
END_TEST

START_TEST(a_full_read_that_brings_nothing_is_refused)
{
        expect_trouble(FAULT_EMPTY, REQUEST_SEARCH, 0);
        feed_rescan(client.feed, directory.now);

        ck_assert_int_eq(client_run(&client), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), "answer-empty");
        expect_right(0);
        ck_assert_int_eq(client.domain.full_reads_interrupted, 1);

        /* Whoever asked for it gets it. */
        come_back(0);
        ck_assert_int_eq(status().full_reads, 2);
}
END_TEST

START_TEST(a_server_that_goes_in_circles_is_left)
{
        expect_trouble(FAULT_FORGETFUL, REQUEST_SEARCH, 0);
        trouble.stays = true;
        feed_rescan(client.feed, directory.now);

        while (client.n_asked[REQUEST_SEARCH] < 50 && client.is_connected)
                (void)client_turn(&client);
        ck_assert_uint_lt(client.n_asked[REQUEST_SEARCH], 50);
        ck_assert_str_eq(failure(), "protocol-error");
        expect_right(0);
}
END_TEST

START_TEST(entries_that_come_twice_do_no_harm)
{
        expect_trouble(FAULT_REPEAT, REQUEST_SEARCH, 0);
        trouble.stays = true;
        feed_rescan(client.feed, directory.now);

        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        expect_right(0);
        ck_assert_int_eq(client.domain.objects, N_USERS + 2);
}
END_TEST

static void take_new_epoch(void)
{
        directory_new_epoch(&directory, 0);
}

START_TEST(a_new_epoch_in_mid_answer_drops_it)
{
        write_mail(0, users[0], 7);
        meanwhile(REQUEST_SEARCH, take_new_epoch);

        ck_assert_int_eq(client_poll(&client), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), "server-changed");
        ck_assert_uint_eq(compare_cache(&client, 0, NULL), 1);

        come_back(0);
        expect_right(0);
}
END_TEST

static void change_server(void)
{
        client.server.controller = 1;
}

START_TEST(another_server_in_mid_answer_drops_it)
{
        /* Not at the settings: all that counts has come by then, and every server knows the settings of all. */
        static const RequestSort sorts[] = { REQUEST_HEAD, REQUEST_ROOT, REQUEST_GUID,
                                             REQUEST_SEARCH, REQUEST_OVERLAP };
        int64_t watermark = client.domain.cursor.watermark;

        write_mail(0, users[0], 7);
        meanwhile(sorts[_i], change_server);

        ck_assert_int_eq(client_poll(&client), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), "server-changed");
        ck_assert_int_eq(client.domain.cursor.watermark, watermark);

        come_back(0);
        expect_right(0);
}
END_TEST

START_TEST(an_accepted_answer_is_applied_without_its_connection)
{
        write_mail(0, users[0], 7);
        client.budget = 1;
        directory.now = client.until;
        while (client_turn(&client) != CLIENT_APPLIED)
                ;
        client_disconnect(&client);

        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_str_eq(failure(), "ok");
        expect_right(0);
}
END_TEST

START_TEST(a_connection_that_ends_between_polls_is_no_failure)
{
        client_disconnect(&client);
        ck_assert_int_eq(client_turn(&client), CLIENT_WAITING);
        ck_assert_int_le(client.until, directory.now);
        ck_assert_str_eq(failure(), "ok");
}
END_TEST

START_TEST(failures_wait_longer_and_longer_but_not_for_ever)
{
        int64_t wait, previous = 0;

        for (unsigned i = 0; i < 14; i++) {
                expect_trouble(FAULT_CODE, REQUEST_HEAD, 0);
                client_connect(&client, 0);
                ck_assert_int_eq(client_run(&client), CLIENT_HUNG_UP);

                wait = client.until - directory.now;
                ck_assert_int_ge(wait, i < 8 ? 1500 << i : 225 * 1000);
                ck_assert_int_le(wait, i < 8 ? 2000 << i : 300 * 1000);
                if (i < 7)
                        ck_assert_int_gt(wait, previous);
                previous = wait;
                directory.now = client.until;
        }

        /* One good answer, and it is forgotten. */
        come_back(0);
        expect_trouble(FAULT_CODE, REQUEST_HEAD, 0);
        ck_assert_int_eq(client_poll(&client), CLIENT_HUNG_UP);
        ck_assert_int_le(client.until - directory.now, 2000);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("feed-answer");
        TCase *fresh = tcase_create("fresh"), *ready = tcase_create("ready"),
              *file = tcase_create("file");

        tcase_add_checked_fixture(fresh, setup, teardown);
        tcase_add_loop_test(fresh, a_first_read_may_break_at_any_request, 0, ARRAY_SIZE(faults));
        tcase_add_test(fresh, a_page_is_written_while_the_server_is_at_the_next_one);
        tcase_add_test(fresh, what_was_written_in_advance_is_not_accepted);
        tcase_add_test(fresh, nothing_is_written_into_the_transaction_of_another);
        suite_add_tcase(suite, fresh);

        tcase_add_checked_fixture(ready, setup_read, teardown);
        tcase_add_loop_test(ready, a_poll_may_break_at_any_request, 0, ARRAY_SIZE(faults));
        tcase_add_loop_test(ready, a_delta_that_breaks_is_read_again, 0, 4);
        tcase_add_test(ready, a_full_read_that_brings_nothing_is_refused);
        tcase_add_test(ready, a_server_that_goes_in_circles_is_left);
        tcase_add_test(ready, entries_that_come_twice_do_no_harm);
        tcase_add_test(ready, a_new_epoch_in_mid_answer_drops_it);
        tcase_add_loop_test(ready, another_server_in_mid_answer_drops_it, 0, 5);
        tcase_add_test(ready, an_accepted_answer_is_applied_without_its_connection);
        tcase_add_test(ready, a_connection_that_ends_between_polls_is_no_failure);
        tcase_add_test(ready, failures_wait_longer_and_longer_but_not_for_ever);
        suite_add_tcase(suite, ready);

        tcase_add_checked_fixture(file, setup_new_file, teardown_file);
        tcase_add_test(file, what_waits_for_another_process_is_kept);
        suite_add_tcase(suite, file);

        return suite;
}
