/* SPDX-License-Identifier: MIT */
#include "daemon/publish.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/log.h"
#include "daemon/message-id.h"
#include "lib/core/record.h"
#include "lib/state/event.h"

static const char *message_id(EventType type)
{
        switch (type) {
        case EVENT_OPENED:
                return MESSAGE_OPENED;
        case EVENT_CLOSED:
                return MESSAGE_CLOSED;
        case EVENT_BASELINE:
                return MESSAGE_BASELINE;
        case EVENT_SUMMARY:
                return MESSAGE_SUMMARY;
        case EVENT_CLOSED_SUMMARY:
                return MESSAGE_CLOSED_SUMMARY;
        case EVENT_DELETED:
                return MESSAGE_DELETED;
        case EVENT_RESTORED:
                return MESSAGE_RESTORED;
        case EVENT_MOVED:
                return MESSAGE_MOVED;
        case EVENT_UPN_CHANGED:
                return MESSAGE_UPN_CHANGED;
        case EVENT_LEFT_SCOPE:
                return MESSAGE_LEFT_SCOPE;
        case EVENT_ANCHOR_CHANGED:
                return MESSAGE_ANCHOR_CHANGED;
        case EVENT_READ_COMPLETE:
                return MESSAGE_READ_COMPLETE;
        case EVENT_ACCEPTED:
                return MESSAGE_ACCEPTED;
        case EVENT_ACCEPTANCE_UNDONE:
                return MESSAGE_UNACCEPTED;
        case EVENT_ACCEPTANCE_EXPIRED:
                return MESSAGE_EXPIRED;
        }

        /* The row of a newer scand: told like any other, under no name. */
        return NULL;
}

/* A finding's error is not an error of this program: journalctl -p err is for those. */
static int event_level(const Event *event)
{
        /* What counts again is news as if it had opened. */
        if (event->type != EVENT_OPENED && event->type != EVENT_SUMMARY &&
            event->type != EVENT_ACCEPTANCE_EXPIRED)
                return LOG_INFO;

        switch (event->severity) {
        case SEVERITY_ERROR:
                return LOG_WARNING;
        case SEVERITY_WARNING:
                return LOG_NOTICE;
        case SEVERITY_NOTICE:
                return LOG_INFO;
        }

        return LOG_INFO;
}

/* Why something was accepted is a field: whoever wrote it did not think of where texts are forwarded to. */
static int describe_acceptance(const Event *event, const char *dn, Buffer *text)
{
        _cleanup_buffer_ Buffer who = BUFFER_INIT;
        const char *rule = event->rule ?: "a rule";
        char until[RECORD_TIME_SIZE];
        int r;

        record_format_time(event->until, until);
        r = text_escape(event->who ?: "", event->who ? strlen(event->who) : 0, 0, &who);
        if (r < 0)
                return r;
        if (!buffer_string(&who))
                return -ENOMEM;

        if (event->type == EVENT_ACCEPTED)
                return buffer_append_format(text, "accepted until %s by %s: %s on %s", until,
                                            (const char *)who.data, rule, dn);
        if (event->type == EVENT_ACCEPTANCE_UNDONE)
                return buffer_append_format(text, "not accepted any more, by %s: %s on %s",
                                            (const char *)who.data, rule, dn);
        return buffer_append_format(text, "accepted until %s, which is over: %s on %s", until, rule,
                                    dn);
}

