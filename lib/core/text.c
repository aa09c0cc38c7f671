/* SPDX-License-Identifier: MIT */
#include "lib/core/text.h"

#include <errno.h>
#include <string.h>
#include <unicase.h>
#include <uninorm.h>
#include <unistr.h>
#include <unistring/version.h>

#include "lib/core/unicode.h"

/* ------------------------------------------------------------------ ASCII */

/*
 * Nearly all values of a directory are short ASCII, and a full read folds some five of them per object, a million
 * times. Eight bytes at a time cost a tenth of a loop over bytes.
 */
#define EVERY_BYTE(b) (UINT64_C(0x0101010101010101) * (b))

static inline uint64_t load_word(const uint8_t *bytes)
{
        uint64_t word;

        memcpy(&word, bytes, sizeof(word));
        return word;
}

/* Has a byte of the word its high bit set, or is one of them zero? */
static inline bool word_is_ascii(uint64_t word)
{
        return ((word | (word - EVERY_BYTE(0x01))) & EVERY_BYTE(0x80)) == 0;
}

/* Lower case for eight ASCII bytes: no byte carries into its neighbour, because all are below 0x80. */
static inline uint64_t word_lower(uint64_t word)
{
        uint64_t from_a = word + EVERY_BYTE(0x80 - 'A'), above_z = word + EVERY_BYTE(0x7f - 'Z');

        return word | ((from_a & ~above_z & EVERY_BYTE(0x80)) >> 2);
}

/* Copies in lower case as far as the bytes are ASCII, and tells how far that was. */
static size_t fold_ascii(const uint8_t *from, size_t size, uint8_t *to)
{
        size_t i = 0;

        for (; size - i >= sizeof(uint64_t); i += sizeof(uint64_t)) {
                uint64_t word = load_word(from + i);

                if (!word_is_ascii(word))
                        break;

                word = word_lower(word);
                memcpy(to + i, &word, sizeof(word));
        }
        for (; i < size && from[i] > 0 && from[i] < 0x80; i++)
                to[i] = ascii_lower(from[i]);

        return i;
}

bool text_is_ascii(const void *data, size_t size)
{
        const uint8_t *bytes = data;
        size_t i = 0;

        while (size - i >= sizeof(uint64_t) && word_is_ascii(load_word(bytes + i)))
                i += sizeof(uint64_t);
        while (i < size && bytes[i] > 0 && bytes[i] < 0x80)
                i++;

        return i == size;
}

bool text_is_utf8(const void *data, size_t size)
{
        if (text_is_ascii(data, size))
                return true;

        return !memchr(data, '\0', size) && !u8_check(data, size);
}

size_t text_length(Slice text)
{
        size_t length = 0;

        if (text_is_ascii(text.data, text.size) || !text_is_utf8(text.data, text.size))
                return text.size;

        for (size_t i = 0; i < text.size; i++)
                length += text.data[i] >= 0xf0 ? 2 : (text.data[i] & 0xc0) != 0x80;
        return length;
}

/* ------------------------------------------------------------------ folds */

/* Takes valid UTF-8 and appends its fold, in whatever normal form. 0 or -ENOMEM. */
typedef int (*Fold)(const uint8_t *data, size_t size, Buffer *buffer);

/* The first steps are the same for both folds: ASCII by the fast path, what is no text as it is. */
static int text_fold(const void *data, size_t size, Fold fold, Buffer *buffer)
{
        size_t before = buffer->size, n;
        int r;

        r = buffer_reserve(buffer, size);
        if (r < 0)
                return r;
        if (size == 0)
                return 0;

        n = fold_ascii(data, size, buffer->data + before);
        if (n == size) {
                buffer->size += size;
                return 0;
        }

        if (!text_is_utf8(data, size))
                return buffer_append(buffer, data, size);

        /* Not only what follows: a combining character changes the letter before it. */
        r = fold(data, size, buffer);
        if (r < 0)
                buffer->size = before;
        return r;
}

/* Long enough for names and addresses; libunistring allocates for what is longer. */
#define FOLD_ON_STACK 512

static int fold_with(uninorm_t form, const uint8_t *data, size_t size,
                     int (*append)(const uint8_t *folded, size_t size, Buffer *buffer),
                     Buffer *buffer)
{
        uint8_t on_stack[FOLD_ON_STACK], *folded;
        size_t folded_size = sizeof(on_stack);
        int r;

        /* No language: a Turkish dotless i is a letter of its own to a directory. */
        folded = u8_casefold(data, size, NULL, form, on_stack, &folded_size);
        if (!folded)
                return -ENOMEM;

        r = append(folded, folded_size, buffer);
        if (folded != on_stack)
                free(folded);
        return r;
}

