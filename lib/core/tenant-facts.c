/* SPDX-License-Identifier: MIT */
#include "lib/core/tenant-facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/util.h"

static void list_free(char **list)
{
        for (size_t i = 0; list && list[i]; i++)
                free(list[i]);
        free(list);
}

void tenant_facts_done(TenantFacts *facts)
{
        free(facts->initial_domain);
        list_free(facts->verified_domains);
        list_free(facts->federated_domains);
        *facts = TENANT_FACTS_UNKNOWN;
}

static int list_add(char ***list, const char *value)
{
        size_t n = 0;
        char **more, *copy;

        while (*list && (*list)[n])
                n++;
        more = reallocarray(*list, n + 2, sizeof(*more));
        if (!more)
                return -ENOMEM;
        *list = more;
        more[n] = NULL;

        copy = strdup(value);
        if (!copy)
                return -ENOMEM;
        more[n] = copy;
        more[n + 1] = NULL;
        return 0;
}

int tenant_facts_take(TenantFacts *facts, const char *name, const char *value)
{
        int64_t number;

        if (strcmp(name, "verified-domain") == 0)
                return list_add(&facts->verified_domains, value);
        if (strcmp(name, "federated-domain") == 0)
                return list_add(&facts->federated_domains, value);
        if (strcmp(name, "initial-domain") == 0 && !facts->initial_domain) {
                facts->initial_domain = strdup(value);
                return facts->initial_domain ? 0 : -ENOMEM;
        }
        if (strcmp(name, "passwordSyncEnabled") == 0)
                facts->password_hash_sync = strcmp(value, "true") == 0;
        else if (strcmp(name, "quota-total") == 0 && text_integer(SLICE(value), &number))
                facts->quota = number;
        return 0;
}

void tenant_fill(Tenant *tenant, TenantFacts *facts)
{
        if (!tenant->initial_domain && facts->initial_domain) {
                tenant->initial_domain = TAKE_PTR(facts->initial_domain);
                tenant->from_inventory |= TENANT_INITIAL_DOMAIN;
        }
        if (!tenant->verified_domains && facts->verified_domains) {
                tenant->verified_domains = TAKE_PTR(facts->verified_domains);
                tenant->verified_from_tenant = true;
                tenant->from_inventory |= TENANT_VERIFIED_DOMAINS;
        }
        if (!tenant->federated_domains && facts->federated_domains) {
                tenant->federated_domains = TAKE_PTR(facts->federated_domains);
                tenant->from_inventory |= TENANT_FEDERATED_DOMAINS;
        }
        if (tenant->password_hash_sync < 0 && facts->password_hash_sync >= 0) {
                tenant->password_hash_sync = facts->password_hash_sync;
                tenant->from_inventory |= TENANT_PASSWORD_HASH_SYNC;
        }
        if (tenant->quota == 0 && facts->quota > 0) {
                tenant->quota = facts->quota;
                tenant->from_inventory |= TENANT_QUOTA;
        }
}

void tenant_unfill(Tenant *tenant)
{
        if (tenant->from_inventory & TENANT_INITIAL_DOMAIN) {
                free(tenant->initial_domain);
                tenant->initial_domain = NULL;
        }
        if (tenant->from_inventory & TENANT_VERIFIED_DOMAINS) {
                list_free(tenant->verified_domains);
                tenant->verified_domains = NULL;
                tenant->verified_from_tenant = false;
        }
        if (tenant->from_inventory & TENANT_FEDERATED_DOMAINS) {
                list_free(tenant->federated_domains);
                tenant->federated_domains = NULL;
        }
        if (tenant->from_inventory & TENANT_PASSWORD_HASH_SYNC)
                tenant->password_hash_sync = -1;
        if (tenant->from_inventory & TENANT_QUOTA)
                tenant->quota = 0;
        tenant->from_inventory = 0;
}
