/* SPDX-License-Identifier: MIT */

/*
 * Proposals are tried, not trusted: each is applied to a copy of the object, that is judged, and only what makes a verdict go away and
 * no other come is kept. A proposal may open what another one closes at once (an address made primary asks for mail): then both
 * are tried together.
 */

#include "lib/core/repair.h"

#include <errno.h>
#include <string.h>

#include "lib/core/repair-internal.h"

#define DEPTH_MAX 3 /* proposals tried together */

typedef struct Attempt {
        const RepairContext *context;
        Repair *repair;
        Object *current; /* the object with what is kept so far */
        Outcome *before; /* of current */
} Attempt;

void repair_done(Repair *repair)
{
        free(repair->edits);
        free(repair->reasons);
        arena_done(&repair->arena);
        *repair = (Repair){};
}

/* ------------------------------------------------------------------ objects */

static bool edits_remove(const RepairEdit *edits, size_t n, AttributeId attribute, Slice value)
{
        for (size_t i = 0; i < n; i++)
                if (edits[i].attribute == attribute && edits[i].old.data &&
                    slice_equal(edits[i].old, value))
                        return true;
        return false;
}

/* The object with the edits, as a copy of its own. */
static int object_edit(const Object *object, const RepairEdit *edits, size_t n_edits, Object *ret)
{
        int r;

        object_reset(ret);
        r = object_set_dn(ret, (const char *)object->dn.data, object->dn.size);
        for (AttributeId attribute = 1; attribute < ATTRIBUTE_MAX && r >= 0; attribute++) {
                const Value *values;
                size_t n;

                values = object_values(object, attribute, &n);
                for (size_t i = 0; i < n && r >= 0; i++)
                        if (!edits_remove(edits, n_edits, attribute,
                                          (Slice){ values[i].data, values[i].size }))
                                r = object_add_copy(ret, attribute, values[i].data, values[i].size);
        }
        for (size_t i = 0; i < n_edits && r >= 0; i++)
                if (edits[i].new.data)
                        r = object_add_copy(ret, edits[i].attribute, edits[i].new.data,
                                            edits[i].new.size);
        if (r >= 0)
                r = object_seal(ret);
        if (r < 0)
                return r;

        object_copy_identity(ret, object);
        return 0;
}

/* ------------------------------------------------------------------ what differs */

static bool is_same_verdict(const Verdict *a, const Verdict *b)
{
        return a->rule == b->rule && a->attribute == b->attribute &&
               slice_equal(a->value, b->value);
}

/* The same was said before, and no less. */
static const Verdict *find_verdict(const Outcome *outcome, const Verdict *verdict)
{
        for (size_t i = 0; i < outcome->n_verdicts; i++)
                if (is_same_verdict(&outcome->verdicts[i], verdict))
                        return &outcome->verdicts[i];
        return NULL;
}

/* The first verdict of `after` that is news, or worse than it was. */
static const Verdict *find_news(const Outcome *before, const Outcome *after)
{
        for (size_t i = 0; i < after->n_verdicts; i++) {
                const Verdict *verdict = &after->verdicts[i];
                const Verdict *known = find_verdict(before, verdict);

                if (!known || verdict->severity > known->severity || verdict->class != known->class)
                        return verdict;
        }

        return NULL;
}

static bool has_claim(const Outcome *outcome, const Claim *claim)
{
        for (size_t i = 0; i < outcome->n_claims; i++)
                if (outcome->claims[i].space == claim->space &&
                    slice_equal(outcome->claims[i].folded, claim->folded))
                        return true;
        return false;
}

/* Does nobody else hold what the object newly claims? 1, 0, or negative. */
static int are_claims_free(const Attempt *attempt, const Outcome *after)
{
        const RepairContext *context = attempt->context;

        for (size_t i = 0; i < after->n_claims; i++) {
                const Claim *claim = &after->claims[i];
                int r;

                if (has_claim(attempt->before, claim))
                        continue;
                r = context->is_free(claim->space, claim->value, context->userdata);
                if (r <= 0)
                        return r;
        }

        return 1;
}

