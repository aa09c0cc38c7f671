/* SPDX-License-Identifier: MIT */
#include "daemon/dns.h"

#include <arpa/nameser.h>
#include <errno.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_PER_SERVER 2

int dns_prepare(void)
{
        /*
         * In the GNU C library this state is the thread's own, getaddrinfo() uses it too, and values set by hand are
         * kept. Names here are complete: a search list would only add waiting.
         */
        if (res_init() != 0)
                return -EIO;

        _res.retrans = SECONDS_PER_SERVER;
        _res.retry = 1;
        _res.options &= ~(RES_DNSRCH | RES_DEFNAMES);
        return 0;
}

void dns_records_done(DnsRecords *records)
{
        for (size_t i = 0; i < records->n_records; i++)
                target_done(&records->records[i].target);

        free(records->records);
        *records = (DnsRecords){};
}

/* One answer of type SRV. Positive: taken; 0: not of use. */
static int read_srv(ns_msg *message, ns_rr *rr, DiscoverRecord *ret)
{
        const uint8_t *data = ns_rr_rdata(*rr);
        char name[NS_MAXDNAME];
        Target target;
        int r;

        if (ns_rr_type(*rr) != ns_t_srv || ns_rr_rdlen(*rr) < 7)
                return 0;

        if (dn_expand(ns_msg_base(*message), ns_msg_end(*message), data + 6, name, sizeof(name)) <
            0)
                return 0;

        /* "." says that the service is decidedly not offered; anything else that is no host name cannot be meant well. */
        r = target_parse(name, &target);
        if (r < 0)
                return r == -ENOMEM ? r : 0;

        target.port = ns_get16(data + 4);
        *ret = (DiscoverRecord){
                .target = target,
                .priority = ns_get16(data),
                .weight = ns_get16(data + 2),
        };
        return 1;
}

static int read_answer(const uint8_t *data, int size, DnsRecords *ret)
{
        _cleanup_(dns_records_done) DnsRecords records = {};
        ns_msg message;
        ns_rr rr;
        int r, n;

        if (ns_initparse(data, size, &message) < 0)
                return -EHOSTUNREACH;

        n = ns_msg_count(message, ns_s_an);
        records.records = calloc((size_t)n + 1, sizeof(*records.records));
        if (!records.records)
                return -ENOMEM;

        for (int i = 0; i < n; i++) {
                if (ns_parserr(&message, ns_s_an, i, &rr) < 0)
                        return -EHOSTUNREACH;

                r = read_srv(&message, &rr, records.records + records.n_records);
                if (r < 0)
                        return r;

                records.n_records += (size_t)r;
        }

        if (records.n_records == 0)
                return -ENOENT;

        *ret = records;
        records = (DnsRecords){};
        return 0;
}

int dns_lookup_srv(const char *name, DnsRecords *ret)
{
        /* A domain of two hundred DCs answers with some 20 KB, by TCP; what does not fit is one DC less to know of. */
        _cleanup_free_ uint8_t *answer = malloc(NS_MAXMSG);
        int size;

        if (!answer)
                return -ENOMEM;

        size = res_nquery(&_res, name, ns_c_in, ns_t_srv, answer, NS_MAXMSG);
        if (size < 0)
                return _res.res_h_errno == HOST_NOT_FOUND || _res.res_h_errno == NO_DATA
                               ? -ENOENT
                               : -EHOSTUNREACH;

        return read_answer(answer, size > NS_MAXMSG ? NS_MAXMSG : size, ret);
}

int dns_lookup_host(const char *host, uint16_t port, struct addrinfo **ret)
{
        struct addrinfo hints = {
                .ai_family = AF_UNSPEC,
                .ai_socktype = SOCK_STREAM,
                .ai_flags = AI_NUMERICSERV,
        };
        char service[8];

        snprintf(service, sizeof(service), "%u", port);
        return getaddrinfo(host, service, &hints, ret);
}
