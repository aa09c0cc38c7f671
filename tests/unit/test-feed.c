/* SPDX-License-Identifier: MIT */

/*
 * The feed against a model directory with two controllers, by hand: every refusal, every way to drop an answer, and the
 * scenarios that each rule of tracking exists for. tests/simulate does the same at random.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/simulate/client.h"
#include "tests/simulate/compare.h"
#include "tests/unit/check-main.h"

enum {
        MINUTE = 60 * 1000,
        HOUR = 60 * MINUTE,
        DAY = 24 * HOUR,
        POLL_SECONDS = 30,
        PAGE_SIZE = 4,
        N_USERS = 9,
};

static Directory directory;
static Client client;
static unsigned unit, users[N_USERS], group, contact;

/* What goes wrong, and where: the nth request of all, or of one sort. */
static struct {
        Fault fault;
        int at;                  /* counted down; -1: never */
        int sort;                /* -1: any */
        void (*meanwhile)(void); /* called there, before the answer */
        bool stays;              /* from there on always */
} trouble;

static Fault next_fault(Client *which, const FeedRequest *request, void *userdata)
{
        if (trouble.at < 0 ||
            (trouble.sort >= 0 && request_sort(request) != (RequestSort)trouble.sort))
                return (Fault){};
        if (trouble.at > 0) {
                trouble.at--;
                return (Fault){};
        }

        if (!trouble.stays)
                trouble.at = -1;
        if (trouble.meanwhile)
                trouble.meanwhile();
        return trouble.fault;
}

static const ClientOps ops = { .fault = next_fault };

static void expect_trouble(FaultType type, int sort, int at)
{
        trouble.fault = (Fault){ .type = type, .code = 51 };
        trouble.at = at;
        trouble.sort = sort;
        trouble.meanwhile = NULL;
        trouble.stays = false;
}

static void meanwhile(int sort, void (*function)(void))
{
        expect_trouble(FAULT_NONE, sort, 0);
        trouble.meanwhile = function;
}

static unsigned add(Kind kind, unsigned parent)
{
        int object = directory_add(&directory, 0, kind, parent);

        ck_assert_int_ge(object, 0);
        return (unsigned)object;
}

static void replicate(unsigned from, unsigned to)
{
        directory_replicate(&directory, from, to, -1);
}

static void setup_at(const char *path)
{
        directory_init(&directory, 2, 42);

        unit = add(KIND_CONTAINER, OBJECT_HEAD);
        for (unsigned i = 0; i < N_USERS; i++) {
                users[i] = add(KIND_USER, unit);
                directory_write(&directory, 0, users[i], FIELD_MAIL, i + 1);
        }
        group = add(KIND_GROUP, OBJECT_USERS);
        contact = add(KIND_CONTACT, unit);
        replicate(0, 1);
        replicate(1, 0);

        trouble.at = -1;
        client_init(&client, &directory, 1);
        client.ops = &ops;
        client.config->page_size = PAGE_SIZE;
        client.domain_config.poll_interval = POLL_SECONDS;
        client_start(&client, path);
}

static void setup(void)
{
        setup_at(NULL);
}

static void teardown(void)
{
        client_done(&client);
}

static void expect_right(unsigned controller)
{
        ck_assert_uint_eq(compare_cache(&client, controller, stderr), 0);
}

/* Connected, read once, and waiting. */
static void read_once(void)
{
        client_connect(&client, 0);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert(client.domain.is_ready);
        expect_right(0);
}

static void setup_read(void)
{
        setup();
        read_once();
        memset(client.n_asked, 0, sizeof(client.n_asked));
}

/* The same with a file, which a process that is killed leaves behind. */
static char folder[] = "/tmp/scand-test-feed-XXXXXX", database[64];

static void setup_file(void)
{
        strcpy(folder + strlen(folder) - 6, "XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(folder));
        snprintf(database, sizeof(database), "%s/scand.db", folder);
        setup_at(database);
        read_once();
}

static void teardown_file(void)
{
        teardown();
        folder_clear(folder);
        ck_assert_int_eq(rmdir(folder), 0);
}

static unsigned n_requests(void)
{
        unsigned n = 0;

        for (unsigned sort = 0; sort < N_REQUEST_SORTS; sort++)
                n += client.n_asked[sort];
        return n;
}

static const char *failure(void)
{
        return feed_failure_code(feed_failure(client.feed));
}

static FeedStatus status(void)
{
        FeedStatus status;

        feed_status(client.feed, &status);
        return status;
}

static void write_mail(unsigned controller, unsigned object, unsigned address)
{
        directory_write(&directory, controller, object, FIELD_MAIL, address);
}

/* The clock moves on and the server is asked anew, as after a hang-up. */
static void come_back(unsigned controller)
{
        directory.now += 10 * MINUTE;
        client_connect(&client, controller);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_str_eq(failure(), "ok");
}

/* --- connecting --- */

START_TEST(a_first_read_brings_everything_in_pages)
{
        read_once();

        ck_assert_uint_gt(client.n_asked[REQUEST_SEARCH], 3);
        ck_assert_int_eq(client.domain.objects, N_USERS + 2);
        ck_assert_int_eq(client.domain.cursor.watermark, directory.controllers[0].highest);
        ck_assert_int_eq(client.domain.tombstone_lifetime_days, 60);
        ck_assert_int_eq(client.domain.recycle_bin, 0);
        ck_assert_str_eq(client.domain.cursor.dc, "dc0.sim.example");
        ck_assert_str_eq(status().full_read_reason, "the domain was never read before");
        ck_assert_str_eq(failure(), "ok");
}
END_TEST

START_TEST(what_may_not_be_followed_is_refused_before_it_is_read)
{
        static const struct {
                ServerManner manner;
                const char *code;
        } cases[] = {
                { { .is_not_ad = true }, "not-active-directory" },
                { { .is_other_domain = true }, "wrong-domain" },
                { { .is_read_only = true }, "read-only-dc" },
                { { .is_not_synchronized = true }, "not-synchronized" },
        };

        client.manner = cases[_i].manner;
        client_connect(&client, 0);

        ck_assert_int_eq(client_run(&client), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), cases[_i].code);
        ck_assert_uint_eq(client.n_asked[REQUEST_SEARCH], 0);
        ck_assert(!client.domain.is_ready);
        ck_assert_int_gt(client.until, directory.now);
}
END_TEST

