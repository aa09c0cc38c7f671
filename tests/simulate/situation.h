/* SPDX-License-Identifier: MIT */
#pragma once

/* What happened in a run, so that it can show that it tried. */

#include <stdbool.h>
#include <stdint.h>

/*
 * The last column: must a run have met it? At the full size of 5,000 histories two hundred times each, in a smaller one as much
 * less often.
 */
#define SITUATION_TABLE(X)                                                                         \
        X(OPERATIONS, false, "operations on the directory")                                        \
        X(ADDITION, false, "object added")                                                         \
        X(DELETION, false, "object deleted")                                                       \
        X(UNDELETION, true, "object deleted and brought back")                                     \
        X(MOVE, false, "object renamed or moved")                                                  \
        X(UNIT_RENAME, false, "OU renamed or moved")                                               \
        X(UNIT_RENAME_IN_READ, true, "OU renamed or moved during a read")                          \
        X(VALUE_MOVE, true, "address moved between two objects in one answer")                     \
        X(REPLICATION, false, "replication, complete or broken off")                               \
        X(LATE_WRITE, false, "write that commits late")                                            \
        X(LATE_COMMIT, true, "late commit found by the overlap search")                            \
        X(FAIL_OVER, true, "fail-over without a full read")                                        \
        X(FAIL_BACK, true, "fail-back without a full read")                                        \
        X(FAIL_OVER_IN_READ, true, "server changed in mid-read")                                   \
        X(REGRESSION, true, "older values taken over from a server that is behind")                \
        X(HELD, true, "finding held while the server may be behind")                               \
        X(HELD_NO_MORE, true, "finding held, and supported again or closed")                       \
        X(ROLLBACK, true, "server rolled back")                                                    \
        X(ROLLBACK_SEEN, true, "rollback noticed")                                                 \
        X(ROLLBACK_PASSED, true, "server rolled back and written past what was seen of it")        \
        X(NEW_EPOCH, true, "new invocationId or restore")                                          \
        X(OUTAGE, true, "server down")                                                             \
        X(KILL, true, "process killed")                                                            \
        X(KILL_IN_APPLY, true, "process killed inside a transaction")                              \
        X(CUT, true, "connection cut")                                                             \
        X(BROKEN_ANSWER, true, "error, referral, lost control or foreign server in an answer")     \
        X(EMPTY_ANSWER, true, "success with nothing, or not everything, in it")                    \
        X(BROKEN_SEARCH, true, "search broken off where it would have brought news")               \
        X(BROKEN_PROOF, true, "question after an absent object that was not answered")             \
        X(FULL_READ, true, "full read accepted")                                                   \
        X(DELTA, true, "delta accepted")                                                           \
        X(RECONCILE, true, "reconcile")                                                            \
        X(TAMPERED, true, "missed change made by hand, for the reconcile to find")                 \
        X(CAME_INTO_SIGHT, true, "contents of an OU come into sight, and no USN tells")            \
        X(SIGHT_IN_COMPARISON, false, "contents of an OU come into sight during a comparison")     \
        X(OUT_OF_SIGHT, false, "contents of an OU go out of sight, and change there")              \
        X(RELOAD, true, "reload or judging again")

typedef enum Situation {
#define SITUATION_ENUM(name, is_required, text) SITUATION_##name,
        SITUATION_TABLE(SITUATION_ENUM)
#undef SITUATION_ENUM
                N_SITUATIONS,
} Situation;

/* Of the histories of one process. */
typedef struct Situations {
        uint64_t counts[N_SITUATIONS];
        uint64_t seed;        /* of the history under way */
        bool is_verbose;      /* tell what happens, when it does */
        bool is_about_rights; /* these are given and taken in every history */
} Situations;

const char *situation_text(Situation situation);

void situations_add(Situations *to, const Situations *from);

/* Prints all counts, and which of them are too low for so many histories. True: none. */
bool situations_print(const Situations *situations, uint64_t n_histories);
