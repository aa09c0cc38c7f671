/* SPDX-License-Identifier: MIT */
#pragma once

/* What a value means, where the value itself does not tell: "disabled" for 514, "primary" for an address in capitals. */

#include "lib/core/attribute.h"
#include "lib/core/text.h"

/* Appends the note, or nothing. 0 or -ENOMEM. */
int value_note(AttributeId attribute, Slice value, Buffer *buffer);
