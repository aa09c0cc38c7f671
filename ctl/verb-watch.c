/* SPDX-License-Identifier: MIT */

/*
 * The event log as it grows. What is new is read in short transactions of a page each: none is open while it is waited, so that the
 * write-ahead log of the daemon does not grow for somebody who watches all night.
 */

#include <errno.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/event-text.h"
#include "ctl/finding-writer.h"
#include "ctl/listing.h"
#include "ctl/log-watcher.h"
#include "lib/core/dn.h"

#define PAGE_EVENTS 200

typedef struct Watch {
        Scanctl *scanctl;
        const Config *config;
        ListingFilter filter;
        Buffer needle; /* of --text, folded */
        int64_t last;  /* the newest event that was looked at */
        struct stat file;
        size_t n; /* of the present page */

        Buffer folded, text; /* scratch */
} Watch;

static void watch_done(Watch *watch)
{
        listing_filter_done(&watch->filter);
        buffer_done(&watch->needle);
        buffer_done(&watch->folded);
        buffer_done(&watch->text);
}

/* --- which --- */

/* Of findings; the others are about objects. */
static bool is_about_findings(EventType type)
{
        switch (type) {
        case EVENT_OPENED:
        case EVENT_CLOSED:
        case EVENT_BASELINE:
        case EVENT_SUMMARY:
        case EVENT_CLOSED_SUMMARY:
        case EVENT_ACCEPTED:
        case EVENT_ACCEPTANCE_UNDONE:
        case EVENT_ACCEPTANCE_EXPIRED:
                return true;
        case EVENT_DELETED:
        case EVENT_RESTORED:
        case EVENT_MOVED:
        case EVENT_UPN_CHANGED:
        case EVENT_READ_COMPLETE:
        case EVENT_ANCHOR_CHANGED:
        case EVENT_LEFT_SCOPE:
                return false;
        }

        return false; /* of a newer scand */
}

static bool is_wanted_rule(const Watch *watch, const Event *event)
{
        const FindingFilter *filter = &watch->filter.filter;
        const Rule *rule = event->rule ? config_find_rule(watch->config, event->rule) : NULL;
        bool is_asked = filter->rule || filter->has_class;

        if (!is_about_findings(event->type))
                return !is_asked && !watch->scanctl->arguments.has_severity;
        if (filter->rule && (!event->rule || strcmp(filter->rule, event->rule) != 0))
                return false;
        if (filter->has_class && (!rule || rule_class(rule) != filter->class))
                return false;
        return event->severity >= filter->least;
}

/* 1, 0, or -ENOMEM. */
static int holds_text(Watch *watch, const void *data, size_t size)
{
        int r;

        buffer_reset(&watch->folded);
        r = text_fold_ad(data, size, &watch->folded);
        if (r < 0)
                return r;
        return memmem(watch->folded.data, watch->folded.size, watch->needle.data,
                      watch->needle.size) != NULL;
}

/* Likewise. */
static int is_wanted_object(Watch *watch, const Event *event)
{
        const FindingFilter *filter = &watch->filter.filter;
        size_t size = event->dn ? strlen(event->dn) : 0;
        int r;

        if (filter->domain && (!event->domain || strcmp(filter->domain, event->domain) != 0))
                return 0;
        if (filter->below) {
                r = event->dn ? dn_is_within(SLICE(event->dn), SLICE(filter->below)) : 0;
                if (r <= 0)
                        return r == -EBADMSG ? 0 : r;
        }
        if (watch->needle.size == 0)
                return 1;

        r = holds_text(watch, event->dn, size);
        if (r == 0)
                r = holds_text(watch, event->value.data, event->value.size);
        return r != 0 ? r : holds_text(watch, event->old_value.data, event->old_value.size);
}

/* --- how --- */

