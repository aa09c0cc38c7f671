/* SPDX-License-Identifier: MIT */
#pragma once

/* The accounts of connectors, as the directory showed them last. */

#include "lib/core/arena.h"
#include "lib/core/directory-facts.h"
#include "lib/core/text.h"
#include "lib/state/guid-list.h"
#include "lib/state/store.h"

/*
 * Takes down what was seen of one at a time. What is kept beside it: the newest logon that any domain controller told of, and the
 * longest time between two, where we looked all the while. `name` is sAMAccountName, UTF-8. 0 or negative.
 */
int trace_put(Store *store, int64_t domain, Slice name, const Trace *trace, int64_t at);

/* What a domain controller told at the time `at` that is not followed: when it logged on there last. 0 or negative. */
int trace_put_logon(Store *store, int64_t domain, Slice name, int64_t logged_on, int64_t at);

/* Appends a filter for all accounts with which connectors read the directory. 1; 0: there are none; negative. */
int trace_filter(Store *store, int64_t domain, Buffer *filter);

/* Has any domain that is configured one of any sort? 1, 0 or negative. */
int trace_exists(Store *store);

/* What the one of this name may do on the domain: REPLICATION_…. 0 or negative. */
int trace_put_rights(Store *store, int64_t domain, Slice name, int rights);

/* The OUs that the connector's account may not read: these, and no longer others. 0 or negative. */
int trace_put_hidden_units(Store *store, int64_t domain, const GuidList *units);

/* All that there are were seen at this time: the others are gone. `n_controllers` domain controllers. 0 or negative. */
int trace_finish(Store *store, int64_t domain, int64_t at, unsigned n_controllers);

/* Fills in the traces, hidden OUs, whether they were looked for, and the number of domain controllers. Names are the arena's. 0 or negative. */
int trace_read(Store *store, int64_t domain, Arena *arena, DirectoryFacts *facts);
