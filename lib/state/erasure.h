/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What a domain has left behind that is not configured any more: erased for good, with its history, because somebody asks. It loses its
 * name first, so that a domain of that name may come anew at once; then all rows go, a few at a time. A process that ends meanwhile
 * leaves the mark in the database, and the next one goes on.
 */

#include "lib/state/store.h"

enum {
        ERASURE_MORE = 1,       /* call again */
        ERASURE_CONFIGURED = 2, /* it is followed: its directory would be read again */
        ERASURE_UNKNOWN = 3,    /* nothing is kept of such a domain */
};

/*
 * Marks a domain, by its FQDN in lower case; *ret_objects is how many live ones were known of it. Not inside a transaction. 0,
 * ERASURE_CONFIGURED, ERASURE_UNKNOWN, or negative.
 */
int erasure_mark(Store *store, const char *name, int64_t *ret_objects);

/* How far it has come; a zeroed one begins. */
typedef struct Erasure {
        int64_t domain; /* 0: the next that is marked */
        unsigned phase;
        int64_t key, id; /* behind these */
} Erasure;

/*
 * Erases what `limit` rows of each kind are, of one domain that is marked, in a transaction of its own. 0: none is marked any more.
 * ERASURE_MORE. Negative: rolled back. Only while no answer is staged or applied, in any domain.
 */
int erasure_step(Erasure *erasure, Store *store, unsigned limit);
