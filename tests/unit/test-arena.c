/* SPDX-License-Identifier: MIT */
#include "lib/core/arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/check-main.h"

START_TEST(copies_stay_where_they_are_when_more_are_made)
{
        _cleanup_(arena_done) Arena arena = {};
        const char *copies[2000];

        for (unsigned i = 0; i < ARRAY_SIZE(copies); i++) {
                char text[64];

                snprintf(text, sizeof(text), "the number %u", i);
                copies[i] = arena_copy(&arena, text, strlen(text));
                ck_assert_ptr_nonnull(copies[i]);
        }

        for (unsigned i = 0; i < ARRAY_SIZE(copies); i++) {
                char text[64];

                snprintf(text, sizeof(text), "the number %u", i);
                ck_assert_str_eq(copies[i], text);
        }
}
END_TEST

START_TEST(pieces_are_aligned_and_may_be_larger_than_a_chunk)
{
        _cleanup_(arena_done) Arena arena = {};
        static const size_t sizes[] = { 1, 3, 0, 100000, 7, 16384, 5 };

        for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
                uint8_t *piece = arena_allocate(&arena, sizes[i]);

                ck_assert_ptr_nonnull(piece);
                ck_assert_uint_eq((uintptr_t)piece % alignof(max_align_t), 0);
                memset(piece, 0xAA, sizes[i]);
        }
}
END_TEST

START_TEST(after_a_reset_the_same_memory_is_used_again)
{
        _cleanup_(arena_done) Arena arena = {};
        void *first = arena_allocate(&arena, 100), *large, *again;

        large = arena_allocate(&arena, 1000000);
        ck_assert_ptr_nonnull(large);
        arena_reset(&arena);
        again = arena_allocate(&arena, 100);

        ck_assert_ptr_eq(first, again);
}
END_TEST

START_TEST(impossible_sizes_are_refused)
{
        _cleanup_(arena_done) Arena arena = {};

        ck_assert_ptr_null(arena_allocate(&arena, SIZE_MAX));
        ck_assert_ptr_null(arena_allocate(&arena, SIZE_MAX - 40));
        ck_assert_ptr_null(arena_copy(&arena, "x", SIZE_MAX));
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("arena");
        TCase *arena = tcase_create("arena");

        tcase_add_test(arena, copies_stay_where_they_are_when_more_are_made);
        tcase_add_test(arena, pieces_are_aligned_and_may_be_larger_than_a_chunk);
        tcase_add_test(arena, after_a_reset_the_same_memory_is_used_again);
        tcase_add_test(arena, impossible_sizes_are_refused);
        suite_add_tcase(suite, arena);
        return suite;
}
