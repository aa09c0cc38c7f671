/* SPDX-License-Identifier: MIT */

/*
 * A new configuration at any moment, with and without a need for the server.
 */

#include "tests/unit/check-main.h"
#include "tests/unit/feed-bench.h"

START_TEST(a_reload_that_needs_more_attributes_reads_everything)
{
        ck_assert(!attribute_set_has(&client.domain.requested, ATTRIBUTE_EMPLOYEE_TYPE));
        client.config->tenant.user_match_attribute = ATTRIBUTE_EMPLOYEE_TYPE;
        client_reload(&client);

        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_str_eq(status().full_read_reason,
                         "the rules need attributes that were never asked for");
        ck_assert(attribute_set_has(&client.domain.requested, ATTRIBUTE_EMPLOYEE_TYPE));

        /* Less is needed: nothing happens, and nothing is forgotten. */
        client.config->tenant.user_match_attribute = ATTRIBUTE_NONE;
        client_reload(&client);
        write_mail(0, users[0], 7);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_int_eq(status().full_reads, 2);
        ck_assert(attribute_set_has(&client.domain.requested, ATTRIBUTE_EMPLOYEE_TYPE));
        expect_right(0);
}
END_TEST

START_TEST(a_reload_at_any_moment_repeats_the_answer_and_is_no_failure)
{
        client.budget = 1;

        for (unsigned turns = 0;; turns++) {
                unsigned i;

                write_mail(0, users[turns % N_USERS], 1 + turns % 10);
                directory.now = client.until > directory.now ? client.until : directory.now;
                for (i = 0; i < turns; i++)
                        if (client_turn(&client) == CLIENT_WAITING)
                                break;
                if (i < turns)
                        break;

                client_reload(&client);
                ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
                ck_assert_str_eq(failure(), "ok");
                expect_right(0);
        }
}
END_TEST

static void reload_for_more(void)
{
        client.config->tenant.user_match_attribute = ATTRIBUTE_EMPLOYEE_TYPE;
        client_reload(&client);
}

/* What comes was not asked for all that is wanted now. */
START_TEST(a_reload_drops_the_answer_under_way)
{
        int64_t deltas = status().deltas;

        write_mail(0, users[0], 7);
        meanwhile(REQUEST_SEARCH, reload_for_more);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);

        ck_assert_str_eq(failure(), "ok");
        ck_assert_int_eq(status().deltas, deltas);
        ck_assert_int_eq(status().full_reads, 2);
        ck_assert(attribute_set_has(&client.domain.requested, ATTRIBUTE_EMPLOYEE_TYPE));
        expect_right(0);
}
END_TEST

static void judge_again(void)
{
        ck_assert_int_eq(feed_reevaluate(client.feed, directory.now), 0);
}

START_TEST(nothing_is_judged_anew_within_an_answer)
{
        int64_t polls;
        ClientTurn turn;

        write_mail(0, users[0], 7);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        polls = status().polls;
        directory.now = client.until;
        meanwhile(REQUEST_SEARCH, judge_again);

        do {
                turn = client_turn(&client);
                ck_assert_int_ne(turn, CLIENT_WAITING);
        } while (turn != CLIENT_COMMITTED);
        ck_assert_int_eq(status().polls, polls + 1);

        ck_assert_int_eq(client_turn(&client), CLIENT_COMMITTED);
        ck_assert_int_eq(status().polls, polls + 1);
        ck_assert_int_eq(client_turn(&client), CLIENT_WAITING);
        expect_right(0);
}
END_TEST

START_TEST(a_reload_judges_again_without_the_server)
{
        client_disconnect(&client);
        ck_assert_int_eq(feed_reevaluate(client.feed, directory.now), 0);
        ck_assert_int_eq(client_turn(&client), CLIENT_COMMITTED);
        ck_assert_int_eq(client_turn(&client), CLIENT_WAITING);
        expect_right(0);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("feed-reload");
        TCase *ready = tcase_create("ready");

        tcase_add_checked_fixture(ready, setup_read, teardown);
        tcase_add_test(ready, a_reload_that_needs_more_attributes_reads_everything);
        tcase_add_test(ready, a_reload_at_any_moment_repeats_the_answer_and_is_no_failure);
        tcase_add_test(ready, a_reload_drops_the_answer_under_way);
        tcase_add_test(ready, nothing_is_judged_anew_within_an_answer);
        tcase_add_test(ready, a_reload_judges_again_without_the_server);
        suite_add_tcase(suite, ready);

        return suite;
}
