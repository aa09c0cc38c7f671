/* SPDX-License-Identifier: MIT */
#include "ctl/value-note.h"

#include <errno.h>
#include <string.h>

#include "lib/core/address.h"
#include "lib/core/guid.h"
#include "lib/core/record.h"

/* A decimal 64-bit number, as AD writes them. */
static bool note_number(Slice value, int64_t *ret)
{
        char text[24], *end;

        if (value.size == 0 || value.size >= sizeof(text))
                return false;

        memcpy(text, value.data, value.size);
        text[value.size] = '\0';
        errno = 0;
        *ret = strtoll(text, &end, 10);
        return errno == 0 && *end == '\0' && end != text;
}

typedef struct Flag {
        int64_t mask;
        const char *name;
} Flag;

/* [MS-ADTS] 2.2.16 */
static const Flag account_flags[] = {
        { 0x2, "disabled" },
        { 0x10, "locked out" },
        { 0x20, "no password required" },
        { 0x200, "ordinary account" },
        { 0x800, "trust account" },
        { 0x10000, "password does not expire" },
        { 0x40000, "smart card required" },
        { 0x800000, "password expired" },
};

/* [MS-ADTS] 2.2.12 */
static const Flag group_flags[] = {
        { 0x1, "created by the system" }, { 0x2, "global" },
        { 0x4, "domain local" },          { 0x8, "universal" },
        { 0x80000000, "security" },
};

static int note_flags(const Flag *flags, size_t n, int64_t value, Buffer *buffer)
{
        const char *separator = "";

        for (size_t i = 0; i < n; i++) {
                int r;

                if (!(value & flags[i].mask))
                        continue;
                r = buffer_append_format(buffer, "%s%s", separator, flags[i].name);
                if (r < 0)
                        return r;
                separator = ", ";
        }

        return 0;
}

/* Microsoft, "RecipientTypeDetails values": those one meets. */
static const Flag recipient_types[] = {
        { INT64_C(1), "user mailbox" },
        { INT64_C(2), "linked mailbox" },
        { INT64_C(4), "shared mailbox" },
        { INT64_C(16), "room mailbox" },
        { INT64_C(32), "equipment mailbox" },
        { INT64_C(64), "mail contact" },
        { INT64_C(128), "mail user" },
        { INT64_C(256), "mail universal distribution group" },
        { INT64_C(512), "mail non-universal group" },
        { INT64_C(1024), "mail universal security group" },
        { INT64_C(2048), "dynamic distribution group" },
        { INT64_C(4096), "public folder" },
        { INT64_C(8192), "system attendant mailbox" },
        { INT64_C(16384), "system mailbox" },
        { INT64_C(4194304), "Microsoft Exchange recipient" },
        { INT64_C(8388608), "arbitration mailbox" },
        { INT64_C(16777216), "mailbox plan" },
        { INT64_C(536870912), "discovery mailbox" },
        { INT64_C(1073741824), "role group" },
        { INT64_C(2147483648), "remote user mailbox" },
        { INT64_C(8589934592), "remote room mailbox" },
        { INT64_C(17179869184), "remote equipment mailbox" },
        { INT64_C(34359738368), "remote shared mailbox" },
        { INT64_C(68719476736), "public folder mailbox" },
        { INT64_C(549755813888), "monitoring mailbox" },
        { INT64_C(4398046511104), "audit log mailbox" },
};

static int note_recipient_type(int64_t value, Buffer *buffer)
{
        for (size_t i = 0; i < ARRAY_SIZE(recipient_types); i++)
                if (recipient_types[i].mask == value)
                        return buffer_append_string(buffer, recipient_types[i].name);
        return 0;
}

/* Tenths of microseconds since 1601; 0 and the largest number say "never". */
static int note_filetime(int64_t value, Buffer *buffer)
{
        char text[RECORD_TIME_SIZE];

        if (value <= 0 || value == INT64_MAX)
                return buffer_append_string(buffer, "never");

        record_format_time(value / 10000000 - INT64_C(11644473600), text);
        return buffer_append_string(buffer, text);
}

/* Entra ID shows the anchor in base64, AD's tools show the GUID: whoever compares needs both. */
static int note_anchor(Slice value, Buffer *buffer)
{
        char text[GUID_STRING_SIZE];
        Guid guid;

        if (guid_from_bytes(value.data, value.size, &guid) < 0)
                return 0;

        guid_format(&guid, text);
        return buffer_append_string(buffer, text);
}

static int note_address(Slice value, Buffer *buffer)
{
        Address address = address_parse_proxy(value.data, value.size);
        bool has_primary = address.type == ADDRESS_SMTP || address.type == ADDRESS_SIP;

        return has_primary && address.is_primary ? buffer_append_string(buffer, "primary") : 0;
}

int value_note(AttributeId attribute, Slice value, Buffer *buffer)
{
        int64_t number;

        if (attribute == ATTRIBUTE_PROXY_ADDRESSES)
                return note_address(value, buffer);
        if (attribute == ATTRIBUTE_MS_DS_CONSISTENCY_GUID)
                return note_anchor(value, buffer);
        if (!note_number(value, &number))
                return 0;

        if (attribute == ATTRIBUTE_USER_ACCOUNT_CONTROL)
                return note_flags(account_flags, ARRAY_SIZE(account_flags), number, buffer);
        if (attribute == ATTRIBUTE_GROUP_TYPE)
                return note_flags(group_flags, ARRAY_SIZE(group_flags), number, buffer);
        if (attribute == ATTRIBUTE_MS_EXCH_RECIPIENT_TYPE_DETAILS)
                return note_recipient_type(number, buffer);
        if (attribute == ATTRIBUTE_PWD_LAST_SET || attribute == ATTRIBUTE_LAST_LOGON ||
            attribute == ATTRIBUTE_LAST_LOGON_TIMESTAMP)
                return note_filetime(number, buffer);
        return 0;
}
