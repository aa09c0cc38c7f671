/* SPDX-License-Identifier: MIT */
#include "tests/simulate/shelf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/buffer.h"
#include "lib/state/store-internal.h"

enum {
        SHELF_MOST = 4,
};

static Store *shelf[SHELF_MOST];
static unsigned n_shelf;

static void must(int r, Store *store)
{
        if (r >= 0)
                return;
        fprintf(stderr, "a database in memory: %s\n", store ? store_error(store) : strerror(-r));
        abort();
}

void shelf_set_up(void)
{
        if (sqlite3_config(SQLITE_CONFIG_SINGLETHREAD) != SQLITE_OK ||
            sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) != SQLITE_OK)
                abort();
}

Store *shelf_take(void)
{
        Store *store = NULL;
        char *error;

        if (n_shelf > 0)
                return shelf[--n_shelf];

        must(store_open(NULL, STORE_MEMORY, &store, &error), NULL);
        return store;
}

/* Every table that there is, so that none which is new to the schema keeps the rows of another history. */
static void list_tables(Store *store, Buffer *ret_sql)
{
        sqlite3_stmt *statement;
        int code;

        code = sqlite3_prepare_v2(store->database,
                                  "SELECT name FROM sqlite_master WHERE type = 'table' "
                                  "AND name NOT IN ('meta', 'sqlite_stat1', 'sqlite_stat4')",
                                  -1, &statement, NULL);
        must(store_errno(code), store);
        while ((code = sqlite3_step(statement)) == SQLITE_ROW)
                must(buffer_append_format(ret_sql, "DELETE FROM \"%s\";",
                                          sqlite3_column_text(statement, 0)),
                     NULL);
        must(store_errno(code), store);
        (void)sqlite3_finalize(statement);
}

/* The views stay, and so does what says which they are. */
static void empty(Store *store)
{
        _cleanup_buffer_ Buffer sql = BUFFER_INIT;

        must(buffer_append_string(&sql, "BEGIN; DELETE FROM meta WHERE key <> 'views';"), NULL);
        list_tables(store, &sql);
        must(buffer_append_string(&sql, "COMMIT;"), NULL);
        if (!buffer_string(&sql))
                abort();
        must(store_execute(store->database, buffer_string(&sql)), store);
}

void shelf_give_back(Store *store)
{
        if (!store)
                return;

        if (n_shelf == SHELF_MOST) {
                store_close(store);
                return;
        }

        must(store_rollback(store), store);
        empty(store);
        shelf[n_shelf++] = store;
}

void shelf_clear(void)
{
        while (n_shelf > 0)
                store_close(shelf[--n_shelf]);
}
