/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/entry.h"
#include "tests/unit/check-main.h"
#include "tests/unit/net-bench.h"

#define with_session(name, ...)                                                                    \
        _cleanup_(bench_freep) Bench *name =                                                       \
                bench_new((const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL });               \
        bench_open(name)

#define PEOPLE   "2500"
#define N_PEOPLE 2500

static void send(Bench *bench, const FeedRequest *request)
{
        bench->n_results = bench->n_entries = 0;
        ck_assert_int_eq(session_send(bench->session, request), 0);
}

/* After it was closed. */
static void reopen(Bench *bench)
{
        bench->session = session_free(bench->session);
        bench->n_closed = 0;
        bench_open(bench);
}

static FeedRequest root_request(void)
{
        FeedRequest request = {
                .base = "", .scope = FEED_BASE, .filter = "(objectClass=*)", .timeout = 30
        };

        attribute_set_add(&request.attributes, ATTRIBUTE_HIGHEST_COMMITTED_USN);
        attribute_set_add(&request.attributes, ATTRIBUTE_DNS_HOST_NAME);
        return request;
}

static int check_person(Bench *bench, const Object *object)
{
        FeedRequest request = bench_request();
        const Value *mail = object_value(object, ATTRIBUTE_MAIL);
        size_t n;

        ck_assert_int_eq(object->kind, KIND_USER);
        ck_assert(!guid_is_null(&object->guid));
        ck_assert_int_gt(object->usn, 10000);
        ck_assert(attribute_set_contains(&object->known, &request.attributes));
        ck_assert(attribute_set_contains(&request.attributes, &object->known));
        ck_assert_ptr_nonnull(mail);
        ck_assert_mem_eq(mail->data + mail->size - 13, "@corp.example", 13);
        ck_assert(!object_has(object, ATTRIBUTE_DISPLAY_NAME)); /* sent only if asked for */
        (void)object_values(object, ATTRIBUTE_PROXY_ADDRESSES, &n);
        ck_assert_uint_eq(n, 2);
        return 0;
}

START_TEST(all_pages_bring_all_entries_once)
{
        with_session(bench, "--generate", PEOPLE);

        bench->on_entry = check_person;
        ck_assert_uint_eq(bench_read_all(bench, 1000), N_PEOPLE);
        ck_assert_uint_eq(bench_read_all(bench, 77), N_PEOPLE);
        ck_assert_uint_eq(session_n_entries(bench->session), 2 * N_PEOPLE);
        ck_assert_uint_eq(bench->n_closed, 0);
}
END_TEST

START_TEST(a_search_without_paging_ends_at_the_servers_limit)
{
        with_session(bench, "--generate", PEOPLE);
        FeedRequest request = bench_request();

        request.is_paged = false;
        bench_search(bench, &request);
        ck_assert_int_eq(bench->result.code, 4);
        ck_assert(!bench->result.has_page_control);
        ck_assert_uint_eq(bench->n_entries, 1000);
}
END_TEST

static int send_next(Bench *bench, const FeedResult *result)
{
        FeedRequest request = root_request();

        if (bench->n_results < 50)
                ck_assert_int_eq(session_send(bench->session, &request), 0);
        return 0;
}

START_TEST(the_next_request_may_be_sent_from_the_result)
{
        with_session(bench);
        FeedRequest request = root_request();
        unsigned is_done = 0;

        bench->on_result = send_next;
        send(bench, &request);
        while (!is_done) {
                bench_run_for(bench, 10);
                is_done = bench->n_results == 50;
        }
        ck_assert_uint_eq(bench->n_entries, 50);
}
END_TEST

START_TEST(one_request_is_outstanding_at_a_time)
{
        with_session(bench);
        FeedRequest request = root_request();

        peer_command(bench->peer, "fault silence");
        send(bench, &request);
        ck_assert_int_eq(session_send(bench->session, &request), -EBUSY);
        session_abandon(bench->session);
        ck_assert_int_eq(session_send(bench->session, &request), 0);
}
END_TEST

