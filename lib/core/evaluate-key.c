/* SPDX-License-Identifier: MIT */

/*
 * Pass 2: one key among all that claim it. In three rounds, because what is said of the first holder may depend on the last; whoever
 * has all of them in memory shows them in one part, and whoever has not shows them three times.
 */

#include <errno.h>
#include <stdlib.h>

#include "lib/core/rule-shared.h"

struct KeyOutcomeMemory {
        Dispute dispute;
        size_t n_allocated; /* of the outcome's holders */
};

int key_outcome_new(KeyOutcome **ret)
{
        _cleanup_(key_outcome_freep) KeyOutcome *outcome = NULL;
        int r;

        outcome = calloc(1, sizeof(*outcome));
        if (!outcome)
                return -ENOMEM;

        outcome->memory = calloc(1, sizeof(*outcome->memory));
        if (!outcome->memory)
                return -ENOMEM;

        r = outcome_new(&outcome->outcome);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(outcome);
        return 0;
}

KeyOutcome *key_outcome_free(KeyOutcome *outcome)
{
        if (!outcome)
                return NULL;

        if (outcome->memory) {
                Dispute *dispute = &outcome->memory->dispute;

                crowd_done(&dispute->crowd);
                arena_done(&dispute->texts);
                buffer_done(&dispute->former.dn);
                buffer_done(&dispute->former.anchor);
                free(dispute->persons);
        }
        free(outcome->memory);
        free(outcome->holders);
        outcome_free(outcome->outcome);
        free(outcome);
        return NULL;
}

int key_outcome_reset(KeyOutcome *outcome, size_t n_holders)
{
        struct KeyOutcomeMemory *memory = outcome->memory;

        outcome_reset(outcome->outcome);
        if (n_holders > memory->n_allocated) {
                HolderVerdicts *holders =
                        reallocarray(outcome->holders, n_holders, sizeof(*holders));

                if (!holders)
                        return -ENOMEM;
                outcome->holders = holders;
                memory->n_allocated = n_holders;
        }

        for (size_t i = 0; i < n_holders; i++)
                outcome->holders[i] = (HolderVerdicts){};
        outcome->n_holders = n_holders;
        return 0;
}

/* --- who is one person with whom --- */

/* The set that a holder belongs to; shortens the way for the next who asks. */
static uint32_t person_find(uint32_t *persons, uint32_t holder)
{
        while (persons[holder] != holder) {
                persons[holder] = persons[persons[holder]];
                holder = persons[holder];
        }
        return holder;
}

/* The smaller number leads, so that the numbers do not depend on the order of joining. */
static void person_join(uint32_t *persons, uint32_t a, uint32_t b)
{
        a = person_find(persons, a);
        b = person_find(persons, b);
        if (a < b)
                persons[b] = a;
        else
                persons[a] = b;
}

enum {
        GROUP_SAME_OBJECT,
        GROUP_SAME_JOIN,
};

/* Joins the holder to whoever stands at this text already. */
static int person_meet(Dispute *dispute, uint32_t holder, uint64_t group, Slice text)
{
        uint32_t first;
        Slice kept;
        int r;

        r = dispute_keep_text(dispute, text, &kept);
        if (r >= 0)
                r = crowd_note(&dispute->crowd, group, kept, holder, &first);
        if (r < 0)
                return r;

        person_join(dispute->persons, holder, first);
        return 0;
}

/* The same objectGUID seen in two naming contexts is one object; objects that meet on a join claim are one person. */
static int person_place(Dispute *dispute, const Holder *holder, uint32_t number)
{
        Slice guid = { holder->object->guid.bytes, sizeof(holder->object->guid.bytes) };
        int r = 0;

        if (!guid_is_null(&holder->object->guid))
                r = person_meet(dispute, number, GROUP_SAME_OBJECT, guid);

        for (size_t i = 0; i < holder->outcome->n_claims && r >= 0; i++) {
                const Claim *claim = &holder->outcome->claims[i];

                if (claim->space == KEY_JOIN)
                        r = person_meet(dispute, number, GROUP_SAME_JOIN, claim->folded);
        }

        return r;
}

