/* SPDX-License-Identifier: MIT */
#include "tests/simulate/history.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/simulate/client.h"
#include "tests/simulate/compare.h"

enum {
        SECOND = 1000,
        MINUTE = 60 * SECOND,
        HOUR = 60 * MINUTE,
};

typedef struct History {
        uint64_t random;
        char *path; /* of the database; NULL: in memory, and the process is never killed */
        Directory directory;
        Client client;
        Tally *tally;

        bool has_recycle_bin, hides_deleted, hides_users;
        unsigned trouble;    /* one answer of so many goes wrong; 0: none */
        bool is_in_answer;   /* the client is between two requests of one poll */
        bool is_applying;    /* … or inside a transaction */
        int64_t next_night;  /* milliseconds */
        unsigned controller; /* the one it is, or was last, connected to */
        Guid epoch;          /* of its cursor, when it was last looked at */
        bool is_wrong;       /* something was deleted that nobody deleted */
        bool was_followed[DIRECTORY_DCS_MOST];
        int64_t polls, full_reads, deltas, late;
} History;

const char *situation_text(Situation situation)
{
        static const char *const texts[] = {
#define SITUATION_TEXT(name, text) [SITUATION_##name] = text,
                SITUATION_TABLE(SITUATION_TEXT)
#undef SITUATION_TEXT
        };

        return texts[situation];
}

static uint64_t roll(History *h, uint64_t n)
{
        uint64_t z = (h->random += UINT64_C(0x9e3779b97f4a7c15));

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return (z ^ z >> 31) % n;
}

static bool chance(History *h, unsigned one_in)
{
        return roll(h, one_in) == 0;
}

/* What happens, for whoever repeats one history with --verbose. */
_printf_(2, 3) static void tell(const History *h, const char *format, ...)
{
        va_list arguments;

        if (!h->tally->is_verbose)
                return;

        printf("# %8.1fs ", (double)h->directory.now / SECOND);
        va_start(arguments, format);
        vprintf(format, arguments);
        va_end(arguments);
        putchar('\n');
}

static void count(History *h, Situation situation)
{
        h->tally->counts[situation]++;
        if (situation != SITUATION_OPERATIONS)
                tell(h, "%s", situation_text(situation));
}

/* Whatever breaks off replication now and then, some time every night it goes through. */
static void replicate_nightly(History *h)
{
        if (h->directory.now < h->next_night)
                return;

        h->next_night = h->directory.now + 12 * (int64_t)HOUR;
        for (unsigned round = 0; round < 2; round++)
                for (unsigned from = 0; from < h->directory.n_controllers; from++)
                        for (unsigned to = 0; to < h->directory.n_controllers; to++)
                                if (from != to)
                                        directory_replicate(&h->directory, from, to, -1);
}

static void pass_time(History *h, int64_t milliseconds)
{
        h->directory.now += milliseconds;
        (void)directory_tick(&h->directory);
        replicate_nightly(h);
}

/* --- what the directory does --- */

static Controller *controller(History *h, unsigned number)
{
        return &h->directory.controllers[number];
}

static bool is_writable(History *h, unsigned number)
{
        return controller(h, number)->is_up && !controller(h, number)->is_rolled_back;
}

static bool is_unit(History *h, unsigned object)
{
        return h->directory.kinds[object] == KIND_CONTAINER;
}

/* Some object that is live on the controller and may be written; -1: none was met. */
static int pick(History *h, unsigned dc, bool wants_unit, bool wants_live)
{
        for (unsigned tries = 0; tries < 20; tries++) {
                unsigned object = N_FIXED_OBJECTS +
                                  (unsigned)roll(h, DIRECTORY_OBJECTS_MOST - N_FIXED_OBJECTS);

                if (object >= h->directory.n_objects || is_unit(h, object) != wants_unit ||
                    !controller(h, dc)->rows[object].exists ||
                    replica_is_live(&controller(h, dc)->rows[object]) != wants_live ||
                    controller_is_locked(controller(h, dc), object))
                        continue;
                return (int)object;
        }

        return -1;
}

static unsigned pick_parent(History *h, unsigned dc)
{
        int unit = pick(h, dc, true, true);

        return unit >= 0 && !chance(h, 4) ? (unsigned)unit : OBJECT_USERS;
}

