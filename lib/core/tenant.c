/* SPDX-License-Identifier: MIT */
#include "lib/core/tenant.h"

#include <stdlib.h>
#include <string.h>

#include "lib/core/address.h"
#include "lib/core/util.h"

void tenant_init(Tenant *tenant)
{
        *tenant = (Tenant){
                .login_attribute = ATTRIBUTE_USER_PRINCIPAL_NAME,
                .source_anchor = ATTRIBUTE_MS_DS_CONSISTENCY_GUID,
                .password_hash_sync = -1,
                .member_limit = 250000,
                .deletion_threshold = 500,
        };
}

static void free_list(char **list)
{
        for (size_t i = 0; list && list[i]; i++)
                free(list[i]);
        free(list);
}

void tenant_done(Tenant *tenant)
{
        free_list(tenant->verified_domains);
        free_list(tenant->federated_domains);
        free(tenant->initial_domain);
        free(tenant->routing_domain);
        free(tenant->connector_build);
        free(tenant->group_filter);
        free(tenant->connector_account);
        *tenant = (Tenant){};
}

/* "contoso.mail.onmicrosoft.com" is the .mail. form of "contoso.onmicrosoft.com": hybrid mail is routed there. */
static bool is_mail_form(Slice domain, const char *owned)
{
        size_t label = strcspn(owned, "."), n = label + strlen(".mail");

        return domain.size > n &&
               text_begins_nocase((Slice){ domain.data + label, domain.size - label }, ".mail.") &&
               domain_equal((Slice){ domain.data, label },
                            (Slice){ (const uint8_t *)owned, label }) &&
               domain_equal((Slice){ domain.data + n, domain.size - n }, SLICE(owned + label));
}

DomainStanding tenant_domain_standing(const Tenant *tenant, Slice domain)
{
        const char *initial = tenant->initial_domain;
        DomainStanding standing = DOMAIN_UNVERIFIED;

        if (initial && (domain_equal(domain, SLICE(initial)) || is_mail_form(domain, initial)))
                return DOMAIN_VERIFIED;
        if (!tenant->verified_domains)
                return DOMAIN_UNKNOWN;

        for (size_t i = 0; tenant->verified_domains[i]; i++) {
                const char *verified = tenant->verified_domains[i];

                if (domain_equal(domain, SLICE(verified)))
                        return DOMAIN_VERIFIED;
                if (domain_is_reserved(SLICE(verified)) && is_mail_form(domain, verified))
                        return DOMAIN_VERIFIED;
                if (domain_is_below(domain, SLICE(verified)))
                        standing = DOMAIN_SUB_OF_VERIFIED;
        }

        return standing;
}

bool tenant_domain_is_federated(const Tenant *tenant, Slice domain)
{
        for (size_t i = 0; tenant->federated_domains && tenant->federated_domains[i]; i++)
                if (domain_equal(domain, SLICE(tenant->federated_domains[i])))
                        return true;
        return false;
}
