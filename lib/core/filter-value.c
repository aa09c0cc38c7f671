/* SPDX-License-Identifier: MIT */

/* Values in filters: what is compared, by the attribute's syntax. */

#include "lib/core/filter-internal.h"

#include <errno.h>
#include <string.h>

#include "lib/core/dn.h"
#include "lib/core/guid.h"
#include "lib/core/sid.h"

/* ------------------------------------------------------------------ syntaxes */

bool filter_boolean(Slice text, int64_t *ret)
{
        bool is_true = text_equals_nocase(text, "TRUE");

        if (!is_true && !text_equals_nocase(text, "FALSE"))
                return false;

        *ret = is_true;
        return true;
}

/* "20260131235959.0Z": AD keeps whole seconds in UTC, so that the first fourteen digits order all values. */
#define TIME_DIGITS 14

bool filter_time_digits(Slice text, Slice *ret)
{
        size_t i;

        for (i = 0; i < text.size && text.data[i] >= '0' && text.data[i] <= '9'; i++)
                ;
        if (i != TIME_DIGITS)
                return false;
        if (i < text.size && text.data[i] == '.')
                for (i++; i < text.size && text.data[i] == '0'; i++)
                        ;
        if (i + 1 != text.size || text.data[i] != 'Z')
                return false;

        *ret = (Slice){ text.data, TIME_DIGITS };
        return true;
}

static bool parse_guid(Slice text, Guid *ret)
{
        char string[GUID_STRING_SIZE + 2] = ""; /* braces */

        if (text.size == sizeof(*ret))
                return guid_from_bytes(text.data, text.size, ret) == 0;
        if (text.size >= sizeof(string) || !text_is_ascii(text.data, text.size))
                return false;

        memcpy(string, text.data, text.size);
        return guid_parse(string, ret) == 0;
}

/* Bytes as they are, when they are a SID; else the text form. */
static bool parse_sid(Slice text, uint8_t sid[static SID_SIZE_MAX], size_t *ret_size)
{
        if (sid_is_valid(text.data, text.size)) {
                memcpy(sid, text.data, text.size);
                *ret_size = text.size;
                return true;
        }

        return sid_parse((const char *)text.data, text.size, sid, ret_size) == 0;
}

/*
 * AD takes the name of a class for the category that its objects get by default (defaultObjectCategory of the schema); all
 * of users, contacts and inetOrgPersons are "person". These are the classes that anybody could mean here.
 */
static const char *category_of(Slice class)
{
        static const struct {
                const char *class, *category;
        } categories[] = {
                { "person", "cn=person," },
                { "user", "cn=person," },
                { "organizationalPerson", "cn=person," },
                { "inetOrgPerson", "cn=person," },
                { "contact", "cn=person," },
                { "group", "cn=group," },
                { "computer", "cn=computer," },
                { "container", "cn=container," },
                { "organizationalUnit", "cn=organizational-unit," },
                { "domain", "cn=domain-dns," },
                { "domainDNS", "cn=domain-dns," },
                { "builtinDomain", "cn=builtin-domain," },
                { "lostAndFound", "cn=lost-and-found," },
                { "foreignSecurityPrincipal", "cn=foreign-security-principal," },
                { "msDS-ManagedServiceAccount", "cn=ms-ds-managed-service-account," },
                { "msDS-GroupManagedServiceAccount", "cn=ms-ds-group-managed-service-account," },
                { "msExchDynamicDistributionList", "cn=ms-exch-dynamic-distribution-list," },
        };

        for (size_t i = 0; i < ARRAY_SIZE(categories); i++)
                if (text_equals_nocase(class, categories[i].class))
                        return categories[i].category;
        return NULL;
}

const char *filter_refuses(FilterOperation operation, AttributeSyntax syntax)
{
        static const char no_substrings[] =
                "can be asked for whole values only, not for parts of them";
        static const char no_order[] = "has values without an order: only = can be asked";

        switch (operation) {
        case FILTER_SUBSTRINGS:
                return syntax == SYNTAX_STRING || syntax == SYNTAX_OCTETS ? NULL : no_substrings;
        case FILTER_GREATER:
        case FILTER_LESS:
                return syntax == SYNTAX_BOOLEAN || syntax == SYNTAX_DN || syntax == SYNTAX_OID
                               ? no_order
                               : NULL;
        case FILTER_BIT_AND:
        case FILTER_BIT_OR:
                return syntax == SYNTAX_INTEGER ? NULL : "has no bits: it is no number";
        case FILTER_AND:
        case FILTER_OR:
        case FILTER_NOT:
        case FILTER_PRESENT:
        case FILTER_EQUAL:
                return NULL;
        }

        return NULL;
}

