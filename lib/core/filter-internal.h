/* SPDX-License-Identifier: MIT */
#pragma once

/* What a parsed filter is. Private to filter*.c; everybody else has filter.h. */

#include "lib/core/filter.h"
#include "lib/core/text.h"

#define FILTER_RULE_BIT_AND  "1.2.840.113556.1.4.803"
#define FILTER_RULE_BIT_OR   "1.2.840.113556.1.4.804"
#define FILTER_RULE_IN_CHAIN "1.2.840.113556.1.4.1941"

typedef enum FilterOperation {
        FILTER_AND,
        FILTER_OR,
        FILTER_NOT,
        FILTER_PRESENT,
        FILTER_EQUAL,
        FILTER_GREATER, /* or equal */
        FILTER_LESS,    /* or equal */
        FILTER_SUBSTRINGS,
        FILTER_BIT_AND,
        FILTER_BIT_OR,
} FilterOperation;

/* Bytes in Filter.bytes; by offset, because those move while the filter grows. */
typedef struct FilterBytes {
        size_t offset;
        size_t size;
} FilterBytes;

/* One assertion value, or one part of a substring assertion. */
typedef struct FilterPart {
        FilterBytes written; /* unescaped, for printing */
        FilterBytes key;     /* what values are compared with: made once, so that no evaluation folds it again */
        int64_t number;      /* SYNTAX_INTEGER and SYNTAX_BOOLEAN: instead of the key */
} FilterPart;

/* Nodes stand in one array, each before its children; `after` is the first node that is not below it. */
typedef struct FilterNode {
        FilterOperation operation;
        AttributeId attribute;
        size_t after;
        size_t first_part;
        size_t n_parts;
        bool has_initial; /* FILTER_SUBSTRINGS: the first part must stand at the beginning */
        bool has_final;   /* the last part must stand at the end */
        bool is_category; /* the key is the beginning of a normal form, up to the first comma */
} FilterNode;

struct Filter {
        FilterNode *nodes;
        size_t n_nodes, n_nodes_allocated;
        FilterPart *parts;
        size_t n_parts, n_parts_allocated;
        Buffer bytes;
};

static inline Slice filter_bytes(const Filter *filter, FilterBytes bytes)
{
        return (Slice){ filter->bytes.data + bytes.offset, bytes.size };
}

/* ------------------------------------------------------------------ filter-value.c */

/*
 * Makes the key of a part, whose written bytes are set, by the syntax of the node's attribute. 0, -ENOMEM, or -EINVAL with
 * the end of a sentence in *ret_problem ("is no number") where the value cannot be one of that syntax.
 */
int filter_make_key(Filter *filter, FilterNode *node, FilterPart *part, const char **ret_problem);

/* What the syntax cannot do, as the end of a sentence ("has no bits"); NULL where all is well. */
const char *filter_refuses(FilterOperation operation, AttributeSyntax syntax);

/* Values of single syntaxes: whether the text is one, with *ret only where it is. */
bool filter_boolean(Slice text, int64_t *ret);
bool filter_time_digits(Slice text, Slice *ret); /* the part that orders times */

/* ------------------------------------------------------------------ filter-match.c */

/* Memory for folding during one evaluation: ASCII values of ordinary length need no other. */
typedef struct FilterScratch {
        uint8_t folded[256];
        Buffer buffer;
} FilterScratch;

/* Does this one value match the node? 1, 0, or -ENOMEM. Not for AND, OR, NOT and PRESENT. */
int filter_match(const Filter *filter, const FilterNode *node, Slice value, FilterScratch *scratch);
