/* SPDX-License-Identifier: MIT */

/* The options of [rule ID]. Two of them are for every rule, the others make one of the site's own. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/core/config-internal.h"
#include "lib/core/hash.h"
#include "lib/core/rule-site.h"

static uint64_t hash_number(uint64_t hash, unsigned number)
{
        uint8_t bytes[] = { (uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16),
                            (uint8_t)(number >> 24) };

        return hash_bytes(hash, bytes, sizeof(bytes));
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
        return text ? hash_bytes(hash, text, strlen(text) + 1) : hash_bytes(hash, "\1", 1);
}

static bool text_same(const char *a, const char *b)
{
        return a && b ? strcmp(a, b) == 0 : a == b;
}

/* -EINVAL with the complaint, where the option is for rules of one's own and this is none. */
static int want_own(const RuleSetting *setting, Buffer *problem)
{
        int r;

        if (setting->own)
                return 0;

        r = buffer_append_format(
                problem,
                "%s is a rule of scand's, which takes Severity= and Enabled= only; "
                "a rule of your own needs a name of its own",
                setting->id);
        return r < 0 ? r : -EINVAL;
}

/* --- for every rule --- */

static int parse_severity(const ConfigEntry *entry, const char *value, void *field, Buffer *problem)
{
        RuleSetting *setting = field;
        Severity severity;

        if (severity_from_name(value, &severity) < 0)
                return config_value_wrong(problem, value, "is none of error, warning, notice");

        setting->severity = severity;
        setting->has_severity = true;
        if (setting->own)
                rule_site_set_severity(setting->own, severity);
        return 0;
}

static void severity_clear(void *field)
{
        RuleSetting *setting = field;

        setting->severity = SEVERITY_NOTICE;
        setting->has_severity = false;
        if (setting->own)
                rule_site_set_severity(setting->own, SEVERITY_WARNING);
}

static bool severity_equal(const void *a, const void *b)
{
        const RuleSetting *left = a, *right = b;

        return left->has_severity == right->has_severity && left->severity == right->severity;
}

static uint64_t severity_hash(uint64_t hash, const void *field)
{
        const RuleSetting *setting = field;

        hash = hash_bytes(hash, setting->has_severity ? "y" : "n", 1);
        return hash_number(hash, setting->severity);
}

const ConfigType config_type_severity = {
        parse_severity,
        severity_clear,
        severity_equal,
        severity_hash,
};

static int parse_enabled(const ConfigEntry *entry, const char *value, void *field, Buffer *problem)
{
        RuleSetting *setting = field;
        int r;

        r = config_parse_boolean(value, problem);
        if (r < 0)
                return r;

        setting->is_disabled = r == 0;
        return 0;
}

static void enabled_clear(void *field)
{
        ((RuleSetting *)field)->is_disabled = false;
}

static bool enabled_equal(const void *a, const void *b)
{
        return ((const RuleSetting *)a)->is_disabled == ((const RuleSetting *)b)->is_disabled;
}

static uint64_t enabled_hash(uint64_t hash, const void *field)
{
        return hash_bytes(hash, ((const RuleSetting *)field)->is_disabled ? "y" : "n", 1);
}

const ConfigType config_type_enabled = {
        parse_enabled,
        enabled_clear,
        enabled_equal,
        enabled_hash,
};

/* --- for rules of one's own --- */

/* What a member of the own rule is, for comparing: a row of the table is as good as any other. */
#define OWN_NUMBER(function, expression, without)                                                  \
        static unsigned function(const RuleSetting *setting)                                       \
        {                                                                                          \
                const Rule *own = setting->own;                                                    \
                return own ? (unsigned)(expression) : (without);                                   \
        }

OWN_NUMBER(class_of, rule_site_has_class(own) ? rule_class(own) + 1U : 0U, 0)
OWN_NUMBER(kinds_of, rule_kinds(own), 0)
OWN_NUMBER(certainty_of, rule_certainty(own), 0)
OWN_NUMBER(attribute_of, rule_attribute(own), 0)

static int parse_class(const ConfigEntry *entry, const char *value, void *field, Buffer *problem)
{
        RuleSetting *setting = field;
        RuleClass class;
        int r;

        r = want_own(setting, problem);
        if (r < 0)
                return r;
        if (rule_class_from_name(value, &class) < 0)
                return config_value_wrong(problem, value,
                                          "is none of excluded, fails, altered, directory");

        rule_site_set_class(setting->own, class);
        return 0;
}

static void class_clear(void *field)
{
        RuleSetting *setting = field;

        if (setting->own)
                rule_site_unset_class(setting->own);
}

static bool class_equal(const void *a, const void *b)
{
        return class_of(a) == class_of(b);
}

static uint64_t class_hash(uint64_t hash, const void *field)
{
        return hash_number(hash, class_of(field));
}

const ConfigType config_type_rule_class = {
        parse_class,
        class_clear,
        class_equal,
        class_hash,
};

static int add_kind(const char *word, size_t size, unsigned *kinds, Buffer *problem)
{
        static const ConfigName names[] = {
                { "user", KIND_USER },
                { "inetOrgPerson", KIND_INETORGPERSON },
                { "contact", KIND_CONTACT },
                { "group", KIND_GROUP },
                { NULL, 0 },
        };
        _cleanup_free_ char *copy = strndup(word, size);

        if (!copy)
                return -ENOMEM;

        for (const ConfigName *name = names; name->name; name++)
                if (strcasecmp(name->name, copy) == 0) {
                        *kinds |= 1U << name->value;
                        return 0;
                }

        return config_complain_names(names, copy, problem);
}

