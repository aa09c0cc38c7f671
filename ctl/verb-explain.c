/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "ctl/json-output.h"
#include "ctl/rule-text.h"
#include "ctl/scanctl.h"

/* Prose is easier to read on lines of this length, even where a terminal is wider or nobody said how wide. */
#define PROSE_COLUMNS 88
#define LABEL_COLUMNS 12

static void print_entry(Output *output, const char *label, const char *text)
{
        Output narrow = *output;

        if (!text || !*text)
                return;

        if (narrow.width == 0 || narrow.width > PROSE_COLUMNS)
                narrow.width = PROSE_COLUMNS;
        output_text(&narrow, STYLE_FAINT, label);
        output_fill(&narrow, ' ', LABEL_COLUMNS - strlen(label));
        output_wrapped(&narrow, STYLE_PLAIN, text, LABEL_COLUMNS, 0);
}

/* A filter is for pasting: a line break of ours in it would be worse than one of the terminal's. */
static void print_filter(Output *output, const Rule *rule)
{
        if (!rule_filter(rule))
                return;

        output_text(output, STYLE_FAINT, "Filter");
        output_fill(output, ' ', LABEL_COLUMNS - strlen("Filter"));
        output_text(output, STYLE_PLAIN, rule_filter(rule));
        (void)putc('\n', output->stream);
        print_entry(output, "",
                    rule_filter_is_exact(rule)
                            ? "An LDAP search with it finds what the rule flags."
                            : "An LDAP search with it finds candidates, the rule looks closer.");
}

static int print_text(Output *output, const Rule *rule, const Config *config)
{
        _cleanup_buffer_ Buffer kinds = BUFFER_INIT;
        RuleState state = rule_state(rule, config);
        int r;

        r = rule_kinds_text(rule_kinds(rule), &kinds);
        if (r < 0 || !buffer_string(&kinds))
                return r < 0 ? r : -ENOMEM;

        output_text(output, STYLE_STRONG, rule_id(rule));
        (void)fputs("  ", output->stream);
        output_text(output, style_of_severity(state.severity), severity_name(state.severity));
        (void)fprintf(output->stream, ", %s, %s%s\n\n", rule_class_name(rule_class(rule)),
                      certainty_name(rule_certainty(rule)),
                      state.is_disabled  ? ", switched off by the configuration"
                      : state.is_changed ? ", severity by the configuration"
                                         : "");
        print_entry(output, "What", rule_title(rule));
        print_entry(output, "When", rule_condition(rule));
        print_entry(output, "Judged", (const char *)kinds.data);
        print_entry(output, "Attribute", attribute_name(rule_attribute(rule)));
        print_filter(output, rule);
        print_entry(output, "Rests on", rule_source(rule));
        print_entry(output, "What to do", rule_advice(rule));
        return 0;
}

static int print_json(Output *output, const Rule *rule, const Config *config)
{
        _cleanup_json_ json_object *answer = json_object_new_object();
        json_object *object;
        int r;

        if (!answer)
                return -ENOMEM;

        r = rule_json(rule, config, &object);
        if (r >= 0)
                r = json_add_integer(answer, "schema", JSON_SCHEMA);
        if (r >= 0)
                r = json_add(answer, "rule", object);
        return r < 0 ? r : json_print(output->stream, answer);
}

static int no_such_rule(const Config *config, const char *name)
{
        const char *near = rule_suggest(config, name);

        if (strpbrk(name, "@=,"))
                return scanctl_error("there is no rule \"%s\". For an object: scanctl show '%s'.",
                                     name, name);
        if (near)
                return scanctl_error("there is no rule \"%s\". Did you mean \"%s\"?", name, near);
        return scanctl_error("there is no rule \"%s\". scanctl rules lists them.", name);
}

int verb_explain(Scanctl *scanctl, char **operands, size_t n_operands)
{
        const Config *config;
        const Rule *rule;
        int r;

        r = scanctl_config(scanctl, CONFIG_NEED_PATHS, &config);
        if (r < 0)
                return EXIT_TROUBLE;

        rule = config_find_rule(config, operands[0]);
        if (!rule) {
                (void)no_such_rule(config, operands[0]);
                return EXIT_FOUND;
        }

        if (scanctl->arguments.format == OUTPUT_JSON)
                r = print_json(&scanctl->output, rule, config);
        else
                r = print_text(&scanctl->output, rule, config);
        return r < 0 ? scanctl_failed(scanctl, "cannot explain the rule", r) : EXIT_FINE;
}