START_TEST(attributes_that_the_schema_lacks_are_unknown_and_never_asked_for)
{
        attribute_set_add(&client.manner.not_in_schema, ATTRIBUTE_PROXY_ADDRESSES);
        client_connect(&client, 0);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);

        ck_assert(attribute_set_has(&client.domain.unreadable, ATTRIBUTE_PROXY_ADDRESSES));
        ck_assert(!attribute_set_has(&client.domain.unreadable, ATTRIBUTE_MAIL));
        ck_assert(!attribute_set_has(&client.domain.requested, ATTRIBUTE_PROXY_ADDRESSES));
        ck_assert(attribute_set_has(&client.domain.requested, ATTRIBUTE_MAIL));
}
END_TEST

START_TEST(attributes_that_the_schema_gains_are_read_by_themselves)
{
        attribute_set_add(&client.manner.not_in_schema, ATTRIBUTE_PROXY_ADDRESSES);
        read_once();

        client.manner = (ServerManner){};
        directory_write(&directory, 0, users[0], FIELD_PROXIES, 6);
        come_back(0);

        ck_assert_str_eq(status().full_read_reason,
                         "the rules need attributes that were never asked for");
        ck_assert(!attribute_set_has(&client.domain.unreadable, ATTRIBUTE_PROXY_ADDRESSES));
        expect_right(0);
}
END_TEST

START_TEST(a_hidden_schema_is_no_small_schema)
{
        expect_trouble(FAULT_EMPTY, REQUEST_SCHEMA, 0);
        trouble.stays = true;
        client_connect(&client, 0);

        ck_assert_int_eq(client_run(&client), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), "schema-unreadable");
}
END_TEST

START_TEST(an_empty_place_of_deleted_objects_proves_nothing)
{
        read_once();
        ck_assert_int_eq(client.domain.tombstones_readable, -1);

        directory_delete(&directory, 0, users[0], true);
        client_connect(&client, 0);
        client_run(&client);
        ck_assert_int_eq(client.domain.tombstones_readable, 1);
}
END_TEST

START_TEST(who_may_not_see_deleted_objects_is_told)
{
        expect_trouble(FAULT_CODE, REQUEST_OTHER, 2);
        trouble.fault.code = 32;
        read_once();

        ck_assert_int_eq(client.domain.tombstones_readable, 0);
}
END_TEST

START_TEST(following_goes_on_without_notifications)
{
        expect_trouble(FAULT_CODE, REQUEST_NOTIFICATION, 0);
        read_once();
        ck_assert(!status().is_notified);

        write_mail(0, users[0], 7);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        expect_right(0);
}
END_TEST

START_TEST(a_server_without_notifications_is_not_asked_for_them)
{
        client.manner.lacks_notification = true;
        read_once();
        ck_assert_uint_eq(client.n_asked[REQUEST_NOTIFICATION], 0);
}
END_TEST

/* --- what is dropped --- */

static const Fault faults[] = {
        { .type = FAULT_CUT },
        { .type = FAULT_CUT, .n = 2 },
        { .type = FAULT_CODE, .code = 51 },
        { .type = FAULT_CODE, .n = 3, .code = 1 },
        { .type = FAULT_REFERRAL },
};

/* Something breaks at the nth request. True: there was one. Then nothing of the answer is seen, and the next attempt is whole. */
static bool survives(Fault fault, int at)
{
        int64_t watermark = client.domain.cursor.watermark;
        unsigned n_counted = client.n_asked[REQUEST_COUNT];

        expect_trouble(FAULT_NONE, -1, at);
        trouble.fault = fault;
        (void)client_run(&client);
        if (trouble.at >= 0)
                return false;

        if (feed_failure(client.feed) != FEED_OK && client.n_asked[REQUEST_COUNT] == n_counted)
                ck_assert_int_eq(client.domain.cursor.watermark, watermark);
        come_back(0);
        expect_right(0);
        return true;
}

START_TEST(a_first_read_may_break_at_any_request)
{
        int at = 0;

        for (client_connect(&client, 0); survives(faults[_i], at); client_connect(&client, 0)) {
                teardown();
                setup();
                at++;
        }

        ck_assert_int_ge(at, 16);
}
END_TEST

START_TEST(a_poll_may_break_at_any_request)
{
        int at = 0;

        for (;; at++) {
                for (unsigned i = 0; i < N_USERS; i++)
                        write_mail(0, users[i], 1 + (i + (unsigned)at) % 11);
                (void)client_turn(&client);
                directory.now = client.until;
                if (!survives(faults[_i], at))
                        break;
        }

        ck_assert_int_ge(at, 8);
}
END_TEST

START_TEST(a_delta_that_breaks_is_read_again)
{
        static const FaultType types[] = { FAULT_CUT, FAULT_CODE, FAULT_NO_PAGE_CONTROL,
                                           FAULT_REFERRAL };
        int64_t watermark = client.domain.cursor.watermark;

        for (unsigned i = 0; i < N_USERS; i++)
                write_mail(0, users[i], i + 2);

        expect_trouble(types[_i], REQUEST_SEARCH, 1);
        client.directory->now = client.until;
        (void)client_run(&client);
        ck_assert_str_ne(failure(), "ok");
        ck_assert_int_eq(client.domain.cursor.watermark, watermark);
        ck_assert_uint_ge(compare_cache(&client, 0, NULL), N_USERS);

        come_back(0);
        ck_assert_int_eq(client.domain.cursor.watermark, directory.controllers[0].highest);
        expect_right(0);
        ck_assert_int_eq(status().full_reads, 1);
}
END_TEST

