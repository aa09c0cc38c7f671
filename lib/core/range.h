/* SPDX-License-Identifier: MIT */
#pragma once

/* The option with which AD hands out many values in parts: "member;range=0-1499", "member;range=1500-*". */

#include <stdbool.h>
#include <stddef.h>

typedef struct AttributeRange {
        size_t name_size; /* bytes of the description before the first option */
        bool is_ranged;
        size_t first;
        size_t last;  /* not meaningful where is_final */
        bool is_final; /* "-*": no more values follow */
} AttributeRange;

/* Takes an attribute description. 0, or -EBADMSG for a range that is none. Other options are ignored. */
int range_parse(const char *description, size_t size, AttributeRange *ret);
