/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What is known of one domain and, beside it, of the tenant: plain facts, on which the rules about the directory judge. Whoever
 * gathers them owns everything; strings are UTF-8.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct CloudObject;

/* How many objects left the cloud in a span of time: deleted, or out of scope. */
typedef struct Departures {
        int64_t n;
        int64_t oldest;    /* Unix seconds; meaningful where n > 0 */
        const char *cause; /* the container or the rule that most of them share; NULL: none */
        int64_t n_cause;   /* how many do */
} Departures;

/* How many objects have one finding for one cause: see Verdict.fold. */
typedef struct FoldedCount {
        const char *rule;
        const char *value;
        int64_t n; /* more than 0 */
} FoldedCount;

/* An OU that the configuration names. */
typedef struct ScopeUnit {
        const char *option; /* "IncludeOU" or "ExcludeOU" */
        const char *dn;     /* as configured */
        bool exists;        /* under that name */
        const char *
                present; /* the name it has now, where it was known before; NULL: not known, or it is gone */
} ScopeUnit;

/* Accounts that tell of a connector. */
typedef enum TraceType {
        TRACE_CONNECTOR, /* MSOL_*, or as ConnectorAccount= says: with it the connector reads the directory */
        TRACE_SERVICE,    /* AAD_*: under it the connector runs on a domain controller */
        TRACE_DIRSYNC,    /* MSOL_AD_Sync, of its predecessor */
        TRACE_SSO,        /* AZUREADSSOACC$: its password is the key of seamless sign-on */
        TRACE_CLOUD_SYNC, /* provAgentgMSA$, pGMSA_*$ */
} TraceType;

/* The right to replicate, and the one to replicate secrets, which are password hashes: the connector needs both for these. */
#define REPLICATION_CHANGES     1
#define REPLICATION_CHANGES_ALL 2

typedef struct Trace {
        TraceType type;
        const char *name; /* sAMAccountName */
        bool is_enabled;
        int64_t created;              /* all times: Unix seconds, 0: never, or not known */
        int64_t logged_on;            /* lastLogon: the newest that any domain controller told of */
        int64_t logged_on_replicated; /* lastLogonTimestamp: known everywhere, up to 14 days late */
        int64_t longest_gap;  /* seconds between two logons, of the last days; 0: not known */
        int64_t password_set; /* pwdLastSet */
        int rights; /* REPLICATION_… on the domain, by itself or by a group; -1: not known */
} Trace;

/* A domain controller whose logons are not known as they are now. */
typedef struct UnaskedController {
        const char *host;
        const char *failure; /* a code; NULL: it was not asked so far */
} UnaskedController;

/* lastLogonTimestamp is written anew when it is older than this many seconds, less up to five days. */
#define TRACE_REPLICATED_LATE (14 * INT64_C(86400))

/* The newest logon that is known of it; 0: none. */
int64_t trace_logged_on(const Trace *trace);

/* More of them in one run, and the connector gives up. */
#define EXPORT_ERRORS_MOST 5000

typedef struct DirectoryFacts {
        const char *dn; /* of the naming context */
        int64_t now;    /* Unix seconds */
        bool is_first; /* of the configured domains: what is about the tenant is told of this one */

        int recycle_bin;         /* 1, 0, -1 not known */
        int tombstones_readable; /* likewise */
        Departures half_hour, day;
        const ScopeUnit *units;
        size_t n_units;

        /* Exchange's own probes, in scope. */
        int64_t monitoring_mailboxes;
        const char *monitoring_container; /* in which they stand */

        /* People of other domains in groups of the scope. */
        int64_t foreign_members;
        const char *foreign_group; /* one such group */
        const char *
                foreign_container; /* where what stands for them is, and not in scope; NULL: it is in scope */

        const FoldedCount *folded;
        size_t n_folded;

        Departures
                unexported; /* since the connector can have run last; meaningful where that is known */

        const char *const *hidden_units; /* OUs that the connector's account may not read */
        size_t n_hidden_units;

        const Trace *traces;
        size_t n_traces;
        bool is_traced;                /* they were looked for */
        unsigned n_domain_controllers; /* 0: not known */

        /*
         * Each domain controller knows the logons only that it served itself. Up to this time all of them were asked; 0: not
         * all. Of those that have not answered lately, some by name.
         */
        int64_t logons_known_until;
        const UnaskedController *unasked;
        size_t n_unasked, n_unasked_named;

        /* Of all domains. */
        bool has_traces;       /* a connector's, of whichever generation */
        int64_t objects;       /* users, contacts and groups */
        int64_t export_errors; /* objects whose export is expected to fail */

        /* Of the inventory of the cloud, 0 where it does not say. */
        int64_t quota_used, quota_total;
        int64_t last_sync;       /* Unix seconds: when the connector was there last, … */
        int64_t last_sync_as_of; /* … and when that was asked */

        /* Synced there, while no domain has or had their objects; told of the first domain, when all were read. */
        const struct CloudObject *const *orphans;
        size_t n_orphans;
        bool has_more_orphans;
} DirectoryFacts;

/*
 * The latest time at which it can have logged on; 0: nobody knows. Where not all domain controllers were asked, what all of them know
 * is a fortnight late, but then it is sure.
 */
int64_t trace_ran(const Trace *trace, const DirectoryFacts *facts);

/* The same of whichever connector reads the directory. */
int64_t directory_connector_ran(const DirectoryFacts *facts);
