/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The questions people ask of the cache: findings, one object, counts. All read-only, all short: no read transaction outlives a
 * call, because a pager may wait for hours behind it.
 */

#include "lib/core/config.h"
#include "lib/core/evaluate.h"
#include "lib/core/record.h"
#include "lib/state/domain.h"
#include "lib/state/fate.h"
#include "lib/state/store.h"

/* What somebody has accepted is not shown, unless asked for. */
typedef enum FindingShown {
        FINDING_SHOWN_REST,     /* what nobody has accepted */
        FINDING_SHOWN_ACCEPTED, /* only what somebody has */
        FINDING_SHOWN_ALL,
} FindingShown;

typedef struct FindingFilter {
        FindingShown shown;
        uint64_t id;        /* 0: all */
        const char *rule;   /* id, or NULL */
        const char *domain; /* FQDN in lower case, or NULL */
        const char *below;  /* DN of an OU, or NULL */
        const char *text;   /* in DN or value, AD fold; or NULL */
        bool has_class;
        RuleClass class;
        Severity least; /* SEVERITY_NOTICE: all */
        int64_t since;  /* opened at or after; 0: all */
        bool unfolded; /* each of many instead of the one that stands for them: see Verdict.fold */
        bool without_held; /* see lib/state/hold.h */
        int64_t object; /* row id of query_find_objects(); 0: all */
        int64_t now;    /* Unix seconds: a finding is certain only while the domains it rests on are followed */
} FindingFilter;

enum {
        QUERY_NO_DOMAIN = 1, /* no such domain, or it is in its first read */
        QUERY_NO_CONTAINER,  /* nothing of this name carries other objects */
};

/*
 * Which findings, in which order (severity, rule, domain, container, RDN): only their names, so that a list of any length may be
 * leafed through while findings come and go. Borrows store and configuration; the tenant's switches decide what an object
 * claims. 0, one of the above, or negative.
 */
typedef struct FindingList FindingList;

int finding_list_new(Store *store, const Config *config, const FindingFilter *filter,
                     FindingList **ret);
FindingList *finding_list_free(FindingList *list);
DEFINE_CLEANUP(FindingList, finding_list_free)

size_t finding_list_size(const FindingList *list);

/* The object of a finding of the list: a row id, see query_find_objects(); and its own id, see record_id(). */
int64_t finding_list_object(const FindingList *list, size_t index);
uint64_t finding_list_id(const FindingList *list, size_t index);

/* Takes out what is in the other list as well, maybe of another store: what is left has opened, or closed, between. 0 or -ENOMEM. */
int finding_list_subtract(FindingList *list, const FindingList *other);

/* Takes out what is not a function of the present state alone: a change is itself news to the rules of history. 0 or negative. */
int finding_list_keep_state(FindingList *list);

/* The same as finding_list_subtract(), but findings of these objects, sorted, are kept whether the other list has them or not. 0 or -ENOMEM. */
int finding_list_focus(FindingList *list, const FindingList *other, const int64_t *objects,
                       size_t n_objects);

/*
 * The findings `first` to `first + n - 1` of the list as far as it goes, each with at most `max_others` other holders. What has
 * closed meanwhile is left out. The page owns all strings. 0 or negative.
 */
typedef struct FindingPage {
        Record *records;
        size_t n_records;
        struct FindingPageMemory *memory;
} FindingPage;

int finding_list_page(FindingList *list, size_t first, size_t n, size_t max_others,
                      FindingPage **ret);
FindingPage *finding_page_free(FindingPage *page);
DEFINE_CLEANUP(FindingPage, finding_page_free)

/*
 * The findings of a filter by what they have in common, the worst and most first: how many there are of it, and the first objects
 * that have them, by severity. Works in one snapshot and reads no object but those.
 */
typedef enum FoldBy {
        FOLD_BY_RULE,
        FOLD_BY_DOMAIN,
        FOLD_BY_OU, /* the container an object stands in; of a domain itself: the domain */
} FoldBy;

#define FOLD_HOLDERS 3

typedef struct FoldHolder {
        const char *domain;
        const char *dn;
        Guid guid; /* null for a domain itself */
        Kind kind;
} FoldHolder;

