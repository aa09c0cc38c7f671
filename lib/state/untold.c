/* SPDX-License-Identifier: MIT */
#include "lib/state/untold.h"

static int untold_change(Store *store, QueryId query, int64_t object)
{
        Statement *statement = store_statement(store, query);

        statement_bind_integer(statement, ":id", object);
        return statement_execute(statement);
}

int untold_keep(Store *store, int64_t object)
{
        return untold_change(store, QUERY_UNTOLD_INSERT, object);
}

int untold_end(Store *store, int64_t object)
{
        return untold_change(store, QUERY_UNTOLD_DELETE, object);
}

int untold_bury(Store *store, int64_t object, int64_t at)
{
        Statement *statement = store_statement(store, QUERY_UNTOLD_BURY);

        statement_bind_integer(statement, ":id", object);
        statement_bind_integer(statement, ":at", at);
        return statement_execute(statement);
}

int untold_get(Store *store, int64_t object, CacheRow *ret)
{
        _cleanup_statement_ Statement *statement = store_statement(store, QUERY_UNTOLD_GET);

        statement_bind_integer(statement, ":id", object);
        return cache_read(statement, ret);
}

static Statement *of_domain(Store *store, QueryId query, int64_t domain)
{
        Statement *statement = store_statement(store, query);

        statement_bind_integer(statement, ":first", cache_first_id(domain));
        statement_bind_integer(statement, ":last", cache_last_id(domain));
        return statement;
}

int untold_exists(Store *store, int64_t domain)
{
        _cleanup_statement_ Statement *statement = of_domain(store, QUERY_UNTOLD_ANY, domain);

        return statement_step(statement);
}

int untold_first(Store *store, int64_t domain, int64_t epoch, CacheRow *ret)
{
        _cleanup_statement_ Statement *statement = of_domain(store, QUERY_UNTOLD_FIRST, domain);

        if (epoch != UNTOLD_ANY_EPOCH)
                statement_bind_integer(statement, ":epoch", epoch);
        return cache_read(statement, ret);
}
