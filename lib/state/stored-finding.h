/* SPDX-License-Identifier: MIT */
#pragma once

/* What stands in the database of one object and key, copied: the statement is used again. */

#include "lib/core/buffer.h"
#include "lib/core/rule.h"
#include "lib/state/store.h"

typedef struct StoredFinding {
        uint64_t id;
        RuleClass class;
        Severity severity;
        Certainty certainty;
        AttributeId attribute;
        char *rule, *detail, *advice;
        char *fold; /* as in Verdict; NULL: none */
        Buffer value;
        int64_t look_again_at; /* 0: the clock changes nothing */
        bool is_accepted;      /* somebody lives with it: counted apart */
        bool is_confirmed;     /* a verdict of now says the same */
} StoredFinding;

typedef struct StoredFindings {
        StoredFinding *rows;
        size_t n, n_allocated;
} StoredFindings;

void stored_findings_reset(StoredFindings *stored); /* keeps the memory */
void stored_findings_done(StoredFindings *stored);

/* In place of what was read before. 0 or negative. */
int stored_findings_read(StoredFindings *stored, Store *store, int64_t object, int64_t key);

StoredFinding *stored_findings_find(StoredFindings *stored,
                                    uint64_t id); /* NULL: it is not there */
