/* SPDX-License-Identifier: MIT */

/*~ The feed is a machine with no wires. The daemon tells it what a server sent and what time it is; it says what to send next.
 * So the whole of tracking a directory, with all that can go wrong, runs in a test without a socket or a clock, a
 * week in a second. Read feed_next() here for the order of things, then feed-poll.c for why it loses nothing.
 */

#include "lib/state/feed.h"

#include <errno.h>
#include <inttypes.h>

#include "lib/state/feed-internal.h"

static const FeedStepFunctions *const steps[N_STEPS] = {
        [STEP_ROOT] = &feed_step_root,
        [STEP_SERVER] = &feed_step_server,
        [STEP_SCHEMA] = &feed_step_schema,
        [STEP_LIFETIME] = &feed_step_lifetime,
        [STEP_RECYCLE_BIN] = &feed_step_recycle_bin,
        [STEP_TOMBSTONES] = &feed_step_tombstones,
        [STEP_NOTIFICATION] = &feed_step_notification,
        [STEP_TRACES] = &feed_step_traces,
        [STEP_RIGHTS] = &feed_step_rights,
        [STEP_READABLE] = &feed_step_readable,
        [STEP_SURVEY] = &feed_step_survey,
        [STEP_COUNT] = &feed_step_count,
        [STEP_COUNT_MORE] = &feed_step_count_more,
        [STEP_VECTOR] = &feed_step_vector,
        [STEP_POSITION] = &feed_step_position,
        [STEP_CANARY] = &feed_step_canary,
        [STEP_MEMBERS] = &feed_step_members,
        [STEP_SEARCH] = &feed_step_search,
        [STEP_COMPARE] = &feed_step_compare,
        [STEP_ABSENT] = &feed_step_absent,
        [STEP_GONE] = &feed_step_gone,
        [STEP_SUSPECT] = &feed_step_suspect,
        [STEP_SIGHT] = &feed_step_sight,
        [STEP_OVERLAP] = &feed_step_overlap,
        [STEP_LATE] = &feed_step_late,
        [STEP_PARENT] = &feed_step_parent,
        [STEP_SAME_SERVER] = &feed_step_same_server,
        [STEP_SAME_EPOCH] = &feed_step_same_epoch,
};

/* Life. */

/* Claims and findings that were made by other rules, another configuration or another schema are to be made again. */
static int feed_check_derivation(Feed *feed)
{
        int r;

        if (!feed->domain->is_ready)
                return 0;

        r = domain_is_derived(feed->domain, feed->settings.config);
        if (r == 0)
                feed->wants_reevaluation = true;
        return r < 0 ? r : 0;
}

int feed_new(Store *store, Domain *domain, const FeedSettings *settings, Feed **ret)
{
        _cleanup_(feed_freep) Feed *feed = NULL;
        int r;

        feed = calloc(1, sizeof(*feed));
        if (!feed)
                return -ENOMEM;

        feed->store = store;
        feed->domain = domain;
        feed->settings = *settings;
        feed->random = (uint64_t)settings->jitter_seed;
        feed->page_size = settings->config->page_size;
        feed->window.base = domain->cursor.overlap_base;
        feed->window.base_wall = domain->cursor.overlap_base_time;

        r = feed_check_derivation(feed);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(feed);
        return 0;
}

Feed *feed_free(Feed *feed)
{
        if (!feed)
                return NULL;

        apply_free(feed->reevaluation);
        feed_answer_done(&feed->answer);
        feed_server_done(&feed->server);
        feed_accounts_done(&feed->accounts);
        feed_connectors_done(&feed->connectors);
        feed_survey_done(&feed->survey);
        feed_count_done(&feed->count);
        guid_map_done(&feed->overlap);
        buffer_done(&feed->base);
        buffer_done(&feed->filter);
        buffer_done(&feed->cookie);
        free(feed);
        return NULL;
}

/* Waiting. Jitter keeps the daemons of a company, and the domains of one daemon, from asking in step. */

static uint64_t feed_random(Feed *feed)
{
        uint64_t z = (feed->random += UINT64_C(0x9e3779b97f4a7c15));

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return z ^ z >> 31;
}

int64_t feed_random_between(Feed *feed, int64_t least, int64_t most)
{
        return least + (int64_t)(feed_random(feed) % (uint64_t)(most - least + 1));
}

