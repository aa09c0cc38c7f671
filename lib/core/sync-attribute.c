/* SPDX-License-Identifier: MIT */
#include "lib/core/sync-attribute.h"

#include <assert.h>
#include <strings.h>

#include "lib/core/text.h"

#define U (1U << KIND_USER | 1U << KIND_INETORGPERSON)
#define C (1U << KIND_CONTACT)
#define G (1U << KIND_GROUP)

/*
 * Kinds are the union of what that page lists by product. With a nickname only: the rule "In from AD - User Exchange" carries them,
 * and its scope asks for mailNickname. Limits here are rangeUpper of the schema, limits there those of Microsoft Graph's "user" and of
 * "Prepare for directory synchronization to Microsoft 365".
 */
static const char source[] =
        "Microsoft Entra Connect Sync: Attributes synchronized to Microsoft Entra ID; limits: "
        "Microsoft Graph: user resource type, and Prepare for directory synchronization to "
        "Microsoft 365";

#define EXTENSION(number, here)                                                                    \
        {                                                                                          \
                "extensionAttribute" number, U | C | G, 0, here, 1024, false, NULL                 \
        }

/* clang-format off */
static const SyncAttribute rows[] = {
        { "altRecipient", U, U, 0, 0, false, NULL },
        { "authOrig", U | C | G, U, 0, 0, false, NULL },
        { "c", U | C, 0, 3, 0, false, NULL },
        { "cn", U | G, 0, 64, 0, false, "Stands in for displayName where that is absent." },
        { "co", U | C, 0, 128, 128, false, NULL },
        { "company", U | C, 0, 64, 64, false, NULL },
        { "countryCode", U | C, 0, 0, 0, false, NULL },
        { "department", U | C, 0, 64, 64, false, NULL },
        { "description", U | C | G, 0, 1024, 448, true, NULL },
        { "displayName", U | C | G, 0, 256, 256, false, NULL },
        { "dLMemRejectPerms", U | C | G, U, 0, 0, false, NULL },
        { "dLMemSubmitPerms", U | C | G, U, 0, 0, false, NULL },
        { "employeeID", U, 0, 16, 16, false, NULL },
        EXTENSION("1", 1024), EXTENSION("10", 1024), EXTENSION("11", 2048), EXTENSION("12", 2048), EXTENSION("13", 2048),
        EXTENSION("14", 2048), EXTENSION("15", 2048), EXTENSION("2", 1024), EXTENSION("3", 1024), EXTENSION("4", 1024),
        EXTENSION("5", 1024), EXTENSION("6", 1024), EXTENSION("7", 1024), EXTENSION("8", 1024), EXTENSION("9", 1024),
        { "facsimileTelephoneNumber", U | C | G, 0, 64, 0, false, NULL },
        { "givenName", U | C, 0, 64, 64, false, NULL },
        { "groupType", G, 0, 0, 0, false, "Tells the cloud whether the group is security-enabled." },
        { "hideDLMembership", G, 0, 0, 0, false, NULL },
        { "homePhone", U | C, 0, 64, 0, false, NULL },
        { "info", U | C | G, 0, 1024, 448, true, "Groups: Exchange Online does not use it." },
        { "initials", U | C, 0, 6, 0, false, NULL },
        { "ipPhone", U | C, 0, 64, 0, false, NULL },
        { "l", U | C, 0, 128, 128, false, NULL },
        { "legacyExchangeDN", U | C | G, U, 0, 0, false, NULL },
        { "mail", U | C | G, 0, 256, 256, false, "Becomes the primary address where proxyAddresses holds no SMTP address." },
        { "mailNickname", U | C | G, 0, 64, 64, false, NULL },
        { "managedBy", G, 0, 0, 0, false, NULL },
        { "manager", U | C, 0, 0, 0, false, "A reference: the object it names must be in scope as well." },
        { "member", G, 0, 0, 0, false, "References: members out of scope are left out. Groups of 250,000 members and more do not sync." },
        { "middleName", U | C, 0, 64, 0, false, NULL },
        { "mobile", U | C, 0, 64, 64, false, "Ignored from then on where the cloud's value was changed there." },
        { "mS-DS-ConsistencyGuid", U, 0, 0, 0, false, "The source anchor, as set up by default; objectGUID where it is absent." },
        { "msDS-HABSeniorityIndex", U | C | G, 0, 0, 0, false, NULL },
        { "msDS-KeyCredentialLink", U, 0, 0, 0, false, NULL },
        { "msDS-PhoneticDisplayName", U | C | G, 0, 256, 0, false, NULL },
        { "msExchArchiveGUID", U, U, 0, 0, false, NULL },
        { "msExchArchiveName", U, U, 0, 0, false, NULL },
        { "msExchAssistantName", U | C, U, 256, 0, false, NULL },
        { "msExchAuditAdmin", U, U, 0, 0, false, NULL },
        { "msExchAuditDelegate", U, U, 0, 0, false, NULL },
        { "msExchAuditDelegateAdmin", U, U, 0, 0, false, NULL },
        { "msExchAuditOwner", U, U, 0, 0, false, NULL },
        { "msExchBlockedSendersHash", U | C, U, 0, 0, false, NULL },
        { "msExchBypassAudit", U, U, 0, 0, false, NULL },
        { "msExchBypassModerationLink", G, 0, 0, 0, false, NULL },
        { "msExchCoManagedByLink", G, 0, 0, 0, false, NULL },
        { "msExchDelegateListLink", U, U, 0, 0, false, NULL },
        { "msExchELCExpirySuspensionEnd", U, U, 0, 0, false, NULL },
        { "msExchELCExpirySuspensionStart", U, U, 0, 0, false, NULL },
        { "msExchELCMailboxFlags", U, U, 0, 0, false, NULL },
        { "msExchEnableModeration", U | G, U, 0, 0, false, NULL },
        { "msExchExtensionCustomAttribute1", U | C | G, U, 0, 0, false, "Exchange Online does not use it." },
        { "msExchExtensionCustomAttribute2", U | C | G, U, 0, 0, false, "Exchange Online does not use it." },
        { "msExchExtensionCustomAttribute3", U | C | G, U, 0, 0, false, "Exchange Online does not use it." },
        { "msExchExtensionCustomAttribute4", U | C | G, U, 0, 0, false, "Exchange Online does not use it." },
        { "msExchExtensionCustomAttribute5", U | C | G, U, 0, 0, false, "Exchange Online does not use it." },
        { "msExchHideFromAddressLists", U | C | G, U, 0, 0, false, NULL },
        { "msExchImmutableId", U, U, 0, 0, false, NULL },
        { "msExchLitigationHoldDate", U | C | G, U, 0, 0, false, NULL },
        { "msExchLitigationHoldOwner", U | C | G, U, 0, 0, false, NULL },
        { "msExchMailboxAuditEnable", U, U, 0, 0, false, NULL },
        { "msExchMailboxAuditLogAgeLimit", U, U, 0, 0, false, NULL },
        { "msExchMailboxGuid", U, U, 0, 0, false, "While it is there, a licence makes no mailbox in Exchange Online." },
        { "msExchModeratedByLink", U | C | G, U, 0, 0, false, NULL },
        { "msExchModerationFlags", U | C | G, U, 0, 0, false, NULL },
        { "msExchRecipientDisplayType", U | C | G, U, 0, 0, false, NULL },
        { "msExchRecipientTypeDetails", U | C | G, U, 0, 0, false, "Some types keep the object out altogether, with a nickname or without." },
        { "msExchRemoteRecipientType", U, U, 0, 0, false, NULL },
        { "msExchRequireAuthToSendTo", U | C | G, U, 0, 0, false, NULL },
        { "msExchResourceCapacity", U, U, 0, 0, false, "Exchange Online does not use it." },
        { "msExchResourceDisplay", U, U, 0, 0, false, NULL },
        { "msExchResourceMetaData", U, U, 0, 0, false, NULL },
        { "msExchResourceSearchProperties", U, U, 0, 0, false, NULL },
        { "msExchRetentionComment", U | C | G, U, 0, 0, false, NULL },
        { "msExchRetentionURL", U | C | G, U, 0, 0, false, NULL },
        { "msExchSafeRecipientsHash", U | C, U, 0, 0, false, NULL },
        { "msExchSafeSendersHash", U | C, U, 0, 0, false, NULL },
        { "msExchSenderHintTranslations", U | C | G, U, 0, 0, false, NULL },
        { "msExchTeamMailboxExpiration", U, U, 0, 0, false, NULL },
        { "msExchTeamMailboxOwners", U, U, 0, 0, false, NULL },
        { "msExchTeamMailboxSharePointLinkedBy", U, U, 0, 0, false, NULL },
        { "msExchTeamMailboxSharePointUrl", U, U, 0, 0, false, NULL },
        { "msExchUserHoldPolicies", U, U, 0, 0, false, NULL },
        { "msOrg-IsOrganizational", G, 0, 0, 0, false, NULL },
        { "msRTCSIP-ApplicationOptions", U, 0, 0, 0, false, NULL },
        { "msRTCSIP-DeploymentLocator", U | C, 0, 0, 0, false, NULL },
        { "msRTCSIP-Line", U | C, 0, 0, 0, false, NULL },
        { "msRTCSIP-OptionFlags", U | C, 0, 0, 0, false, NULL },
        { "msRTCSIP-OwnerUrn", U, 0, 0, 0, false, NULL },
        { "msRTCSIP-PrimaryUserAddress", U | C, 0, 0, 0, false, NULL },
        { "msRTCSIP-UserEnabled", U | C, 0, 0, 0, false, NULL },
        { "objectGUID", U | C | G, 0, 0, 0, false, "The source anchor of groups and contacts, and of users without another." },
        { "objectSid", U | G, 0, 0, 0, false, NULL },
        { "oOFReplyToOriginator", G, 0, 0, 0, false, NULL },
        { "otherFacsimileTelephoneNumber", U | C, 0, 64, 0, false, NULL },
        { "otherHomePhone", U | C, 0, 64, 0, false, NULL },
        { "otherIpPhone", U | C, 0, 0, 0, false, NULL },
        { "otherMobile", U | C, 0, 64, 0, false, NULL },
        { "otherPager", U | C, 0, 64, 0, false, NULL },
        { "otherTelephone", U | C, 0, 64, 0, false, NULL },
        { "pager", U | C, 0, 64, 0, false, NULL },
        { "physicalDeliveryOfficeName", U | C, 0, 128, 0, false, NULL },
        { "postalCode", U | C, 0, 40, 40, false, NULL },
        { "postOfficeBox", U | C, 0, 40, 448, true, NULL },
        { "preferredLanguage", U, 0, 0, 0, false, NULL },
        { "proxyAddresses", U | C | G, 0, 1123, 256, false, "Each value, its type included; about 300 values are safe." },
        { "publicDelegates", U | C | G, U, 0, 0, false, NULL },
        { "pwdLastSet", U, 0, 0, 0, false, NULL },
        { "reportToOriginator", G, 0, 0, 0, false, NULL },
        { "reportToOwner", G, 0, 0, 0, false, NULL },
        { "sAMAccountName", U | G, 0, 256, 20, false, "The cloud's limit is a user's, and counts only where the user principal name is not valid." },
        { "sn", U | C, 0, 64, 64, false, NULL },
        { "st", U | C, 0, 128, 128, false, NULL },
        { "streetAddress", U | C, 0, 1024, 1024, false, NULL },
        { "targetAddress", U | C, U, 1123, 256, false, NULL },
        { "telephoneAssistant", U | C, 0, 0, 0, false, NULL },
        { "telephoneNumber", U | C, 0, 64, 0, false, NULL },
        { "thumbnailPhoto", U | C, 0, 102400, 0, false, "Counts towards the size of the whole object." },
        { "title", U | C, 0, 128, 128, false, NULL },
        { "unauthOrig", U | C | G, U, 0, 0, false, NULL },
        { "url", U | C, 0, 0, 448, true, NULL },
        { "userAccountControl", U, 0, 0, 0, false, "Tells the cloud whether the account is enabled." },
        { "userCertificate", U | C, U, 32768, 0, false, "More than 15 values: none of them is exported." },
        { "userPrincipalName", U, 0, 1024, 113, false, "64 characters before the @ and 48 behind it." },
        { "userSMIMECertificate", U | C, U, 32768, 0, false, "More than 15 values: none of them is exported." },
        { "wWWHomePage", U | C, 0, 2048, 0, false, NULL },
};
/* clang-format on */

