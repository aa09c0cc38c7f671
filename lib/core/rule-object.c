/* SPDX-License-Identifier: MIT */

/* Checks on what an object's attributes are together. Which rule asks for which is in rule-table.c. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/core/dn.h"
#include "lib/core/evaluate-internal.h"
#include "lib/core/predict.h"

/* ------------------------------------------------------------------ scope */

/* The filter has matched in any case, as AD matches; the connector's own functions may not ignore it. */
static void report_in_case(Hearing *hearing, const Rule *rule, const char *text)
{
        Verdict verdict = hearing_verdict(hearing, rule);

        if (!text_begins(verdict.value, text)) {
                verdict.certainty = CERTAINTY_PROBABLE;
                verdict.detail = hearing_say(hearing,
                                             "the connector's rule looks for \"%s\", and may not "
                                             "take anything else for it",
                                             text);
        }
        hearing_report(hearing, &verdict);
}

void check_case(Hearing *hearing, const Rule *rule)
{
        report_in_case(hearing, rule, rule->text);
}

void check_opted_out(Hearing *hearing, const Rule *rule)
{
        report_in_case(hearing, rule,
                       hearing->facts->object->kind == KIND_GROUP ? "Group_" : "User_");
}

void check_critical_system_object(Hearing *hearing, const Rule *rule)
{
        Verdict verdict = hearing_verdict(hearing, rule);

        if (!object_boolean(hearing->facts->object, ATTRIBUTE_IS_CRITICAL_SYSTEM_OBJECT)) {
                verdict.severity = SEVERITY_ERROR;
                verdict.detail = "Windows never sets it to FALSE: an ordinary object is left out";
        }
        hearing_report(hearing, &verdict);
}

void check_replication_conflict(Hearing *hearing, const Rule *rule)
{
        const Buffer *dn = &hearing->facts->object->dn;
        Verdict verdict = hearing_verdict(hearing, rule);

        if (dn_is_conflict((Slice){ dn->data, dn->size }, NULL))
                hearing_report(hearing, &verdict);
}

void check_hidden_msol_contact(Hearing *hearing, const Rule *rule)
{
        Verdict verdict = hearing_verdict(hearing, rule);

        if (!text_contains(verdict.value, "(MSOL)")) {
                verdict.certainty = CERTAINTY_PROBABLE;
                verdict.detail = "today's rule looks for \"(MSOL)\"; an older table says MSOL";
        }
        hearing_report(hearing, &verdict);
}

void check_not_mail_enabled(Hearing *hearing, const Rule *rule)
{
        const Facts *facts = hearing->facts;
        Verdict verdict = hearing_verdict(hearing, rule);

        if (facts->is_mail_enabled)
                return;

        if (facts->is_mail_intended)
                verdict.severity = SEVERITY_ERROR;
        if (facts->has_other_case_with_at) {
                verdict.certainty = CERTAINTY_PROBABLE;
                verdict.detail =
                        "there is an address, but not as \"SMTP:\" in capitals; Microsoft's "
                        "own pages disagree whether that is enough";
        } else if (facts->is_mail_intended)
                verdict.detail = "it has other mail attributes, so mail was meant to reach it";
        hearing_report(hearing, &verdict);
}

void check_contact_without_mail(Hearing *hearing, const Rule *rule)
{
        Verdict verdict = hearing_verdict(hearing, rule);

        if (hearing->facts->has_primary_with_at)
                hearing_report(hearing, &verdict);
}

static void check_identifier(Hearing *hearing, const Rule *rule, AttributeId attribute,
                             const char *option)
{
        Verdict verdict = hearing_verdict(hearing, rule);

        if (attribute == ATTRIBUTE_NONE || object_has(hearing->facts->object, attribute))
                return;
        if (!hearing_knows(hearing, attribute)) {
                hearing_undefined(hearing, rule, attribute);
                return;
        }

        verdict.attribute = attribute;
        verdict.detail = hearing_say(hearing, "%s= names it", option);
        hearing_report(hearing, &verdict);
}

