/* SPDX-License-Identifier: MIT */
#pragma once

/* The findings that the options ask for, page by page out of a database to the output: `findings` and `check`. */

#include "ctl/scanctl.h"

/*
 * Findings of a file have no history and their objects perhaps no GUID: ids and times are left out, and so are the GUIDs that
 * file_guid_is_made() knows.
 */
typedef enum ListingSource {
        LISTING_DATABASE,
        LISTING_FILE,
} ListingSource;

/* Returns 0 with *ret_n, how many were listed, or EXIT_TROUBLE after a message. */
int listing_print(Scanctl *scanctl, Store *store, const Config *config, ListingSource source,
                  size_t *ret_n);
