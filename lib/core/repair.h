/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What would put an object right: values that pass every check, that nobody else holds, and that say nothing new of the object. What a
 * person must decide gets no proposal. Pure: who else holds a value is asked of the caller.
 */

#include "lib/core/arena.h"
#include "lib/core/evaluate.h"

/* A value that goes, or one that comes: the other is missing (data NULL). */
typedef struct RepairEdit {
        AttributeId attribute;
        Slice old, new;
} RepairEdit;

/* A verdict that is gone then. */
typedef struct RepairReason {
        const Rule *rule;
        AttributeId attribute;
        const char *detail; /* NULL: none */
} RepairReason;

/* Slices and strings live in its memory, so it may outlive the object. */
typedef struct Repair {
        RepairEdit *
                edits; /* the net difference: first all that goes, then all that comes, by attribute */
        size_t n_edits;
        RepairReason *reasons;
        size_t n_reasons;

        Arena arena; /* private */
} Repair;

typedef struct RepairContext {
        const EvaluateContext *evaluate;

        /* Is a verdict of this rule to be repaired? */
        bool (*is_wanted)(const Rule *rule, void *userdata);

        /* Does nobody but the object itself hold the value? 1, 0, or negative. */
        int (*is_free)(KeySpace space, Slice value, void *userdata);
        void *userdata;
} RepairContext;

/*
 * Finds the repairs of one live object, and what it becomes: `result` is reset and filled, but left alone where nothing is proposed.
 * 1: something is. 0: nothing. Negative: errno. repair_done() in any case.
 */
int repair_object(const RepairContext *context, const Object *object, Repair *ret, Object *result);
void repair_done(Repair *repair);

/* The rules that have a proposal, by number; NULL: past the end. */
const char *repair_rule(size_t index);