/* The user principal name is no such attribute: the connector makes one where it is absent. */
void check_identifier_missing(Hearing *hearing, const Rule *rule)
{
        const Tenant *tenant = hearing->context->tenant;

        if (hearing->facts->login_attribute != ATTRIBUTE_USER_PRINCIPAL_NAME)
                check_identifier(hearing, rule, hearing->facts->login_attribute, "LoginAttribute");
        if (tenant->user_match == USER_MATCH_MAIL)
                check_identifier(hearing, rule, ATTRIBUTE_MAIL, "UserMatch");
        if (tenant->user_match == USER_MATCH_ATTRIBUTE)
                check_identifier(hearing, rule, tenant->user_match_attribute, "UserMatch");
}

/*
 * A linked mailbox that names an account is judged among the holders of that SID, in pass 2. One that names nobody waits for
 * nobody: the type is a leftover.
 */
void check_linked_mailbox(Hearing *hearing, const Rule *rule)
{
        Verdict verdict = hearing_verdict(hearing, rule);

        if (object_account_sid(hearing->facts->object))
                return;

        if (!hearing->facts->is_enabled)
                verdict.severity = SEVERITY_WARNING;
        verdict.detail = "it names no account in another forest, so the type is a leftover";
        hearing_report(hearing, &verdict);
}

/* ------------------------------------------------------------------ addresses */

/* Which of several values comes first says nothing, so a finding about all of them names none. */
static Verdict verdict_on_all(const Hearing *hearing, const Rule *rule, AttributeId attribute)
{
        Verdict verdict = hearing_verdict(hearing, rule);

        verdict.attribute = attribute;
        verdict.value = (Slice){};
        return verdict;
}

void check_security_group_mail_dropped(Hearing *hearing, const Rule *rule)
{
        const Facts *facts = hearing->facts;
        Verdict verdict = verdict_on_all(hearing, rule,
                                         facts->n_proxies > 0 ? ATTRIBUTE_PROXY_ADDRESSES
                                                              : ATTRIBUTE_MAIL_NICKNAME);

        if (facts->is_mail_enabled)
                return;

        if (facts->n_smtp == 0 && facts->nickname.size == 0) {
                verdict.severity = SEVERITY_NOTICE;
                verdict.detail =
                        "no SMTP address and no mailNickname is among them: nothing is lost";
        }
        if (facts->has_other_case_with_at)
                verdict.certainty = CERTAINTY_PROBABLE;
        hearing_report(hearing, &verdict);
}

void check_primary_smtp_missing(Hearing *hearing, const Rule *rule)
{
        const Facts *facts = hearing->facts;
        PredictContext context = {
                .tenant = facts->tenant,
                .domain = hearing->context->domain,
                .is_licensed = true, /* without a mailbox nobody minds */
        };
        _cleanup_(prediction_done) Prediction prediction = {};
        Verdict verdict = verdict_on_all(hearing, rule, ATTRIBUTE_PROXY_ADDRESSES);
        int r;

        if (facts->n_smtp == 0 || facts->primary)
                return;

        r = predict(&context, facts->object, &prediction);
        if (r < 0) {
                hearing->error = r;
                return;
        }
        if (prediction.primary.size > 0)
                verdict.detail =
                        hearing_say(hearing, "Entra ID is likely to make %s the primary one",
                                    hearing_show(hearing, prediction.primary));
        hearing_report(hearing, &verdict);
}

/* The connector trims and removes what is then the same before it counts; so do we. */
void check_primary_smtp_several(Hearing *hearing, const Rule *rule)
{
        const Facts *facts = hearing->facts;
        Verdict verdict = verdict_on_all(hearing, rule, ATTRIBUTE_PROXY_ADDRESSES);

        for (size_t i = 0; i < facts->n_proxies; i++) {
                const Address *proxy = &facts->proxies[i];

                if (proxy->type != ADDRESS_SMTP || !proxy->is_primary ||
                    slice_equal(proxy->address, facts->primary->address))
                        continue;

                hearing_report(hearing, &verdict);
                return;
        }
}

