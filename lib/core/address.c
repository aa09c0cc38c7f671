/* SPDX-License-Identifier: MIT */
#include "lib/core/address.h"

#include <string.h>
#include <unistr.h>

#include "lib/core/unicode.h"

/* ------------------------------------------------------------------ parsing */

static Slice slice_before(Slice slice, const uint8_t *end)
{
        return (Slice){ slice.data, (size_t)(end - slice.data) };
}

static Slice slice_behind(Slice slice, const uint8_t *byte)
{
        return (Slice){ byte + 1, (size_t)(slice.data + slice.size - byte - 1) };
}

static const uint8_t *find_last_at(Slice slice)
{
        return slice.size > 0 ? memrchr(slice.data, '@', slice.size) : NULL;
}

/* "SMTP", "x500", "EUM-1": what a type may look like, so that the colon of "anna@host:25" makes none. */
static bool is_type(Slice prefix)
{
        for (size_t i = 0; i < prefix.size; i++) {
                uint8_t c = ascii_lower(prefix.data[i]);

                if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '.' &&
                    c != '_')
                        return false;
        }

        return prefix.size > 0;
}

static AddressType type_of(Slice prefix)
{
        static const struct {
                const char *prefix;
                AddressType type;
        } types[] = {
                { "SMTP", ADDRESS_SMTP },     { "SIP", ADDRESS_SIP },
                { "X500", ADDRESS_X500 },     { "X400", ADDRESS_LEGACY },
                { "MS", ADDRESS_LEGACY },     { "MSMAIL", ADDRESS_LEGACY },
                { "CCMAIL", ADDRESS_LEGACY }, { "NOTES", ADDRESS_LEGACY },
                { "GWISE", ADDRESS_LEGACY },  { "PROFS", ADDRESS_LEGACY },
        };

        for (size_t i = 0; i < ARRAY_SIZE(types); i++)
                if (text_equals_nocase(prefix, types[i].prefix))
                        return types[i].type;

        return ADDRESS_OTHER;
}

static bool is_capitals(Slice prefix)
{
        for (size_t i = 0; i < prefix.size; i++)
                if (prefix.data[i] >= 'a' && prefix.data[i] <= 'z')
                        return false;
        return true;
}

static void split_at(Address *address)
{
        const uint8_t *at = find_last_at(address->address);

        if (!at)
                return;

        address->local = slice_before(address->address, at);
        address->domain = slice_behind(address->address, at);
}

Address address_parse_proxy(const void *data, size_t size)
{
        Slice value = text_trim(data, size);
        const uint8_t *colon = value.size > 0 ? memchr(value.data, ':', value.size) : NULL;
        Address address = { .type = ADDRESS_NONE, .address = value };

        if (!colon || !is_type(slice_before(value, colon)))
                return address;

        address.prefix = slice_before(value, colon);
        address.address = slice_behind(value, colon);
        address.type = type_of(address.prefix);
        address.is_primary = is_capitals(address.prefix);
        if (address.type == ADDRESS_SMTP)
                split_at(&address);
        return address;
}

Address address_parse_mail(const void *data, size_t size)
{
        Address address = { .type = ADDRESS_SMTP, .address = text_trim(data, size) };

        split_at(&address);
        return address;
}

Slice upn_suffix(const void *data, size_t size)
{
        Slice upn = { data, size };
        const uint8_t *at = find_last_at(upn);

        return at ? slice_behind(upn, at) : (Slice){};
}

/* ------------------------------------------------------------------ characters */

/* What stands in a value, as the checks below ask: each character has one of these, or none. */
enum {
        HAS_SPACE = 1 << 0,      /* Unicode White_Space */
        HAS_CONTROL = 1 << 1,    /* other control characters, NUL among them */
        HAS_INVISIBLE = 1 << 2,  /* format characters */
        HAS_FORBIDDEN = 1 << 3,  /* < > ( ) ; : , [ ] ": nowhere allowed */
        HAS_NOT_IN_UPN = 1 << 4, /* ASCII that may stand in an SMTP address only */
        HAS_NON_ASCII = 1 << 5,  /* other characters */
        HAS_BYTES = 1 << 6,      /* no UTF-8 */
};

