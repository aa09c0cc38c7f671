/* SPDX-License-Identifier: MIT */
#include "daemon/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-id128.h>
#include <time.h>
#include <unistd.h>

#include "lib/core/guid.h"
#include "lib/state/hold.h"
#include "lib/state/query.h"

/* NULL stays NULL. */
static int copy(const char *string, char **ret)
{
        if (!string)
                return 0;

        *ret = strdup(string);
        return *ret ? 0 : -ENOMEM;
}

/* --- one domain --- */

/*
 * From when on a domain's state is so old that somebody should look. A full read or a reconcile takes as
 * long as it takes: while one goes on, the age of the last poll is no sign of trouble for an hour.
 */
static int64_t stale_after(const FollowerView *view)
{
        enum {
                FULL_READ_SECONDS = 3600,
        };
        int64_t limit = view->domain->stale_after, read_limit;

        if (limit == 0)
                return 0;

        read_limit = view->feed.is_reading ? view->feed.read_since + FULL_READ_SECONDS : 0;
        if (view->feed.is_reconciling)
                read_limit = view->feed.reconcile_since + FULL_READ_SECONDS;
        return limit > read_limit ? limit : read_limit;
}

static void fill_full_read(const FeedStatus *feed, int64_t wall, HealthDomain *health)
{
        int64_t seconds = wall - feed->read_since;

        if (!feed->is_reading)
                return;

        health->full_read_objects = feed->read_objects;
        health->full_read_since = feed->read_since;
        health->full_read_rate = (double)feed->read_objects / (double)(seconds > 0 ? seconds : 1);
}

static int fill_domain(Store *store, const Follower *follower, int64_t wall, HealthDomain *health)
{
        char invocation_id[GUID_STRING_SIZE];
        const Domain *domain;
        FollowerView view;
        int r;

        follower_look(follower, &view);
        domain = view.domain;

        health->watermark = domain->cursor.watermark;
        health->usn_behind = view.feed.usn_behind;
        health->objects = domain->objects;
        health->last_poll_ok = domain->last_poll_ok;
        health->last_full_ok = domain->last_full_ok;
        health->last_reconcile_ok = domain->last_reconcile_ok;
        health->tombstones_readable = domain->tombstones_readable;
        health->unconfirmed_failover = view.feed.unconfirmed_failover;
        health->failures = view.failures;
        health->stale_after = stale_after(&view);
        health->full_reads_interrupted = (unsigned)domain->full_reads_interrupted;
        health->late_commits = (unsigned)domain->late_commits_total;
        health->rows_received = view.feed.rows_received;
        health->missed_changes = domain->missed_changes_total;
        health->adopted_differences = domain->adopted_differences_total;
        health->deletions_held = view.feed.deletions_held;
        fill_full_read(&view.feed, wall, health);

        r = hold_count(store, domain->id, &health->findings_held);
        if (r >= 0)
                r = copy(view.config->name, &health->name);
        if (r >= 0)
                r = copy(follower_state_name(view.state), &health->state);
        if (r >= 0)
                r = copy(view.feed.dc, &health->dc);
        if (r >= 0)
                r = copy(view.site, &health->site);
        if (r >= 0)
                r = copy(view.error_code, &health->last_error);
        if (r >= 0)
                r = copy(view.feed.full_read_reason, &health->full_read_reason);
        if (r >= 0 && !guid_is_null(&domain->cursor.invocation_id)) {
                guid_format(&domain->cursor.invocation_id, invocation_id);
                r = copy(invocation_id, &health->invocation_id);
        }
        return r;
}

static int fill_domains(Manager *manager, int64_t wall, Health *health)
{
        const Follower *follower;
        size_t n = 0;
        int r;

        while (manager_follower(manager, n))
                n++;
        health->domains = calloc(n, sizeof(*health->domains));
        if (!health->domains && n > 0)
                return -ENOMEM;

        for (size_t i = 0; (follower = manager_follower(manager, i)); i++) {
                HealthDomain *domain = &health->domains[health->n_domains++];

                *domain = HEALTH_DOMAIN_INIT;
                r = fill_domain(manager_store(manager), follower, wall, domain);
                if (r < 0)
                        return r;
                health->objects += domain->objects;
        }

        return 0;
}

/* --- counts --- */

static int fill_counts(Store *store, Health *health)
{
        RuleCount *counts;
        size_t n;
        int r;

        r = query_counts(store, &counts, &n);
        if (r < 0)
                return r;

        for (size_t i = 0; i < n && r >= 0; i++)
                if (counts[i].count != 0)
                        r = health_count(health, counts[i].rule, counts[i].severity,
                                         counts[i].count);

        rule_counts_free(counts, n);
        return r;
}

/* --- rules that nobody can judge --- */

static int add_unknown(Health *health, const Rule *rule, AttributeId attribute, const char *domain)
{
        HealthUnknown *unknown;
        char *reason = NULL;
        int r;

        unknown = reallocarray(health->unknown, health->n_unknown + 1, sizeof(*unknown));
        if (!unknown)
                return -ENOMEM;
        health->unknown = unknown;
        unknown[health->n_unknown] = (HealthUnknown){ 0 };

        r = copy(rule_id(rule), &unknown[health->n_unknown].rule);
        if (r < 0)
                return r;
        health->n_unknown++;

        if (asprintf(&reason,
                     "%s is not in the schema of %s, or the account may not read it on any object",
                     attribute_name(attribute), domain) < 0)
                return -ENOMEM;
        unknown[health->n_unknown - 1].reason = reason;
        return 0;
}

