/* SPDX-License-Identifier: MIT */
#include "daemon/ping.h"

#include <errno.h>
#include <lber.h>
#include <ldap.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/monotonic.h"

/* Microsoft's own clients ask several at a time; that saves this much once an hour, where the first ones are down. */
#define SERVERS_MOST 5
#define PATIENCE_MS  400

#define MESSAGE_ID 1

/*
 * { 1, search { "", base, never, 0, 0, false, and { DnsDomain = domain, NtVer = version }, { "netlogon" } } }: written
 * by hand, because libldap has no CLDAP that works without a connection of its own.
 */
static int make_request(const char *domain, struct berval *ret)
{
        BerElement *ber = ber_alloc_t(LBER_USE_DER);
        const uint8_t version[] = {
                NETLOGON_VERSION & 0xff,
                NETLOGON_VERSION >> 8 & 0xff,
                NETLOGON_VERSION >> 16 & 0xff,
                NETLOGON_VERSION >> 24,
        };
        int r;

        if (!ber)
                return -ENOMEM;

        r = ber_printf(ber, "{it{seeiibt{t{ss}t{so}}{s}}}", MESSAGE_ID, LDAP_REQ_SEARCH, "",
                       LDAP_SCOPE_BASE, LDAP_DEREF_NEVER, 0, 0, 0, LDAP_FILTER_AND,
                       LDAP_FILTER_EQUALITY, "DnsDomain", domain, LDAP_FILTER_EQUALITY, "NtVer",
                       (const char *)version, (ber_len_t)sizeof(version), "netlogon");
        if (r >= 0)
                r = ber_flatten2(ber, ret, 1);

        ber_free(ber, 1);
        return r < 0 ? -ENOMEM : 0;
}

/* The first value of the only attribute of an entry: what is asked for is nothing else. */
static int parse_answer(const uint8_t *data, size_t size, Netlogon *ret)
{
        struct berval message = { size, (char *)data }, value = { 0, NULL };
        BerElement *ber = ber_init(&message);
        ber_int_t id;
        ber_tag_t tag;
        int r = -EBADMSG;

        if (!ber)
                return -ENOMEM;

        /* The attribute's set has one value; "m" points into the element. */
        if (ber_scanf(ber, "{it{x{{x[m", &id, &tag, &value) != LBER_ERROR && id == MESSAGE_ID &&
            tag == LDAP_RES_SEARCH_ENTRY)
                r = netlogon_parse(value.bv_val, value.bv_len, ret);

        ber_free(ber, 1);
        return r;
}

static int open_socket(const Target *target)
{
        struct addrinfo *addresses;
        int fd;

        if (dns_lookup_host(target->host, target->port ? target->port : 389, &addresses) != 0)
                return -EHOSTUNREACH;

        /* Connected, so that only what comes from there is read. */
        fd = socket(addresses->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd >= 0 && connect(fd, addresses->ai_addr, addresses->ai_addrlen) < 0) {
                close(fd);
                fd = -1;
        }

        freeaddrinfo(addresses);
        return fd < 0 ? -EHOSTUNREACH : fd;
}

/* Anything but a good answer is waited past: it may be an old one. */
static int receive(Attempt *attempt, int fd, Netlogon *ret)
{
        int64_t until = monotonic_ms() + PATIENCE_MS;

        for (;;) {
                uint8_t answer[4096];
                ssize_t n;
                int r;

                r = interrupt_poll(&attempt->interrupt, fd, POLLIN, until);
                if (r < 0)
                        return r;

                n = recv(fd, answer, sizeof(answer), 0);
                if (n < 0 && errno != EAGAIN && errno != EINTR)
                        return -errno; /* nobody listens there */
                if (n > 0 && parse_answer(answer, (size_t)n, ret) == 0)
                        return 0;
        }
}

static int ping_server(Attempt *attempt, const Target *target, const struct berval *request,
                       Netlogon *ret)
{
        int fd = open_socket(target), r = -EHOSTUNREACH;

        if (fd < 0)
                return fd;

        if (send(fd, request->bv_val, request->bv_len, MSG_NOSIGNAL) == (ssize_t)request->bv_len)
                r = receive(attempt, fd, ret);

        close(fd);
        return r;
}

int ping(Attempt *attempt, Netlogon *ret)
{
        const DnsRecords *records = &attempt->records;
        struct berval request;
        int r;

        r = make_request(attempt->config.name, &request);
        if (r < 0)
                return r;

        r = -ETIMEDOUT;
        for (size_t i = 0; i < records->n_records && i < SERVERS_MOST; i++) {
                r = ping_server(attempt, &records->records[i].target, &request, ret);
                if (r == 0 || r == -ECANCELED)
                        break;
        }

        ber_memfree(request.bv_val);
        return r;
}
