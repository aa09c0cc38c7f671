/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/health.h"
#include "lib/core/util.h"
#include "tests/unit/check-main.h"

/* 2026-11-21T09:36:36Z */
#define NOW INT64_C(1795253796)

/* Every member with a value of its own, so that two mixed up would show. */
static void fill(Health *health)
{
        *health = (Health){
                .state = strdup("running"),
                .version = strdup("0.1.0"),
                .since = NOW - 1000,
                .written_at = NOW,
                .next_write_due = NOW + 60,
                .next_write_due_boottime = 4711,
                .pid = 815,
                .boot_id = strdup("5a1e4f0c-0d3c-4b0f-9d5a-0d8a8b3f6c11"),
                .objects = 1000,
                .errors = 3,
                .warnings = 4,
                .notices = 5,
                .missed_changes_total = 6,
                .adopted_differences_total = 11,
                .database_bytes = INT64_C(5000000000),
                .wal_bytes = 7,
                .longest_turn_ms = 8,
        };

        health->n_domains = 1;
        health->domains = calloc(1, sizeof(HealthDomain));
        health->domains[0] = (HealthDomain){
                .name = strdup("corp.example"),
                .state = strdup("reading"),
                .dc = strdup("dc1.corp.example"),
                .site = strdup("Default-First-Site-Name"),
                .invocation_id = strdup("d2a59be4-0000-0000-0000-000000000001"),
                .watermark = INT64_C(9007199254740993), /* more than a double holds */
                .usn_behind = 12,
                .objects = 999,
                .last_poll_ok = NOW - 30,
                .last_full_ok = NOW - 3600,
                .last_reconcile_ok = NOW - 7200,
                .tombstones_readable = 1,
                .unconfirmed_failover = true,
                .failures = 2,
                .last_error = strdup("connect-timeout"),
                .full_read_reason = strdup("an administrator asked for it"),
                .stale_after = NOW + 120,
                .full_read_objects = 444,
                .full_read_since = NOW - 10,
                .full_read_rate = 44.4,
                .full_reads_interrupted = 9,
                .late_commits = 10,
                .rows_received = 5555,
                .missed_changes = 12,
                .adopted_differences = 13,
                .deletions_held = 14,
                .findings_held = 15,
        };

        health->n_rules = 2;
        health->rules = calloc(2, sizeof(HealthRule));
        health->rules[0] = (HealthRule){ strdup("mail-invalid"), 3 };
        health->rules[1] = (HealthRule){ strdup("upn-missing"), 4 };
        health->n_unknown = 1;
        health->unknown = calloc(1, sizeof(HealthUnknown));
        health->unknown[0] =
                (HealthUnknown){ strdup("hidden-msol-contact"), strdup("not in the schema") };
}

static Health parse(const char *text)
{
        _cleanup_free_ char *error = NULL;
        Health health = { 0 };

        ck_assert_msg(health_parse(text, strlen(text), &health, &error) == 0, "%s", error);
        return health;
}

START_TEST(what_is_written_is_read_again)
{
        _cleanup_(health_done) Health before = { 0 }, after = { 0 };
        _cleanup_free_ char *first = NULL, *second = NULL;
        const HealthDomain *domain;

        fill(&before);
        ck_assert_int_eq(health_format(&before, &first), 0);
        after = parse(first);
        ck_assert_int_eq(health_format(&after, &second), 0);
        ck_assert_str_eq(first, second);

        ck_assert_int_eq(after.next_write_due, NOW + 60);
        ck_assert_int_eq(after.next_write_due_boottime, 4711);
        ck_assert_int_eq(after.database_bytes, INT64_C(5000000000));
        ck_assert_int_eq(after.notices, 5);
        domain = &after.domains[0];
        ck_assert_int_eq(domain->watermark, INT64_C(9007199254740993));
        ck_assert_int_eq(domain->stale_after, NOW + 120);
        ck_assert_int_eq(domain->full_read_objects, 444);
        ck_assert_str_eq(after.unknown[0].reason, "not in the schema");
}
END_TEST

/* The shape that others build on, by name. */
START_TEST(the_members_are_called_as_promised)
{
        static const char *const members[] = {
                "schema",
                "state",
                "version",
                "since",
                "written_at",
                "next_write_due",
                "pid",
                "boot_id",
                "domains",
                "objects",
                "findings",
                "rules",
                "rules_unknown",
                "missed_changes_total",
                "adopted_differences_total",
        };
        static const char *const of_domain[] = {
                "name",
                "state",
                "dc",
                "site",
                "invocation_id",
                "watermark",
                "age_seconds",
                "usn_behind",
                "objects",
                "last_poll_ok",
                "last_full_ok",
                "last_reconcile_ok",
                "tombstones_readable",
                "unconfirmed_failover",
                "failures",
                "last_error",
                "full_read",
                "stale_after",
                "rows_received_total",
                "missed_changes_total",
                "adopted_differences_total",
                "deletions_held",
                "findings_held",
                "full_read_reason",
        };
        _cleanup_(health_done) Health health = { 0 };
        _cleanup_free_ char *text = NULL;
        json_object *root, *array, *domain, *value;

        fill(&health);
        ck_assert_int_eq(health_format(&health, &text), 0);
        root = json_tokener_parse(text);
        ck_assert_ptr_nonnull(root);
        for (size_t i = 0; i < ARRAY_SIZE(members); i++)
                ck_assert_msg(json_object_object_get_ex(root, members[i], NULL), "%s", members[i]);

        ck_assert(json_object_object_get_ex(root, "domains", &array));
        domain = json_object_array_get_idx(array, 0);
        for (size_t i = 0; i < ARRAY_SIZE(of_domain); i++)
                ck_assert_msg(json_object_object_get_ex(domain, of_domain[i], NULL), "%s",
                              of_domain[i]);

        ck_assert(json_object_object_get_ex(domain, "age_seconds", &value));
        ck_assert_int_eq(json_object_get_int(value), 30);
        ck_assert(json_object_object_get_ex(root, "written_at", &value));
        ck_assert_str_eq(json_object_get_string(value), "2026-11-21T09:36:36Z");
        json_object_put(root);
}
END_TEST

