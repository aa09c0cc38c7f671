/* SPDX-License-Identifier: MIT */
#include "lib/state/store-internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/core/buffer.h"
#include "lib/core/hash.h"

/* One migration and its number in one transaction: after a crash, both stand or neither. */
static int schema_migrate(sqlite3 *database, int version)
{
        char sql[64];
        int r;

        r = store_execute(database, "BEGIN IMMEDIATE");
        if (r < 0)
                return r;

        r = store_execute(database, schema_migrations[version - 1]);
        if (r >= 0) {
                (void)snprintf(sql, sizeof(sql), "PRAGMA user_version=%d", version);
                r = store_execute(database, sql);
        }
        if (r >= 0)
                r = store_execute(database, "COMMIT");
        if (r < 0)
                (void)store_execute(database, "ROLLBACK");
        return r;
}

int store_schema_create(sqlite3 *database)
{
        char sql[64];
        int r;

        (void)snprintf(sql, sizeof(sql), "PRAGMA application_id=%d", STORE_APPLICATION_ID);
        r = store_execute(database, "PRAGMA page_size=4096; PRAGMA auto_vacuum=INCREMENTAL;");
        if (r >= 0)
                r = store_execute(database, sql);

        for (int version = 1; version <= SCHEMA_VERSION && r >= 0; version++)
                r = schema_migrate(database, version);
        return r;
}

static int views_drop(Store *store)
{
        _cleanup_buffer_ Buffer sql = BUFFER_INIT;
        sqlite3_stmt *statement;
        int code, r = 0;

        code = sqlite3_prepare_v2(store->database,
                                  "SELECT name FROM sqlite_master WHERE type = 'view'", -1,
                                  &statement, NULL);
        if (code != SQLITE_OK)
                return store_errno(code);

        while (r >= 0 && (code = sqlite3_step(statement)) == SQLITE_ROW)
                r = buffer_append_format(&sql, "DROP VIEW IF EXISTS \"%s\";",
                                         sqlite3_column_text(statement, 0));
        (void)sqlite3_finalize(statement);
        if (r < 0)
                return r;
        if (code != SQLITE_DONE)
                return store_errno(code);
        if (!buffer_string(&sql))
                return -ENOMEM;

        return store_execute(store->database, (const char *)sql.data);
}

/*
 * The views are the published interface, made anew whenever their text is another than the one in the database: they hold nothing,
 * and a new daemon with an old view would be worse than a moment's lock.
 */
static int views_renew(Store *store)
{
        uint64_t hash = hash_finish(hash_bytes(HASH_INIT, report_views, strlen(report_views)));
        _cleanup_free_ char *present = NULL;
        char wanted[17];
        int r;

        (void)snprintf(wanted, sizeof(wanted), "%016llx", (unsigned long long)hash);
        r = store_meta_get(store, "views", &present);
        if (r < 0)
                return r;
        if (r > 0 && strcmp(present, wanted) == 0)
                return 0;

        r = store_begin(store);
        if (r >= 0)
                r = views_drop(store);
        if (r >= 0)
                r = store_execute(store->database, report_views);
        if (r >= 0)
                r = store_meta_set(store, "views", wanted);
        if (r >= 0)
                r = store_commit(store);
        if (r < 0)
                (void)store_rollback(store);
        return r;
}

int store_schema_upgrade(Store *store)
{
        int64_t version;
        int r;

        r = store_integer(store->database, "PRAGMA user_version", &version);
        while (r >= 0 && version < SCHEMA_VERSION)
                r = schema_migrate(store->database, (int)++version);
        if (r < 0)
                return r;

        store->version = SCHEMA_VERSION;
        return views_renew(store);
}

/* A table that is not there is damage; a disk that cannot be read is not, and may be better after a restart. */
static int table_probe(sqlite3 *database, const char *table)
{
        sqlite3_stmt *statement;
        char sql[64];
        int code;

        (void)snprintf(sql, sizeof(sql), "SELECT 1 FROM %s LIMIT 1", table);
        code = sqlite3_prepare_v2(database, sql, -1, &statement, NULL);
        if (code == SQLITE_ERROR)
                return -EUCLEAN;
        if (code != SQLITE_OK)
                return store_errno(code);

        code = sqlite3_step(statement);
        (void)sqlite3_finalize(statement);
        return store_errno(code);
}

int store_schema_probe(sqlite3 *database)
{
        static const char *const tables[] = {
                "meta",  "epoch",          "attribute_list", "domain",  "container", "object",
                "claim", "join_exclusion", "finding",        "counter", "event",
                "acceptance",
        };

        /* The roots of all trees, not the whole: that would read a gigabyte at each start. The rest shows when it is used. */
        for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
                int r = table_probe(database, tables[i]);

                if (r < 0)
                        return r;
        }

        return 0;
}
