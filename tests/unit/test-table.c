/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "ctl/csv.h"
#include "ctl/table.h"
#include "lib/core/text.h"
#include "tests/unit/check-main.h"

static const Column columns[] = {
        { .title = "SEVERITY" },
        { .title = "N", .is_right = true },
        { .title = "OBJECT", .label = "object", .least = 10 },
        { .title = "VALUE", .label = "value", .least = 10 },
        { .title = "DETAIL", .label = "detail", .least = 1, .is_extra = true },
};

static void add_row(Table *table, const char *severity, const char *n, const char *object,
                    const char *value, const char *detail)
{
        const char *const cells[] = { severity, n, object, value, detail };

        for (size_t i = 0; i < 5; i++)
                ck_assert_int_eq(table_add(table, i == 0 ? STYLE_ERROR : STYLE_PLAIN, cells[i]), 0);
}

/* What two rows look like on so many columns; the caller frees it. */
static char *print(size_t width, bool has_legend, bool has_unicode)
{
        char *text = NULL;
        size_t size = 0;
        FILE *stream = open_memstream(&text, &size);
        Output output;
        Table *table;

        output_init(&output, stream, width);
        output.has_legend = has_legend;
        output.has_unicode = has_unicode;
        ck_assert_int_eq(table_new(columns, 5, &table), 0);
        add_row(table, "error", "7", "CN=Anna Berg,OU=Staff,DC=corp", "mail: anna@corp.example",
                "as it is");
        table_print(table, &output);
        add_row(table, "notice", "12", "CN=東京,DC=corp", NULL, NULL);
        table_print(table, &output);
        (void)table_free(table);
        ck_assert_int_eq(fclose(stream), 0);
        return text;
}

START_TEST(where_there_is_room_rows_are_lines_and_columns_stand_below_each_other)
{
        char *text = print(120, true, true);

        ck_assert_str_eq(text,
                         "SEVERITY  N  OBJECT                         VALUE\n"
                         "error     7  CN=Anna Berg,OU=Staff,DC=corp  mail: anna@corp.example\n"
                         "notice    12  CN=東京,DC=corp\n");
        free(text);
}
END_TEST

START_TEST(nothing_is_cut_where_nobody_said_how_wide)
{
        char *text = print(0, false, true);

        ck_assert_ptr_nonnull(
                strstr(text, "CN=Anna Berg,OU=Staff,DC=corp  mail: anna@corp.example  as it is\n"));
        ck_assert_ptr_null(strstr(text, "SEVERITY"));
        free(text);
}
END_TEST

START_TEST(one_long_value_does_not_push_all_others_away_where_nothing_is_cut)
{
        char long_value[301] = "", *text = NULL;
        size_t size = 0;
        FILE *stream = open_memstream(&text, &size);
        Output output;
        Table *table;

        memset(long_value, 'x', 300);
        output_init(&output, stream, 0);
        ck_assert_int_eq(table_new(columns, 5, &table), 0);
        add_row(table, "error", "1", long_value, "v", NULL);
        add_row(table, "error", "2", "short", "v", NULL);
        table_print(table, &output);
        (void)table_free(table);
        ck_assert_int_eq(fclose(stream), 0);

        ck_assert_ptr_nonnull(strstr(text, long_value));
        ck_assert_ptr_nonnull(
                strstr(text, "short                                                         v\n"));
        free(text);
}
END_TEST

START_TEST(spare_columns_are_left_out_before_anything_is_cut)
{
        static const Column spare[] = { { .title = "RULE" },
                                        { .title = "CLASS", .is_spare = true },
                                        { .title = "WHAT", .label = "what", .least = 4 } };
        char *text = NULL;
        size_t size = 0;
        FILE *stream = open_memstream(&text, &size);
        Output output;
        Table *table;

        output_init(&output, stream, 24);
        ck_assert_int_eq(table_new(spare, 3, &table), 0);
        ck_assert_int_eq(table_add(table, STYLE_PLAIN, "a-rule"), 0);
        ck_assert_int_eq(table_add(table, STYLE_PLAIN, "altered"), 0);
        ck_assert_int_eq(table_add(table, STYLE_PLAIN, "what it says"), 0);
        table_print(table, &output);
        (void)table_free(table);
        ck_assert_int_eq(fclose(stream), 0);
        ck_assert_str_eq(text, "RULE    WHAT\na-rule  what it says\n");
        free(text);
}
END_TEST

START_TEST(flexible_columns_give_way_the_widest_first)
{
        char *text = print(46, true, true);

        ck_assert_str_eq(text, "SEVERITY  N  OBJECT           VALUE\n"
                               "error     7  CN=Anna Berg,O…  mail: anna@corp…\n"
                               "notice    12  CN=東京,DC=corp\n");
        free(text);
}
END_TEST

