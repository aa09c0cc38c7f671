/* SPDX-License-Identifier: MIT */

/*~ A follower is where the feed meets the world. All decisions about *what* to read are the feed's, which has no wires; all
 * decisions about *whom* to ask are Discover's, which has none either. What remains here is to carry: follower_drive() asks the feed
 * for its next action and does that, until the action is to wait. Every event (an answer, a timer, a free thread) only
 * schedules another such drive, on a turn of its own, so that no handler is called from within another.
 */

#include "daemon/follower.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "daemon/follower-internal.h"
#include "daemon/log.h"
#include "daemon/message-id.h"
#include "lib/core/grant.h"

enum {
        TIMER_ACCURACY_USEC = 50 * 1000,

        /* As long again as SQLite waits for whoever holds the database, so that all else is done in between. */
        LOCKED_AGAIN_MS = 1000,
};

const char *follower_state_name(FollowerState state)
{
        static const char *const names[] = {
                [FOLLOWER_CONNECTING] = "connecting", [FOLLOWER_READING] = "reading",
                [FOLLOWER_FOLLOWING] = "following",   [FOLLOWER_WAITING] = "waiting",
                [FOLLOWER_STOPPING] = "stopping",
        };

        return names[state];
}

/* The only place where the state changes. */
static void follower_enter(Follower *follower, FollowerState state)
{
        if (follower->state == state || follower->state == FOLLOWER_STOPPING)
                return;

        log_about(LOG_DEBUG, NULL, follower->name, "%s, was %s", follower_state_name(state),
                  follower_state_name(follower->state));
        follower->state = state;
        manager_follower_changed(follower->manager, follower);
}

void follower_schedule(Follower *follower)
{
        if (follower->state != FOLLOWER_STOPPING)
                (void)sd_event_source_set_enabled(follower->work, SD_EVENT_ONESHOT);
}

static void follower_set_timer(Follower *follower, int64_t at)
{
        (void)sd_event_source_set_time(follower->timer, (uint64_t)at * 1000);
        (void)sd_event_source_set_enabled(follower->timer, SD_EVENT_ONESHOT);
}

void follower_complain(Follower *follower, const char *message_id, const char *code,
                       const char *text)
{
        complaint_add(&follower->complaint, message_id, code, text);
        manager_follower_changed(follower->manager, follower);
}

void follower_survive(Follower *follower, int r)
{
        if (r < 0)
                log_about(LOG_ERR, NULL, follower->name,
                          "cannot go on with what the server sent: %s (%s), reading it again later",
                          strerror(-r), store_error(manager_store(follower->manager)));
}

/* --- the drive --- */

/* An answer may have taken an hour to read: it is not dropped because somebody has left a transaction open. */
static void follower_wait_locked(Follower *follower)
{
        int64_t now = manager_now(follower->manager), again = now + LOCKED_AGAIN_MS;

        follower_complain(follower, MESSAGE_LOCKED, "database-locked",
                          "another program holds the database for writing, and what was read waits "
                          "for it: \"fuser -v\" of the file says which");
        (void)complaint_tell(&follower->complaint, follower->name, now, again);
        follower_set_timer(follower, again);
}

/* One step of local work; the next comes on another turn, so that the other domains go on meanwhile. */
static void follower_step(Follower *follower)
{
        Manager *manager = follower->manager;
        const Store *store = manager_store(manager);
        int r;

        if (!manager_claim_transaction(manager, follower))
                return;

        manager_note_turn(manager, "apply");
        pace_begin(&follower->pace, store, manager_usec());
        r = feed_step(follower->feed, follower->pace.budget, manager_now(manager),
                      manager_wall(manager));
        if (r == FEED_LOCKED) {
                manager_release_transaction(manager, follower);
                follower_wait_locked(follower);
                return;
        }

        pace_end(&follower->pace, store, manager_usec(), r == APPLY_MORE);
        if (r != APPLY_MORE) {
                manager_release_transaction(manager, follower);
                manager_committed(manager);
                follower_survive(follower, r);
        }
        follower_schedule(follower);
}

