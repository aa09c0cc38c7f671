/* SPDX-License-Identifier: MIT */
#include "lib/core/sid.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/core/text.h"

enum {
        SID_HEAD_SIZE = 8,
        SID_SUB_AUTHORITIES_MAX = 15,
};

bool sid_is_valid(const void *data, size_t size)
{
        const uint8_t *bytes = data;

        return size >= SID_HEAD_SIZE && bytes[0] == 1 && bytes[1] <= SID_SUB_AUTHORITIES_MAX &&
               size == SID_HEAD_SIZE + 4 * (size_t)bytes[1];
}

static uint32_t sub_authority(const uint8_t *bytes, unsigned index)
{
        const uint8_t *at = bytes + SID_HEAD_SIZE + 4 * index;

        return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
               (uint32_t)at[3] << 24;
}

int sid_format(const void *data, size_t size, Buffer *buffer)
{
        const uint8_t *bytes = data;
        size_t before = buffer->size;
        uint64_t authority = 0;
        int r;

        if (!sid_is_valid(data, size))
                return -EBADMSG;

        for (unsigned i = 2; i < SID_HEAD_SIZE; i++)
                authority = authority << 8 | bytes[i];

        /* Authorities that need more than 32 bits are written in hexadecimal ([MS-DTYP] 2.4.2.1). */
        if (authority > UINT32_MAX)
                r = buffer_append_format(buffer, "S-1-0x%012" PRIX64, authority);
        else
                r = buffer_append_format(buffer, "S-1-%" PRIu64, authority);
        for (unsigned i = 0; i < bytes[1] && r >= 0; i++)
                r = buffer_append_format(buffer, "-%" PRIu32, sub_authority(bytes, i));

        if (r < 0)
                buffer->size = before;
        return r;
}

/* Reads "-NUMBER" at *at, hexadecimal behind 0x, and moves behind it. */
static bool read_number(const char **at, const char *end, uint64_t max, uint64_t *ret)
{
        const char *p = *at, *digits;
        uint64_t number = 0;
        int base = 10;

        if (p == end || *p++ != '-')
                return false;
        if (end - p > 2 && p[0] == '0' && ascii_lower((uint8_t)p[1]) == 'x') {
                base = 16;
                p += 2;
        }

        for (digits = p; p < end && *p != '-'; p++) {
                int digit = ascii_hex_value((uint8_t)*p);

                if (digit < 0 || digit >= base)
                        return false;
                number = number * (uint64_t)base + (uint64_t)digit;
                if (number > max)
                        return false;
        }
        if (p == digits)
                return false;

        *at = p;
        *ret = number;
        return true;
}

int sid_parse(const char *string, size_t size, uint8_t ret[static SID_SIZE_MAX], size_t *ret_size)
{
        const char *at, *end = string + size;
        uint8_t sid[SID_SIZE_MAX] = { 1 };
        uint64_t number;
        unsigned n = 0;

        if (size == 0 || ascii_lower((uint8_t)string[0]) != 's')
                return -EBADMSG;

        at = string + 1;
        if (!read_number(&at, end, 1, &number) || number != 1)
                return -EBADMSG;
        if (!read_number(&at, end, UINT64_C(0xffffffffffff), &number))
                return -EBADMSG;
        for (unsigned i = 0; i < 6; i++)
                sid[2 + i] = (uint8_t)(number >> (40 - 8 * i));

        for (; at < end; n++) {
                if (n == SID_SUB_AUTHORITIES_MAX || !read_number(&at, end, UINT32_MAX, &number))
                        return -EBADMSG;
                for (unsigned i = 0; i < 4; i++)
                        sid[SID_HEAD_SIZE + 4 * n + i] = (uint8_t)(number >> 8 * i);
        }

        sid[1] = (uint8_t)n;
        memcpy(ret, sid, sizeof(sid));
        *ret_size = SID_HEAD_SIZE + 4 * (size_t)n;
        return 0;
}

bool sid_is_self(const void *data, size_t size)
{
        static const uint8_t self[] = { 1, 1, 0, 0, 0, 0, 0, 5, 10, 0, 0, 0 };

        return size == sizeof(self) && memcmp(data, self, size) == 0;
}
