/* SPDX-License-Identifier: MIT */
#include "tests/simulate/history-internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/hold.h"
#include "tests/simulate/compare.h"

/* The number of the cursor's epoch in the directory. */
static unsigned cursor_epoch(History *h)
{
        const Guid *id = &h->client.domain.cursor.invocation_id;
        unsigned epoch = 0;

        while (epoch < h->directory.n_epochs - 1) {
                Guid guid = directory_epoch_guid(&h->directory, epoch);

                if (guid_equal(&guid, id))
                        break;
                epoch++;
        }
        return epoch;
}

/* Is something in this row older than what the cache has seen of it? */
static bool is_older(const Replica *row, const Replica *seen)
{
        for (unsigned field = 0; field < N_FIELDS; field++)
                if (row->cells[field].stamp.version < seen->cells[field].stamp.version)
                        return true;
        return false;
}

/* Takes down what an answer has brought: all rows above this USN. True: older values came in place of newer ones. */
static bool see_rows(History *h, unsigned dc, int64_t above)
{
        const Controller *controller = history_controller(h, dc);
        bool is_regression = false;

        for (unsigned object = 0; object < h->directory.n_objects; object++) {
                const Replica *row = &controller->rows[object];

                if (!row->exists || row->usn <= above)
                        continue;
                is_regression = is_regression || is_older(row, &h->witness.seen[object]);
                h->witness.seen[object] = *row;
        }

        return is_regression;
}

static void see_moves(History *h, unsigned epoch, int64_t above)
{
        Witness *witness = &h->witness;
        int64_t watermark = h->client.domain.cursor.watermark;
        unsigned n_left = 0;

        for (unsigned i = 0; i < witness->n_moves; i++) {
                const ValueMove *move = &witness->moves[i];

                if (move->epoch != epoch || move->last > watermark)
                        witness->moves[n_left++] = *move;
                else if (move->first > above)
                        history_count(h, SITUATION_VALUE_MOVE);
        }
        witness->n_moves = n_left;
}

/*
 * Was it put back to an old copy, and written to until it is past what was seen of it before? Come to from another server, whose
 * newest object says nothing of this one, nobody could tell.
 */
static bool is_past_all_signs(History *h, unsigned dc, unsigned epoch)
{
        const Controller *controller = history_controller(h, dc);

        return controller->is_rolled_back && controller->has_strayed &&
               controller->highest >= h->witness.vector[epoch];
}

static void see_delta(History *h, unsigned dc)
{
        Witness *witness = &h->witness;
        bool is_same_epoch = guid_equal(&witness->epoch, &h->client.domain.cursor.invocation_id);
        unsigned epoch = cursor_epoch(h);
        int64_t above = is_same_epoch ? witness->watermark : witness->vector[epoch];
        bool is_regression = see_rows(h, dc, above);

        h->situations->counts[SITUATION_DELTA]++;
        see_moves(h, epoch, above);
        if (is_same_epoch || witness->controller < 0 || (unsigned)witness->controller == dc)
                return;

        h->is_deceived = h->is_deceived || is_past_all_signs(h, dc, epoch);
        history_count(h, witness->was_followed[dc] ? SITUATION_FAIL_BACK : SITUATION_FAIL_OVER);
        if (is_regression)
                history_count(h, SITUATION_REGRESSION);
}

/*
 * Has a full read kept rows that its server denies, because it may be behind? It says so by the mark for the full read that is owed. Some
 * of them are lost with the server that showed them; what of them comes to light after the doubt has ended is counted, rightly.
 */
static bool has_kept_rows(const Cursor *cursor)
{
        const size_t size = sizeof(Guid) + sizeof(uint64_t);

        for (size_t at = 0; at + size <= cursor->unconfirmed.size; at += size) {
                Guid left;

                memcpy(&left, cursor->unconfirmed.data + at, sizeof(left));
                if (guid_is_null(&left))
                        return true;
        }

        return false;
}

static void see_poll(History *h, const FeedStatus *status, unsigned dc)
{
        Witness *witness = &h->witness;
        const Cursor *cursor = &h->client.domain.cursor;

        history_tell(h, "poll %s of dc%u: up to %" PRIi64 ", %s%s",
                     feed_failure_code(feed_failure(h->client.feed)), dc, cursor->watermark,
                     status->full_reads != witness->full_reads ? status->full_read_reason : "delta",
                     status->unconfirmed_failover ? ", unconfirmed" : "");

        if (status->deltas != witness->deltas)
                see_delta(h, dc);
        else {
                h->situations->counts[SITUATION_FULL_READ]++;
                h->is_read_ordered = false;
                h->is_deceived = h->is_deceived || has_kept_rows(cursor);
                h->has_given_up = h->has_given_up ||
                                  strstr(status->full_read_reason, "never passed on") != NULL;
                (void)see_rows(h, dc, -1);
                see_moves(h, cursor_epoch(h), INT64_MAX);
        }

        witness->controller = (int)dc;
        witness->was_followed[dc] = true;
        witness->epoch = cursor->invocation_id;
        witness->watermark = cursor->watermark;
        memcpy(witness->vector, history_controller(h, dc)->vector, sizeof(witness->vector));

        if (compare_evidence(&h->client, stdout) > 0)
                witness->is_wrong = true;
}

static void see_held(History *h)
{
        int64_t held;

        if (hold_count(h->client.store, h->client.domain.id, &held) < 0)
                abort();
        if (held > h->witness.held)
                history_count(h, SITUATION_HELD);
        if (held < h->witness.held)
                history_count(h, SITUATION_HELD_NO_MORE);
        h->witness.held = held;

        if (held > 0 && h->client.domain.cursor.unconfirmed.size == 0) {
                printf("# finding: %" PRIi64 " are held, and nothing is unconfirmed\n", held);
                h->witness.is_wrong = true;
        }
}

/*
 * What goes out of sight and comes into it again is told as a deletion, and nobody did it. Who is said to have caught up, and leaves
 * something out, is believed to go back on it.
 */
static bool is_countable(const History *h)
{
        return !h->has_given_up && !h->is_closed && !h->was_opened && !h->is_lied_to;
}

void history_watch(History *h, ClientTurn turn)
{
        Witness *witness = &h->witness;
        const Domain *domain = &h->client.domain;
        FeedStatus status;

        feed_status(h->client.feed, &status);
        if (status.polls != witness->polls)
                see_poll(h, &status,
                         h->client.is_connected ? h->client.server.controller : h->controller);
        if (turn == CLIENT_COMMITTED && domain->is_ready &&
            replay_read_on(&witness->replay, &h->client, is_countable(h), stdout) > 0)
                witness->is_wrong = true;
        if (turn == CLIENT_COMMITTED && domain->is_ready)
                see_held(h);

        if (domain->late_commits_total > witness->late_commits)
                h->situations->counts[SITUATION_LATE_COMMIT] +=
                        (uint64_t)(domain->late_commits_total - witness->late_commits);
        witness->late_commits = domain->late_commits_total;
        witness->polls = status.polls;
        witness->full_reads = status.full_reads;
        witness->deltas = status.deltas;
        h->situations->counts[SITUATION_RECONCILE] +=
                (uint64_t)(status.reconciles - witness->reconciles);
        witness->reconciles = status.reconciles;
}

void history_witness_restart(History *h)
{
        h->witness.polls = h->witness.full_reads = h->witness.deltas = h->witness.reconciles = 0;
}
