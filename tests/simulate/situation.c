/* SPDX-License-Identifier: MIT */
#include "tests/simulate/situation.h"

#include <inttypes.h>
#include <stdio.h>

enum {
        FULL_SIZE = 5000,   /* histories … */
        OFTEN_ENOUGH = 200, /* … in which each of those that are required happens so often */
};

static const struct {
        const char *text;
        bool is_required;
} situations_known[] = {
#define SITUATION_ENTRY(name, required, words) [SITUATION_##name] = { words, required },
        SITUATION_TABLE(SITUATION_ENTRY)
#undef SITUATION_ENTRY
};

const char *situation_text(Situation situation)
{
        return situations_known[situation].text;
}

void situations_add(Situations *to, const Situations *from)
{
        for (unsigned i = 0; i < N_SITUATIONS; i++)
                to->counts[i] += from->counts[i];
}

bool situations_print(const Situations *situations, uint64_t n_histories)
{
        uint64_t least = n_histories * OFTEN_ENOUGH / FULL_SIZE;
        bool is_enough = true;

        if (least > OFTEN_ENOUGH)
                least = OFTEN_ENOUGH;

        for (unsigned i = 0; i < N_SITUATIONS; i++) {
                bool is_rare = situations_known[i].is_required && situations->counts[i] < least;

                printf("# %8" PRIu64 "  %s", situations->counts[i], situations_known[i].text);
                if (is_rare)
                        printf(": too seldom, %" PRIu64 " are wanted", least);
                printf("\n");
                is_enough = is_enough && !is_rare;
        }

        return is_enough;
}