static int64_t feed_interval_seconds(const Feed *feed)
{
        unsigned seconds = feed->settings.domain_config->poll_interval;

        return seconds > 0 ? seconds : feed->settings.config->poll_interval;
}

static int64_t feed_interval(Feed *feed)
{
        int64_t interval = feed_interval_seconds(feed) * 1000;

        return feed_random_between(feed, interval - interval / 10, interval + interval / 10);
}

static int64_t feed_back_off(Feed *feed)
{
        int64_t delay = FEED_BACK_OFF_FIRST_MS;

        for (unsigned i = 1; i < feed->n_failures && delay < FEED_BACK_OFF_LAST_MS; i++)
                delay *= 2;
        if (delay > FEED_BACK_OFF_LAST_MS)
                delay = FEED_BACK_OFF_LAST_MS;

        return feed_random_between(feed, delay - delay / 4, delay);
}

/* Ends of an answer. */

static void feed_drop_answer(Feed *feed)
{
        /* A first read counts itself, because it also has to when the process is killed. */
        if (feed->status.is_reading && feed->answer.kind == APPLY_FULL)
                feed->domain->full_reads_interrupted++;
        if (feed->answer.is_requested) {
                feed->wants_full_read = true;
                feed->wants_deletions = feed->wants_deletions || feed->answer.accepts_deletions;
        }
        if (feed->answer.is_reconcile) {
                feed->wants_reconcile = true;
                feed->wants_deletions = feed->wants_deletions || feed->answer.accepts_deletions;
        }

        feed->members_due |= feed->answer.members_asked;
        feed->status.is_reading = false;
        feed_answer_done(&feed->answer);
        buffer_reset(&feed->cookie);
        feed->step = STEP_IDLE;
}

/*
 * Whatever went wrong, the connection goes too: a fresh one is the cheapest way to a known state, gives the server a rest, and
 * lets the daemon choose another one.
 */
static void feed_fail(Feed *feed, FeedFailure failure)
{
        feed_drop_answer(feed);
        feed->failure = failure;
        feed->n_failures++;
        feed->retry_at = feed->now + feed_back_off(feed);
        feed->is_outstanding = false;
        feed->is_ignoring = false;
        feed->is_hanging_up = feed->is_connected;
}

/* What the functions of a step returned: a FeedFailure is dealt with here, a negative errno is also handed up. */
static int feed_conclude(Feed *feed, int r)
{
        if (r > 0)
                feed_fail(feed, (FeedFailure)r);
        else if (r < 0)
                feed_fail(feed, FEED_STORE);

        return r < 0 ? r : 0;
}

/* The poll is over and was good, with or without something to commit. */
static int feed_poll_finish(Feed *feed)
{
        FeedAnswer *answer = &feed->answer;
        bool is_woken = answer->is_woken;
        Domain *domain = feed->domain;
        int r;

        feed->status.polls++;
        domain->last_poll_ok = answer->started_wall;
        domain->stale_after = answer->started_wall +
                              FEED_POLLS_MISSED * feed_interval_seconds(feed) +
                              FEED_SLOW_POLL_SECONDS;
        if (answer->kind == APPLY_DELTA)
                feed->status.deltas++;
        else {
                feed->status.full_reads++;
                domain->last_full_ok = answer->started_wall;
        }
        if (answer->is_reconcile) {
                feed->status.reconciles++;
                domain->last_reconcile_ok = answer->started_wall;
        }
        if (answer->has_called_roll)
                domain->deletions_held = answer->deletions_held;

        if (!answer->apply) {
                r = apply_is_due(feed->store, domain, feed->wall);
                if (r < 0)
                        return r;
                feed->wants_look = feed->wants_look || r > 0;
        }

        feed_overlap_forget(feed);
        feed->window = answer->window;
        feed->status.is_reading = false;
        feed->status.usn_behind = 0;
        feed->failure = domain->deletions_held > 0 ? FEED_MASS_DELETION : FEED_OK;
        feed->n_failures = 0;
        feed->last_poll = feed->now;
        feed->next_poll = feed->now + (is_woken ? FEED_POLL_GAP_MS : feed_interval(feed));
        if (feed->wants_full_read || (feed->wants_reconcile && feed->now >= feed->reconcile_at))
                feed->next_poll = feed->now;

        feed_answer_done(answer);
        return domain_save(feed->store, domain);
}

