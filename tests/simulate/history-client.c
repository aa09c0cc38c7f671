/* SPDX-License-Identifier: MIT */
#include "tests/simulate/history-internal.h"

#include <string.h>

#include "lib/state/store.h"

/* A server in trouble, one answer in so many. */
static Fault some_fault(Client *client, const FeedRequest *request, void *userdata)
{
        static const int codes[] = { 1, 3, 11, 50, 51, 52, 53, 80 };
        History *h = userdata;
        Fault fault = {};

        if (h->trouble == 0 || !history_chance(h, h->trouble))
                return fault;

        fault.n = (unsigned)history_roll(h, 4);
        switch (history_roll(h, 7)) {
        case 0:
                fault.type = FAULT_CUT;
                history_count(h, SITUATION_CUT);
                return fault;
        case 1:
                fault.type = FAULT_CODE;
                fault.code = codes[history_roll(h, ARRAY_SIZE(codes))];
                break;
        case 2:
                fault.type = FAULT_NO_PAGE_CONTROL;
                break;
        case 3:
                fault.type = FAULT_REFERRAL;
                break;
        case 4:
                fault.type = FAULT_REPEAT;
                break;
        case 5:
                /*
                 * Somebody else behind the same address: noticed at the end of the answer, if not before. He stays: one who came
                 * and went between two looks could be told by nobody, and no connection is handed over twice.
                 */
                if (client->server.controller != h->controller)
                        return fault;
                client->server.controller = (unsigned)history_roll(h, h->directory.n_controllers);
                break;
        default:
                /*
                 * A full read that is empty from the start is refused, and what is missing from a later one is asked for by
                 * its GUID. For deltas see hear_news().
                 */
                if (request_sort(request) != REQUEST_SEARCH ||
                    strncmp(request->filter, "(&(uSN", 6) == 0)
                        return fault;
                if (request->cookie.size > 0 && !client->domain.is_ready)
                        return fault;
                fault.type = request->cookie.size > 0 ? FAULT_SHORT : FAULT_EMPTY;
                h->is_lied_to = true;
                history_count(h, SITUATION_EMPTY_ANSWER);
                return fault;
        }

        history_count(h, SITUATION_BROKEN_ANSWER);
        return fault;
}

const ClientOps history_good_server = {};
const ClientOps history_server_in_trouble = { .fault = some_fault };

static Fault lie(Client *client, const FeedRequest *request, void *userdata)
{
        History *h = userdata;

        if (request_sort(request) != REQUEST_SEARCH)
                return (Fault){};
        history_count(h, SITUATION_EMPTY_ANSWER);
        h->is_lied_to = true;
        return (Fault){ .type = history_chance(h, 2) ? FAULT_EMPTY : FAULT_SHORT,
                        .n = (unsigned)history_roll(h, 3) };
}

static const ClientOps lying_server = { .fault = lie };

/* An answer that breaks off, however a server says so, just when it would bring something. */
static Fault break_off(Client *client, const FeedRequest *request, void *userdata)
{
        static const FaultType ways[] = { FAULT_CUT, FAULT_CODE, FAULT_NO_PAGE_CONTROL,
                                          FAULT_REFERRAL };
        static const int codes[] = { 3, 11, 51, 52, 80 };
        History *h = userdata;

        if (request_sort(request) != REQUEST_SEARCH)
                return (Fault){};
        history_count(h, SITUATION_BROKEN_SEARCH);
        return (Fault){ .type = ways[history_roll(h, ARRAY_SIZE(ways))],
                        .n = (unsigned)history_roll(h, 3),
                        .code = codes[history_roll(h, ARRAY_SIZE(codes))] };
}

static const ClientOps breaking_server = { .fault = break_off };

/* A full read that leaves out somebody, and a server that gives no answer when it is asked for him by name. */
static Fault keep_silent(Client *client, const FeedRequest *request, void *userdata)
{
        History *h = userdata;

        switch ((int)request_sort(request)) {
        case REQUEST_SEARCH:
                h->is_lied_to = true;
                return (Fault){ .type = request->cookie.size > 0 ? FAULT_SHORT : FAULT_NONE };
        case REQUEST_GUID:
                history_count(h, SITUATION_BROKEN_PROOF);
                return (Fault){ .type = history_chance(h, 2) ? FAULT_EMPTY : FAULT_REFERRAL };
        }
        return (Fault){};
}

static const ClientOps silent_server = { .fault = keep_silent };

static void connect_somewhere(History *h)
{
        unsigned dc = history_chance(h, 3) ? (unsigned)history_roll(h, h->directory.n_controllers)
                                           : h->controller;

        while (!history_controller(h, dc)->is_up)
                dc = (dc + 1) % h->directory.n_controllers;

        h->client.manner = (ServerManner){
                .walks_live = history_chance(h, 2),
                .hides_deleted = h->hides_deleted,
                .hides_users = h->hides_users,
                .lacks_notification = history_chance(h, 8),
                .lacks_vector = history_chance(h, 40),
        };
        client_connect(&h->client, dc);
        history_tell(h, "connected to dc%u, epoch %u", dc, history_controller(h, dc)->epoch);
        h->controller = dc;
}

static bool is_applying(const History *h)
{
        return store_in_transaction(h->client.store);
}