START_TEST(status_says_nothing_of_the_file)
{
        _cleanup_(health_done) Health health = { 0 };
        _cleanup_free_ char *text = NULL;

        fill(&health);
        ck_assert_int_eq(health_format_status(&health, &text), 0);
        ck_assert_ptr_null(strstr(text, "written_at"));
        ck_assert_ptr_null(strstr(text, "next_write_due"));
        ck_assert_ptr_null(strstr(text, "boot_id"));
        ck_assert_ptr_nonnull(strstr(text, "\"age_seconds\""));
}
END_TEST

START_TEST(what_is_not_known_is_null_and_stays_unknown)
{
        _cleanup_(health_done) Health before = { 0 }, after = { 0 };
        _cleanup_free_ char *text = NULL;

        before.n_domains = 1;
        before.domains = calloc(1, sizeof(HealthDomain));
        before.domains[0] = HEALTH_DOMAIN_INIT;
        before.domains[0].name = strdup("corp.example");

        ck_assert_int_eq(health_format(&before, &text), 0);
        ck_assert_ptr_nonnull(strstr(text, "\"full_read\":null"));
        ck_assert_ptr_nonnull(strstr(text, "\"tombstones_readable\":null"));
        ck_assert_ptr_nonnull(strstr(text, "\"age_seconds\":null"));
        after = parse(text);
        ck_assert_int_eq(after.domains[0].tombstones_readable, -1);
        ck_assert_int_eq(after.domains[0].full_read_objects, -1);
        ck_assert_int_eq(after.domains[0].last_poll_ok, 0);
        ck_assert_ptr_null(after.domains[0].dc);
}
END_TEST

START_TEST(fields_of_a_newer_scand_are_ignored)
{
        _cleanup_(health_done) Health health = { 0 };

        health = parse("{\"schema\":1,\"novel\":[{}],\"state\":\"running\",\"domains\":[{\"name\":"
                       "\"a\",\"novel\":1}]}\n");
        ck_assert_str_eq(health.state, "running");
        ck_assert_uint_eq(health.n_domains, 1);
}
END_TEST

static const char *const refused[] = {
        "",
        "{",
        "[]",
        "null",
        "{}",
        "{\"schema\":2}",
        "{\"schema\":\"1\"}",
        "{\"schema\":1} x",
        "{\"schema\":1}{\"schema\":1}",
        "{\"schema\":1,\"since\":17}",
        "{\"schema\":1,\"since\":\"yesterday\"}",
        "{\"schema\":1,\"since\":\"2026-11-21T09:36:36Z!\"}",
        "{\"schema\":1,\"state\":7}",
        "{\"schema\":1,\"domains\":{}}",
        "{\"schema\":1,\"domains\":[1]}",
        "{\"schema\":1,\"domains\":[null]}",
        "{\"schema\":1,\"domains\":[{\"failures\":-1}]}",
        "{\"schema\":1,\"domains\":[{\"failures\":4294967296}]}",
        "{\"schema\":1,\"domains\":[{\"full_read\":7}]}",
        "{\"schema\":1,\"rules\":{\"a\":null}}",
        "{\"schema\":1,\"rules\":{\"a\":\"b\"}}",
        "{\"schema\":1,\"rules_unknown\":{\"a\":1}}",
        "{\"schema\":1,\"findings\":{\"error\":true}}",
        "{\"schema\":1,\"state\":\"\xff\"}",
};

START_TEST(what_is_no_health_file_is_refused_with_a_sentence)
{
        _cleanup_(health_done) Health health = { 0 };
        _cleanup_free_ char *error = NULL;
        const char *text = refused[_i];

        ck_assert_msg(health_parse(text, strlen(text), &health, &error) == -EBADMSG, "%s", text);
        ck_assert_msg(error && *error, "%s", text);
        ck_assert_ptr_null(health.domains);
        ck_assert_int_eq(health_parse(text, strlen(text), &health, NULL), -EBADMSG);
}
END_TEST

/* A file that was cut short, anywhere, is never taken for a whole one. */
START_TEST(no_beginning_of_a_file_is_a_file)
{
        _cleanup_(health_done) Health health = { 0 };
        _cleanup_free_ char *text = NULL;
        size_t size;

        fill(&health);
        ck_assert_int_eq(health_format(&health, &text), 0);
        size = strlen(text);
        for (size_t i = 0; i + 2 < size; i++) {
                Health part = { 0 };

                ck_assert_int_eq(health_parse(text, i, &part, NULL), -EBADMSG);
        }
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("health");
        TCase *tcase = tcase_create("health");

        tcase_add_test(tcase, what_is_written_is_read_again);
        tcase_add_test(tcase, the_members_are_called_as_promised);
        tcase_add_test(tcase, status_says_nothing_of_the_file);
        tcase_add_test(tcase, what_is_not_known_is_null_and_stays_unknown);
        tcase_add_test(tcase, fields_of_a_newer_scand_are_ignored);
        tcase_add_loop_test(tcase, what_is_no_health_file_is_refused_with_a_sentence, 0,
                            ARRAY_SIZE(refused));
        tcase_add_test(tcase, no_beginning_of_a_file_is_a_file);
        suite_add_tcase(suite, tcase);
        return suite;
}
