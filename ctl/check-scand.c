/* SPDX-License-Identifier: MIT */

/*
 * check_scand: the plugin for Nagios, Icinga and all that speak their convention. Judges by health.json and nothing else, so that it
 * answers in under a millisecond, needs no right on the database, and still knows when the daemon is dead. Names, where somebody
 * wants them below the rest, are scanctl's to read.
 *
 * What is said and how it looks is plugin.c; here is what is judged: is the daemon alive, is each domain current, are there
 * more findings than somebody wants to hear of.
 */

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "ctl/check-names.h"
#include "ctl/health-file.h"
#include "ctl/plugin.h"
#include "ctl/threshold.h"
#include "lib/core/duration.h"
#include "lib/core/health-check.h"

#define HEALTH_FILE "/run/scand/health.json"

/* Which maintained count the thresholds look at. */
typedef enum Counted {
        COUNTED_ERRORS,
        COUNTED_WARNINGS,
        COUNTED_NOTICES,
        COUNTED_RULE,
} Counted;

typedef struct Arguments {
        const char *file;
        const char *domain; /* NULL: all */
        const char *rule;
        Counted counted;
        Threshold warning, critical;
        int64_t age; /* seconds, 0: as the daemon says */
        unsigned timeout;
        unsigned verbose;
        unsigned names;       /* how many findings to name */
        const char *database; /* NULL: where scanctl looks */
} Arguments;

static const char *or_else(const char *text, const char *otherwise)
{
        return text ? text : otherwise;
}

static void check_cannot_read(Plugin *plugin, const char *path, int error)
{
        switch (error) {
        case -ENOENT:
        case -ENOTDIR:
                plugin_reason(plugin, PLUGIN_CRITICAL,
                              "%s is missing: scand has not run since the machine started, or "
                              "writes elsewhere (--file)",
                              path);
                break;
        case -EACCES:
                plugin_reason(plugin, PLUGIN_UNKNOWN, "%s may not be read by this user", path);
                break;
        case -ENOTSUP:
                plugin_reason(plugin, PLUGIN_UNKNOWN, "%s is not a regular file", path);
                break;
        default:
                plugin_reason(plugin, PLUGIN_UNKNOWN, "%s cannot be read: %s", path,
                              strerror(-error));
        }
}

static void check_life(Plugin *plugin, const Health *health, const HealthClock *clock)
{
        char span[DURATION_SIZE];
        int64_t overdue;

        switch (health_life(health, clock, &overdue)) {
        case HEALTH_ALIVE:
                break;
        case HEALTH_STARTING:
                plugin_reason(plugin, PLUGIN_WARNING, "scand is starting");
                break;
        case HEALTH_STOPPING:
                plugin_reason(plugin, PLUGIN_WARNING, "scand is stopping");
                break;
        case HEALTH_STOPPED:
                duration_format(clock->now - health->written_at, span);
                plugin_reason(plugin, PLUGIN_CRITICAL, "scand was stopped %s ago", span);
                break;
        case HEALTH_STALE:
                duration_format(overdue, span);
                plugin_reason(plugin, PLUGIN_CRITICAL,
                              "scand is dead or hangs: its report is overdue by %s", span);
                break;
        case HEALTH_FUTURE:
                duration_format(health->written_at - clock->now, span);
                plugin_reason(plugin, PLUGIN_UNKNOWN,
                              "the report was written %s in the future: a clock is wrong", span);
                break;
        }
}

static void check_domain(Plugin *plugin, const Arguments *arguments, const HealthDomain *domain,
                         int64_t now)
{
        const char *name = or_else(domain->name, "?");
        char span[DURATION_SIZE];

        switch (health_freshness(domain, now, arguments->age)) {
        case FRESHNESS_CURRENT:
                break;
        case FRESHNESS_FIRST_READ:
                plugin_reason(plugin, PLUGIN_WARNING,
                              "%s: first read under way (%lld objects so far)", name,
                              (long long)domain->full_read_objects);
                break;
        case FRESHNESS_NEVER:
                plugin_reason(plugin, PLUGIN_CRITICAL, "%s was never read (%s)", name,
                              or_else(domain->last_error, or_else(domain->state, "unknown")));
                break;
        case FRESHNESS_STALE:
                duration_format(now - domain->last_poll_ok, span);
                plugin_reason(plugin, PLUGIN_CRITICAL, "%s not read for %s (%s)", name, span,
                              or_else(domain->last_error, or_else(domain->state, "unknown")));
                break;
        }
}

