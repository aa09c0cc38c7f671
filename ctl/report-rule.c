/* SPDX-License-Identifier: MIT */

/* The objects: a section for each cause, with what to do, and a row for each finding with both sides of a conflict. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl/finding-writer.h"
#include "ctl/html.h"
#include "ctl/report.h"
#include "lib/core/dn.h"

#define PAGE_SIZE   500
#define MAX_HOLDERS 20

/* A long name may be broken behind a comma. */
static int print_dn(FILE *stream, const char *dn)
{
        int r = 0;

        while (*dn && r >= 0) {
                size_t size = strcspn(dn, ",");

                size += dn[size] == ',';
                r = html_format(stream, "%.*s", (int)size, dn);
                dn += size;
                if (*dn)
                        (void)fputs("<wbr>", stream);
        }

        return r;
}

/* "Berg, Anna", and the DN below it. */
int report_object(FILE *stream, const char *dn, const char *kind)
{
        _cleanup_buffer_ Buffer name = BUFFER_INIT;
        int r;

        r = dn_rdn_value(SLICE(dn), &name);
        if (r == -EBADMSG || (r >= 0 && !text_is_utf8(name.data, name.size))) {
                buffer_reset(&name);
                r = 0;
        }
        if (r >= 0 && name.size > 0) {
                (void)fputs("<b>", stream);
                r = buffer_string(&name) ? html_text(stream, (const char *)name.data) : -ENOMEM;
                (void)fputs("</b> ", stream);
        }
        (void)fputs("<span class=\"soft\">", stream);
        if (r >= 0)
                r = html_text(stream, kind);
        (void)fputs("</span><span class=\"dn\">", stream);
        if (r >= 0)
                r = print_dn(stream, dn);
        (void)fputs("</span>", stream);
        return r;
}

int report_value(FILE *stream, const char *attribute, const char *value)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;
        int r;

        r = finding_value_text(attribute, value, &text);
        if (r < 0 || text.size == 0)
                return r;
        if (!buffer_string(&text))
                return -ENOMEM;

        (void)fputs("<span class=\"value\">", stream);
        r = html_text(stream, (const char *)text.data);
        (void)fputs("</span>", stream);
        return r;
}

static int print_holders(FILE *stream, const Record *record)
{
        int r = 0;

        if (record->n_others == 0)
                return 0;

        (void)fputs("<ul class=\"held\">", stream);
        for (size_t i = 0; i < record->n_others && r >= 0; i++) {
                const RecordHolder *holder = &record->others[i];

                (void)fputs("<li>", stream);
                if (strcmp(holder->where, "cloud") == 0)
                        (void)fputs("<span class=\"mark notice\">cloud</span> ", stream);
                r = report_object(stream, holder->dn, kind_name(holder->kind));
                if (r >= 0)
                        r = report_value(stream, holder->attribute, holder->value);
                (void)fputs("</li>", stream);
        }
        if (record->others_total > record->n_others)
                (void)fprintf(stream, "<li>and %zu more</li>",
                              record->others_total - record->n_others);
        (void)fputs("</ul>", stream);
        return r;
}

/* What is said of this one, beyond what is said of the rule. */
static int print_detail(FILE *stream, const Record *record, const Rule *rule)
{
        const char *advice = record->advice;
        int r = 0;

        if (record->detail)
                r = html_text(stream, record->detail);
        if (r >= 0 && record->certainty == CERTAINTY_PROBABLE)
                (void)fputs(record->detail ? " <span class=\"soft\">(probable)</span>"
                                           : "<span class=\"soft\">probable</span>",
                            stream);
        if (r < 0 || !advice ||
            (rule && rule_advice(rule) && strcmp(advice, rule_advice(rule)) == 0))
                return r;

        (void)fputs("<p class=\"advice\">", stream);
        r = html_text(stream, advice);
        (void)fputs("</p>", stream);
        return r;
}

static int print_row(const Report *report, const Record *record, const Rule *rule)
{
        const char *severity = severity_name(record->severity);
        FILE *stream = report->stream;
        char opened[RECORD_TIME_SIZE];
        int r;

        record_format_time(record->opened, opened);
        (void)fprintf(
                stream,
                "<tr data-severity=\"%s\"><td class=\"who\"><span class=\"mark %s\">%s</span> ",
                severity, severity, severity);
        r = report_object(stream, record->dn, kind_name(record->kind));
        (void)fputs("</td><td data-label=\"Value\">", stream);
        if (r >= 0)
                r = report_value(stream, record->attribute, record->value);
        (void)fputs("</td><td data-label=\"Also held by\">", stream);
        if (r >= 0)
                r = print_holders(stream, record);
        (void)fputs("</td><td data-label=\"Detail\">", stream);
        if (r >= 0 && record->acceptance.until) {
                _cleanup_buffer_ Buffer text = BUFFER_INIT;

                r = finding_acceptance_text(&record->acceptance, &text);
                if (r >= 0)
                        r = buffer_string(&text) ? html_text(stream, (const char *)text.data)
                                                 : -ENOMEM;
                (void)fputs("<br>", stream);
        }
        if (r >= 0)
                r = print_detail(stream, record, rule);
        (void)fprintf(stream, "</td><td class=\"since\" data-label=\"Since\">%.10s</td></tr>\n",
                      opened);
        return r;
}