static KeySpace space_of(AttributeId attribute)
{
        return attribute == ATTRIBUTE_MAIL_NICKNAME    ? KEY_NICKNAME
               : attribute == ATTRIBUTE_TARGET_ADDRESS ? KEY_TARGET
                                                       : KEY_ADDRESS;
}

/* The same of the values that are written, whether the object claimed them before or not. */
static int are_edits_free(const Attempt *attempt, const Proposal *proposal)
{
        const RepairContext *context = attempt->context;

        for (size_t i = 0; i < proposal->n_edits; i++) {
                const RepairEdit *edit = &proposal->edits[i];
                Slice value = edit->new;
                int r;

                if (!value.data || edit->attribute == ATTRIBUTE_DISPLAY_NAME)
                        continue;
                if (edit->attribute == ATTRIBUTE_PROXY_ADDRESSES)
                        value = address_parse_proxy(value.data, value.size).address;
                r = context->is_free(space_of(edit->attribute), value, context->userdata);
                if (r <= 0)
                        return r;
        }

        return 1;
}

/* ------------------------------------------------------------------ trying */

/* The edits for one verdict of an object. 1: there are some, that nobody else's values stand against; 0; negative. */
static int make_edits(const Attempt *attempt, const Object *object, const Verdict *verdict,
                      Proposal *ret)
{
        Arena *arena = &attempt->repair->arena;
        const Tenant *tenant = attempt->context->evaluate->tenant;
        Facts facts;
        int r;

        r = facts_gather(&facts, object, tenant, arena);
        if (r < 0)
                return r;

        *ret = (Proposal){ .facts = &facts, .tenant = tenant, .verdict = verdict, .arena = arena };
        proposal_make(ret);
        ret->facts = NULL;
        if (ret->error < 0 || ret->n_edits == 0)
                return ret->error;

        return are_edits_free(attempt, ret);
}

/*
 * Tries the proposal for one verdict of `object`, and those for what it opens. Kept: `result` is what the object becomes, with its
 * outcome in `after`. 1: kept; 0: not; negative.
 */
static int try_verdict(const Attempt *attempt, const Object *object, const Verdict *verdict,
                       unsigned depth, Object *result, Outcome *after)
{
        _cleanup_(object_freep) Object *edited = NULL;
        _cleanup_(outcome_freep) Outcome *outcome = NULL;
        const Verdict *news;
        Proposal proposal;
        int r;

        r = make_edits(attempt, object, verdict, &proposal);
        if (r <= 0)
                return r;

        r = object_new(&edited);
        if (r >= 0)
                r = outcome_new(&outcome);
        if (r >= 0)
                r = object_edit(object, proposal.edits, proposal.n_edits, edited);
        if (r >= 0)
                r = evaluate_object(attempt->context->evaluate, edited, outcome);
        if (r < 0)
                return r;
        if (find_verdict(outcome, verdict))
                return 0;

        news = find_news(attempt->before, outcome);
        if (news)
                return depth == 0 ? 0
                                  : try_verdict(attempt, edited, news, depth - 1, result, after);

        r = are_claims_free(attempt, outcome);
        if (r <= 0)
                return r;
        r = object_edit(edited, NULL, 0, result);
        if (r >= 0)
                r = evaluate_object(attempt->context->evaluate, result, after);
        return r < 0 ? r : 1;
}

/* Tries the wanted verdicts in turn until one is put right. 1, 0 or negative. */
static int try_next(Attempt *attempt, Object *result, Outcome *after)
{
        const RepairContext *context = attempt->context;

        for (size_t i = 0; i < attempt->before->n_verdicts; i++) {
                const Verdict *verdict = &attempt->before->verdicts[i];
                int r;

                if (!context->is_wanted(verdict->rule, context->userdata))
                        continue;
                r = try_verdict(attempt, attempt->current, verdict, DEPTH_MAX - 1, result, after);
                if (r == 0 || (r > 0 && find_verdict(after, verdict)))
                        continue;
                return r;
        }

        return 0;
}

/* ------------------------------------------------------------------ the net difference */

