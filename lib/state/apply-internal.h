/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the files of apply share. apply.c is the contract and the order of phases; apply-stage.c takes entries in; apply-audit.c
 * says what the cache has of them; apply-object.c and
 * apply-judge.c are pass 1, one object at a time; apply-bulk.c compares the claims of a whole domain; apply-touched.c is pass 2, apply-key.c
 * for one key, and apply-many.c for one that very many hold. apply-likeness.c and apply-cloud.c hold an inventory of the cloud against all
 * that, and apply-cloud-key.c says under which keys they meet.
 *
 * The order of phases is what keeps a value that moves from one object to another inside one answer from ever being disputed:
 * all objects and their claims first, then the keys. And joins before everything that depends on who is in scope.
 */

#include "lib/state/apply.h"
#include "lib/state/budget.h"
#include "lib/state/claim-pile.h"
#include "lib/state/claim.h"
#include "lib/state/container-tree.h"
#include "lib/state/derivation.h"
#include "lib/state/finding.h"
#include "lib/state/guid-map.h"
#include "lib/state/id-list.h"
#include "lib/state/id-set.h"
#include "lib/state/judge.h"
#include "lib/state/likeness.h"
#include "lib/state/membership.h"
#include "lib/state/roll-call.h"
#include "lib/state/stage.h"

typedef enum ApplyPhase {
        PHASE_LEFTOVERS,  /* rows of a first read that was interrupted go */
        PHASE_DRAIN,      /* the rest of a first read */
        PHASE_CONTAINERS, /* names first, so that objects find theirs */
        PHASE_RESELECT, /* which containers does the configuration select now? An interrupted first read may have left some */
        PHASE_OBJECTS,  /* what the answer says of objects */
        PHASE_ABSENT,   /* what a full read did not find, and a base read neither */
        PHASE_UNTOLD,   /* what was not told until a domain controller had caught up */
        PHASE_BELOW,    /* objects below containers that became selected or no longer are */
        PHASE_DUE,      /* objects that the clock may have changed the findings of */
        PHASE_MEMBERS,  /* who came into a group that the scope or a rule names, or left it */
        PHASE_COUNTED,  /* groups whose members were counted anew */
        PHASE_CACHE,    /* all rows of the domain: only where it is judged again as a whole */
        PHASE_SORT,
        PHASE_REPEATS,   /* entries that a first read brought twice */
        PHASE_WITHDRAWN, /* the claims of the former ones */
        PHASE_MERGE,     /* claims that are gone, and keys that must be judged */
        PHASE_INSERT,    /* claims that are new */
        PHASE_STORED,    /* keys under which something was found before */
        PHASE_SORT_KEYS,
        PHASE_JOINS,    /* keys that make persons of objects */
        PHASE_DEFERRED, /* objects whose own findings depend on that */
        PHASE_ALIKE, /* who is in order on both sides: where the inventory is new, or a domain is */
        PHASE_CLOUD, /* objects of the cloud that became, or are no more, somebody's counterpart */
        PHASE_SORT_CLOUD,
        PHASE_CLOUD_CLAIMS, /* what they claim, and do no more */
        PHASE_COUNTERPARTS, /* objects of which the cloud's inventory may say something else than before */
        PHASE_SORT_REST,
        PHASE_KEYS,
        PHASE_ENDS,      /* what was found under keys and is found no more */
        PHASE_RELEASE,   /* what was held until a domain controller had caught up */
        PHASE_DIRECTORY, /* what is found of the domains themselves */
        PHASE_FINISH,    /* counters, summaries, the cursor */
        PHASE_COMMIT,
        PHASE_CHECKPOINT,
        PHASE_DONE,
} ApplyPhase;

/* The holders of one key, counted in passing. */
typedef struct ApplyGroup {
        int64_t key;
        size_t n;
        unsigned places;
        bool is_ours; /* the domain has or had a share in it */
} ApplyGroup;

