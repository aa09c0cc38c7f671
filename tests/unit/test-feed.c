/* SPDX-License-Identifier: MIT */

/*
 * The feed against a model directory with two controllers, by hand: every refusal, every way to drop an answer, and the
 * scenarios that each rule of tracking exists for. tests/simulate does the same at random.
 */

#include <string.h>

#include "tests/unit/check-main.h"
#include "tests/unit/feed-bench.h"

/* --- connecting --- */

START_TEST(a_first_read_brings_everything_in_pages)
{
        read_once();

        ck_assert_uint_gt(client.n_asked[REQUEST_SEARCH], 3);
        ck_assert_int_eq(client.domain.objects, N_USERS + 2);
        ck_assert_int_eq(client.domain.cursor.watermark, directory.controllers[0].highest);
        ck_assert_int_eq(client.domain.tombstone_lifetime_days, 60);
        ck_assert_int_eq(client.domain.recycle_bin, 0);
        ck_assert_str_eq(client.domain.cursor.dc, "dc0.sim.example");
        ck_assert_str_eq(status().full_read_reason, "the domain was never read before");
        ck_assert_str_eq(failure(), "ok");
}
END_TEST

START_TEST(what_may_not_be_followed_is_refused_before_it_is_read)
{
        static const struct {
                ServerManner manner;
                const char *code;
        } cases[] = {
                { { .is_not_ad = true }, "not-active-directory" },
                { { .is_other_domain = true }, "wrong-domain" },
                { { .is_read_only = true }, "read-only-dc" },
                { { .is_not_synchronized = true }, "not-synchronized" },
        };

        client.manner = cases[_i].manner;
        client_connect(&client, 0);

        ck_assert_int_eq(client_run(&client), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), cases[_i].code);
        ck_assert_uint_eq(client.n_asked[REQUEST_SEARCH], 0);
        ck_assert(!client.domain.is_ready);
        ck_assert_int_gt(client.until, directory.now);
}
END_TEST

START_TEST(attributes_that_the_schema_lacks_are_unknown_and_never_asked_for)
{
        attribute_set_add(&client.manner.not_in_schema, ATTRIBUTE_PROXY_ADDRESSES);
        client_connect(&client, 0);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);

        ck_assert(attribute_set_has(&client.domain.unreadable, ATTRIBUTE_PROXY_ADDRESSES));
        ck_assert(!attribute_set_has(&client.domain.unreadable, ATTRIBUTE_MAIL));
        ck_assert(!attribute_set_has(&client.domain.requested, ATTRIBUTE_PROXY_ADDRESSES));
        ck_assert(attribute_set_has(&client.domain.requested, ATTRIBUTE_MAIL));
}
END_TEST

START_TEST(attributes_that_the_schema_gains_are_read_by_themselves)
{
        attribute_set_add(&client.manner.not_in_schema, ATTRIBUTE_PROXY_ADDRESSES);
        read_once();

        client.manner = (ServerManner){};
        directory_write(&directory, 0, users[0], FIELD_PROXIES, 6);
        come_back(0);

        ck_assert_str_eq(status().full_read_reason,
                         "the rules need attributes that were never asked for");
        ck_assert(!attribute_set_has(&client.domain.unreadable, ATTRIBUTE_PROXY_ADDRESSES));
        expect_right(0);
}
END_TEST

START_TEST(a_hidden_schema_is_no_small_schema)
{
        expect_trouble(FAULT_EMPTY, REQUEST_SCHEMA, 0);
        trouble.stays = true;
        client_connect(&client, 0);

        ck_assert_int_eq(client_run(&client), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), "schema-unreadable");
}
END_TEST

START_TEST(an_empty_place_of_deleted_objects_proves_nothing)
{
        read_once();
        ck_assert_int_eq(client.domain.tombstones_readable, -1);

        directory_delete(&directory, 0, users[0], true);
        client_connect(&client, 0);
        client_run(&client);
        ck_assert_int_eq(client.domain.tombstones_readable, 1);
}
END_TEST

START_TEST(who_may_not_see_deleted_objects_is_told)
{
        expect_trouble(FAULT_CODE, REQUEST_OTHER, 2);
        trouble.fault.code = 32;
        read_once();

        ck_assert_int_eq(client.domain.tombstones_readable, 0);
}
END_TEST

START_TEST(following_goes_on_without_notifications)
{
        expect_trouble(FAULT_CODE, REQUEST_NOTIFICATION, 0);
        read_once();
        ck_assert(!status().is_notified);

        write_mail(0, users[0], 7);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        expect_right(0);
}
END_TEST

START_TEST(a_server_without_notifications_is_not_asked_for_them)
{
        client.manner.lacks_notification = true;
        read_once();
        ck_assert_uint_eq(client.n_asked[REQUEST_NOTIFICATION], 0);
}
END_TEST

