/* SPDX-License-Identifier: MIT */
#include "lib/core/grant.h"

#include <errno.h>
#include <string.h>

#include "lib/core/buffer.h"
#include "lib/core/dn.h"

/* dsacls takes user@domain and DOMAIN\\user, and no DN. */
static const char *grant_account(const DomainConfig *config)
{
        if (config->principal)
                return config->principal;
        if (config->bind_dn && !strchr(config->bind_dn, '=') && strpbrk(config->bind_dn, "@\\"))
                return config->bind_dn;
        return "ACCOUNT";
}

int grant_format(const DomainConfig *config, const char *indent, char **ret)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT, dn = BUFFER_INIT;
        const char *naming_context;
        char *lines;
        int r;

        r = dn_from_domain(config->name, &dn);
        if (r < 0)
                return r;
        naming_context = buffer_string(&dn);
        if (!naming_context)
                return -ENOMEM;

        r = buffer_append_format(&text,
                                 "%sdsacls \"CN=Deleted Objects,%s\" /takeownership\n"
                                 "%sdsacls \"CN=Deleted Objects,%s\" /g %s:LCRP",
                                 indent, naming_context, indent, naming_context,
                                 grant_account(config));
        if (r < 0)
                return r;

        lines = buffer_steal_string(&text);
        if (!lines)
                return -ENOMEM;
        *ret = lines;
        return 0;
}