/* "mail: anna@contoso.com", "CN=Old → CN=New", "120 findings". */
static int append_what(const Event *event, Buffer *text, bool has_unicode)
{
        _cleanup_buffer_ Buffer old = BUFFER_INIT, new = BUFFER_INIT;
        int r;

        if (event->who)
                return event_acceptance_text(event, text);
        if (event->count > 0)
                return buffer_append_format(text, "%lld %s%s", (long long)event->count,
                                            event->type == EVENT_READ_COMPLETE ? "object"
                                                                               : "finding",
                                            event->count == 1 ? "" : "s");

        if ((r = event_value_text(event->attribute, event->old_value, &old)) < 0 ||
            (r = event_value_text(event->attribute, event->value, &new)) < 0)
                return r;
        if (old.size > 0) {
                r = finding_value_text(NULL, buffer_string(&old), text);
                if (r >= 0)
                        r = buffer_append_string(text, has_unicode ? " → " : " -> ");
                return r < 0 ? r : finding_value_text(NULL, buffer_string(&new), text);
        }
        return finding_value_text(event->attribute, new.size > 0 ? buffer_string(&new) : NULL,
                                  text);
}

static int print_text(Watch *watch, const Event *event)
{
        Output *output = &watch->scanctl->output;
        Style style = event->type == EVENT_CLOSED || event->type == EVENT_CLOSED_SUMMARY
                              ? STYLE_GOOD
                              : STYLE_STRONG;
        char at[RECORD_TIME_SIZE];
        int r;

        buffer_reset(&watch->text);
        r = append_what(event, &watch->text, output->has_unicode);
        if (r < 0 || !buffer_string(&watch->text))
                return -ENOMEM;

        record_format_time(event->at, at);
        output_text(output, STYLE_FAINT, at);
        (void)fputs("  ", output->stream);
        output_text(output, style, event_type_name(event->type));
        if (event->rule) {
                (void)fputs("  ", output->stream);
                if (is_about_findings(event->type))
                        output_format(output, style_of_severity(event->severity), "%s ",
                                      severity_name(event->severity));
                output_text(output, STYLE_STRONG, event->rule);
        }
        (void)fputs("  ", output->stream);
        output_text(output, STYLE_PLAIN, event->dn ? event->dn : event->domain);
        if (watch->text.size > 0) {
                (void)fputs("  ", output->stream);
                output_text(output, STYLE_PLAIN, (const char *)watch->text.data);
        }
        (void)putc('\n', output->stream);
        return 0;
}

/* A line each: whoever reads it need not wait for an end. */
static int print_json(Watch *watch, const Event *event)
{
        _cleanup_json_ json_object *object = json_object_new_object();
        char finding[RECORD_ID_SIZE];
        const char *line;
        int r;

        if (!object)
                return -ENOMEM;

        record_format_id(event->finding, finding);
        if ((r = json_add_integer(object, "id", event->id)) < 0 ||
            (r = event_json(event, object)) < 0 ||
            (r = json_add_string(object, "domain", event->domain)) < 0 ||
            (r = json_add_guid(object, "guid", &event->guid)) < 0 ||
            (r = json_add_string(object, "kind",
                                 guid_is_null(&event->guid) ? NULL : kind_name(event->kind))) < 0 ||
            (r = json_add_integer(object, "count", event->count)) < 0 ||
            (r = json_add_string(object, "finding", event->finding ? finding : NULL)) < 0)
                return r;

        line = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
                                                              JSON_C_TO_STRING_NOSLASHESCAPE);
        if (!line)
                return -ENOMEM;
        (void)fprintf(watch->scanctl->output.stream, "%s\n", line);
        return 0;
}

static int take_event(const Event *event, void *userdata)
{
        Watch *watch = userdata;
        int r;

        watch->last = event->id;
        watch->n++;
        if (event->at < watch->filter.filter.since || !is_wanted_rule(watch, event))
                return 0;
        r = is_wanted_object(watch, event);
        if (r <= 0)
                return r;

        return watch->scanctl->arguments.format == OUTPUT_JSON ? print_json(watch, event)
                                                               : print_text(watch, event);
}

