/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What people meet when something did not arrive: an error of the portal, the mail, the connector or the event log. For each, which
 * rules are behind it. The table is symptom-table.c.
 */

#include <stdbool.h>

#include "lib/core/buffer.h"

typedef struct Symptom {
        const char *name;         /* as Microsoft calls it */
        const char *const *texts; /* other words and numbers for it; ends with NULL */
        const char *seen;         /* where it is met */
        const char *meaning;
        const char *const *rules; /* ids, the likeliest first; ends with NULL */
        const char *advice;
        const char *source;
} Symptom;

size_t symptom_count(void);
const Symptom *symptom_at(size_t index);

/*
 * A text that somebody has before him, from a word or a number to a whole message, in a form that is looked for. Case and whatever is
 * no letter and no digit do not count.
 */
typedef struct SymptomQuery {
        Buffer words; /* " in lower case with blanks around " */
        size_t n_words;
} SymptomQuery;

int symptom_query_init(SymptomQuery *query,
                       const char *text); /* 0 or -ENOMEM; done with it either way */
void symptom_query_done(SymptomQuery *query);

/*
 * Does the text name it? Words count where they stand as such: "SoftMatch" is not "InvalidSoftMatch". A number counts where it is
 * nearly all of the text, or behind a word such as "error" or "event": long messages hold many numbers. 1, 0, or -ENOMEM.
 */
int symptom_matches(const Symptom *symptom, const SymptomQuery *query);
