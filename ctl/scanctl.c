/* SPDX-License-Identifier: MIT */

/*
 * scanctl: asks what scand knows. It reads the database itself, read-only, so it works while the daemon is stopped or hangs, and
 * loads nobody; only rescan, reload, accept, forget, domain forget and history --origin talk to the daemon. No read transaction is open
 * while anything is printed, because a pager may wait for hours.
 */

#include "ctl/scanctl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/core/suggest.h"
#include "lib/state/cloud.h"

#define CONFIG_FILE "/etc/scand/scand.conf"

/* clang-format off */
static const Verb verbs[] = {
        { VERB_STATUS, "status", NULL, 0, 0, false, "is scand alive, is it current, what is wrong",
          "Shows whether the daemon is alive, how current each domain is, and how many findings\n"
          "there are, worst first, and what becomes of the objects. Works with the database alone, too.\n"
          "With --domains, which domain names stand in user principal names and addresses.",
          verb_status },
        { VERB_FINDINGS, "findings", NULL, 0, 0, true, "what is wrong, object by object",
          "Lists open findings: errors and warnings, unless --all or --severity asks for others.\n"
          "As text they are folded by rule, with a count and the first objects that have them; --by folds\n"
          "by domain or OU. A row for each: with --all, --rule, --text or --by=none, as JSON and as CSV.\n"
          "Several filters must all hold.",
          verb_findings },
        { VERB_SHOW, "show", "OBJECT", 1, 1, true, "one object, its findings, who else holds its values",
          "Shows what scand knows of an object, live or deleted. OBJECT is a DN, a GUID, a UPN, a\n"
          "mail address or a sAMAccountName.",
          verb_show },
        { VERB_HISTORY, "history", "OBJECT", 1, 1, true, "what happened to one object",
          "Tells what happened to an object since scand knows it: what opened and closed, other names,\n"
          "deletion and return, with old value, new value and time. OBJECT is as for show, or a name that it\n"
          "had once, or the GUID of one that is forgotten. With --origin the daemon asks the domain controller on\n"
          "which of its like each attribute was written last, and when.",
          verb_history },
        { VERB_WATCH, "watch", NULL, 0, 0, false, "what happens, as it happens",
          "Prints what happens as the daemon writes it down, until Ctrl-C: what opens and closes, who is deleted,\n"
          "restored, renamed. Takes the filters of findings; --since begins in the past. With --json, a line is\n"
          "one event. Goes on while the daemon is restarted.",
          verb_watch },
        { VERB_EXPLAIN, "explain", "OBJECT|RULE|TEXT", 1, 1, true, "will it arrive; what a rule or an error means",
          "Tells of an object whether it will arrive in the cloud, as what, and which rule, attribute and\n"
          "document say so; of a rule when it flags an object, and what to do; of an error, as the portal,\n"
          "the mail, the connector or the event log have it (its name, number or text), what it means,\n"
          "and which objects have what is behind it.",
          verb_explain },
        { VERB_RULES, "rules", NULL, 0, 0, true, "the rules",
          "Lists all rules with their usual severity and class.",
          verb_rules },
        { VERB_ATTRIBUTES, "attributes", "[KIND]", 0, 1, true, "which attributes sync, and their limits",
          "Lists the attributes that the connector syncs by default, for users, inetOrgPersons, contacts\n"
          "or groups, which of them only with a mailNickname, how long they may be here and in the cloud,\n"
          "and which rules watch them. Needs no daemon and no database.",
          verb_attributes },
        { VERB_CHECK, "check", "FILE", 1, 1, true, "judge the objects in an LDIF file",
          "Judges the objects of an LDIF file, \"-\" for standard input, as if they were read from a\n"
          "domain. Needs no daemon, no database and no network. With --against-cache among all that scand\n"
          "knows, and changes (modify, modrdn, delete) are taken as well. Exits with 0 where nothing was\n"
          "found, 1 where something was, 2 where a record could not be read.",
          verb_check },
        { VERB_PREDICT, "predict", "FILE|OBJECT", 1, 1, true, "what Entra ID and Exchange Online will hold",
          "Shows names and addresses as the cloud will have them, with and without an Exchange Online\n"
          "licence, and why an address is dropped. OBJECT is one of scand's database, as for show. FILE\n"
          "is LDIF: \"-\" for standard input, a name that ends in .ldif, or one with a / in it; then it\n"
          "needs no daemon, no database and no network.",
          verb_predict },
        { VERB_FIX, "fix", NULL, 0, 0, false, "repairs as LDIF, to review and apply",
          "Prints what would put findings right, as LDIF for ldapmodify: each record takes the old value\n"
          "away and adds the new one, so that it fails rather than overwrites. Only what needs no decision:\n"
          "values that pass every check, that nobody else holds, and that open no other finding. Changes\n"
          "nothing itself. --csv prints the nine columns of IdFix.",
          verb_fix },
        { VERB_REPORT, "report", NULL, 0, 0, false, "a page for whoever has no terminal",
          "Writes one HTML file that needs nothing else: what is wrong by cause, how that went over time, each\n"
          "object with what to do and both sides of a conflict, a filter box, and how fresh each domain is. It\n"
          "opens from disk and prints well. With --cutover, what bites when mailboxes move to the cloud.",
          verb_report },
        { VERB_CLOUD, "cloud", "ACTION [FILE]...", 1, SIZE_MAX, true, "what the cloud holds: files of an export, and how to make one",
          "commands prints a script for a Windows host that exports all of the tenant that scand reads, with\n"
          "rights to read only. inspect FILE... tells what files of an export are (JSON of Graph or\n"
          "PowerShell, or CSV), what is in them and what is missing for which prediction; of a damaged or\n"
          "truncated one, byte, object and reason. import FILE... gives them to scand, which judges by them\n"
          "from then on, and waits for its word; the former inventory counts until the new one is whole.\n"
          "status tells how old the inventory is, what is in it and what is missing for which prediction.\n"
          "orphans lists what the cloud takes for synced and nothing here is any more.",
          verb_cloud },
        { VERB_ACCEPT, "accept", "[FINDING]", 0, 1, false, "live with findings until a day",
          "Tells the daemon that you live with a finding, or with all that the options choose, until a day:\n"
          "lists, counts and checks leave it out, and it counts again when the day is over. FINDING is an id,\n"
          "as show and --json have it; it stays the same when the finding closes and opens again. Everybody can\n"
          "see what was accepted, until when, by whom and why: scanctl findings --accepted.",
          verb_accept },
        { VERB_RESCAN, "rescan", "[DOMAIN]", 0, 1, false, "read a domain, or all of them, anew",
          "Tells the daemon to read everything again; with --reconcile, to hold what it has against the\n"
          "domain by number and to read only what differs, as it does every day. Where so many objects\n"
          "are gone that scand would not believe it, --accept-deletions says that it is so.",
          verb_rescan },
        { VERB_RELOAD, "reload", NULL, 0, 0, false, "read the configuration again",
          "Tells the daemon to read its configuration again, and waits for the answer. Where something\n"
          "in it is wrong, the daemon goes on with the one it has.",
          verb_reload },
        { VERB_BACKUP, "backup", "FILE", 1, 1, false, "copy the database, beside the running daemon",
          "Copies the database as it is now into FILE, which must not be there yet. The daemon goes on\n"
          "meanwhile. FILE is complete in itself, and readable for you only: names and addresses of\n"
          "people are in it. scanctl --database=FILE asks it; scanctl(1) tells how to put it back.",
          verb_backup },
        { VERB_FORGET, "forget", "OBJECT", 1, 1, false, "forget a deleted object before its time",
          "Tells the daemon to forget a deleted object at once, with all that happened to it, rather than\n"
          "after KeepDeletedDays= and KeepEventsDays=. OBJECT is as for history. Nothing brings it back, and\n"
          "backups and exports of the cloud are not touched. Root may.",
          verb_forget },
        { VERB_DOMAIN, "domain", "ACTION [DOMAIN]", 1, 2, false, "the domains in the database; forget one that left",
          "list tells which domains there are: what is taken out of the configuration is kept, for its\n"
          "return, and shown nowhere else. forget DOMAIN erases one of those, with its history: the daemon does it in\n"
          "the background, also over a restart. Root may.",
          verb_domain },
        { VERB_HELP, "help", "[VERB]", 0, 1, true, "this text, or what a verb does",
          "Tells what a verb does and which options it takes.",
          verb_help },
};
/* clang-format on */

