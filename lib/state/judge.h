/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Rows of the database before the rules: what evaluate.h wants to know of the domain that an object is in, and the work of
 * turning a row into a judged object.
 */

#include "lib/core/cloud.h"
#include "lib/core/evaluate.h"
#include "lib/state/cache.h"
#include "lib/state/container-tree.h"
#include "lib/state/domain.h"
#include "lib/state/measure.h"
#include "lib/state/membership.h"
#include "lib/state/past.h"

typedef struct JudgeDomain {
        int64_t id;
        char *name;
        bool counts;         /* configured, and past its first read: its objects may dispute */
        bool is_unconfirmed; /* the DC that is followed may be behind the one before */
        unsigned forest;     /* domains of one forest have the same number */
        int recycle_bin;
        int64_t lifetime_days;
        int64_t *memberships; /* ids of config->memberships; 0: not answered so far */
        AttributeSet asked;   /* of memberOf and its chain, what is known of everybody */
        EvaluateContext
                contexts[2]; /* of objects in containers that are not, and that are selected */
} JudgeDomain;

typedef struct JudgeCloud JudgeCloud;

typedef struct Judge {
        Store *store;
        const Config *config;
        JudgeDomain *domains;
        size_t n_domains;
        int64_t now;
        bool has_measures; /* something was found out of some object beside the search */
        bool has_past; /* the log holds something by which objects are judged: set it after writing such an event */
        JudgeCloud *cloud;    /* NULL: there is no inventory of it */
        int64_t known_number; /* the attribute list that was used last */
        AttributeSet known;
} Judge;

/*
 * Reads the domains. `own` is the one being applied: it counts though it may not be ready yet, and it is taken as the caller has
 * it. The configuration must outlive the Judge. `now` is Unix seconds. 0 or negative.
 */
int judge_init(Judge *judge, Store *store, const Config *config, const Domain *own, int64_t now);
void judge_done(Judge *judge);

/* NULL: no such domain. */
const JudgeDomain *judge_domain(const Judge *judge, int64_t id);

/* A row, its object, and what the rules say of it alone. Kept and used again. */
typedef struct Judged {
        CacheRow row;
        Buffer dn; /* with a NUL behind it */
        Object *object;
        Outcome *outcome;
        PastList past;
        char measures[MEASURES_MOST][24]; /* behind the object's values */
        const JudgeDomain *domain;
        const EvaluateContext *context;
} Judged;

/* What CacheRow.excluded is by the outcome alone: all of it but CACHE_JOIN_EXCLUDED. */
unsigned judged_excluded(const Judged *judged);

/* Is it one of the scope, whatever its rules say of it? `excluded` is what its row is to have. */
bool judged_in_scope(const Judged *judged, unsigned excluded);

int judged_init(Judged *judged); /* 0 or -ENOMEM */
void judged_done(Judged *judged);

/*
 * Judges the row that stands in judged->row, by what it is and by what happened to it; the tree gives its container, whichever domain it is in. 0, -ENOMEM, or as the store says;
 * -EUCLEAN for a row that contradicts itself.
 */
int judge_row(Judge *judge, ContainerTree *tree, Judged *judged);

/* Likewise, without verdicts: what it claims, and whether it keeps itself out. For an object that others are judged by, and for what one was. */
int judge_claims(Judge *judge, ContainerTree *tree, Judged *judged);

/*
 * Adds what the inventory of the cloud says of the object that judge_row() has judged, whose row->excluded is as it is to stay. 0 or
 * negative.
 */
int judge_counterpart(Judge *judge, Judged *judged);

/* Fills judge->known with the attributes of a list. Rows read alike stand together: the last is nearly always the next. 0 or negative. */
int judge_known(Judge *judge, int64_t number);

int judge_cloud_init(Judge *judge); /* 0 or negative */
JudgeCloud *judge_cloud_free(JudgeCloud *cloud);

/* Is there any part of the inventory in which an object of this kind could be? */
bool judge_cloud_has(const Judge *judge, Kind kind);

/*
 * Is certainly nothing to be said of the row that stands in judged->row by this object of the cloud? 1, 0: judge_counterpart() tells, or negative. The row
 * is of somebody in scope; no more than its values is looked at.
 */
int judge_is_plain(Judge *judge, Judged *judged, const CloudObject *cloud);

/* Its DN alone. */
int judge_row_dn(ContainerTree *tree, Judged *judged);
