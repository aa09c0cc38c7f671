/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The report: one HTML file for whoever has no terminal. It is written from the top to the bottom, and findings are read a page at a
 * time. Style and script stand in it, and a policy that lets a browser use nothing else.
 */

#include "ctl/progress.h"
#include "ctl/scanctl.h"
#include "ctl/status.h"
#include "lib/state/domain.h"

/* ctl/report/report.css and report.js, made into text by embed.py; the policy has their hashes. */
extern const char report_style[], report_script[], report_policy[];

/* One call of it. */
typedef struct Report {
        FILE *stream;
        Store *store;
        const Config *config;
        int64_t now;
        Severity least;
        Status status;
        Domain *domains; /* all rows; those that are shown are ready */
        size_t n_domains;
        Progress progress; /* in rows of findings */
        int64_t n_rows;    /* written so far */
} Report;

/* All of these write their part. 0 or negative. */
int report_head(Report *report, const char *title);
int report_summary(Report *report);
int report_domains(Report *report);
int report_trend(Report *report);
int report_causes(Report *report); /* what is wrong, by rule, each with a link to its section */
int report_tools(Report *report);  /* the filter box, for the sections behind it */
int report_rule(Report *report, const char *rule); /* the section of a rule, if it has findings */
int report_rules(Report *report);
int report_accepted(Report *report);
int report_cutover(Report *report);
int report_foot(Report *report);

/* What a cause's section begins with; `condition` and `advice` may be NULL. The caller writes its table and ends it. */
int report_section(FILE *stream, const char *id, const char *title, const char *condition,
                   const char *advice, size_t n);

/* An object by its name, kind and DN; a value with its attribute, cut where it is very long. */
int report_object(FILE *stream, const char *dn, const char *kind);
int report_value(FILE *stream, const char *attribute, const char *value);

/* A time as people read it, in UTC: "2026-11-21 09:36 UTC"; "never" for 0. */
int report_time(FILE *stream, int64_t at);
