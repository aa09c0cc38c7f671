/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Names to servers and addresses, for the connecting thread: every call blocks, and none can be interrupted. What
 * bounds them is the resolver's own patience, which is cut down for this thread: per name server of resolv.conf two
 * seconds, once. With three silent servers a call so ends after about six seconds.
 */

#include <netdb.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/discover.h"

/* Once per thread, before anything that may ask DNS. 0 or negative errno. */
int dns_prepare(void);

typedef struct DnsRecords {
        DiscoverRecord *records; /* owned */
        size_t n_records;
} DnsRecords;

void dns_records_done(DnsRecords *records);

/*
 * The SRV records of a name. 0; -ENOENT: there are none, and DNS is sure of it; -EHOSTUNREACH: DNS did not answer, or
 * not usably; -ENOMEM.
 */
int dns_lookup_srv(const char *name, DnsRecords *ret);

/* Addresses of a host for TCP, to be freed by freeaddrinfo(). 0 or an EAI_ code. */
int dns_lookup_host(const char *host, uint16_t port, struct addrinfo **ret);
