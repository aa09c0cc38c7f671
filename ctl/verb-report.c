/* SPDX-License-Identifier: MIT */

/* The report as one HTML file, or to standard output. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/report.h"

static void report_done(Report *report)
{
        status_done(&report->status);
        for (size_t i = 0; i < report->n_domains; i++)
                domain_done(&report->domains[i]);
        free(report->domains);
}

static int report_read(Scanctl *scanctl, Report *report)
{
        _cleanup_free_ char *health = NULL;
        int r;

        r = scanctl_path(report->config->runtime_directory, "health.json", &health);
        if (r >= 0)
                r = status_read(health, report->store, scanctl->now, &report->status);
        return r < 0 ? r : domain_list(report->store, &report->domains, &report->n_domains);
}

static int report_write(Report *report, bool is_cutover)
{
        int (*const whole[])(Report *) = { report_summary,  report_causes, report_trend,
                                           report_domains,  report_tools,  report_rules,
                                           report_accepted, report_foot };
        int (*const cutover[])(Report *) = { report_domains, report_tools, report_cutover,
                                             report_foot };
        int r;

        r = report_head(report, is_cutover ? "Before mailboxes move"
                                           : "What will not reach the cloud as intended");
        if (is_cutover)
                for (size_t i = 0; i < ARRAY_SIZE(cutover) && r >= 0; i++)
                        r = cutover[i](report);
        else
                for (size_t i = 0; i < ARRAY_SIZE(whole) && r >= 0; i++)
                        r = whole[i](report);
        return r;
}

/* Names and addresses of people are in it: a new file is its owner's. Whole or not there: the last step gives it its name. */
static int write_file(Report *report, bool is_cutover, const char *path)
{
        _cleanup_free_ char *part = NULL;
        int fd, r;

        if (asprintf(&part, "%s.XXXXXX", path) < 0) {
                part = NULL; /* glibc leaves it undefined */
                return -ENOMEM;
        }
        fd = mkostemp(part, O_CLOEXEC);
        if (fd < 0)
                return -errno;
        report->stream = fdopen(fd, "w");
        if (!report->stream) {
                r = -errno;
                (void)close(fd);
                (void)unlink(part);
                return r;
        }

        r = report_write(report, is_cutover);
        if (r >= 0 && (fflush(report->stream) != 0 || ferror(report->stream)))
                r = errno ? -errno : -EIO;
        if (fclose(report->stream) != 0 && r >= 0)
                r = -errno;
        if (r >= 0 && rename(part, path) < 0)
                r = -errno;
        if (r < 0)
                (void)unlink(part);
        return r;
}

/* Of a cutover's report nobody knows beforehand which it asks for. */
static int64_t total_of(const Report *report, bool is_cutover)
{
        int64_t n = 0;

        for (size_t i = 0; i < report->status.n_counts && !is_cutover; i++)
                if (report->status.counts[i].severity >= report->least)
                        n += report->status.counts[i].count;
        return n;
}

int verb_report(Scanctl *scanctl, char **operands, size_t n_operands)
{
        const Arguments *arguments = &scanctl->arguments;
        _cleanup_(report_done) Report report = { .stream = scanctl->output.stream,
                                                 .now = scanctl->now,
                                                 .least = arguments->cutover ? SEVERITY_NOTICE
                                                                             : arguments->least };
        int r;

        if (!arguments->output && isatty(STDOUT_FILENO))
                return scanctl_error("a report is a page for a browser: --output=FILE names the "
                                     "file, such as report.html.");
        if (scanctl_config(scanctl, CONFIG_NEED_PATHS, &report.config) < 0 ||
            scanctl_store(scanctl, &report.store) < 0)
                return EXIT_TROUBLE;

        r = report_read(scanctl, &report);
        if (r < 0)
                return scanctl_failed(scanctl, "cannot read what is to be reported", r);
        progress_begin(&report.progress, "report", "findings",
                       total_of(&report, arguments->cutover));
        r = arguments->output ? write_file(&report, arguments->cutover, arguments->output)
                              : report_write(&report, arguments->cutover);
        progress_end(&report.progress);
        if (r < 0)
                return scanctl_failed(
                        scanctl, arguments->output ? arguments->output : "cannot write the report",
                        r);
        return EXIT_FINE;
}
