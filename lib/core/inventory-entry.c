/* SPDX-License-Identifier: MIT */
#include "lib/core/inventory-entry.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/core/cloud.h"
#include "lib/core/text.h"

#define VALUES_MAX 2000 /* of one list: more than any object of the cloud may have */

void inventory_entry_done(InventoryEntry *entry)
{
        arena_done(&entry->arena);
        *entry = (InventoryEntry){};
}

static int entry_complain(InventoryEntry *entry, const char *reason)
{
        entry->reason = reason;
        return -EBADMSG;
}

/* ------------------------------------------------------------------ values */

/* NULL: absent, null, empty, or no text. What holds a NUL ends there, and is nobody's address then. */
static const char *entry_string(const InventoryElement *element, const char *name)
{
        json_object *value = inventory_member(element->value, name);
        const char *text;

        if (!json_object_is_type(value, json_type_string))
                return NULL;
        text = json_object_get_string(value);
        return *text ? text : NULL;
}

/* JSON has truth values, CSV the words for them. 1, 0, or -1: neither. */
static int value_truth(json_object *value)
{
        if (json_object_is_type(value, json_type_boolean))
                return json_object_get_boolean(value) ? 1 : 0;
        if (!json_object_is_type(value, json_type_string))
                return -1;
        if (strcasecmp(json_object_get_string(value), "true") == 0)
                return 1;
        return strcasecmp(json_object_get_string(value), "false") == 0 ? 0 : -1;
}

/* The text of a type stands where the property's values should: "System.String[]", or all of them behind each other. */
static int entry_flattened(InventoryEntry *entry, const InventoryElement *element, const char *name)
{
        static const char csv[] = "proxyAddresses holds the name of a type: export with "
                                  "Select-Object *,@{n='ProxyAddresses';"
                                  "e={$_.ProxyAddresses -join ';'}} -ExcludeProperty "
                                  "ProxyAddresses | Export-Csv -NoTypeInformation",
                          json[] = " was flattened to a text: export again with "
                                   "\"ConvertTo-Json -Depth 8\"";
        size_t size = strlen(name) + sizeof(json);
        char *reason;

        if (element->is_csv)
                return entry_complain(entry, csv);
        reason = arena_allocate(&entry->arena, size);
        if (!reason)
                return -ENOMEM;
        (void)snprintf(reason, size, "%s%s", name, json);
        return entry_complain(entry, reason);
}

static int list_reserve(InventoryEntry *entry, size_t n, const char ***ret)
{
        if (n > VALUES_MAX)
                return entry_complain(entry, "proxyAddresses has more than 2000 values");

        *ret = arena_allocate(&entry->arena, (n + 1) * sizeof(**ret));
        return *ret ? 0 : -ENOMEM;
}

/* A cell of CSV holds what -join made of the list. */
static int list_split(InventoryEntry *entry, const char *text, const char ***ret, size_t *ret_n)
{
        static const char separators[] = ";|,\n";
        size_t n = 1;
        char *copy, *rest;
        int r;

        for (const char *c = text; *c; c++)
                n += strchr(separators, *c) != NULL;
        r = list_reserve(entry, n, ret);
        if (r < 0)
                return r;
        copy = arena_copy(&entry->arena, text, strlen(text));
        if (!copy)
                return -ENOMEM;

        *ret_n = 0;
        for (char *part = strtok_r(copy, separators, &rest); part;
             part = strtok_r(NULL, separators, &rest))
                (*ret)[(*ret_n)++] = part;
        return 0;
}

static int entry_list(InventoryEntry *entry, const InventoryElement *element, const char *name,
                      const char ***ret, size_t *ret_n)
{
        json_object *list = inventory_member(element->value, name);
        size_t n;
        int r;

        *ret_n = 0;
        if (!list)
                return 0;
        if (json_object_is_type(list, json_type_string)) {
                const char *text = json_object_get_string(list);

                if (!element->is_csv || strstr(text, "[]"))
                        return *text ? entry_flattened(entry, element, name) : 0;
                return list_split(entry, text, ret, ret_n);
        }
        if (!json_object_is_type(list, json_type_array))
                return entry_flattened(entry, element, name);

        n = json_object_array_length(list);
        r = list_reserve(entry, n, ret);
        for (size_t i = 0; i < n && r >= 0; i++) {
                json_object *value = json_object_array_get_idx(list, i);

                if (!json_object_is_type(value, json_type_string))
                        return entry_complain(entry,
                                              "proxyAddresses holds something that is no text");
                (*ret)[(*ret_n)++] = json_object_get_string(value);
        }
        return r;
}

