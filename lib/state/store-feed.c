/* SPDX-License-Identifier: MIT */
#include "lib/state/store-internal.h"

#include <errno.h>
#include <stdlib.h>

/* An eponymous virtual table: it exists by being registered, and shows what store->claim_feed points to. */
typedef struct FeedTable {
        sqlite3_vtab base;
        const ClaimFeed *feed;
} FeedTable;

typedef struct FeedCursor {
        sqlite3_vtab_cursor base;
        size_t at;
} FeedCursor;

static int feed_connect(sqlite3 *database, void *userdata, int argc, const char *const *argv,
                        sqlite3_vtab **ret, char **ret_error)
{
        FeedTable *table;
        int r;

        r = sqlite3_declare_vtab(database, "CREATE TABLE claim_feed(key INTEGER, object INTEGER)");
        if (r != SQLITE_OK)
                return r;

        table = sqlite3_malloc(sizeof(*table));
        if (!table)
                return SQLITE_NOMEM;

        *table = (FeedTable){ .feed = userdata };
        *ret = &table->base;
        return SQLITE_OK;
}

static int feed_disconnect(sqlite3_vtab *table)
{
        sqlite3_free(table);
        return SQLITE_OK;
}

static int feed_best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
        return SQLITE_OK;
}

static int feed_open(sqlite3_vtab *table, sqlite3_vtab_cursor **ret)
{
        FeedCursor *cursor = sqlite3_malloc(sizeof(*cursor));

        if (!cursor)
                return SQLITE_NOMEM;

        *cursor = (FeedCursor){};
        *ret = &cursor->base;
        return SQLITE_OK;
}

static int feed_close(sqlite3_vtab_cursor *cursor)
{
        sqlite3_free(cursor);
        return SQLITE_OK;
}

static const ClaimFeed *feed_of(sqlite3_vtab_cursor *cursor)
{
        return ((FeedTable *)cursor->pVtab)->feed;
}

static void feed_skip_withdrawn(FeedCursor *cursor)
{
        const ClaimFeed *feed = feed_of(&cursor->base);

        while (cursor->at < feed->n && feed->entries[cursor->at].object == 0)
                cursor->at++;
}

static int feed_filter(sqlite3_vtab_cursor *base, int number, const char *name, int argc,
                       sqlite3_value **argv)
{
        FeedCursor *cursor = (FeedCursor *)base;

        cursor->at = 0;
        feed_skip_withdrawn(cursor);
        return SQLITE_OK;
}

static int feed_advance(sqlite3_vtab_cursor *base)
{
        FeedCursor *cursor = (FeedCursor *)base;

        cursor->at++;
        feed_skip_withdrawn(cursor);
        return SQLITE_OK;
}

static int feed_eof(sqlite3_vtab_cursor *cursor)
{
        return ((FeedCursor *)cursor)->at >= feed_of(cursor)->n;
}

static int feed_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column)
{
        const ClaimEntry *entry = feed_of(cursor)->entries + ((FeedCursor *)cursor)->at;

        sqlite3_result_int64(context, column == 0 ? entry->key : (int64_t)entry->object);
        return SQLITE_OK;
}

static int feed_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *ret)
{
        *ret = (sqlite3_int64)((FeedCursor *)cursor)->at;
        return SQLITE_OK;
}

static const sqlite3_module feed_module = {
        .xConnect = feed_connect,
        .xBestIndex = feed_best_index,
        .xDisconnect = feed_disconnect,
        .xOpen = feed_open,
        .xClose = feed_close,
        .xFilter = feed_filter,
        .xNext = feed_advance,
        .xEof = feed_eof,
        .xColumn = feed_column,
        .xRowid = feed_rowid,
};

int store_feed_register(Store *store)
{
        return store_errno(sqlite3_create_module(store->database, "claim_feed", &feed_module,
                                                 &store->claim_feed));
}

int store_insert_claims(Store *store, const ClaimEntry *entries, size_t n)
{
        int r;

        store->claim_feed = (ClaimFeed){ .entries = entries, .n = n };
        r = statement_execute(store_statement(store, QUERY_CLAIM_INSERT_FEED));
        store->claim_feed = (ClaimFeed){};
        return r;
}
