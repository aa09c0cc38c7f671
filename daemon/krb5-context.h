/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * krb5's context, from configuration of ours that lies in memory only and in front of the administrator's krb5.conf,
 * which may be missing: names are taken as they are, and realms need not be looked for.
 */

#include <krb5/krb5.h>

#include "lib/core/util.h"

/*
 * Process-wide, before any thread: host names are taken as they were configured, or as DNS SRV gave them. krb5's
 * default would ask reverse DNS for another name, and so let DNS choose whom we trust. 0 or negative errno.
 */
int krb5_context_prepare(void);

typedef struct Krb5Context {
        krb5_context context;
        int fd; /* its configuration, which it reads again now and then; -1: none */
} Krb5Context;

#define KRB5_CONTEXT_NULL ((Krb5Context){ .fd = -1 })

/*
 * A context in which KDCs of these two realms count as found; where both are the same, DNS is not asked at all: that
 * could not be interrupted. Messages never go to the address that krb5 finds: see kdc.h. 0 or a krb5 error code.
 */
krb5_error_code krb5_context_open(const char *domain_realm, const char *client_realm,
                                  Krb5Context *ret);
void krb5_context_done(Krb5Context *context);
