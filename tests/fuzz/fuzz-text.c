/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "lib/core/text.h"
#include "lib/core/unicode.h"
#include "tests/fuzz/fuzz.h"
#include <unistr.h>

static bool is_equal(const Buffer *a, const Buffer *b)
{
        return a->size == b->size && (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

static void check_folds(Slice text)
{
        _cleanup_buffer_ Buffer exact = BUFFER_INIT, ad = BUFFER_INIT, again = BUFFER_INIT;

        REQUIRE(text_fold_exact(text.data, text.size, &exact) == 0);
        REQUIRE(text_fold_ad(text.data, text.size, &ad) == 0);
        REQUIRE(text_equal_ad(text.data, text.size, exact.data, exact.size) == 1);
        REQUIRE(text_equal_ad(text.data, text.size, ad.data, ad.size) == 1);

        REQUIRE(text_fold_exact(exact.data, exact.size, &again) == 0);
        REQUIRE(is_equal(&again, &exact));
        buffer_reset(&again);
        REQUIRE(text_fold_ad(ad.data, ad.size, &again) == 0);
        REQUIRE(is_equal(&again, &ad));
}

/* Two texts, equal or not: whoever is equal exactly is equal to AD. */
static void check_pair(Slice a, Slice b)
{
        _cleanup_buffer_ Buffer a_exact = BUFFER_INIT, b_exact = BUFFER_INIT, a_ad = BUFFER_INIT,
                                b_ad = BUFFER_INIT;

        REQUIRE(text_fold_exact(a.data, a.size, &a_exact) == 0);
        REQUIRE(text_fold_exact(b.data, b.size, &b_exact) == 0);
        REQUIRE(text_fold_ad(a.data, a.size, &a_ad) == 0);
        REQUIRE(text_fold_ad(b.data, b.size, &b_ad) == 0);
        REQUIRE(!is_equal(&a_exact, &b_exact) || is_equal(&a_ad, &b_ad));
        REQUIRE(text_equal_ad(a.data, a.size, b.data, b.size) == is_equal(&a_ad, &b_ad));
        REQUIRE(text_equal_ad(b.data, b.size, a.data, a.size) == is_equal(&a_ad, &b_ad));
}

static void check_trim(Slice text)
{
        Slice trimmed = text_trim(text.data, text.size),
              again = text_trim(trimmed.data, trimmed.size);

        REQUIRE(trimmed.size <= text.size);
        REQUIRE(again.data == trimmed.data && again.size == trimmed.size);
        REQUIRE(trimmed.size == 0 || (trimmed.data >= text.data &&
                                      trimmed.data + trimmed.size <= text.data + text.size));
}

static void check_escape(Slice text, size_t limit)
{
        _cleanup_buffer_ Buffer shown = BUFFER_INIT;

        REQUIRE(text_escape(text.data, text.size, limit, &shown) == 0);
        REQUIRE(text_is_utf8(shown.data, shown.size));
        REQUIRE(limit == 0 || shown.size <= limit + strlen("… ( bytes)") + 20);
        for (size_t i = 0; i < shown.size;) {
                uint32_t c;

                i += (size_t)u8_mbtouc(&c, shown.data + i, shown.size - i);
                REQUIRE(!unicode_is_unprintable(c));
        }
        REQUIRE(text_width(buffer_string(&shown)) <= 2 * shown.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        Slice text = { data, size }, a = { data, size / 2 },
              b = { data + size / 2, size - size / 2 };

        REQUIRE(!text_is_ascii(data, size) || text_is_utf8(data, size));
        REQUIRE(text_length(text) <= size);
        check_folds(text);
        check_pair(a, b);
        check_trim(text);
        check_escape(text, 0);
        check_escape(text, 7);
        return 0;
}
