/* SPDX-License-Identifier: MIT */
#include "lib/core/cloud.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/core/address.h"

static int base64_value(uint8_t c)
{
        static const char digits[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        const char *found = c ? strchr(digits, c) : NULL;

        return found ? (int)(found - digits) : -1;
}

/* The sixteen bytes of a GUID are what the connector writes where nobody has chosen another attribute: 24 digits, two of them "=". */
static bool decode_guid(Slice text, uint8_t ret[static 16])
{
        uint8_t bytes[18];

        if (text.size != 24 || text.data[22] != '=' || text.data[23] != '=')
                return false;

        for (size_t i = 0; i < 24; i += 4) {
                uint32_t group = 0;

                for (size_t k = 0; k < 4; k++) {
                        int digit = i + k >= 22 ? 0 : base64_value(text.data[i + k]);

                        if (digit < 0)
                                return false;
                        group = group << 6 | (uint32_t)digit;
                }
                bytes[i / 4 * 3] = (uint8_t)(group >> 16);
                bytes[i / 4 * 3 + 1] = (uint8_t)(group >> 8);
                bytes[i / 4 * 3 + 2] = (uint8_t)group;
        }

        memcpy(ret, bytes, 16);
        return true;
}

int cloud_anchor_decode(Slice anchor, Buffer *buffer)
{
        uint8_t guid[16];

        return decode_guid(anchor, guid) ? buffer_append(buffer, guid, sizeof(guid))
                                         : buffer_append(buffer, anchor.data, anchor.size);
}

void cloud_settings_take(CloudSettings *settings, const char *name, const char *value)
{
        const struct {
                const char *name;
                int *setting;
        } known[] = {
                { "blockSoftMatchEnabled", &settings->block_soft_match },
                { "blockCloudObjectTakeoverThroughHardMatchEnabled", &settings->block_hard_match },
                { "softMatchOnUpnEnabled", &settings->soft_match_on_upn },
                { "quarantineUponUpnConflictEnabled", &settings->quarantine_upn },
                { "quarantineUponProxyAddressesConflictEnabled", &settings->quarantine_proxies },
        };

        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
                if (strcmp(known[i].name, name) == 0)
                        *known[i].setting = strcmp(value, "true") == 0;
}

/* ------------------------------------------------------------------ claims */

/* The next line of the addresses, behind *position. False: there is none. */
static bool next_address(Slice addresses, size_t *position, Slice *ret)
{
        const uint8_t *first = addresses.data + *position, *end;

        if (*position >= addresses.size)
                return false;
        end = memchr(first, '\n', addresses.size - *position);
        if (!end)
                end = addresses.data + addresses.size;

        *ret = (Slice){ first, (size_t)(end - first) };
        *position += ret->size + 1;
        return true;
}

static int claim_proxy(Slice value, CloudClaimFunction function, void *userdata)
{
        Address proxy = address_parse_proxy(value.data, value.size);
        CloudClaim claim = {
                .space = KEY_ADDRESS,
                .places = CLAIM_SMTP | (proxy.is_primary ? CLAIM_PRIMARY : 0),
                .attribute = "proxyAddresses",
                .value = proxy.address,
        };

        if (proxy.type == ADDRESS_SIP) {
                claim.space = KEY_SIP;
                claim.places = 0;
        } else if (proxy.type != ADDRESS_SMTP)
                return 0;
        return proxy.address.size > 0 ? function(userdata, &claim) : 0;
}

int cloud_claims(const CloudObject *object, CloudClaimFunction function, void *userdata)
{
        const CloudClaim others[] = {
                { KEY_ADDRESS, CLAIM_UPN, "userPrincipalName", object->user_principal_name },
                { KEY_ADDRESS, CLAIM_MAIL, "mail", object->mail },
                { KEY_ANCHOR, 0, "onPremisesImmutableId", object->anchor },
        };
        size_t position = 0;
        Slice address;

        while (next_address(object->addresses, &position, &address)) {
                int r = claim_proxy(address, function, userdata);

                if (r != 0)
                        return r;
        }
        for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
                int r = others[i].value.size > 0 ? function(userdata, &others[i]) : 0;

                if (r != 0)
                        return r;
        }

        return 0;
}

/* What ties it to an object of a directory, whether it is synced or not. */
static bool object_tie(const CloudObject *object, KeySpace *ret_space, Slice *ret_value)
{
        switch (object->kind) {
        case CLOUD_USER:
                *ret_space = KEY_ANCHOR;
                *ret_value = object->anchor;
                break;
        case CLOUD_GROUP:
                *ret_space = KEY_SID;
                *ret_value = object->sid;
                break;
        case CLOUD_CONTACT:
                *ret_space = KEY_ADDRESS;
                *ret_value = object->mail;
                break;
        }
        if (ret_value->size > 0)
                return true;

        /* Exchange's write-back gives the object of the directory the id of this one. */
        *ret_space = KEY_CLOUD_ID;
        *ret_value = (Slice){ object->id.bytes, sizeof(object->id.bytes) };
        return !guid_is_null(&object->id);
}

