/* SPDX-License-Identifier: MIT */
#include "lib/core/inventory-text.h"

#include <errno.h>
#include <string.h>

const char *inventory_encoding_name(InventoryEncoding encoding)
{
        switch (encoding) {
        case INVENTORY_UTF8:
                return "UTF-8";
        case INVENTORY_UTF16_LITTLE:
        case INVENTORY_UTF16_BIG:
                return "UTF-16";
        }

        return "UTF-8";
}

void inventory_text_done(InventoryText *text)
{
        buffer_done(&text->text);
        *text = (InventoryText){};
}

/* How many bytes of UTF-8 begin like this; 0: none do. */
static size_t utf8_size(uint8_t first)
{
        if (first < 0x80)
                return 1;
        if (first >= 0xc2 && first <= 0xdf)
                return 2;
        if (first >= 0xe0 && first <= 0xef)
                return 3;
        return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/* Neither overlong, nor half of a surrogate pair, nor beyond Unicode. */
static bool utf8_is_character(const uint8_t *bytes, size_t size)
{
        for (size_t i = 1; i < size; i++)
                if ((bytes[i] & 0xc0) != 0x80)
                        return false;

        if (size == 3)
                return !(bytes[0] == 0xe0 && bytes[1] < 0xa0) &&
                       !(bytes[0] == 0xed && bytes[1] > 0x9f);
        if (size == 4)
                return !(bytes[0] == 0xf0 && bytes[1] < 0x90) &&
                       !(bytes[0] == 0xf4 && bytes[1] > 0x8f);
        return true;
}

/* Takes characters from the bytes: how many bytes, short of a broken off one at the end, or -EILSEQ with *ret_bad. */
static int64_t decode_utf8(const uint8_t *bytes, size_t size, size_t *ret_bad)
{
        size_t at = 0;

        while (at < size) {
                size_t n = utf8_size(bytes[at]);

                if (n > 0 && bytes[at] != 0 && at + n > size)
                        break;
                if (n == 0 || bytes[at] == 0 || !utf8_is_character(bytes + at, n)) {
                        *ret_bad = at;
                        return -EILSEQ;
                }
                at += n;
        }

        return (int64_t)at;
}

static int append_character(Buffer *buffer, uint32_t c)
{
        uint8_t bytes[4];
        size_t n = 0;

        if (c < 0x80)
                bytes[n++] = (uint8_t)c;
        else if (c < 0x800) {
                bytes[n++] = (uint8_t)(0xc0 | c >> 6);
                bytes[n++] = (uint8_t)(0x80 | (c & 0x3f));
        } else if (c < 0x10000) {
                bytes[n++] = (uint8_t)(0xe0 | c >> 12);
                bytes[n++] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
                bytes[n++] = (uint8_t)(0x80 | (c & 0x3f));
        } else {
                bytes[n++] = (uint8_t)(0xf0 | c >> 18);
                bytes[n++] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
                bytes[n++] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
                bytes[n++] = (uint8_t)(0x80 | (c & 0x3f));
        }
        return buffer_append(buffer, bytes, n);
}

static uint32_t utf16_unit(const InventoryText *text, const uint8_t *bytes)
{
        return text->encoding == INVENTORY_UTF16_BIG ? (uint32_t)(bytes[0] << 8 | bytes[1])
                                                     : (uint32_t)(bytes[1] << 8 | bytes[0]);
}

static bool is_high_surrogate(uint32_t unit)
{
        return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low_surrogate(uint32_t unit)
{
        return unit >= 0xdc00 && unit <= 0xdfff;
}

/* As decode_utf8(), and appends what it takes. */
static int64_t decode_utf16(InventoryText *text, const uint8_t *bytes, size_t size, size_t *ret_bad)
{
        size_t at = 0;

        while (at + 2 <= size) {
                uint32_t unit = utf16_unit(text, bytes + at), low = 0;
                size_t n = is_high_surrogate(unit) ? 4 : 2;
                int r;

                if (at + n > size)
                        break;
                if (n == 4)
                        low = utf16_unit(text, bytes + at + 2);
                if (unit == 0 || is_low_surrogate(unit) || (n == 4 && !is_low_surrogate(low))) {
                        *ret_bad = at;
                        return -EILSEQ;
                }

                r = append_character(&text->text,
                                     n == 4 ? 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
                                            : unit);
                if (r < 0)
                        return r;
                at += n;
        }

        return (int64_t)at;
}

static int64_t decode(InventoryText *text, const uint8_t *bytes, size_t size, size_t *ret_bad)
{
        int64_t n;
        int r;

        if (text->encoding != INVENTORY_UTF8)
                return decode_utf16(text, bytes, size, ret_bad);

        /* What stands before a wrong byte is text all the same. */
        n = decode_utf8(bytes, size, ret_bad);
        r = buffer_append(&text->text, bytes, n < 0 ? *ret_bad : (size_t)n);
        return r < 0 ? r : n;
}

/* Decodes and takes what is broken off along. */
static int take(InventoryText *text, const uint8_t *bytes, size_t size)
{
        size_t bad = 0, rest;
        int64_t n;

        n = decode(text, bytes, size, &bad);
        if (n < 0) {
                text->next += (int64_t)bad;
                return (int)n;
        }

        text->next += n;
        rest = size - (size_t)n;
        memmove(text->carried, bytes + n, rest); /* less than a character */
        text->n_carried = rest;
        return 0;
}

/* The mark at the beginning, if there is one. */
static void recognise(InventoryText *text, const uint8_t *bytes, size_t size)
{
        size_t skipped = 0;

        if (size >= 2 && bytes[0] == 0xff && bytes[1] == 0xfe) {
                text->encoding = INVENTORY_UTF16_LITTLE;
                skipped = 2;
        } else if (size >= 2 && bytes[0] == 0xfe && bytes[1] == 0xff) {
                text->encoding = INVENTORY_UTF16_BIG;
                skipped = 2;
        } else if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
                skipped = 3;
        else if (size >= 2 && bytes[0] != 0 && bytes[1] == 0)
                text->encoding = INVENTORY_UTF16_LITTLE; /* the mark was lost */
        else if (size >= 2 && bytes[0] == 0 && bytes[1] != 0)
                text->encoding = INVENTORY_UTF16_BIG;

        text->next = (int64_t)skipped;
        text->is_known = true;
}

static int begin(InventoryText *text, const uint8_t *bytes, size_t size)
{
        size_t skipped;

        recognise(text, bytes, size);
        skipped = (size_t)text->next;
        text->at = text->next;
        text->n_carried = 0;
        return take(text, bytes + skipped, size - skipped);
}

int inventory_text_feed(InventoryText *text, const void *data, size_t size)
{
        const uint8_t *bytes = data;

        buffer_reset(&text->text);
        text->at = text->next;

        /* Characters that pieces broke are put together a byte at a time; so is the mark. */
        while (size > 0 && (text->n_carried > 0 || (!text->is_known && size < 4))) {
                uint8_t joined[sizeof(text->carried) + 1];
                size_t n = text->n_carried;
                int r = 0;

                memcpy(joined, text->carried, n);
                joined[n++] = *bytes++;
                size--;

                if (!text->is_known && n < 4) {
                        memcpy(text->carried, joined, n);
                        text->n_carried = n;
                        continue;
                }
                r = text->is_known ? take(text, joined, n) : begin(text, joined, n);
                if (r < 0)
                        return r;
        }

        if (size == 0)
                return 0;
        return text->is_known ? take(text, bytes, size) : begin(text, bytes, size);
}

int inventory_text_end(InventoryText *text)
{
        uint8_t rest[sizeof(text->carried)];
        size_t n = text->n_carried;
        int r = 0;

        buffer_reset(&text->text);
        text->at = text->next;
        memcpy(rest, text->carried, n);
        if (!text->is_known)
                r = begin(text, rest, n);
        return r < 0 ? r : text->n_carried > 0 ? -EILSEQ : 0;
}

int64_t inventory_text_offset(const InventoryText *text, size_t position)
{
        int64_t offset = text->at;

        if (text->encoding == INVENTORY_UTF8)
                return offset + (int64_t)position;

        for (size_t i = 0; i < position; i++) {
                uint8_t c = text->text.data[i];

                if ((c & 0xc0) != 0x80)
                        offset += c >= 0xf0 ? 4 : 2;
        }
        return offset;
}
