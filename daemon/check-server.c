/* SPDX-License-Identifier: MIT */

/*
 * What is asked of a server that let us in. The daemon's own feed asks first, as after every connection: it knows what makes a
 * domain controller that can be followed. Where it would begin to read everything, one page of that is read here and looked
 * at, and then some questions of its own.
 */

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "daemon/check-internal.h"
#include "daemon/monotonic.h"
#include "lib/core/text.h"

static void check_schedule(Check *check)
{
        (void)sd_event_source_set_enabled(check->work, SD_EVENT_ONESHOT);
}

static void check_end(Check *check)
{
        check->question = CHECK_ASK_NOTHING;
        (void)sd_event_exit(check->event, 0);
}

/* --- what came --- */

/* "20261121093636.0Z" */
static int64_t parse_time(const Value *value)
{
        char text[32] = "";
        struct tm tm = {};

        if (value->size < sizeof(text))
                memcpy(text, value->data, value->size);
        return strptime(text, "%Y%m%d%H%M%S", &tm) ? (int64_t)timegm(&tm) : 0;
}

static void sample(Check *check, const Object *object)
{
        check->n_objects++;
        /* Who is deleted has rights of its own. */
        if (object->kind != KIND_USER || object->is_deleted)
                return;

        check->n_users++;
        for (unsigned i = 1; i < ATTRIBUTE_MAX; i++)
                if (object_has(object, (AttributeId)i))
                        attribute_set_add(attribute_set_has(&check->seen_on_users, (AttributeId)i)
                                                  ? &check->shown_by_users
                                                  : &check->seen_on_users,
                                          (AttributeId)i);
}

static int keep_connector(Check *check, const Object *object)
{
        const Value *value = object_value(object, ATTRIBUTE_SAM_ACCOUNT_NAME);
        _cleanup_buffer_ Buffer text = BUFFER_INIT;

        if (!value || check->connector)
                return 0;
        if (text_escape(value->data, value->size, 0, &text) < 0)
                return -ENOMEM;

        check->connector = buffer_steal_string(&text);
        return check->connector ? 0 : -ENOMEM;
}

/* Values are "MaxPageSize=1000". */
static void keep_limits(Check *check, const Object *object)
{
        static const char page[] = "MaxPageSize=", range[] = "MaxValRange=";
        size_t n;
        const Value *values = object_values(object, ATTRIBUTE_LDAP_ADMIN_LIMITS, &n);

        _Static_assert(sizeof(page) == sizeof(range), "the number begins at the same place");
        for (size_t i = 0; i < n; i++) {
                const Value *value = &values[i];
                Slice number;

                if (value->size <= strlen(page))
                        continue;
                number = (Slice){ value->data + strlen(page), value->size - strlen(page) };
                if (strncasecmp((const char *)value->data, page, strlen(page)) == 0)
                        (void)text_integer(number, &check->page_limit);
                else if (strncasecmp((const char *)value->data, range, strlen(range)) == 0)
                        (void)text_integer(number, &check->range_limit);
        }
}

static int on_entry(Session *session, const Object *object, void *userdata)
{
        Check *check = userdata;
        const Value *value;

        switch (check->question) {
        case CHECK_ASK_FEED:
                if (attribute_set_has(&object->known, ATTRIBUTE_REPL_UP_TO_DATE_VECTOR)) {
                        check->has_asked_vector = true;
                        check->has_vector = object_has(object, ATTRIBUTE_REPL_UP_TO_DATE_VECTOR);
                }
                return feed_entry(check->feed, object);
        case CHECK_ASK_CLOCK:
                value = object_value(object, ATTRIBUTE_CURRENT_TIME);
                if (value)
                        check->server_time = parse_time(value);
                return 0;
        case CHECK_ASK_SAMPLE:
                sample(check, object);
                return 0;
        case CHECK_ASK_LIMITS:
                keep_limits(check, object);
                return 0;
        case CHECK_ASK_CONNECTOR:
                return keep_connector(check, object);
        case CHECK_ASK_NOTHING:
                break;
        }

        return 0;
}

/* --- what is asked --- */

/* The feed asks for other things in pages, too, but only there for what it follows by. */
static bool is_search_for_objects(const FeedRequest *request)
{
        return request->is_paged && request->scope == FEED_SUBTREE &&
               attribute_set_has(&request->attributes, ATTRIBUTE_USN_CHANGED);
}

static int ask_feed(Check *check)
{
        int64_t now = monotonic_ms(), wall = (int64_t)time(NULL);
        FeedAction action;
        int r;

        for (;;) {
                r = feed_next(check->feed, now, wall, &action);
                if (r < 0)
                        return r;

                switch (action.type) {
                case FEED_SEND:
                        /* It wakes polls, and there will be none. */
                        if (action.request->is_notification)
                                continue;
                        if (is_search_for_objects(action.request)) {
                                check->search = *action.request;
                                check_tell_feed(check);
                                check->question = CHECK_ASK_CLOCK;
                                check_schedule(check);
                                return 0;
                        }
                        return session_send(check->session, action.request);
                case FEED_PENDING:
                case FEED_WORK_AHEAD:
                        return 0;
                case FEED_HANG_UP:
                case FEED_APPLY:
                case FEED_WAIT:
                        check_tell_failure(check, feed_failure(check->feed));
                        check_end(check);
                        return 0;
                }
        }
}

