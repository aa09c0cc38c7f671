/* SPDX-License-Identifier: MIT */

/* What a check may say, and what becomes of it. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/core/evaluate-internal.h"

AttributeId hearing_attribute(const Hearing *hearing, AttributeId attribute)
{
        const Tenant *tenant = hearing->context->tenant;

        if (attribute == ATTRIBUTE_USER_PRINCIPAL_NAME && tenant->login_attribute != ATTRIBUTE_NONE)
                return tenant->login_attribute;
        if (attribute == ATTRIBUTE_MS_DS_CONSISTENCY_GUID &&
            tenant->source_anchor != ATTRIBUTE_NONE)
                return tenant->source_anchor;
        return attribute;
}

bool hearing_knows(const Hearing *hearing, AttributeId attribute)
{
        return attribute_set_has(&hearing->facts->object->known,
                                 hearing_attribute(hearing, attribute));
}

static const RuleSetting *hearing_setting(const Hearing *hearing, const Rule *rule)
{
        for (size_t i = 0; i < hearing->context->n_settings; i++)
                if (strcmp(hearing->context->settings[i].id, rule->id) == 0)
                        return &hearing->context->settings[i];

        return NULL;
}

void hearing_undefined(Hearing *hearing, const Rule *rule, AttributeId attribute)
{
        const RuleSetting *setting = hearing_setting(hearing, rule);

        if (rule->is_on_demand || (setting && setting->is_disabled))
                return;

        hearing->outcome->rules_undefined++;
        attribute_set_add(&hearing->outcome->undefined_attributes,
                          hearing_attribute(hearing, attribute));
}

Verdict hearing_verdict(const Hearing *hearing, const Rule *rule)
{
        AttributeId attribute = hearing_attribute(hearing, rule->attribute);
        const Value *value = NULL;

        if (hearing->facts && attribute != ATTRIBUTE_NONE)
                value = object_value(hearing->facts->object, attribute);

        return (Verdict){
                .rule = rule,
                .class = rule->class,
                .severity = rule->severity,
                .certainty = rule->certainty,
                .attribute = attribute,
                .value = value_slice(value),
        };
}

/*
 * A file may repeat a value; a finding's name is made of rule, attribute and value, so it is said once. In pass 2 each holder
 * has a verdict of its own, and they are told apart by who holds them.
 */
static bool hearing_has_said(Hearing *hearing, const Verdict *verdict)
{
        uint64_t what = (uint64_t)rule_index(verdict->rule) << 32 | verdict->attribute;
        uint32_t number = (uint32_t)hearing->outcome->n_verdicts, first;
        int r;

        if (!hearing->facts)
                return false;

        r = crowd_note(&hearing->outcome->memory->said, what, verdict->value, number, &first);
        if (r < 0)
                hearing->error = r;
        return r < 0 || first != number;
}

static int outcome_add_verdict(Outcome *outcome, const Verdict *verdict)
{
        struct OutcomeMemory *memory = outcome->memory;

        if (outcome->n_verdicts == memory->n_verdicts_allocated) {
                size_t n = memory->n_verdicts_allocated ? memory->n_verdicts_allocated * 2 : 16;
                Verdict *verdicts = reallocarray(outcome->verdicts, n, sizeof(*verdicts));

                if (!verdicts)
                        return -ENOMEM;
                outcome->verdicts = verdicts;
                memory->n_verdicts_allocated = n;
        }

        outcome->verdicts[outcome->n_verdicts++] = *verdict;
        return 0;
}

/* An account that Windows or Exchange made has no business with a mail address: with one, a person is being left out. */
static bool hearing_is_person(const Hearing *hearing)
{
        return hearing->facts && hearing->facts->is_enabled && hearing->facts->has_primary_with_at;
}

void hearing_report(Hearing *hearing, const Verdict *verdict)
{
        const Rule *rule = verdict->rule;
        const RuleSetting *setting = hearing_setting(hearing, rule);
        Verdict final = *verdict;

        if (hearing->error < 0 || (setting && setting->is_disabled) ||
            hearing_has_said(hearing, verdict))
                return;

        if (rule->is_softened_when_quiet && hearing->facts && hearing->facts->is_quiet)
                final.severity = SEVERITY_NOTICE;
        if (rule->is_hardened_by_evidence && hearing_is_person(hearing)) {
                final.severity = SEVERITY_ERROR;
                if (!final.detail)
                        final.detail = hearing_say(
                                hearing,
                                "an enabled object with the primary address %s is "
                                "being left out",
                                hearing_show(hearing, hearing->facts->primary->address));
        }
        if (setting && setting->has_severity)
                final.severity = setting->severity;
        if (final.severity != SEVERITY_NOTICE) /* nobody's error is one of many */
                final.fold = (Slice){};

        if (hearing->error >= 0)
                hearing->error = outcome_add_verdict(hearing->outcome, &final);
}

const char *hearing_say(Hearing *hearing, const char *format, ...)
{
        va_list arguments;
        char *string;
        int n;

        va_start(arguments, format);
        n = vsnprintf(NULL, 0, format, arguments);
        va_end(arguments);
        if (n < 0)
                goto no_memory;

        string = arena_allocate(&hearing->outcome->memory->arena, (size_t)n + 1);
        if (!string)
                goto no_memory;

        va_start(arguments, format);
        (void)vsnprintf(string, (size_t)n + 1, format, arguments);
        va_end(arguments);
        return string;

no_memory:
        hearing->error = -ENOMEM;
        return NULL;
}

/* Long enough for any address that works; a megabyte in a sentence helps nobody. */
#define SHOWN_LIMIT 200

const char *hearing_show(Hearing *hearing, Slice value)
{
        Buffer *scratch = &hearing->outcome->memory->scratch;
        const char *copy;
        int r;

        buffer_reset(scratch);
        r = text_escape(value.data, value.size, SHOWN_LIMIT, scratch);
        copy = r < 0 ? NULL
                     : arena_copy(&hearing->outcome->memory->arena, scratch->data, scratch->size);
        if (copy)
                return copy;

        hearing->error = -ENOMEM;
        return "";
}
