/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * FNV-1a of 64 bits with a final mix. It names findings (the same on every host and for ever) and makes the
 * keys of claims, whose hits are confirmed on the real values, so nobody's safety rests on it.
 */

#include <stddef.h>
#include <stdint.h>

#define HASH_INIT UINT64_C(0xcbf29ce484222325)

static inline uint64_t hash_bytes(uint64_t hash, const void *data, size_t size)
{
        const uint8_t *bytes = data;

        for (size_t i = 0; i < size; i++)
                hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
        return hash;
}

static inline uint64_t hash_finish(uint64_t hash)
{
        hash ^= hash >> 33;
        hash *= UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 33;
        hash *= UINT64_C(0xc4ceb9fe1a85ec53);
        return hash ^ hash >> 33;
}
