/* SPDX-License-Identifier: MIT */
#include "lib/core/text.h"

#include <stdio.h>
#include <string.h>
#include <unistr.h>
#include <uniwidth.h>

#include "lib/core/unicode.h"

/* The longest piece: "\u{10FFFF}". */
#define PIECE_SIZE 16

/* Writes what stands for the first character or byte; *ret_size gets the piece's size. Returns how many bytes it took. */
static size_t escape_piece(const uint8_t *data, size_t size, char piece[static PIECE_SIZE],
                           size_t *ret_size)
{
        uint32_t c;
        int n;

        n = u8_mbtoucr(&c, data, size);
        if (n <= 0) {
                *ret_size = (size_t)snprintf(piece, PIECE_SIZE, "\\x%02X", *data);
                return 1;
        }

        if (c == '\\')
                *ret_size = (size_t)snprintf(piece, PIECE_SIZE, "\\\\");
        else if (c < 0x80 && unicode_is_unprintable(c))
                *ret_size = (size_t)snprintf(piece, PIECE_SIZE, "\\x%02X", (unsigned)c);
        else if (unicode_is_unprintable(c))
                *ret_size = (size_t)snprintf(piece, PIECE_SIZE, "\\u{%04X}", (unsigned)c);
        else {
                memcpy(piece, data, (size_t)n);
                *ret_size = (size_t)n;
        }

        return (size_t)n;
}

int text_escape(const void *data, size_t size, size_t limit, Buffer *buffer)
{
        const uint8_t *bytes = data;
        size_t before = buffer->size;
        int r = 0;

        for (size_t i = 0; i < size && r >= 0;) {
                char piece[PIECE_SIZE];
                size_t n;

                i += escape_piece(bytes + i, size - i, piece, &n);
                if (limit > 0 && buffer->size - before + n > limit) {
                        r = buffer_append_format(buffer, "… (%zu bytes)", size);
                        break;
                }
                r = buffer_append(buffer, piece, n);
        }

        if (r < 0)
                buffer->size = before;
        return r;
}

size_t text_width(const char *string)
{
        int width = u8_strwidth((const uint8_t *)string, "UTF-8");

        return width < 0 ? 0 : (size_t)width;
}
