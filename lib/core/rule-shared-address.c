/* SPDX-License-Identifier: MIT */

/*
 * Who may have an address. User principal names, SMTP addresses and mail meet in one key space, and it depends on where the
 * address stands at each holder, and on what the holders are, which rule it is about.
 */

#include "lib/core/rule-shared.h"

enum {
        PROFILE_CONTACT = 1 << 0,
        PROFILE_GROUP = 1 << 1,          /* neither: a user */
        PROFILE_UPN = 1 << 2,            /* it is the user principal name */
        PROFILE_SMTP = 1 << 3,           /* it will be one of the cloud's addresses */
        PROFILE_MAIL = 1 << 4,           /* it stands in mail */
        PROFILE_SMTP_ELSEWHERE = 1 << 5, /* in mail only, although there are SMTP addresses */
        PROFILE_MAIL_ENABLED = 1 << 6,
        N_PROFILES = DISPUTE_PROFILES,
};

static unsigned holder_profile(const Holder *holder)
{
        unsigned places = holder->claim->places, profile = 0;

        if (holder->object->kind == KIND_CONTACT)
                profile |= PROFILE_CONTACT;
        if (holder->object->kind == KIND_GROUP)
                profile |= PROFILE_GROUP;
        if (places & CLAIM_UPN)
                profile |= PROFILE_UPN;
        if (places & (CLAIM_SMTP | CLAIM_SOLE_MAIL))
                profile |= PROFILE_SMTP;
        if (places & CLAIM_MAIL)
                profile |= PROFILE_MAIL;
        if (places & CLAIM_MAIL && !(places & (CLAIM_SMTP | CLAIM_SOLE_MAIL)))
                profile |= PROFILE_SMTP_ELSEWHERE;
        if (holder->outcome->is_mail_enabled)
                profile |= PROFILE_MAIL_ENABLED;
        return profile;
}

/* What is said of one holder by one rule: the worst of what it is to each of the others. */
typedef struct Quarrel {
        bool is_there;
        bool is_same_spelling;
        bool rests_on_match; /* see rests_on_match() */
        RuleClass class;
        Severity severity;
        Certainty certainty;
} Quarrel;

typedef struct AddressQuarrels {
        Quarrel upn, smtp, mail, shadow;
} AddressQuarrels;

static void quarrel_add(Quarrel *quarrel, const Rule *rule, RuleClass class, Severity severity,
                        bool is_sure, bool is_same_spelling)
{
        Certainty certainty = is_sure && is_same_spelling ? rule->certainty : CERTAINTY_PROBABLE;

        if (!quarrel->is_there)
                *quarrel = (Quarrel){
                        .is_there = true,
                        .class = class,
                        .severity = severity,
                        .certainty = certainty,
                };

        if (class == RULE_FAILS)
                quarrel->class = class;
        if (severity > quarrel->severity)
                quarrel->severity = severity;
        if (certainty > quarrel->certainty)
                quarrel->certainty = certainty;
        quarrel->is_same_spelling |= is_same_spelling;
}

typedef struct AddressRules {
        const Rule *upn, *smtp, *mail, *shadow;
} AddressRules;

static bool profile_is_upn_only(unsigned profile)
{
        return profile & PROFILE_UPN && !(profile & PROFILE_SMTP);
}

static bool profile_is_upn_without_mail(unsigned profile)
{
        return profile_is_upn_only(profile) && !(profile & PROFILE_MAIL_ENABLED);
}

static bool profile_is_user(unsigned profile)
{
        return !(profile & (PROFILE_CONTACT | PROFILE_GROUP));
}

/* A contact and a user with the same mail: which of them comes first decides, so it has a rule of its own. */
static bool profiles_shadow(unsigned a, unsigned b)
{
        return a & b & PROFILE_MAIL && ((a & PROFILE_CONTACT && profile_is_user(b)) ||
                                        (b & PROFILE_CONTACT && profile_is_user(a)));
}

static bool profiles_share_smtp(unsigned a, unsigned b)
{
        return (a & PROFILE_SMTP && b & (PROFILE_SMTP | PROFILE_UPN)) ||
               (b & PROFILE_SMTP && a & PROFILE_UPN);
}

