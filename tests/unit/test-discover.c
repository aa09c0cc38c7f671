/* SPDX-License-Identifier: MIT */
#include "tests/unit/check-main.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/discover.h"

static Discover *make(char *const *servers)
{
        DomainConfig config = { .name = (char *)"corp.example", .servers = (char **)servers };
        Discover *discover;

        ck_assert_int_eq(discover_new(&config, test_seed(), &discover), 0);
        return discover;
}

static const char *choose(Discover *discover, int64_t now)
{
        const Target *target;
        int r;

        r = discover_choose(discover, now, &target);
        ck_assert_int_ge(r, 0);
        return r == DISCOVER_LOOKUP ? "lookup" : target->host;
}

static DiscoverRecord record(const char *host, uint16_t priority, uint16_t weight, bool is_near)
{
        return (DiscoverRecord){ { .host = (char *)host, .port = 389 }, priority, weight, is_near };
}

static char *const two[] = { (char *)"dc1.corp.example", (char *)"dc2.corp.example", NULL };

START_TEST(configured_servers_are_tried_in_their_order)
{
        _cleanup_(discover_freep) Discover *discover = make(two);

        ck_assert_int_le(discover_not_before(discover), 0);
        ck_assert_str_eq(choose(discover, 0), "dc1.corp.example");
        discover_failed(discover, 0);
        ck_assert_str_eq(choose(discover, 0), "dc2.corp.example");
        discover_failed(discover, 0);
        ck_assert_int_gt(discover_not_before(discover), 1000);
        ck_assert_int_lt(discover_not_before(discover), 3000);
}
END_TEST

START_TEST(a_server_that_works_is_kept_to)
{
        _cleanup_(discover_freep) Discover *discover = make(two);

        choose(discover, 0);
        discover_failed(discover, 0);
        choose(discover, 0);
        discover_succeeded(discover);
        discover_lost(discover, 1000000);
        ck_assert_int_le(discover_not_before(discover), 0);
        ck_assert_str_eq(choose(discover, 1000000), "dc2.corp.example");
        ck_assert_str_eq(discover_current(discover)->host, "dc2.corp.example");
}
END_TEST

START_TEST(a_connection_that_breaks_again_and_again_is_a_failure)
{
        _cleanup_(discover_freep) Discover *discover = make(two);

        choose(discover, 0);
        discover_succeeded(discover);
        discover_lost(discover, 1000);
        ck_assert_str_eq(choose(discover, 1000), "dc1.corp.example");
        discover_succeeded(discover);
        discover_lost(discover, 2000);
        ck_assert_str_eq(choose(discover, 2000), "dc2.corp.example");
}
END_TEST

START_TEST(waits_double_up_to_five_minutes_and_end_with_success)
{
        _cleanup_(discover_freep) Discover *discover = make((char *const[]){ (char *)"dc1", NULL });
        int64_t now = 0, wait = 0;

        for (unsigned i = 0; i < 40; i++) {
                int64_t expected = i < 8 ? INT64_C(2000) << i : 300000;

                if (expected > 300000)
                        expected = 300000;

                choose(discover, now);
                discover_failed(discover, now);
                wait = discover_not_before(discover) - now;
                ck_assert_int_ge(wait, expected * 9 / 10);
                ck_assert_int_le(wait, expected * 11 / 10);
                now += wait;
        }

        choose(discover, now);
        discover_succeeded(discover);
        ck_assert_int_le(discover_not_before(discover), now);
        choose(discover, now);
        discover_failed(discover, now);
        ck_assert_int_lt(discover_not_before(discover) - now, 3000);
}
END_TEST

START_TEST(a_rejected_server_waits_as_long_as_it_was_told)
{
        _cleanup_(discover_freep) Discover *discover = make(two);

        choose(discover, 0);
        discover_succeeded(discover);
        discover_reject(discover, 5000);
        ck_assert_str_eq(choose(discover, 0), "dc2.corp.example");
        discover_reject(discover, 9000);
        ck_assert_int_gt(discover_not_before(discover), 5000);
        ck_assert_int_lt(discover_not_before(discover), 9000);
        ck_assert_str_eq(choose(discover, 7000), "dc1.corp.example");
}
END_TEST

/* Nobody connects before 5000. Whoever is preferred and cannot be followed would keep the others from ever being tried. */
START_TEST(when_a_rejected_server_may_be_tried_again_the_others_come_first)
{
        _cleanup_(discover_freep) Discover *discover = make(two);

        ck_assert_str_eq(choose(discover, 0), "dc1.corp.example");
        discover_succeeded(discover);
        discover_reject(discover, 5000);
        ck_assert_int_eq(discover_not_before(discover), 0);
        ck_assert_str_eq(choose(discover, 5000), "dc2.corp.example");
        discover_failed(discover, 5000);
        ck_assert_str_eq(choose(discover, discover_not_before(discover)), "dc1.corp.example");
}
END_TEST

START_TEST(the_server_of_the_database_is_tried_first)
{
        _cleanup_(discover_freep) Discover *discover = make(two);

        ck_assert_int_eq(discover_prefer(discover, "DC2.corp.example"), 0);
        ck_assert_str_eq(choose(discover, 0), "dc2.corp.example");
        ck_assert_int_eq(discover_prefer(discover, "gone.corp.example"), 0);
        ck_assert_str_eq(choose(discover, 0), "dc1.corp.example");
}
END_TEST

