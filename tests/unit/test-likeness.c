/* SPDX-License-Identifier: MIT */
#include "lib/state/likeness.h"

#include "tests/unit/check-main.h"

static LikenessTable table;

static void set_up(void)
{
        table = (LikenessTable){};
}

static void tear_down(void)
{
        likeness_table_done(&table);
}

static void add(uint64_t number, int64_t id)
{
        const Likeness likeness = { .number = number, .id = id, .password_changed = 10 * id };

        ck_assert_int_eq(likeness_table_add(&table, &likeness), 0);
}

START_TEST(each_is_found_by_its_number)
{
        ck_assert_ptr_null(likeness_table_find(&table, 1));
        for (int64_t id = 1; id <= 10000; id++)
                add((uint64_t)id * UINT64_C(0x9e3779b97f4a7c15), id);
        for (int64_t id = 1; id <= 10000; id++) {
                const Likeness *found =
                        likeness_table_find(&table, (uint64_t)id * UINT64_C(0x9e3779b97f4a7c15));

                ck_assert_ptr_nonnull(found);
                ck_assert_int_eq(found->id, id);
                ck_assert_int_eq(found->password_changed, 10 * id);
        }
        ck_assert_ptr_null(likeness_table_find(&table, 1));
        ck_assert_ptr_null(likeness_table_find(&table, 0));
}
END_TEST

/* Their places are the same; they are not. */
START_TEST(numbers_that_end_alike_are_told_apart)
{
        add(UINT64_C(1) << 40, 1);
        add(UINT64_C(2) << 40, 2);
        add(UINT64_C(3) << 40, 3);
        ck_assert_int_eq(likeness_table_find(&table, UINT64_C(2) << 40)->id, 2);
        ck_assert_int_eq(likeness_table_find(&table, UINT64_C(3) << 40)->id, 3);
        ck_assert_ptr_null(likeness_table_find(&table, UINT64_C(4) << 40));
}
END_TEST

START_TEST(what_several_have_is_nobodys)
{
        add(7, 1);
        add(8, 2);
        add(7, 3);
        ck_assert_ptr_null(likeness_table_find(&table, 7));
        add(7, 4);
        ck_assert_ptr_null(likeness_table_find(&table, 7));
        ck_assert_int_eq(likeness_table_find(&table, 8)->id, 2);
}
END_TEST

START_TEST(what_was_reserved_does_not_grow)
{
        const Likeness *slots;

        add(5, 5);
        ck_assert_int_eq(likeness_table_reserve(&table, 5000), 0);
        slots = table.slots;
        ck_assert_int_eq(likeness_table_find(&table, 5)->id, 5);
        for (int64_t id = 6; id <= 5000; id++)
                add((uint64_t)id, id);
        ck_assert_ptr_eq(table.slots, slots);
}
END_TEST

START_TEST(the_most_that_fit_take_no_more_memory)
{
        for (size_t bytes = 0; bytes < 100000; bytes += 777) {
                size_t most = likeness_table_most(bytes);

                ck_assert_uint_ge(most, 1);
                likeness_table_done(&table);
                ck_assert_int_eq(likeness_table_reserve(&table, most), 0);
                if (bytes >= 64 * sizeof(Likeness)) /* the least that a table has */
                        ck_assert_uint_le(table.n_slots * sizeof(Likeness), bytes);
        }
}
END_TEST

START_TEST(what_is_reset_is_empty)
{
        add(7, 1);
        likeness_table_reset(&table);
        ck_assert_ptr_null(likeness_table_find(&table, 7));
        add(7, 2);
        ck_assert_int_eq(likeness_table_find(&table, 7)->id, 2);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("likeness");
        TCase *tests = tcase_create("likeness");

        tcase_add_checked_fixture(tests, set_up, tear_down);
        tcase_add_test(tests, each_is_found_by_its_number);
        tcase_add_test(tests, numbers_that_end_alike_are_told_apart);
        tcase_add_test(tests, what_several_have_is_nobodys);
        tcase_add_test(tests, what_was_reserved_does_not_grow);
        tcase_add_test(tests, the_most_that_fit_take_no_more_memory);
        tcase_add_test(tests, what_is_reset_is_empty);
        suite_add_tcase(suite, tests);
        return suite;
}