/* While the server is at work. What it sends meanwhile comes first: the next such step is on another turn. */
static void follower_work_ahead(Follower *follower)
{
        Manager *manager = follower->manager;
        int r;

        manager_note_turn(manager, "apply");
        r = feed_step(follower->feed, follower->pace.budget, manager_now(manager),
                      manager_wall(manager));
        if (r == FEED_LOCKED) {
                follower_wait_locked(follower);
                return;
        }

        follower_survive(follower, r);
        follower_schedule(follower);
}

/* Where the feed wants to wait and there is no connection, one is due as soon as both it and Discover agree. */
static void follower_wait_unconnected(Follower *follower, int64_t until)
{
        int64_t not_before = discover_not_before(follower->discover);

        if (not_before > until)
                until = not_before;
        if (complaint_tell(&follower->complaint, follower->name, manager_now(follower->manager),
                           until))
                follower->is_reported = false;

        if (until > manager_now(follower->manager)) {
                follower_enter(follower, FOLLOWER_WAITING);
                follower_set_timer(follower, until);
                return;
        }

        follower_enter(follower, FOLLOWER_CONNECTING);
        manager_want_connect(follower->manager, follower);
}

/* What must never happen, and was found out all the same. */
static void follower_tell_missed(Follower *follower)
{
        const Domain *domain = &follower->domain;
        int64_t missed = domain->missed_changes_total - follower->missed;
        int64_t differences = domain->adopted_differences_total - follower->differences;

        if (missed > 0 || differences > 0)
                log_about(LOG_WARNING, MESSAGE_MISSED, follower->name,
                          "following %s missed %" PRIi64 " changes, and took over %" PRIi64
                          " objects as they were not: found by reconciling, and put right",
                          domain->cursor.dc ?: "it", missed, differences);
        follower->missed = domain->missed_changes_total;
        follower->differences = domain->adopted_differences_total;
}

/* Once for each time that it is found out: what is deleted is then seen late. */
static void follower_tell_tombstones(Follower *follower)
{
        _cleanup_free_ char *commands = NULL;
        bool is_hidden = follower->domain.tombstones_readable == 0;

        if (is_hidden && !follower->has_told_tombstones &&
            grant_format(follower->config, "", &commands) >= 0)
                log_about(LOG_WARNING, MESSAGE_TOMBSTONES, follower->name,
                          "the account may not list deleted objects: deletions are seen once a day "
                          "only. A domain administrator allows it by\n%s",
                          commands);
        follower->has_told_tombstones = is_hidden;
}

/* Nothing is left to ask: a poll went well, or the connection is so new that there was none. */
static void follower_poll_ended(Follower *follower)
{
        FeedStatus status;

        feed_status(follower->feed, &status);
        if (status.deletions_held > 0 && status.deletions_held != follower->deletions_held)
                log_about(LOG_WARNING, MESSAGE_DELETIONS_HELD, follower->name,
                          "%" PRIi64
                          " objects are missing from what was read, more than go unasked: "
                          "they are kept until scanctl rescan --accept-deletions",
                          status.deletions_held);
        follower->deletions_held = status.deletions_held;
        follower_tell_missed(follower);
        follower_tell_tombstones(follower);

        if (status.polls > 0)
                complaint_end(&follower->complaint, follower->name);
}

static void follower_wait(Follower *follower, int64_t until)
{
        follower->is_idle = true;
        if (!follower->session) {
                if (!follower->connect)
                        follower_wait_unconnected(follower, until);
                return;
        }

        follower_poll_ended(follower);
        follower_origin_next(follower);
        if (!follower_origin_send(follower)) {
                int64_t again = follower_logon_next(follower);

                follower_set_timer(follower, again < until ? again : until);
        }
}

static void follower_send(Follower *follower, const FeedRequest *request)
{
        int r;

        r = session_send(follower->session, request);
        if (r >= 0 || r == -ENOTCONN)
                return; /* not connected any more: on_closed() comes, and tells why */

        follower_complain(follower, MESSAGE_UNREACHABLE, "internal-error", strerror(-r));
        follower_hang_up(follower);
        follower_schedule(follower);
}

