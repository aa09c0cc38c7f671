/* SPDX-License-Identifier: MIT */
#include "lib/core/dn.h"

#include <errno.h>
#include <ldap.h>
#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------ raw bytes */

static Slice slice_from(Slice slice, size_t offset)
{
        return (Slice){ slice.data + offset, slice.size - offset };
}

/* What libldap passes over between the parts of a name. */
static bool is_blank(uint8_t c)
{
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static Slice skip_blanks(Slice slice)
{
        size_t n = 0;

        while (n < slice.size && is_blank(slice.data[n]))
                n++;
        return n > 0 ? slice_from(slice, n) : slice;
}

/* Without blanks at the end, but for one that is escaped. */
static Slice drop_blanks(Slice slice)
{
        while (slice.size > 0 && is_blank(slice.data[slice.size - 1])) {
                size_t n = 0;

                while (n + 1 < slice.size && slice.data[slice.size - 2 - n] == '\\')
                        n++;
                if (n % 2 == 1)
                        break;
                slice.size--;
        }

        return slice;
}

/* Where the first of these separators stands, or the end. -EBADMSG inside quotes or behind a lone backslash. */
static int find_separator(Slice text, const char *separators, size_t *ret)
{
        bool is_quoted = false;
        size_t i;

        for (i = 0; i < text.size; i++) {
                uint8_t c = text.data[i];

                /* Letters and digits, of which nearly all names are made, are none of it. */
                if (c > ';' && c != '\\')
                        continue;
                if (c == '\\' && ++i == text.size)
                        return -EBADMSG;
                if (c == '"')
                        is_quoted = !is_quoted;
                if ((c == separators[0] || c == separators[1]) && !is_quoted)
                        break;
        }
        if (is_quoted)
                return -EBADMSG;

        *ret = i;
        return 0;
}

static bool is_type_character(uint8_t c)
{
        return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') ||
               c == '-' || c == '.';
}

/* "cn=" or "2.5.4.3 =", and something of a type before the sign. */
static bool begins_with_type(Slice text)
{
        size_t n = 0;

        while (n < text.size && is_type_character(text.data[n]))
                n++;

        text = skip_blanks(slice_from(text, n));
        return n > 0 && text.size > 0 && text.data[0] == '=';
}

/* Has each part of "cn=a+ou=b" a type? */
static bool is_rdn(Slice rdn)
{
        for (;;) {
                size_t end;

                if (!begins_with_type(rdn) || find_separator(rdn, "++", &end) < 0)
                        return false;
                if (end == rdn.size)
                        return true;
                rdn = skip_blanks(slice_from(rdn, end + 1));
        }
}

int dn_split(Slice dn, Slice *ret_rdn, Slice *ret_parent)
{
        Slice rdn, parent = {};
        size_t end;
        int r;

        dn = skip_blanks(dn);
        r = find_separator(dn, ",;", &end);
        if (r < 0)
                return r;

        rdn = drop_blanks((Slice){ dn.data, end });
        if (!is_rdn(rdn))
                return -EBADMSG;

        if (end < dn.size) {
                parent = drop_blanks(skip_blanks(slice_from(dn, end + 1)));
                if (parent.size == 0)
                        return -EBADMSG;
        }

        *ret_rdn = rdn;
        *ret_parent = parent;
        return 0;
}

/* ------------------------------------------------------------------ marks in the first RDN */

/* The byte at *position, unescaped, and *position moved behind it; -1 at the end. */
static int next_byte(Slice rdn, size_t *position)
{
        size_t i = *position;
        int high, low;

        if (i >= rdn.size)
                return -1;

        *position = i + 1;
        if (rdn.data[i] != '\\' || i + 1 == rdn.size)
                return rdn.data[i];

        high = ascii_hex_value(rdn.data[i + 1]);
        low = high >= 0 && i + 2 < rdn.size ? ascii_hex_value(rdn.data[i + 2]) : -1;
        *position = low >= 0 ? i + 3 : i + 2;
        return low >= 0 ? high << 4 | low : rdn.data[i + 1];
}

/* Where behind the mark it goes on; 0 where it does not stand at this position. */
static size_t match_mark(Slice rdn, size_t position, const char *mark)
{
        for (; *mark; mark++)
                if (next_byte(rdn, &position) != *mark)
                        return 0;
        return position;
}

static Guid read_guid(Slice rdn, size_t position)
{
        char text[GUID_STRING_SIZE] = "";
        Guid guid = GUID_NULL;

        for (size_t i = 0; i < GUID_STRING_SIZE - 1; i++) {
                int byte = next_byte(rdn, &position);

                if (byte < 0)
                        break;
                text[i] = (char)byte;
        }

        (void)guid_parse(text, &guid);
        return guid;
}

static bool find_mark(Slice dn, const char *mark, Guid *ret_guid)
{
        Slice rdn, parent;

        /* Every mark begins with a line feed, and hardly any name has one, written either way. */
        if (dn.size == 0 || (!memchr(dn.data, '\\', dn.size) && !memchr(dn.data, '\n', dn.size)))
                return false;

        if (dn_split(dn, &rdn, &parent) < 0)
                return false;

        for (size_t i = 0; i < rdn.size; (void)next_byte(rdn, &i)) {
                size_t behind = match_mark(rdn, i, mark);

                if (behind == 0)
                        continue;
                if (ret_guid)
                        *ret_guid = read_guid(rdn, behind);
                return true;
        }

        return false;
}

bool dn_is_conflict(Slice dn, Guid *ret_guid)
{
        return find_mark(dn, "\nCNF:", ret_guid);
}

bool dn_is_deleted(Slice dn, Guid *ret_guid)
{
        return find_mark(dn, "\nDEL:", ret_guid);
}

/* ------------------------------------------------------------------ parsed */

static void free_dn(LDAPDN *dn)
{
        if (*dn)
                ldap_dnfree(*dn);
}

#define _cleanup_dn_ _cleanup_(free_dn)

static Slice slice_of(const struct berval *value)
{
        return (Slice){ (const uint8_t *)value->bv_val, value->bv_len };
}

/*
 * The name as libldap shall read it: split by ourselves, because it takes "cn;x=a" for a type with an option where everybody
 * else sees the semicolon part two RDNs, and "a\\ ," for a value that ends with an escaped blank.
 */
static int copy_rdns(Slice dn, Buffer *buffer)
{
        int r = 0;

        while (dn.size > 0 && r >= 0) {
                Slice rdn;

                r = dn_split(dn, &rdn, &dn);
                if (r >= 0 && buffer->size > 0)
                        r = buffer_append_byte(buffer, ',');
                if (r >= 0)
                        r = buffer_append(buffer, rdn.data, rdn.size);
        }

        return r;
}

/* "cn=#": no hexadecimal string is empty, and libldap, which reads it here, does not everywhere. */
static bool has_empty_binary(LDAPDN dn)
{
        for (size_t i = 0; dn && dn[i]; i++)
                for (size_t k = 0; dn[i][k]; k++)
                        if (dn[i][k]->la_flags & LDAP_AVA_BINARY && dn[i][k]->la_value.bv_len == 0)
                                return true;
        return false;
}

/* Where memory ends in mid-value, libldap says that all went well, and leaves sizes without bytes. */
static bool is_short_of_memory(LDAPDN dn)
{
        for (int i = 0; dn && dn[i]; i++)
                for (int k = 0; dn[i][k]; k++)
                        if ((!dn[i][k]->la_attr.bv_val && dn[i][k]->la_attr.bv_len > 0) ||
                            (!dn[i][k]->la_value.bv_val && dn[i][k]->la_value.bv_len > 0))
                                return true;
        return false;
}

/* NULL for the empty name. */
static int parse_dn(Slice dn, LDAPDN *ret)
{
        _cleanup_buffer_ Buffer copy = BUFFER_INIT;
        _cleanup_dn_ LDAPDN parsed = NULL;
        int r;

        /* libldap wants a string; names with a NUL in them are none. */
        if (dn.size > 0 && memchr(dn.data, '\0', dn.size))
                return -EBADMSG;
        r = copy_rdns(dn, &copy);
        if (r < 0)
                return r;
        if (!buffer_string(&copy))
                return -ENOMEM;

        /* Nor does its result tell want of memory from a bad name. */
        errno = 0;
        r = ldap_str2dn((const char *)copy.data, &parsed, LDAP_DN_FORMAT_LDAP);
        if (r != LDAP_SUCCESS)
                return r == LDAP_NO_MEMORY || errno == ENOMEM ? -ENOMEM : -EBADMSG;
        if (is_short_of_memory(parsed))
                return -ENOMEM;
        if (has_empty_binary(parsed))
                return -EBADMSG;

        *ret = TAKE_PTR(parsed);
        return 0;
}

/* One way to escape: by number, whatever could be mistaken for structure. */
static int append_escaped(Slice value, Buffer *buffer)
{
        int r = 0;

        for (size_t i = 0; i < value.size && r >= 0; i++) {
                uint8_t c = value.data[i];

                if (c < ' ' || c == 0x7f || strchr(",;+=#<>\"\\", c) ||
                    (c == ' ' && (i == 0 || i == value.size - 1)))
                        r = buffer_append_format(buffer, "\\%02x", c);
                else
                        r = buffer_append_byte(buffer, c);
        }

        return r;
}

static int append_hex(Slice value, Buffer *buffer)
{
        int r;

        r = buffer_append_byte(buffer, '#');
        for (size_t i = 0; i < value.size && r >= 0; i++)
                r = buffer_append_format(buffer, "%02x", value.data[i]);
        return r;
}

static int append_ava(const LDAPAVA *ava, Buffer *buffer)
{
        _cleanup_buffer_ Buffer folded = BUFFER_INIT;
        Slice type = slice_of(&ava->la_attr), value = slice_of(&ava->la_value);
        int r = 0;

        for (size_t i = 0; i < type.size && r >= 0; i++)
                r = buffer_append_byte(buffer, ascii_lower(type.data[i]));
        if (r >= 0)
                r = buffer_append_byte(buffer, '=');
        if (r < 0)
                return r;

        if (ava->la_flags & LDAP_AVA_BINARY)
                return append_hex(value, buffer);

        r = text_fold_ad(value.data, value.size, &folded);
        if (r < 0)
                return r;
        return append_escaped((Slice){ folded.data, folded.size }, buffer);
}

static int compare_slices(const void *a, const void *b)
{
        const Slice *x = a, *y = b;
        int r = memcmp(x->data, y->data, x->size < y->size ? x->size : y->size);

        return r ? r : (x->size > y->size) - (x->size < y->size);
}

/* "cn=a+ou=b" and "ou=b+cn=a" are one name: parts in the order of their bytes. */
static int append_sorted_rdn(LDAPRDN rdn, size_t n, Buffer *buffer)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;
        _cleanup_free_ Slice *parts = calloc(n, sizeof(*parts));
        size_t offset = 0;
        int r = 0;

        if (!parts)
                return -ENOMEM;

        for (size_t i = 0; i < n; i++) {
                size_t before = text.size;

                r = append_ava(rdn[i], &text);
                if (r < 0)
                        return r;
                parts[i].size = text.size - before;
        }
        for (size_t i = 0; i < n; offset += parts[i++].size)
                parts[i].data = text.data + offset;
        qsort(parts, n, sizeof(*parts), compare_slices);

        for (size_t i = 0; i < n && r >= 0; i++) {
                if (i > 0)
                        r = buffer_append_byte(buffer, '+');
                if (r >= 0)
                        r = buffer_append(buffer, parts[i].data, parts[i].size);
        }

        return r;
}