void check_mail_not_primary(Hearing *hearing, const Rule *rule)
{
        const Facts *facts = hearing->facts;
        Verdict verdict = hearing_verdict(hearing, rule);

        if (facts->mail.size == 0 || !facts->has_primary_with_at)
                return;

        for (size_t i = 0; i < facts->n_proxies; i++) {
                const Address *proxy = &facts->proxies[i];
                int r;

                if (proxy->type != ADDRESS_SMTP || !proxy->is_primary)
                        continue;

                r = text_equal_ad(facts->mail.data, facts->mail.size, proxy->address.data,
                                  proxy->address.size);
                if (r < 0)
                        hearing->error = r;
                if (r != 0)
                        return;
        }

        verdict.detail = hearing_say(hearing, "the primary address is %s",
                                     hearing_show(hearing, facts->primary->address));
        hearing_report(hearing, &verdict);
}

/* ------------------------------------------------------------------ what Exchange left behind */

void check_exchange_attributes_dropped(Hearing *hearing, const Rule *rule)
{
        static const struct {
                AttributeId attribute;
                bool is_single;
        } dropped[] = {
                { ATTRIBUTE_TARGET_ADDRESS, true },    { ATTRIBUTE_MS_EXCH_MAILBOX_GUID, true },
                { ATTRIBUTE_PUBLIC_DELEGATES, false }, { ATTRIBUTE_AUTH_ORIG, false },
                { ATTRIBUTE_USER_CERTIFICATE, false }, { ATTRIBUTE_USER_SMIME_CERTIFICATE, false },
        };
        const Object *object = hearing->facts->object;
        Verdict verdict;

        if (hearing->facts->nickname.size > 0)
                return;

        if (object_boolean(object, ATTRIBUTE_MS_EXCH_HIDE_FROM_ADDRESS_LISTS)) {
                verdict = hearing_verdict(hearing, rule);
                verdict.severity = SEVERITY_WARNING;
                verdict.detail = "hidden from address lists here, visible in the cloud";
                hearing_report(hearing, &verdict);
        }

        for (size_t i = 0; i < ARRAY_SIZE(dropped); i++) {
                if (!object_has(object, dropped[i].attribute))
                        continue;

                verdict = verdict_on_all(hearing, rule, dropped[i].attribute);
                if (dropped[i].is_single)
                        verdict.value = value_slice(object_value(object, dropped[i].attribute));
                hearing_report(hearing, &verdict);
        }
}

void check_mailbox_guid_stale(Hearing *hearing, const Rule *rule)
{
        static const int64_t remote = RECIPIENT_REMOTE_USER | RECIPIENT_REMOTE_ROOM |
                                      RECIPIENT_REMOTE_EQUIPMENT | RECIPIENT_REMOTE_SHARED |
                                      RECIPIENT_REMOTE_TEAM;
        Verdict verdict = hearing_verdict(hearing, rule);

        if (!(hearing->facts->recipient_type & remote))
                hearing_report(hearing, &verdict);
}

/* "contoso.onmicrosoft.com" routes as "contoso.mail.onmicrosoft.com" unless RoutingDomain= says otherwise. */
static bool domain_is_routing(const Tenant *tenant, Slice domain)
{
        if (tenant->routing_domain)
                return domain_equal(domain, SLICE(tenant->routing_domain));
        if (!tenant->initial_domain)
                return true;

        return text_contains_nocase(domain, ".onmicrosoft.com") &&
               tenant_domain_standing(tenant, domain) == DOMAIN_VERIFIED;
}

/* Exchange Online adds addresses at the initial domain by itself: they need not stand here. */
static int facts_has_target_among_proxies(const Facts *facts)
{
        if (domain_is_reserved(facts->target.domain))
                return 1;

        for (size_t i = 0; i < facts->n_proxies; i++) {
                const Address *proxy = &facts->proxies[i];
                int r;

                if (proxy->type != ADDRESS_SMTP)
                        continue;

                r = text_equal_ad(proxy->address.data, proxy->address.size,
                                  facts->target.address.data, facts->target.address.size);
                if (r != 0)
                        return r;
        }

        return 0;
}

