/* SPDX-License-Identifier: MIT */
#include "ctl/predicting.h"

#include <errno.h>
#include <string.h>

#include "ctl/file-guid.h"

void predicting_done(Predicting *predicting)
{
        (void)outcome_free(predicting->outcome);
        prediction_done(&predicting->unlicensed);
        prediction_done(&predicting->licensed);
        buffer_done(&predicting->anchor);
        buffer_done(&predicting->exclusion);
        crowd_done(&predicting->given);
        arena_done(&predicting->names);
}

int predicting_init(Predicting *predicting, const Config *config, const Arguments *arguments)
{
        *predicting = (Predicting){ .config = config, .tenant = config->tenant };
        if (arguments->initial_domain)
                predicting->tenant.initial_domain = (char *)arguments->initial_domain;
        if (arguments->verified_domains)
                predicting->tenant.verified_domains = arguments->verified_domains;

        return outcome_new(&predicting->outcome);
}

void predicting_forget(Predicting *predicting)
{
        crowd_reset(&predicting->given);
}

const char *predicting_scope(const ObjectInfo *info)
{
        if (info->deleted_at)
                return "it is deleted";
        if (!info->selected)
                return "it is outside the configured OUs";
        if (info->is_left_out)
                return "the domain's Filter= leaves it out";
        if (info->is_not_in_group)
                return "it is no direct member of the group that GroupFilter= names";
        if (info->is_join_excluded)
                return "it belongs to another object, which is missing";
        return NULL; /* what excludes the object by itself is found anew, with its name */
}

/* Finds why the object itself keeps the connector from taking it, nothing where it does not. 0 or -ENOMEM. */
static int find_exclusion(Predicting *predicting, const Object *object, const char *domain)
{
        EvaluateContext context = {
                .tenant = &predicting->tenant,
                .settings = predicting->config->rules,
                .n_settings = predicting->config->n_rules,
                .domain = domain,
                .selected = true,
                .all_forests_scanned = true,
        };
        const Outcome *outcome = predicting->outcome;
        int r;

        r = evaluate_object(&context, object, predicting->outcome);
        if (r < 0 || !outcome->is_excluded)
                return r;

        for (size_t i = 0; i < outcome->n_verdicts; i++) {
                const Verdict *verdict = &outcome->verdicts[i];

                if (verdict->class == RULE_EXCLUDED && verdict->certainty == CERTAINTY_CERTAIN)
                        return buffer_append_format(&predicting->exclusion, "%s (rule %s)",
                                                    rule_title(verdict->rule),
                                                    rule_id(verdict->rule));
        }

        return buffer_append_string(
                &predicting->exclusion,
                "a rule leaves it out"); /* which the configuration has silenced */
}

/* Is the address at the initial domain another object's already? 1, 0, or -ENOMEM. */
static int is_given(Predicting *predicting, Slice moera)
{
        _cleanup_buffer_ Buffer folded = BUFFER_INIT;
        uint32_t number = predicting->n, first;
        const void *copy;
        int r;

        if (moera.size == 0)
                return 0;

        r = text_fold_ad(moera.data, moera.size, &folded);
        if (r < 0)
                return r;
        copy = arena_copy(&predicting->names, folded.data, folded.size);
        if (!copy)
                return -ENOMEM;
        r = crowd_note(&predicting->given, 0, (Slice){ copy, folded.size }, number, &first);
        return r < 0 ? r : first != number;
}

static int predict_both(Predicting *predicting, const Object *object, const char *domain)
{
        PredictContext context = { .tenant = &predicting->tenant, .domain = domain };
        int r;

        r = predict(&context, object, &predicting->unlicensed);
        if (r < 0)
                return r;

        context.is_licensed = true;
        r = predict(&context, object, &predicting->licensed);
        if (r >= 0)
                r = is_given(predicting, predicting->licensed.state.moera);
        if (r <= 0)
                return r;

        /* Both again, although only a licence takes the address: names are shown once. */
        context.is_moera_taken = true;
        r = predict(&context, object, &predicting->licensed);
        context.is_licensed = false;
        return r < 0 ? r : predict(&context, object, &predicting->unlicensed);
}

/* The anchor of an object in a file may be one that the directory has yet to give. */
static int find_anchor(Predicting *predicting, const Object *object)
{
        Predicted *predicted = &predicting->predicted;
        int r;

        buffer_reset(&predicting->anchor);
        predicted->anchor_attribute = predict_anchor_attribute(&predicting->tenant, object);
        if (file_guid_is_made(&object->guid) &&
            predicted->anchor_attribute == ATTRIBUTE_OBJECT_GUID)
                return 0;

        r = predict_anchor(&predicting->tenant, object, &predicting->anchor);
        if (r < 0 || predicting->anchor.size == 0)
                return r;

        predicted->anchor = buffer_string(&predicting->anchor);
        return predicted->anchor ? 0 : -ENOMEM;
}

int predicting_object(Predicting *predicting, const Object *object, const char *domain,
                      const char *left_out)
{
        Predicted *predicted = &predicting->predicted;
        int r = 0;

        *predicted = (Predicted){
                .object = object,
                .domain = domain,
                .left_out = left_out,
                .unlicensed = &predicting->unlicensed,
                .licensed = &predicting->licensed,
        };

        buffer_reset(&predicting->exclusion);
        if (!left_out)
                r = find_exclusion(predicting, object, domain);
        if (r >= 0 && predicting->exclusion.size > 0 &&
            !(predicted->left_out = buffer_string(&predicting->exclusion)))
                r = -ENOMEM;
        if (r >= 0)
                r = find_anchor(predicting, object);
        if (r >= 0)
                r = predict_both(predicting, object, domain);
        predicting->n++;
        return r;
}