/* The feed has no use for this server: others come first, this one not before `until`. A full disk is not its fault. */
static void follower_give_up_server(Follower *follower, int64_t until)
{
        FeedFailure failure = feed_failure(follower->feed);

        follower_complain(follower, MESSAGE_UNUSABLE, feed_failure_code(failure),
                          feed_failure_text(failure));
        if (failure != FEED_STORE)
                discover_reject(follower->discover, until);
        follower_hang_up(follower);
}

/* While a server is asked: is it all, or what changed? */
static void follower_enter_by_feed(Follower *follower)
{
        FeedStatus status;

        feed_status(follower->feed, &status);
        if (!status.is_reading && follower->domain.is_ready) {
                follower_enter(follower, FOLLOWER_FOLLOWING);
                return;
        }

        if (status.is_reading && follower->told_reading != status.full_reads + 1) {
                log_about(LOG_INFO, NULL, follower->name, "reading everything%s%s",
                          status.full_read_reason ? ": " : "", status.full_read_reason ?: "");
                follower->told_reading = status.full_reads + 1;
        }
        follower_enter(follower, FOLLOWER_READING);
}

/* One action of the feed. True: there may be another at once. */
static bool follower_act(Follower *follower, const FeedAction *action)
{
        follower->is_idle = false;

        switch (action->type) {
        case FEED_SEND:
                follower_send(follower, action->request);
                return follower->session != NULL;
        case FEED_APPLY:
                follower_step(follower);
                return false;
        case FEED_WAIT:
                follower_wait(follower, action->until);
                return false;
        case FEED_PENDING:
                return false;
        case FEED_WORK_AHEAD:
                follower_work_ahead(follower);
                return false;
        case FEED_HANG_UP:
                follower_give_up_server(follower, action->until);
                return true;
        }

        return false;
}

static void follower_reap(Follower *follower)
{
        if (follower->session_has_ended)
                follower_hang_up(follower);
        if (follower->connect_result)
                follower_finish_connect(follower);
        follower_logon_reap(follower);
}

static void follower_drive(Follower *follower)
{
        Manager *manager = follower->manager;
        FeedAction action;
        int r;

        follower_reap(follower);
        if (follower->origin_is_sent)
                return; /* its answer schedules the next drive */

        do {
                r = feed_next(follower->feed, manager_now(manager), manager_wall(manager), &action);
                if (r < 0) {
                        follower_survive(follower, r);
                        follower_schedule(follower);
                        return;
                }
        } while (follower_act(follower, &action));

        if (follower->session)
                follower_enter_by_feed(follower);
}

static int on_work(sd_event_source *source, void *userdata)
{
        follower_drive(userdata);
        return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        follower_drive(userdata);
        return 0;
}

/* --- life --- */

static int follower_new_sources(Follower *follower)
{
        sd_event *event = manager_event(follower->manager);
        int r;

        r = sd_event_add_defer(event, &follower->work, on_work, follower);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(follower->work, SD_EVENT_OFF);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(follower->work, "follower-work");

        r = sd_event_add_time(event, &follower->timer, CLOCK_MONOTONIC, 0, TIMER_ACCURACY_USEC,
                              on_timer, follower);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(follower->timer, "follower-timer");
        return sd_event_source_set_enabled(follower->timer, SD_EVENT_OFF);
}

int follower_new(Manager *manager, const DomainConfig *config, Follower **ret)
{
        _cleanup_(follower_freep) Follower *follower = NULL;
        uint64_t seed = (uint64_t)manager_usec();
        FeedSettings settings;
        int r;

        follower = calloc(1, sizeof(*follower));
        if (!follower)
                return -ENOMEM;
        follower->manager = manager;
        follower->config = config;
        follower->name = strdup(config->name);
        if (!follower->name)
                return -ENOMEM;
        follower->state = FOLLOWER_WAITING;
        pace_init(&follower->pace);

        r = follower_new_sources(follower);
        if (r < 0)
                return r;
        r = follower_logon_new(follower);
        if (r < 0)
                return r;
        r = domain_load(manager_store(manager), config->name, &follower->domain);
        if (r < 0)
                return r;
        follower->missed = follower->domain.missed_changes_total;
        follower->differences = follower->domain.adopted_differences_total;
        r = discover_new(config, seed, &follower->discover);
        if (r < 0)
                return r;
        r = discover_prefer(follower->discover, follower->domain.cursor.dc);
        if (r < 0)
                return r;

        settings = (FeedSettings){
                .config = manager_config(manager),
                .domain_config = config,
                .jitter_seed = (int64_t)seed,
        };
        r = feed_new(manager_store(manager), &follower->domain, &settings, &follower->feed);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(follower);
        return 0;
}

