/* SPDX-License-Identifier: MIT */
#pragma once

/* Text into HTML: the only way that anything from a directory gets there. */

#include <stdio.h>

/*
 * Writes text as it may stand in an element or between double quotes. What people cannot see or what turns other text around (control
 * and format characters) is written as the terminal has it, "\u{202e}". NULL writes nothing. 0 or -ENOMEM.
 */
int html_text(FILE *stream, const char *text);

/* The same of a text of one's own, made as printf() does. */
int html_format(FILE *stream, const char *format, ...) __attribute__((format(printf, 2, 3)));
