/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A small directory in memory: objects of a file, judged in both passes, as the state layer judges them from the database.
 */

#include "lib/core/config.h"
#include "lib/core/evaluate.h"
#include "tests/rules/facts.h"

typedef struct DirectoryEntry {
        Object *object;
        Outcome *outcome; /* of pass 1 */
        const EvaluateContext *context;
        unsigned domain;
        unsigned forest;
        bool in_scope;
        PastEvent *past; /* owned, as the bytes are that it names */
        size_t n_past;
        int64_t deleted_at; /* 0: live */
        FactList facts;     /* where it stands for a domain */
        bool has_facts;
        Verdict *verdicts; /* of both passes */
        size_t n_verdicts;
} DirectoryEntry;

typedef struct Directory {
        const Config *config;
        bool is_as_asked; /* objects have no attributes but those that a domain controller is asked for */
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

/* The time at which everything is judged. */
#define DIRECTORY_NOW INT64_C(1795262400) /* 2026-11-21T12:00:00Z */

/*
 * Something that happened to an entry, in the words of README.md: "deleted 3d", "upn-changed 2d anna@contoso.com". 0; -EBADMSG
 * where it is not understood; -ENOMEM.
 */
int directory_add_past(Directory *directory, size_t entry, const char *words);

/* What a survey found out of it, as the cache would have it: "write-back denied". Likewise. */
int directory_add_measure(Directory *directory, size_t entry, const char *words);

/* A fact of the domain that the entry stands for. Likewise. */
int directory_add_fact(Directory *directory, size_t entry, const char *words);

/* Judges all of it: afterwards the entries have their verdicts. 0 or negative. */
int directory_judge(Directory *directory);
