/* SPDX-License-Identifier: MIT */

/* Surveys of what the search never brings: the step by itself, and what is kept of single objects. */

#include <stdlib.h>
#include <string.h>

#include "lib/core/facts.h"
#include "lib/state/feed-internal.h"
#include "lib/state/measure.h"
#include "tests/unit/check-main.h"

#define ANSWER_BUSY 51

static Store *store;
static Domain domain;
static Config *config;
static Feed *feed;
static Object *object;

static const Guid anna = { { 1 } }, boris = { { 2 } };

static void set_up(void)
{
        static const DomainConfig domain_config;
        char *error = NULL;

        ck_assert_msg(store_open(NULL, STORE_MEMORY, &store, &error) == 0, "%s", error);
        ck_assert_int_eq(domain_load(store, "corp.example", &domain), 0);
        domain.is_ready = true;
        ck_assert_int_eq(domain_save(store, &domain), 0);
        ck_assert_int_eq(config_new(&config), 0);
        ck_assert_int_eq(
                feed_new(store, &domain,
                         &(FeedSettings){ .config = config, .domain_config = &domain_config },
                         &feed),
                0);
        ck_assert_int_eq(object_new(&object), 0);
        feed->server.naming_context = strdup("DC=corp,DC=example");
        feed->page_size = 1000;
}

static void tear_down(void)
{
        object_free(object);
        feed_free(feed);
        config_free(config);
        domain_done(&domain);
        store_close(store);
}

/* What is measured of whom. */
static int64_t measured(const Guid *guid, AttributeId attribute)
{
        int64_t n = 0;

        ck_assert_int_ge(measure_get(store, domain.id, guid, attribute, &n), 0);
        return n;
}

static void give_certificates(const Guid *guid, size_t n)
{
        object_reset(object);
        ck_assert_int_eq(object_add(object, ATTRIBUTE_OBJECT_GUID, guid->bytes, 16), 0);
        object->guid = *guid;
        for (size_t i = 0; i < n; i++)
                ck_assert_int_eq(object_add(object, ATTRIBUTE_USER_CERTIFICATE, &i, sizeof(i)), 0);
        ck_assert_int_eq(object_seal(object), 0);
        ck_assert_int_eq(feed_step_survey.entry(feed, object), 0);
}

/* All surveys once; the one about certificates finds so many with each, and ends with this code. How many were asked. */
static unsigned survey(size_t n_anna, size_t n_boris, int code)
{
        unsigned n = 0;

        feed_survey_begin(feed);
        ck_assert(feed_wants_survey(feed));
        feed->step = STEP_SURVEY;
        for (; feed->step == STEP_SURVEY; n++) {
                const FeedResult good = { .has_page_control = true };
                FeedResult result = good;

                ck_assert_uint_lt(n, 20);
                ck_assert_int_eq(feed_step_survey.ask(feed), 0);
                ck_assert_int_eq(feed->step, STEP_SURVEY);
                ck_assert(feed->request.is_paged);
                if (strstr(feed->request.filter, "(userCertificate=*)")) {
                        ck_assert_int_eq(feed->request.ranged, ATTRIBUTE_USER_CERTIFICATE);
                        ck_assert_uint_eq(feed->request.range_last, 15);
                        give_certificates(&anna, n_anna);
                        give_certificates(&boris, n_boris);
                        result.code = code;
                }
                ck_assert_int_eq(feed_step_survey.done(feed, &result), 0);
        }
        ck_assert_int_eq(feed->step, STEP_IDLE);
        ck_assert(!feed_wants_survey(feed));
        return n;
}

START_TEST(what_is_found_is_kept_until_the_next_one_finds_otherwise)
{
        survey(16, 5, 0);
        ck_assert_int_eq(measured(&anna, ATTRIBUTE_USER_CERTIFICATE_COUNT), 16);
        ck_assert_int_eq(measured(&boris, ATTRIBUTE_USER_CERTIFICATE_COUNT), 5);
        ck_assert(feed->wants_look);

        survey(3, 5, 0);
        ck_assert_int_eq(measured(&anna, ATTRIBUTE_USER_CERTIFICATE_COUNT), 0);
        ck_assert_int_eq(measured(&boris, ATTRIBUTE_USER_CERTIFICATE_COUNT), 5);
}
END_TEST

START_TEST(a_refusal_leaves_things_as_they_were)
{
        survey(16, 5, 0);
        survey(3, 16, ANSWER_BUSY);
        ck_assert_int_eq(measured(&anna, ATTRIBUTE_USER_CERTIFICATE_COUNT), 16);
        ck_assert_int_eq(measured(&boris, ATTRIBUTE_USER_CERTIFICATE_COUNT), 5);
}
END_TEST

START_TEST(only_what_is_new_is_judged_again)
{
        GuidList news = {};

        survey(16, 5, 0);
        ck_assert_int_eq(measure_list_news(store, domain.id, &news), 0);
        ck_assert_uint_eq(news.n, 2);
        guid_list_done(&news);
        ck_assert_int_eq(measure_settle(store, domain.id), 0);

        survey(16, 6, 0);
        ck_assert_int_eq(measure_list_news(store, domain.id, &news), 0);
        ck_assert_uint_eq(news.n, 1);
        ck_assert(guid_equal(&news.guids[0], &boris));
        guid_list_done(&news);
}
END_TEST

