/* SPDX-License-Identifier: MIT */
#include "lib/core/filter-internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

Filter *filter_free(Filter *filter)
{
        if (!filter)
                return NULL;

        free(filter->nodes);
        free(filter->parts);
        buffer_done(&filter->bytes);
        free(filter);
        return NULL;
}

static bool has_children(const FilterNode *node)
{
        return node->operation == FILTER_AND || node->operation == FILTER_OR ||
               node->operation == FILTER_NOT;
}

void filter_attributes(const Filter *filter, AttributeSet *set)
{
        for (size_t i = 0; i < filter->n_nodes; i++)
                if (!has_children(&filter->nodes[i]))
                        attribute_set_add(set, filter->nodes[i].attribute);
}

bool filter_group(const Filter *filter, size_t index, AttributeId *ret_attribute, Slice *ret_dn)
{
        for (size_t i = 0; i < filter->n_nodes; i++) {
                const FilterNode *node = &filter->nodes[i];

                if (node->operation != FILTER_EQUAL || !attribute_is_link(node->attribute) ||
                    index-- > 0)
                        continue;

                *ret_attribute = node->attribute;
                *ret_dn = filter_bytes(filter, filter->parts[node->first_part].written);
                return true;
        }

        return false;
}

bool filter_asks_presence(const Filter *filter, AttributeId attribute)
{
        for (size_t i = 0; i < filter->n_nodes; i++)
                if (filter->nodes[i].operation == FILTER_PRESENT &&
                    filter->nodes[i].attribute == attribute)
                        return true;
        return false;
}

AttributeId filter_first_attribute(const Filter *filter)
{
        size_t i = 0;

        while (has_children(&filter->nodes[i]))
                i++; /* each has a child, and that comes next */
        return filter->nodes[i].attribute;
}

static bool is_field(AttributeId attribute)
{
        return attribute == ATTRIBUTE_OBJECT_GUID || attribute == ATTRIBUTE_PARENT_GUID ||
               attribute == ATTRIBUTE_DISTINGUISHED_NAME || attribute == ATTRIBUTE_USN_CHANGED;
}

static bool node_wants(const Filter *filter, size_t index, AttributeSet *set)
{
        const FilterNode *node = &filter->nodes[index];

        if (!has_children(node)) {
                attribute_set_add(set, node->attribute);
                return !is_field(node->attribute);
        }
        if (node->operation == FILTER_NOT)
                return false;

        /* All of AND must be true: one that wants something will do. Of OR each must want something. */
        for (size_t i = index + 1; i < node->after; i = filter->nodes[i].after) {
                AttributeSet wanted = {};
                bool wants = node_wants(filter, i, &wanted);

                if (wants)
                        attribute_set_union(set, &wanted);
                if (wants == (node->operation == FILTER_AND))
                        return wants;
        }

        return node->operation == FILTER_OR;
}

bool filter_wants(const Filter *filter, AttributeSet *set)
{
        return node_wants(filter, 0, set);
}

static void node_bars(const Filter *filter, size_t index, AttributeSet *set)
{
        const FilterNode *node = &filter->nodes[index], *below = node + 1;

        if (node->operation == FILTER_NOT && below->operation == FILTER_PRESENT)
                attribute_set_add(set, below->attribute);
        if (node->operation != FILTER_AND)
                return;
        for (size_t i = index + 1; i < node->after; i = filter->nodes[i].after)
                node_bars(filter, i, set);
}

void filter_bars(const Filter *filter, AttributeSet *set)
{
        node_bars(filter, 0, set);
}

/* ------------------------------------------------------------------ evaluation */

/* A value that the object has in a field of its own, as the database keeps it in a column. */
typedef struct FieldValue {
        Value value;
        char text[24];
} FieldValue;

static bool field_value(const Object *object, AttributeId attribute, FieldValue *field)
{
        Slice bytes = {};

        if (attribute == ATTRIBUTE_OBJECT_GUID && !guid_is_null(&object->guid))
                bytes = (Slice){ object->guid.bytes, sizeof(object->guid) };
        else if (attribute == ATTRIBUTE_PARENT_GUID && !guid_is_null(&object->parent))
                bytes = (Slice){ object->parent.bytes, sizeof(object->parent) };
        else if (attribute == ATTRIBUTE_DISTINGUISHED_NAME)
                bytes = (Slice){ object->dn.data, object->dn.size };
        else if (attribute == ATTRIBUTE_USN_CHANGED && object->usn > 0) {
                snprintf(field->text, sizeof(field->text), "%" PRId64, object->usn);
                bytes = SLICE(field->text);
        }

        field->value = (Value){ bytes.data, (uint32_t)bytes.size, attribute };
        return bytes.size > 0;
}

static int evaluate_term(const Filter *filter, const FilterNode *node, const Object *object,
                         FilterScratch *scratch, Truth *ret)
{
        FieldValue field;
        const Value *values;
        size_t n_values;

        values = object_values(object, node->attribute, &n_values);
        if (n_values == 0 && field_value(object, node->attribute, &field)) {
                values = &field.value;
                n_values = 1;
        }
        if (n_values == 0) {
                *ret = attribute_set_has(&object->known, node->attribute) ? TRUTH_FALSE
                                                                          : TRUTH_UNDEFINED;
                return 0;
        }

        *ret = node->operation == FILTER_PRESENT ? TRUTH_TRUE : TRUTH_FALSE;
        for (size_t i = 0; i < n_values && *ret == TRUTH_FALSE; i++) {
                int r = filter_match(filter, node, (Slice){ values[i].data, values[i].size },
                                     scratch);

                if (r < 0)
                        return r;
                if (r > 0)
                        *ret = TRUTH_TRUE;
        }

        return 0;
}

