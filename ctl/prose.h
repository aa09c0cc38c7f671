/* SPDX-License-Identifier: MIT */
#pragma once

/* Sentences with a label before them: easier to read on lines that are not too long, even where a terminal is wider or nobody said. */

#include "ctl/output.h"

#define PROSE_LABEL_COLUMNS 12

/* "Label       text", the text broken over lines. An empty text prints nothing. */
void prose_entry(Output *output, const char *label, const char *text);

/* Text that stands by itself, on lines of the same length. */
void prose_text(Output *output, Style style, const char *text);