/* A million objects have some five million addresses, nearly all of them ASCII: a table, and one pass. */
/* clang-format off */
static const uint8_t ascii_classes[128] = {
        [0 ... 8] = HAS_CONTROL, ['\t' ... '\r'] = HAS_SPACE, [14 ... 31] = HAS_CONTROL, [127] = HAS_CONTROL,
        [' '] = HAS_SPACE,
        ['<'] = HAS_FORBIDDEN, ['>'] = HAS_FORBIDDEN, ['('] = HAS_FORBIDDEN, [')'] = HAS_FORBIDDEN,
        [';'] = HAS_FORBIDDEN, [':'] = HAS_FORBIDDEN, [','] = HAS_FORBIDDEN, ['"'] = HAS_FORBIDDEN,
        ['['] = HAS_FORBIDDEN, [']'] = HAS_FORBIDDEN,
        ['$'] = HAS_NOT_IN_UPN, ['%'] = HAS_NOT_IN_UPN, ['&'] = HAS_NOT_IN_UPN, ['*'] = HAS_NOT_IN_UPN,
        ['+'] = HAS_NOT_IN_UPN, ['/'] = HAS_NOT_IN_UPN, ['='] = HAS_NOT_IN_UPN, ['?'] = HAS_NOT_IN_UPN,
        ['\\'] = HAS_NOT_IN_UPN, ['`'] = HAS_NOT_IN_UPN, ['{'] = HAS_NOT_IN_UPN, ['|'] = HAS_NOT_IN_UPN,
        ['}'] = HAS_NOT_IN_UPN,
};
/* clang-format on */

static unsigned look_at_character(uint32_t c)
{
        if (unicode_is_white_space(c))
                return HAS_SPACE;
        if (!unicode_is_unprintable(c))
                return HAS_NON_ASCII;
        return c < 0xa0 ? HAS_CONTROL : HAS_INVISIBLE;
}

static unsigned look_at(Slice text)
{
        unsigned seen = 0;

        for (size_t i = 0; i < text.size;) {
                uint32_t c;
                int n;

                if (text.data[i] < 0x80) {
                        seen |= ascii_classes[text.data[i++]];
                        continue;
                }

                n = u8_mbtoucr(&c, text.data + i, text.size - i);
                seen |= n > 0 ? look_at_character(c) : HAS_BYTES;
                i += n > 0 ? (size_t)n : 1;
        }

        return seen;
}

/* ------------------------------------------------------------------ domains */

#define LABEL_SIZE_MAX 63

/* Letters of other scripts, white space and control characters are another check's business. */
/* clang-format off */
enum {
        LABEL_WRONG = 1, /* ASCII that no name of DNS has */
        LABEL_UNDERSCORE,
        LABEL_END,
};
static const uint8_t label_classes[256] = {
        ['!' ... ','] = LABEL_WRONG, ['.'] = LABEL_END, ['/'] = LABEL_WRONG, [':' ... '@'] = LABEL_WRONG,
        ['[' ... '^'] = LABEL_WRONG, ['_'] = LABEL_UNDERSCORE, ['`'] = LABEL_WRONG, ['{' ... '~'] = LABEL_WRONG,
};
/* clang-format on */

static bool domain_is_wrong(Slice domain, bool allow_underscore)
{
        size_t label = 0;

        for (size_t i = 0; i <= domain.size; i++) {
                unsigned class = i < domain.size ? label_classes[domain.data[i]] : LABEL_END;

                if (class == 0 || (class == LABEL_UNDERSCORE && allow_underscore))
                        continue;
                if (class != LABEL_END || i == label || i - label > LABEL_SIZE_MAX ||
                    domain.data[label] == '-' || domain.data[i - 1] == '-')
                        return true;
                label = i + 1;
        }

        return false;
}

/* ------------------------------------------------------------------ judging */

static bool has_empty_atom(Slice local)
{
        return local.size == 0 || local.data[0] == '.' || local.data[local.size - 1] == '.' ||
               text_contains(local, "..");
}