static bool domain_is_asked_for(const Arguments *arguments, const HealthDomain *domain)
{
        return !arguments->domain ||
               (domain->name && strcasecmp(domain->name, arguments->domain) == 0);
}

static void check_domains(Plugin *plugin, const Arguments *arguments, const Health *health,
                          int64_t now)
{
        int64_t oldest = now;
        char span[DURATION_SIZE];
        bool is_unread = false;
        size_t n = 0;

        for (size_t i = 0; i < health->n_domains; i++) {
                const HealthDomain *domain = &health->domains[i];

                if (!domain_is_asked_for(arguments, domain))
                        continue;

                n++;
                check_domain(plugin, arguments, domain, now);
                if (domain->last_poll_ok == 0)
                        is_unread = true;
                else if (domain->last_poll_ok < oldest)
                        oldest = domain->last_poll_ok;
        }

        if (n == 0 && arguments->domain)
                plugin_reason(plugin, PLUGIN_UNKNOWN, "scand follows no domain %s",
                              arguments->domain);
        else if (n == 0)
                plugin_reason(plugin, PLUGIN_CRITICAL, "scand follows no domain at all");
        if (n == 0 || is_unread) {
                plugin_append(plugin, &plugin->performance, " age=U");
                return;
        }

        duration_format(now - oldest, span);
        plugin_append(plugin, &plugin->text, ", read %s ago", span);
        plugin_append(plugin, &plugin->performance, " age=%llds;;", (long long)(now - oldest));
        if (arguments->age > 0)
                plugin_append(plugin, &plugin->performance, "%lld", (long long)arguments->age);
        plugin_append(plugin, &plugin->performance, ";0");
}

static int64_t count_of_rule(const Health *health, const char *rule)
{
        for (size_t i = 0; i < health->n_rules; i++)
                if (health->rules[i].rule && strcmp(health->rules[i].rule, rule) == 0)
                        return health->rules[i].count;
        return 0; /* the daemon lists those that have findings */
}

/* Adds a count to the performance data. Returns whether it raised an alarm, and so was told already. */
static bool check_count(Plugin *plugin, const Arguments *arguments, Counted which,
                        const char *label, int64_t count)
{
        bool is_counted = arguments->counted == which, alarms = true;
        const char *warning = is_counted ? or_else(arguments->warning.text, "") : "";
        const char *critical = is_counted ? or_else(arguments->critical.text, "") : "";

        if (is_counted && threshold_alarms(&arguments->critical, (double)count))
                plugin_reason(plugin, PLUGIN_CRITICAL, "%lld %s (limit %s)", (long long)count,
                              label, critical);
        else if (is_counted && threshold_alarms(&arguments->warning, (double)count))
                plugin_reason(plugin, PLUGIN_WARNING, "%lld %s (limit %s)", (long long)count, label,
                              warning);
        else
                alarms = false;

        plugin_append(plugin, &plugin->performance, "%s'%s'=%lld;%s;%s;0",
                      plugin->performance.size ? " " : "", label, (long long)count, warning,
                      critical);
        return alarms;
}

