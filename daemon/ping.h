/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The LDAP ping: which site of the domain is this host in? One UDP message to one domain controller after the other
 * until one answers ([MS-ADTS] 6.3.3). For the connecting thread. Not authenticated: it decides which servers are tried
 * first, never whom we trust.
 */

#include "daemon/attempt.h"
#include "lib/core/netlogon.h"

/*
 * Asks the first servers of attempt->records. 0 with *ret; -ETIMEDOUT: none of them answered, after two seconds;
 * -ECANCELED; or another negative errno. No failure of the attempt: without a site all servers are equal.
 */
int ping(Attempt *attempt, Netlogon *ret);
