/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What becomes of an object, in one word: how many there are of each is counted with every finding that opens or closes, so that a
 * status need not look at a million objects. An object counts once, by the worst that is found of it.
 */

#include "lib/core/rule.h"
#include "lib/state/store.h"

/* The worst first. The numbers stand in the database. */
typedef enum Fate {
        FATE_LEFT_OUT,
        FATE_FAILS,
        FATE_ALTERED,
        FATE_NOTED,     /* altered as well, but nothing worse than a notice says so */
        FATE_EXPECTED,  /* left out, and meant to be: notices say so */
        FATE_UNCHANGED, /* nothing of the kind is found; not counted */
        FATE_IN_SCOPE, /* of everybody: live, in a selected container, and let through by Filter= and GroupFilter= */
} Fate;

#define FATE_MAX (FATE_IN_SCOPE + 1)

/* What one finding makes of an object. */
static inline Fate fate_of(RuleClass class, Severity severity)
{
        switch (class) {
        case RULE_EXCLUDED:
                return severity == SEVERITY_NOTICE ? FATE_EXPECTED : FATE_LEFT_OUT;
        case RULE_FAILS:
                return FATE_FAILS;
        case RULE_ALTERED:
                return severity == SEVERITY_NOTICE ? FATE_NOTED : FATE_ALTERED;
        case RULE_DIRECTORY:
                return FATE_UNCHANGED;
        }

        return FATE_UNCHANGED;
}

/* What all findings of an object make of it but this one, which may be there or not. 0 or negative. */
int fate_without(Store *store, int64_t object, int64_t key, uint64_t id, Fate *ret);