START_TEST(a_full_read_that_brings_nothing_is_refused)
{
        expect_trouble(FAULT_EMPTY, REQUEST_SEARCH, 0);
        feed_rescan(client.feed, directory.now);

        ck_assert_int_eq(client_run(&client), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), "answer-empty");
        expect_right(0);
        ck_assert_int_eq(client.domain.full_reads_interrupted, 1);

        /* Whoever asked for it gets it. */
        come_back(0);
        ck_assert_int_eq(status().full_reads, 2);
}
END_TEST

START_TEST(a_server_that_goes_in_circles_is_left)
{
        expect_trouble(FAULT_FORGETFUL, REQUEST_SEARCH, 0);
        trouble.stays = true;
        feed_rescan(client.feed, directory.now);

        while (client.n_asked[REQUEST_SEARCH] < 50 && client.is_connected)
                (void)client_turn(&client);
        ck_assert_uint_lt(client.n_asked[REQUEST_SEARCH], 50);
        ck_assert_str_eq(failure(), "protocol-error");
        expect_right(0);
}
END_TEST

START_TEST(entries_that_come_twice_do_no_harm)
{
        expect_trouble(FAULT_REPEAT, REQUEST_SEARCH, 0);
        trouble.stays = true;
        feed_rescan(client.feed, directory.now);

        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        expect_right(0);
        ck_assert_int_eq(client.domain.objects, N_USERS + 2);
}
END_TEST

static void take_new_epoch(void)
{
        directory_new_epoch(&directory, 0);
}

START_TEST(a_new_epoch_in_mid_answer_drops_it)
{
        write_mail(0, users[0], 7);
        meanwhile(REQUEST_SEARCH, take_new_epoch);

        ck_assert_int_eq(client_poll(&client), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), "server-changed");
        ck_assert_uint_eq(compare_cache(&client, 0, NULL), 1);

        come_back(0);
        expect_right(0);
}
END_TEST

static void change_server(void)
{
        client.server.controller = 1;
}

START_TEST(another_server_in_mid_answer_drops_it)
{
        /* Not at the settings: all that counts has come by then, and every server knows the settings of all. */
        static const RequestSort sorts[] = { REQUEST_HEAD, REQUEST_ROOT, REQUEST_GUID,
                                             REQUEST_SEARCH, REQUEST_OVERLAP };
        int64_t watermark = client.domain.cursor.watermark;

        write_mail(0, users[0], 7);
        meanwhile(sorts[_i], change_server);

        ck_assert_int_eq(client_poll(&client), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), "server-changed");
        ck_assert_int_eq(client.domain.cursor.watermark, watermark);

        come_back(0);
        expect_right(0);
}
END_TEST

START_TEST(an_accepted_answer_is_applied_without_its_connection)
{
        write_mail(0, users[0], 7);
        client.budget = 1;
        directory.now = client.until;
        while (client_turn(&client) != CLIENT_APPLIED)
                ;
        client_disconnect(&client);

        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_str_eq(failure(), "ok");
        expect_right(0);
}
END_TEST

START_TEST(a_connection_that_ends_between_polls_is_no_failure)
{
        client_disconnect(&client);
        ck_assert_int_eq(client_turn(&client), CLIENT_WAITING);
        ck_assert_int_le(client.until, directory.now);
        ck_assert_str_eq(failure(), "ok");
}
END_TEST

START_TEST(failures_wait_longer_and_longer_but_not_for_ever)
{
        int64_t wait, previous = 0;

        for (unsigned i = 0; i < 14; i++) {
                expect_trouble(FAULT_CODE, REQUEST_HEAD, 0);
                client_connect(&client, 0);
                ck_assert_int_eq(client_run(&client), CLIENT_HUNG_UP);

                wait = client.until - directory.now;
                ck_assert_int_ge(wait, i < 8 ? 1500 << i : 225 * 1000);
                ck_assert_int_le(wait, i < 8 ? 2000 << i : 300 * 1000);
                if (i < 7)
                        ck_assert_int_gt(wait, previous);
                previous = wait;
                directory.now = client.until;
        }

        /* One good answer, and it is forgotten. */
        come_back(0);
        expect_trouble(FAULT_CODE, REQUEST_HEAD, 0);
        ck_assert_int_eq(client_poll(&client), CLIENT_HUNG_UP);
        ck_assert_int_le(client.until - directory.now, 2000);
}
END_TEST

/* --- polling --- */

START_TEST(a_poll_with_nothing_new_asks_three_things)
{
        /* After some minutes, when nothing can come late any more, and not in the one in which connectors are looked for. */
        for (unsigned i = 0; i < 40; i++)
                ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        memset(client.n_asked, 0, sizeof(client.n_asked));

        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        ck_assert_uint_eq(client.n_asked[REQUEST_HEAD], 1);
        ck_assert_uint_eq(client.n_asked[REQUEST_ROOT], 1);
        ck_assert_uint_eq(client.n_asked[REQUEST_SETTINGS], 1);
        ck_assert_uint_eq(n_requests(), 3);
        ck_assert_int_eq(client.domain.last_poll_ok, client_wall(&client));
        ck_assert_int_eq(client.domain.stale_after, client_wall(&client) + 4 * POLL_SECONDS + 60);
}
END_TEST

START_TEST(changes_come_with_the_next_poll)
{
        unsigned added = add(KIND_USER, OBJECT_USERS);

        write_mail(0, users[0], 7);
        directory_delete(&directory, 0, users[1], true);
        directory_delete(&directory, 0, users[2], false);
        directory_write(&directory, 0, users[3], FIELD_PLACE, place_make(OBJECT_USERS, 1, false));
        directory_write(&directory, 0, unit, FIELD_PLACE, place_make(OBJECT_HEAD, 1, false));
        directory_write(&directory, 0, added, FIELD_UPN, 1);

        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        expect_right(0);
        ck_assert_int_eq(client.domain.objects, N_USERS + 1);
        ck_assert_int_eq(status().deltas, 1);

        directory_undelete(&directory, 0, users[1], OBJECT_USERS);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        expect_right(0);
        ck_assert_int_eq(client.domain.objects, N_USERS + 2);
}
END_TEST

