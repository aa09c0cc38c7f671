/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/report.h"
#include "tests/unit/check-main.h"

/* 2026-11-21T09:36:36Z */
#define NOW INT64_C(1795253796)

/* --- a manager of two followers that only are what a test says --- */

struct Follower {
        FollowerView view;
};

static Store *store;
static DomainConfig configs[2] = {
        { .name = (char *)"a.example", .poll_interval = 30 },
        { .name = (char *)"b.example", .poll_interval = 30 },
};
static Domain domains[2];
static Follower followers[2];

Store *manager_store(Manager *manager)
{
        return store;
}

const Config *manager_config(Manager *manager)
{
        static const Config none;

        return &none;
}

int64_t manager_wall(Manager *manager)
{
        return NOW;
}

ManagerState manager_state(const Manager *manager)
{
        return MANAGER_RUNNING;
}

int64_t manager_since(const Manager *manager)
{
        return NOW - 100;
}

int64_t manager_longest_turn_usec(const Manager *manager)
{
        return 12999;
}

const Follower *manager_follower(const Manager *manager, size_t index)
{
        return index < 2 ? &followers[index] : NULL;
}

void follower_look(const Follower *follower, FollowerView *ret)
{
        *ret = follower->view;
}

const char *follower_state_name(FollowerState state)
{
        static const char *const names[] = { "connecting", "reading", "following", "waiting",
                                             "stopping" };

        return names[state];
}

/* --- tests --- */

static char directory[] = "/tmp/scand-test-report-XXXXXX";

