/* SPDX-License-Identifier: MIT */

/*
 * The reconcile against a model directory: it must find nothing where following is right, and must be able to find everything
 * that following could get wrong.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/cache.h"
#include "tests/unit/check-main.h"
#include "tests/unit/reconcile-bench.h"

#define N_OBJECTS (N_USERS + 2)

/* What one object has stands in the row of another. */
static void mix_up(unsigned object, unsigned other)
{
        Guid guid = directory_object_guid(&directory, object);
        Guid other_guid = directory_object_guid(&directory, other);
        CacheRow row = {}, other_row = {};
        Buffer attributes;

        ck_assert_int_eq(cache_find(client.store, client.domain.id, &guid, &row), 1);
        ck_assert_int_eq(cache_find(client.store, client.domain.id, &other_guid, &other_row), 1);
        attributes = row.attributes;
        row.attributes = other_row.attributes;
        ck_assert_int_eq(cache_update(client.store, &row), 0);
        row.attributes = attributes;
        cache_row_done(&row);
        cache_row_done(&other_row);
}

static bool is_cached_live(unsigned object)
{
        Guid guid = directory_object_guid(&directory, object);
        CacheStanding standing;

        return cache_find_standing(client.store, client.domain.id, &guid, &standing) > 0 &&
               !standing.is_deleted;
}

/* --- when --- */

START_TEST(it_comes_once_a_day_by_itself)
{
        directory.now += 23 * (int64_t)HOUR;
        poll_well();
        ck_assert_int_eq(status().reconciles, 0);

        directory.now += HOUR;
        poll_well();
        ck_assert_int_eq(status().reconciles, 1);
        ck_assert_int_ge(client.domain.last_reconcile_ok, client_wall(&client) - 60);

        poll_well();
        ck_assert_int_eq(status().reconciles, 1);
        directory.now += DAY;
        poll_well();
        ck_assert_int_eq(status().reconciles, 2);
}
END_TEST

START_TEST(a_full_read_is_as_good_as_one)
{
        directory.now += 23 * (int64_t)HOUR;
        feed_rescan(client.feed, directory.now);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);

        directory.now += 2 * HOUR;
        poll_well();
        ck_assert_int_eq(status().reconciles, 0);
}
END_TEST

START_TEST(where_following_is_right_it_finds_nothing_and_reads_little)
{
        reconcile();

        expect_counts(0, 0);
        ck_assert_uint_gt(client.n_asked[REQUEST_OVERLAP], 2); /* pages */
        ck_assert_uint_eq(client.n_asked[REQUEST_SEARCH], 0);
        ck_assert_uint_eq(client.n_asked[REQUEST_LATE], 0);
        ck_assert_uint_eq(client.n_asked[REQUEST_GUID], 0);
        ck_assert_int_eq(status().full_reads, 1);
}
END_TEST

START_TEST(what_changes_meanwhile_is_not_missed)
{
        for (unsigned i = 0; i < 4; i++)
                write_mail(0, users[i], 11);
        directory_delete(&directory, 0, users[5], true);
        directory_write(&directory, 0, unit, FIELD_PLACE, place_make(OBJECT_HEAD, 77, false));
        add(KIND_USER, unit);

        reconcile();
        expect_counts(0, 0);
        expect_right(0);
}
END_TEST

START_TEST(it_may_break_at_any_request_and_following_goes_on)
{
        static const Fault faults[] = {
                { .type = FAULT_CUT },
                { .type = FAULT_CODE, .n = 1, .code = 51 },
                { .type = FAULT_REFERRAL },
        };
        unsigned n_broken = 0;

        for (int at = 0;; at++) {
                int64_t n = status().reconciles;

                write_mail(0, users[0], 1 + (unsigned)at % 11);
                make_older(users[1]);
                expect_fault(faults[_i], -1, at);
                (void)run_reconcile(false);
                if (trouble.at >= 0)
                        break;
                ck_assert_int_eq(status().reconciles, n);
                n_broken++;

                /* The next poll is not held up by another attempt, unless there was none; and that one comes all the same. */
                directory.now += 6 * MINUTE;
                client_connect(&client, 0);
                ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
                ck_assert_int_eq(status().reconciles, at < 2 ? n + 1 : n);
                directory.now += 10 * MINUTE;
                poll_well();
                ck_assert_int_eq(status().reconciles, n + 1);
                expect_right(0);
        }

        ck_assert_uint_gt(n_broken, 8);
        ck_assert_int_ge(client.domain.missed_changes_total, n_broken);
}
END_TEST

