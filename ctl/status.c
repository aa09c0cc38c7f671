/* SPDX-License-Identifier: MIT */
#include "ctl/status.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ctl/health-file.h"
#include "ctl/since.h"
#include "lib/core/json.h"
#include "lib/state/domain.h"
#include "lib/state/hold.h"

void status_done(Status *status)
{
        health_done(&status->health);
        free(status->report_error);
        rule_counts_free(status->counts, status->n_counts);
        connector_list_done(&status->connectors);
        *status = (Status){};
}

static int set_string(char **string, const char *value)
{
        char *copy = value ? strdup(value) : NULL;

        if (value && !copy)
                return -ENOMEM;

        free(*string);
        *string = copy;
        return 0;
}

/* A report that is not there is no trouble: the daemon may never have run since the machine started. */
static int set_report_error(Status *status, const char *path, const char *why)
{
        if (asprintf(&status->report_error, "%s: %s", path, why) >= 0)
                return 0;

        status->report_error = NULL; /* glibc leaves it undefined */
        return -ENOMEM;
}

static int read_report(const char *path, Status *status)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;
        _cleanup_free_ char *error = NULL;
        char boot_id[HEALTH_BOOT_ID_SIZE];
        HealthClock clock;
        int r;

        r = health_file_read(path, &text);
        if (r >= 0)
                r = health_parse((const char *)text.data, text.size, &status->health, &error);
        if (r == -ENOMEM)
                return r;
        if (r == -ENOENT)
                return set_report_error(status, path, "there is no report");
        if (r < 0)
                return set_report_error(status, path, error ? error : strerror(-r));

        status->has_report = true;
        health_clock_read(&clock, boot_id);
        status->life = health_life(&status->health, &clock, &status->overdue);
        status->health.written_at = clock.now; /* ages are reckoned from it */
        return status->life == HEALTH_STALE ? set_string(&status->health.state, "dead") : 0;
}

static HealthDomain *find_domain(Health *health, const char *name)
{
        for (size_t i = 0; i < health->n_domains; i++)
                if (health->domains[i].name && strcmp(health->domains[i].name, name) == 0)
                        return &health->domains[i];
        return NULL;
}

static int add_domain(Health *health, const char *name, HealthDomain **ret)
{
        HealthDomain *more = reallocarray(health->domains, health->n_domains + 1, sizeof(*more));

        if (!more)
                return -ENOMEM;
        health->domains = more;

        more[health->n_domains] = HEALTH_DOMAIN_INIT;
        more[health->n_domains].name = strdup(name);
        if (!more[health->n_domains].name)
                return -ENOMEM;

        *ret = &more[health->n_domains++];
        return 0;
}

/* The daemon knows better how it is doing; how far it came is what the database says. */
static int merge_domain(Store *store, Health *health, const Domain *domain)
{
        HealthDomain *merged = find_domain(health, domain->name);
        int r;

        if (!merged) {
                r = add_domain(health, domain->name, &merged);
                if (r < 0)
                        return r;
        }

        merged->objects = domain->objects;
        merged->missed_changes = domain->missed_changes_total;
        merged->adopted_differences = domain->adopted_differences_total;
        merged->deletions_held = domain->deletions_held;
        r = hold_count(store, domain->id, &merged->findings_held);
        if (r < 0)
                return r;
        if (domain->last_poll_ok >= merged->last_poll_ok) {
                merged->last_poll_ok = domain->last_poll_ok;
                merged->watermark = domain->cursor.watermark;
        }
        if (domain->last_full_ok > merged->last_full_ok)
                merged->last_full_ok = domain->last_full_ok;
        if (domain->last_reconcile_ok > merged->last_reconcile_ok)
                merged->last_reconcile_ok = domain->last_reconcile_ok;
        if (merged->tombstones_readable < 0)
                merged->tombstones_readable = domain->tombstones_readable;

        return merged->dc ? 0 : set_string(&merged->dc, domain->cursor.dc);
}

static int merge_domains(Store *store, Health *health)
{
        int64_t missed = 0, differences = 0, objects = 0;
        Domain *domains;
        size_t n;
        int r;

        r = domain_list(store, &domains, &n);
        if (r < 0)
                return r;

        for (size_t i = 0; i < n; i++) {
                if (r >= 0 && domains[i].is_configured)
                        r = merge_domain(store, health, &domains[i]);
                missed += domains[i].missed_changes_total;
                differences += domains[i].adopted_differences_total;
                objects += domains[i].is_ready ? domains[i].objects : 0;
                domain_done(&domains[i]);
        }
        free(domains);

        health->missed_changes_total = missed;
        health->adopted_differences_total = differences;
        health->objects = objects;
        return r;
}

static int merge_counts(Store *store, Status *status)
{
        Health *health = &status->health;
        int r;

        r = query_counts(store, &status->counts, &status->n_counts);
        if (r < 0)
                return r;

        health_forget_counts(health);
        for (size_t i = 0; i < status->n_counts && r >= 0; i++)
                r = health_count(health, status->counts[i].rule, status->counts[i].severity,
                                 status->counts[i].count);
        return r;
}

