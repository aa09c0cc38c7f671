/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What a rule is. The rules themselves are data, in rule-table.c: read that file to know the product. What is shared
 * by `scanctl rules`, scand-rules(7), the journal and the tests comes from the same rows.
 */

#include <stdbool.h>

#include "lib/core/object.h"

typedef enum RuleClass {
        RULE_EXCLUDED,  /* never reaches Entra ID, and no error is shown anywhere */
        RULE_FAILS,     /* the connector's export fails */
        RULE_ALTERED,   /* arrives with other values, and no error */
        RULE_DIRECTORY, /* about the domain or the tenant */
} RuleClass;

typedef enum Severity {
        SEVERITY_NOTICE,
        SEVERITY_WARNING,
        SEVERITY_ERROR,
} Severity;

typedef enum Certainty {
        CERTAINTY_PROBABLE,
        CERTAINTY_CERTAIN,
} Certainty;

/* What a verdict is a function of. DESIGN section 6. */
typedef enum RuleBasis {
        BASIS_STATE,
        BASIS_HISTORY,
        BASIS_TIME,
} RuleBasis;

typedef struct Rule Rule;

/* A [rule ID] section: Severity= and Enabled= of a rule, and the rule itself where the site has written it. */
typedef struct RuleSetting {
        const char *id;
        bool has_severity; /* else the rule's */
        Severity severity;
        bool is_disabled;
        Rule *own; /* see rule-site.h; NULL: a rule of the table */
} RuleSetting;

/* All rules of the table, in its order: rule_at(0) to rule_at(rule_count() - 1). */
size_t rule_count(void);
const Rule *rule_at(size_t index);
const Rule *rule_find(const char *id); /* NULL: no such rule in the table; config_find_rule() knows the site's own as well */

/* The place of a rule in the table, or for one of the site's own a number behind all of these: never for the database. */
size_t rule_index(const Rule *rule);

const char *rule_id(const Rule *rule);          /* "contact-not-mail-enabled" */
RuleClass rule_class(const Rule *rule);         /* the usual one; a verdict may differ */
Severity rule_severity(const Rule *rule);       /* likewise */
Certainty rule_certainty(const Rule *rule);     /* likewise */
RuleBasis rule_basis(const Rule *rule);
unsigned rule_kinds(const Rule *rule);          /* kind_mask() bits */
AttributeId rule_attribute(const Rule *rule);   /* the one a finding names; ATTRIBUTE_NONE: it depends */
const char *rule_filter(const Rule *rule);      /* pastes into ldapsearch; NULL: not a plain filter */
bool rule_filter_is_exact(const Rule *rule);    /* the filter alone decides: the oracle test may ask a DC */
const char *rule_title(const Rule *rule);       /* one line: "contact has no usable mail address" */
const char *rule_condition(const Rule *rule);   /* a sentence or two: when it is flagged */
const char *rule_assumes(const Rule *rule);     /* "UserMatch=none": what is assumed of [tenant] where that is not set; NULL: nothing */
const char *rule_source(const Rule *rule);      /* the document and section it rests on */
const char *rule_advice(const Rule *rule);      /* what to do */

const char *rule_class_name(RuleClass class);   /* "excluded" "fails" "altered" "directory" */
const char *severity_name(Severity severity);   /* "error" "warning" "notice" */
const char *certainty_name(Certainty certainty); /* "certain" "probable" */
const char *rule_basis_name(RuleBasis basis);   /* "state" "history" "time" */
int rule_class_from_name(const char *name, RuleClass *ret); /* 0 or -EINVAL, all three */
int severity_from_name(const char *name, Severity *ret);
int certainty_from_name(const char *name, Certainty *ret);

/* Does a value of the attribute decide on the rule, alone or with others? */
bool rule_watches(const Rule *rule, AttributeId attribute);

/* Does it rest on what the main search never asks for, and surveys find out of those few objects that have it? */
bool rule_is_on_demand(const Rule *rule);

/* Is it judged against an inventory of the cloud, and silent without one? */
bool rule_is_cloud(const Rule *rule);

/* How many characters of the attribute the rule lets pass; 0: it sets no limit on it. */
size_t rule_limit(const Rule *rule, AttributeId attribute);

/*
 * Adds what the rules and the machinery read of every object, whatever the configuration: see evaluate_attributes(),
 * which the main search asks. Never in it: member, photos, certificates.
 */
void rule_attributes(AttributeSet *set);

/* Adds those without which this rule cannot be judged: where one is unreadable, the rule is unknown for that domain. */
void rule_needed_attributes(const Rule *rule, AttributeSet *set);
