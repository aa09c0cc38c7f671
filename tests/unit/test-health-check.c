/* SPDX-License-Identifier: MIT */
#include "lib/core/health-check.h"
#include "tests/unit/check-main.h"

#define NOW  INT64_C(1800000000)
#define BOOT INT64_C(5000)

static Health healthy(void)
{
        return (Health){
                .state = (char *)"running",
                .boot_id = (char *)"one",
                .written_at = NOW - 5,
                .next_write_due = NOW + 5,
                .next_write_due_boottime = BOOT + 5,
        };
}

static HealthLife life_at(const Health *health, int64_t now, int64_t boottime, const char *boot_id,
                          int64_t *ret_overdue)
{
        HealthClock clock = { .now = now, .boottime = boottime, .boot_id = boot_id };

        return health_life(health, &clock, ret_overdue);
}

START_TEST(a_report_in_time_is_alive)
{
        Health health = healthy();
        int64_t overdue = -1;

        ck_assert_int_eq(life_at(&health, NOW, BOOT, "one", &overdue), HEALTH_ALIVE);
        ck_assert_int_eq(overdue, 0);
}
END_TEST

START_TEST(a_report_a_few_seconds_late_is_nobodys_fault)
{
        Health health = healthy();
        int64_t overdue;

        ck_assert_int_eq(life_at(&health, NOW + 10, BOOT + 10, "one", &overdue), HEALTH_ALIVE);
}
END_TEST

START_TEST(an_overdue_report_is_stale)
{
        Health health = healthy();
        int64_t overdue;

        ck_assert_int_eq(life_at(&health, NOW + 600, BOOT + 600, "one", &overdue), HEALTH_STALE);
        ck_assert_int_eq(overdue, 595);
}
END_TEST

START_TEST(a_clock_set_back_does_not_hide_a_dead_daemon)
{
        Health health = healthy();
        int64_t overdue;

        ck_assert_int_eq(life_at(&health, NOW - 3600, BOOT + 600, "one", &overdue), HEALTH_STALE);
        ck_assert_int_eq(overdue, 595);
}
END_TEST

START_TEST(a_clock_set_forward_does_not_kill_a_live_daemon)
{
        Health health = healthy();
        int64_t overdue;

        ck_assert_int_eq(life_at(&health, NOW + 86400, BOOT, "one", &overdue), HEALTH_ALIVE);
}
END_TEST

START_TEST(a_report_of_another_boot_is_judged_by_the_wall_clock)
{
        Health health = healthy();
        int64_t overdue;

        ck_assert_int_eq(life_at(&health, NOW, 100000, "two", &overdue), HEALTH_ALIVE);
        ck_assert_int_eq(life_at(&health, NOW + 600, 1, "two", &overdue), HEALTH_STALE);
        ck_assert_int_eq(life_at(&health, NOW + 600, 1, NULL, &overdue), HEALTH_STALE);
}
END_TEST

START_TEST(a_report_from_the_future_tells_nothing)
{
        Health health = healthy();
        int64_t overdue;

        ck_assert_int_eq(life_at(&health, NOW - 3600, BOOT, "one", &overdue), HEALTH_FUTURE);
}
END_TEST

START_TEST(what_the_daemon_said_of_itself_is_believed_while_it_is_in_time)
{
        static const struct {
                const char *state;
                HealthLife life;
        } rows[] = {
                { "starting", HEALTH_STARTING }, { "stopping", HEALTH_STOPPING },
                { "stopped", HEALTH_STOPPED },   { "a word of tomorrow", HEALTH_ALIVE },
                { NULL, HEALTH_ALIVE },
        };
        Health health = healthy();
        int64_t overdue;

        health.state = (char *)rows[_i].state;
        ck_assert_int_eq(life_at(&health, NOW, BOOT, "one", &overdue), rows[_i].life);
}
END_TEST

START_TEST(a_stop_that_never_ended_is_stale_and_stopped_stays_stopped)
{
        Health health = healthy();
        int64_t overdue;

        health.state = (char *)"stopping";
        ck_assert_int_eq(life_at(&health, NOW + 600, BOOT + 600, "one", &overdue), HEALTH_STALE);
        health.state = (char *)"stopped";
        ck_assert_int_eq(life_at(&health, NOW + 600, BOOT + 600, "one", &overdue), HEALTH_STOPPED);
}
END_TEST

START_TEST(a_domain_is_current_until_the_instant_the_daemon_named)
{
        HealthDomain domain = { .last_poll_ok = NOW - 100,
                                .stale_after = NOW + 20,
                                .full_read_objects = -1 };

        ck_assert_int_eq(health_freshness(&domain, NOW + 20, 0), FRESHNESS_CURRENT);
        ck_assert_int_eq(health_freshness(&domain, NOW + 21, 0), FRESHNESS_STALE);
}
END_TEST

START_TEST(an_age_of_ones_own_replaces_the_daemons)
{
        HealthDomain domain = { .last_poll_ok = NOW - 100,
                                .stale_after = NOW + 20,
                                .full_read_objects = -1 };

        ck_assert_int_eq(health_freshness(&domain, NOW, 99), FRESHNESS_STALE);
        ck_assert_int_eq(health_freshness(&domain, NOW + 1000, 1100), FRESHNESS_CURRENT);
}
END_TEST

START_TEST(a_first_read_is_told_from_a_domain_that_is_never_reached)
{
        HealthDomain domain = { .full_read_objects = 12000 };

        ck_assert_int_eq(health_freshness(&domain, NOW, 0), FRESHNESS_FIRST_READ);
        domain.full_reads_interrupted = 1;
        ck_assert_int_eq(health_freshness(&domain, NOW, 0), FRESHNESS_NEVER);
        domain = (HealthDomain){ .full_read_objects = -1 };
        ck_assert_int_eq(health_freshness(&domain, NOW, 0), FRESHNESS_NEVER);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("health-check");
        TCase *tcase = tcase_create("health-check");

        tcase_add_test(tcase, a_report_in_time_is_alive);
        tcase_add_test(tcase, a_report_a_few_seconds_late_is_nobodys_fault);
        tcase_add_test(tcase, an_overdue_report_is_stale);
        tcase_add_test(tcase, a_clock_set_back_does_not_hide_a_dead_daemon);
        tcase_add_test(tcase, a_clock_set_forward_does_not_kill_a_live_daemon);
        tcase_add_test(tcase, a_report_of_another_boot_is_judged_by_the_wall_clock);
        tcase_add_test(tcase, a_report_from_the_future_tells_nothing);
        tcase_add_loop_test(tcase, what_the_daemon_said_of_itself_is_believed_while_it_is_in_time,
                            0, 5);
        tcase_add_test(tcase, a_stop_that_never_ended_is_stale_and_stopped_stays_stopped);
        tcase_add_test(tcase, a_domain_is_current_until_the_instant_the_daemon_named);
        tcase_add_test(tcase, an_age_of_ones_own_replaces_the_daemons);
        tcase_add_test(tcase, a_first_read_is_told_from_a_domain_that_is_never_reached);
        suite_add_tcase(suite, tcase);
        return suite;
}
