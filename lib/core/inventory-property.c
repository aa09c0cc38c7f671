/* SPDX-License-Identifier: MIT */
#include "lib/core/inventory-property.h"

#include "lib/core/inventory-reader.h"
#include "lib/core/util.h"

static const InventoryProperty user_properties[] = {
        { "proxyAddresses", "conflicts of addresses" },
        { "onPremisesImmutableId", "which accounts belong together" },
        { "onPremisesSyncEnabled", "which accounts are synced" },
        { "userType", "which accounts are guests" },
        { "lastPasswordChangeDateTime", "whose password is an old one" },
};

static const InventoryProperty group_properties[] = {
        { "onPremisesSyncEnabled", "which groups are synced" },
        { "onPremisesSecurityIdentifier", "which groups belong together" },
        { "proxyAddresses", "conflicts of addresses" },
};

static const InventoryProperty contact_properties[] = {
        { "proxyAddresses", "conflicts of addresses" },
        { "onPremisesSyncEnabled", "which contacts are synced" },
};

static const InventoryProperty deleted_properties[] = {
        { "proxyAddresses", "conflicts of addresses" },
};

static const InventoryProperty organization_properties[] = {
        { "directorySizeQuota", "how much room is left (Graph's beta has it)" },
        { "onPremisesLastSyncDateTime", "when the connector was there last" },
};

static const struct {
        const InventoryProperty *list;
        size_t n;
} properties[INVENTORY_PARTS] = {
        [INVENTORY_USERS] = { user_properties, ARRAY_SIZE(user_properties) },
        [INVENTORY_GROUPS] = { group_properties, ARRAY_SIZE(group_properties) },
        [INVENTORY_CONTACTS] = { contact_properties, ARRAY_SIZE(contact_properties) },
        [INVENTORY_DELETED_USERS] = { deleted_properties, ARRAY_SIZE(deleted_properties) },
        [INVENTORY_DELETED_GROUPS] = { deleted_properties, ARRAY_SIZE(deleted_properties) },
        [INVENTORY_ORGANIZATION] = { organization_properties, ARRAY_SIZE(organization_properties) },
};

const InventoryProperty *inventory_properties(InventoryPart part, size_t *ret_n)
{
        *ret_n = properties[part].n;
        return properties[part].list;
}

unsigned inventory_properties_of(InventoryPart part, json_object *element)
{
        unsigned found = 0;

        for (size_t i = 0; i < properties[part].n; i++) {
                json_object *value = inventory_member(element, properties[part].list[i].name);
                bool is_empty = json_object_is_type(value, json_type_array) &&
                                json_object_array_length(value) == 0;

                if (value && !is_empty)
                        found |= 1U << i;
        }

        return found;
}

unsigned inventory_properties_named(InventoryPart part, json_object *element)
{
        unsigned found = 0;

        for (size_t i = 0; i < properties[part].n; i++)
                if (json_object_object_get_ex(element, properties[part].list[i].name, NULL))
                        found |= 1U << i;
        return found;
}
