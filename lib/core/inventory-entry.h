/* SPDX-License-Identifier: MIT */
#pragma once

/* What one object of an export says, whichever shape it came in: an object of the cloud, facts about the tenant, or a role. */

#include "lib/core/arena.h"
#include "lib/core/guid.h"
#include "lib/core/inventory-part.h"
#include "lib/core/inventory-reader.h"

/* The order of the numbers is that of the database, and never changes. */
typedef enum CloudKind {
        CLOUD_USER = 1,
        CLOUD_GROUP = 2,
        CLOUD_CONTACT = 3,
} CloudKind;

typedef enum CloudSync {
        CLOUD_SYNC_NEVER = 0,
        CLOUD_SYNC_FORMER =
                1, /* onPremisesSyncEnabled is false: it was synced, and is managed in the cloud now */
        CLOUD_SYNC_NOW = 2,
} CloudSync;

/* Strings are borrowed from the element and the arena, and NULL where there is nothing. */
typedef struct InventoryObject {
        CloudKind kind;
        CloudSync sync;
        bool is_deleted;
        bool is_guest;
        Guid id;
        const char *name;                /* displayName */
        const char *user_principal_name; /* of a deleted one without what Graph puts in front */
        const char *mail;
        const char *anchor;     /* onPremisesImmutableId */
        const char *sid;        /* onPremisesSecurityIdentifier */
        const char **addresses; /* proxyAddresses, prefix and all */
        size_t n_addresses;
        int64_t password_changed; /* lastPasswordChangeDateTime, Unix seconds; 0: not known */
        bool is_bound; /* onPremisesObjectIdentifier: it has belonged to an object of AD for good */
        const char *problems; /* onPremisesProvisioningErrors, as cloud_problem_next() reads them */
} InventoryObject;

typedef struct InventoryFact {
        const char *name; /* "verified-domain"; some come several times */
        const char *value;
} InventoryFact;

typedef struct InventoryEntry {
        Arena arena;
        InventoryPart part;
        InventoryObject object; /* of users, groups, contacts, deleted ones */
        InventoryFact *facts;   /* of organization, domains, synchronization */
        size_t n_facts;
        Guid principal;     /* of roles: who has it */
        const char *reason; /* what is wrong, after -EBADMSG */
} InventoryEntry;

void inventory_entry_done(InventoryEntry *entry);

/* Reads an element as one of the part; the entry is used again. 0, -ENOMEM, or -EBADMSG with entry->reason. */
int inventory_entry_read(InventoryEntry *entry, InventoryPart part,
                         const InventoryElement *element);

/* Has the part objects with addresses, or does it tell of the tenant? */
bool inventory_part_has_objects(InventoryPart part);
