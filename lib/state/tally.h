/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * How many findings opened and closed in one answer, by domain and rule: what the counters change by, and whether people are told
 * of each or of their number.
 */

#include "lib/core/rule.h"
#include "lib/state/event.h"
#include "lib/state/fate.h"
#include "lib/state/store.h"

typedef struct Tally {
        struct TallyRule *rules; /* of a domain */
        size_t n_rules;
        struct TallyCount *counts; /* changes of the counters */
        size_t n_counts;
        struct TallyFold *folds; /* changes of how many fold */
        size_t n_folds;
        struct TallyFates *fates; /* likewise, of the fates of a domain */
        size_t n_fates;
} Tally;

void tally_done(Tally *tally);

/* One finding more (1) or less (-1) of those that are accepted or not. 0 or -ENOMEM. */
int tally_count(Tally *tally, int64_t domain, const char *rule, RuleClass class, Severity severity, bool is_accepted, int64_t n);

/* One more or less of those that fold into one of their domain. 0 or -ENOMEM. */
int tally_fold(Tally *tally, int64_t domain, const char *rule, Slice fold, int64_t n);

/* So many objects more or less come to this. 0 or -ENOMEM. */
int tally_fate(Tally *tally, int64_t domain, Fate fate, int64_t n);

/* One more that opened or closed (EVENT_OPENED, EVENT_CLOSED), the how manyth of its rule in *ret. `n` -1 takes it back. The summary
 * has the severity of the table, or, of a rule that is not in it, the worst of its findings. */
int tally_event(Tally *tally, int64_t domain, const char *rule, EventType type, int64_t n, int64_t *ret);

/* More of one rule than this in one answer is told as one event: nobody reads them one by one. */
#define TALLY_EVENTS_PER_RULE 100

/*
 * At the end of the answer: writes the counters, and for each rule with too many events one summary in place of those behind
 * `last_event`. `is_silent`: no event was written for any, and each rule gets its baseline. 0 or negative.
 */
int tally_write(Tally *tally, Store *store, int64_t now, bool is_silent, int64_t last_event);

/* The counters alone, in the middle of an answer or outside of one: what was written is not written again. 0 or negative. */
int tally_write_counts(Tally *tally, Store *store);
