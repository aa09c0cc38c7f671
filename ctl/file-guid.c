/* SPDX-License-Identifier: MIT */
#include "ctl/file-guid.h"

#include <string.h>

#include "lib/core/dn.h"
#include "lib/core/hash.h"

/* Version 0 of RFC 4122 (the high digit of byte 7 as AD stores it) is none: real ones are made by versions 1 to 8. */
static const uint8_t made_prefix[8] = { 's', 'c', 'a', 'n', 'd', 0xff, 0xff, 0x00 };

int file_guid_make(Slice dn, Guid *ret)
{
        _cleanup_buffer_ Buffer name = BUFFER_INIT;
        uint64_t hash;
        int r;

        r = dn_normalize(dn, &name);
        if (r < 0)
                return r;

        hash = hash_finish(hash_bytes(HASH_INIT, name.data, name.size));
        memcpy(ret->bytes, made_prefix, sizeof(made_prefix));
        for (size_t i = 0; i < 8; i++)
                ret->bytes[8 + i] = (uint8_t)(hash >> 8 * i);
        return 0;
}

bool file_guid_is_made(const Guid *guid)
{
        return memcmp(guid->bytes, made_prefix, sizeof(made_prefix)) == 0;
}
