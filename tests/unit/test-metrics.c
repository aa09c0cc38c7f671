/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/metrics.h"
#include "lib/core/rule.h"
#include "lib/core/util.h"
#include "tests/unit/check-main.h"

/* 2026-11-21T09:36:36Z */
#define NOW INT64_C(1795253796)

static char *metrics_text(const Health *health)
{
        char *text = NULL;

        ck_assert_int_eq(metrics_format(health, &text), 0);
        return text;
}

/* Is it a line of its own? */
static bool has_line(const char *text, const char *line)
{
        size_t size = strlen(line);

        for (const char *at = text; (at = strstr(at, line)); at++)
                if ((at == text || at[-1] == '\n') && at[size] == '\n')
                        return true;

        return false;
}

#define ck_assert_line(text, line)                                                                 \
        ck_assert_msg(has_line(text, line), "no \"%s\" in\n%s", line, text)

static size_t count(const char *text, const char *needle)
{
        size_t n = 0;

        for (const char *at = text; (at = strstr(at, needle)); at += strlen(needle))
                n++;
        return n;
}

START_TEST(numbers_and_instants_stand_as_they_are)
{
        Health health = {
                .state = (char *)"running",
                .version = (char *)"0.1.0",
                .since = NOW - 1000,
                .written_at = NOW,
                .next_write_due = NOW + 30,
                .errors = 3,
                .warnings = 4,
                .notices = 5,
                .missed_changes_total = 6,
                .adopted_differences_total = 9,
                .database_bytes = INT64_C(5000000000),
                .wal_bytes = 7,
                .longest_turn_ms = 12008,
        };
        _cleanup_free_ char *text = metrics_text(&health);

        ck_assert_line(text, "scand_build_info{version=\"0.1.0\"} 1");
        ck_assert_line(text, "scand_start_timestamp_seconds 1795252796");
        ck_assert_line(text, "scand_written_timestamp_seconds 1795253796");
        ck_assert_line(text, "scand_next_write_timestamp_seconds 1795253826");
        ck_assert_line(text, "scand_findings{severity=\"error\"} 3");
        ck_assert_line(text, "scand_findings{severity=\"warning\"} 4");
        ck_assert_line(text, "scand_findings{severity=\"notice\"} 5");
        ck_assert_line(text, "# TYPE scand_missed_changes_total counter");
        ck_assert_line(text, "scand_missed_changes_total 6");
        ck_assert_line(text, "scand_adopted_differences_total 9");
        ck_assert_line(text, "scand_database_size_bytes 5000000000");
        ck_assert_line(text, "scand_wal_size_bytes 7");
        ck_assert_line(text, "scand_longest_turn_seconds 12.008");
        ck_assert_line(text, "scand_state{state=\"running\"} 1");
        ck_assert_line(text, "scand_state{state=\"stopped\"} 0");
}
END_TEST

START_TEST(each_domain_has_its_series)
{
        HealthDomain domains[] = { HEALTH_DOMAIN_INIT, HEALTH_DOMAIN_INIT };
        Health health = { .domains = domains, .n_domains = 2 };
        _cleanup_free_ char *text = NULL;

        domains[0].name = (char *)"corp.example";
        domains[0].state = (char *)"reading";
        domains[0].dc = (char *)"dc1.corp.example";
        domains[0].site = (char *)"Oslo";
        domains[0].invocation_id = (char *)"d2a59be4-0000-0000-0000-000000000001";
        domains[0].watermark = INT64_C(9007199254740993); /* more than a double holds */
        domains[0].usn_behind = 12;
        domains[0].objects = 999;
        domains[0].last_poll_ok = NOW - 30;
        domains[0].last_full_ok = NOW - 3600;
        domains[0].last_reconcile_ok = NOW - 7200;
        domains[0].stale_after = NOW + 120;
        domains[0].tombstones_readable = 0;
        domains[0].unconfirmed_failover = true;
        domains[0].failures = 2;
        domains[0].full_read_objects = 444;
        domains[0].full_reads_interrupted = 9;
        domains[0].late_commits = 10;
        domains[0].rows_received = 5555;
        domains[1].name = (char *)"lab.example";
        domains[1].state = (char *)"connecting";
        text = metrics_text(&health);

        ck_assert_line(
                text,
                "scand_domain_info{domain=\"corp.example\",dc=\"dc1.corp.example\",site=\"Oslo\","
                "invocation_id=\"d2a59be4-0000-0000-0000-000000000001\"} 1");
        ck_assert_line(
                text,
                "scand_domain_info{domain=\"lab.example\",dc=\"\",site=\"\",invocation_id=\"\"} 1");
        ck_assert_line(text, "scand_domain_state{domain=\"corp.example\",state=\"reading\"} 1");
        ck_assert_line(text, "scand_domain_state{domain=\"corp.example\",state=\"following\"} 0");
        ck_assert_line(text, "scand_domain_state{domain=\"lab.example\",state=\"connecting\"} 1");
        ck_assert_line(text,
                       "scand_domain_watermark_usn{domain=\"corp.example\"} 9007199254740993");
        ck_assert_line(text, "scand_domain_behind_usn{domain=\"corp.example\"} 12");
        ck_assert_line(text, "scand_domain_objects{domain=\"corp.example\"} 999");
        ck_assert_line(
                text,
                "scand_domain_last_poll_timestamp_seconds{domain=\"corp.example\"} 1795253766");
        ck_assert_line(text, "scand_domain_last_poll_timestamp_seconds{domain=\"lab.example\"} 0");
        ck_assert_line(text, "scand_domain_last_full_read_timestamp_seconds{domain=\"corp."
                             "example\"} 1795250196");
        ck_assert_line(text, "scand_domain_last_reconcile_timestamp_seconds{domain=\"corp."
                             "example\"} 1795246596");
        ck_assert_line(text,
                       "scand_domain_stale_timestamp_seconds{domain=\"corp.example\"} 1795253916");
        ck_assert_line(text, "scand_domain_tombstones_readable{domain=\"corp.example\"} 0");
        ck_assert_ptr_null(
                strstr(text, "scand_domain_tombstones_readable{domain=\"lab.example\"}"));
        ck_assert_line(text, "scand_domain_unconfirmed_failover{domain=\"corp.example\"} 1");
        ck_assert_line(text, "scand_domain_consecutive_failures{domain=\"corp.example\"} 2");
        ck_assert_line(text, "scand_domain_reading_objects{domain=\"corp.example\"} 444");
        ck_assert_line(text, "scand_domain_reading_objects{domain=\"lab.example\"} 0");
        ck_assert_line(text, "scand_domain_interrupted_reads_total{domain=\"corp.example\"} 9");
        ck_assert_line(text, "scand_domain_late_commits_total{domain=\"corp.example\"} 10");
        ck_assert_line(text, "scand_domain_rows_received_total{domain=\"corp.example\"} 5555");
}
END_TEST

