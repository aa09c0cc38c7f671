/* SPDX-License-Identifier: MIT */

/* Judgement of a domain by what is known of it. */

#include "lib/core/evaluate-internal.h"

int evaluate_directory(const EvaluateContext *context, const DirectoryFacts *facts,
                       Outcome *outcome)
{
        Hearing hearing = { .context = context, .directory = facts, .outcome = outcome };

        outcome_reset(outcome);
        for (size_t i = 0; i < n_rule_rows; i++)
                if (rule_rows[i].kinds & kind_mask(KIND_CONTAINER))
                        rule_rows[i].check(&hearing, &rule_rows[i]);
        for (size_t i = 0; i < facts->n_folded; i++) {
                const Rule *rule = rule_find(facts->folded[i].rule);

                hearing.folded = &facts->folded[i];
                if (rule && rule->fold)
                        rule->fold(&hearing, rule);
        }
        return hearing.error;
}
