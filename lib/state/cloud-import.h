/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Files of an export on their way into the database, as rows that mean nothing yet: they are written in small transactions of their own,
 * and count only when an Apply (APPLY_CLOUD) has published them, all at once. What is dropped before is swept away.
 *
 *   cloud_import_new → for each file: cloud_import_begin, _feed …, _end → cloud_import_check → an Apply → cloud_import_free
 */

#include "lib/core/inventory-file.h"
#include "lib/state/cloud.h"

typedef struct CloudImport CloudImport;

/* 0 or negative. `now` is Unix seconds. */
int cloud_import_new(Store *store, int64_t now, CloudImport **ret);
CloudImport *cloud_import_free(CloudImport *import);
DEFINE_CLEANUP(CloudImport, cloud_import_free)

/*
 * A file of the part, or INVENTORY_PARTS where it tells itself, and `hint` what it is of if nothing in it tells; exported at that time. _feed() and _end() write to the database, so
 * nobody may have a transaction open (-EBUSY, and nothing has happened). -EBADMSG: cloud_import_error() says what is wrong, and the whole
 * import is to be dropped.
 */
int cloud_import_begin(CloudImport *import, InventoryPart part, InventoryPart hint,
                       int64_t exported_at);
int cloud_import_feed(CloudImport *import, const void *data, size_t size);
int cloud_import_end(CloudImport *import);
const char *cloud_import_error(const CloudImport *import);

/* The file that was read last: what it was. */
const InventoryFile *cloud_import_file(const CloudImport *import);

/* All files were read: are they whole together? 0, -EBADMSG as above, or -ENOMEM. */
int cloud_import_check(CloudImport *import);

/* What an Apply publishes. */
const CloudPart *cloud_import_parts(const CloudImport *import, size_t *ret_n);

/* Without any domain that could be judged by it: publishes at once. 0 or negative. */
int cloud_import_publish(CloudImport *import);

/* Only what it says of the tenant, which objects are judged by before an Apply publishes the rest. Likewise. */
int cloud_import_publish_tenant(CloudImport *import);

/* Removes a little of what no inventory has any more, but not of `import` (NULL: none is under way). 1: there may be more; 0; negative. */
int cloud_sweep(Store *store, const CloudImport *import, unsigned rows);