/* Duplicate attribute resiliency takes care of the rest: the later one loses the address, and no error is shown. */
static bool profiles_fail(unsigned a, unsigned b)
{
        return (a & PROFILE_GROUP && !(b & PROFILE_CONTACT)) ||
               (b & PROFILE_GROUP && profile_is_user(a));
}

/* What a holder of profile `a` is to one of profile `b` that belongs to another person. */
static void quarrels_between(AddressQuarrels *quarrels, const AddressRules *rules, unsigned a,
                             unsigned b, bool is_same_spelling)
{
        if (a & b & PROFILE_UPN)
                quarrel_add(&quarrels->upn, rules->upn, rules->upn->class, rules->upn->severity,
                            true, is_same_spelling);

        if (profiles_shadow(a, b))
                quarrel_add(&quarrels->shadow, rules->shadow, rules->shadow->class,
                            rules->shadow->severity, true, is_same_spelling);
        else if (profiles_share_smtp(a, b))
                quarrel_add(&quarrels->smtp, rules->smtp,
                            profiles_fail(a, b) ? RULE_FAILS : rules->smtp->class,
                            profile_is_upn_without_mail(a) || profile_is_upn_without_mail(b)
                                    ? SEVERITY_WARNING
                                    : rules->smtp->severity,
                            !profile_is_upn_only(a) && !profile_is_upn_only(b), is_same_spelling);
        else if (a & b & PROFILE_MAIL)
                quarrel_add(&quarrels->mail, rules->mail, rules->mail->class,
                            a & b & PROFILE_SMTP_ELSEWHERE ? SEVERITY_WARNING
                                                           : rules->mail->severity,
                            true, is_same_spelling);
}

/*
 * Accounts of one person in two forests become one where the connector is told to match them. Where nobody has said whether it is, what
 * only users of other forests share may be no dispute at all.
 */
static bool rests_on_match(const Dispute *dispute, size_t index, bool is_among_users)
{
        const Holder *holder = &dispute->holders[index];

        return is_among_users && !holder->context->tenant->user_match_is_set &&
               !dispute_has_other(dispute, index, COMMON_FOREST, holder->forest, (Slice){});
}

static AddressQuarrels find_quarrels(const Dispute *dispute, const AddressRules *rules,
                                     size_t index)
{
        const Holder *holder = &dispute->holders[index];
        unsigned own = holder_profile(holder);
        AddressQuarrels quarrels = {};
        bool is_among_users = profile_is_user(own);

        for (unsigned profile = 0; profile < N_PROFILES; profile++) {
                if (!dispute->seen[profile] ||
                    !dispute_has_other(dispute, index, COMMON_PROFILE, profile, (Slice){}))
                        continue;

                is_among_users &= profile_is_user(profile);
                quarrels_between(&quarrels, rules, own, profile,
                                 dispute_has_other(dispute, index, COMMON_PROFILE_SPELLING, profile,
                                                   holder->claim->exact));
        }

        quarrels.upn.rests_on_match = quarrels.smtp.rests_on_match = quarrels.mail.rests_on_match =
                rests_on_match(dispute, index, is_among_users);
        return quarrels;
}

static void report_quarrel(const Dispute *dispute, Hearing *hearing, const Rule *rule, size_t index,
                           const Quarrel *quarrel, AttributeId attribute, const char *detail)
{
        const Holder *holder = &dispute->holders[index];
        Verdict verdict = dispute_verdict(dispute, hearing, rule, index);
        const Value *value = object_value(holder->object, attribute);

        if (!quarrel->is_there)
                return;

        /*
         * The claim has the spelling of its weightiest place; a finding shows what stands in its own. A derived user
         * principal name stands nowhere: sAMAccountName is its first half.
         */
        if (attribute != verdict.attribute && value && attribute != ATTRIBUTE_PROXY_ADDRESSES &&
            attribute != ATTRIBUTE_SAM_ACCOUNT_NAME)
                verdict.value = text_trim(value->data, value->size);
        verdict.attribute = attribute;
        verdict.class = quarrel->class;
        verdict.severity = quarrel->severity;
        if (verdict.certainty == CERTAINTY_CERTAIN)
                verdict.certainty = quarrel->certainty;
        verdict.detail = detail ?: dispute_doubt(quarrel->is_same_spelling);
        if (quarrel->rests_on_match) {
                verdict.certainty = CERTAINTY_PROBABLE;
                verdict.detail = hearing_say(hearing, "%s%s%s", verdict.detail ?: "",
                                             verdict.detail ? "; " : "",
                                             "they are in different forests, and UserMatch= is not "
                                             "set, assumed to be none");
        }
        hearing_report(hearing, &verdict);
}

