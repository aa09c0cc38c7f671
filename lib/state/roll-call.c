/* SPDX-License-Identifier: MIT */
#include "lib/state/roll-call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/cache.h"
#include "lib/state/container.h"

enum {
        ROWS_AT_A_TIME = 200,
};

void roll_call_init(RollCall *call, Store *store, int64_t domain)
{
        *call = (RollCall){ .store = store,
                            .domain = domain,
                            .last_object = cache_first_id(domain) };
}

void roll_call_done(RollCall *call)
{
        free(call->objects);
        free(call->containers);
        buffer_done(&call->absent);
        *call = (RollCall){};
}

static int bits_set(uint8_t **bits, size_t *n_bytes, uint64_t number)
{
        size_t byte = number / 8;

        if (byte >= *n_bytes) {
                size_t n = byte + byte / 2 + 1024;
                uint8_t *larger = realloc(*bits, n);

                if (!larger)
                        return -ENOMEM;
                memset(larger + *n_bytes, 0, n - *n_bytes);
                *bits = larger;
                *n_bytes = n;
        }

        (*bits)[byte] |= (uint8_t)(1U << number % 8);
        return 0;
}

static bool bits_get(const uint8_t *bits, size_t n_bytes, uint64_t number)
{
        return number / 8 < n_bytes && (bits[number / 8] >> number % 8 & 1);
}

static uint64_t object_number(const RollCall *call, int64_t id)
{
        return (uint64_t)(id - cache_first_id(call->domain));
}

int roll_call_object(RollCall *call, int64_t id)
{
        return bits_set(&call->objects, &call->n_objects, object_number(call, id));
}

int roll_call_container(RollCall *call, int64_t id)
{
        return bits_set(&call->containers, &call->n_containers, (uint64_t)id);
}

/* Whatever was not read with a GUID of its own was not asked for by it. */
static int add_absent(RollCall *call, const void *data, size_t size)
{
        Guid guid;

        if (guid_from_bytes(data, size, &guid) < 0)
                return 0;

        return buffer_append(&call->absent, guid.bytes, sizeof(guid.bytes));
}

/* Goes on through the domain's objects: how many rows there were, 0 behind the last, or negative. */
static int walk_objects(RollCall *call)
{
        _cleanup_statement_ Statement *statement = store_statement(call->store, QUERY_OBJECT_WALK);
        int n = 0, r;

        statement_bind_integer(statement, ":after", call->last_object);
        statement_bind_integer(statement, ":last", cache_last_id(call->domain));
        statement_bind_integer(statement, ":limit", ROWS_AT_A_TIME);

        for (; (r = statement_step(statement)) > 0; n++) {
                size_t size;
                const void *guid = statement_blob(statement, COLUMN_OBJECT_WALK_GUID, &size);

                call->last_object = statement_integer(statement, COLUMN_OBJECT_WALK_ID);
                if (!statement_is_null(statement, COLUMN_OBJECT_WALK_DELETED_AT) ||
                    bits_get(call->objects, call->n_objects,
                             object_number(call, call->last_object)))
                        continue;
                r = add_absent(call, guid, size);
                if (r < 0)
                        return r;
        }

        return r < 0 ? r : n;
}

/* The same through its containers. Those of classes that are not followed were not asked for. */
static int walk_containers(RollCall *call)
{
        _cleanup_statement_ Statement *statement =
                store_statement(call->store, QUERY_CONTAINER_WALK);
        int n = 0, r;

        statement_bind_integer(statement, ":domain", call->domain);
        statement_bind_integer(statement, ":after", call->last_container);
        statement_bind_integer(statement, ":limit", ROWS_AT_A_TIME);

        for (; (r = statement_step(statement)) > 0; n++) {
                size_t size;
                const void *guid = statement_blob(statement, COLUMN_CONTAINER_WALK_GUID, &size);
                int64_t origin = statement_integer(statement, COLUMN_CONTAINER_WALK_ORIGIN);

                call->last_container = statement_integer(statement, COLUMN_CONTAINER_WALK_ID);
                if (origin != CONTAINER_FOLLOWED ||
                    !statement_is_null(statement, COLUMN_CONTAINER_WALK_DELETED_AT) ||
                    bits_get(call->containers, call->n_containers, (uint64_t)call->last_container))
                        continue;
                r = add_absent(call, guid, size);
                if (r < 0)
                        return r;
        }

        return r < 0 ? r : n;
}

int roll_call_find_absent(RollCall *call, unsigned budget)
{
        for (unsigned done = 0; done < budget; done += ROWS_AT_A_TIME) {
                int n;

                n = walk_objects(call);
                if (n == 0)
                        n = walk_containers(call);
                if (n <= 0)
                        return n;
        }

        return 1;
}

const Guid *roll_call_absent(const RollCall *call, size_t *ret_n)
{
        *ret_n = call->absent.size / sizeof(Guid);
        return (const Guid *)call->absent.data;
}