static int entry_guid(InventoryEntry *entry, const InventoryElement *element, const char *name,
                      Guid *ret)
{
        const char *text = entry_string(element, name);

        if (!text)
                return entry_complain(entry, strcmp(name, "id") == 0
                                                     ? "the object has no id"
                                                     : "the object has no principalId");
        return guid_parse(text, ret) < 0 ? entry_complain(entry, "the id of the object is no GUID")
                                         : 0;
}

/* ------------------------------------------------------------------ objects */

static CloudKind part_kind(InventoryPart part)
{
        switch (part) {
        case INVENTORY_GROUPS:
        case INVENTORY_DELETED_GROUPS:
                return CLOUD_GROUP;
        case INVENTORY_CONTACTS:
                return CLOUD_CONTACT;
        case INVENTORY_USERS:
        case INVENTORY_DELETED_USERS:
        case INVENTORY_ORGANIZATION:
        case INVENTORY_DOMAINS:
        case INVENTORY_SYNCHRONIZATION:
        case INVENTORY_ROLES:
        case INVENTORY_ELIGIBLE_ROLES:
        case INVENTORY_PARTS:
                break;
        }

        return CLOUD_USER;
}

/* Of a deleted user, Graph shows the id without hyphens in front of the name. */
static const char *without_id(const char *name, const Guid *id)
{
        char text[GUID_STRING_SIZE], plain[33];
        size_t n = 0;

        guid_format(id, text);
        for (const char *c = text; *c; c++)
                if (*c != '-')
                        plain[n++] = *c;
        plain[n] = 0;

        return strncasecmp(name, plain, n) == 0 && name[n] && name[n] != '@' ? name + n : name;
}

/* Tabs and line feeds separate what is kept. */
static int problems_add(Buffer *text, json_object *problem, const char *name, char end)
{
        json_object *value = inventory_member(problem, name);
        const char *string =
                json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
        int r = 0;

        for (; *string && r >= 0; string++)
                r = buffer_append_byte(text,
                                       *string == '\t' || *string == '\n' ? ' ' : (uint8_t)*string);
        return r < 0 ? r : buffer_append_byte(text, (uint8_t)end);
}

#define PROBLEMS_MAX 100 /* of one object */

static int entry_problems(InventoryEntry *entry, const InventoryElement *element, const char **ret)
{
        static const char name[] = "onPremisesProvisioningErrors";
        json_object *list = inventory_member(element->value, name);
        _cleanup_buffer_ Buffer text = BUFFER_INIT;
        size_t n;
        int r = 0;

        if (!json_object_is_type(list, json_type_array))
                return json_object_is_type(list, json_type_string) && !element->is_csv &&
                                       *json_object_get_string(list)
                               ? entry_flattened(entry, element, name)
                               : 0;

        n = json_object_array_length(list);
        for (size_t i = 0; i < n && i < PROBLEMS_MAX && r >= 0; i++) {
                json_object *problem = json_object_array_get_idx(list, i);

                if (json_object_is_type(problem, json_type_string))
                        return entry_flattened(entry, element, name);
                r = problems_add(&text, problem, "propertyCausingError", '\t');
                if (r >= 0)
                        r = problems_add(&text, problem, "category", '\t');
                if (r >= 0)
                        r = problems_add(&text, problem, "occurredDateTime", '\t');
                if (r >= 0)
                        r = problems_add(&text, problem, "value", '\n');
        }
        if (r < 0 || text.size == 0)
                return r;

        *ret = (const char *)arena_copy(&entry->arena, text.data, text.size);
        return *ret ? 0 : -ENOMEM;
}

