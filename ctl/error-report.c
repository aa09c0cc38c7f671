/* SPDX-License-Identifier: MIT */

/* What reports of the connector come to, held against the findings: as text. */

#include <errno.h>
#include <string.h>

#include "ctl/entry.h"
#include "ctl/errors.h"
#include "ctl/finding-writer.h"
#include "ctl/prose.h"
#include "ctl/table.h"

#define HOLDERS 3 /* of a rule */

/* The findings of one rule that no report has. */
typedef struct Missing {
        const char *rule;
        size_t n;
        char *dns[HOLDERS];
} Missing;

typedef struct MissingList {
        Missing *rules;
        size_t n;
} MissingList;

static void missing_list_done(MissingList *list)
{
        for (size_t i = 0; i < list->n; i++)
                for (size_t k = 0; k < HOLDERS; k++)
                        free(list->rules[i].dns[k]);
        free(list->rules);
}

/* A rule's name outlives the record: it is the table's. */
static int missing_list_find(MissingList *list, const char *id, Missing **ret)
{
        const Rule *rule = rule_find(id);
        Missing *more;

        for (size_t i = 0; i < list->n; i++)
                if (strcmp(list->rules[i].rule, id) == 0) {
                        *ret = &list->rules[i];
                        return 0;
                }

        more = reallocarray(list->rules, list->n + 1, sizeof(*more));
        if (!more)
                return -ENOMEM;
        list->rules = more;
        more[list->n] = (Missing){ .rule = rule ? rule_id(rule) : "?" };
        *ret = &more[list->n++];
        return 0;
}

static int note_missing(void *userdata, const Record *record)
{
        Missing *missing;
        int r;

        r = missing_list_find(userdata, record->rule, &missing);
        if (r < 0)
                return r;
        if (missing->n < HOLDERS && !(missing->dns[missing->n] = strdup(record->dn)))
                return -ENOMEM;
        missing->n++;
        return 0;
}

/* ------------------------------------------------------------------ errors */

/* What the file calls the object, where nothing here is it. */
static const char *name_of(const SyncError *error)
{
        static const SyncErrorField order[] = {
                SYNC_ERROR_DN,   SYNC_ERROR_UPN,      SYNC_ERROR_TITLE,
                SYNC_ERROR_MAIL, SYNC_ERROR_ACCOUNT,  SYNC_ERROR_ANCHOR,
                SYNC_ERROR_GUID, SYNC_ERROR_CLOUD_ID, SYNC_ERROR_SID,
        };

        for (size_t i = 0; i < ARRAY_SIZE(order); i++)
                if (error->fields[order[i]])
                        return error->fields[order[i]];
        return "?";
}

static const char *title_of(const SyncError *error)
{
        return error->fields[SYNC_ERROR_NAME] ?: error->fields[SYNC_ERROR_MESSAGE] ?: "?";
}

static int append_values(const SyncError *error, Buffer *buffer)
{
        int r = 0;

        for (size_t i = 0; i < error->n_values && r >= 0; i++) {
                const SyncErrorValue *value = &error->values[i];

                r = buffer_append_string(buffer, i > 0 ? ", " : "");
                if (r >= 0 && value->attribute.size > 0) {
                        r = text_escape(value->attribute.data, value->attribute.size, 80, buffer);
                        r = r < 0 ? r : buffer_append_string(buffer, ": ");
                }
                if (r >= 0)
                        r = text_escape(value->value.data, value->value.size, 200, buffer);
        }
        return r < 0 || !buffer_string(buffer) ? -ENOMEM : 0;
}

static int print_findings(Output *output, const JoinedError *joined)
{
        int r = 0;

        for (size_t i = 0; i < joined->n_records && r >= 0; i++) {
                const Record *record = joined->records[i];
                _cleanup_buffer_ Buffer text = BUFFER_INIT;

                r = buffer_append_format(&text, "%s %s, %s", severity_name(record->severity),
                                         record->rule, certainty_name(record->certainty));
                if (r >= 0)
                        r = entry_print(output, i == 0 ? "finding" : "",
                                        buffer_string(&text) ?: "");
        }
        return r;
}

static int print_error(Output *output, const JoinedError *joined)
{
        _cleanup_buffer_ Buffer title = BUFFER_INIT, values = BUFFER_INIT, why = BUFFER_INIT;
        const SyncError *error = joined->error;
        const char *tie = error_tie_name(joined->tie);
        int r;

        if (output_safe(title_of(error), &title) < 0 || !buffer_string(&title) ||
            append_values(error, &values) < 0 ||
            buffer_append_string(&why, error_outcome_text(joined->outcome)) < 0 ||
            !buffer_string(&why))
                return -ENOMEM;

        (void)fputc('\n', output->stream);
        output_format(output, STYLE_STRONG, "%s\n", (const char *)title.data);
        if ((r = entry_print(output, "object", joined->dn ?: name_of(error))) < 0 ||
            (tie && (r = entry_print(output, "found by", tie)) < 0) ||
            (values.size > 0 && (r = entry_print(output, "value", (const char *)values.data)) < 0))
                return r;
        if (joined->n_records > 0)
                return print_findings(output, joined);
        return entry_print(output, "here", (const char *)why.data);
}

