/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A dispute: the objects that claim one key, on their way through the rules that need several objects. Only holders in scope
 * dispute, and never with another object of their own person. Private to rule-shared*.c.
 *
 * What holders are to each other depends on a few properties of each, so they are counted by these properties and then meet
 * the counts: the work grows with the number of holders, not with its square.
 */

#include "lib/core/evaluate-internal.h"

typedef struct Dispute {
        const Holder *holders;
        size_t n_holders;
        const uint32_t *persons;
        Crowd *crowd;
        KeyOutcome *outcome;
} Dispute;

/* Crowds are noted under what they have in common, and a number where that has one. */
typedef enum Common {
        COMMON_KEY,      /* nothing but the key */
        COMMON_SPELLING, /* equal in the exact fold as well */
        COMMON_PROFILE,  /* addresses: number is the profile */
        COMMON_PROFILE_SPELLING,
        COMMON_FOREST,
        COMMON_FOREST_MAILBOX, /* mailboxes of one forest */
        COMMON_ENABLED,        /* enabled objects */
} Common;

int dispute_note(const Dispute *dispute, size_t index, Common common, unsigned number, Slice text);

/* Does another person share this with the holder? */
bool dispute_has_other(const Dispute *dispute, size_t index, Common common, unsigned number,
                       Slice text);

/* The verdict that the row describes, on what the holder claims. */
Verdict dispute_verdict(const Dispute *dispute, const Hearing *hearing, const Rule *rule,
                        size_t index);

/* Why it is not certain, if it is not: `is_same_spelling` in the exact fold. NULL: it is. */
const char *dispute_doubt(bool is_same_spelling);

/* Runs a function for every holder and marks which verdicts are whose. 0 or -ENOMEM. */
typedef void (*DisputeFunction)(const Dispute *dispute, Hearing *hearing, size_t index,
                                const void *userdata);
int dispute_for_each(const Dispute *dispute, DisputeFunction function, const void *userdata);

/* rule-shared-former.c: the user deleted last who is known by the key, NULL: none; and what that means for one of the others. */
const Holder *dispute_find_former(const Dispute *dispute);
void dispute_report_former(const Dispute *dispute, Hearing *hearing, const Rule *rule, size_t index,
                           const Holder *former);

/* rule-shared-address.c. 0 or -ENOMEM. */
int dispute_judge_addresses(const Dispute *dispute);
