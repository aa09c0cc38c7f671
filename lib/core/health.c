/* SPDX-License-Identifier: MIT */
#include "lib/core/health.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "lib/core/health-fields.h"
#include "lib/core/json-member.h"
#include "lib/core/record.h"
#include "lib/core/util.h"

void health_forget_counts(Health *health)
{
        for (size_t i = 0; i < health->n_rules; i++)
                free(health->rules[i].rule);
        free(health->rules);
        health->rules = NULL;
        health->n_rules = 0;
        health->errors = health->warnings = health->notices = 0;
}

static void count_severity(Health *health, Severity severity, int64_t count)
{
        switch (severity) {
        case SEVERITY_ERROR:
                health->errors += count;
                break;
        case SEVERITY_WARNING:
                health->warnings += count;
                break;
        case SEVERITY_NOTICE:
                health->notices += count;
                break;
        }
}

int health_count(Health *health, const char *rule, Severity severity, int64_t count)
{
        HealthRule *rules;

        for (size_t i = 0; i < health->n_rules; i++)
                if (strcmp(health->rules[i].rule, rule) == 0) {
                        health->rules[i].count += count;
                        count_severity(health, severity, count);
                        return 0;
                }

        rules = reallocarray(health->rules, health->n_rules + 1, sizeof(*rules));
        if (!rules)
                return -ENOMEM;
        health->rules = rules;

        rules[health->n_rules] = (HealthRule){ .rule = strdup(rule), .count = count };
        if (!rules[health->n_rules].rule)
                return -ENOMEM;
        health->n_rules++;
        count_severity(health, severity, count);
        return 0;
}

void health_done(Health *health)
{
        for (size_t i = 0; i < health->n_domains; i++) {
                HealthDomain *domain = &health->domains[i];

                free(domain->name);
                free(domain->state);
                free(domain->dc);
                free(domain->site);
                free(domain->invocation_id);
                free(domain->last_error);
                free(domain->full_read_reason);
        }
        for (size_t i = 0; i < health->n_unknown; i++) {
                free(health->unknown[i].rule);
                free(health->unknown[i].reason);
        }

        health_forget_counts(health);
        free(health->domains);
        free(health->unknown);
        free(health->state);
        free(health->version);
        free(health->boot_id);
        *health = (Health){ 0 };
}

static int add_field(json_object *object, const Field *field, const void *base)
{
        const void *member = (const char *)base + field->offset;

        switch (field->type) {
        case FIELD_STRING:
                return json_add_string(object, field->key, *(char *const *)member);
        case FIELD_INTEGER:
                return json_add_integer(object, field->key, *(const int64_t *)member);
        case FIELD_UNSIGNED:
                return json_add_integer(object, field->key, *(const unsigned *)member);
        case FIELD_TIME:
                return json_add_time(object, field->key, *(const int64_t *)member);
        case FIELD_BOOLEAN:
                return json_add_boolean(object, field->key, *(const bool *)member);
        case FIELD_TRISTATE:
                if (*(const int *)member < 0)
                        return json_add_null(object, field->key);
                return json_add_boolean(object, field->key, *(const int *)member > 0);
        }

        return -EINVAL;
}

static int add_fields(json_object *object, const Field *fields, size_t n, const void *base)
{
        int r;

        for (size_t i = 0; i < n; i++) {
                r = add_field(object, &fields[i], base);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int add_full_read(json_object *object, const HealthDomain *domain)
{
        _cleanup_json_ json_object *read = NULL;
        char rate[64];
        int r;

        if (domain->full_read_objects < 0)
                return json_add_null(object, "full_read");

        read = json_object_new_object();
        if (!read)
                return -ENOMEM;

        /* Written by hand: json-c shows all 17 digits of 1724.3. */
        (void)snprintf(rate, sizeof(rate), "%.1f", domain->full_read_rate);

        r = json_add_integer(read, "objects", domain->full_read_objects);
        if (r >= 0)
                r = json_add(read, "rate", json_object_new_double_s(domain->full_read_rate, rate));
        if (r >= 0)
                r = json_add_time(read, "since", domain->full_read_since);
        if (r < 0)
                return r;

        return json_add(object, "full_read", TAKE_PTR(read));
}

static int add_domain(json_object *array, const HealthDomain *domain, int64_t now)
{
        _cleanup_json_ json_object *object = NULL;
        int64_t age = now > domain->last_poll_ok ? now - domain->last_poll_ok : 0;
        int r;

        object = json_object_new_object();
        if (!object)
                return -ENOMEM;

        r = add_fields(object, domain_fields, ARRAY_SIZE(domain_fields), domain);
        if (r >= 0)
                r = domain->last_poll_ok ? json_add_integer(object, "age_seconds", age)
                                         : json_add_null(object, "age_seconds");
        if (r >= 0)
                r = add_full_read(object, domain);
        return r < 0 ? r : json_append(array, TAKE_PTR(object));
}

static int add_domains(json_object *root, const Health *health)
{
        _cleanup_json_ json_object *array = NULL;
        int r;

        array = json_object_new_array();
        if (!array)
                return -ENOMEM;

        for (size_t i = 0; i < health->n_domains; i++) {
                r = add_domain(array, &health->domains[i], health->written_at);
                if (r < 0)
                        return r;
        }

        return json_add(root, "domains", TAKE_PTR(array));
}

static int add_counts(json_object *root, const Health *health)
{
        _cleanup_json_ json_object *findings = NULL, *rules = NULL, *unknown = NULL;
        int r;

        findings = json_object_new_object();
        rules = json_object_new_object();
        unknown = json_object_new_object();
        if (!findings || !rules || !unknown)
                return -ENOMEM;

        r = add_fields(findings, finding_fields, ARRAY_SIZE(finding_fields), health);
        for (size_t i = 0; i < health->n_rules && r >= 0; i++)
                r = json_add_integer(rules, health->rules[i].rule, health->rules[i].count);
        for (size_t i = 0; i < health->n_unknown && r >= 0; i++)
                r = json_add_string(unknown, health->unknown[i].rule, health->unknown[i].reason);
        if (r < 0)
                return r;

        r = json_add(root, "findings", TAKE_PTR(findings));
        if (r >= 0)
                r = json_add(root, "rules", TAKE_PTR(rules));
        if (r >= 0)
                r = json_add(root, "rules_unknown", TAKE_PTR(unknown));
        return r;
}

static int format(const Health *health, bool is_file, char **ret)
{
        _cleanup_json_ json_object *root = NULL;
        const char *text;
        char *copy;
        int r;

        root = json_object_new_object();
        if (!root)
                return -ENOMEM;

        r = json_add_integer(root, "schema", HEALTH_SCHEMA);
        if (r >= 0)
                r = add_fields(root, head_fields, ARRAY_SIZE(head_fields), health);
        if (r >= 0 && is_file)
                r = add_fields(root, file_fields, ARRAY_SIZE(file_fields), health);
        if (r >= 0)
                r = add_domains(root, health);
        if (r >= 0)
                r = json_add_integer(root, "objects", health->objects);
        if (r >= 0)
                r = add_counts(root, health);
        if (r >= 0)
                r = add_fields(root, tail_fields, ARRAY_SIZE(tail_fields), health);
        if (r < 0)
                return r;

        text = json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY |
                                                            JSON_C_TO_STRING_NOSLASHESCAPE);
        if (!text || asprintf(&copy, "%s\n", text) < 0)
                return -ENOMEM;

        *ret = copy;
        return 0;
}

int health_format(const Health *health, char **ret)
{
        return format(health, true, ret);
}

int health_format_status(const Health *health, char **ret)
{
        return format(health, false, ret);
}
