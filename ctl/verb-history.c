/* SPDX-License-Identifier: MIT */

/* What happened to an object, as the event log and the retained object tell: with old value, new value, and when. */

#include <errno.h>
#include <string.h>

#include "ctl/entry.h"
#include "ctl/event-text.h"
#include "ctl/finding-writer.h"
#include "ctl/history-origin.h"
#include "ctl/json-output.h"
#include "ctl/scanctl.h"
#include "ctl/table.h"
#include "lib/state/event.h"
#include "lib/state/query.h"

/* One call: the objects that are called so, one after the other. */
typedef struct HistoryRun {
        Scanctl *scanctl;
        Store *store;
        JsonList list;
        size_t n;

        /* The present object's events, on their way out. */
        Table *table;
        json_object *events;
        char *domain, *dn; /* of the last event: all that is known of what is forgotten */
        Kind kind;
        char *origin; /* what the daemon says of the present object; NULL: not asked, or it cannot be known */
        bool lacks_origin; /* of one object at least */
} HistoryRun;

static int remember(HistoryRun *run, const Event *event)
{
        char *domain = event->domain ? strdup(event->domain) : NULL;
        char *dn = event->dn ? strdup(event->dn) : NULL;

        if ((event->domain && !domain) || (event->dn && !dn)) {
                free(domain);
                free(dn);
                return -ENOMEM;
        }

        free(run->domain);
        free(run->dn);
        run->domain = domain;
        run->dn = dn;
        run->kind = event->kind;
        return 0;
}

/* ------------------------------------------------------------------ text */

static int table_event(HistoryRun *run, const Event *event)
{
        _cleanup_buffer_ Buffer old = BUFFER_INIT, new = BUFFER_INIT, cell = BUFFER_INIT;
        char at[RECORD_TIME_SIZE];
        int r;

        record_format_time(event->at, at);
        if ((r = event_value_text(event->attribute, event->old_value, &old)) < 0 ||
            (r = event_value_text(event->attribute, event->value, &new)) < 0 ||
            (r = table_add(run->table, STYLE_FAINT, at)) < 0 ||
            (r = table_add(run->table, STYLE_STRONG, event_type_name(event->type))) < 0 ||
            (r = table_add(run->table, STYLE_PLAIN, event->rule ?: event->attribute)) < 0)
                return r;

        r = old.size > 0 ? finding_value_text(NULL, buffer_string(&old), &cell) : 0;
        if (r < 0 || (r = table_add(run->table, STYLE_PLAIN, buffer_string(&cell))) < 0)
                return r;

        buffer_reset(&cell);
        if (event->who) {
                r = event_acceptance_text(event, &cell);
                return r < 0 ? r : table_add(run->table, STYLE_PLAIN, buffer_string(&cell));
        }
        r = new.size > 0 ? finding_value_text(event->rule ? event->attribute : NULL,
                                              buffer_string(&new), &cell)
                         : 0;
        return r < 0 ? r : table_add(run->table, STYLE_PLAIN, buffer_string(&cell));
}

static int print_head(HistoryRun *run, const Guid *guid, const Object *object,
                      const ObjectInfo *info)
{
        Output *output = &run->scanctl->output;
        char text[GUID_STRING_SIZE], at[RECORD_TIME_SIZE];
        const Value *created = object ? object_value(object, ATTRIBUTE_WHEN_CREATED) : NULL;
        int r;

        if (run->n > 0)
                (void)fputs("\n\n", output->stream);
        guid_format(guid, text);
        if (object && ((r = entry_title(output, object)) < 0 || (r = entry_dn(output, object)) < 0))
                return r;
        if (!object && run->dn && (r = entry_print(output, "DN", run->dn)) < 0)
                return r;
        r = entry_print(output, "objectGUID", text);
        if (r >= 0 && created)
                r = entry_value(output, "Created", ATTRIBUTE_WHEN_CREATED,
                                (Slice){ created->data, created->size }, "");
        if (r >= 0 && info && info->deleted_at) {
                record_format_time(info->deleted_at, at);
                r = entry_print(output, "Deleted", at);
        }
        if (r >= 0 && !object)
                r = entry_print(output, "Deleted", "yes, and no longer remembered");
        (void)putc('\n', output->stream);
        return r;
}

/* ------------------------------------------------------------------ JSON */

static int json_event(HistoryRun *run, const Event *event)
{
        json_object *object = json_object_new_object();
        int r;

        r = json_append(run->events, object);
        return r < 0 ? r : event_json(event, object);
}

static int json_origin(HistoryRun *run, json_object *answer)
{
        json_object *array;
        int r;

        if (!run->origin)
                return json_add_string(answer, "origin", NULL);
        r = history_origin_json(run->origin, &array);
        return r < 0 ? r : json_add(answer, "origin", array);
}

