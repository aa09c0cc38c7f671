/* SPDX-License-Identifier: MIT */
#pragma once

/* The facts that comments of a file tell of a domain: see README.md. */

#include "lib/core/directory-facts.h"

typedef struct FactList {
        DirectoryFacts facts;
        ScopeUnit *units;
        Trace *traces;
        char **strings; /* behind them */
        size_t n_strings;
        const char *hidden;
} FactList;

void fact_list_init(FactList *list, const char *dn, int64_t now);
void fact_list_done(FactList *list);

/* One fact: "recycle-bin no". 0; -EBADMSG where it is not understood; -ENOMEM. */
int fact_list_add(FactList *list, const char *words);

/* "90m", "5h", "3d": so long before now. */
bool fact_age(const char *word, int64_t now, int64_t *ret);
