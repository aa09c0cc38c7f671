/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <unicase.h>
#include <uninorm.h>
#include <unistr.h>

#include "lib/core/text.h"
#include "tests/unit/check-main.h"

/* ------------------------------------------------------------------ helpers */

typedef int (*FoldFunction)(const void *data, size_t size, Buffer *buffer);

static bool folds_equal(FoldFunction fold, Slice a, Slice b)
{
        _cleanup_buffer_ Buffer x = BUFFER_INIT, y = BUFFER_INIT;

        ck_assert_int_eq(fold(a.data, a.size, &x), 0);
        ck_assert_int_eq(fold(b.data, b.size, &y), 0);
        return x.size == y.size && (x.size == 0 || memcmp(x.data, y.data, x.size) == 0);
}

static bool same_exact(const char *a, const char *b)
{
        return folds_equal(text_fold_exact, SLICE(a), SLICE(b));
}

static bool same_ad(const char *a, const char *b)
{
        bool same = folds_equal(text_fold_ad, SLICE(a), SLICE(b));

        ck_assert_int_eq(text_equal_ad(a, strlen(a), b, strlen(b)), same);
        return same;
}

static void assert_fold_is_idempotent(FoldFunction fold, Slice text)
{
        static Buffer once,
                twice; /* kept, as all of Unicode passes through here; and Check's asserts are slow */

        buffer_reset(&once);
        buffer_reset(&twice);
        if (fold(text.data, text.size, &once) < 0 || fold(once.data, once.size, &twice) < 0)
                ck_abort_msg("no memory");
        if (once.size != twice.size ||
            (once.size > 0 && memcmp(once.data, twice.data, once.size) != 0))
                ck_abort_msg("a fold changes when folded again: %.*s -> %.*s -> %.*s",
                             (int)text.size, text.data, (int)once.size, once.data, (int)twice.size,
                             twice.data);
}

static const char *escaped(const char *string, size_t size, size_t limit, Buffer *buffer)
{
        ck_assert_int_eq(text_escape(string, size, limit, buffer), 0);
        return buffer_string(buffer) ?: "";
}

/* ------------------------------------------------------------------ what is text */

START_TEST(utf8_without_nul_is_text_and_nothing_else_is)
{
        ck_assert(text_is_utf8("", 0));
        ck_assert(text_is_utf8("Anna", 4));
        ck_assert(text_is_utf8("Müller 山田 😀", strlen("Müller 山田 😀")));
        ck_assert(!text_is_utf8("An\0na", 5));
        ck_assert(!text_is_utf8("Müller\0", strlen("Müller") + 1));
        ck_assert(!text_is_utf8("M\xfcller", 6));
        ck_assert(!text_is_utf8("\xed\xa0\x80", 3)); /* a surrogate */
        ck_assert(!text_is_utf8("\xc0\x80", 2));     /* an overlong NUL */
        ck_assert(!text_is_utf8("12345678\xc3", 9)); /* cut off */
}
END_TEST

START_TEST(ascii_is_told_at_every_length_and_position)
{
        for (size_t size = 0; size < 40; size++)
                for (size_t at = 0; at < size; at++) {
                        char text[40];

                        memset(text, 'x', sizeof(text));
                        ck_assert(text_is_ascii(text, size));
                        text[at] = '\0';
                        ck_assert(!text_is_ascii(text, size));
                        text[at] = (char)0x80;
                        ck_assert(!text_is_ascii(text, size));
                        text[at] = (char)0xff;
                        ck_assert(!text_is_ascii(text, size));
                        text[at] = 0x7f;
                        ck_assert(text_is_ascii(text, size));
                        text[at] = 0x01;
                        ck_assert(text_is_ascii(text, size));
                }
}
END_TEST

START_TEST(length_is_in_utf16_units)
{
        ck_assert_uint_eq(text_length(SLICE("")), 0);
        ck_assert_uint_eq(text_length(SLICE("Anna")), 4);
        ck_assert_uint_eq(text_length(SLICE("Müller")), 6);
        ck_assert_uint_eq(text_length(SLICE("山田")), 2);
        ck_assert_uint_eq(text_length(SLICE("😀")), 2);
        ck_assert_uint_eq(text_length(SLICE("M\xfcller")), 6); /* bytes, where it is not UTF-8 */
}
END_TEST