static int json_history(HistoryRun *run, const Guid *guid, const Object *object,
                        const ObjectInfo *info)
{
        _cleanup_json_ json_object *answer = json_object_new_object();
        const Value *created = object ? object_value(object, ATTRIBUTE_WHEN_CREATED) : NULL;
        int r;

        if (!answer)
                return -ENOMEM;

        if ((r = json_add_string(answer, "domain", info ? info->domain : run->domain)) < 0 ||
            (r = json_add_guid(answer, "guid", guid)) < 0 ||
            (r = object ? json_add_bytes(answer, "dn", object->dn.data, object->dn.size)
                        : json_add_string(answer, "dn", run->dn)) < 0 ||
            (r = json_add_string(answer, "kind", kind_name(object ? object->kind : run->kind))) <
                    0 ||
            (r = created ? json_add_bytes(answer, "when_created", created->data, created->size)
                         : json_add_string(answer, "when_created", NULL)) < 0 ||
            (r = json_add_time(answer, "deleted", info ? info->deleted_at : 0)) < 0 ||
            (r = json_add(answer, "events", TAKE_PTR(run->events))) < 0 ||
            (r = json_origin(run, answer)) < 0)
                return r;

        return json_list_add(&run->list, TAKE_PTR(answer));
}

/* ------------------------------------------------------------------ one object */

static int take_event(const Event *event, void *userdata)
{
        HistoryRun *run = userdata;
        int r;

        r = remember(run, event);
        if (r < 0)
                return r;
        return run->events ? json_event(run, event) : table_event(run, event);
}

/* `object` and `info` are NULL where only the log remembers it. */
static int show_history(HistoryRun *run, const Guid *guid, const Object *object,
                        const ObjectInfo *info)
{
        static const Column columns[] = {
                { .title = "WHEN" },
                { .title = "EVENT" },
                { .title = "WHAT" },
                { .title = "FROM", .label = "from", .least = 20 },
                { .title = "TO", .label = "to", .least = 20 },
        };
        _cleanup_(table_freep) Table *table = NULL;
        bool is_json = run->scanctl->arguments.format == OUTPUT_JSON;
        int r;

        r = table_new(columns, ARRAY_SIZE(columns), &table);
        if (r < 0)
                return r;

        run->table = table;
        run->events = is_json ? json_object_new_array() : NULL;
        if (is_json && !run->events)
                return -ENOMEM;

        r = event_walk_object(run->store, guid, take_event, run);
        if (r >= 0 && run->scanctl->arguments.origin &&
            history_origin_ask(run->scanctl, info ? info->domain : run->domain, guid,
                               &run->origin) != 0)
                run->lacks_origin = true;
        if (r >= 0)
                r = is_json ? json_history(run, guid, object, info)
                            : print_head(run, guid, object, info);
        if (r >= 0 && !is_json)
                table_print(table, &run->scanctl->output);
        if (r >= 0 && !is_json && run->origin)
                r = history_origin_print(&run->scanctl->output, run->origin);
        free(TAKE_PTR(run->origin));
        (void)json_object_put(TAKE_PTR(run->events));
        run->n++;
        return r;
}

static int show_known(HistoryRun *run, int64_t id)
{
        _cleanup_(object_info_done) ObjectInfo info = {};
        _cleanup_(object_freep) Object *object = NULL;
        int r;

        r = object_new(&object);
        if (r >= 0)
                r = query_object(run->store, id, object, &info);
        return r <= 0 ? r : show_history(run, &object->guid, object, &info);
}

/* Who is not there under that name may have been: by his GUID, or a name that he had. */
static int take_guid(const Guid *guid, void *userdata)
{
        HistoryRun *run = userdata;
        _cleanup_free_ int64_t *ids = NULL;
        char text[GUID_STRING_SIZE];
        size_t n;
        int r;

        guid_format(guid, text);
        r = query_find_objects(run->store, text, &ids, &n);
        if (r < 0)
                return r;
        return n > 0 ? show_known(run, ids[0]) : show_history(run, guid, NULL, NULL);
}

static int show_all(HistoryRun *run, const char *name)
{
        _cleanup_free_ int64_t *ids = NULL;
        size_t n;
        int r;

        r = query_find_objects(run->store, name, &ids, &n);
        for (size_t i = 0; i < n && r >= 0; i++)
                r = show_known(run, ids[i]);
        if (r < 0 || n > 0)
                return r;

        return event_find_objects(run->store, name, take_guid, run);
}

int verb_history(Scanctl *scanctl, char **operands, size_t n_operands)
{
        HistoryRun run = { .scanctl = scanctl };
        bool is_json = scanctl->arguments.format == OUTPUT_JSON;
        int r;

        if (scanctl_store(scanctl, &run.store) < 0)
                return EXIT_TROUBLE;

        if (is_json)
                json_list_begin(&run.list, scanctl->output.stream, "objects", scanctl->now);
        r = show_all(&run, operands[0]);
        if (is_json)
                json_list_end(&run.list);
        free(run.domain);
        free(run.dn);
        if (r < 0)
                return scanctl_failed(scanctl, "cannot read the history", r);
        if (run.n > 0)
                return run.lacks_origin ? EXIT_TROUBLE : EXIT_FINE;
        return is_json ? EXIT_FOUND : scanctl_no_such_object(run.store, operands[0]);
}
