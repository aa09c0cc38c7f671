/* SPDX-License-Identifier: MIT */

/* Checks on what one value is. Which rule asks for which is in rule-table.c. */

#include <string.h>

#include "lib/core/evaluate-internal.h"

static Slice value_trimmed(const Value *value)
{
        return text_trim(value->data, value->size);
}

/* ------------------------------------------------------------------ targetAddress, mail, mailNickname */

void check_target_address_invalid(Hearing *hearing, const Rule *rule)
{
        const Facts *facts = hearing->facts;
        const Address *target = &facts->target;
        Verdict verdict = hearing_verdict(hearing, rule);
        AddressProblem problem;

        if (target->type != ADDRESS_SMTP || (facts->is_user && facts->nickname.size == 0))
                return;

        problem = address_check_smtp(target);
        if (problem != ADDRESS_OK)
                verdict.detail = hearing_say(hearing, "it %s", address_problem_text(problem));
        else if (memchr(target->address.data, '\\', target->address.size))
                verdict.detail = "it holds a backslash";
        else if (text_length(text_trim(verdict.value.data, verdict.value.size)) >
                 ADDRESS_CHARACTERS_MAX)
                verdict.detail = "it is longer than 256 characters";
        else
                return;

        hearing_report(hearing, &verdict);
}

/* Most have it among their proxies, in the same spelling. */
static AddressProblem mail_problem(const Facts *facts)
{
        Address mail;

        for (size_t i = 0; i < facts->n_proxies; i++)
                if (facts->proxies[i].type == ADDRESS_SMTP &&
                    slice_equal(facts->proxies[i].address, facts->mail))
                        return facts->proxy_problems[i];

        mail = address_parse_mail(facts->mail.data, facts->mail.size);
        return address_check_smtp(&mail);
}

void check_mail_invalid(Hearing *hearing, const Rule *rule)
{
        const Facts *facts = hearing->facts;
        Verdict verdict = hearing_verdict(hearing, rule);
        AddressProblem problem;

        if (facts->mail.size == 0)
                return;

        problem = mail_problem(facts);
        if (problem != ADDRESS_OK)
                verdict.detail = hearing_say(hearing, "it %s", address_problem_text(problem));
        else if (text_length(facts->mail) > ADDRESS_CHARACTERS_MAX)
                verdict.detail = "it is longer than 256 characters";
        else
                return;

        /* With SMTP proxies mail is not used at all. */
        if (facts->n_smtp > 0)
                verdict.severity = SEVERITY_NOTICE;
        hearing_report(hearing, &verdict);
}

#define NICKNAME_CHARACTERS_MAX 64

/* What is wrong with it; *ret_is_certain: Microsoft says it in so many words. NULL: nothing. */
static const char *nickname_problem(Slice nickname, bool *ret_is_certain)
{
        *ret_is_certain = true;
        if (nickname.data[0] == '.')
                return "it begins with a dot";
        if (text_length(nickname) > NICKNAME_CHARACTERS_MAX)
                return "it is longer than 64 characters";

        *ret_is_certain = false;
        if (nickname.data[nickname.size - 1] == '.')
                return "it ends with a dot";
        if (text_contains(nickname, ".."))
                return "it holds two dots in a row";

        for (size_t i = 0; i < nickname.size; i++) {
                uint8_t byte = nickname.data[i];

                /* Letters, which nearly all are. */
                if (ascii_lower(byte) >= 'a' && ascii_lower(byte) <= 'z')
                        continue;
                if (byte >= 0x80)
                        return "it holds a character beyond ASCII";
                if (byte <= ' ' || byte == 0x7F)
                        return "it holds white space or a control character";
                if (strchr("@()\\[]\";:<>,", byte))
                        return "it holds one of @ ( ) \\ [ ] \" ; : < > ,";
        }
        return NULL;
}

void check_mailnickname_invalid(Hearing *hearing, const Rule *rule)
{
        Slice nickname = hearing->facts->nickname;
        Verdict verdict = hearing_verdict(hearing, rule);
        bool is_certain;

        if (nickname.size == 0)
                return;

        verdict.detail = nickname_problem(nickname, &is_certain);
        if (!verdict.detail)
                return;

        if (!is_certain)
                verdict.certainty = CERTAINTY_PROBABLE;
        hearing_report(hearing, &verdict);
}

/* ------------------------------------------------------------------ user principal names */

static const char *say_upn_problems(Hearing *hearing, unsigned problems)
{
        const char *said = NULL;

        for (unsigned bit = 1; bit <= problems && hearing->error >= 0; bit <<= 1)
                if (problems & bit)
                        said = hearing_say(hearing, "%s %s",
                                           said ? hearing_say(hearing, "%s,", said) : "it",
                                           upn_problem_text((UpnProblem)bit));
        return said;
}

