/* SPDX-License-Identifier: MIT */

/*
 * When everything is read anew, and what absence from it proves.
 */

#include <stdio.h>

#include "tests/unit/check-main.h"
#include "tests/unit/feed-bench.h"

START_TEST(a_long_absence_ends_with_a_full_read)
{
        directory_delete(&directory, 0, users[0], true);
        /* Its tombstone has been collected. */
        directory.controllers[0].rows[users[0]] = (Replica){};
        client_disconnect(&client);

        directory.now += (int64_t)29 * DAY;
        come_back(0);
        ck_assert_int_eq(status().full_reads, 1);

        directory.now += (int64_t)31 * DAY;
        come_back(0);
        ck_assert_int_eq(status().full_reads, 2);
        ck_assert_str_eq(
                status().full_read_reason,
                "the domain was not followed for more than half the lifetime of deleted objects");
        expect_right(0);
}
END_TEST

START_TEST(what_is_long_the_forest_says)
{
        client.manner.tombstone_lifetime = 20;
        come_back(0);
        ck_assert_int_eq(client.domain.tombstone_lifetime_days, 20);

        directory.now += (int64_t)9 * DAY;
        come_back(0);
        ck_assert_int_eq(status().full_reads, 1);

        directory.now += (int64_t)11 * DAY;
        come_back(0);
        ck_assert_int_eq(status().full_reads, 2);
        ck_assert_str_eq(
                status().full_read_reason,
                "the domain was not followed for more than half the lifetime of deleted objects");
}
END_TEST

START_TEST(hidden_deletions_are_found_by_a_full_read)
{
        client.manner.hides_deleted = true;
        client_connect(&client, 0);
        directory_delete(&directory, 0, users[0], true);
        directory_delete(&directory, 0, group, true);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_uint_eq(compare_cache(&client, 0, NULL), 2);

        feed_rescan(client.feed, directory.now);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        expect_right(0);
        ck_assert_uint_eq(client.n_asked[REQUEST_GUID], 2 + 1); /* and the canary */
        ck_assert_int_eq(client.domain.tombstones_readable, 0);
        ck_assert_uint_eq(compare_evidence(&client, stderr), 0);
}
END_TEST

/* One object that the account may not see any more says nothing of deleted ones. */
START_TEST(one_object_out_of_sight_hides_no_deletions)
{
        client.manner.hides = users[0];
        client_connect(&client, 0);
        directory_delete(&directory, 0, users[1], true);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_int_eq(client.domain.tombstones_readable, 1);

        for (unsigned time = 0; time < 2; time++) {
                feed_rescan(client.feed, directory.now);
                ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
                ck_assert_int_eq(client.domain.tombstones_readable, 1);
        }
        ck_assert_int_eq(client.domain.objects, N_USERS + 2 - 2);
}
END_TEST

/* Nor does a server that cannot say now whether it shows them: the answer is dropped, and asked for again. */
START_TEST(what_is_gone_without_a_trace_waits_for_a_server_that_can_say_why)
{
        client.manner.hides_deleted = true;
        client_connect(&client, 0);
        directory_delete(&directory, 0, users[0], true);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_int_eq(client.domain.tombstones_readable, -1);

        expect_trouble(FAULT_CODE, REQUEST_OTHER, 0);
        feed_rescan(client.feed, directory.now);
        ck_assert_int_eq(client_run(&client), CLIENT_HUNG_UP);
        ck_assert_int_eq(client.domain.tombstones_readable, -1);
        ck_assert_uint_eq(compare_cache(&client, 0, NULL), 1);

        directory.now = client.until;
        client_connect(&client, 0);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_int_eq(client.domain.tombstones_readable, 0);
        expect_right(0);
}
END_TEST

START_TEST(absence_from_an_answer_is_no_deletion)
{
        /* A short page, and the server says that this was all. */
        feed_rescan(client.feed, directory.now);
        client.manner.walks_live = true;
        client_connect(&client, 0);
        expect_trouble(FAULT_SHORT, REQUEST_SEARCH, 2);

        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_uint_gt(client.n_asked[REQUEST_GUID], 0);
        expect_right(0);
        ck_assert_uint_eq(compare_evidence(&client, stderr), 0);
        ck_assert_int_eq(client.domain.objects, N_USERS + 2);
}
END_TEST

