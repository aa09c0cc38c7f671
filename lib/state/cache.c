/* SPDX-License-Identifier: MIT */
#include "lib/state/cache.h"

#include <errno.h>

#include "lib/state/claim.h"

void cache_row_done(CacheRow *row)
{
        buffer_done(&row->rdn);
        buffer_done(&row->attributes);
        *row = (CacheRow){};
}

static int read_buffer(Statement *statement, int column, Buffer *ret)
{
        size_t size;
        const void *data = statement_blob(statement, column, &size);

        buffer_reset(ret);
        return buffer_append(ret, data, size);
}

/* object_get, object_by_guid, untold_get and untold_first have the columns of the table. */
int cache_read(Statement *statement, CacheRow *ret)
{
        const void *guid;
        size_t size;
        int r;

        r = statement_step(statement);
        if (r <= 0)
                return r;

        guid = statement_blob(statement, COLUMN_OBJECT_GET_GUID, &size);
        if (guid_from_bytes(guid, size, &ret->guid) < 0)
                return -EUCLEAN;
        r = read_buffer(statement, COLUMN_OBJECT_GET_RDN, &ret->rdn);
        if (r >= 0)
                r = read_buffer(statement, COLUMN_OBJECT_GET_ATTRIBUTES, &ret->attributes);
        if (r < 0)
                return r;

        ret->id = statement_integer(statement, COLUMN_OBJECT_GET_ID);
        ret->parent = statement_integer(statement, COLUMN_OBJECT_GET_PARENT);
        ret->kind = (Kind)statement_integer(statement, COLUMN_OBJECT_GET_KIND);
        ret->usn = statement_integer(statement, COLUMN_OBJECT_GET_USN);
        ret->epoch = statement_integer(statement, COLUMN_OBJECT_GET_EPOCH);
        ret->attribute_list = statement_integer(statement, COLUMN_OBJECT_GET_ATTRIBUTE_LIST);
        ret->excluded = (unsigned)statement_integer(statement, COLUMN_OBJECT_GET_EXCLUDED);
        ret->in_scope = statement_integer(statement, COLUMN_OBJECT_GET_IN_SCOPE);
        ret->deleted_at = statement_integer(statement, COLUMN_OBJECT_GET_DELETED_AT);
        return 1;
}

int cache_get(Store *store, int64_t id, CacheRow *ret)
{
        _cleanup_statement_ Statement *statement = store_statement(store, QUERY_OBJECT_GET);

        statement_bind_integer(statement, ":id", id);
        return cache_read(statement, ret);
}

static void bind_guid(Statement *statement, int64_t domain, const Guid *guid)
{
        statement_bind_integer(statement, ":key", claim_guid_key(guid));
        statement_bind_integer(statement, ":first", cache_first_id(domain));
        statement_bind_integer(statement, ":last", cache_last_id(domain));
        statement_bind_blob(statement, ":guid", guid->bytes, sizeof(guid->bytes));
}

int cache_find(Store *store, int64_t domain, const Guid *guid, CacheRow *ret)
{
        _cleanup_statement_ Statement *statement = store_statement(store, QUERY_OBJECT_BY_GUID);

        bind_guid(statement, domain, guid);
        return cache_read(statement, ret);
}

int cache_find_standing(Store *store, int64_t domain, const Guid *guid, CacheStanding *ret)
{
        _cleanup_statement_ Statement *statement = store_statement(store, QUERY_OBJECT_STANDING);
        int r;

        bind_guid(statement, domain, guid);
        r = statement_step(statement);
        if (r <= 0)
                return r;

        *ret = (CacheStanding){
                .id = statement_integer(statement, COLUMN_OBJECT_STANDING_ID),
                .usn = statement_integer(statement, COLUMN_OBJECT_STANDING_USN),
                .epoch = statement_integer(statement, COLUMN_OBJECT_STANDING_EPOCH),
                .attribute_list =
                        statement_integer(statement, COLUMN_OBJECT_STANDING_ATTRIBUTE_LIST),
                .is_deleted = !statement_is_null(statement, COLUMN_OBJECT_STANDING_DELETED_AT),
        };
        return 1;
}