typedef struct ApplyMembers {
        bool is_answered;
        GuidList list;
} ApplyMembers;

struct Apply {
        Store *store;
        Domain *domain;
        ApplyKind kind;
        ApplySettings settings;
        ApplySummary summary;
        bool is_whole;     /* claims and findings of all the domain's objects are made anew … */
        bool is_rewritten; /* … because the rules or the configuration are others than before */

        /* Staging. */
        Stage stage;
        GuidMap staged; /* GUID → number of its last entry; not in a first read, which has too many */
        GuidMap arrived; /* containers among them */
        GuidMap parents; /* GUIDs that entries named as theirs → number in the list */
        Guid *parent_list;
        size_t n_parents, next_parent;
        int64_t epoch, attribute_list; /* of the answer; 0: not in the database so far */
        bool has_sure_numbers;         /* what was found of these was committed */
        RollCall roll_call; /* the rows that a full read brought, or that a reconcile was shown */
        bool is_audit;      /* a reconcile has begun to look rows up */
        GuidMap compared;   /* see apply_compare() */
        ApplyMembers
                *members; /* as many as the configuration has memberships; NULL: nothing was told */
        GuidList members_changed; /* who came or went */
        GuidList counted;         /* groups with a number that is new */
        bool has_flipped; /* of some group it is known now, and was not before, or the other way round */
        GuidMap gone; /* confirmed */
        Guid *gone_list;
        size_t n_gone;
        int64_t leftovers_end; /* ids below this, from next_id on, are of an interrupted first read; 0: none is left */

        /* From here on in the transaction, or in a batch of a first read. */
        ApplyPhase phase;
        bool is_ready;    /* what follows is made */
        bool is_accepted; /* the transaction is ours */
        bool is_failed;
        bool is_checkpoint_due;
        Domain next; /* what the domain is when the transaction has committed: see apply_take_over() */
        bool tells_later; /* the server may be behind: what it says happened is not told yet … */
        bool has_untold;  /* … and of some object there is such */
        Cursor cursor;
        ContainerTree tree;
        Judge judge;
        Findings findings;
        Judged old, new; /* scratch: the row as it was, and as it is */
        int64_t next_id;
        int64_t objects;   /* change of the domain's counter */
        ClaimPile claims;  /* of all the domain's objects: first read, or judged as a whole */
        ClaimList touched; /* keys that must be judged, but for those of the cloud */
        IdList deferred;   /* objects whose findings of pass 1 wait for the joins */
        ClaimPile
                cloud_claims; /* of objects of the cloud: their keys must be judged, too. `places` is a CloudClaimFate */
        LikenessTable likeness; /* the cloud's objects that may be recognised at a glance */
        IdSet unmet;            /* those that were not */
        IdSet plain;      /* objects of which nothing is to be said by what the cloud has of them */
        IdSet odd;        /* those that are judged by it all the same */
        IdSet unsettled;  /* all that may have to be, by a new inventory */
        IdList orphaned;  /* objects whose own in the cloud became an orphan, or is none any more */
        IdList withdrawn; /* rows of repeated entries */

        /* How far the phase has come; zero when it begins. */
        bool is_leaving;        /* what stands below the container was in scope */
        size_t position;        /* in the list it goes through */
        size_t n_entries;       /* of the stage */
        int64_t last_object;    /* of rows */
        int64_t last_time;      /* of findings that are due */
        size_t cloud_position;  /* likewise in those of the cloud, with the keys */
        int64_t last_key;       /* of stored keys */
        int64_t last_glance;    /* of objects of the cloud, part by part, */
        bool is_glanced;        /* and the last of them was read … */
        bool is_meeting;        /* … so that objects are held against the part */
        ClaimEntry walked;      /* of stored claims */
        bool is_merged;         /* all stored claims were walked */
        size_t n_inserted;      /* claims since the last commit of a first read */
        ApplyGroup group;       /* the holders of a key, as far as they were counted */
        int64_t key_after;      /* of a key's holders; 0: it was not begun */
        bool is_cloud_key;      /* the cloud claims it, or did */
        IdList held;            /* those that were judged */
        bool has_heard_holders; /* all: what follows are those that held it before */
        IdList released;        /* domains for which nothing is held any more */
        size_t orphanage;       /* where they are looked for, */
        int64_t orphan_after;   /* and how far that has come */

