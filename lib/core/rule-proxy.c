/* SPDX-License-Identifier: MIT */

/* Checks on the values of proxyAddresses, one by one. Which rule asks for which is in rule-table.c. */

#include <string.h>

#include "lib/core/evaluate-internal.h"

static Slice value_trimmed(const Value *value)
{
        return text_trim(value->data, value->size);
}

static Verdict proxy_verdict(const Hearing *hearing, const Rule *rule, size_t index)
{
        const Value *value = &hearing->facts->proxy_values[index];
        Verdict verdict = hearing_verdict(hearing, rule);

        verdict.value = value_slice(value);
        return verdict;
}

static void report_type(Hearing *hearing, const Rule *rule, AddressType type)
{
        for (size_t i = 0; i < hearing->facts->n_proxies; i++) {
                Verdict verdict;

                if (hearing->facts->proxies[i].type != type)
                        continue;

                verdict = proxy_verdict(hearing, rule, i);
                hearing_report(hearing, &verdict);
        }
}

void check_proxy_no_prefix(Hearing *hearing, const Rule *rule)
{
        report_type(hearing, rule, ADDRESS_NONE);
}

void check_proxy_legacy_type(Hearing *hearing, const Rule *rule)
{
        report_type(hearing, rule, ADDRESS_LEGACY);
}

/* Is it the address that Entra ID makes by itself? Then it hardly matters that this one is dropped. */
static int proxy_is_predicted(const Facts *facts, const Address *proxy)
{
        Slice nickname = facts_predict_nickname(facts);

        if (facts->tenant->initial_domain &&
            !domain_equal(proxy->domain, SLICE(facts->tenant->initial_domain)))
                return 0;

        return text_equal_ad(proxy->local.data, proxy->local.size, nickname.data, nickname.size);
}

void check_proxy_reserved_suffix(Hearing *hearing, const Rule *rule)
{
        const Facts *facts = hearing->facts;

        for (size_t i = 0; i < facts->n_proxies; i++) {
                const Address *proxy = &facts->proxies[i];
                Verdict verdict;
                int r;

                if (proxy->type != ADDRESS_SMTP || !domain_is_reserved(proxy->domain))
                        continue;

                r = proxy_is_predicted(facts, proxy);
                if (r < 0) {
                        hearing->error = r;
                        return;
                }

                verdict = proxy_verdict(hearing, rule, i);
                if (proxy->is_primary)
                        verdict.detail = "it is the primary address: another one takes its place";
                else if (r > 0) {
                        verdict.severity = SEVERITY_NOTICE;
                        verdict.detail = "Entra ID is likely to make the same address by itself";
                        if (!facts->tenant->initial_domain) {
                                verdict.certainty = CERTAINTY_PROBABLE;
                                verdict.detail =
                                        hearing_say(hearing,
                                                    "InitialDomain= is not set; if it is %s, "
                                                    "Entra ID makes the same address by itself",
                                                    hearing_show(hearing, proxy->domain));
                        }
                }
                hearing_report(hearing, &verdict);
        }
}

/* What the forwarding address of a mail user is stays outside by design: its domain is somebody else's. */
static bool facts_forwards_to(const Facts *facts, const Address *proxy, Hearing *hearing)
{
        int r;

        if (facts->target.type != ADDRESS_SMTP)
                return false;

        r = text_equal_ad(proxy->address.data, proxy->address.size, facts->target.address.data,
                          facts->target.address.size);
        if (r < 0)
                hearing->error = r;
        return r != 0;
}

/*
 * Entra ID drops such an address only where an Exchange Online licence is. A remote mailbox has one; of others nothing in AD
 * tells. A hand-written list of domains may be behind the tenant's own, so it makes nothing certain.
 */
static Certainty proxy_unverified_certainty(const Facts *facts, DomainStanding standing)
{
        static const int64_t remote = RECIPIENT_REMOTE_USER | RECIPIENT_REMOTE_ROOM |
                                      RECIPIENT_REMOTE_EQUIPMENT | RECIPIENT_REMOTE_SHARED;

        return standing == DOMAIN_UNVERIFIED && facts->tenant->verified_from_tenant &&
                               facts->recipient_type & remote
                       ? CERTAINTY_CERTAIN
                       : CERTAINTY_PROBABLE;
}

