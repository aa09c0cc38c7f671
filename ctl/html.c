/* SPDX-License-Identifier: MIT */
#include "ctl/html.h"

#include <errno.h>
#include <stdarg.h>

#include "ctl/output.h"
#include "lib/core/util.h"

static const char *entity(uint8_t c)
{
        switch (c) {
        case '&':
                return "&amp;";
        case '<':
                return "&lt;";
        case '>':
                return "&gt;";
        case '"':
                return "&quot;";
        case '\'':
                return "&#39;";
        default: /* all others are as they are */
                return NULL;
        }
}

int html_text(FILE *stream, const char *text)
{
        _cleanup_buffer_ Buffer safe = BUFFER_INIT;
        int r;

        if (!text)
                return 0;
        r = output_safe(text, &safe);
        if (r < 0)
                return r;

        for (size_t i = 0; i < safe.size; i++) {
                const char *name = entity(safe.data[i]);

                if (name)
                        (void)fputs(name, stream);
                else
                        (void)putc(safe.data[i], stream);
        }
        return 0;
}

int html_format(FILE *stream, const char *format, ...)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;
        va_list list;
        int r;

        va_start(list, format);
        r = buffer_append_vformat(&text, format, list);
        va_end(list);
        if (r < 0 || !buffer_string(&text))
                return -ENOMEM;
        return html_text(stream, buffer_string(&text));
}