int scanctl_error(const char *format, ...)
{
        va_list list;

        (void)fputs("scanctl: ", stderr);
        va_start(list, format);
        (void)vfprintf(stderr, format, list);
        va_end(list);
        (void)fputc('\n', stderr);
        return EXIT_TROUBLE;
}

int scanctl_failed(const Scanctl *scanctl, const char *what, int error)
{
        if (scanctl->store && error != -ENOMEM)
                return scanctl_error("%s: %s (%s).", what, strerror(-error),
                                     store_error(scanctl->store));
        return scanctl_error("%s: %s.", what, strerror(-error));
}

int scanctl_path(const char *folder, const char *name, char **ret)
{
        return asprintf(ret, "%s/%s", folder, name) < 0 ? -ENOMEM : 0;
}

/* A line each: config_load() tells all that is wrong, not only the first. */
static void say_problems(const char *problems)
{
        while (*problems) {
                size_t n = strcspn(problems, "\n");

                (void)scanctl_error("%.*s", (int)n, problems);
                problems += n + (problems[n] == '\n');
        }
}

int scanctl_config(Scanctl *scanctl, ConfigNeed need, const Config **ret)
{
        const char *given = scanctl->arguments.config, *file = given ? given : CONFIG_FILE;
        _cleanup_free_ char *error = NULL, *drop_ins = NULL;
        int r;

        if (scanctl->config) {
                *ret = scanctl->config;
                return 0;
        }

        if (asprintf(&drop_ins, "%s.d", file) < 0) {
                drop_ins = NULL; /* glibc leaves it undefined */
                r = -ENOMEM;
        } else
                r = config_load(file, drop_ins, &scanctl->config, &error);
        if (r < 0 && !given && (r == -ENOENT || need == CONFIG_NEED_PATHS)) {
                if (r != -ENOENT) {
                        say_problems(error ? error : strerror(-r));
                        (void)scanctl_error("going on with the defaults.");
                }
                r = config_new(&scanctl->config);
        }
        if (r < 0) {
                say_problems(error ? error : strerror(-r));
                return r;
        }

        if (scanctl->store)
                (void)cloud_tenant_fill(scanctl->store, &scanctl->config->tenant);
        *ret = scanctl->config;
        return 0;
}

