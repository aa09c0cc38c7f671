/* SPDX-License-Identifier: MIT */
#include "lib/core/rule.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "lib/core/evaluate-internal.h"

size_t rule_count(void)
{
        return n_rule_rows;
}

const Rule *rule_at(size_t index)
{
        assert(index < n_rule_rows);
        return &rule_rows[index];
}

const Rule *rule_find(const char *id)
{
        for (size_t i = 0; i < n_rule_rows; i++)
                if (strcmp(rule_rows[i].id, id) == 0)
                        return &rule_rows[i];

        return NULL;
}

size_t rule_index(const Rule *rule)
{
        return rule->is_site ? n_rule_rows + rule->site_number : (size_t)(rule - rule_rows);
}

const char *rule_id(const Rule *rule)
{
        return rule->id;
}

RuleClass rule_class(const Rule *rule)
{
        return rule->class;
}

Severity rule_severity(const Rule *rule)
{
        return rule->severity;
}

Certainty rule_certainty(const Rule *rule)
{
        return rule->certainty;
}

RuleBasis rule_basis(const Rule *rule)
{
        return rule->basis;
}

unsigned rule_kinds(const Rule *rule)
{
        return rule->kinds;
}

AttributeId rule_attribute(const Rule *rule)
{
        return rule->attribute;
}

const char *rule_filter(const Rule *rule)
{
        return rule->filter;
}

bool rule_filter_is_exact(const Rule *rule)
{
        return rule->filter_is_exact;
}

const char *rule_title(const Rule *rule)
{
        return rule->title;
}

const char *rule_condition(const Rule *rule)
{
        return rule->condition;
}

const char *rule_assumes(const Rule *rule)
{
        return rule->assumes;
}

const char *rule_source(const Rule *rule)
{
        return rule->source;
}

const char *rule_advice(const Rule *rule)
{
        return rule->advice;
}

static const char *const class_names[] = {
        [RULE_EXCLUDED] = "excluded",
        [RULE_FAILS] = "fails",
        [RULE_ALTERED] = "altered",
        [RULE_DIRECTORY] = "directory",
};

static const char *const severity_names[] = {
        [SEVERITY_NOTICE] = "notice",
        [SEVERITY_WARNING] = "warning",
        [SEVERITY_ERROR] = "error",
};

static const char *const certainty_names[] = {
        [CERTAINTY_PROBABLE] = "probable",
        [CERTAINTY_CERTAIN] = "certain",
};

static const char *const basis_names[] = {
        [BASIS_STATE] = "state",
        [BASIS_HISTORY] = "history",
        [BASIS_TIME] = "time",
};

static int find_name(const char *const *names, size_t n_names, const char *name)
{
        for (size_t i = 0; i < n_names; i++)
                if (strcmp(names[i], name) == 0)
                        return (int)i;

        return -EINVAL;
}

const char *rule_class_name(RuleClass class)
{
        return class_names[class];
}

const char *severity_name(Severity severity)
{
        return severity_names[severity];
}

const char *certainty_name(Certainty certainty)
{
        return certainty_names[certainty];
}

const char *rule_basis_name(RuleBasis basis)
{
        return basis_names[basis];
}

int rule_class_from_name(const char *name, RuleClass *ret)
{
        int r = find_name(class_names, ARRAY_SIZE(class_names), name);

        if (r < 0)
                return r;

        *ret = (RuleClass)r;
        return 0;
}

int severity_from_name(const char *name, Severity *ret)
{
        int r = find_name(severity_names, ARRAY_SIZE(severity_names), name);

        if (r < 0)
                return r;

        *ret = (Severity)r;
        return 0;
}

int certainty_from_name(const char *name, Certainty *ret)
{
        int r = find_name(certainty_names, ARRAY_SIZE(certainty_names), name);

        if (r < 0)
                return r;

        *ret = (Certainty)r;
        return 0;
}

/*
 * The filters of the table, parsed. The one piece of state in lib/core that outlives a call: the rows are constants, their
 * parsed form is a constant as well, and making it anew for each of a million objects would cost more than the rest of pass 1.
 */
#define RULES_MAX 128
static Filter *parsed_filters[RULES_MAX];

