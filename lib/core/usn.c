/* SPDX-License-Identifier: MIT */
#include "lib/core/usn.h"

#include <errno.h>
#include <stdlib.h>

/*
 * The blob, little-endian: version, reserved, number of cursors, reserved, four bytes each; then the cursors. Version 1 has
 * GUID and USN; version 2 adds the time of the last success, which nothing may rest on: the specification says seconds
 * since 1601, Samba writes the same instant of 1970 into all of them.
 */
enum {
        HEAD_SIZE = 16,
        CURSOR_SIZE_1 = 24,
        CURSOR_SIZE_2 = 32,
};

static uint32_t read_u32(const uint8_t *bytes)
{
        return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
               (uint32_t)bytes[3] << 24;
}

static int64_t read_i64(const uint8_t *bytes)
{
        return (int64_t)(read_u32(bytes) | (uint64_t)read_u32(bytes + 4) << 32);
}

void utd_vector_done(UtdVector *vector)
{
        free(vector->cursors);
        *vector = (UtdVector){};
}

int utd_vector_parse(const void *data, size_t size, UtdVector *ret)
{
        const uint8_t *bytes = data;
        size_t cursor_size, n;
        UtdCursor *cursors;

        if (size < HEAD_SIZE)
                return -EBADMSG;

        switch (read_u32(bytes)) {
        case 1:
                cursor_size = CURSOR_SIZE_1;
                break;
        case 2:
                cursor_size = CURSOR_SIZE_2;
                break;
        default:
                return -EBADMSG;
        }

        /* The length is judged by what is there, never by what a count claims: no allocation follows a lie. */
        n = (size - HEAD_SIZE) / cursor_size;
        if ((size - HEAD_SIZE) % cursor_size != 0 || read_u32(bytes + 8) != n)
                return -EBADMSG;

        cursors = calloc(n ? n : 1, sizeof(*cursors));
        if (!cursors)
                return -ENOMEM;

        for (size_t i = 0; i < n; i++) {
                const uint8_t *at = bytes + HEAD_SIZE + i * cursor_size;

                (void)guid_from_bytes(at, sizeof(Guid), &cursors[i].invocation_id);
                cursors[i].usn = read_i64(at + sizeof(Guid));
                if (cursors[i].usn < 0) {
                        free(cursors);
                        return -EBADMSG;
                }
        }

        *ret = (UtdVector){ .cursors = cursors, .n_cursors = n };
        return 0;
}

int utd_vector_find(const UtdVector *vector, const Guid *invocation_id, int64_t *ret)
{
        for (size_t i = 0; i < vector->n_cursors; i++)
                if (guid_equal(&vector->cursors[i].invocation_id, invocation_id)) {
                        *ret = vector->cursors[i].usn;
                        return 1;
                }

        return 0;
}
