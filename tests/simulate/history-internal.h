/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the files of a history share. history.c has the dice and the course of things; history-operation.c writes to the directory,
 * history-server.c lets servers fail, history-sight.c changes what can be seen of them, history-client.c takes the client's turns and makes its life hard, history-witness.c
 * watches what came of it, history-audit.c holds following and the audit to account.
 */

#include "tests/simulate/client.h"
#include "tests/simulate/history.h"
#include "tests/simulate/replay.h"

enum {
        SECOND = 1000,
        MINUTE = 60 * SECOND,
        HOUR = 60 * MINUTE,

        HISTORY_MOVES_MOST = 8,
};

/* One address from one object to another: two writes in a row. */
typedef struct ValueMove {
        unsigned epoch;
        int64_t first, last; /* USNs */
} ValueMove;

/* What the last accepted answer was, to see what the next one makes of it. */
typedef struct Witness {
        int64_t polls, full_reads, deltas, reconciles, late_commits;
        Guid epoch; /* of the cursor */
        int64_t watermark;
        int controller; /* -1: none was followed so far */
        bool was_followed[DIRECTORY_DCS_MOST];
        ValueMove moves[HISTORY_MOVES_MOST]; /* that no answer has brought yet */
        unsigned n_moves;
        /* The stamps of what the cache holds: only by them can an older value be told from a new one. */
        Replica seen[DIRECTORY_OBJECTS_MOST];
        /* Up to where each controller's USNs were in the vector that the cursor holds. */
        int64_t vector[DIRECTORY_EPOCHS_MOST];
        int64_t held; /* findings that are */
        bool is_wrong; /* something was deleted that nobody deleted, or an event told what did not happen */
        Replay replay;
} Witness;

typedef struct History {
        uint64_t random;
        char *path; /* of the database; NULL: in memory */
        Directory directory;
        Client client;
        Situations *situations;
        Witness witness;

        bool has_recycle_bin, hides_deleted, hides_users;
        bool is_closed;  /* there is an OU whose contents the account may not see */
        bool was_opened; /* … and now it may, which no USN of what is in there tells */
        bool was_hidden; /* … and it could before: what changed there meanwhile looks like an adopted row that is wrong */
        unsigned trouble; /* one answer of so many goes wrong; 0: none */
        bool is_in_poll;  /* the client is between two requests of one poll … */
        bool is_in_read;  /* … whose search has begun */
        bool has_given_up; /* on what a server held that was away for days, and may come back with it */
        bool is_deceived; /* a full read kept something back, and was not made up for at once */
        bool is_lied_to; /* an answer was said to be whole, and was not; or USNs were given twice */
        bool is_read_ordered; /* by an administrator, and not made so far */
        int64_t next_night;   /* milliseconds */
        unsigned controller;  /* the one it is, or was last, connected to */
} History;

/* history.c */
uint64_t history_roll(History *h, uint64_t n); /* 0 … n - 1 */
bool history_chance(History *h, unsigned one_in);
_printf_(2, 3) void history_tell(const History *h, const char *format, ...);
void history_count(History *h, Situation situation);
void history_pass_time(History *h, int64_t milliseconds);
Controller *history_controller(History *h, unsigned number);
bool history_is_writable(History *h, unsigned dc);

/* Some object that is live on the controller, or is not, and may be written; -1: none was met. */
int history_pick(History *h, unsigned dc, bool wants_unit, bool wants_live);

/* history-operation.c: one write to the directory, or one replication. */
void history_operate(History *h);
void history_operate_add(History *h, unsigned dc);
void history_operate_add_unit(History *h, unsigned dc);
void history_operate_write(History *h, unsigned dc);
void history_replicate(History *h);

/* history-server.c */
void history_befall_server(History *h);
void history_cut(History *h, unsigned dc); /* the client's connection, if it is to this one */

/* history-client.c */
extern const ClientOps history_good_server, history_server_in_trouble;
bool history_follow(History *h); /* one turn. False: there is nothing for the client to do now */
void history_kill(History *h);
void history_befall_client(History *h);
bool history_is_at_rest(const History *h); /* the client has read everything, and waits */

/* history-sight.c: what the account may see changes. */
bool history_open(History *h); /* what was closed, if the directory is in a state for it */
void history_open_in_comparison(History *h);
void history_hide(History *h);

/* history-audit.c */
bool history_has_followed(
        History *h); /* is the cache right before the day on which it is audited? */
bool history_has_missed_nothing(const History *h);
bool history_audit(History *h); /* makes a missed change by hand: is it counted and mended? */

/* history-witness.c: looks at what a turn has brought. */
void history_watch(History *h, ClientTurn turn);
void history_witness_restart(History *h); /* the counters of a new process begin at 0 */
