/* SPDX-License-Identifier: MIT */

/* Pass 2 in parts: what is said of each holder is what is said when all are shown together. */

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/evaluate.h"
#include "tests/unit/check-main.h"

enum {
        HOLDERS_MOST = 40,
        ROUNDS = 200,
        NOW = 1000000000,
};

static Tenant tenant;
static EvaluateContext context;
static uint64_t dice;

static uint64_t roll(uint64_t n)
{
        return test_random(&dice) % n;
}

static void set_up(void)
{
        dice = test_seed();
        tenant_init(&tenant);
        tenant.user_match = USER_MATCH_ATTRIBUTE;
        tenant.user_match_attribute = ATTRIBUTE_EMPLOYEE_ID;
        context = (EvaluateContext){
                .tenant = &tenant,
                .domain = "corp.example.com",
                .selected = true,
                .all_forests_scanned = true,
                .now = NOW,
        };
}

static void tear_down(void)
{
        tenant_done(&tenant);
}

/* What one holder is, to be made again and again: another object each time, at another place in memory. */
typedef struct Recipe {
        unsigned number; /* of its GUID; some have the same */
        const char *class;
        bool is_accented, is_out_of_scope, is_deleted;
        unsigned places;       /* 1: UPN, 2: mail, 4: proxy address, 8: another proxy address */
        unsigned person;       /* employeeID, 0: none */
        unsigned self, master; /* SIDs, 0: none */
        unsigned forest;
} Recipe;

typedef struct Made {
        Object *object;
        Outcome *outcome;
        Holder holder;
} Made;

static void add_sid(Object *object, AttributeId attribute, unsigned number)
{
        uint8_t sid[12] = { 1, 1, 0, 0, 0, 0, 0, 5 };

        if (number == 0)
                return;
        memcpy(sid + 8, &number, sizeof(number));
        ck_assert_int_eq(object_add_copy(object, attribute, sid, sizeof(sid)), 0);
}

static void make(const Recipe *recipe, KeySpace space, Made *ret)
{
        const char *address = recipe->is_accented ? "rené@example.com" : "rene@example.com";
        Object *object;
        char text[100];

        ck_assert_int_eq(object_new(&object), 0);
        (void)snprintf(text, sizeof(text), "CN=%u,DC=corp,DC=example,DC=com", recipe->number);
        ck_assert_int_eq(object_set_dn(object, text, strlen(text)), 0);
        memcpy(object->guid.bytes, &recipe->number, sizeof(recipe->number));
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_OBJECT_CLASS, recipe->class), 0);
        (void)snprintf(text, sizeof(text), "u%u", recipe->number);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_SAM_ACCOUNT_NAME, text), 0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_WHEN_CREATED, "20010909010000.0Z"), 0);
        if (recipe->places & 1)
                ck_assert_int_eq(object_add_string(object, ATTRIBUTE_USER_PRINCIPAL_NAME, address),
                                 0);
        if (recipe->places & 2)
                ck_assert_int_eq(object_add_string(object, ATTRIBUTE_MAIL, address), 0);
        (void)snprintf(text, sizeof(text), "smtp:%s", address);
        if (recipe->places & 4)
                ck_assert_int_eq(
                        object_add_copy(object, ATTRIBUTE_PROXY_ADDRESSES, text, strlen(text)), 0);
        if (recipe->places & 8)
                ck_assert_int_eq(object_add_string(object, ATTRIBUTE_PROXY_ADDRESSES,
                                                   "SMTP:other@example.com"),
                                 0);
        (void)snprintf(text, sizeof(text), "E%u", recipe->person);
        if (recipe->person != 0)
                ck_assert_int_eq(object_add_copy(object, ATTRIBUTE_EMPLOYEE_ID, text, strlen(text)),
                                 0);
        add_sid(object, ATTRIBUTE_OBJECT_SID, recipe->self);
        add_sid(object, ATTRIBUTE_MS_EXCH_MASTER_ACCOUNT_SID, recipe->master);
        if (space == KEY_JOIN)
                ck_assert_int_eq(
                        object_add_string(object, ATTRIBUTE_MS_EXCH_RECIPIENT_TYPE_DETAILS, "2"),
                        0);
        memset(&object->known, 0xFF, sizeof(object->known));
        ck_assert_int_eq(object_seal(object), 0);

        *ret = (Made){ .object = object };
        ck_assert_int_eq(outcome_new(&ret->outcome), 0);
        ck_assert_int_eq(evaluate_object(&context, object, ret->outcome), 0);
        ret->holder = (Holder){
                .context = &context,
                .object = object,
                .outcome = ret->outcome,
                .in_scope = !recipe->is_out_of_scope && !recipe->is_deleted,
                .deleted_at = recipe->is_deleted ? NOW - (int64_t)recipe->number : 0,
                .forest = recipe->forest,
        };
        for (size_t i = 0; i < ret->outcome->n_claims; i++)
                if (ret->outcome->claims[i].space == space &&
                    (space != KEY_ADDRESS || ret->outcome->claims[i].value.data[0] == 'r'))
                        ret->holder.claim = &ret->outcome->claims[i];
        ck_assert_ptr_nonnull(ret->holder.claim);
}