static void bind_row(Statement *statement, const CacheRow *row)
{
        statement_bind_integer(statement, ":id", row->id);
        if (row->parent != 0)
                statement_bind_integer(statement, ":parent", row->parent);
        statement_bind_string(statement, ":rdn", row->rdn.data ?: (const uint8_t *)"",
                              row->rdn.size);
        statement_bind_integer(statement, ":kind", row->kind);
        statement_bind_integer(statement, ":usn", row->usn);
        statement_bind_integer(statement, ":epoch", row->epoch);
        statement_bind_integer(statement, ":attribute_list", row->attribute_list);
        statement_bind_integer(statement, ":excluded", row->excluded);
        statement_bind_integer(statement, ":in_scope", row->in_scope);
        if (row->deleted_at != 0)
                statement_bind_integer(statement, ":deleted_at", row->deleted_at);
        statement_bind_blob(statement, ":attributes", row->attributes.data ?: (const uint8_t *)"",
                            row->attributes.size);
}

int cache_insert(Store *store, const CacheRow *row)
{
        Statement *statement = store_statement(store, QUERY_OBJECT_INSERT);

        bind_row(statement, row);
        statement_bind_blob(statement, ":guid", row->guid.bytes, sizeof(row->guid.bytes));
        return statement_execute(statement);
}

int cache_update(Store *store, const CacheRow *row)
{
        Statement *statement = store_statement(store, QUERY_OBJECT_UPDATE);

        bind_row(statement, row);
        return statement_execute(statement);
}

int cache_update_usn(Store *store, int64_t id, int64_t usn, int64_t epoch)
{
        Statement *statement = store_statement(store, QUERY_OBJECT_UPDATE_USN);

        statement_bind_integer(statement, ":id", id);
        statement_bind_integer(statement, ":usn", usn);
        statement_bind_integer(statement, ":epoch", epoch);
        return statement_execute(statement);
}

int cache_update_excluded(Store *store, int64_t id, unsigned excluded, bool in_scope)
{
        Statement *statement = store_statement(store, QUERY_OBJECT_UPDATE_EXCLUDED);

        statement_bind_integer(statement, ":id", id);
        statement_bind_integer(statement, ":excluded", excluded);
        statement_bind_integer(statement, ":in_scope", in_scope);
        return statement_execute(statement);
}

int cache_delete(Store *store, int64_t id)
{
        Statement *statement = store_statement(store, QUERY_OBJECT_DELETE);

        statement_bind_integer(statement, ":id", id);
        return statement_execute(statement);
}

int cache_next_id(Store *store, int64_t domain, int64_t *ret)
{
        _cleanup_statement_ Statement *statement = store_statement(store, QUERY_OBJECT_LAST_ID);
        int64_t id;
        int r;

        statement_bind_integer(statement, ":first", cache_first_id(domain));
        statement_bind_integer(statement, ":last", cache_last_id(domain));
        r = statement_step(statement);
        if (r < 0)
                return r;

        /* max() gives one row, NULL where there is nothing. An id of a number 0 is not used: 0 says "none". */
        id = statement_integer(statement, COLUMN_OBJECT_LAST_ID_ID);
        id = id != 0 ? id + 1 : cache_first_id(domain) + 1;
        if (id > cache_last_id(domain))
                return -ENOSPC;

        *ret = id;
        return 0;
}

int cache_row_dn(const CacheRow *row, Slice container, Buffer *buffer)
{
        int r;

        r = buffer_append(buffer, row->rdn.data, row->rdn.size);
        if (r < 0 || row->parent == 0)
                return r;

        r = buffer_append_byte(buffer, ',');
        return r < 0 ? r : buffer_append(buffer, container.data, container.size);
}

int cache_row_object(const CacheRow *row, Slice dn, const AttributeSet *known, Object *object)
{
        int r;

        object_reset(object);
        r = object_set_dn(object, (const char *)dn.data, dn.size);
        if (r >= 0)
                r = object_add(object, ATTRIBUTE_OBJECT_GUID, row->guid.bytes,
                               sizeof(row->guid.bytes));
        if (r >= 0)
                r = object_unpack(object, row->attributes.data, row->attributes.size);
        if (r >= 0)
                r = object_seal(object);
        if (r < 0)
                return r;

        object->known = *known;
        object->usn = row->usn;
        return 0;
}
