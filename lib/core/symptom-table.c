/* SPDX-License-Identifier: MIT */

/* The errors that Entra Connect, its health report and the portals show, and which rules find their cause beforehand. */

#include "lib/core/symptom.h"

#include <assert.h>

#define ERRORS     "Understanding errors during Microsoft Entra synchronization"
#define RESILIENCY "Identity synchronization and duplicate attribute resiliency"
#define FEATURES   "Microsoft Entra Connect Sync service features"
#define DELETES    "Microsoft Entra Connect Sync: Prevent accidental deletes"
#define RULE_EXPORT                                                                                \
        "Synchronization rules of Entra Connect, as exported by its configuration documenter"

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define NONE      ((const char *const[]){ NULL })

/* What keeps a person out although nobody meant it. */
#define LEFT_OUT                                                                                   \
        "linked-mailbox", "exchange-system-recipient", "critical-system-object", "opted-out",      \
                "replication-conflict", "identifier-missing", "samaccountname-missing"

/* clang-format off */
static const Symptom rows[] = {

{ "AttributeValueMustBeUnique",
  LIST("another object with the same value", "unable to update this object because the following attributes",
       "the value is already in use", "may already be associated with another object", "duplicate attribute"),
  "Export of the connector, its mail, Connect Health (Duplicate Attribute)",
  "Another object in Entra ID has a value that must be unique: an address, mail, the user principal name, a SIP address, or the source "
  "anchor. The other may be synced as well, but also be a guest, a cloud-only or a deleted object.",
  LIST("smtp-address-not-unique", "mail-not-unique", "upn-not-unique", "sip-not-unique", "anchor-not-unique", "contact-shadows-user",
       "cloud-value-in-use"),
  "Decide who is to have the value and remove it from the other. If no finding names one, the other is in the cloud only: look for the "
  "value there, among guests and deleted users too (Get-MgUser -All -Property Id,ProxyAddresses,UserPrincipalName).",
  ERRORS ", AttributeValueMustBeUnique" },

{ "QuarantinedAttributeValueMustBeUnique",
  LIST("PropertyConflict", "onPremisesProvisioningErrors", "quarantined attribute", "duplicate attribute resiliency",
       "identity synchronization error report", "four digits"),
  "Portal, mail (once), onPremisesProvisioningErrors of Microsoft Graph; the connector shows nothing",
  "The object arrived, but without an address that another object has, or with four digits behind its user principal name and at the "
  "initial domain. Who was exported first keeps the value.",
  LIST("upn-not-unique", "smtp-address-not-unique", "cloud-value-in-use", "cloud-soft-match-conflict", "cloud-quarantined"),
  "Remove the value from the other holder. Within an hour the cloud gives it to this one by itself.",
  RESILIENCY },

{ "InvalidSoftMatch",
  LIST("soft match", "immutableId is already set"),
  "Export of the connector, Connect Health (Data Mismatch)",
  "The new object has the primary address or user principal name of an object in the cloud that belongs to another object of AD: its "
  "immutable id is another. Often two objects of AD share the address, or a user was made anew.",
  LIST("smtp-address-not-unique", "upn-not-unique", "deleted-and-recreated", "anchor-not-unique", "contact-shadows-user",
       "cloud-soft-match-conflict"),
  "If both are the same person, keep one object of AD, and give it the old mS-DS-ConsistencyGuid. If not, change the address of one.",
  ERRORS ", InvalidSoftMatch" },

{ "InvalidHardMatch",
  LIST("103", "hard match", "hard-match", "BlockCloudObjectTakeoverThroughHardMatch", "restore fails"),
  "Export of the connector",
  "The source anchor is that of a cloud object which the connector may not take over: the tenant blocks that, or the user holds a "
  "privileged role. Typical after synchronisation was switched off and on, or a user was left out and taken back.",
  LIST("anchor-not-unique", "anchor-changed", "anchor-invalid", "restored", "cloud-hard-match-blocked"),
  "Check that the anchor is the right one. To allow the take-over for a moment, switch BlockCloudObjectTakeoverThroughHardMatch off "
  "(Update-MgDirectoryOnPremiseSynchronization) and on again afterwards; take the privileged role away meanwhile.",
  ERRORS ", InvalidHardMatch; " FEATURES },

{ "AttributeUpdateNotAllowed",
  LIST("96"),
  "Export of the connector, since July 2026",
  "The anchor of a cloud user was to be changed to that of another object, which is refused.",
  LIST("anchor-changed", "anchor-not-unique"),
  "Put the old mS-DS-ConsistencyGuid back.",
  "Microsoft Entra Connect: When you already have Microsoft Entra ID, hard match" },

{ "ObjectTypeMismatch",
  LIST("object type mismatch", "different object type"),
  "Export of the connector, Connect Health (Data Mismatch)",
  "The address or user principal name is that of an object of another class: a user's against a group's or a contact's.",
  LIST("smtp-address-not-unique", "contact-shadows-user", "mail-not-unique", "cloud-type-mismatch"),
  "Remove the address from one of the two. Objects of two classes never match.",
  ERRORS ", ObjectTypeMismatch" },

{ "IdentityDataValidationFailed",
  LIST("DataValidationFailed", "data validation failure"),
  "Export of the connector, Connect Health (Data Validation Failure)",
  "The user principal name has a character or a form that Entra ID does not take.",
  LIST("upn-invalid", "upn-too-long", "samaccountname-invalid"),
  "Correct userPrincipalName.",
  ERRORS ", IdentityDataValidationFailed" },

{ "FederatedDomainChangeError",
  LIST("federated domain change"),
  "Export of the connector, Connect Health (Federated Domain Change)",
  "The user principal name went from one federated domain to another. Since March 2019 the change is usually taken.",
  LIST("upn-federated-change", "upn-changed"),
  "If it is refused: set the user principal name in the cloud to one at the initial domain (Update-MgUser -UserPrincipalName), let the "
  "connector run, and it becomes the new one.",
  ERRORS ", FederatedDomainChangeError; " FEATURES },

{ "LargeObject",
  LIST("ExceededAllowedLength", "large attribute", "exceeds the maximum allowed size"),
  "Export of the connector, Connect Health (Large Attribute)",
  "The object, or one of its attributes, is larger than Entra ID takes: too many certificates or addresses, a value that is too long. "
  "Nothing of the object is updated until that is repaired.",
  LIST("certificates-too-many", "object-too-large", "proxy-too-many", "proxy-too-long", "attribute-too-long", "target-address-invalid"),
  "Remove expired certificates and addresses that nobody needs; shorten the value.",
  ERRORS ", LargeObject or ExceededAllowedLength" },

{ "Existing Admin Role Conflict",
  LIST("ExistingAdminRoleConflict", "admin role conflict"),
  "Export of the connector",
  "The object would match a cloud-only user that holds an administrator's role, which is refused.",
  LIST("smtp-address-not-unique", "upn-not-unique", "cloud-admin-conflict"),
  "Take the role away from the cloud user, delete the quarantined object for good, let the connector run, and give the role back. "
  "Better: keep administrators in the cloud only, under names of their own.",
  ERRORS ", Existing Admin Role Conflict" },

{ "DeletingCloudOnlyObjectNotAllowed",
  LIST("114", "0x8023134a", "error type 114"),
  "Export of the connector",
  "The connector deletes an object that the cloud no longer takes for a synced one: it was restored from the cloud's recycle bin, or "
  "synchronisation had been switched off.",
  LIST("deleted", "restored", LEFT_OUT),
  "Bring the object back into scope, if it is to be synced. If it is to stay in the cloud alone, let a full synchronisation run "
  "(Start-ADSyncSyncCycle -PolicyType Initial); if it is to go, Remove-MgUser.",
  ERRORS ", DeletingCloudOnlyObjectNotAllowed" },

{ "dn-attributes-failure",
  NONE,
  "Import and export of the connector",
  "A reference, such as member or manager, names an object that failed itself or is left out. It goes away with the other's error.",
  LIST(LEFT_OUT, "group-not-mail-enabled", "contact-not-mail-enabled", "manager-out-of-scope"),
  "Repair the object that is referred to. The connector's own message names it.",
  "Microsoft Entra Connect: V2 endpoint API" },

{ "Maximum Group member count exceeded",
  LIST("group member limit", "group membership limit", "member count exceeded", "50,000 members", "250,000 members"),
  "Synchronisation rules of the connector",
  "A group has more direct members than the limit: 250,000, or 50,000 with old rules. A new one that large is left out without a word.",
  LIST("group-too-large"),
  "Split the group, or put members into groups that are members of it.",
  RULE_EXPORT ": In from AD - Group Common; Microsoft Entra Connect: V2 endpoint API" },

{ "SourceAnchor attribute has changed",
  LIST("source anchor has changed", "sourceAnchor has changed"),
  "Synchronisation rules of the connector",
  "mS-DS-ConsistencyGuid, or what else is the anchor, was changed or cleared, or the user was made anew.",
  LIST("anchor-changed", "deleted-and-recreated", "anchor-not-unique", "anchor-invalid"),
  "Put the old value back: it is the immutable id of the cloud user in base64, and scanctl history may have it.",
  RULE_EXPORT ": source anchor" },

{ "AccountName is not present",
  NONE,
  "Synchronisation rules of the connector",
  "The user has neither userPrincipalName nor sAMAccountName, as far as the connector's account may read.",
  LIST("samaccountname-missing", "upn-missing"),
  "Fill the attributes, or let the connector's account read them.",
  RULE_EXPORT ": In from AD - User AccountEnabled" },

{ "Error 016",
  LIST("016", "exceeded the number of objects", "object quota", "quota exceeded", "exceeded the directory object quota", "directory size quota", "DirectorySizeQuota"),
  "Mail of the cloud; synchronisation stops",
  "The tenant holds as many objects as it may: 50,000, or 300,000 once a domain is verified. Everything counts: devices, applications, "
  "and for 30 days a part of what was deleted.",
  LIST("quota"),
  "Delete what is not needed, leave OUs out, or ask Microsoft's support for a larger quota.",
  "KB2812409: You receive an error message that says this company has exceeded the number of objects that can be synchronized" },

{ "stopped-deletion-threshold-exceeded",
  LIST("116", "prevent accidental deletes", "accidental deletion", "deletion threshold", "the number of deletions exceeded",
       "deletions were not exported"),
  "Export of the connector, event 116, mail",
  "More objects were to be deleted in one run than the threshold (500) lets through, so none was. A renamed or unticked OU, or an "
  "attribute that newly leaves many out, counts as much as a deletion.",
  LIST("mass-deletion", "scope-ou-missing", "deleted", LEFT_OUT),
  "Find what they have in common. scanctl findings --since yesterday --class excluded tells what was newly left out. If it is meant: "
  "Disable-ADSyncExportDeletionThreshold, one cycle, Enable-ADSyncExportDeletionThreshold.",
  DELETES },

{ "stopped-error-limit",
  LIST("5000 errors", "5,000 errors", "error limit"),
  "Run profiles of the connector",
  "More than 5,000 errors in one run: it was stopped.",
  LIST("error-limit", "smtp-address-not-unique", "mail-not-unique", "upn-invalid", "attribute-too-long"),
  "scanctl findings --class fails tells which objects will fail; repair what many have in common first.",
  "Troubleshoot an object that is not synchronizing with Microsoft Entra ID" },

{ "Event 6941",
  LIST("6941", "export error"),
  "Event log of the connector's server (ADSync)",
  "An object was not exported. The event names the object and the error proper: ask for that too.",
  LIST("smtp-address-not-unique", "mail-not-unique", "upn-invalid", "sip-not-unique", "attribute-too-long", "contact-shadows-user",
       "anchor-not-unique"),
  "scanctl explain 'THE ERROR IN THE EVENT', or scanctl explain OBJECT.",
  "KB2647098: Duplicate or invalid attributes prevent directory synchronization" },

{ "permission-issue",
  LIST("8344", "insufficient access rights to perform the operation"),
  "Export of the connector to AD",
  "The connector's account may not write to an object of AD, such as mS-DS-ConsistencyGuid. Mostly an account with adminCount=1: "
  "AdminSDHolder takes inherited rights away from it.",
  LIST("write-back-blocked"),
  "If the account is an administrator no more, clear adminCount and switch inheritance on again. Otherwise give the right on "
  "AdminSDHolder: dsacls \"CN=AdminSDHolder,CN=System,DC=...\" /G \"DOMAIN\\MSOL_...:WP;mS-DS-ConsistencyGuid\"",
  "Microsoft Entra Connect: Configure AD DS connector account permissions" },

{ "The user ID is not found",
  LIST("user ID is not found", "couldn't find an account with that username", "AADSTS50034", "50034", "this username may be incorrect",
       "user account does not exist", "the user is not found", "user not found"),
  "Sign-in",
  "Entra ID knows nobody by that name: the user was left out, or arrived under another user principal name, such as one at the "
  "initial domain.",
  LIST("upn-unverified-domain", "upn-not-routable", "upn-missing", "upn-invalid", "upn-not-unique", "upn-changed", "deleted", LEFT_OUT),
  "scanctl explain USER tells whether the user arrives, and under which name.",
  "Microsoft Entra UserPrincipalName population" },

{ "target mailbox doesn't have an smtp proxy matching",
  LIST("doesn't have an smtp proxy matching", "does not have an smtp proxy matching"),
  "Move of a mailbox to Exchange Online",
  "The mail user in the cloud lacks an address at TENANT.mail.onmicrosoft.com, or holds one at a domain that is not verified.",
  LIST("remote-mailbox-broken", "proxy-unverified-domain", "proxy-reserved-suffix"),
  "Add smtp:ALIAS@TENANT.mail.onmicrosoft.com to proxyAddresses.",
  "Exchange hybrid: target mailbox doesn't have an smtp proxy matching" },

{ "This user's on-premises mailbox hasn't been migrated to Exchange Online",
  LIST("mailbox hasn't been migrated to Exchange Online", "on-premises mailbox hasn't been migrated"),
  "Admin centre, instead of a mailbox",
  "The user has msExchMailboxGuid, so that the cloud takes the mailbox for one that is on premises.",
  LIST("mailbox-guid-stale", "exchange-attributes-dropped"),
  "If there is no mailbox on premises, clear msExchMailboxGuid.",
  "Office 365: Users have both a cloud and on premises mailbox (Microsoft support blog, 2017)" },

{ "No synchronization in the last 24 hours",
  LIST("hasn't synced in the last 24 hours", "unhealthy identity synchronization notification", "directory synchronization has not occurred",
       "no sync in the last 24 hours", "no recent synchronization", "password hash synchronization heartbeat", "last sync was", "stopped-server-down",
       "Health service data is not up to date", "last directory sync"),
  "Mail of the cloud",
  "The connector has not run, or could not reach the cloud.",
  LIST("connector-silent", "connector-missing", "connector-account-abandoned", "quota", "mass-deletion", "error-limit"),
  "On its server: Get-ADSyncScheduler, and start the service ADSync. scanctl status tells whether scand itself is current.",
  "KB2882421: Directory synchronization to Microsoft Entra ID stops" },

{ "Replication access was denied",
  LIST("8453", "611", "password synchronization failed for domain", "password hash synchronization failed", "passwords do not reach the cloud"),
  "Event log of the connector's server, event 611",
  "The connector's account may not read password hashes: it lacks Replicating Directory Changes, or Replicating Directory Changes All.",
  LIST("password-hash-rights-missing", "connector-account-abandoned"),
  "Grant the account both rights on the domain, as scanctl explain password-hash-rights-missing says.",
  "Troubleshoot password hash synchronization with Microsoft Entra Connect Sync" },

{ "Connect Health error report",
  LIST("data mismatch", "Connect Health sync errors", "sync error report"),
  "Connect Health: the groups of its error report",
  "Connect Health sorts errors: a value that another object has (AttributeValueMustBeUnique), a match that is refused (InvalidSoftMatch, "
  "ObjectTypeMismatch), a user principal name that is not valid, one that went from one federated domain to another, and objects that "
  "are too large.",
  LIST("smtp-address-not-unique", "upn-not-unique", "mail-not-unique", "upn-invalid", "upn-federated-change", "attribute-too-long",
       "certificates-too-many"),
  "Open the error in the portal and ask for its own name, or for the object: scanctl explain OBJECT.",
  "Microsoft Entra Connect Health for sync, sync error report" },

{ "BlockSoftMatch",
  LIST("BlockSoftMatchEnabled", "soft match is blocked"),
  "Features of the tenant; the export then ends in InvalidSoftMatch",
  "The tenant lets no synced object take over a cloud-only one by its address or user principal name. New hybrid joined devices are "
  "refused for it too.",
  LIST("smtp-address-not-unique", "upn-not-unique"),
  "If the take-over is wanted, switch the feature off for one cycle (Update-MgDirectoryOnPremiseSynchronization).",
  FEATURES },

{ "The mobile phone does not change",
  LIST("DirSyncOverrides", "mobile is not updated", "otherMobile"),
  "An attribute in the cloud that no longer follows AD",
  "mobile was written in the cloud once. From then on the cloud's own value stands, and what AD says of mobile and otherMobile is "
  "ignored.",
  NONE,
  "To let AD decide again for everybody, switch the tenant's feature BypassDirSyncOverridesEnabled on "
  "(Update-MgDirectoryOnPremiseSynchronization); or keep the number in the cloud.",
  "Troubleshoot Microsoft Entra Connect objects and attributes, end to end; BypassDirSyncOverrides" },

{ "UPN changes do not arrive",
  LIST("SynchronizeUpnForManagedUsers", "user principal name is not updated", "UPN change not synced", "upn not updating"),
  "A user principal name in the cloud that no longer follows AD",
  "In older tenants changes of the user principal name of licensed users are ignored, without an error, until the feature "
  "SynchronizeUpnForManagedUsers is on.",
  LIST("upn-changed", "upn-federated-change"),
  "Switch the feature on (it cannot be switched off again), or rename the user in the cloud: Update-MgUser -UserPrincipalName.",
  FEATURES ", SynchronizeUpnForManagedUsers" },

{ "Pending Import + Add",
  LIST("pending import", "orphaned object", "object deletions aren't synchronized", "cannot manage or remove objects"),
  "Connector space of Entra ID",
  "The cloud holds a synced object that no object of AD in scope stands behind.",
  LIST("orphan-expected", "deleted", LEFT_OUT),
  "Bring the object back into scope; or let a full synchronisation run (Start-ADSyncSyncCycle -PolicyType Initial), and delete the "
  "cloud object (Remove-MgUser, Remove-MgGroup, Remove-MgContact).",
  "KB2709902: Object deletions aren't synchronized to Microsoft Entra ID" },
};
/* clang-format on */

size_t symptom_count(void)
{
        return ARRAY_SIZE(rows);
}

const Symptom *symptom_at(size_t index)
{
        assert(index < ARRAY_SIZE(rows));
        return &rows[index];
}
