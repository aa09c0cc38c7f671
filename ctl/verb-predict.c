/* SPDX-License-Identifier: MIT */

/* What Entra ID and Exchange Online will hold for the objects of a file, or for those of the database that are called so. */

#include <errno.h>
#include <string.h>

#include "ctl/file-guid.h"
#include "ctl/json-output.h"
#include "ctl/object-file.h"
#include "ctl/prediction-writer.h"
#include "ctl/scanctl.h"
#include "lib/core/crowd.h"
#include "lib/core/evaluate.h"
#include "lib/state/query.h"

typedef struct Predicting {
        Scanctl *scanctl;
        const Config *config;
        Tenant tenant; /* the configured one, and what the options say instead; owns nothing */
        JsonList list;
        size_t n;

        Object *object;
        Outcome *outcome;
        Prediction unlicensed, licensed;
        Buffer anchor;

        /* Addresses at the initial domain given so far: one that is there twice in a file gets its digits. */
        Crowd given;
        Arena names;
} Predicting;

static void predicting_done(Predicting *predicting)
{
        (void)object_free(predicting->object);
        (void)outcome_free(predicting->outcome);
        prediction_done(&predicting->unlicensed);
        prediction_done(&predicting->licensed);
        buffer_done(&predicting->anchor);
        crowd_done(&predicting->given);
        arena_done(&predicting->names);
}

static int predicting_init(Predicting *predicting)
{
        const Arguments *arguments = &predicting->scanctl->arguments;
        int r;

        predicting->tenant = predicting->config->tenant;
        if (arguments->initial_domain)
                predicting->tenant.initial_domain = (char *)arguments->initial_domain;
        if (arguments->verified_domains)
                predicting->tenant.verified_domains = arguments->verified_domains;

        r = object_new(&predicting->object);
        return r < 0 ? r : outcome_new(&predicting->outcome);
}

/* ------------------------------------------------------------------ one object */

/* Appends why the object itself keeps the connector from taking it, nothing where it does not. 0 or -ENOMEM. */
static int find_exclusion(Predicting *predicting, const char *domain, Buffer *text)
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

        r = evaluate_object(&context, predicting->object, predicting->outcome);
        if (r < 0 || !outcome->is_excluded)
                return r;

        for (size_t i = 0; i < outcome->n_verdicts; i++) {
                const Verdict *verdict = &outcome->verdicts[i];

                if (verdict->class == RULE_EXCLUDED && verdict->certainty == CERTAINTY_CERTAIN)
                        return buffer_append_format(text, "%s (rule %s)", rule_title(verdict->rule),
                                                    rule_id(verdict->rule));
        }

        return buffer_append_string(
                text, "a rule leaves it out"); /* which the configuration has silenced */
}