static int append_as_it_is(const uint8_t *folded, size_t size, Buffer *buffer)
{
        return buffer_append(buffer, folded, size);
}

static int fold_exact(const uint8_t *data, size_t size, Buffer *buffer)
{
        return fold_with(UNINORM_NFC, data, size, append_as_it_is, buffer);
}

int text_fold_exact(const void *data, size_t size, Buffer *buffer)
{
        return text_fold(data, size, fold_exact, buffer);
}

/*
 * AD compares by Windows' sort keys ([MS-ADTS] 6.5.1: NORM_IGNORECASE, …KANATYPE, …NONSPACE, …WIDTH), whose weights are a
 * table of its own and no Unicode normal form. What follows is as near as Unicode comes. On real domain controllers
 * were seen: ü = u and ß = ss (KB 938447); å = a and ø = o (serverfault.com/q/661857); full-width @ = @, circled Ⓡ = r,
 * katakana ツ = hiragana つ = circled ㋡, any heap of combining marks = none, but ö is not oe (Samba bug 14847). Hence
 * compatibility decomposition; the ligatures come with it or with the case folding. Letters that Unicode does not
 * decompose but Windows does are added by name.
 *
 * Blanks are not touched. Samba treats a run of them as one and ignores them at the ends; that AD does has no source.
 */
static int append_base(uint32_t c, Buffer *buffer)
{
        uint8_t bytes[6];
        int n;

        switch (c) {
        case 0x00e6: /* æ */
                return buffer_append(buffer, "ae", 2);
        case 0x0153: /* œ */
                return buffer_append(buffer, "oe", 2);
        case 0x00f8: /* ø */
                return buffer_append(buffer, "o", 1);
        }

        n = u8_uctomb(bytes, unicode_hiragana(c), sizeof(bytes));
        return n < 0 ? 0 : buffer_append(buffer, bytes, (size_t)n);
}

static int append_bases(const uint8_t *folded, size_t size, Buffer *buffer)
{
        for (size_t i = 0; i < size;) {
                uint32_t c;
                int r;

                i += (size_t)u8_mbtouc(&c, folded + i, size - i);
                if (unicode_is_diacritic(c))
                        continue;

                r = append_base(c, buffer);
                if (r < 0)
                        return r;
        }

        return 0;
}

/*
 * Half of the names of Europe have a letter that is not ASCII, and most of these letters are of Latin-1 or Latin Extended-A, in which
 * nothing depends on what stands beside it: what the library makes of each is kept. It takes 20,000 instructions for a name.
 */
#define LATIN_FIRST 0xc0
#define LATIN_END   0x180

static struct {
        uint8_t size; /* 0: not looked up so far */
        uint8_t bytes[7];
} latin_letters[LATIN_END - LATIN_FIRST];

/* ASCII without NUL, and the two bytes that these letters have. */
static bool is_latin(const uint8_t *data, size_t size)
{
        for (size_t i = 0; i < size; i++) {
                if (data[i] > 0 && data[i] < 0x80)
                        continue;
                if (data[i] < 0xc3 || data[i] > 0xc5 || i + 1 == size ||
                    (data[i + 1] & 0xc0) != 0x80)
                        return false;
                i++;
        }
        return true;
}

static int append_letter(const uint8_t *letter, Buffer *buffer)
{
        uint32_t c = (uint32_t)(letter[0] & 0x1f) << 6 | (letter[1] & 0x3f);
        size_t before = buffer->size, size;
        int r;

        if (latin_letters[c - LATIN_FIRST].size > 0)
                return buffer_append(buffer, latin_letters[c - LATIN_FIRST].bytes,
                                     latin_letters[c - LATIN_FIRST].size);

        r = fold_with(UNINORM_NFKD, letter, 2, append_bases, buffer);
        size = buffer->size - before;
        if (r >= 0 && size > 0 && size <= sizeof(latin_letters->bytes)) {
                memcpy(latin_letters[c - LATIN_FIRST].bytes, buffer->data + before, size);
                latin_letters[c - LATIN_FIRST].size = (uint8_t)size;
        }
        return r;
}

static int fold_latin(const uint8_t *data, size_t size, Buffer *buffer)
{
        int r = 0;

        for (size_t i = 0; i < size && r >= 0; i++)
                if (data[i] < 0x80)
                        r = buffer_append_byte(buffer, ascii_lower(data[i]));
                else
                        r = append_letter(&data[i++], buffer);
        return r;
}

static int fold_ad(const uint8_t *data, size_t size, Buffer *buffer)
{
        return is_latin(data, size) ? fold_latin(data, size, buffer)
                                    : fold_with(UNINORM_NFKD, data, size, append_bases, buffer);
}

