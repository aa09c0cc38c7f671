/* SPDX-License-Identifier: MIT */
#include "lib/state/trace.h"

#include <errno.h>
#include <string.h>

#include "lib/core/filter.h"
#include "lib/core/when.h"
#include "lib/state/controller.h"

/* We look every quarter of an hour: between two looks further apart nobody knows who logged on. */
#define LOOKED_ALL_THE_WHILE HOUR
#define GAPS_COUNT_FOR       (7 * DAY)

int trace_put(Store *store, int64_t domain, Slice name, const Trace *trace, int64_t at)
{
        Statement *put = store_statement(store, QUERY_TRACE_PUT);

        statement_bind_integer(put, ":domain", domain);
        statement_bind_value(put, ":name", name.data, name.size);
        statement_bind_integer(put, ":type", trace->type);
        statement_bind_integer(put, ":is_enabled", trace->is_enabled);
        statement_bind_integer(put, ":created", trace->created);
        statement_bind_integer(put, ":logged_on", trace->logged_on);
        statement_bind_integer(put, ":logged_on_replicated", trace->logged_on_replicated);
        statement_bind_integer(put, ":password_set", trace->password_set);
        statement_bind_integer(put, ":at", at);
        statement_bind_integer(put, ":while", LOOKED_ALL_THE_WHILE);
        statement_bind_integer(put, ":week", GAPS_COUNT_FOR);
        return statement_execute(put);
}

int trace_put_logon(Store *store, int64_t domain, Slice name, int64_t logged_on, int64_t at)
{
        Statement *put = store_statement(store, QUERY_TRACE_PUT_LOGON);

        statement_bind_integer(put, ":domain", domain);
        statement_bind_value(put, ":name", name.data, name.size);
        statement_bind_integer(put, ":logged_on", logged_on);
        statement_bind_integer(put, ":at", at);
        statement_bind_integer(put, ":while", LOOKED_ALL_THE_WHILE);
        statement_bind_integer(put, ":week", GAPS_COUNT_FOR);
        return statement_execute(put);
}

int trace_filter(Store *store, int64_t domain, Buffer *filter)
{
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_TRACE_CONNECTORS);
        int r, n = 0;

        statement_bind_integer(row, ":domain", domain);
        statement_bind_integer(row, ":connector", TRACE_CONNECTOR);
        r = buffer_append_string(filter, "(|");
        while (r >= 0 && (r = statement_step(row)) > 0) {
                size_t size;
                const uint8_t *name = statement_blob(row, COLUMN_TRACE_CONNECTORS_NAME, &size);

                r = buffer_append_string(filter, "(sAMAccountName=");
                if (r >= 0)
                        r = filter_escape((Slice){ name, size }, filter);
                if (r >= 0)
                        r = buffer_append_string(filter, ")");
                n++;
        }
        if (r >= 0)
                r = buffer_append_string(filter, ")");
        return r < 0 ? r : n > 0;
}

int trace_exists(Store *store)
{
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_TRACE_ANY);
        int r = statement_step(row);

        return r > 0 ? statement_integer(row, COLUMN_TRACE_ANY_FOUND) != 0 : r;
}

int trace_put_rights(Store *store, int64_t domain, Slice name, int rights)
{
        Statement *put = store_statement(store, QUERY_TRACE_PUT_RIGHTS);

        statement_bind_integer(put, ":domain", domain);
        statement_bind_value(put, ":name", name.data, name.size);
        statement_bind_integer(put, ":rights", rights);
        return statement_execute(put);
}

int trace_put_hidden_units(Store *store, int64_t domain, const GuidList *units)
{
        Statement *statement = store_statement(store, QUERY_HIDDEN_UNIT_CLEAR);
        int r;

        statement_bind_integer(statement, ":domain", domain);
        r = statement_execute(statement);
        for (size_t i = 0; i < units->n && r >= 0; i++) {
                statement = store_statement(store, QUERY_HIDDEN_UNIT_PUT);
                statement_bind_integer(statement, ":domain", domain);
                statement_bind_blob(statement, ":guid", units->guids[i].bytes,
                                    sizeof(units->guids[i].bytes));
                r = statement_execute(statement);
        }
        return r;
}

/* Nobody reads more of them than that. */
#define HIDDEN_UNITS_MOST 100