static int print_errors(const ErrorReport *report, bool is_predicted, const char *heading)
{
        Output *output = &report->scanctl->output;
        size_t n = 0;

        for (size_t i = 0; i < report->n_joined; i++) {
                int r;

                if (error_is_predicted(report->joined[i].outcome) != is_predicted)
                        continue;
                if (n++ == 0)
                        output_format(output, STYLE_STRONG, "\n%s\n", heading);
                r = print_error(output, &report->joined[i]);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* ------------------------------------------------------------------ the rest */

static int print_files(const ErrorReport *report)
{
        Output *output = &report->scanctl->output;

        for (size_t i = 0; i < report->n_files; i++) {
                const ErrorFile *file = &report->files[i];
                _cleanup_buffer_ Buffer path = BUFFER_INIT;

                if (output_safe(file->path, &path) < 0 || !buffer_string(&path))
                        return -ENOMEM;
                output_format(output, STYLE_STRONG, "%s", (const char *)path.data);
                output_format(output, STYLE_PLAIN, ": %zu error%s of %s, in %zu object%s\n",
                              file->n_errors, file->n_errors == 1 ? "" : "s",
                              sync_error_source_title(file->source), file->n_objects,
                              file->n_objects == 1 ? "" : "s");
        }
        return 0;
}

static int print_missing(const ErrorReport *report, const MissingList *list)
{
        static const Column columns[] = {
                { .title = "RULE" },
                { .title = "COUNT", .is_right = true },
                { .title = "FIRST", .label = "first", .least = 30 },
        };
        _cleanup_(table_freep) Table *table = NULL;
        Output *output = &report->scanctl->output;
        int r;

        if (list->n == 0)
                return 0;
        output_format(output, STYLE_STRONG, "\n%s\n\n", "Predicted, but not there");
        r = table_new(columns, ARRAY_SIZE(columns), &table);
        for (size_t i = 0; i < list->n && r >= 0; i++) {
                const Missing *missing = &list->rules[i];

                if ((r = table_add(table, STYLE_STRONG, missing->rule)) < 0 ||
                    (r = table_add_format(table, STYLE_PLAIN, "%zu", missing->n)) < 0)
                        break;
                for (size_t k = 0; k < HOLDERS && k < missing->n && r >= 0; k++) {
                        /* Those behind the first stand alone in their rows. */
                        for (size_t empty = 0; k > 0 && empty < 2 && r >= 0; empty++)
                                r = table_add(table, STYLE_PLAIN, NULL);
                        if (r >= 0)
                                r = table_add(table, STYLE_PLAIN, missing->dns[k]);
                }
        }
        if (r >= 0)
                table_print(table, output);
        return r;
}

static void print_counts(const ErrorReport *report, const ErrorBalance *balance)
{
        static const Certainty order[] = { CERTAINTY_CERTAIN, CERTAINTY_PROBABLE };
        Output *output = &report->scanctl->output;
        size_t n_predicted = 0;

        for (size_t i = 0; i < report->n_joined; i++)
                n_predicted += error_is_predicted(report->joined[i].outcome);
        (void)fputc('\n', output->stream);
        output_prose(output, STYLE_PLAIN, 0,
                     "%zu error%s: %zu predicted and there, %zu there but not predicted.",
                     report->n_joined, report->n_joined == 1 ? "" : "s", n_predicted,
                     report->n_joined - n_predicted);
        for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
                const ErrorCount *count = &balance->counts[order[i]];

                output_prose(output, STYLE_PLAIN, 0,
                             "Of %zu %s predictions that such reports show: %zu there, %zu not "
                             "there, %zu too new for the connector to have met.",
                             count->there + count->not_there + count->too_new,
                             certainty_name(order[i]), count->there, count->not_there,
                             count->too_new);
        }
}

int error_report_text(const ErrorReport *report)
{
        _cleanup_(missing_list_done) MissingList missing = {};
        ErrorBalance balance;
        int r;

        r = error_balance(report->store, report->config, report->scanctl->now, report->files,
                          report->n_files, report->joined, report->n_joined, note_missing, &missing,
                          &balance);
        if (r < 0)
                return r;

        if ((r = print_files(report)) < 0 ||
            (r = print_errors(report, true, "Predicted and there")) < 0 ||
            (r = print_errors(report, false, "There, but not predicted")) < 0 ||
            (r = print_missing(report, &missing)) < 0)
                return r;
        print_counts(report, &balance);
        return 0;
}
