/* SPDX-License-Identifier: MIT */
#include "lib/state/event.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/util.h"

/* What happened is kept for a year and more: a value of megabytes is told by its beginning. */
#define EVENT_VALUE_LIMIT 4096

const char *event_type_name(EventType type)
{
        static const char *const names[] = {
                [EVENT_OPENED] = "opened",
                [EVENT_CLOSED] = "closed",
                [EVENT_BASELINE] = "baseline",
                [EVENT_SUMMARY] = "summary",
                [EVENT_DELETED] = "deleted",
                [EVENT_RESTORED] = "restored",
                [EVENT_MOVED] = "moved",
                [EVENT_UPN_CHANGED] = "upn-changed",
                [EVENT_READ_COMPLETE] = "read-complete",
                [EVENT_CLOSED_SUMMARY] = "closed-summary",
                [EVENT_ANCHOR_CHANGED] = "anchor-changed",
                [EVENT_LEFT_SCOPE] = "left-scope",
                [EVENT_ACCEPTED] = "accepted",
                [EVENT_ACCEPTANCE_UNDONE] = "acceptance-undone",
                [EVENT_ACCEPTANCE_EXPIRED] = "acceptance-expired",
        };

        /* A newer scand's database may hold types of which we know nothing. */
        return (unsigned)type < ARRAY_SIZE(names) && names[type] ? names[type] : "unknown";
}

static void bind_value(Statement *statement, const char *name, Slice value)
{
        if (value.data)
                statement_bind_value(statement, name, value.data,
                                     value.size < EVENT_VALUE_LIMIT ? value.size
                                                                    : EVENT_VALUE_LIMIT);
        else
                statement_bind_null(statement, name);
}

int event_append(Store *store, int64_t domain, const Event *event)
{
        Statement *statement = store_statement(store, QUERY_EVENT_INSERT);

        statement_bind_integer(statement, ":at", event->at);
        statement_bind_integer(statement, ":type", event->type);
        statement_bind_integer(statement, ":domain", domain);
        if (!guid_is_null(&event->guid)) {
                statement_bind_blob(statement, ":guid", event->guid.bytes,
                                    sizeof(event->guid.bytes));
                statement_bind_integer(statement, ":kind", event->kind);
        }
        statement_bind_text(statement, ":dn", event->dn);
        if (event->rule) {
                statement_bind_text(statement, ":rule", event->rule);
                statement_bind_integer(statement, ":severity", event->severity);
        }
        statement_bind_text(statement, ":attribute", event->attribute);
        bind_value(statement, ":value", event->value);
        bind_value(statement, ":old_value", event->old_value);
        statement_bind_integer(statement, ":leaves", event->leaves);
        if (event->count != 0)
                statement_bind_integer(statement, ":count", event->count);
        if (event->finding != 0)
                statement_bind_integer(statement, ":finding", (int64_t)event->finding);
        if (event->until != 0)
                statement_bind_integer(statement, ":until", event->until);
        if (event->who)
                statement_bind_integer(statement, ":uid", event->uid);
        statement_bind_text(statement, ":who", event->who);
        statement_bind_text(statement, ":why", event->why);
        return statement_execute(statement);
}

static Slice column_slice(Statement *statement, int column)
{
        Slice slice;

        slice.data = statement_blob(statement, column, &slice.size);
        return slice;
}

