/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "lib/core/buffer.h"
#include "lib/core/range.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_buffer_ Buffer written = BUFFER_INIT;
        AttributeRange range = { .name_size = 4711 }, again;
        int r = range_parse((const char *)data, size, &range);

        if (r < 0) {
                REQUIRE(r == -EBADMSG && range.name_size == 4711);
                return 0;
        }

        REQUIRE(range.name_size <= size);
        REQUIRE(range.name_size == size || data[range.name_size] == ';');
        REQUIRE(range.name_size == 0 || !memchr(data, ';', range.name_size));
        if (!range.is_ranged)
                return 0;

        REQUIRE(range.is_final || range.first <= range.last);
        REQUIRE(buffer_append(&written, data, range.name_size) == 0);
        REQUIRE(buffer_append_format(&written, ";RANGE=%zu-", range.first) == 0);
        REQUIRE((range.is_final ? buffer_append_byte(&written, '*')
                                : buffer_append_format(&written, "%zu", range.last)) == 0);
        REQUIRE(range_parse((const char *)written.data, written.size, &again) == 0);
        REQUIRE(again.name_size == range.name_size && again.is_ranged &&
                again.first == range.first && again.is_final == range.is_final &&
                (again.is_final || again.last == range.last));
        return 0;
}
