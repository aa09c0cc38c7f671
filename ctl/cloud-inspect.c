/* SPDX-License-Identifier: MIT */

/* Tells what files of an export are, and what is missing from them, without giving them to anybody. */

#include <errno.h>

#include "ctl/cloud.h"
#include "ctl/json-output.h"

/* What was counted in passing. */
typedef struct Inspection {
        size_t n_synced, n_deleted, n_guests;
        json_object *facts; /* of the tenant */
        json_object *missing;
} Inspection;

static int inspect_take(void *userdata, const InventoryEntry *entry)
{
        Inspection *inspection = userdata;
        int r = 0;

        inspection->n_synced += entry->object.sync == CLOUD_SYNC_NOW;
        inspection->n_deleted += entry->object.is_deleted;
        inspection->n_guests += entry->object.is_guest;
        for (size_t i = 0; i < entry->n_facts && r >= 0; i++) {
                _cleanup_json_ json_object *fact = json_object_new_object();

                if (!fact)
                        return -ENOMEM;
                r = json_add_string(fact, "name", entry->facts[i].name);
                if (r >= 0)
                        r = json_add_string(fact, "value", entry->facts[i].value);
                if (r >= 0)
                        r = json_append(inspection->facts, TAKE_PTR(fact));
        }
        return r;
}

static int inspect_missing(const InventoryFile *file, Inspection *inspection)
{
        const InventoryProperty *properties;
        InventoryPart part = inventory_file_part(file);
        size_t n;
        int r = 0;

        if (part == INVENTORY_PARTS)
                return 0;

        properties = inventory_properties(part, &n);
        for (size_t i = 0; i < n && r >= 0; i++) {
                _cleanup_json_ json_object *missing = json_object_new_object();

                if (!inventory_file_lacks(file, i))
                        continue;
                if (!missing)
                        return -ENOMEM;
                r = json_add_string(missing, "property", properties[i].name);
                if (r >= 0)
                        r = json_add_string(missing, "needed_for", properties[i].needed_for);
                if (r >= 0)
                        r = json_append(inspection->missing, TAKE_PTR(missing));
        }
        return r;
}

static const char *part_name(const InventoryFile *file)
{
        InventoryPart part = inventory_file_part(file);

        return part == INVENTORY_PARTS ? NULL : inventory_part_info(part)->name;
}

static int inspect_json(const char *path, const InventoryFile *file, Inspection *inspection,
                        JsonList *list)
{
        const InventoryReader *reader = inventory_file_reader(file);
        _cleanup_json_ json_object *told = json_object_new_object();
        int r;

        if (!told)
                return -ENOMEM;
        r = json_add_string(told, "file", path);
        if (r >= 0)
                r = json_add_string(told, "part", part_name(file));
        if (r >= 0)
                r = json_add_string(told, "shape",
                                    inventory_shape_name(inventory_reader_shape(reader)));
        if (r >= 0)
                r = json_add_string(told, "encoding",
                                    inventory_encoding_name(inventory_reader_encoding(reader)));
        if (r >= 0)
                r = json_add_integer(told, "objects", (int64_t)inventory_reader_count(reader));
        if (r >= 0)
                r = json_add_integer(told, "synced", (int64_t)inspection->n_synced);
        if (r >= 0)
                r = json_add_integer(told, "deleted", (int64_t)inspection->n_deleted);
        if (r >= 0)
                r = json_add_integer(told, "guests", (int64_t)inspection->n_guests);
        if (r >= 0)
                r = json_add(told, "facts", json_object_get(inspection->facts));
        if (r >= 0)
                r = json_add(told, "missing", json_object_get(inspection->missing));
        return r < 0 ? r : json_list_add(list, TAKE_PTR(told));
}

static const char *member(json_object *array, size_t index, const char *name)
{
        return json_object_get_string(
                inventory_member(json_object_array_get_idx(array, index), name));
}

