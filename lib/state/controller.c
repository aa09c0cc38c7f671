/* SPDX-License-Identifier: MIT */
#include "lib/state/controller.h"

#include <errno.h>
#include <string.h>

int controller_put(Store *store, int64_t domain, Slice host, int64_t at)
{
        Statement *put = store_statement(store, QUERY_CONTROLLER_PUT);

        statement_bind_integer(put, ":domain", domain);
        statement_bind_value(put, ":host", host.data, host.size);
        statement_bind_integer(put, ":at", at);
        return statement_execute(put);
}

int controller_finish(Store *store, int64_t domain, int64_t at)
{
        Statement *forget = store_statement(store, QUERY_CONTROLLER_FORGET);

        statement_bind_integer(forget, ":domain", domain);
        statement_bind_integer(forget, ":at", at);
        return statement_execute(forget);
}

int controller_asked(Store *store, int64_t domain, const char *host, int64_t at,
                     const char *failure)
{
        Statement *put = store_statement(store, QUERY_CONTROLLER_ASKED);

        statement_bind_integer(put, ":domain", domain);
        statement_bind_text(put, ":host", host);
        statement_bind_integer(put, ":at", at);
        statement_bind_text(put, ":failure", failure);
        return statement_execute(put);
}

int controller_next(Store *store, int64_t domain, const char *except, int64_t before,
                    int64_t failed_before, char **ret)
{
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_CONTROLLER_NEXT);
        int r;

        statement_bind_integer(row, ":domain", domain);
        statement_bind_text(row, ":except", except);
        statement_bind_integer(row, ":before", before);
        statement_bind_integer(row, ":failed_before", failed_before);
        r = statement_step(row);
        if (r <= 0)
                return r;

        *ret = strdup(statement_text(row, COLUMN_CONTROLLER_NEXT_HOST));
        return *ret ? 1 : -ENOMEM;
}

/* How many fit into a sentence. */
#define UNASKED_MOST 8

static int add_unasked(Statement *row, Arena *arena, UnaskedController *ret)
{
        const char *host = statement_text(row, COLUMN_CONTROLLER_OF_HOST);
        const char *failure = statement_text(row, COLUMN_CONTROLLER_OF_FAILURE);

        ret->host = arena_copy(arena, host, strlen(host));
        ret->failure = failure ? arena_copy(arena, failure, strlen(failure)) : NULL;
        return ret->host && (!failure || ret->failure) ? 0 : -ENOMEM;
}

int controller_read(Store *store, int64_t domain, Arena *arena, DirectoryFacts *facts)
{
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_CONTROLLER_OF);
        UnaskedController *unasked = arena_allocate(arena, UNASKED_MOST * sizeof(*unasked));
        int64_t until = INT64_MAX;
        size_t n = 0, n_unasked = 0;
        int r;

        if (!unasked)
                return -ENOMEM;

        statement_bind_integer(row, ":domain", domain);
        while ((r = statement_step(row)) > 0) {
                int64_t answered = statement_integer(row, COLUMN_CONTROLLER_OF_ANSWERED);

                n++;
                if (answered < until)
                        until = answered;
                if (answered != 0 && !statement_text(row, COLUMN_CONTROLLER_OF_FAILURE))
                        continue;
                if (n_unasked++ < UNASKED_MOST) {
                        r = add_unasked(row, arena, &unasked[n_unasked - 1]);
                        if (r < 0)
                                return r;
                }
        }

        facts->logons_known_until = n > 0 ? until : 0;
        facts->unasked = unasked;
        facts->n_unasked = n_unasked;
        facts->n_unasked_named = n_unasked < UNASKED_MOST ? n_unasked : UNASKED_MOST;
        return r;
}
