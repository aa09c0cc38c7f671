/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "lib/core/object.h"
#include "tests/fuzz/fuzz.h"

/* A damaged database must not be more than an error. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static Object *object, *again;
        _cleanup_buffer_ Buffer packed = BUFFER_INIT, twice = BUFFER_INIT;
        int r;

        if (!object)
                REQUIRE(object_new(&object) == 0 && object_new(&again) == 0);

        object_reset(object);
        r = object_unpack(object, data, size);
        REQUIRE(r == 0 || r == -EBADMSG);
        if (r < 0)
                return 0;

        /* What is left of it, without numbers of no attribute, is a packed form of its own. */
        REQUIRE(object_seal(object) == 0);
        REQUIRE(object_pack(object, &packed) == 0);
        object_reset(again);
        REQUIRE(object_unpack(again, packed.data, packed.size) == 0);
        REQUIRE(object_seal(again) == 0);
        REQUIRE(object_pack(again, &twice) == 0);
        REQUIRE(twice.size == packed.size);
        REQUIRE(packed.size == 0 || memcmp(twice.data, packed.data, packed.size) == 0);
        REQUIRE(again->kind == object->kind && again->is_deleted == object->is_deleted);
        return 0;
}
