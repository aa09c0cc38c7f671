/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What happened to one object, as the event log has it, and what time it is: the input of the rules that judge by history. The
 * same log and the same time give the same verdicts.
 */

#include <stddef.h>
#include <stdint.h>

#include "lib/core/text.h"

typedef enum PastType {
        PAST_UPN_CHANGED,    /* userPrincipalName */
        PAST_ANCHOR_CHANGED, /* the effective source anchor: see predict_anchor_attribute() */
        PAST_RESTORED,       /* undeleted; value: names of the attributes it lost, with blanks between */
} PastType;

typedef struct PastEvent {
        PastType type;
        int64_t at;      /* Unix seconds: when we saw it */
        Slice value;     /* since then; empty: none */
        Slice old_value; /* until then */
} PastEvent;

typedef struct Past {
        const PastEvent *events; /* the oldest first */
        size_t n_events;
        int64_t now;
        int64_t deleted_at; /* 0: the object is live */

        /* Of its domain. */
        int recycle_bin;       /* 1, 0, -1 not known */
        int64_t lifetime_days; /* how long deleted objects stay; 0: not known */
} Past;

/* How long Entra ID keeps a deleted user. */
#define CLOUD_KEEPS_DELETED_DAYS 30

/* The first and the last of a type at or after `since`; NULL: there is none. */
const PastEvent *past_first(const Past *past, PastType type, int64_t since);
const PastEvent *past_last(const Past *past, PastType type, int64_t since);
