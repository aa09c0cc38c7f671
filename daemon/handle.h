/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * libldap's handle over a socket of ours, with options that owe nothing to ldap.conf, and TLS on it. For the connecting
 * thread.
 */

#include "daemon/attempt.h"

/* Process-wide, before any thread. 0 or negative errno. */
int handle_prepare(void);

/*
 * Makes attempt->handle over a connected socket, which it takes in any case. TLS is up and verified afterwards, where
 * the configuration wants it. 0, or negative after attempt_fail().
 */
int handle_open(Attempt *attempt, int fd);

/* libldap's or the server's words for the last failed call, to be freed by ldap_memfree(); NULL: none. */
char *handle_diagnosis(Attempt *attempt);
