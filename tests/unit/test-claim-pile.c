/* SPDX-License-Identifier: MIT */

/* Claims of a whole domain, in memory and beyond. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/state/claim-pile.h"
#include "tests/unit/check-main.h"

#define CLAIMS 20000

static char folder[] = "/tmp/scand-test-claim-pile-XXXXXX", beside[64];

static void set_up(void)
{
        strcpy(folder, "/tmp/scand-test-claim-pile-XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(folder));
        snprintf(beside, sizeof(beside), "%s/scand.db", folder);
}

/* Fails where a file was left behind. */
static void tear_down(void)
{
        ck_assert_int_eq(rmdir(folder), 0);
}

/* Every object once under a key, many under the same one: keys of two spaces, a few of which very many hold. */
static int fill(ClaimPile *pile, size_t n, uint64_t random)
{
        for (size_t i = 0; i < n; i++) {
                uint64_t hash = test_random(&random);
                int r = claim_pile_add(
                        pile,
                        claim_key(i % 3 ? KEY_ADDRESS : CLAIM_SPACE_GUID, hash % 7 ? hash : 1),
                        (int64_t)(i + 1), (unsigned)i & 0xffff);

                if (r < 0)
                        return r;
        }
        return 0;
}

static int sort(ClaimPile *pile, unsigned *ret_steps)
{
        int r;

        *ret_steps = 0;
        do {
                Budget budget = BUDGET_OF(1);

                r = claim_pile_sort(pile, &budget);
                ++*ret_steps;
        } while (r > 0);
        return r;
}

static ClaimEntry *read_all(ClaimPile *pile)
{
        ClaimEntry *entries = calloc(pile->n ?: 1, sizeof(*entries)), *entry;

        for (size_t i = 0; i < pile->n; i++) {
                ck_assert_int_eq(claim_pile_at(pile, i, &entry), 0);
                ck_assert_uint_ge(claim_pile_ahead(pile, i), 1);
                ck_assert_uint_le(claim_pile_ahead(pile, i), pile->n - i);
                entries[i] = *entry;
        }
        return entries;
}

static void expect_equal(ClaimPile *pile, const ClaimEntry *entries)
{
        ClaimEntry *others = read_all(pile);

        for (size_t i = 0; i < pile->n; i++)
                ck_assert_msg(others[i].key == entries[i].key &&
                                      others[i].object == entries[i].object &&
                                      others[i].places == entries[i].places,
                              "claim %zu of %zu differs", i, pile->n);
        free(others);
}

static void withdraw_some(ClaimPile *pile)
{
        ClaimEntry *entry;

        for (size_t i = 0; i < pile->n; i += 1 + i % 5) {
                ck_assert_int_eq(claim_pile_at(pile, i, &entry), 0);
                claim_pile_withdraw(pile, entry);
        }
}

/* One run, the last one full or not, many of one claim each, more than the merge has room for at once. */
static const struct {
        size_t n, limit;
} sizes[] = {
        { 0, 1 },      { 1, 1 },    { 2, 1 },     { 500, 1 },       { 64, 64 },
        { 65, 64 },    { 128, 64 }, { 1000, 64 }, { CLAIMS, 1000 }, { CLAIMS, CLAIMS - 1 },
        { CLAIMS, 0 },
};

START_TEST(what_was_sorted_in_a_file_is_what_was_sorted_in_memory)
{
        uint64_t seed = test_seed();
        size_t n = sizes[_i].n;
        ClaimPile memory, file;
        ClaimEntry *entries;
        unsigned steps;

        claim_pile_init(&memory, n + 1, beside);
        claim_pile_init(&file, sizes[_i].limit, beside);
        ck_assert_int_eq(fill(&memory, n, seed), 0);
        ck_assert_int_eq(fill(&file, n, seed), 0);
        ck_assert_uint_eq(file.n, n);

        ck_assert_int_eq(sort(&memory, &steps), 0);
        ck_assert_int_lt(memory.sorted, 0);
        ck_assert_int_eq(sort(&file, &steps), 0);
        ck_assert_int_eq(file.sorted >= 0, n > file.limit);
        ck_assert_int_lt(file.runs, 0);
        ck_assert_msg(n < CLAIMS || steps > 10, "%u steps", steps);

        entries = read_all(&memory);
        for (size_t i = 1; i < n; i++)
                ck_assert_int_lt(claim_entry_compare(&entries[i - 1], &entries[i]), 0);
        expect_equal(&file, entries);
        free(entries);

        /* What was withdrawn stays so, also where its part of the file is read again. */
        withdraw_some(&memory);
        withdraw_some(&file);
        entries = read_all(&memory);
        expect_equal(&file, entries);
        expect_equal(&file, entries);
        free(entries);
        claim_pile_done(&memory);
        claim_pile_done(&file);
}
END_TEST

