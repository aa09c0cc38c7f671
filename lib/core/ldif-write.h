/* SPDX-License-Identifier: MIT */
#pragma once

/* Lines of LDIF (RFC 2849) for others to read: every value in base64 that must be. */

#include "lib/core/text.h"

/* Appends "name: value" or "name:: base64", and a line feed. 0 or -ENOMEM. */
int ldif_write_value(const char *name, Slice value, Buffer *buffer);

/* Appends "# text", and a line feed; control characters are escaped, so that no text ends the comment. 0 or -ENOMEM. */
int ldif_write_comment(const char *text, Buffer *buffer);
