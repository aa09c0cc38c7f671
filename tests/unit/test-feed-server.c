/* SPDX-License-Identifier: MIT */

/*
 * From one domain controller to another and back, and those that were put back to an old copy.
 */

#include "tests/unit/check-main.h"
#include "tests/unit/feed-bench.h"

START_TEST(fail_over_reads_what_changed_and_no_more)
{
        unsigned entries;
        int64_t rows;

        write_mail(0, users[0], 7);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        rows = status().rows_received;
        write_mail(1, users[1], 8);
        directory_delete(&directory, 1, users[2], true);

        directory.now += MINUTE;
        client_connect(&client, 1);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        entries = client.server.n_entries;

        ck_assert_int_eq(status().full_reads, 1);
        ck_assert(status().unconfirmed_failover);
        ck_assert_uint_lt(entries, 130); /* most of them are the schema's */
        ck_assert_int_eq(status().rows_received - rows, 2);
        ck_assert_str_eq(client.domain.cursor.dc, "dc1.sim.example");

        replicate(0, 1);
        replicate(1, 0);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        ck_assert(!status().unconfirmed_failover);
        expect_right(1);
        ck_assert_int_eq(status().full_reads, 1);
}
END_TEST

/*
 * The case for the vector and against an own watermark (A5): what a lagging server overwrote with older values, the first one
 * never sends again by itself.
 */
START_TEST(fail_back_goes_by_the_vector_and_not_by_the_old_watermark)
{
        /* The change of 0 has not reached 1, which has one of its own at the same object. */
        write_mail(0, users[0], 7);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        directory_write(&directory, 1, users[0], FIELD_DISPLAY_NAME, 5);

        directory.now += MINUTE;
        client_connect(&client, 1);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        expect_right(1);

        directory.now += MINUTE;
        client_connect(&client, 0);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        expect_right(0);
        ck_assert_int_eq(status().full_reads, 1);
}
END_TEST

START_TEST(who_is_unknown_to_the_vector_is_read_in_full)
{
        directory_new_epoch(&directory, 1);
        write_mail(1, users[0], 7);

        directory.now += MINUTE;
        client_connect(&client, 1);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_str_eq(status().full_read_reason,
                         "the domain controller followed before had never heard of this one");
        expect_right(1);
        ck_assert(!status().unconfirmed_failover);
}
END_TEST

START_TEST(without_a_vector_the_next_server_is_read_in_full)
{
        client.manner.lacks_vector = true;
        client_connect(&client, 0);
        write_mail(0, users[0], 7);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);

        directory.now += MINUTE;
        client_connect(&client, 1);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_str_eq(status().full_read_reason,
                         "the domain controller followed before had no up-to-dateness vector");
}
END_TEST

START_TEST(what_died_with_a_server_goes_by_a_full_read_in_the_end)
{
        unsigned lost = add(KIND_USER, unit);

        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        directory.controllers[0].is_up = false;
        directory.was_deleted[lost] = true;

        come_back(1);
        ck_assert(status().unconfirmed_failover);
        ck_assert_uint_eq(compare_cache(&client, 1, NULL), 1);

        client_kill(&client);
        directory.now += 71 * (int64_t)HOUR;
        come_back(1);
        ck_assert(status().unconfirmed_failover);

        directory.now += 2 * HOUR;
        come_back(1);
        ck_assert(!status().unconfirmed_failover);
        ck_assert_int_eq(status().full_reads, 1);
        expect_right(1);
}
END_TEST

static void roll_back(void)
{
        directory_back_up(&directory, 0);
        write_mail(0, users[0], 7);
        directory_write(&directory, 0, users[1], FIELD_PLACE, place_make(OBJECT_USERS, 1, false));
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        ck_assert(directory_roll_back(&directory, 0));
}

START_TEST(a_server_whose_usn_went_back_is_refused)
{
        roll_back();
        ck_assert_int_eq(client_poll(&client), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), "usn-rollback");

        /* Also after a restart, and when it has written its way past our watermark. */
        client_kill(&client);
        for (unsigned i = 0; i < 10; i++)
                write_mail(0, users[3], i + 1);
        directory.now += HOUR;
        client_connect(&client, 0);
        ck_assert_int_eq(client_run(&client), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), "usn-rollback");

        /* What it once told may be gone everywhere, so that the next one is read in full. */
        come_back(1);
        ck_assert_str_eq(status().full_read_reason, "the domain controller followed before was "
                                                    "rolled back: what only it held may be gone");
        expect_right(1);

        /* And it stays refused. */
        directory.now += MINUTE;
        client_connect(&client, 0);
        ck_assert_int_eq(client_run(&client), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), "usn-rollback");
}
END_TEST

START_TEST(an_administrator_may_take_a_rolled_back_server_all_the_same)
{
        roll_back();
        ck_assert_int_eq(client_poll(&client), CLIENT_HUNG_UP);

        feed_rescan(client.feed, directory.now);
        come_back(0);
        expect_right(0);

        write_mail(0, users[3], 9);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        expect_right(0);
}
END_TEST

