/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A small directory in memory: objects of a file, judged in both passes, as the state layer judges them from the database.
 */

#include "lib/core/config.h"
#include "lib/core/evaluate.h"

typedef struct DirectoryEntry {
        Object *object;
        Outcome *outcome; /* of pass 1 */
        const EvaluateContext *context;
        unsigned domain;
        unsigned forest;
        bool in_scope;
        Verdict *verdicts; /* of both passes */
        size_t n_verdicts;
} DirectoryEntry;

typedef struct Directory {
        const Config *config;
        DirectoryEntry *entries;
        size_t n_entries;
        EvaluateContext **contexts; /* one a domain */
        char **domains;
        size_t n_domains;
        KeyOutcome **keys; /* what verdicts point into */
        size_t n_keys;
} Directory;

void directory_init(Directory *directory, const Config *config);
void directory_done(Directory *directory);

/* Reads a file. 0, or negative with the reason on standard output, as a TAP comment. */
int directory_read(Directory *directory, const char *path);

/* Judges all of it: afterwards the entries have their verdicts. 0 or negative. */
int directory_judge(Directory *directory);
