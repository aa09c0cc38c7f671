/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/cache.h"
#include "lib/state/claim.h"
#include "lib/state/domain.h"
#include "lib/state/event.h"
#include "lib/state/retain.h"
#include "tests/unit/check-main.h"

#define DAY INT64_C(86400)
#define NOW (INT64_C(20000) * DAY)

static Store *store;
static int64_t domain_id;
static const Config config = { .keep_deleted_days = 35, .keep_events_days = 400 };

static void set_up(void)
{
        _cleanup_free_ char *error = NULL;
        Domain domain;

        ck_assert_int_eq(store_open(NULL, STORE_MEMORY, &store, &error), 0);
        ck_assert_int_eq(domain_load(store, "corp.example", &domain), 0);
        domain_id = domain.id;
        domain_done(&domain);
}

static void tear_down(void)
{
        store = store_close(store);
}

static Guid guid_of(uint8_t number)
{
        Guid guid = { { number, 1, 2, 3 } };

        return guid;
}

/* An object as apply leaves it: the row, and its GUID as a claim. */
static void add_object(uint8_t number, int64_t deleted_at)
{
        CacheRow row = {
                .guid = guid_of(number),
                .kind = KIND_USER,
                .usn = number,
                .epoch = 1,
                .attribute_list = 1,
                .deleted_at = deleted_at,
        };

        ck_assert_int_eq(buffer_append_string(&row.rdn, "CN=x"), 0);
        ck_assert_int_eq(store_begin(store), 0);
        ck_assert_int_eq(cache_next_id(store, domain_id, &row.id), 0);
        ck_assert_int_eq(cache_insert(store, &row), 0);
        ck_assert_int_ge(claim_insert(store, claim_guid_key(&row.guid), row.id), 0);
        ck_assert_int_eq(store_commit(store), 0);
        cache_row_done(&row);
}

static bool has_object(uint8_t number)
{
        Guid guid = guid_of(number);
        CacheStanding standing;
        int r;

        r = cache_find_standing(store, domain_id, &guid, &standing);
        ck_assert_int_ge(r, 0);
        return r > 0;
}

static int64_t holders(uint8_t number)
{
        Guid guid = guid_of(number);
        int64_t ids[4];

        return claim_holders(store, claim_guid_key(&guid), 0, ids, ARRAY_SIZE(ids));
}

static int count_event(const Event *event, void *userdata)
{
        (*(unsigned *)userdata)++;
        return 0;
}

static unsigned n_events(void)
{
        unsigned n = 0;

        ck_assert_int_eq(event_walk(store, 0, 1000, count_event, &n), 0);
        return n;
}

static void add_event(int64_t at)
{
        ck_assert_int_eq(
                event_append(store, domain_id, &(Event){ .at = at, .type = EVENT_READ_COMPLETE }),
                0);
}

/* Until nothing is left to forget; says in how many steps. */
static unsigned forget_all(unsigned limit)
{
        unsigned n = 0;
        int r;

        do {
                r = retain_step(store, &config, NOW, limit);
                ck_assert_int_ge(r, 0);
                n++;
        } while (r == RETAIN_MORE);
        ck_assert(!store_in_transaction(store));
        return n;
}

START_TEST(deleted_objects_go_after_their_days_with_their_guid)
{
        add_object(1, 0);
        add_object(2, NOW - 36 * DAY);
        add_object(3, NOW - 34 * DAY);
        (void)forget_all(100);
        ck_assert(has_object(1));
        ck_assert(!has_object(2));
        ck_assert(has_object(3));
        ck_assert_int_eq(holders(2), 0);
        ck_assert_int_eq(holders(3), 1);
}
END_TEST

START_TEST(a_little_goes_at_a_time)
{
        for (uint8_t i = 0; i < 25; i++)
                add_object(i, NOW - 100 * DAY);
        ck_assert_int_eq(retain_step(store, &config, NOW, 10), RETAIN_MORE);
        ck_assert_int_eq(has_object(0) + has_object(9) + has_object(10) + has_object(24), 2);
        ck_assert_uint_eq(forget_all(10), 3);
        ck_assert(!has_object(24));
}
END_TEST

START_TEST(events_go_after_their_days_but_not_untold)
{
        add_event(NOW - 500 * DAY);
        add_event(NOW - 401 * DAY);
        add_event(NOW - 399 * DAY);
        ck_assert_int_eq(event_published_set(store, 1), 0);
        (void)forget_all(100);
        ck_assert_uint_eq(n_events(), 2);

        ck_assert_int_eq(event_published_set(store, 3), 0);
        (void)forget_all(100);
        ck_assert_uint_eq(n_events(), 1);
}
END_TEST

START_TEST(an_empty_database_has_nothing_to_forget)
{
        ck_assert_int_eq(retain_step(store, &config, NOW, 1), 0);
        ck_assert(!store_in_transaction(store));
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("retain");
        TCase *tcase = tcase_create("retain");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, deleted_objects_go_after_their_days_with_their_guid);
        tcase_add_test(tcase, a_little_goes_at_a_time);
        tcase_add_test(tcase, events_go_after_their_days_but_not_untold);
        tcase_add_test(tcase, an_empty_database_has_nothing_to_forget);
        suite_add_tcase(suite, tcase);
        return suite;
}