static int parse_kinds(const ConfigEntry *entry, const char *value, void *field, Buffer *problem)
{
        static const char between[] = ", \t";
        RuleSetting *setting = field;
        unsigned kinds = 0;
        int r;

        r = want_own(setting, problem);
        for (const char *at = value; r >= 0 && *(at += strspn(at, between));) {
                size_t n = strcspn(at, between);

                r = add_kind(at, n, &kinds, problem);
                at += n;
        }
        if (r < 0)
                return r;
        if (kinds == 0)
                return config_value_wrong(
                        problem, value,
                        "names no kind of objects: user, inetOrgPerson, contact, group");

        rule_site_set_kinds(setting->own, kinds);
        return 0;
}

static void kinds_clear(void *field)
{
        RuleSetting *setting = field;

        if (setting->own)
                rule_site_set_kinds(setting->own, 1U << KIND_USER | 1U << KIND_INETORGPERSON |
                                                          1U << KIND_CONTACT | 1U << KIND_GROUP);
}

static bool kinds_equal(const void *a, const void *b)
{
        return kinds_of(a) == kinds_of(b);
}

static uint64_t kinds_hash(uint64_t hash, const void *field)
{
        return hash_number(hash, kinds_of(field));
}

const ConfigType config_type_kinds = {
        parse_kinds,
        kinds_clear,
        kinds_equal,
        kinds_hash,
};

static int parse_filter(const ConfigEntry *entry, const char *value, void *field, Buffer *problem)
{
        RuleSetting *setting = field;
        _cleanup_free_ char *error = NULL;
        int r;

        r = want_own(setting, problem);
        if (r < 0)
                return r;

        r = rule_site_set_filter(setting->own, value, &error);
        if (r != -EINVAL)
                return r;
        r = buffer_append_string(problem, error ?: "cannot be understood");
        return r < 0 ? r : -EINVAL;
}

static void filter_clear(void *field)
{
        RuleSetting *setting = field;
        char *error = NULL;

        if (setting->own)
                (void)rule_site_set_filter(setting->own, NULL,
                                           &error); /* taking away needs no memory */
}

static const char *filter_of(const RuleSetting *setting)
{
        return setting->own ? rule_site_condition(setting->own) : NULL;
}

static bool filter_equal(const void *a, const void *b)
{
        return text_same(filter_of(a), filter_of(b));
}

static uint64_t filter_hash(uint64_t hash, const void *field)
{
        return hash_text(hash, filter_of(field));
}

const ConfigType config_type_filter = {
        parse_filter,
        filter_clear,
        filter_equal,
        filter_hash,
};

static int parse_certainty(const ConfigEntry *entry, const char *value, void *field,
                           Buffer *problem)
{
        RuleSetting *setting = field;
        Certainty certainty;
        int r;

        r = want_own(setting, problem);
        if (r < 0)
                return r;
        if (certainty_from_name(value, &certainty) < 0)
                return config_value_wrong(problem, value, "is neither certain nor probable");

        rule_site_set_certainty(setting->own, certainty);
        return 0;
}

static void certainty_clear(void *field)
{
        RuleSetting *setting = field;

        if (setting->own)
                rule_site_set_certainty(setting->own, CERTAINTY_CERTAIN);
}

static bool certainty_equal(const void *a, const void *b)
{
        return certainty_of(a) == certainty_of(b);
}

static uint64_t certainty_hash(uint64_t hash, const void *field)
{
        return hash_number(hash, certainty_of(field));
}

const ConfigType config_type_certainty = {
        parse_certainty,
        certainty_clear,
        certainty_equal,
        certainty_hash,
};

static int parse_rule_attribute(const ConfigEntry *entry, const char *value, void *field,
                                Buffer *problem)
{
        RuleSetting *setting = field;
        AttributeId attribute;
        const char *why;
        int r;

        r = want_own(setting, problem);
        if (r >= 0)
                r = config_parse_attribute(value, &attribute, problem);
        if (r < 0)
                return r;

        why = rule_site_never_reads(attribute);
        if (why)
                return config_value_wrong(problem, value, why);

        rule_site_set_attribute(setting->own, attribute);
        return 0;
}

static void rule_attribute_clear(void *field)
{
        RuleSetting *setting = field;

        if (setting->own)
                rule_site_set_attribute(setting->own, ATTRIBUTE_NONE);
}

static bool rule_attribute_equal(const void *a, const void *b)
{
        return attribute_of(a) == attribute_of(b);
}

static uint64_t rule_attribute_hash(uint64_t hash, const void *field)
{
        return hash_number(hash, attribute_of(field));
}

const ConfigType config_type_rule_attribute = {
        parse_rule_attribute,
        rule_attribute_clear,
        rule_attribute_equal,
        rule_attribute_hash,
};

static int parse_advice(const ConfigEntry *entry, const char *value, void *field, Buffer *problem)
{
        RuleSetting *setting = field;
        int r;

        r = want_own(setting, problem);
        return r < 0 ? r : rule_site_set_advice(setting->own, value);
}

static void advice_clear(void *field)
{
        RuleSetting *setting = field;

        if (setting->own)
                (void)rule_site_set_advice(setting->own, NULL); /* taking away needs no memory */
}

static const char *advice_of(const RuleSetting *setting)
{
        return setting->own ? rule_advice(setting->own) : NULL;
}

static bool advice_equal(const void *a, const void *b)
{
        return text_same(advice_of(a), advice_of(b));
}

static uint64_t advice_hash(uint64_t hash, const void *field)
{
        return hash_text(hash, advice_of(field));
}

const ConfigType config_type_advice = {
        parse_advice,
        advice_clear,
        advice_equal,
        advice_hash,
};
