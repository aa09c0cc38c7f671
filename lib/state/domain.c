/* SPDX-License-Identifier: MIT */
#include "lib/state/domain.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/attribute-list.h"
#include "lib/state/cache.h"
#include "lib/state/container.h"

void domain_done(Domain *domain)
{
        free(domain->name);
        free(domain->naming_context);
        free(domain->configuration_nc);
        free(domain->derivation);
        cursor_done(&domain->cursor);
        *domain = (Domain){};
}

static int column_string(Statement *statement, int column, char **ret)
{
        const char *text = statement_text(statement, column);

        *ret = text ? strdup(text) : NULL;
        return text && !*ret ? -ENOMEM : 0;
}

static void column_guid(Statement *statement, int column, Guid *ret)
{
        size_t size;
        const void *data = statement_blob(statement, column, &size);

        if (guid_from_bytes(data, size, ret) < 0)
                *ret = GUID_NULL;
}

static void column_attributes(Statement *statement, int column, AttributeSet *ret)
{
        size_t size;
        const void *data = statement_blob(statement, column, &size);

        attribute_list_unpack(data, size, ret);
}

static int column_bytes(Statement *statement, int column, Buffer *ret)
{
        size_t size;
        const void *data = statement_blob(statement, column, &size);

        return buffer_append(ret, data, size);
}

/* The columns of domain_by_name and domain_all are the same: all of the table's. */
static int read_cursor(Statement *statement, Cursor *cursor)
{
        column_guid(statement, COLUMN_DOMAIN_BY_NAME_DSA, &cursor->dsa);
        column_guid(statement, COLUMN_DOMAIN_BY_NAME_INVOCATION_ID, &cursor->invocation_id);
        cursor->watermark = statement_integer(statement, COLUMN_DOMAIN_BY_NAME_WATERMARK);
        cursor->followed_from = statement_integer(statement, COLUMN_DOMAIN_BY_NAME_FOLLOWED_FROM);
        cursor->overlap_base = statement_integer(statement, COLUMN_DOMAIN_BY_NAME_OVERLAP_BASE);
        cursor->overlap_base_time =
                statement_integer(statement, COLUMN_DOMAIN_BY_NAME_OVERLAP_BASE_TIME);
        cursor->polled_at = statement_integer(statement, COLUMN_DOMAIN_BY_NAME_POLLED_AT);

        cursor->unconfirmed_since =
                statement_integer(statement, COLUMN_DOMAIN_BY_NAME_UNCONFIRMED_SINCE);
        column_guid(statement, COLUMN_DOMAIN_BY_NAME_CANARY, &cursor->canary);
        cursor->canary_usn = statement_integer(statement, COLUMN_DOMAIN_BY_NAME_CANARY_USN);

        if (column_bytes(statement, COLUMN_DOMAIN_BY_NAME_VECTOR, &cursor->vector) < 0 ||
            column_bytes(statement, COLUMN_DOMAIN_BY_NAME_UNCONFIRMED, &cursor->unconfirmed) < 0)
                return -ENOMEM;
        return column_string(statement, COLUMN_DOMAIN_BY_NAME_DC, &cursor->dc);
}

static int read_strings(Statement *statement, Domain *domain)
{
        int r;

        r = column_string(statement, COLUMN_DOMAIN_BY_NAME_NAME, &domain->name);
        if (r >= 0)
                r = column_string(statement, COLUMN_DOMAIN_BY_NAME_NAMING_CONTEXT,
                                  &domain->naming_context);
        if (r >= 0)
                r = column_string(statement, COLUMN_DOMAIN_BY_NAME_CONFIGURATION_NC,
                                  &domain->configuration_nc);
        if (r >= 0)
                r = column_string(statement, COLUMN_DOMAIN_BY_NAME_DERIVATION, &domain->derivation);
        return r;
}

