/* SPDX-License-Identifier: MIT */

/* How the members of groups are counted: the steps by themselves, and what is kept of a group of thousands. */

#include <stdlib.h>
#include <string.h>

#include "lib/state/feed-internal.h"
#include "lib/state/measure.h"
#include "tests/unit/check-main.h"

#define ANSWER_BUSY 51

static Store *store;
static Domain domain;
static Config *config;
static Feed *feed;
static Object *object;

static const Guid epoch = { { 7 } }, large = { { 1 } }, small = { { 2 } };

static void set_up(void)
{
        static const DomainConfig domain_config;
        char *error = NULL;

        ck_assert_msg(store_open(NULL, STORE_MEMORY, &store, &error) == 0, "%s", error);
        ck_assert_int_eq(domain_load(store, "corp.example", &domain), 0);
        ck_assert_int_eq(config_new(&config), 0);
        ck_assert_int_eq(
                feed_new(store, &domain,
                         &(FeedSettings){ .config = config, .domain_config = &domain_config },
                         &feed),
                0);
        ck_assert_int_eq(object_new(&object), 0);
        feed->server.naming_context = strdup("DC=corp,DC=example");
        feed->server.invocation_id = domain.cursor.invocation_id = epoch;
        domain.cursor.watermark = 100;
}

static void tear_down(void)
{
        object_free(object);
        feed_free(feed);
        config_free(config);
        domain_done(&domain);
        store_close(store);
}

/* The group as the answer has it, with so many members of those that were asked for. */
static void give(const FeedStepFunctions *step, const Guid *guid, size_t n_members)
{
        size_t n_asked = feed->request.range_last - feed->request.range_first + 1;

        object_reset(object);
        ck_assert_int_eq(object_add(object, ATTRIBUTE_OBJECT_GUID, guid->bytes, 16), 0);
        for (size_t i = feed->request.range_first;
             i < n_members && i < feed->request.range_first + n_asked; i++)
                ck_assert_int_eq(object_add_string(object, ATTRIBUTE_MEMBER, "CN=m"), 0);
        ck_assert_int_eq(object_seal(object), 0);
        ck_assert_int_eq(step->entry(feed, object), 0);
}

static void end(const FeedStepFunctions *step, int code)
{
        const FeedResult result = { .code = code, .has_page_control = feed->request.is_paged };

        ck_assert_int_eq(step->done(feed, &result), 0);
}

static void ask(FeedStep expected)
{
        ck_assert_int_eq(feed->step, expected);
        ck_assert_int_eq(
                (expected == STEP_COUNT ? feed_step_count : feed_step_count_more).ask(feed), 0);
        ck_assert_int_eq(feed->step, expected);
        ck_assert_int_eq(feed->request.ranged, ATTRIBUTE_MEMBER);
}

/* Counts one group of this size among others; gives how many requests it took. Behind the end comes `code`. */
static unsigned count(size_t n_members, int code)
{
        unsigned n = 1;

        feed->step = STEP_COUNT;
        ask(STEP_COUNT);
        give(&feed_step_count, &small, 20);
        give(&feed_step_count, &large, n_members);
        end(&feed_step_count, RESULT_SUCCESS);
        for (; feed->step == STEP_COUNT_MORE; n++) {
                bool is_behind = n * FEED_RANGE >= n_members;

                ask(STEP_COUNT_MORE);
                ck_assert_uint_eq(feed->request.range_first, n * FEED_RANGE);
                if (!is_behind)
                        give(&feed_step_count_more, &large, n_members);
                end(&feed_step_count_more, is_behind ? code : RESULT_SUCCESS);
        }
        ck_assert_int_eq(feed->step, STEP_IDLE);
        return n;
}

static int64_t counted(const Guid *guid)
{
        int64_t n = 0;

        ck_assert_int_ge(measure_get(store, domain.id, guid, ATTRIBUTE_MEMBER_COUNT, &n), 0);
        return n;
}

START_TEST(a_large_group_is_counted_part_by_part)
{
        ck_assert_uint_eq(count(60001, RESULT_SUCCESS), 41);
        ck_assert_int_eq(counted(&large), 60001);
        ck_assert_int_eq(counted(&small), 0);
        ck_assert(feed->wants_look);
}
END_TEST