/* The value that a finding is about is not in the text: texts are forwarded to places where nobody expects addresses. */
static int describe(const Event *event, const char *dn, Buffer *text)
{
        const char *rule = event->rule ?: "a rule";

        switch (event->type) {
        case EVENT_OPENED:
                return buffer_append_format(
                        text, "opened %s %s: %s%s%s", severity_name(event->severity), rule,
                        event->attribute ?: "", event->attribute ? " of " : "", dn);
        case EVENT_CLOSED:
                return buffer_append_format(text, "closed %s: %s%s%s", rule, event->attribute ?: "",
                                            event->attribute ? " of " : "", dn);
        case EVENT_BASELINE:
                return buffer_append_format(text, "%" PRIi64 " finding%s of %s to begin with",
                                            event->count, event->count == 1 ? "" : "s", rule);
        case EVENT_SUMMARY:
                return buffer_append_format(text, "opened %" PRIi64 " findings of %s at once",
                                            event->count, rule);
        case EVENT_CLOSED_SUMMARY:
                return buffer_append_format(text, "closed %" PRIi64 " findings of %s at once",
                                            event->count, rule);
        case EVENT_DELETED:
                return buffer_append_format(text, "deleted: %s", dn);
        case EVENT_RESTORED:
                return buffer_append_format(text, "restored: %s", dn);
        case EVENT_MOVED:
                return buffer_append_format(text, "renamed or moved: %s", dn);
        case EVENT_UPN_CHANGED:
                return buffer_append_format(text, "another userPrincipalName: %s", dn);
        case EVENT_LEFT_SCOPE:
                return buffer_append_format(text, "not in scope any more%s%s: %s",
                                            event->rule ? ", by " : "", event->rule ?: "", dn);
        case EVENT_ANCHOR_CHANGED:
                return buffer_append_format(text, "another source anchor: %s", dn);
        case EVENT_READ_COMPLETE:
                return buffer_append_format(text, "read completely, %" PRIi64 " objects",
                                            event->count);
        case EVENT_ACCEPTED:
        case EVENT_ACCEPTANCE_UNDONE:
        case EVENT_ACCEPTANCE_EXPIRED:
                return describe_acceptance(event, dn, text);
        }

        return buffer_append_format(text, "event of type %d: %s", (int)event->type, dn);
}

static void add_fields(const Event *event, LogEntry *entry)
{
        char guid[GUID_STRING_SIZE], finding[17], until[RECORD_TIME_SIZE];

        log_entry_add_integer(entry, "SCAND_EVENT_ID", event->id);
        log_entry_add_string(entry, "SCAND_EVENT", event_type_name(event->type));
        log_entry_add_integer(entry, "SCAND_TIME", event->at);
        log_entry_add_string(entry, "SCAND_DOMAIN", event->domain);
        log_entry_add_string(entry, "SCAND_RULE", event->rule);
        log_entry_add_string(entry, "SCAND_ATTRIBUTE", event->attribute);
        log_entry_add_string(entry, "OBJECT_DN", event->dn);

        if (event->rule)
                log_entry_add_string(entry, "SCAND_SEVERITY", severity_name(event->severity));
        if (event->count > 0)
                log_entry_add_integer(entry, "SCAND_COUNT", event->count);
        if (!guid_is_null(&event->guid)) {
                guid_format(&event->guid, guid);
                log_entry_add_string(entry, "SCAND_GUID", guid);
                log_entry_add_string(entry, "OBJECT_GUID", guid);
                log_entry_add_string(entry, "OBJECT_KIND", kind_name(event->kind));
        }
        if (event->finding != 0) {
                (void)snprintf(finding, sizeof(finding), "%016" PRIx64, event->finding);
                log_entry_add_string(entry, "SCAND_FINDING", finding);
        }
        if (event->who) {
                record_format_time(event->until, until);
                log_entry_add_string(entry, "SCAND_UNTIL", until);
                log_entry_add_string(entry, "SCAND_WHO", event->who);
                log_entry_add_integer(entry, "SCAND_UID", event->uid);
                log_entry_add_string(entry, "SCAND_WHY", event->why);
        }
}

typedef struct Progress {
        int64_t last;
        unsigned n;
} Progress;

static int publish_event(const Event *event, void *userdata)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT, dn = BUFFER_INIT;
        const char *message, *name = event->dn ?: "an object";
        Progress *progress = userdata;
        LogEntry entry = { 0 };
        int r;

        /* A name may hold whatever somebody typed, and this line may end on a terminal. */
        r = text_escape(name, strlen(name), 0, &dn);
        if (r >= 0)
                r = buffer_append_format(&text, "%s: ", event->domain);
        if (r >= 0)
                r = describe(event, buffer_string(&dn) ?: name, &text);
        if (r < 0)
                return r;
        message = buffer_string(&text);
        if (!message)
                return -ENOMEM;

        add_fields(event, &entry);
        log_entry_write(&entry, event_level(event), message_id(event->type), message);

        progress->last = event->id;
        progress->n++;
        return 0;
}

int publish_events(Store *store, unsigned limit)
{
        Progress progress = { 0 };
        int64_t published;
        int r;

        if (store_in_transaction(store))
                return 0;

        r = event_published_get(store, &published);
        if (r < 0)
                return r;
        r = event_walk(store, published, limit, publish_event, &progress);
        if (r < 0)
                return r;
        if (progress.n == 0)
                return 0;

        r = event_published_set(store, progress.last);
        if (r < 0)
                return r;
        return progress.n == limit ? PUBLISH_MORE : 0;
}