START_TEST(an_answer_without_anything_in_it_is_refused)
{
        expect_fault((Fault){ .type = FAULT_EMPTY }, REQUEST_OVERLAP, 0);
        ck_assert_int_eq(run_reconcile(false), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), "answer-empty");
        expect_right(0);
}
END_TEST

/* --- what it finds --- */

START_TEST(a_write_that_commits_too_late_for_all_others_is_found_and_counted)
{
        ck_assert(directory_write_late(&directory, 0, users[0], FIELD_MAIL, 7, HOUR));
        for (unsigned i = 0; i < 4; i++) {
                write_mail(0, users[1], 5 + i);
                directory.now += 6 * MINUTE;
                poll_well();
        }
        directory.now += HOUR;
        ck_assert_uint_eq(directory_tick(&directory), 1);
        poll_well();
        ck_assert_uint_eq(compare_cache(&client, 0, NULL), 1);

        reconcile();
        expect_counts(1, 0);
        ck_assert_int_eq(client.domain.late_commits_total, 0);
        expect_right(0);

        reconcile();
        expect_counts(1, 0);
}
END_TEST

START_TEST(what_the_overlap_window_finds_is_late_and_not_missed)
{
        ck_assert(directory_write_late(&directory, 0, users[0], FIELD_MAIL, 7, MINUTE));
        write_mail(0, users[1], 8);
        poll_well();
        directory.now += 2 * MINUTE;
        ck_assert_uint_eq(directory_tick(&directory), 1);

        reconcile();
        expect_counts(0, 0);
        ck_assert_int_eq(client.domain.late_commits_total, 1);
        expect_right(0);
}
END_TEST

START_TEST(each_missed_change_is_counted_once)
{
        make_older(users[0]);
        make_older(group);
        make_older(contact);

        reconcile();
        expect_counts(3, 0);
        expect_right(0);
        reconcile();
        expect_counts(3, 0);
}
END_TEST

START_TEST(a_missed_addition_is_found_and_counted)
{
        lose(users[3]);

        reconcile();
        expect_counts(1, 0);
        ck_assert(is_cached_live(users[3]));
        expect_right(0);
}
END_TEST

START_TEST(a_missed_deletion_is_found_and_counted)
{
        Guid guid = directory_object_guid(&directory, users[0]);
        CacheRow row = {};

        directory_delete(&directory, 0, users[0], true);
        ck_assert_int_eq(cache_find(client.store, client.domain.id, &guid, &row), 1);
        poll_well();
        ck_assert(!is_cached_live(users[0]));
        directory.now += 6 * MINUTE;
        poll_well();
        directory.now += 6 * MINUTE;
        poll_well();
        ck_assert_int_eq(cache_update(client.store, &row), 0);
        cache_row_done(&row);

        reconcile();
        expect_counts(1, 0);
        ck_assert(!is_cached_live(users[0]));
        expect_right(0);
}
END_TEST

/* Rights above it have changed, for which it has no USN. */
START_TEST(what_comes_into_sight_was_not_missed)
{
        lose(users[3]);
        directory_write(&directory, 0, unit, FIELD_PLACE, place_make(OBJECT_HEAD, 1, false));

        reconcile();
        expect_counts(0, 0);
        ck_assert(is_cached_live(users[3]));
        expect_right(0);
}
END_TEST

START_TEST(the_count_is_written_with_the_repair)
{
        ClientTurn turn;
        Domain *domains;
        size_t n;

        make_older(users[0]);
        client.budget = 1;
        feed_reconcile(client.feed, false, directory.now);
        while ((turn = client_turn(&client)) == CLIENT_ASKED)
                ;
        ck_assert_int_eq(turn, CLIENT_APPLIED);
        client_kill(&client);
        expect_counts(0, 0);

        client_connect(&client, 0);
        reconcile();
        expect_counts(1, 0);
        ck_assert_int_eq(domain_list(client.store, &domains, &n), 0);
        ck_assert_int_eq(domains[0].missed_changes_total, 1);
        domain_done(&domains[0]);
        free(domains);
}
END_TEST

START_TEST(an_object_whose_usn_fell_betrays_a_rollback)
{
        write_mail(0, users[0], 7);
        write_mail(0, users[1], 8);
        poll_well();
        directory.controllers[0].rows[users[0]].usn -= 3;

        ck_assert_int_eq(run_reconcile(false), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), "usn-rollback");
}
END_TEST

