/* SPDX-License-Identifier: MIT */
#include "lib/state/erasure.h"

#include <assert.h>

#include "lib/state/acceptance.h"
#include "lib/state/cache.h"
#include "lib/state/claim.h"
#include "lib/state/id-list.h"

/* --- marking --- */

int erasure_mark(Store *store, const char *name, int64_t *ret_objects)
{
        Statement *row = store_statement(store, QUERY_ERASURE_FIND), *mark;
        int64_t id, objects;
        bool is_configured;
        int r;

        statement_bind_text(row, ":name", name);
        r = statement_step(row);
        id = r > 0 ? statement_integer(row, COLUMN_ERASURE_FIND_ID) : 0;
        objects = r > 0 ? statement_integer(row, COLUMN_ERASURE_FIND_OBJECTS) : 0;
        is_configured = r > 0 && statement_integer(row, COLUMN_ERASURE_FIND_IS_CONFIGURED) != 0;
        statement_reset(row);
        if (r <= 0)
                return r < 0 ? r : ERASURE_UNKNOWN;
        if (is_configured)
                return ERASURE_CONFIGURED;

        mark = store_statement(store, QUERY_ERASURE_MARK);
        statement_bind_integer(mark, ":id", id);
        r = statement_execute(mark);
        if (r < 0)
                return r;

        *ret_objects = objects;
        return 0;
}

/* --- erasing: each phase is called until it gives 0 --- */

static int delete_of_object(Store *store, QueryId query, int64_t object)
{
        Statement *delete = store_statement(store, query);

        statement_bind_integer(delete, ":object", object);
        return statement_execute(delete);
}

/* All that names the row and is found by it. Its claims are found by their keys only. */
static int erase_object(Store *store, int64_t object, const Guid *guid)
{
        int r;

        r = claim_delete(store, claim_guid_key(guid), object);
        if (r >= 0)
                r = acceptance_forget_object(store, object, guid);
        if (r >= 0)
                r = delete_of_object(store, QUERY_FINDING_DELETE_OBJECT, object);
        if (r >= 0)
                r = delete_of_object(store, QUERY_ERASURE_JOINS, object);
        return r < 0 ? r : cache_delete(store, object);
}

static int erase_objects(Erasure *erasure, Store *store, unsigned limit)
{
        _cleanup_id_list_ IdList ids = {};
        CacheRow row = {};
        Statement *walk = store_statement(store, QUERY_OBJECT_WALK);
        int r;

        statement_bind_integer(walk, ":after", cache_first_id(erasure->domain));
        statement_bind_integer(walk, ":last", cache_last_id(erasure->domain));
        statement_bind_integer(walk, ":limit", limit);
        while ((r = statement_step(walk)) > 0) {
                r = id_list_add(&ids, statement_integer(walk, COLUMN_OBJECT_WALK_ID));
                if (r < 0)
                        break;
        }
        statement_reset(walk);

        for (size_t i = 0; i < ids.n && r >= 0; i++) {
                r = cache_get(store, ids.ids[i], &row);
                if (r > 0)
                        r = erase_object(store, row.id, &row.guid);
        }
        cache_row_done(&row);
        return r < 0 ? r : ids.n == limit ? ERASURE_MORE : 0;
}

/* Beside those of other domains, in the order of their keys: looked through once, a stretch at a time. */
static int erase_claims(Erasure *erasure, Store *store, unsigned limit)
{
        Statement *walk = store_statement(store, QUERY_CLAIM_WALK);
        _cleanup_id_list_ IdList keys = {}, objects = {};
        unsigned n = 0;
        int r;

        if (erasure->key == 0 && erasure->id == 0)
                erasure->key = INT64_MIN;

        statement_bind_integer(walk, ":key", erasure->key);
        statement_bind_integer(walk, ":object", erasure->id);
        statement_bind_integer(walk, ":limit", limit);
        for (; (r = statement_step(walk)) > 0; n++) {
                erasure->key = statement_integer(walk, COLUMN_CLAIM_WALK_KEY);
                erasure->id = statement_integer(walk, COLUMN_CLAIM_WALK_OBJECT);
                if (cache_domain_of(erasure->id) != erasure->domain)
                        continue;
                r = id_list_add(&keys, erasure->key);
                if (r >= 0)
                        r = id_list_add(&objects, erasure->id);
                if (r < 0)
                        break;
        }
        statement_reset(walk);

        for (size_t i = 0; i < objects.n && r >= 0; i++)
                r = claim_delete(store, keys.ids[i], objects.ids[i]);
        return r < 0 ? r : n == limit ? ERASURE_MORE : 0;
}