/* Is the address at the initial domain another object's already? 1, 0, or -ENOMEM. */
static int is_given(Predicting *predicting, Slice moera)
{
        _cleanup_buffer_ Buffer folded = BUFFER_INIT;
        uint32_t number = (uint32_t)predicting->n, first;
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

static int predict_both(Predicting *predicting, const char *domain)
{
        PredictContext context = { .tenant = &predicting->tenant, .domain = domain };
        int r;

        r = predict(&context, predicting->object, &predicting->unlicensed);
        if (r < 0)
                return r;

        context.is_licensed = true;
        r = predict(&context, predicting->object, &predicting->licensed);
        if (r >= 0)
                r = is_given(predicting, predicting->licensed.state.moera);
        if (r <= 0)
                return r;

        /* Both again, although only a licence takes the address: names are shown once. */
        context.is_moera_taken = true;
        r = predict(&context, predicting->object, &predicting->licensed);
        context.is_licensed = false;
        return r < 0 ? r : predict(&context, predicting->object, &predicting->unlicensed);
}

static int write_predicted(Predicting *predicting, const Predicted *predicted)
{
        Output *output = &predicting->scanctl->output;
        json_object *json;
        int r;

        if (predicting->scanctl->arguments.format == OUTPUT_JSON) {
                r = prediction_json(predicted, &json);
                return r < 0 ? r : json_list_add(&predicting->list, json);
        }

        if (predicting->n > 0)
                (void)fputs("\n\n", output->stream);
        return prediction_print(output, predicted);
}

/* `left_out` may be known already. 0 or -ENOMEM. */
static int predict_object(Predicting *predicting, const char *domain, const char *left_out)
{
        Object *object = predicting->object;
        _cleanup_buffer_ Buffer exclusion = BUFFER_INIT;
        Predicted predicted = {
                .object = object,
                .domain = domain,
                .left_out = left_out,
                .anchor_attribute = predict_anchor_attribute(&predicting->tenant, object),
                .unlicensed = &predicting->unlicensed,
                .licensed = &predicting->licensed,
        };
        bool has_guid = !file_guid_is_made(&object->guid);
        int r;

        if (!left_out) {
                r = find_exclusion(predicting, domain, &exclusion);
                if (r < 0)
                        return r;
                if (exclusion.size > 0 && !(predicted.left_out = buffer_string(&exclusion)))
                        return -ENOMEM;
        }

        buffer_reset(&predicting->anchor);
        if (has_guid || predicted.anchor_attribute != ATTRIBUTE_OBJECT_GUID) {
                r = predict_anchor(&predicting->tenant, object, &predicting->anchor);
                if (r < 0)
                        return r;
        }
        if (predicting->anchor.size > 0 && !(predicted.anchor = buffer_string(&predicting->anchor)))
                return -ENOMEM;

        r = predict_both(predicting, domain);
        if (r >= 0)
                r = write_predicted(predicting, &predicted);
        predicting->n++;
        return r;
}

/* ------------------------------------------------------------------ a file, or the database */

static int predict_file(Predicting *predicting, const char *path)
{
        _cleanup_(object_file_closep) ObjectFile *file = NULL;
        const char *domain;
        size_t n_unreadable;
        int r;

        if (object_file_open(path, &file) < 0)
                return EXIT_TROUBLE;

        while ((r = object_file_next(file, predicting->object, &domain)) > 0) {
                r = predict_object(predicting, domain, NULL);
                if (r < 0)
                        break;
        }
        if (r < 0)
                return scanctl_error("%s: %s.", object_file_name(file), strerror(-r));

        n_unreadable = object_file_unreadable(file);
        if (n_unreadable > 0)
                return scanctl_error("%s: %zu record%s could not be read.", object_file_name(file),
                                     n_unreadable, n_unreadable == 1 ? "" : "s");
        if (predicting->n == 0 && predicting->scanctl->arguments.format == OUTPUT_TEXT)
                (void)fputs("No user, contact or group is in it.\n",
                            predicting->scanctl->output.stream);
        return EXIT_FINE;
}

static const char *scope_of(const ObjectInfo *info)
{
        if (info->deleted_at)
                return "it is deleted";
        if (!info->selected)
                return "it is outside the configured OUs";
        if (info->is_join_excluded)
                return "it belongs to another object, which is missing";
        return NULL; /* what excludes the object by itself is found anew, with its name */
}

static int predict_cached(Predicting *predicting, Store *store, int64_t id)
{
        _cleanup_(object_info_done) ObjectInfo info = {};
        int r;

        r = query_object(store, id, predicting->object, &info);
        if (r <= 0)
                return r; /* 0: it has gone since it was found */

        crowd_reset(&predicting->given); /* those that are called alike are asked for one by one */
        return predict_object(predicting, info.domain, scope_of(&info));
}

static int predict_named(Predicting *predicting, const char *name)
{
        _cleanup_free_ int64_t *ids = NULL;
        Scanctl *scanctl = predicting->scanctl;
        Store *store;
        size_t n;
        int r;

        if (scanctl_store(scanctl, &store) < 0)
                return EXIT_TROUBLE;

        r = query_find_objects(store, name, &ids, &n);
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = predict_cached(predicting, store, ids[i]);
        if (r < 0)
                return scanctl_failed(scanctl, "cannot predict the object", r);

        if (predicting->n > 0)
                return EXIT_FINE;
        return scanctl->arguments.format == OUTPUT_JSON ? EXIT_FOUND
                                                        : scanctl_no_such_object(store, name);
}

/* A name alone decides, not what is in the folder one happens to be in; a DN may hold a slash. */
static bool is_file_name(const char *operand)
{
        size_t n = strlen(operand);

        return strcmp(operand, "-") == 0 || (n > 5 && strcasecmp(operand + n - 5, ".ldif") == 0) ||
               (strchr(operand, '/') && !strchr(operand, '='));
}

int verb_predict(Scanctl *scanctl, char **operands, size_t n_operands)
{
        _cleanup_(predicting_done) Predicting predicting = { .scanctl = scanctl };
        bool is_json = scanctl->arguments.format == OUTPUT_JSON;
        int r;

        if (scanctl_config(scanctl, CONFIG_NEED_JUDGES, &predicting.config) < 0)
                return EXIT_TROUBLE;
        if (predicting_init(&predicting) < 0)
                return scanctl_error("out of memory.");

        if (is_json)
                json_list_begin(&predicting.list, scanctl->output.stream, "predictions",
                                scanctl->now);
        r = is_file_name(operands[0]) ? predict_file(&predicting, operands[0])
                                      : predict_named(&predicting, operands[0]);
        if (is_json)
                json_list_end(&predicting.list);
        return r;
}
