/* SPDX-License-Identifier: MIT */
#include "ctl/listing.h"

#include <errno.h>
#include <string.h>

#include "ctl/file-guid.h"
#include "ctl/finding-writer.h"
#include "ctl/rule-text.h"
#include "lib/state/query.h"

#define PAGE_SIZE   500
#define MAX_HOLDERS 20 /* DESIGN section 7: all of them are in `show` */

/* A name as the database keeps it; the caller frees it. NULL: no memory. */
static char *lower_case(const char *name)
{
        char *copy = strdup(name);

        for (char *p = copy; p && *p; p++)
                *p = (char)ascii_lower((uint8_t)*p);
        return copy;
}

static int check_rule(const Config *config, const char *name)
{
        const char *near;

        if (!name || config_find_rule(config, name))
                return 0;

        near = rule_suggest(config, name);
        if (near)
                return scanctl_error("there is no rule \"%s\". Did you mean \"%s\"?", name, near);
        return scanctl_error("there is no rule \"%s\". scanctl rules lists them.", name);
}

/* What no database and no time knows of is not shown. Holders are copied, because the page's are not ours to change. */
static void make_anonymous(Record *record, RecordHolder *holders)
{
        record->id = 0;
        record->opened = 0;
        if (file_guid_is_made(&record->guid))
                record->guid = GUID_NULL;

        for (size_t i = 0; i < record->n_others; i++) {
                holders[i] = record->others[i];
                if (file_guid_is_made(&holders[i].guid))
                        holders[i].guid = GUID_NULL;
        }
        record->others = holders;
}

static int write_page(FindingWriter *writer, FindingPage *page, ListingSource source)
{
        for (size_t i = 0; i < page->n_records; i++) {
                Record *record = &page->records[i];
                RecordHolder holders[MAX_HOLDERS];
                int r;

                if (source == LISTING_FILE)
                        make_anonymous(record, holders);
                r = finding_writer_add(writer, record);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int write_list(Scanctl *scanctl, FindingList *list, FindingWriter *writer,
                      ListingSource source)
{
        for (size_t first = 0; first < finding_list_size(list); first += PAGE_SIZE) {
                _cleanup_(finding_page_freep) FindingPage *page = NULL;
                int r;

                r = finding_list_page(list, first, PAGE_SIZE, MAX_HOLDERS, &page);
                if (r >= 0)
                        r = write_page(writer, page, source);
                if (r < 0)
                        return r;

                finding_writer_flush(writer);
                if (!output_is_open(&scanctl->output))
                        break; /* the pager was quit */
        }

        return 0;
}

void listing_filter_done(ListingFilter *filter)
{
        free(filter->domain);
        filter->domain = NULL;
}

int listing_filter(Scanctl *scanctl, const Config *config, ListingFilter *ret)
{
        const Arguments *arguments = &scanctl->arguments;
        bool asks_for_all = arguments->accepted || arguments->rule;
        int r;

        r = check_rule(config, arguments->rule);
        if (r != 0)
                return r;

        if (arguments->domain && !(ret->domain = lower_case(arguments->domain)))
                return scanctl_error("out of memory.");

        ret->filter = (FindingFilter){
                .shown = arguments->accepted ? FINDING_SHOWN_ACCEPTED : FINDING_SHOWN_REST,
                .rule = arguments->rule,
                .domain = ret->domain,
                .below = arguments->ou,
                .text = arguments->text,
                .has_class = arguments->has_class,
                .class = arguments->class,
                .least = asks_for_all && !arguments->has_severity ? SEVERITY_NOTICE
                                                                  : arguments->least,
                .since = arguments->since,
                .unfolded = arguments->unfolded,
                .now = scanctl->now,
        };
        return 0;
}

int listing_no_place(const Scanctl *scanctl, int why)
{
        if (why == QUERY_NO_DOMAIN)
                return scanctl_error("there is no domain \"%s\", or its first read is not "
                                     "complete. scanctl status lists them.",
                                     scanctl->arguments.domain);
        return scanctl_error("there is no OU \"%s\". It takes a whole DN, such as "
                             "OU=Staff,DC=corp,DC=example.",
                             scanctl->arguments.ou);
}

static const char *nothing_text(const Arguments *arguments)
{
        if (arguments->accepted)
                return "No findings that were accepted are open.";
        return arguments->has_severity
                       ? "No findings."
                       : "No errors and no warnings. Notices are listed with --all.";
}

void listing_nothing(Scanctl *scanctl)
{
        if (scanctl->output.has_legend)
                output_wrapped(&scanctl->output, STYLE_PLAIN, nothing_text(&scanctl->arguments), 0,
                               0);
}

int listing_print(Scanctl *scanctl, Store *store, const Config *config, ListingSource source,
                  ListingFunction select, void *userdata, size_t *ret_n)
{
        _cleanup_(finding_writer_freep) FindingWriter *writer = NULL;
        _cleanup_(finding_list_freep) FindingList *list = NULL;
        _cleanup_(listing_filter_done) ListingFilter filter = {};
        const Arguments *arguments = &scanctl->arguments;
        int r;

        r = listing_filter(scanctl, config, &filter);
        if (r != 0)
                return r;
        r = finding_list_new(store, config, &filter.filter, &list);
        if (r > 0)
                return listing_no_place(scanctl, r);
        if (r < 0)
                return scanctl_failed(scanctl, "cannot list findings", r);

        r = select ? select(list, userdata) : 0;
        if (r < 0)
                return scanctl_failed(scanctl, "cannot list findings", r);

        r = finding_writer_new(&scanctl->output, arguments->format, arguments->accepted,
                               scanctl->now, &writer);
        if (r >= 0)
                r = write_list(scanctl, list, writer, source);
        if (r >= 0)
                r = finding_writer_end(writer, nothing_text(arguments));
        if (r < 0)
                return scanctl_failed(scanctl, "cannot list findings", r);

        *ret_n = finding_writer_count(writer);
        return 0;
}
