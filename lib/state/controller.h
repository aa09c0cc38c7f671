/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The domain controllers of a domain, as AD lists them, and when each was asked last for the logons of connectors' accounts: each knows
 * those only that it served itself.
 */

#include "lib/core/arena.h"
#include "lib/core/directory-facts.h"
#include "lib/core/text.h"
#include "lib/state/store.h"

/* There is one of this name (dNSHostName): seen at this time, Unix seconds as all here. 0 or negative. */
int controller_put(Store *store, int64_t domain, Slice host, int64_t at);

/* All that there are were seen at this time: others are gone. 0 or negative. */
int controller_finish(Store *store, int64_t domain, int64_t at);

/* It was asked: `failure` is a code, NULL where it has answered. 0 or negative. */
int controller_asked(Store *store, int64_t domain, const char *host, int64_t at,
                     const char *failure);

/*
 * Whom to ask next, if it is time for any: who was asked last before `before`, or before `failed_before` where that failed. Not
 * `except`, which is followed. 1 with a name that the caller frees, 0 or negative.
 */
int controller_next(Store *store, int64_t domain, const char *except, int64_t before,
                    int64_t failed_before, char **ret);

/* Fills in how far logons are known, and by whom not. Strings are the arena's. 0 or negative. */
int controller_read(Store *store, int64_t domain, Arena *arena, DirectoryFacts *facts);
