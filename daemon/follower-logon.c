/* SPDX-License-Identifier: MIT */

/*
 * When did the connector log on? Each domain controller knows its own logons only, and what all of them know comes a fortnight late. So
 * now and then, one at a time, those that are not followed are asked: a connection of its own, one search, and good-bye. It is good
 * to know and not needed: whatever goes wrong is noted beside the domain controller's name, and nothing else.
 */

#include "daemon/follower-internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/log.h"
#include "lib/core/when.h"
#include "lib/state/controller.h"
#include "lib/state/logon.h"

enum {
        ASKED_AGAIN_SECONDS = 30 * 60,      /* as often as a connector runs */
        FAILED_AGAIN_SECONDS = 4 * 60 * 60, /* nobody waits in vain all day */
        BETWEEN_MSEC = 5 * 1000,            /* two of them */
};

typedef struct LogonAttempt {
        char *host;
        DomainConfig config; /* the domain's, with this one server; borrows from it */
        char *servers[2];
        Discover *discover;
        Connect *connect;
        Session *session;
        Logon *logon;
        bool is_over;
        const char *failure; /* a code; NULL: it has answered */
} LogonAttempt;

struct FollowerLogon {
        LogonAttempt attempt; /* host NULL: none under way */
        int64_t not_before;   /* milliseconds */
};

static void attempt_done(LogonAttempt *attempt)
{
        attempt->connect = connect_free(attempt->connect);
        attempt->session = session_free(attempt->session);
        attempt->discover = discover_free(attempt->discover);
        attempt->logon = logon_free(attempt->logon);
        free(attempt->host);
        *attempt = (LogonAttempt){};
}

int follower_logon_new(Follower *follower)
{
        follower->logon = calloc(1, sizeof(*follower->logon));
        return follower->logon ? 0 : -ENOMEM;
}

void follower_logon_free(Follower *follower)
{
        if (!follower->logon)
                return;

        attempt_done(&follower->logon->attempt);
        free(follower->logon);
        follower->logon = NULL;
}

bool follower_logon_may_be_freed(const Follower *follower)
{
        const LogonAttempt *attempt = &follower->logon->attempt;

        return !attempt->connect || attempt->is_over || attempt->session;
}

/* What has ended is put down and freed by the next drive: never from its own callback. */
static void logon_over(Follower *follower, const char *failure)
{
        LogonAttempt *attempt = &follower->logon->attempt;

        if (attempt->is_over)
                return;

        attempt->is_over = true;
        attempt->failure = failure;
        follower_schedule(follower);
}

static int on_entry(Session *session, const Object *object, void *userdata)
{
        Follower *follower = userdata;
        int r = logon_entry(follower->logon->attempt.logon, object);

        follower_survive(follower, r);
        return 0;
}

static int on_result(Session *session, const FeedResult *result, void *userdata)
{
        logon_over(userdata, logon_failure(result));
        return 0;
}

static void on_closed(Session *session, SessionEnd end, const char *text, void *userdata)
{
        logon_over(userdata, session_end_code(end));
}

static const SessionOps session_ops = {
        .entry = on_entry,
        .result = on_result,
        .closed = on_closed,
};

static void on_connected(Connect *connect, const ConnectResult *result, void *userdata)
{
        Follower *follower = userdata;
        LogonAttempt *attempt = &follower->logon->attempt;
        int r = -EIO;

        manager_logon_done(follower->manager, follower);
        if (follower->state == FOLLOWER_STOPPING) {
                attempt->is_over = true;
                return;
        }

        if (result->failure == CONNECT_OK)
                r = session_new(manager_event(follower->manager), connect_take(connect),
                                &session_ops, follower, &attempt->session);
        if (r >= 0)
                r = session_send(attempt->session, logon_request(attempt->logon));
        if (r < 0)
                logon_over(follower, result->failure == CONNECT_OK
                                             ? "internal-error"
                                             : connect_failure_code(result->failure));
}

int follower_logon_connect(Follower *follower)
{
        Manager *manager = follower->manager;
        LogonAttempt *attempt = &follower->logon->attempt;
        const ConnectSettings settings = {
                .config = &attempt->config,
                .credentials_directory = manager_credentials_directory(manager),
                .timeout = manager_config(manager)->connect_timeout,
        };
        int r;

        if (!attempt->host || attempt->is_over)
                return -ECANCELED;

        r = connect_start(manager_event(manager), attempt->discover, &settings, on_connected,
                          follower, &attempt->connect);
        if (r < 0)
                logon_over(follower, "internal-error");
        return r;
}

/* What has not begun borrows from the old configuration; what has, does no more. */
void follower_logon_reset(Follower *follower)
{
        LogonAttempt *attempt = &follower->logon->attempt;

        if (attempt->host && !attempt->connect)
                attempt_done(attempt);
}

void follower_logon_cancel(Follower *follower)
{
        if (follower->logon->attempt.connect)
                connect_cancel(follower->logon->attempt.connect);
}

/* Somebody who follows needs the connecting thread more: it is asked anew soon, and nothing is noted. */
static bool was_cancelled(const LogonAttempt *attempt)
{
        return attempt->failure &&
               strcmp(attempt->failure, connect_failure_code(CONNECT_CANCELLED)) == 0;
}

void follower_logon_reap(Follower *follower)
{
        LogonAttempt *attempt = &follower->logon->attempt;
        Manager *manager = follower->manager;

        if (!attempt->host || !attempt->is_over)
                return;

        if (!was_cancelled(attempt)) {
                log_about(LOG_DEBUG, NULL, follower->name,
                          "asked %s for the connector's logons: %s", attempt->host,
                          attempt->failure ?: "ok");
                follower_survive(follower,
                                 controller_asked(manager_store(manager), follower->domain.id,
                                                  attempt->host, manager_wall(manager),
                                                  attempt->failure));
        }
        attempt_done(attempt);
        follower->logon->not_before = manager_now(manager) + BETWEEN_MSEC;
}

static int logon_begin(Follower *follower)
{
        LogonAttempt *attempt = &follower->logon->attempt;
        Manager *manager = follower->manager;
        int64_t wall = manager_wall(manager);
        int r;

        r = controller_next(manager_store(manager), follower->domain.id, follower->domain.cursor.dc,
                            wall - ASKED_AGAIN_SECONDS, wall - FAILED_AGAIN_SECONDS,
                            &attempt->host);
        if (r <= 0)
                return r;
        r = logon_new(manager_store(manager), &follower->domain, wall, &attempt->logon);
        if (r <= 0)
                return r;

        attempt->servers[0] = attempt->host;
        attempt->config = *follower->config;
        attempt->config.servers = attempt->servers;
        r = discover_new(&attempt->config, (uint64_t)manager_usec(), &attempt->discover);
        return r < 0 ? r : 1;
}

int64_t follower_logon_next(Follower *follower)
{
        FollowerLogon *logon = follower->logon;
        int64_t now = manager_now(follower->manager);
        int r;

        if (logon->attempt.host || now < logon->not_before)
                return logon->attempt.host ? INT64_MAX : logon->not_before;

        r = logon_begin(follower);
        follower_survive(follower, r);
        if (r > 0) {
                manager_want_logon(follower->manager, follower);
                return INT64_MAX;
        }

        attempt_done(&logon->attempt);
        logon->not_before = now + MINUTE * 1000;
        return logon->not_before;
}
