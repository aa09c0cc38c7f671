/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "lib/core/metadata.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        Metadata metadata = { .n_writes = 4711 };
        int r = metadata_parse(data, size, &metadata);

        if (r < 0) {
                REQUIRE(r == -EBADMSG && !metadata.writes && metadata.n_writes == 4711);
                return 0;
        }

        REQUIRE(size == 16 + 48 * metadata.n_writes);
        for (size_t i = 0; i < metadata.n_writes; i++) {
                const char *name = metadata_attribute_name(metadata.writes[i].number);

                REQUIRE(metadata.writes[i].usn >= 0);
                REQUIRE(!name || *name);
        }
        metadata_done(&metadata);
        return 0;
}
