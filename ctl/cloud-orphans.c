/* SPDX-License-Identifier: MIT */

/* Objects that the cloud takes for synced, and that nothing here is any more: what became of them, and how they are removed. */

#include <errno.h>
#include <string.h>

#include "ctl/cloud.h"
#include "ctl/json-output.h"
#include "lib/core/record.h"
#include "lib/state/cloud-orphan.h"
#include "lib/state/domain.h"

typedef struct Orphans {
        Scanctl *scanctl;
        JsonList *list; /* NULL: text */
        size_t n;
} Orphans;

static const char *fate_name(OrphanFate fate)
{
        switch (fate) {
        case ORPHAN_UNKNOWN:
                return "unknown";
        case ORPHAN_DELETED:
                return "deleted";
        case ORPHAN_OUT_OF_SCOPE:
                return "out-of-scope";
        }

        return "unknown";
}

static void removal(const CloudObject *object, char ret[static 100])
{
        char id[GUID_STRING_SIZE];
        const char *command = object->kind == CLOUD_USER    ? "Remove-MgUser -UserId"
                              : object->kind == CLOUD_GROUP ? "Remove-MgGroup -GroupId"
                                                            : "Remove-MgContact -OrgContactId";

        guid_format(&object->id, id);
        (void)snprintf(ret, 100, "%s %s", command, id);
}

static Slice orphan_name(const CloudObject *object)
{
        if (object->user_principal_name.size > 0)
                return object->user_principal_name;
        return object->mail.size > 0 ? object->mail : object->name;
}

static int orphan_json(const CloudOrphan *orphan, JsonList *list)
{
        _cleanup_json_ json_object *told = json_object_new_object();
        const CloudObject *object = orphan->object;
        Slice name = orphan_name(object);
        char command[100];
        int r;

        if (!told)
                return -ENOMEM;
        removal(object, command);
        if ((r = json_add_guid(told, "id", &object->id)) < 0 ||
            (r = json_add_string(told, "kind", cloud_kind_name(object->kind))) < 0 ||
            (r = json_add_bytes(told, "name", name.data, name.size)) < 0 ||
            (r = json_add_string(told, "here", fate_name(orphan->fate))) < 0 ||
            (r = json_add_time(told, "deleted", orphan->deleted_at)) < 0 ||
            (r = json_add_string(told, "domain", orphan->domain)) < 0 ||
            (r = json_add_string(told, "dn", orphan->dn)) < 0 ||
            (r = json_add_time(told, "as_of", object->as_of)) < 0 ||
            (r = json_add_string(told, "command", command)) < 0)
                return r;
        return json_list_add(list, TAKE_PTR(told));
}

static int orphan_text(const CloudOrphan *orphan, Output *output)
{
        _cleanup_buffer_ Buffer name = BUFFER_INIT, text = BUFFER_INIT;
        Slice shown = orphan_name(orphan->object);
        char command[100], since[RECORD_TIME_SIZE];

        if (text_escape(shown.data, shown.size, 0, &text) < 0 || !buffer_string(&text) ||
            output_safe((const char *)text.data, &name) < 0 || !buffer_string(&name))
                return -ENOMEM;

        removal(orphan->object, command);
        record_format_time(orphan->deleted_at, since);
        output_format(output, STYLE_STRONG, "%s", (const char *)name.data);
        output_format(output, STYLE_PLAIN, " (%s)\n", cloud_kind_name(orphan->object->kind));
        switch (orphan->fate) {
        case ORPHAN_UNKNOWN:
                output_format(output, STYLE_PLAIN, "  nothing here has its anchor\n");
                break;
        case ORPHAN_DELETED:
                output_format(output, STYLE_PLAIN, "  deleted here %s: %s\n", since, orphan->dn);
                break;
        case ORPHAN_OUT_OF_SCOPE:
                output_format(output, STYLE_PLAIN, "  out of scope here: %s\n", orphan->dn);
                break;
        }
        output_format(output, STYLE_PLAIN, "  %s\n", command);
        return 0;
}

