/* SPDX-License-Identifier: MIT */
#include "tests/fakedc/filter.h"

#include <ldap.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/fakedc/element.h"

#define RULE_BIT_AND "1.2.840.113556.1.4.803"
#define RULE_BIT_OR  "1.2.840.113556.1.4.804"

static bool equals(const struct berval *value, const char *string)
{
        return value->bv_len == strlen(string) &&
               strncasecmp(value->bv_val, string, value->bv_len) == 0;
}

static const Attribute *find(const Entry *entry, const struct berval *name)
{
        for (size_t i = 0; i < entry->n_attributes; i++)
                if (equals(name, entry->attributes[i].name))
                        return entry->attributes + i;

        return NULL;
}

static bool is_number(const struct berval *value)
{
        for (size_t i = 0; i < value->bv_len; i++)
                if ((value->bv_val[i] < '0' || value->bv_val[i] > '9') &&
                    !(i == 0 && value->bv_val[i] == '-'))
                        return false;

        return value->bv_len > 0 && value->bv_len < 20;
}

static long long number(const struct berval *value)
{
        char text[24] = {};

        memcpy(text, value->bv_val,
               value->bv_len < sizeof(text) ? value->bv_len : sizeof(text) - 1);
        return strtoll(text, NULL, 10);
}

/* By number where both are, else by bytes without case: enough for the values of a test. */
static int compare(const struct berval *a, const struct berval *b)
{
        size_t n = a->bv_len < b->bv_len ? a->bv_len : b->bv_len;
        int r = 0;

        if (is_number(a) && is_number(b))
                return (number(a) > number(b)) - (number(a) < number(b));

        for (size_t i = 0; i < n && r == 0; i++) {
                int x = (unsigned char)a->bv_val[i], y = (unsigned char)b->bv_val[i];

                r = (x >= 'A' && x <= 'Z' ? x + 32 : x) - (y >= 'A' && y <= 'Z' ? y + 32 : y);
        }

        return r ? r : (a->bv_len > b->bv_len) - (a->bv_len < b->bv_len);
}

/* { type, value }: equality, >=, <=. */
static Match match_assertion(unsigned tag, struct berval content, const Entry *entry)
{
        const Attribute *attribute;
        struct berval type, value;

        if (!element_expect(&content, LBER_OCTETSTRING, &type) ||
            !element_expect(&content, LBER_OCTETSTRING, &value))
                return MATCH_ERROR;

        attribute = find(entry, &type);
        for (size_t i = 0; attribute && i < attribute->n_values; i++) {
                int r = compare(attribute->values + i, &value);

                if (tag == LDAP_FILTER_GE ? r >= 0 : tag == LDAP_FILTER_LE ? r <= 0 : r == 0)
                        return MATCH_YES;
        }

        return MATCH_NO;
}

static bool match_pieces(struct berval value, struct berval pieces)
{
        struct berval piece;
        unsigned tag;

        while (element_take(&pieces, &tag, &piece)) {
                size_t at = 0;

                if (piece.bv_len > value.bv_len)
                        return false;
                if (tag == LDAP_SUBSTRING_FINAL)
                        at = value.bv_len - piece.bv_len;
                while (strncasecmp(value.bv_val + at, piece.bv_val, piece.bv_len) != 0) {
                        if (tag != LDAP_SUBSTRING_ANY || ++at + piece.bv_len > value.bv_len)
                                return false;
                }

                value.bv_val += at + piece.bv_len;
                value.bv_len -= at + piece.bv_len;
        }

        return true;
}

static Match match_substrings(struct berval content, const Entry *entry)
{
        const Attribute *attribute;
        struct berval type, pieces;

        if (!element_expect(&content, LBER_OCTETSTRING, &type) ||
            !element_expect(&content, LBER_SEQUENCE, &pieces))
                return MATCH_ERROR;

        attribute = find(entry, &type);
        for (size_t i = 0; attribute && i < attribute->n_values; i++)
                if (match_pieces(attribute->values[i], pieces))
                        return MATCH_YES;

        return MATCH_NO;
}

static Match match_extended(struct berval content, const Entry *entry)
{
        struct berval rule, type, value;
        const Attribute *attribute;
        long long bits, wanted;

        if (!element_expect(&content, LDAP_FILTER_EXT_OID, &rule) ||
            !element_expect(&content, LDAP_FILTER_EXT_TYPE, &type) ||
            !element_expect(&content, LDAP_FILTER_EXT_VALUE, &value))
                return MATCH_UNKNOWN;

        if (!equals(&rule, RULE_BIT_AND) && !equals(&rule, RULE_BIT_OR))
                return MATCH_UNKNOWN;

        attribute = find(entry, &type);
        if (!attribute)
                return MATCH_NO;

        wanted = number(&value);
        bits = number(attribute->values) & wanted;
        return (equals(&rule, RULE_BIT_AND) ? bits == wanted : bits != 0) ? MATCH_YES : MATCH_NO;
}

/* AND stops at the first "no", OR at the first "yes"; unknown is weaker than either. */
static Match match_list(struct berval content, Match decisive, const Entry *entry)
{
        Match result = decisive == MATCH_NO ? MATCH_YES : MATCH_NO;
        unsigned tag;

        while (content.bv_len > 0) {
                struct berval start = content, inner;
                Match match;

                if (!element_take(&content, &tag, &inner))
                        return MATCH_ERROR;

                start.bv_len -= content.bv_len;
                match = filter_match(&start, entry);
                if (match == decisive || match == MATCH_ERROR)
                        return match;
                if (match == MATCH_UNKNOWN)
                        result = MATCH_UNKNOWN;
        }

        return result;
}

static Match negate(Match match)
{
        return match == MATCH_YES ? MATCH_NO : match == MATCH_NO ? MATCH_YES : match;
}

Match filter_match(const struct berval *filter, const Entry *entry)
{
        struct berval rest = *filter, content;
        unsigned tag;

        if (!element_take(&rest, &tag, &content))
                return MATCH_ERROR;

        switch (tag) {
        case LDAP_FILTER_AND:
                return match_list(content, MATCH_NO, entry);
        case LDAP_FILTER_OR:
                return match_list(content, MATCH_YES, entry);
        case LDAP_FILTER_NOT:
                return negate(filter_match(&content, entry));
        case LDAP_FILTER_EQUALITY:
        case LDAP_FILTER_APPROX:
        case LDAP_FILTER_GE:
        case LDAP_FILTER_LE:
                return match_assertion(tag, content, entry);
        case LDAP_FILTER_SUBSTRINGS:
                return match_substrings(content, entry);
        case LDAP_FILTER_PRESENT:
                return find(entry, &content) ? MATCH_YES : MATCH_NO;
        case LDAP_FILTER_EXT:
                return match_extended(content, entry);
        default:
                return MATCH_ERROR;
        }
}

bool filter_is_present_class(const struct berval *filter)
{
        struct berval rest = *filter, content;

        return element_expect(&rest, LDAP_FILTER_PRESENT, &content) &&
               equals(&content, "objectClass");
}
