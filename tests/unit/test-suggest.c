/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "lib/core/suggest.h"
#include "lib/core/util.h"
#include "tests/unit/check-main.h"

#define LONGEST 12

static const char *nearest(const char *word, const char *const *candidates, size_t n)
{
        Suggestion suggestion;

        suggestion_init(&suggestion, word);
        for (size_t i = 0; i < n; i++)
                suggestion_consider(&suggestion, candidates[i]);
        return suggestion.best;
}

START_TEST(the_nearest_word_is_suggested)
{
        static const char *const names[] = { "proxyAddresses", "mail",   "mailNickname",
                                             "manager",        "member", "memberOf" };
        static const struct {
                const char *word, *best;
        } cases[] = {
                { "proxyAdresses", "proxyAddresses" },   /* left out */
                { "proxyAddressses", "proxyAddresses" }, /* too many */
                { "PROXYADDRESSES", "proxyAddresses" },  /* another case */
                { "mial", "mail" },                      /* swapped */
                { "mbmer", NULL },       /* swapped and left out: too much for so short a word */
                { "memberO", "member" }, /* as near as "memberOf", which comes later */
                { "telephone", NULL },
                { "", NULL },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                ck_assert_pstr_eq(nearest(cases[i].word, names, ARRAY_SIZE(names)), cases[i].best);
}
END_TEST

static size_t least(size_t a, size_t b)
{
        return a < b ? a : b;
}

/* The whole table, without a limit, of lower-case words. */
static size_t plain_distance(const char *a, const char *b)
{
        size_t table[LONGEST + 1][LONGEST + 1], n_a = strlen(a), n_b = strlen(b);

        for (size_t i = 0; i <= n_a; i++)
                for (size_t j = 0; j <= n_b; j++) {
                        if (i == 0 || j == 0) {
                                table[i][j] = i + j;
                                continue;
                        }
                        table[i][j] = least(least(table[i - 1][j], table[i][j - 1]) + 1,
                                            table[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
                        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                                table[i][j] = least(table[i][j], table[i - 2][j - 2] + 1);
                }
        return table[n_a][n_b];
}

static void make_word(uint64_t *state, char *ret)
{
        size_t n = test_random(state) % (LONGEST + 1);

        for (size_t i = 0; i < n; i++)
                ret[i] = (char)('a' + test_random(state) % 3);
        ret[n] = '\0';
}

/* Not to count to the end what is too far away leaves the answer as it was. */
START_TEST(what_is_not_counted_to_the_end_was_not_near)
{
        uint64_t state = test_seed();
        size_t n_found = 0;

        for (unsigned round = 0; round < 20000; round++) {
                char word[LONGEST + 1], candidates[5][LONGEST + 1];
                const char *pointers[ARRAY_SIZE(candidates)], *expected = NULL;
                size_t best = SIZE_MAX;

                make_word(&state, word);
                for (size_t i = 0; i < ARRAY_SIZE(candidates); i++) {
                        size_t d;

                        make_word(&state, candidates[i]);
                        pointers[i] = candidates[i];
                        d = plain_distance(word, candidates[i]);
                        if ((d <= 1 || d * 3 <= strlen(word)) && d < best) {
                                best = d;
                                expected = candidates[i];
                        }
                }

                ck_assert_msg(nearest(word, pointers, ARRAY_SIZE(pointers)) == expected, "%s: %s",
                              word, expected ? expected : "nothing");
                n_found += expected != NULL;
        }
        ck_assert_uint_gt(n_found, 1000);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("suggest");
        TCase *all = tcase_create("suggest");

        tcase_add_test(all, the_nearest_word_is_suggested);
        tcase_add_test(all, what_is_not_counted_to_the_end_was_not_near);
        suite_add_tcase(suite, all);
        return suite;
}
