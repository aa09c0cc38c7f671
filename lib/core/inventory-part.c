/* SPDX-License-Identifier: MIT */
#include "lib/core/inventory-part.h"

#include <errno.h>
#include <string.h>

#include "lib/core/inventory-reader.h"
#include "lib/core/text.h"
#include "lib/core/util.h"

/* clang-format off */
static const InventoryPartInfo parts[] = {
        [INVENTORY_USERS] = {
                .name = "users",
                .title = "users",
                .path = "users?$top=999&$select=id,displayName,userPrincipalName,mail,mailNickname,proxyAddresses,userType,"
                        "onPremisesImmutableId,onPremisesSyncEnabled,onPremisesSecurityIdentifier,onPremisesProvisioningErrors,"
                        "lastPasswordChangeDateTime,onPremisesObjectIdentifier",
                .permission = "User.Read.All",
                .needed_for = "whose names and addresses are taken, and which account another will take over",
                .is_beta = true,
        },
        [INVENTORY_GROUPS] = {
                .name = "groups",
                .title = "groups",
                .path = "groups?$top=999&$select=id,displayName,mail,mailNickname,mailEnabled,securityEnabled,groupTypes,"
                        "proxyAddresses,onPremisesSyncEnabled,onPremisesSecurityIdentifier,onPremisesProvisioningErrors",
                .permission = "Group.Read.All",
                .needed_for = "which addresses groups and teams of the cloud hold",
        },
        [INVENTORY_CONTACTS] = {
                .name = "contacts",
                .title = "contacts",
                .path = "contacts?$top=999&$select=id,displayName,mail,mailNickname,proxyAddresses,onPremisesSyncEnabled,"
                        "onPremisesProvisioningErrors",
                .permission = "OrgContact.Read.All",
                .needed_for = "which addresses contacts of the cloud hold",
        },
        [INVENTORY_DELETED_USERS] = {
                .name = "deleted-users",
                .title = "deleted users",
                .path = "directory/deletedItems/microsoft.graph.user?$top=999&$select=id,displayName,userPrincipalName,mail,"
                        "mailNickname,proxyAddresses,userType,onPremisesImmutableId,onPremisesSyncEnabled,deletedDateTime",
                .permission = "User.Read.All",
                .needed_for = "which addresses deleted users keep for 30 days",
        },
        [INVENTORY_DELETED_GROUPS] = {
                .name = "deleted-groups",
                .title = "deleted groups",
                .path = "directory/deletedItems/microsoft.graph.group?$top=999&$select=id,displayName,mail,mailNickname,"
                        "mailEnabled,securityEnabled,groupTypes,proxyAddresses,onPremisesSyncEnabled,deletedDateTime",
                .permission = "Group.Read.All",
                .needed_for = "which addresses deleted teams keep for 30 days",
        },
        [INVENTORY_ORGANIZATION] = {
                .name = "organization",
                .title = "organization",
                .path = "organization?$select=id,displayName,onPremisesSyncEnabled,onPremisesLastSyncDateTime,verifiedDomains,"
                        "directorySizeQuota",
                .permission = "Organization.Read.All",
                .needed_for = "when the connector was there last, and how much room is left",
                .is_beta = true,
        },
        [INVENTORY_DOMAINS] = {
                .name = "domains",
                .title = "domains",
                .path = "domains?$select=id,isVerified,isInitial,authenticationType",
                .permission = "Domain.Read.All",
                .needed_for = "which domains are verified, and which federated",
        },
        [INVENTORY_SYNCHRONIZATION] = {
                .name = "synchronization",
                .title = "settings of the synchronization",
                .path = "directory/onPremisesSynchronization",
                .permission = "OnPremDirectorySynchronization.Read.All",
                .needed_for = "whether matches are blocked and conflicts quarantined",
        },
        [INVENTORY_ROLES] = {
                .name = "roles",
                .title = "role assignments",
                .path = "roleManagement/directory/roleAssignments?$select=id,principalId,roleDefinitionId",
                .permission = "RoleManagement.Read.Directory",
                .needed_for = "which accounts nobody can take over, because they are administrators",
        },
        [INVENTORY_ELIGIBLE_ROLES] = {
                .name = "eligible-roles",
                .title = "eligible role assignments",
                .path = "roleManagement/directory/roleEligibilitySchedules?$select=id,principalId,roleDefinitionId,memberType",
                .permission = "RoleManagement.Read.Directory",
                .needed_for = "the same of those who may become administrators",
        },
};
/* clang-format on */