/* Where in its poll the client is, after a turn. */
static void note_place(History *h, ClientTurn turn, unsigned n_searches)
{
        bool is_searching = h->client.n_asked[REQUEST_SEARCH] != n_searches;

        h->is_in_poll = turn == CLIENT_ASKED;
        h->is_in_read = (turn == CLIENT_ASKED || turn == CLIENT_APPLIED) &&
                        (h->is_in_read || is_searching) && !is_applying(h);
}

bool history_follow(History *h)
{
        unsigned n_searches = h->client.n_asked[REQUEST_SEARCH];
        ClientTurn turn = client_turn(&h->client);
        bool goes_on = true;

        note_place(h, turn, n_searches);

        switch (turn) {
        case CLIENT_ASKED:
        case CLIENT_APPLIED:
        case CLIENT_COMMITTED:
                break;
        case CLIENT_WAITING:
                if (!h->client.is_connected && h->client.until <= h->directory.now)
                        connect_somewhere(h);
                else
                        goes_on = false;
                break;
        case CLIENT_HUNG_UP:
                history_tell(h, "hung up: %s", feed_failure_code(feed_failure(h->client.feed)));
                if (feed_failure(h->client.feed) == FEED_ROLLED_BACK) {
                        history_count(h, SITUATION_ROLLBACK_SEEN);
                        h->controller = (h->controller + 1) % h->directory.n_controllers;
                }
                break;
        case CLIENT_LOST:
                break;
        }

        history_watch(h, turn);
        return goes_on;
}

static bool has_strayed(History *h)
{
        for (unsigned dc = 0; dc < h->directory.n_controllers; dc++)
                if (history_controller(h, dc)->has_strayed)
                        return true;

        return false;
}

bool history_is_at_rest(const History *h)
{
        return h->client.is_connected && !h->is_in_poll && !h->is_in_read && !is_applying(h) &&
               h->client.domain.is_ready;
}

/* News of the server that is followed, brought by it in some bad manner, and then in a good one. */
static void hear_news(History *h, const ClientOps *manner)
{
        h->client.ops = &history_good_server;
        if (!history_is_at_rest(h) || client_poll(&h->client) != CLIENT_WAITING)
                return;

        for (unsigned i = 0; i < 3 && history_is_writable(h, h->client.server.controller); i++)
                history_operate_write(h, h->client.server.controller);
        h->client.ops = manner;
        (void)client_poll(&h->client);
        h->client.ops = &history_good_server;
        (void)client_poll(&h->client);
        history_watch(h, CLIENT_COMMITTED);
}

static void order_read(History *h)
{
        h->is_read_ordered = true;
        feed_rescan(h->client.feed, h->directory.now);
}

static int64_t full_reads(const History *h)
{
        FeedStatus status;

        feed_status(h->client.feed, &status);
        return status.full_reads;
}

static void read_all(History *h, const ClientOps *manner)
{
        order_read(h);
        h->client.ops = manner;
        (void)client_poll(&h->client);
        h->client.ops = &history_good_server;
        history_watch(h, CLIENT_COMMITTED);
}

/*
 * What a full read left out and nobody would speak of stays as it was, and may be old: no USN tells, and the next reconcile
 * rightly counts it. So the administrator, who asked for the read, asks again.
 */
static void read_in_doubt(History *h)
{
        int64_t n_before = full_reads(h), n_between;

        if (!history_is_at_rest(h) || has_strayed(h))
                return;

        read_all(h, &silent_server);
        n_between = full_reads(h);
        read_all(h, &history_good_server);
        if (n_between > n_before && full_reads(h) == n_between)
                h->is_deceived = true;
}

void history_kill(History *h)
{
        if (is_applying(h))
                history_count(h, SITUATION_KILL_IN_APPLY);
        client_kill(&h->client);
        history_count(h, SITUATION_KILL);
        h->is_in_poll = h->is_in_read = h->is_read_ordered = false;
        history_witness_restart(h);
}

void history_befall_client(History *h)
{
        if (h->situations->is_about_rights && history_chance(h, 3)) {
                if (history_chance(h, 3))
                        history_hide(h);
                else
                        history_open_in_comparison(h);
                return;
        }

        switch (history_roll(h, 19)) {
        case 0:
        case 1:
        case 2:
                history_kill(h);
                break;
        case 3:
        case 4:
        case 5:
                /* The daemon chooses another server; in the middle of an answer that is dropped. */
                if (h->is_in_read)
                        history_count(h, SITUATION_FAIL_OVER_IN_READ);
                h->controller = (h->controller + 1) % h->directory.n_controllers;
                client_disconnect(&h->client);
                break;
        case 6:
                feed_wake(h->client.feed, h->directory.now);
                break;
        case 7:
                /* Whoever orders a full read of a server that has strayed gets what he asked for. */
                if (!has_strayed(h))
                        order_read(h);
                break;
        case 8:
                (void)feed_reevaluate(h->client.feed, h->directory.now);
                history_count(h, SITUATION_RELOAD);
                break;
        case 9:
                client_reload(&h->client);
                history_count(h, SITUATION_RELOAD);
                break;
        case 10:
                history_pass_time(h, (int64_t)history_roll(h, HOUR));
                break;
        case 11:
        case 12:
                hear_news(h, &breaking_server);
                break;
        case 13:
                read_in_doubt(h);
                break;
        case 14:
                feed_reconcile(h->client.feed, false, h->directory.now);
                break;
        default:
                /* A lie about being whole can be told by nobody: the overlap search of the next poll heals it. */
                hear_news(h, &lying_server);
        }
}
