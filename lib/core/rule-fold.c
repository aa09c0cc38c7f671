/* SPDX-License-Identifier: MIT */

/*
 * What is said of a domain in place of the same finding of each of its objects, thousands maybe, for one cause. Which rule asks for which
 * is in rule-table.c, and what may fold is a notice: see hearing_report().
 */

#include <errno.h>
#include <inttypes.h>

#include "lib/core/evaluate-internal.h"

/* The name of a domain as all spell it alike. Empty where there is no memory, which `error` then says. */
Slice hearing_fold(Hearing *hearing, Slice domain)
{
        uint8_t *copy = arena_allocate(&hearing->outcome->memory->arena, domain.size + 1);

        if (!copy) {
                hearing->error = -ENOMEM;
                return (Slice){};
        }

        for (size_t i = 0; i < domain.size; i++)
                copy[i] = ascii_lower(domain.data[i]);
        copy[domain.size] = '\0';
        return (Slice){ copy, domain.size };
}

static Verdict verdict_on_fold(const Hearing *hearing, const Rule *rule)
{
        Verdict verdict = hearing_verdict(hearing, rule);

        verdict.class = RULE_DIRECTORY;
        verdict.severity = SEVERITY_NOTICE;
        verdict.value = verdict.fold = SLICE(hearing->folded->value);
        return verdict;
}

/* "1 account signs in" and "12000 accounts sign in". */
static const char *say_accounts(Hearing *hearing)
{
        int64_t n = hearing->folded->n;

        return hearing_say(hearing,
                           "%" PRIi64 " account%s sign%s in with @%s, the AD domain's own name", n,
                           n == 1 ? "" : "s", n == 1 ? "s" : "", hearing->folded->value);
}

void fold_own_suffix(Hearing *hearing, const Rule *rule)
{
        Verdict verdict = verdict_on_fold(hearing, rule);

        verdict.detail =
                hearing_say(hearing, "%s, which is no name on the Internet", say_accounts(hearing));
        hearing_report(hearing, &verdict);
}

void fold_unverified_suffix(Hearing *hearing, const Rule *rule)
{
        const Tenant *tenant = hearing->context->tenant;
        DomainStanding standing = tenant_domain_standing(tenant, SLICE(hearing->folded->value));
        Verdict verdict = verdict_on_fold(hearing, rule);

        if (standing == DOMAIN_SUB_OF_VERIFIED || !tenant->verified_from_tenant)
                verdict.certainty = CERTAINTY_PROBABLE;
        verdict.detail =
                hearing_say(hearing, "%s, which is %s", say_accounts(hearing),
                            standing == DOMAIN_SUB_OF_VERIFIED
                                    ? "below a verified domain of the tenant, but not listed itself"
                                    : "not a verified domain of the tenant");
        hearing_report(hearing, &verdict);
}

void fold_unverified_addresses(Hearing *hearing, const Rule *rule)
{
        int64_t n = hearing->folded->n;
        Verdict verdict = verdict_on_fold(hearing, rule);

        verdict.detail = hearing_say(
                hearing,
                "%" PRIi64 " secondary address%s at %s, which is not a "
                "verified domain of the tenant%s",
                n, n == 1 ? "" : "es", hearing->folded->value,
                tenant_domain_standing(hearing->context->tenant, SLICE(hearing->folded->value)) ==
                                DOMAIN_SUB_OF_VERIFIED
                        ? ", but is below one that is"
                        : "");
        hearing_report(hearing, &verdict);
}

void fold_absent_members(Hearing *hearing, const Rule *rule)
{
        int64_t n = hearing->folded->n;
        Verdict verdict = verdict_on_fold(hearing, rule);

        verdict.detail = hearing_say(hearing, "%" PRIi64 " group%s members who do not arrive", n,
                                     n == 1 ? " has" : "s have");
        hearing_report(hearing, &verdict);
}
