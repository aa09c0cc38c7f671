/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What is wrong with one domain, told once for each change and now and then while it lasts: a domain controller that is down
 * for a weekend is worth some lines, not thousands.
 */

#include <stdbool.h>
#include <stdint.h>

typedef struct Complaint {
        const char *code; /* of the present trouble, for health.json; NULL: all is well */
        unsigned n;       /* failures in a row */

        const char *message_id; /* of what is still to be told; NULL: nothing */
        char *text;
        const char *told_code;
        int64_t told_at;
} Complaint;

void complaint_done(Complaint *complaint);

/* Something failed. `code` and `message_id` live for ever, the text (a sentence without a full stop) is copied. */
void complaint_add(Complaint *complaint, const char *message_id, const char *code,
                   const char *text);

/*
 * Now it is known when the next attempt comes: logs what was added, "…, retrying in 30s". Milliseconds. True where it was news,
 * and not merely noted at debug.
 */
bool complaint_tell(Complaint *complaint, const char *domain, int64_t now, int64_t retry_at);

/* All is well: says so where trouble had been told. */
void complaint_end(Complaint *complaint, const char *domain);
