/* SPDX-License-Identifier: MIT */
#include "lib/core/value-text.h"

#include <errno.h>

#include "lib/core/guid.h"
#include "lib/core/sid.h"

int value_text_string(Slice value, Buffer *buffer)
{
        if (text_is_utf8(value.data, value.size))
                return buffer_append(buffer, value.data, value.size);

        return text_escape(value.data, value.size, 0, buffer);
}

static int value_text_guid(Slice value, Buffer *buffer)
{
        char string[GUID_STRING_SIZE];
        Guid guid;

        if (guid_from_bytes(value.data, value.size, &guid) < 0)
                return value_text_string(value, buffer);

        guid_format(&guid, string);
        return buffer_append_string(buffer, string);
}

static int value_text_sid(Slice value, Buffer *buffer)
{
        size_t size = buffer->size;
        int r;

        r = sid_format(value.data, value.size, buffer);
        if (r != -EBADMSG)
                return r;

        buffer->size = size;
        return value_text_string(value, buffer);
}

int value_text_base64(Slice value, Buffer *buffer)
{
        static const char digits[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        int r;

        for (size_t i = 0; i < value.size; i += 3) {
                size_t n = value.size - i < 3 ? value.size - i : 3;
                uint32_t bits = (uint32_t)value.data[i] << 16;
                char group[4] = "====";

                if (n > 1)
                        bits |= (uint32_t)value.data[i + 1] << 8;
                if (n > 2)
                        bits |= value.data[i + 2];
                for (size_t k = 0; k <= n; k++)
                        group[k] = digits[bits >> (18 - 6 * k) & 63];

                r = buffer_append(buffer, group, sizeof(group));
                if (r < 0)
                        return r;
        }

        return 0;
}

int value_text(AttributeId attribute, Slice value, Buffer *buffer)
{
        switch (attribute_syntax(attribute)) {
        case SYNTAX_GUID:
                return value_text_guid(value, buffer);
        case SYNTAX_SID:
                return value_text_sid(value, buffer);
        case SYNTAX_OCTETS:
                return value_text_base64(value, buffer);
        case SYNTAX_STRING:
        case SYNTAX_INTEGER:
        case SYNTAX_BOOLEAN:
        case SYNTAX_DN:
        case SYNTAX_TIME:
        case SYNTAX_OID:
                return value_text_string(value, buffer);
        }

        return -EINVAL; /* no such syntax: attribute_syntax() gives none but these */
}