START_TEST(a_filter_that_is_none_is_refused_before_it_is_sent)
{
        with_session(bench);
        FeedRequest request = root_request();

        request.filter = "(objectClass=";
        ck_assert_int_eq(session_send(bench->session, &request), -EINVAL);
        request.filter = "(objectClass=*)";
        bench_search(bench, &request);
        ck_assert_int_eq(bench->result.code, 0);
}
END_TEST

/* Slow and broken servers. */

START_TEST(answers_that_drip_arrive_whole_and_no_turn_blocks)
{
        with_session(bench, "--generate", "300");

        bench->on_entry = check_person;
        peer_command(bench->peer, "fault drip 701 1");
        ck_assert_uint_eq(bench_read_all(bench, 100), 300);
        ck_assert_int_lt(bench->longest_gap, 500);
}
END_TEST

START_TEST(a_server_that_stops_in_the_middle_of_a_message_is_given_up)
{
        with_session(bench, "--generate", "300");
        FeedRequest request = bench_request();

        /* The second may be over before it has come that far. */
        for (request.timeout = 1; request.timeout <= LONGEST_TIMEOUT; request.timeout *= 2) {
                peer_command(bench->peer, "fault stall-bytes 20011");
                send(bench, &request);
                bench_wait(bench, &bench->n_closed);
                ck_assert_int_eq(bench->end, SESSION_TIMEOUT);
                ck_assert_uint_eq(bench->n_results, 0);
                if (bench->n_entries > 0)
                        break;
                peer_command(bench->peer, "fault off");
                reopen(bench);
        }
        ck_assert_uint_gt(bench->n_entries, 0);
        ck_assert_int_eq(session_send(bench->session, &request), -ENOTCONN);
        bench_run_for(bench, 200);
        ck_assert_uint_eq(bench->n_closed, 1);
}
END_TEST

START_TEST(a_server_that_never_answers_is_given_up)
{
        with_session(bench);
        FeedRequest request = root_request();

        request.timeout = 1;
        peer_command(bench->peer, "fault silence");
        send(bench, &request);
        bench_wait(bench, &bench->n_closed);
        ck_assert_int_eq(bench->end, SESSION_TIMEOUT);
        ck_assert_str_eq(session_end_code(bench->end), "request-timeout");
}
END_TEST

START_TEST(entries_that_keep_coming_keep_a_request_alive)
{
        with_session(bench, "--generate", "60");
        FeedRequest request = bench_request();

        /*
         * Some 25 KB at 10 bytes a millisecond last longer than the request may be silent. Where a busy machine keeps the server
         * from sending for so long, both are twice as slow the next time.
         */
        for (request.timeout = 1; request.timeout <= LONGEST_TIMEOUT; request.timeout *= 2) {
                peer_command(bench->peer, "fault drip 10 %u", request.timeout);
                send(bench, &request);
                while (bench->n_results + bench->n_closed == 0)
                        bench_run_for(bench, 10);
                if (bench->n_closed == 0)
                        break;
                peer_command(bench->peer, "fault off");
                reopen(bench);
        }
        ck_assert_uint_eq(bench->n_results, 1);
        ck_assert_uint_eq(bench->n_entries, 60);
        ck_assert_uint_eq(bench->n_closed, 0);
}
END_TEST

START_TEST(a_cut_at_any_byte_closes_the_session_once)
{
        uint64_t random = test_seed();

        /* Forty entries of at least 150 bytes each: any cut before that leaves something missing. */
        for (unsigned i = 0; i < 30; i++) {
                with_session(bench, "--generate", "40");
                FeedRequest request = bench_request();
                unsigned at = (unsigned)(test_random(&random) % 6000);

                peer_command(bench->peer, "fault cut-bytes %u", at);
                send(bench, &request);
                bench_wait(bench, &bench->n_closed);
                ck_assert_msg(bench->end == SESSION_CLOSED, "cut at %u: %s", at, bench->text);
                ck_assert_uint_eq(bench->n_results, 0);
                ck_assert_uint_lt(bench->n_entries, 41);
                bench_run_for(bench, 30);
                ck_assert_uint_eq(bench->n_closed, 1);
        }
}
END_TEST

START_TEST(a_session_with_nothing_outstanding_notices_the_end)
{
        with_session(bench);

        bench_run_for(bench, 50);
        peer_command(bench->peer, "disconnect");
        bench_wait(bench, &bench->n_closed);
        ck_assert_int_eq(bench->end, SESSION_CLOSED);
}
END_TEST

