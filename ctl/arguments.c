/* SPDX-License-Identifier: MIT */
#include "ctl/arguments.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "ctl/since.h"
#include "ctl/until.h"
#include "lib/core/suggest.h"

typedef enum OptionType {
        OPTION_FLAG,   /* sets a bool */
        OPTION_STRING, /* borrows the value */
        OPTION_PARSED, /* has a function of its own */
} OptionType;

typedef struct OptionRow {
        const char *name;
        char letter; /* 0: none */
        const char *operand;
        unsigned verbs;
        OptionType type;
        size_t offset; /* of the member of Arguments */
        int (*parse)(Arguments *arguments, const char *value, int64_t now);
        const char *help;
        const char *hint; /* what would be right, where parse() says no */
} OptionRow;

static int parse_json(Arguments *arguments, const char *value, int64_t now)
{
        arguments->format = OUTPUT_JSON;
        return 0;
}

static int parse_csv(Arguments *arguments, const char *value, int64_t now)
{
        arguments->format = OUTPUT_CSV;
        return 0;
}

static int parse_colour(Arguments *arguments, const char *value, int64_t now)
{
        static const char *const names[] = {
                [COLOUR_AUTO] = "auto",
                [COLOUR_ALWAYS] = "always",
                [COLOUR_NEVER] = "never",
        };

        for (ColourMode mode = 0; mode < ARRAY_SIZE(names); mode++)
                if (strcmp(value, names[mode]) == 0) {
                        arguments->colour = mode;
                        return 0;
                }
        return -EINVAL;
}

static int parse_class(Arguments *arguments, const char *value, int64_t now)
{
        arguments->has_class = true;
        return rule_class_from_name(value, &arguments->class);
}

static int parse_severity(Arguments *arguments, const char *value, int64_t now)
{
        arguments->has_severity = true;
        return severity_from_name(value, &arguments->least);
}

static int parse_all(Arguments *arguments, const char *value, int64_t now)
{
        arguments->has_severity = true;
        arguments->is_all = true;
        arguments->least = SEVERITY_NOTICE;
        return 0;
}

static int parse_by(Arguments *arguments, const char *value, int64_t now)
{
        static const char *const names[] = {
                [SHAPE_ROWS] = "none",
                [SHAPE_BY_RULE] = "rule",
                [SHAPE_BY_DOMAIN] = "domain",
                [SHAPE_BY_OU] = "ou",
        };

        for (ListShape shape = SHAPE_ROWS; shape < ARRAY_SIZE(names); shape++)
                if (strcmp(value, names[shape]) == 0) {
                        arguments->shape = shape;
                        return 0;
                }
        return -EINVAL;
}

static int parse_since(Arguments *arguments, const char *value, int64_t now)
{
        return since_parse(value, now, &arguments->since);
}

static int parse_part(Arguments *arguments, const char *value, int64_t now)
{
        arguments->has_part = true;
        return inventory_part_from_name(value, &arguments->part);
}

static int parse_until(Arguments *arguments, const char *value, int64_t now)
{
        return until_parse(value, now, &arguments->until);
}

static bool is_domain(const char *value)
{
        static const char letters[] =
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

        return value[strspn(value, letters)] == '\0' && strchr(value, '.');
}

static int parse_initial_domain(Arguments *arguments, const char *value, int64_t now)
{
        arguments->initial_domain = value;
        return is_domain(value) ? 0 : -EINVAL;
}

/* One more of an option that may be repeated. */
static int list_add(char ***list, const char *value)
{
        char **more;
        size_t n = 0;

        while (*list && (*list)[n])
                n++;
        more = reallocarray(*list, n + 2, sizeof(*more));
        if (!more)
                return -ENOMEM;

        more[n] = (char *)value;
        more[n + 1] = NULL;
        *list = more;
        return 0;
}

static int parse_verified_domain(Arguments *arguments, const char *value, int64_t now)
{
        return is_domain(value) ? list_add(&arguments->verified_domains, value) : -EINVAL;
}

static int parse_cloud(Arguments *arguments, const char *value, int64_t now)
{
        return list_add(&arguments->cloud, value);
}