static int append_rdn(LDAPRDN rdn, Buffer *buffer)
{
        size_t n = 0;

        while (rdn[n])
                n++;
        return n == 1 ? append_ava(rdn[0], buffer) : append_sorted_rdn(rdn, n, buffer);
}

static const bool is_structure[128] = {
        [','] = true, [';'] = true, ['+'] = true, ['='] = true,  ['#'] = true,
        ['<'] = true, ['>'] = true, ['"'] = true, ['\\'] = true,
};

/*
 * Nearly all RDNs are a type and a value that nobody has to escape anything in. For them libldap, which allocates each part, would say
 * what stands there.
 */
static bool rdn_is_plain(Slice rdn, size_t *ret_type)
{
        size_t type = 0;

        while (type < rdn.size && ascii_lower(rdn.data[type]) >= 'a' &&
               ascii_lower(rdn.data[type]) <= 'z')
                type++;
        if (type == 0 || type + 1 >= rdn.size || rdn.data[type] != '=' ||
            rdn.data[type + 1] == ' ' || rdn.data[rdn.size - 1] == ' ')
                return false;

        for (size_t i = type + 1; i < rdn.size; i++) {
                uint8_t c = rdn.data[i];

                if (c >= 0xc3 && c <= 0xc5 && i + 1 < rdn.size && (rdn.data[i + 1] & 0xc0) == 0x80)
                        i++; /* a letter of Latin-1 or Latin Extended-A: none folds into structure */
                else if (c < ' ' || c >= 0x7f || is_structure[c])
                        return false;
        }
        *ret_type = type;
        return true;
}