int scanctl_try_store(Scanctl *scanctl, Store **ret, char **ret_error)
{
        _cleanup_free_ char *path = NULL;
        const Config *config;
        int r;

        if (scanctl->store) {
                *ret = scanctl->store;
                return 0;
        }

        *ret_error = NULL;
        if (!scanctl->arguments.database) {
                r = scanctl_config(scanctl, CONFIG_NEED_PATHS, &config);
                if (r < 0)
                        return r;
                r = scanctl_path(config->state_directory, "scand.db", &path);
                if (r < 0)
                        return r;
        }

        r = store_open(path ? path : scanctl->arguments.database, STORE_READ, &scanctl->store,
                       ret_error);
        if (r < 0)
                return r;

        /* As the daemon does. Whoever names a database and no configuration has none to fill. */
        if (scanctl->config)
                (void)cloud_tenant_fill(scanctl->store, &scanctl->config->tenant);
        *ret = scanctl->store;
        return 0;
}

int scanctl_store(Scanctl *scanctl, Store **ret)
{
        _cleanup_free_ char *error = NULL;
        int r;

        r = scanctl_try_store(scanctl, ret, &error);
        if (r < 0)
                (void)scanctl_error("%s", error ? error : strerror(-r));
        return r;
}

static const Verb *verb_find(const char *name)
{
        Suggestion suggestion;

        suggestion_init(&suggestion, name);
        for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
                if (strcmp(verbs[i].name, name) == 0)
                        return &verbs[i];
                suggestion_consider(&suggestion, verbs[i].name);
        }

        if (suggestion.best)
                (void)scanctl_error("there is no verb \"%s\". Did you mean \"%s\"?", name,
                                    suggestion.best);
        else
                (void)scanctl_error("there is no verb \"%s\". See scanctl help.", name);
        return NULL;
}