AddressProblem address_check_smtp(const Address *address)
{
        unsigned seen = look_at(address->address);
        const uint8_t *at = find_last_at(address->address);

        if (seen & (HAS_CONTROL | HAS_BYTES))
                return ADDRESS_CONTROL;
        if (seen & HAS_SPACE)
                return ADDRESS_SPACE;
        if (seen & HAS_FORBIDDEN)
                return ADDRESS_FORBIDDEN;
        if (!at)
                return ADDRESS_NO_AT;
        if (find_last_at(slice_before(address->address, at)))
                return ADDRESS_SEVERAL_AT;
        if (has_empty_atom(slice_before(address->address, at)))
                return ADDRESS_EMPTY_ATOM;
        if (domain_is_wrong(slice_behind(address->address, at), false))
                return ADDRESS_DOMAIN;
        return seen & (HAS_NON_ASCII | HAS_INVISIBLE) ? ADDRESS_NON_ASCII : ADDRESS_OK;
}

#define UPN_LENGTH_MAX        113
#define UPN_LOCAL_LENGTH_MAX  64
#define UPN_DOMAIN_LENGTH_MAX 48

static unsigned upn_check_parts(Slice upn, const uint8_t *at)
{
        Slice local = slice_before(upn, at), domain = slice_behind(upn, at);
        unsigned problems = 0;

        if (find_last_at(local))
                problems |= UPN_SEVERAL_AT;
        if (upn.data[0] == '@')
                problems |= UPN_AT_FIRST;
        if (local.size > 0 && local.data[local.size - 1] == '.')
                problems |= UPN_DOT_BEFORE_AT;
        if (domain_is_wrong(domain, true))
                problems |= UPN_DOMAIN;
        if (text_length(local) > UPN_LOCAL_LENGTH_MAX ||
            text_length(domain) > UPN_DOMAIN_LENGTH_MAX)
                problems |= UPN_TOO_LONG;
        return problems;
}

unsigned upn_check(const void *data, size_t size)
{
        Slice upn = { data, size };
        unsigned seen = look_at(upn), problems = 0;
        const uint8_t *at = find_last_at(upn);

        if (seen & (HAS_SPACE | HAS_CONTROL | HAS_INVISIBLE))
                problems |= UPN_WHITE_SPACE;
        if (seen & (HAS_FORBIDDEN | HAS_NOT_IN_UPN | HAS_NON_ASCII | HAS_BYTES))
                problems |= UPN_FORBIDDEN;
        if (text_length(upn) > UPN_LENGTH_MAX)
                problems |= UPN_TOO_LONG;

        return problems | (at ? upn_check_parts(upn, at) : UPN_NO_AT);
}

/* ------------------------------------------------------------------ words */

const char *address_problem_text(AddressProblem problem)
{
        switch (problem) {
        case ADDRESS_OK:
                return "is a valid address";
        case ADDRESS_NO_AT:
                return "has no @";
        case ADDRESS_SEVERAL_AT:
                return "has more than one @";
        case ADDRESS_SPACE:
                return "holds a space";
        case ADDRESS_FORBIDDEN:
                return "holds one of < > ( ) ; : , [ ] \"";
        case ADDRESS_EMPTY_ATOM:
                return "has nothing before the @, or a dot too many there";
        case ADDRESS_DOMAIN:
                return "has an invalid domain";
        case ADDRESS_NON_ASCII:
                return "holds letters that are not ASCII";
        case ADDRESS_CONTROL:
                return "holds control characters, or bytes that are no text";
        }

        return "";
}

const char *upn_problem_text(UpnProblem problem)
{
        switch (problem) {
        case UPN_OK:
                return "is a valid user principal name";
        case UPN_WHITE_SPACE:
                return "holds white space, or characters that cannot be seen";
        case UPN_NO_AT:
                return "has no @";
        case UPN_SEVERAL_AT:
                return "has more than one @";
        case UPN_AT_FIRST:
                return "begins with @";
        case UPN_DOT_BEFORE_AT:
                return "has a dot before the @";
        case UPN_FORBIDDEN:
                return "holds characters other than A-Z a-z 0-9 ' . - _ ! # ^ ~";
        case UPN_DOMAIN:
                return "has an invalid domain";
        case UPN_TOO_LONG:
                return "is longer than 113 characters, 64 before or 48 behind the @";
        }

        return "";
}
