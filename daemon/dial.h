/* SPDX-License-Identifier: MIT */
#pragma once

/* A TCP connection to the first of several addresses that answers, for the connecting thread. */

#include <netdb.h>

#include "daemon/interrupt.h"

/*
 * Tries the addresses in their order, each with its share of the time until `until` (0: the deadline). The socket is
 * non-blocking, sends at once (TCP_NODELAY) and notices a dead peer after half a minute. *ret_address, which may be
 * NULL, is the numeric address, for the caller to free. 0, -ETIMEDOUT, -ECANCELED, -ECONNREFUSED, -ENETUNREACH, … of
 * the last address.
 */
int dial(Interrupt *interrupt, const struct addrinfo *addresses, int64_t until, int *ret_fd,
         char **ret_address);