void check_remote_mailbox_broken(Hearing *hearing, const Rule *rule)
{
        const Facts *facts = hearing->facts;
        Verdict verdict = hearing_verdict(hearing, rule);
        int r;

        r = facts_has_target_among_proxies(facts);
        if (r < 0) {
                hearing->error = r;
                return;
        }

        if (facts->target.address.size == 0)
                verdict.detail = "there is no targetAddress";
        else if (!domain_is_routing(facts->tenant, facts->target.domain))
                verdict.detail = facts->tenant->routing_domain
                                         ? "its targetAddress is not at the routing domain"
                                         : "RoutingDomain= is not set; assumed to be the initial "
                                           "domain's, and its "
                                           "targetAddress is not there";
        else if (r == 0)
                verdict.detail = "its targetAddress is not among its proxyAddresses, so that the "
                                 "cloud mailbox will not take the mail";
        else
                return;

        hearing_report(hearing, &verdict);
}

/* ------------------------------------------------------------------ names and the rest */

void check_upn_missing(Hearing *hearing, const Rule *rule)
{
        const EvaluateContext *context = hearing->context;
        const Value *account = object_value(hearing->facts->object, ATTRIBUTE_SAM_ACCOUNT_NAME);
        Verdict verdict = hearing_verdict(hearing, rule);
        Slice domain = SLICE(context->domain), nickname = facts_predict_nickname(hearing->facts);
        const char *derived, *becomes;

        /* With LoginAttribute= this is identifier-missing: nothing is made up for other attributes. */
        if (hearing->facts->login_attribute != ATTRIBUTE_USER_PRINCIPAL_NAME)
                return;

        derived = hearing_say(hearing, "%s@%s", hearing_show(hearing, value_slice(account)),
                              context->domain);
        becomes = hearing_say(hearing, "%s@%s",
                              nickname.size > 0 ? hearing_show(hearing, nickname)
                                                : hearing_show(hearing, value_slice(account)),
                              context->tenant->initial_domain ?: "the tenant's initial domain");
        if (hearing->error < 0)
                return;

        switch (tenant_domain_standing(context->tenant, domain)) {
        case DOMAIN_VERIFIED:
                verdict.severity = SEVERITY_NOTICE;
                verdict.detail = hearing_say(hearing, "it will be %s", derived);
                break;

        case DOMAIN_UNVERIFIED:
                verdict.detail = hearing_say(hearing,
                                             "the connector makes it %s; that domain is not "
                                             "verified, so Entra ID makes it %s",
                                             derived, becomes);
                break;

        case DOMAIN_SUB_OF_VERIFIED:
                verdict.certainty = CERTAINTY_PROBABLE;
                verdict.detail = hearing_say(hearing,
                                             "the connector makes it %s; unless that domain is "
                                             "verified itself, Entra ID makes it %s",
                                             derived, becomes);
                break;

        case DOMAIN_UNKNOWN:
                if (domain_is_public(domain)) {
                        verdict.certainty = CERTAINTY_PROBABLE;
                        verdict.detail = hearing_say(
                                hearing,
                                "the connector makes it %s; VerifiedDomain= is not set, "
                                "and assuming that this one is not verified, Entra ID makes it %s",
                                derived, becomes);
                } else
                        verdict.detail =
                                hearing_say(hearing,
                                            "the connector makes it %s; that domain is not on the "
                                            "Internet, so Entra ID makes it %s",
                                            derived, becomes);
                break;
        }
        hearing_report(hearing, &verdict);
}

/*
 * Nobody reads the display name of a service account or of a plain security group, and of those there are thousands. Today's
 * rules take cn; the older filters left mail-enabled groups and contacts out.
 */
void check_displayname_missing(Hearing *hearing, const Rule *rule)
{
        const Facts *facts = hearing->facts;
        Verdict verdict = hearing_verdict(hearing, rule);

        if (facts->is_user ? facts->is_quiet : !facts->is_mail_enabled)
                return;

        if (!facts->is_user)
                verdict.severity = SEVERITY_WARNING;
        hearing_report(hearing, &verdict);
}
