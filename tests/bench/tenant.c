/* SPDX-License-Identifier: MIT */
#include "tests/bench/tenant.h"

#include <stdio.h>
#include <string.h>

bool tenant_has(const MadeObject *object)
{
        return strcmp(object->class, "user") == 0;
}

static void base64(const uint8_t bytes[static 16], char ret[static 25])
{
        static const char digits[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

        for (size_t i = 0; i < 6; i++) {
                uint8_t three[3] = { bytes[3 * i], i < 5 ? bytes[3 * i + 1] : 0,
                                     i < 5 ? bytes[3 * i + 2] : 0 };

                ret[4 * i] = digits[three[0] >> 2];
                ret[4 * i + 1] = digits[(three[0] & 3) << 4 | three[1] >> 4];
                ret[4 * i + 2] = digits[(three[1] & 15) << 2 | three[2] >> 6];
                ret[4 * i + 3] = digits[three[2] & 63];
        }
        memcpy(ret + 22, "==", 3);
}

/* "8-4-4-4-12" digits of its own: ids of the cloud are none of the directory. */
static int add_id(const uint8_t guid[static 16], Buffer *buffer)
{
        int r = 0;

        for (size_t i = 0; i < 16 && r >= 0; i++)
                r = buffer_append_format(buffer, "%s%02x",
                                         i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
                                         guid[i] ^ 0x5a);
        return r;
}

/* Of the made values none needs an escape but the names with letters of their own, which are UTF-8. */
static int add_string(const MadeObject *object, const char *attribute, const char *name,
                      Buffer *buffer)
{
        for (size_t i = 0; i < object->n_values; i++)
                if (strcmp(object->values[i].attribute, attribute) == 0)
                        return buffer_append_format(buffer, ",\"%s\":\"%.*s\"", name,
                                                    (int)object->values[i].size,
                                                    object->values[i].data);
        return buffer_append_format(buffer, ",\"%s\":null", name);
}

static int add_addresses(const MadeObject *object, Buffer *buffer)
{
        const char *comma = "";
        int r;

        r = buffer_append_string(buffer, ",\"proxyAddresses\":[");
        for (size_t i = 0; i < object->n_values && r >= 0; i++) {
                if (strcmp(object->values[i].attribute, "proxyAddresses") != 0)
                        continue;
                r = buffer_append_format(buffer, "%s\"%.*s\"", comma, (int)object->values[i].size,
                                         object->values[i].data);
                comma = ",";
        }
        return r < 0 ? r : buffer_append_string(buffer, "]");
}

/* Whom it was made of: the company's object, nobody (an account of the cloud alone), or one that is not there any more. */
static int add_origin(const MadeObject *object, uint64_t number, Buffer *buffer)
{
        uint8_t guid[16];
        char anchor[25];

        if (number % 100 == 50)
                return buffer_append_string(buffer, ",\"onPremisesImmutableId\":null,"
                                                    "\"onPremisesSyncEnabled\":null");
        memcpy(guid, object->guid, sizeof(guid));
        if (number % 100 == 51)
                guid[0] ^= 0xff;
        base64(guid, anchor);
        return buffer_append_format(buffer,
                                    ",\"onPremisesImmutableId\":\"%s\","
                                    "\"onPremisesSyncEnabled\":true",
                                    anchor);
}

/* The cloud has given one to those who have none. */
static int add_login(const MadeObject *object, uint64_t number, Buffer *buffer)
{
        for (size_t i = 0; i < object->n_values; i++)
                if (strcmp(object->values[i].attribute, "userPrincipalName") == 0)
                        return add_string(object, "userPrincipalName", "userPrincipalName", buffer);
        return buffer_append_format(buffer,
                                    ",\"userPrincipalName\":\"u%llu@contoso.onmicrosoft.com\"",
                                    (unsigned long long)number);
}

int tenant_user(const MadeObject *object, uint64_t number, Buffer *buffer)
{
        int r;

        r = buffer_append_string(buffer, "{\"id\":\"");
        if (r >= 0)
                r = add_id(object->guid, buffer);
        if (r >= 0)
                r = buffer_append_string(buffer, "\"");
        if (r >= 0)
                r = add_string(object, "displayName", "displayName", buffer);
        if (r >= 0)
                r = add_login(object, number, buffer);
        if (r >= 0)
                r = add_string(object, "mail", "mail", buffer);
        if (r >= 0)
                r = add_string(object, "mailNickname", "mailNickname", buffer);
        if (r >= 0)
                r = add_addresses(object, buffer);
        if (r >= 0)
                r = add_origin(object, number, buffer);
        if (r >= 0)
                r = buffer_append_string(
                        buffer, ",\"userType\":\"Member\",\"onPremisesSecurityIdentifier\":null,"
                                "\"onPremisesProvisioningErrors\":[],"
                                "\"lastPasswordChangeDateTime\":\"2026-11-01T08:00:00Z\"}");
        return r;
}
