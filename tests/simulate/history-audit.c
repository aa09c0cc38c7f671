/* SPDX-License-Identifier: MIT */

/* Following by itself, and the counters of what it misses: 0 after every honest history, and able to count. */

#include "tests/simulate/history-internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/state/store-internal.h"
#include "tests/simulate/compare.h"

/* A server that may be behind proves nothing, and what came into sight is the audit's to find. */
bool history_has_followed(History *h)
{
        Client *client = &h->client;
        FeedStatus status;

        feed_status(client->feed, &status);
        if (!client->is_connected || !client->domain.is_ready || status.unconfirmed_failover ||
            feed_failure(client->feed) != FEED_OK || h->is_deceived || h->was_opened ||
            compare_cache(client, h->controller, stdout) == 0)
                return true;

        printf("# before any audit, when nothing had been written for long\n");
        return false;
}

/* A row that an answer should have brought, and the overlap search did, counts as one, too. */
static bool has_counted_late_commits(const History *h)
{
        int64_t n = h->client.domain.late_commits_total;

        if (n <= h->directory.n_late_commits || h->is_lied_to || h->was_opened)
                return true;

        printf("# missed: %" PRIi64 " late commits were counted, %u happened\n", n,
               h->directory.n_late_commits);
        return false;
}

bool history_has_missed_nothing(const History *h)
{
        if (!has_counted_late_commits(h))
                return false;
        const Domain *domain = &h->client.domain;

        if (h->is_deceived || (domain->missed_changes_total == 0 &&
                               (domain->adopted_differences_total == 0 || h->was_hidden)))
                return true;

        printf("# missed changes: %" PRIi64 " were counted, and %" PRIi64
               " differences of adopted rows, although nobody tampered\n",
               domain->missed_changes_total, domain->adopted_differences_total);
        return false;
}

/* Would the audit blame anybody for it? Not where what is above it has changed since, or is hidden. */
static bool is_blamable(History *h, unsigned object)
{
        const Replica *rows = history_controller(h, h->controller)->rows;
        unsigned above = object;

        while (above != OBJECT_HEAD) {
                above = place_parent(rows[above].cells[FIELD_PLACE].value);
                if (rows[above].usn > rows[object].usn || (above == OBJECT_USERS && h->hides_users))
                        return false;
        }

        return true;
}

/* The newest that following should have seen in this epoch, or nobody could be blamed for it; -1: none. */
static int pick_missed(History *h)
{
        const Cursor *cursor = &h->client.domain.cursor;
        const Replica *rows = history_controller(h, h->controller)->rows;
        int newest = -1;

        for (unsigned object = N_FIXED_OBJECTS; object < h->directory.n_objects; object++)
                if (h->directory.kinds[object] != KIND_CONTAINER &&
                    replica_is_live(&rows[object]) &&
                    rows[object].usn > cursor->followed_from + 1 &&
                    rows[object].usn <= cursor->overlap_base &&
                    (newest < 0 || rows[object].usn > rows[newest].usn) && is_blamable(h, object))
                        newest = (int)object;

        return newest;
}

/* What a missed change leaves behind: a row as it was before, here with a former name and USN. How many there are now: 1, or 0. */
static int tamper(History *h)
{
        Store *store = h->client.store;
        int object = pick_missed(h);
        sqlite3_stmt *statement;
        Guid guid;

        if (object < 0)
                return 0;

        guid = directory_object_guid(&h->directory, (unsigned)object);
        if (sqlite3_prepare_v2(store->database,
                               "UPDATE object SET usn = usn - 1, rdn = CAST('CN=Former' AS BLOB) "
                               "WHERE guid = ?1 AND usn = ?2 AND epoch = "
                               "(SELECT id FROM epoch WHERE invocation_id = ?3)",
                               -1, &statement, NULL) != SQLITE_OK) {
                fprintf(stderr, "%s\n", store_error(store));
                abort();
        }
        (void)sqlite3_bind_blob(statement, 1, &guid, sizeof(guid), SQLITE_STATIC);
        (void)sqlite3_bind_int64(statement, 2,
                                 history_controller(h, h->controller)->rows[object].usn);
        (void)sqlite3_bind_blob(statement, 3, &h->client.domain.cursor.invocation_id, sizeof(Guid),
                                SQLITE_STATIC);
        (void)sqlite3_step(statement);
        if (sqlite3_finalize(statement) != SQLITE_OK) {
                fprintf(stderr, "%s\n", store_error(store));
                abort();
        }

        return store_changes(store);
}

bool history_audit(History *h)
{
        FeedStatus before, after;
        unsigned n_wrong;

        if (!h->client.is_connected || h->is_deceived || tamper(h) == 0)
                return true;

        feed_status(h->client.feed, &before);
        h->directory.now += 25 * (int64_t)HOUR;
        feed_reconcile(h->client.feed, false, h->directory.now);
        (void)client_poll(&h->client);
        feed_status(h->client.feed, &after);
        if (after.reconciles == before.reconciles)
                return true; /* it hung up for the night; the cache was compared before */

        history_count(h, SITUATION_TAMPERED);
        n_wrong = compare_cache(&h->client, h->controller, stdout);
        if (h->client.domain.missed_changes_total == 1 && n_wrong == 0)
                return true;

        printf("# missed changes: one was made by hand, %" PRIi64 " were counted, %u rows are "
               "wrong after the audit\n",
               h->client.domain.missed_changes_total, n_wrong);
        return false;
}
