/* SPDX-License-Identifier: MIT */
#pragma once

/* What an inventory of the cloud says of the tenant, for the options of [tenant] that nobody has configured. */

#include "lib/core/tenant.h"

typedef struct TenantFacts {
        char *initial_domain;     /* NULL: it does not say, as of the lists */
        char **verified_domains;  /* end with NULL */
        char **federated_domains; /* likewise */
        int password_hash_sync;   /* 1, 0, -1: it does not say */
        int64_t quota;            /* 0: it does not say */
} TenantFacts;

#define TENANT_FACTS_UNKNOWN ((TenantFacts){ .password_hash_sync = -1 })

void tenant_facts_done(TenantFacts *facts);

/* Takes a fact of an inventory, if it is one of these. 0 or -ENOMEM. */
int tenant_facts_take(TenantFacts *facts, const char *name, const char *value);

/* Moves to the tenant what is not configured there, and takes it down in tenant->from_inventory. The rest stays with the facts. */
void tenant_fill(Tenant *tenant, TenantFacts *facts);

/* As it was configured. */
void tenant_unfill(Tenant *tenant);
