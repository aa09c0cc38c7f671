/* SPDX-License-Identifier: MIT */
#pragma once

/* The findings that the options ask for, page by page out of a database to the output: `findings` and `check`; and the options that `fix` takes too. */

#include "ctl/scanctl.h"
#include "lib/state/query.h"

/*
 * Findings of a file have no history and their objects perhaps no GUID: ids and times are left out, and so are the GUIDs that
 * file_guid_is_made() knows.
 */
typedef enum ListingSource {
        LISTING_DATABASE,
        LISTING_FILE,
} ListingSource;

/* Takes findings out of a list before it is printed. 0 or negative. */
typedef int (*ListingFunction)(FindingList *list, void *userdata);

/* `select` may be NULL. Returns 0 with *ret_n, how many were listed, or EXIT_TROUBLE after a message. */
int listing_print(Scanctl *scanctl, Store *store, const Config *config, ListingSource source,
                  ListingFunction select, void *userdata, size_t *ret_n);

/* The filter that the options say. 0, or EXIT_TROUBLE after a message. */
typedef struct ListingFilter {
        FindingFilter filter; /* borrows the rest, and the arguments */
        char *domain;
} ListingFilter;

int listing_filter(Scanctl *scanctl, const Config *config, ListingFilter *ret);
void listing_filter_done(ListingFilter *filter);

/* Says that the filter's domain or OU does not exist: QUERY_NO_DOMAIN or QUERY_NO_CONTAINER. Returns EXIT_TROUBLE. */
int listing_no_place(const Scanctl *scanctl, int why);

/* Says as text that there is nothing to list. */
void listing_nothing(Scanctl *scanctl);