static void check_counts(Plugin *plugin, const Arguments *arguments, const Health *health)
{
        bool errors_told = check_count(plugin, arguments, COUNTED_ERRORS, "errors", health->errors);
        bool warnings_told =
                check_count(plugin, arguments, COUNTED_WARNINGS, "warnings", health->warnings);

        (void)check_count(plugin, arguments, COUNTED_NOTICES, "notices", health->notices);
        if (arguments->rule)
                (void)check_count(plugin, arguments, COUNTED_RULE, arguments->rule,
                                  count_of_rule(health, arguments->rule));
        plugin_append(plugin, &plugin->performance,
                      " objects=%lld;;;0 missed=%lldc differences=%lldc",
                      (long long)health->objects, (long long)health->missed_changes_total,
                      (long long)health->adopted_differences_total);

        if (!errors_told)
                plugin_append(plugin, &plugin->text, "%lld errors%s", (long long)health->errors,
                              warnings_told ? "" : ", ");
        if (!warnings_told)
                plugin_append(plugin, &plugin->text, "%lld warnings", (long long)health->warnings);
        plugin_append(plugin, &plugin->text, " in %lld objects", (long long)health->objects);
}

static void describe_domain(Plugin *plugin, const HealthDomain *domain, int64_t now)
{
        char span[DURATION_SIZE];

        duration_format(now - domain->last_poll_ok, span);
        plugin_append(plugin, &plugin->details, "%s: %s, DC %s, %s%s, %lld objects",
                      or_else(domain->name, "?"), or_else(domain->state, "unknown"),
                      or_else(domain->dc, "none"), domain->last_poll_ok ? span : "never read",
                      domain->last_poll_ok ? " ago" : "", (long long)domain->objects);
        if (domain->failures > 0)
                plugin_append(plugin, &plugin->details, ", %u failures in a row (%s)",
                              domain->failures, or_else(domain->last_error, "unknown"));
        if (domain->deletions_held > 0)
                plugin_append(plugin, &plugin->details,
                              ", %lld objects seem to be gone (scanctl rescan --accept-deletions)",
                              (long long)domain->deletions_held);
        if (domain->tombstones_readable == 0)
                plugin_append(plugin, &plugin->details, ", deletions are seen once a day only");
        if (domain->unconfirmed_failover)
                plugin_append(plugin, &plugin->details,
                              ", the new DC has not caught up yet (%lld findings are held)",
                              (long long)domain->findings_held);
        plugin_append(plugin, &plugin->details, "\n");
}

/* -v: domains. -vv: rules too. -vvv: and what could not be judged. */
static void describe(Plugin *plugin, const Arguments *arguments, const Health *health, int64_t now)
{
        if (arguments->verbose >= 1)
                for (size_t i = 0; i < health->n_domains; i++)
                        if (domain_is_asked_for(arguments, &health->domains[i]))
                                describe_domain(plugin, &health->domains[i], now);
        if (arguments->verbose >= 2)
                for (size_t i = 0; i < health->n_rules; i++)
                        plugin_append(plugin, &plugin->details, "%s: %lld\n",
                                      or_else(health->rules[i].rule, "?"),
                                      (long long)health->rules[i].count);
        if (arguments->verbose >= 3)
                for (size_t i = 0; i < health->n_unknown; i++)
                        plugin_append(plugin, &plugin->details, "%s is not judged: %s\n",
                                      or_else(health->unknown[i].rule, "?"),
                                      or_else(health->unknown[i].reason, "no reason given"));
}

/* Whether they can be read says nothing of what is wrong, so the state stays as it is. */
static void describe_names(Plugin *plugin, const Arguments *arguments)
{
        static const char *const severities[] = {
                [COUNTED_ERRORS] = "error",
                [COUNTED_WARNINGS] = "warning",
                [COUNTED_NOTICES] = "notice",
                [COUNTED_RULE] = NULL,
        };
        const NamesQuery query = {
                .database = arguments->database,
                .rule = arguments->rule,
                .severity = severities[arguments->counted],
                .domain = arguments->domain,
                .most = arguments->names,
                .timeout_ms = arguments->timeout * 1000 / 2,
        };
        Buffer *details = &plugin->details;
        int r;

        r = names_list(&query, details);
        if (details->size > 0 && details->data[details->size - 1] != '\n')
                plugin_append(plugin, details, "\n");
        if (r == -ETIMEDOUT)
                plugin_append(plugin, details, "no names: scanctl took longer than %u ms\n",
                              query.timeout_ms);
        else if (r == -ECHILD)
                plugin_append(plugin, details, "no names: scanctl could not list them\n");
        else if (r < 0)
                plugin_append(plugin, details, "no names: scanctl cannot be run: %s\n",
                              strerror(-r));
}