START_TEST(memory_is_bounded_by_the_limit)
{
        ClaimPile pile;
        unsigned steps;

        claim_pile_init(&pile, 100, beside);
        ck_assert_int_eq(fill(&pile, CLAIMS, test_seed()), 0);
        ck_assert_uint_eq(pile.memory.n, 100);
        ck_assert_uint_le(pile.run.n_allocated, 256);
        ck_assert_int_eq(sort(&pile, &steps), 0);
        ck_assert_uint_eq(pile.memory.n_allocated + pile.run.n_allocated, 0);
        for (size_t i = 0; i < pile.n; i++) {
                ClaimEntry *entry;

                ck_assert_int_eq(claim_pile_at(&pile, i, &entry), 0);
                ck_assert_uint_le(pile.n_window, 100);
        }
        claim_pile_done(&pile);
}
END_TEST

START_TEST(without_a_folder_everything_stays_in_memory)
{
        ClaimPile pile;
        unsigned steps;

        claim_pile_init(&pile, 100, NULL);
        ck_assert_int_eq(fill(&pile, 1000, test_seed()), 0);
        ck_assert_int_eq(sort(&pile, &steps), 0);
        ck_assert_int_lt(pile.sorted, 0);
        ck_assert_uint_eq(pile.n_window, 1000);
        claim_pile_done(&pile);
}
END_TEST

START_TEST(an_emptied_pile_can_be_filled_again)
{
        static const size_t limits[] = { 100, CLAIMS };

        for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
                ClaimPile pile;
                unsigned steps;
                int r;

                claim_pile_init(&pile, limits[i], beside);
                for (unsigned round = 0; round < 2; round++) {
                        ck_assert_int_eq(fill(&pile, 1000, test_seed()), 0);
                        ck_assert_int_eq(sort(&pile, &steps), 0);
                        do {
                                Budget budget = BUDGET_OF(1);

                                r = claim_pile_empty(&pile, &budget);
                        } while (r > 0);
                        ck_assert_int_eq(r, 0);
                        ck_assert_uint_eq(pile.n, 0);
                        ck_assert_int_lt(pile.sorted, 0);
                }
                claim_pile_done(&pile);
        }
}
END_TEST

/* The system's own refusals: files may not grow beyond this. */
static void limit_files(rlim_t size)
{
        const struct rlimit limit = { size, RLIM_INFINITY };

        ck_assert_ptr_ne(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(a_file_that_cannot_grow_is_said_whenever_it_is_noticed)
{
        const rlim_t whole = CLAIMS * sizeof(ClaimEntry);
        unsigned steps, while_added = 0, while_sorted = 0;

        for (rlim_t size = 0; size < whole; size += whole / 64 + 7) {
                ClaimPile pile;
                int r;

                limit_files(size);
                claim_pile_init(&pile, 1000, beside);
                r = fill(&pile, CLAIMS, 1);
                while_added += r < 0;
                if (r >= 0) {
                        r = sort(&pile, &steps);
                        while_sorted += r < 0;
                }
                claim_pile_done(&pile);
                limit_files(RLIM_INFINITY);
                ck_assert_msg(r == -EFBIG, "%llu bytes: %d", (unsigned long long)size, r);
        }

        ck_assert_uint_gt(while_added, 0);
        ck_assert_uint_gt(while_sorted, 0);
}
END_TEST

START_TEST(a_folder_that_is_gone_is_said)
{
        ClaimPile pile;

        claim_pile_init(&pile, 10, "/nowhere/at/all/scand.db");
        ck_assert_int_eq(fill(&pile, 100, 1), -ENOENT);
        claim_pile_done(&pile);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("claim-pile");
        TCase *tcase = tcase_create("claim-pile");

        (void)test_seed();
        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_loop_test(tcase, what_was_sorted_in_a_file_is_what_was_sorted_in_memory, 0,
                            (int)ARRAY_SIZE(sizes));
        tcase_add_test(tcase, memory_is_bounded_by_the_limit);
        tcase_add_test(tcase, without_a_folder_everything_stays_in_memory);
        tcase_add_test(tcase, an_emptied_pile_can_be_filled_again);
        tcase_add_test(tcase, a_file_that_cannot_grow_is_said_whenever_it_is_noticed);
        tcase_add_test(tcase, a_folder_that_is_gone_is_said);
        suite_add_tcase(suite, tcase);
        return suite;
}