/* --- polling --- */

START_TEST(a_poll_with_nothing_new_asks_three_things)
{
        /* After some minutes, when nothing can come late any more, and not in the one in which connectors are looked for. */
        for (unsigned i = 0; i < 40; i++)
                ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        memset(client.n_asked, 0, sizeof(client.n_asked));

        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        ck_assert_uint_eq(client.n_asked[REQUEST_HEAD], 1);
        ck_assert_uint_eq(client.n_asked[REQUEST_ROOT], 1);
        ck_assert_uint_eq(client.n_asked[REQUEST_SETTINGS], 1);
        ck_assert_uint_eq(n_requests(), 3);
        ck_assert_int_eq(client.domain.last_poll_ok, client_wall(&client));
        ck_assert_int_eq(client.domain.stale_after, client_wall(&client) + 4 * POLL_SECONDS + 60);
}
END_TEST

START_TEST(changes_come_with_the_next_poll)
{
        unsigned added = add(KIND_USER, OBJECT_USERS);

        write_mail(0, users[0], 7);
        directory_delete(&directory, 0, users[1], true);
        directory_delete(&directory, 0, users[2], false);
        directory_write(&directory, 0, users[3], FIELD_PLACE, place_make(OBJECT_USERS, 1, false));
        directory_write(&directory, 0, unit, FIELD_PLACE, place_make(OBJECT_HEAD, 1, false));
        directory_write(&directory, 0, added, FIELD_UPN, 1);

        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        expect_right(0);
        ck_assert_int_eq(client.domain.objects, N_USERS + 1);
        ck_assert_int_eq(status().deltas, 1);

        directory_undelete(&directory, 0, users[1], OBJECT_USERS);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        expect_right(0);
        ck_assert_int_eq(client.domain.objects, N_USERS + 2);
}
END_TEST

static void write_behind_the_reader(void)
{
        write_mail(0, users[0], 11);
        write_mail(0, users[8], 12);
        directory_write(&directory, 0, users[1], FIELD_PLACE, place_make(OBJECT_USERS, 2, false));
}

START_TEST(changes_while_reading_come_with_the_next_poll)
{
        client.manner.walks_live = _i;
        client_connect(&client, 0);
        feed_rescan(client.feed, directory.now);
        expect_trouble(FAULT_NONE, REQUEST_SEARCH, 2);
        trouble.meanwhile = write_behind_the_reader;

        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_int_eq(status().full_reads, 2);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        expect_right(0);
}
END_TEST

START_TEST(polls_come_at_the_interval_and_never_in_step)
{
        int64_t least = INT64_MAX, most = 0;

        for (unsigned i = 0; i < 200; i++) {
                int64_t wait;

                ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
                wait = client.until - directory.now;
                least = wait < least ? wait : least;
                most = wait > most ? wait : most;
        }

        ck_assert_int_ge(least, POLL_SECONDS * 900);
        ck_assert_int_le(most, POLL_SECONDS * 1100);
        ck_assert_int_gt(most - least, POLL_SECONDS * 100);
}
END_TEST

START_TEST(a_notification_wakes_but_never_more_often_than_every_two_seconds)
{
        int64_t last = directory.now;

        for (unsigned i = 0; i < 5; i++) {
                feed_wake(client.feed, directory.now);
                ck_assert_int_eq(client_turn(&client), CLIENT_WAITING);
                ck_assert_int_eq(client.until, last + 2000);
                ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
                ck_assert_int_eq(directory.now, last + 2000);
                last = directory.now;
        }

        /* And long after a poll at once. */
        directory.now += 20 * 1000;
        feed_wake(client.feed, directory.now);
        ck_assert_int_eq(client_turn(&client), CLIENT_ASKED);
}
END_TEST

START_TEST(a_notification_during_a_poll_is_not_forgotten)
{
        directory.now = client.until;
        ck_assert_int_eq(client_turn(&client), CLIENT_ASKED);
        feed_wake(client.feed, directory.now);

        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_int_eq(client.until, directory.now + 2000);
}
END_TEST

START_TEST(a_notification_does_not_shorten_the_back_off)
{
        expect_trouble(FAULT_CODE, REQUEST_HEAD, 0);
        ck_assert_int_eq(client_poll(&client), CLIENT_HUNG_UP);
        feed_wake(client.feed, directory.now);
        ck_assert_int_eq(client_turn(&client), CLIENT_WAITING);
        ck_assert_int_gt(client.until, directory.now);
}
END_TEST

/* --- late commits --- */

