/* SPDX-License-Identifier: MIT */

/*
 * Checks on what no search of everything brings: numbers of members and certificates, rights, the fate of a manager. In a file the values
 * stand themselves; of a directory, surveys leave what they found. Which rule asks for which is in rule-table.c.
 */

#include <inttypes.h>
#include <stdio.h>

#include "lib/core/evaluate-internal.h"

static Verdict verdict_on_all(const Hearing *hearing, const Rule *rule, AttributeId attribute)
{
        Verdict verdict = hearing_verdict(hearing, rule);

        verdict.attribute = attribute;
        verdict.value = (Slice){};
        return verdict;
}

/* Builds before 1.1.524.0 exported the certificates, and failed. */
static bool connector_exports_certificates(const Tenant *tenant)
{
        unsigned major, minor, build;

        if (!tenant->connector_build ||
            sscanf(tenant->connector_build, "%u.%u.%u", &major, &minor, &build) != 3)
                return false;

        return major < 1 || (major == 1 && (minor < 1 || (minor == 1 && build < 524)));
}

#define CERTIFICATES_MAX 15

/* The survey asks for one more than that, and does not know of others. */
#define CERTIFICATES_COUNTED 16

/* Who counted them left their number; in a file they stand themselves. */
static size_t count_certificates(const Object *object, AttributeId attribute)
{
        int64_t counted;
        size_t n;

        if (object_integer(object,
                           attribute == ATTRIBUTE_USER_CERTIFICATE
                                   ? ATTRIBUTE_USER_CERTIFICATE_COUNT
                                   : ATTRIBUTE_USER_SMIME_CERTIFICATE_COUNT,
                           &counted) &&
            counted > 0)
                return (size_t)counted;
        (void)object_values(object, attribute, &n);
        return n;
}

void check_certificates_too_many(Hearing *hearing, const Rule *rule)
{
        static const AttributeId attributes[] = {
                ATTRIBUTE_USER_CERTIFICATE,
                ATTRIBUTE_USER_SMIME_CERTIFICATE,
        };
        const Facts *facts = hearing->facts;

        if (facts->is_user && facts->nickname.size == 0)
                return;

        for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
                Verdict verdict = verdict_on_all(hearing, rule, attributes[i]);
                size_t n = count_certificates(facts->object, attributes[i]);

                if (n <= CERTIFICATES_MAX)
                        continue;

                if (connector_exports_certificates(facts->tenant)) {
                        verdict.class = RULE_FAILS;
                        verdict.severity = SEVERITY_ERROR;
                }
                verdict.detail = hearing_say(hearing, "%zu certificates%s", n,
                                             n == CERTIFICATES_COUNTED ? " or more" : "");
                hearing_report(hearing, &verdict);
        }
}

#define MEMBERS_OF_OLD_ENDPOINT 50000

/* Who counted them left their number; in a file they stand themselves. */
static int64_t count_members(const Object *object)
{
        int64_t counted;
        size_t n;

        if (object_integer(object, ATTRIBUTE_MEMBER_COUNT, &counted))
                return counted;
        (void)object_values(object, ATTRIBUTE_MEMBER, &n);
        return (int64_t)n;
}

/* Whether Entra ID has the group already, only an inventory of it tells: until settle_group_too_large() nothing is certain. */
void check_group_too_large(Hearing *hearing, const Rule *rule)
{
        const Facts *facts = hearing->facts;
        int64_t n = count_members(facts->object), limit = facts->tenant->member_limit;
        Verdict verdict = verdict_on_all(hearing, rule, ATTRIBUTE_MEMBER);

        if (n < limit && n <= MEMBERS_OF_OLD_ENDPOINT)
                return;

        if (n < limit) {
                verdict.severity = SEVERITY_WARNING;
                verdict.detail = hearing_say(
                        hearing,
                        "%" PRIi64 " members; a connector on the old endpoint takes less than %d",
                        n, MEMBERS_OF_OLD_ENDPOINT);
        } else
                verdict.detail = hearing_say(hearing,
                                             "%" PRIi64 " members, and the limit is %" PRIi64
                                             "; if Entra ID has the group already, %s",
                                             n, limit,
                                             n > limit ? "its members are no longer exported"
                                                       : "it is still exported");
        hearing_report(hearing, &verdict);
}

