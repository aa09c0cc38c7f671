/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Tickets for one domain: fetched with the domain's own keytab into its own cache in memory, and made the ones that
 * GSSAPI uses in this thread. Nothing of it depends on the environment, because several domains have several accounts,
 * and the environment is one per process.
 */

#include <netdb.h>

#include "daemon/attempt.h"

/*
 * Opens the keytab, gets a ticket-granting ticket and the ticket for ldap/HOST. `server` is the address of the domain
 * controller, which is the KDC of its domain unless KDC= says otherwise. 0, or negative after attempt_fail().
 */
int kerberos_login(Attempt *attempt, const struct sockaddr *server, socklen_t size);

/* Forgets the tickets: a bound connection needs them no more. */
void kerberos_logout(Attempt *attempt);
