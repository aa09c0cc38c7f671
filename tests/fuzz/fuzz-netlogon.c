/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "lib/core/netlogon.h"
#include "tests/fuzz/fuzz.h"

static void check_name(const char name[static NETLOGON_NAME_SIZE])
{
        static const char usable[] =
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

        REQUIRE(memchr(name, 0, NETLOGON_NAME_SIZE));
        REQUIRE(name[strspn(name, usable)] == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        Netlogon netlogon = { .flags = 4711 };
        int r = netlogon_parse(data, size, &netlogon);

        if (r < 0) {
                REQUIRE((r == -EBADMSG || r == -EAGAIN) && netlogon.flags == 4711);
                return 0;
        }

        check_name(netlogon.dns_domain);
        check_name(netlogon.dns_host);
        check_name(netlogon.dc_site);
        check_name(netlogon.client_site);
        return 0;
}