int rule_parsed_filter(const Rule *rule, const Filter **ret)
{
        size_t index = rule_index(rule);
        int r;

        if (rule->is_site) {
                *ret = rule->site_filter;
                return 0;
        }

        assert(index < RULES_MAX);
        if (!parsed_filters[index]) {
                _cleanup_free_ char *error = NULL;

                r = filter_parse(rule->condition_filter, &parsed_filters[index], &error);
                assert(r !=
                       -EINVAL); /* a row that does not parse is our mistake, and a test finds it */
                if (r < 0)
                        return r;
        }

        *ret = parsed_filters[index];
        return 0;
}

/* What the feed and the cache need of an object, and what claims are made of. */
static const AttributeId machinery_reads[] = {
        ATTRIBUTE_OBJECT_CLASS,
        ATTRIBUTE_OBJECT_GUID,
        ATTRIBUTE_PARENT_GUID,
        ATTRIBUTE_USN_CHANGED,
        ATTRIBUTE_IS_DELETED,
        ATTRIBUTE_IS_RECYCLED,
        ATTRIBUTE_LAST_KNOWN_PARENT,
        ATTRIBUTE_WHEN_CREATED,
        ATTRIBUTE_WHEN_CHANGED,
        ATTRIBUTE_OBJECT_SID,
        ATTRIBUTE_MS_EXCH_MASTER_ACCOUNT_SID,
        ATTRIBUTE_MS_RTCSIP_ORIGINATOR_SID,
        ATTRIBUTE_MS_RTCSIP_PRIMARY_USER_ADDRESS,
        ATTRIBUTE_MS_DS_CONSISTENCY_GUID,
        ATTRIBUTE_MS_DS_EXTERNAL_DIRECTORY_OBJECT_ID,
        ATTRIBUTE_DISPLAY_NAME,
};

static void attribute_set_add_list(AttributeSet *set, const AttributeId *list)
{
        for (; list && *list != ATTRIBUTE_NONE; list++)
                attribute_set_add(set, *list);
}

static void rule_add_attributes(const Rule *rule, AttributeSet *set)
{
        const AttributeLimit *limit = rule->limits;
        const Filter *filter;

        if (rule->is_on_demand)
                return;

        if (rule->attribute != ATTRIBUTE_NONE && rule->kinds & ~kind_mask(KIND_CONTAINER))
                attribute_set_add(set, rule->attribute);
        if (rule->needs != ATTRIBUTE_NONE)
                attribute_set_add(set, rule->needs);
        attribute_set_add_list(set, rule->reads);
        attribute_set_add_list(set, rule->uses);
        for (; limit && limit->attribute != ATTRIBUTE_NONE; limit++)
                attribute_set_add(set, limit->attribute);

        /* Without memory for the filter nothing else will work either: what follows says so. */
        if (rule->condition_filter && rule_parsed_filter(rule, &filter) >= 0)
                filter_attributes(filter, set);
}

void rule_needed_attributes(const Rule *rule, AttributeSet *set)
{
        const Filter *filter;

        if (rule->needs != ATTRIBUTE_NONE)
                attribute_set_add(set, rule->needs);
        attribute_set_add_list(set, rule->reads);
        if (rule->condition_filter && rule_parsed_filter(rule, &filter) >= 0)
                filter_attributes(filter, set);
}

static bool list_has(const AttributeId *list, AttributeId attribute)
{
        for (; list && *list != ATTRIBUTE_NONE; list++)
                if (*list == attribute)
                        return true;
        return false;
}

bool rule_is_on_demand(const Rule *rule)
{
        return rule->is_on_demand;
}

bool rule_is_cloud(const Rule *rule)
{
        return rule->is_cloud;
}

size_t rule_limit(const Rule *rule, AttributeId attribute)
{
        const AttributeLimit *limit = rule->limits;

        for (; limit && limit->attribute != ATTRIBUTE_NONE; limit++)
                if (limit->attribute == attribute)
                        return limit->limit;
        return 0;
}

bool rule_watches(const Rule *rule, AttributeId attribute)
{
        AttributeSet needed = {};

        rule_needed_attributes(rule, &needed);
        return attribute == rule->attribute || attribute_set_has(&needed, attribute) ||
               list_has(rule->uses, attribute) || rule_limit(rule, attribute) > 0;
}

void rule_attributes(AttributeSet *set)
{
        for (size_t i = 0; i < ARRAY_SIZE(machinery_reads); i++)
                attribute_set_add(set, machinery_reads[i]);
        facts_attributes(set);
        for (size_t i = 0; i < n_rule_rows; i++)
                rule_add_attributes(&rule_rows[i], set);
}
