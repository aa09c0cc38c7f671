/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/control-protocol.h"
#include "lib/core/util.h"
#include "tests/unit/check-main.h"

static const struct {
        const char *text;
        ControlVerb verb;
        const char *domain;
        bool accept_deletions;
        bool is_reconcile;
} requests[] = {
        { "reload", CONTROL_RELOAD, "", false },
        { "rescan", CONTROL_RESCAN, "", false },
        { "rescan corp.example", CONTROL_RESCAN, "corp.example", false },
        { "rescan accept-deletions", CONTROL_RESCAN, "", true },
        { "rescan corp.example accept-deletions", CONTROL_RESCAN, "corp.example", true },
        { "rescan reconcile", CONTROL_RESCAN, "", false, true },
        { "rescan corp.example reconcile", CONTROL_RESCAN, "corp.example", false, true },
        { "rescan corp.example reconcile accept-deletions", CONTROL_RESCAN, "corp.example", true,
          true },
        { "forget-domain old.example", CONTROL_FORGET_DOMAIN, "old.example" },
};

START_TEST(requests_are_read_as_written)
{
        char text[CONTROL_REQUEST_MAX];
        ControlRequest request = { 0 };
        const char *error = NULL;
        size_t size;

        ck_assert_int_eq(control_request_parse(requests[_i].text, strlen(requests[_i].text),
                                               &request, &error),
                         0);
        ck_assert_int_eq(request.verb, requests[_i].verb);
        ck_assert_str_eq(request.domain, requests[_i].domain);
        ck_assert_int_eq(request.accept_deletions, requests[_i].accept_deletions);
        ck_assert_int_eq(request.is_reconcile, requests[_i].is_reconcile);

        size = control_request_format(&request, text);
        ck_assert_uint_eq(size, strlen(requests[_i].text));
        ck_assert_mem_eq(text, requests[_i].text, size);
}
END_TEST

START_TEST(a_line_feed_and_more_blanks_do_no_harm)
{
        static const char text[] = "  rescan   corp.example \n";
        ControlRequest request = { 0 };
        const char *error = NULL;

        ck_assert_int_eq(control_request_parse(text, strlen(text), &request, &error), 0);
        ck_assert_str_eq(request.domain, "corp.example");
}
END_TEST

START_TEST(the_object_of_an_origin_is_read_as_written)
{
        static const char origin[] = "origin corp.example 01020304-0506-0708-090a-0b0c0d0e0f10";
        char text[CONTROL_REQUEST_MAX];
        ControlRequest request;
        const char *error = NULL;

        ck_assert_int_eq(control_request_parse(origin, strlen(origin), &request, &error), 0);
        ck_assert_int_eq(request.verb, CONTROL_ORIGIN);
        ck_assert_str_eq(request.domain, "corp.example");
        ck_assert_uint_eq(request.guid.bytes[0], 4);
        ck_assert_uint_eq(request.guid.bytes[15], 0x10);
        ck_assert_uint_eq(control_request_format(&request, text), strlen(origin));
        ck_assert_mem_eq(text, origin, strlen(origin));
}
END_TEST

START_TEST(who_is_to_be_forgotten_is_read_as_written)
{
        static const char forget[] = "forget 01020304-0506-0708-090a-0b0c0d0e0f10";
        char text[CONTROL_REQUEST_MAX];
        ControlRequest request;
        const char *error = NULL;

        ck_assert_int_eq(control_request_parse(forget, strlen(forget), &request, &error), 0);
        ck_assert_int_eq(request.verb, CONTROL_FORGET);
        ck_assert_uint_eq(request.guid.bytes[0], 4);
        ck_assert_uint_eq(request.guid.bytes[15], 0x10);
        ck_assert_uint_eq(control_request_format(&request, text), strlen(forget));
        ck_assert_mem_eq(text, forget, strlen(forget));
}
END_TEST

START_TEST(what_is_accepted_is_read_as_written)
{
        static const char accept[] = "accept until=1798761599 who=anna "
                                     "why=50%25%20of%20M%c3%bcller 0123456789abcdef@268435457 "
                                     "fedcba9876543210@1";
        static const char unaccept[] = "unaccept who=a%20b 0123456789abcdef@268435457";
        char text[CONTROL_REQUEST_MAX];
        ControlRequest request;
        const char *error = NULL;

        ck_assert_int_eq(control_request_parse(accept, strlen(accept), &request, &error), 0);
        ck_assert_int_eq(request.verb, CONTROL_ACCEPT);
        ck_assert_int_eq(request.until, 1798761599);
        ck_assert_str_eq(request.who, "anna");
        ck_assert_str_eq(request.why, "50% of M\u00fcller");
        ck_assert_uint_eq(request.n_findings, 2);
        ck_assert_uint_eq(request.findings[0].id, 0x0123456789abcdef);
        ck_assert_int_eq(request.findings[0].object, 268435457);
        ck_assert_uint_eq(request.findings[1].id, 0xfedcba9876543210);
        ck_assert_uint_eq(control_request_format(&request, text), strlen(accept));
        ck_assert_mem_eq(text, accept, strlen(accept));

        ck_assert_int_eq(control_request_parse(unaccept, strlen(unaccept), &request, &error), 0);
        ck_assert_int_eq(request.verb, CONTROL_UNACCEPT);
        ck_assert_str_eq(request.who, "a b");
        ck_assert_str_eq(request.why, "");
        ck_assert_uint_eq(control_request_format(&request, text), strlen(unaccept));
        ck_assert_mem_eq(text, unaccept, strlen(unaccept));
}
END_TEST

