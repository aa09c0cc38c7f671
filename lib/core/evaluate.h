/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Judgement, in two passes.
 *
 * Pass 1, evaluate_object(): one object and its context, nothing else. Gives its own verdicts, whether it is
 * in scope as far as it alone can tell, and its claims: every value under which others must be able to meet it.
 *
 * Pass 2, evaluate_key(): all live objects that claim one key. Gives the verdicts that need several objects:
 * disputed values, and persons made of several objects. Keys of the join space are judged before the others, because
 * they can take an object out of scope (a linked mailbox without its account).
 *
 * Pure: no clock, no database. The caller owns everything it passes.
 */

#include "lib/core/directory-facts.h"
#include "lib/core/filter.h"
#include "lib/core/object.h"
#include "lib/core/past.h"
#include "lib/core/rule.h"
#include "lib/core/tenant.h"

typedef struct EvaluateContext {
        const Tenant *tenant;
        const RuleSetting *settings; /* of [rule ID] sections */
        size_t n_settings;
        const char *domain;          /* FQDN of the naming context the object is in */
        bool selected;               /* is the object's container inside the configured OUs? */
        const Filter *scope;         /* of the domain: what does not match is left out; NULL: all is taken */
        const Filter *group_scope;   /* GroupFilter=: likewise */
        bool all_forests_scanned;    /* every configured domain is past its first read: see linked-mailbox */
        int64_t now;                 /* Unix seconds; 0: not known, and what depends on it is not said */
        AttributeSet unreadable;     /* attributes that the schema lacks or this account never sees: unknown */
} EvaluateContext;

/* Values that meet only within one space. The numbers are part of the key's hash and never change. */
typedef enum KeySpace {
        KEY_ADDRESS = 1, /* UPN, mail and SMTP addresses alike, without prefix */
        KEY_SIP = 2,
        KEY_X500 = 3,
        KEY_ANCHOR = 4,
        KEY_SAM = 5,
        KEY_NICKNAME = 6,
        KEY_TARGET = 7,
        KEY_JOIN = 8, /* SIDs that make several objects one person, and UserMatch= values */
        KEY_NAME = 9, /* the RDN, normalised: for look-up only */
        KEY_SID = 10, /* objectSid of groups: by it the cloud knows them. Disputes nothing here */
        KEY_CLOUD_ID = 11, /* the id of the object in the cloud, where something wrote it back. Likewise */
} KeySpace;

typedef struct Claim {
        uint64_t key; /* hash of space and AD fold: equal values have equal keys, the reverse must be confirmed */
        KeySpace space;
        AttributeId attribute; /* where the value stands; the weightiest place if it stands in several */
        Slice value;           /* as written, without prefix */
        Slice folded;          /* AD fold: equal here means disputed */
        Slice exact;           /* exact fold: equal here means certain */
        unsigned places;       /* space's own bits: KEY_ADDRESS says UPN, mail, SMTP (see CLAIM_…) */
} Claim;

enum {
        CLAIM_UPN = 1 << 0,
        CLAIM_MAIL = 1 << 1,
        CLAIM_SMTP = 1 << 2,
        CLAIM_PRIMARY = 1 << 3,     /* the SMTP address is the primary one */
        CLAIM_DERIVED = 1 << 4,     /* a UPN that the connector makes of sAMAccountName and domain */
        CLAIM_SELF_SID = 1 << 5,    /* KEY_JOIN: the object's own objectSid */
        CLAIM_MASTER_SID = 1 << 6,  /* KEY_JOIN: msExchMasterAccountSid */
        CLAIM_ORIGINATOR_SID = 1 << 7,
        CLAIM_USER_MATCH = 1 << 8,
        CLAIM_SOLE_MAIL = 1 << 9, /* mail of an object without SMTP proxies: becomes its address */
        CLAIM_FORMER = 1 << 10,   /* of a deleted user whom the cloud still keeps: disputes nothing */
};

/*
 * A claim without any of these bits is there for look-ups only and disputes nothing: an address that Entra ID drops, a UPN
 * where LoginAttribute= names another attribute.
 */

/* One thing to tell. Slices live as long as the Outcome or the objects it was made from. */
typedef struct Verdict {
        const Rule *rule;
        RuleClass class;
        Severity severity;
        Certainty certainty;
        AttributeId attribute;
        Slice value;        /* as written, bytes; empty where the point is absence */
        const char *detail; /* a sentence for this case, NULL: the rule's text says it all */
        const char *advice; /* for this case, NULL: the rule's */
        uint64_t key;       /* the disputed key; 0 for verdicts of pass 1 */
        int64_t look_again_at; /* Unix seconds: the clock may change it then; 0: it does not */

        /*
         * What is so with thousands for one cause: their name for it, "corp.local". One finding of the domain stands for all whose rule and
         * fold are the same, see FoldedCount. Ends with a NUL; no data: it stands for itself.
         */
        Slice fold;
} Verdict;

/* Which part of the scope leaves an object out, beside the OU lists. */
typedef enum LeftOut {
        LEFT_OUT_NOT,
        LEFT_OUT_FILTER, /* the domain's Filter= */
        LEFT_OUT_GROUP,  /* GroupFilter=: it is no member */
} LeftOut;

