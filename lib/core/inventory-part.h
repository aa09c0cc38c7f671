/* SPDX-License-Identifier: MIT */
#pragma once

/* The parts of an inventory: what can be exported of a tenant, by which command, and what it is needed for. */

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum InventoryPart {
        INVENTORY_USERS,
        INVENTORY_GROUPS,
        INVENTORY_CONTACTS,
        INVENTORY_DELETED_USERS,
        INVENTORY_DELETED_GROUPS,
        INVENTORY_ORGANIZATION,
        INVENTORY_DOMAINS,
        INVENTORY_SYNCHRONIZATION,
        INVENTORY_ROLES,
        INVENTORY_ELIGIBLE_ROLES,
        INVENTORY_PARTS,
} InventoryPart;

typedef struct InventoryPartInfo {
        const char *
                name; /* "deleted-users": on the command line, as the name of a file, in the database */
        const char *title; /* "deleted users" */
        const char *path; /* of Graph v1.0, with $select: what comes back is all that scand reads */
        const char *permission; /* the least right that reads it */
        const char *needed_for; /* what cannot be told without it; the end of a sentence */
        bool is_beta;           /* the path is one of Graph's beta */
        bool is_single;         /* Graph answers with one object */
} InventoryPartInfo;

const InventoryPartInfo *inventory_part_info(InventoryPart part);

int inventory_part_from_name(const char *name, InventoryPart *ret); /* 0 or -EINVAL */

/*
 * Which part an object is of, told by its page's context and by the members that it has. 0, or -EINVAL: by none that is known.
 */
int inventory_part_recognise(json_object *object, const char *context, InventoryPart *ret);
