/* SPDX-License-Identifier: MIT */
#include "daemon/steps.h"

#include <errno.h>
#include <ldap.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "daemon/bind.h"
#include "daemon/dial.h"
#include "daemon/handle.h"
#include "daemon/kerberos.h"
#include "daemon/ping.h"

static int fail_lookup(Attempt *attempt, int error)
{
        const char *domain = attempt->config.name;

        if (error == -ENOENT)
                return attempt_fail(
                        attempt, CONNECT_NO_SERVERS,
                        "DNS knows no domain controller of %s; is this host's DNS the domain's?",
                        domain);
        if (error == -EHOSTUNREACH)
                return attempt_fail(attempt, CONNECT_DNS, "DNS does not answer for %s", domain);

        return attempt_fail_errno(attempt, error, "DNS");
}

/* SRV records name the port of LDAP without TLS. Where it is the usual one, TLS=ldaps shall mean its own usual one. */
static void forget_usual_ports(Attempt *attempt)
{
        for (size_t i = 0; i < attempt->records.n_records; i++) {
                Target *target = &attempt->records.records[i].target;

                if (target->port == 389 || attempt->config.tls == TLS_LDAPS)
                        target->port = 0;
        }
}

/* Where the administrator named no site, a domain controller knows ours from our address. */
static void find_site(Attempt *attempt)
{
        Netlogon netlogon;

        if (attempt->site || ping(attempt, &netlogon) < 0 || !*netlogon.client_site)
                return;

        attempt->site =
                strdup(netlogon.client_site); /* without memory all servers are equally near */
}

static bool has_host(const DnsRecords *records, const char *host)
{
        for (size_t i = 0; i < records->n_records; i++)
                if (strcasecmp(records->records[i].target.host, host) == 0)
                        return true;

        return false;
}

/* Marks the servers that serve the site. None of this is worth failing for. */
static void mark_near(Attempt *attempt)
{
        _cleanup_(dns_records_done) DnsRecords near = {};
        _cleanup_free_ char *name = NULL;

        if (!attempt->site || asprintf(&name, "_ldap._tcp.%s._sites.dc._msdcs.%s.", attempt->site,
                                       attempt->config.name) < 0)
                return;

        if (dns_lookup_srv(name, &near) < 0)
                return;

        for (size_t i = 0; i < attempt->records.n_records; i++) {
                DiscoverRecord *record = attempt->records.records + i;

                record->is_near = has_host(&near, record->target.host);
        }
}

int steps_lookup(Attempt *attempt)
{
        _cleanup_free_ char *name = NULL;
        int r;

        attempt->phase = CONNECT_PHASE_LOOKUP;
        r = dns_prepare();
        if (r < 0)
                return attempt_fail_errno(attempt, r, "resolver");

        if (asprintf(&name, "_ldap._tcp.dc._msdcs.%s.", attempt->config.name) < 0)
                return attempt_fail_errno(attempt, -ENOMEM, "DNS");

        r = dns_lookup_srv(name, &attempt->records);
        if (r < 0)
                return fail_lookup(attempt, r);

        find_site(attempt);
        mark_near(attempt);
        forget_usual_ports(attempt);
        return 0;
}

static ConnectFailure tcp_failure(int error)
{
        switch (error) {
        case -ETIMEDOUT:
                return CONNECT_TIMEOUT;
        case -ECONNREFUSED:
                return CONNECT_REFUSED;
        case -ECONNRESET:
                return CONNECT_BROKEN;
        case -ENOMEM:
        case -EMFILE:
        case -ENFILE:
        case -ENOBUFS:
                return CONNECT_INTERNAL;
        default:
                return CONNECT_UNREACHABLE;
        }
}

static int open_socket(Attempt *attempt, int *ret)
{
        const Target *target = &attempt->target;
        struct addrinfo *addresses;
        int fd, r;

        attempt->phase = CONNECT_PHASE_RESOLVE;
        r = dns_prepare();
        if (r < 0)
                return attempt_fail_errno(attempt, r, "resolver");

        r = dns_lookup_host(target->host, target->port, &addresses);
        if (r != 0)
                return attempt_fail(attempt, CONNECT_DNS, "no address of %s: %s", target->host,
                                    r == EAI_SYSTEM ? strerror(errno) : gai_strerror(r));

        attempt->phase = CONNECT_PHASE_TCP;
        r = dial(&attempt->interrupt, addresses, 0, &fd, &attempt->address);
        freeaddrinfo(addresses);
        if (r < 0)
                return attempt_fail(attempt, tcp_failure(r), "%s port %u: %s", target->host,
                                    target->port, strerror(-r));

        *ret = fd;
        return 0;
}

static int login(Attempt *attempt, int fd)
{
        struct sockaddr_storage server;
        socklen_t size = sizeof(server);

        if (attempt->config.bind == BIND_SIMPLE)
                return 0;

        attempt->phase = CONNECT_PHASE_KERBEROS;
        if (getpeername(fd, (struct sockaddr *)&server, &size) < 0)
                return attempt_fail(attempt, CONNECT_BROKEN, "closed right after it was opened");

        return kerberos_login(attempt, (struct sockaddr *)&server, size);
}

static int open_handle(Attempt *attempt, int fd)
{
        int r;

        /* From here on a library waits on the socket, and only the guard can wake it. */
        r = interrupt_set_guard(&attempt->interrupt, fd);
        if (r < 0) {
                close(fd);
                return attempt_fail_errno(attempt, r, "socket");
        }

        return handle_open(attempt, fd);
}

/*
 * Kerberos comes before TLS: a KDC that is down should not cost the server a handshake, and AD ends a connection that
 * has not bound within two minutes.
 */
static int try_connect(Attempt *attempt)
{
        int fd, r;

        r = bind_check(attempt);
        if (r < 0)
                return r;

        r = open_socket(attempt, &fd);
        if (r < 0)
                return r;

        r = login(attempt, fd);
        if (r < 0) {
                close(fd);
                return r;
        }

        r = open_handle(attempt, fd);
        if (r < 0)
                return r;

        return bind_handle(attempt);
}

int steps_connect(Attempt *attempt)
{
        int r;

        r = try_connect(attempt);

        if (attempt->config.bind != BIND_SIMPLE)
                kerberos_logout(attempt);
        interrupt_clear_guard(&attempt->interrupt);

        /* Half-open handles are closed here, where closing may take its time, and not in the loop. */
        if (r < 0 && attempt->handle)
                (void)ldap_unbind_ext(TAKE_PTR(attempt->handle), NULL, NULL);

        return r;
}
