/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/query-internal.h"

#define DAY INT64_C(86400)

/* What is open now, whether accepted or not: the log does not tell the two apart. */
static int read_present(Store *store, int64_t ret[static SEVERITY_ERROR + 1])
{
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_QUERY_OPEN);
        int r;

        while ((r = statement_step(row)) > 0) {
                int64_t severity = statement_integer(row, COLUMN_QUERY_OPEN_SEVERITY);

                if (severity < 0 || severity > SEVERITY_ERROR)
                        return -EUCLEAN;
                ret[severity] = statement_integer(row, COLUMN_QUERY_OPEN_N);
        }

        return r;
}

/* How the numbers changed, each day by itself. */
static int read_changes(Store *store, int64_t first_day, TrendDay *days, size_t n)
{
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_QUERY_CHANGES);
        int r;

        statement_bind_integer(row, ":since", first_day * DAY);
        while ((r = statement_step(row)) > 0) {
                int64_t day = statement_integer(row, COLUMN_QUERY_CHANGES_DAY) - first_day,
                        severity = statement_integer(row, COLUMN_QUERY_CHANGES_SEVERITY);

                /* Of a clock that was wrong, or of a severity that is not there yet. */
                if (day < 0 || (uint64_t)day >= n || severity < 0 || severity > SEVERITY_ERROR)
                        continue;
                days[day].open[severity] = statement_integer(row, COLUMN_QUERY_CHANGES_N);
        }

        return r;
}

/* Backwards from what is open now: what changed on a day was otherwise at the end of the day before. */
static void sum_up(TrendDay *days, size_t n, const int64_t present[static SEVERITY_ERROR + 1])
{
        for (int severity = 0; severity <= SEVERITY_ERROR; severity++) {
                int64_t open = present[severity];

                for (size_t i = n; i-- > 0;) {
                        int64_t change = days[i].open[severity];

                        days[i].open[severity] = open > 0 ? open : 0;
                        open -= change;
                }
        }
}

int query_trend(Store *store, int64_t now, unsigned max_days, TrendDay **ret, size_t *ret_n)
{
        _cleanup_statement_ Statement *oldest = store_statement(store, QUERY_QUERY_OLDEST);
        _cleanup_free_ TrendDay *days = NULL;
        int64_t last_day = now / DAY, first_day, present[SEVERITY_ERROR + 1] = {};
        size_t n;
        int r;

        r = statement_step(oldest);
        if (r < 0)
                return r;
        first_day = r > 0 && !statement_is_null(oldest, COLUMN_QUERY_OLDEST_AT)
                            ? statement_integer(oldest, COLUMN_QUERY_OLDEST_AT) / DAY
                            : last_day;
        if (first_day > last_day)
                first_day = last_day;
        if (last_day - first_day >= max_days)
                first_day = last_day - max_days + 1;

        n = (size_t)(last_day - first_day + 1);
        days = calloc(n, sizeof(*days));
        if (!days)
                return -ENOMEM;
        r = read_present(store, present);
        if (r >= 0)
                r = read_changes(store, first_day, days, n);
        if (r < 0)
                return r;

        sum_up(days, n, present);
        for (size_t i = 0; i < n; i++)
                days[i].day = (first_day + (int64_t)i) * DAY;
        *ret = TAKE_PTR(days);
        *ret_n = n;
        return 0;
}