const InventoryPartInfo *inventory_part_info(InventoryPart part)
{
        return &parts[part];
}

int inventory_part_from_name(const char *name, InventoryPart *ret)
{
        for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
                if (strcmp(parts[i].name, name) == 0) {
                        *ret = (InventoryPart)i;
                        return 0;
                }

        return -EINVAL;
}

static bool has(json_object *object, const char *name)
{
        return inventory_member(object, name) != NULL;
}

/* Is the member there at all, though it may be null? PowerShell writes all that its class has. */
static bool names(json_object *object, const char *name)
{
        json_object_object_foreach(object, key, value)
        {
                (void)value;
                if (text_equals_nocase(SLICE(key), name))
                        return true;
        }

        return false;
}

/* The last parts of contexts tell more than the first: "#users" ends like "directory/deletedItems/microsoft.graph.user". */
static const struct {
        const char *needle;
        InventoryPart part;
} contexts[] = {
        { "microsoft.graph.user", INVENTORY_USERS },
        { "microsoft.graph.group", INVENTORY_GROUPS },
        { "microsoft.graph.orgContact", INVENTORY_CONTACTS },
        { "roleEligibilitySchedules", INVENTORY_ELIGIBLE_ROLES },
        { "roleAssignments", INVENTORY_ROLES },
        { "onPremisesSynchronization", INVENTORY_SYNCHRONIZATION },
        { "onPremisesDirectorySynchronization", INVENTORY_SYNCHRONIZATION },
        { "#organization", INVENTORY_ORGANIZATION },
        { "#domains", INVENTORY_DOMAINS },
        { "#contacts", INVENTORY_CONTACTS },
        { "#groups", INVENTORY_GROUPS },
        { "#users", INVENTORY_USERS },
};

static int recognise_context(const char *context, InventoryPart *ret)
{
        Slice text = SLICE(context);

        for (size_t i = 0; i < ARRAY_SIZE(contexts); i++)
                if (text_contains_nocase(text, contexts[i].needle)) {
                        *ret = contexts[i].part;
                        return 0;
                }

        return -EINVAL;
}

static int recognise_members(json_object *object, InventoryPart *ret)
{
        if (names(object, "userPrincipalName"))
                *ret = INVENTORY_USERS;
        else if (has(object, "verifiedDomains"))
                *ret = INVENTORY_ORGANIZATION;
        else if (has(object, "isInitial") || has(object, "authenticationType"))
                *ret = INVENTORY_DOMAINS;
        else if (has(object, "principalId"))
                *ret = names(object, "memberType") || names(object, "scheduleInfo")
                               ? INVENTORY_ELIGIBLE_ROLES
                               : INVENTORY_ROLES;
        else if (names(object, "groupTypes") || names(object, "securityEnabled"))
                *ret = INVENTORY_GROUPS;
        else if (has(object, "features"))
                *ret = INVENTORY_SYNCHRONIZATION;
        else if (names(object, "proxyAddresses") || names(object, "mail"))
                *ret = INVENTORY_CONTACTS;
        else
                return -EINVAL;

        return 0;
}

int inventory_part_recognise(json_object *object, const char *context, InventoryPart *ret)
{
        InventoryPart part;
        bool is_deleted =
                has(object, "deletedDateTime") || (context && strstr(context, "deletedItems"));

        if ((!context || recognise_context(context, &part) < 0) &&
            recognise_members(object, &part) < 0)
                return -EINVAL;

        if (is_deleted && part == INVENTORY_USERS)
                part = INVENTORY_DELETED_USERS;
        if (is_deleted && part == INVENTORY_GROUPS)
                part = INVENTORY_DELETED_GROUPS;
        *ret = part;
        return 0;
}