static void operate_add(History *h, unsigned dc)
{
        static const Kind kinds[] = { KIND_USER,          KIND_USER,    KIND_USER,
                                      KIND_INETORGPERSON, KIND_CONTACT, KIND_GROUP };
        int object = directory_add(&h->directory, dc, kinds[roll(h, 6)], pick_parent(h, dc));

        if (object < 0)
                return;
        count(h, SITUATION_ADDITION);
        directory_write(&h->directory, dc, (unsigned)object, FIELD_MAIL,
                        roll(h, DIRECTORY_ADDRESSES));
        if (!chance(h, 3))
                directory_write(&h->directory, dc, (unsigned)object, FIELD_UPN,
                                roll(h, DIRECTORY_ADDRESSES));
}

static void operate_add_unit(History *h, unsigned dc)
{
        if (dc == 0)
                (void)directory_add(&h->directory, dc, KIND_CONTAINER,
                                    chance(h, 2) ? OBJECT_HEAD : pick_parent(h, dc));
}

static uint64_t some_value(History *h, Field field)
{
        return field == FIELD_PROXIES ? roll(h, 1 << DIRECTORY_ADDRESSES) &
                                                roll(h, 1 << DIRECTORY_ADDRESSES) & ~UINT64_C(1)
                                      : roll(h, DIRECTORY_ADDRESSES);
}

static void operate_write(History *h, unsigned dc)
{
        Field field = (Field)(FIELD_MAIL + roll(h, N_FIELDS - FIELD_MAIL));
        int object = pick(h, dc, false, true);

        if (object >= 0)
                directory_write(&h->directory, dc, (unsigned)object, field, some_value(h, field));
}

static void operate_late(History *h, unsigned dc)
{
        Field field = (Field)(FIELD_MAIL + roll(h, N_FIELDS - FIELD_MAIL));
        int object = pick(h, dc, false, true);

        if (object >= 0 &&
            directory_write_late(&h->directory, dc, (unsigned)object, field, some_value(h, field),
                                 SECOND + (int64_t)roll(h, 4 * MINUTE)))
                count(h, SITUATION_LATE_WRITE);
}

/* The case that must never show as a duplicate: one gives it up, the other takes it, and both come in one answer. */
static void operate_move_value(History *h, unsigned dc)
{
        int from = pick(h, dc, false, true), to = pick(h, dc, false, true);
        uint64_t address;

        if (from < 0 || to < 0 || from == to)
                return;
        address = controller(h, dc)->rows[from].cells[FIELD_MAIL].value;
        if (address == 0)
                return;

        directory_write(&h->directory, dc, (unsigned)from, FIELD_MAIL, 0);
        directory_write(&h->directory, dc, (unsigned)to, FIELD_MAIL, address);
        count(h, SITUATION_VALUE_MOVE);
}

static void operate_move(History *h, unsigned dc)
{
        int object = pick(h, dc, false, true);
        uint64_t place;

        if (object < 0)
                return;
        place = controller(h, dc)->rows[object].cells[FIELD_PLACE].value;
        directory_write(&h->directory, dc, (unsigned)object, FIELD_PLACE,
                        place_make(chance(h, 2) ? place_parent(place) : pick_parent(h, dc),
                                   place_name(place) + 1, false));
        count(h, SITUATION_MOVE);
}

/* Only one controller moves OUs, so that no two moves can make a ring of them. */
static void operate_move_unit(History *h, unsigned dc)
{
        int unit = pick(h, dc, true, true);
        unsigned parent = chance(h, 3) ? OBJECT_HEAD : pick_parent(h, dc);
        uint64_t place;

        if (dc != 0 || unit < 0)
                return;
        place = controller(h, dc)->rows[unit].cells[FIELD_PLACE].value;
        if (chance(h, 2) || controller_is_within(controller(h, dc), parent, (unsigned)unit))
                parent = place_parent(place);

        directory_write(&h->directory, dc, (unsigned)unit, FIELD_PLACE,
                        place_make(parent, place_name(place) + 1, false));
        count(h, SITUATION_UNIT_RENAME);
        if (h->is_in_answer)
                count(h, SITUATION_UNIT_RENAME_IN_READ);
}

static void operate_delete(History *h, unsigned dc)
{
        int object = pick(h, dc, false, true);

        if (object < 0)
                return;
        directory_delete(&h->directory, dc, (unsigned)object, h->has_recycle_bin);
        count(h, SITUATION_DELETION);
}