static void write_behind_the_reader(void)
{
        write_mail(0, users[0], 11);
        write_mail(0, users[8], 12);
        directory_write(&directory, 0, users[1], FIELD_PLACE, place_make(OBJECT_USERS, 2, false));
}

START_TEST(changes_while_reading_come_with_the_next_poll)
{
        client.manner.walks_live = _i;
        client_connect(&client, 0);
        feed_rescan(client.feed, directory.now);
        expect_trouble(FAULT_NONE, REQUEST_SEARCH, 2);
        trouble.meanwhile = write_behind_the_reader;

        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_int_eq(status().full_reads, 2);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        expect_right(0);
}
END_TEST

START_TEST(polls_come_at_the_interval_and_never_in_step)
{
        int64_t least = INT64_MAX, most = 0;

        for (unsigned i = 0; i < 200; i++) {
                int64_t wait;

                ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
                wait = client.until - directory.now;
                least = wait < least ? wait : least;
                most = wait > most ? wait : most;
        }

        ck_assert_int_ge(least, POLL_SECONDS * 900);
        ck_assert_int_le(most, POLL_SECONDS * 1100);
        ck_assert_int_gt(most - least, POLL_SECONDS * 100);
}
END_TEST

START_TEST(a_notification_wakes_but_never_more_often_than_every_two_seconds)
{
        int64_t last = directory.now;

        for (unsigned i = 0; i < 5; i++) {
                feed_wake(client.feed, directory.now);
                ck_assert_int_eq(client_turn(&client), CLIENT_WAITING);
                ck_assert_int_eq(client.until, last + 2000);
                ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
                ck_assert_int_eq(directory.now, last + 2000);
                last = directory.now;
        }

        /* And long after a poll at once. */
        directory.now += 20 * 1000;
        feed_wake(client.feed, directory.now);
        ck_assert_int_eq(client_turn(&client), CLIENT_ASKED);
}
END_TEST

START_TEST(a_notification_during_a_poll_is_not_forgotten)
{
        directory.now = client.until;
        ck_assert_int_eq(client_turn(&client), CLIENT_ASKED);
        feed_wake(client.feed, directory.now);

        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_int_eq(client.until, directory.now + 2000);
}
END_TEST

START_TEST(a_notification_does_not_shorten_the_back_off)
{
        expect_trouble(FAULT_CODE, REQUEST_HEAD, 0);
        ck_assert_int_eq(client_poll(&client), CLIENT_HUNG_UP);
        feed_wake(client.feed, directory.now);
        ck_assert_int_eq(client_turn(&client), CLIENT_WAITING);
        ck_assert_int_gt(client.until, directory.now);
}
END_TEST

/* --- late commits --- */

START_TEST(a_write_that_commits_late_is_found_and_counted)
{
        ck_assert(directory_write_late(&directory, 0, users[0], FIELD_MAIL, 7, 3 * MINUTE));
        write_mail(0, users[1], 8);

        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        ck_assert_int_eq(client.domain.cursor.watermark, directory.controllers[0].highest);
        directory.now += 4 * MINUTE;
        ck_assert_uint_eq(directory_tick(&directory), 1);
        ck_assert_uint_eq(compare_cache(&client, 0, NULL), 1);

        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        expect_right(0);
        ck_assert_int_eq(client.domain.late_commits_total, 1);

        /* Not again and again. */
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        ck_assert_int_eq(client.domain.late_commits_total, 1);
        ck_assert_uint_eq(client.n_asked[REQUEST_LATE], 1);
}
END_TEST

START_TEST(a_late_write_of_a_first_read_is_found_too)
{
        ck_assert(directory_write_late(&directory, 0, users[0], FIELD_MAIL, 7, MINUTE));
        read_once();
        directory.now += 2 * MINUTE;
        (void)directory_tick(&directory);

        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        expect_right(0);
}
END_TEST

START_TEST(a_late_write_survives_a_restart)
{
        ck_assert(directory_write_late(&directory, 0, users[0], FIELD_MAIL, 7, 3 * MINUTE));
        write_mail(0, users[1], 8);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        directory.now += 4 * MINUTE;
        (void)directory_tick(&directory);

        client_kill(&client);
        come_back(0);
        expect_right(0);
        ck_assert_int_eq(client.domain.late_commits_total, 1);
}
END_TEST

START_TEST(what_came_and_went_unseen_is_not_asked_for_again_and_again)
{
        unsigned passing = add(KIND_USER, unit);

        directory_delete(&directory, 0, passing, true);
        for (unsigned i = 0; i < 5; i++)
                ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);

        ck_assert_uint_eq(client.n_asked[REQUEST_LATE], 0);
        ck_assert_int_eq(client.domain.late_commits_total, 0);
}
END_TEST

/* --- epochs and fail-over --- */

START_TEST(fail_over_reads_what_changed_and_no_more)
{
        unsigned entries;
        int64_t rows;

        write_mail(0, users[0], 7);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        rows = status().rows_received;
        write_mail(1, users[1], 8);
        directory_delete(&directory, 1, users[2], true);

        directory.now += MINUTE;
        client_connect(&client, 1);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        entries = client.server.n_entries;

        ck_assert_int_eq(status().full_reads, 1);
        ck_assert(status().unconfirmed_failover);
        ck_assert_uint_lt(entries, 130); /* most of them are the schema's */
        ck_assert_int_eq(status().rows_received - rows, 2);
        ck_assert_str_eq(client.domain.cursor.dc, "dc1.sim.example");

        replicate(0, 1);
        replicate(1, 0);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        ck_assert(!status().unconfirmed_failover);
        expect_right(1);
        ck_assert_int_eq(status().full_reads, 1);
}
END_TEST

