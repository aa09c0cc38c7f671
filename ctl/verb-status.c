/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "ctl/rule-text.h"
#include "ctl/scanctl.h"
#include "ctl/status-domains.h"
#include "ctl/status-news.h"
#include "ctl/status.h"
#include "ctl/table.h"
#include "lib/core/duration.h"
#include "lib/core/grant.h"

/* It is to fit one screen of 24 lines. */
#define DOMAINS_SHOWN 5
#define RULES_SHOWN   7

/* Bytes: what is smaller is nobody's trouble. */
#define LOG_LARGE (INT64_C(64) << 20)

static void print_mark(Output *output, Style style)
{
        output_text(output, style, output->has_unicode ? "●" : "*");
        (void)putc(' ', output->stream);
}

/* "scand 0.1.0 is running, for 2 h": the first line is the answer to "is it alive?". */
static void print_life(Output *output, const Status *status, int64_t now)
{
        const Health *health = &status->health;
        const char *version = health->version ? health->version : "";
        char span[DURATION_SIZE];

        if (!status->has_report) {
                print_mark(output, STYLE_ERROR);
                output_prose(output, STYLE_PLAIN, 2, "scand is not running, or cannot be asked: %s",
                             status->report_error);
                return;
        }

        switch (status->life) {
        case HEALTH_ALIVE:
                duration_format(now - health->since, span);
                print_mark(output, STYLE_GOOD);
                output_prose(output, STYLE_PLAIN, 2, "scand %s is running, for %s", version, span);
                break;
        case HEALTH_STARTING:
                print_mark(output, STYLE_WARNING);
                output_prose(output, STYLE_PLAIN, 2, "scand %s is starting", version);
                break;
        case HEALTH_STOPPING:
                print_mark(output, STYLE_WARNING);
                output_prose(output, STYLE_PLAIN, 2, "scand %s is stopping", version);
                break;
        case HEALTH_STOPPED:
                print_mark(output, STYLE_ERROR);
                output_prose(output, STYLE_PLAIN, 2,
                             "scand %s is stopped: what follows is as it was then", version);
                break;
        case HEALTH_STALE:
                duration_format(status->overdue, span);
                print_mark(output, STYLE_ERROR);
                output_prose(output, STYLE_PLAIN, 2,
                             "scand %s is dead or hangs: its report is overdue by %s", version,
                             span);
                break;
        case HEALTH_FUTURE:
                print_mark(output, STYLE_WARNING);
                output_prose(output, STYLE_PLAIN, 2,
                             "scand %s reports from the future: a clock is wrong, and no age can "
                             "be trusted",
                             version);
                break;
        }
}

static int add_note(const HealthDomain *domain, Table *table)
{
        const char *error = domain->last_error ? domain->last_error : "";

        if (domain->full_read_objects >= 0)
                return table_add_format(table, STYLE_NOTICE, "%lld objects read, %.0f/s%s%s",
                                        (long long)domain->full_read_objects,
                                        domain->full_read_rate,
                                        domain->full_read_reason ? ": " : "",
                                        domain->full_read_reason ? domain->full_read_reason : "");
        if (domain->failures > 0)
                return table_add_format(table, STYLE_WARNING, "%s, %u in a row",
                                        *error ? error : "failures", domain->failures);
        if (domain->unconfirmed_failover && domain->findings_held > 0)
                return table_add_format(table, STYLE_WARNING,
                                        "the new DC has not caught up yet: %lld finding%s held",
                                        (long long)domain->findings_held,
                                        domain->findings_held == 1 ? " is" : "s are");
        if (domain->unconfirmed_failover)
                return table_add(table, STYLE_WARNING, "the new DC has not caught up yet");
        if (domain->deletions_held > 0)
                return table_add_format(table, STYLE_WARNING,
                                        "%lld objects seem to be gone: rescan --accept-deletions?",
                                        (long long)domain->deletions_held);
        if (domain->tombstones_readable == 0)
                return table_add(table, STYLE_WARNING, "deletions are seen once a day only");
        return table_add(table, STYLE_PLAIN, NULL);
}

static int add_domain(const HealthDomain *domain, int64_t now, Table *table)
{
        HealthFreshness freshness = health_freshness(domain, now, 0);
        char span[DURATION_SIZE];
        int r;

        duration_format(now - domain->last_poll_ok, span);
        if ((r = table_add(table, STYLE_STRONG, domain->name)) < 0 ||
            (r = table_add(table, STYLE_PLAIN, domain->state ? domain->state : "-")) < 0 ||
            (r = table_add(table, STYLE_PLAIN, domain->dc ? domain->dc : "-")) < 0)
                return r;

        switch (freshness) {
        case FRESHNESS_CURRENT:
                r = table_add_format(table, STYLE_GOOD, "%s ago", span);
                break;
        case FRESHNESS_STALE:
                r = table_add_format(table, STYLE_ERROR, "%s ago", span);
                break;
        case FRESHNESS_FIRST_READ:
                r = table_add(table, STYLE_NOTICE, "first read");
                break;
        case FRESHNESS_NEVER:
                r = table_add(table, STYLE_ERROR, "never");
                break;
        }
        if (r >= 0)
                r = table_add_format(table, STYLE_PLAIN, "%lld", (long long)domain->objects);
        return r < 0 ? r : add_note(domain, table);
}

