/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Where and when each attribute of an object was written last: replPropertyMetaData ([MS-DRSR] 5.164, [MS-ADTS] 3.1.1.1.9). Which
 * DC that was, is known by the invocationId that it had then.
 */

#include <stddef.h>
#include <stdint.h>

#include "lib/core/guid.h"

typedef struct PropertyWrite {
        uint32_t number;  /* of the attribute, as domain controllers write it to each other */
        uint32_t version; /* how many times it was written */
        int64_t at;       /* Unix seconds */
        Guid invocation_id;
        int64_t usn; /* there */
} PropertyWrite;

typedef struct Metadata {
        PropertyWrite *writes; /* owned, as sent */
        size_t n_writes;
} Metadata;

void metadata_done(Metadata *metadata);

/* Parses the attribute's value. 0, -ENOMEM, -EBADMSG (length, count or version wrong); *ret only on success. */
int metadata_parse(const void *data, size_t size, Metadata *ret);

/*
 * The LDAP name behind such a number. NULL: not known, as with attributes of Exchange and others that came into the schema later,
 * whose numbers are another forest's other attributes.
 */
const char *metadata_attribute_name(uint32_t number);
