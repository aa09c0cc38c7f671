/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A growing run of bytes. Kept and reset by its owner, so that work on a million objects allocates
 * for the largest of them only.
 */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/core/util.h"

typedef struct Buffer {
        uint8_t *data; /* owned; NULL while nothing was appended */
        size_t size;
        size_t allocated;
} Buffer;

#define BUFFER_INIT                                                                                \
        {                                                                                          \
                .data = NULL                                                                       \
        }

void buffer_done(Buffer *buffer);

/* Forgets the content and keeps the memory. */
static inline void buffer_reset(Buffer *buffer)
{
        buffer->size = 0;
}

/* All of these return 0, or -ENOMEM with the content unchanged. */
int buffer_reserve(Buffer *buffer, size_t more);
int buffer_append(Buffer *buffer, const void *data, size_t size);
int buffer_append_byte(Buffer *buffer, uint8_t byte);
int buffer_append_string(Buffer *buffer, const char *string);
int buffer_append_format(Buffer *buffer, const char *format, ...) _printf_(2, 3);
int buffer_append_vformat(Buffer *buffer, const char *format, va_list arguments) _printf_(2, 0);

/* LEB128, little end first, as in protocol buffers: the format of packed attributes on every machine. */
int buffer_append_varint(Buffer *buffer, uint64_t value);

#define VARINT_SIZE_MAX 10

/* Writes one to where there is room for VARINT_SIZE_MAX bytes, and gives the byte behind it. */
static inline uint8_t *varint_write(uint8_t *at, uint64_t value)
{
        for (; value > 0x7f; value >>= 7)
                *at++ = (uint8_t)value | 0x80;
        *at++ = (uint8_t)value;
        return at;
}

/*
 * Ends the content with a NUL that does not count and returns it as a string owned by the buffer, valid
 * until the next append. NULL: no memory.
 */
const char *buffer_string(Buffer *buffer);

/* The same, but the string belongs to the caller and the buffer is empty afterwards. NULL: no memory. */
char *buffer_steal_string(Buffer *buffer);

/*
 * Reads one varint at *position and moves it behind. Returns 0, or -EBADMSG where the bytes end too
 * early or the number needs more than 64 bits.
 */
int varint_read_long(const uint8_t *data, size_t size, size_t *position, uint64_t *ret);

static inline int varint_read(const uint8_t *data, size_t size, size_t *position, uint64_t *ret)
{
        /* Nearly all sizes, counts and attributes have one byte. */
        if (*position >= size || data[*position] > 0x7f)
                return varint_read_long(data, size, position, ret);

        *ret = data[(*position)++];
        return 0;
}

#define _cleanup_buffer_ _cleanup_(buffer_done)
