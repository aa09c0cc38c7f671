/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What a domain controller answers to an LDAP ping: the attribute "netlogon" of the root, a NETLOGON_SAM_LOGON_RESPONSE_EX
 * ([MS-ADTS] 6.3.1.9). Names in it are compressed as in DNS messages (RFC 1035 4.1.4).
 */

#include <stddef.h>
#include <stdint.h>

#define NETLOGON_NAME_SIZE 256 /* 255 bytes and the NUL */

/* What to ask for: NtVer of the filter. 5EX, with the name of the next closest site, no NT4 emulation. */
#define NETLOGON_VERSION UINT32_C(0x20000016)

enum {
        NETLOGON_IS_LDAP = 1 << 3,
        NETLOGON_IS_KDC = 1 << 5,
        NETLOGON_IS_WRITABLE = 1 << 8,
};

/*
 * Names are of letters, digits, '-', '_' and '.', so that they can be asked DNS for; one that is not is left empty.
 */
typedef struct Netlogon {
        uint32_t flags;
        char dns_domain[NETLOGON_NAME_SIZE];
        char dns_host[NETLOGON_NAME_SIZE];
        char dc_site[NETLOGON_NAME_SIZE]; /* where the server is */
        char client_site
                [NETLOGON_NAME_SIZE]; /* where we are; "": no subnet of the forest holds our address */
} Netlogon;

/*
 * 0; -EAGAIN: the server is paused; or -EBADMSG: not such an answer, cut off, or a name that runs in a circle. *ret only on
 * success.
 */
int netlogon_parse(const void *data, size_t size, Netlogon *ret);