START_TEST(a_connection_that_broke_before_sending_is_told_on_a_later_turn)
{
        with_session(bench);
        FeedRequest request = root_request();

        peer_command(bench->peer, "disconnect");
        for (unsigned i = 0; i < 3 && bench->n_closed == 0; i++)
                (void)session_send(bench->session,
                                   &request); /* from where ops must not be called */
        ck_assert_uint_eq(bench->n_closed, 0);
        bench_wait(bench, &bench->n_closed);
        ck_assert_uint_eq(bench->n_closed, 1);
}
END_TEST

START_TEST(garbage_ends_the_session)
{
        with_session(bench);
        FeedRequest request = root_request();

        peer_command(bench->peer, "fault garbage 200");
        send(bench, &request);
        bench_wait(bench, &bench->n_closed);
        ck_assert_int_eq(bench->end, SESSION_PROTOCOL);
}
END_TEST

START_TEST(an_announced_message_beyond_all_measure_ends_the_session)
{
        with_session(bench);
        FeedRequest request = root_request();

        peer_command(bench->peer, "fault huge 65");
        send(bench, &request);
        bench_wait(bench, &bench->n_closed);
        ck_assert_int_eq(bench->end, SESSION_PROTOCOL);
}
END_TEST

START_TEST(an_entry_or_a_result_that_cannot_be_decoded_ends_the_session)
{
        static const char *const faults[] = { "bad-entry", "bad-result" };

        for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
                with_session(bench);
                FeedRequest request = bench_request();

                peer_command(bench->peer, "fault %s", faults[i]);
                send(bench, &request);
                bench_wait(bench, &bench->n_closed);
                ck_assert_int_eq(bench->end, SESSION_PROTOCOL);
                ck_assert_uint_eq(bench->n_entries + bench->n_results, 0);
        }
}
END_TEST

START_TEST(a_notice_of_disconnection_is_told_as_such)
{
        with_session(bench);
        FeedRequest request = root_request();

        peer_command(bench->peer, "fault notice");
        send(bench, &request);
        bench_wait(bench, &bench->n_closed);
        ck_assert_int_eq(bench->end, SESSION_DISCONNECTED);
}
END_TEST

START_TEST(what_belongs_to_no_request_is_ignored)
{
        static const char *const faults[] = { "unknown-id", "noise", "references" };

        for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
                with_session(bench, "--generate", "10");
                FeedRequest request = bench_request();

                peer_command(bench->peer, "fault %s", faults[i]);
                bench->on_entry = check_person;
                bench_search(bench, &request);
                ck_assert_int_eq(bench->result.code, 0);
                ck_assert_uint_eq(bench->n_entries, 10);
        }
}
END_TEST

/* Results that are no success are the feed's to judge. */

START_TEST(results_are_handed_on_as_they_are)
{
        static const struct {
                const char *fault;
                int code;
                bool is_referral;
        } cases[] = {
                { "search-result 53", 53, false }, { "search-result 51", 51, false },
                { "result 1 1", 1, false },        { "referral", 10, true },
                { "extended 12", 12, true },       { "extended 0", 0, true },
        };
        with_session(bench, "--generate", "10");

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                FeedRequest request = bench_request();

                peer_command(bench->peer, "fault %s", cases[i].fault);
                bench_search(bench, &request);
                ck_assert_int_eq(bench->result.code, cases[i].code);
                ck_assert_int_eq(bench->result.is_referral, cases[i].is_referral);
        }
        ck_assert_uint_eq(bench->n_closed, 0);
}
END_TEST

START_TEST(a_cookie_is_good_on_its_own_connection_only)
{
        with_session(bench, "--generate", "30");
        FeedRequest request = bench_request();
        _cleanup_free_ void *cookie = NULL;

        request.page_size = 10;
        bench_search(bench, &request);
        ck_assert_uint_gt(bench->result.cookie.size, 0);
        cookie = memcpy(malloc(bench->result.cookie.size), bench->result.cookie.data,
                        bench->result.cookie.size);
        request.cookie = (Slice){ cookie, bench->result.cookie.size };

        reopen(bench);
        bench_search(bench, &request);
        ck_assert_int_eq(bench->result.code, 12);
}
END_TEST