/* Their ids have gaps where others were forgotten; what came later than the mark is of other domains. */
static int erase_events(Erasure *erasure, Store *store, unsigned limit)
{
        Statement *bounds = store_statement(store, QUERY_ERASURE_EVENT_BOUNDS);
        Statement *delete = store_statement(store, QUERY_ERASURE_EVENTS);
        int64_t first, last;
        int r;

        r = statement_step(bounds);
        first = statement_integer(bounds, COLUMN_ERASURE_EVENT_BOUNDS_FIRST);
        last = statement_integer(bounds, COLUMN_ERASURE_EVENT_BOUNDS_LAST);
        statement_reset(bounds);
        if (r < 0)
                return r;

        if (erasure->id < first - 1)
                erasure->id = first - 1;
        statement_bind_integer(delete, ":domain", erasure->domain);
        statement_bind_integer(delete, ":after", erasure->id);
        statement_bind_integer(delete, ":last", erasure->id + limit);
        r = statement_execute(delete);
        erasure->id += limit;
        return r < 0 ? r : erasure->id < last ? ERASURE_MORE : 0;
}

static int erase_some(Erasure *erasure, Store *store, QueryId query, unsigned limit)
{
        Statement *delete = store_statement(store, query);
        int r;

        statement_bind_integer(delete, ":domain", erasure->domain);
        statement_bind_integer(delete, ":limit", limit);
        r = statement_execute(delete);
        return r < 0 ? r : store_changes(store) > 0 ? ERASURE_MORE : 0;
}

static int erase_members(Erasure *erasure, Store *store, unsigned limit)
{
        return erase_some(erasure, store, QUERY_ERASURE_MEMBERS, limit);
}

static int erase_measures(Erasure *erasure, Store *store, unsigned limit)
{
        return erase_some(erasure, store, QUERY_ERASURE_MEASURES, limit);
}

static int erase_untold(Erasure *erasure, Store *store, unsigned limit)
{
        return erase_some(erasure, store, QUERY_ERASURE_UNTOLD, limit);
}

static int erase_containers(Erasure *erasure, Store *store, unsigned limit)
{
        return erase_some(erasure, store, QUERY_ERASURE_CONTAINERS, limit);
}

/* Few rows each; the domain's own last, with its mark. */
static int erase_rest(Erasure *erasure, Store *store, unsigned limit)
{
        static const QueryId queries[] = {
                QUERY_ERASURE_CONTROLLERS, QUERY_ERASURE_TRACES,   QUERY_HIDDEN_UNIT_CLEAR,
                QUERY_ERASURE_SCOPE_UNITS, QUERY_ERASURE_COUNTERS, QUERY_ERASURE_MEMBERSHIPS,
                QUERY_ERASURE_FOLDED,      QUERY_ERASURE_FATES,    QUERY_ERASURE_DOMAIN,
        };
        Statement *held = store_statement(store, QUERY_ERASURE_HELD);
        int64_t self = cache_first_id(erasure->domain);
        int r;

        /* The domain is an object, too: what was found of it, and accepted. */
        r = delete_of_object(store, QUERY_FINDING_DELETE_OBJECT, self);
        if (r >= 0)
                r = delete_of_object(store, QUERY_ACCEPTANCE_FORGET, self);
        if (r < 0)
                return r;

        statement_bind_integer(held, ":first", self);
        statement_bind_integer(held, ":last", cache_last_id(erasure->domain));
        r = statement_execute(held);
        for (size_t i = 0; i < ARRAY_SIZE(queries) && r >= 0; i++) {
                Statement *delete = store_statement(store, queries[i]);

                statement_bind_integer(delete, ":domain", erasure->domain);
                r = statement_execute(delete);
        }
        return r < 0 ? r : 0;
}

static int (*const phases[])(Erasure *erasure, Store *store, unsigned limit) = {
        erase_events,   erase_objects, erase_claims,     erase_members,
        erase_measures, erase_untold,  erase_containers, erase_rest,
};

/* 1 there is one, 0 there is none. */
static int find_marked(Store *store, int64_t *ret)
{
        _cleanup_statement_ Statement *marked = store_statement(store, QUERY_ERASURE_MARKED);
        int r;

        r = statement_step(marked);
        if (r > 0)
                *ret = statement_integer(marked, COLUMN_ERASURE_MARKED_ID);
        return r;
}

int erasure_step(Erasure *erasure, Store *store, unsigned limit)
{
        Erasure next = *erasure;
        int r;

        assert(!store_in_transaction(store));

        if (next.domain == 0) {
                r = find_marked(store, &next.domain);
                if (r <= 0)
                        return r;
        }

        r = store_begin(store);
        if (r >= 0)
                r = phases[next.phase](&next, store, limit);
        if (r == 0) {
                next.phase++;
                next.key = next.id = 0;
        }
        if (r >= 0)
                r = store_commit(store);
        if (r < 0) {
                (void)store_rollback(store);
                return r;
        }

        *erasure = next.phase < ARRAY_SIZE(phases) ? next : (Erasure){};
        return ERASURE_MORE;
}
