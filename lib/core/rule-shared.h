/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A dispute: the objects that claim one key, on their way through the rules that need several objects. Only holders in scope
 * dispute, and never with another object of their own person. Private to rule-shared*.c.
 *
 * What holders are to each other depends on a few properties of each, so they are counted by these properties and then meet
 * the counts: the work grows with the number of holders, not with its square.
 */

#include "lib/core/arena.h"
#include "lib/core/crowd.h"
#include "lib/core/evaluate-internal.h"

/* Who names a SID in one way: two different objects answer whether there is another. */
typedef struct NamingObject {
        bool is_there;
        size_t number;
        Guid guid;
} NamingObject;

typedef struct Naming {
        NamingObject first, second;
} Naming;

/* A deleted user who is known by the key. */
typedef struct Former {
        int64_t deleted_at; /* 0: there is none */
        Guid guid;
        Buffer dn, anchor;
} Former;

/* Of an address at a holder: rule-shared-address.c. */
#define DISPUTE_PROFILES 128

typedef struct Dispute {
        KeySpace space;
        KeyRound round;
        const Holder *holders; /* of the part that is looked at */
        size_t n_holders;
        size_t first; /* the number of the first of them */
        KeyOutcome *outcome;

        /* Of all holders. */
        Crowd crowd;
        Arena texts;       /* that the crowd was noted under, where holders come in parts */
        bool is_in_parts;
        uint32_t *persons; /* a number a holder: equal numbers are one claimant. First the links of a forest of sets */
        size_t n_persons, n_persons_allocated;
        bool seen[DISPUTE_PROFILES];
        Naming self, master, originator;
        Former former;
} Dispute;

/* The text, or a copy of it that outlives the part. `ret` NULL data: no memory. 0 or -ENOMEM. */
int dispute_keep_text(Dispute *dispute, Slice text, Slice *ret);

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

int dispute_note(Dispute *dispute, size_t index, Common common, unsigned number, Slice text);

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

/*
 * rule-shared-former.c: takes down the user deleted last who is known by the key, 0 or -ENOMEM; and what that means for one of the
 * others.
 */
int dispute_note_former(Dispute *dispute);
void dispute_report_former(const Dispute *dispute, Hearing *hearing, const Rule *rule,
                           size_t index);

/* rule-shared-address.c: the round of counts and that of verdicts. 0 or -ENOMEM. */
int dispute_note_addresses(Dispute *dispute);
int dispute_judge_addresses(const Dispute *dispute);

/* rule-shared.c: for all spaces. */
int dispute_note_all(Dispute *dispute);
int dispute_judge_all(const Dispute *dispute);