static int entry_read_object(InventoryEntry *entry, const InventoryElement *element)
{
        InventoryObject *object = &entry->object;
        const char *type = entry_string(element, "userType");
        const char *changed = entry_string(element, "lastPasswordChangeDateTime");
        int synced = value_truth(inventory_member(element->value, "onPremisesSyncEnabled"));
        int r;

        *object = (InventoryObject){
                .kind = part_kind(entry->part),
                .sync = synced > 0    ? CLOUD_SYNC_NOW
                        : synced == 0 ? CLOUD_SYNC_FORMER
                                      : CLOUD_SYNC_NEVER,
                .is_deleted = entry->part == INVENTORY_DELETED_USERS ||
                              entry->part == INVENTORY_DELETED_GROUPS ||
                              entry_string(element, "deletedDateTime"),
                .is_guest = type && strcasecmp(type, "Guest") == 0,
                .name = entry_string(element, "displayName"),
                .mail = entry_string(element, "mail"),
                .anchor = entry_string(element, "onPremisesImmutableId"),
                .sid = entry_string(element, "onPremisesSecurityIdentifier"),
                .is_bound = entry_string(element, "onPremisesObjectIdentifier"),
        };

        r = entry_guid(entry, element, "id", &object->id);
        if (r >= 0)
                r = entry_list(entry, element, "proxyAddresses", &object->addresses,
                               &object->n_addresses);
        if (r >= 0)
                r = entry_problems(entry, element, &object->problems);
        if (changed && cloud_time_parse(changed, &object->password_changed) < 0)
                object->password_changed = 0;
        if (r >= 0 && object->kind != CLOUD_USER && entry_string(element, "userPrincipalName"))
                return entry_complain(entry, "the object has a userPrincipalName: is it a user?");
        if (r < 0 || object->kind != CLOUD_USER)
                return r;

        object->user_principal_name = entry_string(element, "userPrincipalName");
        if (!object->user_principal_name)
                return entry_complain(entry, "the object has no userPrincipalName: is it a user?");
        if (object->is_deleted)
                object->user_principal_name = without_id(object->user_principal_name, &object->id);
        return 0;
}

/* ------------------------------------------------------------------ facts */

#define FACTS_MAX 2000

static int entry_add_fact(InventoryEntry *entry, const char *name, const char *value)
{
        if (!value)
                return 0;
        if (!entry->facts) {
                entry->facts = arena_allocate(&entry->arena, FACTS_MAX * sizeof(*entry->facts));
                if (!entry->facts)
                        return -ENOMEM;
        }
        if (entry->n_facts == FACTS_MAX)
                return entry_complain(entry, "the object has more than 2000 domains or settings");

        entry->facts[entry->n_facts++] = (InventoryFact){ name, value };
        return 0;
}

/* A scalar as text; null is none. */
static int entry_add_scalar(InventoryEntry *entry, const char *name, json_object *value)
{
        if (!value || json_object_is_type(value, json_type_object) ||
            json_object_is_type(value, json_type_array))
                return 0;
        return entry_add_fact(entry, name, json_object_get_string(value));
}

static int entry_read_domain(InventoryEntry *entry, json_object *domain, const char *name)
{
        json_object *id = inventory_member(domain, name);
        json_object *authentication = inventory_member(domain, "authenticationType");
        int is_verified = value_truth(inventory_member(domain, "isVerified"));
        int is_initial = value_truth(inventory_member(domain, "isInitial"));
        int r = 0;

        if (!json_object_is_type(id, json_type_string))
                return entry_complain(entry, "a domain has no name");
        if (is_verified == 0) /* an organization lists verified ones only */
                return 0;

        r = entry_add_scalar(entry, "verified-domain", id);
        if (r >= 0 && is_initial > 0)
                r = entry_add_scalar(entry, "initial-domain", id);
        if (r >= 0 && json_object_is_type(authentication, json_type_string) &&
            strcasecmp(json_object_get_string(authentication), "Federated") == 0)
                r = entry_add_scalar(entry, "federated-domain", id);
        return r;
}

