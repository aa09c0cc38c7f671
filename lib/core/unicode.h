/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Properties of single characters, as the modules about text and addresses need them. For texts as a whole see text.h.
 */

#include <stdbool.h>
#include <stdint.h>

/* Unicode White_Space, which is also what .NET trims. */
bool unicode_is_white_space(uint32_t c);

/* Changes the direction, the line or the visibility of others, or nothing one can see: Cc Cf Zl Zp. */
bool unicode_is_unprintable(uint32_t c);

/*
 * A mark that Windows takes for a diacritic of the letter before it, voicing of kana and points of Hebrew and Arabic
 * included. The vowel signs of Thai or Devanagari are non-spacing marks too, but they spell the word: no diacritics.
 */
bool unicode_is_diacritic(uint32_t c);

/* Katakana as hiragana, all else as it is. */
uint32_t unicode_hiragana(uint32_t c);
