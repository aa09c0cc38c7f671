/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What is text, and when two texts are the same. Attribute values are bytes until these functions say
 * otherwise. Two folds decide equality:
 *
 *   exact  NFC and full Unicode case folding: what everybody calls the same text.
 *   AD     the exact fold, and diacritics, kana type, width and other compatibility forms removed ([MS-ADTS]
 *          3.1.1.2.2.4.13, KB 938447): what a domain controller calls equal. Coarser than exact, always.
 *
 * Bytes that are not UTF-8 fold to themselves, so that they still equal themselves.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/core/buffer.h"

/* A view of bytes owned by somebody else. */
typedef struct Slice {
        const uint8_t *data;
        size_t size;
} Slice;

#define SLICE(string) ((Slice){ (const uint8_t *)(string), strlen(string) })

/* Byte by byte. */
static inline bool slice_equal(Slice a, Slice b)
{
        return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* By bytes, for an order that stays the same whatever order values come in. */
bool slice_precedes(Slice a, Slice b);

bool text_is_utf8(const void *data, size_t size);  /* valid, and without NUL */
bool text_is_ascii(const void *data, size_t size); /* below 0x80, and without NUL */

/*
 * Characters as AD, Exchange and Entra ID count them: UTF-16 units, so that most emoji count two. Bytes that are not
 * UTF-8 count one each.
 */
size_t text_length(Slice text);

/* Append the folded form. 0, or -ENOMEM with the buffer unchanged. ASCII takes a fast path without libunistring. */
int text_fold_exact(const void *data, size_t size, Buffer *buffer);
int text_fold_ad(const void *data, size_t size, Buffer *buffer);

/* Changes when folds may: the tables are libunistring's, and newer ones know more characters. */
unsigned text_fold_version(void);

/* Are the two equal as AD compares them? Returns 1, 0, or -ENOMEM. */
int text_equal_ad(const void *a, size_t a_size, const void *b, size_t b_size);

/* Without white space (Unicode White_Space) at both ends, as the connector trims. */
Slice text_trim(const void *data, size_t size);

/*
 * Appends the value as people may safely see it on a terminal and in a log: bytes that are no UTF-8 and
 * control, format and line separator characters as \xNN or \u{NNNN}, a backslash doubled, and beyond `limit`
 * bytes of output (0: none) "… (N bytes)", N being the size of the value. Values that must not be text (SIDs,
 * GUIDs) are the caller's. 0, or -ENOMEM with the buffer unchanged.
 */
int text_escape(const void *data, size_t size, size_t limit, Buffer *buffer);

/* Columns on a terminal: wide characters count two, combining ones none. Escaped text only. */
size_t text_width(const char *string);

/* Does the text begin with / contain / equal an ASCII needle, case of ASCII letters ignored or not? */
bool text_begins(Slice text, const char *needle);
bool text_begins_nocase(Slice text, const char *needle);
bool text_contains(Slice text, const char *needle);
bool text_contains_nocase(Slice text, const char *needle);
bool text_equals_nocase(Slice text, const char *needle);

/* A number as AD writes it: an optional minus and decimal digits, 64 bits. Whether it is one; *ret is untouched otherwise. */
bool text_integer(Slice text, int64_t *ret);

/* The letters A to Z in lower case, whatever the locale; all other bytes as they are. */
static inline uint8_t ascii_lower(uint8_t c)
{
        return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* What a hexadecimal digit in either case is worth, -1 for any other byte. */
static inline int ascii_hex_value(uint8_t c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        c = ascii_lower(c);
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