static void check(Plugin *plugin, const Arguments *arguments)
{
        _cleanup_(health_done) Health health = {};
        _cleanup_buffer_ Buffer text = BUFFER_INIT;
        _cleanup_free_ char *error = NULL;
        char boot_id[HEALTH_BOOT_ID_SIZE];
        HealthClock clock;
        int r;

        r = health_file_read(arguments->file, &text);
        if (r < 0) {
                check_cannot_read(plugin, arguments->file, r);
                return;
        }

        r = health_parse((const char *)text.data, text.size, &health, &error);
        if (r < 0) {
                plugin_reason(plugin, PLUGIN_UNKNOWN, "%s cannot be understood: %s",
                              arguments->file, error ? error : strerror(-r));
                return;
        }

        health_clock_read(&clock, boot_id);
        check_life(plugin, &health, &clock);
        check_counts(plugin, arguments, &health);
        check_domains(plugin, arguments, &health, clock.now);
        describe(plugin, arguments, &health, clock.now);
        if (arguments->names > 0)
                describe_names(plugin, arguments);
}

static const char usage_text[] =
        "Usage: check_scand [-w RANGE] [-c RANGE] [-s SEVERITY | -r RULE] [-d DOMAIN]\n"
        "                   [-a AGE] [-f FILE] [-t SECONDS] [-v] [-n N] [--database=FILE]\n";

static const char help_text[] =
        "\n"
        "Reads the report that scand writes. CRITICAL when scand is stopped, dead or hangs, or\n"
        "when a domain was not read for too long, whatever the counts say.\n"
        "\n"
        " -w, --warning=RANGE     WARNING when the count is outside RANGE (default 0 where "
        "neither\n"
        "                         -w nor -c is given)\n"
        " -c, --critical=RANGE    CRITICAL when the count is outside RANGE (default: never)\n"
        " -s, --severity=SEVERITY count findings of this severity: error (default), warning,\n"
        "                         notice\n"
        " -r, --rule=RULE         count the findings of this rule, whatever their severity\n"
        " -d, --domain=DOMAIN     look at the freshness of this domain only\n"
        " -a, --age=AGE           CRITICAL when a domain was not read for so long, such as 90,\n"
        "                         10m or 2h (default: as scand itself says)\n"
        " -f, --file=FILE         the report (default " HEALTH_FILE ")\n"
        " -t, --timeout=SECONDS   give up, CRITICAL, after so long (default 10)\n"
        " -v, --verbose           more lines: domains, with -vv rules, with -vvv what could not\n"
        "                         be judged\n"
        " -n, --names=N           name the first N findings of what is counted, below the rest,\n"
        "                         worst first: scanctl must be installed, and this user may\n"
        "                         read the database (group scand)\n"
        "     --database=FILE     the database for that, of another instance\n"
        " -h, --help              this text\n"
        " -V, --version           the version\n"
        "\n"
        "RANGE is [@][START:]END as in the monitoring plugins' guidelines.\n";

enum { OPTION_DATABASE = 256 };

static const struct option long_options[] = {
        { "warning", required_argument, NULL, 'w' },
        { "critical", required_argument, NULL, 'c' },
        { "severity", required_argument, NULL, 's' },
        { "rule", required_argument, NULL, 'r' },
        { "domain", required_argument, NULL, 'd' },
        { "age", required_argument, NULL, 'a' },
        { "file", required_argument, NULL, 'f' },
        { "timeout", required_argument, NULL, 't' },
        { "verbose", no_argument, NULL, 'v' },
        { "names", required_argument, NULL, 'n' },
        { "database", required_argument, NULL, OPTION_DATABASE },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'V' },
        {},
};

/* UNKNOWN is what the guidelines want for every end that is not a check, asked for or not. */
_Noreturn static void usage_error(const char *what, const char *value)
{
        (void)printf("SCAND UNKNOWN - %s%s\n%s", what, value, usage_text);
        (void)fflush(stdout);
        exit(PLUGIN_UNKNOWN);
}