static int persons_reserve(Dispute *dispute, size_t n)
{
        uint32_t *persons;

        /* Persons are numbered in 32 bits; no directory has as many objects. */
        if (n >= UINT32_MAX)
                return -ENOMEM;
        if (n <= dispute->n_persons_allocated)
                return 0;

        n += n / 2;
        persons = reallocarray(dispute->persons, n, sizeof(*persons));
        if (!persons)
                return -ENOMEM;
        dispute->persons = persons;
        dispute->n_persons_allocated = n;
        return 0;
}

static int persons_add(Dispute *dispute)
{
        int r;

        r = persons_reserve(dispute, dispute->n_persons + dispute->n_holders);
        for (size_t i = 0; i < dispute->n_holders && r >= 0; i++) {
                uint32_t number = (uint32_t)dispute->n_persons++;

                dispute->persons[number] = number;
                if (dispute->holders[i].in_scope)
                        r = person_place(dispute, &dispute->holders[i], number);
        }

        return r;
}

/* --- the rounds --- */

void evaluate_key_begin(KeySpace space, KeyOutcome *outcome)
{
        Dispute *dispute = &outcome->memory->dispute;
        Dispute fresh = {
                .space = space,
                .outcome = outcome,
                .crowd = dispute->crowd,
                .texts = dispute->texts,
                .is_in_parts = true,
                .persons = dispute->persons,
                .n_persons_allocated = dispute->n_persons_allocated,
                .former = { .dn = dispute->former.dn, .anchor = dispute->former.anchor },
        };

        crowd_reset(&fresh.crowd);
        arena_reset(&fresh.texts);
        *dispute = fresh;
}

/* The first part of a round; nothing that was noted in the round before is asked for any more. */
static void round_begin(Dispute *dispute, KeyRound round)
{
        dispute->round = round;
        dispute->first = 0;
        if (round != KEY_ROUND_COUNTS)
                return;

        crowd_reset(&dispute->crowd);
        arena_reset(&dispute->texts);
        for (uint32_t i = 0; i < dispute->n_persons; i++)
                dispute->persons[i] = person_find(dispute->persons, i);
}

int evaluate_key_part(KeyRound round, const Holder *holders, size_t n_holders, KeyOutcome *outcome)
{
        Dispute *dispute = &outcome->memory->dispute;
        int r = 0;

        if (round != dispute->round)
                round_begin(dispute, round);
        dispute->holders = holders;
        dispute->n_holders = n_holders;

        switch (round) {
        case KEY_ROUND_PERSONS:
                r = persons_add(dispute);
                break;
        case KEY_ROUND_COUNTS:
                r = dispute_note_all(dispute);
                break;
        case KEY_ROUND_VERDICTS:
                r = key_outcome_reset(outcome, n_holders);
                if (r >= 0)
                        r = dispute_judge_all(dispute);
                break;
        }

        dispute->first += n_holders;
        return r < 0 ? r : 0;
}

int evaluate_key(KeySpace space, const Holder *holders, size_t n_holders, KeyOutcome *outcome)
{
        unsigned places = 0;
        int r;

        for (size_t i = 0; i < n_holders; i++)
                places |= holders[i].claim->places;
        if (!key_needs_judgement(space, n_holders, places))
                return key_outcome_reset(outcome, n_holders);

        evaluate_key_begin(space, outcome);
        outcome->memory->dispute.is_in_parts = false;
        r = evaluate_key_part(KEY_ROUND_PERSONS, holders, n_holders, outcome);
        if (r >= 0)
                r = evaluate_key_part(KEY_ROUND_COUNTS, holders, n_holders, outcome);
        return r < 0 ? r : evaluate_key_part(KEY_ROUND_VERDICTS, holders, n_holders, outcome);
}
