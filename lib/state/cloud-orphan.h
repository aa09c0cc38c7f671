/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Orphans: objects of the cloud that say they are synced, while no object of a directory in scope is theirs; and what is known here of
 * what became of it. Where a domain was not read yet, its objects' are among them.
 */

#include "lib/core/config.h"
#include "lib/state/cloud.h"

typedef enum OrphanFate {
        ORPHAN_UNKNOWN,      /* nothing here has or had its anchor */
        ORPHAN_DELETED,      /* the object was deleted */
        ORPHAN_OUT_OF_SCOPE, /* the object is there, and left out */
} OrphanFate;

typedef struct CloudOrphan {
        const CloudObject *object;
        OrphanFate fate;
        int64_t deleted_at;      /* Unix seconds */
        const char *domain, *dn; /* of the object here; NULL: none is known */
} CloudOrphan;

/* Tells each. 0, or what the function returned other than 0. */
typedef int (*CloudOrphanFunction)(void *userdata, const CloudOrphan *orphan);
int cloud_orphans(Store *store, CloudOrphanFunction function, void *userdata);