/* ------------------------------------------------------------------ folds */

START_TEST(ascii_letters_fold_at_every_length)
{
        char text[64], expected[64];

        for (size_t i = 0; i < sizeof(text); i++) {
                text[i] = (char)('@' + i);
                expected[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);
        }
        for (size_t offset = 0; offset < sizeof(text); offset++)
                for (size_t size = 0; offset + size <= sizeof(text); size++) {
                        _cleanup_buffer_ Buffer exact = BUFFER_INIT, ad = BUFFER_INIT;

                        ck_assert_int_eq(text_fold_exact(text + offset, size, &exact), 0);
                        ck_assert_int_eq(text_fold_ad(text + offset, size, &ad), 0);
                        ck_assert_uint_eq(exact.size, size);
                        ck_assert_uint_eq(ad.size, size);
                        if (size > 0) {
                                ck_assert_mem_eq(exact.data, expected + offset, size);
                                ck_assert_mem_eq(ad.data, expected + offset, size);
                        }
                }
}
END_TEST

START_TEST(folding_appends)
{
        _cleanup_buffer_ Buffer buffer = BUFFER_INIT;

        ck_assert_int_eq(buffer_append_string(&buffer, "KEEP:"), 0);
        ck_assert_int_eq(text_fold_exact("ANNA", 4, &buffer), 0);
        ck_assert_int_eq(text_fold_ad("BJÖRN", strlen("BJÖRN"), &buffer), 0);
        ck_assert_str_eq(buffer_string(&buffer), "KEEP:annabjorn");
}
END_TEST

START_TEST(exact_ignores_case_and_normal_form_only)
{
        ck_assert(same_exact("Anna@Contoso.COM", "anna@contoso.com"));
        ck_assert(same_exact("MÜLLER", "müller"));
        ck_assert(same_exact("M\xc3\xbcller", "Mu\xcc\x88ller"));
        ck_assert(same_exact("ΣΟΦΟΣ", "σοφος"));
        ck_assert(same_exact("σοφοσ", "σοφος"));
        ck_assert(same_exact("STRASSE", "straße"));
        ck_assert(same_exact("straẞe", "straße"));

        ck_assert(!same_exact("muller", "müller"));
        ck_assert(!same_exact("mueller", "müller"));
        ck_assert(!same_exact("anna", "anna "));
        ck_assert(!same_exact("ａnna", "anna"));
        ck_assert(!same_exact("ツ", "つ"));
        ck_assert(!same_exact("ı", "i"));
        ck_assert(!same_exact("x²", "x2"));
}
END_TEST

/* Each line was seen on real domain controllers: see the sources in text.c. */
START_TEST(ad_equates_what_a_domain_controller_was_seen_to_equate)
{
        ck_assert(same_ad("Müller", "MULLER"));
        ck_assert(same_ad("Meißner", "Meissner"));
        ck_assert(same_ad("ååå", "aaa"));
        ck_assert(same_ad("ooo", "øØo"));
        ck_assert(same_ad("björn", "bjǫrṅ"));
        ck_assert(same_ad("b̨́̄̐j᪲ǫ̈́Ⓡn̨̈́", "bjorn"));
        ck_assert(same_ad("x@EXAMPLE.COM", "x＠example.com"));
        ck_assert(same_ad("¯\\_(ツ)_/¯", "¯\\_(つ)_/¯"));
        ck_assert(same_ad("(㋡)", "(ツ)"));
        ck_assert(same_ad("cifs/example.com", "cīfs/ëxamplē.cøm"));
        ck_assert(!same_ad("björn", "bjoern"));
}
END_TEST

