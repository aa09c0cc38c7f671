/* SPDX-License-Identifier: MIT */
#include "ctl/table.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "lib/core/text-cut.h"
#include "lib/core/text.h"

#define GAP               2  /* columns between two cells */
#define UNLIMITED_COLUMNS 60 /* of a flexible column where nobody said how wide the output is */

typedef struct Cell {
        size_t offset; /* into the table's texts */
        Style style;
} Cell;

typedef enum TableLayout {
        TABLE_UNDECIDED,
        TABLE_COLUMNS,
        TABLE_STACKED,
} TableLayout;

struct Table {
        const Column *columns;
        size_t n_columns;
        Buffer texts; /* each with its NUL */
        Cell *cells;
        size_t n_cells, n_allocated;
        TableLayout layout;
        size_t *widths;  /* of each column, once the layout is decided */
        bool is_limited; /* by the output's width */
        bool is_short;   /* spare columns are left out */
};

int table_new(const Column *columns, size_t n_columns, Table **ret)
{
        _cleanup_(table_freep) Table *table = calloc(1, sizeof(*table));

        if (!table)
                return -ENOMEM;

        table->columns = columns;
        table->n_columns = n_columns;
        table->widths = calloc(n_columns, sizeof(*table->widths));
        if (!table->widths)
                return -ENOMEM;

        *ret = TAKE_PTR(table);
        return 0;
}

Table *table_free(Table *table)
{
        if (!table)
                return NULL;

        buffer_done(&table->texts);
        free(table->cells);
        free(table->widths);
        free(table);
        return NULL;
}

int table_add(Table *table, Style style, const char *text)
{
        size_t offset = table->texts.size;
        int r;

        if (table->n_cells == table->n_allocated) {
                size_t n = table->n_allocated ? 2 * table->n_allocated : 64;
                Cell *cells = reallocarray(table->cells, n, sizeof(*cells));

                if (!cells)
                        return -ENOMEM;
                table->cells = cells;
                table->n_allocated = n;
        }

        r = output_safe(text ? text : "", &table->texts);
        if (r < 0)
                return r;
        r = buffer_append_byte(&table->texts, 0);
        if (r < 0)
                return r;

        table->cells[table->n_cells++] = (Cell){ .offset = offset, .style = style };
        return 0;
}

int table_add_format(Table *table, Style style, const char *format, ...)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;
        va_list list;
        int r;

        va_start(list, format);
        r = buffer_append_vformat(&text, format, list);
        va_end(list);
        if (r < 0 || !buffer_string(&text))
                return -ENOMEM;

        return table_add(table, style, buffer_string(&text));
}

static const char *cell_text(const Table *table, const Cell *cell)
{
        return (const char *)table->texts.data + cell->offset;
}

static bool is_flexible(const Column *column)
{
        return column->least > 0;
}

static bool is_hidden(const Table *table, const Column *column)
{
        return (column->is_extra && table->layout == TABLE_COLUMNS && table->is_limited) ||
               (column->is_spare && table->is_short);
}

static void table_natural_widths(Table *table, const Output *output)
{
        for (size_t i = 0; i < table->n_columns; i++) {
                table->widths[i] = output->has_legend ? text_width(table->columns[i].title) : 0;
                for (size_t k = i; k < table->n_cells; k += table->n_columns) {
                        size_t width = text_width(cell_text(table, &table->cells[k]));

                        if (width > table->widths[i])
                                table->widths[i] = width;
                }

                /* Nothing is cut there, but one long value should not push all others out of sight. */
                if (output->width == 0 && is_flexible(&table->columns[i]) &&
                    table->widths[i] > UNLIMITED_COLUMNS)
                        table->widths[i] = UNLIMITED_COLUMNS;
        }
}

static size_t table_width(const Table *table)
{
        size_t sum = 0;

        for (size_t i = 0; i < table->n_columns; i++)
                if (!is_hidden(table, &table->columns[i]))
                        sum += table->widths[i] + (sum > 0 ? GAP : 0);
        return sum;
}

/*
 * Takes columns away, always from the widest flexible one, so that narrow ones stay whole. False: it cannot be done.
 */
static bool table_shrink(Table *table, size_t width)
{
        for (size_t excess = table_width(table) - width; excess > 0; excess--) {
                size_t widest = SIZE_MAX;

                for (size_t i = 0; i < table->n_columns; i++) {
                        const Column *column = &table->columns[i];

                        if (!is_flexible(column) || is_hidden(table, column) ||
                            table->widths[i] <= column->least)
                                continue;
                        if (widest == SIZE_MAX || table->widths[i] > table->widths[widest])
                                widest = i;
                }
                if (widest == SIZE_MAX)
                        return false;

                table->widths[widest]--;
        }

        return true;
}

