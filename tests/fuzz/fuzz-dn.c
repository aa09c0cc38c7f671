/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "lib/core/dn.h"
#include "tests/fuzz/fuzz.h"

static Slice slice_of(const Buffer *buffer)
{
        return (Slice){ buffer->data, buffer->size };
}

static bool is_equal(const Buffer *a, const Buffer *b)
{
        return a->size == b->size && (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

/* The first RDN and the rest, put in normal form each for itself, are the normal form of the whole. */
static void check_parts(Slice dn, const Buffer *normal)
{
        _cleanup_buffer_ Buffer joined = BUFFER_INIT, value = BUFFER_INIT;
        Slice rdn, parent;

        REQUIRE(dn_split(dn, &rdn, &parent) == 0);
        REQUIRE(dn_normalize(rdn, &joined) == 0);
        if (parent.size > 0) {
                REQUIRE(buffer_append_byte(&joined, ',') == 0);
                REQUIRE(dn_normalize(parent, &joined) == 0);
                REQUIRE(dn_is_within(dn, parent) == 1);
                REQUIRE(dn_is_within(parent, dn) == 0);
        }
        REQUIRE(is_equal(&joined, normal));
        REQUIRE(dn_rdn_value(dn, &value) == 0);
}

static void check_domain(Slice dn)
{
        _cleanup_buffer_ Buffer domain = BUFFER_INIT, back = BUFFER_INIT, again = BUFFER_INIT;

        REQUIRE(dn_to_domain(dn, &domain) == 0);
        if (domain.size > 0 && memchr(domain.data, '\0', domain.size))
                return;
        REQUIRE(buffer_string(&domain));
        REQUIRE(dn_from_domain((char *)domain.data, &back) == 0);
        REQUIRE(dn_to_domain(slice_of(&back), &again) == 0);
        REQUIRE(again.size <= domain.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_buffer_ Buffer normal = BUFFER_INIT, again = BUFFER_INIT;
        Slice dn = { data, size };
        Guid guid;
        int r;

        REQUIRE(dn_is_conflict(dn, &guid) == dn_is_conflict(dn, NULL));
        REQUIRE(dn_is_deleted(dn, &guid) == dn_is_deleted(dn, NULL));

        r = dn_normalize(dn, &normal);
        REQUIRE(r == 0 || (r == -EBADMSG && normal.size == 0));
        if (r < 0)
                return 0;

        REQUIRE(dn_normalize(slice_of(&normal), &again) == 0);
        REQUIRE(is_equal(&again, &normal));
        REQUIRE(dn_equal(dn, slice_of(&normal)) == 1);
        REQUIRE(dn_is_within(dn, dn) == 1);
        check_domain(dn);
        if (normal.size > 0)
                check_parts(dn, &normal);
        return 0;
}
