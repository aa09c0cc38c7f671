/* SPDX-License-Identifier: MIT */

/* A deleted object that is to be forgotten before its days are over: chosen from the database here, forgotten by the daemon alone. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/candidates.h"
#include "ctl/control-client.h"
#include "ctl/entry.h"
#include "lib/core/record.h"
#include "lib/state/event.h"
#include "lib/state/query.h"

/* Who is called so: one GUID, maybe in several domains, or known to the log only. */
typedef struct Remembered {
        Guid guid;
        size_t n_guids;
        bool is_alive;
        char *dn;
        int64_t deleted_at; /* 0: only the log remembers */
        int64_t n_events;
} Remembered;

static void remembered_done(Remembered *remembered)
{
        free(remembered->dn);
}

static int remember_name(Remembered *remembered, const void *data, size_t size)
{
        char *dn = strndup(data, size);

        if (!dn)
                return -ENOMEM;
        free(remembered->dn);
        remembered->dn = dn;
        return 0;
}

static void remember_guid(Remembered *remembered, const Guid *guid)
{
        if (remembered->n_guids == 0 || !guid_equal(&remembered->guid, guid))
                remembered->n_guids++;
        remembered->guid = *guid;
}

static int remember_object(Remembered *remembered, Store *store, int64_t id)
{
        _cleanup_(object_info_done) ObjectInfo info = {};
        _cleanup_(object_freep) Object *object = NULL;
        int r;

        r = object_new(&object);
        if (r >= 0)
                r = query_object(store, id, object, &info);
        if (r <= 0)
                return r;

        remember_guid(remembered, &object->guid);
        remembered->is_alive = remembered->is_alive || info.deleted_at == 0;
        remembered->deleted_at = info.deleted_at;
        return remember_name(remembered, object->dn.data, object->dn.size);
}

static int take_guid(const Guid *guid, void *userdata)
{
        remember_guid(userdata, guid);
        return 0;
}

static int take_event(const Event *event, void *userdata)
{
        Remembered *remembered = userdata;

        remembered->n_events++;
        return event->dn && !remembered->deleted_at
                       ? remember_name(remembered, event->dn, strlen(event->dn))
                       : 0;
}

/* Under another name it may have been known before: all rows of the GUID count. */
static int remember_all(Remembered *remembered, Store *store, const char *name)
{
        _cleanup_free_ int64_t *ids = NULL;
        char guid[GUID_STRING_SIZE];
        size_t n;
        int r;

        r = query_find_objects(store, name, &ids, &n);
        for (size_t i = 0; i < n && r >= 0; i++)
                r = remember_object(remembered, store, ids[i]);
        if (r < 0 || remembered->n_guids > 0)
                return r;

        r = event_find_objects(store, name, take_guid, remembered);
        if (r < 0 || remembered->n_guids != 1)
                return r;

        free(TAKE_PTR(ids));
        guid_format(&remembered->guid, guid);
        r = query_find_objects(store, guid, &ids, &n);
        for (size_t i = 0; i < n && r >= 0; i++)
                r = remember_object(remembered, store, ids[i]);
        return r;
}

static int print_remembered(Output *output, const Remembered *remembered, bool is_dry)
{
        char guid[GUID_STRING_SIZE], at[RECORD_TIME_SIZE], events[32];
        int r;

        guid_format(&remembered->guid, guid);
        if (remembered->deleted_at)
                record_format_time(remembered->deleted_at, at);
        (void)snprintf(events, sizeof(events), "%" PRIi64, remembered->n_events);

        output_prose(output, STYLE_PLAIN, 0, "%s forgotten:", is_dry ? "This would be" : "To be");
        r = entry_print(output, "DN", remembered->dn ? remembered->dn : "not known any more");
        if (r >= 0)
                r = entry_print(output, "objectGUID", guid);
        if (r >= 0)
                r = entry_print(output, "Deleted",
                                remembered->deleted_at ? at : "yes, and no longer remembered");
        if (r >= 0)
                r = entry_print(output, "Events", events);
        (void)fflush(output->stream);
        return r;
}

static int ask_to_forget(Scanctl *scanctl, const Guid *guid)
{
        _cleanup_free_ ControlRequest *request = calloc(1, sizeof(*request));
        _cleanup_free_ char *text = NULL;
        int r;

        if (!request)
                return scanctl_error("out of memory.");
        request->verb = CONTROL_FORGET;
        request->guid = *guid;
        r = control_ask(scanctl, request, &text);
        if (r == 0)
                (void)fprintf(scanctl->output.stream, "%s.\n", text);
        return r;
}

/* Several: those that are there now, with their GUIDs; of those that only the log has, it is their number that can be told. */
static int say_ambiguous(Scanctl *scanctl, Store *store, const char *name, size_t n_guids)
{
        _cleanup_free_ int64_t *ids = NULL;
        size_t n;
        int r;

        r = query_find_objects(store, name, &ids, &n);
        if (r < 0)
                return scanctl_failed(scanctl, "cannot look for the object", r);
        if (n > 0)
                return candidates_print(scanctl, store, ids, n);
        return scanctl_error("%zu objects were called so. scanctl history tells their GUIDs: name "
                             "one by it.",
                             n_guids);
}

int verb_forget(Scanctl *scanctl, char **operands, size_t n_operands)
{
        _cleanup_(remembered_done) Remembered remembered = {};
        bool is_dry = scanctl->arguments.dry_run;
        Store *store;
        int r;

        if (scanctl_store(scanctl, &store) < 0)
                return EXIT_TROUBLE;

        r = remember_all(&remembered, store, operands[0]);
        if (r >= 0 && remembered.n_guids == 1)
                r = event_walk_object(store, &remembered.guid, take_event, &remembered);
        if (r < 0)
                return scanctl_failed(scanctl, "cannot look for the object", r);

        if (remembered.n_guids == 0)
                return scanctl_no_such_object(store, operands[0]);
        if (remembered.n_guids > 1)
                return say_ambiguous(scanctl, store, operands[0], remembered.n_guids);
        if (remembered.is_alive)
                return scanctl_error("\"%s\" is not deleted: scand would read it again. It can be "
                                     "forgotten when it is deleted in the directory, and scand has "
                                     "seen that.",
                                     operands[0]);

        r = print_remembered(&scanctl->output, &remembered, is_dry);
        if (r < 0)
                return scanctl_failed(scanctl, "cannot show the object", r);
        return is_dry ? EXIT_FINE : ask_to_forget(scanctl, &remembered.guid);
}
