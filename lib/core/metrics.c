/* SPDX-License-Identifier: MIT */
#include "lib/core/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "lib/core/buffer.h"
#include "lib/core/rule.h"
#include "lib/core/text.h"

/* How a member of the report becomes a sample. */
typedef enum SampleType {
        SAMPLE_INTEGER, /* int64_t; an instant that never was is 0, as the exporters' guidelines want it */
        SAMPLE_UNSIGNED, /* unsigned */
        SAMPLE_BOOLEAN,  /* bool */
        SAMPLE_TRISTATE, /* int: no sample while it is not known */
        SAMPLE_ATTEMPT,  /* int64_t, -1 while none is under way: 0 then */
        SAMPLE_MILLI,    /* int64_t thousandths */
} SampleType;

typedef struct Metric {
        const char *name;
        const char *type; /* "gauge" "counter" */
        const char *help;
        SampleType sample;
        size_t offset;
} Metric;

/* clang-format off */
#define METRIC(name, type, sample, member, help) \
        { name, type, help, SAMPLE_##sample, offsetof(Health, member) }
static const Metric head_metrics[] = {
        METRIC("scand_start_timestamp_seconds", "gauge", INTEGER, since,
               "When the daemon started."),
        METRIC("scand_written_timestamp_seconds", "gauge", INTEGER, written_at,
               "When this file was written."),
        METRIC("scand_next_write_timestamp_seconds", "gauge", INTEGER, next_write_due,
               "When this file will have been written again: later, the daemon is dead or hangs."),
        METRIC("scand_missed_changes_total", "counter", INTEGER, missed_changes_total,
               "Changes that only reconciling found. Anything above 0 is a defect of scand or of a domain controller."),
        METRIC("scand_adopted_differences_total", "counter", INTEGER, adopted_differences_total,
               "Objects that a fail-over took over as they were not, likewise."),
        METRIC("scand_database_size_bytes", "gauge", INTEGER, database_bytes,
               "Size of the database."),
        METRIC("scand_wal_size_bytes", "gauge", INTEGER, wal_bytes,
               "Size of the database's write-ahead log."),
        METRIC("scand_longest_turn_seconds", "gauge", MILLI, longest_turn_ms,
               "The longest turn of the daemon's event loop since it started."),
};

#define DOMAIN_METRIC(name, type, sample, member, help) \
        { name, type, help, SAMPLE_##sample, offsetof(HealthDomain, member) }
static const Metric domain_metrics[] = {
        DOMAIN_METRIC("scand_domain_objects", "gauge", INTEGER, objects,
                      "Users, contacts and groups in the cache."),
        DOMAIN_METRIC("scand_domain_last_poll_timestamp_seconds", "gauge", INTEGER, last_poll_ok,
                      "When the domain was last read with success; 0: never."),
        DOMAIN_METRIC("scand_domain_last_full_read_timestamp_seconds", "gauge", INTEGER, last_full_ok,
                      "When the last full read was complete; 0: never."),
        DOMAIN_METRIC("scand_domain_last_reconcile_timestamp_seconds", "gauge", INTEGER, last_reconcile_ok,
                      "When the cache was last compared with the whole domain; 0: never."),
        DOMAIN_METRIC("scand_domain_stale_timestamp_seconds", "gauge", INTEGER, stale_after,
                      "From when on what is known of the domain is too old to be believed; 0: it was never read."),
        DOMAIN_METRIC("scand_domain_watermark_usn", "gauge", INTEGER, watermark,
                      "The update sequence number that was followed to."),
        DOMAIN_METRIC("scand_domain_behind_usn", "gauge", INTEGER, usn_behind,
                      "Update sequence numbers of the domain controller that were not read yet."),
        DOMAIN_METRIC("scand_domain_consecutive_failures", "gauge", UNSIGNED, failures,
                      "Failures since the last success."),
        DOMAIN_METRIC("scand_domain_tombstones_readable", "gauge", TRISTATE, tombstones_readable,
                      "Whether deletions are seen at once; absent while not known."),
        DOMAIN_METRIC("scand_domain_unconfirmed_failover", "gauge", BOOLEAN, unconfirmed_failover,
                      "Whether a domain controller is followed that may lack changes of the one before."),
        DOMAIN_METRIC("scand_domain_reading_objects", "gauge", ATTEMPT, full_read_objects,
                      "Objects that came so far in the full read that is under way."),
        DOMAIN_METRIC("scand_domain_interrupted_reads_total", "counter", UNSIGNED, full_reads_interrupted,
                      "Full reads that had to begin again."),
        DOMAIN_METRIC("scand_domain_late_commits_total", "counter", UNSIGNED, late_commits,
                      "Changes that a domain controller showed below a number already read."),
        DOMAIN_METRIC("scand_domain_rows_received_total", "counter", INTEGER, rows_received,
                      "Objects that domain controllers sent in full since the daemon was started."),
        DOMAIN_METRIC("scand_domain_held_deletions", "gauge", INTEGER, deletions_held,
                      "Objects that seem to be gone, and are kept because they are so many."),
        DOMAIN_METRIC("scand_domain_held_findings", "gauge", INTEGER, findings_held,
                      "Findings that stay open until the domain controller has caught up with the one before."),
};

/* One series for each, so that a state that is left does not linger. */
static const char *const daemon_states[] = { "starting", "running", "stopping", "stopped" };
static const char *const domain_states[] = { "connecting", "reading", "following", "waiting", "stopping" };
/* clang-format on */

static int add_family(Buffer *text, const char *name, const char *type, const char *help)
{
        return buffer_append_format(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/*
 * What a server says of itself is made readable first: the format is UTF-8, and a file with one wrong byte is refused whole. Then
 * the two characters that end a label's value, which the first step left as they are or doubled.
 */
static int add_label(Buffer *text, const char *name, const char *value)
{
        _cleanup_buffer_ Buffer readable = BUFFER_INIT;
        int r;

        r = text_escape(value, strlen(value), 0, &readable);
        if (r >= 0)
                r = buffer_append_format(text, "%s=\"", name);
        for (size_t i = 0; i < readable.size && r >= 0; i++) {
                if (readable.data[i] == '"' || readable.data[i] == '\\')
                        r = buffer_append_byte(text, '\\');
                if (r >= 0)
                        r = buffer_append_byte(text, readable.data[i]);
        }
        if (r >= 0)
                r = buffer_append_byte(text, '"');
        return r;
}

/* NAME, or NAME{domain="…"}; then the value, if there is one. */
static int add_sample(Buffer *text, const Metric *metric, const char *domain, const void *base)
{
        const void *member = (const char *)base + metric->offset;
        _cleanup_buffer_ Buffer value = BUFFER_INIT;
        int64_t integer;
        int r = 0;

        switch (metric->sample) {
        case SAMPLE_INTEGER:
                r = buffer_append_format(&value, "%" PRIi64, *(const int64_t *)member);
                break;
        case SAMPLE_UNSIGNED:
                r = buffer_append_format(&value, "%u", *(const unsigned *)member);
                break;
        case SAMPLE_BOOLEAN:
                r = buffer_append_format(&value, "%d", *(const bool *)member ? 1 : 0);
                break;
        case SAMPLE_TRISTATE:
                if (*(const int *)member < 0)
                        return 0;
                r = buffer_append_format(&value, "%d", *(const int *)member > 0 ? 1 : 0);
                break;
        case SAMPLE_ATTEMPT:
                integer = *(const int64_t *)member;
                r = buffer_append_format(&value, "%" PRIi64, integer < 0 ? 0 : integer);
                break;
        case SAMPLE_MILLI:
                integer = *(const int64_t *)member;
                r = buffer_append_format(&value, "%" PRIi64 ".%03d", integer / 1000,
                                         (int)(integer % 1000));
                break;
        }

        if (r >= 0)
                r = buffer_append_string(text, metric->name);
        if (r >= 0 && domain) {
                r = buffer_append_byte(text, '{');
                if (r >= 0)
                        r = add_label(text, "domain", domain);
                if (r >= 0)
                        r = buffer_append_byte(text, '}');
        }
        if (r >= 0)
                r = buffer_append_format(text, " %.*s\n", (int)value.size, (char *)value.data);
        return r;
}

static int add_head(Buffer *text, const Health *health)
{
        int r;

        r = add_family(text, "scand_build_info", "gauge", "Always 1; the version is a label.");
        if (r >= 0)
                r = buffer_append_string(text, "scand_build_info{");
        if (r >= 0)
                r = add_label(text, "version", health->version ? health->version : "");
        if (r >= 0)
                r = buffer_append_string(text, "} 1\n");

        for (size_t i = 0; i < ARRAY_SIZE(head_metrics) && r >= 0; i++) {
                r = add_family(text, head_metrics[i].name, head_metrics[i].type,
                               head_metrics[i].help);
                if (r >= 0)
                        r = add_sample(text, &head_metrics[i], NULL, health);
        }
        return r;
}

static int add_daemon_states(Buffer *text, const Health *health)
{
        int r;

        r = add_family(text, "scand_state", "gauge", "1 for the state the daemon is in.");
        for (size_t i = 0; i < ARRAY_SIZE(daemon_states) && r >= 0; i++)
                r = buffer_append_format(text, "scand_state{state=\"%s\"} %d\n", daemon_states[i],
                                         health->state &&
                                                 strcmp(health->state, daemon_states[i]) == 0);
        return r;
}

static int add_domain_states(Buffer *text, const Health *health)
{
        int r;

        r = add_family(text, "scand_domain_state", "gauge", "1 for the state the domain is in.");
        for (size_t i = 0; i < health->n_domains; i++) {
                const HealthDomain *domain = &health->domains[i];

                for (size_t k = 0; k < ARRAY_SIZE(domain_states) && r >= 0; k++) {
                        r = buffer_append_string(text, "scand_domain_state{");
                        if (r >= 0)
                                r = add_label(text, "domain", domain->name ? domain->name : "");
                        if (r >= 0)
                                r = buffer_append_format(
                                        text, ",state=\"%s\"} %d\n", domain_states[k],
                                        domain->state &&
                                                strcmp(domain->state, domain_states[k]) == 0);
                }
        }
        return r;
}

/* Which domain controller it is just now, to be joined on "domain". */
static int add_domain_info(Buffer *text, const Health *health)
{
        int r;

        r = add_family(text, "scand_domain_info", "gauge",
                       "Always 1; the labels tell the domain controller that is followed, its site "
                       "and its invocation id.");
        for (size_t i = 0; i < health->n_domains && r >= 0; i++) {
                const HealthDomain *domain = &health->domains[i];
                const char *const labels[][2] = {
                        { "domain", domain->name },
                        { "dc", domain->dc },
                        { "site", domain->site },
                        { "invocation_id", domain->invocation_id },
                };

                r = buffer_append_string(text, "scand_domain_info");
                for (size_t k = 0; k < ARRAY_SIZE(labels) && r >= 0; k++) {
                        r = buffer_append_byte(text, k == 0 ? '{' : ',');
                        if (r >= 0)
                                r = add_label(text, labels[k][0], labels[k][1] ? labels[k][1] : "");
                }
                if (r >= 0)
                        r = buffer_append_string(text, "} 1\n");
        }
        return r;
}

static int add_domains(Buffer *text, const Health *health)
{
        int r;

        r = add_domain_info(text, health);
        if (r >= 0)
                r = add_domain_states(text, health);
        for (size_t i = 0; i < ARRAY_SIZE(domain_metrics) && r >= 0; i++) {
                const Metric *metric = &domain_metrics[i];

                r = add_family(text, metric->name, metric->type, metric->help);
                for (size_t k = 0; k < health->n_domains && r >= 0; k++) {
                        const HealthDomain *domain = &health->domains[k];

                        r = add_sample(text, metric, domain->name ? domain->name : "", domain);
                }
        }
        return r;
}

static int64_t findings_of(const Health *health, const char *rule)
{
        for (size_t i = 0; i < health->n_rules; i++)
                if (strcmp(health->rules[i].rule, rule) == 0)
                        return health->rules[i].count;

        return 0;
}

static bool is_unknown(const Health *health, const char *rule)
{
        for (size_t i = 0; i < health->n_unknown; i++)
                if (strcmp(health->unknown[i].rule, rule) == 0)
                        return true;

        return false;
}

/* Every rule has its series, also without findings: what comes and goes cannot be compared with yesterday. */
static int add_findings(Buffer *text, const Health *health)
{
        const struct {
                const char *severity;
                int64_t count;
        } counts[] = {
                { severity_name(SEVERITY_ERROR), health->errors },
                { severity_name(SEVERITY_WARNING), health->warnings },
                { severity_name(SEVERITY_NOTICE), health->notices },
        };
        int r;

        r = add_family(text, "scand_findings", "gauge", "Open findings, by severity.");
        for (size_t i = 0; i < ARRAY_SIZE(counts) && r >= 0; i++)
                r = buffer_append_format(text, "scand_findings{severity=\"%s\"} %" PRIi64 "\n",
                                         counts[i].severity, counts[i].count);

        if (r >= 0)
                r = add_family(text, "scand_rule_findings", "gauge", "Open findings, by rule.");
        for (size_t i = 0; i < rule_count() && r >= 0; i++)
                r = buffer_append_format(text, "scand_rule_findings{rule=\"%s\"} %" PRIi64 "\n",
                                         rule_id(rule_at(i)),
                                         findings_of(health, rule_id(rule_at(i))));

        if (r >= 0)
                r = add_family(
                        text, "scand_rule_unknown", "gauge",
                        "Whether the rule cannot be judged somewhere, as an attribute cannot "
                        "be read.");
        for (size_t i = 0; i < rule_count() && r >= 0; i++)
                r = buffer_append_format(text, "scand_rule_unknown{rule=\"%s\"} %d\n",
                                         rule_id(rule_at(i)),
                                         is_unknown(health, rule_id(rule_at(i))));
        return r;
}

int metrics_format(const Health *health, char **ret)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;
        char *string;
        int r;

        r = add_head(&text, health);
        if (r >= 0)
                r = add_daemon_states(&text, health);
        if (r >= 0)
                r = add_domains(&text, health);
        if (r >= 0)
                r = add_findings(&text, health);
        if (r < 0)
                return r;

        string = buffer_steal_string(&text);
        if (!string)
                return -ENOMEM;

        *ret = string;
        return 0;
}
