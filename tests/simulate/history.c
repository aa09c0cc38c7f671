/* SPDX-License-Identifier: MIT */
#include "tests/simulate/history-internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/simulate/compare.h"

/* The dice. */

uint64_t history_roll(History *h, uint64_t n)
{
        uint64_t z = (h->random += UINT64_C(0x9e3779b97f4a7c15));

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return (z ^ z >> 31) % n;
}

bool history_chance(History *h, unsigned one_in)
{
        return history_roll(h, one_in) == 0;
}

/* What happens, for whoever repeats one history with --verbose. */
_printf_(2, 3) void history_tell(const History *h, const char *format, ...)
{
        va_list arguments;

        if (!h->situations->is_verbose)
                return;

        printf("# %8.1fs ", (double)h->directory.now / SECOND);
        va_start(arguments, format);
        vprintf(format, arguments);
        va_end(arguments);
        putchar('\n');
}

void history_count(History *h, Situation situation)
{
        h->situations->counts[situation]++;
        if (situation != SITUATION_OPERATIONS)
                history_tell(h, "%s", situation_text(situation));
}

/* Whatever breaks off replication now and then, some time every night it goes through. */
static void replicate_nightly(History *h)
{
        if (h->directory.now < h->next_night)
                return;

        h->next_night = h->directory.now + 12 * (int64_t)HOUR;
        directory_replicate_all(&h->directory);
}

void history_pass_time(History *h, int64_t milliseconds)
{
        h->directory.now += milliseconds;
        (void)directory_tick(&h->directory);
        replicate_nightly(h);
}

Controller *history_controller(History *h, unsigned number)
{
        return &h->directory.controllers[number];
}

bool history_is_writable(History *h, unsigned number)
{
        return history_controller(h, number)->is_up &&
               !history_controller(h, number)->is_rolled_back;
}

static bool is_unit(History *h, unsigned object)
{
        return h->directory.kinds[object] == KIND_CONTAINER;
}

/*
 * Some object that is live on the controller and may be written; -1: none was met. What is closed stays as it was until it is opened: of two
 * moves, out of it and within it, replication might take the latter, and the object would go out of sight again.
 */
int history_pick(History *h, unsigned dc, bool wants_unit, bool wants_live)
{
        for (unsigned tries = 0; tries < 20; tries++) {
                unsigned object =
                        N_FIXED_OBJECTS +
                        (unsigned)history_roll(h, DIRECTORY_OBJECTS_MOST - N_FIXED_OBJECTS);

                if (object >= h->directory.n_objects || is_unit(h, object) != wants_unit ||
                    !history_controller(h, dc)->rows[object].exists ||
                    replica_is_live(&history_controller(h, dc)->rows[object]) != wants_live ||
                    controller_is_locked(history_controller(h, dc), object) ||
                    (h->client.store && controller_is_closed(history_controller(h, dc), object)))
                        continue;
                return (int)object;
        }

        return -1;
}

/* The course of things. */

static void begin(History *h, const char *folder)
{
        if (history_chance(h, 8) && asprintf(&h->path, "%s/scand.db", folder) < 0)
                abort();

        directory_init(&h->directory, 2 + (unsigned)history_roll(h, DIRECTORY_DCS_MOST - 1),
                       h->random | 1);
        h->has_recycle_bin = history_chance(h, 2);
        h->hides_deleted = history_chance(h, 8);
        h->hides_users = history_chance(h, 4);
        h->trouble = history_chance(h, 4) ? 0 : 10 + (unsigned)history_roll(h, 60);
        h->controller = (unsigned)history_roll(h, h->directory.n_controllers);

        for (unsigned i = 0; i < 4; i++)
                history_operate_add_unit(h, 0);
        if (history_chance(h, 5)) {
                directory_close(&h->directory, 0, N_FIXED_OBJECTS + (unsigned)history_roll(h, 4));
                h->is_closed = true;
        }
        for (unsigned i = 16 + (unsigned)history_roll(h, 8); i > 0; i--)
                history_operate_add(h, 0);
        for (unsigned dc = 1; dc < h->directory.n_controllers; dc++) {
                directory_replicate(&h->directory, 0, dc, -1);
                directory_replicate(&h->directory, dc, 0, -1);
        }
        /* They are old: nothing that looks for what is recent happens to find them. */
        for (unsigned dc = 0; dc < h->directory.n_controllers; dc++)
                history_controller(h, dc)->highest += 1000000;

        client_init(&h->client, &h->directory, h->random);
        h->client.config->page_size = 3 + (unsigned)history_roll(h, 10);
        h->client.budget = 1 + (unsigned)history_roll(h, 40);
        h->client.userdata = h;
        h->client.ops = &history_server_in_trouble;
        client_start(&h->client, h->path);
}

