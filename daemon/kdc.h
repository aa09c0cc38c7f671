/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Asking a KDC on krb5's behalf, over a socket of ours with a deadline of ours: MIT's own waits cannot be interrupted,
 * and last up to half a minute for each KDC. For the connecting thread.
 */

#include <krb5/krb5.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "daemon/attempt.h"

typedef struct Kdc {
        Attempt *attempt;
        const struct sockaddr *
                server; /* the domain controller: the KDC of its domain, unless KDC= says otherwise */
        socklen_t server_size;
        krb5_const_principal client; /* KDC= is for the realm of this one */

        krb5_context context; /* set by kdc_attach() */
        bool is_unreachable;  /* the last question was not answered */
        char why[160];        /* "KDC 10.0.0.1: Connection refused" */
} Kdc;

/* From now on all that this context would send goes through here. `kdc` must outlive it. */
void kdc_attach(Kdc *kdc, krb5_context context);
