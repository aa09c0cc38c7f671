/* SPDX-License-Identifier: MIT */
#include "lib/core/unicode.h"

#include <unictype.h>
#include <uninorm.h>

bool unicode_is_white_space(uint32_t c)
{
        if (c < 0x80)
                return c == ' ' || (c >= '\t' && c <= '\r');

        return uc_is_property_white_space(c);
}

bool unicode_is_unprintable(uint32_t c)
{
        if (c < 0x80)
                return c < ' ' || c == 0x7f;

        return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cf |
                                                           UC_CATEGORY_MASK_Zl |
                                                           UC_CATEGORY_MASK_Zp);
}

/*
 * The combining class tells them apart: 1 overlays, 8 kana voicing, 10 to 36 the points of Hebrew, Arabic and Syriac, 200 and
 * above marks that stand around any letter. In between (7, 9, 84 to 132) and at 0 are the signs that spell.
 */
bool unicode_is_diacritic(uint32_t c)
{
        int class;

        if (c < 0x0300 || !uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Mn))
                return false;

        class = uc_combining_class(c);
        return class == 1 || class == 8 || (class >= 10 && class <= 36) || class >= 200;
}

uint32_t unicode_hiragana(uint32_t c)
{
        /* ァ to ヶ, and the iteration marks ヽ ヾ: the blocks lie side by side in the same order. */
        if ((c >= 0x30a1 && c <= 0x30f6) || c == 0x30fd || c == 0x30fe)
                return c - 0x60;

        return c;
}
