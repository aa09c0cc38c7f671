/* SPDX-License-Identifier: MIT */
#include "lib/state/store-internal.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The write-ahead log shrinks back to this after a large transaction. */
#define LOG_SIZE_LIMIT (16 * 1024 * 1024)

int store_errno(int code)
{
        switch (code & 0xff) {
        case SQLITE_OK:
        case SQLITE_ROW:
        case SQLITE_DONE:
                return 0;
        case SQLITE_NOMEM:
                return -ENOMEM;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
                return -EBUSY;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_CONSTRAINT: /* what we write never contradicts what we wrote: the file is not ours alone */
                return -EUCLEAN;
        case SQLITE_FULL:
                return -ENOSPC;
        case SQLITE_READONLY:
                return -EROFS;
        case SQLITE_PERM:
        case SQLITE_AUTH:
                return -EACCES;
        case SQLITE_TOOBIG:
                return -EFBIG;
        default: /* SQLite's codes are not an enum; the rest are I/O errors and their kin, files that cannot be opened, too */
                return code == SQLITE_IOERR_NOMEM ? -ENOMEM : -EIO;
        }
}

int store_execute(sqlite3 *database, const char *sql)
{
        return store_errno(sqlite3_exec(database, sql, NULL, NULL, NULL));
}

int store_integer(sqlite3 *database, const char *sql, int64_t *ret)
{
        sqlite3_stmt *statement;
        int64_t value;
        int code;

        code = sqlite3_prepare_v2(database, sql, -1, &statement, NULL);
        if (code != SQLITE_OK)
                return store_errno(code);

        code = sqlite3_step(statement);
        value = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
        (void)sqlite3_finalize(statement);
        if (code != SQLITE_ROW && code != SQLITE_DONE)
                return store_errno(code);

        *ret = value;
        return 0;
}

Store *store_close(Store *store)
{
        if (!store)
                return NULL;

        if (store->job != STORE_JOB_NONE)
                store_wait_job(store);
        for (unsigned i = 0; i < QUERY_MAX; i++)
                (void)sqlite3_finalize(store->statements[i].compiled);

        if (store->database && store->lock >= 0) {
                /*
                 * An empty log is the only one that does no harm when somebody puts another file in the database's place:
                 * PERSIST_WAL alone would leave valid frames there (measured). A reader in mid-read prevents it; then the
                 * file that store_file_remember() wrote down tells.
                 */
                (void)sqlite3_busy_timeout(store->database, 0);
                (void)store_rollback(store);
                (void)sqlite3_wal_checkpoint_v2(store->database, NULL, SQLITE_CHECKPOINT_TRUNCATE,
                                                NULL, NULL);
        }

        (void)sqlite3_finalize(store->begin);
        (void)sqlite3_finalize(store->commit);
        (void)sqlite3_finalize(store->rollback);
        (void)sqlite3_close(store->database);
        if (store->lock >= 0)
                (void)close(store->lock);
        free(store->path);
        free(store);
        return NULL;
}

static int store_prepare(Store *store, const char *sql, sqlite3_stmt **ret)
{
        return store_errno(
                sqlite3_prepare_v3(store->database, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL));
}

static int store_run(sqlite3_stmt *statement)
{
        int code = sqlite3_step(statement);

        (void)sqlite3_reset(statement);
        return store_errno(code);
}

static int store_set_up_write(Store *store)
{
        int persist = 1, r;

        /*
         * synchronous=NORMAL: a commit does not wait for the disk. After a power loss the tail is gone together with its
         * cursor, and is read again.
         */
        r = store_execute(
                store->database,
                "PRAGMA synchronous=NORMAL; PRAGMA secure_delete=FAST; PRAGMA temp_store=MEMORY;"
                "PRAGMA cache_size=-16384;");
        if (r >= 0)
                r = store_prepare(store, "BEGIN IMMEDIATE", &store->begin);
        if (r >= 0)
                r = store_prepare(store, "COMMIT", &store->commit);
        if (r >= 0)
                r = store_prepare(store, "ROLLBACK", &store->rollback);
        if (r < 0 || !store->path)
                return r;

        /* Readers that may not write here could not open the database after a clean stop without these files. */
        (void)sqlite3_file_control(store->database, NULL, SQLITE_FCNTL_PERSIST_WAL, &persist);
        return store_execute(store->database, "PRAGMA journal_mode=WAL;");
}

/* Called by SQLite after each commit. */
static int store_log_grew(void *userdata, sqlite3 *database, const char *name, int pages)
{
        Store *store = userdata;

        store->log_pages = pages;
        if (!store->is_committing && pages >= STORE_LOG_PAGES && store_wants_checkpoint(store))
                (void)store_checkpoint(store);
        return SQLITE_OK;
}

