/* SPDX-License-Identifier: MIT */

/* Whether an object will arrive, as what, and what says so. */

#include <errno.h>
#include <string.h>

#include "ctl/entry.h"
#include "ctl/explain.h"
#include "ctl/finding-entry.h"
#include "ctl/json-output.h"
#include "ctl/predicting.h"
#include "ctl/prose.h"
#include "ctl/rule-text.h"
#include "lib/core/arrival.h"

/* One call: the objects that are called so, one after the other. */
typedef struct ObjectRun {
        Scanctl *scanctl;
        Store *store;
        const Config *config;
        Predicting predicting;
        JsonList list;
        size_t n;
} ObjectRun;

/* One object, with everything that is known against it. */
typedef struct Explained {
        const Config *config;
        Object *object;
        ObjectInfo info;
        FindingList *findings;
        Arrival arrival;
        const char *place; /* why its place alone keeps it from arriving; NULL */
        bool *flags;       /* a rule each: is there a finding? */
        RuleStanding *standings;
} Explained;

static void explained_done(Explained *explained)
{
        (void)object_free(explained->object);
        object_info_done(&explained->info);
        (void)finding_list_free(explained->findings);
        free(explained->flags);
        free(explained->standings);
}

/* ------------------------------------------------------------------ finding out */

static int take_finding(const Record *record, void *userdata)
{
        Explained *explained = userdata;
        const Rule *rule = config_find_rule(explained->config, record->rule);

        explained->arrival = arrival_after(explained->arrival, record->class, record->severity,
                                           record->certainty);
        if (rule)
                explained->flags[rule_index(rule)] = true;
        return 0;
}

static int judge(ObjectRun *run, Explained *explained)
{
        const Config *config = run->config;
        const ObjectInfo *info = &explained->info;
        EvaluateContext context = {
                .tenant = &config->tenant,
                .settings = config->rules,
                .n_settings = config->n_rules,
                .domain = info->domain,
                .selected = info->selected && !info->deleted_at,
                .unreadable = info->unreadable,
        };
        int r;

        r = finding_entries_walk(explained->findings, take_finding, explained);
        if (r < 0)
                return r;

        explained->place = predicting_scope(info);
        if (explained->place || info->is_excluded)
                explained->arrival = ARRIVAL_LEFT_OUT;
        arrival_standings(&context, explained->object, explained->flags,
                          explained->arrival == ARRIVAL_LEFT_OUT, explained->standings);

        predicting_forget(&run->predicting);
        return predicting_object(&run->predicting, explained->object, info->domain,
                                 explained->place);
}

/* 1: done. 0: it has gone since it was found. Negative: errno. */
static int find_out(ObjectRun *run, int64_t id, Explained *explained)
{
        FindingFilter filter = { .object = id, .now = run->scanctl->now };
        size_t n = 0;
        int r;

        while (rule_listed(run->config, n))
                n++;
        explained->config = run->config;
        explained->flags = calloc(n, sizeof(*explained->flags));
        explained->standings = calloc(n, sizeof(*explained->standings));
        if (!explained->flags || !explained->standings)
                return -ENOMEM;

        r = object_new(&explained->object);
        if (r < 0)
                return r;
        r = query_object(run->store, id, explained->object, &explained->info);
        if (r <= 0)
                return r;
        r = finding_list_new(run->store, run->config, &filter, &explained->findings);
        if (r >= 0)
                r = judge(run, explained);
        return r < 0 ? r : 1;
}

/* ------------------------------------------------------------------ text */

/* NULL: its place is not the reason. */
static const char *place_sentence(const ObjectInfo *info)
{
        if (info->deleted_at)
                return "It does not arrive: it was deleted in AD, and the connector deletes it in "
                       "the cloud.";
        if (!info->selected)
                return "It does not arrive: it is outside the OUs that scand.conf names "
                       "(IncludeOU=, ExcludeOU=), which are taken to be the connector's.";
        return NULL;
}

/* "user anna@contoso.com, primary address anna@contoso.com" */
static int print_as_what(Output *output, const Explained *explained, const Predicted *predicted)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;
        int r;

        if (explained->arrival == ARRIVAL_LEFT_OUT)
                return 0;

        r = arrival_describe(explained->object, predicted->licensed, &text);
        if (r < 0 || !buffer_string(&text))
                return -ENOMEM;
        return entry_print(output, "Arrives as", (const char *)text.data);
}

/* The rules of one standing and class, on a line. */
static int print_standing(Output *output, const Explained *explained, const char *label,
                          RuleStanding standing, RuleClass class)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;
        const Rule *rule;
        size_t n = 0;
        int r = 0;

        for (size_t i = 0; r >= 0 && (rule = rule_listed(explained->config, i)); i++) {
                if (explained->standings[i] != standing || rule_class(rule) != class)
                        continue;
                r = buffer_append_format(&text, "%s%s", n++ > 0 ? ", " : "", rule_id(rule));
        }
        if (r < 0 || !buffer_string(&text))
                return -ENOMEM;

        return n > 0 ? entry_print(output, label, (const char *)text.data) : 0;
}

