/* SPDX-License-Identifier: MIT */
#include "lib/state/measure.h"

#include <errno.h>
#include <stdlib.h>

static Statement *measure_statement(Store *store, QueryId query, int64_t domain, const Guid *guid)
{
        Statement *statement = store_statement(store, query);

        statement_bind_integer(statement, ":domain", domain);
        statement_bind_blob(statement, ":guid", guid->bytes, sizeof(guid->bytes));
        return statement;
}

int measure_put(Store *store, int64_t domain, const Guid *guid, AttributeId attribute, int64_t n)
{
        Statement *put = measure_statement(store, n == 0 ? QUERY_MEASURE_DROP : QUERY_MEASURE_PUT,
                                           domain, guid);

        statement_bind_integer(put, ":attribute", attribute);
        if (n != 0)
                statement_bind_integer(put, ":n", n);
        return statement_execute(put);
}

int measure_get(Store *store, int64_t domain, const Guid *guid, AttributeId attribute, int64_t *ret)
{
        _cleanup_statement_ Statement *row =
                measure_statement(store, QUERY_MEASURE_GET, domain, guid);
        int r;

        statement_bind_integer(row, ":attribute", attribute);
        r = statement_step(row);
        if (r > 0)
                *ret = statement_integer(row, COLUMN_MEASURE_GET_N);
        return r;
}

int measure_of(Store *store, int64_t domain, const Guid *guid, Measure *ret, size_t most)
{
        _cleanup_statement_ Statement *row =
                measure_statement(store, QUERY_MEASURE_OF, domain, guid);
        size_t n = 0;
        int r = 0;

        while (n < most && (r = statement_step(row)) > 0) {
                int64_t attribute = statement_integer(row, COLUMN_MEASURE_OF_ATTRIBUTE);

                if (attribute <= ATTRIBUTE_NONE || attribute >= ATTRIBUTE_MAX)
                        return -EUCLEAN;
                ret[n] = (Measure){
                        .guid = *guid,
                        .attribute = (AttributeId)attribute,
                        .n = statement_integer(row, COLUMN_MEASURE_OF_N),
                };
                n++;
        }
        return r < 0 ? r : (int)n;
}

/* ------------------------------------------------------------------ surveys */

void measure_list_done(MeasureList *list)
{
        free(list->entries);
        *list = (MeasureList){};
}

int measure_list_add(MeasureList *list, const Guid *guid, AttributeId attribute, int64_t n)
{
        if (list->n == list->n_allocated) {
                size_t more = list->n_allocated ? 2 * list->n_allocated : 64;
                Measure *entries = reallocarray(list->entries, more, sizeof(*entries));

                if (!entries)
                        return -ENOMEM;
                list->entries = entries;
                list->n_allocated = more;
        }

        list->entries[list->n++] = (Measure){ .guid = *guid, .attribute = attribute, .n = n };
        return 0;
}

static int survey_mark(Store *store, QueryId query, int64_t domain, AttributeId attribute)
{
        Statement *statement = store_statement(store, query);

        statement_bind_integer(statement, ":domain", domain);
        statement_bind_integer(statement, ":attribute", attribute);
        return statement_execute(statement);
}

/* Cut short by a crash, some are negative and count for nothing until the next survey, which finds that they are not new. */
int measure_replace(Store *store, int64_t domain, AttributeId attribute, const MeasureList *found)
{
        int r = survey_mark(store, QUERY_MEASURE_BEGIN_SURVEY, domain, attribute);

        for (size_t i = 0; i < found->n && r >= 0; i++)
                if (found->entries[i].attribute == attribute)
                        r = measure_put(store, domain, &found->entries[i].guid, attribute,
                                        found->entries[i].n);
        return r < 0 ? r : survey_mark(store, QUERY_MEASURE_END_SURVEY, domain, attribute);
}

/* ------------------------------------------------------------------ what is new */

int measure_exists(Store *store)
{
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_MEASURE_ANY);
        int r = statement_step(row);

        if (r <= 0)
                return r < 0 ? r : -EUCLEAN;
        return statement_integer(row, COLUMN_MEASURE_ANY_FOUND) != 0;
}

int measure_list_news(Store *store, int64_t domain, GuidList *ret)
{
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_MEASURE_NEWS);

        statement_bind_integer(row, ":domain", domain);
        return guid_list_collect(ret, row, COLUMN_MEASURE_NEWS_GUID);
}

int measure_settle(Store *store, int64_t domain)
{
        Statement *statement = store_statement(store, QUERY_MEASURE_SETTLE);
        int r;

        statement_bind_integer(statement, ":domain", domain);
        r = statement_execute(statement);
        if (r < 0)
                return r;

        statement = store_statement(store, QUERY_MEASURE_SWEEP);
        statement_bind_integer(statement, ":domain", domain);
        return statement_execute(statement);
}

int measure_forget(Store *store, int64_t domain, const Guid *guid)
{
        return statement_execute(measure_statement(store, QUERY_MEASURE_FORGET, domain, guid));
}

int measure_counted(Store *store, int64_t domain, Guid *ret_epoch, int64_t *ret_usn,
                    int64_t *ret_least)
{
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_MEASURE_COUNTED);
        const void *epoch;
        size_t size;
        int r;

        statement_bind_integer(row, ":domain", domain);
        r = statement_step(row);
        if (r <= 0)
                return r < 0 ? r : -EUCLEAN;

        epoch = statement_blob(row, COLUMN_MEASURE_COUNTED_COUNTED_EPOCH, &size);
        if (size == 0)
                return 0;
        if (guid_from_bytes(epoch, size, ret_epoch) < 0)
                return -EUCLEAN;
        *ret_usn = statement_integer(row, COLUMN_MEASURE_COUNTED_COUNTED_USN);
        *ret_least = statement_integer(row, COLUMN_MEASURE_COUNTED_COUNTED_LEAST);
        return 1;
}

int measure_set_counted(Store *store, int64_t domain, const Guid *epoch, int64_t usn, int64_t least)
{
        Statement *statement = store_statement(store, QUERY_MEASURE_SET_COUNTED);

        statement_bind_integer(statement, ":domain", domain);
        statement_bind_blob(statement, ":epoch", epoch->bytes, sizeof(epoch->bytes));
        statement_bind_integer(statement, ":usn", usn);
        statement_bind_integer(statement, ":least", least);
        return statement_execute(statement);
}
