/* SPDX-License-Identifier: MIT */
#include "lib/core/text-cut.h"

#include <string.h>
#include <unistr.h>
#include <uniwidth.h>

size_t text_cut(const char *string, size_t columns)
{
        const uint8_t *bytes = (const uint8_t *)string;
        size_t size = strlen(string), used = 0, at = 0;

        while (at < size) {
                ucs4_t character;
                int n = u8_mbtouc(&character, bytes + at, size - at);
                int width = uc_width(character, "UTF-8");

                /* Width 0 is taken along even where the line is full: it belongs to what stands before. */
                if (width > 0) {
                        if (used + (size_t)width > columns)
                                break;
                        used += (size_t)width;
                }
                at += (size_t)n;
        }

        return at;
}