/*
 * The case for the vector and against an own watermark (A5): what a lagging server overwrote with older values, the first one
 * never sends again by itself.
 */
START_TEST(fail_back_goes_by_the_vector_and_not_by_the_old_watermark)
{
        /* The change of 0 has not reached 1, which has one of its own at the same object. */
        write_mail(0, users[0], 7);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        directory_write(&directory, 1, users[0], FIELD_DISPLAY_NAME, 5);

        directory.now += MINUTE;
        client_connect(&client, 1);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        expect_right(1);

        directory.now += MINUTE;
        client_connect(&client, 0);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        expect_right(0);
        ck_assert_int_eq(status().full_reads, 1);
}
END_TEST

START_TEST(who_is_unknown_to_the_vector_is_read_in_full)
{
        directory_new_epoch(&directory, 1);
        write_mail(1, users[0], 7);

        directory.now += MINUTE;
        client_connect(&client, 1);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_str_eq(status().full_read_reason,
                         "the domain controller followed before had never heard of this one");
        expect_right(1);
        ck_assert(!status().unconfirmed_failover);
}
END_TEST

START_TEST(without_a_vector_the_next_server_is_read_in_full)
{
        client.manner.lacks_vector = true;
        client_connect(&client, 0);
        write_mail(0, users[0], 7);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);

        directory.now += MINUTE;
        client_connect(&client, 1);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_str_eq(status().full_read_reason,
                         "the domain controller followed before had no up-to-dateness vector");
}
END_TEST

START_TEST(what_died_with_a_server_goes_by_a_full_read_in_the_end)
{
        unsigned lost = add(KIND_USER, unit);

        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        directory.controllers[0].is_up = false;
        directory.was_deleted[lost] = true;

        come_back(1);
        ck_assert(status().unconfirmed_failover);
        ck_assert_uint_eq(compare_cache(&client, 1, NULL), 1);

        client_kill(&client);
        directory.now += 71 * (int64_t)HOUR;
        come_back(1);
        ck_assert(status().unconfirmed_failover);

        directory.now += 2 * HOUR;
        come_back(1);
        ck_assert(!status().unconfirmed_failover);
        ck_assert_int_eq(status().full_reads, 1);
        expect_right(1);
}
END_TEST

static void roll_back(void)
{
        directory_back_up(&directory, 0);
        write_mail(0, users[0], 7);
        directory_write(&directory, 0, users[1], FIELD_PLACE, place_make(OBJECT_USERS, 1, false));
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        ck_assert(directory_roll_back(&directory, 0));
}

START_TEST(a_server_whose_usn_went_back_is_refused)
{
        roll_back();
        ck_assert_int_eq(client_poll(&client), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), "usn-rollback");

        /* Also after a restart, and when it has written its way past our watermark. */
        client_kill(&client);
        for (unsigned i = 0; i < 10; i++)
                write_mail(0, users[3], i + 1);
        directory.now += HOUR;
        client_connect(&client, 0);
        ck_assert_int_eq(client_run(&client), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), "usn-rollback");

        /* What it once told may be gone everywhere, so that the next one is read in full. */
        come_back(1);
        ck_assert_str_eq(status().full_read_reason, "the domain controller followed before was "
                                                    "rolled back: what only it held may be gone");
        expect_right(1);

        /* And it stays refused. */
        directory.now += MINUTE;
        client_connect(&client, 0);
        ck_assert_int_eq(client_run(&client), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), "usn-rollback");
}
END_TEST

START_TEST(an_administrator_may_take_a_rolled_back_server_all_the_same)
{
        roll_back();
        ck_assert_int_eq(client_poll(&client), CLIENT_HUNG_UP);

        feed_rescan(client.feed, directory.now);
        come_back(0);
        expect_right(0);

        write_mail(0, users[3], 9);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        expect_right(0);
}
END_TEST

/* A USN that was given twice stands for two contents, and the cache has the other one. */
START_TEST(a_rescan_does_not_trust_usns)
{
        Guid guid = directory_object_guid(&directory, users[0]);
        int64_t usn;

        roll_back();
        usn = client.domain.cursor.watermark;
        directory.controllers[0].highest = usn - 2;
        write_mail(0, users[0], 9);
        ck_assert(domain_has(client.store, &client.domain, &guid,
                             directory.controllers[0].rows[users[0]].usn) == 1);

        feed_rescan(client.feed, directory.now);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        expect_right(0);
}
END_TEST

static void write_unseen(void)
{
        write_mail(0, users[2], 11);
}

/* A search brings what is newer than the watermark, too; a rollback to exactly the watermark then shows in that. */
START_TEST(a_rollback_to_the_watermark_is_noticed)
{
        write_mail(0, users[0], 7);
        directory_back_up(&directory, 0);
        meanwhile(REQUEST_SEARCH, write_unseen);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        expect_right(0);
        ck_assert(directory_roll_back(&directory, 0));
        ck_assert_int_eq(client.domain.cursor.watermark, directory.controllers[0].highest);

        ck_assert_int_eq(client_poll(&client), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), "usn-rollback");
}
END_TEST

START_TEST(a_rollback_behind_a_plausible_usn_is_betrayed_by_the_canary)
{
        roll_back();
        for (unsigned i = 0; i < 10; i++)
                write_mail(0, users[3], i + 1);

        ck_assert_int_eq(client_poll(&client), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), "usn-rollback");
}
END_TEST

/* Deleted objects are there to be seen, and this one is not among them: what else is gone? */
START_TEST(a_newest_object_that_is_gone_leads_to_a_full_read)
{
        directory_delete(&directory, 0, users[0], true);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        ck_assert_int_eq(client.domain.tombstones_readable, 1);
        write_mail(0, users[1], 7);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        ck_assert_int_eq(status().full_reads, 1);

        directory.controllers[0].rows[users[1]] = (Replica){};
        directory.controllers[0].rows[users[2]] = (Replica){};
        write_mail(0, users[3], 8);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        ck_assert_int_eq(status().full_reads, 2);
        ck_assert_str_eq(status().full_read_reason,
                         "the newest object that was seen is gone without a trace");
        expect_right(0);
}
END_TEST

