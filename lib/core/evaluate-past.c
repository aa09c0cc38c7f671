/* SPDX-License-Identifier: MIT */

/* Judgement by history: one object, what happened to it, and the time. */

#include "lib/core/evaluate-internal.h"

static void ask_past(Hearing *hearing)
{
        for (size_t i = 0; i < n_rule_rows; i++)
                if (rule_rows[i].is_past)
                        hearing_ask(hearing, &rule_rows[i]);
}

int evaluate_past(const EvaluateContext *context, const Object *object, const Past *past,
                  Outcome *outcome)
{
        bool in_scope = outcome_is_in_scope(outcome, context);
        Facts facts;
        Hearing hearing = { .context = context, .facts = &facts, .past = past, .outcome = outcome };
        int r;

        if (past->deleted_at != 0) {
                outcome_drop_verdicts(outcome);
                outcome_claim_former(outcome, in_scope);
        }
        if (!in_scope)
                return 0;

        object = outcome_view(outcome, context, object);
        r = facts_gather(&facts, object, context->tenant, &outcome->memory->arena);
        if (r < 0)
                return r;

        ask_past(&hearing);
        return hearing.error;
}