static Counted severity_parse(const char *value)
{
        static const struct {
                const char *name;
                Counted counted;
        } rows[] = {
                { "error", COUNTED_ERRORS },
                { "warning", COUNTED_WARNINGS },
                { "notice", COUNTED_NOTICES },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                if (strcmp(value, rows[i].name) == 0)
                        return rows[i].counted;
        usage_error("--severity takes error, warning or notice, not ", value);
}

static int number_parse(const char *value, unsigned *ret)
{
        char *end;
        unsigned long number;

        if (*value < '0' || *value > '9')
                return -EINVAL;
        number = strtoul(value, &end, 10);
        if (*end || number < 1 || number > 1000)
                return -EINVAL;
        *ret = (unsigned)number;
        return 0;
}

static void argument_parse(int option, const char *value, Arguments *arguments)
{
        int64_t seconds;

        switch (option) {
        case 'w':
                if (threshold_parse(value, &arguments->warning) < 0)
                        usage_error("--warning takes a range such as 10 or 5:20, not ", value);
                break;
        case 'c':
                if (threshold_parse(value, &arguments->critical) < 0)
                        usage_error("--critical takes a range such as 10 or 5:20, not ", value);
                break;
        case 's':
                arguments->counted = severity_parse(value);
                break;
        case 'r':
                /* Becomes a label of the performance data, which neither may hold. */
                if (!*value || strpbrk(value, "='| \n"))
                        usage_error("--rule takes the name of a rule, not ", value);
                arguments->rule = value;
                break;
        case 'd':
                arguments->domain = value;
                break;
        case 'a':
                if (duration_parse(value, &arguments->age) < 0 || arguments->age == 0)
                        usage_error("--age takes a time such as 90, 10m or 2h, not ", value);
                break;
        case 'f':
                arguments->file = value;
                break;
        case 't':
                if (duration_parse(value, &seconds) < 0 || seconds < 1 || seconds > 3600)
                        usage_error("--timeout takes 1 to 3600 seconds, not ", value);
                arguments->timeout = (unsigned)seconds;
                break;
        case 'v':
                arguments->verbose++;
                break;
        case 'n':
                if (number_parse(value, &arguments->names) < 0)
                        usage_error("--names takes a number from 1 to 1000, not ", value);
                break;
        case OPTION_DATABASE:
                arguments->database = value;
                break;
        case 'h':
                (void)printf("check_scand %s\n\n%s%s", SCAND_VERSION, usage_text, help_text);
                exit(PLUGIN_UNKNOWN);
        case 'V':
                (void)puts("check_scand " SCAND_VERSION);
                exit(PLUGIN_UNKNOWN);
        case ':':
                usage_error("an option lacks its value", "");
        default:
                usage_error("no such option", "");
        }
}

static void arguments_parse(int argc, char **argv, Arguments *arguments)
{
        int option;

        opterr = 0; /* what goes wrong is said on standard output, where monitoring looks */
        while ((option = getopt_long(argc, argv, ":w:c:s:r:d:a:f:t:vn:hV", long_options, NULL)) !=
               -1)
                argument_parse(option, optarg, arguments);
        if (optind < argc)
                usage_error("unexpected argument ", argv[optind]);
        if (arguments->rule)
                arguments->counted = COUNTED_RULE;
        if (!arguments->warning.text && !arguments->critical.text)
                (void)threshold_parse("0", &arguments->warning);
}

static void on_timeout(int signal)
{
        static const char text[] = "SCAND CRITICAL - timed out while reading the report\n";

        (void)!write(STDOUT_FILENO, text, sizeof(text) - 1);
        _exit(PLUGIN_CRITICAL);
}

int main(int argc, char **argv)
{
        _cleanup_(plugin_done) Plugin plugin = {};
        Arguments arguments = { .file = HEALTH_FILE, .timeout = 10 };

        arguments_parse(argc, argv, &arguments);
        (void)signal(SIGALRM, on_timeout);
        (void)alarm(arguments.timeout);

        check(&plugin, &arguments);
        return plugin_print(&plugin);
}