START_TEST(without_configured_servers_dns_is_asked_first)
{
        _cleanup_(discover_freep) Discover *discover = make(NULL);
        DiscoverRecord records[] = { record("far", 0, 100, false), record("near", 9, 100, true) };

        ck_assert_str_eq(choose(discover, 0), "lookup");
        ck_assert_int_eq(discover_learned(discover, records, 2, "Berlin", 0), 0);
        ck_assert_str_eq(choose(discover, 0), "near");
        ck_assert_str_eq(discover_site(discover), "Berlin");
        ck_assert_uint_eq(discover_n_servers(discover), 2);
        discover_succeeded(discover);
        ck_assert_str_eq(choose(discover, 3500000), "near");
        ck_assert_str_eq(choose(discover, 3700000), "lookup");
}
END_TEST

START_TEST(a_failed_lookup_waits_and_leaves_the_old_list)
{
        _cleanup_(discover_freep) Discover *discover = make(NULL);
        DiscoverRecord records[] = { record("dc1", 0, 100, false) };

        choose(discover, 0);
        discover_lookup_failed(discover, 0);
        ck_assert_int_gt(discover_not_before(discover), 1000);
        ck_assert_str_eq(choose(discover, 2500), "lookup");
        ck_assert_int_eq(discover_learned(discover, records, 1, NULL, 2500), 0);
        ck_assert_str_eq(choose(discover, 5000000), "lookup");
        discover_lookup_failed(discover, 5000000);
        ck_assert_str_eq(choose(discover, 5000000), "dc1");
}
END_TEST

START_TEST(an_empty_answer_of_dns_is_a_failed_lookup)
{
        _cleanup_(discover_freep) Discover *discover = make(NULL);

        choose(discover, 0);
        ck_assert_int_eq(discover_learned(discover, NULL, 0, NULL, 0), 0);
        ck_assert_int_gt(discover_not_before(discover), 1000);
}
END_TEST

START_TEST(dns_is_asked_again_when_all_servers_fail_and_their_waits_stay)
{
        _cleanup_(discover_freep) Discover *discover = make(NULL);
        DiscoverRecord records[] = { record("dc1", 0, 100, false), record("dc2", 1, 100, false) };

        choose(discover, 0);
        ck_assert_int_eq(discover_learned(discover, records, 2, NULL, 0), 0);
        ck_assert_str_eq(choose(discover, 0), "dc1");
        discover_failed(discover, 0);
        ck_assert_str_eq(choose(discover, 0), "dc2");
        discover_failed(discover, 0);
        ck_assert_str_eq(choose(discover, 70000), "lookup");
        ck_assert_int_eq(discover_learned(discover, records, 2, NULL, 70000), 0);
        ck_assert_str_eq(choose(discover, 70000), "dc1");
        discover_failed(discover, 70000);
        ck_assert_int_gt(discover_not_before(discover), 0);
        ck_assert_str_eq(choose(discover, 70000), "dc2");
}
END_TEST

START_TEST(servers_of_one_priority_share_by_weight)
{
        unsigned light = 0, n = 2000;
        uint64_t random = test_seed();

        for (unsigned i = 0; i < n; i++) {
                DomainConfig config = { .name = (char *)"corp.example" };
                _cleanup_(discover_freep) Discover *discover = NULL;
                DiscoverRecord records[] = {
                        record("last", 1, 65535, false),
                        record("light", 0, 25, false),
                        record("heavy", 0, 75, false),
                        record("never", 0, 0, false),
                };

                ck_assert_int_eq(discover_new(&config, test_random(&random), &discover), 0);
                ck_assert_int_eq(discover_learned(discover, records, ARRAY_SIZE(records), NULL, 0),
                                 0);
                choose(discover, 0);
                ck_assert_str_ne(discover_current(discover)->host, "last");
                light += strcmp(discover_current(discover)->host, "light") == 0;
        }

        /* A quarter; six standard deviations either way is a chance of one in a thousand million. */
        ck_assert_uint_gt(light, n / 4 - 120);
        ck_assert_uint_lt(light, n / 4 + 120);
}
END_TEST

START_TEST(a_reload_with_a_bad_server_changes_nothing)
{
        _cleanup_(discover_freep) Discover *discover = make(two);
        DomainConfig bad = { .name = (char *)"corp.example",
                             .servers = (char *[]){ (char *)"dc3", (char *)"d c", NULL } };
        DomainConfig good = { .name = (char *)"corp.example",
                              .servers = (char *[]){ (char *)"dc3", NULL } };

        ck_assert_int_eq(discover_reconfigure(discover, &bad), -EINVAL);
        ck_assert_str_eq(choose(discover, 0), "dc1.corp.example");
        ck_assert_int_eq(discover_reconfigure(discover, &good), 0);
        ck_assert_ptr_null(discover_current(discover));
        discover_failed(discover, 0);
        ck_assert_str_eq(choose(discover, 0), "dc3");
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("discover");
        TCase *c = tcase_create("discover");

        tcase_add_test(c, configured_servers_are_tried_in_their_order);
        tcase_add_test(c, a_server_that_works_is_kept_to);
        tcase_add_test(c, a_connection_that_breaks_again_and_again_is_a_failure);
        tcase_add_test(c, waits_double_up_to_five_minutes_and_end_with_success);
        tcase_add_test(c, a_rejected_server_waits_as_long_as_it_was_told);
        tcase_add_test(c, when_a_rejected_server_may_be_tried_again_the_others_come_first);
        tcase_add_test(c, the_server_of_the_database_is_tried_first);
        tcase_add_test(c, without_configured_servers_dns_is_asked_first);
        tcase_add_test(c, a_failed_lookup_waits_and_leaves_the_old_list);
        tcase_add_test(c, an_empty_answer_of_dns_is_a_failed_lookup);
        tcase_add_test(c, dns_is_asked_again_when_all_servers_fail_and_their_waits_stay);
        tcase_add_test(c, servers_of_one_priority_share_by_weight);
        tcase_add_test(c, a_reload_with_a_bad_server_changes_nothing);
        suite_add_tcase(suite, c);
        return suite;
}
