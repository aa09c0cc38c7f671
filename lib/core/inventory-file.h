/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One file of an export on its way into an inventory: what it is a part of, what each of its objects says, and what is missing from it
 * for which prediction.
 */

#include "lib/core/inventory-entry.h"
#include "lib/core/inventory-property.h"

/* An entry, borrowed. 0 or negative, which ends the reading. */
typedef int (*InventoryFileTake)(void *userdata, const InventoryEntry *entry);

typedef struct InventoryFile InventoryFile;

/* `part` is what the file is of; INVENTORY_PARTS: its first object tells. 0 or -ENOMEM. */
int inventory_file_new(InventoryPart part, InventoryFileTake take, void *userdata,
                       InventoryFile **ret);
InventoryFile *inventory_file_free(InventoryFile *file);
DEFINE_CLEANUP(InventoryFile, inventory_file_free)

/* As inventory_reader_feed() and inventory_reader_end(): 0, -EBADMSG with inventory_file_error(), others. */
int inventory_file_feed(InventoryFile *file, const void *data, size_t size);
int inventory_file_end(InventoryFile *file);
const char *inventory_file_error(const InventoryFile *file);

const InventoryReader *inventory_file_reader(
        const InventoryFile *file); /* shape, encoding, counts */

/* INVENTORY_PARTS while nothing has told: an empty list is of no part. */
InventoryPart inventory_file_part(const InventoryFile *file);

/*
 * Is the property at this place of inventory_properties() missing: has no object of the file a value for it? False of an empty file, of
 * which nobody can tell.
 */
bool inventory_file_lacks(const InventoryFile *file, size_t property);

/* Was it asked for, for all that can be told: has an object a value for it, or is it named as Graph names it? */
bool inventory_file_asked(const InventoryFile *file, size_t property);
