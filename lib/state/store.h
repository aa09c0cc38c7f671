/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The database file: opening, refusing, transactions, and the prepared statements of sql/query. The only header behind which
 * sqlite3.h is used. One Store is one connection: the daemon has one that writes; readers open their own, read-only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/core/util.h"
#include "sql/queries.h" /* generated: enum QueryId, and column constants */

typedef struct Store Store;
typedef struct Statement Statement;
typedef struct Apply Apply;

typedef enum StoreMode {
        STORE_WRITE,  /* creates, migrates, locks out a second writer */
        STORE_READ,   /* never writes, works beside a daemon and without one */
        STORE_MEMORY, /* private and empty, for `scanctl check` and tests */
} StoreMode;

/*
 * Opens. 0, or negative with a sentence for people in *ret_error, which names the file (caller frees; NULL: no memory for it):
 *   -ENOENT       STORE_READ and there is no database yet
 *   -EBUSY        another daemon has it
 *   -EMEDIUMTYPE  not a scand database, or one of a newer scand: left untouched
 *   -EUCLEAN      damaged, or replaced by another file while the former one's write-ahead log was left: left untouched
 *   others        as the system says
 */
int store_open(const char *path, StoreMode mode, Store **ret, char **ret_error);
Store *store_close(Store *store);

/*
 * A private copy in memory of all that is committed, which may be written whatever the source's mode: to try what would be. As
 * store_open().
 */
int store_copy(Store *source, Store **ret, char **ret_error);

/*
 * The same as a new file, readable for its owner only, whole in itself: no write-ahead log belongs to it. Others may read and write the
 * source meanwhile. Refuses a file that is there. Tells `progress` (NULL: nobody) how far it is, in pages. 0 with the file's size, or
 * negative with a sentence as above, and no file. No transaction of the source may be open.
 */
typedef void (*StoreProgress)(int64_t done, int64_t total, void *userdata);
int store_save(Store *source, const char *path, StoreProgress progress, void *userdata,
               int64_t *ret_size, char **ret_error);
DEFINE_CLEANUP(Store, store_close)

int store_begin(Store *store);  /* BEGIN IMMEDIATE */
int store_commit(Store *store); /* does not checkpoint: see store_wants_checkpoint() */

/*
 * Somebody who does what takes long while the loop goes on: a thread of the daemon's. Without one everything is done at once. `start`: false where it
 * cannot be. `wait`: is it done? For so many milliseconds, or until it is (-1). What it works with is left alone meanwhile.
 */
typedef struct StoreWorker {
        bool (*start)(void *userdata, void (*work)(void *argument), void *argument);
        bool (*wait)(void *userdata, int milliseconds);
        void *userdata;
} StoreWorker;

/* Borrowed; must outlive the Store. */
void store_set_worker(Store *store, const StoreWorker *worker);

enum {
        STORE_MORE = 1, /* call again */
};

/* As store_commit(), by the worker if the transaction is a large one. Until this says 0 or negative, others that use the Store may have to wait. */
int store_commit_step(Store *store);
bool store_is_committing(const Store *store); /* that has begun, and not ended yet */
/* Waits for what that has begun: as its end; -ENOENT where nothing was. */
int store_commit_end(Store *store);
int store_rollback(Store *store);        /* also after a failed commit; 0 where nothing is open */
bool store_in_transaction(Store *store); /* also after a commit of which the end was not told yet */

/*
 * The transaction of an Apply stays open over turns of the loop: this says whose it is. Whoever wants to write beside it waits.
 */
Apply *store_applying(const Store *store);
void store_set_applying(Store *store, Apply *apply);

const char *store_path(const Store *store); /* NULL: in memory */

/* What went wrong last, in SQLite's words; for logs, may hold names from the schema but no values. */
const char *store_error(Store *store);

/*
 * A prepared statement by its name. Borrowed: reset it (or use _cleanup_statement_) before anybody asks for the same one again.
 * NULL never; a statement that does not compile is our mistake and aborts, but in a file, where one wrong bit can do it: damage, says the step.
 */
Statement *store_statement(Store *store, QueryId query);

/* 1: a row is there. 0: done. Negative: errno, -EUCLEAN for a damaged database. */
int statement_step(Statement *statement);
/* Steps a statement that gives no rows, and resets it. 0 or negative. */
int statement_execute(Statement *statement);
void statement_reset(Statement *statement);

/* Bind by parameter name, a literal with its colon. A name that is not there is our mistake and aborts. */
void statement_bind_integer(Statement *statement, const char *name, int64_t value);
void statement_bind_text(Statement *statement, const char *name,
                         const char *value); /* NULL: SQL NULL; must outlive the step */
void statement_bind_string(Statement *statement, const char *name, const void *data,
                           size_t size); /* text without a NUL */
void statement_bind_blob(Statement *statement, const char *name, const void *data,
                         size_t size); /* likewise */
/* A directory's value: text where it is (UTF-8 without a NUL), so that SQL can read it, and else bytes. NULL as above. */
void statement_bind_value(Statement *statement, const char *name, const void *data, size_t size);
void statement_bind_null(Statement *statement, const char *name);

/* Columns by generated constants, COLUMN_<QUERY>_<NAME>. Pointers live until the next step or reset. */
int64_t statement_integer(Statement *statement, int column);
const char *statement_text(Statement *statement, int column); /* NULL for SQL NULL */
const void *statement_blob(Statement *statement, int column, size_t *ret_size);
bool statement_is_null(Statement *statement, int column);

static inline void statement_resetp(Statement **statement)
{
        if (*statement)
                statement_reset(*statement);
}
#define _cleanup_statement_ _cleanup_(statement_resetp)

int64_t store_last_id(const Store *store); /* rowid of the last INSERT */
int store_changes(const Store *store);     /* rows the last statement changed */

/*
 * Moves the WAL into the database as far as readers let it; never waits for them. 0 or negative. It takes as long as the disk needs for
 * what was written, so after a store_commit() it is the caller's to do in a turn of its own. Statements outside a transaction
 * see to it themselves.
 */
int store_checkpoint(Store *store);
int store_checkpoint_begin(Store *store);  /* by the worker: then it may end later */
bool store_wants_checkpoint(Store *store); /* false while one is under way */

/*
 * Has the one under way ended? Waits for it, for a small part of a turn of the loop only. True where there is none. The log begins from its
 * start again only when all of it was moved: who writes on and on without asking makes it as long as all that he writes.
 */
bool store_await_checkpoint(Store *store);
/* Bytes of the database and of its WAL. */
int store_size(const Store *store, int64_t *ret_database, int64_t *ret_wal);

/* meta(key, value). get: 1 found (*ret owned by the caller), 0 absent. */
int store_meta_get(Store *store, const char *key, char **ret);
int store_meta_set(Store *store, const char *key, const char *value);
