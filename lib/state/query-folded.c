/* SPDX-License-Identifier: MIT */

/* For whom the finding of a domain stands, that stands for many. */

#include <errno.h>
#include <string.h>

#include "lib/core/value-text.h"
#include "lib/state/query-internal.h"

/* How many there are, whichever of them are told. */
static int count_folded(Store *store, int64_t domain, const char *fold, Record *record)
{
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_QUERY_FOLDED_NUMBER);
        int r;

        statement_bind_integer(row, ":domain", domain);
        statement_bind_text(row, ":rule", record->rule);
        statement_bind_text(row, ":fold", fold);
        r = statement_step(row);
        if (r > 0)
                record->others_total = (size_t)statement_integer(row, COLUMN_QUERY_FOLDED_NUMBER_N);
        return r < 0 ? r : 0;
}

static int take_value(Statement *row, AttributeId attribute, Arena *arena, RecordHolder *holder)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;
        Slice value;
        int r;

        holder->attribute = attribute_name(attribute);
        value.data = statement_blob(row, COLUMN_QUERY_FOLDED_VALUE, &value.size);
        r = value_text(attribute, value, &text);
        if (r < 0)
                return r;

        holder->value = arena_copy(arena, text.data, text.size);
        return holder->value ? 0 : -ENOMEM;
}

/* 1: it is told. 0: it has gone meanwhile. Negative: errno. */
static int take_holder(QueryReader *reader, Statement *row, Arena *arena, RecordHolder *ret)
{
        int64_t attribute = statement_integer(row, COLUMN_QUERY_FOLDED_ATTRIBUTE);
        RecordHolder holder = { .where = "ad" };
        int r;

        r = query_reader_get(reader, statement_integer(row, COLUMN_QUERY_FOLDED_OBJECT));
        if (r <= 0)
                return r;

        holder.guid = reader->row.guid;
        holder.kind = reader->row.kind;
        holder.domain = arena_copy(arena, reader->domain->name, strlen(reader->domain->name));
        holder.dn = query_text(arena, reader->dn.data, reader->dn.size);
        r = take_value(row,
                       attribute > 0 && attribute < ATTRIBUTE_MAX ? (AttributeId)attribute
                                                                  : ATTRIBUTE_NONE,
                       arena, &holder);
        if (r < 0 || !holder.domain || !holder.dn)
                return r < 0 ? r : -ENOMEM;

        *ret = holder;
        return 1;
}

int query_folded(QueryReader *reader, int64_t domain, const char *fold, size_t max, Arena *arena,
                 Record *record)
{
        _cleanup_statement_ Statement *row = store_statement(reader->store, QUERY_QUERY_FOLDED);
        RecordHolder *others;
        int r;

        r = count_folded(reader->store, domain, fold, record);
        if (r < 0)
                return r;
        if (max > record->others_total)
                max = record->others_total;
        others = arena_allocate(arena, (max + 1) * sizeof(*others));
        if (!others)
                return -ENOMEM;

        statement_bind_text(row, ":rule", record->rule);
        statement_bind_text(row, ":fold", fold);
        statement_bind_integer(row, ":first", cache_first_id(domain));
        statement_bind_integer(row, ":last", cache_last_id(domain));
        statement_bind_integer(row, ":limit", (int64_t)max);
        while ((r = statement_step(row)) > 0) {
                r = take_holder(reader, row, arena, &others[record->n_others]);
                if (r < 0)
                        return r;
                record->n_others += (size_t)r;
        }

        record->others = others;
        return r;
}