size_t sync_attribute_count(void)
{
        return ARRAY_SIZE(rows);
}

const SyncAttribute *sync_attribute_at(size_t index)
{
        assert(index < ARRAY_SIZE(rows));
        return &rows[index];
}

const SyncAttribute *sync_attribute_find(const char *name)
{
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                if (strcasecmp(rows[i].name, name) == 0)
                        return &rows[i];
        return NULL;
}

const char *sync_attribute_source(void)
{
        return source;
}

/* The connector trims what it reads, so a nickname of blanks is none. */
static bool has_nickname(const Object *object)
{
        const Value *nickname = object_value(object, ATTRIBUTE_MAIL_NICKNAME);

        return nickname && text_trim(nickname->data, nickname->size).size > 0;
}

const char *sync_attribute_obstacle(const Object *object, AttributeId attribute)
{
        const char *name = attribute_name(attribute);
        const SyncAttribute *row = name ? sync_attribute_find(name) : NULL;
        const Value *value = object_value(object, attribute);
        unsigned kind = kind_mask(object->kind);

        if (!row || !value)
                return NULL;
        if (!(row->kinds & kind))
                return "it does not sync for this kind of object";
        if (row->nickname_kinds & kind && !has_nickname(object))
                return "it flows only with mailNickname";
        if (row->is_cut && object->count[attribute] > 1)
                return "only the first value arrives";
        if (row->is_cut && text_length((Slice){ value->data, value->size }) > row->limit_there)
                return "it is cut by the connector";
        return NULL;
}
