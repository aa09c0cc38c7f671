/* SPDX-License-Identifier: MIT */
#include "lib/core/attribute.h"

#include <string.h>
#include <strings.h>

typedef struct AttributeRow {
        const char *name;
        AttributeSyntax syntax;
} AttributeRow;

static const AttributeRow attribute_rows[ATTRIBUTE_MAX] = {
#define ATTRIBUTE_ROW(number, suffix, ldap_name, ldap_syntax)                                      \
        [number] = { .name = ldap_name, .syntax = ldap_syntax },
        ATTRIBUTE_TABLE(ATTRIBUTE_ROW)
#undef ATTRIBUTE_ROW
};

/*
 * A full read looks up some twenty names per object, a million times over. Names hash by length, first and
 * last letter into chains that a handful of comparisons walk; the chains are made by the compiler's
 * constructor, so that no caller has to remember an initialisation.
 */
#define ATTRIBUTE_BUCKETS 256

static uint8_t attribute_bucket[ATTRIBUTE_BUCKETS]; /* first number of the chain, 0: none */
static uint8_t attribute_chain[ATTRIBUTE_MAX];      /* next number of the chain */

_Static_assert(ATTRIBUTE_MAX <= 256, "attribute numbers must fit the chains' bytes");

static unsigned attribute_hash(const char *name, size_t size)
{
        unsigned first = (unsigned char)name[0] | 0x20, last = (unsigned char)name[size - 1] | 0x20;
        unsigned middle = (unsigned char)name[size / 2] | 0x20;

        return (unsigned)(size * 7 + first * 31 + last * 57 + middle * 13) % ATTRIBUTE_BUCKETS;
}

__attribute__((constructor)) static void attribute_build_chains(void)
{
        for (unsigned i = ATTRIBUTE_MAX - 1; i > 0; i--) {
                const char *name = attribute_rows[i].name;
                unsigned hash;

                if (!name)
                        continue;

                hash = attribute_hash(name, strlen(name));
                attribute_chain[i] = attribute_bucket[hash];
                attribute_bucket[hash] = (uint8_t)i;
        }
}

const char *attribute_name(AttributeId attribute)
{
        return (unsigned)attribute < ATTRIBUTE_MAX ? attribute_rows[attribute].name : NULL;
}

AttributeSyntax attribute_syntax(AttributeId attribute)
{
        return attribute_rows[attribute].syntax;
}

AttributeId attribute_find(const char *name, size_t size)
{
        if (size == 0)
                return ATTRIBUTE_NONE;

        for (unsigned i = attribute_bucket[attribute_hash(name, size)]; i; i = attribute_chain[i])
                /* Lengths first: a name from outside may hold NUL, at which strncasecmp() would stop. */
                if (strlen(attribute_rows[i].name) == size &&
                    strncasecmp(attribute_rows[i].name, name, size) == 0)
                        return (AttributeId)i;

        return ATTRIBUTE_NONE;
}

void attribute_set_union(AttributeSet *set, const AttributeSet *other)
{
        for (unsigned i = 0; i < ATTRIBUTE_MAX / 64; i++)
                set->words[i] |= other->words[i];
}

bool attribute_set_contains(const AttributeSet *set, const AttributeSet *subset)
{
        for (unsigned i = 0; i < ATTRIBUTE_MAX / 64; i++)
                if (subset->words[i] & ~set->words[i])
                        return false;
        return true;
}

static const struct {
        AttributeId attribute, chain;
        bool is_link; /* the attribute itself; a chain always is */
} chains[] = {
        { ATTRIBUTE_MEMBER_OF, ATTRIBUTE_MEMBER_OF_CHAIN, true },
        { ATTRIBUTE_MANAGER, ATTRIBUTE_MANAGER_CHAIN, false },
        { ATTRIBUTE_DIRECT_REPORTS, ATTRIBUTE_DIRECT_REPORTS_CHAIN, true },
};

bool attribute_is_link(AttributeId attribute)
{
        for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++)
                if (attribute == chains[i].chain ||
                    (attribute == chains[i].attribute && chains[i].is_link))
                        return true;
        return false;
}

AttributeId attribute_in_chain(AttributeId attribute)
{
        for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++)
                if (attribute == chains[i].attribute)
                        return chains[i].chain;
        return ATTRIBUTE_NONE;
}

void attribute_set_remove_links(AttributeSet *set)
{
        for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++) {
                attribute_set_remove(set, chains[i].chain);
                if (chains[i].is_link)
                        attribute_set_remove(set, chains[i].attribute);
        }
}