START_TEST(a_write_that_commits_late_is_found_and_counted)
{
        ck_assert(directory_write_late(&directory, 0, users[0], FIELD_MAIL, 7, 3 * MINUTE));
        write_mail(0, users[1], 8);

        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        ck_assert_int_eq(client.domain.cursor.watermark, directory.controllers[0].highest);
        directory.now += 4 * MINUTE;
        ck_assert_uint_eq(directory_tick(&directory), 1);
        ck_assert_uint_eq(compare_cache(&client, 0, NULL), 1);

        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        expect_right(0);
        ck_assert_int_eq(client.domain.late_commits_total, 1);

        /* Not again and again. */
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        ck_assert_int_eq(client.domain.late_commits_total, 1);
        ck_assert_uint_eq(client.n_asked[REQUEST_LATE], 1);
}
END_TEST

/* An object that is renamed while it is read can come twice in one answer. */
START_TEST(a_late_write_that_comes_twice_is_counted_once)
{
        ck_assert(directory_write_late(&directory, 0, users[0], FIELD_MAIL, 7, 3 * MINUTE));
        write_mail(0, users[1], 8);

        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        directory.now += 4 * MINUTE;
        ck_assert_uint_eq(directory_tick(&directory), 1);

        expect_fault((Fault){ .type = FAULT_REPEAT }, REQUEST_LATE, 0);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        expect_right(0);
        ck_assert_int_eq(client.domain.late_commits_total, 1);
}
END_TEST

START_TEST(a_late_write_of_a_first_read_is_found_too)
{
        ck_assert(directory_write_late(&directory, 0, users[0], FIELD_MAIL, 7, MINUTE));
        read_once();
        directory.now += 2 * MINUTE;
        (void)directory_tick(&directory);

        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        expect_right(0);
}
END_TEST

START_TEST(a_late_write_survives_a_restart)
{
        ck_assert(directory_write_late(&directory, 0, users[0], FIELD_MAIL, 7, 3 * MINUTE));
        write_mail(0, users[1], 8);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        directory.now += 4 * MINUTE;
        (void)directory_tick(&directory);

        client_kill(&client);
        come_back(0);
        expect_right(0);
        ck_assert_int_eq(client.domain.late_commits_total, 1);
}
END_TEST

START_TEST(what_came_and_went_unseen_is_not_asked_for_again_and_again)
{
        unsigned passing = add(KIND_USER, unit);

        directory_delete(&directory, 0, passing, true);
        for (unsigned i = 0; i < 5; i++)
                ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);

        ck_assert_uint_eq(client.n_asked[REQUEST_LATE], 0);
        ck_assert_int_eq(client.domain.late_commits_total, 0);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("feed");
        TCase *fresh = tcase_create("fresh"), *ready = tcase_create("ready"),
              *file = tcase_create("file");

        tcase_add_checked_fixture(fresh, setup, teardown);
        tcase_add_test(fresh, a_first_read_brings_everything_in_pages);
        tcase_add_loop_test(fresh, what_may_not_be_followed_is_refused_before_it_is_read, 0, 4);
        tcase_add_test(fresh, attributes_that_the_schema_lacks_are_unknown_and_never_asked_for);
        tcase_add_test(fresh, attributes_that_the_schema_gains_are_read_by_themselves);
        tcase_add_test(fresh, a_hidden_schema_is_no_small_schema);
        tcase_add_test(fresh, an_empty_place_of_deleted_objects_proves_nothing);
        tcase_add_test(fresh, who_may_not_see_deleted_objects_is_told);
        tcase_add_test(fresh, following_goes_on_without_notifications);
        tcase_add_test(fresh, a_server_without_notifications_is_not_asked_for_them);
        tcase_add_test(fresh, a_late_write_of_a_first_read_is_found_too);
        suite_add_tcase(suite, fresh);

        tcase_add_checked_fixture(ready, setup_read, teardown);
        tcase_add_test(ready, a_poll_with_nothing_new_asks_three_things);
        tcase_add_test(ready, changes_come_with_the_next_poll);
        tcase_add_loop_test(ready, changes_while_reading_come_with_the_next_poll, 0, 2);
        tcase_add_test(ready, polls_come_at_the_interval_and_never_in_step);
        tcase_add_test(ready, a_notification_wakes_but_never_more_often_than_every_two_seconds);
        tcase_add_test(ready, a_notification_during_a_poll_is_not_forgotten);
        tcase_add_test(ready, a_notification_does_not_shorten_the_back_off);
        tcase_add_test(ready, a_write_that_commits_late_is_found_and_counted);
        tcase_add_test(ready, a_late_write_that_comes_twice_is_counted_once);
        tcase_add_test(ready, what_came_and_went_unseen_is_not_asked_for_again_and_again);
        suite_add_tcase(suite, ready);

        tcase_add_checked_fixture(file, setup_file, teardown_file);
        tcase_add_test(file, a_late_write_survives_a_restart);
        suite_add_tcase(suite, file);

        return suite;
}