Follower *follower_free(Follower *follower)
{
        if (!follower)
                return NULL;

        sd_event_source_disable_unref(follower->work);
        sd_event_source_disable_unref(follower->timer);
        connect_free(follower->connect);
        session_free(follower->session);
        follower_origin_done(follower);
        follower_logon_free(follower);
        feed_free(follower->feed);
        discover_free(follower->discover);
        domain_done(&follower->domain);
        complaint_done(&follower->complaint);
        free(follower->name);
        free(follower);
        return NULL;
}

int follower_start(Follower *follower)
{
        if (!follower->config->tls_verify)
                log_about(LOG_WARNING, NULL, follower->name,
                          "TLSVerify=no: anybody on the way can be the domain controller");
        follower_schedule(follower);
        return 0;
}

void follower_stop(Follower *follower)
{
        follower_enter(follower, FOLLOWER_STOPPING);
        (void)sd_event_source_set_enabled(follower->work, SD_EVENT_OFF);
        (void)sd_event_source_set_enabled(follower->timer, SD_EVENT_OFF);
        if (follower->connect)
                connect_cancel(follower->connect);
        follower_logon_cancel(follower);
        follower->session = session_free(follower->session);
        follower_origin_lost(follower);
        follower->feed = feed_free(follower->feed); /* rolls back what is open */
}

bool follower_may_be_freed(const Follower *follower)
{
        return (!follower->connect || follower->connect_result) &&
               follower_logon_may_be_freed(follower);
}

int follower_reconfigure(Follower *follower, const DomainConfig *config)
{
        ConfigEffect effect = config_compare_domain(follower->config, config);
        Manager *manager = follower->manager;
        FeedSettings settings = {
                .config = manager_config(manager),
                .domain_config = config,
                .jitter_seed = manager_now(manager),
        };
        int r;

        follower->config = config;
        follower_logon_reset(follower);
        r = discover_reconfigure(follower->discover, config);
        if (r < 0)
                return r;

        /* An open transaction was made with the configuration that goes: the feed rolls it back. */
        r = feed_reconfigure(follower->feed, &settings, manager_now(manager));
        manager_release_transaction(manager, follower);
        if (r < 0)
                return r;

        if (effect >= CONFIG_RECONNECT) {
                follower->is_reported = false;
                if (follower->connect)
                        connect_cancel(follower->connect);
                if (follower->session)
                        follower_hang_up(follower);
        }

        follower_schedule(follower);
        return 0;
}

void follower_rescan(Follower *follower, bool is_reconcile, bool accept_deletions)
{
        int64_t now = manager_now(follower->manager);

        if (is_reconcile)
                feed_reconcile(follower->feed, accept_deletions, now);
        else if (accept_deletions)
                feed_accept_deletions(follower->feed, now);
        else
                feed_rescan(follower->feed, now);
        follower_schedule(follower);
}

void follower_wake(Follower *follower)
{
        follower_schedule(follower);
}

const char *follower_name(const Follower *follower)
{
        return follower->name;
}

void follower_look(const Follower *follower, FollowerView *ret)
{
        *ret = (FollowerView){
                .config = follower->config,
                .domain = &follower->domain,
                .state = follower->state,
                .site = discover_site(follower->discover),
                .failures = follower->complaint.n,
                .error_code = follower->complaint.code,
                .is_idle = follower->is_idle,
                .has_tried = follower->has_tried,
        };
        if (follower->feed)
                feed_status(follower->feed, &ret->feed);
        else
                ret->feed.dc = follower->domain.cursor.dc;

        /* All is well but for what only a person can decide. */
        if (!ret->error_code && ret->feed.deletions_held > 0)
                ret->error_code = feed_failure_code(FEED_MASS_DELETION);
}
