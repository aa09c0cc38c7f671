/* SPDX-License-Identifier: MIT */
#include "lib/state/retain.h"

#include <assert.h>

#include "lib/state/cache.h"
#include "lib/state/claim.h"
#include "lib/state/event.h"
#include "lib/state/id-list.h"

static int64_t days_ago(int64_t now, unsigned days)
{
        return now - (int64_t)days * 24 * 60 * 60;
}

/* Its findings were closed and its claims withdrawn when it was deleted: what is left is the row, and its GUID for look-ups. */
static int forget_object(Store *store, int64_t id)
{
        _cleanup_(cache_row_done) CacheRow row = { 0 };
        int r;

        r = cache_get(store, id, &row);
        if (r <= 0)
                return r;

        r = claim_delete(store, claim_guid_key(&row.guid), id);
        return r < 0 ? r : cache_delete(store, id);
}

/* Returns how many, or negative. */
static int forget_objects(Store *store, int64_t before, unsigned limit)
{
        Statement *old = store_statement(store, QUERY_RETAIN_OLD_OBJECTS);
        _cleanup_id_list_ IdList ids = { 0 };
        int r;

        statement_bind_integer(old, ":before", before);
        statement_bind_integer(old, ":limit", limit);
        while ((r = statement_step(old)) > 0) {
                r = id_list_add(&ids, statement_integer(old, COLUMN_RETAIN_OLD_OBJECTS_ID));
                if (r < 0)
                        break;
        }
        statement_reset(old);

        for (size_t i = 0; i < ids.n && r >= 0; i++)
                r = forget_object(store, ids.ids[i]);
        return r < 0 ? r : (int)ids.n;
}

/* What lay below it may still name it: then it goes with the last of them. */
static int forget_containers(Store *store, int64_t before, unsigned limit)
{
        Statement *forget = store_statement(store, QUERY_RETAIN_FORGET_CONTAINERS);
        int r;

        statement_bind_integer(forget, ":before", before);
        statement_bind_integer(forget, ":limit", limit);
        r = statement_execute(forget);
        return r < 0 ? r : store_changes(store);
}

static int forget_events(Store *store, int64_t before, unsigned limit)
{
        Statement *forget = store_statement(store, QUERY_RETAIN_FORGET_EVENTS);
        int64_t published;
        int r;

        r = event_published_get(store, &published);
        if (r < 0)
                return r;

        statement_bind_integer(forget, ":published", published);
        statement_bind_integer(forget, ":before", before);
        statement_bind_integer(forget, ":limit", limit);
        r = statement_execute(forget);
        return r < 0 ? r : store_changes(store);
}

/* Returns how many rows went, or negative. */
static int forget_some(Store *store, const Config *config, int64_t now, unsigned limit)
{
        int r, n = 0;

        r = forget_objects(store, days_ago(now, config->keep_deleted_days), limit);
        if (r < 0)
                return r;
        n += r;

        r = forget_containers(store, days_ago(now, config->keep_deleted_days), limit);
        if (r < 0)
                return r;
        n += r;

        r = forget_events(store, days_ago(now, config->keep_events_days), limit);
        return r < 0 ? r : n + r;
}

int retain_step(Store *store, const Config *config, int64_t now, unsigned limit)
{
        int r, n;

        assert(!store_in_transaction(store));

        r = store_begin(store);
        if (r < 0)
                return r;

        n = forget_some(store, config, now, limit);
        r = n < 0 ? n : store_commit(store);
        if (r < 0) {
                (void)store_rollback(store);
                return r;
        }

        return n > 0 ? RETAIN_MORE : 0;
}
