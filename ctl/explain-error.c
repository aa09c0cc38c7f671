/* SPDX-License-Identifier: MIT */

/* What an error of the portal, the mail or the event log means, and which objects have what is behind it. */

#include <errno.h>
#include <string.h>

#include "ctl/explain.h"
#include "ctl/json-output.h"
#include "ctl/prose.h"
#include "ctl/table.h"
#include "lib/state/query.h"

#define SHOWN_MAX   5  /* objects of a rule: the list has the rest */
#define OTHERS_MAX  20 /* DESIGN section 7 */
#define FINDING_MAX 20 /* of a rule, in JSON */

/* One call. */
typedef struct ErrorRun {
        Scanctl *scanctl;
        Store *store; /* NULL: there is no database, so that nobody can say which objects */
        const Config *config;
        JsonList list;
        size_t n;
} ErrorRun;

/* The open findings of a rule: how many, and the first of them. */
static int read_findings(ErrorRun *run, const char *rule, size_t max, size_t *ret_n,
                         FindingPage **ret)
{
        FindingFilter filter = { .rule = rule, .now = run->scanctl->now };
        _cleanup_(finding_list_freep) FindingList *list = NULL;
        int r;

        r = finding_list_new(run->store, run->config, &filter, &list);
        if (r < 0)
                return r;

        *ret_n = finding_list_size(list);
        return finding_list_page(list, 0, max, OTHERS_MAX, ret);
}

/* ------------------------------------------------------------------ text */

static int print_rule(ErrorRun *run, const Rule *rule, Table *table)
{
        _cleanup_(finding_page_freep) FindingPage *page = NULL;
        size_t n;
        int r;

        if (!run->store)
                return table_add(table, STYLE_STRONG, rule_id(rule)) < 0 ||
                                       table_add(table, STYLE_PLAIN, rule_title(rule)) < 0 ||
                                       table_add(table, STYLE_PLAIN, NULL) < 0
                               ? -ENOMEM
                               : 0;

        r = read_findings(run, rule_id(rule), SHOWN_MAX, &n, &page);
        if (r < 0)
                return r;

        if ((r = table_add(table, STYLE_STRONG, rule_id(rule))) < 0 ||
            (r = table_add(table, n > 0 ? STYLE_PLAIN : STYLE_FAINT, rule_title(rule))) < 0 ||
            (r = table_add_format(table, n > 0 ? STYLE_PLAIN : STYLE_FAINT, "%zu", n)) < 0)
                return r;
        for (size_t i = 0; i < page->n_records; i++)
                if ((r = table_add(table, STYLE_PLAIN, NULL)) < 0 ||
                    (r = table_add(table, STYLE_PLAIN, page->records[i].dn)) < 0 ||
                    (r = table_add(table, STYLE_PLAIN, NULL)) < 0)
                        return r;
        return 0;
}

static int print_rules(ErrorRun *run, const Symptom *symptom)
{
        static const Column columns[] = {
                { .title = "RULE" },
                { .title = "MEANING, AND WHO HAS IT", .label = "object", .least = 30 },
                { .title = "FINDINGS", .is_right = true }
        };
        _cleanup_(table_freep) Table *table = NULL;
        Output *output = &run->scanctl->output;
        int r;

        r = table_new(columns, ARRAY_SIZE(columns), &table);
        for (const char *const *id = symptom->rules; r >= 0 && *id; id++)
                r = print_rule(run, rule_find(*id), table);
        if (r < 0)
                return r;

        (void)putc('\n', output->stream);
        if (*symptom->rules)
                table_print(table, output);
        else
                prose_text(output, STYLE_PLAIN, "No rule finds it beforehand.");
        return 0;
}

static int print_symptom(ErrorRun *run, const Symptom *symptom)
{
        Output *output = &run->scanctl->output;

        if (run->n > 0)
                (void)fputs("\n\n", output->stream);
        output_text(output, STYLE_STRONG, symptom->name);
        (void)fputs("\n\n", output->stream);
        prose_entry(output, "Seen", symptom->seen);
        prose_entry(output, "What", symptom->meaning);
        prose_entry(output, "What to do", symptom->advice);
        prose_entry(output, "Rests on", symptom->source);
        return print_rules(run, symptom);
}

