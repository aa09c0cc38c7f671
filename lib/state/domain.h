/* SPDX-License-Identifier: MIT */
#pragma once

/* One naming context in the database: its number, its cursor, and what is known of it. */

#include <stdbool.h>

#include "lib/core/attribute.h"
#include "lib/core/config.h"
#include "lib/state/cursor.h"
#include "lib/state/store.h"

typedef struct Domain {
        int64_t id;
        char *name;              /* FQDN */
        char *naming_context;    /* DN; NULL: never connected */
        char *configuration_nc;  /* the forest's; tells which domains are of one forest */
        bool is_configured;      /* see domain_retire_others() */
        bool is_leaving;         /* being erased, its name is none: see erasure.h */
        bool is_ready;           /* past its first read, and configured: its objects are shown and may dispute */
        Cursor cursor;           /* meaningful where is_ready */
        Guid rolled_back;        /* the epoch of a DC that was put back to an old copy: never followed again. Null: none */
        AttributeSet requested;  /* attributes with which the rows were read */
        AttributeSet unreadable; /* not in the schema, or never seen */
        int tombstones_readable; /* 1, 0, -1 not known */
        int recycle_bin;         /* likewise */
        int64_t tombstone_lifetime_days; /* 0: not known */
        int64_t last_poll_ok;            /* Unix seconds, 0: never */
        int64_t stale_after;             /* from then on the cache is too old to be believed; 0: never read */
        int64_t last_full_ok;
        int64_t last_reconcile_ok;
        int64_t objects; /* maintained counter: live users, contacts, groups */
        int64_t full_reads_interrupted;
        int64_t late_commits_total;
        int64_t missed_changes_total;
        int64_t adopted_differences_total;
        int64_t deletions_held; /* objects that seem to be gone, and are kept because they are so many */
        char *derivation; /* what its claims and findings were made with, see domain_is_derived(); NULL: never */
} Domain;

void domain_done(Domain *domain);

/* Finds or makes the row of a configured domain, by its FQDN in lower case. Not inside a transaction. 0 or negative. */
int domain_load(Store *store, const char *name, Domain *ret);

/*
 * Domains that are not in the configuration any more are kept as they were, for their return, and shown nowhere: their is_ready
 * is false to whoever reads them, until domain_load() takes one up again. Not inside a transaction. 0 or negative.
 */
int domain_retire_others(Store *store, const Config *config);

/*
 * Writes everything but what an accepted answer writes (is_ready, cursor, requested, objects, derivation). Inside a
 * transaction or not. 0 or negative.
 */
int domain_save(Store *store, const Domain *domain);

/* Writes the rest. Only apply.c does, in the transaction that makes it true. 0 or negative. */
int domain_advance(Store *store, const Domain *domain);

/* Writes both. Likewise. */
int domain_accept(Store *store, const Domain *domain);

/*
 * May what is known of the domain be otherwise by now? Whoever shows what was judged says so: the verdicts themselves do not depend
 * on the hour.
 */
typedef enum DomainDoubt {
        DOMAIN_CURRENT,
        DOMAIN_STALE,       /* it has not been followed for a while */
        DOMAIN_HELD,        /* objects seem to be gone, and are kept for the time being */
        DOMAIN_UNCONFIRMED, /* the DC followed now may be behind the one before */
} DomainDoubt;

DomainDoubt domain_doubt(const Domain *domain, int64_t now);

/* All rows. The array and its members belong to the caller. */
int domain_list(Store *store, Domain **ret, size_t *ret_n);

/* Does the cache have this object, live or deleted, at this USN of the cursor's epoch? 1, 0, or negative. */
int domain_has(Store *store, const Domain *domain, const Guid *guid, int64_t usn);

/*
 * Claims and findings are a function of the objects and of: the code, the tables of Unicode and the public suffix list, the
 * rules, the configuration, and what is readable. Were
 * this domain's made with what holds now? If not, an APPLY_REEVALUATE is due. 1, 0 or -ENOMEM.
 */
int domain_is_derived(const Domain *domain, const Config *config);