static int read_row(Statement *statement, Domain *ret)
{
        Domain domain = {
                .id = statement_integer(statement, COLUMN_DOMAIN_BY_NAME_ID),
                .is_configured =
                        statement_integer(statement, COLUMN_DOMAIN_BY_NAME_IS_CONFIGURED) != 0,
                .is_leaving =
                        statement_integer(statement, COLUMN_DOMAIN_BY_NAME_IS_LEAVING) != 0,
                .is_ready = statement_integer(statement, COLUMN_DOMAIN_BY_NAME_IS_READY) != 0 &&
                            statement_integer(statement, COLUMN_DOMAIN_BY_NAME_IS_CONFIGURED) != 0,
                .tombstones_readable = (int)statement_integer(
                        statement, COLUMN_DOMAIN_BY_NAME_TOMBSTONES_READABLE),
                .recycle_bin = (int)statement_integer(statement, COLUMN_DOMAIN_BY_NAME_RECYCLE_BIN),
                .tombstone_lifetime_days =
                        statement_integer(statement, COLUMN_DOMAIN_BY_NAME_TOMBSTONE_LIFETIME_DAYS),
                .last_poll_ok = statement_integer(statement, COLUMN_DOMAIN_BY_NAME_LAST_POLL_OK),
                .stale_after = statement_integer(statement, COLUMN_DOMAIN_BY_NAME_STALE_AFTER),
                .last_full_ok = statement_integer(statement, COLUMN_DOMAIN_BY_NAME_LAST_FULL_OK),
                .last_reconcile_ok =
                        statement_integer(statement, COLUMN_DOMAIN_BY_NAME_LAST_RECONCILE_OK),
                .objects = statement_integer(statement, COLUMN_DOMAIN_BY_NAME_OBJECTS),
                .full_reads_interrupted =
                        statement_integer(statement, COLUMN_DOMAIN_BY_NAME_FULL_READS_INTERRUPTED),
                .late_commits_total =
                        statement_integer(statement, COLUMN_DOMAIN_BY_NAME_LATE_COMMITS_TOTAL),
                .missed_changes_total =
                        statement_integer(statement, COLUMN_DOMAIN_BY_NAME_MISSED_CHANGES_TOTAL),
                .adopted_differences_total = statement_integer(
                        statement, COLUMN_DOMAIN_BY_NAME_ADOPTED_DIFFERENCES_TOTAL),
                .deletions_held =
                        statement_integer(statement, COLUMN_DOMAIN_BY_NAME_DELETIONS_HELD),
        };

        column_guid(statement, COLUMN_DOMAIN_BY_NAME_ROLLED_BACK, &domain.rolled_back);
        column_attributes(statement, COLUMN_DOMAIN_BY_NAME_REQUESTED, &domain.requested);
        column_attributes(statement, COLUMN_DOMAIN_BY_NAME_UNREADABLE, &domain.unreadable);

        if (read_strings(statement, &domain) < 0 || read_cursor(statement, &domain.cursor) < 0) {
                domain_done(&domain);
                return -ENOMEM;
        }

        *ret = domain;
        return 0;
}

static int domain_find(Store *store, const char *name, Domain *ret)
{
        _cleanup_statement_ Statement *statement = store_statement(store, QUERY_DOMAIN_BY_NAME);
        int r;

        statement_bind_text(statement, ":name", name);
        r = statement_step(statement);
        if (r <= 0)
                return r;

        r = read_row(statement, ret);
        return r < 0 ? r : 1;
}

static int domain_set_configured(Store *store, int64_t id, bool is_configured)
{
        Statement *statement = store_statement(store, QUERY_DOMAIN_SET_CONFIGURED);

        statement_bind_integer(statement, ":id", id);
        statement_bind_integer(statement, ":is_configured", is_configured);
        return statement_execute(statement);
}

/* 1: there was one. */
static int domain_make_configured(Store *store, const char *name)
{
        Domain domain;
        int64_t id;
        int r;

        r = domain_find(store, name, &domain);
        if (r <= 0)
                return r;

        id = domain.id;
        domain_done(&domain);
        r = domain_set_configured(store, id, true);
        return r < 0 ? r : 1;
}

int domain_load(Store *store, const char *name, Domain *ret)
{
        Statement *statement;
        int r;

        r = domain_make_configured(store, name);
        if (r < 0)
                return r;
        if (r == 0) {
                statement = store_statement(store, QUERY_DOMAIN_INSERT);
                statement_bind_text(statement, ":name", name);
                r = statement_execute(statement);
                if (r < 0)
                        return r;
        }

        r = domain_find(store, name, ret);
        assert(r != 0);
        return r < 0 ? r : 0;
}

static void domains_free(Domain *domains, size_t n)
{
        for (size_t i = 0; i < n; i++)
                domain_done(&domains[i]);
        free(domains);
}

int domain_list(Store *store, Domain **ret, size_t *ret_n)
{
        _cleanup_statement_ Statement *statement = store_statement(store, QUERY_DOMAIN_ALL);
        Domain *domains = NULL;
        size_t n = 0;
        int r;

        while ((r = statement_step(statement)) > 0) {
                Domain *more = reallocarray(domains, n + 1, sizeof(*domains));

                if (more)
                        domains = more;
                r = more ? read_row(statement, &domains[n]) : -ENOMEM;
                if (r < 0)
                        break;
                n++;
        }
        if (r < 0) {
                domains_free(domains, n);
                return r;
        }

        *ret = domains;
        *ret_n = n;
        return 0;
}

int domain_retire_others(Store *store, const Config *config)
{
        Domain *domains;
        size_t n;
        int r;

        r = domain_list(store, &domains, &n);
        if (r < 0)
                return r;

        for (size_t i = 0; i < n && r >= 0; i++)
                if (!config_find_domain(config, domains[i].name))
                        r = domain_set_configured(store, domains[i].id, false);

        domains_free(domains, n);
        return r < 0 ? r : 0;
}

