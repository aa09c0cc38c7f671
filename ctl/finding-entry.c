/* SPDX-License-Identifier: MIT */
#include "ctl/finding-entry.h"

#include <errno.h>
#include <string.h>

#include "ctl/entry.h"
#include "ctl/finding-writer.h"
#include "lib/core/duration.h"

#define PAGE_SIZE 500

static int print_holders(Output *output, const Record *record)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;

        for (size_t i = 0; i < record->n_others; i++) {
                int r;

                buffer_reset(&text);
                r = finding_holder_text(&record->others[i], &text);
                if (r < 0 || !buffer_string(&text))
                        return -ENOMEM;
                r = entry_print(output, i == 0 ? "also held by" : "", (const char *)text.data);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int print_class(Output *output, const Record *record, int64_t now)
{
        char text[112], span[DURATION_SIZE];

        duration_format(now - record->opened, span);
        (void)snprintf(text, sizeof(text), "%s, %s, for %s%s", rule_class_name(record->class),
                       certainty_name(record->certainty), span, record->is_held ? ", held" : "");
        return entry_print(output, "class", text);
}

/* What scanctl accept takes, and what it has been given already. */
static int print_acceptance(Output *output, const Record *record)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;
        char id[RECORD_ID_SIZE];
        int r = 0;

        if (record->id) {
                record_format_id(record->id, id);
                r = entry_print(output, "id", id);
        }
        if (r < 0 || record->acceptance.until == 0)
                return r;

        r = finding_acceptance_text(&record->acceptance, &text);
        if (r < 0 || !buffer_string(&text))
                return -ENOMEM;
        return entry_print(output, "accepted", (const char *)text.data);
}

int finding_entry_print(Scanctl *scanctl, const Record *record)
{
        _cleanup_buffer_ Buffer value = BUFFER_INIT;
        const Rule *rule = config_find_rule(scanctl->config, record->rule);
        Output *output = &scanctl->output;
        int r;

        (void)putc('\n', output->stream);
        output_text(output, style_of_severity(record->severity), severity_name(record->severity));
        (void)fputs("  ", output->stream);
        output_text(output, STYLE_STRONG, record->rule);
        (void)putc('\n', output->stream);

        r = finding_value_text(record->attribute, record->value, &value);
        if (r < 0 || !buffer_string(&value))
                return -ENOMEM;
        if (rule && (r = entry_print(output, "what", rule_title(rule))) < 0)
                return r;
        if ((r = print_class(output, record, scanctl->now)) < 0 ||
            (r = print_acceptance(output, record)) < 0)
                return r;
        if (value.size > 0 && (r = entry_print(output, "value", (const char *)value.data)) < 0)
                return r;
        if (record->detail && (r = entry_print(output, "detail", record->detail)) < 0)
                return r;
        if ((r = print_holders(output, record)) < 0)
                return r;
        if (record->advice && (r = entry_print(output, "what to do", record->advice)) < 0)
                return r;
        return record->source ? entry_print(output, "rests on", record->source) : 0;
}

int finding_entries_walk(FindingList *list, FindingEntryFunction function, void *userdata)
{
        for (size_t first = 0; first < finding_list_size(list); first += PAGE_SIZE) {
                _cleanup_(finding_page_freep) FindingPage *page = NULL;
                int r;

                r = finding_list_page(list, first, PAGE_SIZE, SIZE_MAX, &page);
                for (size_t i = 0; r >= 0 && i < page->n_records; i++)
                        r = function(&page->records[i], userdata);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int append_finding(const Record *record, void *userdata)
{
        return json_append_record(userdata, record);
}

int finding_entries_json(FindingList *list, json_object **ret)
{
        _cleanup_json_ json_object *array = json_object_new_array();
        int r;

        if (!array)
                return -ENOMEM;

        r = finding_entries_walk(list, append_finding, array);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(array);
        return 0;
}