        struct KeyBench *bench;          /* apply-key.c */
        struct CloudBench *cloud;        /* apply-cloud.c */
        struct CloudKeyBench *cloud_key; /* apply-cloud-key.c */
};

/* Nothing was asked of the server: there is neither an answer nor a cursor. */
static inline bool apply_is_local(const Apply *apply)
{
        return apply->kind == APPLY_REEVALUATE || apply->kind == APPLY_DUE ||
               apply->kind == APPLY_CLOUD;
}

/* Each phase: 0 done, APPLY_MORE when the budget is spent, or negative. */

/* apply-stage.c */
int apply_drain(Apply *apply,
                unsigned most); /* APPLY_FIRST: writes staged entries; gives how many */
int apply_leftovers(Apply *apply, Budget *budget);
bool apply_is_last(const Apply *apply, const StageEntry *entry,
                   size_t number); /* no later entry of the same GUID */

/* apply-audit.c */
void apply_hold_against(Apply *apply, const Judged *old, const Judged *new); /* both judged */
int apply_put_container(Apply *apply, const ContainerEntry *entry);

/* apply-object.c */
int apply_make_ready(Apply *apply); /* the contexts, the findings, the numbers */
int apply_count(Apply *apply, int64_t id, bool was_in_scope, bool is_in_scope); /* 0 or -ENOMEM */
int apply_tell_left(Apply *apply, const Judged *judged); /* it was in scope, and is not now */
int apply_tell_changes(
        Apply *apply,
        bool was_deleted); /* from apply->old to apply->new, which is judged again then */
int apply_tell_deleted(Apply *apply, const Judged *old); /* judged as it was alive */
int apply_first_entry(Apply *apply, const StageEntry *entry);
int apply_containers(Apply *apply, Budget *budget);
int apply_objects(Apply *apply, Budget *budget);
int apply_absentees(Apply *apply, Budget *budget);

/* apply-member.c */
int apply_write_members(Apply *apply);
int apply_changed_members(Apply *apply, Budget *budget);
int apply_counted(Apply *apply, Budget *budget);
void apply_members_done(Apply *apply);

/* apply-judge.c */

/* Judges a row again that no answer changed. `is_whole`: its claims are collected rather than taken as they are. */
int apply_judge_again(Apply *apply, int64_t id, bool is_whole);
int apply_reselect(Apply *apply, Budget *budget);
int apply_below(Apply *apply, Budget *budget);
int apply_due(Apply *apply, Budget *budget);
int apply_cache(Apply *apply, Budget *budget);
int apply_deferred(Apply *apply, Budget *budget);
int apply_counterparts(Apply *apply, Budget *budget);

/* Its findings of pass 1, when it is known whether joins leave it out. */
int apply_settle_again(Apply *apply, int64_t id);

/* All keys of an object must be judged: those that it has now, or with 0 for it those that it had. */
int apply_touch(Apply *apply, const Outcome *outcome, int64_t object);

/*
 * With the places of a claim in `touched`: the object holds the value as it did, or is new to it. Under a key that is touched only so,
 * and has one holder with nothing to say, there was nothing before either: whoever held it then would hold it still.
 */
#define TOUCH_NOTHING_LOST (1U << 15)

/* Makes the stored claims of an object those of `now`; they were those of `before`. NULL: it had none. Touches them all. */
int apply_change_claims(Apply *apply, int64_t object, const Outcome *before, const Outcome *now);

