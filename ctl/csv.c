/* SPDX-License-Identifier: MIT */
#include "ctl/csv.h"

#include <string.h>

void csv_cell(FILE *stream, const char *text, bool is_first)
{
        if (!is_first)
                (void)putc(',', stream);
        if (!text || *text == '\0')
                return;

        if (!strpbrk(text, ",\"\r\n") && !strchr("=+-@\t\r", *text)) {
                (void)fputs(text, stream);
                return;
        }

        (void)putc('"', stream);
        if (strchr("=+-@\t\r", *text))
                (void)putc('\'', stream);
        for (; *text; text++) {
                if (*text == '"')
                        (void)putc('"', stream);
                (void)putc(*text, stream);
        }
        (void)putc('"', stream);
}

void csv_row(FILE *stream, const char *const *texts, size_t n)
{
        for (size_t i = 0; i < n; i++)
                csv_cell(stream, texts[i], i == 0);
        (void)putc('\n', stream);
}
