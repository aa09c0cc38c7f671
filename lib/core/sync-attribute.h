/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Which attributes of AD the connector syncs by default, for which kinds, and what Entra ID and Exchange Online take of each. A
 * table of facts; what watches them is rule-table.c.
 */

#include "lib/core/rule.h"

typedef struct SyncAttribute {
        const char *name; /* by its LDAP name; scand does not read all of them */
        unsigned kinds;   /* kind_mask() bits: for these it syncs */
        unsigned
                nickname_kinds; /* for these only where mailNickname has a value; a part of kinds */
        unsigned
                limit_here; /* characters that AD's schema lets in, bytes of what is no text; 0: it sets no limit */
        unsigned limit_there; /* characters that the cloud takes; 0: none is documented */
        bool is_cut; /* the connector cuts it to limit_there and takes the first value only, instead of failing */
        const char *note; /* a sentence, or NULL */
} SyncAttribute;

/* All of them, by name: sync_attribute_at(0) to sync_attribute_at(sync_attribute_count() - 1). */
size_t sync_attribute_count(void);
const SyncAttribute *sync_attribute_at(size_t index);
const SyncAttribute *sync_attribute_find(
        const char *name); /* in any case; NULL: it does not sync */

/* The document behind the table. */
const char *sync_attribute_source(void);

/*
 * Why a value of the object's attribute does not arrive as it stands, as far as the attribute alone tells: "it flows only with
 * mailNickname". NULL: nothing is against it, or it is none that syncs.
 */
const char *sync_attribute_obstacle(const Object *object, AttributeId attribute);
