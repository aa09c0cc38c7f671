/* SPDX-License-Identifier: MIT */
#include "lib/state/container.h"

#include <errno.h>
#include <string.h>

#include "lib/core/dn.h"

static Slice slice_of(const Buffer *buffer)
{
        return (Slice){ buffer->data, buffer->size };
}

static int read_buffer(Statement *statement, int column, Buffer *ret)
{
        size_t size;
        const void *data = statement_blob(statement, column, &size);

        buffer_reset(ret);
        return buffer_append(ret, data, size);
}

void container_done(Container *container)
{
        buffer_done(&container->rdn);
        buffer_done(&container->dn);
        *container = (Container){};
}

/* All queries of one row have the columns of the table. */
static int container_read(Statement *statement, Container *ret)
{
        const void *guid;
        size_t size;
        int r;

        r = read_buffer(statement, COLUMN_CONTAINER_GET_RDN, &ret->rdn);
        if (r >= 0)
                r = read_buffer(statement, COLUMN_CONTAINER_GET_DN, &ret->dn);
        if (r < 0)
                return r;

        ret->id = statement_integer(statement, COLUMN_CONTAINER_GET_ID);
        ret->domain = statement_integer(statement, COLUMN_CONTAINER_GET_DOMAIN);
        guid = statement_blob(statement, COLUMN_CONTAINER_GET_GUID, &size);
        if (guid_from_bytes(guid, size, &ret->guid) < 0)
                ret->guid = GUID_NULL;
        ret->parent = statement_integer(statement, COLUMN_CONTAINER_GET_PARENT);
        ret->selected = statement_integer(statement, COLUMN_CONTAINER_GET_SELECTED) != 0;
        ret->origin = (ContainerOrigin)statement_integer(statement, COLUMN_CONTAINER_GET_ORIGIN);
        ret->usn = statement_integer(statement, COLUMN_CONTAINER_GET_USN);
        ret->epoch = statement_integer(statement, COLUMN_CONTAINER_GET_EPOCH);
        ret->deleted_at = statement_integer(statement, COLUMN_CONTAINER_GET_DELETED_AT);
        return 1;
}

static int container_fetch(Statement *statement, Container *ret)
{
        int r;

        r = statement_step(statement);
        if (r > 0)
                r = container_read(statement, ret);
        statement_reset(statement);
        return r;
}

int container_get(Store *store, int64_t id, Container *ret)
{
        Statement *statement = store_statement(store, QUERY_CONTAINER_GET);

        statement_bind_integer(statement, ":id", id);
        return container_fetch(statement, ret);
}

int container_find(Store *store, int64_t domain, const Guid *guid, Container *ret)
{
        Statement *statement = store_statement(store, QUERY_CONTAINER_BY_GUID);

        statement_bind_integer(statement, ":domain", domain);
        statement_bind_blob(statement, ":guid", guid->bytes, sizeof(guid->bytes));
        return container_fetch(statement, ret);
}

/* What cannot be taken apart is equal to itself at least. */
static int name_append(Slice dn, Buffer *buffer)
{
        int r = dn_normalize(dn, buffer);

        return r == -EBADMSG ? buffer_append(buffer, dn.data, dn.size) : r;
}

/* Live before deleted, then what is known better, then what is known longer. */
static bool row_is_better(Statement *row, const Container *best)
{
        bool is_live = statement_is_null(row, COLUMN_CONTAINER_BY_NAME_DELETED_AT);
        int64_t origin = statement_integer(row, COLUMN_CONTAINER_BY_NAME_ORIGIN);

        if (is_live != (best->deleted_at == 0))
                return is_live;
        if (origin != (int64_t)best->origin)
                return origin < (int64_t)best->origin;
        return statement_integer(row, COLUMN_CONTAINER_BY_NAME_ID) < best->id;
}

/* There is seldom more than one. SQLite would make a table to sort them, each time. */
int container_find_name(Store *store, int64_t domain, Slice dn, Container *ret)
{
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_CONTAINER_BY_NAME);
        _cleanup_buffer_ Buffer name = BUFFER_INIT;
        int r, found = 0;

        r = name_append(dn, &name);
        if (r < 0)
                return r;

        statement_bind_integer(row, ":domain", domain);
        statement_bind_blob(row, ":name", name.data, name.size);
        while ((r = statement_step(row)) > 0) {
                if (found && !row_is_better(row, ret))
                        continue;
                r = container_read(row, ret);
                if (r < 0)
                        return r;
                found = 1;
        }

        return r < 0 ? r : found;
}

static void container_bind(Statement *statement, const Container *row, Slice name)
{
        if (!guid_is_null(&row->guid))
                statement_bind_blob(statement, ":guid", row->guid.bytes, sizeof(row->guid.bytes));
        if (row->parent != 0)
                statement_bind_integer(statement, ":parent", row->parent);
        statement_bind_string(statement, ":rdn", row->rdn.data ?: (const uint8_t *)"",
                              row->rdn.size);
        statement_bind_string(statement, ":dn", row->dn.data ?: (const uint8_t *)"", row->dn.size);
        statement_bind_blob(statement, ":name", name.data ?: (const uint8_t *)"", name.size);
        statement_bind_integer(statement, ":selected", row->selected);
        statement_bind_integer(statement, ":origin", row->origin);
        statement_bind_integer(statement, ":usn", row->usn);
        statement_bind_integer(statement, ":epoch", row->epoch);
        if (row->deleted_at != 0)
                statement_bind_integer(statement, ":deleted_at", row->deleted_at);
}

int container_write(Store *store, Container *row)
{
        QueryId query = row->id != 0 ? QUERY_CONTAINER_UPDATE : QUERY_CONTAINER_INSERT;
        Statement *statement = store_statement(store, query);
        _cleanup_buffer_ Buffer name = BUFFER_INIT;
        int r;

        r = name_append(slice_of(&row->dn), &name);
        if (r < 0)
                return r;

        container_bind(statement, row, slice_of(&name));
        if (row->id != 0)
                statement_bind_integer(statement, ":id", row->id);
        else
                statement_bind_integer(statement, ":domain", row->domain);
        r = statement_execute(statement);
        if (r >= 0 && row->id == 0)
                row->id = store_last_id(store);
        return r;
}

/* The depth of the deepest DN of the list that holds this one: how many RDNs it has; 0: none does. */
static int deepest_above(char **list, Slice dn, unsigned *ret)
{
        unsigned deepest = 0;

        for (; list && *list; list++) {
                Slice base = SLICE(*list), rdn;
                unsigned depth = 0;
                int r;

                r = dn_is_within(dn, base);
                if (r == -EBADMSG || r == 0)
                        continue;
                if (r < 0)
                        return r;

                while (base.size > 0 && dn_split(base, &rdn, &base) >= 0)
                        depth++;
                if (depth > deepest)
                        deepest = depth;
        }

        *ret = deepest;
        return 0;
}

int container_is_selected(const DomainConfig *config, Slice dn)
{
        unsigned included, excluded;
        int r;

        if (!config)
                return 1;

        r = deepest_above(config->include_ou, dn, &included);
        if (r >= 0)
                r = deepest_above(config->exclude_ou, dn, &excluded);
        if (r < 0)
                return r;

        if (!config->include_ou || !config->include_ou[0])
                return excluded == 0;
        return included > excluded;
}