START_TEST(without_unicode_the_sign_of_a_cut_is_dots)
{
        char *text = print(46, false, false);

        ck_assert_ptr_nonnull(strstr(text, "..."));
        ck_assert_ptr_null(strstr(text, "…"));
        free(text);
}
END_TEST

START_TEST(where_too_little_is_left_cells_get_lines_of_their_own_and_none_is_cut)
{
        char *text = print(30, true, true);

        ck_assert_str_eq(text, "error  7\n"
                               "  object  CN=Anna Berg,\n"
                               "          OU=Staff,DC=corp\n"
                               "  value   mail:\n"
                               "          anna@corp.example\n"
                               "  detail  as it is\n"
                               "notice  12\n"
                               "  object  CN=東京,DC=corp\n");
        free(text);
}
END_TEST

START_TEST(no_line_is_wider_than_the_terminal)
{
        static const char *const pieces[] = { "CN=",       "Müller",   ",", " ",         "東京都",
                                              "e\xcc\x81", "\x1b[31m", "x", "OU=Staff,", "\xff" };
        uint64_t state = test_seed();

        for (int i = 0; i < 200; i++) {
                size_t width = 30 + test_random(&state) % 100;
                char *text = NULL, *line, *rest;
                size_t size = 0;
                FILE *stream = open_memstream(&text, &size);
                Output output;
                Table *table;

                output_init(&output, stream, width);
                ck_assert_int_eq(table_new(columns, 5, &table), 0);
                for (int row = 0; row < 5; row++) {
                        char cells[2][400] = { "", "" };

                        for (unsigned k = 0; k < 40; k++)
                                strcat(cells[k % 2], pieces[test_random(&state) % 10]);
                        add_row(table, "warning", "123", cells[0], cells[1], NULL);
                }
                table_print(table, &output);
                (void)table_free(table);
                ck_assert_int_eq(fclose(stream), 0);

                rest = text;
                while ((line = strsep(&rest, "\n")))
                        ck_assert_msg(text_width(line) <= width, "%zu columns of %zu: %s",
                                      text_width(line), width, line);
                free(text);
        }
}
END_TEST

START_TEST(no_value_reaches_the_terminal_as_it_is)
{
        _cleanup_buffer_ Buffer buffer = BUFFER_INIT;

        ck_assert_int_eq(output_safe("a\x1b[31mb\nc\\d\xff\xe2\x80\xae", &buffer), 0);
        ck_assert_str_eq(buffer_string(&buffer), "a\\x1B[31mb\\x0Ac\\d\\xFF\\u{202E}");
}
END_TEST

START_TEST(colours_are_there_only_when_asked_for)
{
        char *text = NULL;
        size_t size = 0;
        FILE *stream = open_memstream(&text, &size);
        Output output;

        output_init(&output, stream, 80);
        output_text(&output, STYLE_ERROR, "plain ");
        output.has_colour = true;
        output_text(&output, STYLE_ERROR, "red");
        output_text(&output, STYLE_PLAIN, " none");
        ck_assert_int_eq(fclose(stream), 0);
        ck_assert_str_eq(text, "plain \033[1;31mred\033[0m none");
        free(text);
}
END_TEST

START_TEST(csv_quotes_what_must_be_and_disarms_formulas)
{
        static const char *const cells[] = { "plain", NULL,    "",   "a,b", "say \"hi\"",
                                             "=1+1",  "+47 1", "-x", "@x",  "two\nlines" };
        char *text = NULL;
        size_t size = 0;
        FILE *stream = open_memstream(&text, &size);

        csv_row(stream, cells, 10);
        ck_assert_int_eq(fclose(stream), 0);
        ck_assert_str_eq(text, "plain,,,\"a,b\",\"say \"\"hi\"\"\",\"'=1+1\",\"'+47 "
                               "1\",\"'-x\",\"'@x\",\"two\nlines\"\n");
        free(text);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("table");
        TCase *tcase = tcase_create("table");

        tcase_add_test(tcase,
                       where_there_is_room_rows_are_lines_and_columns_stand_below_each_other);
        tcase_add_test(tcase, nothing_is_cut_where_nobody_said_how_wide);
        tcase_add_test(tcase, one_long_value_does_not_push_all_others_away_where_nothing_is_cut);
        tcase_add_test(tcase, spare_columns_are_left_out_before_anything_is_cut);
        tcase_add_test(tcase, flexible_columns_give_way_the_widest_first);
        tcase_add_test(tcase, without_unicode_the_sign_of_a_cut_is_dots);
        tcase_add_test(tcase,
                       where_too_little_is_left_cells_get_lines_of_their_own_and_none_is_cut);
        tcase_add_test(tcase, no_line_is_wider_than_the_terminal);
        tcase_add_test(tcase, no_value_reaches_the_terminal_as_it_is);
        tcase_add_test(tcase, colours_are_there_only_when_asked_for);
        tcase_add_test(tcase, csv_quotes_what_must_be_and_disarms_formulas);
        suite_add_tcase(suite, tcase);
        return suite;
}
