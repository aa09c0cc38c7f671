/* SPDX-License-Identifier: MIT */
#include "lib/core/target.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void target_done(Target *target)
{
        free(target->host);
        *target = TARGET_NULL;
}

static bool is_address6(const char *host)
{
        struct in6_addr address;
        _cleanup_free_ char *bare = strndup(host, strcspn(host, "%"));

        /* The zone of a link-local address ("%eth0") is the host's own business, not part of the address. */
        return bare && inet_pton(AF_INET6, bare, &address) == 1;
}

bool target_is_address(const Target *target)
{
        struct in_addr address;

        return inet_pton(AF_INET, target->host, &address) == 1 || is_address6(target->host);
}

static int parse_port(const char *string, uint16_t *ret)
{
        char *end;
        unsigned long port;

        if (*string < '0' || *string > '9')
                return -EINVAL;

        port = strtoul(string, &end, 10);
        if (*end || port == 0 || port > UINT16_MAX)
                return -EINVAL;

        *ret = (uint16_t)port;
        return 0;
}

/*
 * Labels of letters, digits and what else stands in host names; the rest could only be a way into a URL or a Kerberos name.
 * 10.0.0.300 has the letters of a name, but nobody means one.
 */
static bool is_host_name(const char *host)
{
        size_t label = 0;

        for (const char *p = host; *p; p++) {
                bool is_letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                                 (*p >= '0' && *p <= '9') || *p == '_';

                if (*p == '.' ? label == 0 : !is_letter && (*p != '-' || label == 0))
                        return false;
                label = *p == '.' ? 0 : label + 1;
                if (label > 63)
                        return false;
        }

        return label > 0 && strlen(host) < 254;
}

static bool is_host(const char *host)
{
        struct in_addr address;

        if (host[strspn(host, "0123456789.")] == '\0')
                return inet_pton(AF_INET, host, &address) == 1;
        return is_host_name(host);
}

int target_parse(const char *string, Target *ret)
{
        _cleanup_free_ char *host = NULL;
        const char *end, *port = NULL;
        uint16_t number = 0;
        size_t size;
        int r;

        if (*string == '[') {
                string++;
                end = strchr(string, ']');
                if (!end || (end[1] && end[1] != ':'))
                        return -EINVAL;

                port = end[1] ? end + 2 : NULL;
        } else {
                end = strchr(string, ':');
                if (!end || strchr(end + 1, ':')) /* none, or a bare IPv6 address */
                        end = string + strlen(string);
                else
                        port = end + 1;
        }

        size = (size_t)(end - string);
        if (size > 1 && string[size - 1] == '.')
                size--;

        host = strndup(string, size);
        if (!host)
                return -ENOMEM;

        if (*end == ']' || strchr(host, ':') ? !is_address6(host) : !is_host(host))
                return -EINVAL;

        if (port) {
                r = parse_port(port, &number);
                if (r < 0)
                        return r;
        }

        *ret = (Target){ .host = TAKE_PTR(host), .port = number };
        return 0;
}

int target_copy(const Target *target, Target *ret)
{
        char *host = strdup(target->host);

        if (!host)
                return -ENOMEM;

        *ret = (Target){ .host = host, .port = target->port };
        return 0;
}

char *target_format(const Target *target)
{
        const char *open = strchr(target->host, ':') ? "[" : "", *close = *open ? "]" : "";
        char *string;
        int r;

        if (target->port)
                r = asprintf(&string, "%s%s%s:%u", open, target->host, close, target->port);
        else
                r = asprintf(&string, "%s%s%s", open, target->host, close);

        return r < 0 ? NULL : string;
}
