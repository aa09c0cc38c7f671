/* SPDX-License-Identifier: MIT */
#include "ctl/prose.h"

#include <string.h>

#define PROSE_COLUMNS 88

static Output narrowed(const Output *output)
{
        Output narrow = *output;

        if (narrow.width == 0 || narrow.width > PROSE_COLUMNS)
                narrow.width = PROSE_COLUMNS;
        return narrow;
}

void prose_entry(Output *output, const char *label, const char *text)
{
        Output narrow = narrowed(output);

        if (!text || !*text)
                return;

        output_text(&narrow, STYLE_FAINT, label);
        output_fill(&narrow, ' ', PROSE_LABEL_COLUMNS - strlen(label));
        output_wrapped(&narrow, STYLE_PLAIN, text, PROSE_LABEL_COLUMNS, 0);
}

void prose_text(Output *output, Style style, const char *text)
{
        Output narrow = narrowed(output);

        output_wrapped(&narrow, style, text, 0, 0);
}
