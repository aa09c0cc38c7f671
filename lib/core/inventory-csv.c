/* SPDX-License-Identifier: MIT */
#include "lib/core/inventory-csv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/json.h"

static void csv_forget_names(InventoryCsv *csv)
{
        for (size_t i = 0; i < csv->n_names; i++)
                free(csv->names[i]);
        free(csv->names);
        csv->names = NULL;
        csv->n_names = 0;
}

void inventory_csv_done(InventoryCsv *csv)
{
        csv_forget_names(csv);
        buffer_done(&csv->row);
        *csv = (InventoryCsv){};
}

static int csv_end_cell(InventoryCsv *csv)
{
        csv->n_cells++;
        csv->is_cell_begun = false;
        csv->is_quoted = csv->was_quote = false;
        return buffer_append_byte(&csv->row, 0);
}

static int csv_end_row(InventoryCsv *csv)
{
        int r;

        if (csv->is_comment) {
                csv->is_comment = csv->is_begun = false;
                return 0;
        }
        if (!csv->is_begun)
                return 0;

        r = csv_end_cell(csv);
        csv->is_begun = false;
        return r < 0 ? r : CSV_ROW;
}

/* The first of these outside of quotation marks in the first row is what separates. */
static bool csv_separates(InventoryCsv *csv, char c)
{
        if (csv->separator)
                return c == csv->separator;
        if (c != ',' && c != ';' && c != '\t')
                return false;
        csv->separator = c;
        return true;
}

static int csv_feed_plain(InventoryCsv *csv, char c)
{
        if (c == '\r')
                return 0;
        if (c == '\n')
                return csv_end_row(csv);
        if (c == '#' && !csv->names && !csv->is_begun)
                csv->is_comment = true;
        csv->is_begun = true;
        if (csv->is_comment)
                return 0;

        if (csv_separates(csv, c))
                return csv_end_cell(csv);
        if (c == '"' && !csv->is_cell_begun) {
                csv->is_cell_begun = csv->is_quoted = true;
                return 0;
        }
        csv->is_cell_begun = true;
        return buffer_append_byte(&csv->row, (uint8_t)c);
}

int inventory_csv_feed(InventoryCsv *csv, char c)
{
        if (!csv->is_quoted)
                return csv_feed_plain(csv, c);

        if (csv->was_quote) {
                csv->was_quote = false;
                if (c != '"') {
                        csv->is_quoted = false;
                        return csv_feed_plain(csv, c);
                }
                return buffer_append_byte(&csv->row, '"');
        }
        if (c == '"') {
                csv->was_quote = true;
                return 0;
        }
        return buffer_append_byte(&csv->row, (uint8_t)c);
}

int inventory_csv_end(InventoryCsv *csv)
{
        if (csv->is_quoted && !csv->was_quote)
                return -EBADMSG;
        return csv_end_row(csv);
}

static const char *csv_next_cell(const InventoryCsv *csv, const char *cell)
{
        return cell ? cell + strlen(cell) + 1 : (const char *)csv->row.data;
}

static int csv_take_names(InventoryCsv *csv)
{
        const char *cell = NULL;

        csv->names = calloc(csv->n_cells, sizeof(*csv->names));
        if (!csv->names)
                return -ENOMEM;

        for (size_t i = 0; i < csv->n_cells; i++) {
                cell = csv_next_cell(csv, cell);
                csv->names[i] = strdup(cell);
                if (!csv->names[i])
                        return -ENOMEM;
                csv->n_names++;
        }

        return 0;
}

static int csv_take_row(InventoryCsv *csv, json_object **ret, const char **ret_reason)
{
        _cleanup_json_ json_object *object = NULL;
        const char *cell = NULL;

        if (csv->n_cells != csv->n_names) {
                *ret_reason = csv->n_cells > csv->n_names ? "the row has more cells than columns"
                                                          : "the row has fewer cells than columns";
                return -EBADMSG;
        }

        object = json_object_new_object();
        if (!object)
                return -ENOMEM;

        for (size_t i = 0; i < csv->n_cells; i++) {
                int r;

                cell = csv_next_cell(csv, cell);
                r = json_add_string(object, csv->names[i], *cell ? cell : NULL);
                if (r < 0)
                        return r;
        }

        *ret = TAKE_PTR(object);
        return 0;
}

int inventory_csv_take(InventoryCsv *csv, json_object **ret, const char **ret_reason)
{
        int r;

        if (csv->names)
                r = csv_take_row(csv, ret, ret_reason);
        else {
                *ret = NULL;
                r = csv_take_names(csv);
        }
        buffer_reset(&csv->row);
        csv->n_cells = 0;
        return r;
}