/* 1: appended; 0: some RDN is not plain. */
static int normalize_plain(Slice dn, Buffer *buffer)
{
        bool is_first = true;
        int r = 0;

        while (dn.size > 0 && r >= 0) {
                size_t type;
                Slice rdn;

                if (dn_split(dn, &rdn, &dn) < 0 || !rdn_is_plain(rdn, &type))
                        return 0;
                if (!is_first)
                        r = buffer_append_byte(buffer, ',');
                if (r >= 0)
                        r = buffer_reserve(buffer, type + 1);
                for (size_t i = 0; i <= type && r >= 0; i++)
                        buffer->data[buffer->size++] = ascii_lower(rdn.data[i]);
                if (r >= 0)
                        r = text_fold_ad(rdn.data + type + 1, rdn.size - type - 1, buffer);
                is_first = false;
        }

        return r < 0 ? r : 1;
}

int dn_normalize(Slice dn, Buffer *buffer)
{
        _cleanup_dn_ LDAPDN parsed = NULL;
        size_t before = buffer->size;
        int r;

        r = normalize_plain(dn, buffer);
        if (r > 0)
                return 0;
        buffer->size = before;
        if (r < 0)
                return r;

        r = parse_dn(dn, &parsed);
        if (r < 0)
                return r;

        for (size_t i = 0; parsed && parsed[i] && r >= 0; i++) {
                if (i > 0)
                        r = buffer_append_byte(buffer, ',');
                if (r >= 0)
                        r = append_rdn(parsed[i], buffer);
        }

        if (r < 0)
                buffer->size = before;
        return r;
}

