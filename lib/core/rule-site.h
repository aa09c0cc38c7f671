/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Rules that a site has written itself: a [rule ID] section with a filter. Once made and told what the section says, they are
 * rules like those of the table, for everybody who has a `const Rule *`.
 */

#include "lib/core/filter.h"
#include "lib/core/rule.h"

/*
 * Makes a rule without a filter. `where` says where it is written ("/etc/scand/scand.conf:12"); `number` is its place among the
 * site's own. 0 or -ENOMEM.
 */
int rule_site_new(const char *id, const char *where, size_t number, Rule **ret);
Rule *rule_site_free(Rule *rule);

bool rule_is_site(const Rule *rule);

/* Is the name one that can stand in messages, JSON and metrics: lower-case letters, digits and hyphens, a letter first? */
bool rule_site_id_is_valid(const char *id);

/* What is not said holds: all kinds, a warning, certain, the filter's first attribute. */
void rule_site_set_class(Rule *rule, RuleClass class);
void rule_site_unset_class(Rule *rule); /* back to none */
void rule_site_set_severity(Rule *rule, Severity severity);
void rule_site_set_certainty(Rule *rule, Certainty certainty);
void rule_site_set_kinds(Rule *rule, unsigned kinds);
void rule_site_set_attribute(Rule *rule, AttributeId attribute); /* ATTRIBUTE_NONE: the filter's first */
int rule_site_set_advice(Rule *rule, const char *advice);        /* 0 or -ENOMEM; NULL: none was given */

/*
 * 0, -ENOMEM, or -EINVAL with a sentence in *ret_error (caller frees): the filter does not parse, or names an attribute that the
 * search for all objects never brings. NULL takes the filter away.
 */
int rule_site_set_filter(Rule *rule, const char *filter, char **ret_error);

/* Why the search for all objects never brings the attribute, as the end of a sentence. NULL: it does. */
const char *rule_site_never_reads(AttributeId attribute);

/* What is said of "(memberOf=*)" and its like; NULL: there is nothing of the kind in the filter. */
const char *rule_site_no_presence(const Filter *filter);

/* Whether Class= and Filter= were given: what is missing by its name, NULL where nothing is. */
const char *rule_site_lacks(const Rule *rule);

/* Writes the texts that are made of the parts. To be called when all is told; a complete rule only. 0 or -ENOMEM. */
int rule_site_finish(Rule *rule);

/* The site's own part of rule_filter(), as it will be printed. NULL: none. */
const char *rule_site_condition(const Rule *rule);
const Filter *rule_site_filter(const Rule *rule);
bool rule_site_has_class(const Rule *rule);