int feed_poll_complete(Feed *feed)
{
        FeedAnswer *answer = &feed->answer;
        int r;

        if (answer->kind != APPLY_DELTA) {
                r = feed_traces_settle(feed);
                if (r < 0)
                        return r;
        }

        feed->step = STEP_IDLE;
        answer->window = feed_window_after(feed);
        if (!answer->apply)
                return feed_poll_finish(feed);

        answer->is_accepted = true;
        return 0;
}

/* Steps. */

static void feed_begin_poll(Feed *feed)
{
        feed->answer = (FeedAnswer){
                .is_begun = true,
                .started = feed->now,
                .started_wall = feed->wall,
        };
        feed->step = STEP_VECTOR;
}

static int feed_begin_reevaluation(Feed *feed)
{
        ApplySettings settings = {
                .config = feed->settings.config,
                .domain_config = feed->settings.domain_config,
                .now = feed->wall,
                .is_silent = feed->wants_reevaluation,
        };
        int r = 0;

        if (feed->domain->is_ready)
                r = apply_new(feed->store, feed->domain,
                              feed->wants_reevaluation ? APPLY_REEVALUATE : APPLY_DUE, &settings,
                              &feed->reevaluation);
        if (r >= 0)
                feed->wants_reevaluation = feed->wants_look = false;
        return r;
}

static bool feed_has_local_work(const Feed *feed)
{
        return feed->reevaluation || feed->answer.is_accepted || feed->step == STEP_FIND_ABSENT;
}

/* A step that has nothing to ask has set the next one instead: go on until one asks, or there is none. */
static int feed_send(Feed *feed, FeedAction *ret)
{
        FeedStep step;
        int r;

        do {
                step = feed->step;
                r = steps[step]->ask(feed);
                if (r < 0)
                        return r;
        } while (feed->step != step);

        feed->n_entries = 0;
        *ret = (FeedAction){ .type = FEED_SEND, .request = &feed->request };

        feed->is_outstanding = !feed->request.is_notification;
        if (feed->request.is_notification) {
                feed->status.is_notified = true;
                feed->step = STEP_IDLE;
        }
        return 0;
}

static bool feed_wants_count(const Feed *feed)
{
        return feed->count_due && feed->domain->is_ready;
}

/* What came before waits to be written, while the server is at work. */
static bool feed_is_behind(const Feed *feed)
{
        return feed->is_outstanding && feed->answer.apply && apply_is_behind(feed->answer.apply);
}

int feed_next(Feed *feed, int64_t now, int64_t wall, FeedAction *ret)
{
        int r;

        feed->now = now;
        feed->wall = wall;

        if (feed->is_outstanding) {
                *ret = (FeedAction){ .type = feed_is_behind(feed) ? FEED_WORK_AHEAD
                                                                  : FEED_PENDING };
                return 0;
        }

        /* Between answers, never within one: judging again changes what the staged rows are compared with. */
        if ((feed->wants_reevaluation || feed->wants_look) && !feed->reevaluation &&
            !feed->answer.apply && now >= feed->retry_at) {
                r = feed_begin_reevaluation(feed);
                if (r < 0)
                        return feed_conclude(feed, r);
        }

        if (feed_has_local_work(feed))
                *ret = (FeedAction){ .type = FEED_APPLY };
        else if (feed->is_hanging_up)
                *ret = (FeedAction){ .type = FEED_HANG_UP, .until = feed->retry_at };
        else if (!feed->is_connected)
                *ret = (FeedAction){ .type = FEED_WAIT, .until = feed->retry_at };
        else if (feed->step == STEP_IDLE && now < feed->next_poll && !feed_wants_count(feed) &&
                 !feed_wants_survey(feed))
                *ret = (FeedAction){ .type = FEED_WAIT, .until = feed->next_poll };
        else {
                if (feed->step == STEP_IDLE && now >= feed->next_trace)
                        feed->step = STEP_TRACES;
                else if (feed->step == STEP_IDLE && feed_wants_survey(feed))
                        feed->step = STEP_SURVEY;
                else if (feed->step == STEP_IDLE && feed_wants_count(feed))
                        feed->step = STEP_COUNT;
                else if (feed->step == STEP_IDLE)
                        feed_begin_poll(feed);
                r = feed_send(feed, ret);
                if (r < 0)
                        return feed_conclude(feed, r);
        }

        return 0;
}