START_TEST(one_that_broke_off_begins_anew)
{
        feed_survey_begin(feed);
        feed->step = STEP_SURVEY;
        do {
                const FeedResult good = { .has_page_control = true };

                ck_assert_int_eq(feed_step_survey.ask(feed), 0);
                if (strstr(feed->request.filter, "(userCertificate=*)"))
                        break;
                ck_assert_int_eq(feed_step_survey.done(feed, &good), 0);
        } while (feed->step == STEP_SURVEY);

        /* The connection breaks; the next one begins where this was. */
        give_certificates(&anna, 16);
        ck_assert_int_eq(feed_step_survey.ask(feed), 0);
        ck_assert_uint_eq(feed->survey.found.n, 0);
}
END_TEST

START_TEST(who_is_not_read_so_far_is_waited_for)
{
        domain.is_ready = false;
        feed_survey_begin(feed);
        ck_assert(!feed_wants_survey(feed));
        domain.is_ready = true;
        ck_assert(feed_wants_survey(feed));
}
END_TEST

/* Without a connector's account nobody asks what it may write; of one domain nobody is a member from another. */
START_TEST(nobody_asks_what_nobody_wants_to_know)
{
        ck_assert_uint_eq(survey(0, 0, 0), 4);
}
END_TEST

/* An entry of which nothing but its GUID was asked. */
static void give(const Guid *guid)
{
        object_reset(object);
        object->guid = *guid;
        ck_assert_int_eq(object_add(object, ATTRIBUTE_OBJECT_GUID, guid->bytes, 16), 0);
        ck_assert_int_eq(object_seal(object), 0);
        ck_assert_int_eq(feed_step_survey.entry(feed, object), 0);
}

/*
 * All surveys once; so many members do not arrive, each second one by a rule, whose list ends with this code, and Anna is a group that has
 * some of each. In how many searches was she asked for?
 */
static unsigned survey_members(unsigned n_absent, int code)
{
        unsigned n_asked = 0, n_named = 0;

        feed_survey_begin(feed);
        feed->step = STEP_SURVEY;
        while (feed->step == STEP_SURVEY) {
                FeedResult result = { .has_page_control = true };

                ck_assert_int_eq(feed_step_survey.ask(feed), 0);
                if (strstr(feed->request.filter, "(memberOf=*)")) {
                        for (unsigned i = 0; i < n_absent; i++) {
                                const Guid guid = { { 9, (uint8_t)i } };

                                ck_assert_int_eq(measure_list_add(&feed->survey.absent, &guid,
                                                                  ATTRIBUTE_NONE,
                                                                  i % 2 ? ABSENT_EXCLUDED
                                                                        : ABSENT_OUT_OF_SCOPE),
                                                 0);
                        }
                        result.code = code;
                }
                if (strncmp(feed->request.filter, "(&(objectCategory=group)(|", 26) == 0) {
                        const char *at = feed->request.filter;

                        n_asked++;
                        while ((at = strstr(at, "(member=<GUID=")) != NULL) {
                                n_named++;
                                at++;
                        }
                        give(&anna);
                }
                ck_assert_int_eq(feed_step_survey.done(feed, &result), 0);
        }
        ck_assert_uint_eq(n_named, code == 0 ? n_absent : 0);
        return n_asked;
}

START_TEST(groups_are_asked_for_by_their_members_who_do_not_arrive)
{
        GuidList news = {};

        ck_assert_uint_eq(survey_members(120, 0), 4); /* 50 and 10 of each fate */
        ck_assert_int_eq(measured(&anna, ATTRIBUTE_MEMBER_ABSENT), 1);
        ck_assert_int_eq(measure_settle(store, domain.id), 0);

        ck_assert_uint_eq(survey_members(120, 0), 4);
        ck_assert_int_eq(measure_list_news(store, domain.id, &news), 0);
        ck_assert_uint_eq(news.n, 0);
        guid_list_done(&news);

        ck_assert_uint_eq(survey_members(120, ANSWER_BUSY), 0);
        ck_assert_int_eq(measured(&anna, ATTRIBUTE_MEMBER_ABSENT), 1);

        ck_assert_uint_eq(survey_members(0, 0), 0);
        ck_assert_int_eq(measured(&anna, ATTRIBUTE_MEMBER_ABSENT), 0);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("feed-survey");
        TCase *tcase = tcase_create("survey");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, what_is_found_is_kept_until_the_next_one_finds_otherwise);
        tcase_add_test(tcase, a_refusal_leaves_things_as_they_were);
        tcase_add_test(tcase, only_what_is_new_is_judged_again);
        tcase_add_test(tcase, one_that_broke_off_begins_anew);
        tcase_add_test(tcase, who_is_not_read_so_far_is_waited_for);
        tcase_add_test(tcase, nobody_asks_what_nobody_wants_to_know);
        tcase_add_test(tcase, groups_are_asked_for_by_their_members_who_do_not_arrive);
        suite_add_tcase(suite, tcase);
        return suite;
}