START_TEST(every_rule_has_a_series_also_without_findings)
{
        HealthRule rules[] = { { (char *)"upn-missing", 12 } };
        HealthUnknown unknown[] = { { (char *)"linked-mailbox", (char *)"not in the schema" } };
        Health health = { .rules = rules, .n_rules = 1, .unknown = unknown, .n_unknown = 1 };
        _cleanup_free_ char *text = metrics_text(&health);

        ck_assert_line(text, "scand_rule_findings{rule=\"upn-missing\"} 12");
        ck_assert_line(text, "scand_rule_findings{rule=\"linked-mailbox\"} 0");
        ck_assert_line(text, "scand_rule_unknown{rule=\"linked-mailbox\"} 1");
        ck_assert_line(text, "scand_rule_unknown{rule=\"upn-missing\"} 0");
        ck_assert_uint_eq(count(text, "\nscand_rule_findings{"), rule_count());
        ck_assert_uint_eq(count(text, "\nscand_rule_unknown{"), rule_count());
}
END_TEST

/* One wrong byte, and the collector refuses the whole file. */
START_TEST(what_a_server_says_of_itself_cannot_break_the_file)
{
        HealthDomain domain = HEALTH_DOMAIN_INIT;
        Health health = { .domains = &domain, .n_domains = 1 };
        _cleanup_free_ char *text = NULL;

        domain.name = (char *)"corp.example";
        domain.dc = (char *)"a\"} 1\nscand_evil 1\n#\\";
        domain.site = (char *)"K\xf8ln";
        text = metrics_text(&health);

        ck_assert_ptr_nonnull(strstr(text, ",dc=\"a\\\"} 1\\\\x0Ascand_evil 1\\\\x0A#\\\\\\\\\","));
        ck_assert_ptr_nonnull(strstr(text, ",site=\"K\\\\xF8ln\","));
        ck_assert_ptr_null(strstr(text, "\nscand_evil"));
}
END_TEST

START_TEST(a_family_is_introduced_once)
{
        HealthDomain domains[] = { HEALTH_DOMAIN_INIT, HEALTH_DOMAIN_INIT };
        Health health = { .domains = domains, .n_domains = 2 };
        _cleanup_free_ char *text = NULL;
        size_t n = 0;

        domains[0].name = (char *)"a.example";
        domains[1].name = (char *)"b.example";
        text = metrics_text(&health);

        for (const char *at = text; (at = strstr(at, "# TYPE ")); at++) {
                char line[256];
                size_t size = strcspn(at + 7, " ");

                (void)snprintf(line, sizeof(line), "# HELP %.*s ", (int)size, at + 7);
                ck_assert_uint_eq(count(text, line), 1);
                (void)snprintf(line, sizeof(line), "# TYPE %.*s ", (int)size, at + 7);
                ck_assert_uint_eq(count(text, line), 1);
                n++;
        }
        ck_assert_uint_gt(n, 20);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("metrics");
        TCase *tcase = tcase_create("metrics");

        tcase_add_test(tcase, numbers_and_instants_stand_as_they_are);
        tcase_add_test(tcase, each_domain_has_its_series);
        tcase_add_test(tcase, every_rule_has_a_series_also_without_findings);
        tcase_add_test(tcase, what_a_server_says_of_itself_cannot_break_the_file);
        tcase_add_test(tcase, a_family_is_introduced_once);
        suite_add_tcase(suite, tcase);
        return suite;
}
