/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "lib/core/usn.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        UtdVector vector = { .n_cursors = 4711 };
        int r = utd_vector_parse(data, size, &vector);

        if (r < 0) {
                REQUIRE(r == -EBADMSG && !vector.cursors && vector.n_cursors == 4711);
                return 0;
        }

        REQUIRE(size == 16 + 24 * vector.n_cursors || size == 16 + 32 * vector.n_cursors);
        for (size_t i = 0; i < vector.n_cursors; i++) {
                int64_t usn = -1;

                REQUIRE(vector.cursors[i].usn >= 0);
                REQUIRE(utd_vector_find(&vector, &vector.cursors[i].invocation_id, &usn) == 1);
                REQUIRE(usn >= 0);
        }
        utd_vector_done(&vector);
        return 0;
}
