/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Rows of cells, as text. Where the output is wide enough: columns, of which the flexible ones give way and are cut with "…".
 * Where even that leaves too little, as on 80 columns for a list of findings: the other cells on one line, each flexible cell
 * below it on a line of its own, with its label, and nothing is cut. Where nobody said how wide: columns, and nothing is cut.
 */

#include "ctl/output.h"

typedef struct Column {
        const char *title;
        const char
                *label; /* before the cell where it stands on its own line; flexible columns only */
        size_t least;   /* flexible: columns below which it is no use; 0: never cut */
        bool is_right;  /* numbers */
        bool is_extra;  /* not shown where columns must fit a width */
        bool is_spare;  /* left out where there is no room for all columns whole */
} Column;

typedef struct Table Table;

/* `columns` must outlive the table. 0 or -ENOMEM. */
int table_new(const Column *columns, size_t n_columns, Table **ret);
Table *table_free(Table *table);
DEFINE_CLEANUP(Table, table_free)

/* Adds the next cell, row by row; NULL is an empty one. The text is made safe and copied. 0 or -ENOMEM. */
int table_add(Table *table, Style style, const char *text);
int table_add_format(Table *table, Style style, const char *format, ...) _printf_(3, 4);

/*
 * Prints what was added and forgets it; titles come once. The first rows decide on the layout, so that pages of one list look
 * alike.
 */
void table_print(Table *table, Output *output);
