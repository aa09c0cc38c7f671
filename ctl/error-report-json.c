/* SPDX-License-Identifier: MIT */

/* What reports of the connector come to, held against the findings: as JSON. */

#include <errno.h>
#include <string.h>

#include "ctl/errors.h"
#include "ctl/json-output.h"

#define MISSING_MAX 1000 /* findings that no report has; how many there are is counted */

static int add_findings(const JoinedError *joined, json_object *told)
{
        json_object *findings = json_object_new_array();
        int r;

        r = json_add(told, "findings", findings);
        for (size_t i = 0; i < joined->n_records && r >= 0; i++)
                r = json_append_record(findings, joined->records[i]);
        return r;
}

static int add_rules(const JoinedError *joined, json_object *told)
{
        json_object *rules = json_object_new_array();
        int r;

        r = json_add(told, "rules", rules);
        for (size_t i = 0; i < joined->n_rules && r >= 0; i++)
                r = json_append(rules, json_object_new_string(rule_id(joined->rules[i])));
        return r;
}

static int add_values(const SyncError *error, json_object *told)
{
        json_object *values = json_object_new_array();
        int r;

        r = json_add(told, "values", values);
        for (size_t i = 0; i < error->n_values && r >= 0; i++) {
                _cleanup_json_ json_object *pair = json_object_new_object();
                const SyncErrorValue *value = &error->values[i];

                if (!pair)
                        return -ENOMEM;
                if ((value->attribute.size > 0
                             ? (r = json_add_bytes(pair, "attribute", value->attribute.data,
                                                   value->attribute.size))
                             : (r = json_add_string(pair, "attribute", NULL))) < 0 ||
                    (r = json_add_bytes(pair, "value", value->value.data, value->value.size)) < 0)
                        return r;
                r = json_append(values, TAKE_PTR(pair));
        }
        return r;
}

/* What a file says is text of others: bytes that are none are escaped. */
static int add_field(json_object *told, const char *key, const char *text)
{
        return text ? json_add_bytes(told, key, text, strlen(text))
                    : json_add_string(told, key, NULL);
}

static int add_error(JsonList *list, const JoinedError *joined)
{
        _cleanup_json_ json_object *told = json_object_new_object();
        const SyncError *error = joined->error;
        int r;

        if (!told)
                return -ENOMEM;
        if ((r = add_field(told, "file", joined->file->path)) < 0 ||
            (r = json_add_string(told, "source", sync_error_source_name(error->source))) < 0 ||
            (r = json_add_integer(told, "number", (int64_t)error->number)) < 0 ||
            (r = add_field(told, "error", error->fields[SYNC_ERROR_NAME])) < 0 ||
            (r = add_field(told, "message", error->fields[SYNC_ERROR_MESSAGE])) < 0 ||
            (r = json_add_time(told, "occurred", sync_error_time(error))) < 0 ||
            (r = add_field(told, "name", error->fields[SYNC_ERROR_TITLE])) < 0 ||
            (r = add_values(error, told)) < 0 ||
            (r = json_add_boolean(told, "predicted", error_is_predicted(joined->outcome))) < 0 ||
            (r = json_add_string(told, "outcome", error_outcome_name(joined->outcome))) < 0 ||
            (r = json_add_string(told, "found_by", error_tie_name(joined->tie))) < 0 ||
            (r = json_add_string(told, "domain", joined->domain)) < 0 ||
            (r = json_add_string(told, "dn", joined->dn)) < 0 ||
            (r = json_add_guid(told, "guid", &joined->guid)) < 0 ||
            (r = json_add_string(told, "kind", joined->dn ? kind_name(joined->kind) : NULL)) < 0 ||
            (r = add_rules(joined, told)) < 0 || (r = add_findings(joined, told)) < 0)
                return r;
        return json_list_add(list, TAKE_PTR(told));
}

/* ------------------------------------------------------------------ the balance */

typedef struct MissingArray {
        json_object *array;
        size_t n;
} MissingArray;

static int note_missing(void *userdata, const Record *record)
{
        MissingArray *missing = userdata;

        return missing->n++ < MISSING_MAX ? json_append_record(missing->array, record) : 0;
}

static int add_count(json_object *balance, const char *name, const ErrorCount *count)
{
        json_object *told = json_object_new_object();
        int r;

        r = json_add(balance, name, told);
        if (r >= 0)
                r = json_add_integer(told, "there", (int64_t)count->there);
        if (r >= 0)
                r = json_add_integer(told, "not_there", (int64_t)count->not_there);
        return r < 0 ? r : json_add_integer(told, "too_new", (int64_t)count->too_new);
}

static int add_files(const ErrorReport *report, json_object *balance)
{
        json_object *files = json_object_new_array();
        int r;

        r = json_add(balance, "files", files);
        for (size_t i = 0; i < report->n_files && r >= 0; i++) {
                _cleanup_json_ json_object *told = json_object_new_object();
                const ErrorFile *file = &report->files[i];

                if (!told)
                        return -ENOMEM;
                if ((r = add_field(told, "file", file->path)) < 0 ||
                    (r = json_add_string(told, "source", sync_error_source_name(file->source))) <
                            0 ||
                    (r = json_add_time(told, "written_at", file->written_at)) < 0 ||
                    (r = json_add_integer(told, "objects", (int64_t)file->n_objects)) < 0 ||
                    (r = json_add_integer(told, "errors", (int64_t)file->n_errors)) < 0)
                        return r;
                r = json_append(files, TAKE_PTR(told));
        }
        return r;
}

static int add_balance(const ErrorReport *report, json_object *told)
{
        MissingArray missing = { json_object_new_array(), 0 };
        ErrorBalance balance;
        int r;

        r = json_add(told, "not_there", missing.array);
        if (r >= 0)
                r = error_balance(report->store, report->config, report->scanctl->now,
                                  report->files, report->n_files, report->joined, report->n_joined,
                                  note_missing, &missing, &balance);
        if (r < 0)
                return r;

        if ((r = json_add_integer(told, "not_there_total", (int64_t)missing.n)) < 0 ||
            (r = add_count(told, "certain", &balance.counts[CERTAINTY_CERTAIN])) < 0 ||
            (r = add_count(told, "probable", &balance.counts[CERTAINTY_PROBABLE])) < 0)
                return r;
        return add_files(report, told);
}

int error_report_json(const ErrorReport *report)
{
        _cleanup_json_ json_object *balance = json_object_new_object();
        JsonList list;
        int r;

        if (!balance)
                return -ENOMEM;
        r = add_balance(report, balance);
        if (r < 0)
                return r;

        json_list_begin(&list, report->scanctl->output.stream, "errors", report->scanctl->now);
        for (size_t i = 0; i < report->n_joined && r >= 0; i++)
                r = add_error(&list, &report->joined[i]);
        return r < 0 ? r : json_list_end_with(&list, "balance", balance);
}
