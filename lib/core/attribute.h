/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The attributes scand knows: a number for the database, the LDAP name, and the syntax that decides how
 * Active Directory compares values. A new attribute gets a new number at the end of its block; a number
 * is never used again, because databases hold them (packed attributes, attribute lists).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How values compare, after the attributeSyntax of the schema ([MS-ADTS] 3.1.1.2.2.2). */
typedef enum AttributeSyntax {
        SYNTAX_STRING,  /* Unicode: case, diacritics, kana and width are ignored */
        SYNTAX_INTEGER, /* 32 and 64 bits alike: a decimal string, may be negative */
        SYNTAX_BOOLEAN, /* TRUE or FALSE */
        SYNTAX_OCTETS,  /* bytes, equal or not */
        SYNTAX_GUID,    /* 16 bytes */
        SYNTAX_SID,
        SYNTAX_DN,
        SYNTAX_TIME, /* YYYYMMDDhhmmss.0Z */
        SYNTAX_OID,  /* objectClass: names, case is ignored */
} AttributeSyntax;

/*      number, enum suffix, LDAP name, syntax */
#define ATTRIBUTE_TABLE(X)                                                                         \
        X(1, OBJECT_CLASS, "objectClass", SYNTAX_OID)                                              \
        X(2, OBJECT_GUID, "objectGUID", SYNTAX_GUID)                                               \
        X(3, PARENT_GUID, "parentGUID", SYNTAX_GUID)                                               \
        X(4, USN_CHANGED, "uSNChanged", SYNTAX_INTEGER)                                            \
        X(5, IS_DELETED, "isDeleted", SYNTAX_BOOLEAN)                                              \
        X(6, IS_RECYCLED, "isRecycled", SYNTAX_BOOLEAN)                                            \
        X(7, LAST_KNOWN_PARENT, "lastKnownParent", SYNTAX_DN)                                      \
        X(8, DISTINGUISHED_NAME, "distinguishedName", SYNTAX_DN)                                   \
        X(9, OBJECT_SID, "objectSid", SYNTAX_SID)                                                  \
        X(10, CN, "cn", SYNTAX_STRING)                                                             \
        X(11, DISPLAY_NAME, "displayName", SYNTAX_STRING)                                          \
        X(12, SAM_ACCOUNT_NAME, "sAMAccountName", SYNTAX_STRING)                                   \
        X(13, USER_PRINCIPAL_NAME, "userPrincipalName", SYNTAX_STRING)                             \
        X(14, MAIL, "mail", SYNTAX_STRING)                                                         \
        X(15, MAIL_NICKNAME, "mailNickname", SYNTAX_STRING)                                        \
        X(16, PROXY_ADDRESSES, "proxyAddresses", SYNTAX_STRING)                                    \
        X(17, TARGET_ADDRESS, "targetAddress", SYNTAX_STRING)                                      \
        X(18, USER_ACCOUNT_CONTROL, "userAccountControl", SYNTAX_INTEGER)                          \
        X(19, IS_CRITICAL_SYSTEM_OBJECT, "isCriticalSystemObject", SYNTAX_BOOLEAN)                 \
        X(20, ADMIN_DESCRIPTION, "adminDescription", SYNTAX_STRING)                                \
        X(21, MS_EXCH_RECIPIENT_TYPE_DETAILS, "msExchRecipientTypeDetails", SYNTAX_INTEGER)        \
        X(22, MS_EXCH_RECIPIENT_DISPLAY_TYPE, "msExchRecipientDisplayType", SYNTAX_INTEGER)        \
        X(23, MS_EXCH_HIDE_FROM_ADDRESS_LISTS, "msExchHideFromAddressLists", SYNTAX_BOOLEAN)       \
        X(24, MS_EXCH_MASTER_ACCOUNT_SID, "msExchMasterAccountSid", SYNTAX_SID)                    \
        X(25, MS_EXCH_MAILBOX_GUID, "msExchMailboxGuid", SYNTAX_GUID)                              \
        X(26, MS_EXCH_REMOTE_RECIPIENT_TYPE, "msExchRemoteRecipientType", SYNTAX_INTEGER)          \
        X(27, HOME_MDB, "homeMDB", SYNTAX_DN)                                                      \
        X(28, LEGACY_EXCHANGE_DN, "legacyExchangeDN", SYNTAX_STRING)                               \
        X(29, MS_RTCSIP_PRIMARY_USER_ADDRESS, "msRTCSIP-PrimaryUserAddress", SYNTAX_STRING)        \
        X(30, MS_RTCSIP_ORIGINATOR_SID, "msRTCSIP-OriginatorSid", SYNTAX_SID)                      \
        X(31, GROUP_TYPE, "groupType", SYNTAX_INTEGER)                                             \
        X(32, MS_DS_CONSISTENCY_GUID, "mS-DS-ConsistencyGuid", SYNTAX_OCTETS)                      \
        X(33, MS_DS_EXTERNAL_DIRECTORY_OBJECT_ID, "msDS-ExternalDirectoryObjectId", SYNTAX_STRING) \
        X(34, GIVEN_NAME, "givenName", SYNTAX_STRING)                                              \
        X(35, SN, "sn", SYNTAX_STRING)                                                             \
        X(36, TITLE, "title", SYNTAX_STRING)                                                       \
        X(37, DEPARTMENT, "department", SYNTAX_STRING)                                             \
        X(38, COMPANY, "company", SYNTAX_STRING)                                                   \
        X(39, L, "l", SYNTAX_STRING)                                                               \
        X(40, ST, "st", SYNTAX_STRING)                                                             \
        X(41, CO, "co", SYNTAX_STRING)                                                             \
        X(42, POSTAL_CODE, "postalCode", SYNTAX_STRING)                                            \
        X(43, STREET_ADDRESS, "streetAddress", SYNTAX_STRING)                                      \
        X(44, MOBILE, "mobile", SYNTAX_STRING)                                                     \
        X(45, TELEPHONE_NUMBER, "telephoneNumber", SYNTAX_STRING)                                  \
        X(46, DESCRIPTION, "description", SYNTAX_STRING)                                           \
        X(47, INFO, "info", SYNTAX_STRING)                                                         \
        X(48, URL, "url", SYNTAX_STRING)                                                           \
        X(49, POST_OFFICE_BOX, "postOfficeBox", SYNTAX_STRING)                                     \
        X(50, MANAGER, "manager", SYNTAX_DN)                                                       \
        X(51, ADMIN_COUNT, "adminCount", SYNTAX_INTEGER)                                           \
        X(52, PWD_LAST_SET, "pwdLastSet", SYNTAX_INTEGER)                                          \
        X(53, LAST_LOGON, "lastLogon", SYNTAX_INTEGER)                                             \
        X(54, LAST_LOGON_TIMESTAMP, "lastLogonTimestamp", SYNTAX_INTEGER)                          \
        X(55, WHEN_CREATED, "whenCreated", SYNTAX_TIME)                                            \
        X(56, WHEN_CHANGED, "whenChanged", SYNTAX_TIME)                                            \
        X(57, USER_CERTIFICATE, "userCertificate", SYNTAX_OCTETS)                                  \
        X(58, USER_SMIME_CERTIFICATE, "userSMIMECertificate", SYNTAX_OCTETS)                       \
        X(59, THUMBNAIL_PHOTO, "thumbnailPhoto", SYNTAX_OCTETS)                                    \
        X(60, PUBLIC_DELEGATES, "publicDelegates", SYNTAX_DN)                                      \
        X(61, AUTH_ORIG, "authOrig", SYNTAX_DN)                                                    \
        X(62, MEMBER, "member", SYNTAX_DN)                                                         \
        X(63, MEMBER_OF, "memberOf", SYNTAX_DN)                                                    \
        X(64, EMPLOYEE_ID, "employeeID", SYNTAX_STRING)                                            \
        X(65, EMPLOYEE_TYPE, "employeeType", SYNTAX_STRING)                                        \
        X(66, SERVICE_PRINCIPAL_NAME, "servicePrincipalName", SYNTAX_STRING)                       \
        X(67, PRIMARY_GROUP_ID, "primaryGroupID", SYNTAX_INTEGER)                                  \
        X(68, SAM_ACCOUNT_TYPE, "sAMAccountType", SYNTAX_INTEGER)                                  \
        X(69, OBJECT_CATEGORY, "objectCategory", SYNTAX_DN)                                        \
        X(70, NAME, "name", SYNTAX_STRING)                                                         \
        X(71, MS_DS_LAST_KNOWN_RDN, "msDS-LastKnownRDN", SYNTAX_STRING)                            \
        X(72, EXTENSION_ATTRIBUTE_1, "extensionAttribute1", SYNTAX_STRING)                         \
        X(73, EXTENSION_ATTRIBUTE_2, "extensionAttribute2", SYNTAX_STRING)                         \
        X(74, EXTENSION_ATTRIBUTE_3, "extensionAttribute3", SYNTAX_STRING)                         \
        X(75, EXTENSION_ATTRIBUTE_4, "extensionAttribute4", SYNTAX_STRING)                         \
        X(76, EXTENSION_ATTRIBUTE_5, "extensionAttribute5", SYNTAX_STRING)                         \
        X(77, EXTENSION_ATTRIBUTE_6, "extensionAttribute6", SYNTAX_STRING)                         \
        X(78, EXTENSION_ATTRIBUTE_7, "extensionAttribute7", SYNTAX_STRING)                         \
        X(79, EXTENSION_ATTRIBUTE_8, "extensionAttribute8", SYNTAX_STRING)                         \
        X(80, EXTENSION_ATTRIBUTE_9, "extensionAttribute9", SYNTAX_STRING)                         \
        X(81, EXTENSION_ATTRIBUTE_10, "extensionAttribute10", SYNTAX_STRING)                       \
        X(82, EXTENSION_ATTRIBUTE_11, "extensionAttribute11", SYNTAX_STRING)                       \
        X(83, EXTENSION_ATTRIBUTE_12, "extensionAttribute12", SYNTAX_STRING)                       \
        X(84, EXTENSION_ATTRIBUTE_13, "extensionAttribute13", SYNTAX_STRING)                       \
        X(85, EXTENSION_ATTRIBUTE_14, "extensionAttribute14", SYNTAX_STRING)                       \
        X(86, EXTENSION_ATTRIBUTE_15, "extensionAttribute15", SYNTAX_STRING)                       \
        X(87, NT_SECURITY_DESCRIPTOR, "nTSecurityDescriptor", SYNTAX_OCTETS)                       \
        X(88, REPL_PROPERTY_META_DATA, "replPropertyMetaData", SYNTAX_OCTETS)                      \
        /* never sent: what links lead to through any number of objects, as the in-chain rule asks for it (filter.h) */  \
        X(89, MEMBER_OF_CHAIN, "memberOf:1.2.840.113556.1.4.1941:", SYNTAX_DN)                   \
        X(90, MANAGER_CHAIN, "manager:1.2.840.113556.1.4.1941:", SYNTAX_DN)                       \
        X(91, DIRECT_REPORTS, "directReports", SYNTAX_DN)                                          \
        X(92, DIRECT_REPORTS_CHAIN, "directReports:1.2.840.113556.1.4.1941:", SYNTAX_DN)          \
        X(93, MEMBER_COUNT, "member;count", SYNTAX_INTEGER) /* how many were counted */           \
        /* never sent either: what the surveys of feed-survey.c found out */                        \
        X(94, USER_CERTIFICATE_COUNT, "userCertificate;count", SYNTAX_INTEGER)                     \
        X(95, USER_SMIME_CERTIFICATE_COUNT, "userSMIMECertificate;count", SYNTAX_INTEGER)          \
        X(96, WRITE_BACK_DENIED, "mS-DS-ConsistencyGuid;denied", SYNTAX_INTEGER)                   \
        X(97, MANAGER_FATE, "manager;fate", SYNTAX_INTEGER) /* ABSENT_… of facts.h */             \
        X(98, READ_DENIED, "nTSecurityDescriptor;denied", SYNTAX_INTEGER)                         \
        X(99, MEMBER_ABSENT, "member;absent", SYNTAX_INTEGER) /* 1: some do not arrive */         \
        /* what is read of the directory itself: rootDSE, NTDS Settings, configuration, schema */  \
        X(120, DS_SERVICE_NAME, "dsServiceName", SYNTAX_DN)                                        \
        X(121, DNS_HOST_NAME, "dnsHostName", SYNTAX_STRING)                                        \
        X(122, HIGHEST_COMMITTED_USN, "highestCommittedUSN", SYNTAX_INTEGER)                       \
        X(123, DEFAULT_NAMING_CONTEXT, "defaultNamingContext", SYNTAX_DN)                          \
        X(124, CONFIGURATION_NAMING_CONTEXT, "configurationNamingContext", SYNTAX_DN)              \
        X(125, SCHEMA_NAMING_CONTEXT, "schemaNamingContext", SYNTAX_DN)                            \
        X(126, SUPPORTED_CONTROL, "supportedControl", SYNTAX_OID)                                  \
        X(127, SUPPORTED_CAPABILITIES, "supportedCapabilities", SYNTAX_OID)                        \
        X(128, IS_SYNCHRONIZED, "isSynchronized", SYNTAX_BOOLEAN)                                  \
        X(129, CURRENT_TIME, "currentTime", SYNTAX_TIME)                                           \
        X(130, INVOCATION_ID, "invocationId", SYNTAX_GUID)                                         \
        X(131, MS_DS_IS_RODC, "msDS-isRODC", SYNTAX_BOOLEAN)                                       \
        X(132, REPL_UP_TO_DATE_VECTOR, "replUpToDateVector", SYNTAX_OCTETS)                        \
        X(133, TOMBSTONE_LIFETIME, "tombstoneLifetime", SYNTAX_INTEGER)                            \
        X(134, MS_DS_DELETED_OBJECT_LIFETIME, "msDS-DeletedObjectLifetime", SYNTAX_INTEGER)        \
        X(135, MS_DS_ENABLED_FEATURE, "msDS-EnabledFeature", SYNTAX_DN)                            \
        X(136, LDAP_DISPLAY_NAME, "lDAPDisplayName", SYNTAX_STRING)                                \
        X(137, SERVER_NAME, "serverName", SYNTAX_DN)                                               \
        X(138, NETLOGON, "netlogon", SYNTAX_OCTETS)                                                \
        X(139, KEYWORDS, "keywords", SYNTAX_STRING)                                                \
        X(140, TOKEN_GROUPS, "tokenGroups", SYNTAX_SID)                                            \
        X(141, LDAP_ADMIN_LIMITS, "lDAPAdminLimits", SYNTAX_STRING)