static int store_watch_log(Store *store)
{
        char sql[64];

        (void)sqlite3_wal_hook(store->database, store_log_grew, store);

        (void)snprintf(sql, sizeof(sql), "PRAGMA journal_size_limit=%d", LOG_SIZE_LIMIT);
        return store_execute(store->database, sql);
}

/* Opens what the checks have let through. */
static int store_connect(Store *store, StoreMode mode)
{
        int flags = mode == STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE, code;

        if (mode == STORE_MEMORY)
                flags |= SQLITE_OPEN_CREATE;

        code = sqlite3_open_v2(store->path ?: ":memory:", &store->database,
                               flags | SQLITE_OPEN_NOMUTEX, NULL);
        if (code != SQLITE_OK)
                return store_errno(code);

        (void)sqlite3_extended_result_codes(store->database, 1);
        (void)sqlite3_busy_timeout(store->database, 1000);
        return store_feed_register(store);
}

static int store_fail_connect(Store *store, int r, char **ret_error)
{
        int system = store->database ? sqlite3_system_errno(store->database) : 0;

        if (r == -EUCLEAN)
                return store_fail(ret_error, r, "%s is damaged (%s)", store->path,
                                  store_error(store));
        /* SQLite's words for no descriptor left, no right and no disk are the same ones. */
        return store_fail(ret_error, r, "%s cannot be opened: %s%s%s", store->path,
                          store_error(store), system > 0 ? ": " : "",
                          system > 0 ? strerror(system) : "");
}

/* A second look through SQLite's eyes: what a log holds stands above what the header said. */
static int store_inspect(Store *store, char **ret_error)
{
        int64_t application, version;
        int r;

        r = store_integer(store->database, "PRAGMA application_id", &application);
        if (r >= 0)
                r = store_integer(store->database, "PRAGMA user_version", &version);
        if (r >= 0 && application == STORE_APPLICATION_ID && version > SCHEMA_VERSION)
                return store_fail(ret_error, -EMEDIUMTYPE,
                                  "%s was written by a newer scand (schema %lld, this one knows "
                                  "%d): it is left untouched",
                                  store->path, (long long)version, SCHEMA_VERSION);
        if (r >= 0 && (application != STORE_APPLICATION_ID || version < 1))
                return store_fail(ret_error, -EMEDIUMTYPE,
                                  "%s is not a database of scand: it is left untouched",
                                  store->path);
        if (r >= 0)
                r = store_schema_probe(store->database);
        if (r < 0)
                return store_fail_connect(store, r, ret_error);

        store->version = (int)version;
        return 0;
}

static int store_open_read(Store *store, char **ret_error)
{
        int r;

        r = store_file_inspect(store->path, ret_error);
        if (r < 0)
                return r;
        r = store_connect(store, STORE_READ);
        if (r < 0)
                return store_fail_connect(store, r, ret_error);

        return store_inspect(store, ret_error);
}

static int store_open_write(Store *store, char **ret_error)
{
        int r;

        r = store_file_lock(store->path, &store->lock, ret_error);
        if (r < 0)
                return r;

        if (access(store->path, F_OK) < 0 && errno == ENOENT) {
                r = store_file_create(store->path, ret_error);
                if (r < 0)
                        return r;
        }

        /* Read-only first, and through a handle that cannot write: what is refused must stay as it is. */
        r = store_open_read(store, ret_error);
        if (r < 0)
                return r;
        (void)sqlite3_close(TAKE_PTR(store->database));

        r = store_connect(store, STORE_WRITE);
        if (r >= 0)
                r = store_set_up_write(store);
        if (r >= 0)
                r = store_watch_log(store);
        if (r >= 0)
                r = store_schema_upgrade(store);
        if (r < 0)
                return store_fail_connect(store, r, ret_error);

        r = store_file_remember(store->lock, store->path);
        if (r < 0)
                return store_fail(ret_error, r, "the lock file of %s cannot be written: %s",
                                  store->path, strerror(-r));
        return 0;
}

static int store_open_memory(Store *store, char **ret_error)
{
        int r;

        r = store_connect(store, STORE_MEMORY);
        if (r >= 0)
                r = store_set_up_write(store);
        if (r >= 0)
                r = store_schema_create(store->database);
        if (r >= 0)
                r = store_schema_upgrade(store);
        if (r < 0)
                return store_fail(ret_error, r, "a database in memory cannot be made: %s",
                                  store_error(store));
        return 0;
}