START_TEST(a_result_without_page_control_is_told_from_a_last_page)
{
        with_session(bench, "--generate", "10");
        FeedRequest request = bench_request();

        bench_search(bench, &request);
        ck_assert(bench->result.has_page_control);
        peer_command(bench->peer, "fault no-cookie");
        bench_search(bench, &request);
        ck_assert(!bench->result.has_page_control);
}
END_TEST

/* Values that are not what they should be. */

static int check_strange(Bench *bench, const Object *object)
{
        static const char nul[] = "a\0b", latin[] = "M\xfcller";
        const Value *name = object_value(object, ATTRIBUTE_DISPLAY_NAME),
                    *info = object_value(object, ATTRIBUTE_INFO);
        const Value *company = object_value(object, ATTRIBUTE_COMPANY),
                    *sn = object_value(object, ATTRIBUTE_SN);

        ck_assert_ptr_nonnull(name);
        ck_assert_uint_eq(name->size, 3);
        ck_assert_mem_eq(name->data, nul, 3);
        ck_assert_uint_eq(company->size, 6);
        ck_assert_mem_eq(company->data, latin, 6);
        ck_assert_uint_eq(info->size, 5 << 20);
        ck_assert_uint_eq(sn->size, 0);
        ck_assert(guid_is_null(&object->guid));
        return 0;
}

START_TEST(values_are_bytes_of_any_kind_and_length)
{
        with_session(bench);
        FeedRequest request = bench_request();

        peer_command(bench->peer, "add user CN=Strange,OU=People,DC=corp,DC=example");
        peer_command(bench->peer,
                     "ldif dn: CN=Strange,OU=People,DC=corp,DC=example\\ndisplayName:: YQBi\\n"
                     "company:: TfxsbGVy\\nsn:\\n");
        peer_command(bench->peer, "fill info %u CN=Strange,OU=People,DC=corp,DC=example", 5U << 20);
        peer_command(bench->peer, "unset objectGUID CN=Strange,OU=People,DC=corp,DC=example");

        attribute_set_add(&request.attributes, ATTRIBUTE_DISPLAY_NAME);
        attribute_set_add(&request.attributes, ATTRIBUTE_COMPANY);
        attribute_set_add(&request.attributes, ATTRIBUTE_INFO);
        attribute_set_add(&request.attributes, ATTRIBUTE_SN);
        bench->on_entry = check_strange;
        bench_search(bench, &request);
        ck_assert_uint_eq(bench->n_entries, 1);
        ck_assert_int_eq(bench->result.code, 0);
}
END_TEST

START_TEST(a_request_larger_than_the_sockets_buffers_gets_out)
{
        with_session(bench, "--generate", "10");
        FeedRequest request = bench_request();
        _cleanup_buffer_ Buffer filter = BUFFER_INIT;

        /* 9 MiB, just below what AD takes, and more than the socket does at once. */
        ck_assert_int_eq(buffer_append_string(&filter, "(|(objectClass=user)"), 0);
        while (filter.size < 9 << 20)
                ck_assert_int_eq(buffer_append_string(
                                         &filter, "(mail=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa)"),
                                 0);
        ck_assert_int_eq(buffer_append_string(&filter, ")"), 0);

        request.filter = buffer_string(&filter);
        bench_search(bench, &request);
        ck_assert_uint_eq(bench->n_entries, 10);
}
END_TEST

/* Notifications. */

static FeedRequest notification_request(void)
{
        FeedRequest request = bench_request();

        request.filter = "(objectClass=*)";
        request.is_paged = false;
        request.is_notification = true;
        return request;
}

