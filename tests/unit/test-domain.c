/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "lib/state/domain.h"
#include "lib/state/query.h"
#include "tests/unit/check-main.h"

static Store *store;
static DomainConfig configured[2] = {
        { .name = (char *)"a.example" },
        { .name = (char *)"b.example" },
};

static void set_up(void)
{
        _cleanup_free_ char *error = NULL;

        ck_assert_int_eq(store_open(NULL, STORE_MEMORY, &store, &error), 0);
}

static void tear_down(void)
{
        store = store_close(store);
}

static Config config_of(size_t n)
{
        return (Config){ .domains = configured, .n_domains = n };
}

/* Makes a domain that is past its first read. */
static int64_t make_ready(const char *name)
{
        Domain domain;
        int64_t id;

        ck_assert_int_eq(domain_load(store, name, &domain), 0);
        domain.is_ready = true;
        domain.derivation = strdup("x");
        id = domain.id;
        ck_assert_int_eq(domain_advance(store, &domain), 0);
        domain_done(&domain);
        return id;
}

static bool is_ready(const char *name)
{
        bool found = false, ready = false;
        Domain *domains;
        size_t n;

        ck_assert_int_eq(domain_list(store, &domains, &n), 0);
        for (size_t i = 0; i < n; i++) {
                if (strcmp(domains[i].name, name) == 0) {
                        found = true;
                        ready = domains[i].is_ready;
                }
                domain_done(&domains[i]);
        }
        free(domains);
        ck_assert(found);
        return ready;
}

START_TEST(a_domain_is_made_once)
{
        Domain first, second;

        ck_assert_int_eq(domain_load(store, "a.example", &first), 0);
        ck_assert_int_eq(domain_load(store, "a.example", &second), 0);
        ck_assert_int_eq(first.id, second.id);
        ck_assert(!first.is_ready);
        ck_assert_int_eq(first.tombstones_readable, -1);
        domain_done(&first);
        domain_done(&second);
}
END_TEST

START_TEST(what_is_not_configured_any_more_is_hidden_and_the_rest_is_not)
{
        Config config = config_of(1);

        (void)make_ready("a.example");
        (void)make_ready("b.example");
        ck_assert_int_eq(domain_retire_others(store, &config), 0);
        ck_assert(is_ready("a.example"));
        ck_assert(!is_ready("b.example"));
}
END_TEST

START_TEST(what_comes_back_is_as_it_was_and_judged_again)
{
        Config one = config_of(1), both = config_of(2);
        Domain domain;
        int64_t id;

        (void)make_ready("a.example");
        id = make_ready("b.example");
        ck_assert_int_eq(domain_retire_others(store, &one), 0);
        ck_assert_int_eq(domain_retire_others(store, &both), 0);
        ck_assert(!is_ready("b.example"));

        ck_assert_int_eq(domain_load(store, "b.example", &domain), 0);
        ck_assert_int_eq(domain.id, id);
        ck_assert(domain.is_ready);
        ck_assert_ptr_null(domain.derivation); /* others were judged without it meanwhile */
        domain_done(&domain);
        ck_assert(is_ready("b.example"));
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("domain");
        TCase *tcase = tcase_create("domain");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, a_domain_is_made_once);
        tcase_add_test(tcase, what_is_not_configured_any_more_is_hidden_and_the_rest_is_not);
        tcase_add_test(tcase, what_comes_back_is_as_it_was_and_judged_again);
        suite_add_tcase(suite, tcase);
        return suite;
}
