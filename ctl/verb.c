/* SPDX-License-Identifier: MIT */
#include "ctl/verb.h"

#include <string.h>

#include "lib/core/suggest.h"

/* Where no terminal tells its width. */
#define HELP_COLUMNS 80

/* clang-format off */
static const Verb verbs[] = {
        { .id = VERB_STATUS,
          .name = "status",
          .run = verb_status,
          .summary = "is scand alive, is it current, what is wrong",
          .description =
                  "Shows whether the daemon is alive, how current each domain is, and how many "
                  "findings there are, worst first, and what becomes of the objects. Works with "
                  "the database alone, too. With --domains, which domain names stand in user "
                  "principal names and addresses." },
        { .id = VERB_FINDINGS,
          .name = "findings",
          .is_paged = true,
          .run = verb_findings,
          .summary = "what is wrong, object by object",
          .description =
                  "Lists open findings: errors and warnings, unless --all or --severity asks for "
                  "others. As text they are folded by rule, with a count and the first objects "
                  "that have them; --by folds by domain or OU. A row for each: with --all, "
                  "--rule, --text or --by=none, as JSON and as CSV. Several filters must all "
                  "hold." },
        { .id = VERB_SHOW,
          .name = "show",
          .operands = "OBJECT",
          .least = 1,
          .most = 1,
          .is_paged = true,
          .run = verb_show,
          .summary = "one object, its findings, who else holds its values",
          .description =
                  "Shows what scand knows of an object, live or deleted. OBJECT is a DN, a GUID, "
                  "a UPN, a mail address or a sAMAccountName." },
        { .id = VERB_HISTORY,
          .name = "history",
          .operands = "OBJECT",
          .least = 1,
          .most = 1,
          .is_paged = true,
          .run = verb_history,
          .summary = "what happened to one object",
          .description =
                  "Tells what happened to an object since scand knows it: what opened and closed, "
                  "other names, deletion and return, with old value, new value and time. OBJECT "
                  "is as for show, or a name that it had once, or the GUID of one that is "
                  "forgotten. With --origin the daemon asks the domain controller on which of its "
                  "like each attribute was written last, and when." },
        { .id = VERB_WATCH,
          .name = "watch",
          .run = verb_watch,
          .summary = "what happens, as it happens",
          .description =
                  "Prints what happens as the daemon writes it down, until Ctrl-C: what opens and "
                  "closes, who is deleted, restored, renamed. Takes the filters of findings; "
                  "--since begins in the past. With --json, a line is one event. Goes on while "
                  "the daemon is restarted." },
        { .id = VERB_EXPLAIN,
          .name = "explain",
          .operands = "OBJECT|RULE|TEXT",
          .least = 1,
          .most = 1,
          .is_paged = true,
          .run = verb_explain,
          .summary = "will it arrive; what a rule or an error means",
          .description =
                  "Tells of an object whether it will arrive in the cloud, as what, and which "
                  "rule, attribute and document say so; of a rule when it flags an object, and "
                  "what to do; of an error, as the portal, the mail, the connector or the event "
                  "log have it (its name, number or text), what it means, and which objects have "
                  "what is behind it." },
        { .id = VERB_RULES,
          .name = "rules",
          .is_paged = true,
          .run = verb_rules,
          .summary = "the rules",
          .description =
                  "Lists all rules with their usual severity and class." },
        { .id = VERB_ATTRIBUTES,
          .name = "attributes",
          .operands = "[KIND]",
          .most = 1,
          .is_paged = true,
          .run = verb_attributes,
          .summary = "which attributes sync, and their limits",
          .description =
                  "Lists the attributes that the connector syncs by default, for users, "
                  "inetOrgPersons, contacts or groups, which of them only with a mailNickname, "
                  "how long they may be here and in the cloud, and which rules watch them. Needs "
                  "no daemon and no database." },
        { .id = VERB_CHECK,
          .name = "check",
          .operands = "FILE",
          .least = 1,
          .most = 1,
          .is_paged = true,
          .run = verb_check,
          .summary = "judge the objects in an LDIF file",
          .description =
                  "Judges the objects of an LDIF file, \"-\" for standard input, as if they were "
                  "read from a domain. Needs no daemon, no database and no network. With "
                  "--against-cache among all that scand knows, and changes (modify, modrdn, "
                  "delete) are taken as well. Exits with 0 where nothing was found, 1 where "
                  "something was, 2 where a record could not be read." },
        { .id = VERB_PREDICT,
          .name = "predict",
          .operands = "FILE|OBJECT",
          .least = 1,
          .most = 1,
          .is_paged = true,
          .run = verb_predict,
          .summary = "what Entra ID and Exchange Online will hold",
          .description =
                  "Shows names and addresses as the cloud will have them, with and without an "
                  "Exchange Online licence, and why an address is dropped. OBJECT is one of "
                  "scand's database, as for show. FILE is LDIF: \"-\" for standard input, a name "
                  "that ends in .ldif, or one with a / in it; then it needs no daemon, no "
                  "database and no network." },
        { .id = VERB_FIX,
          .name = "fix",
          .run = verb_fix,
          .summary = "repairs as LDIF, to review and apply",
          .description =
                  "Prints what would put findings right, as LDIF for ldapmodify: each record "
                  "takes the old value away and adds the new one, so that it fails rather than "
                  "overwrites. Only what needs no decision: values that pass every check, that "
                  "nobody else holds, and that open no other finding. Changes nothing itself. "
                  "--csv prints the nine columns of IdFix." },
        { .id = VERB_REPORT,
          .name = "report",
          .run = verb_report,
          .summary = "a page for whoever has no terminal",
          .description =
                  "Writes one HTML file that needs nothing else: what is wrong by cause, how that "
                  "went over time, each object with what to do and both sides of a conflict, a "
                  "filter box, and how fresh each domain is. It opens from disk and prints well. "
                  "With --cutover, what bites when mailboxes move to the cloud." },
        { .id = VERB_CLOUD,
          .name = "cloud",
          .operands = "ACTION [FILE]...",
          .least = 1,
          .most = SIZE_MAX,
          .is_paged = true,
          .run = verb_cloud,
          .summary = "what the cloud holds: files of an export, and how to make one",
          .description =
                  "commands prints a script for a Windows host that exports all of the tenant "
                  "that scand reads, with rights to read only.\n"
                  "inspect FILE... tells what files of an export are (JSON of Graph or "
                  "PowerShell, or CSV), what is in them and what is missing for which prediction; "
                  "of a damaged or truncated one, byte, object and reason.\n"
                  "import FILE... gives them to scand, which judges by them from then on, and "
                  "waits for its word; the former inventory counts until the new one is whole.\n"
                  "status tells how old the inventory is, what is in it and what is missing for "
                  "which prediction.\n"
                  "orphans lists what the cloud takes for synced and nothing here is any more." },
        { .id = VERB_ERRORS,
          .name = "errors",
          .operands = "import FILE...",
          .least = 1,
          .most = SIZE_MAX,
          .is_paged = true,
          .run = verb_errors,
          .summary = "what the connector reported, against what scand said",
          .description =
                  "import FILE... reads what the connector itself reported: the report of Connect "
                  "Health (CSV, or the JSON of its API), the XML of csexport, or exports of Graph "
                  "with onPremisesProvisioningErrors. Each error is joined to its object here and "
                  "to the findings that are behind it: what was predicted and is there, what is "
                  "there but was not predicted and why, what was predicted but is not there. "
                  "Nothing is kept: it is read, told and forgotten." },
        { .id = VERB_ACCEPT,
          .name = "accept",
          .operands = "[FINDING]",
          .most = 1,
          .run = verb_accept,
          .summary = "live with findings until a day",
          .description =
                  "Tells the daemon that you live with a finding, or with all that the options "
                  "choose, until a day: lists, counts and checks leave it out, and it counts "
                  "again when the day is over. FINDING is an id, as show and --json have it; it "
                  "stays the same when the finding closes and opens again. Everybody can see what "
                  "was accepted, until when, by whom and why: scanctl findings --accepted." },
        { .id = VERB_RESCAN,
          .name = "rescan",
          .operands = "[DOMAIN]",
          .most = 1,
          .run = verb_rescan,
          .summary = "read a domain, or all of them, anew",
          .description =
                  "Tells the daemon to read everything again; with --reconcile, to hold what it "
                  "has against the domain by number and to read only what differs, as it does "
                  "every day. Where so many objects are gone that scand would not believe it, "
                  "--accept-deletions says that it is so." },
        { .id = VERB_RELOAD,
          .name = "reload",
          .run = verb_reload,
          .summary = "read the configuration again",
          .description =
                  "Tells the daemon to read its configuration again, and waits for the answer. "
                  "Where something in it is wrong, the daemon goes on with the one it has." },
        { .id = VERB_BACKUP,
          .name = "backup",
          .operands = "FILE",
          .least = 1,
          .most = 1,
          .run = verb_backup,
          .summary = "copy the database, beside the running daemon",
          .description =
                  "Copies the database as it is now into FILE, which must not be there yet. The "
                  "daemon goes on meanwhile. FILE is complete in itself, and readable for you "
                  "only: names and addresses of people are in it. scanctl --database=FILE asks "
                  "it; scanctl(1) tells how to put it back." },
        { .id = VERB_FORGET,
          .name = "forget",
          .operands = "OBJECT",
          .least = 1,
          .most = 1,
          .run = verb_forget,
          .summary = "forget a deleted object before its time",
          .description =
                  "Tells the daemon to forget a deleted object at once, with all that happened to "
                  "it, rather than after KeepDeletedDays= and KeepEventsDays=. OBJECT is as for "
                  "history. Nothing brings it back, and backups and exports of the cloud are not "
                  "touched. Root may." },
        { .id = VERB_DOMAIN,
          .name = "domain",
          .operands = "ACTION [DOMAIN]",
          .least = 1,
          .most = 2,
          .run = verb_domain,
          .summary = "the domains in the database; forget one that left",
          .description =
                  "list tells which domains there are: what is taken out of the configuration is "
                  "kept, for its return, and shown nowhere else.\n"
                  "forget DOMAIN erases one of those, with its history: the daemon does it in the "
                  "background, also over a restart. Root may." },
        { .id = VERB_HELP,
          .name = "help",
          .operands = "[VERB]",
          .most = 1,
          .is_paged = true,
          .run = verb_help,
          .summary = "this text, or what a verb does",
          .description =
                  "Tells what a verb does and which options it takes." },
};
/* clang-format on */

