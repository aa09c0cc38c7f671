/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "lib/state/store-internal.h"

int store_copy(Store *source, Store **ret, char **ret_error)
{
        _cleanup_(store_closep) Store *copy = NULL;
        sqlite3_backup *backup;
        int code, r;

        r = store_open(NULL, STORE_MEMORY, &copy, ret_error);
        if (r < 0)
                return r;

        backup = sqlite3_backup_init(copy->database, "main", source->database, "main");
        if (!backup)
                return store_fail(ret_error, -ENOMEM, "the database cannot be copied: %s",
                                  store_error(copy));

        (void)sqlite3_backup_step(backup, -1);
        code = sqlite3_backup_finish(backup); /* tells what went wrong in the step, too */
        if (code != SQLITE_OK)
                return store_fail(ret_error, store_errno(code), "the database cannot be copied: %s",
                                  store_error(copy));

        *ret = TAKE_PTR(copy);
        return 0;
}