int store_open(const char *path, StoreMode mode, Store **ret, char **ret_error)
{
        _cleanup_(store_closep) Store *store = NULL;
        int r = 0;

        *ret_error = NULL;

        store = calloc(1, sizeof(*store));
        if (!store)
                return -ENOMEM;

        store->lock = -1;
        for (unsigned i = 0; i < QUERY_MAX; i++)
                store->statements[i].store = store;

        if (mode != STORE_MEMORY) {
                store->path = strdup(path);
                if (!store->path)
                        return -ENOMEM;
        }

        switch (mode) {
        case STORE_WRITE:
                r = store_open_write(store, ret_error);
                break;
        case STORE_READ:
                r = store_open_read(store, ret_error);
                break;
        case STORE_MEMORY:
                r = store_open_memory(store, ret_error);
                break;
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(store);
        return 0;
}

int store_begin(Store *store)
{
        store_settle(store);
        if (store->is_commit_begun)
                return -EBUSY;
        store_note_begin(store);
        return store_run(store->begin);
}

int store_commit(Store *store)
{
        store_settle(store);
        return store_commit_now(store);
}

int store_commit_now(Store *store)
{
        int r;

        store->is_committing = true;
        r = store_run(store->commit);
        store->is_committing = false;
        return r;
}

int store_rollback(Store *store)
{
        store_settle(store);
        store->is_commit_begun = false;

        /* Some errors (a full disk) have rolled back already. */
        if (!store_in_transaction(store))
                return 0;

        return store_run(store->rollback);
}

bool store_in_transaction(Store *store)
{
        store_settle(store);
        return store->is_commit_begun || sqlite3_get_autocommit(store->database) == 0;
}

Apply *store_applying(const Store *store)
{
        return store->applying;
}

void store_set_applying(Store *store, Apply *apply)
{
        store->applying = apply;
}

const char *store_path(const Store *store)
{
        return store->path;
}

const char *store_error(Store *store)
{
        int code;

        if (!store->database)
                return "no memory";
        store_settle(store);

        /* Its words for "not an error" help nobody. */
        code = sqlite3_errcode(store->database);
        if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE)
                return "not in the database but in memory or in the files beside it that have no "
                       "name";
        return sqlite3_errmsg(store->database);
}

int64_t store_last_id(const Store *store)
{
        return sqlite3_last_insert_rowid(store->database);
}

int store_changes(const Store *store)
{
        return sqlite3_changes(store->database);
}

int store_checkpoint(Store *store)
{
        int pages = 0, moved = 0, code;

        store_settle(store);
        code = sqlite3_wal_checkpoint_v2(store->database, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages,
                                         &moved);

        /* What a reader keeps back stays in the log: it is no use to try again before there is more. */
        store->log_pages = pages - moved;

        /* Busy: a reader or our own transaction keeps it all back. */
        return code == SQLITE_BUSY || code == SQLITE_LOCKED ? 0 : store_errno(code);
}

static int64_t file_size(const char *path, const char *suffix)
{
        _cleanup_free_ char *name = NULL;
        struct stat st;

        if (asprintf(&name, "%s%s", path, suffix) < 0) {
                name = NULL;
                return -ENOMEM;
        }
        if (stat(name, &st) < 0)
                return errno == ENOENT ? 0 : -errno;
        return st.st_size;
}

int store_size(const Store *store, int64_t *ret_database, int64_t *ret_wal)
{
        int64_t database, wal;

        if (!store->path) {
                int64_t pages, page;
                int r;

                r = store_integer(store->database, "PRAGMA page_count", &pages);
                if (r >= 0)
                        r = store_integer(store->database, "PRAGMA page_size", &page);
                if (r < 0)
                        return r;

                *ret_database = pages * page;
                *ret_wal = 0;
                return 0;
        }

        database = file_size(store->path, "");
        if (database < 0)
                return (int)database;
        wal = file_size(store->path, "-wal");
        if (wal < 0)
                return (int)wal;

        *ret_database = database;
        *ret_wal = wal;
        return 0;
}

int store_meta_get(Store *store, const char *key, char **ret)
{
        _cleanup_statement_ Statement *statement = store_statement(store, QUERY_META_GET);
        const char *value;
        char *copy;
        int r;

        statement_bind_text(statement, ":key", key);
        r = statement_step(statement);
        if (r <= 0)
                return r;

        value = statement_text(statement, COLUMN_META_GET_VALUE);
        copy = strdup(value ?: "");
        if (!copy)
                return -ENOMEM;

        *ret = copy;
        return 1;
}

int store_meta_set(Store *store, const char *key, const char *value)
{
        Statement *statement = store_statement(store, QUERY_META_SET);

        statement_bind_text(statement, ":key", key);
        statement_bind_text(statement, ":value", value);
        return statement_execute(statement);
}