static int tell_orphan(void *userdata, const CloudOrphan *orphan)
{
        Orphans *orphans = userdata;

        orphans->n++;
        return orphans->list ? orphan_json(orphan, orphans->list)
                             : orphan_text(orphan, &orphans->scanctl->output);
}

static void orphans_end(const Orphans *orphans)
{
        Output *output = &orphans->scanctl->output;

        if (!output->has_legend)
                return;
        if (orphans->n == 0) {
                output_prose(output, STYLE_GOOD, 0,
                             "Every synced object of the inventory has its object here.");
                return;
        }
        (void)fputc('\n', output->stream);
        output_prose(output, STYLE_PLAIN, 0,
                     "%zu orphans. First let the connector run in full (Start-ADSyncSyncCycle "
                     "-PolicyType Initial), "
                     "then export and import again; what is left is removed with the commands, and "
                     "a user can be "
                     "restored for 30 days.",
                     orphans->n);
}

/* A domain that is not read has its objects' counterparts in the list. 0, or EXIT_TROUBLE. */
static int check_domains(const Scanctl *scanctl, const Config *config, Store *store)
{
        Domain *domains;
        size_t n;
        int r;

        r = domain_list(store, &domains, &n);
        if (r < 0)
                return scanctl_failed(scanctl, "cannot read the domains", r);

        for (size_t i = 0; i < config->n_domains; i++) {
                bool is_ready = false;

                for (size_t k = 0; k < n; k++)
                        is_ready =
                                is_ready || (domains[k].is_ready &&
                                             strcmp(domains[k].name, config->domains[i].name) == 0);
                if (!is_ready)
                        r = scanctl_error("%s was not read so far: nobody can tell orphans before.",
                                          config->domains[i].name);
        }
        for (size_t i = 0; i < n; i++)
                domain_done(&domains[i]);
        free(domains);
        return r;
}

/* Without users, groups or contacts nobody can be an orphan, which is no good news. 0, or EXIT_TROUBLE. */
static int check_inventory(const Scanctl *scanctl, Store *store)
{
        CloudPart parts[INVENTORY_PARTS];
        bool is_there = false;
        size_t n;
        int r;

        r = cloud_parts(store, parts, &n);
        for (size_t i = 0; i < n && r >= 0; i++)
                is_there = is_there || inventory_part_has_objects(parts[i].part);
        cloud_parts_done(parts, n);
        if (r < 0)
                return scanctl_failed(scanctl, "cannot read the inventory", r);
        return is_there ? 0
                        : scanctl_error("there is no inventory of the cloud: \"scanctl cloud "
                                        "commands\" prints the script that exports one.");
}

int cloud_list_orphans(Scanctl *scanctl, char **operands, size_t n_operands)
{
        Orphans orphans = { .scanctl = scanctl };
        const Config *config;
        JsonList list;
        Store *store;
        int r;

        if (n_operands > 0)
                return scanctl_error("cloud orphans takes no operand. See scanctl help cloud.");
        if (scanctl_config(scanctl, CONFIG_NEED_PATHS, &config) < 0 ||
            scanctl_store(scanctl, &store) < 0)
                return EXIT_TROUBLE;
        r = check_inventory(scanctl, store);
        if (r == 0)
                r = check_domains(scanctl, config, store);
        if (r != 0)
                return r;

        if (scanctl->arguments.format == OUTPUT_JSON) {
                orphans.list = &list;
                json_list_begin(&list, scanctl->output.stream, "orphans", scanctl->now);
        }
        r = cloud_orphans(store, tell_orphan, &orphans);
        if (orphans.list)
                json_list_end(&list);
        else if (r >= 0)
                orphans_end(&orphans);
        return r < 0 ? scanctl_failed(scanctl, "cannot read the inventory", r) : EXIT_FINE;
}