#define LISTS    (VERB_FINDINGS | VERB_CHECK)
#define FILTERED (LISTS | VERB_FIX)
#define CHOSEN   (FILTERED | VERB_ACCEPT | VERB_WATCH)
#define ANSWERS                                                                                    \
        (FILTERED | VERB_STATUS | VERB_SHOW | VERB_EXPLAIN | VERB_RULES | VERB_PREDICT |           \
         VERB_ATTRIBUTES | VERB_HISTORY | VERB_CLOUD | VERB_WATCH | VERB_DOMAIN |      \
         VERB_ERRORS)

#define FLAG(member)   OPTION_FLAG, offsetof(Arguments, member), NULL
#define STRING(member) OPTION_STRING, offsetof(Arguments, member), NULL
#define PARSED(parse)  OPTION_PARSED, 0, parse

/* clang-format off */
static const OptionRow rows[] = {
        { "rule", 'r', "RULE", CHOSEN, STRING(rule), "findings of this rule", NULL },
        { "class", 0, "CLASS", CHOSEN, PARSED(parse_class), "excluded, fails, altered or directory",
          "excluded, fails, altered or directory" },
        { "severity", 0, "SEVERITY", CHOSEN, PARSED(parse_severity), "error, warning or notice: this and worse (default warning)",
          "error, warning or notice" },
        { "all", 'a', NULL, CHOSEN | VERB_REPORT, PARSED(parse_all), "all findings: notices too, and not folded", NULL },
        { "domain", 'd', "DOMAIN", CHOSEN, STRING(domain), "findings in this domain", NULL },
        { "ou", 0, "DN", CHOSEN, STRING(ou), "findings below this OU or container", NULL },
        { "text", 't', "TEXT", CHOSEN, STRING(text), "findings with TEXT in the object's name or in the value", NULL },
        { "since", 's', "TIME", VERB_FINDINGS | VERB_ACCEPT | VERB_WATCH, PARSED(parse_since), "opened since: 2h, 3d, yesterday, 2026-11-20, \"2026-11-20 09:30\"",
          "a span such as 2h or 3d, today, yesterday, or a date such as 2026-11-20" },
        { "by", 'b', "WHAT", VERB_FINDINGS, PARSED(parse_by), "fold by rule, domain or ou; none: a row for each finding",
          "rule, domain, ou or none" },
        { "unfolded", 0, NULL, VERB_FINDINGS, FLAG(unfolded), "each object instead of one finding of its domain that stands for many", NULL },
        { "exit-code", 0, NULL, VERB_FINDINGS, FLAG(exit_code), "exit with 1 where anything is listed", NULL },
        { "accepted", 0, NULL, VERB_FINDINGS, FLAG(accepted), "what was accepted: until when, by whom and why", NULL },
        { "until", 0, "DATE", VERB_ACCEPT, PARSED(parse_until), "through the end of that day: 2027-03-31; or for a time: 90d",
          "a date to come such as 2027-03-31, or a span such as 90d" },
        { "why", 0, "TEXT", VERB_ACCEPT, STRING(why), "the reason, for those who see it later", NULL },
        { "undo", 0, NULL, VERB_ACCEPT, FLAG(undo), "take it back", NULL },
        { "dry-run", 0, NULL, VERB_ACCEPT | VERB_FORGET | VERB_DOMAIN, FLAG(dry_run), "say what it would be, and change nothing", NULL },
        { "origin", 0, NULL, VERB_HISTORY, FLAG(origin), "on which domain controller each attribute was written last, and when", NULL },
        { "domains", 0, NULL, VERB_STATUS, FLAG(domains), "which domain names stand in addresses, and the [tenant] lines they suggest", NULL },
        { "output", 'o', "FILE", VERB_REPORT, STRING(output), "write the page into FILE", NULL },
        { "cutover", 0, NULL, VERB_REPORT, FLAG(cutover), "what bites when mailboxes move", NULL },
        { "reconcile", 0, NULL, VERB_RESCAN, FLAG(reconcile), "compare by number first, and read only what differs", NULL },
        { "against-cache", 0, NULL, VERB_CHECK, FLAG(against_cache), "judge among all objects of scand's database, and take changes, too", NULL },
        { "cloud", 0, "FILE", VERB_CHECK, PARSED(parse_cloud), "judge by this export of the cloud, too; repeat it for more files", NULL },
        { "accept-deletions", 0, NULL, VERB_RESCAN, FLAG(accept_deletions),
          "what is gone is gone, however many objects it is", NULL },
        { "initial-domain", 0, "DOMAIN", VERB_PREDICT, PARSED(parse_initial_domain), "the tenant's onmicrosoft.com domain, instead of InitialDomain=",
          "a domain such as contoso.onmicrosoft.com" },
        { "verified-domain", 0, "DOMAIN", VERB_PREDICT, PARSED(parse_verified_domain), "a domain of the tenant, instead of VerifiedDomain=; repeat it for more",
          "a domain such as example.com, and the option again for each more" },

        { "part", 0, "PART", VERB_CLOUD, PARSED(parse_part), "what the files are: users, groups, contacts, deleted-users, …",
          "users, groups, contacts, deleted-users, deleted-groups, organization, domains, synchronization, roles or eligible-roles" },

        { "config", 'c', "FILE", VERB_ANY, STRING(config), "read FILE instead of /etc/scand/scand.conf", NULL },
        { "database", 0, "FILE", VERB_ANY, STRING(database), "read FILE instead of the configured scand.db", NULL },
        { "health", 0, "FILE", VERB_STATUS, STRING(health), "read FILE instead of the configured health.json", NULL },
        { "json", 'j', NULL, ANSWERS, PARSED(parse_json), "print JSON", NULL },
        { "csv", 0, NULL, FILTERED | VERB_RULES | VERB_ATTRIBUTES | VERB_STATUS, PARSED(parse_csv), "print CSV", NULL },
        { "no-legend", 0, NULL, VERB_ANY, FLAG(no_legend), "no column titles, no sums", NULL },
        { "no-pager", 0, NULL, VERB_ANY, FLAG(no_pager), "do not pipe long output into a pager", NULL },
        { "color", 0, "WHEN", VERB_ANY, PARSED(parse_colour), "auto, always or never", "auto, always or never" },
        { "help", 'h', NULL, VERB_ANY, FLAG(help), "this text, or the verb's", NULL },
        { "version", 'V', NULL, VERB_ANY, FLAG(version), "the version", NULL },
};
/* clang-format on */

