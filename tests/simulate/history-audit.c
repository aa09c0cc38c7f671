/* SPDX-License-Identifier: MIT */

/* The counters of the audit: 0 after every honest history, and able to count. */

#include "tests/simulate/history-internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/state/store-internal.h"
#include "tests/simulate/compare.h"

bool history_has_missed_nothing(const History *h)
{
        const Domain *domain = &h->client.domain;

        if (h->is_deceived ||
            (domain->missed_changes_total == 0 && domain->adopted_differences_total == 0))
                return true;

        printf("# missed changes: %" PRIi64 " were counted, and %" PRIi64
               " differences of adopted rows, although nobody tampered\n",
               domain->missed_changes_total, domain->adopted_differences_total);
        return false;
}

/*
 * What a missed change leaves behind: a row as it was before, here with a former name and USN. One that following should have seen
 * in this epoch, or nobody could be blamed for it. How many there were to choose from: 1, or 0.
 */
static int tamper(History *h)
{
        Store *store = h->client.store;
        const Cursor *cursor = &h->client.domain.cursor;
        sqlite3_stmt *statement;
        int n;

        if (sqlite3_prepare_v2(store->database,
                               "UPDATE object SET usn = usn - 1, rdn = CAST('CN=Former' AS BLOB) "
                               "WHERE id = (SELECT object.id FROM object JOIN epoch "
                               "ON epoch.id = object.epoch WHERE invocation_id = ?1 "
                               "AND usn > ?2 AND usn <= ?3 AND deleted_at IS NULL "
                               "ORDER BY usn DESC LIMIT 1)",
                               -1, &statement, NULL) != SQLITE_OK) {
                fprintf(stderr, "%s\n", store_error(store));
                abort();
        }
        (void)sqlite3_bind_blob(statement, 1, &cursor->invocation_id, sizeof(Guid), SQLITE_STATIC);
        (void)sqlite3_bind_int64(statement, 2, cursor->followed_from + 1);
        (void)sqlite3_bind_int64(statement, 3, cursor->overlap_base);
        (void)sqlite3_step(statement);
        if (sqlite3_finalize(statement) != SQLITE_OK) {
                fprintf(stderr, "%s\n", store_error(store));
                abort();
        }

        n = store_changes(store);
        return n;
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