/* What it had not passed on, nobody's vector knows: but we followed it further than it says it ever was. */
START_TEST(a_server_left_in_doubt_that_comes_back_older_was_rolled_back)
{
        roll_back();
        come_back(1);
        ck_assert(status().unconfirmed_failover);

        directory.now += MINUTE;
        client_connect(&client, 0);
        ck_assert_int_eq(client_run(&client), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), "usn-rollback");
}
END_TEST

START_TEST(a_server_that_others_know_better_than_itself_was_rolled_back)
{
        directory_back_up(&directory, 1);
        write_mail(1, users[0], 7);
        replicate(1, 0);
        ck_assert(directory_roll_back(&directory, 1));
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);

        directory.now += MINUTE;
        client_connect(&client, 1);
        ck_assert_int_eq(client_run(&client), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), "usn-rollback");

        /* Our own rows are not in doubt. */
        come_back(0);
        ck_assert_int_eq(status().full_reads, 1);
        expect_right(0);
}
END_TEST

START_TEST(a_restored_server_is_another_one)
{
        directory_back_up(&directory, 0);
        write_mail(0, users[0], 7);
        replicate(0, 1);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        ck_assert(directory_restore(&directory, 0));

        ck_assert_int_eq(client_poll(&client), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), "server-changed");
        come_back(0);
        expect_right(0);
}
END_TEST

/* --- full reads --- */

START_TEST(a_long_absence_ends_with_a_full_read)
{
        directory_delete(&directory, 0, users[0], true);
        /* Its tombstone has been collected. */
        directory.controllers[0].rows[users[0]] = (Replica){};
        client_disconnect(&client);

        directory.now += (int64_t)29 * DAY;
        come_back(0);
        ck_assert_int_eq(status().full_reads, 1);

        directory.now += (int64_t)31 * DAY;
        come_back(0);
        ck_assert_int_eq(status().full_reads, 2);
        ck_assert_str_eq(
                status().full_read_reason,
                "the domain was not followed for more than half the lifetime of deleted objects");
        expect_right(0);
}
END_TEST

START_TEST(what_is_long_the_forest_says)
{
        client.manner.tombstone_lifetime = 20;
        come_back(0);
        ck_assert_int_eq(client.domain.tombstone_lifetime_days, 20);

        directory.now += (int64_t)9 * DAY;
        come_back(0);
        ck_assert_int_eq(status().full_reads, 1);

        directory.now += (int64_t)11 * DAY;
        come_back(0);
        ck_assert_int_eq(status().full_reads, 2);
        ck_assert_str_eq(
                status().full_read_reason,
                "the domain was not followed for more than half the lifetime of deleted objects");
}
END_TEST

START_TEST(hidden_deletions_are_found_by_a_full_read)
{
        client.manner.hides_deleted = true;
        client_connect(&client, 0);
        directory_delete(&directory, 0, users[0], true);
        directory_delete(&directory, 0, group, true);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_uint_eq(compare_cache(&client, 0, NULL), 2);

        feed_rescan(client.feed, directory.now);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        expect_right(0);
        ck_assert_uint_eq(client.n_asked[REQUEST_GUID], 2 + 1); /* and the canary */
        ck_assert_int_eq(client.domain.tombstones_readable, 0);
        ck_assert_uint_eq(compare_evidence(&client, stderr), 0);
}
END_TEST

/* One object that the account may not see any more says nothing of deleted ones. */
START_TEST(one_object_out_of_sight_hides_no_deletions)
{
        client.manner.hides = users[0];
        client_connect(&client, 0);
        directory_delete(&directory, 0, users[1], true);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_int_eq(client.domain.tombstones_readable, 1);

        for (unsigned time = 0; time < 2; time++) {
                feed_rescan(client.feed, directory.now);
                ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
                ck_assert_int_eq(client.domain.tombstones_readable, 1);
        }
        ck_assert_int_eq(client.domain.objects, N_USERS + 2 - 2);
}
END_TEST

/* Nor does a server that cannot say now whether it shows them: the answer is dropped, and asked for again. */
START_TEST(what_is_gone_without_a_trace_waits_for_a_server_that_can_say_why)
{
        client.manner.hides_deleted = true;
        client_connect(&client, 0);
        directory_delete(&directory, 0, users[0], true);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_int_eq(client.domain.tombstones_readable, -1);

        expect_trouble(FAULT_CODE, REQUEST_OTHER, 0);
        feed_rescan(client.feed, directory.now);
        ck_assert_int_eq(client_run(&client), CLIENT_HUNG_UP);
        ck_assert_int_eq(client.domain.tombstones_readable, -1);
        ck_assert_uint_eq(compare_cache(&client, 0, NULL), 1);

        directory.now = client.until;
        client_connect(&client, 0);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_int_eq(client.domain.tombstones_readable, 0);
        expect_right(0);
}
END_TEST

START_TEST(absence_from_an_answer_is_no_deletion)
{
        /* A short page, and the server says that this was all. */
        feed_rescan(client.feed, directory.now);
        client.manner.walks_live = true;
        client_connect(&client, 0);
        expect_trouble(FAULT_SHORT, REQUEST_SEARCH, 2);

        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_uint_gt(client.n_asked[REQUEST_GUID], 0);
        expect_right(0);
        ck_assert_uint_eq(compare_evidence(&client, stderr), 0);
        ck_assert_int_eq(client.domain.objects, N_USERS + 2);
}
END_TEST

START_TEST(what_can_neither_be_read_nor_denied_is_kept)
{
        client.manner.hides_deleted = true;
        client_connect(&client, 0);
        directory_delete(&directory, 0, users[0], true);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);

        feed_rescan(client.feed, directory.now);
        expect_trouble(FAULT_EMPTY, REQUEST_GUID, 0);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_uint_eq(compare_cache(&client, 0, NULL), 1);
}
END_TEST

