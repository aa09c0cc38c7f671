/* SPDX-License-Identifier: MIT */
#include "ctl/entry.h"

#include <errno.h>
#include <string.h>

#include "lib/core/dn.h"
#include "lib/core/text-cut.h"
#include "lib/core/value-text.h"

#define LABEL_COLUMNS 22 /* longer names of attributes get a line of their own */
#define INDENT        2
#define VALUE_COLUMNS 2000

static int print_safe(Output *output, Style style, size_t indent, const char *text)
{
        _cleanup_buffer_ Buffer safe = BUFFER_INIT;
        int r;

        r = output_safe(text, &safe);
        if (r < 0 || !buffer_string(&safe))
                return -ENOMEM;

        output_wrapped(output, style, (const char *)safe.data, indent, 0);
        return 0;
}

int entry_print(Output *output, const char *label, const char *text)
{
        size_t used = strlen(label);

        output_fill(output, ' ', INDENT);
        output_text(output, STYLE_FAINT, label);
        if (used >= LABEL_COLUMNS) {
                (void)putc('\n', output->stream);
                used = 0;
                output_fill(output, ' ', INDENT);
        }
        output_fill(output, ' ', LABEL_COLUMNS - used);
        return print_safe(output, STYLE_PLAIN, INDENT + LABEL_COLUMNS, text);
}

/* Values can be megabytes, and nobody reads them on a terminal; JSON has all of them. */
static int shorten(Buffer *text, size_t size)
{
        size_t cut = text_cut((const char *)text->data, VALUE_COLUMNS);

        if (cut == text->size)
                return 0;
        text->size = cut;
        return buffer_append_format(text, "… (%zu bytes)", size);
}

int entry_value(Output *output, const char *label, AttributeId attribute, Slice value,
                const char *note)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;
        int r;

        r = value_text(attribute, value, &text);
        if (r >= 0)
                r = buffer_string(&text) ? shorten(&text, value.size) : -ENOMEM;
        if (r >= 0 && *note)
                r = buffer_append_format(&text, "  (%s)", note);
        if (r < 0 || !buffer_string(&text))
                return -ENOMEM;

        return entry_print(output, label, (const char *)text.data);
}

int entry_dn(Output *output, const Object *object)
{
        _cleanup_buffer_ Buffer dn = BUFFER_INIT;
        int r;

        r = value_text_string((Slice){ object->dn.data, object->dn.size }, &dn);
        if (r < 0 || !buffer_string(&dn))
                return -ENOMEM;

        return entry_print(output, "DN", (const char *)dn.data);
}

int entry_title(Output *output, const Object *object)
{
        _cleanup_buffer_ Buffer name = BUFFER_INIT;
        Slice dn = { object->dn.data, object->dn.size };
        int r;

        r = dn_rdn_value(dn, &name);
        if (r == -EBADMSG || (r >= 0 && name.size == 0))
                r = value_text_string(dn, &name);
        if (r < 0 || !buffer_string(&name))
                return -ENOMEM;

        return print_safe(output, STYLE_STRONG, 0, (const char *)name.data);
}
