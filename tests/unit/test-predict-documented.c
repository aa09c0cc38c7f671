/* SPDX-License-Identifier: MIT */

/* Every row of data/proxy_addresses.tsv is a test: see the README beside it. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/predict.h"
#include "tests/unit/check-main.h"

static Tenant tenant;
static Arena arena;

/* Predictions of a row and of the rows before it, which borrow from one another. */
static struct Step {
        Object *object;
        Prediction prediction;
} steps[16];
static size_t n_steps;

static void set_up(void)
{
        tenant_init(&tenant);
}

static void tear_down(void)
{
        for (size_t i = 0; i < n_steps; i++) {
                prediction_done(&steps[i].prediction);
                steps[i].object = object_free(steps[i].object);
        }
        n_steps = 0;
        arena_done(&arena);
}

enum {
        COLUMN_ID,
        COLUMN_SOURCE,
        COLUMN_CONFIDENCE,
        COLUMN_INITIAL,
        COLUMN_VERIFIED,
        COLUMN_LICENSED,
        COLUMN_PREVIOUS,
        COLUMN_MAIL,
        COLUMN_NICKNAME,
        COLUMN_PROXIES,
        COLUMN_UPN,
        COLUMN_EXPECTED_UPN,
        COLUMN_EXPECTED_MAIL,
        COLUMN_EXPECTED_NICKNAME,
        COLUMN_EXPECTED_PRIMARY,
        COLUMN_EXPECTED_SECONDARY,
        COLUMN_NOTE,
        N_COLUMNS,
};

#define ROWS_MAX 200

static struct Row {
        char *cells[N_COLUMNS];
} rows[ROWS_MAX];
static size_t n_rows;

/* Before any test runs, because each row is one: ck_assert() does not work yet. */
static void complain(const char *why)
{
        (void)fprintf(stderr, "%s, behind row %zu: %s\n", VECTORS, n_rows, why);
        abort();
}

static void read_rows(void)
{
        FILE *file = fopen(VECTORS, "re");
        char *line = NULL;
        size_t size = 0;

        if (!file)
                complain(strerror(errno));
        while (getline(&line, &size, file) > 0) {
                char *rest = line;

                line[strcspn(line, "\r\n")] = '\0';
                if (strncmp(line, "id\t", 3) == 0)
                        continue;
                if (n_rows == ROWS_MAX)
                        complain("too many rows");
                for (size_t i = 0; i < N_COLUMNS; i++) {
                        if (!rest)
                                complain("too few columns");
                        rows[n_rows].cells[i] = strdup(strsep(&rest, "\t"));
                }
                n_rows++;
        }
        free(line);
        (void)fclose(file);
}

static const char *cell(const struct Row *row, int column)
{
        return row->cells[column];
}

/* A cell's values, parted by '|', as an array that ends with NULL; none for "-". */
static char **cell_values(const struct Row *row, int column)
{
        const char *text = cell(row, column);
        char *rest = arena_copy(&arena, text, strlen(text)), **values;
        size_t n = 0;

        values = arena_allocate(&arena, (strlen(text) + 2) * sizeof(*values));
        while (strcmp(text, "-") != 0 && rest)
                values[n++] = strsep(&rest, "|");
        values[n] = NULL;
        return values;
}

static const struct Row *find_row(const char *id)
{
        for (size_t i = 0; i < n_rows; i++)
                if (strcmp(cell(&rows[i], COLUMN_ID), id) == 0)
                        return &rows[i];
        ck_abort_msg("no row %s", id);
}

static void add_values(Object *to, const struct Row *row, int column, AttributeId attribute)
{
        for (char **value = cell_values(row, column); *value; value++)
                ck_assert_int_eq(object_add_string(to, attribute, *value), 0);
}

static Object *object_of_row(const struct Row *row)
{
        Object *made;

        ck_assert_int_eq(object_new(&made), 0);
        ck_assert_int_eq(object_add_string(made, ATTRIBUTE_OBJECT_CLASS, "user"), 0);
        add_values(made, row, COLUMN_MAIL, ATTRIBUTE_MAIL);
        add_values(made, row, COLUMN_NICKNAME, ATTRIBUTE_MAIL_NICKNAME);
        add_values(made, row, COLUMN_PROXIES, ATTRIBUTE_PROXY_ADDRESSES);
        /* KB 2643629's table names no user principal name: the one that goes with its addresses. */
        if (strcmp(cell(row, COLUMN_UPN), "?") == 0)
                ck_assert_int_eq(
                        object_add_string(made, ATTRIBUTE_USER_PRINCIPAL_NAME, "user1@contoso.com"),
                        0);
        else
                add_values(made, row, COLUMN_UPN, ATTRIBUTE_USER_PRINCIPAL_NAME);
        ck_assert_int_eq(object_seal(made), 0);
        return made;
}

static void differ(Buffer *differences, const char *what, const char *expected, Slice got)
{
        ck_assert_int_eq(buffer_append_format(differences, "%s: expected %s, predicted %.*s; ",
                                              what, expected, (int)got.size,
                                              got.size > 0 ? (const char *)got.data : ""),
                         0);
}

