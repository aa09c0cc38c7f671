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

static Domain make_domain(void)
{
        Domain domain = {
                .naming_context = strdup("DC=corp,DC=example"),
                .configuration_nc = strdup("CN=Configuration,DC=corp,DC=example"),
                .is_ready = true,
                .derivation = strdup("now"),
                .tombstones_readable = 1,
                .recycle_bin = 0,
                .tombstone_lifetime_days = 180,
                .last_poll_ok = 1000,
                .last_full_ok = 900,
                .last_reconcile_ok = 800,
                .stale_after = 990,
                .objects = 42,
                .rolled_back.bytes = { 11 },
                .full_reads_interrupted = 1,
                .late_commits_total = 2,
                .missed_changes_total = 3,
                .adopted_differences_total = 4,
                .deletions_held = 9,
                .cursor = { .dc = strdup("dc1.corp.example"),
                            .dsa.bytes = { 1, 2, 3 },
                            .invocation_id.bytes = { 4, 5, 6 },
                            .watermark = INT64_MAX,
                            .followed_from = 4,
                            .overlap_base = 5,
                            .overlap_base_time = 6,
                            .polled_at = 7,
                            .unconfirmed_since = 8,
                            .canary.bytes = { 7, 8, 9 },
                            .canary_usn = 10 },
        };

        ck_assert_int_eq(buffer_append(&domain.cursor.vector, "\0vector", 7), 0);
        ck_assert_int_eq(buffer_append(&domain.cursor.unconfirmed, "\0left", 5), 0);
        attribute_set_add(&domain.requested, ATTRIBUTE_MAIL);
        attribute_set_add(&domain.requested, (AttributeId)(ATTRIBUTE_MAX - 1));
        attribute_set_add(&domain.unreadable, ATTRIBUTE_SN);
        return domain;
}

START_TEST(a_domain_comes_back_as_it_was_saved)
{
        Domain domain = make_domain(), fresh, back, *list;
        size_t n;

        ck_assert_int_eq(domain_load(store, "corp.example", &fresh), 0);
        ck_assert(!fresh.is_ready);
        ck_assert_ptr_null(fresh.naming_context);
        ck_assert_int_eq(fresh.tombstones_readable, -1);
        domain.id = fresh.id;
        domain.name = strdup("corp.example");

        ck_assert_int_eq(domain_save(store, &domain), 0);
        ck_assert_int_eq(domain_load(store, "corp.example", &back), 0);
        ck_assert_str_eq(back.naming_context, domain.naming_context);
        ck_assert_int_eq(back.missed_changes_total, 3);
        ck_assert_int_eq(back.deletions_held, 9);
        ck_assert_int_eq(back.stale_after, 990);
        ck_assert(guid_equal(&back.rolled_back, &domain.rolled_back));
        ck_assert_msg(!back.is_ready && back.cursor.watermark == 0,
                      "saving must not move the cursor");
        domain_done(&back);

        ck_assert_int_eq(domain_advance(store, &domain), 0);
        ck_assert_int_eq(domain_load(store, "corp.example", &back), 0);
        ck_assert(back.is_ready);
        ck_assert_str_eq(back.derivation, "now");
        ck_assert_str_eq(back.cursor.dc, "dc1.corp.example");
        ck_assert(guid_equal(&back.cursor.invocation_id, &domain.cursor.invocation_id));
        ck_assert_int_eq(back.cursor.watermark, INT64_MAX);
        ck_assert_int_eq(back.cursor.followed_from, 4);
        ck_assert_uint_eq(back.cursor.vector.size, 7);
        ck_assert_int_eq(memcmp(back.cursor.vector.data, "\0vector", 7), 0);
        ck_assert_uint_eq(back.cursor.unconfirmed.size, 5);
        ck_assert_int_eq(memcmp(back.cursor.unconfirmed.data, "\0left", 5), 0);
        ck_assert_int_eq(back.cursor.unconfirmed_since, 8);
        ck_assert(guid_equal(&back.cursor.canary, &domain.cursor.canary));
        ck_assert_int_eq(back.cursor.canary_usn, 10);
        ck_assert_int_eq(memcmp(&back.requested, &domain.requested, sizeof(back.requested)), 0);
        ck_assert_int_eq(memcmp(&back.unreadable, &domain.unreadable, sizeof(back.unreadable)), 0);
        ck_assert_int_eq(back.objects, 42);

        ck_assert_int_eq(domain_list(store, &list, &n), 0);
        ck_assert_uint_eq(n, 1);
        ck_assert_str_eq(list[0].name, "corp.example");
        domain_done(&list[0]);
        free(list);

        domain_done(&back);
        domain_done(&fresh);
        domain_done(&domain);
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
        tcase_add_test(tcase, a_domain_comes_back_as_it_was_saved);
        tcase_add_test(tcase, what_is_not_configured_any_more_is_hidden_and_the_rest_is_not);
        tcase_add_test(tcase, what_comes_back_is_as_it_was_and_judged_again);
        suite_add_tcase(suite, tcase);
        return suite;
}
