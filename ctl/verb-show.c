/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "ctl/candidates.h"
#include "ctl/entry.h"
#include "ctl/finding-entry.h"
#include "ctl/json-output.h"
#include "ctl/predicting.h"
#include "ctl/scanctl.h"
#include "ctl/table.h"
#include "ctl/value-mark.h"
#include "ctl/value-note.h"
#include "lib/core/duration.h"
#include "lib/core/text.h"
#include "lib/core/value-text.h"
#include "lib/state/query.h"

/* One object with its findings, and what the cloud will hold of it. */
typedef struct Shown {
        Object *object;
        ObjectInfo info;
        FindingList *findings;
        Predicting predicting;
} Shown;

static void shown_done(Shown *shown)
{
        (void)object_free(shown->object);
        object_info_done(&shown->info);
        (void)finding_list_free(shown->findings);
        predicting_done(&shown->predicting);
}

/* 1: read. 0: it has gone since it was found. Negative: errno. */
static int shown_read(Scanctl *scanctl, Store *store, const Config *config, int64_t id, Shown *ret)
{
        int r;

        r = object_new(&ret->object);
        if (r < 0)
                return r;
        r = query_object(store, id, ret->object, &ret->info);
        if (r <= 0)
                return r;
        r = finding_list_new(store, config, &(FindingFilter){ .object = id, .now = scanctl->now },
                             &ret->findings);
        if (r >= 0)
                r = predicting_init(&ret->predicting, config, &scanctl->arguments);
        if (r >= 0)
                r = predicting_object(&ret->predicting, ret->object, ret->info.domain,
                                      predicting_scope(&ret->info));
        return r < 0 ? r : 1;
}

/* ------------------------------------------------------------------ text */

static int print_value(Output *output, const Predicted *predicted, const char *label,
                       AttributeId attribute, Slice value)
{
        _cleanup_buffer_ Buffer note = BUFFER_INIT, mark = BUFFER_INIT;
        int r;

        r = value_note(attribute, value, &note);
        if (r >= 0)
                r = value_mark(predicted, attribute, value, &mark);
        if (r >= 0 && mark.size > 0)
                r = buffer_append_format(&note, "%s%.*s", note.size > 0 ? "; " : "", (int)mark.size,
                                         (const char *)mark.data);
        if (r < 0 || !buffer_string(&note))
                return -ENOMEM;

        return entry_value(output, label, attribute, value, (const char *)note.data);
}

/* What other lines say already. */
static bool is_plumbing(AttributeId attribute)
{
        return attribute == ATTRIBUTE_OBJECT_GUID || attribute == ATTRIBUTE_PARENT_GUID ||
               attribute == ATTRIBUTE_USN_CHANGED || attribute == ATTRIBUTE_OBJECT_CLASS ||
               attribute == ATTRIBUTE_DISTINGUISHED_NAME || attribute == ATTRIBUTE_IS_DELETED;
}

static int print_attributes(Output *output, const Predicted *predicted)
{
        const Object *object = predicted->object;

        for (AttributeId attribute = 1; attribute < ATTRIBUTE_MAX; attribute++) {
                const Value *values;
                size_t n;

                if (is_plumbing(attribute))
                        continue;

                values = object_values(object, attribute, &n);
                for (size_t i = 0; i < n; i++) {
                        int r = print_value(output, predicted,
                                            i == 0 ? attribute_name(attribute) : "", attribute,
                                            (Slice){ values[i].data, values[i].size });

                        if (r < 0)
                                return r;
                }
        }

        return 0;
}

static const char *scope_text(const ObjectInfo *info)
{
        if (info->in_scope)
                return "in scope: the connector takes it";
        if (!info->selected)
                return "out of scope: outside the configured OUs (IncludeOU=, ExcludeOU=)";
        if (info->is_left_out)
                return "out of scope: the domain's Filter= leaves it out";
        if (info->is_not_in_group)
                return "out of scope: it is no direct member of the group that GroupFilter= names";
        if (info->is_excluded)
                return "out of scope: a rule excludes it, see below";
        return "out of scope: it belongs to another object, which is missing";
}

static int print_head(Output *output, const Shown *shown, int64_t now)
{
        const Object *object = shown->object;
        char guid[GUID_STRING_SIZE], span[DURATION_SIZE];
        int r;

        r = entry_title(output, object);
        if (r >= 0)
                r = entry_dn(output, object);
        if (r < 0)
                return r;

        guid_format(&object->guid, guid);
        if ((r = entry_print(output, "Kind", kind_name(object->kind))) < 0 ||
            (r = entry_print(output, "Domain", shown->info.domain)) < 0 ||
            (r = entry_print(output, "objectGUID", guid)) < 0)
                return r;

        if (!shown->info.deleted_at)
                return entry_print(output, "Scope", scope_text(&shown->info));

        duration_format(now - shown->info.deleted_at, span);
        (void)strcat(span, " ago");
        return entry_print(output, "Deleted", span);
}

static int print_finding(const Record *record, void *userdata)
{
        Scanctl *scanctl = userdata;

        return finding_entry_print(scanctl, record);
}

static int print_findings(Scanctl *scanctl, FindingList *list)
{
        if (finding_list_size(list) == 0) {
                (void)fputs("\nNo findings.\n", scanctl->output.stream);
                return 0;
        }

        return finding_entries_walk(list, print_finding, scanctl);
}

