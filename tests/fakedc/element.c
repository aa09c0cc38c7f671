/* SPDX-License-Identifier: MIT */
#include "tests/fakedc/element.h"

#include <stddef.h>

/* Sizes of header and content. 1, 0: more bytes are needed, -1: malformed. */
static int read_header(const uint8_t *data, size_t size, size_t *ret_header, size_t *ret_content)
{
        size_t n, content = 0;

        if (size < 2)
                return 0;

        if (!(data[1] & 0x80)) {
                *ret_header = 2;
                *ret_content = data[1];
                return 1;
        }

        n = data[1] & 0x7f;
        if (n == 0 || n > 4)
                return -1;
        if (size < 2 + n)
                return 0;

        for (size_t i = 0; i < n; i++)
                content = content << 8 | data[2 + i];

        *ret_header = 2 + n;
        *ret_content = content;
        return 1;
}

bool element_take(struct berval *rest, unsigned *ret_tag, struct berval *ret)
{
        size_t header, content;
        char *data = rest->bv_val;

        if (read_header((const uint8_t *)data, rest->bv_len, &header, &content) <= 0 ||
            content > rest->bv_len - header)
                return false;

        *ret_tag = (uint8_t)*data;
        *ret = (struct berval){ content, data + header };
        *rest = (struct berval){ rest->bv_len - header - content, data + header + content };
        return true;
}

bool element_expect(struct berval *rest, unsigned tag, struct berval *ret)
{
        struct berval copy = *rest;
        unsigned found;

        if (!element_take(&copy, &found, ret) || found != tag)
                return false;

        *rest = copy;
        return true;
}

bool element_expect_integer(struct berval *rest, unsigned tag, int *ret)
{
        struct berval content;
        int number;

        if (!element_expect(rest, tag, &content) || content.bv_len < 1 || content.bv_len > 4)
                return false;

        number = (int8_t)content.bv_val[0];
        for (size_t i = 1; i < content.bv_len; i++)
                number = number * 256 + (uint8_t)content.bv_val[i];

        *ret = number;
        return true;
}

size_t element_message_size(const void *data, size_t size)
{
        size_t header, content;
        int r;

        if (size > 0 && *(const uint8_t *)data != 0x30)
                return SIZE_MAX;

        r = read_header(data, size, &header, &content);
        if (r < 0)
                return SIZE_MAX;

        return r == 0 || size < header + content ? 0 : header + content;
}