static void operate_delete_unit(History *h, unsigned dc)
{
        int unit = pick(h, dc, true, true);

        if (dc != 0 || unit < 0)
                return;
        for (unsigned object = 0; object < h->directory.n_objects; object++)
                if (replica_is_live(&controller(h, dc)->rows[object]) &&
                    place_parent(controller(h, dc)->rows[object].cells[FIELD_PLACE].value) ==
                            (unsigned)unit)
                        return;
        directory_delete(&h->directory, dc, (unsigned)unit, h->has_recycle_bin);
}

static void operate_undelete(History *h, unsigned dc)
{
        int object = pick(h, dc, false, false);

        if (object < 0)
                return;
        directory_undelete(&h->directory, dc, (unsigned)object, pick_parent(h, dc));
        count(h, SITUATION_UNDELETION);
}

static void operate(History *h)
{
        static const struct {
                void (*function)(History *h, unsigned dc);
                unsigned weight;
        } operations[] = {
                { operate_add, 6 },       { operate_add_unit, 1 },   { operate_write, 12 },
                { operate_late, 2 },      { operate_move_value, 5 }, { operate_move, 4 },
                { operate_move_unit, 3 }, { operate_delete, 3 },     { operate_delete_unit, 1 },
                { operate_undelete, 3 },
        };
        unsigned dc = (unsigned)roll(h, h->directory.n_controllers), at, total = 0;

        if (!is_writable(h, dc))
                return;

        for (size_t i = 0; i < ARRAY_SIZE(operations); i++)
                total += operations[i].weight;
        at = (unsigned)roll(h, total);
        for (size_t i = 0; i < ARRAY_SIZE(operations); i++) {
                if (at < operations[i].weight) {
                        int64_t before = controller(h, dc)->highest;

                        operations[i].function(h, dc);
                        tell(h, "dc%u writes USN %" PRIi64 " to %" PRIi64, dc, before + 1,
                             controller(h, dc)->highest);
                        count(h, SITUATION_OPERATIONS);
                        return;
                }
                at -= operations[i].weight;
        }
}

static void replicate(History *h)
{
        unsigned from = (unsigned)roll(h, h->directory.n_controllers),
                 to = (unsigned)roll(h, h->directory.n_controllers);

        if (from == to)
                return;
        directory_replicate(&h->directory, from, to, chance(h, 3) ? (int)roll(h, 6) : -1);
        tell(h, "dc%u receives from dc%u, up to its USN %" PRIi64 ", own USN %" PRIi64, to, from,
             controller(h, to)->vector[controller(h, from)->epoch], controller(h, to)->highest);
        count(h, SITUATION_REPLICATION);
}

/* --- what happens to the servers --- */

static void cut(History *h, unsigned dc)
{
        if (h->client.is_connected && h->client.server.controller == dc)
                client_disconnect(&h->client);
}

static void take_down(History *h, unsigned dc)
{
        unsigned n_up = 0;

        for (unsigned other = 0; other < h->directory.n_controllers; other++)
                n_up += controller(h, other)->is_up;
        if (n_up < 2 || !controller(h, dc)->is_up)
                return;

        controller(h, dc)->is_up = false;
        controller(h, dc)->n_late = 0;
        cut(h, dc);
        count(h, SITUATION_OUTAGE);
}

static bool has_epochs(History *h)
{
        return h->directory.n_epochs + h->directory.n_controllers < DIRECTORY_EPOCHS_MOST;
}

/* Somebody must be left who is whole, and who the others can be mended from. */
static bool is_last(History *h, unsigned dc)
{
        for (unsigned other = 0; other < h->directory.n_controllers; other++)
                if (other != dc && !controller(h, other)->is_rolled_back)
                        return false;

        return true;
}

/*
 * A copy is put back under a server that is being followed. It may be written to before anybody notices, which gives USNs a
 * second time; not past what the client has seen, since then nobody at all could tell.
 */
static void roll_back(History *h, unsigned dc)
{
        const Cursor *cursor = &h->client.domain.cursor;
        Guid epoch = directory_epoch_guid(&h->directory, controller(h, dc)->epoch);
        bool is_followed = guid_equal(&epoch, &cursor->invocation_id);

        if (!controller(h, dc)->is_up || !has_epochs(h) || is_last(h, dc) ||
            !directory_roll_back(&h->directory, dc))
                return;
        cut(h, dc);
        count(h, SITUATION_ROLLBACK);

        for (uint64_t n = roll(h, 4); is_followed && n > 0; n--) {
                int object = pick(h, dc, false, true);

                if (object < 0 || controller(h, dc)->highest + 1 >= cursor->canary_usn)
                        return;
                directory_write(&h->directory, dc, (unsigned)object, FIELD_DISPLAY_NAME,
                                roll(h, 1000));
                controller(h, dc)->has_strayed = true;
        }
}

