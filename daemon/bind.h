/* SPDX-License-Identifier: MIT */
#pragma once

/* Who we are, told to the server: simple bind, GSSAPI or GSS-SPNEGO, never less protected than it should be. */

#include "daemon/attempt.h"

/*
 * Can the way that is configured work, and would we send a password over it? Asked before a connection is made. 0, or
 * negative after attempt_fail().
 */
int bind_check(Attempt *attempt);

/*
 * Binds attempt->handle; with GSSAPI the tickets are there already. attempt->text says how it is protected. 0, or
 * negative after attempt_fail().
 */
int bind_handle(Attempt *attempt);

/* What a bind's result means, by its code and by the words AD puts behind it. For tests. */
ConnectFailure bind_failure(int code, const char *diagnosis);
