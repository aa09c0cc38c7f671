/* SPDX-License-Identifier: MIT */
#pragma once

/* Rows of comma-separated values (RFC 4180), as Export-Csv and the portal write them; semicolons and tabs separate as well. */

#include <json-c/json.h>
#include <stdbool.h>

#include "lib/core/buffer.h"

typedef struct InventoryCsv {
        char separator; /* as the first row has it; NUL: not known so far */
        char **names;   /* of the columns */
        size_t n_names;
        Buffer row; /* its cells, each with a NUL behind */
        size_t n_cells;
        bool is_quoted;  /* within quotation marks */
        bool was_quote;  /* the last byte was one that may end them */
        bool is_begun;   /* there is something in the row */
        bool is_comment; /* "#TYPE …", in front of everything */
        bool is_cell_begun;
} InventoryCsv;

void inventory_csv_done(InventoryCsv *csv);

enum {
        CSV_ROW = 1, /* a row is complete */
};

/* Takes one byte of UTF-8 text, no NUL. 0, CSV_ROW, or -ENOMEM. */
int inventory_csv_feed(InventoryCsv *csv, char c);

/* The text is over: CSV_ROW where a last row had no line feed, 0, or -EBADMSG within quotation marks. */
int inventory_csv_end(InventoryCsv *csv);

/*
 * The row that is complete, as an object, which the caller puts; the first names the columns and gives NULL. 0, -ENOMEM, or -EBADMSG with
 * a reason: more cells than columns, say.
 */
int inventory_csv_take(InventoryCsv *csv, json_object **ret, const char **ret_reason);
