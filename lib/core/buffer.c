/* SPDX-License-Identifier: MIT */
#include "lib/core/buffer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void buffer_done(Buffer *buffer)
{
        free(buffer->data);
        *buffer = (Buffer)BUFFER_INIT;
}

int buffer_reserve(Buffer *buffer, size_t more)
{
        size_t wanted, allocated;
        uint8_t *data;

        if (__builtin_add_overflow(buffer->size, more, &wanted))
                return -ENOMEM;
        if (wanted <= buffer->allocated)
                return 0;

        allocated = buffer->allocated ? buffer->allocated : 64;
        while (allocated < wanted)
                if (__builtin_mul_overflow(allocated, 2, &allocated))
                        return -ENOMEM;

        data = realloc(buffer->data, allocated);
        if (!data)
                return -ENOMEM;

        buffer->data = data;
        buffer->allocated = allocated;
        return 0;
}

int buffer_append(Buffer *buffer, const void *data, size_t size)
{
        int r;

        if (size == 0)
                return 0;

        r = buffer_reserve(buffer, size);
        if (r < 0)
                return r;

        memcpy(buffer->data + buffer->size, data, size);
        buffer->size += size;
        return 0;
}

int buffer_append_byte(Buffer *buffer, uint8_t byte)
{
        return buffer_append(buffer, &byte, 1);
}

int buffer_append_string(Buffer *buffer, const char *string)
{
        return buffer_append(buffer, string, strlen(string));
}

int buffer_append_vformat(Buffer *buffer, const char *format, va_list arguments)
{
        va_list again;
        int length, r;

        va_copy(again, arguments);
        length = vsnprintf(NULL, 0, format, again);
        va_end(again);
        if (length < 0)
                return -ENOMEM;

        r = buffer_reserve(buffer, (size_t)length + 1);
        if (r < 0)
                return r;

        (void)vsnprintf((char *)buffer->data + buffer->size, (size_t)length + 1, format, arguments);
        buffer->size += (size_t)length;
        return 0;
}

int buffer_append_format(Buffer *buffer, const char *format, ...)
{
        va_list arguments;
        int r;

        va_start(arguments, format);
        r = buffer_append_vformat(buffer, format, arguments);
        va_end(arguments);
        return r;
}

int buffer_append_varint(Buffer *buffer, uint64_t value)
{
        uint8_t bytes[VARINT_SIZE_MAX];

        return buffer_append(buffer, bytes, (size_t)(varint_write(bytes, value) - bytes));
}

const char *buffer_string(Buffer *buffer)
{
        if (buffer_reserve(buffer, 1) < 0)
                return NULL;

        buffer->data[buffer->size] = '\0';
        return (const char *)buffer->data;
}

char *buffer_steal_string(Buffer *buffer)
{
        char *string;

        if (!buffer_string(buffer))
                return NULL;

        string = (char *)buffer->data;
        *buffer = (Buffer)BUFFER_INIT;
        return string;
}

int varint_read_long(const uint8_t *data, size_t size, size_t *position, uint64_t *ret)
{
        uint64_t value = 0;
        size_t at = *position;

        for (unsigned shift = 0; shift < 64; shift += 7) {
                uint8_t byte;

                if (at >= size)
                        return -EBADMSG;

                byte = data[at++];
                if (shift == 63 && byte > 1)
                        return -EBADMSG;

                value |= (uint64_t)(byte & 0x7f) << shift;
                if (!(byte & 0x80)) {
                        *position = at;
                        *ret = value;
                        return 0;
                }
        }

        return -EBADMSG;
}