START_TEST(the_longest_request_fits_and_a_longer_one_is_refused)
{
        static char text[CONTROL_REQUEST_MAX + 100];
        static ControlRequest request = { .verb = CONTROL_ACCEPT, .until = INT64_MAX }, again;
        const char *error = NULL;
        size_t size;

        for (size_t i = 0; i + 2 <= CONTROL_WHO_MAX; i += 2)
                memcpy(request.who + i, "\u00e4", 2);
        for (size_t i = 0; i + 2 <= CONTROL_WHY_MAX; i += 2)
                memcpy(request.why + i, "\u00e4", 2);
        request.n_findings = CONTROL_FINDINGS_MAX;
        for (size_t i = 0; i < CONTROL_FINDINGS_MAX; i++)
                request.findings[i] = (ControlFinding){ .id = UINT64_MAX, .object = INT64_MAX };

        size = control_request_format(&request, text);
        ck_assert_int_eq(control_request_parse(text, size, &again, &error), 0);
        ck_assert_uint_eq(again.n_findings, CONTROL_FINDINGS_MAX);
        ck_assert_str_eq(again.why, request.why);

        strcpy(text + size, " 0123456789abcdef@1");
        ck_assert_int_eq(control_request_parse(text, strlen(text), &again, &error), -EBADMSG);
}
END_TEST

static const struct {
        const char *text;
        size_t size;
} bad_requests[] = {
        { "", 0 },
        { "\n", 1 },
        { " ", 1 },
        { "stop", 4 },
        { "Reload", 6 },
        { "reload now", 10 },
        { "rescan a b", 10 },
        { "rescan accept-deletions a", 25 },
        { "rescan accept-deletions accept-deletions", 40 },
        { "rescan accept-deletions reconcile", 33 },
        { "rescan reconcile reconcile", 26 },
        { "rescan reconcile a", 18 },
        { "reload\nreload", 13 },
        { "reload\0", 7 },
        { "rescan \xc3\xa4", 9 },
        { "accept", 6 },
        { "accept 0123456789abcdef@1", 25 },
        { "accept until=5 who=a why=b", 26 },
        { "accept until=0 who=a why=b 0123456789abcdef@1", 45 },
        { "accept until=-5 who=a why=b 0123456789abcdef@1", 46 },
        { "accept until=5 why=b who=a 0123456789abcdef@1", 45 },
        { "accept until=5 who= why=b 0123456789abcdef@1", 44 },
        { "accept until=5 who=a why=%0a 0123456789abcdef@1", 47 },
        { "accept until=5 who=a why=%00 0123456789abcdef@1", 47 },
        { "accept until=5 who=a why=%ff 0123456789abcdef@1", 47 },
        { "accept until=5 who=a why=%4 0123456789abcdef@1", 46 },
        { "accept until=5 who=a why=b 123@1", 32 },
        { "accept until=5 who=a why=b 0123456789abcdef@", 44 },
        { "accept until=5 who=a why=b 0123456789abcdef@1x", 46 },
        { "accept until=5 who=a why=b 0000000000000000@1", 45 },
        { "unaccept who=a", 14 },
        { "origin", 6 },
        { "origin corp.example", 19 },
        { "origin corp.example 1234", 24 },
        { "origin corp.example 01020304-0506-0708-090a-0b0c0d0e0f10 x", 58 },
        { "unaccept who=a why=b 0123456789abcdef@1", 39 },
        { "forget", 6 },
        { "forget anna", 11 },
        { "forget 01020304-0506-0708-090a-0b0c0d0e0f10 x", 45 },
        { "forget-domain", 13 },
        { "forget-domain a b", 17 },
};

START_TEST(anything_else_is_refused_with_a_sentence)
{
        ControlRequest request = { .domain = "untouched" };
        const char *error = NULL;

        ck_assert_int_eq(control_request_parse(bad_requests[_i].text, bad_requests[_i].size,
                                               &request, &error),
                         -EBADMSG);
        ck_assert_ptr_nonnull(error);
        ck_assert_str_eq(request.domain, "untouched");
}
END_TEST