static int read_hidden_units(Store *store, int64_t domain, Arena *arena, DirectoryFacts *facts)
{
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_HIDDEN_UNIT_OF);
        const char **units = arena_allocate(arena, HIDDEN_UNITS_MOST * sizeof(*units));
        size_t n = 0;
        int r = 0;

        if (!units)
                return -ENOMEM;

        statement_bind_integer(row, ":domain", domain);
        while (n < HIDDEN_UNITS_MOST && (r = statement_step(row)) > 0) {
                const char *dn = statement_text(row, COLUMN_HIDDEN_UNIT_OF_DN);

                units[n] = arena_copy(arena, dn, strlen(dn));
                if (!units[n++])
                        return -ENOMEM;
        }

        facts->hidden_units = units;
        facts->n_hidden_units = n;
        return r < 0 ? r : 0;
}

int trace_finish(Store *store, int64_t domain, int64_t at, unsigned n_controllers)
{
        Statement *statement = store_statement(store, QUERY_TRACE_FORGET);
        int r;

        statement_bind_integer(statement, ":domain", domain);
        statement_bind_integer(statement, ":at", at);
        r = statement_execute(statement);
        if (r < 0)
                return r;

        statement = store_statement(store, QUERY_TRACE_FINISH);
        statement_bind_integer(statement, ":domain", domain);
        statement_bind_integer(statement, ":at", at);
        statement_bind_integer(statement, ":n", n_controllers);
        return statement_execute(statement);
}

static int read_one(Statement *row, Arena *arena, Trace *ret)
{
        size_t size;
        const void *name = statement_blob(row, COLUMN_TRACE_OF_NAME, &size);

        *ret = (Trace){
                .type = (TraceType)statement_integer(row, COLUMN_TRACE_OF_TYPE),
                .name = arena_copy(arena, name, size),
                .is_enabled = statement_integer(row, COLUMN_TRACE_OF_IS_ENABLED) != 0,
                .created = statement_integer(row, COLUMN_TRACE_OF_CREATED),
                .logged_on = statement_integer(row, COLUMN_TRACE_OF_LOGGED_ON),
                .logged_on_replicated =
                        statement_integer(row, COLUMN_TRACE_OF_LOGGED_ON_REPLICATED),
                .longest_gap = statement_integer(row, COLUMN_TRACE_OF_LONGEST_GAP),
                .password_set = statement_integer(row, COLUMN_TRACE_OF_PASSWORD_SET),
                .rights = (int)statement_integer(row, COLUMN_TRACE_OF_RIGHTS),
        };
        return ret->name ? 0 : -ENOMEM;
}

/* Whether they were looked for: everywhere, since a trace in any domain is one. */
static int read_standing(Store *store, int64_t domain, DirectoryFacts *facts, size_t *ret_n)
{
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_TRACE_STANDING);
        int r;

        statement_bind_integer(row, ":domain", domain);
        r = statement_step(row);
        if (r <= 0)
                return r < 0 ? r : -EUCLEAN;

        facts->is_traced = statement_integer(row, COLUMN_TRACE_STANDING_UNTRACED) == 0;
        facts->has_traces = statement_integer(row, COLUMN_TRACE_STANDING_N_ALL) > 0;
        facts->n_domain_controllers =
                (unsigned)statement_integer(row, COLUMN_TRACE_STANDING_CONTROLLERS);
        *ret_n = (size_t)statement_integer(row, COLUMN_TRACE_STANDING_N);
        return 0;
}

int trace_read(Store *store, int64_t domain, Arena *arena, DirectoryFacts *facts)
{
        _cleanup_statement_ Statement *row = NULL;
        size_t n = 0, n_most;
        Trace *traces;
        int r;

        r = read_standing(store, domain, facts, &n_most);
        if (r < 0)
                return r;
        traces = arena_allocate(arena, (n_most + 1) * sizeof(*traces));
        if (!traces)
                return -ENOMEM;

        row = store_statement(store, QUERY_TRACE_OF);
        statement_bind_integer(row, ":domain", domain);
        while (n < n_most && (r = statement_step(row)) > 0) {
                r = read_one(row, arena, &traces[n++]);
                if (r < 0)
                        return r;
        }

        facts->traces = traces;
        facts->n_traces = n;
        if (r >= 0)
                r = controller_read(store, domain, arena, facts);
        return r < 0 ? r : read_hidden_units(store, domain, arena, facts);
}