static int normalize_both(Slice a, Slice b, Buffer *a_normal, Buffer *b_normal)
{
        int r;

        r = dn_normalize(a, a_normal);
        if (r < 0)
                return r;
        return dn_normalize(b, b_normal);
}

int dn_equal(Slice a, Slice b)
{
        _cleanup_buffer_ Buffer a_normal = BUFFER_INIT, b_normal = BUFFER_INIT;
        int r;

        r = normalize_both(a, b, &a_normal, &b_normal);
        if (r < 0)
                return r;

        return a_normal.size == b_normal.size &&
               (a_normal.size == 0 || memcmp(a_normal.data, b_normal.data, a_normal.size) == 0);
}

int dn_is_within(Slice dn, Slice base)
{
        _cleanup_buffer_ Buffer dn_normal = BUFFER_INIT, base_normal = BUFFER_INIT;
        size_t n;
        int r;

        r = normalize_both(dn, base, &dn_normal, &base_normal);
        if (r < 0)
                return r;

        if (base_normal.size == 0)
                return 1;
        if (dn_normal.size < base_normal.size)
                return 0;

        n = dn_normal.size - base_normal.size;
        return memcmp(dn_normal.data + n, base_normal.data, base_normal.size) == 0 &&
               (n == 0 || dn_normal.data[n - 1] == ',');
}

int dn_rdn_value(Slice dn, Buffer *buffer)
{
        _cleanup_dn_ LDAPDN parsed = NULL;
        Slice rdn, parent;
        int r;

        r = dn_split(dn, &rdn, &parent);
        if (r < 0)
                return r;
        r = parse_dn(rdn, &parsed);
        if (r < 0)
                return r;
        if (!parsed || !parsed[0] || !parsed[0][0])
                return -EBADMSG;

        return buffer_append(buffer, parsed[0][0]->la_value.bv_val, parsed[0][0]->la_value.bv_len);
}

/* ------------------------------------------------------------------ DNS names */

static bool is_dc(LDAPRDN rdn)
{
        return rdn[0] && !rdn[1] && text_equals_nocase(slice_of(&rdn[0]->la_attr), "DC");
}

int dn_to_domain(Slice dn, Buffer *buffer)
{
        _cleanup_dn_ LDAPDN parsed = NULL;
        size_t before = buffer->size, first, n = 0;
        int r;

        r = parse_dn(dn, &parsed);
        if (r < 0)
                return r;

        while (parsed && parsed[n])
                n++;
        for (first = n; first > 0 && is_dc(parsed[first - 1]); first--)
                ;

        for (size_t i = first; i < n && r >= 0; i++) {
                Slice label = slice_of(&parsed[i][0]->la_value);

                if (i > first)
                        r = buffer_append_byte(buffer, '.');
                for (size_t k = 0; k < label.size && r >= 0; k++)
                        r = buffer_append_byte(buffer, ascii_lower(label.data[k]));
        }

        if (r < 0)
                buffer->size = before;
        return r;
}

int dn_from_domain(const char *domain, Buffer *buffer)
{
        size_t before = buffer->size;
        int r = 0;

        while (*domain && r >= 0) {
                size_t n = strcspn(domain, ".");

                if (n > 0) {
                        r = buffer_append_string(buffer, buffer->size > before ? ",DC=" : "DC=");
                        if (r >= 0)
                                r = append_escaped((Slice){ (const uint8_t *)domain, n }, buffer);
                }
                domain += n + (domain[n] == '.');
        }

        if (r < 0)
                buffer->size = before;
        return r;
}