static int ask_clock(Check *check)
{
        FeedRequest request = {
                .base = "",
                .scope = FEED_BASE,
                .filter = "(objectClass=*)",
                .timeout = check->config->request_timeout,
        };

        attribute_set_add(&request.attributes, ATTRIBUTE_CURRENT_TIME);
        return session_send(check->session, &request);
}

/* Of the forest: a domain controller or a site may have a policy of its own, which is rare. */
static int ask_limits(Check *check)
{
        _cleanup_buffer_ Buffer base = BUFFER_INIT;
        FeedRequest request = {
                .scope = FEED_BASE,
                .filter = "(objectClass=*)",
                .timeout = check->config->request_timeout,
        };
        int r;

        r = buffer_append_format(&base,
                                 "CN=Default Query Policy,CN=Query-Policies,CN=Directory Service,"
                                 "CN=Windows NT,CN=Services,%s",
                                 check->domain.configuration_nc);
        request.base = r < 0 ? NULL : buffer_string(&base);
        if (!request.base)
                return -ENOMEM;

        attribute_set_add(&request.attributes, ATTRIBUTE_LDAP_ADMIN_LIMITS);
        return session_send(check->session, &request);
}

/* Names are compared by the server, and what would be an operator in a filter is written as \XX. */
static int ask_connector(Check *check)
{
        _cleanup_buffer_ Buffer filter = BUFFER_INIT;
        const char *wanted = check->config->tenant.connector_account, *text;
        FeedRequest request = {
                .base = check->domain.naming_context,
                .scope = FEED_SUBTREE,
                .timeout = check->config->request_timeout,
        };
        int r;

        r = buffer_append_string(&filter, "(&(objectClass=user)(sAMAccountName=");
        for (const char *at = wanted; r >= 0 && at && *at; at++)
                r = strchr("*()\\", *at) ? buffer_append_format(&filter, "\\%02x", (unsigned)*at)
                                         : buffer_append_byte(&filter, (uint8_t)*at);
        if (r >= 0)
                r = buffer_append_string(&filter, wanted ? "))" : "MSOL_*))");
        text = r < 0 ? NULL : buffer_string(&filter);
        if (!text)
                return -ENOMEM;

        request.filter = text;
        attribute_set_add(&request.attributes, ATTRIBUTE_SAM_ACCOUNT_NAME);
        return session_send(check->session, &request);
}

static int on_work(sd_event_source *source, void *userdata)
{
        Check *check = userdata;
        int r = 0;

        switch (check->question) {
        case CHECK_ASK_FEED:
                r = ask_feed(check);
                break;
        case CHECK_ASK_CLOCK:
                r = ask_clock(check);
                break;
        case CHECK_ASK_SAMPLE:
                r = session_send(check->session, &check->search);
                break;
        case CHECK_ASK_LIMITS:
                r = ask_limits(check);
                break;
        case CHECK_ASK_CONNECTOR:
                r = ask_connector(check);
                break;
        case CHECK_ASK_NOTHING:
                break;
        }

        if (r < 0 && r != -ENOTCONN) /* then on_closed() comes, and tells why */
                (void)sd_event_exit(check->event, r);
        return 0;
}

static int on_result(Session *session, const FeedResult *result, void *userdata)
{
        Check *check = userdata;

        switch (check->question) {
        case CHECK_ASK_FEED:
                check_schedule(check);
                return feed_result(check->feed, result, monotonic_ms(), (int64_t)time(NULL));
        case CHECK_ASK_CLOCK:
                check_tell_clock(check);
                check->question = CHECK_ASK_SAMPLE;
                break;
        case CHECK_ASK_SAMPLE:
                check->has_more = result->cookie.size > 0;
                if (result->code == 0)
                        check_tell_sample(check);
                else
                        check_line(check, CHECK_BAD, "page",
                                   "the search failed with LDAP result %d", result->code);
                check->question = CHECK_ASK_LIMITS;
                break;
        case CHECK_ASK_LIMITS:
                check_tell_limits(check);
                check->question = CHECK_ASK_CONNECTOR;
                break;
        case CHECK_ASK_CONNECTOR:
                check_tell_connector(check);
                check_end(check);
                return 0;
        case CHECK_ASK_NOTHING:
                return 0;
        }

        check_schedule(check);
        return 0;
}

static void on_closed(Session *session, SessionEnd end, const char *text, void *userdata)
{
        Check *check = userdata;

        check_line(check, CHECK_BAD, "directory", "%s (%s)", text, session_end_code(end));
        check_end(check);
}

static const SessionOps session_ops = {
        .entry = on_entry,
        .result = on_result,
        .closed = on_closed,
};

int check_server(Check *check, struct ldap *handle)
{
        const FeedSettings settings = { .config = check->config,
                                        .domain_config = check->domain_config };
        _cleanup_free_ char *error = NULL;
        int r;

        r = session_new(check->event, handle, &session_ops, check, &check->session);
        if (r >= 0)
                r = store_open(NULL, STORE_MEMORY, &check->store, &error);
        if (r >= 0)
                r = domain_load(check->store, check->domain_config->name, &check->domain);
        if (r >= 0)
                r = feed_new(check->store, &check->domain, &settings, &check->feed);
        if (r >= 0)
                r = feed_connected(check->feed, monotonic_ms(), (int64_t)time(NULL));
        if (r >= 0)
                r = sd_event_add_defer(check->event, &check->work, on_work, check);
        return r;
}