static bool has_strayed(History *h)
{
        for (unsigned dc = 0; dc < h->directory.n_controllers; dc++)
                if (controller(h, dc)->has_strayed)
                        return true;

        return false;
}

static void befall_server(History *h)
{
        unsigned dc = (unsigned)roll(h, h->directory.n_controllers);

        switch (roll(h, 14)) {
        case 0:
        case 1:
                take_down(h, dc);
                break;
        case 2:
        case 3:
        case 4:
                controller(h, dc)->is_up = true;
                break;
        case 5:
        case 6:
        case 7:
                directory_back_up(&h->directory, dc);
                break;
        case 8:
        case 9:
                roll_back(h, dc);
                break;
        case 10:
                if (controller(h, dc)->is_up && !controller(h, dc)->has_strayed &&
                    directory_restore(&h->directory, dc)) {
                        cut(h, dc);
                        count(h, SITUATION_NEW_EPOCH);
                }
                break;
        case 11:
                /* Even under a connection that lives on. */
                if (is_writable(h, dc) && has_epochs(h)) {
                        directory_new_epoch(&h->directory, dc);
                        count(h, SITUATION_NEW_EPOCH);
                }
                break;
        case 12:
                /* Who was rolled back is mended some day. */
                if (controller(h, dc)->is_rolled_back && controller(h, dc)->is_up &&
                    directory_rebuild(&h->directory, dc))
                        cut(h, dc);
                break;
        default:
                pass_time(h, (int64_t)roll(h, 10 * MINUTE));
        }
}

/* --- what happens to the client --- */

/* A server in trouble, one answer in so many. */
static Fault some_fault(Client *client, const FeedRequest *request, void *userdata)
{
        static const int codes[] = { 1, 3, 11, 50, 51, 52, 53, 80 };
        History *h = userdata;
        Fault fault = {};

        if (h->trouble == 0 || !chance(h, h->trouble))
                return fault;

        fault.n = (unsigned)roll(h, 4);
        switch (roll(h, 7)) {
        case 0:
                fault.type = FAULT_CUT;
                count(h, SITUATION_CUT);
                return fault;
        case 1:
                fault.type = FAULT_CODE;
                fault.code = codes[roll(h, ARRAY_SIZE(codes))];
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
                client->server.controller = (unsigned)roll(h, h->directory.n_controllers);
                break;
        default:
                /*
                 * A full read that is empty from the start is refused, and what is missing from a later one is asked for by
                 * its GUID. For deltas see hear_a_lie().
                 */
                if (request_sort(request) != REQUEST_SEARCH ||
                    strncmp(request->filter, "(&(uSN", 6) == 0)
                        return fault;
                if (request->cookie.size > 0 && !client->domain.is_ready)
                        return fault;
                fault.type = request->cookie.size > 0 ? FAULT_SHORT : FAULT_EMPTY;
                count(h, SITUATION_EMPTY_ANSWER);
                return fault;
        }

        count(h, SITUATION_BROKEN_ANSWER);
        return fault;
}

static const ClientOps good_server = {};
static const ClientOps server_in_trouble = { .fault = some_fault };

static Fault lie(Client *client, const FeedRequest *request, void *userdata)
{
        History *h = userdata;

        if (request_sort(request) != REQUEST_SEARCH)
                return (Fault){};
        count(h, SITUATION_EMPTY_ANSWER);
        return (Fault){ .type = chance(h, 2) ? FAULT_EMPTY : FAULT_SHORT,
                        .n = (unsigned)roll(h, 3) };
}

static const ClientOps lying_server = { .fault = lie };

/* Did older values come with a fail-over? The new server has rows that the old one knows better. */
static bool is_behind(History *h, unsigned server, unsigned other)
{
        const Controller *a = controller(h, server), *b = controller(h, other);

        for (unsigned object = 0; object < h->directory.n_objects; object++)
                for (unsigned field = 0; field < N_FIELDS; field++)
                        if (a->rows[object].usn > b->vector[a->epoch] && a->rows[object].exists &&
                            a->rows[object].cells[field].stamp.version <
                                    b->rows[object].cells[field].stamp.version)
                                return true;
        return false;
}

