/* SPDX-License-Identifier: MIT */
#pragma once

/* Where following a naming context has come to: committed with the answer that brought it there, never apart from it. */

#include <stdint.h>

#include "lib/core/buffer.h"
#include "lib/core/guid.h"

typedef struct Cursor {
        char *dc;           /* dnsHostName of the DC that was asked; owned */
        Guid dsa;           /* objectGUID of its NTDS Settings */
        Guid invocation_id; /* the epoch of its USNs */
        int64_t watermark;  /* highestCommittedUSN read before the answer's search */
        int64_t followed_from; /* rows above this were read in this epoch; those below may stand as another DC showed them */
        int64_t overlap_base; /* the watermark of a poll that is old enough: late commits are looked for above it */
        int64_t overlap_base_time; /* when that poll was, Unix seconds */
        Buffer vector; /* replUpToDateVector as sent, read before the watermark; empty: there was none */
        int64_t polled_at; /* Unix seconds, by our clock */

        /*
         * After fail-overs: 24 bytes for each DC left behind, its invocationId and, little end first, the highest USN seen. What it
         * wrote last may not have arrived at the DC followed now. Empty: all has. See feed-unconfirmed.c.
         */
        Buffer unconfirmed;
        int64_t unconfirmed_since; /* Unix seconds */

        /* The newest object seen in this epoch: should its USN ever go down, the DC was put back to an old copy. */
        Guid canary; /* null: none seen yet */
        int64_t canary_usn;
} Cursor;

void cursor_done(Cursor *cursor);
int cursor_copy(const Cursor *cursor, Cursor *ret); /* 0 or -ENOMEM */