/* getopt_long() returns this plus the row for long options; letters are below. */
#define LONG_BASE 256

_Static_assert(ARRAY_SIZE(rows) <= sizeof(((Arguments *)NULL)->seen) * 8,
               "Arguments.seen has a bit for each row");

static bool arguments_saw(const Arguments *arguments, size_t row)
{
        return arguments->seen[row / 32] >> (row % 32) & 1;
}

static int row_apply(const OptionRow *row, Arguments *arguments, const char *value, int64_t now)
{
        void *member = (char *)arguments + row->offset;
        int r;

        arguments->seen[(size_t)(row - rows) / 32] |= 1U << ((size_t)(row - rows) % 32);

        switch (row->type) {
        case OPTION_FLAG:
                *(bool *)member = true;
                return 0;
        case OPTION_STRING:
                *(const char **)member = value;
                return 0;
        case OPTION_PARSED:
                break;
        }

        r = row->parse(arguments, value, now);
        if (r == 0)
                return 0;
        if (r == -ENOMEM) {
                (void)fputs("scanctl: out of memory.\n", stderr);
                return r;
        }

        (void)fprintf(stderr, "scanctl: --%s=%s: not understood, try %s.\n", row->name, value,
                      row->hint);
        return -EINVAL;
}

static int unknown_option(const char *given)
{
        Suggestion suggestion;
        char word[64];

        if (strncmp(given, "--", 2) != 0) {
                (void)fprintf(stderr, "scanctl: there is no option %s. See scanctl --help.\n",
                              given);
                return -EINVAL;
        }

        (void)snprintf(word, sizeof(word), "%.*s", (int)strcspn(given + 2, "="), given + 2);
        suggestion_init(&suggestion, word);
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                suggestion_consider(&suggestion, rows[i].name);

        if (suggestion.best)
                (void)fprintf(stderr, "scanctl: there is no option --%s. Did you mean --%s?\n",
                              word, suggestion.best);
        else
                (void)fprintf(stderr, "scanctl: there is no option --%s. See scanctl --help.\n",
                              word);
        return -EINVAL;
}