START_TEST(a_change_wakes_while_another_request_is_answered)
{
        with_session(bench, "--generate", "10");
        FeedRequest notification = notification_request(), request = bench_request();

        ck_assert_int_eq(session_send(bench->session, &notification), 0);
        ck_assert_int_eq(session_send(bench->session, &notification), -EBUSY);
        bench_search(bench, &request);
        ck_assert_uint_eq(bench->n_notified, 0);

        peer_command(bench->peer, "add contact CN=New,OU=People,DC=corp,DC=example");
        bench_wait(bench, &bench->n_notified);
        ck_assert_uint_eq(bench->n_entries, 10); /* its entries are nobody's answer */

        bench->n_notified = 0;
        peer_command(bench->peer, "delete CN=New,OU=People,DC=corp,DC=example");
        bench_wait(bench, &bench->n_notified);
        ck_assert_uint_eq(bench->n_notify_ended, 0);
}
END_TEST

START_TEST(many_changes_in_a_turn_wake_once_or_little_more)
{
        with_session(bench);
        FeedRequest notification = notification_request(), request = root_request();

        ck_assert_int_eq(session_send(bench->session, &notification), 0);
        bench_search(bench, &request); /* the server has got what was sent before */
        peer_command(bench->peer, "generate 100");
        bench_wait(bench, &bench->n_notified);
        bench_run_for(bench, 50);
        ck_assert_uint_lt(bench->n_notified, 50);
}
END_TEST

START_TEST(a_refused_notification_leaves_the_session_alive)
{
        with_session(bench);
        FeedRequest notification = notification_request(), request = root_request();

        notification.filter = "(objectClass=user)";
        ck_assert_int_eq(session_send(bench->session, &notification), 0);
        bench_wait(bench, &bench->n_notify_ended);
        ck_assert_int_eq(bench->notify_code, 53);
        bench_search(bench, &request);
        ck_assert_int_eq(bench->result.code, 0);

        notification.filter = "(objectClass=*)";
        ck_assert_int_eq(session_send(bench->session, &notification), 0);
}
END_TEST

START_TEST(an_abandoned_request_is_answered_by_nothing)
{
        with_session(bench, "--generate", "1000");
        FeedRequest request = bench_request(), root = root_request();

        send(bench, &request);
        session_abandon(bench->session);
        bench_search(bench, &root);
        ck_assert_uint_eq(bench->n_entries, 1);
        bench_run_for(bench, 50);
        ck_assert_uint_eq(bench->n_results, 1);
        ck_assert_uint_eq(bench->n_closed, 0);
}
END_TEST

static int refuse(Bench *bench, const Object *object)
{
        return -ENOSPC;
}

START_TEST(a_handler_that_fails_ends_the_session)
{
        with_session(bench, "--generate", "10");
        FeedRequest request = bench_request();

        bench->on_entry = refuse;
        send(bench, &request);
        bench_wait(bench, &bench->n_closed);
        ck_assert_int_eq(bench->end, SESSION_INTERNAL);
        ck_assert_uint_eq(bench->n_entries, 1);
        ck_assert_str_eq(bench->text, strerror(ENOSPC));
}
END_TEST

START_TEST(starttls_is_as_good_as_ldaps)
{
        _cleanup_(bench_freep) Bench *bench = bench_new(NULL);
        _cleanup_free_ char *ca_file = bench_path(bench, "ca2.pem");
        _cleanup_(peer_freep) Peer *peer =
                peer_new((const char *const[]){ "--ca-file", ca_file, "--generate", PEOPLE, NULL });

        bench->config.ca_file = ca_file;
        bench->config.tls = TLS_STARTTLS;
        bench_aim(bench, "127.0.0.1", peer->port);
        bench_open(bench);
        bench->on_entry = check_person;
        ck_assert_uint_eq(bench_read_all(bench, 1000), N_PEOPLE);
        peer_command(peer, "fault drip 4000 1");
        ck_assert_uint_eq(bench_read_all(bench, 1000), N_PEOPLE);
}
END_TEST

/* Decoding by itself. */

