/* SPDX-License-Identifier: MIT */
#include "daemon/dial.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/monotonic.h"

#include "lib/core/util.h"

#define DEAD_AFTER_MS 30000

static void set_option(int fd, int level, int option, int value)
{
        /* Comfort only: a system that does not know one of them still works. */
        (void)setsockopt(fd, level, option, &value, sizeof(value));
}

/*
 * Set by hand, because libldap's own keepalive options do nothing before 2.6.5 (ITS#10015). The user timeout ends a
 * connection whose data is not acknowledged, keepalive one that is silent; the request's own deadline is in session.c.
 */
static void tune(int fd)
{
        set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
        set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
        set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 60);
        set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 10);
        set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
        set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, DEAD_AFTER_MS);
}

static int connect_one(Interrupt *interrupt, const struct addrinfo *address, int64_t until,
                       int *ret)
{
        socklen_t size = sizeof(int);
        int fd, error = 0, r;

        fd = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                    address->ai_protocol);
        if (fd < 0)
                return -errno;

        tune(fd);
        r = connect(fd, address->ai_addr, address->ai_addrlen) < 0 ? -errno : 0;
        if (r == -EINPROGRESS) {
                r = interrupt_poll(interrupt, fd, POLLOUT, until);
                if (r == 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
                        r = -errno;
                if (r == 0)
                        r = -error;
        }

        if (r < 0) {
                close(fd);
                return r;
        }

        *ret = fd;
        return 0;
}

static char *format_address(const struct addrinfo *address)
{
        char host[NI_MAXHOST];

        if (getnameinfo(address->ai_addr, address->ai_addrlen, host, sizeof(host), NULL, 0,
                        NI_NUMERICHOST) != 0)
                return strdup("?");

        return strdup(host);
}

int dial(Interrupt *interrupt, const struct addrinfo *addresses, int64_t until, int *ret_fd,
         char **ret_address)
{
        unsigned n = 0;
        int r = -EADDRNOTAVAIL;

        for (const struct addrinfo *a = addresses; a; a = a->ai_next)
                n++;

        if (until == 0 || until > interrupt->deadline)
                until = interrupt->deadline;

        for (const struct addrinfo *a = addresses; a; a = a->ai_next, n--) {
                int64_t now = monotonic_ms();
                _cleanup_free_ char *text = format_address(a);

                if (!text)
                        return -ENOMEM;

                r = connect_one(interrupt, a, now + (until - now) / n, ret_fd);
                if (r == -ECANCELED)
                        return r;
                if (r < 0)
                        continue;

                if (ret_address)
                        *ret_address = TAKE_PTR(text);
                return 0;
        }

        return r;
}