START_TEST(many_deletions_at_once_wait_for_a_word)
{
        client.config->tenant.deletion_threshold = 2;
        client.manner.hides_deleted = true;
        client_connect(&client, 0);
        for (unsigned i = 0; i < 3; i++)
                directory_delete(&directory, 0, users[i], true);
        write_mail(0, users[5], 11);

        feed_rescan(client.feed, directory.now);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_str_eq(failure(), "mass-deletion");
        ck_assert_int_eq(status().deletions_held, 3);
        ck_assert_int_eq(client.domain.objects, N_USERS + 2);
        ck_assert_uint_eq(compare_cache(&client, 0, NULL), 3); /* but the rest is as it should be */

        /* Following goes on, and the matter stays open. */
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        ck_assert_str_eq(failure(), "mass-deletion");

        feed_accept_deletions(client.feed, directory.now);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_str_eq(failure(), "ok");
        ck_assert_int_eq(status().deletions_held, 0);
        expect_right(0);
        ck_assert_int_eq(client.domain.objects, N_USERS - 1);
}
END_TEST

START_TEST(deletions_with_a_tombstone_need_no_word)
{
        client.config->tenant.deletion_threshold = 2;
        for (unsigned i = 0; i < 5; i++)
                directory_delete(&directory, 0, users[i], true);

        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        ck_assert_str_eq(failure(), "ok");
        expect_right(0);
}
END_TEST

START_TEST(a_container_of_an_unusual_class_gives_its_name)
{
        unsigned odd = add(KIND_OTHER, OBJECT_HEAD), within = add(KIND_USER, odd);

        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        expect_right(0);
        (void)within;
}
END_TEST

START_TEST(pages_that_take_too_long_are_asked_for_smaller)
{
        client.config->page_size = 1000;
        client_reload(&client);
        feed_rescan(client.feed, directory.now);
        expect_trouble(FAULT_CODE, REQUEST_SEARCH, 0);
        trouble.fault.code = 3;
        ck_assert_int_eq(client_run(&client), CLIENT_HUNG_UP);
        ck_assert_str_eq(failure(), "answer-incomplete");

        come_back(0);
        ck_assert_int_eq(status().full_reads, 2);
        ck_assert_uint_eq(client.search_page_size, 500);
}
END_TEST

/* --- reloads --- */

START_TEST(a_reload_that_needs_more_attributes_reads_everything)
{
        ck_assert(!attribute_set_has(&client.domain.requested, ATTRIBUTE_EMPLOYEE_TYPE));
        client.config->tenant.user_match_attribute = ATTRIBUTE_EMPLOYEE_TYPE;
        client_reload(&client);

        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_str_eq(status().full_read_reason,
                         "the rules need attributes that were never asked for");
        ck_assert(attribute_set_has(&client.domain.requested, ATTRIBUTE_EMPLOYEE_TYPE));

        /* Less is needed: nothing happens, and nothing is forgotten. */
        client.config->tenant.user_match_attribute = ATTRIBUTE_NONE;
        client_reload(&client);
        write_mail(0, users[0], 7);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_int_eq(status().full_reads, 2);
        ck_assert(attribute_set_has(&client.domain.requested, ATTRIBUTE_EMPLOYEE_TYPE));
        expect_right(0);
}
END_TEST

START_TEST(a_reload_at_any_moment_repeats_the_answer_and_is_no_failure)
{
        client.budget = 1;

        for (unsigned turns = 0;; turns++) {
                unsigned i;

                write_mail(0, users[turns % N_USERS], 1 + turns % 10);
                directory.now = client.until > directory.now ? client.until : directory.now;
                for (i = 0; i < turns; i++)
                        if (client_turn(&client) == CLIENT_WAITING)
                                break;
                if (i < turns)
                        break;

                client_reload(&client);
                ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
                ck_assert_str_eq(failure(), "ok");
                expect_right(0);
        }
}
END_TEST

static void reload_for_more(void)
{
        client.config->tenant.user_match_attribute = ATTRIBUTE_EMPLOYEE_TYPE;
        client_reload(&client);
}

/* What comes was not asked for all that is wanted now. */
START_TEST(a_reload_drops_the_answer_under_way)
{
        int64_t deltas = status().deltas;

        write_mail(0, users[0], 7);
        meanwhile(REQUEST_SEARCH, reload_for_more);
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);

        ck_assert_str_eq(failure(), "ok");
        ck_assert_int_eq(status().deltas, deltas);
        ck_assert_int_eq(status().full_reads, 2);
        ck_assert(attribute_set_has(&client.domain.requested, ATTRIBUTE_EMPLOYEE_TYPE));
        expect_right(0);
}
END_TEST

static void judge_again(void)
{
        ck_assert_int_eq(feed_reevaluate(client.feed, directory.now), 0);
}

START_TEST(nothing_is_judged_anew_within_an_answer)
{
        int64_t polls;
        ClientTurn turn;

        write_mail(0, users[0], 7);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        polls = status().polls;
        directory.now = client.until;
        meanwhile(REQUEST_SEARCH, judge_again);

        do {
                turn = client_turn(&client);
                ck_assert_int_ne(turn, CLIENT_WAITING);
        } while (turn != CLIENT_COMMITTED);
        ck_assert_int_eq(status().polls, polls + 1);

        ck_assert_int_eq(client_turn(&client), CLIENT_COMMITTED);
        ck_assert_int_eq(status().polls, polls + 1);
        ck_assert_int_eq(client_turn(&client), CLIENT_WAITING);
        expect_right(0);
}
END_TEST

