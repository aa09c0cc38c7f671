/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * objectGUID, invocationId and their like: 16 bytes as AD stores and sends them. The first three
 * fields are little-endian ([MS-DTYP] 2.3.4), so the text form swaps them.
 */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define GUID_STRING_SIZE 37 /* 36 characters and the NUL */
#define GUID_FILTER_SIZE 49 /* 16 times \xx and the NUL */

typedef struct Guid {
        uint8_t bytes[16];
} Guid;

#define GUID_NULL ((Guid){ { 0 } })

static inline bool guid_equal(const Guid *a, const Guid *b)
{
        return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

static inline bool guid_is_null(const Guid *guid)
{
        return guid_equal(guid, &GUID_NULL);
}

/* d2a59be4-… in lower case. */
void guid_format(const Guid *guid, char ret[static GUID_STRING_SIZE]);

/* \e4\9b…: the 16 bytes as an RFC 4515 filter wants them. */
void guid_format_filter(const Guid *guid, char ret[static GUID_FILTER_SIZE]);

/* Reads the text form, with or without braces, in either case. 0, or -EINVAL with *ret unchanged. */
int guid_parse(const char *string, Guid *ret);

/* Takes the 16 bytes of an attribute value. 0, or -EBADMSG for any other length. */
int guid_from_bytes(const void *data, size_t size, Guid *ret);