/* Answers. */

int feed_entry(Feed *feed, const Object *object)
{
        if (!feed->is_outstanding || feed->is_ignoring)
                return 0;

        feed->n_entries++;
        return feed_conclude(feed, steps[feed->step]->entry(feed, object));
}

int feed_result(Feed *feed, const FeedResult *result, int64_t now, int64_t wall)
{
        feed->now = now;
        feed->wall = wall;

        if (!feed->is_outstanding)
                return 0;

        feed->is_outstanding = false;
        if (feed->is_ignoring) {
                feed->is_ignoring = false;
                return 0;
        }

        return feed_conclude(feed, steps[feed->step]->done(feed, result));
}

/* Local work. */

/* Only one Apply of a Store may be in its transaction: while it is another domain's, this one says "more" and tries again. */
static int feed_apply(const Feed *feed, Apply *apply, bool *is_in_transaction, const Cursor *cursor,
                      unsigned budget)
{
        int r;

        if (!*is_in_transaction) {
                r = apply_accept(apply, cursor);
                if (r == -EBUSY)
                        return store_applying(feed->store) || store_in_transaction(feed->store)
                                       ? APPLY_MORE
                                       : FEED_LOCKED;
                if (r < 0)
                        return r;
                *is_in_transaction = true;
        }

        return apply_step(apply, budget);
}

/*
 * A full read has held every row against this server; a fail-over none. While the server may be behind another, rows that it lacks
 * stay after a full read, too, as the other showed them.
 */
static int64_t feed_followed_from(const Feed *feed)
{
        const FeedAnswer *answer = &feed->answer;

        if (answer->kind != APPLY_DELTA)
                return answer->unconfirmed.size > 0 ? answer->highest : 0;
        return answer->is_same_epoch ? feed->domain->cursor.followed_from : answer->low;
}

static int feed_apply_answer(Feed *feed, unsigned budget)
{
        FeedAnswer *answer = &feed->answer;
        const Cursor *previous = &feed->domain->cursor;
        bool has_newer = answer->newest_usn > 0 || !answer->is_same_epoch;
        const Cursor cursor = {
                .dc = feed->server.dc,
                .dsa = feed->server.dsa,
                .invocation_id = feed->server.invocation_id,
                .watermark = answer->highest,
                .followed_from = feed_followed_from(feed),
                .overlap_base = answer->window.base,
                .overlap_base_time = answer->window.base_wall,
                .vector = answer->vector,
                .polled_at = answer->started_wall,
                .unconfirmed = answer->unconfirmed,
                .unconfirmed_since = answer->unconfirmed_since,
                .canary = has_newer ? answer->newest : previous->canary,
                .canary_usn = has_newer ? answer->newest_usn : previous->canary_usn,
        };
        int r;

        r = feed_apply(feed, answer->apply, &answer->is_in_transaction, &cursor, budget);
        return r == 0 ? feed_poll_finish(feed) : r;
}

/* What did not come to its end is done again. */
static void feed_end_reevaluation(Feed *feed, bool is_dropped)
{
        if (is_dropped && apply_kind(feed->reevaluation) == APPLY_DUE)
                feed->wants_look = true;
        else if (is_dropped)
                feed->wants_reevaluation = true;

        feed->reevaluation = apply_free(feed->reevaluation);
        feed->is_reevaluating_in_transaction = false;
}

static int feed_apply_reevaluation(Feed *feed, unsigned budget)
{
        int r;

        r = feed_apply(feed, feed->reevaluation, &feed->is_reevaluating_in_transaction, NULL,
                       budget);
        if (r > 0)
                return r;

        feed_end_reevaluation(feed, r < 0);
        return r;
}