/* After each turn: what became of it. */
static void observe(History *h)
{
        FeedStatus status;
        Guid epoch = h->client.domain.cursor.invocation_id;
        unsigned server = h->client.is_connected ? h->client.server.controller : h->controller;

        feed_status(h->client.feed, &status);
        if (status.polls != h->polls)
                tell(h, "poll %s of dc%u: up to %" PRIi64 ", %s%s",
                     feed_failure_code(feed_failure(h->client.feed)), server,
                     h->client.domain.cursor.watermark,
                     status.full_reads != h->full_reads ? status.full_read_reason : "delta",
                     status.unconfirmed_failover ? ", unconfirmed" : "");
        h->tally->counts[SITUATION_FULL_READ] += (uint64_t)(status.full_reads - h->full_reads);
        h->tally->counts[SITUATION_DELTA] += (uint64_t)(status.deltas - h->deltas);

        if (status.polls != h->polls && compare_evidence(&h->client, stdout) > 0)
                h->is_wrong = true;
        h->polls = status.polls;

        if (!guid_equal(&epoch, &h->epoch) && status.deltas > h->deltas) {
                count(h, h->was_followed[server] ? SITUATION_FAIL_BACK : SITUATION_FAIL_OVER);
                for (unsigned other = 0; other < h->directory.n_controllers; other++)
                        if (other != server && is_behind(h, server, other)) {
                                count(h, SITUATION_REGRESSION);
                                break;
                        }
        }
        if (status.deltas > h->deltas || status.full_reads > h->full_reads)
                h->was_followed[server] = true;
        if (h->client.domain.late_commits_total > h->late)
                h->tally->counts[SITUATION_LATE_COMMIT] +=
                        (uint64_t)(h->client.domain.late_commits_total - h->late);

        h->epoch = epoch;
        h->full_reads = status.full_reads;
        h->deltas = status.deltas;
        h->late = h->client.domain.late_commits_total;
}

static void connect_somewhere(History *h)
{
        unsigned dc = chance(h, 3) ? (unsigned)roll(h, h->directory.n_controllers) : h->controller;

        while (!controller(h, dc)->is_up)
                dc = (dc + 1) % h->directory.n_controllers;

        h->client.manner = (ServerManner){
                .walks_live = chance(h, 2),
                .hides_deleted = h->hides_deleted,
                .hides_users = h->hides_users,
                .lacks_notification = chance(h, 8),
                .lacks_vector = chance(h, 40),
        };
        client_connect(&h->client, dc);
        tell(h, "connected to dc%u, epoch %u", dc, controller(h, dc)->epoch);
        h->controller = dc;
}

/* One turn of the client, and what follows from it. False: there is nothing for it to do now. */
static bool follow(History *h)
{
        ClientTurn turn = client_turn(&h->client);
        bool goes_on = true;

        h->is_in_answer = turn == CLIENT_ASKED;
        h->is_applying = turn == CLIENT_APPLIED;

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
                tell(h, "hung up: %s", feed_failure_code(feed_failure(h->client.feed)));
                if (feed_failure(h->client.feed) == FEED_ROLLED_BACK) {
                        count(h, SITUATION_ROLLBACK_SEEN);
                        h->controller = (h->controller + 1) % h->directory.n_controllers;
                }
                break;
        case CLIENT_LOST:
                break;
        }

        observe(h);
        return goes_on;
}

/* An answer that lies about being whole can be told by nobody; the overlap search of the next poll heals it. */
static void hear_a_lie(History *h)
{
        if (!h->client.is_connected || h->is_in_answer || h->is_applying ||
            !h->client.domain.is_ready)
                return;

        h->client.ops = &good_server;
        if (client_poll(&h->client) != CLIENT_WAITING)
                return;
        for (unsigned i = 0; i < 3 && is_writable(h, h->client.server.controller); i++)
                operate_write(h, h->client.server.controller);
        h->client.ops = &lying_server;
        (void)client_poll(&h->client);
        h->client.ops = &good_server;
        (void)client_poll(&h->client);
        observe(h);
}

static void kill(History *h)
{
        if (!h->path)
                return;

        client_kill(&h->client);
        count(h, SITUATION_KILL);
        if (h->is_applying)
                count(h, SITUATION_KILL_IN_APPLY);
        h->is_in_answer = h->is_applying = false;
        h->polls = h->full_reads = h->deltas = 0;
}