START_TEST(a_reload_judges_again_without_the_server)
{
        client_disconnect(&client);
        ck_assert_int_eq(feed_reevaluate(client.feed, directory.now), 0);
        ck_assert_int_eq(client_turn(&client), CLIENT_COMMITTED);
        ck_assert_int_eq(client_turn(&client), CLIENT_WAITING);
        expect_right(0);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("feed");
        TCase *fresh = tcase_create("fresh"), *ready = tcase_create("ready"),
              *file = tcase_create("file");

        tcase_add_checked_fixture(fresh, setup, teardown);
        tcase_add_test(fresh, a_first_read_brings_everything_in_pages);
        tcase_add_loop_test(fresh, what_may_not_be_followed_is_refused_before_it_is_read, 0, 4);
        tcase_add_test(fresh, attributes_that_the_schema_lacks_are_unknown_and_never_asked_for);
        tcase_add_test(fresh, attributes_that_the_schema_gains_are_read_by_themselves);
        tcase_add_test(fresh, a_hidden_schema_is_no_small_schema);
        tcase_add_test(fresh, an_empty_place_of_deleted_objects_proves_nothing);
        tcase_add_test(fresh, who_may_not_see_deleted_objects_is_told);
        tcase_add_test(fresh, following_goes_on_without_notifications);
        tcase_add_test(fresh, a_server_without_notifications_is_not_asked_for_them);
        tcase_add_loop_test(fresh, a_first_read_may_break_at_any_request, 0, ARRAY_SIZE(faults));
        tcase_add_test(fresh, a_late_write_of_a_first_read_is_found_too);

        tcase_add_checked_fixture(ready, setup_read, teardown);
        tcase_add_loop_test(ready, a_poll_may_break_at_any_request, 0, ARRAY_SIZE(faults));
        tcase_add_loop_test(ready, a_delta_that_breaks_is_read_again, 0, 4);
        tcase_add_test(ready, a_full_read_that_brings_nothing_is_refused);
        tcase_add_test(ready, a_server_that_goes_in_circles_is_left);
        tcase_add_test(ready, entries_that_come_twice_do_no_harm);
        tcase_add_test(ready, a_new_epoch_in_mid_answer_drops_it);
        tcase_add_loop_test(ready, another_server_in_mid_answer_drops_it, 0, 5);
        tcase_add_test(ready, an_accepted_answer_is_applied_without_its_connection);
        tcase_add_test(ready, a_connection_that_ends_between_polls_is_no_failure);
        tcase_add_test(ready, failures_wait_longer_and_longer_but_not_for_ever);
        tcase_add_test(ready, a_poll_with_nothing_new_asks_three_things);
        tcase_add_test(ready, changes_come_with_the_next_poll);
        tcase_add_loop_test(ready, changes_while_reading_come_with_the_next_poll, 0, 2);
        tcase_add_test(ready, polls_come_at_the_interval_and_never_in_step);
        tcase_add_test(ready, a_notification_wakes_but_never_more_often_than_every_two_seconds);
        tcase_add_test(ready, a_notification_during_a_poll_is_not_forgotten);
        tcase_add_test(ready, a_notification_does_not_shorten_the_back_off);
        tcase_add_test(ready, a_write_that_commits_late_is_found_and_counted);
        tcase_add_test(ready, what_came_and_went_unseen_is_not_asked_for_again_and_again);
        tcase_add_test(ready, fail_over_reads_what_changed_and_no_more);
        tcase_add_test(ready, fail_back_goes_by_the_vector_and_not_by_the_old_watermark);
        tcase_add_test(ready, who_is_unknown_to_the_vector_is_read_in_full);
        tcase_add_test(ready, without_a_vector_the_next_server_is_read_in_full);
        tcase_add_test(ready, an_administrator_may_take_a_rolled_back_server_all_the_same);
        tcase_add_test(ready, a_rescan_does_not_trust_usns);
        tcase_add_test(ready, a_rollback_to_the_watermark_is_noticed);
        tcase_add_test(ready, a_rollback_behind_a_plausible_usn_is_betrayed_by_the_canary);
        tcase_add_test(ready, a_newest_object_that_is_gone_leads_to_a_full_read);
        tcase_add_test(ready, a_server_left_in_doubt_that_comes_back_older_was_rolled_back);
        tcase_add_test(ready, a_server_that_others_know_better_than_itself_was_rolled_back);
        tcase_add_test(ready, a_restored_server_is_another_one);
        tcase_add_test(ready, a_long_absence_ends_with_a_full_read);
        tcase_add_test(ready, what_is_long_the_forest_says);
        tcase_add_test(ready, hidden_deletions_are_found_by_a_full_read);
        tcase_add_test(ready, one_object_out_of_sight_hides_no_deletions);
        tcase_add_test(ready, what_is_gone_without_a_trace_waits_for_a_server_that_can_say_why);
        tcase_add_test(ready, absence_from_an_answer_is_no_deletion);
        tcase_add_test(ready, what_can_neither_be_read_nor_denied_is_kept);
        tcase_add_test(ready, many_deletions_at_once_wait_for_a_word);
        tcase_add_test(ready, deletions_with_a_tombstone_need_no_word);
        tcase_add_test(ready, a_container_of_an_unusual_class_gives_its_name);
        tcase_add_test(ready, pages_that_take_too_long_are_asked_for_smaller);
        tcase_add_test(ready, a_reload_that_needs_more_attributes_reads_everything);
        tcase_add_test(ready, a_reload_at_any_moment_repeats_the_answer_and_is_no_failure);
        tcase_add_test(ready, a_reload_drops_the_answer_under_way);
        tcase_add_test(ready, nothing_is_judged_anew_within_an_answer);
        tcase_add_test(ready, a_reload_judges_again_without_the_server);

        tcase_add_checked_fixture(file, setup_file, teardown_file);
        tcase_add_test(file, a_late_write_survives_a_restart);
        tcase_add_test(file, what_died_with_a_server_goes_by_a_full_read_in_the_end);
        tcase_add_test(file, a_server_whose_usn_went_back_is_refused);

        suite_add_tcase(suite, fresh);
        suite_add_tcase(suite, ready);
        suite_add_tcase(suite, file);
        return suite;
}