int feed_step(Feed *feed, unsigned budget, int64_t now, int64_t wall)
{
        int r;

        feed->now = now;
        feed->wall = wall;

        if (feed_is_behind(feed)) {
                r = apply_catch_up(feed->answer.apply);
                if (r == -EBUSY)
                        return FEED_LOCKED;
        } else if (feed->reevaluation)
                r = feed_apply_reevaluation(feed, budget);
        else if (feed->answer.is_accepted)
                r = feed_apply_answer(feed, budget);
        else if (feed->step == STEP_FIND_ABSENT)
                r = feed_absent_find(feed, budget);
        else
                return 0;

        return r == APPLY_MORE || r == FEED_LOCKED ? r : feed_conclude(feed, r);
}

/* What else happens. */

int feed_connected(Feed *feed, int64_t now, int64_t wall)
{
        feed->now = now;
        feed->wall = wall;
        feed->is_connected = true;
        feed->is_hanging_up = false;
        feed->next_poll = now;
        feed->next_trace = now;
        feed->step = STEP_ROOT;
        return 0;
}

/* An accepted answer needs the server no more, and is applied all the same. */
void feed_disconnected(Feed *feed, int64_t now)
{
        bool was_busy = feed->answer.is_begun && !feed->answer.is_accepted;

        feed->now = now;
        feed->is_connected = false;
        feed->status.is_notified = false;
        if (!feed->is_hanging_up && (was_busy || feed->is_outstanding))
                feed_fail(feed, FEED_INCOMPLETE);

        feed->is_hanging_up = false;
        feed->is_outstanding = false;
        feed->is_ignoring = false;
        /* It may be of a search that an answer knows nothing of, and means nothing to the next server. */
        buffer_reset(&feed->cookie);
        feed->answer.pages = (FeedPages){};
        feed->step = STEP_IDLE;
}

void feed_wake(Feed *feed, int64_t now)
{
        int64_t earliest = feed->last_poll + FEED_POLL_GAP_MS;

        if (feed->answer.is_begun)
                feed->answer.is_woken = true;
        else if (earliest < feed->next_poll)
                feed->next_poll = earliest > now ? earliest : now;
}

void feed_notification_ended(Feed *feed)
{
        feed->status.is_notified = false;
}

void feed_rescan(Feed *feed, int64_t now)
{
        feed->wants_full_read = true;
        if (!feed->answer.is_begun)
                feed->next_poll = now;
}

void feed_accept_deletions(Feed *feed, int64_t now)
{
        feed->wants_deletions = true;
        feed_rescan(feed, now);
}

void feed_reconcile(Feed *feed, bool accept_deletions, int64_t now)
{
        feed->wants_reconcile = true;
        feed->wants_deletions = feed->wants_deletions || accept_deletions;
        feed->reconcile_at = now;
        if (!feed->answer.is_begun)
                feed->next_poll = now;
}

/*
 * What is staged was asked for and is held against the old configuration, which is gone when this returns: it is dropped and
 * asked for again, which costs time and is no failure.
 */
int feed_reconfigure(Feed *feed, const FeedSettings *settings, int64_t now)
{
        feed->now = now;
        /* What was too few to be kept may be many by now. */
        feed->count_due |=
                settings->config->tenant.member_limit < feed->settings.config->tenant.member_limit;
        feed->settings = *settings;
        feed->page_size = settings->config->page_size;

        if (feed->reevaluation)
                feed_end_reevaluation(feed, true);

        if (feed->answer.is_begun) {
                feed_drop_answer(feed);
                feed->is_ignoring = feed->is_outstanding;
        }
        if (feed->step == STEP_IDLE)
                feed->next_poll = now;

        return feed_check_derivation(feed);
}

int feed_reevaluate(Feed *feed, int64_t now)
{
        feed->now = now;
        feed->wants_reevaluation = true;
        return 0;
}

bool feed_wants_to_hang_up(const Feed *feed)
{
        return feed->is_hanging_up;
}

FeedFailure feed_failure(const Feed *feed)
{
        return feed->failure;
}

void feed_status(const Feed *feed, FeedStatus *ret)
{
        *ret = feed->status;
        ret->dc = feed->server.dc ? feed->server.dc : feed->domain->cursor.dc;
        ret->is_reconciling = feed->answer.is_reconcile;
        ret->reconcile_since = feed->answer.started_wall;
        ret->deletions_held = feed->domain->deletions_held;
        ret->unconfirmed_failover = feed->domain->cursor.unconfirmed.size > 0;
}