void check_upn_invalid(Hearing *hearing, const Rule *rule)
{
        unsigned problems = hearing->facts->login_problems & ~(unsigned)UPN_TOO_LONG;
        Verdict verdict = hearing_verdict(hearing, rule);

        if (!problems)
                return;

        /* White space and what nobody sees are replaced in silence; of the rest two of Microsoft's pages differ. */
        if (problems & UPN_WHITE_SPACE) {
                verdict.class = RULE_ALTERED;
                verdict.certainty = CERTAINTY_CERTAIN;
        }
        verdict.detail = say_upn_problems(hearing, problems);
        hearing_report(hearing, &verdict);
}

void check_upn_too_long(Hearing *hearing, const Rule *rule)
{
        Verdict verdict = hearing_verdict(hearing, rule);

        if (hearing->facts->login_problems & UPN_TOO_LONG)
                hearing_report(hearing, &verdict);
}

/* The domain's own DNS name, or that of a domain above it: what Windows offers for a suffix by itself. */
static bool suffix_is_own(const Hearing *hearing, Slice suffix)
{
        Slice domain = SLICE(hearing->context->domain);

        if (domain.size > suffix.size && domain.data[domain.size - suffix.size - 1] == '.')
                domain = (Slice){ domain.data + domain.size - suffix.size, suffix.size };
        return domain_equal(domain, suffix);
}

/* The suffix, where the rest of the name does not make it pointless to look at it: then upn-invalid says enough. */
static Slice login_suffix(const Hearing *hearing)
{
        static const unsigned pointless = UPN_WHITE_SPACE | UPN_NO_AT | UPN_SEVERAL_AT | UPN_DOMAIN;

        if (hearing->facts->login_problems & pointless)
                return (Slice){};

        return upn_suffix(hearing->facts->login.data, hearing->facts->login.size);
}

/*
 * Whoever keeps the domain's own suffix does so for everybody: thousands of accounts, one cause, and one finding of the domain that
 * stands for all of them, so that what is wrong with one account only is not buried.
 */
static void report_suffix(Hearing *hearing, Verdict *verdict, Slice suffix, const char *is_what)
{
        if (suffix_is_own(hearing, suffix)) {
                verdict->severity = SEVERITY_NOTICE;
                verdict->fold = hearing_fold(hearing, suffix);
                verdict->detail = hearing_say(hearing, "%s, the AD domain's own name, %s",
                                              hearing_show(hearing, suffix), is_what);
        } else
                verdict->detail =
                        hearing_say(hearing, "%s %s", hearing_show(hearing, suffix), is_what);
        hearing_report(hearing, verdict);
}

void check_upn_not_routable(Hearing *hearing, const Rule *rule)
{
        Slice suffix = login_suffix(hearing);
        Verdict verdict = hearing_verdict(hearing, rule);

        /* The public suffix list is asked last: for most it need not be. */
        if (suffix.size == 0 ||
            tenant_domain_standing(hearing->context->tenant, suffix) == DOMAIN_VERIFIED ||
            domain_is_public(suffix))
                return;

        report_suffix(hearing, &verdict, suffix, "is no name on the Internet");
}

void check_upn_unverified_domain(Hearing *hearing, const Rule *rule)
{
        const Tenant *tenant = hearing->context->tenant;
        Slice suffix = login_suffix(hearing);
        Verdict verdict = hearing_verdict(hearing, rule);
        DomainStanding standing;

        if (suffix.size == 0)
                return;

        standing = tenant_domain_standing(tenant, suffix);
        if (standing == DOMAIN_VERIFIED || standing == DOMAIN_UNKNOWN || !domain_is_public(suffix))
                return;

        if (standing == DOMAIN_SUB_OF_VERIFIED || !tenant->verified_from_tenant)
                verdict.certainty = CERTAINTY_PROBABLE;
        report_suffix(hearing, &verdict, suffix,
                      standing == DOMAIN_SUB_OF_VERIFIED
                              ? "is below a verified domain of the tenant, but not listed itself"
                              : "is not a verified domain of the tenant");
}

/* ------------------------------------------------------------------ other values */

#define ACCOUNT_CHARACTERS_MAX 20

