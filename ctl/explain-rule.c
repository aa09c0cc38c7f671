/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "ctl/explain.h"
#include "ctl/json-output.h"
#include "ctl/prose.h"
#include "ctl/rule-text.h"

/* A filter is for pasting: a line break of ours in it would be worse than one of the terminal's. */
static void print_filter(Output *output, const Rule *rule)
{
        if (!rule_filter(rule))
                return;

        output_text(output, STYLE_FAINT, "Filter");
        output_fill(output, ' ', PROSE_LABEL_COLUMNS - strlen("Filter"));
        output_text(output, STYLE_PLAIN, rule_filter(rule));
        (void)putc('\n', output->stream);
        prose_entry(output, "",
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
        prose_entry(output, "What", rule_title(rule));
        prose_entry(output, "When", rule_condition(rule));
        prose_entry(output, "Judged", (const char *)kinds.data);
        prose_entry(output, "Attribute", attribute_name(rule_attribute(rule)));
        print_filter(output, rule);
        prose_entry(output, "Assumes", rule_assumes(rule));
        prose_entry(output, "Rests on", rule_source(rule));
        prose_entry(output, "What to do", rule_advice(rule));
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

int explain_rule(Scanctl *scanctl, const Rule *rule)
{
        const Config *config;
        int r;

        r = scanctl_config(scanctl, CONFIG_NEED_PATHS, &config);
        if (r < 0)
                return EXIT_TROUBLE;

        if (scanctl->arguments.format == OUTPUT_JSON)
                r = print_json(&scanctl->output, rule, config);
        else
                r = print_text(&scanctl->output, rule, config);
        return r < 0 ? scanctl_failed(scanctl, "cannot explain the rule", r) : EXIT_FINE;
}
