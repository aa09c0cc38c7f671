/* SPDX-License-Identifier: MIT */

/* From RFC 4515's text to nodes. */

#include "lib/core/filter-internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/core/suggest.h"

/* More than anybody writes; less than the stack can bear in evaluation. */
#define DEPTH_MAX 64

typedef struct Parser {
        const char *at;
        unsigned depth;
        Filter *filter;
        Buffer error;
} Parser;

static int parse_filter(Parser *parser);

/* ------------------------------------------------------------------ complaints */

/* Bytes of the filter that are quoted, enough to find the place. */
#define QUOTE_SIZE 32

/* Leaves a sentence that quotes what stands at `at`. -EINVAL, or -ENOMEM. */
static int _printf_(3, 4) complain(Parser *parser, const char *at, const char *format, ...)
{
        va_list arguments;
        int r;

        buffer_reset(&parser->error);
        r = buffer_append_string(&parser->error, *at ? "at \"" : "at the end");
        if (r >= 0 && *at)
                r = text_escape(at, strnlen(at, QUOTE_SIZE), 0, &parser->error);
        if (r >= 0 && *at)
                r = buffer_append_string(&parser->error, strlen(at) > QUOTE_SIZE ? "…\"" : "\"");
        if (r >= 0)
                r = buffer_append_string(&parser->error, ": ");
        if (r < 0)
                return r;

        va_start(arguments, format);
        r = buffer_append_vformat(&parser->error, format, arguments);
        va_end(arguments);
        return r < 0 ? r : -EINVAL;
}

/* ------------------------------------------------------------------ growing the filter */

static int grow(void **array, size_t *n_allocated, size_t n, size_t size)
{
        size_t wanted = *n_allocated ? *n_allocated * 2 : 8;
        void *grown;

        if (n < *n_allocated)
                return 0;

        grown = reallocarray(*array, wanted, size);
        if (!grown)
                return -ENOMEM;

        *array = grown;
        *n_allocated = wanted;
        return 0;
}

static int add_node(Filter *filter, const FilterNode *node)
{
        void *nodes = filter->nodes;
        int r;

        r = grow(&nodes, &filter->n_nodes_allocated, filter->n_nodes, sizeof(*node));
        filter->nodes = nodes;
        if (r < 0)
                return r;

        filter->nodes[filter->n_nodes] = *node;
        filter->nodes[filter->n_nodes].after = filter->n_nodes + 1;
        filter->n_nodes++;
        return 0;
}

static int add_part(Filter *filter, const FilterPart *part)
{
        void *parts = filter->parts;
        int r;

        r = grow(&parts, &filter->n_parts_allocated, filter->n_parts, sizeof(*part));
        filter->parts = parts;
        if (r < 0)
                return r;

        filter->parts[filter->n_parts++] = *part;
        return 0;
}

/* ------------------------------------------------------------------ attributes and operators */

static void skip_blanks(Parser *parser)
{
        parser->at += strspn(parser->at, " \t\r\n");
}

static int find_attribute(Parser *parser, const char *name, size_t size, AttributeId *ret)
{
        _cleanup_free_ char *copy = strndup(name, size);
        Suggestion suggestion;

        if (!copy)
                return -ENOMEM;
        if (size == 0)
                return complain(parser, name, "an attribute's name is missing");
        if (strchr(copy, ';'))
                return complain(parser, name, "AD knows no attribute options (\";\") in filters");

        *ret = attribute_find(name, size);
        if (*ret != ATTRIBUTE_NONE)
                return 0;

        suggestion_init(&suggestion, copy);
        for (unsigned i = 1; i < ATTRIBUTE_MAX; i++)
                if (attribute_name((AttributeId)i))
                        suggestion_consider(&suggestion, attribute_name((AttributeId)i));

        if (suggestion.best)
                return complain(parser, name,
                                "scand does not read an attribute of that name; did you mean %s?",
                                suggestion.best);
        return complain(parser, name, "scand does not read an attribute of that name");
}