static void table_decide(Table *table, const Output *output)
{
        table_natural_widths(table, output);

        table->layout = TABLE_COLUMNS;
        table->is_limited = output->width > 0;
        if (!table->is_limited || table_width(table) <= output->width)
                return;
        table->is_short = true;
        if (table_width(table) <= output->width || table_shrink(table, output->width))
                return;
        table->layout = TABLE_STACKED;
}

/*
 * Spaces are owed until something follows them, so that no line ends in any. `*pending` is what is owed before this cell, and
 * then after it.
 */
static void print_cell(const Column *column, Output *output, Style style, const char *text,
                       size_t width, bool is_cut, size_t *pending)
{
        const char *sign = output->has_unicode ? "…" : "...";
        size_t used = text_width(text), size = strlen(text), sign_width = text_width(sign);

        if (is_cut && used > width && width > sign_width) {
                _cleanup_free_ char *beginning = NULL;

                size = text_cut(text, width - sign_width);
                beginning = strndup(text, size);
                used = (beginning ? text_width(beginning) : 0) + sign_width;
        } else
                sign = "";

        if (size > 0) {
                output_fill(output, ' ',
                            *pending + (column->is_right && used < width ? width - used : 0));
                output_format(output, style, "%.*s%s", (int)size, text, sign);
                *pending = 0;
        }
        *pending += GAP + (used < width && !(column->is_right && size > 0) ? width - used : 0);
}

static void table_print_titles(const Table *table, Output *output)
{
        size_t pending = 0;

        for (size_t i = 0; i < table->n_columns; i++)
                if (!is_hidden(table, &table->columns[i]))
                        print_cell(&table->columns[i], output, STYLE_FAINT, table->columns[i].title,
                                   table->widths[i], true, &pending);
        (void)putc('\n', output->stream);
}

static void table_print_columns(const Table *table, Output *output, const Cell *row)
{
        size_t pending = 0;

        for (size_t i = 0; i < table->n_columns; i++) {
                const Column *column = &table->columns[i];
                bool is_cut = output->width > 0 && is_flexible(column);

                if (!is_hidden(table, column))
                        print_cell(column, output, row[i].style, cell_text(table, &row[i]),
                                   table->widths[i], is_cut, &pending);
        }
        (void)putc('\n', output->stream);
}

static size_t table_label_width(const Table *table)
{
        size_t widest = 0;

        for (size_t i = 0; i < table->n_columns; i++) {
                size_t width =
                        is_flexible(&table->columns[i]) ? text_width(table->columns[i].label) : 0;

                if (width > widest)
                        widest = width;
        }

        return widest;
}

static void table_print_stacked(const Table *table, Output *output, const Cell *row)
{
        size_t label_width = table_label_width(table);
        bool is_first = true;

        for (size_t i = 0; i < table->n_columns; i++) {
                const char *text = cell_text(table, &row[i]);

                if (is_flexible(&table->columns[i]) || is_hidden(table, &table->columns[i]) ||
                    *text == '\0')
                        continue;
                output_fill(output, ' ', is_first ? 0 : GAP);
                output_text(output, row[i].style, text);
                is_first = false;
        }
        output_fill(output, '\n', is_first ? 0 : 1);

        for (size_t i = 0; i < table->n_columns; i++) {
                const Column *column = &table->columns[i];
                const char *text = cell_text(table, &row[i]);

                if (!is_flexible(column) || *text == '\0')
                        continue;
                output_fill(output, ' ', GAP);
                output_text(output, STYLE_FAINT, column->label);
                output_fill(output, ' ', label_width - text_width(column->label) + GAP);
                output_wrapped(output, row[i].style, text, label_width + 2 * GAP, 0);
        }
}

void table_print(Table *table, Output *output)
{
        assert(table->n_cells % table->n_columns == 0);

        if (table->n_cells == 0)
                return;

        if (table->layout == TABLE_UNDECIDED) {
                table_decide(table, output);
                if (output->has_legend && table->layout == TABLE_COLUMNS)
                        table_print_titles(table, output);
        }

        for (size_t i = 0; i < table->n_cells; i += table->n_columns) {
                if (table->layout == TABLE_STACKED)
                        table_print_stacked(table, output, &table->cells[i]);
                else
                        table_print_columns(table, output, &table->cells[i]);
        }

        table->n_cells = 0;
        buffer_reset(&table->texts);
}