/* Where only some can be shown, those that need attention come first. */
static int compare_domains(const void *a, const void *b)
{
        const HealthDomain *x = a, *y = b;

        if ((x->failures > 0) != (y->failures > 0))
                return x->failures > 0 ? -1 : 1;
        if (x->stale_after != y->stale_after)
                return x->stale_after < y->stale_after ? -1 : 1;
        return strcmp(x->name ? x->name : "", y->name ? y->name : "");
}

static int print_domains(Output *output, Health *health, int64_t now)
{
        static const Column columns[] = {
                { .title = "DOMAIN" },
                { .title = "STATE" },
                { .title = "DC", .label = "DC", .least = 12 },
                { .title = "READ" },
                { .title = "OBJECTS", .is_right = true },
                { .title = "", .label = "note", .least = 12 },
        };
        _cleanup_(table_freep) Table *table = NULL;
        size_t n = health->n_domains < DOMAINS_SHOWN ? health->n_domains : DOMAINS_SHOWN;
        int r;

        if (n == 0) {
                (void)fputs("\nNo domain is followed yet.\n", output->stream);
                return 0;
        }

        r = table_new(columns, ARRAY_SIZE(columns), &table);
        if (r < 0)
                return r;
        if (health->n_domains > DOMAINS_SHOWN)
                qsort(health->domains, health->n_domains, sizeof(*health->domains),
                      compare_domains);

        for (size_t i = 0; i < n; i++) {
                r = add_domain(&health->domains[i], now, table);
                if (r < 0)
                        return r;
        }

        (void)putc('\n', output->stream);
        table_print(table, output);
        if (health->n_domains > n)
                output_prose(output, STYLE_PLAIN, 0, "and %zu more: scanctl status --json",
                             health->n_domains - n);
        return 0;
}

static void print_sum(Output *output, const Health *health)
{
        struct {
                int64_t n;
                Severity severity;
                const char *one, *many;
        } rows[] = {
                { health->errors, SEVERITY_ERROR, "error", "errors" },
                { health->warnings, SEVERITY_WARNING, "warning", "warnings" },
                { health->notices, SEVERITY_NOTICE, "notice", "notices" },
        };

        (void)putc('\n', output->stream);
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                if (i > 0)
                        (void)fputs(", ", output->stream);
                output_format(output,
                              rows[i].n > 0 ? style_of_severity(rows[i].severity) : STYLE_PLAIN,
                              "%lld %s", (long long)rows[i].n,
                              rows[i].n == 1 ? rows[i].one : rows[i].many);
        }
        if (output->width == 0 || output->width >= 64)
                (void)fprintf(output->stream, " in %lld objects", (long long)health->objects);
        (void)putc('\n', output->stream);
}

static int add_rule(const RuleCount *count, const Config *config, Table *table)
{
        const Rule *rule = config_find_rule(config, count->rule);
        int r;

        if ((r = table_add(table, style_of_severity(count->severity),
                           severity_name(count->severity))) < 0 ||
            (r = table_add_format(table, STYLE_PLAIN, "%lld", (long long)count->count)) < 0 ||
            (r = table_add(table, STYLE_STRONG, count->rule)) < 0)
                return r;

        return table_add(table, STYLE_FAINT, rule ? rule_title(rule) : NULL);
}

static int print_rules(Output *output, const Config *config, const Status *status)
{
        static const Column columns[] = {
                { .title = "" },
                { .title = "", .is_right = true },
                { .title = "" },
                { .title = "", .label = "what", .least = 12 },
        };
        _cleanup_(table_freep) Table *table = NULL;
        Output quiet = *output;
        size_t n = 0, n_shown = 0;
        int r;

        r = table_new(columns, ARRAY_SIZE(columns), &table);
        if (r < 0)
                return r;

        for (size_t i = 0; i < status->n_counts; i++) {
                if (status->counts[i].severity == SEVERITY_NOTICE)
                        continue;
                n++;
                if (n_shown == RULES_SHOWN)
                        continue;
                r = add_rule(&status->counts[i], config, table);
                if (r < 0)
                        return r;
                n_shown++;
        }

        quiet.has_legend = false; /* the columns speak for themselves */
        table_print(table, &quiet);
        if (n > n_shown)
                (void)fprintf(output->stream, "and %zu more rules\n", n - n_shown);
        if (n > 0 && output->has_legend)
                output_prose(output, STYLE_PLAIN, 0,
                             "scanctl findings lists them, scanctl explain RULE tells what to do.");
        return 0;
}

static void print_unknown(Output *output, const Health *health)
{
        if (health->n_unknown == 0)
                return;

        (void)putc('\n', output->stream);
        output_prose(output, STYLE_WARNING, 0, "%zu rule%s cannot be judged: %s (%s)%s",
                     health->n_unknown, health->n_unknown == 1 ? "" : "s", health->unknown[0].rule,
                     health->unknown[0].reason,
                     health->n_unknown > 1 ? " and others: scanctl status --json" : "");
}

