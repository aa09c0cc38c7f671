/* SPDX-License-Identifier: MIT */

/* What stands above the findings: how it is on the whole, how fresh that is, and what the causes are. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ctl/html.h"
#include "ctl/report.h"
#include "lib/core/duration.h"

int report_time(FILE *stream, int64_t at)
{
        char text[RECORD_TIME_SIZE];

        if (at == 0)
                return html_text(stream, "never");

        record_format_time(at, text);
        (void)fprintf(stream, "<time datetime=\"%s\">%.10s %.5s UTC</time>", text, text, text + 11);
        return 0;
}

int report_head(Report *report, const char *title)
{
        FILE *stream = report->stream;
        int r;

        (void)fprintf(stream,
                      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta http-equiv=\"Content-Security-Policy\" content=\"%s\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                      "<meta name=\"referrer\" content=\"no-referrer\">\n<title>",
                      report_policy);
        r = html_text(stream, title);
        (void)fprintf(stream,
                      "</title>\n<style>%s</style>\n</head>\n<body>\n"
                      "<a class=\"skip\" href=\"#findings\">To the findings</a>\n<header>\n<h1>",
                      report_style);
        if (r >= 0)
                r = html_text(stream, title);
        (void)fputs("</h1>\n<p class=\"soft\">As of ", stream);
        if (r >= 0)
                r = report_time(stream, report->now);
        if (r >= 0)
                r = html_text(stream, ", by scand " SCAND_VERSION ".");
        (void)fputs("</p>\n</header>\n<main>\n", stream);
        return r;
}

static void print_tile(FILE *stream, const char *class, const char *name, int64_t n)
{
        (void)fprintf(stream, "<div class=\"%s\"><dt>%s</dt><dd>%" PRIi64 "</dd></div>\n", class,
                      name, n);
}

/* Whether what follows is of now. */
static int print_life(const Report *report)
{
        const Status *status = &report->status;
        const char *said = NULL;

        if (!status->has_report)
                said = "The daemon does not report: it is not running, or its report cannot be "
                       "read. What follows is what the database "
                       "held last.";
        else
                switch (status->life) {
                case HEALTH_ALIVE:
                        break;
                case HEALTH_STARTING:
                        said = "The daemon is starting: what follows may not be of now yet.";
                        break;
                case HEALTH_STOPPING:
                case HEALTH_STOPPED:
                        said = "The daemon is stopped: what follows is as it was then.";
                        break;
                case HEALTH_STALE:
                        said = "The daemon is dead or hangs: what follows is as it was when it "
                               "reported last.";
                        break;
                case HEALTH_FUTURE:
                        said = "The daemon reports from the future: a clock is wrong, and no age "
                               "can be trusted.";
                        break;
                }
        if (!said)
                return 0;

        (void)fputs("<p><span class=\"mark error\">attention</span> ", report->stream);
        (void)html_text(report->stream, said);
        (void)fputs("</p>\n", report->stream);
        return 0;
}

int report_summary(Report *report)
{
        const Status *status = &report->status;
        const int64_t *fates = status->fates;
        int64_t n[SEVERITY_ERROR + 1] = {};
        FILE *stream = report->stream;

        for (size_t i = 0; i < status->n_counts; i++)
                n[status->counts[i].severity] += status->counts[i].count;

        (void)print_life(report);
        if (status->has_news)
                (void)fprintf(stream,
                              "<p>Of %" PRIi64 " objects in scope, %" PRIi64
                              " arrive unchanged, %" PRIi64 " are altered, %" PRIi64
                              " are left out and %" PRIi64 " fail.</p>\n",
                              fates[FATE_IN_SCOPE] - fates[FATE_EXPECTED], fates[FATE_UNCHANGED],
                              fates[FATE_ALTERED] + fates[FATE_NOTED], fates[FATE_LEFT_OUT],
                              fates[FATE_FAILS]);
        (void)fputs("<dl class=\"tiles\">\n", stream);
        print_tile(stream, "error", "Errors", n[SEVERITY_ERROR]);
        print_tile(stream, "warning", "Warnings", n[SEVERITY_WARNING]);
        print_tile(stream, "notice", "Notices", n[SEVERITY_NOTICE]);
        if (status->has_news)
                print_tile(stream, "", "New in 24 hours",
                           status->news.opened[SEVERITY_ERROR] +
                                   status->news.opened[SEVERITY_WARNING]);
        (void)fputs("</dl>\n", stream);
        return 0;
}

static const char *doubt_text(DomainDoubt doubt)
{
        switch (doubt) {
        case DOMAIN_CURRENT:
                return "current";
        case DOMAIN_STALE:
                return "not followed for a while: what is said of it may be old";
        case DOMAIN_HELD:
                return "objects seem to be gone: see scanctl rescan --accept-deletions";
        case DOMAIN_UNCONFIRMED:
                return "unconfirmed: its domain controller may be behind the one before";
        }
        return "";
}