static AttributeId first_of_both(const AttributeSet *a, const AttributeSet *b)
{
        for (unsigned i = 1; i < ATTRIBUTE_MAX; i++)
                if (attribute_set_has(a, (AttributeId)i) && attribute_set_has(b, (AttributeId)i))
                        return (AttributeId)i;

        return ATTRIBUTE_NONE;
}

/* One line for each rule, by the first domain where it is so: whoever reads it looks at the account's rights or the schema. */
static int fill_unknown_rule(Manager *manager, const Rule *rule, Health *health)
{
        AttributeSet needed = { 0 };
        const Follower *follower;
        FollowerView view;

        rule_needed_attributes(rule, &needed);
        for (size_t i = 0; (follower = manager_follower(manager, i)); i++) {
                AttributeId attribute;

                follower_look(follower, &view);
                attribute = first_of_both(&needed, &view.domain->unreadable);
                if (attribute != ATTRIBUTE_NONE)
                        return add_unknown(health, rule, attribute, view.config->name);
        }

        return 0;
}

static int fill_unknown(Manager *manager, Health *health)
{
        const Rule *own;
        int r;

        for (size_t i = 0; i < rule_count(); i++) {
                r = fill_unknown_rule(manager, rule_at(i), health);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; (own = config_own_rule(manager_config(manager), i)); i++) {
                r = fill_unknown_rule(manager, own, health);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* What stands in an open transaction has not happened yet: the counts are those of before. */
static void keep_counts(Health *health, Health *before)
{
        health->errors = before->errors;
        health->warnings = before->warnings;
        health->notices = before->notices;
        health->rules = TAKE_PTR(before->rules);
        health->n_rules = before->n_rules;
        before->n_rules = 0;
}

/* --- the whole --- */

static const char *state_name(ManagerState state)
{
        static const char *const names[] = {
                [MANAGER_STARTING] = "starting",
                [MANAGER_RUNNING] = "running",
                [MANAGER_STOPPING] = "stopping",
                [MANAGER_STOPPED] = "stopped",
        };

        return names[state];
}

static int64_t boottime_seconds(void)
{
        struct timespec t;

        (void)clock_gettime(CLOCK_BOOTTIME, &t);
        return t.tv_sec;
}

static int fill_head(Manager *manager, int64_t wall, Health *health)
{
        char boot_id[SD_ID128_UUID_STRING_MAX];
        sd_id128_t id;
        int r;

        health->since = manager_since(manager);
        health->written_at = wall;
        health->next_write_due = wall + REPORT_INTERVAL_SECONDS;
        health->next_write_due_boottime = boottime_seconds() + REPORT_INTERVAL_SECONDS;
        health->pid = getpid();
        health->longest_turn_ms = manager_longest_turn_usec(manager) / 1000;

        r = copy(state_name(manager_state(manager)), &health->state);
        if (r >= 0)
                r = copy(SCAND_VERSION, &health->version);
        if (r >= 0 && sd_id128_get_boot(&id) >= 0)
                r = copy(sd_id128_to_uuid_string(id, boot_id), &health->boot_id);
        return r;
}

int report_fill(Manager *manager, Health *ret)
{
        _cleanup_(health_done) Health health = { 0 };
        Store *store = manager_store(manager);
        int64_t wall = manager_wall(manager);
        const Follower *follower;
        FollowerView view;
        int r;

        r = fill_head(manager, wall, &health);
        if (r >= 0)
                r = fill_domains(manager, wall, &health);
        if (r >= 0)
                r = fill_unknown(manager, &health);
        if (r >= 0 && !store_in_transaction(store))
                r = fill_counts(store, &health);
        if (r < 0)
                return r;

        for (size_t i = 0; (follower = manager_follower(manager, i)); i++) {
                follower_look(follower, &view);
                health.missed_changes_total += view.domain->missed_changes_total;
                health.adopted_differences_total += view.domain->adopted_differences_total;
        }
        (void)store_size(store, &health.database_bytes, &health.wal_bytes);
        if (store_in_transaction(store))
                keep_counts(&health, ret);

        health_done(ret);
        *ret = health;
        health = (Health){ 0 };
        return 0;
}

/* --- telling --- */

static size_t count_state(const Health *health, const char *state)
{
        size_t n = 0;

        for (size_t i = 0; i < health->n_domains; i++)
                n += strcmp(health->domains[i].state, state) == 0;
        return n;
}

static const char *plural(int64_t n)
{
        return n == 1 ? "" : "s";
}

char *report_line(const Health *health)
{
        _cleanup_buffer_ Buffer line = BUFFER_INIT;
        const char *separator = ": ";
        int r;

        r = buffer_append_format(&line, "%zu domain%s", health->n_domains,
                                 plural((int64_t)health->n_domains));
        for (FollowerState state = FOLLOWER_CONNECTING; state <= FOLLOWER_STOPPING; state++) {
                const char *name = follower_state_name(state);
                size_t n = count_state(health, name);

                if (r < 0 || n == 0)
                        continue;
                r = buffer_append_format(&line, "%s%zu %s", separator, n, name);
                separator = ", ";
        }
        if (r >= 0)
                r = buffer_append_format(
                        &line, "; %" PRIi64 " object%s; %" PRIi64 " error%s, %" PRIi64 " warning%s",
                        health->objects, plural(health->objects), health->errors,
                        plural(health->errors), health->warnings, plural(health->warnings));
        return r < 0 ? NULL : buffer_steal_string(&line);
}