static void set_up(void)
{
        _cleanup_free_ char *error = NULL;

        strcpy(directory + strlen(directory) - 6, "XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(directory));
        ck_assert_int_eq(store_open(NULL, STORE_MEMORY, &store, &error), 0);

        for (size_t i = 0; i < 2; i++) {
                domains[i] = (Domain){
                        .objects = 1000 + (int64_t)i,
                        .last_poll_ok = NOW - 10,
                        .stale_after = NOW + 170,
                        .tombstones_readable = 1,
                        .missed_changes_total = 1,
                        .adopted_differences_total = 2,
                };
                followers[i].view = (FollowerView){
                        .config = &configs[i],
                        .domain = &domains[i],
                        .state = FOLLOWER_FOLLOWING,
                        .feed.dc = "dc1",
                };
        }
}

static void tear_down(void)
{
        char command[128];

        store = store_close(store);
        (void)snprintf(command, sizeof(command), "rm -rf %s", directory);
        ck_assert_int_eq(system(command), 0);
}

START_TEST(all_that_is_known_is_filled_in)
{
        _cleanup_(health_done) Health health = { 0 };

        ck_assert_int_eq(report_fill(NULL, &health), 0);
        ck_assert_str_eq(health.state, "running");
        ck_assert_str_eq(health.version, SCAND_VERSION);
        ck_assert_int_eq(health.since, NOW - 100);
        ck_assert_int_eq(health.written_at, NOW);
        ck_assert_int_eq(health.next_write_due, NOW + REPORT_INTERVAL_SECONDS);
        ck_assert_int_gt(health.next_write_due_boottime, REPORT_INTERVAL_SECONDS);
        ck_assert_int_eq(health.pid, getpid());
        ck_assert_uint_eq(strlen(health.boot_id), 36);
        ck_assert_int_eq(health.objects, 2001);
        ck_assert_int_eq(health.missed_changes_total, 2);
        ck_assert_int_eq(health.adopted_differences_total, 4);
        ck_assert_int_eq(health.domains[1].adopted_differences, 2);
        ck_assert_int_eq(health.longest_turn_ms, 12);
        ck_assert_uint_eq(health.n_domains, 2);
        ck_assert_str_eq(health.domains[1].name, "b.example");
        ck_assert_str_eq(health.domains[1].state, "following");
        ck_assert_int_eq(health.domains[0].full_read_objects, -1);
}
END_TEST

START_TEST(some_missed_polls_make_a_domain_stale_and_a_full_read_does_not)
{
        _cleanup_(health_done) Health health = { 0 };

        followers[1].view.feed.is_reading = true;
        followers[1].view.feed.read_since = NOW - 5;
        followers[1].view.feed.read_objects = 500;
        ck_assert_int_eq(report_fill(NULL, &health), 0);
        ck_assert_int_eq(health.domains[0].stale_after, NOW + 170);
        ck_assert_int_eq(health.domains[1].stale_after, NOW - 5 + 3600);
        ck_assert_int_eq(health.domains[1].full_read_objects, 500);
        ck_assert_double_eq(health.domains[1].full_read_rate, 100.0);
}
END_TEST

START_TEST(a_domain_never_read_is_not_stale_but_unread)
{
        _cleanup_(health_done) Health health = { 0 };

        domains[0].last_poll_ok = domains[0].stale_after = 0;
        ck_assert_int_eq(report_fill(NULL, &health), 0);
        ck_assert_int_eq(health.domains[0].stale_after, 0);
}
END_TEST

START_TEST(counts_stay_as_they_were_while_a_transaction_is_open)
{
        _cleanup_(health_done) Health health = { .errors = 3, .warnings = 4, .notices = 5 };

        health.rules = calloc(1, sizeof(HealthRule));
        health.rules[0] = (HealthRule){ strdup("upn-missing"), 12 };
        health.n_rules = 1;

        ck_assert_int_eq(store_begin(store), 0);
        ck_assert_int_eq(report_fill(NULL, &health), 0);
        ck_assert_int_eq(health.errors, 3);
        ck_assert_int_eq(health.notices, 5);
        ck_assert_uint_eq(health.n_rules, 1);
        ck_assert_str_eq(health.rules[0].rule, "upn-missing");

        ck_assert_int_eq(store_rollback(store), 0);
        ck_assert_int_eq(report_fill(NULL, &health), 0);
        ck_assert_int_eq(health.errors, 0);
        ck_assert_uint_eq(health.n_rules, 0);
}
END_TEST

START_TEST(rules_that_cannot_be_judged_say_why)
{
        _cleanup_(health_done) Health health = { 0 };
        bool found = false;

        ck_assert_int_eq(report_fill(NULL, &health), 0);
        ck_assert_uint_eq(health.n_unknown, 0);

        attribute_set_add(&domains[1].unreadable, ATTRIBUTE_MS_EXCH_MASTER_ACCOUNT_SID);
        ck_assert_int_eq(report_fill(NULL, &health), 0);
        for (size_t i = 0; i < health.n_unknown; i++) {
                ck_assert_ptr_nonnull(
                        strstr(health.unknown[i].reason,
                               "msExchMasterAccountSid is not in the schema of b.example"));
                found = found || strcmp(health.unknown[i].rule, "linked-mailbox") == 0;
        }
        ck_assert(found);
}
END_TEST

START_TEST(the_files_are_whole_readable_by_all_and_alone)
{
        _cleanup_(health_done) Health health = { 0 }, read = { 0 };
        char path[128], text[16384];
        struct dirent *entry;
        struct stat status;
        unsigned n = 0;
        size_t size;
        FILE *file;
        DIR *dir;

        (void)umask(0077);
        ck_assert_int_eq(report_fill(NULL, &health), 0);
        ck_assert_int_eq(report_write(&health, directory), 0);
        ck_assert_int_eq(report_write(&health, directory), 0);

        (void)snprintf(path, sizeof(path), "%s/health.json", directory);
        ck_assert_int_eq(stat(path, &status), 0);
        ck_assert_uint_eq(status.st_mode & 07777, 0644);
        file = fopen(path, "re");
        ck_assert_ptr_nonnull(file);
        size = fread(text, 1, sizeof(text), file);
        (void)fclose(file);
        ck_assert_int_eq(health_parse(text, size, &read, NULL), 0);
        ck_assert_int_eq(read.objects, 2001);

        (void)snprintf(path, sizeof(path), "%s/scand.prom", directory);
        ck_assert_int_eq(stat(path, &status), 0);
        ck_assert_uint_eq(status.st_mode & 07777, 0644);
        file = fopen(path, "re");
        ck_assert_ptr_nonnull(file);
        size = fread(text, 1, sizeof(text) - 1, file);
        (void)fclose(file);
        text[size] = '\0';
        ck_assert_ptr_nonnull(strstr(text, "\nscand_domain_objects{domain=\"b.example\"} 1001\n"));

        dir = opendir(directory);
        while ((entry = readdir(dir)))
                n += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
        (void)closedir(dir);
        ck_assert_uint_eq(n, 2);
}
END_TEST

START_TEST(a_folder_that_is_gone_is_an_error)
{
        _cleanup_(health_done) Health health = { 0 };

        ck_assert_int_eq(report_fill(NULL, &health), 0);
        ck_assert_int_eq(report_write(&health, "/nonexistent"), -ENOENT);
}
END_TEST

/* What somebody put in the way of the temporary file is not written through. */
START_TEST(a_planted_link_is_not_followed)
{
        _cleanup_(health_done) Health health = { 0 };
        char link[128];

        ck_assert_int_eq(report_fill(NULL, &health), 0);
        (void)snprintf(link, sizeof(link), "%s/.health.json.new", directory);
        ck_assert_int_eq(symlink("/tmp/scand-test-report-target", link), 0);
        ck_assert_int_eq(report_write(&health, directory), -ELOOP);
        ck_assert_int_eq(access("/tmp/scand-test-report-target", F_OK), -1);

        /* The other file does not suffer from it. */
        (void)snprintf(link, sizeof(link), "%s/scand.prom", directory);
        ck_assert_int_eq(access(link, R_OK), 0);

        /* It was removed, so that the next one succeeds. */
        ck_assert_int_eq(report_write(&health, directory), 0);
}
END_TEST

START_TEST(one_line_says_how_it_stands)
{
        _cleanup_(health_done) Health health = { 0 };
        _cleanup_free_ char *line = NULL;

        followers[1].view.state = FOLLOWER_WAITING;
        ck_assert_int_eq(report_fill(NULL, &health), 0);
        health.errors = 1;
        health.warnings = 3;
        line = report_line(&health);
        ck_assert_str_eq(line,
                         "2 domains: 1 following, 1 waiting; 2001 objects; 1 error, 3 warnings");
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("report");
        TCase *tcase = tcase_create("report");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, all_that_is_known_is_filled_in);
        tcase_add_test(tcase, some_missed_polls_make_a_domain_stale_and_a_full_read_does_not);
        tcase_add_test(tcase, a_domain_never_read_is_not_stale_but_unread);
        tcase_add_test(tcase, counts_stay_as_they_were_while_a_transaction_is_open);
        tcase_add_test(tcase, rules_that_cannot_be_judged_say_why);
        tcase_add_test(tcase, the_files_are_whole_readable_by_all_and_alone);
        tcase_add_test(tcase, a_folder_that_is_gone_is_an_error);
        tcase_add_test(tcase, a_planted_link_is_not_followed);
        tcase_add_test(tcase, one_line_says_how_it_stands);
        suite_add_tcase(suite, tcase);
        return suite;
}
