/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Will an object arrive, all its findings taken together? And which rules had nothing to say against it? Pure: whoever has the
 * findings asks.
 */

#include "lib/core/evaluate.h"
#include "lib/core/predict.h"

/* Ordered: a larger one is worse. */
typedef enum Arrival {
        ARRIVAL_AS_IT_IS,
        ARRIVAL_ALTERED,
        ARRIVAL_MAY_FAIL,
        ARRIVAL_FAILS,
        ARRIVAL_MAY_BE_LEFT_OUT,
        ARRIVAL_LEFT_OUT,
} Arrival;

/* What one finding makes of what was known before. Notices change values that matter to few: the object arrives as it is. */
Arrival arrival_after(Arrival before, RuleClass class, Severity severity, Certainty certainty);

const char *arrival_name(Arrival arrival); /* "altered", for programs */
const char *arrival_sentence(
        Arrival arrival); /* "It arrives, but not as AD holds it.", for people */

/*
 * Appends what the cloud will have of it: "mail-enabled security group, primary address helpdesk@contoso.com". Text as it stands in the
 * directory: who prints makes it safe. 0 or -ENOMEM.
 */
int arrival_describe(const Object *object, const Prediction *prediction, Buffer *buffer);

/* How one rule stands to one object. */
typedef enum RuleStanding {
        STANDING_PASSED,
        STANDING_FLAGGED,
        STANDING_UNKNOWN,   /* an attribute that it needs could not be read */
        STANDING_NOT_ASKED, /* not for this kind, about the directory, switched off, or nothing that does not arrive is asked for */
} RuleStanding;

/*
 * How all of them stand, at the places that rule_index() gives: those of the table and the site's own of context->settings. `context`
 * tells what is configured, selected and readable; `flags` has true for each rule with an open finding on the object; `is_left_out`
 * where the object never arrives. Both arrays have a place for each rule.
 */
void arrival_standings(const EvaluateContext *context, const Object *object, const bool *flags,
                       bool is_left_out, RuleStanding *ret);