/* With what an administrator of the domain can paste. */
static int print_grants(Output *output, const Config *config, const Health *health)
{
        for (size_t i = 0; i < health->n_domains; i++) {
                const HealthDomain *domain = &health->domains[i];
                const DomainConfig *domain_config = config_find_domain(config, domain->name);
                _cleanup_free_ char *commands = NULL;
                int r;

                if (domain->tombstones_readable != 0 || !domain_config)
                        continue;
                r = grant_format(domain_config, "  ", &commands);
                if (r < 0)
                        return r;

                (void)putc('\n', output->stream);
                output_prose(
                        output, STYLE_WARNING, 0,
                        "Deletions in %s are seen once a day only, because the account may not "
                        "list deleted objects. A domain administrator allows it, once, by",
                        domain->name);
                (void)fprintf(output->stream, "%s\n", commands);
        }

        return 0;
}

/* The promise was broken: somebody should know, and tell us. */
static void print_missed(Output *output, const Health *health)
{
        if (health->missed_changes_total == 0 && health->adopted_differences_total == 0)
                return;

        (void)putc('\n', output->stream);
        output_prose(
                output, STYLE_WARNING, 0,
                "%lld changes were missed and %lld objects taken over wrongly, and put right by "
                "reconciling. This must not happen: journalctl -u scand tells when it did.",
                (long long)health->missed_changes_total,
                (long long)health->adopted_differences_total);
}

/* One answer is one transaction, so the log may for a while be as large as the database. Beyond that somebody keeps it from shrinking. */
static void print_log(Output *output, const Health *health)
{
        if (health->wal_bytes < LOG_LARGE || health->wal_bytes / 2 < health->database_bytes)
                return;

        (void)putc('\n', output->stream);
        output_prose(
                output, STYLE_WARNING, 0,
                "The write-ahead log has %lld MB, the database %lld: somebody holds a read "
                "transaction open, and "
                "it grows until that ends. lsof /var/lib/scand/scand.db-wal names who has it open.",
                (long long)(health->wal_bytes >> 20), (long long)(health->database_bytes >> 20));
}

static int print_text(Scanctl *scanctl, Status *status)
{
        Output *output = &scanctl->output;
        int r;

        print_life(output, status, scanctl->now);
        r = print_domains(output, &status->health, scanctl->now);
        if (r < 0)
                return r;

        print_sum(output, &status->health);
        status_print_arrival(output, status);
        r = status_print_news(output, status);
        if (r >= 0)
                r = status_print_connectors(output, &status->connectors);
        if (r < 0)
                return r;
        r = print_rules(output, scanctl->config, status);
        if (r < 0)
                return r;

        print_unknown(output, &status->health);
        print_missed(output, &status->health);
        print_log(output, &status->health);
        return print_grants(output, scanctl->config, &status->health);
}

static int print_json(Scanctl *scanctl, const Status *status)
{
        _cleanup_free_ char *text = NULL;
        int r;

        r = status_format(status, &text);
        if (r < 0)
                return r;

        (void)fputs(text, scanctl->output.stream);
        return 0;
}

/* Neither report nor database: there is nothing to show. */
static int nothing_there(const Status *status, const char *database_error)
{
        return scanctl_error("%s.\nscanctl: %s\nscanctl: Has scand ever run here? systemctl start "
                             "scand starts it.",
                             status->report_error,
                             database_error ? database_error : "there is no database");
}

int verb_status(Scanctl *scanctl, char **operands, size_t n_operands)
{
        _cleanup_free_ char *path = NULL, *error = NULL;
        _cleanup_(status_done) Status status = {};
        const Config *config;
        Store *store = NULL;
        int r;

        r = scanctl_config(scanctl, CONFIG_NEED_PATHS, &config);
        if (r < 0)
                return EXIT_TROUBLE;
        if (!scanctl->arguments.health &&
            scanctl_path(config->runtime_directory, "health.json", &path) < 0)
                return scanctl_failed(scanctl, "cannot tell the status", -ENOMEM);

        if (scanctl->arguments.domains)
                return scanctl_store(scanctl, &store) < 0 ? EXIT_TROUBLE
                                                          : status_domains(scanctl, store, config);
        if (scanctl->arguments.format == OUTPUT_CSV)
                return scanctl_error("status is no table: --csv goes with --domains.");

        (void)scanctl_try_store(scanctl, &store, &error);
        r = status_read(path ? path : scanctl->arguments.health, store, scanctl->now, &status);
        if (r < 0)
                return scanctl_failed(scanctl, "cannot tell the status", r);
        if (!store && !status.has_report)
                return nothing_there(&status, error);

        /* What is told is from the report alone then, which is a little late, and knows no more than counts. */
        if (!store && error)
                (void)scanctl_error("%s", error);

        r = scanctl->arguments.format == OUTPUT_JSON ? print_json(scanctl, &status)
                                                     : print_text(scanctl, &status);
        return r < 0 ? scanctl_failed(scanctl, "cannot tell the status", r) : EXIT_FINE;
}
