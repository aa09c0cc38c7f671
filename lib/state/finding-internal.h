/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One finding of Findings. `key` is what it is found under, 0: the object alone. All return 0 or negative unless they say otherwise.
 */

#include "lib/state/finding.h"
#include "lib/state/stored-finding.h"

/* Does the word of the domain controller that is followed there end nothing? See findings_doubt(). */
bool findings_doubt_domain(const Findings *findings, int64_t domain);

/* `is_new`: nothing is stored of the object, so it was not found under another key before. */
int finding_open(Findings *findings, const FindingSubject *subject, int64_t key, uint64_t id,
                 const Verdict *verdict, bool is_new);

/* The same finding, perhaps in other words: since when it is open does not change. */
int finding_go_on(Findings *findings, const FindingSubject *subject, int64_t key,
                  const StoredFinding *row, const Verdict *verdict);

/* Since when is the same found of the object under another key? 1 and *ret, 0: it is not. Negative: errno. */
int finding_elsewhere(Findings *findings, int64_t object, int64_t key, uint64_t id, int64_t *ret);

/* Nothing supports it any more: it closes, or is held. `is_renounced`: the object does not hold the value any more. */
int finding_drop(Findings *findings, const FindingSubject *subject, int64_t key,
                 const StoredFinding *row, bool is_renounced);

int finding_close(Findings *findings, const FindingSubject *subject, int64_t key,
                  const StoredFinding *row);

/* Takes a row away and counts it no more; whether anybody is told is another matter. */
int finding_remove(Findings *findings, int64_t object, int64_t key, const StoredFinding *row);

/* It never was: its opening is not counted, either. */
int finding_forget(Findings *findings, int64_t object, int64_t key, const StoredFinding *row);
