/* SPDX-License-Identifier: MIT */

/* The domains that the database knows, also those that are not followed any more. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ctl/control-client.h"
#include "ctl/json-output.h"
#include "ctl/table.h"
#include "lib/core/record.h"
#include "lib/core/suggest.h"
#include "lib/state/domain.h"

static void domains_free(Domain *domains, size_t n)
{
        for (size_t i = 0; i < n; i++)
                domain_done(&domains[i]);
        free(domains);
}

static const char *standing(const Domain *domain)
{
        if (domain->is_leaving)
                return "being forgotten";
        if (!domain->is_configured)
                return "kept";
        return domain->is_ready ? "followed" : "in its first read";
}

/* --- list --- */

static int add_row(Table *table, const Domain *domain)
{
        char at[RECORD_TIME_SIZE] = "never";
        int r;

        if (domain->last_poll_ok)
                record_format_time(domain->last_poll_ok, at);
        if ((r = table_add(table, domain->is_configured ? STYLE_STRONG : STYLE_FAINT,
                           domain->is_leaving ? "" : domain->name)) < 0 ||
            (r = table_add(table, STYLE_PLAIN, standing(domain))) < 0 ||
            (r = table_add_format(table, STYLE_PLAIN, "%" PRIi64, domain->objects)) < 0)
                return r;
        return table_add(table, STYLE_PLAIN, at);
}

static int list_text(Output *output, const Domain *domains, size_t n)
{
        static const Column columns[] = {
                { .title = "DOMAIN", .label = "domain", .least = 12 },
                { .title = "STATE" },
                { .title = "OBJECTS", .is_right = true },
                { .title = "LAST READ" },
        };
        _cleanup_(table_freep) Table *table = NULL;
        int r;

        r = table_new(columns, ARRAY_SIZE(columns), &table);
        for (size_t i = 0; i < n && r >= 0; i++)
                r = add_row(table, &domains[i]);
        if (r >= 0)
                table_print(table, output);
        return r;
}

static int json_domain(const Domain *domain, json_object **ret)
{
        _cleanup_json_ json_object *object = json_object_new_object();
        int r;

        if (!object)
                return -ENOMEM;
        if ((r = json_add_string(object, "domain", domain->is_leaving ? NULL : domain->name)) < 0 ||
            (r = json_add_string(object, "state", standing(domain))) < 0 ||
            (r = json_add_integer(object, "objects", domain->objects)) < 0 ||
            (r = json_add_time(object, "last_poll_ok", domain->last_poll_ok)) < 0)
                return r;
        *ret = TAKE_PTR(object);
        return 0;
}

static int list_json(Scanctl *scanctl, const Domain *domains, size_t n)
{
        JsonList list;
        int r = 0;

        json_list_begin(&list, scanctl->output.stream, "domains", scanctl->now);
        for (size_t i = 0; i < n && r >= 0; i++) {
                json_object *object;

                r = json_domain(&domains[i], &object);
                if (r >= 0)
                        r = json_list_add(&list, object);
        }
        json_list_end(&list);
        return r;
}

static int domains_list(Scanctl *scanctl, char **operands, size_t n_operands)
{
        Domain *domains;
        Store *store;
        size_t n;
        int r;

        if (n_operands > 0)
                return scanctl_error("domain list takes no operand. See scanctl help domain.");
        if (scanctl_store(scanctl, &store) < 0)
                return EXIT_TROUBLE;

        r = domain_list(store, &domains, &n);
        if (r < 0)
                return scanctl_failed(scanctl, "cannot list the domains", r);
        r = scanctl->arguments.format == OUTPUT_JSON ? list_json(scanctl, domains, n)
                                                     : list_text(&scanctl->output, domains, n);
        domains_free(domains, n);
        return r < 0 ? scanctl_failed(scanctl, "cannot list the domains", r) : EXIT_FINE;
}

/* --- forget --- */

static int no_such_domain(const char *name, const Domain *domains, size_t n)
{
        Suggestion suggestion;

        suggestion_init(&suggestion, name);
        for (size_t i = 0; i < n; i++)
                if (!domains[i].is_leaving)
                        suggestion_consider(&suggestion, domains[i].name);
        if (suggestion.best)
                return scanctl_error("nothing is kept of a domain \"%s\". Did you mean \"%s\"?",
                                     name, suggestion.best);
        return scanctl_error("nothing is kept of a domain \"%s\". scanctl domain list has those "
                             "of which something is.",
                             name);
}

static int ask_to_forget(Scanctl *scanctl, const char *name)
{
        _cleanup_free_ ControlRequest *request = calloc(1, sizeof(*request));
        _cleanup_free_ char *text = NULL;
        int r;

        if (!request)
                return scanctl_error("out of memory.");
        request->verb = CONTROL_FORGET_DOMAIN;
        strcpy(request->domain, name);
        r = control_ask(scanctl, request, &text);
        if (r == 0)
                (void)fprintf(scanctl->output.stream, "%s.\n", text);
        return r;
}

/* The daemon knows what is configured now; here it is looked at for those who only try. */
static int forget_found(Scanctl *scanctl, const Domain *domain)
{
        if (domain->is_configured && scanctl->arguments.dry_run)
                return scanctl_error("scand follows %s. Take its section out of scand.conf first, "
                                     "and reload.",
                                     domain->name);
        if (!scanctl->arguments.dry_run)
                return ask_to_forget(scanctl, domain->name);

        (void)fprintf(scanctl->output.stream,
                      "This would be forgotten: %" PRIi64 " object%s of %s, with all that happened "
                      "to them.\n",
                      domain->objects, domain->objects == 1 ? "" : "s", domain->name);
        return EXIT_FINE;
}

static int domains_forget(Scanctl *scanctl, char **operands, size_t n_operands)
{
        const Domain *found = NULL;
        Domain *domains;
        Store *store;
        size_t n;
        int r;

        if (n_operands != 1 || strlen(operands[0]) > CONTROL_DOMAIN_MAX)
                return scanctl_error("domain forget needs one DOMAIN. See scanctl help domain.");
        if (scanctl_store(scanctl, &store) < 0)
                return EXIT_TROUBLE;

        r = domain_list(store, &domains, &n);
        if (r < 0)
                return scanctl_failed(scanctl, "cannot look for the domain", r);
        for (size_t i = 0; i < n; i++)
                if (!domains[i].is_leaving && strcasecmp(domains[i].name, operands[0]) == 0)
                        found = &domains[i];
        r = found ? forget_found(scanctl, found) : no_such_domain(operands[0], domains, n);
        domains_free(domains, n);
        return r;
}

/* --- the verb --- */

static const struct {
        const char *name;
        int (*run)(Scanctl *scanctl, char **operands, size_t n_operands);
} actions[] = {
        { "forget", domains_forget },
        { "list", domains_list },
};

int verb_domain(Scanctl *scanctl, char **operands, size_t n_operands)
{
        for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
                if (strcmp(operands[0], actions[i].name) == 0)
                        return actions[i].run(scanctl, operands + 1, n_operands - 1);

        return scanctl_error("there is no \"domain %s\". See scanctl help domain.", operands[0]);
}