/* Recursion is as deep as the filter, which the parser bounds. */
static int evaluate_node(const Filter *filter, size_t index, const Object *object,
                         FilterScratch *scratch, Truth *ret)
{
        const FilterNode *node = &filter->nodes[index];
        Truth decisive = node->operation == FILTER_AND ? TRUTH_FALSE : TRUTH_TRUE;
        Truth truth, all;
        int r;

        if (!has_children(node))
                return evaluate_term(filter, node, object, scratch, ret);

        if (node->operation == FILTER_NOT) {
                r = evaluate_node(filter, index + 1, object, scratch, &truth);
                if (r < 0)
                        return r;
                *ret = truth == TRUTH_UNDEFINED ? TRUTH_UNDEFINED
                       : truth == TRUTH_TRUE    ? TRUTH_FALSE
                                                : TRUTH_TRUE;
                return 0;
        }

        /* One false term decides AND and one true term OR, whatever is undefined beside it. */
        all = decisive == TRUTH_FALSE ? TRUTH_TRUE : TRUTH_FALSE;
        for (size_t i = index + 1; i < node->after; i = filter->nodes[i].after) {
                r = evaluate_node(filter, i, object, scratch, &truth);
                if (r < 0)
                        return r;
                if (truth == decisive) {
                        *ret = decisive;
                        return 0;
                }
                if (truth == TRUTH_UNDEFINED)
                        all = TRUTH_UNDEFINED;
        }

        *ret = all;
        return 0;
}

int filter_evaluate(const Filter *filter, const Object *object, Truth *ret)
{
        FilterScratch scratch;
        Truth truth;
        int r;

        scratch.buffer = (Buffer)BUFFER_INIT;
        r = evaluate_node(filter, 0, object, &scratch, &truth);
        buffer_done(&scratch.buffer);
        if (r < 0)
                return r;

        *ret = truth;
        return 0;
}

/* ------------------------------------------------------------------ printing */

static const char *operator_text(FilterOperation operation)
{
        switch (operation) {
        case FILTER_AND:
                return "&";
        case FILTER_OR:
                return "|";
        case FILTER_NOT:
                return "!";
        case FILTER_PRESENT:
                return "=*";
        case FILTER_EQUAL:
        case FILTER_SUBSTRINGS:
                return "=";
        case FILTER_GREATER:
                return ">=";
        case FILTER_LESS:
                return "<=";
        case FILTER_BIT_AND:
                return ":" FILTER_RULE_BIT_AND ":=";
        case FILTER_BIT_OR:
                return ":" FILTER_RULE_BIT_OR ":=";
        }

        return "";
}

/* What RFC 4515 wants escaped, and besides that whatever a terminal or a shell script would not carry unharmed. */
static int print_value(Slice value, Buffer *buffer)
{
        bool is_text = text_is_utf8(value.data, value.size);
        int r = 0;

        for (size_t i = 0; i < value.size && r >= 0; i++) {
                uint8_t c = value.data[i];

                if (c < ' ' || c == 0x7f || (c >= 0x80 && !is_text) || strchr("()*\\", c))
                        r = buffer_append_format(buffer, "\\%02x", c);
                else
                        r = buffer_append_byte(buffer, c);
        }

        return r;
}

static int print_term(const Filter *filter, const FilterNode *node, Buffer *buffer)
{
        int r;

        r = buffer_append_format(buffer, "%s%s", attribute_name(node->attribute),
                                 operator_text(node->operation));
        if (node->operation == FILTER_SUBSTRINGS && !node->has_initial && r >= 0)
                r = buffer_append_byte(buffer, '*');

        for (size_t i = 0; i < node->n_parts && r >= 0; i++) {
                if (i > 0)
                        r = buffer_append_byte(buffer, '*');
                if (r >= 0)
                        r = print_value(
                                filter_bytes(filter, filter->parts[node->first_part + i].written),
                                buffer);
        }

        if (node->operation == FILTER_SUBSTRINGS && !node->has_final && r >= 0)
                r = buffer_append_byte(buffer, '*');
        return r;
}

static int print_node(const Filter *filter, size_t index, Buffer *buffer)
{
        const FilterNode *node = &filter->nodes[index];
        int r;

        r = buffer_append_byte(buffer, '(');
        if (r < 0)
                return r;

        if (!has_children(node))
                r = print_term(filter, node, buffer);
        else {
                r = buffer_append_string(buffer, operator_text(node->operation));
                for (size_t i = index + 1; i < node->after && r >= 0; i = filter->nodes[i].after)
                        r = print_node(filter, i, buffer);
        }
        if (r < 0)
                return r;

        return buffer_append_byte(buffer, ')');
}

int filter_print(const Filter *filter, Buffer *buffer)
{
        size_t before = buffer->size;
        int r;

        r = print_node(filter, 0, buffer);
        if (r < 0)
                buffer->size = before;
        return r;
}

int filter_escape(Slice value, Buffer *buffer)
{
        int r = 0;

        for (size_t i = 0; i < value.size && r >= 0; i++)
                r = strchr("*()\\", value.data[i]) || value.data[i] == '\0'
                            ? buffer_append_format(buffer, "\\%02x", value.data[i])
                            : buffer_append_byte(buffer, value.data[i]);
        return r;
}