/* A USN that was given twice stands for two contents, and the cache has the other one. */
START_TEST(a_rescan_does_not_trust_usns)
{
        Guid guid = directory_object_guid(&directory, users[0]);
        int64_t usn;

        roll_back();
        usn = client.domain.cursor.watermark;
        directory.controllers[0].highest = usn - 2;
        write_mail(0, users[0], 9);
        ck_assert(domain_has(client.store, &client.domain, &guid,
                             directory.controllers[0].rows[users[0]].usn) == 1);

        feed_rescan(client.feed, directory.now);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        expect_right(0);
}
END_TEST

static void write_unseen(void)
{
        write_mail(0, users[2], 11);
}

/* A search brings what is newer than the watermark, too; a rollback to exactly the watermark then shows in that. */
START_TEST(a_rollback_to_the_watermark_is_noticed)
{
        write_mail(0, users[0], 7);
        directory_back_up(&directory, 0);
        meanwhile(REQUEST_SEARCH, write_unseen);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        expect_right(0);
        ck_assert(directory_roll_back(&directory, 0));
        ck_assert_int_eq(client.domain.cursor.watermark, directory.controllers[0].highest);

        ck_assert_int_eq(client_poll(&client), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), "usn-rollback");
}
END_TEST

START_TEST(a_rollback_behind_a_plausible_usn_is_betrayed_by_the_canary)
{
        roll_back();
        for (unsigned i = 0; i < 10; i++)
                write_mail(0, users[3], i + 1);

        ck_assert_int_eq(client_poll(&client), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), "usn-rollback");
}
END_TEST

/* Deleted objects are there to be seen, and this one is not among them: what else is gone? */
START_TEST(a_newest_object_that_is_gone_leads_to_a_full_read)
{
        directory_delete(&directory, 0, users[0], true);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        ck_assert_int_eq(client.domain.tombstones_readable, 1);
        write_mail(0, users[1], 7);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        ck_assert_int_eq(status().full_reads, 1);

        directory.controllers[0].rows[users[1]] = (Replica){};
        directory.controllers[0].rows[users[2]] = (Replica){};
        write_mail(0, users[3], 8);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        ck_assert_int_eq(status().full_reads, 2);
        ck_assert_str_eq(status().full_read_reason,
                         "the newest object that was seen is gone without a trace");
        expect_right(0);
}
END_TEST

/* What it had not passed on, nobody's vector knows: but we followed it further than it says it ever was. */
START_TEST(a_server_left_in_doubt_that_comes_back_older_was_rolled_back)
{
        roll_back();
        come_back(1);
        ck_assert(status().unconfirmed_failover);

        directory.now += MINUTE;
        client_connect(&client, 0);
        ck_assert_int_eq(client_run(&client), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), "usn-rollback");
}
END_TEST

START_TEST(a_server_that_others_know_better_than_itself_was_rolled_back)
{
        directory_back_up(&directory, 1);
        write_mail(1, users[0], 7);
        replicate(1, 0);
        ck_assert(directory_roll_back(&directory, 1));
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);

        directory.now += MINUTE;
        client_connect(&client, 1);
        ck_assert_int_eq(client_run(&client), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), "usn-rollback");

        /* Our own rows are not in doubt. */
        come_back(0);
        ck_assert_int_eq(status().full_reads, 1);
        expect_right(0);
}
END_TEST

START_TEST(a_restored_server_is_another_one)
{
        directory_back_up(&directory, 0);
        write_mail(0, users[0], 7);
        replicate(0, 1);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        ck_assert(directory_restore(&directory, 0));

        ck_assert_int_eq(client_poll(&client), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), "server-changed");
        come_back(0);
        expect_right(0);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("feed-server");
        TCase *ready = tcase_create("ready"), *file = tcase_create("file");

        tcase_add_checked_fixture(ready, setup_read, teardown);
        tcase_add_test(ready, fail_over_reads_what_changed_and_no_more);
        tcase_add_test(ready, fail_back_goes_by_the_vector_and_not_by_the_old_watermark);
        tcase_add_test(ready, who_is_unknown_to_the_vector_is_read_in_full);
        tcase_add_test(ready, without_a_vector_the_next_server_is_read_in_full);
        tcase_add_test(ready, an_administrator_may_take_a_rolled_back_server_all_the_same);
        tcase_add_test(ready, a_rescan_does_not_trust_usns);
        tcase_add_test(ready, a_rollback_to_the_watermark_is_noticed);
        tcase_add_test(ready, a_rollback_behind_a_plausible_usn_is_betrayed_by_the_canary);
        tcase_add_test(ready, a_newest_object_that_is_gone_leads_to_a_full_read);
        tcase_add_test(ready, a_server_left_in_doubt_that_comes_back_older_was_rolled_back);
        tcase_add_test(ready, a_server_that_others_know_better_than_itself_was_rolled_back);
        tcase_add_test(ready, a_restored_server_is_another_one);
        suite_add_tcase(suite, ready);

        tcase_add_checked_fixture(file, setup_file, teardown_file);
        tcase_add_test(file, what_died_with_a_server_goes_by_a_full_read_in_the_end);
        tcase_add_test(file, a_server_whose_usn_went_back_is_refused);
        suite_add_tcase(suite, file);

        return suite;
}