static int print_text(Scanctl *scanctl, const Shown *shown)
{
        int r;

        r = print_head(&scanctl->output, shown, scanctl->now);
        if (r >= 0) {
                (void)putc('\n', scanctl->output.stream);
                r = print_attributes(&scanctl->output, &shown->predicting.predicted);
        }
        if (r >= 0 && !shown->info.deleted_at) {
                output_format(&scanctl->output, STYLE_STRONG, "\nIn the cloud\n");
                r = prediction_print_body(&scanctl->output, &shown->predicting.predicted);
        }
        return r < 0 ? r : print_findings(scanctl, shown->findings);
}

/* ------------------------------------------------------------------ JSON */

static int json_shown(const Shown *shown, json_object **ret)
{
        _cleanup_json_ json_object *object = json_object_new_object();
        const ObjectInfo *info = &shown->info;
        json_object *attributes, *prediction, *findings;
        int r;

        if (!object)
                return -ENOMEM;

        if ((r = json_add_string(object, "domain", info->domain)) < 0 ||
            (r = json_add_guid(object, "guid", &shown->object->guid)) < 0 ||
            (r = json_add_bytes(object, "dn", shown->object->dn.data, shown->object->dn.size)) <
                    0 ||
            (r = json_add_string(object, "kind", kind_name(shown->object->kind))) < 0 ||
            (r = json_add_time(object, "deleted", info->deleted_at)) < 0 ||
            (r = json_add_boolean(object, "in_scope", info->in_scope)) < 0 ||
            (r = json_add_boolean(object, "selected", info->selected)) < 0 ||
            (r = json_add_boolean(object, "excluded",
                                  info->is_excluded || info->is_left_out || info->is_not_in_group ||
                                          info->is_join_excluded)) < 0 ||
            (r = json_attributes(shown->object, &attributes)) < 0 ||
            (r = json_add(object, "attributes", attributes)) < 0 ||
            (r = prediction_json(&shown->predicting.predicted, &prediction)) < 0 ||
            (r = json_add(object, "prediction", prediction)) < 0 ||
            (r = finding_entries_json(shown->findings, &findings)) < 0 ||
            (r = json_add(object, "findings", findings)) < 0)
                return r;

        *ret = TAKE_PTR(object);
        return 0;
}

/* The same shape for none, one and several. */
static int print_json(Scanctl *scanctl, Store *store, const Config *config, const int64_t *ids,
                      size_t n)
{
        JsonList list;
        int r = 0;

        json_list_begin(&list, scanctl->output.stream, "objects", scanctl->now);
        for (size_t i = 0; i < n && r >= 0; i++) {
                _cleanup_(shown_done) Shown shown = {};
                json_object *object;

                r = shown_read(scanctl, store, config, ids[i], &shown);
                if (r <= 0)
                        continue;
                r = json_shown(&shown, &object);
                if (r >= 0)
                        r = json_list_add(&list, object);
        }
        json_list_end(&list);

        if (r < 0)
                return scanctl_failed(scanctl, "cannot show the object", r);
        return n > 0 ? EXIT_FINE : EXIT_FOUND;
}

/* ------------------------------------------------------------------ the verb */

int scanctl_no_such_object(Store *store, const char *text)
{
        if (rule_find(text))
                (void)scanctl_error("there is no object \"%s\". For the rule: scanctl explain %s.",
                                    text, text);
        else if (query_is_container(store, text) > 0)
                (void)scanctl_error("\"%s\" is a container. What is wrong below it: scanctl "
                                    "findings --ou='%s'.",
                                    text, text);
        else
                (void)scanctl_error("there is no object \"%s\". It takes a whole DN, GUID, UPN, "
                                    "mail address or sAMAccountName; "
                                    "scanctl findings --text finds parts of a name.",
                                    text);
        return EXIT_FOUND;
}

static int show_one(Scanctl *scanctl, Store *store, const Config *config, int64_t id,
                    const char *text)
{
        _cleanup_(shown_done) Shown shown = {};
        int r;

        r = shown_read(scanctl, store, config, id, &shown);
        if (r == 0)
                return scanctl_no_such_object(store, text);
        if (r > 0)
                r = print_text(scanctl, &shown);
        return r < 0 ? scanctl_failed(scanctl, "cannot show the object", r) : EXIT_FINE;
}

int verb_show(Scanctl *scanctl, char **operands, size_t n_operands)
{
        _cleanup_free_ int64_t *ids = NULL;
        const Config *config;
        Store *store;
        size_t n;
        int r;

        if (scanctl_config(scanctl, CONFIG_NEED_PATHS, &config) < 0 ||
            scanctl_store(scanctl, &store) < 0)
                return EXIT_TROUBLE;

        r = query_find_objects(store, operands[0], &ids, &n);
        if (r < 0)
                return scanctl_failed(scanctl, "cannot look for the object", r);

        if (scanctl->arguments.format == OUTPUT_JSON)
                return print_json(scanctl, store, config, ids, n);
        if (n == 0)
                return scanctl_no_such_object(store, operands[0]);
        if (n > 1)
                return candidates_print(scanctl, store, ids, n);
        return show_one(scanctl, store, config, ids[0], operands[0]);
}
