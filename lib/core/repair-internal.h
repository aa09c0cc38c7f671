/* SPDX-License-Identifier: MIT */
#pragma once

/* What repair.c (trying) and repair-proposal.c (proposing) share. */

#include "lib/core/facts.h"
#include "lib/core/repair.h"

#define PROPOSAL_MAX 8 /* edits for one verdict */

/* The edits that one verdict asks for; one may take a value away and put another in its place. */
typedef struct Proposal {
        const Facts *facts;
        const Tenant *tenant;
        const Verdict *verdict;
        Arena *arena; /* for values that are made */
        RepairEdit edits[PROPOSAL_MAX];
        size_t n_edits;
        int error; /* -ENOMEM */
} Proposal;

/* Fills in the edits; none where there is no proposal for the rule or this case of it. */
void proposal_make(Proposal *proposal);
