/* SPDX-License-Identifier: MIT */

/*
 * A key that more objects hold than are kept in memory: what a broken script has written to all of them. It is judged as one all the
 * same, since what is said of the first holder may depend on the last: all are read three times, a part at a time. Keys are
 * hashes, so that two values may be behind one; then all that for each.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/apply-key.h"

void key_many_done(KeyMany *many)
{
        for (size_t i = 0; i < many->n_values; i++)
                buffer_done(&many->values[i]);
        free(many->values);
        *many = (KeyMany){};
}

static int many_add_value(KeyMany *many, Slice value)
{
        Buffer *values = reallocarray(many->values, many->n_values + 1, sizeof(*values));

        if (!values)
                return -ENOMEM;
        many->values = values;
        values[many->n_values] = (Buffer)BUFFER_INIT;
        return buffer_append(&values[many->n_values++], value.data, value.size);
}

/* Which of the values behind the key it is; new ones are added. Negative: -ENOMEM. */
static int many_find_value(KeyMany *many, Slice value)
{
        int r;

        for (size_t i = 0; i < many->n_values; i++)
                if (slice_equal(value, (Slice){ many->values[i].data, many->values[i].size }))
                        return (int)i;

        r = many_add_value(many, value);
        return r < 0 ? r : (int)many->n_values - 1;
}

/* Keeps, of the part that was read, the holders of the value that is judged. How many, or negative. */
static int many_select(KeyBench *bench, KeySpace space, size_t n_read)
{
        KeyMany *many = &bench->many;
        size_t n = 0;

        for (size_t i = 0; i < n_read; i++) {
                KeyHolder *holder = bench->order[i];
                int value = many_find_value(many, holder->claim->folded);

                if (value < 0)
                        return value;
                if ((size_t)value != many->value)
                        continue;
                bench->order[n] = holder;
                bench->holders[n++] = key_holder_make(holder, space);
        }

        return (int)n;
}

static int many_tell(Apply *apply, int64_t key, size_t n)
{
        KeyBench *bench = apply->bench;
        KeySpace space = (KeySpace)claim_key_space(key);
        const KeyOutcome *here = NULL, *cloud = NULL;
        int r = 0;

        if (key_needs_judgement(space, bench->many.n, bench->many.places)) {
                r = evaluate_key_part(KEY_ROUND_VERDICTS, bench->holders, n, bench->outcome);
                here = bench->outcome;
        }
        if (r >= 0)
                r = apply_cloud_judge(apply, space, bench->holders, n, &cloud);
        for (size_t i = 0; i < n && r >= 0; i++)
                r = apply_tell_holder(apply, key, bench->order[i], i, here, cloud);
        return r;
}

static int many_show(Apply *apply, int64_t key, size_t n)
{
        KeyBench *bench = apply->bench;
        KeyMany *many = &bench->many;

        switch (many->round) {
        case KEY_ROUND_PERSONS:
                many->n += n;
                for (size_t i = 0; i < n; i++)
                        many->places |= bench->holders[i].claim->places;
                return evaluate_key_part(many->round, bench->holders, n, bench->outcome);
        case KEY_ROUND_COUNTS:
                return evaluate_key_part(many->round, bench->holders, n, bench->outcome);
        case KEY_ROUND_VERDICTS:
                return many_tell(apply, key, n);
        }

        return 0;
}

static void many_begin_value(Apply *apply, int64_t key)
{
        KeyMany *many = &apply->bench->many;

        many->round = KEY_ROUND_PERSONS;
        many->n = 0;
        many->places = 0;
        evaluate_key_begin((KeySpace)claim_key_space(key), apply->bench->outcome);
}

/* The next round, or the next value. False: that was all. */
static bool many_go_on(Apply *apply, int64_t key)
{
        KeyMany *many = &apply->bench->many;

        apply->key_after = 0;
        switch (many->round) {
        case KEY_ROUND_PERSONS:
                many->round = KEY_ROUND_COUNTS;
                return true;
        case KEY_ROUND_COUNTS:
                many->round = KEY_ROUND_VERDICTS;
                return true;
        case KEY_ROUND_VERDICTS:
                many->value++;
                many_begin_value(apply, key);
                return many->value < many->n_values;
        }

        return false;
}

int apply_many(Apply *apply, int64_t key, Budget *budget)
{
        KeyMany *many = &apply->bench->many;
        bool goes_on = true;

        if (!many->is_begun) {
                many->is_begun = true;
                many_begin_value(apply, key);
        }

        while (goes_on) {
                bool has_more;
                size_t n_read;
                int r;

                if (budget_is_spent(budget))
                        return APPLY_MORE;

                r = apply_load_part(apply, key, &n_read, &has_more);
                if (r < 0)
                        return r;
                budget_spend(budget, (int64_t)n_read * BUDGET_OBJECT);

                r = many_select(apply->bench, (KeySpace)claim_key_space(key), n_read);
                if (r > 0)
                        r = many_show(apply, key, (size_t)r);
                if (r < 0)
                        return r;
                if (!has_more)
                        goes_on = many_go_on(apply, key);
        }

        key_many_done(many);
        return 0;
}
