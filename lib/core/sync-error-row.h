/* SPDX-License-Identifier: MIT */
#pragma once

/* The errors that a row of CSV or an object of JSON tells of: Connect Health's, by the names of its columns, and Graph's. */

#include "lib/core/inventory-reader.h"
#include "lib/core/sync-error.h"

/*
 * Adds them: one for a row of Connect Health, as many as it has for an object of Graph, which may be none. 0, SYNC_ERROR_IS_GRAPH (1) where it
 * was one of these, -ENOMEM, -E2BIG, or -EBADMSG with a reason.
 */
enum {
        SYNC_ERROR_IS_GRAPH = 1,
};

int sync_error_row_read(const InventoryElement *element, SyncErrorList *list,
                        const char **ret_reason);
