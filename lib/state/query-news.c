/* SPDX-License-Identifier: MIT */

/* What a status is asked first: how many objects come to what, and what happened lately. Neither looks at objects or findings. */

#include <errno.h>
#include <string.h>

#include "lib/state/event.h"
#include "lib/state/query.h"

int query_fates(Store *store, int64_t ret[static FATE_MAX])
{
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_QUERY_FATES);
        int64_t n[FATE_MAX] = {};
        int r;

        while ((r = statement_step(row)) > 0) {
                int64_t fate = statement_integer(row, COLUMN_QUERY_FATES_FATE);

                if (fate < 0 || fate >= FATE_MAX)
                        return -EUCLEAN;
                n[fate] = statement_integer(row, COLUMN_QUERY_FATES_N);
        }
        if (r < 0)
                return r;

        n[FATE_UNCHANGED] = n[FATE_IN_SCOPE];
        for (Fate fate = 0; fate < FATE_UNCHANGED; fate++)
                n[FATE_UNCHANGED] -= n[fate];
        memcpy(ret, n, sizeof(n));
        return 0;
}

/* Types that this program does not know, of a newer scand, are no news to it. */
static void news_add(News *news, Statement *row)
{
        int64_t count = statement_integer(row, COLUMN_QUERY_NEWS_COUNT);
        int64_t severity = statement_integer(row, COLUMN_QUERY_NEWS_SEVERITY);

        switch (statement_integer(row, COLUMN_QUERY_NEWS_TYPE)) {
        case EVENT_OPENED:
                if (severity >= 0 && severity <= SEVERITY_ERROR)
                        news->opened[severity]++;
                break;
        case EVENT_SUMMARY:
                if (severity >= 0 && severity <= SEVERITY_ERROR)
                        news->opened[severity] += count;
                break;
        case EVENT_CLOSED:
                news->closed++;
                break;
        case EVENT_CLOSED_SUMMARY:
                news->closed += count;
                break;
        case EVENT_DELETED:
                news->deleted++;
                break;
        case EVENT_LEFT_SCOPE:
                news->left_scope++;
                break;
        }
}

int query_news(Store *store, int64_t since, News *ret)
{
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_QUERY_NEWS);
        News news = {};
        int r;

        while ((r = statement_step(row)) > 0 &&
               statement_integer(row, COLUMN_QUERY_NEWS_AT) >= since)
                news_add(&news, row);
        if (r < 0)
                return r;

        *ret = news;
        return 0;
}
