/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/complaint.h"
#include "daemon/log.h"
#include "tests/unit/check-main.h"

#define ID "00000000000000000000000000000000"

static Complaint complaint;
static int saved_stderr, capture;

static void set_up(void)
{
        char name[] = "/tmp/scand-test-complaint-XXXXXX";

        (void)unsetenv("JOURNAL_STREAM");
        log_open();
        log_set_level(LOG_INFO);
        complaint = (Complaint){ 0 };

        capture = mkstemp(name);
        ck_assert_int_ge(capture, 0);
        ck_assert_int_eq(unlink(name), 0);
        saved_stderr = dup(STDERR_FILENO);
        ck_assert_int_ge(dup2(capture, STDERR_FILENO), 0);
}

static void tear_down(void)
{
        (void)dup2(saved_stderr, STDERR_FILENO);
        (void)close(saved_stderr);
        (void)close(capture);
        complaint_done(&complaint);
}

/* What was logged since the last call. */
static const char *logged(void)
{
        static char text[4096];
        ssize_t n = pread(capture, text, sizeof(text) - 1, 0);

        ck_assert_int_ge(n, 0);
        text[n] = '\0';
        ck_assert_int_eq(ftruncate(capture, 0), 0);
        ck_assert_int_eq(lseek(capture, 0, SEEK_SET), 0);
        return text;
}

static bool tell(const char *code, const char *text, int64_t now, int64_t retry_at)
{
        complaint_add(&complaint, ID, code, text);
        return complaint_tell(&complaint, "corp.example", now, retry_at);
}

START_TEST(trouble_is_told_with_what_follows)
{
        ck_assert(tell("connect-refused", "dc1 refuses", 0, 4000));
        ck_assert_str_eq(logged(), "scand: corp.example: dc1 refuses, retrying in 4s\n");
        ck_assert_str_eq(complaint.code, "connect-refused");
        ck_assert_uint_eq(complaint.n, 1);
}
END_TEST

START_TEST(a_part_of_a_second_counts_as_one_and_the_past_as_at_once)
{
        ck_assert(tell("a", "x", 0, 1));
        ck_assert_str_eq(logged(), "scand: corp.example: x, retrying in 1s\n");
        ck_assert(tell("b", "y", 5000, 5000));
        ck_assert_str_eq(logged(), "scand: corp.example: y, retrying at once\n");
}
END_TEST

START_TEST(the_same_trouble_is_told_once_and_another_at_once)
{
        ck_assert(tell("a", "x", 0, 1000));
        ck_assert(!tell("a", "x", 1000, 3000));
        ck_assert(!tell("a", "x, and more", 3000, 7000));
        ck_assert_str_eq(logged(), "scand: corp.example: x, retrying in 1s\n");
        ck_assert_uint_eq(complaint.n, 3);

        ck_assert(tell("b", "y", 7000, 8000));
        ck_assert_str_eq(logged(), "scand: corp.example: y, retrying in 1s\n");
        ck_assert(tell("a", "x", 8000, 9000));
}
END_TEST

START_TEST(trouble_that_lasts_is_told_now_and_then)
{
        unsigned n_told = 0;

        /* A day, tried every 5 minutes: 288 failures, and one line for each quarter of an hour. */
        for (int64_t now = 0; now < INT64_C(24) * 3600 * 1000; now += 300 * 1000)
                n_told += tell("a", "x", now, now + 300 * 1000);
        ck_assert_uint_eq(n_told, 24 * 4);
        ck_assert_uint_eq(complaint.n, 288);
}
END_TEST

START_TEST(the_end_is_told_where_trouble_was)
{
        complaint_end(&complaint, "corp.example");
        ck_assert_str_eq(logged(), "");

        (void)tell("a", "x", 0, 1000);
        (void)tell("a", "x", 1000, 2000);
        (void)logged();
        complaint_end(&complaint, "corp.example");
        ck_assert_str_eq(logged(), "scand: corp.example: following again after 2 failures\n");
        ck_assert_ptr_null(complaint.code);
        ck_assert_uint_eq(complaint.n, 0);

        ck_assert(tell("a", "x", 3000, 4000));
}
END_TEST

START_TEST(nothing_is_told_twice)
{
        (void)tell("a", "x", 0, 1000);
        (void)logged();
        ck_assert(!complaint_tell(&complaint, "corp.example", INT64_C(99999999), 0));
        ck_assert_str_eq(logged(), "");
}
END_TEST

/* log.c */

START_TEST(less_important_messages_are_dropped)
{
        log_set_level(LOG_WARNING);
        log_info("no");
        log_warning("yes");
        ck_assert_str_eq(logged(), "scand: yes\n");
}
END_TEST

START_TEST(lines_are_messages)
{
        log_lines(LOG_ERR, "one\n\ntwo\nthree");
        ck_assert_str_eq(logged(), "scand: one\nscand: \nscand: two\nscand: three\n");
}
END_TEST

START_TEST(an_entry_with_too_many_fields_is_still_told)
{
        LogEntry entry = { 0 };

        for (int i = 0; i < 100; i++)
                log_entry_add_integer(&entry, "X", i);
        log_entry_write(&entry, LOG_INFO, ID, "it");
        ck_assert_str_eq(logged(), "scand: it\n");
        ck_assert_uint_eq(entry.n_fields, 0);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("complaint");
        TCase *tcase = tcase_create("complaint");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, trouble_is_told_with_what_follows);
        tcase_add_test(tcase, a_part_of_a_second_counts_as_one_and_the_past_as_at_once);
        tcase_add_test(tcase, the_same_trouble_is_told_once_and_another_at_once);
        tcase_add_test(tcase, trouble_that_lasts_is_told_now_and_then);
        tcase_add_test(tcase, the_end_is_told_where_trouble_was);
        tcase_add_test(tcase, nothing_is_told_twice);
        tcase_add_test(tcase, less_important_messages_are_dropped);
        tcase_add_test(tcase, lines_are_messages);
        tcase_add_test(tcase, an_entry_with_too_many_fields_is_still_told);
        suite_add_tcase(suite, tcase);
        return suite;
}
