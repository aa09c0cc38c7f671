/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the files of the judgement share: the shape of a row of rule-table.c, the hearing that its checks are given, and the
 * memory behind an Outcome. Private to rule*.c and evaluate*.c; everybody else has rule.h and evaluate.h.
 */

#include <string.h>

#include "lib/core/arena.h"
#include "lib/core/crowd.h"
#include "lib/core/evaluate-counterpart.h"
#include "lib/core/facts.h"
#include "lib/core/filter.h"

/* Empty where there is no value. */
static inline Slice value_slice(const Value *value)
{
        return value ? (Slice){ value->data, value->size } : (Slice){};
}

/*
 * One rule of those that look at an object, and what tells without asking it that it has nothing to say of one of which all is known:
 * the object has nothing of what the rule wants, or something that bars it. The bits are those of the agenda.
 */
typedef struct AgendaItem {
        const Rule *rule;
        uint64_t wants;
        uint64_t bars;
        bool is_choosy; /* it wants something */
} AgendaItem;

#define AGENDA_BIT_SHARED 63

/*
 * Which of the table's rules look at an object of this kind by itself: those that exclude first, then the others, in the table's order.
 * A third of the table is, and going through all of it took as long as asking them.
 */
typedef struct Agenda {
        AgendaItem *items;
        size_t n_excluding;
        size_t n;
        AttributeSet
                reads; /* what must be known so that nothing need be asked to count as unknown */
        uint64_t bits[ATTRIBUTE_MAX]; /* 0: wanted by none */
        unsigned n_bits;
} Agenda;

/*
 * Made when the first object of the kind comes, and kept as long as the program runs, as the table is: to make it costs more than to judge an
 * object, and an answer of one change judges two. 0 or -ENOMEM.
 */
int agenda_of(Kind kind, const Agenda **ret);

/* What an object has of what the rules of an agenda want. */
typedef struct Holdings {
        uint64_t had;
        uint64_t
                stood_for; /* what another attribute that it has stands in for: see hearing_attribute() */
        bool is_known; /* all that they read */
} Holdings;

void holdings_take(Holdings *holdings, const Agenda *agenda, const Object *object,
                   const Tenant *tenant);

/* May the rule say something, or count as one that nobody can judge? Then it is asked. */
static inline bool agenda_asks(const AgendaItem *item, const Holdings *holdings)
{
        if (!holdings->is_known)
                return true;
        return (!item->is_choosy || item->wants & (holdings->had | holdings->stood_for)) &&
               !(item->bars & holdings->had);
}

struct OutcomeMemory {
        Arena arena;
        Buffer scratch;
        size_t n_verdicts_allocated;
        size_t n_claims_allocated;
        Crowd said;  /* verdicts and claims made so far, so that nothing is said twice */
        Object view; /* the object with less knowledge, see evaluate_object() */
};

/* The object without the knowledge of what this account or this schema never shows. Rarely needed, so the copy is cheap enough. */
const Object *outcome_view(Outcome *outcome, const EvaluateContext *context, const Object *object);

/* Forgets verdicts, claims and what stands behind them; keeps memory. */
void outcome_reset(Outcome *outcome);

/* Forgets verdicts only: of what never arrives, and of the dead, nothing is told. */
void outcome_drop_verdicts(Outcome *outcome);

/* As far as the object alone can tell: see evaluate_object(). */
static inline bool outcome_is_in_scope(const Outcome *outcome, const EvaluateContext *context)
{
        return context->selected && !outcome->is_excluded && outcome->left_out == LEFT_OUT_NOT;
}

/* ------------------------------------------------------------------ the hearing */

/* One object before the rules. A check that runs out of memory leaves it in `error`, and the rest need not care. */
typedef struct Hearing {
        const EvaluateContext *context;
        const Facts *facts; /* NULL in pass 2 */
        const DirectoryFacts
                *directory;        /* only before the rules about a domain: evaluate_directory() */
        const FoldedCount *folded; /* of them, before what stands for many objects */
        const Past *past;          /* only before the rules of history: evaluate_past() */
        const Counterpart
                *counterpart; /* only before those about one object and what the cloud has of it */
        Outcome *outcome;     /* takes the verdicts */
        int error;
} Hearing;

/* The verdict that the row describes, on the first value of its attribute: a check changes what differs. */
Verdict hearing_verdict(const Hearing *hearing, const Rule *rule);

/*
 * Adds a verdict, unless the configuration has switched its rule off or the same was said of the same value before. Here and
 * nowhere else, severities become what quiet objects, evidence and [rule ID] make of them.
 */
void hearing_report(Hearing *hearing, const Verdict *verdict);

/* The rule cannot be judged: this attribute's value is unknown. */
void hearing_undefined(Hearing *hearing, const Rule *rule, AttributeId attribute);

bool hearing_knows(const Hearing *hearing, AttributeId attribute);

/*
 * LoginAttribute= stands in for userPrincipalName, and SourceAnchor= for mS-DS-ConsistencyGuid: rows name the attribute that
 * everybody knows, this one says which is meant here.
 */