/* Packed sets are bound as they stand: they must live until the statement has run. */
static void bind_saved(Statement *statement, const Domain *domain, AttributeListBytes unreadable)
{
        size_t size = attribute_list_pack(&domain->unreadable, unreadable);

        statement_bind_text(statement, ":naming_context", domain->naming_context);
        statement_bind_text(statement, ":configuration_nc", domain->configuration_nc);
        statement_bind_blob(statement, ":rolled_back", domain->rolled_back.bytes,
                            sizeof(domain->rolled_back.bytes));
        statement_bind_blob(statement, ":unreadable", unreadable, size);
        statement_bind_integer(statement, ":tombstones_readable", domain->tombstones_readable);
        statement_bind_integer(statement, ":recycle_bin", domain->recycle_bin);
        statement_bind_integer(statement, ":tombstone_lifetime_days",
                               domain->tombstone_lifetime_days);
        statement_bind_integer(statement, ":last_poll_ok", domain->last_poll_ok);
        statement_bind_integer(statement, ":stale_after", domain->stale_after);
        statement_bind_integer(statement, ":last_full_ok", domain->last_full_ok);
        statement_bind_integer(statement, ":last_reconcile_ok", domain->last_reconcile_ok);
        statement_bind_integer(statement, ":full_reads_interrupted",
                               domain->full_reads_interrupted);
        statement_bind_integer(statement, ":late_commits_total", domain->late_commits_total);
        statement_bind_integer(statement, ":missed_changes_total", domain->missed_changes_total);
        statement_bind_integer(statement, ":adopted_differences_total",
                               domain->adopted_differences_total);
        statement_bind_integer(statement, ":deletions_held", domain->deletions_held);
}

static void bind_advanced(Statement *statement, const Domain *domain, AttributeListBytes requested)
{
        const Cursor *cursor = &domain->cursor;
        size_t size = attribute_list_pack(&domain->requested, requested);

        statement_bind_integer(statement, ":is_ready", domain->is_ready);
        statement_bind_text(statement, ":dc", cursor->dc);
        statement_bind_blob(statement, ":dsa", cursor->dsa.bytes, sizeof(cursor->dsa.bytes));
        statement_bind_blob(statement, ":invocation_id", cursor->invocation_id.bytes,
                            sizeof(cursor->invocation_id.bytes));
        statement_bind_integer(statement, ":watermark", cursor->watermark);
        statement_bind_integer(statement, ":followed_from", cursor->followed_from);
        statement_bind_integer(statement, ":overlap_base", cursor->overlap_base);
        statement_bind_integer(statement, ":overlap_base_time", cursor->overlap_base_time);
        statement_bind_blob(statement, ":vector", cursor->vector.data, cursor->vector.size);
        statement_bind_integer(statement, ":polled_at", cursor->polled_at);
        statement_bind_blob(statement, ":unconfirmed", cursor->unconfirmed.data,
                            cursor->unconfirmed.size);
        statement_bind_integer(statement, ":unconfirmed_since", cursor->unconfirmed_since);
        statement_bind_blob(statement, ":canary", cursor->canary.bytes,
                            sizeof(cursor->canary.bytes));
        statement_bind_integer(statement, ":canary_usn", cursor->canary_usn);
        statement_bind_blob(statement, ":requested", requested, size);
        statement_bind_integer(statement, ":objects", domain->objects);
        statement_bind_text(statement, ":derivation", domain->derivation);
}

int domain_save(Store *store, const Domain *domain)
{
        Statement *statement = store_statement(store, QUERY_DOMAIN_SAVE);
        AttributeListBytes unreadable;

        bind_saved(statement, domain, unreadable);
        statement_bind_integer(statement, ":id", domain->id);
        return statement_execute(statement);
}

int domain_advance(Store *store, const Domain *domain)
{
        Statement *statement = store_statement(store, QUERY_DOMAIN_ADVANCE);
        AttributeListBytes requested;

        bind_advanced(statement, domain, requested);
        statement_bind_integer(statement, ":id", domain->id);
        return statement_execute(statement);
}

int domain_accept(Store *store, const Domain *domain)
{
        Statement *statement = store_statement(store, QUERY_DOMAIN_ACCEPT);
        AttributeListBytes unreadable, requested;

        bind_saved(statement, domain, unreadable);
        bind_advanced(statement, domain, requested);
        statement_bind_integer(statement, ":id", domain->id);
        return statement_execute(statement);
}

DomainDoubt domain_doubt(const Domain *domain, int64_t now)
{
        if (now > domain->stale_after)
                return DOMAIN_STALE;
        if (domain->deletions_held > 0)
                return DOMAIN_HELD;
        return domain->cursor.unconfirmed.size > 0 ? DOMAIN_UNCONFIRMED : DOMAIN_CURRENT;
}

int domain_has(Store *store, const Domain *domain, const Guid *guid, int64_t usn)
{
        CacheStanding standing;
        Container container = {};
        int64_t epoch;
        int r;

        r = epoch_find(store, &domain->cursor.invocation_id, &epoch);
        if (r <= 0)
                return r;

        r = cache_find_standing(store, domain->id, guid, &standing);
        if (r != 0)
                return r < 0 ? r : standing.usn == usn && standing.epoch == epoch;

        r = container_find(store, domain->id, guid, &container);
        if (r > 0)
                r = container.usn == usn && container.epoch == epoch;
        container_done(&container);
        return r;
}
