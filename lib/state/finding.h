/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What judging says now against what was found before: findings open, close, or go on; counters and events follow. One
 * Findings lives as long as one answer, because how much is told of a change depends on how much changed.
 */

#include "lib/core/evaluate.h"
#include "lib/state/hold.h"
#include "lib/state/id-list.h"
#include "lib/state/store.h"
#include "lib/state/tally.h"

/* Whom a finding is about. The DN is his present one. */
typedef struct FindingSubject {
        int64_t object;
        int64_t domain;
        Guid guid;
        Kind kind;
        const char *dn;
} FindingSubject;

typedef struct Findings {
        Store *store;
        int64_t now;
        bool is_silent;     /* what opens is a baseline: no event for each */
        int64_t last_event; /* the newest before this answer */
        int64_t answering;  /* the domain whose answer this is; 0: nothing was asked */
        IdList doubted;     /* see findings_doubt() */
        bool has_held;      /* something is held, or was when this began */
        size_t opened, closed;
        Tally tally;
        struct FindingEnd *ends; /* disputes that end, unless another key says the same */
        size_t n_ends, n_ends_allocated;
        struct StoredFindings *stored; /* scratch */
} Findings;

int findings_init(Findings *findings, Store *store, int64_t now, bool is_silent); /* 0, -ENOMEM, or as the store says */
void findings_done(Findings *findings);

/*
 * The domain controller that is followed in this domain may be behind the one before, so that its word ends nothing: what would close by
 * it stays as it was and is held, see hold.h, and nobody is told; until a verdict confirms it, or findings_release(). 0 or -ENOMEM.
 */
int findings_doubt(Findings *findings, int64_t domain);

/*
 * Makes what is stored of an object under a key (0: of the object alone) equal to these verdicts. What was found before keeps
 * its `opened`; if only its severity, certainty or words changed it is no event. `is_new`: nothing is stored of the object.
 */
int findings_diff(Findings *findings, const FindingSubject *subject, int64_t key, const Verdict *verdicts, size_t n, bool is_new);

/* Of a key that the object does not hold any more: whatever was found under it ends. */
int findings_renounce(Findings *findings, const FindingSubject *subject, int64_t key);

/*
 * What is found under a key may be found again under another one: a linked mailbox that names another account than before is
 * still without one. So findings under a key end only when all keys were judged: findings_end() is called for each then.
 */
size_t findings_ends(const Findings *findings);
int64_t findings_end_object(const Findings *findings, size_t index);
int findings_end(Findings *findings, const FindingSubject *subject, size_t index);

/* The domains for which something is held, and that are doubted no more: appended. 0 or negative. */
int findings_released(Findings *findings, IdList *ret);

/* It is not held for this domain any more, and closes if it is held for no other. The subject NULL: there is no such object. */
int findings_release(Findings *findings, const FindingSubject *subject, const Hold *hold);

/* Closes all that an object has, which is gone; or holds it, if that is doubted. */
int findings_close(Findings *findings, const FindingSubject *subject);

/* Takes back what a repeated entry of a first read opened: as if it had never been. */
int findings_forget(Findings *findings, int64_t object);

/* Writes the counters as far as they have come: the domain itself is judged by them. 0 or negative. */
int findings_count_up(Findings *findings);

/* Writes counters, baselines and summaries. Once, at the end of the answer. */
int findings_finish(Findings *findings);
