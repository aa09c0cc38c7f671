/* SPDX-License-Identifier: MIT */
#include "lib/state/store-internal.h"

#include <errno.h>

/*
 * A transaction that did not fit into SQLite's cache wrote pages to the log that changed again later. The commit then makes the checksums of
 * the whole log anew, and the checkpoint moves all of it: a tenth of a second each for 100,000 changes, neither of which can be
 * interrupted or done by parts. A larger cache makes it worse, because a commit writes what it holds.
 */

/* So many pages in the log before the commit are five milliseconds' worth of checksums. */
#define LARGE_SPILL 1000

/* A turn of the loop waits no longer than this, in milliseconds. */
#define MOMENT 2

void store_set_worker(Store *store, const StoreWorker *worker)
{
        store->worker = store->path ? worker : NULL;
}

static bool job_wait(Store *store, int milliseconds)
{
        if (!store->worker->wait(store->worker->userdata, milliseconds))
                return false;

        /* What was written meanwhile is in the log as well; the next commit counts it. */
        if (store->job == STORE_JOB_CHECKPOINT)
                store->log_pages -=
                        store->job_moved < store->log_pages ? store->job_moved : store->log_pages;
        store->job = STORE_JOB_NONE;
        return true;
}

void store_wait_job(Store *store)
{
        (void)job_wait(store, -1);
}

static bool job_start(Store *store, StoreJob job, void (*work)(void *argument))
{
        if (!store->worker || store->job != STORE_JOB_NONE)
                return false;

        /* From here on nobody but the worker looks at the connection. */
        store->job = job;
        if (store->worker->start(store->worker->userdata, work, store))
                return true;
        store->job = STORE_JOB_NONE;
        return false;
}

static bool transaction_is_large(Store *store)
{
        int n = 0, most;

        return sqlite3_db_status(store->database, SQLITE_DBSTATUS_CACHE_SPILL, &n, &most, 0) ==
                       SQLITE_OK &&
               n - store->spilled >= LARGE_SPILL;
}

void store_note_begin(Store *store)
{
        int most;

        (void)sqlite3_db_status(store->database, SQLITE_DBSTATUS_CACHE_SPILL, &store->spilled,
                                &most, 0);
}

static void commit_work(void *argument)
{
        Store *store = argument;

        store->commit_result = store_commit_now(store);
}

int store_commit_step(Store *store)
{
        if (!store->is_commit_begun) {
                /* A checkpoint that is still under way must not keep the commit in this turn. */
                if (store->job == STORE_JOB_CHECKPOINT && transaction_is_large(store) &&
                    !job_wait(store, MOMENT))
                        return STORE_MORE;

                store->is_commit_begun = true;
                if (!transaction_is_large(store) ||
                    !job_start(store, STORE_JOB_COMMIT, commit_work))
                        commit_work(store);
        }

        /* Somebody else may have waited for it. */
        if (store->job == STORE_JOB_COMMIT && !job_wait(store, MOMENT))
                return STORE_MORE;

        store->is_commit_begun = false;
        return store->commit_result;
}

bool store_is_committing(const Store *store)
{
        return store->is_commit_begun;
}

int store_commit_end(Store *store)
{
        store_settle(store);
        if (!store->is_commit_begun)
                return -ENOENT;

        store->is_commit_begun = false;
        return store->commit_result;
}

/* On a connection of its own, so that the Store may be used meanwhile. What does not succeed is done the next time. */
static void checkpoint_work(void *argument)
{
        Store *store = argument;
        sqlite3 *database = NULL;
        int pages, moved = 0;
        int64_t version;

        /* A connection finds out by reading that there is a log. */
        if (sqlite3_open_v2(store->path, &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                            NULL) != SQLITE_OK ||
            store_integer(database, "PRAGMA schema_version", &version) < 0 ||
            sqlite3_wal_checkpoint_v2(database, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, &moved) !=
                    SQLITE_OK)
                moved = 0;
        (void)sqlite3_close(database);
        store->job_moved = moved > 0 ? moved : 0;
}

int store_checkpoint_begin(Store *store)
{
        store_settle(store);

        /* However short it is, it waits for the disk, which may take longer than a turn of the loop has. */
        return job_start(store, STORE_JOB_CHECKPOINT, checkpoint_work) ? 0
                                                                       : store_checkpoint(store);
}

bool store_await_checkpoint(Store *store)
{
        return store->job != STORE_JOB_CHECKPOINT || job_wait(store, MOMENT);
}

bool store_wants_checkpoint(Store *store)
{
        store_settle(store);
        if (store->job == STORE_JOB_CHECKPOINT && !job_wait(store, 0))
                return false;
        return store->log_pages >= STORE_LOG_PAGES;
}