/* --- deletions that nobody shows --- */

static void hide_deletions(unsigned n)
{
        client.manner.hides_deleted = true;
        client_connect(&client, 0);
        for (unsigned i = 0; i < n; i++)
                directory_delete(&directory, 0, users[i], true);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_int_eq(client.domain.objects, N_OBJECTS);
        memset(client.n_asked, 0, sizeof(client.n_asked));
}

START_TEST(hidden_deletions_are_found_and_proven)
{
        hide_deletions(2);

        reconcile();
        ck_assert_int_eq(client.domain.objects, N_OBJECTS - 2);
        ck_assert_uint_eq(client.n_asked[REQUEST_GUID], 2);
        ck_assert_int_eq(client.domain.tombstones_readable, 0);
        ck_assert_int_eq(status().full_reads, 1);
        expect_counts(0, 0);
        expect_right(0);
        ck_assert_uint_eq(compare_evidence(&client, stderr), 0);
}
END_TEST

START_TEST(without_proof_a_row_stays)
{
        hide_deletions(1);
        expect_fault((Fault){ .type = FAULT_EMPTY }, REQUEST_GUID, 0);

        reconcile();
        ck_assert(is_cached_live(users[0]));
}
END_TEST

START_TEST(a_short_answer_deletes_nobody)
{
        expect_fault((Fault){ .type = FAULT_SHORT, .n = 2 }, REQUEST_OVERLAP, 0);
        reconcile();

        ck_assert_uint_gt(client.n_asked[REQUEST_GUID], N_USERS);
        ck_assert_int_eq(client.domain.objects, N_OBJECTS);
        expect_counts(0, 0);
        expect_right(0);
}
END_TEST

START_TEST(many_deletions_wait_for_a_word_also_over_a_restart)
{
        client.config->tenant.deletion_threshold = 2;
        hide_deletions(3);

        ck_assert_int_eq(run_reconcile(false), CLIENT_WAITING);
        ck_assert_str_eq(failure(), "mass-deletion");
        ck_assert_int_eq(status().deletions_held, 3);
        ck_assert_uint_eq(client.n_asked[REQUEST_GUID], 0);
        ck_assert_int_eq(client.domain.objects, N_OBJECTS);

        client_kill(&client);
        client_connect(&client, 0);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_str_eq(failure(), "mass-deletion");
        ck_assert_int_eq(status().deletions_held, 3);
        ck_assert_int_eq(client.domain.objects, N_OBJECTS);

        ck_assert_int_eq(run_reconcile(true), CLIENT_WAITING);
        ck_assert_str_eq(failure(), "ok");
        ck_assert_int_eq(status().deletions_held, 0);
        ck_assert_int_eq(client.domain.objects, N_OBJECTS - 3);
        expect_counts(0, 0);
        expect_right(0);
}
END_TEST

START_TEST(a_word_is_for_one_reconcile_only)
{
        client.config->tenant.deletion_threshold = 1;
        ck_assert_int_eq(run_reconcile(true), CLIENT_WAITING);
        hide_deletions(2);

        ck_assert_int_eq(run_reconcile(false), CLIENT_WAITING);
        ck_assert_str_eq(failure(), "mass-deletion");
}
END_TEST

/* --- rows of another domain controller --- */

START_TEST(adopted_rows_are_read_by_value_once)
{
        fail_over();
        ck_assert(!status().unconfirmed_failover);
        memset(client.n_asked, 0, sizeof(client.n_asked));

        reconcile();
        expect_counts(0, 0);
        expect_right(1);
        ck_assert_uint_gt(client.n_asked[REQUEST_LATE], 0);
        memset(client.n_asked, 0, sizeof(client.n_asked));

        /* They have this server's USN by now. */
        reconcile();
        ck_assert_uint_eq(client.n_asked[REQUEST_LATE], 0);
        expect_counts(0, 0);
}
END_TEST

START_TEST(an_adopted_row_that_is_wrong_is_counted_and_repaired)
{
        fail_over();
        mix_up(users[2], users[3]);
        lose(users[4]);

        reconcile();
        expect_counts(0, 1);
        expect_right(1);
        reconcile();
        expect_counts(0, 1);
}
END_TEST

START_TEST(what_the_vector_does_not_cover_must_have_been_read)
{
        fail_over();
        write_mail(1, users[0], 7);
        poll_well();
        for (unsigned i = 0; i < 3; i++) {
                directory.now += 6 * MINUTE;
                poll_well();
        }
        make_older(users[0]);

        reconcile();
        expect_counts(1, 0);
        expect_right(1);
}
END_TEST

