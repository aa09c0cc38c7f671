/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * People of other domains that are followed, in groups of this one. AD stands an object of the class foreignSecurityPrincipal for each
 * of them into the domain, and groups hold that one.
 */

#include "lib/core/arena.h"
#include "lib/core/directory-facts.h"
#include "lib/core/object.h"
#include "lib/state/cache.h"
#include "lib/state/container.h"
#include "lib/state/store.h"

typedef struct ForeignCount {
        int64_t n;       /* memberships in groups of the scope */
        Buffer group;    /* the first such group's DN */
        CacheRow row;    /* scratch */
        Container place; /* likewise */
} ForeignCount;

void foreign_count_done(ForeignCount *count);
void foreign_count_reset(ForeignCount *count);

/* One such object, with its objectSid and memberOf: counts if somebody in scope of another domain stands behind it. 0 or negative. */
int foreign_count_add(ForeignCount *count, Store *store, int64_t domain, const Object *object);

/* What was counted is what is known. 0 or negative. */
int foreign_put(Store *store, int64_t domain, const ForeignCount *count);

/* Fills in what the facts say of it; strings are the arena's. `dn` is the naming context. 0 or negative. */
int foreign_read(Store *store, int64_t domain, const char *dn, Arena *arena, DirectoryFacts *facts);
