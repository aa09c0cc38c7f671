/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One object and what the cloud has of it: what differs there, what never came, and what stayed behind. Beside evaluate_cloud(), which is
 * about the values of others.
 */

#include "lib/core/cloud.h"
#include "lib/core/evaluate.h"

typedef struct Counterpart {
        const CloudObject *object; /* that is it, or was made of it; NULL: the inventory has none */
        int64_t exported_at; /* Unix seconds: of the part of the inventory that would have it; 0: nobody can tell */
        int64_t deleted_at; /* of the object here; 0: it is live */
        bool arrives;       /* it is in scope, and nothing keeps it out */
        bool is_orphan;     /* no object of any domain in scope is the one of the cloud */
} Counterpart;

/*
 * Adds what is to be said of the object that evaluate_object() and evaluate_past() have judged. The slices of the verdicts live as long as
 * outcome, object and counterpart. 0 or -ENOMEM.
 */
int evaluate_counterpart(const EvaluateContext *context, const Object *object,
                         const Counterpart *counterpart, Outcome *outcome);

/*
 * Is there certainly nothing to be said of an object that arrives and of this one of the cloud? Looks at few values and allocates nothing: of
 * a tenant that is in order, nearly everybody is plain. False: evaluate_counterpart() tells. Tenant and object as evaluate_object() has them.
 */
bool counterpart_is_plain(const Tenant *tenant, const Object *object, const CloudObject *cloud);

/*
 * The same for very many at once. The likeness of an object is a number of what must be equal on both sides for it to be plain: anchor, name
 * to sign in with, primary address. Where both have the same, and counterpart_password_is_plain(), the object is plain, and the two are one;
 * where they differ, nothing is known. 0: nobody is like it. The one of the cloud stands in the database; if it was made in another way, by a
 * former scand, nobody is like it. Two that differ have the same number once in 2^64: then it is not told that they do, until one changes.
 */
uint64_t counterpart_likeness_there(const CloudObject *cloud);
uint64_t counterpart_likeness_here(const Tenant *tenant, const Object *object);
bool counterpart_password_is_plain(const Tenant *tenant, const Object *object,
                                   int64_t password_changed);

/* What the two above look at of an object of a directory. */
void counterpart_likeness_attributes(const Tenant *tenant, AttributeSet *ret);