static int copy_slice(Repair *repair, Slice slice, Slice *ret)
{
        const void *copy = arena_copy(&repair->arena, slice.data, slice.size);

        if (!copy)
                return -ENOMEM;
        *ret = (Slice){ copy, slice.size };
        return 0;
}

static bool object_holds(const Object *object, AttributeId attribute, Slice value)
{
        const Value *values;
        size_t n;

        values = object_values(object, attribute, &n);
        for (size_t i = 0; i < n; i++)
                if (slice_equal((Slice){ values[i].data, values[i].size }, value))
                        return true;
        return false;
}

/* The values that `object` has and `other` has not; `is_old` says which half of an edit they are. */
static int add_difference(Repair *repair, const Object *object, const Object *other, bool is_old)
{
        for (AttributeId attribute = 1; attribute < ATTRIBUTE_MAX; attribute++) {
                const Value *values;
                size_t n;

                values = object_values(object, attribute, &n);
                for (size_t i = 0; i < n; i++) {
                        Slice value = { values[i].data, values[i].size };
                        RepairEdit *edits, *edit;

                        if (object_holds(other, attribute, value))
                                continue;
                        edits = reallocarray(repair->edits, repair->n_edits + 1, sizeof(*edits));
                        if (!edits)
                                return -ENOMEM;
                        repair->edits = edits;
                        edit = &edits[repair->n_edits];
                        *edit = (RepairEdit){ .attribute = attribute };
                        if (copy_slice(repair, value, is_old ? &edit->old : &edit->new) < 0)
                                return -ENOMEM;
                        repair->n_edits++;
                }
        }

        return 0;
}

static int add_reasons(Repair *repair, const Outcome *before, const Outcome *after)
{
        repair->reasons = calloc(before->n_verdicts + 1, sizeof(*repair->reasons));
        if (!repair->reasons)
                return -ENOMEM;

        for (size_t i = 0; i < before->n_verdicts; i++) {
                const Verdict *verdict = &before->verdicts[i];
                RepairReason *reason = &repair->reasons[repair->n_reasons];

                if (find_verdict(after, verdict))
                        continue;
                *reason = (RepairReason){ .rule = verdict->rule, .attribute = verdict->attribute };
                if (verdict->detail &&
                    !(reason->detail =
                              arena_copy(&repair->arena, verdict->detail, strlen(verdict->detail))))
                        return -ENOMEM;
                repair->n_reasons++;
        }

        return 0;
}

static int repair_conclude(Attempt *attempt, const Object *object, Object *result)
{
        _cleanup_(outcome_freep) Outcome *first = NULL;
        Repair *repair = attempt->repair;
        int r;

        r = add_difference(repair, object, attempt->current, true);
        if (r >= 0)
                r = add_difference(repair, attempt->current, object, false);
        if (r >= 0)
                r = outcome_new(&first);
        if (r >= 0)
                r = evaluate_object(attempt->context->evaluate, object, first);
        if (r >= 0)
                r = add_reasons(repair, first, attempt->before);
        if (r >= 0)
                r = object_edit(attempt->current, NULL, 0, result);
        return r < 0 ? r : 1;
}

int repair_object(const RepairContext *context, const Object *object, Repair *ret, Object *result)
{
        _cleanup_(object_freep) Object *current = NULL, *next = NULL;
        _cleanup_(outcome_freep) Outcome *before = NULL, *after = NULL;
        Attempt attempt = { .context = context, .repair = ret };
        bool is_changed = false;
        int r;

        *ret = (Repair){};
        if ((r = object_new(&current)) < 0 || (r = object_new(&next)) < 0 ||
            (r = outcome_new(&before)) < 0 || (r = outcome_new(&after)) < 0 ||
            (r = object_edit(object, NULL, 0, current)) < 0)
                return r;

        attempt.current = current;
        attempt.before = before;
        do {
                r = evaluate_object(context->evaluate, current, before);
                if (r >= 0)
                        r = try_next(&attempt, next, after);
                if (r > 0) {
                        is_changed = true;
                        r = object_edit(next, NULL, 0, current);
                        r = r < 0 ? r : 1;
                }
        } while (r > 0);
        if (r < 0 || !is_changed)
                return r;

        return repair_conclude(&attempt, object, result);
}