static int compare_counts(const void *a, const void *b)
{
        const RuleCount *x = a, *y = b;

        if (x->severity != y->severity)
                return x->severity > y->severity ? -1 : 1;
        if (x->count != y->count)
                return x->count > y->count ? -1 : 1;
        return strcmp(x->rule, y->rule);
}

static int count_by_report(Status *status)
{
        const Health *health = &status->health;

        status->counts = calloc(health->n_rules + 1, sizeof(*status->counts));
        if (!status->counts)
                return -ENOMEM;

        for (size_t i = 0; i < health->n_rules; i++) {
                const Rule *rule = rule_find(health->rules[i].rule);

                status->counts[i] = (RuleCount){
                        .rule = strdup(health->rules[i].rule),
                        .class = rule ? rule_class(rule) : RULE_ALTERED,
                        .severity = rule ? rule_severity(rule) : SEVERITY_NOTICE,
                        .count = health->rules[i].count,
                };
                status->n_counts++;
                if (!status->counts[i].rule)
                        return -ENOMEM;
        }

        qsort(status->counts, status->n_counts, sizeof(*status->counts), compare_counts);
        return 0;
}

/* As `findings --since yesterday` understands it. */
static int read_news(Store *store, int64_t now, Status *status)
{
        int r;

        r = since_parse("yesterday", now, &status->news_since);
        if (r >= 0)
                r = query_fates(store, status->fates);
        if (r >= 0)
                r = query_news(store, status->news_since, &status->news);
        status->has_news = r >= 0;
        return r;
}

static int read_database(Store *store, int64_t now, Status *status)
{
        Health *health = &status->health;
        int r;

        r = merge_domains(store, health);
        if (r >= 0)
                r = merge_counts(store, status);
        if (r >= 0)
                r = read_news(store, now, status);
        if (r >= 0)
                r = connector_list_read(store, &status->connectors);
        if (r >= 0)
                r = store_size(store, &health->database_bytes, &health->wal_bytes);
        return r;
}

int status_read(const char *health_path, Store *store, int64_t now, Status *ret)
{
        _cleanup_(status_done) Status status = {};
        int r;

        r = read_report(health_path, &status);
        if (r >= 0 && !status.has_report) {
                status.health.written_at = time(NULL);
                r = set_string(&status.health.state, "unknown");
        }
        if (r >= 0)
                r = store ? read_database(store, now, &status) : count_by_report(&status);
        if (r < 0)
                return r;

        *ret = status;
        status = (Status){};
        return 0;
}

static int add_fates(json_object *root, const Status *status)
{
        static const struct {
                const char *key;
                Fate fate;
        } rows[] = {
                { "unchanged", FATE_UNCHANGED },
                { "altered", FATE_ALTERED },
                { "altered_slightly", FATE_NOTED },
                { "left_out", FATE_LEFT_OUT },
                { "fail", FATE_FAILS },
                { "left_out_as_expected", FATE_EXPECTED },
        };
        json_object *object = status->has_news ? json_object_new_object() : NULL;
        int r;

        if (!status->has_news)
                return json_add_string(root, "arrival", NULL);
        r = json_add(root, "arrival", object);
        if (r >= 0)
                r = json_add_integer(object, "in_scope",
                                     status->fates[FATE_IN_SCOPE] - status->fates[FATE_EXPECTED]);
        for (size_t i = 0; i < ARRAY_SIZE(rows) && r >= 0; i++)
                r = json_add_integer(object, rows[i].key, status->fates[rows[i].fate]);
        return r;
}

static int add_news(json_object *root, const Status *status)
{
        json_object *object = status->has_news ? json_object_new_object() : NULL;
        const News *news = &status->news;
        int r;

        if (!status->has_news)
                return json_add_string(root, "news", NULL);
        if ((r = json_add(root, "news", object)) < 0 ||
            (r = json_add_time(object, "since", status->news_since)) < 0 ||
            (r = json_add_integer(object, "error", news->opened[SEVERITY_ERROR])) < 0 ||
            (r = json_add_integer(object, "warning", news->opened[SEVERITY_WARNING])) < 0 ||
            (r = json_add_integer(object, "notice", news->opened[SEVERITY_NOTICE])) < 0 ||
            (r = json_add_integer(object, "closed", news->closed)) < 0 ||
            (r = json_add_integer(object, "deleted", news->deleted)) < 0)
                return r;
        return json_add_integer(object, "left_scope", news->left_scope);
}

int status_format(const Status *status, char **ret)
{
        _cleanup_free_ char *health = NULL;
        _cleanup_json_ json_object *root = NULL;
        char *text;
        int r;

        r = health_format_status(&status->health, &health);
        if (r < 0)
                return r;
        root = json_tokener_parse(health);
        if (!root)
                return -ENOMEM;

        r = add_fates(root, status);
        if (r >= 0)
                r = add_news(root, status);
        if (r >= 0)
                r = status_add_connectors(root, &status->connectors);
        if (r < 0)
                return r;
        if (asprintf(&text, "%s\n",
                     json_object_to_json_string_ext(
                             root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE)) < 0)
                return -ENOMEM;

        *ret = text;
        return 0;
}
