/* SPDX-License-Identifier: MIT */
#include "lib/state/retain.h"

#include <assert.h>
#include <errno.h>

#include "lib/state/acceptance.h"
#include "lib/state/claim.h"
#include "lib/state/event.h"
#include "lib/state/finding.h"
#include "lib/state/id-list.h"
#include "lib/state/measure.h"
#include "lib/state/query-internal.h"
#include "lib/state/untold.h"

static int64_t days_ago(int64_t now, unsigned days)
{
        return now - (int64_t)days * 24 * 60 * 60;
}

/* What it takes to know what is stored of a deleted object besides its row. */
typedef struct Forgetting {
        Store *store;
        const Config *config;
        int64_t now;
        QueryReader reader;
        Outcome *outcome;
        Findings findings;
} Forgetting;

static void forgetting_done(Forgetting *forgetting)
{
        query_reader_done(&forgetting->reader);
        (void)outcome_free(forgetting->outcome);
        findings_done(&forgetting->findings);
}

static int forgetting_init(Forgetting *forgetting, Store *store, const Config *config, int64_t now)
{
        Forgetting fresh = { .store = store, .config = config, .now = now };
        int r;

        r = query_reader_init(&fresh.reader, store);
        /* What the configuration does not name any more is forgotten in its time all the same. */
        fresh.reader.reads_hidden = true;
        if (r >= 0)
                r = outcome_new(&fresh.outcome);
        if (r >= 0)
                r = findings_init(&fresh.findings, store, now, false);
        if (r < 0) {
                forgetting_done(&fresh);
                return r;
        }

        *forgetting = fresh;
        return 0;
}

/* Whoever is judged by a user that is forgotten names him, and is to be looked at again. */
static int forget_claim(Forgetting *forgetting, int64_t key, int64_t object)
{
        Statement *look = store_statement(forgetting->store, QUERY_FINDING_LOOK_NOW);
        int r;

        statement_bind_integer(look, ":now", forgetting->now);
        statement_bind_integer(look, ":key", key);
        r = statement_execute(look);
        return r < 0 ? r : claim_delete(forgetting->store, key, object);
}

/* The claims by which the cloud still knew a deleted user. */
static int forget_claims(Forgetting *forgetting)
{
        QueryReader *reader = &forgetting->reader;
        const Config *config = forgetting->config;
        const EvaluateContext context = {
                .tenant = &config->tenant,
                .settings = config->rules,
                .n_settings = config->n_rules,
                .domain = reader->domain->name,
                .selected = true,
                .unreadable = reader->domain->unreadable,
        };
        const Past past = { .now = forgetting->now, .deleted_at = reader->row.deleted_at };
        const Outcome *outcome = forgetting->outcome;
        int r;

        r = evaluate_object(&context, reader->object, forgetting->outcome);
        if (r >= 0)
                r = evaluate_past(&context, reader->object, &past, forgetting->outcome);
        for (size_t i = 0; i < outcome->n_claims && r >= 0; i++)
                r = forget_claim(forgetting, claim_key_of(&outcome->claims[i]), reader->row.id);
        return r;
}

static int forget_findings(Forgetting *forgetting)
{
        QueryReader *reader = &forgetting->reader;
        const FindingSubject subject = {
                .object = reader->row.id,
                .domain = reader->row.id >> CACHE_DOMAIN_SHIFT,
                .guid = reader->row.guid,
                .kind = reader->row.kind,
                .dn = buffer_string(&reader->dn),
        };

        return subject.dn ? findings_close(&forgetting->findings, &subject) : -ENOMEM;
}