bool cloud_object_meets(const CloudObject *object, KeySpace *ret_space, Slice *ret_value)
{
        return object->sync == CLOUD_SYNC_NOW && !object->is_deleted &&
               object_tie(object, ret_space, ret_value);
}

bool cloud_object_comes_from(const CloudObject *object, KeySpace *ret_space, Slice *ret_value)
{
        return object->sync != CLOUD_SYNC_NEVER && !object->is_deleted &&
               object_tie(object, ret_space, ret_value);
}

bool cloud_id_of(const Object *object, Guid *ret)
{
        const Value *value = object_value(object, ATTRIBUTE_MS_DS_EXTERNAL_DIRECTORY_OBJECT_ID);
        const uint8_t *mark = value ? memchr(value->data, '_', value->size) : NULL;
        char text[GUID_STRING_SIZE];

        if (!mark || value->data + value->size - (mark + 1) != (ptrdiff_t)sizeof(text) - 1)
                return false;

        memcpy(text, mark + 1, sizeof(text) - 1);
        text[sizeof(text) - 1] = 0;
        return guid_parse(text, ret) >= 0;
}

bool cloud_kind_agrees(CloudKind cloud, Kind kind)
{
        switch (cloud) {
        case CLOUD_USER:
                return kind == KIND_USER || kind == KIND_INETORGPERSON;
        case CLOUD_GROUP:
                return kind == KIND_GROUP;
        case CLOUD_CONTACT:
                return kind == KIND_CONTACT;
        }

        return false;
}

Slice cloud_object_primary(const CloudObject *object)
{
        size_t position = 0;
        Slice address;

        while (next_address(object->addresses, &position, &address)) {
                Address proxy = address_parse_proxy(address.data, address.size);

                if (proxy.type == ADDRESS_SMTP && proxy.is_primary)
                        return proxy.address;
        }

        return (Slice){};
}

/* ------------------------------------------------------------------ problems and times */

/* The part in front of a tab, which is taken off the line. */
static Slice line_field(Slice *line)
{
        const uint8_t *tab = line->size > 0 ? memchr(line->data, '\t', line->size) : NULL;
        Slice field = { line->data, tab ? (size_t)(tab - line->data) : line->size };
        size_t used = tab ? field.size + 1 : field.size;

        *line = (Slice){ line->data + used, line->size - used };
        return field;
}

bool cloud_problem_next(Slice problems, size_t *position, CloudProblem *ret)
{
        Slice line;

        if (!next_address(problems, position, &line))
                return false;

        ret->property = line_field(&line);
        ret->category = line_field(&line);
        ret->occurred = line_field(&line);
        ret->value = line;
        return true;
}

/* "/Date(1763715600000)/" of ConvertTo-Json. */
static int parse_milliseconds(const char *text, int64_t *ret)
{
        long long value;
        char *end;

        errno = 0;
        value = strtoll(text, &end, 10);
        if (errno != 0 || end == text || strncmp(end, ")/", 2) != 0)
                return -EINVAL;

        *ret = value / 1000;
        return 0;
}

int cloud_time_parse(const char *text, int64_t *ret)
{
        static const char date[] = "/Date(";
        struct tm parts = {};
        const char *rest;
        time_t seconds;

        if (strncmp(text, date, strlen(date)) == 0)
                return parse_milliseconds(text + strlen(date), ret);

        rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
        if (!rest)
                return -EINVAL;
        if (*rest == '.')
                rest += 1 + strspn(rest + 1, "0123456789");
        if (strcmp(rest, "Z") != 0 && strcmp(rest, "+00:00") != 0)
                return -EINVAL;
        seconds = timegm(&parts);
        if (seconds < 0)
                return -EINVAL;

        *ret = seconds;
        return 0;
}

/* ------------------------------------------------------------------ words */

const char *cloud_kind_name(CloudKind kind)
{
        switch (kind) {
        case CLOUD_USER:
                return "user";
        case CLOUD_GROUP:
                return "group";
        case CLOUD_CONTACT:
                return "contact";
        }

        return "user";
}

static const char *user_title(const CloudObject *object)
{
        if (object->is_deleted)
                return "a deleted user, whom the cloud keeps for 30 days,";
        if (object->is_guest)
                return "a guest of the cloud";
        if (object->sync == CLOUD_SYNC_NOW)
                return "a synced user of the cloud with another anchor";
        return object->is_admin ? "an administrator of the cloud" : "a user of the cloud";
}

const char *cloud_object_title(const CloudObject *object)
{
        switch (object->kind) {
        case CLOUD_USER:
                return user_title(object);
        case CLOUD_GROUP:
                return object->is_deleted ? "a deleted group, which the cloud keeps for 30 days,"
                                          : "a group of the cloud";
        case CLOUD_CONTACT:
                return "a contact of the cloud";
        }

        return "an object of the cloud";
}

const char *cloud_object_state(const CloudObject *object)
{
        if (object->is_deleted)
                return "deleted";
        if (object->is_guest)
                return "guest";
        return object->sync == CLOUD_SYNC_NOW ? "synced" : "cloud-only";
}
