/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Findings that somebody lives with until a day. An acceptance goes by the finding's id, so that it holds over closing, opening again
 * and a rescan; what is open carries a mark (finding.accepted) and is counted apart. Nothing here asks who may: that is the
 * daemon's to know.
 */

#include "lib/core/object.h"
#include "lib/state/store.h"

typedef struct AcceptanceTerms {
        int64_t now;
        int64_t until; /* Unix seconds: the first in which it counts again; unused by acceptance_undo() */
        int64_t uid;     /* who asks, as the kernel says */
        const char *who; /* and as they call themselves */
        const char *why; /* NULL for acceptance_undo() */
} AcceptanceTerms;

/* A finding by its object's row id and its own. What is at that object under another id is another finding. */
typedef struct AcceptanceTarget {
        int64_t object;
        uint64_t finding;
} AcceptanceTarget;

/*
 * Accepts findings that are open, each with an event; those that are accepted already get the new terms. In a transaction of its own:
 * all of them or none. 0 with *ret_n, how many were still there; or negative, and nothing has changed.
 */
int acceptance_set(Store *store, const AcceptanceTerms *terms, const AcceptanceTarget *targets,
                   size_t n, size_t *ret_n);

/* Takes that back, of what is open and of what is not. *ret_n is how many were accepted. */
int acceptance_undo(Store *store, const AcceptanceTerms *terms, const AcceptanceTarget *targets,
                    size_t n, size_t *ret_n);

/* Ends those whose day has come, at most `limit`, each with an event, in a transaction of its own. How many, or negative. */
int acceptance_expire(Store *store, int64_t now, unsigned limit);

/* When the next one ends: Unix seconds, 0: none does. 0 or negative. */
int acceptance_next(Store *store, int64_t *ret);

/* --- inside the caller's transaction --- */

/* Is what has this id accepted? 1, 0, or negative. */
int acceptance_exists(Store *store, uint64_t finding);

/* An object's row is gone, and its GUID's claim with it. Where the same GUID lives on in another domain, so does what was accepted. */
int acceptance_forget_object(Store *store, int64_t object, const Guid *guid);