static void help_all(FILE *stream)
{
        (void)fputs("Usage: scanctl [OPTION]... VERB [OPERAND]\n\n"
                    "Tells what Entra Connect will leave out, fail to export or alter, as scand "
                    "knows it.\n\n"
                    "Verbs:\n",
                    stream);
        for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
                char left[32];

                (void)snprintf(left, sizeof(left), "%s%s%s", verbs[i].name,
                               verbs[i].operands ? " " : "",
                               verbs[i].operands ? verbs[i].operands : "");
                (void)fprintf(stream, "  %-20s %s\n", left, verbs[i].summary);
        }
        (void)fputs("\nOptions that every verb takes:\n", stream);
        arguments_help(stream, VERB_ANY);
        (void)fputs("\nscanctl help VERB tells the verb's own. The manual: scanctl(1), "
                    "scand-rules(7).\n",
                    stream);
}

static void help_verb(FILE *stream, const Verb *verb)
{
        (void)fprintf(stream, "Usage: scanctl [OPTION]... %s%s%s\n\n%s\n", verb->name,
                      verb->operands ? " " : "", verb->operands ? verb->operands : "",
                      verb->description);
        if (arguments_any(verb->id)) {
                (void)fputs("\nOptions:\n", stream);
                arguments_help(stream, verb->id);
        }
        (void)fputs("\nscanctl --help tells the options that every verb takes.\n", stream);
}

int verb_help(Scanctl *scanctl, char **operands, size_t n_operands)
{
        const Verb *verb;

        if (n_operands == 0) {
                help_all(scanctl->output.stream);
                return EXIT_FINE;
        }

        verb = verb_find(operands[0]);
        if (!verb)
                return EXIT_TROUBLE;

        help_verb(scanctl->output.stream, verb);
        return EXIT_FINE;
}

static int check_operands(const Verb *verb, size_t n)
{
        if (n < verb->least)
                return scanctl_error("%s needs %s. See scanctl help %s.", verb->name,
                                     verb->operands, verb->name);
        if (n > verb->most && verb->most == 0)
                return scanctl_error("%s takes no operand. See scanctl help %s.", verb->name,
                                     verb->name);
        if (n > verb->most)
                return scanctl_error("%s takes one operand only: put names with spaces in quotes. "
                                     "See scanctl help %s.",
                                     verb->name, verb->name);
        return 0;
}

static int run_verb(Scanctl *scanctl, const Verb *verb, char **operands, size_t n_operands)
{
        int code, r;

        r = output_open(&scanctl->arguments, verb->is_paged, &scanctl->output);
        if (r < 0)
                return scanctl_error("cannot start a pager: %s. --no-pager goes without.",
                                     strerror(-r));

        code = verb->run(scanctl, operands, n_operands);

        r = output_close(&scanctl->output);
        if (r < 0)
                return scanctl_error("cannot write the output: %s.", strerror(-r));
        return code;
}

static int dispatch(Scanctl *scanctl)
{
        Arguments *arguments = &scanctl->arguments;
        const Verb *verb;
        int r;

        if (arguments->version) {
                (void)puts("scanctl " SCAND_VERSION);
                return fflush(stdout) == 0 ? EXIT_FINE : EXIT_TROUBLE;
        }
        if (!arguments->verb && !arguments->help) {
                help_all(stderr);
                return EXIT_TROUBLE;
        }

        verb = verb_find(arguments->verb ? arguments->verb : "help");
        if (!verb)
                return EXIT_TROUBLE;
        if (arguments->help) {
                char *name = (char *)verb->name;

                return run_verb(scanctl, verb_find("help"), &name, arguments->verb ? 1 : 0);
        }

        if (arguments_fit(arguments, verb->id, verb->name) < 0)
                return EXIT_TROUBLE;
        r = check_operands(verb, arguments->n_operands);
        if (r != 0)
                return r;

        return run_verb(scanctl, verb, arguments->operands, arguments->n_operands);
}

int main(int argc, char **argv)
{
        Scanctl scanctl = { .now = time(NULL) };
        int code = EXIT_TROUBLE;

        if (arguments_parse(argc, argv, scanctl.now, &scanctl.arguments) == 0)
                code = dispatch(&scanctl);

        (void)store_close(scanctl.store);
        (void)config_free(scanctl.config);
        arguments_done(&scanctl.arguments);
        return code;
}
