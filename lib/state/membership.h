/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Who is in the groups that the configuration names: for each of Config.memberships the GUIDs that a domain controller gave for its
 * filter. By GUID and not by row, because a member may be told of before the object itself has come.
 */

#include "lib/core/config.h"
#include "lib/state/guid-list.h"
#include "lib/state/store.h"

/* What the database has of one filter in one domain. 1; 0: it was never answered; negative: errno. */
int membership_find(Store *store, int64_t domain, const char *filter, int64_t *ret_id,
                    int64_t *ret_members);

/*
 * Makes the stored members those of the list, which is sorted by it. Appends who came and who went to `changed`. *ret_flipped
 * becomes true where it was not known before who is in it, or is no longer: nobody at all decides nothing. 0 or negative.
 */
int membership_replace(Store *store, int64_t domain, const char *filter, GuidList *members,
                       GuidList *changed, bool *ret_flipped);

/* The ids of all memberships that the object is in: at most `most`. How many, or negative. */
int membership_of(Store *store, const Guid *guid, int64_t *ret, size_t most);
