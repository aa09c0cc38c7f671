/* SPDX-License-Identifier: MIT */

/* Does one value match one term? */

#include "lib/core/filter-internal.h"

#include <errno.h>
#include <string.h>

#include "lib/core/dn.h"

/* *ret points into the scratch, which the next call uses again. */
static int fold(Slice value, FilterScratch *scratch, Slice *ret)
{
        int r;

        if (value.size <= sizeof(scratch->folded) && text_is_ascii(value.data, value.size)) {
                for (size_t i = 0; i < value.size; i++)
                        scratch->folded[i] = ascii_lower(value.data[i]);
                *ret = (Slice){ scratch->folded, value.size };
                return 0;
        }

        buffer_reset(&scratch->buffer);
        r = text_fold_ad(value.data, value.size, &scratch->buffer);
        *ret = (Slice){ scratch->buffer.data, scratch->buffer.size };
        return r;
}

static int compare_bytes(Slice a, Slice b)
{
        size_t common = a.size < b.size ? a.size : b.size;
        int order = common > 0 ? memcmp(a.data, b.data, common) : 0;

        return order ? order : (a.size > b.size) - (a.size < b.size);
}

/* `order` is that of the value against what the filter names. */
static bool is_in_order(FilterOperation operation, int order)
{
        switch (operation) {
        case FILTER_EQUAL:
                return order == 0;
        case FILTER_GREATER:
                return order >= 0;
        case FILTER_LESS:
                return order <= 0;
        case FILTER_AND:
        case FILTER_OR:
        case FILTER_NOT:
        case FILTER_PRESENT:
        case FILTER_SUBSTRINGS:
        case FILTER_BIT_AND:
        case FILTER_BIT_OR:
                return false;
        }

        return false;
}

static bool match_number(FilterOperation operation, int64_t number, int64_t wanted)
{
        switch (operation) {
        case FILTER_BIT_AND:
                return (number & wanted) == wanted;
        case FILTER_BIT_OR:
                return (number & wanted) != 0;
        case FILTER_EQUAL:
        case FILTER_GREATER:
        case FILTER_LESS:
                return is_in_order(operation, (number > wanted) - (number < wanted));
        case FILTER_AND:
        case FILTER_OR:
        case FILTER_NOT:
        case FILTER_PRESENT:
        case FILTER_SUBSTRINGS:
                return false;
        }

        return false;
}

/* The parts must stand in the value in their order, without overlap. */
static bool match_substrings(const Filter *filter, const FilterNode *node, Slice value)
{
        for (size_t i = 0; i < node->n_parts; i++) {
                Slice part = filter_bytes(filter, filter->parts[node->first_part + i].key);
                bool is_initial = node->has_initial && i == 0;
                bool is_final = node->has_final && i == node->n_parts - 1;
                const uint8_t *found = value.data;

                if (part.size > value.size)
                        return false;
                if (part.size == 0)
                        continue;

                if (is_final)
                        found = value.data + value.size - part.size;
                if (is_initial || is_final) {
                        if (memcmp(found, part.data, part.size) != 0)
                                return false;
                } else {
                        found = memmem(value.data, value.size, part.data, part.size);
                        if (!found)
                                return false;
                }

                value.size -= (size_t)(found - value.data) + part.size;
                value.data = found + part.size;
        }

        return true;
}

static bool match_bytes(const Filter *filter, const FilterNode *node, Slice value)
{
        if (node->operation == FILTER_SUBSTRINGS)
                return match_substrings(filter, node, value);

        return is_in_order(
                node->operation,
                compare_bytes(value, filter_bytes(filter, filter->parts[node->first_part].key)));
}

/*
 * Most values differ from what the filter names in their first letter, and need no folding for that. ASCII folds to itself in lower case,
 * whatever follows; bytes that are no text do not fold, but then a key that begins with no capital differs from them as well.
 */
static bool begins_otherwise(const Filter *filter, const FilterNode *node, Slice value)
{
        Slice key = filter_bytes(filter, filter->parts[node->first_part].key);

        if (node->operation != FILTER_EQUAL &&
            (node->operation != FILTER_SUBSTRINGS || !node->has_initial))
                return false;
        if (key.size == 0 || value.size == 0 || value.data[0] >= 0x80 || key.data[0] >= 0x80)
                return false;
        return ascii_lower(key.data[0]) == key.data[0] && ascii_lower(value.data[0]) != key.data[0];
}

static int match_dn(const FilterNode *node, Slice value, Slice key, FilterScratch *scratch)
{
        int r;

        buffer_reset(&scratch->buffer);
        r = dn_normalize(value, &scratch->buffer);
        if (r == -EBADMSG)
                return 0;
        if (r < 0)
                return r;

        value = (Slice){ scratch->buffer.data, scratch->buffer.size };
        if (node->is_category && value.size > key.size)
                value.size = key.size;
        return compare_bytes(value, key) == 0;
}

int filter_match(const Filter *filter, const FilterNode *node, Slice value, FilterScratch *scratch)
{
        const FilterPart *part = &filter->parts[node->first_part];
        int64_t number;
        Slice bytes;
        int r;

        switch (attribute_syntax(node->attribute)) {
        case SYNTAX_INTEGER:
                return text_integer(value, &number) &&
                       match_number(node->operation, number, part->number);

        case SYNTAX_BOOLEAN:
                return filter_boolean(value, &number) && number == part->number;

        case SYNTAX_STRING:
        case SYNTAX_OID:
                if (begins_otherwise(filter, node, value))
                        return 0;
                r = fold(value, scratch, &bytes);
                return r < 0 ? r : match_bytes(filter, node, bytes);

        case SYNTAX_TIME:
                return filter_time_digits(value, &bytes) && match_bytes(filter, node, bytes);

        case SYNTAX_OCTETS:
        case SYNTAX_GUID:
        case SYNTAX_SID:
                return match_bytes(filter, node, value);

        case SYNTAX_DN:
                return match_dn(node, value, filter_bytes(filter, part->key), scratch);
        }

        return 0;
}
