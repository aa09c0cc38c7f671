/* SPDX-License-Identifier: MIT */
#pragma once

/* What predict.c (names) and predict-address.c (addresses) share: one calculation on its way. */

#include "lib/core/crowd.h"
#include "lib/core/facts.h"
#include "lib/core/predict.h"

typedef struct Predictor {
        const PredictContext *context;
        const Tenant *tenant;
        Facts facts; /* with the sign-in name that the connector makes up where it must */
        Prediction *prediction;

        Slice *secondary, *others;
        PredictedDrop *dropped;
        Crowd held;          /* all addresses kept so far, folded */
        bool says_unlisted;  /* the note on a missing list of domains is there */
        bool says_taken;     /* the note on a taken nickname is there */
        bool misses_initial; /* an address at the initial domain could not be made */
        int error;           /* -ENOMEM: what is said and kept from then on does not matter */
} Predictor;

/* A text in the prediction's memory. Empty, never NULL, where there is no memory. */
const char *predictor_say(Predictor *predictor, const char *format, ...) _printf_(2, 3);

/* A value as it may stand in such a text. */
const char *predictor_show(Predictor *predictor, Slice value);

/* Adds a sentence that predictor_say() made, or a literal. */
void predictor_note(Predictor *predictor, const char *sentence);

/*
 * Why a domain cannot be in use with this tenant, as a clause; NULL: it can be. Where no list of domains was configured, those of
 * the Internet get the benefit of the doubt, and a note.
 */
const char *predictor_disowns(Predictor *predictor, Slice domain);

/* predict-address.c: primary, secondary, others and dropped, from the names that are in the prediction already. */
void predict_addresses(Predictor *predictor);