static int print_domain(const Report *report, const Domain *domain)
{
        DomainDoubt doubt = domain_doubt(domain, report->now);
        char age[DURATION_SIZE] = "never";
        FILE *stream = report->stream;
        int r;

        if (domain->last_poll_ok)
                duration_format(report->now - domain->last_poll_ok, age);

        (void)fputs("<tr><th scope=\"row\">", stream);
        r = html_text(stream, domain->name);
        (void)fputs("</th><td data-label=\"Domain controller\">", stream);
        if (r >= 0)
                r = html_text(stream, domain->cursor.dc);
        (void)fprintf(stream,
                      "</td><td data-label=\"Read\">%s%s</td><td data-label=\"Whole read\">", age,
                      domain->last_poll_ok ? " ago" : "");
        if (r >= 0)
                r = report_time(stream, domain->last_full_ok);
        (void)fprintf(
                stream,
                "</td><td class=\"n\" data-label=\"Objects\">%" PRIi64
                "</td><td data-label=\"State\">%s%s%s</td></tr>\n",
                domain->objects,
                doubt == DOMAIN_CURRENT ? "" : "<span class=\"mark warning\">doubtful</span> ",
                doubt_text(doubt),
                domain->tombstones_readable == 0
                        ? "; deletions are seen once a day only, as the account may not list them"
                        : "");
        return r;
}

int report_domains(Report *report)
{
        FILE *stream = report->stream;
        int r = 0;

        (void)fputs("<h2 id=\"domains\">How fresh this is</h2>\n<div class=\"card\"><table "
                    "class=\"stack\">\n"
                    "<thead><tr><th scope=\"col\">Domain</th><th scope=\"col\">Domain "
                    "controller</th><th "
                    "scope=\"col\">Read</th><th scope=\"col\">Whole read</th><th scope=\"col\" "
                    "class=\"n\">Objects</th><th scope=\"col\">State</th></tr></thead>\n<tbody>\n",
                    stream);
        for (size_t i = 0; i < report->n_domains && r >= 0; i++)
                if (report->domains[i].is_ready)
                        r = print_domain(report, &report->domains[i]);
        (void)fputs("</tbody>\n</table></div>\n", stream);
        return r;
}

/* In a word or two, for whoever does not know the classes. */
static const char *meaning(RuleClass class)
{
        switch (class) {
        case RULE_EXCLUDED:
                return "never arrives";
        case RULE_FAILS:
                return "the export fails";
        case RULE_ALTERED:
                return "arrives altered";
        case RULE_DIRECTORY:
                return "about the directory";
        }
        return "";
}

static int print_cause(const Report *report, const RuleCount *count, int64_t most)
{
        const Rule *rule = config_find_rule(report->config, count->rule);
        const char *severity = severity_name(count->severity);
        int width = (int)(100 * count->count / most);
        FILE *stream = report->stream;
        int r;

        (void)fprintf(stream,
                      "<tr><td><span class=\"mark %s\">%s</span></td>"
                      "<td class=\"n\" data-label=\"Findings\">%" PRIi64
                      "</td><td><a href=\"#rule-",
                      severity, severity, count->count);
        r = html_text(stream, count->rule);
        (void)fputs("\">", stream);
        if (r >= 0)
                r = html_text(stream, rule ? rule_title(rule) : count->rule);
        (void)fprintf(
                stream,
                "</a></td><td data-label=\"Which means\">%s</td><td class=\"wide\" "
                "aria-hidden=\"true\"><svg viewBox=\"0 0 100 5\" preserveAspectRatio=\"none\" "
                "class=\"bar %s\"><rect width=\"%d\" height=\"5\" rx=\"2\" "
                "fill=\"currentcolor\"/></svg></td></tr>\n",
                meaning(count->class), severity, width > 0 ? width : 1);
        return r;
}

int report_causes(Report *report)
{
        const Status *status = &report->status;
        FILE *stream = report->stream;
        int64_t most = 1;
        size_t n = 0;
        int r = 0;

        for (size_t i = 0; i < status->n_counts; i++) {
                if (status->counts[i].severity < report->least)
                        continue;
                n++;
                if (status->counts[i].count > most)
                        most = status->counts[i].count;
        }

        (void)fputs("<h2 id=\"causes\">What is wrong, by cause</h2>\n", stream);
        if (n == 0) {
                (void)fputs(
                        "<p class=\"card\">Nothing: all objects in scope arrive as they are.</p>\n",
                        stream);
                return 0;
        }

        (void)fputs("<div class=\"card\"><table class=\"stack\">\n<thead><tr><th "
                    "scope=\"col\">Severity</th><th scope=\"col\" class=\"n\">Findings</th><th "
                    "scope=\"col\">Cause</th><th scope=\"col\">Which "
                    "means</th><td></td></tr></thead>\n<tbody>\n",
                    stream);
        for (size_t i = 0; i < status->n_counts && r >= 0; i++)
                if (status->counts[i].severity >= report->least)
                        r = print_cause(report, &status->counts[i], most);
        (void)fputs("</tbody>\n</table></div>\n", stream);
        return r;
}

int report_foot(Report *report)
{
        (void)fprintf(report->stream,
                      "</main>\n<footer>\n<p class=\"soft\">scand reads the directory and never "
                      "writes to it. "
                      "scanctl explain RULE tells more of a cause, scanctl fix prints what can be "
                      "put right without "
                      "a decision.</p>\n</footer>\n<script>%s</script>\n</body>\n</html>\n",
                      report_script);
        return 0;
}