static const OptionRow *row_of_option(int option)
{
        if (option >= LONG_BASE)
                return &rows[option - LONG_BASE];
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                if (rows[i].letter == option)
                        return &rows[i];
        return NULL; /* '?' */
}

static void make_getopt_tables(struct option *longs, char *shorts)
{
        *shorts++ = ':'; /* a missing value is told from an unknown option */

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                longs[i] = (struct option){
                        .name = rows[i].name,
                        .has_arg = rows[i].operand ? required_argument : no_argument,
                        .val = LONG_BASE + (int)i,
                };
                if (!rows[i].letter)
                        continue;
                *shorts++ = rows[i].letter;
                if (rows[i].operand)
                        *shorts++ = ':';
        }
        *shorts = '\0';
}

void arguments_done(Arguments *arguments)
{
        free(arguments->verified_domains);
        free(arguments->cloud);
        arguments->verified_domains = arguments->cloud = NULL;
}

int arguments_parse(int argc, char **argv, int64_t now, Arguments *ret)
{
        _cleanup_(arguments_done) Arguments arguments = { .least = SEVERITY_WARNING };
        struct option longs[ARRAY_SIZE(rows) + 1] = {};
        char shorts[2 * ARRAY_SIZE(rows) + 2];
        int option, r;

        make_getopt_tables(longs, shorts);
        opterr = 0;
        optind = 0; /* glibc: begin anew, so that tests may parse more than once */

        for (;;) {
                int index = optind ? optind : 1;
                const OptionRow *row;

                option = getopt_long(argc, argv, shorts, longs, NULL);
                if (option == -1)
                        break;
                if (option == ':') {
                        (void)fprintf(stderr, "scanctl: %s needs a value. See scanctl --help.\n",
                                      argv[optind - 1]);
                        return -EINVAL;
                }

                row = row_of_option(option);
                if (!row) {
                        char letter[3] = { '-', (char)optopt, '\0' };

                        /* For a letter getopt may still stand inside the word; for a name it has moved past it. */
                        return unknown_option(optopt && optopt < LONG_BASE
                                                      ? letter
                                                      : argv[optind > index ? optind - 1 : index]);
                }

                r = row_apply(row, &arguments, optarg, now);
                if (r < 0)
                        return r;
        }

        if (optind < argc)
                arguments.verb = argv[optind++];
        arguments.operands = argv + optind;
        arguments.n_operands = (size_t)(argc - optind);

        *ret = arguments;
        arguments = (Arguments){};
        return 0;
}

int arguments_fit(const Arguments *arguments, VerbId verb, const char *verb_name)
{
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                if (!arguments_saw(arguments, i) || rows[i].verbs & verb)
                        continue;

                (void)fprintf(stderr, "scanctl: %s takes no --%s. See scanctl help %s.\n",
                              verb_name, rows[i].name, verb_name);
                return -EINVAL;
        }

        return 0;
}

static bool row_is_of(const OptionRow *row, unsigned verbs)
{
        if (verbs == VERB_ANY || row->verbs == VERB_ANY)
                return row->verbs == verbs;
        return row->verbs & verbs;
}

bool arguments_any(VerbId verb)
{
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                if (row_is_of(&rows[i], verb))
                        return true;
        return false;
}

void arguments_help(FILE *stream, unsigned verbs)
{
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                const OptionRow *row = &rows[i];
                char letter[] = "   ", left[32];

                if (!row_is_of(row, verbs))
                        continue;

                if (row->letter)
                        memcpy(letter, (char[]){ '-', row->letter, ',' }, 3);
                (void)snprintf(left, sizeof(left), "%s --%s%s%s", letter, row->name,
                               row->operand ? "=" : "", row->operand ? row->operand : "");
                (void)fprintf(stream, "  %-28s %s\n", left, row->help);
        }
}
