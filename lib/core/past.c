/* SPDX-License-Identifier: MIT */
#include "lib/core/past.h"

const PastEvent *past_first(const Past *past, PastType type, int64_t since)
{
        for (size_t i = 0; i < past->n_events; i++)
                if (past->events[i].type == type && past->events[i].at >= since)
                        return &past->events[i];
        return NULL;
}

const PastEvent *past_last(const Past *past, PastType type, int64_t since)
{
        for (size_t i = past->n_events; i > 0; i--)
                if (past->events[i - 1].type == type && past->events[i - 1].at >= since)
                        return &past->events[i - 1];
        return NULL;
}
