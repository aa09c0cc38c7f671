/* SPDX-License-Identifier: MIT */
#include "lib/core/evaluate.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "lib/core/evaluate-internal.h"

static bool kind_is_judged(Kind kind)
{
        return kind == KIND_USER || kind == KIND_INETORGPERSON || kind == KIND_CONTACT ||
               kind == KIND_GROUP;
}

int outcome_new(Outcome **ret)
{
        _cleanup_(outcome_freep) Outcome *outcome = NULL;

        outcome = calloc(1, sizeof(*outcome));
        if (!outcome)
                return -ENOMEM;

        outcome->memory = calloc(1, sizeof(*outcome->memory));
        if (!outcome->memory)
                return -ENOMEM;

        *ret = TAKE_PTR(outcome);
        return 0;
}

Outcome *outcome_free(Outcome *outcome)
{
        if (!outcome)
                return NULL;

        if (outcome->memory) {
                arena_done(&outcome->memory->arena);
                buffer_done(&outcome->memory->scratch);
                crowd_done(&outcome->memory->said);
        }
        free(outcome->memory);
        free(outcome->verdicts);
        free(outcome->claims);
        free(outcome);
        return NULL;
}

void outcome_reset(Outcome *outcome)
{
        arena_reset(&outcome->memory->arena);
        crowd_reset(&outcome->memory->said);
        *outcome = (Outcome){
                .verdicts = outcome->verdicts,
                .claims = outcome->claims,
                .memory = outcome->memory,
        };
}

/* ------------------------------------------------------------------ pass 1 */

static bool judge_knows_all(Hearing *hearing, const Rule *rule)
{
        for (const AttributeId *read = rule->reads; read && *read != ATTRIBUTE_NONE; read++)
                if (!hearing_knows(hearing, *read)) {
                        hearing_undefined(hearing, rule, *read);
                        return false;
                }

        return true;
}

static bool judge_has_needed(Hearing *hearing, const Rule *rule)
{
        AttributeId needs = hearing_attribute(hearing, rule->needs);

        if (needs == ATTRIBUTE_NONE || object_has(hearing->facts->object, needs))
                return true;

        if (!hearing_knows(hearing, needs))
                hearing_undefined(hearing, rule, needs);
        return false;
}

/* An undefined filter counts once, and names every attribute that could have decided it: any of them may be the remedy. */
static void judge_filter_undefined(Hearing *hearing, const Rule *rule, const Filter *filter)
{
        AttributeSet read = {}, *undefined = &hearing->outcome->undefined_attributes;
        bool is_counted = false;

        filter_attributes(filter, &read);
        for (unsigned i = 1; i < ATTRIBUTE_MAX; i++) {
                AttributeId attribute = (AttributeId)i;

                if (!attribute_set_has(&read, attribute) || hearing_knows(hearing, attribute))
                        continue;
                if (is_counted)
                        attribute_set_add(undefined, attribute);
                else
                        hearing_undefined(hearing, rule, attribute);
                is_counted = true;
        }
}

static bool judge_filter_matches(Hearing *hearing, const Rule *rule)
{
        const Filter *filter;
        Truth truth;
        int r;

        if (!rule->condition_filter)
                return true;

        r = rule_parsed_filter(rule, &filter);
        if (r >= 0)
                r = filter_evaluate(filter, hearing->facts->object, &truth);
        if (r < 0) {
                hearing->error = r;
                return false;
        }

        if (truth == TRUTH_UNDEFINED)
                judge_filter_undefined(hearing, rule, filter);
        return truth == TRUTH_TRUE;
}

/* One that is for this object and this hearing. */
static void judge_rule(Hearing *hearing, const Rule *rule)
{
        Verdict verdict;

        if (!judge_has_needed(hearing, rule) || !judge_knows_all(hearing, rule) ||
            !judge_filter_matches(hearing, rule))
                return;

        if (rule->check) {
                rule->check(hearing, rule);
                return;
        }

        verdict = hearing_verdict(hearing, rule);
        if (rule->is_site) {
                /* Kept with the finding: whoever reads the database may not be allowed to read the configuration. */
                verdict.detail = rule->condition;
                verdict.advice = rule->advice;
        }
        hearing_report(hearing, &verdict);
}

void hearing_ask(Hearing *hearing, const Rule *rule)
{
        if (!rule->is_shared && rule->is_past == (hearing->past != NULL) &&
            rule->is_counterpart == (hearing->counterpart != NULL) &&
            rule->kinds & kind_mask(hearing->facts->object->kind))
                judge_rule(hearing, rule);
}

/* The site's own rules are judged after the table's, in the order of the configuration. */
static const Rule *site_rule(const Hearing *hearing, size_t *position)
{
        const EvaluateContext *context = hearing->context;

        while (*position < context->n_settings) {
                const Rule *own = context->settings[(*position)++].own;

                if (own)
                        return own;
        }

        return NULL;
}

static void judge_exclusion(Hearing *hearing, const Agenda *agenda, const Holdings *holdings)
{
        Outcome *outcome = hearing->outcome;
        size_t position = 0;
        const Rule *own;

        for (size_t i = 0; i < agenda->n_excluding; i++)
                if (agenda_asks(&agenda->items[i], holdings))
                        judge_rule(hearing, agenda->items[i].rule);
        while ((own = site_rule(hearing, &position)))
                if (own->class == RULE_EXCLUDED)
                        hearing_ask(hearing, own);

        for (size_t i = 0; i < outcome->n_verdicts; i++)
                if (outcome->verdicts[i].class == RULE_EXCLUDED &&
                    outcome->verdicts[i].certainty == CERTAINTY_CERTAIN)
                        outcome->is_excluded = true;
}

