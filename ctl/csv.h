/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * CSV after RFC 4180, lines ended by a line feed alone. A cell that a spreadsheet would take for a formula (it begins with = + - @,
 * a tab or a carriage return) gets an apostrophe before it: anybody who may write to a directory attribute could otherwise
 * run something in the administrator's spreadsheet. Who needs the bytes as they are takes JSON.
 */

#include <stdbool.h>
#include <stdio.h>

/* Writes one cell, with the comma before it unless it is the first of its row. NULL is an empty one. */
void csv_cell(FILE *stream, const char *text, bool is_first);

void csv_row(FILE *stream, const char *const *texts, size_t n);