/* No row stays in memory: a page is written before the next one is read. */
static int print_rows(Report *report, FindingList *list, const Rule *rule)
{
        size_t n = finding_list_size(list);
        int r = 0;

        (void)fputs(
                "<table class=\"stack\"><thead><tr><th scope=\"col\" class=\"who\">Object</th><th "
                "scope=\"col\">Value</th><th scope=\"col\">Also held by</th><th "
                "scope=\"col\">Detail</th><th "
                "scope=\"col\" class=\"since\">Since</th></tr></thead>\n<tbody>\n",
                report->stream);
        for (size_t first = 0; first < n && r >= 0; first += PAGE_SIZE) {
                _cleanup_(finding_page_freep) FindingPage *page = NULL;

                r = finding_list_page(list, first, PAGE_SIZE, MAX_HOLDERS, &page);
                for (size_t i = 0; r >= 0 && i < page->n_records; i++)
                        r = print_row(report, &page->records[i], rule);
                if (r >= 0)
                        progress_tell(&report->progress,
                                      report->n_rows += (int64_t)page->n_records);
        }
        (void)fputs("</tbody></table>\n", report->stream);
        return r;
}

int report_section(FILE *stream, const char *id, const char *title, const char *condition,
                   const char *advice, size_t n)
{
        int r;

        (void)fputs("<section class=\"rule\" id=\"rule-", stream);
        r = html_text(stream, id);
        (void)fputs("\" data-words=\"", stream);
        if (r >= 0)
                r = html_format(stream, "%s %s", id, title);
        (void)fputs("\">\n<div class=\"head\"><h3>", stream);
        if (r >= 0)
                r = html_text(stream, title);
        (void)fprintf(stream, " <span class=\"soft\">%zu</span></h3>\n<p class=\"soft\"><code>", n);
        if (r >= 0)
                r = html_text(stream, id);
        (void)fputs("</code> ", stream);
        if (r >= 0)
                r = html_text(stream, condition);
        (void)fputs("</p>\n", stream);
        if (advice) {
                (void)fputs("<p class=\"advice\">", stream);
                if (r >= 0)
                        r = html_text(stream, advice);
                (void)fputs("</p>\n", stream);
        }
        (void)fputs("</div>\n", stream);
        return r;
}

int report_rule(Report *report, const char *id)
{
        const FindingFilter filter = { .rule = id, .least = report->least, .now = report->now };
        _cleanup_(finding_list_freep) FindingList *list = NULL;
        const Rule *rule = config_find_rule(report->config, id);
        int r;

        r = finding_list_new(report->store, report->config, &filter, &list);
        if (r < 0 || finding_list_size(list) == 0)
                return r;

        r = report_section(report->stream, id, rule ? rule_title(rule) : id,
                           rule ? rule_condition(rule) : NULL, rule ? rule_advice(rule) : NULL,
                           finding_list_size(list));
        if (r >= 0)
                r = print_rows(report, list, rule);
        (void)fputs("</section>\n", report->stream);
        return r;
}

int report_tools(Report *report)
{
        (void)fputs(
                "<h2 id=\"findings\" tabindex=\"-1\">The findings</h2>\n"
                "<div class=\"tools\" role=\"search\" hidden>\n<label "
                "for=\"filter\">Filter</label><input "
                "type=\"search\" id=\"filter\" placeholder=\"a name, an address, an OU, a cause\" "
                "autocomplete=\"off\" spellcheck=\"false\">\n",
                report->stream);
        for (int severity = SEVERITY_ERROR; severity >= (int)report->least; severity--)
                (void)fprintf(report->stream,
                              "<label><input type=\"checkbox\" value=\"%s\" checked> %ss</label>\n",
                              severity_name((Severity)severity), severity_name((Severity)severity));
        (void)fputs("<span id=\"shown\" role=\"status\" aria-live=\"polite\"></span>\n</div>\n",
                    report->stream);
        return 0;
}

int report_rules(Report *report)
{
        const Status *status = &report->status;
        int r = 0;

        for (size_t i = 0; i < status->n_counts && r >= 0; i++) {
                bool is_told = status->counts[i].severity < report->least;

                /* A rule whose severity differs from finding to finding has several counts, and one section. */
                for (size_t k = 0; k < i && !is_told; k++)
                        is_told = strcmp(status->counts[k].rule, status->counts[i].rule) == 0;
                if (!is_told)
                        r = report_rule(report, status->counts[i].rule);
        }

        return r;
}

int report_accepted(Report *report)
{
        const FindingFilter filter = { .shown = FINDING_SHOWN_ACCEPTED, .now = report->now };
        _cleanup_(finding_list_freep) FindingList *list = NULL;
        int r;

        r = finding_list_new(report->store, report->config, &filter, &list);
        if (r < 0 || finding_list_size(list) == 0)
                return r;

        (void)fprintf(
                report->stream,
                "<h2 id=\"accepted\">Accepted <span class=\"soft\">%zu</span></h2>\n<p>Somebody "
                "lives "
                "with these until a day. They are counted nowhere above but in the plot.</p>\n<div "
                "class=\"card\">\n",
                finding_list_size(list));
        r = print_rows(report, list, NULL);
        (void)fputs("</div>\n", report->stream);
        return r;
}
