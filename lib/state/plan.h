/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Changes that somebody means to make, one after the other, over a cache: objects that come, go, change and move. Later ones build on
 * earlier ones, as on a directory. When all are noted, the plan is tried.
 */

#include "lib/core/ldif.h"
#include "lib/state/query.h"
#include "lib/state/trial.h"

typedef struct Plan Plan;

enum {
        PLAN_REFUSED = 1, /* as a domain controller would refuse it */
};

/* Borrows the store. 0 or -ENOMEM. */
int plan_new(Store *store, Plan **ret);
Plan *plan_free(Plan *plan);
DEFINE_CLEANUP(Plan, plan_free)

/*
 * Notes one change. LDIF_CONTENT: the object is to be so, whether it is there already or not, and then it is the one of its name; otherwise
 * `object` need only have a name. 0; PLAN_REFUSED with a sentence in *ret_error (static); or negative.
 */
int plan_note(Plan *plan, const char *domain, LdifChange change, const Object *object,
              const LdifEdits *edits, const char **ret_error);

/* Stages what has become of all. 0 or negative. Then trial_apply() is the caller's. */
int plan_stage(const Plan *plan, Trial *trial);

/* After that: the findings of the list (of the trial) that are about an object of the plan, or that `before` has not. 0 or negative. */
int plan_select(const Plan *plan, Trial *trial, FindingList *list, const FindingList *before);