int text_fold_ad(const void *data, size_t size, Buffer *buffer)
{
        return text_fold(data, size, fold_ad, buffer);
}

unsigned text_fold_version(void)
{
        return (unsigned)_libunistring_version;
}

int text_equal_ad(const void *a, size_t a_size, const void *b, size_t b_size)
{
        _cleanup_buffer_ Buffer a_folded = BUFFER_INIT, b_folded = BUFFER_INIT;
        int r;

        if (slice_equal((Slice){ a, a_size }, (Slice){ b, b_size }))
                return 1;
        if (text_is_ascii(a, a_size) && text_is_ascii(b, b_size)) {
                const uint8_t *a_bytes = a, *b_bytes = b;

                if (a_size != b_size)
                        return 0;
                for (size_t i = 0; i < a_size; i++)
                        if (ascii_lower(a_bytes[i]) != ascii_lower(b_bytes[i]))
                                return 0;
                return 1;
        }

        r = text_fold_ad(a, a_size, &a_folded);
        if (r < 0)
                return r;
        r = text_fold_ad(b, b_size, &b_folded);
        if (r < 0)
                return r;

        return a_folded.size == b_folded.size &&
               (a_folded.size == 0 || memcmp(a_folded.data, b_folded.data, a_folded.size) == 0);
}

/* ------------------------------------------------------------------ parts */

bool slice_precedes(Slice a, Slice b)
{
        size_t shared = a.size < b.size ? a.size : b.size;
        int order = shared > 0 ? memcmp(a.data, b.data, shared) : 0;

        return order < 0 || (order == 0 && a.size < b.size);
}

static bool is_ascii_graph(uint8_t c)
{
        return c > ' ' && c < 0x7f;
}

Slice text_trim(const void *data, size_t size)
{
        const uint8_t *begin = data, *end = begin + size;
        uint32_t c;

        if (size == 0 || (is_ascii_graph(begin[0]) && is_ascii_graph(end[-1])))
                return (Slice){ data, size };

        while (begin < end) {
                int n = u8_mbtoucr(&c, begin, (size_t)(end - begin));

                if (n <= 0 || !unicode_is_white_space(c))
                        break;
                begin += n;
        }
        while (begin < end) {
                const uint8_t *last = u8_prev(&c, end, begin);

                if (!last || !unicode_is_white_space(c))
                        break;
                end = last;
        }

        return (Slice){ begin, (size_t)(end - begin) };
}

static bool begins_nocase(const uint8_t *data, const char *needle, size_t size)
{
        for (size_t i = 0; i < size; i++)
                if (ascii_lower(data[i]) != ascii_lower((uint8_t)needle[i]))
                        return false;
        return true;
}

bool text_begins(Slice text, const char *needle)
{
        size_t size = strlen(needle);

        return text.size >= size && (size == 0 || memcmp(text.data, needle, size) == 0);
}

bool text_begins_nocase(Slice text, const char *needle)
{
        size_t size = strlen(needle);

        return text.size >= size && begins_nocase(text.data, needle, size);
}

/* What is sought here is short, and so are the texts: memmem() prepares itself for longer than this takes. */
static bool contains_two(Slice text, uint8_t first, uint8_t second)
{
        for (size_t i = 1; i < text.size; i++)
                if (text.data[i] == second && text.data[i - 1] == first)
                        return true;
        return false;
}

bool text_contains(Slice text, const char *needle)
{
        size_t size = strlen(needle);

        if (size == 2)
                return contains_two(text, (uint8_t)needle[0], (uint8_t)needle[1]);
        return size == 0 || (text.size >= size && memmem(text.data, text.size, needle, size));
}

bool text_contains_nocase(Slice text, const char *needle)
{
        size_t size = strlen(needle);
        uint8_t first = ascii_lower((uint8_t)needle[0]);

        for (size_t i = 0; size <= text.size && i <= text.size - size; i++)
                if (size == 0 || (ascii_lower(text.data[i]) == first &&
                                  begins_nocase(text.data + i, needle, size)))
                        return true;
        return false;
}

bool text_equals_nocase(Slice text, const char *needle)
{
        return text.size == strlen(needle) && begins_nocase(text.data, needle, text.size);
}

bool text_integer(Slice text, int64_t *ret)
{
        bool is_negative = text.size > 0 && text.data[0] == '-';
        int64_t number = 0;

        if (text.size == (is_negative ? 1 : 0))
                return false;

        for (size_t i = is_negative; i < text.size; i++) {
                int digit = text.data[i] - '0';

                if (digit < 0 || digit > 9)
                        return false;
                if (__builtin_mul_overflow(number, 10, &number) ||
                    __builtin_add_overflow(number, is_negative ? -digit : digit, &number))
                        return false;
        }

        *ret = number;
        return true;
}
