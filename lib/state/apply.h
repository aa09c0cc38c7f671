/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * From an accepted answer to one committed transaction: objects, findings, events and the cursor together. First read, full
 * read, delta, re-evaluation after a reload: all are this one path.
 *
 *   apply_new → apply_stage for every entry → apply_accept → apply_step until it says done
 *
 * apply_free() before apply_accept() drops the answer: the cursor stays, nothing visible has changed. Steps are budgeted; the
 * transaction stays open between them, so only one Apply of a Store may be past apply_accept() at a time (-EBUSY). Others may
 * go on staging meanwhile.
 */

#include "lib/core/config.h"
#include "lib/core/object.h"
#include "lib/state/cloud.h"
#include "lib/state/domain.h"

typedef struct Apply Apply;

typedef enum ApplyKind {
        APPLY_FIRST, /* the first read of a domain: rows become visible when it is accepted */
        APPLY_FULL, /* a later full read: what is absent becomes a candidate for deletion, see apply_absent() */
        APPLY_DELTA,      /* what changed */
        APPLY_REEVALUATE, /* nothing new: judge the cache again. Needs no staging and no cursor */
        APPLY_DUE, /* likewise: judge again what the clock may have changed. Every other kind does that in passing */
        APPLY_CLOUD, /* an inventory of the cloud: it counts from now on, and all domains are judged by it, whichever is given */
} ApplyKind;

typedef struct ApplySettings {
        const Config *config;              /* rules, tenant, OU lists; must outlive the Apply */
        const DomainConfig *domain_config; /* NULL: the whole domain is selected */
        int64_t now;        /* Unix seconds: what opened, closed and deleted is dated with it */
        Guid invocation_id; /* of the DC that answers: the epoch of its USNs. Not without an answer */
        AttributeSet requested; /* the attribute list of the search. Likewise */
        bool is_silent; /* an upgrade or a rule change: findings open as a baseline, with one summary a rule */
        bool is_distrustful; /* the DC was rolled back: a USN of its epoch may have been given twice, so rows are compared */
        const CloudPart *cloud_parts; /* APPLY_CLOUD: what comes; must outlive the Apply */
        size_t n_cloud_parts;
} ApplySettings;

enum {
        APPLY_MORE = 1, /* call again */
};

/*
 * 0, -ENOMEM, or as the store says. `domain` is updated when the transaction has committed. Where the domain's claims and
 * findings were made by other rules or another configuration (domain_is_derived()), the Apply judges the whole domain again,
 * silently, whatever its kind.
 */
int apply_new(Store *store, Domain *domain, ApplyKind kind, const ApplySettings *settings,
              Apply **ret);
Apply *apply_free(Apply *apply);
DEFINE_CLEANUP(Apply, apply_free)

/*
 * Takes one entry of the answer: live or tombstone, containers too; any order, repeats allowed (the later one counts). Entries
 * without objectGUID are counted and skipped. The object is not kept. 0 or negative: then drop the answer.
 */
int apply_stage(Apply *apply, const Object *object);

/*
 * An APPLY_FIRST writes what was staged to the database before it is accepted, in small committed batches that no view shows: best while
 * the server computes what comes next. Is there something to write? Then apply_catch_up() writes a batch of it: APPLY_MORE, there is more;
 * 0; -EBUSY: nothing happened, another process writes to the database; otherwise negative: drop the answer. Where nobody calls it
 * apply_stage() does, as soon as there are four.
 */
bool apply_is_behind(const Apply *apply);
int apply_catch_up(Apply *apply);

/*
 * An answer may also say who is in the groups of ApplySettings.config->memberships: all members of the one at this index are told, from
 * apply_membership() on, which forgets what was told of it before. In an APPLY_FIRST before the first entry. 0 or -ENOMEM.
 */
int apply_membership(Apply *apply, size_t index);
int apply_stage_member(Apply *apply, size_t index, const Guid *guid);

/* Was an entry with this GUID staged? */
bool apply_has_staged(const Apply *apply, const Guid *guid);

/*
 * Parents that staged entries name, but that neither the cache nor the answer holds, as containers of unusual classes are.
 * Read each by a base search at <GUID=…> and stage what comes; that may name further ones. Where nothing comes, the name is
 * taken from the child's. 1 and *ret, each GUID once; 0: no more. Negative: errno.
 */
int apply_next_unknown_parent(Apply *apply, Guid *ret);

/*
 * A reconcile, in an APPLY_DELTA whose search is complete: what does the cache know of a row that the server shows? Takes it down as
 * shown, for apply_absent_find(). What is staged from the first look on repairs the cache: it is no late commit. 0 or negative.
 */
typedef struct ApplyRow {
        bool is_known;     /* the cache has it; else the rest of this is zero … */
        bool is_container; /* … and it is no user, contact or group */
        bool is_deleted;
        bool is_foreign; /* it stands as a DC of another epoch showed it: its USN says nothing */
        int64_t usn;
        bool is_staged; /* … but for this: the answer itself has brought it */
} ApplyRow;

int apply_look_up(Apply *apply, const Guid *guid, ApplyRow *ret);

/* For the counter of the domain, which is written with the answer: a change was missed. */
void apply_count_missed(Apply *apply);

/* What is staged of this object is held against its row, and counts as such a difference if it is one. 0 or -ENOMEM. */
int apply_compare(Apply *apply, const Guid *guid);

/*
 * APPLY_FULL or a reconcile, when all is staged: live rows of the cache that the answer did not bring. They are candidates only: an answer
 * can be complete and still lack objects (rights that changed, a server that is behind). apply_absent_find() looks for them
 * within a budget of rows: APPLY_MORE, 0, or negative. Then read each by a base search at <GUID=…>: if it comes, stage it; if the
 * server says noSuchObject, apply_absent_confirm() it, and it is applied as a deletion. What is neither is kept as it was.
 */
int apply_absent_find(Apply *apply, unsigned budget);
const Guid *apply_absent(const Apply *apply, size_t *ret_n); /* lives until the Apply ends */
int apply_absent_confirm(Apply *apply, const Guid *guid);    /* 0, -ENOMEM */

/*
 * The answer is complete: from here on the transaction exists. `cursor` is copied; NULL where there was no answer. 0; -EBUSY while
 * another Apply has the transaction, or another process writes: nothing happened, try again later; other errors: drop the Apply.
 */
int apply_accept(Apply *apply, const Cursor *cursor);

/*
 * Does at most about `budget` units of work (one object, or one key). 0: committed. APPLY_MORE: call again. Negative: rolled
 * back, drop the Apply.
 */
int apply_step(Apply *apply, unsigned budget);

typedef struct ApplySummary {
        size_t staged, changed, unchanged, deleted,
                skipped;       /* skipped: no objectGUID, or a kind that is not kept */
        size_t opened, closed; /* findings */
        size_t late; /* changed rows at or below the watermark of their own epoch: late commits */
        size_t missed, adopted_differences; /* see apply_count_missed() */
} ApplySummary;

/* Is there anything in a domain that the clock may have changed: is an APPLY_DUE due? 1, 0, or negative. */
int apply_is_due(Store *store, const Domain *domain, int64_t now);

ApplyKind apply_kind(const Apply *apply);

const ApplySummary *apply_summary(const Apply *apply);