/* --- when --- */

/* -EPIPE: nobody reads any more. */
static int flush(FILE *stream)
{
        if (fflush(stream) == 0 && !ferror(stream))
                return 0;
        return errno == EPIPE ? -EPIPE : -EIO;
}

/* All that is new, a page a transaction. */
static int watch_read(Watch *watch)
{
        Store *store;
        int r;

        if (scanctl_store(watch->scanctl, &store) < 0)
                return -ENOENT;

        do {
                watch->n = 0;
                r = event_walk(store, watch->last, PAGE_EVENTS, take_event, watch);
                if (r >= 0)
                        r = flush(watch->scanctl->output.stream);
        } while (r >= 0 && watch->n == PAGE_EVENTS);

        return r;
}

/* Where somebody has put another database in its place, such as a backup, the log goes on from there. */
static int watch_file(Watch *watch, const char *path)
{
        struct stat now;
        Store *store;

        if (stat(path, &now) < 0)
                return 0; /* it is being put there: look again when it is */
        if (watch->file.st_ino == now.st_ino && watch->file.st_dev == now.st_dev)
                return 1;

        watch->scanctl->store = store_close(watch->scanctl->store);
        if (scanctl_store(watch->scanctl, &store) < 0)
                return -ENOENT;
        if (watch->file.st_ino != 0) {
                (void)scanctl_error("%s is another database now: going on with what is new in it.",
                                    path);
                if (event_last_id(store, &watch->last) < 0)
                        return -EIO;
        }
        watch->file = now;
        return 1;
}

static int watch_go_on(Watch *watch, const char *path, LogWatcher *watcher)
{
        FILE *stream = watch->scanctl->output.stream;
        int r;

        for (;;) {
                r = watch_file(watch, path);
                if (r > 0)
                        r = watch_read(watch);
                if (r == -EPIPE) {
                        /* Nobody is there to read the rest: that is an end like another. */
                        __fpurge(stream);
                        clearerr(stream);
                        return 0;
                }
                if (r < 0)
                        return r;
                r = log_watcher_wait(watcher);
                if (r != WATCHER_NEWS)
                        return r < 0 ? r : 0;
        }
}

/* From the end, unless --since asks for what was. */
static int watch_begin(Watch *watch, Store *store)
{
        const Arguments *arguments = &watch->scanctl->arguments;
        int r;

        r = listing_filter(watch->scanctl, watch->config, &watch->filter);
        if (r != 0)
                return r;
        r = arguments->text ? text_fold_ad(arguments->text, strlen(arguments->text), &watch->needle)
                            : 0;
        if (r >= 0 && arguments->since == 0)
                r = event_last_id(store, &watch->last);
        return r;
}

int verb_watch(Scanctl *scanctl, char **operands, size_t n_operands)
{
        _cleanup_(watch_done) Watch watch = { .scanctl = scanctl };
        _cleanup_(log_watcher_freep) LogWatcher *watcher = NULL;
        _cleanup_free_ char *path = NULL;
        Store *store;
        int r;

        if (scanctl_config(scanctl, CONFIG_NEED_PATHS, &watch.config) < 0 ||
            scanctl_store(scanctl, &store) < 0)
                return EXIT_TROUBLE;
        path = strdup(store_path(store));
        if (!path)
                return scanctl_error("out of memory.");

        r = log_watcher_new(path, fileno(scanctl->output.stream), &watcher);
        if (r < 0)
                return scanctl_error("cannot watch the folder of %s: %s.", path, strerror(-r));
        r = watch_begin(&watch, store);
        if (r > 0)
                return r;
        if (r >= 0)
                r = watch_go_on(&watch, path, watcher);
        return r < 0 ? scanctl_failed(scanctl, "cannot read the event log", r) : EXIT_FINE;
}