typedef enum AttributeId {
        ATTRIBUTE_NONE = 0,
#define ATTRIBUTE_ENUM(number, suffix, name, syntax) ATTRIBUTE_##suffix = number,
        ATTRIBUTE_TABLE(ATTRIBUTE_ENUM)
#undef ATTRIBUTE_ENUM
        ATTRIBUTE_MAX = 192, /* one above the largest number that a table may use */
} AttributeId;

/* NULL where the number belongs to no attribute, as a newer scand's database may have it. */
const char *attribute_name(AttributeId attribute);

AttributeSyntax attribute_syntax(AttributeId attribute);

/*
 * Finds an attribute by its LDAP name in any case; options (";binary", ";range=0-1499") must have been
 * cut off. ATTRIBUTE_NONE: not one of ours.
 */
AttributeId attribute_find(const char *name, size_t size);

/*
 * Who is linked with a certain object: no search of an object tells, because AD changes nothing of it when the link changes (a
 * group's member, a boss's boss). The domain controller is asked for all of them by the filter itself instead: see Membership of
 * config.h.
 */
bool attribute_is_link(AttributeId attribute);

/* What stands for "attribute:1.2.840.113556.1.4.1941:"; ATTRIBUTE_NONE: the in-chain rule is not evaluated for this one. */
AttributeId attribute_in_chain(AttributeId attribute);

/* A set of attributes. All bits clear is the empty set. */
typedef struct AttributeSet {
        uint64_t words[ATTRIBUTE_MAX / 64];
} AttributeSet;

static inline void attribute_set_add(AttributeSet *set, AttributeId attribute)
{
        set->words[attribute / 64] |= UINT64_C(1) << (attribute % 64);
}

static inline void attribute_set_remove(AttributeSet *set, AttributeId attribute)
{
        set->words[attribute / 64] &= ~(UINT64_C(1) << (attribute % 64));
}

static inline bool attribute_set_has(const AttributeSet *set, AttributeId attribute)
{
        return set->words[attribute / 64] >> (attribute % 64) & 1;
}

void attribute_set_remove_links(AttributeSet *set); /* see attribute_is_link() */

/* Adds all of another set. */
void attribute_set_union(AttributeSet *set, const AttributeSet *other);

/* Is each attribute of subset in set? */
bool attribute_set_contains(const AttributeSet *set, const AttributeSet *subset);
