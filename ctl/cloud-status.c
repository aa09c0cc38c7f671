/* SPDX-License-Identifier: MIT */

/* What the inventory of the cloud holds, how old it is, and which predictions it is not enough for. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "ctl/cloud.h"
#include "ctl/json-output.h"
#include "ctl/table.h"
#include "lib/core/duration.h"
#include "lib/state/cloud.h"

typedef struct CloudStatus {
        Scanctl *scanctl;
        Store *store;
        const Config *config;
        CloudPart parts[INVENTORY_PARTS];
        CloudCount counts[INVENTORY_PARTS]; /* of the same */
        size_t n;
} CloudStatus;

static void status_done(CloudStatus *status)
{
        cloud_parts_done(status->parts, status->n);
}

static int status_read(CloudStatus *status)
{
        int r;

        r = cloud_parts(status->store, status->parts, &status->n);
        for (size_t i = 0; i < status->n && r >= 0; i++)
                r = cloud_count(status->store, status->parts[i].import, &status->counts[i]);
        return r;
}

static size_t status_find(const CloudStatus *status, InventoryPart part)
{
        size_t i = 0;

        while (i < status->n && status->parts[i].part != part)
                i++;
        return i;
}

/* ------------------------------------------------------------------ JSON */

static int json_part(const CloudStatus *status, InventoryPart part, json_object **ret)
{
        _cleanup_json_ json_object *object = json_object_new_object();
        const InventoryPartInfo *info = inventory_part_info(part);
        size_t i = status_find(status, part);
        const CloudPart none = {}, *entry = i < status->n ? &status->parts[i] : &none;
        const CloudCount nothing = {}, *count = i < status->n ? &status->counts[i] : &nothing;
        int r;

        if (!object)
                return -ENOMEM;
        if ((r = json_add_string(object, "part", info->name)) < 0 ||
            (r = json_add_boolean(object, "is_imported", i < status->n)) < 0 ||
            (r = json_add_time(object, "exported_at", entry->exported_at)) < 0 ||
            (r = json_add_time(object, "imported_at", entry->imported_at)) < 0 ||
            (r = json_add_integer(object, "objects", entry->objects)) < 0 ||
            (r = json_add_integer(object, "synced", count->synced)) < 0 ||
            (r = json_add_integer(object, "guests", count->guests)) < 0 ||
            (r = json_add_integer(object, "orphans", count->orphans)) < 0 ||
            (r = json_add_string(object, "missing", entry->missing ? entry->missing : "")) < 0 ||
            (r = json_add_string(object, "needed_for", info->needed_for)) < 0)
                return r;

        *ret = TAKE_PTR(object);
        return 0;
}

static int status_json(CloudStatus *status)
{
        _cleanup_json_ json_object *switches = NULL;
        JsonList list;
        int r = 0;

        json_list_begin(&list, status->scanctl->output.stream, "parts", status->scanctl->now);
        for (size_t part = 0; part < INVENTORY_PARTS && r >= 0; part++) {
                json_object *object;

                r = json_part(status, (InventoryPart)part, &object);
                if (r >= 0)
                        r = json_list_add(&list, object);
        }
        if (r < 0)
                return r;
        r = cloud_switches_json(status->store, &status->config->tenant, &switches);
        return r < 0 ? r : json_list_end_with(&list, "tenant", switches);
}

/* ------------------------------------------------------------------ text */

static const Column columns[] = {
        { .title = "PART" },
        { .title = "EXPORTED" },
        { .title = "OBJECTS", .is_right = true },
        { .title = "SYNCED", .is_right = true },
        { .title = "GUESTS", .is_right = true },
};

