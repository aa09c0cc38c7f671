/* SPDX-License-Identifier: MIT */
#include "lib/core/rule-site.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/core/evaluate-internal.h"

/* The strings that the Rule points to. */
typedef struct SiteRule {
        Rule rule; /* first: others know the rule only */
        bool has_class, has_attribute;
        char *id, *title, *condition, *source, *advice;
        char *own_condition; /* the filter as it is printed, without the kinds */
        char *filter;        /* with them */
        Filter *parsed;
} SiteRule;

static SiteRule *site_of(Rule *rule)
{
        assert(rule->is_site);
        return (SiteRule *)rule;
}

static const SiteRule *site_of_const(const Rule *rule)
{
        assert(rule->is_site);
        return (const SiteRule *)rule;
}

const char *rule_site_no_presence(const Filter *filter)
{
        static const struct {
                AttributeId attribute;
                const char *text;
        } rows[] = {
                { ATTRIBUTE_MEMBER_OF,
                  "memberOf can be asked about one group at a time: (memberOf=CN=…)" },
                { ATTRIBUTE_MANAGER,
                  "manager can be asked in chain about one person at a time: "
                  "(manager:1.2.840.113556.1.4.1941:=CN=…)" },
                { ATTRIBUTE_DIRECT_REPORTS,
                  "directReports can be asked about one person at a time: (directReports=CN=…)" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                if ((attribute_is_link(rows[i].attribute) &&
                     filter_asks_presence(filter, rows[i].attribute)) ||
                    filter_asks_presence(filter, attribute_in_chain(rows[i].attribute)))
                        return rows[i].text;
        return NULL;
}

#define ALL_KINDS                                                                                  \
        (1U << KIND_USER | 1U << KIND_INETORGPERSON | 1U << KIND_CONTACT | 1U << KIND_GROUP)

int rule_site_new(const char *id, const char *where, size_t number, Rule **ret)
{
        SiteRule *site = calloc(1, sizeof(*site));

        if (!site)
                return -ENOMEM;

        site->rule = (Rule){
                .class = RULE_EXCLUDED,
                .severity = SEVERITY_WARNING,
                .certainty = CERTAINTY_CERTAIN,
                .basis = BASIS_STATE,
                .kinds = ALL_KINDS,
                .is_site = true,
                .site_number = number,
        };
        site->id = strdup(id);
        if (asprintf(&site->source, "%s: [rule %s]", where, id) < 0)
                site->source = NULL;
        if (!site->id || !site->source) {
                rule_site_free(&site->rule);
                return -ENOMEM;
        }

        site->rule.id = site->id;
        site->rule.source = site->source;
        *ret = &site->rule;
        return 0;
}

Rule *rule_site_free(Rule *rule)
{
        SiteRule *site;

        if (!rule)
                return NULL;

        site = site_of(rule);
        free(site->id);
        free(site->title);
        free(site->condition);
        free(site->source);
        free(site->advice);
        free(site->own_condition);
        free(site->filter);
        filter_free(site->parsed);
        free(site);
        return NULL;
}

bool rule_is_site(const Rule *rule)
{
        return rule->is_site;
}

bool rule_site_id_is_valid(const char *id)
{
        size_t n = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-");

        return id[0] >= 'a' && id[0] <= 'z' && id[n] == '\0' && n <= 64;
}

void rule_site_set_class(Rule *rule, RuleClass class)
{
        rule->class = class;
        site_of(rule)->has_class = true;
}

void rule_site_unset_class(Rule *rule)
{
        site_of(rule)->has_class = false;
}

bool rule_site_has_class(const Rule *rule)
{
        return site_of_const(rule)->has_class;
}

void rule_site_set_severity(Rule *rule, Severity severity)
{
        rule->severity = severity;
}

void rule_site_set_certainty(Rule *rule, Certainty certainty)
{
        rule->certainty = certainty;
}

void rule_site_set_kinds(Rule *rule, unsigned kinds)
{
        rule->kinds = kinds;
}

void rule_site_set_attribute(Rule *rule, AttributeId attribute)
{
        rule->attribute = attribute;
        site_of(rule)->has_attribute = attribute != ATTRIBUTE_NONE;
}

int rule_site_set_advice(Rule *rule, const char *advice)
{
        SiteRule *site = site_of(rule);
        char *copy = advice ? strdup(advice) : NULL;

        if (advice && !copy)
                return -ENOMEM;

        free(site->advice);
        site->advice = copy;
        rule->advice = copy;
        return 0;
}

/* ------------------------------------------------------------------ the filter */

const char *rule_site_never_reads(AttributeId attribute)
{
        static const char of_links[] = "is not read with the objects: groups may have hundreds of "
                                       "thousands of members; ask for "
                                       "(memberOf=GROUP) instead";
        static const char too_large[] = "is not read with the objects: it is too large";
        static const struct {
                AttributeId attribute;
                const char *why;
        } rows[] = {
                { ATTRIBUTE_MEMBER, of_links },
                { ATTRIBUTE_USER_CERTIFICATE, too_large },
                { ATTRIBUTE_USER_SMIME_CERTIFICATE, too_large },
                { ATTRIBUTE_THUMBNAIL_PHOTO, too_large },
                { ATTRIBUTE_NT_SECURITY_DESCRIPTOR, too_large },
                { ATTRIBUTE_REPL_PROPERTY_META_DATA, too_large },
                { ATTRIBUTE_LAST_LOGON,
                  "is another one on each domain controller; lastLogonTimestamp is replicated" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                if (rows[i].attribute == attribute)
                        return rows[i].why;

        return attribute >= ATTRIBUTE_DS_SERVICE_NAME
                       ? "is no attribute of users, contacts and groups"
                       : NULL;
}

static int check_attributes(const Filter *filter, char **ret_error)
{
        const char *no_presence = rule_site_no_presence(filter);
        AttributeSet set = {};

        if (no_presence) {
                *ret_error = strdup(no_presence);
                return *ret_error ? -EINVAL : -ENOMEM;
        }

        filter_attributes(filter, &set);
        for (unsigned i = 1; i < ATTRIBUTE_MAX; i++) {
                AttributeId attribute = (AttributeId)i;
                const char *why = attribute_set_has(&set, attribute)
                                          ? rule_site_never_reads(attribute)
                                          : NULL;

                if (!why)
                        continue;
                return asprintf(ret_error, "%s %s", attribute_name(attribute), why) < 0 ? -ENOMEM
                                                                                        : -EINVAL;
        }

        return 0;
}

int rule_site_set_filter(Rule *rule, const char *string, char **ret_error)
{
        SiteRule *site = site_of(rule);
        _cleanup_(filter_freep) Filter *filter = NULL;
        _cleanup_buffer_ Buffer printed = BUFFER_INIT;
        char *condition = NULL;
        int r;

        if (string) {
                r = filter_parse(string, &filter, ret_error);
                if (r >= 0)
                        r = check_attributes(filter, ret_error);
                if (r >= 0)
                        r = filter_print(filter, &printed);
                if (r < 0)
                        return r;
                condition = buffer_steal_string(&printed);
                if (!condition)
                        return -ENOMEM;
        }

        filter_free(site->parsed);
        free(site->own_condition);
        site->parsed = TAKE_PTR(filter);
        site->own_condition = condition;
        rule->site_filter = site->parsed;
        rule->condition_filter = condition;
        return 0;
}

const char *rule_site_condition(const Rule *rule)
{
        return site_of_const(rule)->own_condition;
}

const Filter *rule_site_filter(const Rule *rule)
{
        return rule->site_filter;
}

const char *rule_site_lacks(const Rule *rule)
{
        const SiteRule *site = site_of_const(rule);

        if (!site->parsed)
                return "Filter=";
        return site->has_class ? NULL : "Class=";
}

/* ------------------------------------------------------------------ texts */

/* Which objects are judged, for ldapsearch: computers are users too, by class. */
static int append_kinds(unsigned kinds, Buffer *buffer)
{
        static const struct {
                unsigned kinds;
                const char *filter;
        } rows[] = {
                { 1U << KIND_USER | 1U << KIND_INETORGPERSON,
                  "(&(objectClass=user)(!(objectClass=computer)))" },
                { 1U << KIND_USER,
                  "(&(objectClass=user)(!(objectClass=computer))(!(objectClass=inetOrgPerson)))" },
                { 1U << KIND_INETORGPERSON,
                  "(&(objectClass=inetOrgPerson)(!(objectClass=computer)))" },
                { 1U << KIND_CONTACT, "(objectClass=contact)" },
                { 1U << KIND_GROUP, "(objectClass=group)" },
        };
        int r;

        r = buffer_append_string(buffer, "(|");
        for (size_t i = 0; i < ARRAY_SIZE(rows) && r >= 0; i++) {
                if ((kinds & rows[i].kinds) != rows[i].kinds)
                        continue;
                kinds &= ~rows[i].kinds;
                r = buffer_append_string(buffer, rows[i].filter);
        }
        return r < 0 ? r : buffer_append_byte(buffer, ')');
}

static int make_filter(SiteRule *site)
{
        _cleanup_buffer_ Buffer buffer = BUFFER_INIT;
        int r;

        r = buffer_append_string(&buffer, "(&");
        if (r >= 0)
                r = append_kinds(site->rule.kinds, &buffer);
        if (r >= 0)
                r = buffer_append_format(&buffer, "%s)", site->own_condition);
        if (r < 0)
                return r;

        free(site->filter);
        site->filter = buffer_steal_string(&buffer);
        return site->filter ? 0 : -ENOMEM;
}

/* "no-sync-marker" reads as three words. */
static int make_title(SiteRule *site)
{
        free(site->title);
        site->title = NULL;
        if (asprintf(&site->title, "rule of this site: %s", site->id) < 0) {
                site->title = NULL;
                return -ENOMEM;
        }

        for (char *c = strchr(site->title, ':'); *c; c++)
                if (*c == '-')
                        *c = ' ';
        return 0;
}

int rule_site_finish(Rule *rule)
{
        SiteRule *site = site_of(rule);
        int r;

        assert(!rule_site_lacks(rule));

        if (!site->has_attribute)
                rule->attribute = filter_first_attribute(site->parsed);

        r = make_filter(site);
        if (r >= 0)
                r = make_title(site);
        if (r < 0)
                return r;

        free(site->condition);
        if (asprintf(&site->condition, "Matches %s.", site->own_condition) < 0) {
                site->condition = NULL;
                return -ENOMEM;
        }
        if (!site->advice &&
            asprintf(&site->advice, "Ask whoever wrote [rule %s] into scand's configuration.",
                     site->id) < 0) {
                site->advice = NULL;
                return -ENOMEM;
        }

        rule->filter = site->filter;
        rule->filter_is_exact = true;
        rule->title = site->title;
        rule->condition = site->condition;
        rule->advice = site->advice;
        return 0;
}