/* What the group is to become, where the inventory knows whether it is there. False: nothing need be said. */
static bool settle_member_verdict(Hearing *hearing, Verdict *verdict)
{
        const Facts *facts = hearing->facts;
        int64_t n = count_members(facts->object), limit = facts->tenant->member_limit;
        bool is_there = hearing->counterpart->object != NULL;

        if (n < limit)
                return true; /* of older connectors nothing is known */
        if (is_there && n == limit)
                return false;

        if (is_there)
                verdict->class = RULE_FAILS;
        verdict->certainty = CERTAINTY_CERTAIN;
        verdict->detail = hearing_say(
                hearing, "%" PRIi64 " members, and the limit is %" PRIi64 "; %s", n, limit,
                is_there ? "Entra ID has the group, and its members are no longer exported"
                         : "Entra ID does not have the group, so it is left out");
        return true;
}

void settle_group_too_large(Hearing *hearing)
{
        Outcome *outcome = hearing->outcome;
        size_t n = 0;

        for (size_t i = 0; i < outcome->n_verdicts; i++) {
                Verdict *verdict = &outcome->verdicts[i];

                if (verdict->rule->check == check_group_too_large &&
                    !settle_member_verdict(hearing, verdict))
                        continue;
                outcome->verdicts[n++] = *verdict;
        }
        outcome->n_verdicts = n;
}

/* What Microsoft names as safe; and by its examples, the certificates that weigh as much as three addresses. */
#define PROXIES_SAFE           300
#define CERTIFICATES_AS_WEIGHT 10
#define PROXIES_AS_WEIGHT      3

/* More addresses are proxy-too-many, and more certificates are not exported at all. */
void check_object_too_large(Hearing *hearing, const Rule *rule)
{
        const Facts *facts = hearing->facts;
        Verdict verdict = verdict_on_all(hearing, rule, ATTRIBUTE_PROXY_ADDRESSES);
        size_t n_certificates = 0, n;

        n = count_certificates(facts->object, ATTRIBUTE_USER_CERTIFICATE);
        if (n <= CERTIFICATES_MAX)
                n_certificates += n;
        n = count_certificates(facts->object, ATTRIBUTE_USER_SMIME_CERTIFICATE);
        if (n <= CERTIFICATES_MAX)
                n_certificates += n;

        if (facts->n_proxies > PROXIES_SAFE || (facts->is_user && facts->nickname.size == 0) ||
            facts->n_proxies * CERTIFICATES_AS_WEIGHT + n_certificates * PROXIES_AS_WEIGHT <=
                    PROXIES_SAFE * CERTIFICATES_AS_WEIGHT)
                return;

        verdict.detail = hearing_say(hearing, "%zu addresses and %zu certificates",
                                     facts->n_proxies, n_certificates);
        hearing_report(hearing, &verdict);
}

void check_write_back_blocked(Hearing *hearing, const Rule *rule)
{
        const Object *object = hearing->facts->object;
        Verdict verdict = hearing_verdict(hearing, rule);

        /* What was written since is better known than what was asked a day ago. */
        if (!object_has(object, ATTRIBUTE_WRITE_BACK_DENIED) ||
            object_has(object, ATTRIBUTE_MS_DS_CONSISTENCY_GUID))
                return;

        if (!hearing->facts->tenant->source_anchor_is_set)
                verdict.detail = "SourceAnchor= is not set, assumed to be mS-DS-ConsistencyGuid";
        hearing_report(hearing, &verdict);
}

void check_manager_out_of_scope(Hearing *hearing, const Rule *rule)
{
        Verdict verdict = hearing_verdict(hearing, rule);
        int64_t fate;

        if (!object_integer(hearing->facts->object, ATTRIBUTE_MANAGER_FATE, &fate))
                return;

        verdict.detail = fate == ABSENT_EXCLUDED ? "the manager is excluded by a rule"
                                                 : "the manager is outside the scope";
        hearing_report(hearing, &verdict);
}

/* How many groups there are is said of the domain, see fold_absent_members(): that some people do not arrive is nothing unusual. */
void check_members_out_of_scope(Hearing *hearing, const Rule *rule)
{
        Verdict verdict = verdict_on_all(hearing, rule, ATTRIBUTE_MEMBER);

        if (!object_has(hearing->facts->object, ATTRIBUTE_MEMBER_ABSENT))
                return;

        verdict.fold = hearing_fold(hearing, SLICE(hearing->context->domain));
        hearing_report(hearing, &verdict);
}
