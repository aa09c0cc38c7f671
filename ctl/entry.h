/* SPDX-License-Identifier: MIT */
#pragma once

/* What is known of one thing, a line each: "  label   text". Texts are made safe, and broken over lines where they must be. */

#include "ctl/output.h"
#include "lib/core/object.h"
#include "lib/core/text.h"

/* The heading: an object's name as people know it, without the rest of its DN. 0 or -ENOMEM. */
int entry_title(Output *output, const Object *object);

/* An empty label goes on with the one before. 0 or -ENOMEM. */
int entry_print(Output *output, const char *label, const char *text);

/* A value, by its attribute's syntax and cut when it is very long, and a note on it in brackets. An empty note is none. 0 or -ENOMEM. */
int entry_value(Output *output, const char *label, AttributeId attribute, Slice value,
                const char *note);

/* The DN, as a line of its own. 0 or -ENOMEM. */
int entry_dn(Output *output, const Object *object);