void check_proxy_unverified_domain(Hearing *hearing, const Rule *rule)
{
        const Facts *facts = hearing->facts;

        for (size_t i = 0; i < facts->n_proxies; i++) {
                const Address *proxy = &facts->proxies[i];
                DomainStanding standing;
                Verdict verdict;

                if (proxy->type != ADDRESS_SMTP || facts->proxy_problems[i] != ADDRESS_OK ||
                    domain_is_reserved(proxy->domain))
                        continue;

                standing = tenant_domain_standing(facts->tenant, proxy->domain);
                if (standing == DOMAIN_VERIFIED || standing == DOMAIN_UNKNOWN ||
                    facts_forwards_to(facts, proxy, hearing))
                        continue;

                verdict = proxy_verdict(hearing, rule, i);
                verdict.certainty = proxy_unverified_certainty(facts, standing);
                /*
                 * An address policy gives every mailbox a secondary address at one such domain: one finding of the domain
                 * stands for all of them, because fifty thousand warnings tell nobody anything.
                 */
                if (!proxy->is_primary) {
                        verdict.severity = SEVERITY_NOTICE;
                        verdict.fold = hearing_fold(hearing, proxy->domain);
                }
                verdict.detail = hearing_say(
                        hearing, "%s is not a verified domain of the tenant%s",
                        hearing_show(hearing, proxy->domain),
                        standing == DOMAIN_SUB_OF_VERIFIED ? ", but is below one that is" : "");
                hearing_report(hearing, &verdict);
        }
}

void check_proxy_invalid(Hearing *hearing, const Rule *rule)
{
        const Facts *facts = hearing->facts;

        for (size_t i = 0; i < facts->n_proxies; i++) {
                AddressProblem problem = facts->proxy_problems[i];
                Verdict verdict;

                if (problem == ADDRESS_OK)
                        continue;

                verdict = proxy_verdict(hearing, rule, i);
                if (facts->proxies[i].is_primary)
                        verdict.severity = SEVERITY_ERROR;
                if (problem == ADDRESS_NON_ASCII)
                        verdict.certainty = CERTAINTY_PROBABLE;
                verdict.detail = hearing_say(hearing, "it %s", address_problem_text(problem));
                hearing_report(hearing, &verdict);
        }
}

void check_proxy_too_long(Hearing *hearing, const Rule *rule)
{
        for (size_t i = 0; i < hearing->facts->n_proxies; i++) {
                const Value *value = &hearing->facts->proxy_values[i];
                Verdict verdict;
                size_t n;

                /* Characters are never more than bytes: nearly all values are settled here. */
                if (value->size <= ADDRESS_CHARACTERS_MAX)
                        continue;
                n = text_length(value_trimmed(value));
                if (n <= ADDRESS_CHARACTERS_MAX)
                        continue;

                verdict = proxy_verdict(hearing, rule, i);
                verdict.detail = hearing_say(hearing, "%zu characters", n);
                hearing_report(hearing, &verdict);
        }
}

/* Microsoft names 300 as a rule of thumb; 332 was what a bare user could take. */
#define PROXIES_ADVISED 300
#define PROXIES_MAX     332

void check_proxy_too_many(Hearing *hearing, const Rule *rule)
{
        size_t n = hearing->facts->n_proxies;
        Verdict verdict = hearing_verdict(hearing, rule);

        if (n <= PROXIES_ADVISED)
                return;

        if (n > PROXIES_MAX)
                verdict.severity = SEVERITY_ERROR;
        verdict.value = (Slice){};
        verdict.detail = hearing_say(hearing, "%zu addresses", n);
        hearing_report(hearing, &verdict);
}

static bool value_is_padded(const Value *value)
{
        return value_trimmed(value).size < value->size;
}

/* Notes what the values are once trimmed, where trimming changes one of them at all. Returns whether it does. */
static bool note_trimmed_proxies(Hearing *hearing, Crowd *crowd)
{
        const Facts *facts = hearing->facts;
        bool is_any_padded = false;

        for (size_t i = 0; i < facts->n_proxies; i++)
                is_any_padded |= value_is_padded(&facts->proxy_values[i]);

        for (uint32_t i = 0; i < facts->n_proxies && is_any_padded && hearing->error >= 0; i++) {
                Slice trimmed = value_trimmed(&facts->proxy_values[i]);
                uint32_t first;

                hearing->error = crowd_note(crowd, 0, trimmed, i, &first);
        }

        return is_any_padded;
}

void check_proxies_trimmed(Hearing *hearing, const Rule *rule)
{
        _cleanup_(crowd_done) Crowd crowd = {};
        const Facts *facts = hearing->facts;

        if (!note_trimmed_proxies(hearing, &crowd))
                return;

        for (uint32_t i = 0; i < facts->n_proxies && hearing->error >= 0; i++) {
                const Value *value = &facts->proxy_values[i];
                Verdict verdict;

                if (!value_is_padded(value) || !crowd_has_other(&crowd, 0, value_trimmed(value), i))
                        continue;

                verdict = proxy_verdict(hearing, rule, i);
                verdict.attribute = ATTRIBUTE_PROXY_ADDRESSES;
                verdict.detail = "another value is then the same";
                hearing_report(hearing, &verdict);
        }
}
