/* SPDX-License-Identifier: MIT */
#include "lib/state/attribute-list.h"

size_t attribute_list_pack(const AttributeSet *set, AttributeListBytes ret)
{
        size_t size = sizeof(AttributeListBytes);

        for (unsigned i = 0; i < size; i++)
                ret[i] = (uint8_t)(set->words[i / 8] >> i % 8 * 8);
        while (size > 0 && ret[size - 1] == 0)
                size--;
        return size;
}

void attribute_list_unpack(const void *data, size_t size, AttributeSet *ret)
{
        const uint8_t *bytes = data;

        *ret = (AttributeSet){};
        for (unsigned i = 0; i < sizeof(AttributeListBytes) && i < size; i++)
                ret->words[i / 8] |= (uint64_t)bytes[i] << i % 8 * 8;
}

/* Both kinds of number: find the row of a blob, else make it. The first column of the find is the number. */
static int blob_find(Store *store, QueryId query, const char *name, const void *data, size_t size,
                     int64_t *ret)
{
        _cleanup_statement_ Statement *statement = store_statement(store, query);
        int r;

        statement_bind_blob(statement, name, data, size);
        r = statement_step(statement);
        if (r > 0)
                *ret = statement_integer(statement, 0);
        return r;
}

static int blob_insert(Store *store, QueryId query, const char *name, const void *data, size_t size)
{
        Statement *statement = store_statement(store, query);

        statement_bind_blob(statement, name, data, size);
        return statement_execute(statement);
}

int attribute_list_find(Store *store, const AttributeSet *set, int64_t *ret)
{
        AttributeListBytes bytes;
        size_t size = attribute_list_pack(set, bytes);

        return blob_find(store, QUERY_ATTRIBUTE_LIST_FIND, ":attributes", bytes, size, ret);
}

int attribute_list_number(Store *store, const AttributeSet *set, int64_t *ret)
{
        AttributeListBytes bytes;
        size_t size = attribute_list_pack(set, bytes);
        int r;

        r = attribute_list_find(store, set, ret);
        if (r != 0)
                return r < 0 ? r : 0;

        r = blob_insert(store, QUERY_ATTRIBUTE_LIST_INSERT, ":attributes", bytes, size);
        if (r >= 0)
                *ret = store_last_id(store);
        return r;
}

int attribute_list_get(Store *store, int64_t number, AttributeSet *ret)
{
        _cleanup_statement_ Statement *statement = store_statement(store, QUERY_ATTRIBUTE_LIST_GET);
        const void *data = NULL;
        size_t size = 0;
        int r;

        statement_bind_integer(statement, ":id", number);
        r = statement_step(statement);
        if (r < 0)
                return r;

        if (r > 0)
                data = statement_blob(statement, COLUMN_ATTRIBUTE_LIST_GET_ATTRIBUTES, &size);
        attribute_list_unpack(data, size, ret);
        return 0;
}

int epoch_find(Store *store, const Guid *invocation_id, int64_t *ret)
{
        return blob_find(store, QUERY_EPOCH_FIND, ":invocation_id", invocation_id->bytes,
                         sizeof(invocation_id->bytes), ret);
}

int epoch_number(Store *store, const Guid *invocation_id, int64_t *ret)
{
        int r;

        r = epoch_find(store, invocation_id, ret);
        if (r != 0)
                return r < 0 ? r : 0;

        r = blob_insert(store, QUERY_EPOCH_INSERT, ":invocation_id", invocation_id->bytes,
                        sizeof(invocation_id->bytes));
        if (r >= 0)
                *ret = store_last_id(store);
        return r;
}