/* The cache knows better than a server that is behind. */
START_TEST(nothing_is_held_against_a_server_that_is_behind)
{
        unsigned late = add(KIND_USER, unit);

        write_mail(0, users[0], 7);
        directory_delete(&directory, 0, users[1], true);
        poll_well();
        fail_over();
        ck_assert(status().unconfirmed_failover);

        reconcile();
        expect_counts(0, 0);
        expect_right(0);
        ck_assert(is_cached_live(late));
        ck_assert(!is_cached_live(users[1]));

        replicate_all();
        poll_well();
        ck_assert(!status().unconfirmed_failover);
        reconcile();
        expect_counts(0, 0);
        expect_right(1);
}
END_TEST

/* The followed one had it deleted, unseen; here it lives on, and was written before the other heard of that write. */
START_TEST(what_was_deleted_unseen_on_another_server_is_no_difference)
{
        hide_deletions(0);
        fail_over();
        directory_delete(&directory, 1, users[0], true);
        write_mail(0, users[0], 7);
        directory_replicate(&directory, 0, 1, -1);
        poll_well();
        ck_assert(is_cached_live(users[0]));

        directory.now += MINUTE;
        client_connect(&client, 0);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert(status().unconfirmed_failover);
        directory.now += 6 * MINUTE;

        reconcile();
        expect_counts(0, 0);
        expect_right(0);

        replicate_all();
        poll_well();
        reconcile();
        expect_counts(0, 0);
        ck_assert(!is_cached_live(users[0]));
        expect_right(0);
}
END_TEST

START_TEST(where_following_began_is_kept_over_restarts_and_full_reads_end_it)
{
        ck_assert_int_eq(client.domain.cursor.followed_from, 0);
        fail_over();
        ck_assert_int_gt(client.domain.cursor.followed_from, 0);

        client_kill(&client);
        client_connect(&client, 1);
        write_mail(1, users[0], 9);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_int_gt(client.domain.cursor.followed_from, 0);
        reconcile();
        expect_counts(0, 0);

        feed_rescan(client.feed, directory.now);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_int_eq(client.domain.cursor.followed_from, 0);
        reconcile();
        expect_counts(0, 0);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("reconcile");
        TCase *test = tcase_create("reconcile");

        tcase_add_checked_fixture(test, setup_followed, teardown_file);
        tcase_add_test(test, it_comes_once_a_day_by_itself);
        tcase_add_test(test, a_full_read_is_as_good_as_one);
        tcase_add_test(test, where_following_is_right_it_finds_nothing_and_reads_little);
        tcase_add_test(test, what_changes_meanwhile_is_not_missed);
        tcase_add_loop_test(test, it_may_break_at_any_request_and_following_goes_on, 0, 3);
        tcase_add_test(test, an_answer_without_anything_in_it_is_refused);
        tcase_add_test(test, a_write_that_commits_too_late_for_all_others_is_found_and_counted);
        tcase_add_test(test, what_the_overlap_window_finds_is_late_and_not_missed);
        tcase_add_test(test, each_missed_change_is_counted_once);
        tcase_add_test(test, a_missed_addition_is_found_and_counted);
        tcase_add_test(test, a_missed_deletion_is_found_and_counted);
        tcase_add_test(test, what_comes_into_sight_was_not_missed);
        tcase_add_test(test, the_count_is_written_with_the_repair);
        tcase_add_test(test, an_object_whose_usn_fell_betrays_a_rollback);
        tcase_add_test(test, hidden_deletions_are_found_and_proven);
        tcase_add_test(test, without_proof_a_row_stays);
        tcase_add_test(test, a_short_answer_deletes_nobody);
        tcase_add_test(test, many_deletions_wait_for_a_word_also_over_a_restart);
        tcase_add_test(test, a_word_is_for_one_reconcile_only);
        tcase_add_test(test, adopted_rows_are_read_by_value_once);
        tcase_add_test(test, an_adopted_row_that_is_wrong_is_counted_and_repaired);
        tcase_add_test(test, what_the_vector_does_not_cover_must_have_been_read);
        tcase_add_test(test, nothing_is_held_against_a_server_that_is_behind);
        tcase_add_test(test, what_was_deleted_unseen_on_another_server_is_no_difference);
        tcase_add_test(test, where_following_began_is_kept_over_restarts_and_full_reads_end_it);

        suite_add_tcase(suite, test);
        return suite;
}
