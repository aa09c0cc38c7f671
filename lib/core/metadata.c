/* SPDX-License-Identifier: MIT */
#include "lib/core/metadata.h"

#include <errno.h>
#include <stdlib.h>

/* Little-endian: version 1, reserved, number of entries, reserved, four bytes each; then the entries. */
enum {
        HEAD_SIZE = 16,
        ENTRY_SIZE = 48,
};

/* Between 1601 and 1970. */
#define EPOCH_SECONDS INT64_C(11644473600)

static uint32_t read_u32(const uint8_t *bytes)
{
        return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
               (uint32_t)bytes[3] << 24;
}

static uint64_t read_u64(const uint8_t *bytes)
{
        return read_u32(bytes) | (uint64_t)read_u32(bytes + 4) << 32;
}

void metadata_done(Metadata *metadata)
{
        free(metadata->writes);
        *metadata = (Metadata){};
}

/* attribute, version, time, invocationId, USN there, USN here */
static int write_parse(const uint8_t *bytes, PropertyWrite *ret)
{
        uint64_t at = read_u64(bytes + 8), usn = read_u64(bytes + 32);
        PropertyWrite write = { .number = read_u32(bytes), .version = read_u32(bytes + 4) };

        /* Year 9999 is as far as any date is written. */
        if (at > UINT64_C(265046774399) || usn > INT64_MAX)
                return -EBADMSG;

        write.at = (int64_t)at - EPOCH_SECONDS;
        write.usn = (int64_t)usn;
        if (guid_from_bytes(bytes + 16, sizeof(Guid), &write.invocation_id) < 0)
                return -EBADMSG;

        *ret = write;
        return 0;
}

int metadata_parse(const void *data, size_t size, Metadata *ret)
{
        const uint8_t *bytes = data;
        PropertyWrite *writes;
        size_t n;

        if (size < HEAD_SIZE || read_u32(bytes) != 1)
                return -EBADMSG;
        n = read_u32(bytes + 8);
        if (n != (size - HEAD_SIZE) / ENTRY_SIZE || (size - HEAD_SIZE) % ENTRY_SIZE != 0)
                return -EBADMSG;

        writes = calloc(n + 1, sizeof(*writes));
        if (!writes)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                if (write_parse(bytes + HEAD_SIZE + i * ENTRY_SIZE, &writes[i]) < 0) {
                        free(writes);
                        return -EBADMSG;
                }

        *ret = (Metadata){ .writes = writes, .n_writes = n };
        return 0;
}

/*
 * The number is a prefix of an OID, as a number of a table, and its last arc ([MS-DRSR] 5.16.4). These prefixes are the same in
 * every forest: 2.5.4 is 0, 1.2.840.113556.1.2 is 2, 1.2.840.113556.1.4 is 9, 0.9.2342.19200300.100.1 is 21.
 */
static const struct {
        uint32_t number;
        const char *name;
} attributes[] = {
        { 0x00000000, "objectClass" },
        { 0x00000003, "cn" },
        { 0x00000004, "sn" },
        { 0x00000006, "c" },
        { 0x00000007, "l" },
        { 0x00000008, "st" },
        { 0x00000009, "street" },
        { 0x0000000a, "o" },
        { 0x0000000b, "ou" },
        { 0x0000000c, "title" },
        { 0x0000000d, "description" },
        { 0x00000011, "postalCode" },
        { 0x00000012, "postOfficeBox" },
        { 0x00000014, "telephoneNumber" },
        { 0x00000017, "facsimileTelephoneNumber" },
        { 0x0000001f, "member" },
        { 0x00000024, "userCertificate" },
        { 0x0000002a, "givenName" },
        { 0x0000002b, "initials" },
        { 0x00020001, "instanceType" },
        { 0x00020002, "whenCreated" },
        { 0x0002000d, "displayName" },
        { 0x00020030, "isDeleted" },
        { 0x00020051, "info" },
        { 0x00020083, "co" },
        { 0x0002008d, "department" },
        { 0x00020092, "company" },
        { 0x000200d2, "proxyAddresses" },
        { 0x000200e2, "adminDescription" },
        { 0x00020100, "streetAddress" },
        { 0x00020119, "nTSecurityDescriptor" },
        { 0x000201a7, "extensionAttribute1" },
        { 0x000201a8, "extensionAttribute2" },
        { 0x000201a9, "extensionAttribute3" },
        { 0x000201aa, "extensionAttribute4" },
        { 0x000201ab, "extensionAttribute5" },
        { 0x000201ac, "extensionAttribute6" },
        { 0x000201ad, "extensionAttribute7" },
        { 0x000201ae, "extensionAttribute8" },
        { 0x000201af, "extensionAttribute9" },
        { 0x000201b0, "extensionAttribute10" },
        { 0x000201bf, "mailNickname" },
        { 0x00020257, "extensionAttribute11" },
        { 0x00020258, "extensionAttribute12" },
        { 0x00020259, "extensionAttribute13" },
        { 0x0002025a, "extensionAttribute14" },
        { 0x0002025b, "extensionAttribute15" },
        { 0x00090001, "name" },
        { 0x00090008, "userAccountControl" },
        { 0x00090010, "codePage" },
        { 0x00090019, "countryCode" },
        { 0x00090037, "dBCSPwd" },
        { 0x00090040, "logonHours" },
        { 0x0009005a, "unicodePwd" },
        { 0x0009005e, "ntPwdHistory" },
        { 0x00090060, "pwdLastSet" },
        { 0x00090062, "primaryGroupID" },
        { 0x0009007d, "supplementalCredentials" },
        { 0x00090092, "objectSid" },
        { 0x00090096, "adminCount" },
        { 0x0009009f, "accountExpires" },
        { 0x000900a0, "lmPwdHistory" },
        { 0x000900dd, "sAMAccountName" },
        { 0x0009012e, "sAMAccountType" },
        { 0x0009028f, "legacyExchangeDN" },
        { 0x00090290, "userPrincipalName" },
        { 0x000902ee, "groupType" },
        { 0x00090303, "servicePrincipalName" },
        { 0x0009030d, "lastKnownParent" },
        { 0x0009030e, "objectCategory" },
        { 0x00090364, "isCriticalSystemObject" },
        { 0x00090550, "mS-DS-ConsistencyGuid" },
        { 0x000906a0, "lastLogonTimestamp" },
        { 0x00150003, "mail" },
        { 0x0015000a, "manager" },
        { 0x00150029, "mobile" },
};

const char *metadata_attribute_name(uint32_t number)
{
        for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
                if (attributes[i].number == number)
                        return attributes[i].name;
        return NULL;
}