typedef struct Outcome {
        bool is_excluded; /* a certain exclusion of its own: never arrives */
        LeftOut left_out; /* by the scope, as if it stood in an OU that is not selected */
        bool is_quiet;    /* disabled, a room, made by a machine: see scand-rules(7) */
        bool is_mail_enabled;
        unsigned rules_undefined; /* how many rules could not be judged because an attribute is unknown */
        AttributeSet undefined_attributes; /* which ones */

        Verdict *verdicts; /* owned, as are the strings behind them */
        size_t n_verdicts;
        Claim *claims; /* one per space and folded value */
        size_t n_claims;

        struct OutcomeMemory *memory; /* private */
} Outcome;

int outcome_new(Outcome **ret);
Outcome *outcome_free(Outcome *outcome);
DEFINE_CLEANUP(Outcome, outcome_free)

/*
 * Judges one live object of the kinds user, inetOrgPerson, contact or group; object->dn is its present name. The
 * outcome is reset first. Verdicts are made only where context->selected, and of what the filter leaves in; claims always. 0 or -ENOMEM.
 */
int evaluate_object(const EvaluateContext *context, const Object *object, Outcome *outcome);

/*
 * The same without verdicts: claims, and whether the object alone keeps itself out. That is all that others are judged by, and half of
 * the work. Of a deleted object the claims that evaluate_past() leaves. 0 or -ENOMEM.
 */
int evaluate_claims(const EvaluateContext *context, const Object *object, bool is_deleted,
                    Outcome *outcome);

/*
 * What its history says of the object that evaluate_object() has just judged: verdicts are added where it is in scope. A deleted
 * object has no verdicts but these, and of its claims those remain by which the cloud still knows the user. 0 or -ENOMEM.
 */
int evaluate_past(const EvaluateContext *context, const Object *object, const Past *past,
                  Outcome *outcome);

/*
 * What the facts say of a domain. The outcome is reset first, and gets verdicts only; their slices live as long as it and the
 * facts. 0 or -ENOMEM.
 */
int evaluate_directory(const EvaluateContext *context, const DirectoryFacts *facts,
                       Outcome *outcome);

/* One object that claims a key. */
typedef struct Holder {
        const EvaluateContext *context;
        const Object *object;
        const Outcome *outcome; /* of pass 1 */
        const Claim *claim;     /* the one of outcome that meets the key */
        bool in_scope;          /* selected, not excluded by itself nor by a join */
        int64_t deleted_at;     /* Unix seconds: it was in scope until then, and is not now; 0: it is live */
        unsigned domain;        /* which one, for "the same objectGUID in two domains" and forests */
        unsigned forest;
} Holder;

/*
 * What pass 2 says of one holder. Where it is excluded by a join, it counts as out of scope from then on, and of its
 * verdicts of pass 1 only those remain that verdict_outlives_exclusion().
 */
typedef struct HolderVerdicts {
        bool is_join_excluded; /* KEY_JOIN only: out of scope for want of its other half */
        size_t first, n;       /* its verdicts in KeyOutcome.outcome->verdicts */
} HolderVerdicts;

typedef struct KeyOutcome {
        Outcome *outcome;        /* owns verdicts of all holders, grouped by holder */
        HolderVerdicts *holders; /* as many as were passed; owned */
        size_t n_holders;

        struct KeyOutcomeMemory *memory; /* private */
} KeyOutcome;

int key_outcome_new(KeyOutcome **ret);
KeyOutcome *key_outcome_free(KeyOutcome *outcome);
DEFINE_CLEANUP(KeyOutcome, key_outcome_free)

/*
 * The slices of its verdicts live as long as the holders' outcomes and objects.
 *
 * Judges one key among its holders, which must be all live ones in any domain that is past its first read; the caller has
 * confirmed that their folded values are equal. For keys other than the join space, `in_scope` must already take
 * joins into account. Persons are made of the holders' join claims. 0 or -ENOMEM.
 */
int evaluate_key(KeySpace space, const Holder *holders, size_t n_holders, KeyOutcome *outcome);

/*
 * The same for more holders than fit into memory at a time. They are shown in parts and in three rounds, all of them in each and in the
 * same order: who is one person with whom; what is common to how many of them; and the verdicts, of which the outcome has those
 * of the part that was shown last. What the first rounds were shown may go before the next part comes.
 *
 * Between parts a holder costs a hundred bytes or two, whatever its size. 0 or -ENOMEM: then begin again.
 */
typedef enum KeyRound {
        KEY_ROUND_PERSONS,
        KEY_ROUND_COUNTS,
        KEY_ROUND_VERDICTS,
} KeyRound;

void evaluate_key_begin(KeySpace space, KeyOutcome *outcome);
int evaluate_key_part(KeyRound round, const Holder *holders, size_t n_holders, KeyOutcome *outcome);

/* Does the space carry a rule at all, or is it for look-ups only? Saves pass 2 the reading of holders. */
bool key_space_is_judged(KeySpace space);

/*
 * Can evaluate_key() have anything to say? Takes the number of holders and all of their places, or-ed. What has one holder
 * only is disputed by nobody, but a linked mailbox alone on its SID is a verdict: it has no account.
 */
bool key_needs_judgement(KeySpace space, size_t n_holders, unsigned places);

/* What never arrives neither fails nor arrives altered: only classes excluded and directory remain. */
static inline bool verdict_outlives_exclusion(const Verdict *verdict)
{
        return verdict->class == RULE_EXCLUDED || verdict->class == RULE_DIRECTORY;
}

/* Adds all that judging reads of every object: rule_attributes() and what the tenant's switches name. */
void evaluate_attributes(const Tenant *tenant, AttributeSet *set);

/* The key under which a value is found: for look-ups by UPN, address, name. 0 or -ENOMEM. */
int evaluate_make_key(KeySpace space, Slice value, uint64_t *ret);
