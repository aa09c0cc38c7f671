/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * /run/scand/scand.prom: the health report once more, in the text format of Prometheus, for node_exporter's textfile collector.
 * Instants stand as instants and not as ages, because the collector shows a file that nobody renews for ever. Labels are domains,
 * rules, severities and the like: nothing that grows with the directory, and no names of people or objects.
 */

#include "lib/core/health.h"

/* The text; the caller frees it. 0 or -ENOMEM. */
int metrics_format(const Health *health, char **ret);
