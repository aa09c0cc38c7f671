/* SPDX-License-Identifier: MIT */
#pragma once

/* Where text must be cut to fit a number of columns on a terminal. */

#include <stddef.h>

/*
 * Bytes of the longest beginning that takes at most so many columns, as text_width() counts them; a combining character stays with
 * its letter. Escaped text only.
 */
size_t text_cut(const char *string, size_t columns);
