/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "ctl/explain.h"
#include "ctl/rule-text.h"
#include "lib/core/guid.h"

/* A name in full, as errors never are: it need not be looked for among their words. */
static bool is_object_name(const char *text)
{
        Guid guid;

        if (guid_parse(text, &guid) == 0)
                return true;
        if (strchr(text, '@') && !strpbrk(text, " \t\n"))
                return true;
        return strcasestr(text, "dc=") && strchr(text, ',');
}

static int nothing_called_so(const Config *config, const char *text)
{
        const char *near = rule_suggest(config, text);

        if (near)
                (void)scanctl_error("there is no rule, no error and no object \"%s\". Did you mean "
                                    "the rule \"%s\"?",
                                    text, near);
        else
                (void)scanctl_error(
                        "there is no rule, no error and no object \"%s\". scanctl rules "
                        "lists the rules; scanctl findings --text finds parts of an "
                        "object's name.",
                        text);
        return EXIT_FOUND;
}

int verb_explain(Scanctl *scanctl, char **operands, size_t n_operands)
{
        const char *text = operands[0];
        const Config *config;
        const Rule *rule;
        bool is_found = false;
        int code = EXIT_FINE;

        if (scanctl_config(scanctl, CONFIG_NEED_PATHS, &config) < 0)
                return EXIT_TROUBLE;

        rule = config_find_rule(config, text);
        if (rule)
                return explain_rule(scanctl, rule);

        if (!is_object_name(text))
                code = explain_error(scanctl, text, &is_found);
        if (code == EXIT_FINE && !is_found)
                code = explain_object(scanctl, text, &is_found);
        return code == EXIT_FINE && !is_found ? nothing_called_so(config, text) : code;
}
