/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "ctl/csv.h"
#include "ctl/json-output.h"
#include "ctl/rule-text.h"
#include "ctl/scanctl.h"
#include "ctl/table.h"

static int print_text(Scanctl *scanctl, const Config *config)
{
        static const Column columns[] = {
                { .title = "RULE" },
                { .title = "SEVERITY" },
                { .title = "CLASS", .is_spare = true },
                { .title = "MEANING", .label = "meaning", .least = 24 },
        };
        _cleanup_(table_freep) Table *table = NULL;
        const Rule *rule;
        size_t n = 0;
        int r;

        r = table_new(columns, ARRAY_SIZE(columns), &table);
        if (r < 0)
                return r;

        for (; (rule = rule_listed(config, n)); n++) {
                RuleState state = rule_state(rule, config);
                Style style = state.is_disabled ? STYLE_FAINT : style_of_severity(state.severity);

                if ((r = table_add(table, STYLE_STRONG, rule_id(rule))) < 0 ||
                    (r = table_add(table, style,
                                   state.is_disabled ? "off" : severity_name(state.severity))) <
                            0 ||
                    (r = table_add(table, STYLE_PLAIN, rule_class_name(rule_class(rule)))) < 0 ||
                    (r = table_add(table, STYLE_PLAIN, rule_title(rule))) < 0)
                        return r;
        }

        table_print(table, &scanctl->output);
        if (scanctl->output.has_legend) {
                (void)putc('\n', scanctl->output.stream);
                output_prose(&scanctl->output, STYLE_PLAIN, 0,
                             "%zu rules. scanctl explain RULE tells what one means.", n);
        }
        return 0;
}

static int print_json(Scanctl *scanctl, const Config *config)
{
        JsonList list;
        const Rule *rule;
        int r = 0;

        json_list_begin(&list, scanctl->output.stream, "rules", scanctl->now);
        for (size_t i = 0; r >= 0 && (rule = rule_listed(config, i)); i++) {
                json_object *object;

                r = rule_json(rule, config, &object);
                if (r >= 0)
                        r = json_list_add(&list, object);
        }
        json_list_end(&list);
        return r;
}

static void print_csv(Scanctl *scanctl, const Config *config)
{
        static const char *const titles[] = { "rule",    "severity", "class", "certainty",
                                              "enabled", "title",    "source" };
        const Rule *rule;

        if (scanctl->output.has_legend)
                csv_row(scanctl->output.stream, titles, ARRAY_SIZE(titles));

        for (size_t i = 0; (rule = rule_listed(config, i)); i++) {
                RuleState state = rule_state(rule, config);
                const char *const cells[ARRAY_SIZE(titles)] = {
                        rule_id(rule),
                        severity_name(state.severity),
                        rule_class_name(rule_class(rule)),
                        certainty_name(rule_certainty(rule)),
                        state.is_disabled ? "no" : "yes",
                        rule_title(rule),
                        rule_source(rule),
                };

                csv_row(scanctl->output.stream, cells, ARRAY_SIZE(cells));
        }
}

int verb_rules(Scanctl *scanctl, char **operands, size_t n_operands)
{
        const Config *config;
        int r;

        r = scanctl_config(scanctl, CONFIG_NEED_PATHS, &config);
        if (r < 0)
                return EXIT_TROUBLE;

        switch (scanctl->arguments.format) {
        case OUTPUT_TEXT:
                r = print_text(scanctl, config);
                break;
        case OUTPUT_JSON:
                r = print_json(scanctl, config);
                break;
        case OUTPUT_CSV:
                print_csv(scanctl, config);
                break;
        }

        return r < 0 ? scanctl_failed(scanctl, "cannot list the rules", r) : EXIT_FINE;
}