typedef struct Fold {
        const char *name;  /* rule, FQDN, or DN */
        Severity severity; /* the worst */
        size_t n;
        size_t n_by_severity[SEVERITY_ERROR + 1];
        FoldHolder holders[FOLD_HOLDERS];
        size_t n_holders;
} Fold;

typedef struct FoldList {
        Fold *folds;
        size_t n, n_findings;
        struct FoldMemory *memory;
} FoldList;

/* 0, QUERY_NO_DOMAIN, QUERY_NO_CONTAINER, or negative. The list owns all strings. */
int fold_list_new(Store *store, const FindingFilter *filter, FoldBy by, FoldList **ret);
FoldList *fold_list_free(FoldList *list);
DEFINE_CLEANUP(FoldList, fold_list_free)

/*
 * Finds live and deleted objects by DN, GUID, UPN, any mail address, or sAMAccountName, in this order; all matches of the first
 * way that has any. Deleted objects are found by their GUID or DN, and by the others where no live object is. The array of row
 * ids is the caller's. 0 with *ret_n, maybe 0; or negative.
 */
int query_find_objects(Store *store, const char *text, int64_t **ret, size_t *ret_n);

/*
 * Live objects by what ties them to the cloud: KEY_ANCHOR, KEY_SID or KEY_CLOUD_ID, with the value's bytes. How many, at most `most`, or
 * negative.
 */
#define QUERY_TIED_MAX 64
int query_find_tied(Store *store, const Tenant *tenant, KeySpace space, Slice value, int64_t *ret,
                    size_t most);

/* Is it the DN of a container? 1, 0, or negative. */
int query_is_container(Store *store, const char *dn);

/* One object as the cache has it: object->dn computed, values copied. 1 found, 0 not. */
typedef struct ObjectInfo {
        char *domain;
        int64_t domain_id;
        int64_t deleted_at;    /* 0: live */
        bool selected;         /* inside the configured OUs */
        bool is_excluded;      /* by a rule about the object itself */
        bool is_left_out;      /* by the domain's Filter= */
        bool is_not_in_group;  /* by GroupFilter= */
        bool is_join_excluded; /* because the other half of a person is missing */
        bool in_scope;         /* live, selected and not excluded */
        AttributeSet unreadable; /* attributes that nobody can see in its domain: unknown, not absent */
} ObjectInfo;

int query_object(Store *store, int64_t id, Object *ret, ObjectInfo *ret_info);
void object_info_done(ObjectInfo *info);

/* The maintained counters of each rule and severity, worst and most first. Where its findings differ in class, one is told. */
typedef struct RuleCount {
        char *rule;
        RuleClass class;
        Severity severity;
        int64_t count;
} RuleCount;

int query_counts(Store *store, RuleCount **ret, size_t *ret_n);
void rule_counts_free(RuleCount *counts, size_t n);

/* How many objects come to what, each counted once; the maintained counters. FATE_UNCHANGED is what is left of FATE_IN_SCOPE. */
int query_fates(Store *store, int64_t ret[static FATE_MAX]);

/* What the log says of the time since then, the newest first: as much work as there is news. Baselines are none. */
typedef struct News {
        int64_t opened[SEVERITY_ERROR + 1];
        int64_t closed;
        int64_t deleted;    /* objects */
        int64_t left_scope; /* likewise */
} News;

int query_news(Store *store, int64_t since, News *ret);

/*
 * How many findings were open at the end of each day (UTC), the oldest first and the last one now, by severity: at most `max_days`,
 * and no more than the event log remembers. What somebody accepted is among them. The array is the caller's. 0 or negative.
 */
typedef struct TrendDay {
        int64_t day; /* Unix seconds of its beginning */
        int64_t open[SEVERITY_ERROR + 1];
} TrendDay;

int query_trend(Store *store, int64_t now, unsigned max_days, TrendDay **ret, size_t *ret_n);

/* The next objects in scope behind a row id (0: the first), at most `n`, in the order of their ids. How many, or negative. */
int query_in_scope(Store *store, int64_t after, int64_t *ret, size_t n);
