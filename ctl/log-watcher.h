/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Waits until something may have been written to a database: by what the kernel tells of its folder, not by asking again and again.
 * It knows nothing of what was written, and holds nothing open in the database.
 */

#include "lib/core/util.h"

typedef struct LogWatcher LogWatcher;

enum {
        WATCHER_NEWS =
                1, /* look: something was written, or a while is over in which the kernel may have missed it */
        WATCHER_OVER, /* somebody wants us to end, or nobody reads the output any more */
};

/* From here on SIGINT, SIGTERM and SIGHUP end the program with success: that is how it is ended. 0, or negative: -ENOENT where the folder is missing. */
int log_watcher_new(const char *database, int output, LogWatcher **ret);
LogWatcher *log_watcher_free(LogWatcher *watcher);
DEFINE_CLEANUP(LogWatcher, log_watcher_free)

/* One of the above, or negative. A burst of writes is one piece of news. */
int log_watcher_wait(LogWatcher *watcher);