/* What stands in the file, made safe. */
static int inspect_facts(Output *output, const Inspection *inspection)
{
        for (size_t i = 0; i < json_object_array_length(inspection->facts); i++) {
                _cleanup_buffer_ Buffer safe = BUFFER_INIT;

                if (output_safe(member(inspection->facts, i, "value"), &safe) < 0 ||
                    !buffer_string(&safe))
                        return -ENOMEM;
                output_format(output, STYLE_PLAIN, "  %s: %s\n",
                              member(inspection->facts, i, "name"), (const char *)safe.data);
        }
        return 0;
}

static int inspect_text(Output *output, const char *path, const InventoryFile *file,
                        const Inspection *inspection)
{
        const InventoryReader *reader = inventory_file_reader(file);
        InventoryPart part = inventory_file_part(file);

        output_format(output, STYLE_STRONG, "%s", path);
        output_format(output, STYLE_PLAIN, ": %zu %s, as %s in %s\n",
                      inventory_reader_count(reader),
                      part == INVENTORY_PARTS ? "objects" : inventory_part_info(part)->title,
                      inventory_shape_name(inventory_reader_shape(reader)),
                      inventory_encoding_name(inventory_reader_encoding(reader)));
        if (inspection->n_synced > 0 || inspection->n_guests > 0)
                output_format(output, STYLE_PLAIN, "  %zu synced, %zu guest%s\n",
                              inspection->n_synced, inspection->n_guests,
                              inspection->n_guests == 1 ? "" : "s");
        for (size_t i = 0; i < json_object_array_length(inspection->missing); i++) {
                (void)fputs("  ", output->stream);
                output_prose(output, STYLE_WARNING, 2, "no object has %s: needed for %s",
                             member(inspection->missing, i, "property"),
                             member(inspection->missing, i, "needed_for"));
        }
        return inspect_facts(output, inspection);
}

static int inspect_begin(void *userdata, int64_t exported_at)
{
        return 0;
}

static int inspect_feed(void *userdata, const void *data, size_t size)
{
        return inventory_file_feed(userdata, data, size);
}

static int inspect_end(void *userdata)
{
        return inventory_file_end(userdata);
}

static const char *inspect_error(void *userdata)
{
        return inventory_file_error(userdata);
}

static int inspect_file(Scanctl *scanctl, const char *path, CloudBatch *batch, JsonList *list)
{
        _cleanup_json_ json_object *facts = json_object_new_array(),
                                   *missing = json_object_new_array();
        Inspection inspection = { .facts = facts, .missing = missing };
        CloudSink sink = { inspect_begin, inspect_feed, inspect_end, inspect_error, NULL };
        _cleanup_(inventory_file_freep) InventoryFile *file = NULL;
        int r;

        if (!facts || !missing ||
            inventory_file_new(cloud_part(scanctl), inspect_take, &inspection, &file) < 0)
                return scanctl_error("out of memory.");
        sink.userdata = file;
        r = cloud_read(path, scanctl->now, &sink);
        if (r != 0)
                return r;

        cloud_batch_add(batch, file);
        r = inspect_missing(file, &inspection);
        if (r >= 0)
                r = list ? inspect_json(path, file, &inspection, list)
                         : inspect_text(&scanctl->output, path, file, &inspection);
        return r < 0 ? scanctl_error("out of memory.") : 0;
}

int cloud_inspect(Scanctl *scanctl, char **operands, size_t n_operands)
{
        bool is_json = scanctl->arguments.format == OUTPUT_JSON;
        CloudBatch batch = {};
        JsonList list;
        int r = 0, code = EXIT_FINE;

        if (is_json)
                json_list_begin(&list, scanctl->output.stream, "files", scanctl->now);
        for (size_t i = 0; i < n_operands; i++) {
                r = inspect_file(scanctl, operands[i], &batch, is_json ? &list : NULL);
                if (r != 0)
                        code = r;
        }
        if (is_json)
                json_list_end(&list);

        return code != EXIT_FINE ? code : cloud_batch_check(&batch);
}