START_TEST(ad_ignores_kana_type_width_and_voicing)
{
        ck_assert(same_ad("カタカナ", "かたかな"));
        ck_assert(same_ad("ｶﾀｶﾅ", "かたかな"));
        ck_assert(same_ad("ヽヾ", "ゝゞ"));
        ck_assert(same_ad("が", "か"));
        ck_assert(same_ad("ｶﾞ", "か"));
        ck_assert(same_ad("ＡＢＣ１２３", "abc123"));
        ck_assert(same_ad(
                "한글",
                "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab\xe1\x84\x80\xe1\x85\xb3\xe1\x86\xaf"));
        ck_assert(!same_ad("한글", "하글"));
}
END_TEST

START_TEST(signs_that_spell_are_no_diacritics)
{
        ck_assert(!same_ad("รัก", "รก"));    /* Thai: love, placenta */
        ck_assert(!same_ad("कु", "क"));      /* Devanagari ku, ka */
        ck_assert(same_ad("שָׁלוֹם", "שלום")); /* Hebrew points are optional */
}
END_TEST

START_TEST(blanks_count)
{
        ck_assert(!same_ad("Anna Berg", "Anna  Berg"));
        ck_assert(!same_ad("Anna", " Anna"));
        ck_assert(!same_ad("Anna", "Anna "));
}
END_TEST

START_TEST(ligatures_are_their_letters)
{
        ck_assert(same_exact("ﬁn", "fin"));
        ck_assert(same_ad("encyclopædia", "ENCYCLOPAEDIA"));
        ck_assert(same_ad("œuvre", "oeuvre"));
        ck_assert(!same_exact("æ", "ae"));
}
END_TEST

static const struct {
        const char *data;
        size_t size;
} no_texts[] = {
        { "M\xfcLLER", 6 }, { "A\0B", 3 }, { "\xff", 1 }, { "ABCDEFGHIJ\xe2\x82", 12 }, { "Ü\0", 3 }
};

/* Beside a letter of another alphabet everything goes through the library; the second time it is remembered. */
START_TEST(a_letter_folds_alike_alone_and_in_company)
{
        static const char omega[] = "ω";
        _cleanup_buffer_ Buffer alone = BUFFER_INIT, company = BUFFER_INIT;

        for (unsigned c = 0xc0; c < 0x200; c++) {
                char letter[3], text[64];

                snprintf(letter, sizeof(letter), "%c%c", 0xc0 | c >> 6, 0x80 | (c & 0x3f));
                for (unsigned time = 0; time < 2; time++) {
                        snprintf(text, sizeof(text), "%sX%s y%s", omega, letter, letter);
                        buffer_reset(&alone);
                        buffer_reset(&company);
                        ck_assert_int_eq(text_fold_ad(text + 2, strlen(text + 2), &alone), 0);
                        ck_assert_int_eq(text_fold_ad(text, strlen(text), &company), 0);
                        ck_assert_msg(alone.size + 2 == company.size &&
                                              memcmp(alone.data, company.data + 2, alone.size) == 0,
                                      "U+%04X", c);
                }
        }
}
END_TEST

START_TEST(bytes_that_are_no_text_fold_to_themselves)
{
        _cleanup_buffer_ Buffer buffer = BUFFER_INIT;

        ck_assert_int_eq(text_fold_exact(no_texts[_i].data, no_texts[_i].size, &buffer), 0);
        ck_assert_int_eq(text_fold_ad(no_texts[_i].data, no_texts[_i].size, &buffer), 0);
        ck_assert_uint_eq(buffer.size, 2 * no_texts[_i].size);
        ck_assert_mem_eq(buffer.data, no_texts[_i].data, no_texts[_i].size);
        ck_assert_mem_eq(buffer.data + no_texts[_i].size, no_texts[_i].data, no_texts[_i].size);
        ck_assert_int_eq(text_equal_ad(no_texts[_i].data, no_texts[_i].size, no_texts[_i].data,
                                       no_texts[_i].size),
                         1);
}
END_TEST

START_TEST(every_character_folds_to_something_that_folds_to_itself)
{
        for (uint32_t c = 1; c <= 0x10ffff; c++) {
                uint8_t bytes[6];
                int n = u8_uctomb(bytes, c, sizeof(bytes));

                if (n < 0)
                        continue;
                assert_fold_is_idempotent(text_fold_exact, (Slice){ bytes, (size_t)n });
                assert_fold_is_idempotent(text_fold_ad, (Slice){ bytes, (size_t)n });
        }
}
END_TEST

