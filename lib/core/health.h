/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * /run/scand/health.json: what monitoring may know. One struct that the daemon fills, this module writes and reads, and
 * check_scand judges. No names of people or objects, no server's own error text. Needs json-c only, because check_scand
 * links nothing else.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/core/rule.h"

#define HEALTH_SCHEMA 1

typedef struct HealthDomain {
        char *name;
        char *state; /* "connecting" "reading" "following" "waiting" "stopping" */
        char *dc;    /* NULL: none yet */
        char *site;
        char *invocation_id;
        int64_t watermark;
        int64_t usn_behind;
        int64_t objects;
        int64_t last_poll_ok; /* Unix seconds, 0: never */
        int64_t last_full_ok;
        int64_t last_reconcile_ok;
        int tombstones_readable; /* 1, 0, -1: not known */
        bool unconfirmed_failover;
        unsigned failures;   /* in a row */
        char *last_error;    /* a code such as "connect-timeout"; NULL: none */
        int64_t stale_after; /* Unix seconds from which last_poll_ok is too old; 0: never read */
        int64_t full_read_objects; /* of a full read under way; -1: none */
        int64_t full_read_since;
        double full_read_rate;
        char *full_read_reason; /* why the last one since the start was made; NULL: there was none */
        unsigned full_reads_interrupted;
        unsigned late_commits;
        int64_t rows_received;  /* since the daemon was started */
        int64_t missed_changes; /* see missed_changes_total of Health */
        int64_t adopted_differences;
        int64_t findings_held; /* findings that stay open until the DC has caught up */
        int64_t deletions_held; /* objects that seem to be gone, and are kept because they are so many */
} HealthDomain;

typedef struct HealthRule {
        char *rule;
        int64_t count;
} HealthRule;

typedef struct HealthUnknown {
        char *rule;
        char *reason;
} HealthUnknown;

typedef struct Health {
        char *state; /* "starting" "running" "stopping" "stopped" */
        char *version;
        int64_t since;
        int64_t written_at;
        int64_t next_write_due;
        int64_t next_write_due_boottime; /* CLOCK_BOOTTIME seconds: a clock step hides nothing */
        int64_t pid;
        char *boot_id;
        HealthDomain *domains;
        size_t n_domains;
        int64_t objects;
        int64_t errors, warnings, notices;
        HealthRule *rules;
        size_t n_rules;
        HealthUnknown *unknown;
        size_t n_unknown;
        int64_t missed_changes_total;      /* found by reconciling: must be 0 */
        int64_t adopted_differences_total; /* likewise, in rows that fail-over took over */
        int64_t database_bytes;
        int64_t wal_bytes;
        int64_t longest_turn_ms; /* of the event loop since it started: what a watchdog ping had to wait for at most */
} Health;

/* The zero of a Health that was not filled: lists empty, what the comments call not known not known. */
#define HEALTH_DOMAIN_INIT ((HealthDomain){ .tombstones_readable = -1, .full_read_objects = -1 })

void health_done(Health *health); /* frees all members */

/* Findings of a rule (copied) at one severity. Monitoring wants one number for a rule, so those of its severities add up. 0 or -ENOMEM. */
int health_count(Health *health, const char *rule, Severity severity, int64_t count);
void health_forget_counts(Health *health);

/* The JSON text, one object, ending with a line feed; the caller frees it. 0 or -ENOMEM. */
int health_format(const Health *health, char **ret);

/*
 * The same text as `scanctl status --json` prints: without written_at and what follows from being a file. Ages are reckoned
 * from written_at all the same, so set it to now.
 */
int health_format_status(const Health *health, char **ret);

/*
 * Reads such a text. 0, -ENOMEM, or -EBADMSG with a sentence in *ret_error (caller frees; NULL pointer allowed). Unknown fields
 * are ignored, missing ones are zero, NULL or as the comments above say "not known".
 */
int health_parse(const char *text, size_t size, Health *ret, char **ret_error);
