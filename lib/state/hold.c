/* SPDX-License-Identifier: MIT */
#include "lib/state/hold.h"

static void bind_finding(Statement *statement, int64_t object, int64_t key, uint64_t id)
{
        statement_bind_integer(statement, ":object", object);
        statement_bind_integer(statement, ":key", key);
        statement_bind_integer(statement, ":id", (int64_t)id);
}

static int hold_change(Store *store, QueryId query, const Hold *hold)
{
        Statement *statement = store_statement(store, query);

        statement_bind_integer(statement, ":domain", hold->domain);
        bind_finding(statement, hold->object, hold->key, hold->id);
        return statement_execute(statement);
}

int hold_exists(Store *store)
{
        _cleanup_statement_ Statement *statement = store_statement(store, QUERY_HELD_ANY);

        return statement_step(statement);
}

int hold_add(Store *store, const Hold *hold)
{
        return hold_change(store, QUERY_HELD_INSERT, hold);
}

int hold_end(Store *store, const Hold *hold)
{
        return hold_change(store, QUERY_HELD_DELETE, hold);
}

int hold_end_all(Store *store, int64_t object, int64_t key, uint64_t id)
{
        Statement *statement = store_statement(store, QUERY_HELD_DELETE_ALL);
        int r;

        bind_finding(statement, object, key, id);
        r = statement_execute(statement);
        return r < 0 ? r : store_changes(store) > 0;
}

int hold_find(Store *store, int64_t object, int64_t key, uint64_t id)
{
        _cleanup_statement_ Statement *statement = store_statement(store, QUERY_HELD_OF);

        bind_finding(statement, object, key, id);
        return statement_step(statement);
}

static int list_domains(Statement *statement, int column, IdList *ret)
{
        int r;

        while ((r = statement_step(statement)) > 0) {
                r = id_list_add(ret, statement_integer(statement, column));
                if (r < 0)
                        break;
        }
        statement_reset(statement);
        return r;
}

int hold_domains(Store *store, IdList *ret)
{
        return list_domains(store_statement(store, QUERY_HELD_DOMAINS), COLUMN_HELD_DOMAINS_DOMAIN,
                            ret);
}

int hold_domains_of(Store *store, int64_t key, IdList *ret)
{
        Statement *statement = store_statement(store, QUERY_HELD_DOMAINS_OF);

        statement_bind_integer(statement, ":key", key);
        return list_domains(statement, COLUMN_HELD_DOMAINS_OF_DOMAIN, ret);
}

int hold_first(Store *store, int64_t domain, Hold *ret)
{
        _cleanup_statement_ Statement *statement = store_statement(store, QUERY_HELD_FIRST);
        int r;

        statement_bind_integer(statement, ":domain", domain);
        r = statement_step(statement);
        if (r > 0)
                *ret = (Hold){
                        .domain = domain,
                        .object = statement_integer(statement, COLUMN_HELD_FIRST_OBJECT),
                        .key = statement_integer(statement, COLUMN_HELD_FIRST_KEY),
                        .id = (uint64_t)statement_integer(statement, COLUMN_HELD_FIRST_ID),
                };
        return r;
}

int hold_count(Store *store, int64_t domain, int64_t *ret)
{
        _cleanup_statement_ Statement *statement = store_statement(store, QUERY_HELD_COUNT);
        int r;

        statement_bind_integer(statement, ":domain", domain);
        r = statement_step(statement);
        if (r > 0)
                *ret = statement_integer(statement, COLUMN_HELD_COUNT_N);
        return r < 0 ? r : 0;
}