static void made_done(Made *made)
{
        outcome_free(made->outcome);
        object_free(made->object);
}

static Recipe some_recipe(KeySpace space, unsigned number)
{
        static const char *const classes[] = { "user", "user", "user", "contact", "group" };
        Recipe recipe = {
                .number = 1 + number - (number > 0 && roll(10) == 0),
                .class = classes[roll(ARRAY_SIZE(classes))],
                .is_accented = roll(4) == 0,
                .is_out_of_scope = roll(6) == 0,
                .is_deleted = roll(12) == 0,
                .places = 1 + (unsigned)roll(15),
                .person = (unsigned)roll(3) ? 0 : 1 + (unsigned)roll(HOLDERS_MOST / 2),
                .forest = (unsigned)roll(2),
        };

        if (recipe.places == 8 || strcmp(recipe.class, "user") != 0)
                recipe.places |= 2;
        /* Links of chains: who is one person with whom may be known by the last holder only. */
        if (roll(3) == 0) {
                recipe.self = 1 + (unsigned)roll(HOLDERS_MOST);
                recipe.master = 1 + (unsigned)roll(HOLDERS_MOST);
        }
        if (space == KEY_JOIN) {
                recipe.class = "user";
                recipe.person = recipe.self = 0;
                recipe.master = 7;
                if (roll(4) == 0)
                        recipe.self = 7, recipe.master = 0;
        }
        return recipe;
}

static void same_text(const char *a, const char *b)
{
        ck_assert_str_eq(a ? a : "", b ? b : "");
}

static void same_verdicts(const KeyOutcome *whole, size_t at_whole, const KeyOutcome *part,
                          size_t at_part)
{
        const HolderVerdicts *a = &whole->holders[at_whole], *b = &part->holders[at_part];

        ck_assert_uint_eq(a->n, b->n);
        ck_assert_int_eq(a->is_join_excluded, b->is_join_excluded);
        for (size_t i = 0; i < a->n; i++) {
                const Verdict *x = &whole->outcome->verdicts[a->first + i],
                              *y = &part->outcome->verdicts[b->first + i];

                ck_assert_str_eq(rule_id(x->rule), rule_id(y->rule));
                ck_assert_int_eq(x->class, y->class);
                ck_assert_int_eq(x->severity, y->severity);
                ck_assert_int_eq(x->certainty, y->certainty);
                ck_assert_int_eq(x->attribute, y->attribute);
                ck_assert_int_eq(x->look_again_at, y->look_again_at);
                ck_assert_uint_eq(x->value.size, y->value.size);
                ck_assert_mem_eq(x->value.data, y->value.data, x->value.size);
                same_text(x->detail, y->detail);
                same_text(x->advice, y->advice);
        }
}

