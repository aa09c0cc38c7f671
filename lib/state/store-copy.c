/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/state/store-internal.h"

#define SAVE_PAGES 1024

/* All pages in one step: one read transaction, which in WAL mode keeps no writer waiting. Returns SQLite's code. */
static int copy_pages(sqlite3 *source, sqlite3 *target)
{
        sqlite3_backup *backup = sqlite3_backup_init(target, "main", source, "main");

        if (!backup)
                return sqlite3_errcode(target);

        (void)sqlite3_backup_step(backup, -1);
        return sqlite3_backup_finish(backup); /* tells what went wrong in the step, too */
}

/* The same in parts, of one read transaction around them all: what others write meanwhile would begin it anew without. */
static int save_pages(sqlite3 *source, sqlite3 *target, StoreProgress progress, void *userdata)
{
        sqlite3_backup *backup;
        int code;

        /* A transaction begins to read with its first statement that does. */
        code = sqlite3_exec(source, "BEGIN; SELECT 1 FROM sqlite_master LIMIT 1", NULL, NULL, NULL);
        if (code != SQLITE_OK) {
                (void)sqlite3_exec(source, "ROLLBACK", NULL, NULL, NULL); /* where it had begun */
                return code;
        }

        backup = sqlite3_backup_init(target, "main", source, "main");
        if (!backup)
                code = sqlite3_errcode(target);
        else {
                while ((code = sqlite3_backup_step(backup, SAVE_PAGES)) == SQLITE_OK)
                        if (progress)
                                progress(sqlite3_backup_pagecount(backup) -
                                                 sqlite3_backup_remaining(backup),
                                         sqlite3_backup_pagecount(backup), userdata);
                code = sqlite3_backup_finish(backup);
        }

        (void)sqlite3_exec(source, "COMMIT", NULL, NULL, NULL); /* of nothing: it ends the read */
        return code;
}

int store_copy(Store *source, Store **ret, char **ret_error)
{
        _cleanup_(store_closep) Store *copy = NULL;
        int code, r;

        r = store_open(NULL, STORE_MEMORY, &copy, ret_error);
        if (r < 0)
                return r;

        store_settle(source);
        code = copy_pages(source->database, copy->database);
        if (code != SQLITE_OK)
                return store_fail(ret_error, store_errno(code), "the database cannot be copied: %s",
                                  store_error(copy));

        *ret = TAKE_PTR(copy);
        return 0;
}

/* What it names is new and ours alone: names and addresses of people will stand in it. */
static int create_private(const char *path, char **ret_error)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

        if (fd < 0)
                return store_fail(ret_error, -errno, "%s cannot be made: %s", path,
                                  strerror(errno));

        (void)close(fd);
        return 0;
}

int store_save(Store *source, const char *path, StoreProgress progress, void *userdata,
               int64_t *ret_size, char **ret_error)
{
        sqlite3 *target = NULL;
        struct stat st;
        int code, r;

        store_settle(source);
        r = create_private(path, ret_error);
        if (r < 0)
                return r;

        code = sqlite3_open_v2(path, &target, SQLITE_OPEN_READWRITE, NULL);
        if (code == SQLITE_OK)
                code = save_pages(source->database, target, progress, userdata);
        if (code != SQLITE_OK)
                r = store_fail(ret_error, store_errno(code), "%s cannot be written: %s", path,
                               target ? sqlite3_errmsg(target) : "no memory");
        (void)sqlite3_close(target);

        if (r >= 0 && stat(path, &st) < 0)
                r = store_fail(ret_error, -errno, "%s is gone: %s", path, strerror(errno));
        if (r < 0) {
                (void)unlink(path);
                return r;
        }

        *ret_size = st.st_size;
        return 0;
}
