/* SPDX-License-Identifier: MIT */
#include "daemon/follower-internal.h"

#include <errno.h>
#include <string.h>

#include "daemon/log.h"
#include "daemon/message-id.h"

void follower_hang_up(Follower *follower)
{
        follower->session = session_free(follower->session);
        follower->session_has_ended = false;
        follower_origin_lost(follower);
        feed_disconnected(follower->feed, manager_now(follower->manager));
}

static int on_entry(Session *session, const Object *object, void *userdata)
{
        Follower *follower = userdata;
        int r;

        if (follower->origin_is_sent)
                return follower_origin_entry(follower, object);
        r = feed_entry(follower->feed, object);

        /* An answer without end has no result to wait for. */
        if (feed_wants_to_hang_up(follower->feed))
                follower_schedule(follower);
        follower_survive(follower, r);
        return 0;
}

static int on_result(Session *session, const FeedResult *result, void *userdata)
{
        Follower *follower = userdata;
        int r;

        if (follower->origin_is_sent) {
                follower_origin_result(follower, result->code);
                return 0;
        }
        r = feed_result(follower->feed, result, manager_now(follower->manager),
                        manager_wall(follower->manager));
        follower_schedule(follower);
        follower_survive(follower, r);
        return 0;
}

static int on_notified(Session *session, void *userdata)
{
        Follower *follower = userdata;

        feed_wake(follower->feed, manager_now(follower->manager));
        follower_schedule(follower);
        return 0;
}

static int on_notify_ended(Session *session, int code, void *userdata)
{
        Follower *follower = userdata;

        log_about(LOG_DEBUG, NULL, follower->name,
                  "no more change notifications (LDAP result %d), polling without", code);
        feed_notification_ended(follower->feed);
        return 0;
}

static void on_closed(Session *session, SessionEnd end, const char *text, void *userdata)
{
        Follower *follower = userdata;

        /* Between polls a server may end a connection that it finds idle: that is housekeeping, and no failure. */
        if (follower->is_idle && (end == SESSION_CLOSED || end == SESSION_DISCONNECTED))
                log_about(LOG_DEBUG, NULL, follower->name, "%s, connecting anew", text);
        else
                follower_complain(follower, MESSAGE_UNREACHABLE, session_end_code(end), text);

        discover_lost(follower->discover, manager_now(follower->manager));
        follower->session_has_ended = true;
        follower_schedule(follower);
}

static const SessionOps session_ops = {
        .entry = on_entry,
        .result = on_result,
        .notified = on_notified,
        .notify_ended = on_notify_ended,
        .closed = on_closed,
};

/* Every reconnect is worth a line only while it is news: a DC that accepts and is then of no use would fill the log. */
static void follower_report_connection(Follower *follower, const ConnectResult *result)
{
        log_about(follower->is_reported ? LOG_DEBUG : LOG_INFO, MESSAGE_CONNECTED, follower->name,
                  "connected to %s (%s) in %u ms: %s", result->target, result->address,
                  result->milliseconds, result->text);
        follower->is_reported = true;
}

static int follower_attach(Follower *follower)
{
        Manager *manager = follower->manager;
        int r;

        r = session_new(manager_event(manager), connect_take(follower->connect), &session_ops,
                        follower, &follower->session);
        if (r < 0)
                return r;

        return feed_connected(follower->feed, manager_now(manager), manager_wall(manager));
}

void follower_finish_connect(Follower *follower)
{
        const ConnectResult *result = follower->connect_result;
        int r;

        if (result->failure == CONNECT_OK) {
                follower_report_connection(follower, result);
                r = follower_attach(follower);
                if (r < 0) {
                        follower_complain(follower, MESSAGE_UNREACHABLE, "internal-error",
                                          strerror(-r));
                        discover_failed(follower->discover, manager_now(follower->manager));
                }
        } else if (result->failure != CONNECT_CANCELLED)
                follower_complain(follower, MESSAGE_UNREACHABLE,
                                  connect_failure_code(result->failure), result->text);

        follower->connect = connect_free(follower->connect);
        follower->connect_result = NULL;
        follower->has_tried = true;
        manager_connect_done(follower->manager, follower);
}

static void on_connected(Connect *connect, const ConnectResult *result, void *userdata)
{
        Follower *follower = userdata;

        follower->connect_result = result;
        follower_schedule(follower);

        /* Where it was stopped meanwhile, the manager has been waiting to free it. */
        if (follower->state == FOLLOWER_STOPPING)
                manager_connect_done(follower->manager, follower);
}

int follower_connect(Follower *follower)
{
        Manager *manager = follower->manager;
        const Config *config = manager_config(manager);
        const ConnectSettings settings = {
                .config = follower->config,
                .credentials_directory = manager_credentials_directory(manager),
                .timeout = config->connect_timeout,
        };

        int r;

        r = connect_start(manager_event(manager), follower->discover, &settings, on_connected,
                          follower, &follower->connect);
        if (r >= 0)
                return 0;

        follower_complain(follower, MESSAGE_UNREACHABLE, "internal-error", strerror(-r));
        discover_failed(follower->discover, manager_now(manager));
        follower_schedule(follower);
        return r;
}
