/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the steps of one attempt share while they run in the thread: what is wanted, how to be interrupted, and how it
 * went. The loop makes it, does not touch it (but for the interrupt) until the thread was joined, then reads the
 * outcome.
 */

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "daemon/connect.h"
#include "daemon/dns.h"
#include "daemon/interrupt.h"
#include "lib/core/buffer.h"
#include "lib/core/config.h"
#include "lib/core/target.h"

typedef struct Attempt {
        DomainConfig config;         /* a copy of what matters here, owned */
        char *credentials_directory; /* owned; NULL: none */
        Interrupt interrupt;
        Target target; /* with its port; not set during the lookup */
        char *site;    /* in: as configured; out: as a DC told. NULL: not known */

        ConnectPhase phase;
        ConnectFailure failure;
        Buffer text;
        char *address;       /* numeric, once connected */
        DnsRecords records;  /* of the lookup */
        struct ldap *handle; /* bound; NULL: failed */
} Attempt;

int attempt_new(const ConnectSettings *settings, int64_t deadline,
                Attempt **ret); /* 0 or negative errno */
Attempt *attempt_free(Attempt *attempt);
DEFINE_CLEANUP(Attempt, attempt_free)

/*
 * Says what failed, for logs. attempt_fail() is negative always, to be handed up; a macro, so that the compiler sees
 * it.
 */
void attempt_set_failure(Attempt *attempt, ConnectFailure failure, const char *format, ...)
        _printf_(3, 4);
#define attempt_fail(...) (attempt_set_failure(__VA_ARGS__), -EIO)

/* The same for our own troubles: no memory, no descriptors. */
#define attempt_fail_errno(attempt, error, what)                                                   \
        attempt_fail((attempt), CONNECT_INTERNAL, "%s: %s", (what), strerror(-(error)))

/*
 * secret_path() with this service's credentials, for PasswordFile= and Keytab=; `failure` where there is no such credential. 0,
 * or negative after attempt_fail().
 */
int attempt_secret_path(Attempt *attempt, const char *file, ConnectFailure failure, char **ret,
                        bool *ret_is_credential);

/* Says how well it went. 0, or negative after attempt_fail(). */
int attempt_describe(Attempt *attempt, const char *format, ...) _printf_(2, 3);

/* Appends the first line of a server's or a library's words, escaped and cut, after ": ". NULL and "" append nothing. */
void attempt_quote(Attempt *attempt, const char *words);