/* ------------------------------------------------------------------ keys */

static int keep(Filter *filter, const void *data, size_t size, FilterBytes *ret)
{
        *ret = (FilterBytes){ filter->bytes.size, size };
        return buffer_append(&filter->bytes, data, size);
}

static int make_folded_key(Filter *filter, FilterPart *part)
{
        _cleanup_buffer_ Buffer folded = BUFFER_INIT;
        Slice written = filter_bytes(filter, part->written);
        int r;

        r = text_fold_ad(written.data, written.size, &folded);
        if (r < 0)
                return r;
        return keep(filter, folded.data, folded.size, &part->key);
}

static int make_oid_key(Filter *filter, FilterPart *part)
{
        int r;

        r = keep(filter, "", 0, &part->key);
        for (size_t i = 0; i < part->written.size && r >= 0; i++)
                r = buffer_append_byte(&filter->bytes,
                                       ascii_lower(filter->bytes.data[part->written.offset + i]));
        part->key.size = part->written.size;
        return r;
}

static int make_dn_key(Filter *filter, FilterNode *node, FilterPart *part, const char **ret_problem)
{
        _cleanup_buffer_ Buffer normal = BUFFER_INIT;
        Slice written = filter_bytes(filter, part->written);
        const char *category;
        int r;

        if (node->attribute == ATTRIBUTE_OBJECT_CATEGORY && !text_contains(written, "=")) {
                category = category_of(written);
                *ret_problem =
                        "is no class whose category is known here; write the category's whole "
                        "name (CN=Person,CN=Schema,…)";
                if (!category)
                        return -EINVAL;

                node->is_category = true;
                return keep(filter, category, strlen(category), &part->key);
        }

        r = dn_normalize(written, &normal);
        if (r == -EBADMSG || normal.size == 0) {
                *ret_problem = "is no distinguished name";
                return -EINVAL;
        }
        if (r < 0)
                return r;
        return keep(filter, normal.data, normal.size, &part->key);
}

int filter_make_key(Filter *filter, FilterNode *node, FilterPart *part, const char **ret_problem)
{
        Slice written = filter_bytes(filter, part->written), digits;
        uint8_t sid[SID_SIZE_MAX];
        size_t sid_size;
        Guid guid;

        switch (attribute_syntax(node->attribute)) {
        case SYNTAX_STRING:
                return make_folded_key(filter, part);

        case SYNTAX_OCTETS:
                part->key = part->written;
                return 0;

        case SYNTAX_OID:
                return make_oid_key(filter, part);

        case SYNTAX_DN:
                return make_dn_key(filter, node, part, ret_problem);

        case SYNTAX_INTEGER:
                *ret_problem = "is no number of 64 bits";
                return text_integer(written, &part->number) ? 0 : -EINVAL;

        case SYNTAX_BOOLEAN:
                *ret_problem = "is neither TRUE nor FALSE";
                return filter_boolean(written, &part->number) ? 0 : -EINVAL;

        case SYNTAX_TIME:
                *ret_problem = "is no time; write YYYYMMDDhhmmss.0Z";
                part->key = (FilterBytes){ part->written.offset, TIME_DIGITS };
                return filter_time_digits(written, &digits) ? 0 : -EINVAL;

        case SYNTAX_GUID:
                *ret_problem = "is no GUID; write its text form, or its 16 bytes as \\xx";
                return parse_guid(written, &guid) ? keep(filter, &guid, sizeof(guid), &part->key)
                                                  : -EINVAL;

        case SYNTAX_SID:
                *ret_problem = "is no SID; write S-1-…, or its bytes as \\xx";
                return parse_sid(written, sid, &sid_size) ? keep(filter, sid, sid_size, &part->key)
                                                          : -EINVAL;
        }

        return -EINVAL; /* no such syntax: attribute_syntax() gives none but these */
}