/* ------------------------------------------------------------------ random values */

/* Characters that do something when folded, and what stands around them. */
static uint32_t random_character(uint64_t *state)
{
        static const struct {
                uint32_t from, to;
        } blocks[] = {
                { 0x20, 0x7e },     { 0x41, 0x5a },     { 0xa0, 0x24f },      { 0x300, 0x36f },
                { 0x370, 0x52f },   { 0x5b0, 0x6ff },   { 0x900, 0x97f },     { 0xe01, 0xe4e },
                { 0x1100, 0x11ff }, { 0x1e00, 0x1fff }, { 0x2000, 0x214f },   { 0x2460, 0x24ff },
                { 0x3041, 0x30ff }, { 0x3131, 0x33ff }, { 0xac00, 0xac80 },   { 0xf900, 0xfaff },
                { 0xfb00, 0xfb4f }, { 0xff01, 0xffdc }, { 0x1d400, 0x1d4ff }, { 0x1f600, 0x1f64f },
        };
        uint64_t random = test_random(state);

        if (random % 16 == 0) {
                uint32_t c = (uint32_t)(1 + test_random(state) % 0x10ffff);

                return c >= 0xd800 && c < 0xe000 ? 'x' : c;
        }

        random = test_random(state);
        return blocks[random % 20].from +
               (uint32_t)(random / 20 % (blocks[random % 20].to - blocks[random % 20].from + 1));
}

static size_t random_text(uint64_t *state, uint8_t *text, size_t size)
{
        size_t n = test_random(state) % 8, length = 0;

        for (size_t i = 0; i < n; i++)
                length += (size_t)u8_uctomb(text + length, random_character(state),
                                            (ptrdiff_t)(size - length));
        return length;
}

/* Other bytes that everybody would call the same text: another case, another normal form. */
static Slice twin(Slice text, uint64_t *state, uint8_t *memory, size_t size)
{
        size_t twin_size = size;
        uint8_t *result = NULL;

        switch (test_random(state) % 3) {
        case 0:
                result = u8_toupper(text.data, text.size, NULL, UNINORM_NFD, memory, &twin_size);
                break;
        case 1:
                result = u8_tolower(text.data, text.size, NULL, UNINORM_NFC, memory, &twin_size);
                break;
        case 2:
                result = u8_normalize(UNINORM_NFD, text.data, text.size, memory, &twin_size);
                break;
        }

        ck_assert_ptr_eq(result, memory);
        return (Slice){ memory, twin_size };
}

START_TEST(what_is_equal_exactly_is_equal_to_ad)
{
        uint64_t state = test_seed();
        unsigned n_equal = 0;

        for (unsigned i = 0; i < 10000; i++) {
                uint8_t a_memory[64], b_memory[1024];
                Slice a = { a_memory, random_text(&state, a_memory, sizeof(a_memory)) };
                Slice b = twin(a, &state, b_memory, sizeof(b_memory));

                assert_fold_is_idempotent(text_fold_exact, a);
                assert_fold_is_idempotent(text_fold_ad, a);

                if (!folds_equal(text_fold_exact, a, b))
                        continue;
                n_equal++;
                ck_assert_msg(folds_equal(text_fold_ad, a, b),
                              "exactly equal, but not to AD: %.*s / %.*s", (int)a.size, a.data,
                              (int)b.size, b.data);
                ck_assert_int_eq(text_equal_ad(a.data, a.size, b.data, b.size), 1);
        }

        ck_assert_uint_gt(n_equal,
                          9000); /* the rest: upper case that Unicode does not fold back, as of ı */
}
END_TEST