/* ":dn:1.2.840.113556.1.4.803:=": what stands between the attribute and the value. */
static int parse_matching_rule(Parser *parser, FilterNode *node)
{
        static const struct {
                const char *rule;
                FilterOperation operation;
        } rules[] = {
                { ":=", FILTER_EQUAL },
                { ":" FILTER_RULE_BIT_AND ":=", FILTER_BIT_AND },
                { ":" FILTER_RULE_BIT_OR ":=", FILTER_BIT_OR },
        };
        const char *at = parser->at;

        for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
                if (text_begins(SLICE(at), rules[i].rule)) {
                        parser->at += strlen(rules[i].rule);
                        node->operation = rules[i].operation;
                        return 0;
                }

        if (text_begins_nocase(SLICE(at), ":dn:"))
                return complain(parser, at, "AD ignores \":dn\"; leave it out");
        if (text_begins(SLICE(at), ":" FILTER_RULE_IN_CHAIN ":=")) {
                if (attribute_in_chain(node->attribute) == ATTRIBUTE_NONE)
                        return complain(parser, at,
                                        "the in-chain rule is evaluated for memberOf, manager and "
                                        "directReports only");
                parser->at += strlen(":" FILTER_RULE_IN_CHAIN ":=");
                node->attribute = attribute_in_chain(node->attribute);
                node->operation = FILTER_EQUAL;
                return 0;
        }
        return complain(parser, at,
                        "only the matching rules %s (bit-and) and %s (bit-or) are known, written "
                        "\"attribute:RULE:=value\"",
                        FILTER_RULE_BIT_AND, FILTER_RULE_BIT_OR);
}

static int parse_operator(Parser *parser, FilterNode *node)
{
        FilterOperation *ret = &node->operation;
        const char *at = parser->at;

        if (*at == ':')
                return parse_matching_rule(parser, node);

        if (*at == '=')
                *ret = FILTER_EQUAL;
        else if (*at == '~' && at[1] == '=') /* AD takes "sounds like" for "equals" */
                *ret = FILTER_EQUAL;
        else if (*at == '>' && at[1] == '=')
                *ret = FILTER_GREATER;
        else if (*at == '<' && at[1] == '=')
                *ret = FILTER_LESS;
        else
                return complain(parser, at, "one of = >= <= ~= := is missing here%s",
                                *at == '>' || *at == '<' ? ": LDAP has no > and < alone" : "");

        parser->at += *at == '=' ? 1 : 2;
        return 0;
}

/* ------------------------------------------------------------------ values */

/* Reads one unescaped byte of a value. */
static int parse_escape(Parser *parser, uint8_t *ret)
{
        const char *at = parser->at;
        int high = ascii_hex_value((uint8_t)at[1]),
            low = high < 0 ? -1 : ascii_hex_value((uint8_t)at[2]);

        if (low < 0)
                return complain(parser, at,
                                "\"\\\" must be followed by two hexadecimal digits; the "
                                "characters * ( ) \\ are written \\2a \\28 \\29 \\5c");

        *ret = (uint8_t)(high << 4 | low);
        parser->at += 3;
        return 0;
}

/* Everything up to an unescaped '*' or ')', unescaped. */
static int parse_part(Parser *parser, FilterPart *part)
{
        Buffer *bytes = &parser->filter->bytes;
        int r = 0;

        *part = (FilterPart){ .written.offset = bytes->size };
        while (*parser->at && *parser->at != '*' && *parser->at != ')' && r >= 0) {
                uint8_t byte = (uint8_t)*parser->at;

                if (byte == '(')
                        return complain(parser, parser->at, "\"(\" in a value is written \\28");
                if (byte != '\\')
                        parser->at++;
                else {
                        r = parse_escape(parser, &byte);
                        if (r < 0)
                                return r;
                }
                r = buffer_append_byte(bytes, byte);
        }

        part->written.size = bytes->size - part->written.offset;
        return r;
}

static int keep_part(Parser *parser, FilterNode *node, FilterPart *part, const char *at)
{
        const char *problem = NULL;
        int r;

        r = filter_make_key(parser->filter, node, part, &problem);
        if (r == -EINVAL)
                return complain(parser, at, "the value of %s %s", attribute_name(node->attribute),
                                problem);
        if (r < 0)
                return r;

        node->n_parts++;
        return add_part(parser->filter, part);
}

/* "anna*berg*": each part between the asterisks, of which those at the ends may be missing. */
static int parse_substrings(Parser *parser, FilterNode *node)
{
        bool is_first = true;
        int r;

        for (;;) {
                const char *at = parser->at;
                bool is_last;
                FilterPart part;

                r = parse_part(parser, &part);
                if (r < 0)
                        return r;

                is_last = *parser->at != '*';
                if (part.written.size > 0) {
                        node->has_initial |= is_first;
                        node->has_final |= is_last;
                        r = keep_part(parser, node, &part, at);
                        if (r < 0)
                                return r;
                } else if (!is_first && !is_last)
                        return complain(parser, at - 1, "two asterisks in a row");

                if (is_last)
                        return 0;
                is_first = false;
                parser->at++;
        }
}

/* Is there an unescaped asterisk before the value ends? */
static bool has_asterisk(const char *at)
{
        return at[strcspn(at, "*)")] == '*';
}

