/* SPDX-License-Identifier: MIT */
#pragma once

/* What the verbs of `scanctl cloud` share: reading the files of an export, with a line on a terminal that tells how far it is. */

#include "ctl/scanctl.h"
#include "lib/core/inventory-file.h"

/* Which part --part= says that the files are; INVENTORY_PARTS: they tell themselves. */
InventoryPart cloud_part(const Scanctl *scanctl);

/* Who takes what a file holds. Functions return 0 or negative; -EBADMSG: error() says what is wrong. */
typedef struct CloudSink {
        int (*begin)(void *userdata, int64_t exported_at);
        int (*feed)(void *userdata, const void *data, size_t size);
        int (*end)(void *userdata);
        const char *(*error)(void *userdata);
        void *userdata;
} CloudSink;

/*
 * Reads a file, "-" for standard input. 0, or EXIT_TROUBLE after a message that names the file, and byte, object and reason where
 * it is damaged.
 */
int cloud_read(const char *path, int64_t now, const CloudSink *sink);

/* What files of a batch are worth together: whether there is a last page for every part that came in pages. */
typedef struct CloudBatch {
        size_t n_continued[INVENTORY_PARTS];
        size_t n_ended[INVENTORY_PARTS];
} CloudBatch;

void cloud_batch_add(CloudBatch *batch, const InventoryFile *file);
int cloud_batch_check(const CloudBatch *batch); /* 0, or EXIT_TROUBLE after a message */

/* cloud-switch.c: what an inventory may say for options of [tenant], which the configuration was filled with. 0 or negative. */
int cloud_switches_json(Store *store, const Tenant *tenant, json_object **ret);
int cloud_switches_text(Store *store, const Tenant *tenant, Output *output);

/* Is the right that the part needs one that a part before it needs, too? */
bool cloud_right_is_told(InventoryPart part);

void cloud_commands_rest(FILE *stream);

int cloud_import(Scanctl *scanctl, char **operands, size_t n_operands);
int cloud_list_orphans(Scanctl *scanctl, char **operands, size_t n_operands);
int cloud_status(Scanctl *scanctl, char **operands, size_t n_operands);
int cloud_inspect(Scanctl *scanctl, char **operands, size_t n_operands);
int cloud_commands(Scanctl *scanctl, char **operands, size_t n_operands);
