/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The up-to-dateness vector of a naming context: for each source, how much of its writing has arrived
 * ([MS-DRSR] 5.198, 5.204, versions 1 and 2). A DC's own cursor is not in its own vector.
 */

#include <stddef.h>
#include <stdint.h>

#include "lib/core/guid.h"

typedef struct UtdCursor {
        Guid invocation_id;
        int64_t usn;
} UtdCursor;

typedef struct UtdVector {
        UtdCursor *cursors; /* owned, sorted as sent */
        size_t n_cursors;
} UtdVector;

void utd_vector_done(UtdVector *vector);

/* Parses replUpToDateVector. 0, -ENOMEM, -EBADMSG (length, count or version wrong); *ret only on success. */
int utd_vector_parse(const void *data, size_t size, UtdVector *ret);

/* The cursor of one source: 1 and *ret, or 0 where the vector has none. */
int utd_vector_find(const UtdVector *vector, const Guid *invocation_id, int64_t *ret);
