/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What stands behind the @: every domain name in user principal names and mail addresses of the objects that arrive, and how many
 * objects have it where. Reads all of them, in short transactions.
 */

#include "lib/core/config.h"
#include "lib/state/store.h"

typedef enum SuffixPlace {
        SUFFIX_UPN, /* or what LoginAttribute= names */
        SUFFIX_PRIMARY,
        SUFFIX_SECONDARY,
        SUFFIX_MAIL,
} SuffixPlace;

#define SUFFIX_PLACES (SUFFIX_MAIL + 1)

typedef struct Suffix {
        char *name;               /* in lower case */
        int64_t n[SUFFIX_PLACES]; /* objects that have it there, each once */
        int64_t n_own; /* users who sign in with it, or users and groups whose primary address it is: not contacts */
} Suffix;

typedef struct SuffixList {
        Suffix *suffixes; /* the most used first */
        size_t n;
        int64_t n_objects;
        struct SuffixTable *table;
} SuffixList;

/* Between two transactions: how many objects were read so far. */
typedef void (*SuffixProgress)(int64_t n_objects, void *userdata);

/* `progress` may be NULL. 0 or negative. */
int suffix_list_new(Store *store, const Config *config, SuffixProgress progress, void *userdata,
                    SuffixList **ret);
SuffixList *suffix_list_free(SuffixList *list);
DEFINE_CLEANUP(SuffixList, suffix_list_free)