START_TEST(random_bytes_never_change_the_rules)
{
        uint64_t state = test_seed();

        for (unsigned i = 0; i < 10000; i++) {
                uint8_t bytes[32];
                size_t size = test_random(&state) % sizeof(bytes);
                _cleanup_buffer_ Buffer folded = BUFFER_INIT, shown = BUFFER_INIT;

                for (size_t k = 0; k < size; k++)
                        bytes[k] = (uint8_t)test_random(&state);

                assert_fold_is_idempotent(text_fold_ad, (Slice){ bytes, size });
                if (!text_is_utf8(bytes, size)) {
                        ck_assert_int_eq(text_fold_exact(bytes, size, &folded), 0);
                        ck_assert_uint_eq(folded.size, size);
                        ck_assert_mem_eq(folded.data, bytes, size);
                }
                ck_assert_int_eq(text_escape(bytes, size, 0, &shown), 0);
                ck_assert(text_is_utf8(shown.data, shown.size));
        }
}
END_TEST

/* ------------------------------------------------------------------ trimming */

static const char *const blank_around[] = {
        "anna",
        " anna",
        "anna ",
        "\t\n\v\f\r anna \t",
        /* An escape takes all hexadecimal digits that follow: hence the pieces. */
        ("\xc2\xa0"
         "anna"
         "\xc2\x85"),
        ("\xe3\x80\x80"
         "anna"
         "\xe2\x80\xa8\xe2\x80\xaf"),
        ("\xe1\x9a\x80"
         "anna"),
};

START_TEST(white_space_of_all_kinds_is_trimmed_at_both_ends)
{
        Slice trimmed = text_trim(blank_around[_i], strlen(blank_around[_i]));

        ck_assert_uint_eq(trimmed.size, 4);
        ck_assert_mem_eq(trimmed.data, "anna", 4);
}
END_TEST

START_TEST(what_stands_inside_or_is_merely_invisible_stays)
{
        ck_assert_uint_eq(text_trim("a b", 3).size, 3);
        ck_assert_uint_eq(text_trim("\xe2\x80\x8b"
                                    "a",
                                    4)
                                  .size,
                          4); /* zero width space is none */
        ck_assert_uint_eq(text_trim("\xff \xff", 3).size, 3);
        ck_assert_uint_eq(text_trim("a\xa0", 2).size, 2); /* a byte, not a character */
        ck_assert_uint_eq(text_trim(" \t ", 3).size, 0);
        ck_assert_uint_eq(text_trim("", 0).size, 0);
        ck_assert_uint_eq(text_trim(NULL, 0).size, 0);
}
END_TEST

/* ------------------------------------------------------------------ showing */

START_TEST(what_could_harm_a_terminal_is_escaped)
{
        _cleanup_buffer_ Buffer buffer = BUFFER_INIT;

        ck_assert_str_eq(escaped("Müller 山田 a\\b", strlen("Müller 山田 a\\b"), 0, &buffer),
                         "Müller 山田 a\\\\b");
        buffer_reset(&buffer);
        ck_assert_str_eq(escaped("a\0b\x1b[2J\x7f\n", 9, 0, &buffer), "a\\x00b\\x1B[2J\\x7F\\x0A");
        buffer_reset(&buffer);
        ck_assert_str_eq(escaped("\xe2\x80\xae\xe2\x80\xa8\xc2\x85\xe2\x80\x8b", 11, 0, &buffer),
                         "\\u{202E}\\u{2028}\\u{0085}\\u{200B}");
        buffer_reset(&buffer);
        ck_assert_str_eq(escaped("M\xfcl\xe2\x82", 5, 0, &buffer), "M\\xFCl\\xE2\\x82");
        buffer_reset(&buffer);
        ck_assert_str_eq(escaped("\xf3\xa0\x80\xa1", 4, 0, &buffer), "\\u{E0021}");
}
END_TEST

START_TEST(long_values_are_cut_between_characters_and_say_so)
{
        _cleanup_buffer_ Buffer buffer = BUFFER_INIT;

        ck_assert_str_eq(escaped("abcdefgh", 8, 8, &buffer), "abcdefgh");
        buffer_reset(&buffer);
        ck_assert_str_eq(escaped("abcdefgh", 8, 5, &buffer), "abcde… (8 bytes)");
        buffer_reset(&buffer);
        ck_assert_str_eq(escaped("aüüü", 7, 4, &buffer), "aü… (7 bytes)");
        buffer_reset(&buffer);
        ck_assert_str_eq(escaped("a\n\n", 3, 6, &buffer), "a\\x0A… (3 bytes)");
}
END_TEST

