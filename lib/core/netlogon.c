/* SPDX-License-Identifier: MIT */
#include "lib/core/netlogon.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum {
        OPCODE_PAUSED = 24,  /* LOGON_SAM_PAUSE_RESPONSE_EX */
        OPCODE_ANSWER = 23,  /* LOGON_SAM_LOGON_RESPONSE_EX */
        OPCODE_UNKNOWN = 25, /* LOGON_SAM_USER_UNKNOWN_EX: we name no user, so this is as good */
};

/* Two bytes of opcode, two of nothing, four of flags, sixteen of the domain's GUID: then names. */
#define NAMES_OFFSET 24

#define LABEL_LONGEST 63

typedef struct Reader {
        const uint8_t *data;
        size_t size;
        size_t position;
} Reader;

static uint32_t read_number(const uint8_t *data, size_t n)
{
        uint32_t number = 0;

        while (n-- > 0)
                number = number << 8 | data[n];

        return number;
}

/* Appends a label, and a dot before all but the first. */
static int append_label(const uint8_t *label, size_t size, char *name, size_t *length)
{
        if (*length + 1 + size >= NETLOGON_NAME_SIZE)
                return -EBADMSG;

        if (*length > 0)
                name[(*length)++] = '.';

        memcpy(name + *length, label, size);
        *length += size;
        return 0;
}

static bool is_usable(const char *name, size_t size)
{
        static const char usable[] =
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

        for (size_t i = 0; i < size; i++)
                if (!name[i] || !strchr(usable, name[i]))
                        return false;

        return true;
}

/*
 * A name: labels with their length before them, up to one of length 0, or up to a pointer to where it goes on. A pointer may only
 * lead back, to before the name or the part of it that it ends: so no chain of them is endless.
 */
static int read_name(Reader *reader, char ret[static NETLOGON_NAME_SIZE])
{
        size_t at = reader->position, barrier = at, length = 0;
        bool has_jumped = false;
        char name[NETLOGON_NAME_SIZE];

        for (;;) {
                uint8_t size;

                if (at >= reader->size)
                        return -EBADMSG;

                size = reader->data[at++];
                if (size == 0)
                        break;

                if (size > LABEL_LONGEST) {
                        size_t target;

                        if ((size & 0xc0) != 0xc0 || at >= reader->size)
                                return -EBADMSG;

                        target = (size_t)(size & 0x3f) << 8 | reader->data[at++];
                        if (target >= barrier)
                                return -EBADMSG;

                        if (!has_jumped)
                                reader->position = at;
                        has_jumped = true;
                        at = barrier = target;
                        continue;
                }

                if (size > reader->size - at ||
                    append_label(reader->data + at, size, name, &length) < 0)
                        return -EBADMSG;

                at += size;
        }

        if (!has_jumped)
                reader->position = at;

        if (!is_usable(name, length))
                length = 0;

        memcpy(ret, name, length);
        ret[length] = '\0';
        return 0;
}

int netlogon_parse(const void *data, size_t size, Netlogon *ret)
{
        Reader reader = { .data = data, .size = size, .position = NAMES_OFFSET };
        char unused[NETLOGON_NAME_SIZE];
        Netlogon netlogon = {};
        char *const names[] = {
                unused, /* the forest */
                netlogon.dns_domain,
                netlogon.dns_host,
                unused, /* the domain's NetBIOS name */
                unused, /* the server's */
                unused, /* the user that was asked for */
                netlogon.dc_site,
                netlogon.client_site,
        };
        uint32_t opcode;

        if (size < NAMES_OFFSET)
                return -EBADMSG;

        opcode = read_number(reader.data, 2);
        if (opcode == OPCODE_PAUSED)
                return -EAGAIN;
        if (opcode != OPCODE_ANSWER && opcode != OPCODE_UNKNOWN)
                return -EBADMSG;

        netlogon.flags = read_number(reader.data + 4, 4);

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                int r = read_name(&reader, names[i]);

                if (r < 0)
                        return r;
        }

        *ret = netlogon;
        return 0;
}