/* ------------------------------------------------------------------ JSON */

static int json_rule(ErrorRun *run, const Rule *rule, json_object *rules)
{
        _cleanup_(finding_page_freep) FindingPage *page = NULL;
        json_object *object = json_object_new_object(), *findings = json_object_new_array();
        size_t n = 0;
        int r;

        r = json_append(rules, object);
        if (r < 0) {
                (void)json_object_put(findings);
                return r;
        }

        r = json_add(object, "findings", findings);
        if (r >= 0 && run->store)
                r = read_findings(run, rule_id(rule), FINDING_MAX, &n, &page);
        for (size_t i = 0; r >= 0 && page && i < page->n_records; i++)
                r = json_append_record(findings, &page->records[i]);
        if (r < 0)
                return r;

        if ((r = json_add_string(object, "rule", rule_id(rule))) < 0 ||
            (r = json_add_string(object, "title", rule_title(rule))) < 0)
                return r;
        return run->store ? json_add_integer(object, "findings_total", (int64_t)n)
                          : json_add_string(object, "findings_total", NULL);
}

static int json_symptom(ErrorRun *run, const Symptom *symptom)
{
        _cleanup_json_ json_object *object = json_object_new_object();
        json_object *rules = json_object_new_array();
        int r;

        if (!object) {
                (void)json_object_put(rules);
                return -ENOMEM;
        }

        r = json_add(object, "rules", rules);
        if (r < 0 || (r = json_add_string(object, "name", symptom->name)) < 0 ||
            (r = json_add_string(object, "seen", symptom->seen)) < 0 ||
            (r = json_add_string(object, "meaning", symptom->meaning)) < 0 ||
            (r = json_add_string(object, "advice", symptom->advice)) < 0 ||
            (r = json_add_string(object, "source", symptom->source)) < 0)
                return r;
        for (const char *const *id = symptom->rules; *id; id++) {
                r = json_rule(run, rule_find(*id), rules);
                if (r < 0)
                        return r;
        }

        return json_list_add(&run->list, TAKE_PTR(object));
}

/* ------------------------------------------------------------------ the whole */

static int explain_symptom(ErrorRun *run, const Symptom *symptom)
{
        bool is_json = run->scanctl->arguments.format == OUTPUT_JSON;
        int r;

        if (is_json && run->n == 0)
                json_list_begin(&run->list, run->scanctl->output.stream, "errors",
                                run->scanctl->now);
        r = is_json ? json_symptom(run, symptom) : print_symptom(run, symptom);
        run->n++;
        return r;
}

/* Without a database the error is explained all the same. */
static int open_store(ErrorRun *run)
{
        _cleanup_free_ char *error = NULL;
        int r;

        r = scanctl_config(run->scanctl, CONFIG_NEED_PATHS, &run->config);
        if (r < 0)
                return r;

        r = scanctl_try_store(run->scanctl, &run->store, &error);
        if (r < 0) {
                run->store = NULL;
                (void)scanctl_error("%s", error ? error : strerror(-r));
                (void)scanctl_error("so nobody can say which objects have it now.");
        }
        return 0;
}

int explain_error(Scanctl *scanctl, const char *text, bool *ret_found)
{
        _cleanup_(symptom_query_done) SymptomQuery query = {};
        ErrorRun run = { .scanctl = scanctl };
        int r;

        r = symptom_query_init(&query, text);
        for (size_t i = 0; r >= 0 && i < symptom_count(); i++) {
                r = symptom_matches(symptom_at(i), &query);
                if (r <= 0)
                        continue;
                if (run.n == 0 && open_store(&run) < 0)
                        return EXIT_TROUBLE;
                r = explain_symptom(&run, symptom_at(i));
        }
        if (run.n > 0 && scanctl->arguments.format == OUTPUT_JSON)
                json_list_end(&run.list);
        if (r < 0)
                return scanctl_failed(scanctl, "cannot explain the error", r);

        *ret_found = run.n > 0;
        return EXIT_FINE;
}
