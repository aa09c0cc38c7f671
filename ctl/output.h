/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Where text goes and how it may look: a terminal of some width, perhaps through a pager, or a pipe. All texts that come from a
 * directory pass output_safe(), so that no value can move a cursor or hide another.
 */

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "ctl/arguments.h"
#include "lib/core/buffer.h"

typedef struct Output {
        FILE *stream;
        size_t width; /* columns; 0: nobody said, so nothing is cut or wrapped */
        bool has_colour;
        bool has_unicode; /* may our own signs be others than ASCII? */
        bool has_legend;  /* column titles and sums */
        pid_t pager;      /* 0: none */
} Output;

/*
 * Standard output as the arguments and the environment want it (NO_COLOR, COLUMNS, PAGER, TERM, locale). With `is_paged`, a pager is
 * started where a terminal is there. 0 or negative.
 */
int output_open(const Arguments *arguments, bool is_paged, Output *ret);

/* For tests: a stream of one's own, no colour, no pager. */
void output_init(Output *output, FILE *stream, size_t width);

/* Waits for the pager. 0, or negative where something could not be written; a pager that was quit is no error. */
int output_close(Output *output);

/* Does anybody still read? Long lists ask between pages. */
bool output_is_open(const Output *output);

typedef enum Style {
        STYLE_PLAIN,
        STYLE_STRONG,
        STYLE_FAINT,
        STYLE_GOOD,
        STYLE_NOTICE,
        STYLE_WARNING,
        STYLE_ERROR,
} Style;

Style style_of_severity(Severity severity);

/* Writes safe text in a style. */
void output_text(Output *output, Style style, const char *text);
void output_format(Output *output, Style style, const char *format, ...) _printf_(3, 4);
void output_fill(Output *output, char c, size_t n);

/*
 * Writes safe text and a line feed, broken over lines of the output's width (`width` where it has none; 0: one line) and
 * indented by as many spaces from the second line on. The first is taken to begin at column `indent` already.
 */
void output_wrapped(Output *output, Style style, const char *text, size_t indent, size_t width);

/* The same for a text of one's own, made as printf() does. */
void output_prose(Output *output, Style style, size_t indent, const char *format, ...)
        _printf_(4, 5);

/*
 * Appends text as a terminal may see it: control and format characters as text_escape() writes them, but a backslash is not
 * doubled, because names that hold one ("CN=Berg\, Anna") must stay fit for pasting. 0 or -ENOMEM.
 */
int output_safe(const char *text, Buffer *buffer);
