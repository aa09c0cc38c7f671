/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What somebody knows who reads nothing but the event log: which findings are open, which objects are deleted and which login names
 * they have. If the log is right he is right, and no event tells him what he knows already, or what cannot be; nor that something
 * happened to an object more often than somebody did it, as when a server that is behind goes back on what another one had told.
 *
 * Where a read was silent the log says only how many findings opened and closed: then who they are is looked up, and the
 * number must fit.
 */

#include <stdio.h>

#include "tests/simulate/client.h"

/* A finding is open once, under however many keys it was found. */
typedef struct ReplayFinding {
        uint64_t id;
        const char *rule; /* of the rule table */
} ReplayFinding;

typedef struct ReplayFindings {
        ReplayFinding *findings; /* by id */
        size_t n, n_allocated;
} ReplayFindings;

typedef struct ReplayObject {
        bool is_known; /* no event tells that an object is new: it is looked up when it is first there */
        bool is_deleted;
        char login[64];                          /* userPrincipalName */
        unsigned n_moved, n_deleted, n_restored; /* how often that was told, */
        unsigned
                n_named[DIRECTORY_ADDRESSES]; /* and each login name; the first one was looked up */
} ReplayObject;

typedef struct Replay {
        int64_t last_event;
        ReplayFindings open;
        ReplayObject objects[DIRECTORY_OBJECTS_MOST];
} Replay;

void replay_done(Replay *replay);

/*
 * Reads on after a commit. `is_counting`: nothing was given up for lost that comes back after all, so that what is told can be counted.
 * Contradictions are told to a file, NULL: to nobody; how many there were is returned. */
unsigned replay_read_on(Replay *replay, Client *client, bool is_counting, FILE *to);

/* Holds what was read against what the cache has. */
unsigned replay_compare(const Replay *replay, Client *client, FILE *to);
