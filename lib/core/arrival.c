/* SPDX-License-Identifier: MIT */
#include "lib/core/arrival.h"

#include <string.h>

#include "lib/core/value-text.h"

static Arrival arrival_of(RuleClass class, Severity severity, Certainty certainty)
{
        bool is_certain = certainty == CERTAINTY_CERTAIN;

        switch (class) {
        case RULE_EXCLUDED:
                if (is_certain)
                        return ARRIVAL_LEFT_OUT;
                return severity == SEVERITY_NOTICE ? ARRIVAL_AS_IT_IS : ARRIVAL_MAY_BE_LEFT_OUT;
        case RULE_FAILS:
                if (severity == SEVERITY_NOTICE)
                        return ARRIVAL_AS_IT_IS;
                return is_certain ? ARRIVAL_FAILS : ARRIVAL_MAY_FAIL;
        case RULE_ALTERED:
                return severity == SEVERITY_NOTICE ? ARRIVAL_AS_IT_IS : ARRIVAL_ALTERED;
        case RULE_DIRECTORY:
                break;
        }

        return ARRIVAL_AS_IT_IS;
}

Arrival arrival_after(Arrival before, RuleClass class, Severity severity, Certainty certainty)
{
        Arrival arrival = arrival_of(class, severity, certainty);

        return arrival > before ? arrival : before;
}

static const struct {
        const char *name;
        const char *sentence;
} arrivals[] = {
        [ARRIVAL_AS_IT_IS] = { "as-it-is", "It arrives." },
        [ARRIVAL_ALTERED] = { "altered", "It arrives, but not as AD holds it." },
        [ARRIVAL_MAY_FAIL] = { "may-fail",
                               "It probably does not arrive as it is: its export fails, "
                               "or a later change of it does." },
        [ARRIVAL_FAILS] = { "fails", "It does not arrive as it is: its export fails." },
        [ARRIVAL_MAY_BE_LEFT_OUT] = { "may-be-left-out",
                                      "It probably never arrives, and nobody is told." },
        [ARRIVAL_LEFT_OUT] = { "left-out", "It never arrives, and nobody is told." },
};

const char *arrival_name(Arrival arrival)
{
        return arrivals[arrival].name;
}

const char *arrival_sentence(Arrival arrival)
{
        return arrivals[arrival].sentence;
}

#define GROUP_SECURITY 0x80000000

static const char *kind_in_the_cloud(const Object *object, const Prediction *prediction)
{
        bool has_mail = prediction->primary.size > 0;
        int64_t type = 0;

        switch (object->kind) {
        case KIND_USER:
        case KIND_INETORGPERSON:
                return "user";
        case KIND_CONTACT:
                return "contact";
        case KIND_GROUP:
                (void)object_integer(object, ATTRIBUTE_GROUP_TYPE, &type);
                if (!(type & GROUP_SECURITY))
                        return "distribution group";
                return has_mail ? "mail-enabled security group" : "security group without mail";
        case KIND_OTHER:
        case KIND_CONTAINER:
        case KIND_COMPUTER:
                break;
        }

        return kind_name(object->kind);
}

static int describe_text(const char *label, Slice text, Buffer *buffer)
{
        int r;

        if (text.size == 0)
                return 0;

        r = buffer_append_string(buffer, label);
        return r < 0 ? r : value_text_string(text, buffer);
}

int arrival_describe(const Object *object, const Prediction *prediction, Buffer *buffer)
{
        int r;

        r = buffer_append_string(buffer, kind_in_the_cloud(object, prediction));
        if (r >= 0)
                r = describe_text(" ", prediction->user_principal_name, buffer);
        if (r >= 0)
                r = describe_text(", primary address ", prediction->primary, buffer);
        return r;
}

static bool is_switched_off(const EvaluateContext *context, const Rule *rule)
{
        for (size_t i = 0; i < context->n_settings; i++)
                if (context->settings[i].is_disabled &&
                    strcmp(context->settings[i].id, rule_id(rule)) == 0)
                        return true;
        return false;
}

static bool is_judgeable(const EvaluateContext *context, const Object *object, const Rule *rule)
{
        AttributeSet needed = {};

        rule_needed_attributes(rule, &needed);
        if (rule_attribute(rule) != ATTRIBUTE_NONE)
                attribute_set_add(&needed, rule_attribute(rule));
        for (AttributeId attribute = 1; attribute < ATTRIBUTE_MAX; attribute++)
                if (attribute_set_has(&needed, attribute) &&
                    (!attribute_set_has(&object->known, attribute) ||
                     attribute_set_has(&context->unreadable, attribute)))
                        return false;
        return true;
}

static RuleStanding standing_of(const EvaluateContext *context, const Object *object,
                                const Rule *rule, bool is_flagged, bool is_left_out)
{
        if (is_flagged)
                return STANDING_FLAGGED;
        if (rule_class(rule) == RULE_DIRECTORY || !(rule_kinds(rule) & kind_mask(object->kind)) ||
            is_switched_off(context, rule))
                return STANDING_NOT_ASKED;
        if (!context->selected || (is_left_out && rule_class(rule) != RULE_EXCLUDED))
                return STANDING_NOT_ASKED;
        return is_judgeable(context, object, rule) ? STANDING_PASSED : STANDING_UNKNOWN;
}

void arrival_standings(const EvaluateContext *context, const Object *object, const bool *flags,
                       bool is_left_out, RuleStanding *ret)
{
        for (size_t i = 0; i < rule_count(); i++)
                ret[i] = standing_of(context, object, rule_at(i), flags[i], is_left_out);

        for (size_t i = 0; i < context->n_settings; i++) {
                const Rule *own = context->settings[i].own;

                if (own)
                        ret[rule_index(own)] = standing_of(context, object, own,
                                                           flags[rule_index(own)], is_left_out);
        }
}