START_TEST(what_can_neither_be_read_nor_denied_is_kept)
{
        client.manner.hides_deleted = true;
        client_connect(&client, 0);
        directory_delete(&directory, 0, users[0], true);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);

        feed_rescan(client.feed, directory.now);
        expect_trouble(FAULT_EMPTY, REQUEST_GUID, 0);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_uint_eq(compare_cache(&client, 0, NULL), 1);
}
END_TEST

START_TEST(many_deletions_at_once_wait_for_a_word)
{
        client.config->tenant.deletion_threshold = 2;
        client.manner.hides_deleted = true;
        client_connect(&client, 0);
        for (unsigned i = 0; i < 3; i++)
                directory_delete(&directory, 0, users[i], true);
        write_mail(0, users[5], 11);

        feed_rescan(client.feed, directory.now);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_str_eq(failure(), "mass-deletion");
        ck_assert_int_eq(status().deletions_held, 3);
        ck_assert_int_eq(client.domain.objects, N_USERS + 2);
        ck_assert_uint_eq(compare_cache(&client, 0, NULL), 3); /* but the rest is as it should be */

        /* Following goes on, and the matter stays open. */
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        ck_assert_str_eq(failure(), "mass-deletion");

        feed_accept_deletions(client.feed, directory.now);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_str_eq(failure(), "ok");
        ck_assert_int_eq(status().deletions_held, 0);
        expect_right(0);
        ck_assert_int_eq(client.domain.objects, N_USERS - 1);
}
END_TEST

START_TEST(deletions_with_a_tombstone_need_no_word)
{
        client.config->tenant.deletion_threshold = 2;
        for (unsigned i = 0; i < 5; i++)
                directory_delete(&directory, 0, users[i], true);

        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        ck_assert_str_eq(failure(), "ok");
        expect_right(0);
}
END_TEST

START_TEST(a_container_of_an_unusual_class_gives_its_name)
{
        unsigned odd = add(KIND_OTHER, OBJECT_HEAD), within = add(KIND_USER, odd);

        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        expect_right(0);
        (void)within;
}
END_TEST

START_TEST(pages_that_take_too_long_are_asked_for_smaller)
{
        client.config->page_size = 1000;
        client_reload(&client);
        feed_rescan(client.feed, directory.now);
        expect_trouble(FAULT_CODE, REQUEST_SEARCH, 0);
        trouble.fault.code = 3;
        ck_assert_int_eq(client_run(&client), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), "answer-incomplete");

        come_back(0);
        ck_assert_int_eq(status().full_reads, 2);
        ck_assert_uint_eq(client.search_page_size, 500);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("feed-full");
        TCase *ready = tcase_create("ready");

        tcase_add_checked_fixture(ready, setup_read, teardown);
        tcase_add_test(ready, a_long_absence_ends_with_a_full_read);
        tcase_add_test(ready, what_is_long_the_forest_says);
        tcase_add_test(ready, hidden_deletions_are_found_by_a_full_read);
        tcase_add_test(ready, one_object_out_of_sight_hides_no_deletions);
        tcase_add_test(ready, what_is_gone_without_a_trace_waits_for_a_server_that_can_say_why);
        tcase_add_test(ready, absence_from_an_answer_is_no_deletion);
        tcase_add_test(ready, what_can_neither_be_read_nor_denied_is_kept);
        tcase_add_test(ready, many_deletions_at_once_wait_for_a_word);
        tcase_add_test(ready, deletions_with_a_tombstone_need_no_word);
        tcase_add_test(ready, a_container_of_an_unusual_class_gives_its_name);
        tcase_add_test(ready, pages_that_take_too_long_are_asked_for_smaller);
        suite_add_tcase(suite, ready);

        return suite;
}