START_TEST(a_number_that_fills_its_parts_ends_with_nothing_or_with_an_error)
{
        ck_assert_uint_eq(count(60000, RESULT_SUCCESS), 41);
        ck_assert_int_eq(counted(&large), 60000);
        ck_assert_uint_eq(count(61500, RESULT_OPERATIONS_ERROR), 42);
        ck_assert_int_eq(counted(&large), 61500);
}
END_TEST

START_TEST(a_group_that_shrinks_is_forgotten)
{
        count(60001, RESULT_SUCCESS);
        count(49999, RESULT_SUCCESS);
        ck_assert_int_eq(counted(&large), 0);
        count(60001, RESULT_SUCCESS);
        count(3, RESULT_SUCCESS);
        ck_assert_int_eq(counted(&large), 0);
        ck_assert_int_eq(measure_exists(store), 0);
}
END_TEST

START_TEST(a_refusal_on_the_way_leaves_what_was_known)
{
        count(60001, RESULT_SUCCESS);
        feed->step = STEP_COUNT;
        domain.cursor.watermark = 200;
        ask(STEP_COUNT);
        give(&feed_step_count, &large, 70000);
        end(&feed_step_count, RESULT_SUCCESS);
        ask(STEP_COUNT_MORE);
        end(&feed_step_count_more, ANSWER_BUSY);
        ck_assert_int_eq(feed->step, STEP_IDLE);
        ck_assert_int_eq(counted(&large), 60001);

        /* And is made up for. */
        feed->step = STEP_COUNT;
        ask(STEP_COUNT);
        ck_assert_str_eq(feed->request.filter, "(&(objectClass=group)(uSNChanged>=101))");
}
END_TEST

START_TEST(only_what_has_changed_is_counted_again)
{
        feed->step = STEP_COUNT;
        ask(STEP_COUNT);
        ck_assert_str_eq(feed->request.filter, "(&(objectClass=group)(uSNChanged>=0))");
        end(&feed_step_count, RESULT_SUCCESS);
        ck_assert_int_eq(feed->step, STEP_IDLE);

        feed->step = STEP_COUNT;
        ask(STEP_COUNT);
        ck_assert_str_eq(feed->request.filter, "(&(objectClass=group)(uSNChanged>=101))");
        end(&feed_step_count, RESULT_SUCCESS);

        /* Another domain controller has other numbers. */
        feed->server.invocation_id = (Guid){ { 8 } };
        feed->step = STEP_COUNT;
        ask(STEP_COUNT);
        ck_assert_str_eq(feed->request.filter, "(&(objectClass=group)(uSNChanged>=0))");
}
END_TEST

START_TEST(a_group_that_is_gone_meanwhile_has_no_members)
{
        count(60001, RESULT_SUCCESS);
        feed->step = STEP_COUNT;
        ask(STEP_COUNT);
        give(&feed_step_count, &large, 60001);
        end(&feed_step_count, RESULT_SUCCESS);
        ask(STEP_COUNT_MORE);
        end(&feed_step_count_more, RESULT_NO_SUCH_OBJECT);
        ck_assert_int_eq(counted(&large), 0);
}
END_TEST

START_TEST(a_smaller_limit_is_what_counts)
{
        config->tenant.member_limit = 10;
        count(12, RESULT_SUCCESS);
        ck_assert_int_eq(counted(&large), 12);
        ck_assert_int_eq(counted(&small), 20);
}
END_TEST

START_TEST(a_limit_that_became_smaller_needs_all_groups_again)
{
        count(12, RESULT_SUCCESS);
        ck_assert_int_eq(counted(&large), 0);

        config->tenant.member_limit = 10;
        feed->step = STEP_COUNT;
        ask(STEP_COUNT);
        ck_assert_str_eq(feed->request.filter, "(&(objectClass=group)(uSNChanged>=0))");
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("feed-count");
        TCase *tcase = tcase_create("count");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, a_large_group_is_counted_part_by_part);
        tcase_add_test(tcase, a_number_that_fills_its_parts_ends_with_nothing_or_with_an_error);
        tcase_add_test(tcase, a_group_that_shrinks_is_forgotten);
        tcase_add_test(tcase, a_refusal_on_the_way_leaves_what_was_known);
        tcase_add_test(tcase, only_what_has_changed_is_counted_again);
        tcase_add_test(tcase, a_group_that_is_gone_meanwhile_has_no_members);
        tcase_add_test(tcase, a_smaller_limit_is_what_counts);
        tcase_add_test(tcase, a_limit_that_became_smaller_needs_all_groups_again);
        suite_add_tcase(suite, tcase);
        return suite;
}
