/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A finding as people and programs are shown it, whether it comes from the database or from a file
 * that was checked: the FINDING of DESIGN section 7. All strings are UTF-8 without NUL: values and
 * names as written where they are text, escaped by text_escape() where they are not. A terminal
 * needs more care than that: who prints makes them safe.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/object.h"
#include "lib/core/rule.h"

typedef struct RecordHolder {
        const char *where; /* "ad" or "cloud" */
        const char *domain;
        const char *dn;     /* NULL in the cloud */
        Guid guid;          /* there: the id of the object */
        Kind kind;
        const char *attribute;
        const char *value;
        int64_t as_of; /* Unix seconds; 0: now */

        /* In the cloud; else NULL. */
        const char *name; /* displayName */
        const char *user_principal_name;
        const char *state; /* "synced" "cloud-only" "deleted" "guest" */
} RecordHolder;

/* That somebody lives with a finding for a while. */
typedef struct RecordAcceptance {
        int64_t since, until; /* Unix seconds; until 0: nobody does */
        int64_t uid;          /* who asked for it, as the kernel says */
        const char *who;      /* and as they call themselves */
        const char *why;
} RecordAcceptance;

typedef struct Record {
        uint64_t id; /* record_id(); 0: not from a database */
        const char *rule;
        RuleClass class;
        Severity severity;
        Certainty certainty;
        const char *domain;
        Guid guid; /* null in a file that gave none */
        const char *dn;
        Kind kind;
        const char *attribute; /* NULL: none */
        const char *value;     /* NULL: none */
        const RecordHolder *others;
        size_t n_others;
        size_t others_total;
        const char *detail; /* NULL: none */
        const char *advice;
        const char *source;
        int64_t opened; /* Unix seconds; 0: not from a database */
        RecordAcceptance acceptance;
        bool is_held; /* it stays open only because who does not show it any more may be behind */
} Record;

/*
 * The hash that names a finding: the same after a rescan and on every host. NULL or null guid: the
 * DN stands in. The value is taken as written. Never 0, which says "none" where ids are kept.
 */
uint64_t record_id(const Guid *guid, const char *dn, const char *rule, const char *attribute,
                   const void *value, size_t size);

/* As people and programs see it: 16 hex digits. */
#define RECORD_ID_SIZE 17
void record_format_id(uint64_t id, char ret[static RECORD_ID_SIZE]);

/* RFC 3339 in UTC, "2026-11-21T09:36:36Z". */
#define RECORD_TIME_SIZE 32
void record_format_time(int64_t seconds, char ret[static RECORD_TIME_SIZE]);
