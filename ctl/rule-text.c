/* SPDX-License-Identifier: MIT */
#include "ctl/rule-text.h"

#include <errno.h>
#include <string.h>

#include "lib/core/suggest.h"

const Rule *rule_listed(const Config *config, size_t index)
{
        return index < rule_count() ? rule_at(index)
                                    : config_own_rule(config, index - rule_count());
}

RuleState rule_state(const Rule *rule, const Config *config)
{
        RuleState state = { .severity = rule_severity(rule) };

        for (size_t i = 0; i < config->n_rules; i++) {
                const RuleSetting *setting = &config->rules[i];

                if (strcmp(setting->id, rule_id(rule)) != 0)
                        continue;

                state.is_changed = !setting->own;
                state.is_disabled = setting->is_disabled;
                if (setting->has_severity)
                        state.severity = setting->severity;
        }

        return state;
}

static const struct {
        Kind kind;
        const char *plural;
} kind_rows[] = {
        { KIND_USER, "users" },        { KIND_INETORGPERSON, "inetOrgPersons" },
        { KIND_CONTACT, "contacts" },  { KIND_GROUP, "groups" },
        { KIND_CONTAINER, "domains" },
};

int rule_kinds_text(unsigned kinds, Buffer *buffer)
{
        size_t n = 0, n_all = 0;
        int r = 0;

        for (size_t i = 0; i < ARRAY_SIZE(kind_rows); i++)
                if (kinds & kind_mask(kind_rows[i].kind))
                        n_all++;

        for (size_t i = 0; i < ARRAY_SIZE(kind_rows) && r >= 0; i++) {
                if (!(kinds & kind_mask(kind_rows[i].kind)))
                        continue;
                n++;
                r = buffer_append_format(buffer, "%s%s",
                                         n == 1       ? ""
                                         : n == n_all ? " and "
                                                      : ", ",
                                         kind_rows[i].plural);
        }

        return r;
}

static int add_kinds(json_object *object, unsigned kinds)
{
        json_object *array = json_object_new_array();
        int r;

        r = json_add(object, "kinds", array);
        for (size_t i = 0; i < ARRAY_SIZE(kind_rows) && r >= 0; i++)
                if (kinds & kind_mask(kind_rows[i].kind))
                        r = json_append(array,
                                        json_object_new_string(kind_name(kind_rows[i].kind)));

        return r;
}

int rule_json(const Rule *rule, const Config *config, json_object **ret)
{
        _cleanup_json_ json_object *object = json_object_new_object();
        RuleState state = rule_state(rule, config);
        int r;

        if (!object)
                return -ENOMEM;

        if ((r = json_add_string(object, "rule", rule_id(rule))) < 0 ||
            (r = json_add_string(object, "class", rule_class_name(rule_class(rule)))) < 0 ||
            (r = json_add_string(object, "severity", severity_name(state.severity))) < 0 ||
            (r = json_add_string(object, "certainty", certainty_name(rule_certainty(rule)))) < 0 ||
            (r = json_add_string(object, "basis", rule_basis_name(rule_basis(rule)))) < 0 ||
            (r = json_add_boolean(object, "enabled", !state.is_disabled)) < 0 ||
            (r = add_kinds(object, rule_kinds(rule))) < 0 ||
            (r = json_add_string(object, "attribute", attribute_name(rule_attribute(rule)))) < 0 ||
            (r = json_add_string(object, "title", rule_title(rule))) < 0 ||
            (r = json_add_string(object, "condition", rule_condition(rule))) < 0 ||
            (r = json_add_string(object, "filter", rule_filter(rule))) < 0 ||
            (r = json_add_boolean(object, "filter_is_exact", rule_filter_is_exact(rule))) < 0 ||
            (r = json_add_string(object, "assumes", rule_assumes(rule))) < 0 ||
            (r = json_add_string(object, "source", rule_source(rule))) < 0 ||
            (r = json_add_string(object, "advice", rule_advice(rule))) < 0)
                return r;

        *ret = TAKE_PTR(object);
        return 0;
}

const char *rule_suggest(const Config *config, const char *name)
{
        Suggestion suggestion;
        const Rule *rule;

        suggestion_init(&suggestion, name);
        for (size_t i = 0; (rule = rule_listed(config, i)); i++)
                suggestion_consider(&suggestion, rule_id(rule));
        if (suggestion.best || *name == '\0')
                return suggestion.best;

        for (size_t i = 0; (rule = rule_listed(config, i)); i++)
                if (strcasestr(rule_id(rule), name))
                        return rule_id(rule);
        return NULL;
}
