/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One history: a directory that lives, a client that follows it through everything that can go wrong, then quiet, and the
 * question whether the client has it all right. All of it comes from one number.
 */

#include <stdbool.h>
#include <stdint.h>

/* What happened, so that a run can show that it tried. */
#define SITUATION_TABLE(X)                                                                         \
        X(OPERATIONS, "operations on the directory")                                               \
        X(ADDITION, "object added")                                                                \
        X(DELETION, "object deleted")                                                              \
        X(UNDELETION, "object deleted and brought back")                                           \
        X(MOVE, "object renamed or moved")                                                         \
        X(UNIT_RENAME, "OU renamed or moved")                                                      \
        X(UNIT_RENAME_IN_READ, "OU renamed or moved during a read")                                \
        X(VALUE_MOVE, "address moved between two objects in one answer")                           \
        X(REPLICATION, "replication, complete or broken off")                                      \
        X(LATE_WRITE, "write that commits late")                                                   \
        X(LATE_COMMIT, "late commit found by the overlap search")                                  \
        X(FAIL_OVER, "fail-over without a full read")                                              \
        X(FAIL_BACK, "fail-back without a full read")                                              \
        X(FAIL_OVER_IN_READ, "server changed in mid-read")                                         \
        X(REGRESSION, "older values from a server that is behind")                                 \
        X(ROLLBACK, "server rolled back")                                                          \
        X(ROLLBACK_SEEN, "rollback noticed")                                                       \
        X(NEW_EPOCH, "new invocationId or restore")                                                \
        X(OUTAGE, "server down")                                                                   \
        X(KILL, "process killed")                                                                  \
        X(KILL_IN_APPLY, "process killed inside a transaction")                                    \
        X(CUT, "connection cut")                                                                   \
        X(BROKEN_ANSWER, "error, referral, lost control or foreign server in an answer")           \
        X(EMPTY_ANSWER, "success with nothing, or not everything, in it")                          \
        X(FULL_READ, "full read accepted")                                                         \
        X(DELTA, "delta accepted")                                                                 \
        X(RELOAD, "reload or judging again")

typedef enum Situation {
#define SITUATION_ENUM(name, text) SITUATION_##name,
        SITUATION_TABLE(SITUATION_ENUM)
#undef SITUATION_ENUM
                N_SITUATIONS,
} Situation;

typedef struct Tally {
        uint64_t counts[N_SITUATIONS];
        uint64_t seed;   /* of the history under way */
        bool is_verbose; /* tell what happens, when it does */
} Tally;

const char *situation_text(Situation situation);

/* Runs one; prints what is wrong with the end of it. `folder` is where a database may be made. True: all is right. */
bool history_run(uint64_t seed, const char *folder, Tally *tally);