/* What is wrong with the directory itself is told of what is excluded, too. */
static bool judge_asks(const Hearing *hearing, const Rule *rule)
{
        return rule->class == RULE_DIRECTORY ||
               (rule->class != RULE_EXCLUDED && !hearing->outcome->is_excluded);
}

static void judge_arrival(Hearing *hearing, const Agenda *agenda, const Holdings *holdings)
{
        size_t position = 0;
        const Rule *own;

        for (size_t i = agenda->n_excluding; i < agenda->n; i++)
                if (agenda_asks(&agenda->items[i], holdings) &&
                    judge_asks(hearing, agenda->items[i].rule))
                        judge_rule(hearing, agenda->items[i].rule);
        while ((own = site_rule(hearing, &position)))
                if (judge_asks(hearing, own))
                        hearing_ask(hearing, own);
}

void outcome_drop_verdicts(Outcome *outcome)
{
        outcome->n_verdicts = 0;
        outcome->rules_undefined = 0;
        outcome->undefined_attributes = (AttributeSet){};
}

const Object *outcome_view(Outcome *outcome, const EvaluateContext *context, const Object *object)
{
        const AttributeSet *unreadable = &context->unreadable;
        Object *view = &outcome->memory->view;
        bool touched = false;

        for (unsigned i = 0; i < ARRAY_SIZE(unreadable->words); i++)
                touched |= object->known.words[i] & unreadable->words[i];
        if (!touched)
                return object;

        *view = *object;
        for (unsigned i = 0; i < ARRAY_SIZE(unreadable->words); i++)
                view->known.words[i] &= ~unreadable->words[i];
        return view;
}

/* What nobody can tell stays in: better one finding too many than a person of whom nothing is said. */
static int object_find_left_out(const EvaluateContext *context, const Object *object, LeftOut *ret)
{
        const struct {
                const Filter *filter;
                LeftOut left_out;
        } parts[] = {
                { context->scope, LEFT_OUT_FILTER },
                { context->group_scope, LEFT_OUT_GROUP },
        };

        *ret = LEFT_OUT_NOT;
        for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
                Truth truth;
                int r;

                if (!parts[i].filter)
                        continue;
                r = filter_evaluate(parts[i].filter, object, &truth);
                if (r < 0)
                        return r;
                if (truth == TRUTH_FALSE) {
                        *ret = parts[i].left_out;
                        return 0;
                }
        }

        return 0;
}

/* `asks_all`: by all rules, not only by those that exclude. */
static int evaluate_alone(const EvaluateContext *context, const Object *object, bool asks_all,
                          Outcome *outcome)
{
        struct OutcomeMemory *memory = outcome->memory;
        Facts facts;
        Hearing hearing = { .context = context, .facts = &facts, .outcome = outcome };
        Holdings holdings;
        const Agenda *agenda;
        int r;

        outcome_reset(outcome);
        if (!kind_is_judged(object->kind))
                return 0;

        r = agenda_of(object->kind, &agenda);
        if (r < 0)
                return r;

        object = outcome_view(outcome, context, object);
        r = facts_gather(&facts, object, context->tenant, &memory->arena);
        if (r >= 0)
                r = object_find_left_out(context, object, &outcome->left_out);
        if (r < 0)
                return r;

        outcome->is_quiet = facts.is_quiet;
        outcome->is_mail_enabled = facts.is_mail_enabled;

        holdings_take(&holdings, agenda, object, context->tenant);
        judge_exclusion(&hearing, agenda, &holdings);
        if (asks_all && context->selected && outcome->left_out == LEFT_OUT_NOT)
                judge_arrival(&hearing, agenda, &holdings);
        else
                outcome_drop_verdicts(outcome);
        if (hearing.error < 0)
                return hearing.error;

        return outcome_claim(outcome, context, &facts);
}

int evaluate_object(const EvaluateContext *context, const Object *object, Outcome *outcome)
{
        return evaluate_alone(context, object, true, outcome);
}

int evaluate_claims(const EvaluateContext *context, const Object *object, bool is_deleted,
                    Outcome *outcome)
{
        int r;

        r = evaluate_alone(context, object, false, outcome);
        if (r < 0)
                return r;

        if (is_deleted)
                outcome_claim_former(outcome, outcome_is_in_scope(outcome, context));
        return 0;
}

void evaluate_attributes(const Tenant *tenant, AttributeSet *set)
{
        const AttributeId named[] = {
                tenant->login_attribute,
                tenant->user_match_attribute,
                tenant->source_anchor,
        };

        rule_attributes(set);
        for (size_t i = 0; i < ARRAY_SIZE(named); i++)
                if (named[i] != ATTRIBUTE_NONE)
                        attribute_set_add(set, named[i]);
}

/* ------------------------------------------------------------------ pass 2 */

bool key_space_is_judged(KeySpace space)
{
        switch (space) {
        case KEY_ADDRESS:
        case KEY_SIP:
        case KEY_X500:
        case KEY_ANCHOR:
        case KEY_NICKNAME:
        case KEY_TARGET:
        case KEY_JOIN:
        case KEY_SID: /* against the cloud only */
        case KEY_CLOUD_ID:
                return true;

        case KEY_SAM:
        case KEY_NAME:
                return false;
        }

        return false;
}

bool key_needs_judgement(KeySpace space, size_t n_holders, unsigned places)
{
        if (!key_space_is_judged(space) || space == KEY_SID || space == KEY_CLOUD_ID)
                return false;
        if (space == KEY_JOIN)
                return places & (CLAIM_MASTER_SID | CLAIM_ORIGINATOR_SID);
        return n_holders > 1;
}