/* What is left of a deleted object is its row, its GUID for look-ups, that it was deleted, and what the cloud knew it by. */
static int forget_object(Forgetting *forgetting, int64_t id)
{
        QueryReader *reader = &forgetting->reader;
        int r;

        r = query_reader_get(reader, id);
        if (r > 0) {
                r = forget_claims(forgetting);
                if (r >= 0)
                        r = forget_findings(forgetting);
        }
        if (r >= 0)
                r = claim_delete(forgetting->store, claim_guid_key(&reader->row.guid), id);
        if (r >= 0)
                r = measure_forget(forgetting->store, id >> CACHE_DOMAIN_SHIFT, &reader->row.guid);
        if (r >= 0)
                r = acceptance_forget_object(forgetting->store, id, &reader->row.guid);
        if (r >= 0)
                r = untold_end(forgetting->store, id);
        return r < 0 ? r : cache_delete(forgetting->store, id);
}

static int forget_rows(Store *store, const Config *config, int64_t now, const IdList *ids)
{
        _cleanup_(forgetting_done) Forgetting forgetting = {};
        int r;

        r = forgetting_init(&forgetting, store, config, now);
        for (size_t i = 0; i < ids->n && r >= 0; i++)
                r = forget_object(&forgetting, ids->ids[i]);
        return r < 0 ? r : findings_finish(&forgetting.findings);
}

/* Returns how many, or negative. */
static int forget_objects(Store *store, const Config *config, int64_t now, unsigned limit)
{
        int64_t before = days_ago(now, config->keep_deleted_days);
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

        if (r < 0 || ids.n == 0)
                return r;

        r = forget_rows(store, config, now, &ids);
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

        r = forget_objects(store, config, now, limit);
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

/* --- before its time --- */

/* The rows of an object; RETAIN_ALIVE where one is of an object that is there. */
static int find_deleted(Store *store, const Guid *guid, IdList *ret)
{
        int64_t key = claim_guid_key(guid), ids[8], after = 0;
        int n;

        do {
                n = claim_holders(store, key, after, ids, ARRAY_SIZE(ids));
                for (int i = 0; i < n; i++) {
                        _cleanup_(cache_row_done) CacheRow row = {};
                        int r = cache_get(store, ids[i], &row);

                        /* Equal hashes are not yet equal GUIDs. */
                        if (r > 0 && guid_equal(&row.guid, guid))
                                r = row.deleted_at ? id_list_add(ret, ids[i]) : RETAIN_ALIVE;
                        else
                                r = r < 0 ? r : 0;
                        if (r != 0)
                                return r;
                        after = ids[i];
                }
        } while (n == ARRAY_SIZE(ids));

        return n < 0 ? n : 0;
}

static int forget_events_of(Store *store, const Guid *guid)
{
        Statement *forget = store_statement(store, QUERY_RETAIN_FORGET_EVENTS_OF);
        int r;

        statement_bind_blob(forget, ":guid", guid->bytes, sizeof(guid->bytes));
        r = statement_execute(forget);
        return r < 0 ? r : store_changes(store);
}

static int forget_everywhere(Store *store, const Config *config, int64_t now, const Guid *guid,
                             Forgotten *ret)
{
        _cleanup_id_list_ IdList ids = {};
        int r, n_events;

        r = find_deleted(store, guid, &ids);
        if (r != 0)
                return r;

        n_events = forget_events_of(store, guid);
        if (n_events < 0)
                return n_events;
        r = ids.n > 0 ? forget_rows(store, config, now, &ids) : 0;
        if (r >= 0)
                r = forget_events_of(store,
                                     guid); /* what was found of a row has closed: an event */
        if (r < 0)
                return r;

        *ret = (Forgotten){ .objects = (int64_t)ids.n, .events = n_events };
        return 0;
}

int retain_forget(Store *store, const Config *config, int64_t now, const Guid *guid, Forgotten *ret)
{
        Forgotten forgotten;
        int r;

        assert(!store_in_transaction(store));

        r = store_begin(store);
        if (r < 0)
                return r;

        r = forget_everywhere(store, config, now, guid, &forgotten);
        if (r == 0)
                r = store_commit(store);
        if (r != 0) {
                (void)store_rollback(store);
                return r;
        }

        *ret = forgotten;
        return 0;
}