/* A few turns of the client. While it waits, time passes or somebody else's turn comes. */
static void follow_for_a_while(History *h)
{
        h->client.ops = &history_server_in_trouble;

        for (uint64_t turns = history_roll(h, 12); turns > 0; turns--) {
                if (store_in_transaction(h->client.store) && history_chance(h, 8))
                        history_kill(h);
                if (history_follow(h))
                        continue;
                if (history_chance(h, 2))
                        return;
                if (h->client.until > h->directory.now)
                        history_pass_time(h, h->client.until - h->directory.now);
        }
}

static void live(History *h)
{
        uint64_t *n_operations = &h->situations->counts[SITUATION_OPERATIONS];
        uint64_t enough = *n_operations + 60;

        while (*n_operations < enough) {
                switch (history_roll(h, 10)) {
                case 0:
                case 1:
                        history_replicate(h);
                        break;
                case 2:
                        history_befall_server(h);
                        break;
                case 3:
                        history_befall_client(h);
                        break;
                default:
                        history_operate(h);
                }

                follow_for_a_while(h);
        }
}

/*
 * Then nothing goes wrong any more, and nothing is written. Some days later every doubt about servers left behind has ended.
 * Where deletions are hidden, somebody asks for a full read, as the manual says.
 */
static void settle(History *h)
{
        directory_settle(&h->directory);
        (void)history_open(h);
        h->client.ops = &history_good_server;
        h->client.config->tenant.deletion_threshold = 500;
        if (h->hides_deleted)
                feed_accept_deletions(h->client.feed, h->directory.now);

        /* What a server in trouble refused to say of itself is asked when a connection begins. */
        client_disconnect(&h->client);
        for (unsigned day = 0; day < 3; day++) {
                for (unsigned turns = 0; turns < 2000 && (history_follow(h) || turns < 20); turns++)
                        if (h->client.until > h->directory.now)
                                h->directory.now = h->client.until;
                if (day == 0 && !history_has_followed(h))
                        h->witness.is_wrong = true;
                h->directory.now += 37 * (int64_t)HOUR;
        }
}

static bool judge(History *h)
{
        Client fresh;
        unsigned n = h->witness.is_wrong;

        n += compare_cache(&h->client, h->controller, stdout);
        n += replay_compare(&h->witness.replay, &h->client, stdout);

        client_init(&fresh, &h->directory, 1);
        client_start(&fresh, NULL);
        fresh.manner = h->client.manner;
        client_connect(&fresh, h->controller);
        if (client_run(&fresh) != CLIENT_WAITING || !fresh.domain.is_ready) {
                printf("# a fresh read of a quiet directory fails\n");
                n++;
        }
        n += compare_cache(&fresh, h->controller, stdout);
        n += compare_findings(&h->client, &fresh, stdout);
        client_done(&fresh);
        n += !history_has_missed_nothing(h);
        return n == 0 && history_audit(h);
}

bool history_run(uint64_t seed, const char *folder, Situations *situations)
{
        History *h = calloc(1, sizeof(*h));
        bool is_right;

        if (!h)
                abort();
        h->random = seed;
        h->situations = situations;
        h->witness.controller = -1;

        begin(h, folder);
        live(h);
        settle(h);
        is_right = judge(h);
        client_done(&h->client);
        replay_done(&h->witness.replay);
        folder_clear(folder);
        free(h->path);
        free(h);
        return is_right;
}