AttributeId hearing_attribute(const Hearing *hearing, AttributeId attribute);

/* A sentence in the outcome's memory. NULL where there is no memory, which `error` then says. */
const char *hearing_say(Hearing *hearing, const char *format, ...) _printf_(2, 3);

/* A value as it may stand in such a sentence: escaped, cut when very long. Never NULL. */
const char *hearing_show(Hearing *hearing, Slice value);

/* Asks a rule, if it is one for this object and this hearing. */
void hearing_ask(Hearing *hearing, const Rule *rule);

/* ------------------------------------------------------------------ the rows */

typedef void (*RuleCheck)(Hearing *hearing, const Rule *rule);

#define ADDRESS_CHARACTERS_MAX 256 /* the type and its colon included */

typedef struct AttributeLimit {
        AttributeId attribute;
        size_t limit; /* characters */
} AttributeLimit;

/* Lists of attributes end with ATTRIBUTE_NONE; NULL is the empty list. */
struct Rule {
        const char *id;
        RuleClass class;
        Severity severity;
        Certainty certainty;
        RuleBasis basis;
        unsigned kinds;
        AttributeId attribute;

        /*
         * What must be so before the check is asked, or, where there is no check, for the finding. `filter` says it for
         * ldapsearch, with the kinds in it; `condition_filter` is the same without them, and what is evaluated.
         */
        AttributeId needs;        /* no finding without a value of it */
        const AttributeId *reads; /* no finding where one of them is unknown */
        const AttributeId *uses;  /* looked at where known */
        const char *filter;
        const char *condition_filter;
        bool filter_is_exact;
        RuleCheck check;

        /*
         * "UserMatch=none": the option of [tenant] on which a finding may rest, and what is assumed where it is not set. Such a finding
         * says so in its detail ("UserMatch= is not set, …"), and is probable or a notice.
         */
        const char *assumes;

        /* For checks that serve several rows. */
        const char *text;
        const AttributeLimit *limits; /* ends with ATTRIBUTE_NONE */

        /* Says of a domain what stands for all its objects that have the same finding for the same cause: Hearing.folded. */
        RuleCheck fold;

        bool is_softened_when_quiet;  /* a notice on quiet objects */
        bool is_hardened_by_evidence; /* an error on an enabled object with a primary SMTP address */
        bool is_shared;               /* judged among the holders of a key, in pass 2 */
        bool is_cloud;                /* judged against the cloud's inventory: evaluate_cloud() */
        bool is_counterpart; /* judged by the object and what the cloud has of it: evaluate_counterpart() */
        bool is_past;      /* judged by the object's history: evaluate_past() */
        bool is_on_demand; /* reads what the main search never asks for; silent where unknown */

        /* Written by the site: see rule-site.h. */
        bool is_site;
        size_t site_number;
        const Filter *site_filter;

        const char *title;
        const char *condition;
        const char *source;
        const char *advice;
};

extern const Rule rule_rows[];
extern const size_t n_rule_rows;

/* The parsed condition_filter, made at first use. 0 or -ENOMEM. */
int rule_parsed_filter(const Rule *rule, const Filter **ret);

/* rule-object.c: checks on what an object's attributes are together. */
void check_case(Hearing *hearing, const Rule *rule);
void check_critical_system_object(Hearing *hearing, const Rule *rule);
void check_opted_out(Hearing *hearing, const Rule *rule);
void check_replication_conflict(Hearing *hearing, const Rule *rule);
void check_hidden_msol_contact(Hearing *hearing, const Rule *rule);
void check_not_mail_enabled(Hearing *hearing, const Rule *rule);
void check_contact_without_mail(Hearing *hearing, const Rule *rule);
void check_identifier_missing(Hearing *hearing, const Rule *rule);
void check_linked_mailbox(Hearing *hearing, const Rule *rule);
void check_security_group_mail_dropped(Hearing *hearing, const Rule *rule);
void check_primary_smtp_missing(Hearing *hearing, const Rule *rule);
void check_primary_smtp_several(Hearing *hearing, const Rule *rule);
void check_mail_not_primary(Hearing *hearing, const Rule *rule);
void check_exchange_attributes_dropped(Hearing *hearing, const Rule *rule);
void check_mailbox_guid_stale(Hearing *hearing, const Rule *rule);
void check_remote_mailbox_broken(Hearing *hearing, const Rule *rule);
void check_upn_missing(Hearing *hearing, const Rule *rule);
void check_displayname_missing(Hearing *hearing, const Rule *rule);

/* rule-survey.c: checks on what the search never brings, and files and surveys do. */
void check_object_too_large(Hearing *hearing, const Rule *rule);
void check_group_too_large(Hearing *hearing, const Rule *rule);
void settle_group_too_large(
        Hearing *hearing); /* before a counterpart: what was probable is certain */
void check_certificates_too_many(Hearing *hearing, const Rule *rule);
void check_write_back_blocked(Hearing *hearing, const Rule *rule);
void check_manager_out_of_scope(Hearing *hearing, const Rule *rule);
void check_members_out_of_scope(Hearing *hearing, const Rule *rule);