static int print_checks(Output *output, const Explained *explained)
{
        static const struct {
                RuleClass class;
                const char *passed;
                const char *unknown;
        } classes[] = {
                { RULE_EXCLUDED, "not left out by", "not known: left out" },
                { RULE_FAILS, "does not fail by", "not known: fails" },
                { RULE_ALTERED, "not altered by", "not known: altered" },
        };
        size_t n = 0;
        int r = 0;

        for (size_t i = 0; rule_listed(explained->config, i); i++)
                n += explained->standings[i] == STANDING_PASSED;

        (void)putc('\n', output->stream);
        output_format(output, STYLE_STRONG, "%zu checks passed\n", n);
        for (size_t i = 0; i < ARRAY_SIZE(classes) && r >= 0; i++)
                r = print_standing(output, explained, classes[i].passed, STANDING_PASSED,
                                   classes[i].class);
        for (size_t i = 0; i < ARRAY_SIZE(classes) && r >= 0; i++)
                r = print_standing(output, explained, classes[i].unknown, STANDING_UNKNOWN,
                                   classes[i].class);
        return r;
}

static int print_finding(const Record *record, void *userdata)
{
        Scanctl *scanctl = userdata;

        return finding_entry_print(scanctl, record);
}

static int print_object(ObjectRun *run, const Explained *explained)
{
        const Predicted *predicted = &run->predicting.predicted;
        Output *output = &run->scanctl->output;
        const char *sentence = place_sentence(&explained->info);
        int r;

        if (run->n > 0)
                (void)fputs("\n\n", output->stream);
        if ((r = entry_title(output, explained->object)) < 0 ||
            (r = entry_dn(output, explained->object)) < 0 ||
            (r = entry_print(output, "Kind", kind_name(explained->object->kind))) < 0 ||
            (r = print_as_what(output, explained, predicted)) < 0)
                return r;

        (void)putc('\n', output->stream);
        prose_text(output, STYLE_STRONG, sentence ?: arrival_sentence(explained->arrival));

        r = finding_entries_walk(explained->findings, print_finding, run->scanctl);
        return r < 0 || explained->arrival == ARRIVAL_LEFT_OUT ? r
                                                               : print_checks(output, explained);
}

/* ------------------------------------------------------------------ JSON */

static int add_standing(json_object *object, const char *key, const Explained *explained,
                        RuleStanding standing)
{
        json_object *array = json_object_new_array();
        const Rule *rule;
        int r;

        r = json_add(object, key, array);
        for (size_t i = 0; r >= 0 && (rule = rule_listed(explained->config, i)); i++)
                if (explained->standings[i] == standing)
                        r = json_append(array, json_object_new_string(rule_id(rule)));
        return r;
}

static int json_explained(ObjectRun *run, const Explained *explained)
{
        _cleanup_json_ json_object *object = json_object_new_object();
        const Object *source = explained->object;
        json_object *prediction, *findings;
        int r;

        if (!object)
                return -ENOMEM;

        if ((r = json_add_string(object, "domain", explained->info.domain)) < 0 ||
            (r = json_add_guid(object, "guid", &source->guid)) < 0 ||
            (r = json_add_bytes(object, "dn", source->dn.data, source->dn.size)) < 0 ||
            (r = json_add_string(object, "kind", kind_name(source->kind))) < 0 ||
            (r = json_add_string(object, "arrival", arrival_name(explained->arrival))) < 0 ||
            (r = json_add_string(object, "sentence",
                                 place_sentence(&explained->info)
                                         ?: arrival_sentence(explained->arrival))) < 0 ||
            (r = prediction_json(&run->predicting.predicted, &prediction)) < 0 ||
            (r = json_add(object, "prediction", prediction)) < 0 ||
            (r = finding_entries_json(explained->findings, &findings)) < 0 ||
            (r = json_add(object, "findings", findings)) < 0 ||
            (r = add_standing(object, "passed", explained, STANDING_PASSED)) < 0 ||
            (r = add_standing(object, "unknown", explained, STANDING_UNKNOWN)) < 0)
                return r;

        return json_list_add(&run->list, TAKE_PTR(object));
}

/* ------------------------------------------------------------------ the whole */

static int explain_one(ObjectRun *run, int64_t id)
{
        _cleanup_(explained_done) Explained explained = {};
        bool is_json = run->scanctl->arguments.format == OUTPUT_JSON;
        int r;

        r = find_out(run, id, &explained);
        if (r <= 0)
                return r;

        if (is_json && run->n == 0)
                json_list_begin(&run->list, run->scanctl->output.stream, "objects",
                                run->scanctl->now);
        r = is_json ? json_explained(run, &explained) : print_object(run, &explained);
        run->n++;
        return r;
}

static int explain_all(ObjectRun *run, const char *name)
{
        _cleanup_free_ int64_t *ids = NULL;
        size_t n;
        int r;

        r = query_find_objects(run->store, name, &ids, &n);
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = explain_one(run, ids[i]);
        if (run->n > 0 && run->scanctl->arguments.format == OUTPUT_JSON)
                json_list_end(&run->list);
        return r;
}

int explain_object(Scanctl *scanctl, const char *name, bool *ret_found)
{
        ObjectRun run = { .scanctl = scanctl };
        int r;

        if (scanctl_config(scanctl, CONFIG_NEED_JUDGES, &run.config) < 0 ||
            scanctl_store(scanctl, &run.store) < 0)
                return EXIT_TROUBLE;

        r = predicting_init(&run.predicting, run.config, &scanctl->arguments);
        if (r >= 0)
                r = explain_all(&run, name);
        predicting_done(&run.predicting);
        if (r < 0)
                return scanctl_failed(scanctl, "cannot explain the object", r);

        *ret_found = run.n > 0;
        return EXIT_FINE;
}