static void compare_one(const struct Row *row, int column, const char *what, Slice got,
                        Buffer *differences)
{
        const char *expected = cell(row, column);

        if (strcmp(expected, "?") == 0)
                return;
        if (!slice_equal(got, strcmp(expected, "-") == 0 ? (Slice){} : SLICE(expected)))
                differ(differences, what, expected, got);
}

/* In any order, because proxyAddresses has none. */
static void compare_secondary(const struct Row *row, const Prediction *got, Buffer *differences)
{
        char **expected = cell_values(row, COLUMN_EXPECTED_SECONDARY);
        size_t n = 0;

        if (strcmp(cell(row, COLUMN_EXPECTED_SECONDARY), "?") == 0)
                return;

        for (; expected[n]; n++) {
                bool is_there = false;

                for (size_t i = 0; i < got->n_secondary; i++)
                        is_there |= slice_equal(got->secondary[i], SLICE(expected[n]));
                if (!is_there)
                        differ(differences, "secondary", expected[n], (Slice){});
        }
        for (size_t i = 0; i < got->n_secondary && n != got->n_secondary; i++)
                differ(differences, "secondary", "other addresses", got->secondary[i]);
}

static void compare(const struct Row *row, const Prediction *got, Buffer *differences)
{
        compare_one(row, COLUMN_EXPECTED_UPN, "user principal name", got->user_principal_name,
                    differences);
        compare_one(row, COLUMN_EXPECTED_MAIL, "mail", got->primary, differences);
        compare_one(row, COLUMN_EXPECTED_NICKNAME, "nickname", got->mail_nickname, differences);
        compare_one(row, COLUMN_EXPECTED_PRIMARY, "primary", got->primary, differences);
        compare_secondary(row, got, differences);
}

/* The row's prediction, after those of the rows before it. */
static const Prediction *predict_row(const struct Row *row, bool unknown_licence)
{
        const char *previous = cell(row, COLUMN_PREVIOUS), *licensed = cell(row, COLUMN_LICENSED);
        PredictContext context = {
                .tenant = &tenant,
                .domain = "corp.example.com",
                .is_licensed =
                        strcmp(licensed, "?") == 0 ? unknown_licence : strcmp(licensed, "1") == 0,
                .is_moera_taken = strstr(previous, "(other object)"),
        };
        struct Step *step;

        if (strcmp(previous, "-") != 0 && !context.is_moera_taken)
                context.previous = &predict_row(find_row(previous), unknown_licence)->state;

        ck_assert_uint_lt(n_steps, ARRAY_SIZE(steps));
        step = &steps[n_steps++];
        step->object = object_of_row(row);
        tenant.initial_domain = row->cells[COLUMN_INITIAL];
        tenant.verified_domains = cell_values(row, COLUMN_VERIFIED);
        ck_assert_int_eq(predict(&context, step->object, &step->prediction), 0);
        return &step->prediction;
}

/* Appends what differs, whatever the licence is where the row does not say. */
static void find_differences(const struct Row *row, Buffer *differences)
{
        for (int licence = 0; licence < 2; licence++)
                compare(row, predict_row(row, licence), differences);
}

START_TEST(every_documented_row_is_predicted)
{
        const struct Row *row = &rows[_i];
        const char *confidence = cell(row, COLUMN_CONFIDENCE), *differences;
        _cleanup_buffer_ Buffer text = BUFFER_INIT;

        find_differences(row, &text);
        differences = buffer_string(&text);

        /* What nobody documented may differ, but not in silence. */
        if (strcmp(confidence, "derived-low") == 0 || strcmp(confidence, "unknown") == 0) {
                printf("# %s (%s): %s\n", cell(row, COLUMN_ID), confidence,
                       *differences ? differences : "as expected");
                (void)fflush(stdout);
                return;
        }

        ck_assert_msg(strcmp(confidence, "doc") == 0 || strcmp(confidence, "doc-old") == 0 ||
                              strcmp(confidence, "derived") == 0,
                      "%s: what is the confidence %s?", cell(row, COLUMN_ID), confidence);
        ck_assert_msg(!*differences, "%s: %s", cell(row, COLUMN_ID), differences);
}
END_TEST

START_TEST(a_wrong_expectation_is_noticed_in_every_column)
{
        static const int columns[] = { COLUMN_EXPECTED_UPN, COLUMN_EXPECTED_MAIL,
                                       COLUMN_EXPECTED_NICKNAME, COLUMN_EXPECTED_PRIMARY,
                                       COLUMN_EXPECTED_SECONDARY };
        static char wrong[] = "someone@else.example", nothing[] = "-";

        for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
                struct Row row = *find_row("S2b");
                _cleanup_buffer_ Buffer with_another = BUFFER_INIT, with_none = BUFFER_INIT;

                row.cells[columns[i]] = wrong;
                find_differences(&row, &with_another);
                ck_assert_uint_gt(with_another.size, 0);
                row.cells[columns[i]] = nothing;
                find_differences(&row, &with_none);
                ck_assert_uint_gt(with_none.size, 0);
                tear_down();
        }
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("predict-documented");
        TCase *tcase = tcase_create("rows");

        read_rows();
        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_loop_test(tcase, every_documented_row_is_predicted, 0, (int)n_rows);
        tcase_add_test(tcase, a_wrong_expectation_is_noticed_in_every_column);
        suite_add_tcase(suite, tcase);
        return suite;
}