/* rule-proxy.c: checks on the values of proxyAddresses. */
void check_proxy_no_prefix(Hearing *hearing, const Rule *rule);
void check_proxy_legacy_type(Hearing *hearing, const Rule *rule);
void check_proxy_reserved_suffix(Hearing *hearing, const Rule *rule);
void check_proxy_unverified_domain(Hearing *hearing, const Rule *rule);
void check_proxy_invalid(Hearing *hearing, const Rule *rule);
void check_proxy_too_long(Hearing *hearing, const Rule *rule);
void check_proxy_too_many(Hearing *hearing, const Rule *rule);
void check_proxies_trimmed(Hearing *hearing, const Rule *rule); /* a part of white-space-trimmed */

/* rule-value.c: checks on what one value is, of the other attributes. */
void check_target_address_invalid(Hearing *hearing, const Rule *rule);
void check_mail_invalid(Hearing *hearing, const Rule *rule);
void check_mailnickname_invalid(Hearing *hearing, const Rule *rule);
void check_upn_invalid(Hearing *hearing, const Rule *rule);
void check_upn_too_long(Hearing *hearing, const Rule *rule);
void check_upn_not_routable(Hearing *hearing, const Rule *rule);
void check_upn_unverified_domain(Hearing *hearing, const Rule *rule);
void check_samaccountname_invalid(Hearing *hearing, const Rule *rule);
void check_displayname_blank(Hearing *hearing, const Rule *rule);
void check_too_long(Hearing *hearing, const Rule *rule);
void check_truncated(Hearing *hearing, const Rule *rule);
void check_white_space_trimmed(Hearing *hearing, const Rule *rule);
void check_anchor_invalid(Hearing *hearing, const Rule *rule);

/* rule-directory.c: checks on a domain, the connector and the tenant. */
void check_recycle_bin_disabled(Hearing *hearing, const Rule *rule);
void check_tombstones_unreadable(Hearing *hearing, const Rule *rule);
void check_mass_deletion(Hearing *hearing, const Rule *rule);
void check_scope_ou_missing(Hearing *hearing, const Rule *rule);
void check_health_mailboxes_in_scope(Hearing *hearing, const Rule *rule);
void check_quota(Hearing *hearing, const Rule *rule);
void check_error_limit(Hearing *hearing, const Rule *rule);
void check_connector_silent(Hearing *hearing, const Rule *rule);
void check_orphan_expected(Hearing *hearing, const Rule *rule);
void check_connector_missing(Hearing *hearing, const Rule *rule);
void check_connector_account_abandoned(Hearing *hearing, const Rule *rule);
void check_foreign_members_lost(Hearing *hearing, const Rule *rule);
void check_not_readable(Hearing *hearing, const Rule *rule);
void check_password_hash_rights_missing(Hearing *hearing, const Rule *rule);
void check_sso_key_old(Hearing *hearing, const Rule *rule);
void check_cloud_sync_found(Hearing *hearing, const Rule *rule);

/* rule-fold.c: what stands for many, and how a verdict becomes one of many. */
Slice hearing_fold(Hearing *hearing, Slice domain);
void fold_own_suffix(Hearing *hearing, const Rule *rule);
void fold_unverified_suffix(Hearing *hearing, const Rule *rule);
void fold_unverified_addresses(Hearing *hearing, const Rule *rule);
void fold_absent_members(Hearing *hearing, const Rule *rule);

/* rule-counterpart.c: checks on an object and what the cloud has of it. */
void check_cloud_orphan(Hearing *hearing, const Rule *rule); /* of a domain, too */
void check_cloud_restored_unmanaged(Hearing *hearing, const Rule *rule);
void check_cloud_differs(Hearing *hearing, const Rule *rule);
void check_cloud_quarantined(Hearing *hearing, const Rule *rule);
void check_cloud_not_arrived(Hearing *hearing, const Rule *rule);
void check_password_not_synced(Hearing *hearing, const Rule *rule);

/* rule-past.c: checks on what happened to an object. */
void check_upn_changed(Hearing *hearing, const Rule *rule);
void check_upn_federated_change(Hearing *hearing, const Rule *rule);
void check_anchor_changed(Hearing *hearing, const Rule *rule);
void check_restored(Hearing *hearing, const Rule *rule);
void check_deleted(Hearing *hearing, const Rule *rule);

/* ------------------------------------------------------------------ claims and pass 2 */

/* evaluate-claim.c. 0 or -ENOMEM. */
int outcome_claim(Outcome *outcome, const EvaluateContext *context, const Facts *facts);

/* Of a deleted object: only what the cloud still knows the user by; it weighs nothing where it was not in scope. */
void outcome_claim_former(Outcome *outcome, bool was_in_scope);

/* evaluate-key.c: room for the verdicts of as many holders. 0 or -ENOMEM. */
int key_outcome_reset(KeyOutcome *outcome, size_t n_holders);