static void befall_client(History *h)
{
        switch (roll(h, 16)) {
        case 0:
        case 1:
        case 2:
                kill(h);
                break;
        case 3:
        case 4:
        case 5:
                /* The daemon chooses another server; in the middle of an answer that is dropped. */
                if (h->is_in_answer)
                        count(h, SITUATION_FAIL_OVER_IN_READ);
                h->controller = (h->controller + 1) % h->directory.n_controllers;
                client_disconnect(&h->client);
                break;
        case 6:
                feed_wake(h->client.feed, h->directory.now);
                break;
        case 7:
                /* Whoever orders a full read of a server that has strayed gets what he asked for. */
                if (!has_strayed(h))
                        feed_rescan(h->client.feed, h->directory.now);
                break;
        case 8:
                (void)feed_reevaluate(h->client.feed, h->directory.now);
                count(h, SITUATION_RELOAD);
                break;
        case 9:
                client_reload(&h->client);
                count(h, SITUATION_RELOAD);
                break;
        case 10:
                pass_time(h, (int64_t)roll(h, HOUR));
                break;
        default:
                hear_a_lie(h);
        }
}

/* --- the history --- */

static void begin(History *h, const char *folder)
{
        if (chance(h, 4) && asprintf(&h->path, "%s/scand.db", folder) < 0)
                abort();

        directory_init(&h->directory, 2 + (unsigned)roll(h, DIRECTORY_DCS_MOST - 1), h->random | 1);
        h->has_recycle_bin = chance(h, 2);
        h->hides_deleted = chance(h, 8);
        h->hides_users = chance(h, 4);
        h->trouble = chance(h, 4) ? 0 : 10 + (unsigned)roll(h, 60);
        h->controller = (unsigned)roll(h, h->directory.n_controllers);

        for (unsigned i = 0; i < 4; i++)
                operate_add_unit(h, 0);
        for (unsigned i = 16 + (unsigned)roll(h, 8); i > 0; i--)
                operate_add(h, 0);
        for (unsigned dc = 1; dc < h->directory.n_controllers; dc++) {
                directory_replicate(&h->directory, 0, dc, -1);
                directory_replicate(&h->directory, dc, 0, -1);
        }
        /* They are old: nothing that looks for what is recent happens to find them. */
        for (unsigned dc = 0; dc < h->directory.n_controllers; dc++)
                controller(h, dc)->highest += 1000000;

        client_init(&h->client, &h->directory, h->random);
        h->client.config->page_size = 3 + (unsigned)roll(h, 10);
        h->client.budget = 1 + (unsigned)roll(h, 40);
        h->client.userdata = h;
        h->client.ops = &server_in_trouble;
        client_start(&h->client, h->path);
}

/* A few turns of the client. While it waits, time passes or somebody else's turn comes. */
static void follow_for_a_while(History *h)
{
        h->client.ops = &server_in_trouble;

        for (uint64_t turns = roll(h, 12); turns > 0; turns--) {
                if (h->is_applying && chance(h, 8))
                        kill(h);
                if (follow(h))
                        continue;
                if (chance(h, 2))
                        return;
                if (h->client.until > h->directory.now)
                        pass_time(h, h->client.until - h->directory.now);
        }
}

static void live(History *h)
{
        uint64_t *n_operations = &h->tally->counts[SITUATION_OPERATIONS];
        uint64_t enough = *n_operations + 60;

        while (*n_operations < enough) {
                switch (roll(h, 10)) {
                case 0:
                case 1:
                        replicate(h);
                        break;
                case 2:
                        befall_server(h);
                        break;
                case 3:
                        befall_client(h);
                        break;
                default:
                        operate(h);
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
        h->client.ops = &good_server;
        h->client.config->tenant.deletion_threshold = 500;
        if (h->hides_deleted)
                feed_accept_deletions(h->client.feed, h->directory.now);

        for (unsigned day = 0; day < 3; day++) {
                for (unsigned turns = 0; turns < 2000 && (follow(h) || turns < 20); turns++)
                        if (h->client.until > h->directory.now)
                                h->directory.now = h->client.until;
                h->directory.now += 37 * (int64_t)HOUR;
        }
}

static bool judge(History *h)
{
        Client fresh;
        unsigned n = h->is_wrong;

        n += compare_cache(&h->client, h->controller, stdout);

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
        return n == 0;
}

bool history_run(uint64_t seed, const char *folder, Tally *tally)
{
        History *h = calloc(1, sizeof(*h));
        bool is_right;

        if (!h)
                abort();
        h->random = seed;
        h->tally = tally;

        begin(h, folder);
        live(h);
        settle(h);
        is_right = judge(h);
        client_done(&h->client);
        folder_clear(folder);
        free(h->path);
        free(h);
        return is_right;
}
