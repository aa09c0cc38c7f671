/* SPDX-License-Identifier: MIT */
#include "lib/state/store-internal.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/core/text.h"

/*
 * A statement of ours that does not compile is a mistake, which the build refuses. A database of an older schema, read by a
 * newer scanctl before the daemon has upgraded it, may lack what a statement wants: that is told by the step. So is a file whose
 * schema is not the one that was written there: one wrong bit makes another name of a column's.
 */
static void statement_compile(Statement *statement, QueryId query)
{
        Store *store = statement->store;
        int code = sqlite3_prepare_v3(store->database, query_texts[query], -1,
                                      SQLITE_PREPARE_PERSISTENT, &statement->compiled, NULL);

        if (code == SQLITE_ERROR && store->version == SCHEMA_VERSION) {
                if (!store->path) {
                        fprintf(stderr, "%s: %s\n", query_names[query],
                                sqlite3_errmsg(store->database));
                        abort();
                }
                code = SQLITE_CORRUPT;
        }
        statement->error = code;
}

Statement *store_statement(Store *store, QueryId query)
{
        Statement *statement = &store->statements[query];

        assert((unsigned)query < QUERY_MAX);

        store_settle(store);
        if (!statement->compiled)
                statement_compile(statement, query);
        return statement;
}

int statement_step(Statement *statement)
{
        int code = statement->error;

        if (code == SQLITE_OK)
                code = sqlite3_step(statement->compiled);
        return code == SQLITE_ROW ? 1 : store_errno(code);
}

int statement_execute(Statement *statement)
{
        int r = statement_step(statement);

        assert(r <= 0);
        statement_reset(statement);
        return r;
}

void statement_reset(Statement *statement)
{
        statement->error = SQLITE_OK;
        statement->next_parameter = 0;
        if (!statement->compiled)
                return;

        /* The result repeats what the step said. Bindings go too: they point into memory that ends now. */
        (void)sqlite3_reset(statement->compiled);
        (void)sqlite3_clear_bindings(statement->compiled);
}

static int statement_find_parameter(const Statement *statement, const char *name)
{
        int index = sqlite3_bind_parameter_index(statement->compiled, name);

        if (index == 0) {
                fprintf(stderr, "%s has no parameter %s\n", sqlite3_sql(statement->compiled), name);
                abort();
        }
        return index;
}

/* The parameter's number; 0 for a statement that did not compile. SQLite's own look-up compares with every name. */
static int statement_parameter(Statement *statement, const char *name)
{
        unsigned slot = statement->next_parameter++ % STATEMENT_PARAMETERS;

        if (!statement->compiled)
                return 0;

        if (statement->parameters[slot].name != name) {
                statement->parameters[slot].index = statement_find_parameter(statement, name);
                statement->parameters[slot].name = name;
        }
        return statement->parameters[slot].index;
}

/* A failed binding must not run with NULL instead: the step tells. */
static void statement_bound(Statement *statement, int code)
{
        if (statement->error == SQLITE_OK)
                statement->error = code;
}

void statement_bind_integer(Statement *statement, const char *name, int64_t value)
{
        int index = statement_parameter(statement, name);

        if (index > 0)
                statement_bound(statement, sqlite3_bind_int64(statement->compiled, index, value));
}

void statement_bind_null(Statement *statement, const char *name)
{
        int index = statement_parameter(statement, name);

        if (index > 0)
                statement_bound(statement, sqlite3_bind_null(statement->compiled, index));
}

void statement_bind_text(Statement *statement, const char *name, const char *value)
{
        statement_bind_string(statement, name, value, value ? strlen(value) : 0);
}

void statement_bind_string(Statement *statement, const char *name, const void *data, size_t size)
{
        int index = statement_parameter(statement, name);

        if (index > 0)
                statement_bound(statement, sqlite3_bind_text64(statement->compiled, index, data,
                                                               size, SQLITE_STATIC, SQLITE_UTF8));
}

void statement_bind_blob(Statement *statement, const char *name, const void *data, size_t size)
{
        int index = statement_parameter(statement, name);

        if (index > 0)
                statement_bound(statement, sqlite3_bind_blob64(statement->compiled, index, data,
                                                               size, SQLITE_STATIC));
}

void statement_bind_value(Statement *statement, const char *name, const void *data, size_t size)
{
        if (text_is_utf8(data, size))
                statement_bind_string(statement, name, data, size);
        else
                statement_bind_blob(statement, name, data, size);
}

int64_t statement_integer(Statement *statement, int column)
{
        return sqlite3_column_int64(statement->compiled, column);
}

const char *statement_text(Statement *statement, int column)
{
        return (const char *)sqlite3_column_text(statement->compiled, column);
}

const void *statement_blob(Statement *statement, int column, size_t *ret_size)
{
        /* In this order: asking for the bytes may convert, and the size is that of what it gave. */
        const void *data = sqlite3_column_blob(statement->compiled, column);

        *ret_size = (size_t)sqlite3_column_bytes(statement->compiled, column);
        return data;
}

bool statement_is_null(Statement *statement, int column)
{
        return sqlite3_column_type(statement->compiled, column) == SQLITE_NULL;
}
