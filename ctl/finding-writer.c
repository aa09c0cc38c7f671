/* SPDX-License-Identifier: MIT */
#include "ctl/finding-writer.h"

#include <errno.h>
#include <string.h>

#include "ctl/csv.h"
#include "ctl/json-output.h"
#include "ctl/table.h"
#include "lib/core/text-cut.h"

/* Values can be megabytes; whoever wants all of one asks for JSON. */
#define VALUE_COLUMNS 160

/* So many holders are named in a list; `show` names them all. */
#define HOLDERS_SHOWN 2

struct FindingWriter {
        Output *output;
        OutputFormat format;
        bool has_accepted;
        Table *table;
        JsonList list;
        Buffer scratch;
        size_t n;
        size_t n_by_severity[SEVERITY_ERROR + 1];
};

static const Column finding_columns[] = {
        { .title = "SEVERITY" },
        { .title = "RULE" },
        { .title = "OBJECT", .label = "object", .least = 28 },
        { .title = "VALUE", .label = "value", .least = 24 },
        { .title = "ALSO HELD BY", .label = "also", .least = 20 },
        { .title = "DETAIL", .label = "detail", .least = 1, .is_extra = true },
        { .title = "ACCEPTED", .label = "accepted", .least = 24 }, /* where that is asked for */
};

static const char *const csv_titles[] = {
        "id",           "rule",   "class",        "severity",       "certainty",
        "domain",       "guid",   "dn",           "kind",           "attribute",
        "value",        "others", "others_total", "detail",         "advice",
        "source",       "opened", "held",         "accepted_until", "accepted_by",
        "accepted_why",
};

int finding_writer_new(Output *output, OutputFormat format, bool has_accepted, int64_t now,
                       FindingWriter **ret)
{
        _cleanup_(finding_writer_freep) FindingWriter *writer = calloc(1, sizeof(*writer));
        int r;

        if (!writer)
                return -ENOMEM;

        writer->output = output;
        writer->format = format;
        writer->has_accepted = has_accepted;

        switch (format) {
        case OUTPUT_TEXT:
                r = table_new(finding_columns, ARRAY_SIZE(finding_columns) - !has_accepted,
                              &writer->table);
                if (r < 0)
                        return r;
                break;
        case OUTPUT_JSON:
                json_list_begin(&writer->list, output->stream, "findings", now);
                break;
        case OUTPUT_CSV:
                if (output->has_legend)
                        csv_row(output->stream, csv_titles, ARRAY_SIZE(csv_titles));
                break;
        }

        *ret = TAKE_PTR(writer);
        return 0;
}

FindingWriter *finding_writer_free(FindingWriter *writer)
{
        if (!writer)
                return NULL;

        (void)table_free(writer->table);
        buffer_done(&writer->scratch);
        free(writer);
        return NULL;
}

int finding_value_text(const char *attribute, const char *value, Buffer *buffer)
{
        size_t size, cut;
        int r;

        if (attribute && (r = buffer_append_string(buffer, attribute)) < 0)
                return r;
        if (!value)
                return 0;
        if (attribute && (r = buffer_append_string(buffer, ": ")) < 0)
                return r;

        size = strlen(value);
        cut = size <= VALUE_COLUMNS ? size : text_cut(value, VALUE_COLUMNS);
        r = buffer_append(buffer, value, cut);
        if (r < 0 || cut == size)
                return r;

        return buffer_append_format(buffer, "… (%zu bytes)", size);
}

/* Both sides: what it is called there and by what id, what became of it, and by which of its properties the two meet. */
static int cloud_holder_text(const RecordHolder *holder, Buffer *buffer)
{
        char id[GUID_STRING_SIZE];

        guid_format(&holder->guid, id);
        return buffer_append_format(buffer, "in the cloud: %s, %s %s %s (%s)",
                                    holder->user_principal_name ? holder->user_principal_name
                                    : holder->name              ? holder->name
                                                                : "an object without a name",
                                    holder->state, kind_name(holder->kind), id, holder->attribute);
}

int finding_holder_text(const RecordHolder *holder, Buffer *buffer)
{
        if (!holder->dn)
                return cloud_holder_text(holder, buffer);
        return buffer_append_format(buffer, "%s%s%s%s", holder->dn, holder->attribute ? " (" : "",
                                    holder->attribute ? holder->attribute : "",
                                    holder->attribute ? ")" : "");
}

int finding_acceptance_text(const RecordAcceptance *acceptance, Buffer *buffer)
{
        char until[RECORD_TIME_SIZE];

        record_format_time(acceptance->until, until);
        return buffer_append_format(buffer, "until %s by %s: %s", until,
                                    acceptance->who ? acceptance->who : "?",
                                    acceptance->why ? acceptance->why : "?");
}

static int holders_text(const Record *record, Buffer *buffer)
{
        size_t n = record->n_others < HOLDERS_SHOWN ? record->n_others : HOLDERS_SHOWN;
        int r;

        for (size_t i = 0; i < n; i++) {
                if (i > 0 && (r = buffer_append_string(buffer, " and ")) < 0)
                        return r;
                r = finding_holder_text(&record->others[i], buffer);
                if (r < 0)
                        return r;
        }

        return record->others_total > n
                       ? buffer_append_format(buffer, " and %zu more", record->others_total - n)
                       : 0;
}