START_TEST(a_long_domain_fits_and_a_longer_one_is_refused)
{
        char text[CONTROL_REQUEST_MAX + 2] = "rescan ";
        ControlRequest request;
        const char *error = NULL;

        memset(text + 7, 'a', CONTROL_DOMAIN_MAX);
        ck_assert_int_eq(control_request_parse(text, 7 + CONTROL_DOMAIN_MAX, &request, &error), 0);
        ck_assert_uint_eq(strlen(request.domain), CONTROL_DOMAIN_MAX);
        text[7 + CONTROL_DOMAIN_MAX] = 'a';
        ck_assert_int_eq(control_request_parse(text, 8 + CONTROL_DOMAIN_MAX, &request, &error),
                         -EBADMSG);

        memset(text, 'a', sizeof(text));
        ck_assert_int_eq(control_request_parse(text, sizeof(text), &request, &error), -EBADMSG);
}
END_TEST

START_TEST(answers_are_read_as_written)
{
        for (ControlOutcome outcome = CONTROL_OK; outcome <= CONTROL_FAILED; outcome++) {
                _cleanup_free_ char *reply = NULL, *text = NULL;
                ControlOutcome read;
                size_t size;

                ck_assert_int_eq(control_reply_format(outcome, "first\nsecond\n", &reply, &size),
                                 0);
                ck_assert_int_eq(control_reply_parse(reply, size, &read, &text), 0);
                ck_assert_int_eq(read, outcome);
                ck_assert_str_eq(text, "first\nsecond");
        }
}
END_TEST

START_TEST(a_word_of_a_newer_daemon_means_that_it_failed)
{
        _cleanup_free_ char *text = NULL;
        ControlOutcome outcome = CONTROL_OK;

        ck_assert_int_eq(control_reply_parse("later\ntomorrow", 14, &outcome, &text), 0);
        ck_assert_int_eq(outcome, CONTROL_FAILED);
        ck_assert_str_eq(text, "tomorrow");
}
END_TEST

START_TEST(what_is_no_answer_is_refused)
{
        static const struct {
                const char *text;
                size_t size;
        } bad[] = { { "", 0 }, { "ok", 2 }, { "\nok", 3 }, { "ok\na\0b", 6 } };
        ControlOutcome outcome;
        char *text = NULL;

        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                ck_assert_int_eq(control_reply_parse(bad[i].text, bad[i].size, &outcome, &text),
                                 -EBADMSG);
        ck_assert_ptr_null(text);
}
END_TEST

START_TEST(a_long_answer_is_cut)
{
        _cleanup_free_ char *long_text = malloc(2 * CONTROL_REPLY_MAX), *reply = NULL, *text = NULL;
        ControlOutcome outcome;
        size_t size;

        memset(long_text, 'x', 2 * CONTROL_REPLY_MAX - 1);
        long_text[2 * CONTROL_REPLY_MAX - 1] = '\0';
        ck_assert_int_eq(control_reply_format(CONTROL_OK, long_text, &reply, &size), 0);
        ck_assert_uint_eq(size, CONTROL_REPLY_MAX);
        ck_assert_int_eq(control_reply_parse(reply, size, &outcome, &text), 0);
        ck_assert_uint_eq(strlen(text), CONTROL_REPLY_MAX - strlen("ok\n"));
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("control-protocol");
        TCase *tcase = tcase_create("control-protocol");

        tcase_add_loop_test(tcase, requests_are_read_as_written, 0, ARRAY_SIZE(requests));
        tcase_add_test(tcase, a_line_feed_and_more_blanks_do_no_harm);
        tcase_add_loop_test(tcase, anything_else_is_refused_with_a_sentence, 0,
                            ARRAY_SIZE(bad_requests));
        tcase_add_test(tcase, what_is_accepted_is_read_as_written);
        tcase_add_test(tcase, the_object_of_an_origin_is_read_as_written);
        tcase_add_test(tcase, who_is_to_be_forgotten_is_read_as_written);
        tcase_add_test(tcase, the_longest_request_fits_and_a_longer_one_is_refused);
        tcase_add_test(tcase, a_long_domain_fits_and_a_longer_one_is_refused);
        tcase_add_test(tcase, answers_are_read_as_written);
        tcase_add_test(tcase, a_word_of_a_newer_daemon_means_that_it_failed);
        tcase_add_test(tcase, what_is_no_answer_is_refused);
        tcase_add_test(tcase, a_long_answer_is_cut);
        suite_add_tcase(suite, tcase);
        return suite;
}