static int entry_read_organization(InventoryEntry *entry, const InventoryElement *element)
{
        json_object *domains = inventory_member(element->value, "verifiedDomains");
        json_object *quota = inventory_member(element->value, "directorySizeQuota");
        int r;

        if (domains && !json_object_is_type(domains, json_type_array))
                return entry_flattened(entry, element, "verifiedDomains");

        r = entry_add_fact(entry, "tenant-id", entry_string(element, "id"));
        if (r >= 0)
                r = entry_add_fact(entry, "tenant-name", entry_string(element, "displayName"));
        if (r >= 0)
                r = entry_add_fact(entry, "last-sync",
                                   entry_string(element, "onPremisesLastSyncDateTime"));
        if (r >= 0 && quota)
                r = entry_add_scalar(entry, "quota-used", inventory_member(quota, "used"));
        if (r >= 0 && quota)
                r = entry_add_scalar(entry, "quota-total", inventory_member(quota, "total"));
        for (size_t i = 0; domains && i < json_object_array_length(domains) && r >= 0; i++)
                r = entry_read_domain(entry, json_object_array_get_idx(domains, i), "name");
        return r;
}

/* The switches of the tenant that decide how it matches; the others are nobody's concern here. */
static const char *const features[] = {
        "blockCloudObjectTakeoverThroughHardMatchEnabled",
        "blockSoftMatchEnabled",
        "passwordSyncEnabled",
        "quarantineUponProxyAddressesConflictEnabled",
        "quarantineUponUpnConflictEnabled",
        "softMatchOnUpnEnabled",
        "synchronizeUpnForManagedUsersEnabled",
};

static int entry_read_synchronization(InventoryEntry *entry, const InventoryElement *element)
{
        json_object *settings = inventory_member(element->value, "features");
        json_object *prevention = inventory_member(
                inventory_member(element->value, "configuration"), "accidentalDeletionPrevention");
        int r = 0;

        if (!json_object_is_type(settings, json_type_object))
                return entry_flattened(entry, element, "features");

        for (size_t i = 0; i < ARRAY_SIZE(features) && r >= 0; i++) {
                int truth = value_truth(inventory_member(settings, features[i]));

                if (truth >= 0)
                        r = entry_add_fact(entry, features[i], truth > 0 ? "true" : "false");
        }
        if (r >= 0)
                r = entry_add_scalar(entry, "deletion-threshold",
                                     inventory_member(prevention, "alertThreshold"));
        return r;
}

/* ------------------------------------------------------------------ all */

bool inventory_part_has_objects(InventoryPart part)
{
        switch (part) {
        case INVENTORY_USERS:
        case INVENTORY_GROUPS:
        case INVENTORY_CONTACTS:
        case INVENTORY_DELETED_USERS:
        case INVENTORY_DELETED_GROUPS:
                return true;
        case INVENTORY_ORGANIZATION:
        case INVENTORY_DOMAINS:
        case INVENTORY_SYNCHRONIZATION:
        case INVENTORY_ROLES:
        case INVENTORY_ELIGIBLE_ROLES:
        case INVENTORY_PARTS:
                return false;
        }

        return false;
}

int inventory_entry_read(InventoryEntry *entry, InventoryPart part, const InventoryElement *element)
{
        arena_reset(&entry->arena);
        entry->part = part;
        entry->object = (InventoryObject){};
        entry->facts = NULL;
        entry->n_facts = 0;
        entry->principal = GUID_NULL;
        entry->reason = NULL;

        switch (part) {
        case INVENTORY_USERS:
        case INVENTORY_GROUPS:
        case INVENTORY_CONTACTS:
        case INVENTORY_DELETED_USERS:
        case INVENTORY_DELETED_GROUPS:
                return entry_read_object(entry, element);
        case INVENTORY_ORGANIZATION:
                return entry_read_organization(entry, element);
        case INVENTORY_DOMAINS:
                return entry_read_domain(entry, element->value, "id");
        case INVENTORY_SYNCHRONIZATION:
                return entry_read_synchronization(entry, element);
        case INVENTORY_ROLES:
        case INVENTORY_ELIGIBLE_ROLES:
                return entry_guid(entry, element, "principalId", &entry->principal);
        case INVENTORY_PARTS:
                break;
        }

        return -EINVAL;
}
