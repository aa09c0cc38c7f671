/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What is known of the tenant and of the connector's set-up: the [tenant] section (rules.md section 9). Strings are
 * owned; lists end with NULL. What is not set says so, because a verdict that rests on an assumption is probable only.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/attribute.h"
#include "lib/core/text.h"

typedef enum UserMatch {
        USER_MATCH_NONE,
        USER_MATCH_MAIL,
        USER_MATCH_SID,
        USER_MATCH_SAM_AND_NICKNAME,
        USER_MATCH_ATTRIBUTE, /* see user_match_attribute */
} UserMatch;

typedef struct Tenant {
        char *initial_domain;     /* "contoso.onmicrosoft.com"; NULL: not set */
        char **verified_domains;  /* NULL: not set, so nobody can say what is unverified */
        char **federated_domains; /* those of them that sign in elsewhere; NULL: not set */
        bool verified_from_tenant; /* the list came from the tenant itself: certain */
        AttributeId login_attribute; /* userPrincipalName unless set */
        UserMatch user_match;
        bool user_match_is_set;
        AttributeId user_match_attribute;
        AttributeId source_anchor; /* mS-DS-ConsistencyGuid unless set; objectGUID possible */
        bool source_anchor_is_set;
        char *routing_domain; /* "contoso.mail.onmicrosoft.com"; NULL: not set */
        int password_hash_sync; /* 1, 0, -1: not set */
        unsigned member_limit;  /* 250000 */
        unsigned deletion_threshold; /* 500 */
        char *connector_build; /* "2.4.18.0"; NULL: not set */
        char *group_filter;    /* a group's DN: group-based scope; NULL: none */
        char *connector_account;
        int64_t quota; /* 0: not set */
        unsigned from_inventory; /* TENANT_…: what nobody has configured, and an inventory of the cloud says: see tenant-facts.h */
} Tenant;

enum {
        TENANT_INITIAL_DOMAIN = 1 << 0,
        TENANT_VERIFIED_DOMAINS = 1 << 1,
        TENANT_FEDERATED_DOMAINS = 1 << 2,
        TENANT_PASSWORD_HASH_SYNC = 1 << 3,
        TENANT_QUOTA = 1 << 4,
};

void tenant_init(Tenant *tenant); /* the defaults above */
void tenant_done(Tenant *tenant);

/*
 * Is the domain one that the tenant has proved to own? InitialDomain always is, and so is the .mail. form of it and of any
 * listed domain below onmicrosoft.com: nobody else can have that.
 */
typedef enum DomainStanding {
        DOMAIN_VERIFIED,
        DOMAIN_UNVERIFIED,
        DOMAIN_SUB_OF_VERIFIED, /* below a verified one, not itself listed: probable */
        DOMAIN_UNKNOWN,         /* no list was configured */
} DomainStanding;

DomainStanding tenant_domain_standing(const Tenant *tenant, Slice domain);

/* Is it for certain one whose users sign in at the company's own service? */
bool tenant_domain_is_federated(const Tenant *tenant, Slice domain);
