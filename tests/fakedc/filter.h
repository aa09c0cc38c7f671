/* SPDX-License-Identifier: MIT */
#pragma once

/* A search filter as it comes over the wire, and whether an entry matches it. */

#include <lber.h>

#include "tests/fakedc/directory.h"

typedef enum Match {
        MATCH_NO,
        MATCH_YES,
        MATCH_UNKNOWN, /* a rule or a form that this server does not know: stays unknown through NOT */
        MATCH_ERROR, /* not a filter */
} Match;

/* `filter` is one element, tag and all. */
Match filter_match(const struct berval *filter, const Entry *entry);

/* Is it (objectClass=*), the one filter that change notifications take? */
bool filter_is_present_class(const struct berval *filter);
