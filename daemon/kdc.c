/* SPDX-License-Identifier: MIT */
#include "daemon/kdc.h"

#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "daemon/dial.h"
#include "daemon/monotonic.h"

#define KDC_PORT 88

/* A KDC answers in milliseconds; one that does not in this time is taken for dead, so that the log can say which it was. */
#define KDC_PATIENCE_MS 5000

/* A ticket with the group memberships of a busy account is some 12 KB, and 64 KB is AD's own limit. */
#define ANSWER_LARGEST (UINT32_C(1) << 20)

static int send_all(Interrupt *interrupt, int fd, int64_t until, const uint8_t *data, size_t size)
{
        while (size > 0) {
                ssize_t n = send(fd, data, size, MSG_NOSIGNAL);
                int r;

                if (n >= 0) {
                        data += n;
                        size -= (size_t)n;
                        continue;
                }

                if (errno == EINTR)
                        continue;
                if (errno != EAGAIN)
                        return -errno;

                r = interrupt_poll(interrupt, fd, POLLOUT, until);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int receive_all(Interrupt *interrupt, int fd, int64_t until, uint8_t *data, size_t size)
{
        while (size > 0) {
                ssize_t n = recv(fd, data, size, 0);
                int r;

                if (n == 0)
                        return -ECONNRESET;
                if (n > 0) {
                        data += n;
                        size -= (size_t)n;
                        continue;
                }

                if (errno == EINTR)
                        continue;
                if (errno != EAGAIN)
                        return -errno;

                r = interrupt_poll(interrupt, fd, POLLIN, until);
                if (r < 0)
                        return r;
        }

        return 0;
}

/*
 * One message by TCP and its answer (RFC 4120 7.2.2: a length of four bytes before each). *ret is to be freed. 0,
 * -ETIMEDOUT, -ECANCELED, -ECONNRESET (the KDC hung up), -EBADMSG (an answer without sense), or another negative errno.
 */
static int exchange(Interrupt *interrupt, int fd, int64_t until, const void *data, size_t size,
                    uint8_t **ret, size_t *ret_size)
{
        _cleanup_free_ uint8_t *request = NULL, *answer = NULL;
        uint32_t length;
        int r;

        if (size > ANSWER_LARGEST)
                return -EBADMSG;

        request = malloc(sizeof(length) + size);
        if (!request)
                return -ENOMEM;

        length = htobe32((uint32_t)size);
        memcpy(request, &length, sizeof(length));
        memcpy(request + sizeof(length), data, size);

        r = send_all(interrupt, fd, until, request, sizeof(length) + size);
        if (r < 0)
                return r;

        r = receive_all(interrupt, fd, until, (uint8_t *)&length, sizeof(length));
        if (r < 0)
                return r;

        length = be32toh(length);
        if (length == 0 || length > ANSWER_LARGEST)
                return -EBADMSG;

        answer = malloc(length);
        if (!answer)
                return -ENOMEM;

        r = receive_all(interrupt, fd, until, answer, length);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(answer);
        *ret_size = length;
        return 0;
}

/* Notes why a KDC could not be asked. krb5 would wrap it into words that say less. */
static krb5_error_code unreachable(Kdc *kdc, const char *name, const char *why)
{
        kdc->is_unreachable = true;
        snprintf(kdc->why, sizeof(kdc->why), "KDC %s: %s", name, why);
        return KRB5_KDC_UNREACH;
}

static krb5_error_code ask_addresses(Kdc *kdc, const char *name, const struct addrinfo *addresses,
                                     const krb5_data *message, krb5_data **reply)
{
        Interrupt *interrupt = &kdc->attempt->interrupt;
        int64_t until = monotonic_ms() + KDC_PATIENCE_MS;
        _cleanup_free_ uint8_t *answer = NULL;
        size_t size;
        int fd, r;

        r = dial(interrupt, addresses, until, &fd, NULL);
        if (r < 0)
                return unreachable(kdc, name, strerror(-r));

        r = exchange(interrupt, fd, until, message->data, message->length, &answer, &size);
        close(fd);
        if (r < 0)
                return unreachable(kdc, name, strerror(-r));

        kdc->is_unreachable = false;
        return krb5_copy_data(kdc->context,
                              &(krb5_data){ .length = (unsigned)size, .data = (char *)answer },
                              reply);
}

static krb5_error_code ask_target(Kdc *kdc, const Target *target, const krb5_data *message,
                                  krb5_data **reply)
{
        struct addrinfo *addresses;
        krb5_error_code code;
        int r;

        r = dns_lookup_host(target->host, target->port ? target->port : KDC_PORT, &addresses);
        if (r != 0)
                return unreachable(kdc, target->host, gai_strerror(r));

        code = ask_addresses(kdc, target->host, addresses, message, reply);
        freeaddrinfo(addresses);
        return code;
}

static krb5_error_code ask_configured(Kdc *kdc, const krb5_data *message, krb5_data **reply)
{
        _cleanup_(target_done) Target target = TARGET_NULL;
        const char *name = kdc->attempt->config.kdc;

        if (target_parse(name, &target) < 0)
                return unreachable(kdc, name, "not a host name");

        return ask_target(kdc, &target, message, reply);
}

static krb5_error_code ask_server(Kdc *kdc, const krb5_data *message, krb5_data **reply)
{
        struct sockaddr_storage address;
        struct addrinfo info = {
                .ai_family = kdc->server->sa_family,
                .ai_socktype = SOCK_STREAM,
                .ai_addr = (struct sockaddr *)&address,
                .ai_addrlen = kdc->server_size,
        };

        memcpy(&address, kdc->server, kdc->server_size);
        if (info.ai_family == AF_INET6)
                ((struct sockaddr_in6 *)&address)->sin6_port = htons(KDC_PORT);
        else
                ((struct sockaddr_in *)&address)->sin_port = htons(KDC_PORT);

        return ask_addresses(kdc, kdc->attempt->address, &info, message, reply);
}

/* Another realm's KDCs stand in DNS. */
static krb5_error_code ask_dns(Kdc *kdc, const krb5_data *realm, const krb5_data *message,
                               krb5_data **reply)
{
        _cleanup_(dns_records_done) DnsRecords records = {};
        krb5_error_code code = KRB5_KDC_UNREACH;
        _cleanup_free_ char *name = NULL;

        if (asprintf(&name, "_kerberos._tcp.%.*s.", (int)realm->length, realm->data) < 0)
                return ENOMEM;

        if (dns_lookup_srv(name, &records) < 0)
                return unreachable(kdc, name, "not found in DNS");

        for (size_t i = 0; i < records.n_records; i++) {
                code = ask_target(kdc, &records.records[i].target, message, reply);
                if (code == 0 || interrupt_is_raised(&kdc->attempt->interrupt))
                        break;
        }

        return code;
}

static bool realm_is(const krb5_data *realm, const char *name, size_t size)
{
        return realm->length == size && strncasecmp(realm->data, name, size) == 0;
}

/* krb5 hands us each message instead of sending it, with the realm it is for. */
static krb5_error_code on_send(krb5_context context, void *userdata, const krb5_data *realm,
                               const krb5_data *message, krb5_data **ret_message,
                               krb5_data **ret_reply)
{
        Kdc *kdc = userdata;
        const char *domain = kdc->attempt->config.name;
        const krb5_data *own = krb5_princ_realm(context, kdc->client);

        if (interrupt_is_raised(&kdc->attempt->interrupt))
                return unreachable(kdc, "exchange", strerror(ECANCELED));

        if (kdc->attempt->config.kdc && realm_is(realm, own->data, own->length))
                return ask_configured(kdc, message, ret_reply);

        /* A domain controller is the KDC of its domain, and the realm of an AD domain is the domain's name. */
        if (realm_is(realm, domain, strlen(domain)))
                return ask_server(kdc, message, ret_reply);

        return ask_dns(kdc, realm, message, ret_reply);
}

void kdc_attach(Kdc *kdc, krb5_context context)
{
        kdc->context = context;
        krb5_set_kdc_send_hook(context, on_send, kdc);
}
