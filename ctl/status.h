/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What is to be said about a scand: its own report, if there is one, completed by the database, if it can be read. Either is
 * enough.
 */

#include "ctl/status-connectors.h"
#include "lib/core/health-check.h"
#include "lib/state/query.h"

typedef struct Status {
        Health health;      /* merged; "dead" where the report says "running" and nobody runs */
        bool has_report;    /* there is a health.json */
        HealthLife life;    /* where there is a report */
        int64_t overdue;    /* seconds, HEALTH_STALE */
        char *report_error; /* why there is no report, a sentence */

        /* Worst and most first. Without a database, by the report's counts and the rules' usual severities. */
        RuleCount *counts;
        size_t n_counts;

        /* Of the database; without one there is none. */
        bool has_news;
        int64_t fates[FATE_MAX];
        int64_t news_since;
        News news;
        ConnectorList connectors;
} Status;

void status_done(Status *status);

/*
 * A report that cannot be read is told in the status; `store` is NULL where there is none. 0, -ENOMEM, or what reading the store
 * gave.
 */
int status_read(const char *health_path, Store *store, int64_t now, Status *ret);

/* `status --json`: the shape of health_format_status(), with what only the database knows; the caller frees it. 0 or -ENOMEM. */
int status_format(const Status *status, char **ret);