/* Where a whole domain is judged, its claims are collected instead, and compared at once. */
int apply_collect_claims(Apply *apply, const Judged *judged);

/*
 * Compares the verdicts of pass 1 with what is stored. Where joins may still decide that the object is out of scope, that has to
 * wait, or findings would open and close within one answer. `is_new`: nothing is stored.
 */
int apply_settle(Apply *apply, Judged *judged, bool is_new);

/* apply-bulk.c */
int apply_repeats(Apply *apply, Budget *budget);
int apply_withdrawn(Apply *apply, Budget *budget);
int apply_merge(Apply *apply, Budget *budget);
int apply_insert(Apply *apply, Budget *budget);
int apply_stored(Apply *apply, Budget *budget);

/* apply-hold.c */
int apply_doubt(Apply *apply); /* for the findings: whose word ends nothing. 0 or negative */
int apply_release(Apply *apply, Budget *budget);

/* apply-untold.c */
int apply_begin_untold(Apply *apply);                /* 0 or negative */
int apply_keep_untold(Apply *apply, int64_t object); /* before its row changes. 0 or negative */
int apply_may_tell(Apply *apply, int64_t object); /* now, of what has changed? 1, 0, or negative */
int apply_untold(Apply *apply, Budget *budget);

/* apply-directory.c */
int apply_directory(Apply *apply, Budget *budget);

/* Is all of the inventory held against all objects? Else only what a change has touched. */
static inline bool apply_walks_cloud(const Apply *apply)
{
        return apply->kind == APPLY_CLOUD || apply->kind == APPLY_FIRST || apply->is_whole;
}

/* apply-likeness.c */
int apply_alike(Apply *apply, Budget *budget);
int apply_is_selected(Apply *apply, int64_t object, int64_t parent); /* 1, 0, or negative */

/* Is the object judged by what the cloud has of it only in apply_counterparts()? A first read tells nothing of others. */
static inline bool apply_settles_by_cloud(const Apply *apply, int64_t id)
{
        return apply->kind == APPLY_CLOUD ||
               (apply->kind == APPLY_FIRST && cache_domain_of(id) == apply->domain->id);
}

/* apply-cloud.c */
int apply_has_cloud(Apply *apply);     /* is there an inventory? 1, 0, or negative */
int apply_cloud_publish(Apply *apply); /* the parts of APPLY_CLOUD count from here on */
int apply_cloud(Apply *apply, Budget *budget);
int apply_cloud_claims(Apply *apply, Budget *budget);
void cloud_bench_free(struct CloudBench *bench);

/* apply-cloud-key.c */
void cloud_key_bench_free(struct CloudKeyBench *bench);

/*
 * What objects of the cloud hold the key, before the groups of those that do here. 0 or negative. Then, for holders of one value, what
 * is to be said of them against those that hold it as well: 1 and *ret, 0: nobody does, or negative.
 */
int apply_cloud_load(Apply *apply, int64_t key);
int apply_cloud_judge(Apply *apply, KeySpace space, const Holder *holders, size_t n,
                      const KeyOutcome **ret);

/* apply-touched.c */
int apply_joins(Apply *apply, Budget *budget);
int apply_keys(Apply *apply, Budget *budget);
int apply_ends(Apply *apply, Budget *budget);

/* apply-key.c */
void apply_bench_free(struct KeyBench *bench);

static inline bool kind_is_kept(Kind kind)
{
        return kind == KIND_USER || kind == KIND_INETORGPERSON || kind == KIND_CONTACT ||
               kind == KIND_GROUP;
}

static inline FindingSubject apply_subject(const Judged *judged)
{
        return (FindingSubject){
                .object = judged->row.id,
                .domain = cache_domain_of(judged->row.id),
                .guid = judged->row.guid,
                .kind = judged->row.kind,
                .dn = (const char *)judged->dn.data,
        };
}