START_TEST(width_counts_columns)
{
        ck_assert_uint_eq(text_width(""), 0);
        ck_assert_uint_eq(text_width("Anna"), 4);
        ck_assert_uint_eq(text_width("Müller"), 6);
        ck_assert_uint_eq(text_width("Mu\xcc\x88ller"), 6);
        ck_assert_uint_eq(text_width("山田"), 4);
}
END_TEST

/* ------------------------------------------------------------------ searching */

START_TEST(needles_are_found_where_they_are)
{
        Slice text = SLICE("SMTP:Anna@contoso.com");

        ck_assert(text_begins(text, "SMTP:"));
        ck_assert(!text_begins(text, "smtp:"));
        ck_assert(text_begins_nocase(text, "sMtP:"));
        ck_assert(!text_begins_nocase(text, "sip:"));
        ck_assert(text_begins(text, ""));
        ck_assert(!text_begins((Slice){}, "a"));
        ck_assert(text_begins((Slice){}, ""));

        ck_assert(text_contains(text, "Anna"));
        ck_assert(!text_contains(text, "anna"));
        ck_assert(text_contains_nocase(text, "aNNA@"));
        ck_assert(text_contains_nocase(text, ".COM"));
        ck_assert(!text_contains_nocase(text, ".COM."));
        ck_assert(text_contains_nocase((Slice){}, ""));
        ck_assert(!text_contains((Slice){}, "a"));

        ck_assert(text_equals_nocase(text, "smtp:anna@CONTOSO.com"));
        ck_assert(!text_equals_nocase(text, "smtp:anna@contoso.co"));
        ck_assert(text_equals_nocase((Slice){}, ""));
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("text");
        TCase *tcase = tcase_create("text");

        tcase_set_timeout(tcase, 120); /* all of Unicode, under sanitizers on a busy machine */
        tcase_add_test(tcase, utf8_without_nul_is_text_and_nothing_else_is);
        tcase_add_test(tcase, ascii_is_told_at_every_length_and_position);
        tcase_add_test(tcase, length_is_in_utf16_units);
        tcase_add_test(tcase, ascii_letters_fold_at_every_length);
        tcase_add_test(tcase, folding_appends);
        tcase_add_test(tcase, exact_ignores_case_and_normal_form_only);
        tcase_add_test(tcase, ad_equates_what_a_domain_controller_was_seen_to_equate);
        tcase_add_test(tcase, ad_ignores_kana_type_width_and_voicing);
        tcase_add_test(tcase, signs_that_spell_are_no_diacritics);
        tcase_add_test(tcase, blanks_count);
        tcase_add_test(tcase, ligatures_are_their_letters);
        tcase_add_test(tcase, a_letter_folds_alike_alone_and_in_company);
        tcase_add_loop_test(tcase, bytes_that_are_no_text_fold_to_themselves, 0,
                            (int)ARRAY_SIZE(no_texts));
        tcase_add_test(tcase, every_character_folds_to_something_that_folds_to_itself);
        tcase_add_test(tcase, what_is_equal_exactly_is_equal_to_ad);
        tcase_add_test(tcase, random_bytes_never_change_the_rules);
        tcase_add_loop_test(tcase, white_space_of_all_kinds_is_trimmed_at_both_ends, 0,
                            (int)ARRAY_SIZE(blank_around));
        tcase_add_test(tcase, what_stands_inside_or_is_merely_invisible_stays);
        tcase_add_test(tcase, what_could_harm_a_terminal_is_escaped);
        tcase_add_test(tcase, long_values_are_cut_between_characters_and_say_so);
        tcase_add_test(tcase, width_counts_columns);
        tcase_add_test(tcase, needles_are_found_where_they_are);
        suite_add_tcase(suite, tcase);
        return suite;
}
