/* SPDX-License-Identifier: MIT */
#pragma once

/* The members of health.json, once for writing and reading. Included by health.c and health-parse.c only. */

#include <stddef.h>

#include "lib/core/health.h"

/* How a member stands in JSON. What is not known is null there. */
typedef enum FieldType {
        FIELD_STRING,   /* char *, NULL is null */
        FIELD_INTEGER,  /* int64_t */
        FIELD_UNSIGNED, /* unsigned */
        FIELD_TIME,     /* int64_t, 0 is null */
        FIELD_BOOLEAN,  /* bool */
        FIELD_TRISTATE, /* int, -1 is null */
} FieldType;

typedef struct Field {
        const char *key;
        FieldType type;
        size_t offset;
} Field;

/* clang-format off */
#define DOMAIN_FIELD(key, type, member) { key, FIELD_##type, offsetof(HealthDomain, member) }
static const Field domain_fields[] = {
        DOMAIN_FIELD("name", STRING, name),
        DOMAIN_FIELD("state", STRING, state),
        DOMAIN_FIELD("dc", STRING, dc),
        DOMAIN_FIELD("site", STRING, site),
        DOMAIN_FIELD("invocation_id", STRING, invocation_id),
        DOMAIN_FIELD("watermark", INTEGER, watermark),
        DOMAIN_FIELD("usn_behind", INTEGER, usn_behind),
        DOMAIN_FIELD("objects", INTEGER, objects),
        DOMAIN_FIELD("last_poll_ok", TIME, last_poll_ok),
        DOMAIN_FIELD("last_full_ok", TIME, last_full_ok),
        DOMAIN_FIELD("last_reconcile_ok", TIME, last_reconcile_ok),
        DOMAIN_FIELD("stale_after", TIME, stale_after),
        DOMAIN_FIELD("tombstones_readable", TRISTATE, tombstones_readable),
        DOMAIN_FIELD("unconfirmed_failover", BOOLEAN, unconfirmed_failover),
        DOMAIN_FIELD("failures", UNSIGNED, failures),
        DOMAIN_FIELD("last_error", STRING, last_error),
        DOMAIN_FIELD("full_read_reason", STRING, full_read_reason),
        DOMAIN_FIELD("full_reads_interrupted", UNSIGNED, full_reads_interrupted),
        DOMAIN_FIELD("late_commits_total", UNSIGNED, late_commits),
        DOMAIN_FIELD("rows_received_total", INTEGER, rows_received),
        DOMAIN_FIELD("missed_changes_total", INTEGER, missed_changes),
        DOMAIN_FIELD("adopted_differences_total", INTEGER, adopted_differences),
        DOMAIN_FIELD("deletions_held", INTEGER, deletions_held),
        DOMAIN_FIELD("findings_held", INTEGER, findings_held),
};

#define HEALTH_FIELD(key, type, member) { key, FIELD_##type, offsetof(Health, member) }
static const Field head_fields[] = {
        HEALTH_FIELD("state", STRING, state),
        HEALTH_FIELD("version", STRING, version),
        HEALTH_FIELD("since", TIME, since),
};

/* Only in the file: who wrote it, and by when it will be written again. */
static const Field file_fields[] = {
        HEALTH_FIELD("written_at", TIME, written_at),
        HEALTH_FIELD("next_write_due", TIME, next_write_due),
        HEALTH_FIELD("next_write_due_boottime", INTEGER, next_write_due_boottime),
        HEALTH_FIELD("pid", INTEGER, pid),
        HEALTH_FIELD("boot_id", STRING, boot_id),
};

static const Field tail_fields[] = {
        HEALTH_FIELD("missed_changes_total", INTEGER, missed_changes_total),
        HEALTH_FIELD("adopted_differences_total", INTEGER, adopted_differences_total),
        HEALTH_FIELD("database_bytes", INTEGER, database_bytes),
        HEALTH_FIELD("wal_bytes", INTEGER, wal_bytes),
        HEALTH_FIELD("longest_turn_ms", INTEGER, longest_turn_ms),
};

static const Field finding_fields[] = {
        HEALTH_FIELD("error", INTEGER, errors),
        HEALTH_FIELD("warning", INTEGER, warnings),
        HEALTH_FIELD("notice", INTEGER, notices),
};
/* clang-format on */
