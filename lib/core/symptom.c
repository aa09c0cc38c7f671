/* SPDX-License-Identifier: MIT */
#include "lib/core/symptom.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "lib/core/text.h"

/* A number in a text of more words is anything. */
#define NUMBER_WORDS 3

/* So many words of a sentence are enough to know it by. */
#define PART_WORDS 3

static bool is_word_byte(uint8_t byte)
{
        byte = ascii_lower(byte);
        return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte >= 0x80;
}

static int fold_words(const char *text, Buffer *words, size_t *ret_n)
{
        bool is_inside = false;
        size_t n = 0;
        int r;

        r = buffer_append_byte(words, ' ');
        for (; r >= 0 && *text; text++) {
                uint8_t byte = ascii_lower((uint8_t)*text);

                if (!is_word_byte(byte)) {
                        if (is_inside)
                                r = buffer_append_byte(words, ' ');
                        is_inside = false;
                        continue;
                }

                n += !is_inside;
                is_inside = true;
                r = buffer_append_byte(words, byte);
        }
        if (r >= 0 && is_inside)
                r = buffer_append_byte(words, ' ');
        if (r < 0)
                return r;

        *ret_n = n;
        return 0;
}

int symptom_query_init(SymptomQuery *query, const char *text)
{
        *query = (SymptomQuery){};
        return fold_words(text, &query->words, &query->n_words);
}

void symptom_query_done(SymptomQuery *query)
{
        buffer_done(&query->words);
}

static const uint8_t *find_in(const Buffer *hay, const Buffer *needle)
{
        return memmem(hay->data, hay->size, needle->data, needle->size);
}

static bool is_number(const char *text)
{
        return text[strspn(text, "0123456789")] == '\0';
}

/* Does the text in front of `at` end with a word that says that a code follows? */
static bool follows_code_word(const SymptomQuery *query, const uint8_t *at)
{
        static const char *const heralds[] = {
                " error", " event", " id", " type", " code", " issue"
        };
        size_t before = (size_t)(at - query->words.data);

        for (size_t i = 0; i < ARRAY_SIZE(heralds); i++) {
                size_t n = strlen(heralds[i]);

                if (before >= n && memcmp(at - n, heralds[i], n) == 0)
                        return true;
        }

        return false;
}

/* Do whole words, written as one, make the word? "attribute value must be unique" is AttributeValueMustBeUnique. */
static bool begins_joined(const uint8_t *at, const uint8_t *end, Slice word)
{
        size_t n = 0;

        for (; at < end && n < word.size; at++)
                if (*at != ' ' && *at != word.data[n++])
                        return false;
        return n == word.size && at < end && *at == ' ';
}

static bool holds_joined(const SymptomQuery *query, Slice word)
{
        const uint8_t *data = query->words.data, *end = data + query->words.size;

        for (const uint8_t *at = data; at + 1 < end; at++)
                if (*at == ' ' && begins_joined(at + 1, end, word))
                        return true;
        return false;
}

/* 1, 0, or -ENOMEM; for names and other texts alike. */
static int matches_text(const SymptomQuery *query, const char *text)
{
        _cleanup_buffer_ Buffer words = BUFFER_INIT;
        const uint8_t *at;
        size_t n_words;
        int r;

        r = fold_words(text, &words, &n_words);
        if (r < 0)
                return r;

        at = find_in(&query->words, &words);
        if (is_number(text))
                return at && (query->n_words <= NUMBER_WORDS || follows_code_word(query, at));
        if (at || (query->n_words >= PART_WORDS && find_in(&words, &query->words)))
                return 1;

        return n_words == 1 && holds_joined(query, (Slice){ words.data + 1, words.size - 2 });
}

int symptom_matches(const Symptom *symptom, const SymptomQuery *query)
{
        int r;

        if (query->n_words == 0)
                return 0;

        r = matches_text(query, symptom->name);
        for (const char *const *text = symptom->texts; r == 0 && *text; text++)
                r = matches_text(query, *text);
        return r;
}
