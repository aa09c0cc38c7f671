/* SPDX-License-Identifier: MIT */
#include "lib/core/ldif-write.h"

#include <string.h>

#include "lib/core/value-text.h"

/* SAFE-STRING of RFC 2849; a blank at the end is allowed there, and lost by whoever trims lines. */
static bool is_safe(Slice value)
{
        if (value.size == 0)
                return true;
        if (strchr(" :<", value.data[0]) || value.data[value.size - 1] == ' ')
                return false;
        for (size_t i = 0; i < value.size; i++)
                if (value.data[i] < 0x20 || value.data[i] >= 0x7F)
                        return false;
        return true;
}

int ldif_write_value(const char *name, Slice value, Buffer *buffer)
{
        bool safe = is_safe(value);
        int r;

        r = buffer_append_format(buffer, "%s:%s ", name, safe ? "" : ":");
        if (r >= 0)
                r = safe ? buffer_append(buffer, value.data, value.size)
                         : value_text_base64(value, buffer);
        return r < 0 ? r : buffer_append_byte(buffer, '\n');
}

int ldif_write_comment(const char *text, Buffer *buffer)
{
        int r;

        r = buffer_append_string(buffer, "# ");
        for (; r >= 0 && *text; text++) {
                uint8_t byte = (uint8_t)*text;

                r = byte < 0x20 || byte == 0x7F ? buffer_append_format(buffer, "\\x%02X", byte)
                                                : buffer_append_byte(buffer, byte);
        }
        return r < 0 ? r : buffer_append_byte(buffer, '\n');
}
