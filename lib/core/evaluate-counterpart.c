/* SPDX-License-Identifier: MIT */

/* Judgement of one object by what the cloud has of it. */

#include "lib/core/evaluate-internal.h"

int evaluate_counterpart(const EvaluateContext *context, const Object *object,
                         const Counterpart *counterpart, Outcome *outcome)
{
        Facts facts;
        Hearing hearing = {
                .context = context, .facts = &facts, .counterpart = counterpart, .outcome = outcome
        };
        int r;

        if (!counterpart->object && (!counterpart->arrives || counterpart->exported_at == 0))
                return 0;

        object = outcome_view(outcome, context, object);
        r = facts_gather(&facts, object, context->tenant, &outcome->memory->arena);
        if (r < 0)
                return r;

        for (size_t i = 0; i < n_rule_rows; i++)
                if (rule_rows[i].is_counterpart)
                        hearing_ask(&hearing, &rule_rows[i]);
        return hearing.error;
}
