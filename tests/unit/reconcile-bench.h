/* SPDX-License-Identifier: MIT */
#pragma once

/* What the tests of the reconcile share. Every one of these expects that nothing fails. */

#include "tests/unit/feed-bench.h"

/* A fixture: followed for so long that nothing of the first read can come late any more. */
void setup_followed(void);

/* One poll; so many polls that nothing of what was written before is looked for any more; and a comparison. */
void poll_well(void);
void poll_past_overlap(void);
ClientTurn run_reconcile(bool accept_deletions);
void reconcile(void);

void replicate_all(void);
void fail_over(void); /* to the second controller, without a full read */

/* Behind the feed's back, as a mistake of ours would do it: the row as it was before its last change; and none at all. */
void make_older(unsigned object);
void lose(unsigned object);

/* What the domain's counters say. */
void expect_counts(int64_t missed, int64_t differences);