START_TEST(noise_is_decoded_or_refused_and_nothing_else)
{
        uint64_t random = test_seed();
        static const uint8_t good[] = { 0x30, 0x0c, 0x04, 0x04, 'm',  'a', 'i',
                                        'l',  0x31, 0x04, 0x04, 0x02, 'a', '@' };
        Object *object;
        FeedRequest request = bench_request();

        ck_assert_int_eq(object_new(&object), 0);
        ck_assert_int_eq(entry_decode_attributes(good, sizeof(good), &request.attributes, object),
                         0);
        ck_assert_uint_eq(object->n_values, 1);

        for (unsigned i = 0; i < 200000; i++) {
                uint8_t data[sizeof(good)];
                size_t size = test_random(&random) % (sizeof(data) + 1);
                /* On the heap and of exactly this size, so that ASan sees one byte too far. */
                _cleanup_free_ uint8_t *exact = malloc(size ? size : 1);
                int r;

                memcpy(data, good, sizeof(good));
                for (unsigned j = test_random(&random) % 4; j > 0; j--)
                        data[test_random(&random) % sizeof(data)] = (uint8_t)test_random(&random);
                memcpy(exact, data, size);

                object_reset(object);
                r = entry_decode_attributes(exact, size, &request.attributes, object);
                ck_assert(r == 0 || r == -EBADMSG);
        }

        object_free(object);
}
END_TEST

START_TEST(options_of_an_attribute_are_no_part_of_its_name)
{
        static const uint8_t data[] = {
                0x30, 0x13, 0x04, 0x0b, 'm',  'A',  'I',  'L',  ';', 'b', 'i',
                'n',  'a',  'r',  'y',  0x31, 0x04, 0x04, 0x02, 'a', '@',
        };
        FeedRequest request = bench_request();
        Object *object;

        ck_assert_int_eq(object_new(&object), 0);
        ck_assert_int_eq(entry_decode_attributes(data, sizeof(data), &request.attributes, object),
                         0);
        ck_assert_uint_eq(object->n_values, 1);
        ck_assert_int_eq(object->values[0].attribute, ATTRIBUTE_MAIL);
        object_free(object);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("session");
        TCase *c = tcase_create("session");

        tcase_set_timeout(c, 120);
        tcase_add_test(c, all_pages_bring_all_entries_once);
        tcase_add_test(c, a_search_without_paging_ends_at_the_servers_limit);
        tcase_add_test(c, the_next_request_may_be_sent_from_the_result);
        tcase_add_test(c, one_request_is_outstanding_at_a_time);
        tcase_add_test(c, a_filter_that_is_none_is_refused_before_it_is_sent);
        tcase_add_test(c, answers_that_drip_arrive_whole_and_no_turn_blocks);
        tcase_add_test(c, a_server_that_stops_in_the_middle_of_a_message_is_given_up);
        tcase_add_test(c, a_server_that_never_answers_is_given_up);
        tcase_add_test(c, entries_that_keep_coming_keep_a_request_alive);
        tcase_add_test(c, a_cut_at_any_byte_closes_the_session_once);
        tcase_add_test(c, a_session_with_nothing_outstanding_notices_the_end);
        tcase_add_test(c, a_connection_that_broke_before_sending_is_told_on_a_later_turn);
        tcase_add_test(c, garbage_ends_the_session);
        tcase_add_test(c, an_announced_message_beyond_all_measure_ends_the_session);
        tcase_add_test(c, an_entry_or_a_result_that_cannot_be_decoded_ends_the_session);
        tcase_add_test(c, a_notice_of_disconnection_is_told_as_such);
        tcase_add_test(c, what_belongs_to_no_request_is_ignored);
        tcase_add_test(c, results_are_handed_on_as_they_are);
        tcase_add_test(c, a_cookie_is_good_on_its_own_connection_only);
        tcase_add_test(c, a_result_without_page_control_is_told_from_a_last_page);
        tcase_add_test(c, values_are_bytes_of_any_kind_and_length);
        tcase_add_test(c, a_request_larger_than_the_sockets_buffers_gets_out);
        tcase_add_test(c, a_change_wakes_while_another_request_is_answered);
        tcase_add_test(c, many_changes_in_a_turn_wake_once_or_little_more);
        tcase_add_test(c, a_refused_notification_leaves_the_session_alive);
        tcase_add_test(c, an_abandoned_request_is_answered_by_nothing);
        tcase_add_test(c, a_handler_that_fails_ends_the_session);
        tcase_add_test(c, starttls_is_as_good_as_ldaps);
        tcase_add_test(c, noise_is_decoded_or_refused_and_nothing_else);
        tcase_add_test(c, options_of_an_attribute_are_no_part_of_its_name);
        suite_add_tcase(suite, c);
        return suite;
}