static int parse_value(Parser *parser, FilterNode *node)
{
        const char *at = parser->at;
        const char *refusal;
        FilterPart part;
        int r;

        if (node->operation == FILTER_EQUAL && at[0] == '*' && at[1] == ')') {
                node->operation = FILTER_PRESENT;
                parser->at++;
                return 0;
        }
        if (node->operation == FILTER_EQUAL && has_asterisk(at))
                node->operation = FILTER_SUBSTRINGS;

        refusal = filter_refuses(node->operation, attribute_syntax(node->attribute));
        if (refusal)
                return complain(parser, at, "%s %s", attribute_name(node->attribute), refusal);
        if (node->operation == FILTER_SUBSTRINGS)
                return parse_substrings(parser, node);

        r = parse_part(parser, &part);
        if (r < 0)
                return r;
        if (*parser->at == '*')
                return complain(parser, parser->at,
                                "\"*\" can stand behind \"=\" only; the character "
                                "itself is written \\2a");
        if (part.written.size == 0)
                return complain(parser, at, "a value is missing; \"any value\" is written \"=*\"");
        return keep_part(parser, node, &part, at);
}

/* ------------------------------------------------------------------ structure */

static int parse_term(Parser *parser)
{
        FilterNode node = { .first_part = parser->filter->n_parts };
        const char *name = parser->at;
        size_t size = strcspn(name, "=~<>:()*\\ \t\r\n");
        int r;

        parser->at += size;
        skip_blanks(parser);
        if (size == 0 && *parser->at == ':')
                return complain(parser, name, "AD needs an attribute before the matching rule");
        if (size > 0 && !strchr("=~<>:", *parser->at))
                return complain(parser, parser->at, "one of = >= <= ~= := is missing here");

        r = find_attribute(parser, name, size, &node.attribute);
        if (r < 0)
                return r;
        r = parse_operator(parser, &node);
        if (r < 0)
                return r;
        r = parse_value(parser, &node);
        if (r < 0)
                return r;

        return add_node(parser->filter, &node);
}

static int parse_list(Parser *parser, FilterOperation operation)
{
        FilterNode node = { .operation = operation };
        size_t index = parser->filter->n_nodes;
        size_t n = 0;
        int r;

        r = add_node(parser->filter, &node);
        if (r < 0)
                return r;

        for (parser->at++;; n++) {
                skip_blanks(parser);
                if (*parser->at != '(')
                        break;
                if (operation == FILTER_NOT && n == 1)
                        return complain(parser, parser->at, "\"!\" takes one filter only");
                r = parse_filter(parser);
                if (r < 0)
                        return r;
        }

        /* RFC 4526 gives "(&)" and "(|)" a meaning, AD an error; in a hand-written filter it is a slip. */
        if (n == 0)
                return complain(parser, parser->at, "\"(\" is missing here");

        parser->filter->nodes[index].after = parser->filter->n_nodes;
        return 0;
}

static int parse_filter(Parser *parser)
{
        int r;

        skip_blanks(parser);
        if (*parser->at != '(')
                return complain(parser, parser->at, "\"(\" is missing here");
        if (parser->depth == DEPTH_MAX)
                return complain(parser, parser->at, "filters nest no deeper than %u levels",
                                DEPTH_MAX);

        parser->at++;
        parser->depth++;
        skip_blanks(parser);
        switch (*parser->at) {
        case '&':
                r = parse_list(parser, FILTER_AND);
                break;
        case '|':
                r = parse_list(parser, FILTER_OR);
                break;
        case '!':
                r = parse_list(parser, FILTER_NOT);
                break;
        default:
                r = parse_term(parser);
                break;
        }
        parser->depth--;
        if (r < 0)
                return r;

        if (*parser->at != ')')
                return complain(parser, parser->at, "\")\" is missing here");
        parser->at++;
        skip_blanks(parser);
        return 0;
}

static int parse_all(Parser *parser)
{
        int r;

        r = parse_filter(parser);
        if (r < 0)
                return r;
        if (*parser->at)
                return complain(parser, parser->at, "nothing may follow the filter");
        return 0;
}

int filter_parse(const char *string, Filter **ret, char **ret_error)
{
        _cleanup_(filter_freep) Filter *filter = calloc(1, sizeof(*filter));
        Parser parser = { .at = string, .filter = filter, .error = BUFFER_INIT };
        int r;

        if (!filter)
                return -ENOMEM;

        r = parse_all(&parser);
        if (r == -EINVAL) {
                char *error = buffer_steal_string(&parser.error);

                if (!error)
                        return -ENOMEM;
                *ret_error = error;
                return -EINVAL;
        }

        buffer_done(&parser.error);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(filter);
        return 0;
}