static void read_event(Statement *statement, Event *ret)
{
        Slice guid = column_slice(statement, COLUMN_EVENT_AFTER_GUID);

        *ret = (Event){
                .id = statement_integer(statement, COLUMN_EVENT_AFTER_ID),
                .at = statement_integer(statement, COLUMN_EVENT_AFTER_AT),
                .type = (EventType)statement_integer(statement, COLUMN_EVENT_AFTER_TYPE),
                .domain = statement_text(statement, COLUMN_EVENT_AFTER_DOMAIN),
                .dn = statement_text(statement, COLUMN_EVENT_AFTER_DN),
                .kind = (Kind)statement_integer(statement, COLUMN_EVENT_AFTER_KIND),
                .rule = statement_text(statement, COLUMN_EVENT_AFTER_RULE),
                .severity = (Severity)statement_integer(statement, COLUMN_EVENT_AFTER_SEVERITY),
                .attribute = statement_text(statement, COLUMN_EVENT_AFTER_ATTRIBUTE),
                .value = column_slice(statement, COLUMN_EVENT_AFTER_VALUE),
                .old_value = column_slice(statement, COLUMN_EVENT_AFTER_OLD_VALUE),
                .count = statement_integer(statement, COLUMN_EVENT_AFTER_COUNT),
                .finding = (uint64_t)statement_integer(statement, COLUMN_EVENT_AFTER_FINDING),
                .until = statement_integer(statement, COLUMN_EVENT_AFTER_UNTIL),
                .uid = statement_integer(statement, COLUMN_EVENT_AFTER_UID),
                .who = statement_text(statement, COLUMN_EVENT_AFTER_WHO),
                .why = statement_text(statement, COLUMN_EVENT_AFTER_WHY),
        };
        (void)guid_from_bytes(guid.data, guid.size, &ret->guid);
}

int event_walk(Store *store, int64_t after, unsigned limit, EventFunction function, void *userdata)
{
        _cleanup_statement_ Statement *statement = store_statement(store, QUERY_EVENT_AFTER);
        int r;

        statement_bind_integer(statement, ":after", after);
        statement_bind_integer(statement, ":limit", limit);

        while ((r = statement_step(statement)) > 0) {
                Event event;

                read_event(statement, &event);
                r = function(&event, userdata);
                if (r != 0)
                        return r;
        }

        return r;
}

_Static_assert((int)COLUMN_EVENT_OF_ID == (int)COLUMN_EVENT_AFTER_ID &&
                       (int)COLUMN_EVENT_OF_WHY == (int)COLUMN_EVENT_AFTER_WHY,
               "read_event() reads the columns of both");

int event_walk_object(Store *store, const Guid *guid, EventFunction function, void *userdata)
{
        _cleanup_statement_ Statement *statement = store_statement(store, QUERY_EVENT_OF);
        int r;

        statement_bind_blob(statement, ":guid", guid->bytes, sizeof(guid->bytes));
        while ((r = statement_step(statement)) > 0) {
                Event event;

                read_event(statement, &event);
                r = function(&event, userdata);
                if (r != 0)
                        return r;
        }

        return r;
}

/* 1: there is an event of the object. */
static int stop_at_first(const Event *event, void *userdata)
{
        return 1;
}

int event_find_objects(Store *store, const char *text, EventObjectFunction function, void *userdata)
{
        _cleanup_statement_ Statement *statement = NULL;
        Guid guid;
        int r;

        if (guid_parse(text, &guid) == 0) {
                r = event_walk_object(store, &guid, stop_at_first, NULL);
                return r <= 0 ? r : function(&guid, userdata);
        }

        statement = store_statement(store, QUERY_EVENT_NAMED);
        statement_bind_text(statement, ":text", text);
        while ((r = statement_step(statement)) > 0) {
                Slice bytes = column_slice(statement, COLUMN_EVENT_NAMED_GUID);

                r = guid_from_bytes(bytes.data, bytes.size, &guid);
                if (r >= 0)
                        r = function(&guid, userdata);
                if (r < 0)
                        return r;
        }

        return r;
}

int event_last_id(Store *store, int64_t *ret)
{
        _cleanup_statement_ Statement *statement = store_statement(store, QUERY_EVENT_LAST_ID);
        int r;

        r = statement_step(statement);
        if (r < 0)
                return r;

        *ret = r > 0 ? statement_integer(statement, COLUMN_EVENT_LAST_ID_ID) : 0;
        return 0;
}

int event_published_get(Store *store, int64_t *ret)
{
        _cleanup_free_ char *text = NULL;
        int r;

        r = store_meta_get(store, "published", &text);
        if (r < 0)
                return r;

        *ret = r > 0 ? strtoll(text, NULL, 10) : 0;
        return 0;
}

int event_published_set(Store *store, int64_t id)
{
        char text[24];

        (void)snprintf(text, sizeof(text), "%lld", (long long)id);
        return store_meta_set(store, "published", text);
}
