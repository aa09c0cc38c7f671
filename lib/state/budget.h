/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * How much may still be done in this turn of the loop. Counted in thousandths of what judging one object costs (about ten
 * microseconds), so that sorting a million numbers is not mistaken for judging a million objects.
 */

#include <stdbool.h>
#include <stdint.h>

typedef struct Budget {
        int64_t left;
} Budget;

enum {
        BUDGET_OBJECT = 1000, /* read, judge, write one object */
        BUDGET_ROW = 100,     /* one row of a table looked at */
        BUDGET_BULK_ROW = 20, /* one of many rows in order */
        BUDGET_STEP = 2,      /* one element in memory moved */
};

#define BUDGET_OF(units) ((Budget){ .left = (int64_t)(units)*BUDGET_OBJECT })

static inline void budget_spend(Budget *budget, int64_t cost)
{
        budget->left -= cost;
}

static inline bool budget_is_spent(const Budget *budget)
{
        return budget->left <= 0;
}
