/* SPDX-License-Identifier: MIT */
#pragma once

/* What the files of the store share. sqlite3.h is seen here and in store*.c, and nowhere else. */

#include <sqlite3.h>

#include "lib/state/store-feed.h"
#include "lib/state/store.h"

#define STORE_APPLICATION_ID 0x7363616e /* "scan": file(1) and we tell our databases by it */

#define STATEMENT_PARAMETERS 40

struct Statement {
        Store *store;
        sqlite3_stmt *compiled; /* NULL: not used so far */
        int error;              /* SQLite code of a failed preparation or binding, told by the next step */

        /* Who binds does so in the same order each time: the name that came then is found without a search. */
        struct {
                const char *name; /* the caller's literal */
                int index;
        } parameters[STATEMENT_PARAMETERS];
        unsigned next_parameter;
};

typedef enum StoreJob {
        STORE_JOB_NONE,
        STORE_JOB_COMMIT,
        STORE_JOB_CHECKPOINT,
} StoreJob;

/* From this length of the log on it is worth a checkpoint: 4 MiB, as SQLite has it by itself. */
#define STORE_LOG_PAGES 1000

struct Store {
        sqlite3 *database;
        char *path;      /* NULL: in memory */
        int lock;        /* descriptor of the lock file; -1: none is held */
        int version;     /* of the schema in the file */
        Apply *applying; /* who has the transaction */
        int log_pages;   /* in the write-ahead log after the last commit */
        bool is_committing;
        const StoreWorker *worker;
        StoreJob job;          /* that the worker does */
        int spilled;           /* pages in the log before a commit, when the transaction began */
        bool is_commit_begun;  /* store_commit_step() has not told its end yet, which is */
        int commit_result;
        int job_moved; /* pages, by the checkpoint */
        sqlite3_stmt *begin, *commit;
        sqlite3_stmt *rollback; /* compiled at the start: without memory it must still be possible */
        ClaimFeed claim_feed;
        Statement statements[QUERY_MAX];
};

/* SQLite's result as a negative errno; 0 for OK, ROW and DONE. */
int store_errno(int code);

/* Runs SQL that gives no rows. 0 or negative. */
int store_execute(sqlite3 *database, const char *sql);

/* The first column of the first row, 0 where there is none. 0 or negative. */
int store_integer(sqlite3 *database, const char *sql, int64_t *ret);

/* store-file.c: what may be said of the files before SQLite touches them. All give a sentence in *ret_error. */
int store_file_lock(const char *path, int *ret, char **ret_error);
int store_file_inspect(const char *path, char **ret_error); /* -ENOENT where there is none */
int store_file_create(const char *path, char **ret_error);
int store_file_remember(int lock, const char *path); /* which file the write-ahead log belongs to */
_printf_(3, 4) int store_fail(char **ret_error, int r, const char *format, ...); /* gives r back */

/* store-schema.c */
int store_schema_create(sqlite3 *database);
int store_schema_upgrade(Store *store);
int store_schema_probe(
        sqlite3 *database); /* reads a row of each table: is the file what its header promises? */

/* store-worker.c */
void store_wait_job(Store *store);
void store_note_begin(Store *store);

/* While the worker commits, the connection is his: whoever wants anything of it waits. */
static inline void store_settle(Store *store)
{
        if (store->job == STORE_JOB_COMMIT)
                store_wait_job(store);
}

/* store.c: in this thread. 0 or negative. */
int store_commit_now(Store *store);

/* store-feed.c */
int store_feed_register(Store *store);
