/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "lib/state/query-internal.h"

int query_class_severity(Statement *row, int class_column, int severity_column,
                         RuleClass *ret_class, Severity *ret_severity)
{
        int64_t class = statement_integer(row, class_column),
                severity = statement_integer(row, severity_column);

        if (class < 0 || class > RULE_DIRECTORY || severity < 0 || severity > SEVERITY_ERROR)
                return -EUCLEAN;

        *ret_class = (RuleClass) class;
        *ret_severity = (Severity)severity;
        return 0;
}

void rule_counts_free(RuleCount *counts, size_t n)
{
        for (size_t i = 0; i < n; i++)
                free(counts[i].rule);
        free(counts);
}

static int read_count(Statement *row, RuleCount *ret)
{
        RuleCount count = { .count = statement_integer(row, COLUMN_QUERY_COUNTS_N) };
        int r;

        r = query_class_severity(row, COLUMN_QUERY_COUNTS_CLASS, COLUMN_QUERY_COUNTS_SEVERITY,
                                 &count.class, &count.severity);
        if (r < 0)
                return r;

        count.rule = strdup(statement_text(row, COLUMN_QUERY_COUNTS_RULE));
        if (!count.rule)
                return -ENOMEM;

        *ret = count;
        return 0;
}

int query_counts(Store *store, RuleCount **ret, size_t *ret_n)
{
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_QUERY_COUNTS);
        RuleCount *counts = NULL;
        size_t n = 0;
        int r;

        while ((r = statement_step(row)) > 0) {
                RuleCount *more = reallocarray(counts, n + 1, sizeof(*more));

                if (more)
                        counts = more;
                r = more ? read_count(row, &counts[n]) : -ENOMEM;
                if (r < 0)
                        break;
                n++;
        }
        if (r < 0) {
                rule_counts_free(counts, n);
                return r;
        }

        *ret = counts;
        *ret_n = n;
        return 0;
}
