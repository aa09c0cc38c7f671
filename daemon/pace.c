/* SPDX-License-Identifier: MIT */
#include "daemon/pace.h"

enum {
        TARGET_USEC = 10 * 1000,
        BUDGET_FIRST = 64,

        /* What is cheap in one phase is dear in the next, and one step is taken before that is noticed: a unit is 10 to 30 µs where it is dear. */
        BUDGET_MAX = 1024,
};

void pace_init(Pace *pace)
{
        *pace = (Pace){ .budget = BUDGET_FIRST };
}

void pace_begin(Pace *pace, const Store *store, int64_t usec)
{
        pace->begun = usec;
        pace->is_waiting = store_is_committing(store);
}

/* As much as fits the target, but never more than twice what was measured to fit. */
static unsigned adapt_budget(unsigned budget, int64_t usec)
{
        int64_t ideal = (int64_t)budget * TARGET_USEC / (usec > 0 ? usec : 1);

        if (ideal > 2 * (int64_t)budget)
                ideal = 2 * (int64_t)budget;
        if (ideal > BUDGET_MAX)
                ideal = BUDGET_MAX;
        return ideal > 0 ? (unsigned)ideal : 1;
}

void pace_end(Pace *pace, const Store *store, int64_t usec, bool has_more)
{
        if (has_more && !pace->is_waiting && !store_is_committing(store))
                pace->budget = adapt_budget(pace->budget, usec - pace->begun);
}