const Verb *verb_find(const char *name)
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

int verb_check_operands(const Verb *verb, size_t n)
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

void verb_list(FILE *stream)
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

static void print_description(Output *output, const char *description)
{
        while (*description) {
                _cleanup_free_ char *paragraph = strndup(description, strcspn(description, "\n"));

                if (!paragraph)
                        return;
                output_wrapped(output, STYLE_PLAIN, paragraph, 0, HELP_COLUMNS);
                description += strcspn(description, "\n");
                description += *description == '\n';
        }
}

static void help_verb(Output *output, const Verb *verb)
{
        output_format(output, STYLE_PLAIN, "Usage: scanctl [OPTION]... %s%s%s\n\n", verb->name,
                      verb->operands ? " " : "", verb->operands ? verb->operands : "");
        print_description(output, verb->description);
        if (arguments_any(verb->id)) {
                (void)fputs("\nOptions:\n", output->stream);
                arguments_help(output->stream, verb->id);
        }
        (void)fputs("\nscanctl --help tells the options that every verb takes.\n", output->stream);
}

int verb_help(Scanctl *scanctl, char **operands, size_t n_operands)
{
        const Verb *verb;

        if (n_operands == 0) {
                verb_list(scanctl->output.stream);
                return EXIT_FINE;
        }

        verb = verb_find(operands[0]);
        if (!verb)
                return EXIT_TROUBLE;

        help_verb(&scanctl->output, verb);
        return EXIT_FINE;
}
