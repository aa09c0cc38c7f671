/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * An attribute value as people and programs are shown it, by its syntax: GUIDs and SIDs in their
 * text forms, other bytes in base64, text as written. What is not what its syntax promises is
 * escaped, never lost.
 */

#include "lib/core/attribute.h"
#include "lib/core/text.h"

/* Appends the value as UTF-8 without NUL. 0 or -ENOMEM. */
int value_text(AttributeId attribute, Slice value, Buffer *buffer);

/* Appends bytes that should be text: as they are where they are UTF-8 without NUL, else escaped. 0
 * or -ENOMEM. */
int value_text_string(Slice value, Buffer *buffer);

/* Appends bytes in base64, as Entra ID shows source anchors. 0 or -ENOMEM. */
int value_text_base64(Slice value, Buffer *buffer);
