/* SPDX-License-Identifier: MIT */
#pragma once

/* What becomes of a value that AD holds on its way to the cloud, to stand beside it. */

#include "ctl/prediction-writer.h"

/*
 * Appends "dropped: it holds a space", "becomes anna@contoso.onmicrosoft.com" or why the attribute does not flow; nothing where the
 * value arrives as it is, or is none that syncs. 0 or -ENOMEM.
 */
int value_mark(const Predicted *predicted, AttributeId attribute, Slice value, Buffer *buffer);
