/* SPDX-License-Identifier: MIT */
#include "lib/core/guid.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

/* Where each byte of the text form stands in the stored form. */
static const uint8_t guid_text_order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

void guid_format(const Guid *guid, char ret[static GUID_STRING_SIZE])
{
        char *at = ret;

        for (unsigned i = 0; i < 16; i++) {
                if (i == 4 || i == 6 || i == 8 || i == 10)
                        *at++ = '-';
                at += sprintf(at, "%02x", guid->bytes[guid_text_order[i]]);
        }
}

void guid_format_filter(const Guid *guid, char ret[static GUID_FILTER_SIZE])
{
        for (unsigned i = 0; i < 16; i++)
                sprintf(ret + 3 * i, "\\%02x", guid->bytes[i]);
}

static int hex_digit(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        c = (char)tolower((unsigned char)c);
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int guid_parse(const char *string, Guid *ret)
{
        bool braces = string[0] == '{';
        Guid guid;

        if (braces)
                string++;

        for (unsigned i = 0; i < 16; i++) {
                int high, low;

                if (i == 4 || i == 6 || i == 8 || i == 10)
                        if (*string++ != '-')
                                return -EINVAL;

                high = hex_digit(string[0]);
                low = high < 0 ? -1 : hex_digit(string[1]);
                if (low < 0)
                        return -EINVAL;

                guid.bytes[guid_text_order[i]] = (uint8_t)(high << 4 | low);
                string += 2;
        }

        if (braces && *string++ != '}')
                return -EINVAL;
        if (*string != '\0')
                return -EINVAL;

        *ret = guid;
        return 0;
}

int guid_from_bytes(const void *data, size_t size, Guid *ret)
{
        if (size != sizeof(ret->bytes))
                return -EBADMSG;

        memcpy(ret->bytes, data, size);
        return 0;
}
