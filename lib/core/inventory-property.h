/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Properties that predictions rest on, so that an export without them can be told: which ones an element has a value for, a bit each.
 * Where no object of many has one, it was not asked for.
 */

#include "lib/core/inventory-part.h"

typedef struct InventoryProperty {
        const char *name;
        const char *needed_for; /* the end of a sentence */
} InventoryProperty;

#define INVENTORY_PROPERTIES_MAX 8

const InventoryProperty *inventory_properties(InventoryPart part, size_t *ret_n);
unsigned inventory_properties_of(InventoryPart part, json_object *element);

/* Which ones an element names as Graph does, though they be null: they were asked for. (PowerShell names all that there are.) */
unsigned inventory_properties_named(InventoryPart part, json_object *element);