static int text_part(const CloudStatus *status, size_t i, Table *table)
{
        const CloudPart *part = &status->parts[i];
        const CloudCount *count = &status->counts[i];
        bool has_objects = inventory_part_has_objects(part->part);
        char age[DURATION_SIZE];
        int r;

        duration_format(status->scanctl->now - part->exported_at, age);
        r = table_add(table, STYLE_STRONG, inventory_part_info(part->part)->title);
        if (r >= 0)
                r = table_add_format(table, STYLE_PLAIN, "%s ago", age);
        if (r >= 0)
                r = table_add_format(table, STYLE_PLAIN, "%" PRIi64, part->objects);
        if (r >= 0)
                r = has_objects ? table_add_format(table, STYLE_PLAIN, "%" PRIi64, count->synced)
                                : table_add(table, STYLE_PLAIN, NULL);
        if (r >= 0)
                r = has_objects ? table_add_format(table, STYLE_PLAIN, "%" PRIi64, count->guests)
                                : table_add(table, STYLE_PLAIN, NULL);
        return r;
}

/* Parts that were never imported, and properties that no object of a part has. */
static void text_missing(const CloudStatus *status)
{
        Output *output = &status->scanctl->output;

        for (size_t part = 0; part < INVENTORY_PARTS; part++) {
                const InventoryPartInfo *info = inventory_part_info((InventoryPart)part);
                size_t i = status_find(status, (InventoryPart)part);

                if (i == status->n)
                        output_prose(output, STYLE_WARNING, 0, "no %s: nobody can tell %s.",
                                     info->title, info->needed_for);
                else if (*status->parts[i].missing)
                        output_prose(output, STYLE_WARNING, 0, "no object of the %s has: %s.",
                                     info->title, status->parts[i].missing);
        }
}

static int text_fact(void *userdata, const char *name, const char *value)
{
        Output *output = userdata;
        _cleanup_buffer_ Buffer safe = BUFFER_INIT;

        if (output_safe(value, &safe) < 0 || !buffer_string(&safe))
                return -ENOMEM;
        output_format(output, STYLE_PLAIN, "%s: %s\n", name, (const char *)safe.data);
        return 0;
}

static int status_text(CloudStatus *status)
{
        Output *output = &status->scanctl->output;
        _cleanup_(table_freep) Table *table = NULL;
        int64_t orphans = 0;
        int r;

        r = table_new(columns, ARRAY_SIZE(columns), &table);
        for (size_t i = 0; i < status->n && r >= 0; i++) {
                r = text_part(status, i, table);
                orphans += status->counts[i].orphans;
        }
        if (r < 0)
                return r;

        if (status->n > 0)
                table_print(table, output);
        else
                output_prose(output, STYLE_PLAIN, 0, "There is no inventory of the cloud.");
        (void)fputc('\n', output->stream);
        r = cloud_switches_text(status->store, &status->config->tenant, output);
        if (r < 0)
                return r;
        if (orphans > 0)
                output_prose(output, STYLE_NOTICE, 0,
                             "%" PRIi64 " synced objects have no object in scope here.", orphans);
        r = cloud_facts(status->store, text_fact, output);
        if (r < 0)
                return r;
        text_missing(status);
        output_prose(output, STYLE_FAINT, 0,
                     "scanctl cloud commands prints the script that exports all of it.");
        return 0;
}

int cloud_status(Scanctl *scanctl, char **operands, size_t n_operands)
{
        _cleanup_(status_done) CloudStatus status = { .scanctl = scanctl };
        int r;

        if (n_operands > 0)
                return scanctl_error("cloud status takes no operand. See scanctl help cloud.");
        if (scanctl_store(scanctl, &status.store) < 0 ||
            scanctl_config(scanctl, CONFIG_NEED_PATHS, &status.config) < 0)
                return EXIT_TROUBLE;

        r = status_read(&status);
        if (r >= 0)
                r = scanctl->arguments.format == OUTPUT_JSON ? status_json(&status)
                                                             : status_text(&status);
        return r < 0 ? scanctl_failed(scanctl, "cannot read the inventory", r) : EXIT_FINE;
}