static void report_quarrels(const Dispute *dispute, Hearing *hearing, const AddressRules *rules,
                            size_t index, const AddressQuarrels *quarrels)
{
        const Tenant *tenant = hearing->context->tenant;
        unsigned places = dispute->holders[index].claim->places;
        AttributeId login = hearing_attribute(hearing, ATTRIBUTE_USER_PRINCIPAL_NAME);
        AttributeId address = ATTRIBUTE_PROXY_ADDRESSES;
        bool is_upn_only = !(places & (CLAIM_SMTP | CLAIM_SOLE_MAIL));
        const char *derived = NULL;

        if (places & CLAIM_DERIVED) {
                login = ATTRIBUTE_SAM_ACCOUNT_NAME;
                derived =
                        "no userPrincipalName is set: the connector makes it of sAMAccountName and "
                        "the domain's name";
        }
        if (places & CLAIM_SOLE_MAIL && !(places & CLAIM_SMTP))
                address = ATTRIBUTE_MAIL;
        if (is_upn_only)
                address = login;

        report_quarrel(dispute, hearing, rules->upn, index, &quarrels->upn, login, derived);
        report_quarrel(dispute, hearing, rules->smtp, index, &quarrels->smtp, address,
                       quarrels->smtp.class == RULE_FAILS
                               ? "a user and a group, or two groups, hold it: the export fails"
                       : is_upn_only ? derived
                                     : NULL);
        report_quarrel(dispute, hearing, rules->mail, index, &quarrels->mail, ATTRIBUTE_MAIL, NULL);
        report_quarrel(dispute, hearing, rules->shadow, index, &quarrels->shadow, ATTRIBUTE_MAIL,
                       tenant->user_match_is_set ? NULL
                                                 : "UserMatch= is not set, assumed to be none");
}

int dispute_note_addresses(Dispute *dispute)
{
        for (size_t i = 0; i < dispute->n_holders; i++) {
                const Holder *holder = &dispute->holders[i];
                unsigned profile = holder_profile(holder);
                int r;

                if (!holder->in_scope)
                        continue;

                dispute->seen[profile] = true;
                r = dispute_note(dispute, i, COMMON_FOREST, holder->forest, (Slice){});
                if (r >= 0)
                        r = dispute_note(dispute, i, COMMON_PROFILE, profile, (Slice){});
                if (r >= 0)
                        r = dispute_note(dispute, i, COMMON_PROFILE_SPELLING, profile,
                                         holder->claim->exact);
                if (r < 0)
                        return r;
        }

        return dispute_note_former(dispute);
}

typedef struct AddressDispute {
        AddressRules rules;
        const Rule *recreated;
} AddressDispute;

static void judge_address(const Dispute *dispute, Hearing *hearing, size_t index,
                          const void *userdata)
{
        const AddressDispute *addresses = userdata;
        AddressQuarrels quarrels;

        if (!dispute->holders[index].in_scope)
                return;

        quarrels = find_quarrels(dispute, &addresses->rules, index);
        report_quarrels(dispute, hearing, &addresses->rules, index, &quarrels);
        dispute_report_former(dispute, hearing, addresses->recreated, index);
}

int dispute_judge_addresses(const Dispute *dispute)
{
        const AddressDispute addresses = {
                .rules = {
                        .upn = rule_find("upn-not-unique"),
                        .smtp = rule_find("smtp-address-not-unique"),
                        .mail = rule_find("mail-not-unique"),
                        .shadow = rule_find("contact-shadows-user"),
                },
                .recreated = rule_find("deleted-and-recreated"),
        };

        return dispute_for_each(dispute, judge_address, &addresses);
}