/* Shows all holders in one round, in parts of some size, each made for the part and gone behind it. */
static void show(KeyRound round, KeySpace space, const Recipe *recipes, size_t n, size_t part,
                 KeyOutcome *outcome, const KeyOutcome *whole)
{
        for (size_t first = 0; first < n; first += part) {
                size_t n_part = n - first < part ? n - first : part;
                Made made[HOLDERS_MOST];
                Holder holders[HOLDERS_MOST];

                for (size_t i = 0; i < n_part; i++) {
                        make(&recipes[first + i], space, &made[i]);
                        holders[i] = made[i].holder;
                }
                ck_assert_int_eq(evaluate_key_part(round, holders, n_part, outcome), 0);
                for (size_t i = 0; i < n_part && whole; i++)
                        same_verdicts(whole, first + i, outcome, i);
                for (size_t i = 0; i < n_part; i++)
                        made_done(&made[i]);
        }
}

static size_t compare(KeySpace space, KeyOutcome *whole, KeyOutcome *parts)
{
        size_t n = 1 + roll(HOLDERS_MOST), part = 1 + roll(n), n_verdicts;
        Recipe recipes[HOLDERS_MOST];
        Holder holders[HOLDERS_MOST];
        Made made[HOLDERS_MOST];
        unsigned places = 0;

        for (size_t i = 0; i < n; i++) {
                recipes[i] = some_recipe(space, (unsigned)i);
                make(&recipes[i], space, &made[i]);
                holders[i] = made[i].holder;
                places |= holders[i].claim->places;
        }
        ck_assert_int_eq(evaluate_key(space, holders, n, whole), 0);
        n_verdicts = whole->outcome->n_verdicts;

        if (key_needs_judgement(space, n, places)) {
                evaluate_key_begin(space, parts);
                show(KEY_ROUND_PERSONS, space, recipes, n, part, parts, NULL);
                show(KEY_ROUND_COUNTS, space, recipes, n, part, parts, NULL);
                show(KEY_ROUND_VERDICTS, space, recipes, n, part, parts, whole);
        }
        for (size_t i = 0; i < n; i++)
                made_done(&made[i]);
        return n_verdicts;
}

START_TEST(parts_say_what_the_whole_says)
{
        static const KeySpace spaces[] = { KEY_ADDRESS, KEY_JOIN };
        _cleanup_(key_outcome_freep) KeyOutcome *whole = NULL, *parts = NULL;
        size_t n_verdicts = 0;

        ck_assert_int_eq(key_outcome_new(&whole), 0);
        ck_assert_int_eq(key_outcome_new(&parts), 0);
        for (unsigned round = 0; round < ROUNDS; round++)
                n_verdicts += compare(spaces[_i], whole, parts);
        ck_assert_uint_gt(n_verdicts, ROUNDS);
}
END_TEST

/* Of a holder that has gone by hardly anything is left, whatever its size. */
START_TEST(memory_does_not_grow_with_the_objects)
{
        enum { N = 6000, PART = 40, BYTES_MOST = 400 };
        _cleanup_(key_outcome_freep) KeyOutcome *outcome = NULL;
        size_t before;

        ck_assert_int_eq(key_outcome_new(&outcome), 0);
        evaluate_key_begin(KEY_ADDRESS, outcome);
        before = mallinfo2().uordblks;
        for (KeyRound round = KEY_ROUND_PERSONS; round <= KEY_ROUND_VERDICTS; round++)
                for (unsigned first = 0; first < N; first += PART) {
                        Recipe recipes[PART];

                        for (unsigned i = 0; i < PART; i++)
                                recipes[i] = (Recipe){ .number = first + i + 1,
                                                       .class = "user",
                                                       .places = 1 };
                        show(round, KEY_ADDRESS, recipes, PART, PART, outcome, NULL);
                        ck_assert_uint_lt(mallinfo2().uordblks, before + N * BYTES_MOST);
                }
        ck_assert_uint_eq(outcome->outcome->n_verdicts, PART);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("evaluate-key");
        TCase *test = tcase_create("parts");

        tcase_add_checked_fixture(test, set_up, tear_down);
        tcase_add_loop_test(test, parts_say_what_the_whole_says, 0, 2);
        tcase_add_test(test, memory_does_not_grow_with_the_objects);
        suite_add_tcase(suite, test);
        return suite;
}