static int add_text(FindingWriter *writer, const Record *record)
{
        Style style = style_of_severity(record->severity);
        Table *table = writer->table;
        Buffer *buffer = &writer->scratch;
        int r;

        if ((r = table_add(table, style, severity_name(record->severity))) < 0 ||
            (r = table_add(table, STYLE_STRONG, record->rule)) < 0 ||
            (r = table_add(table, STYLE_PLAIN, record->dn)) < 0)
                return r;

        buffer_reset(buffer);
        if ((r = finding_value_text(record->attribute, record->value, buffer)) < 0 ||
            (r = table_add(table, STYLE_PLAIN, buffer_string(buffer))) < 0)
                return r;

        buffer_reset(buffer);
        if ((r = holders_text(record, buffer)) < 0 ||
            (r = table_add(table, STYLE_PLAIN, buffer_string(buffer))) < 0)
                return r;

        r = table_add(table, STYLE_PLAIN, record->detail);
        if (r < 0 || !writer->has_accepted)
                return r;

        buffer_reset(buffer);
        r = finding_acceptance_text(&record->acceptance, buffer);
        return r < 0 ? r : table_add(table, STYLE_PLAIN, buffer_string(buffer));
}

static int add_json(FindingWriter *writer, const Record *record)
{
        json_object *object;
        int r;

        r = json_record(record, &object);
        if (r < 0)
                return r;

        return json_list_add(&writer->list, object);
}

/* One row a finding, whatever the values hold: who filters with line tools can count on it. */
static int add_csv_cell(FindingWriter *writer, const char *text, bool is_first)
{
        int r;

        buffer_reset(&writer->scratch);
        r = text ? output_safe(text, &writer->scratch) : 0;
        if (r < 0)
                return r;

        csv_cell(writer->output->stream, buffer_string(&writer->scratch), is_first);
        return 0;
}

static int add_csv(FindingWriter *writer, const Record *record)
{
        char id[RECORD_ID_SIZE] = "", guid[GUID_STRING_SIZE] = "", opened[RECORD_TIME_SIZE] = "",
             until[RECORD_TIME_SIZE] = "", total[24];
        _cleanup_buffer_ Buffer others = BUFFER_INIT;
        int r;

        if (record->id)
                record_format_id(record->id, id);
        if (!guid_is_null(&record->guid))
                guid_format(&record->guid, guid);
        if (record->opened)
                record_format_time(record->opened, opened);
        if (record->acceptance.until)
                record_format_time(record->acceptance.until, until);
        (void)snprintf(total, sizeof(total), "%zu", record->others_total);

        for (size_t i = 0; i < record->n_others; i++)
                if ((r = buffer_append_string(&others, i > 0 ? " | " : "")) < 0 ||
                    (r = finding_holder_text(&record->others[i], &others)) < 0)
                        return r;

        const char *const cells[ARRAY_SIZE(csv_titles)] = {
                id,
                record->rule,
                rule_class_name(record->class),
                severity_name(record->severity),
                certainty_name(record->certainty),
                record->domain,
                guid,
                record->dn,
                kind_name(record->kind),
                record->attribute,
                record->value,
                buffer_string(&others),
                total,
                record->detail,
                record->advice,
                record->source,
                opened,
                record->is_held ? "true" : "false",
                until,
                record->acceptance.who,
                record->acceptance.why,
        };

        for (size_t i = 0; i < ARRAY_SIZE(cells); i++) {
                r = add_csv_cell(writer, cells[i], i == 0);
                if (r < 0)
                        return r;
        }
        (void)putc('\n', writer->output->stream);
        return 0;
}

int finding_writer_add(FindingWriter *writer, const Record *record)
{
        writer->n++;
        writer->n_by_severity[record->severity]++;

        switch (writer->format) {
        case OUTPUT_TEXT:
                return add_text(writer, record);
        case OUTPUT_JSON:
                return add_json(writer, record);
        case OUTPUT_CSV:
                return add_csv(writer, record);
        }

        return -EINVAL;
}

void finding_writer_flush(FindingWriter *writer)
{
        if (writer->table)
                table_print(writer->table, writer->output);
}

static int print_counts(FindingWriter *writer)
{
        Buffer *buffer = &writer->scratch;
        const char *separator = ": ";
        int r;

        buffer_reset(buffer);
        r = buffer_append_format(buffer, "%zu finding%s", writer->n, writer->n == 1 ? "" : "s");
        for (size_t i = ARRAY_SIZE(writer->n_by_severity); i-- > 0 && r >= 0;) {
                size_t n = writer->n_by_severity[i];

                if (n == 0)
                        continue;
                r = buffer_append_format(buffer, "%s%zu %s%s", separator, n,
                                         severity_name((Severity)i), n == 1 ? "" : "s");
                separator = ", ";
        }
        if (r < 0 || !buffer_string(buffer))
                return -ENOMEM;

        (void)putc('\n', writer->output->stream);
        output_prose(writer->output, STYLE_PLAIN, 0, "%s.", (const char *)buffer->data);
        return 0;
}

int finding_writer_end(FindingWriter *writer, const char *nothing)
{
        finding_writer_flush(writer);

        switch (writer->format) {
        case OUTPUT_TEXT:
                if (!writer->output->has_legend)
                        break;
                if (writer->n > 0)
                        return print_counts(writer);
                output_wrapped(writer->output, STYLE_PLAIN, nothing, 0, 0);
                break;
        case OUTPUT_JSON:
                json_list_end(&writer->list);
                break;
        case OUTPUT_CSV:
                break;
        }

        return 0;
}

size_t finding_writer_count(const FindingWriter *writer)
{
        return writer->n;
}
