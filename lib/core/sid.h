/* SPDX-License-Identifier: MIT */
#pragma once

/* Security identifiers: revision, count, 48-bit big-endian authority, little-endian sub-authorities ([MS-DTYP] 2.4.2). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/core/buffer.h"

#define SID_SIZE_MAX 68 /* fifteen sub-authorities */

/* Have the bytes the shape of a SID: revision 1, as long as their count says? */
bool sid_is_valid(const void *data, size_t size);

/* Appends "S-1-5-21-…". 0, -ENOMEM, or -EBADMSG for bytes that are no SID. */
int sid_format(const void *data, size_t size, Buffer *buffer);

/* Reads the text form, in either case of the S. 0 with both outputs, or -EBADMSG for a text that is no SID. */
int sid_parse(const char *string, size_t size, uint8_t ret[static SID_SIZE_MAX], size_t *ret_size);

/* S-1-5-10, "Principal Self": stands in msExchMasterAccountSid of unlinked mailboxes and names nobody. */
bool sid_is_self(const void *data, size_t size);