void check_samaccountname_invalid(Hearing *hearing, const Rule *rule)
{
        Verdict verdict = hearing_verdict(hearing, rule);
        bool is_too_long = text_length(verdict.value) > ACCOUNT_CHARACTERS_MAX;
        bool is_wrong = false;

        for (size_t i = 0; i < verdict.value.size; i++)
                is_wrong |= verdict.value.data[i] != '\0' &&
                            strchr("\\\"|,/[]:<>+=;?*", verdict.value.data[i]);
        if ((!is_too_long && !is_wrong) ||
            (hearing->facts->login.size > 0 && hearing->facts->login_problems == UPN_OK))
                return;

        verdict.detail =
                is_wrong ? "it holds a character that is not allowed, and there is no valid "
                           "user principal name either"
                         : "it is longer than 20 characters, and there is no valid user "
                           "principal name either";
        hearing_report(hearing, &verdict);
}

void check_displayname_blank(Hearing *hearing, const Rule *rule)
{
        Verdict verdict = hearing_verdict(hearing, rule);

        if (text_trim(verdict.value.data, verdict.value.size).size > 0)
                return;

        if (!hearing->facts->is_user)
                verdict.certainty = CERTAINTY_PROBABLE;
        hearing_report(hearing, &verdict);
}

void check_too_long(Hearing *hearing, const Rule *rule)
{
        for (const AttributeLimit *limit = rule->limits; limit->attribute != ATTRIBUTE_NONE;
             limit++) {
                const Value *value = object_value(hearing->facts->object, limit->attribute);
                Verdict verdict;
                size_t n;

                if (!value || value->size <= limit->limit)
                        continue;
                n = text_length(value_trimmed(value));
                if (n <= limit->limit)
                        continue;

                verdict = hearing_verdict(hearing, rule);
                verdict.attribute = limit->attribute;
                verdict.value = value_slice(value);
                verdict.detail =
                        hearing_say(hearing, "%zu characters, %zu are taken", n, limit->limit);
                hearing_report(hearing, &verdict);
        }
}

void check_truncated(Hearing *hearing, const Rule *rule)
{
        check_too_long(hearing, rule);

        for (const AttributeLimit *limit = rule->limits; limit->attribute != ATTRIBUTE_NONE;
             limit++) {
                Verdict verdict = hearing_verdict(hearing, rule);
                size_t n;

                (void)object_values(hearing->facts->object, limit->attribute, &n);
                if (n <= 1)
                        continue;

                verdict.attribute = limit->attribute;
                verdict.value = (Slice){};
                verdict.detail = hearing_say(
                        hearing, "%zu values: one is used, the first that AD hands out", n);
                hearing_report(hearing, &verdict);
        }
}

void check_white_space_trimmed(Hearing *hearing, const Rule *rule)
{
        const Facts *facts = hearing->facts;
        Verdict verdict = hearing_verdict(hearing, rule);

        for (const AttributeId *attribute = rule->uses; *attribute != ATTRIBUTE_NONE; attribute++) {
                const Value *value = object_value(facts->object, *attribute);

                if (*attribute == ATTRIBUTE_PROXY_ADDRESSES || !value ||
                    value_trimmed(value).size > 0)
                        continue;

                verdict.attribute = *attribute;
                verdict.value = value_slice(value);
                verdict.detail = "nothing is left of it";
                hearing_report(hearing, &verdict);
        }

        check_proxies_trimmed(hearing, rule);
}

/*
 * "Less than 60 characters", where each that is no ASCII letter or digit counts three; and some are not allowed at all. Only
 * where SourceAnchor= names a text: binary anchors are encoded in Base64 and always fit.
 */
#define ANCHOR_WEIGHT_MAX 59

void check_anchor_invalid(Hearing *hearing, const Rule *rule)
{
        static const char forbidden[] = "\\!#$%&*+/=?^`{}|~<>()';:,[]\"@_";
        AttributeId attribute = hearing_attribute(hearing, ATTRIBUTE_MS_DS_CONSISTENCY_GUID);
        Verdict verdict = hearing_verdict(hearing, rule);
        size_t weight = 0;
        bool is_wrong = false;

        if (attribute_syntax(attribute) != SYNTAX_STRING)
                return;
        if (!hearing_knows(hearing, attribute)) {
                hearing_undefined(hearing, rule, attribute);
                return;
        }

        for (size_t i = 0; i < verdict.value.size; i++) {
                uint8_t byte = verdict.value.data[i];
                bool is_plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                                (byte >= 'a' && byte <= 'z');

                weight += is_plain ? 1 : 3;
                is_wrong |= byte != '\0' && strchr(forbidden, byte);
        }

        if (is_wrong)
                verdict.detail = "it holds a character that an anchor must not hold";
        else if (weight > ANCHOR_WEIGHT_MAX)
                verdict.detail = hearing_say(hearing,
                                             "it counts as %zu characters, less than 60 are "
                                             "taken",
                                             weight);
        else
                return;
        hearing_report(hearing, &verdict);
}
