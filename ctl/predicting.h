/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the cloud will hold for one object after the other, with and without an Exchange Online licence: what `predict`, `show` and
 * `explain` share.
 */

#include "ctl/arguments.h"
#include "ctl/prediction-writer.h"
#include "lib/core/crowd.h"
#include "lib/core/evaluate.h"
#include "lib/state/query.h"

typedef struct Predicting {
        Predicted
                predicted; /* the object last asked for; borrows from what follows, and from the object */

        /* Private. */
        const Config *config;
        Tenant tenant; /* the configured one, and what the options say instead; owns nothing */
        Outcome *outcome;
        Prediction unlicensed, licensed;
        Buffer anchor, exclusion;

        /* Addresses at the initial domain given so far: one that is there twice in a file gets its digits. */
        Crowd given;
        Arena names;
        uint32_t n;
} Predicting;

/* Borrows both. 0 or -ENOMEM; predicting_done() either way. */
int predicting_init(Predicting *predicting, const Config *config, const Arguments *arguments);
void predicting_done(Predicting *predicting);

/*
 * Predicts one object of a domain. `left_out` is why it does not arrive, where that is known already; otherwise what the object
 * itself says is found. 0 or -ENOMEM.
 */
int predicting_object(Predicting *predicting, const Object *object, const char *domain,
                      const char *left_out);

/* The next object has nothing to do with those before: it is as if it came first. */
void predicting_forget(Predicting *predicting);

/* Why an object of the cache does not arrive, as far as its place tells: see Predicted.left_out. NULL: nothing is against it. */
const char *predicting_scope(const ObjectInfo *info);
