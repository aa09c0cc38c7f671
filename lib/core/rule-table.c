/* SPDX-License-Identifier: MIT */

/*~
 * The product is in this file: what scand flags, how bad it is, how sure we are, where it is written, and what to do.
 *
 * A row is one rule. Class says what becomes of the object (excluded: never reaches Entra ID, and nobody is told; fails: the
 * export fails; altered: arrives with other values; directory: about the domain). A row with a filter and no check is decided
 * by the filter alone, and the filter pastes into ldapsearch. A row with a check is decided, or its severity and certainty
 * adjusted, by that function in rule-object.c, rule-proxy.c or rule-value.c; shared rows by rule-shared.c, among all who hold a value.
 *
 * Six principles hold for all rows:
 *
 *   Trimming.   proxyAddresses and mail are judged without white space at both ends, as the connector trims them; the user
 *               principal name as it stands.
 *   Case.       AD ignores it, the connector's functions may not: the exact case is certain, another is probable.
 *   Quiet.      .is_softened_when_quiet: a notice on what nobody signs in with (disabled, rooms, machine-made, service
 *               accounts). What collides is never quiet: uniqueness does not care who holds a value.
 *   Evidence.   .is_hardened_by_evidence: expected accounts are notices, but one that is enabled and has a primary SMTP
 *               address is a person being left out: an error.
 *   Folding.    What is so with thousands for one cause is one notice of their domain with their number: .fold says it.
 *   Assumption. What depends on a [tenant] option that is not set says which value was assumed, and is probable: .assumes names it. What
 *               the connector itself is set up with by default (LoginAttribute=, MemberLimit=, DeletionThreshold=) is no assumption.
 *
 * What is excluded for certain gets no other finding and takes nothing from anybody. To add a rule: a row here, a check if a
 * filter cannot say it, and a positive and a negative example in tests/rules.
 */

#include "lib/core/evaluate-internal.h"

#define ALL_USERS (1U << KIND_USER | 1U << KIND_INETORGPERSON)
#define CONTACTS  (1U << KIND_CONTACT)
#define GROUPS    (1U << KIND_GROUP)
#define ALL       (ALL_USERS | CONTACTS | GROUPS)
#define DOMAIN    (1U << KIND_CONTAINER) /* rules about the domain itself */

/* Computers and managed service accounts are users too, by class. */
#define IS_USER            "(objectClass=user)(!(objectClass=computer))"
#define IS_CONTACT         "(objectClass=contact)"
#define IS_GROUP           "(objectClass=group)"
#define IS_USER_OR_CONTACT "(|(objectClass=contact)(&(objectClass=user)(!(objectClass=computer))))"
#define IS_ANY                                                                                     \
        "(|(objectClass=user)(objectClass=contact)(objectClass=group))(!(objectClass=computer))"

/* The kinds are in .kinds already: what is evaluated leaves them out. */
#define FILTER(is_kind, condition)                                                                 \
        .filter = "(&" is_kind condition ")", .condition_filter = condition
#define LIST(...) ((const AttributeId[]){ __VA_ARGS__, ATTRIBUTE_NONE })

#define BIT_AND "1.2.840.113556.1.4.803"
#define BIT_OR  "1.2.840.113556.1.4.804"

/* Documents. Those of Microsoft are named as their pages are titled. */
#define DEFAULTS      "Microsoft Entra Connect Sync: Understanding the default configuration"
#define CONTACTS_PAGE "Microsoft Entra Connect Sync: Understanding Users, Groups, and Contacts"
#define RULE_EXPORT                                                                                \
        "Synchronization rules of Entra Connect, as exported by its configuration documenter"
#define OLD_TABLE                                                                                  \
        "KB2643629: One or more objects don't sync when using the Azure Active Directory Sync "    \
        "tool"
#define ERRORS     "Understanding errors during Microsoft Entra synchronization"
#define RESILIENCY "Identity synchronization and duplicate attribute resiliency"
#define PROXIES    "KB3190357: How the proxyAddresses attribute is populated in Microsoft Entra ID"
#define PREPARE    "Prepare for directory synchronization to Microsoft 365"
#define UPN_PAGE   "Microsoft Entra UserPrincipalName population"
#define DESIGN     "Microsoft Entra Connect: Design concepts"
#define GRAPH_USER "Microsoft Graph: user resource type"
#define FEATURES   "Microsoft Entra Connect Sync service features"
#define RECYCLING  "Microsoft Entra Connect Sync: Enable AD recycle bin"
#define DELETES    "Microsoft Entra Connect Sync: Prevent accidental deletes"
#define FILTERING  "Microsoft Entra Connect Sync: Configure filtering"
#define LIMITS     "Microsoft Entra service limits and restrictions"
#define RECOVER    "Recover from deletions in Microsoft Entra ID"

#define FIX_ADDRESS_HOLDERS                                                                        \
        "Decide who is to have the address, and remove it from every other holder that is named. " \
        "In the cloud, whoever was exported first keeps it."

static const AttributeLimit cloud_limits[] = {
        { ATTRIBUTE_DISPLAY_NAME, 256 },
        { ATTRIBUTE_GIVEN_NAME, 64 },
        { ATTRIBUTE_SN, 64 },
        { ATTRIBUTE_TITLE, 128 },
        { ATTRIBUTE_DEPARTMENT, 64 },
        { ATTRIBUTE_COMPANY, 64 },
        { ATTRIBUTE_L, 128 },
        { ATTRIBUTE_ST, 128 },
        { ATTRIBUTE_CO, 128 },
        { ATTRIBUTE_POSTAL_CODE, 40 },
        { ATTRIBUTE_STREET_ADDRESS, 1024 },
        { ATTRIBUTE_MOBILE, 64 },
        { ATTRIBUTE_NONE, 0 },
};

static const AttributeLimit connector_limits[] = {
        { ATTRIBUTE_DESCRIPTION, 448 },     { ATTRIBUTE_INFO, 448 }, { ATTRIBUTE_URL, 448 },
        { ATTRIBUTE_POST_OFFICE_BOX, 448 }, { ATTRIBUTE_NONE, 0 },
};

/* clang-format off */
const Rule rule_rows[] = {

/* ------------------------------------------------------------------ excluded: never reaches Entra ID, and nobody is told */

{ .id = "critical-system-object", RULE_EXCLUDED, SEVERITY_NOTICE, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_IS_CRITICAL_SYSTEM_OBJECT, .needs = ATTRIBUTE_IS_CRITICAL_SYSTEM_OBJECT,
  FILTER(IS_ANY, "(isCriticalSystemObject=*)"), .filter_is_exact = true,
  .check = check_critical_system_object,
  .title = "built-in object of Windows",
  .condition = "isCriticalSystemObject is present. Windows sets it to TRUE on built-in objects, which is expected. The connector "
               "looks for the attribute and not for its value, so FALSE, which Windows never sets, is an error: an ordinary "
               "object is left out.",
  .source = DEFAULTS ", users, contacts and groups: cloudFiltered",
  .advice = "Nothing for a built-in object; never change its attributes. To sync the members of a built-in group, make a new "
            "group with them and put it into the built-in one. Where the value is FALSE, clear the attribute." },

{ .id = "samaccountname-missing", RULE_EXCLUDED, SEVERITY_ERROR, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_SAM_ACCOUNT_NAME,
  FILTER(IS_USER, "(!(sAMAccountName=*))"), .filter_is_exact = true,
  .title = "user has no sAMAccountName",
  .condition = "A user or inetOrgPerson without sAMAccountName.",
  .source = DEFAULTS ", users: cloudFiltered",
  .advice = "Give the account a sAMAccountName. If AD shows one and scand does not, the account that scand uses may not read it." },

{ .id = "support-account", RULE_EXCLUDED, SEVERITY_NOTICE, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_SAM_ACCOUNT_NAME,
  FILTER(IS_USER, "(sAMAccountName=SUPPORT_388945a0)"), .filter_is_exact = true,
  .check = check_case, .text = "SUPPORT_388945a0",
  .title = "support account of old Windows versions",
  .condition = "sAMAccountName is SUPPORT_388945a0.",
  .source = DEFAULTS ", users: cloudFiltered",
  .advice = "Expected. The account can be deleted where no remote assistance of Windows XP or 2003 is in use." },

{ .id = "msol-account", RULE_EXCLUDED, SEVERITY_NOTICE, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_SAM_ACCOUNT_NAME, .is_hardened_by_evidence = true,
  FILTER(IS_USER, "(sAMAccountName=MSOL_*)"), .filter_is_exact = true,
  .check = check_case, .text = "MSOL_",
  .title = "account of the connector",
  .condition = "sAMAccountName begins with MSOL_, as the connector's own accounts do. An error where the account is enabled and "
               "has a primary SMTP address: then it is somebody's.",
  .source = DEFAULTS ", users: cloudFiltered",
  .advice = "Expected for the connector's account. Give a person's account a sAMAccountName that begins otherwise." },

{ .id = "aad-account", RULE_EXCLUDED, SEVERITY_NOTICE, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_SAM_ACCOUNT_NAME, .is_hardened_by_evidence = true,
  FILTER(IS_USER, "(sAMAccountName=AAD_*)"), .filter_is_exact = true,
  .check = check_case, .text = "AAD_",
  .title = "service account of the connector",
  .condition = "sAMAccountName begins with AAD_, as the account does under which the connector runs on a domain controller. An "
               "error where the account is enabled and has a primary SMTP address.",
  .source = DEFAULTS ", users: cloudFiltered",
  .advice = "Expected for the connector's account. Give a person's account a sAMAccountName that begins otherwise." },

{ .id = "cas-account", RULE_EXCLUDED, SEVERITY_NOTICE, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_SAM_ACCOUNT_NAME, .is_hardened_by_evidence = true,
  FILTER(IS_USER, "(sAMAccountName=CAS_*}*)"), .filter_is_exact = true,
  .check = check_case, .text = "CAS_",
  .title = "test account of an Exchange client access server",
  .condition = "sAMAccountName begins with CAS_ and contains a closing brace. An error where the account is enabled and has a "
               "primary SMTP address.",
  .source = DEFAULTS ", users: cloudFiltered",
  .advice = "Expected for Exchange's test account. Rename sAMAccountName where it is somebody's." },

{ .id = "cas-nickname", RULE_EXCLUDED, SEVERITY_NOTICE, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL_USERS | CONTACTS, .attribute = ATTRIBUTE_MAIL_NICKNAME, .is_hardened_by_evidence = true,
  FILTER(IS_USER_OR_CONTACT, "(mailNickname=CAS_*}*)"), .filter_is_exact = true,
  .check = check_case, .text = "CAS_",
  .title = "test mailbox of an Exchange client access server",
  .condition = "mailNickname begins with CAS_ and contains a closing brace. An error where the object is enabled and has a "
               "primary SMTP address.",
  .source = DEFAULTS ", users and contacts: cloudFiltered",
  .advice = "Expected for Exchange's test mailbox. Change mailNickname where it is somebody's." },

{ .id = "system-mailbox", RULE_EXCLUDED, SEVERITY_NOTICE, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_MAIL_NICKNAME, .is_hardened_by_evidence = true,
  FILTER(IS_USER, "(mailNickname=SystemMailbox*)"), .filter_is_exact = true,
  .check = check_case, .text = "SystemMailbox{",
  .title = "system mailbox of Exchange",
  .condition = "mailNickname begins with SystemMailbox{. Without the brace it is probable only: an older table says so, today's "
               "rule does not. An error where the account is enabled and has a primary SMTP address.",
  .source = DEFAULTS ", users: cloudFiltered; " OLD_TABLE,
  .advice = "Expected for Exchange's system mailboxes. Change mailNickname where it is somebody's." },

{ .id = "exchange-system-recipient", RULE_EXCLUDED, SEVERITY_NOTICE, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_MS_EXCH_RECIPIENT_TYPE_DETAILS, .is_hardened_by_evidence = true,
  .needs = ATTRIBUTE_MS_EXCH_RECIPIENT_TYPE_DETAILS,
  FILTER(IS_USER, "(msExchRecipientTypeDetails:" BIT_OR ":=566259712)"), .filter_is_exact = true,
  .title = "system recipient of Exchange",
  .condition = "msExchRecipientTypeDetails has a bit of the mask 0x21C07000: public folder, system attendant, system mailbox, "
               "Microsoft Exchange recipient, arbitration mailbox, mailbox plan or discovery mailbox. An error where the account "
               "is enabled and has a primary SMTP address.",
  .source = DEFAULTS ", users: cloudFiltered",
  .advice = "Expected for Exchange's own mailboxes. If it is a person's, the recipient type is wrong: disable and enable the "
            "mailbox in Exchange." },

{ .id = "linked-mailbox", RULE_EXCLUDED, SEVERITY_ERROR, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_MS_EXCH_RECIPIENT_TYPE_DETAILS,
  .needs = ATTRIBUTE_MS_EXCH_RECIPIENT_TYPE_DETAILS,
  .reads = LIST(ATTRIBUTE_MS_EXCH_MASTER_ACCOUNT_SID),
  FILTER(IS_USER, "(msExchRecipientTypeDetails=2)"),
  .check = check_linked_mailbox,
  .title = "linked mailbox without its account",
  .condition = "msExchRecipientTypeDetails is 2, and no account in scope has the SID that msExchMasterAccountSid names. The "
               "connector waits for that account and says nothing. A warning where the account is disabled, as linked mailboxes "
               "are; probable where not every forest has been read.",
  .source = DEFAULTS ", users: sourceAnchor; KB3066176",
  .advice = "If there is an account in another forest, bring it into the scope of the connector and of scand. If there is none, "
            "the type is a leftover: disconnect the mailbox and connect it to this account as a user mailbox "
            "(Set-User -LinkedMasterAccount $null)." },

{ .id = "opted-out", RULE_EXCLUDED, SEVERITY_NOTICE, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = 1U << KIND_USER | GROUPS, .attribute = ATTRIBUTE_ADMIN_DESCRIPTION, .needs = ATTRIBUTE_ADMIN_DESCRIPTION,
  .filter = "(|(&" IS_USER "(!(objectClass=inetOrgPerson))(adminDescription=User_*))(&" IS_GROUP "(adminDescription=Group_*)))",
  .condition_filter =
            "(|(&" IS_USER "(!(objectClass=inetOrgPerson))(adminDescription=User_*))(&" IS_GROUP "(adminDescription=Group_*)))",
  .filter_is_exact = true,
  .check = check_opted_out,
  .title = "left out on purpose",
  .condition = "adminDescription begins with User_ on a user, or with Group_ on a group: the connector's scope filter leaves such "
               "objects out, and administrators use that.",
  .source = RULE_EXPORT ": In from AD - User Join, Group Join",
  .advice = "Nothing if it is meant so. Clear adminDescription to let the object sync." },

{ .id = "replication-conflict", RULE_EXCLUDED, SEVERITY_ERROR, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_CN,
  .filter = "(&" IS_ANY "(cn=*\\0ACNF:*))", .filter_is_exact = true,
  .check = check_replication_conflict,
  .title = "replication conflict object",
  .condition = "The object's name holds a line feed and CNF:, the mark that AD gives to one of two objects that were created with "
               "the same name on two domain controllers at once.",
  .source = DEFAULTS ", users, contacts and groups: cloudFiltered",
  .advice = "Compare it with the object of the same name without the mark, keep what is right, and delete or rename the other." },

{ .id = "hidden-msol-contact", RULE_EXCLUDED, SEVERITY_NOTICE, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = CONTACTS, .attribute = ATTRIBUTE_DISPLAY_NAME, .needs = ATTRIBUTE_DISPLAY_NAME,
  FILTER(IS_CONTACT, "(&(displayName=*MSOL*)(msExchHideFromAddressLists=TRUE))"), .filter_is_exact = true,
  .check = check_hidden_msol_contact,
  .title = "hidden contact of an earlier synchronisation",
  .condition = "displayName contains (MSOL) and the contact is hidden from address lists. MSOL without the parentheses is probable "
               "only: an older table says so, today's rule does not.",
  .source = DEFAULTS ", contacts: cloudFiltered; " OLD_TABLE,
  .advice = "Expected. Take (MSOL) out of displayName, or unhide the contact, to let it sync." },

{ .id = "contact-not-mail-enabled", RULE_EXCLUDED, SEVERITY_NOTICE, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = CONTACTS, .attribute = ATTRIBUTE_MAIL,
  .reads = LIST(ATTRIBUTE_PROXY_ADDRESSES),
  FILTER(IS_CONTACT, "(!(mail=*@*))"),
  .check = check_not_mail_enabled,
  .title = "contact has no usable mail address",
  .condition = "Neither mail nor a \"SMTP:\" value of proxyAddresses contains an @. An error where another attribute (mailNickname, "
               "targetAddress, proxyAddresses, legacyExchangeDN, msExchRecipientDisplayType) shows that mail was meant to reach "
               "it. Probable where there is an address, but as \"smtp:\".",
  .source = DEFAULTS ", contacts: mailEnabled",
  .advice = "Set mail and proxyAddresses to the contact's address (SMTP:name@domain), best with Exchange's own tools: "
            "Enable-MailContact. A contact that is not for mail needs nothing." },

{ .id = "contact-without-mail", RULE_EXCLUDED, SEVERITY_WARNING, CERTAINTY_PROBABLE, BASIS_STATE,
  .kinds = CONTACTS, .attribute = ATTRIBUTE_MAIL, .needs = ATTRIBUTE_PROXY_ADDRESSES,
  FILTER(IS_CONTACT, "(&(!(mail=*))(proxyAddresses=SMTP:*@*))"),
  .check = check_contact_without_mail,
  .title = "contact has an SMTP address, but no mail",
  .condition = "There is a \"SMTP:\" address and no mail attribute. The connector joins contacts by mail, and a contact without "
               "any value to join by is not projected.",
  .source = DEFAULTS ", contacts: join rules",
  .advice = "Set mail to the primary address." },

{ .id = "group-not-mail-enabled", RULE_EXCLUDED, SEVERITY_WARNING, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = GROUPS, .attribute = ATTRIBUTE_MAIL, .needs = ATTRIBUTE_GROUP_TYPE,
  .reads = LIST(ATTRIBUTE_PROXY_ADDRESSES),
  FILTER(IS_GROUP, "(&(!(groupType:" BIT_AND ":=2147483648))(!(mail=*@*)))"),
  .check = check_not_mail_enabled,
  .title = "distribution group has no usable mail address",
  .condition = "A group that is not security-enabled, and neither mail nor a \"SMTP:\" value of proxyAddresses contains an @. An "
               "error where another attribute shows that mail was meant to reach it. Probable where there is an address, but as "
               "\"smtp:\".",
  .source = DEFAULTS ", groups: outbound scope",
  .advice = "Give the group an address (Enable-DistributionGroup), or make it a security group, which needs none." },

{ .id = "rich-coexistence-group", RULE_EXCLUDED, SEVERITY_NOTICE, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = GROUPS, .attribute = ATTRIBUTE_SAM_ACCOUNT_NAME,
  FILTER(IS_GROUP, "(sAMAccountName=MSOL_AD_Sync_RichCoexistence)"), .filter_is_exact = true,
  .check = check_case, .text = "MSOL_AD_Sync_RichCoexistence",
  .title = "group of the old DirSync",
  .condition = "sAMAccountName is MSOL_AD_Sync_RichCoexistence.",
  .source = DEFAULTS ", groups: cloudFiltered",
  .advice = "Expected. The group can be deleted when DirSync is gone." },

{ .id = "group-too-large", RULE_EXCLUDED, SEVERITY_ERROR, CERTAINTY_PROBABLE, BASIS_STATE,
  .kinds = GROUPS, .attribute = ATTRIBUTE_MEMBER, .uses = LIST(ATTRIBUTE_MEMBER), .is_on_demand = true,
  .check = check_group_too_large,
  .title = "group has more members than the connector takes",
  .condition = "The group has as many direct members as MemberLimit= says (250,000 where it is not set) or more. If Entra ID does not "
               "have the group so far, it is left out without a word; if it does, the export of its members fails as soon as there are "
               "more. Certain where the inventory of the cloud knows its groups. A warning above 50,000, where older connectors stop. Members by "
               "their primary group do not count.",
  .source = DEFAULTS ", groups: outbound scope; Microsoft Entra Connect Sync V2 endpoint API",
  .advice = "Split the group, and put the parts into it: members of nested groups are not counted. A connector on the old endpoint, with "
            "a limit of 50,000, can be moved to the new one (Set-ADSyncAADConnectorExportApiVersion 2, ...ImportApiVersion 2)." },

{ .id = "role-group", RULE_EXCLUDED, SEVERITY_NOTICE, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = GROUPS, .attribute = ATTRIBUTE_MS_EXCH_RECIPIENT_TYPE_DETAILS,
  .needs = ATTRIBUTE_MS_EXCH_RECIPIENT_TYPE_DETAILS,
  FILTER(IS_GROUP, "(msExchRecipientTypeDetails:" BIT_OR ":=1073741824)"), .filter_is_exact = true,
  .title = "role group of Exchange",
  .condition = "msExchRecipientTypeDetails has the bit 0x40000000.",
  .source = DEFAULTS ", groups: cloudFiltered",
  .advice = "Expected. Exchange Online has role groups of its own." },

{ .id = "master-account-not-unique", RULE_EXCLUDED, SEVERITY_ERROR, CERTAINTY_PROBABLE, BASIS_STATE,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_MS_EXCH_MASTER_ACCOUNT_SID, .is_shared = true, .uses = LIST(ATTRIBUTE_MS_RTCSIP_ORIGINATOR_SID),
  .title = "two mailboxes name one account",
  .condition = "Two objects name the same SID in msExchMasterAccountSid, or the same in msRTCSIP-OriginatorSid: the connector cannot "
               "tell which of them to join to the account. S-1-5-10 (self) does not count.",
  .source = RULE_EXPORT ": In from AD - User Join, join criteria",
  .advice = "Link the account to one of them (Set-User -LinkedMasterAccount), and clear the attribute of the other." },

{ .id = "contact-table-rows", RULE_EXCLUDED, SEVERITY_NOTICE, CERTAINTY_PROBABLE, BASIS_STATE,
  .kinds = CONTACTS, .attribute = ATTRIBUTE_DISPLAY_NAME,
  FILTER(IS_CONTACT, "(|(&(displayName=*MSOL*)(!(msExchHideFromAddressLists=TRUE)))"
                       "(&(!(displayName=*MSOL*))(msExchHideFromAddressLists=TRUE)))"), .filter_is_exact = true,
  .title = "contact that an older table would leave out",
  .condition = "displayName contains MSOL, or the contact is hidden from address lists. An older table lists the two without an "
               "\"and\"; today's rule needs both, so such a contact syncs.",
  .source = OLD_TABLE,
  .advice = "Nothing, unless a very old connector is in use." },

{ .id = "identifier-missing", RULE_EXCLUDED, SEVERITY_WARNING, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_NONE, .is_softened_when_quiet = true,
  .check = check_identifier_missing,
  .title = "user lacks the attribute that users are identified by",
  .condition = "LoginAttribute= or UserMatch= names an attribute that is absent here: the connector skips the user.",
  .source = "Custom installation of Microsoft Entra Connect: uniquely identifying users",
  .advice = "Fill the attribute, or correct LoginAttribute= and UserMatch= in scand.conf if the connector is set up otherwise." },

/* ------------------------------------------------------------------ addresses that are missing or wrong */

{ .id = "security-group-mail-dropped", RULE_ALTERED, SEVERITY_WARNING, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = GROUPS, .attribute = ATTRIBUTE_PROXY_ADDRESSES, .needs = ATTRIBUTE_GROUP_TYPE,
  FILTER(IS_GROUP, "(&(groupType:" BIT_AND ":=2147483648)(|(proxyAddresses=*)(mailNickname=*))(!(mail=*@*)))"),
  .check = check_security_group_mail_dropped,
  .title = "security group arrives without its addresses",
  .condition = "The group has mailNickname or proxyAddresses, but neither mail nor a \"SMTP:\" value with an @: it arrives as a "
               "security group that has no mail. A notice where only addresses of other types are left. Probable where there is "
               "an address, but as \"smtp:\".",
  .source = DEFAULTS ", groups: mailEnabled",
  .advice = "Set mail and a primary SMTP: address, or remove what is left of the others (Disable-DistributionGroup)." },

{ .id = "primary-smtp-missing", RULE_ALTERED, SEVERITY_WARNING, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_PROXY_ADDRESSES, .needs = ATTRIBUTE_PROXY_ADDRESSES,
  .check = check_primary_smtp_missing,
  .title = "no primary SMTP address",
  .condition = "proxyAddresses has smtp: addresses, but none that begins with SMTP: in capitals. Entra ID then makes another "
               "address the primary one, whatever mail says.",
  .source = PROXIES ", primary SMTP address",
  .advice = "Write the address that is to be the primary one with SMTP: in capitals." },

{ .id = "primary-smtp-several", RULE_ALTERED, SEVERITY_ERROR, CERTAINTY_PROBABLE, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_PROXY_ADDRESSES, .needs = ATTRIBUTE_PROXY_ADDRESSES,
  .check = check_primary_smtp_several,
  .title = "more than one primary SMTP address",
  .condition = "More than one value of proxyAddresses begins with SMTP: in capitals. AD keeps no order, so nobody can say which of "
               "them wins.",
  .source = PROXIES ", primary SMTP address",
  .advice = "Keep SMTP: in capitals on one of them and write smtp: on the others." },

{ .id = "mail-not-primary", RULE_ALTERED, SEVERITY_WARNING, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_MAIL, .is_softened_when_quiet = true,
  .needs = ATTRIBUTE_MAIL, .reads = LIST(ATTRIBUTE_PROXY_ADDRESSES),
  .check = check_mail_not_primary,
  .title = "mail is not the primary SMTP address",
  .condition = "mail differs from the primary SMTP: address. Entra ID takes the primary address and ignores mail.",
  .source = PROXIES ", mail attribute",
  .advice = "Make mail and the primary address the same." },

{ .id = "proxy-no-prefix", RULE_ALTERED, SEVERITY_WARNING, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_PROXY_ADDRESSES, .needs = ATTRIBUTE_PROXY_ADDRESSES,
  .check = check_proxy_no_prefix,
  .title = "address without a type",
  .condition = "A value of proxyAddresses has no type and colon in front: it is dropped without an error.",
  .source = PROXIES ", values that are discarded",
  .advice = "Write smtp: in front of it, or remove it." },

{ .id = "proxy-legacy-type", RULE_ALTERED, SEVERITY_NOTICE, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_PROXY_ADDRESSES, .needs = ATTRIBUTE_PROXY_ADDRESSES,
  .check = check_proxy_legacy_type,
  .title = "address of a type that the cloud drops",
  .condition = "The value's type is X400, MS, MSMAIL, CCMAIL, NOTES, GWISE or PROFS.",
  .source = PROXIES ", values that are discarded",
  .advice = "Nothing, unless somebody still needs it in the cloud. It can be removed when no old system is left." },

{ .id = "proxy-reserved-suffix", RULE_ALTERED, SEVERITY_WARNING, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_PROXY_ADDRESSES, .needs = ATTRIBUTE_PROXY_ADDRESSES,
  .check = check_proxy_reserved_suffix,
  .assumes = "InitialDomain= with the domain of the address",
  .title = "address at a domain that the cloud keeps for itself",
  .condition = "An SMTP address at NAME.onmicrosoft.com or below microsoftonline.com: it is dropped. A notice where Entra ID is "
               "likely to make the same address by itself. NAME.mail.onmicrosoft.com is not meant: that one must sync.",
  .source = PROXIES ", values that are discarded",
  .advice = "Remove the value. If it is the primary address, make one at a verified domain the primary one." },

{ .id = "proxy-unverified-domain", RULE_ALTERED, SEVERITY_WARNING, CERTAINTY_PROBABLE, BASIS_STATE,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_PROXY_ADDRESSES, .is_softened_when_quiet = true,
  .needs = ATTRIBUTE_PROXY_ADDRESSES,
  .check = check_proxy_unverified_domain, .fold = fold_unverified_addresses,
  .title = "address at a domain that is not verified",
  .condition = "The domain of an SMTP address is not among VerifiedDomain=, and it is not the targetAddress. With an Exchange Online "
               "licence such an address is dropped, and it blocks the move of a mailbox. Addresses that are not primary fold into one "
               "notice of the domain. Nothing is said where VerifiedDomain= is not set.",
  .source = PROXIES ", unverified domains",
  .advice = "Verify the domain in the tenant and add it to VerifiedDomain=, or remove the address; for many, remove the domain "
            "from the e-mail address policy." },

{ .id = "proxy-invalid", RULE_ALTERED, SEVERITY_WARNING, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_PROXY_ADDRESSES, .needs = ATTRIBUTE_PROXY_ADDRESSES,
  .check = check_proxy_invalid,
  .title = "SMTP address is not valid",
  .condition = "An SMTP address with a space, one of < > ( ) ; , [ ] \", a second colon, no or several @, an empty part, or a domain "
               "name that is none: it is dropped without an error. An error if it is the primary one; probable for letters with "
               "diacritics. Apostrophes and all other signs of RFC 5322 are fine.",
  .source = PROXIES ", values that are discarded; " PREPARE ", proxyAddresses",
  .advice = "Correct or remove the address." },

{ .id = "proxy-too-long", RULE_FAILS, SEVERITY_ERROR, CERTAINTY_PROBABLE, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_PROXY_ADDRESSES, .needs = ATTRIBUTE_PROXY_ADDRESSES,
  .check = check_proxy_too_long,
  .title = "address is too long",
  .condition = "A value of proxyAddresses has more than 256 characters, its type included.",
  .source = PREPARE ", proxyAddresses",
  .advice = "Shorten or remove the address." },

{ .id = "proxy-too-many", RULE_FAILS, SEVERITY_WARNING, CERTAINTY_PROBABLE, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_PROXY_ADDRESSES, .needs = ATTRIBUTE_PROXY_ADDRESSES,
  .check = check_proxy_too_many,
  .title = "very many addresses",
  .condition = "More than 300 values of proxyAddresses, which Microsoft names as safe; an error over 332, where the object is full "
               "with nothing else in it.",
  .source = ERRORS ", large object",
  .advice = "Remove addresses that nobody needs." },

{ .id = "target-address-invalid", RULE_FAILS, SEVERITY_WARNING, CERTAINTY_PROBABLE, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_TARGET_ADDRESS, .needs = ATTRIBUTE_TARGET_ADDRESS,
  .check = check_target_address_invalid,
  .title = "targetAddress is not valid",
  .condition = "An SMTP targetAddress that is no valid address, holds a backslash, or has more than 256 characters. On users only "
               "with mailNickname: without it the attribute does not flow.",
  .source = PREPARE ", targetAddress",
  .advice = "Correct targetAddress (Set-RemoteMailbox -RemoteRoutingAddress, Set-MailContact -ExternalEmailAddress)." },

{ .id = "mail-invalid", RULE_ALTERED, SEVERITY_ERROR, CERTAINTY_PROBABLE, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_MAIL, .needs = ATTRIBUTE_MAIL,
  .check = check_mail_invalid,
  .title = "mail is not a valid address",
  .condition = "mail is no valid SMTP address, has letters with diacritics, or more than 256 characters. A notice where there are SMTP "
               "addresses in proxyAddresses, because then mail is not used.",
  .source = PREPARE ", mail; " GRAPH_USER,
  .advice = "Correct mail, or clear it if there is no address." },

{ .id = "mailnickname-invalid", RULE_ALTERED, SEVERITY_WARNING, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_MAIL_NICKNAME, .needs = ATTRIBUTE_MAIL_NICKNAME,
  .check = check_mailnickname_invalid,
  .title = "mailNickname is not valid",
  .condition = "mailNickname begins with a dot or has more than 64 characters. Probable: it ends with a dot, holds two in a row, white "
               "space, one of @ ( ) \\ [ ] \" ; : < > , or anything beyond ASCII; such characters become underscores.",
  .source = PREPARE ", mailNickname; " GRAPH_USER,
  .advice = "Change mailNickname (the alias) to letters, digits, dots and hyphens." },

{ .id = "exchange-attributes-dropped", RULE_ALTERED, SEVERITY_NOTICE, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_MS_EXCH_HIDE_FROM_ADDRESS_LISTS,
  .reads = LIST(ATTRIBUTE_MAIL_NICKNAME),
  .uses = LIST(ATTRIBUTE_MS_EXCH_HIDE_FROM_ADDRESS_LISTS, ATTRIBUTE_TARGET_ADDRESS, ATTRIBUTE_MS_EXCH_MAILBOX_GUID,
               ATTRIBUTE_PUBLIC_DELEGATES, ATTRIBUTE_AUTH_ORIG),
  .check = check_exchange_attributes_dropped,
  .title = "Exchange attributes do not flow without mailNickname",
  .condition = "There is no mailNickname, but targetAddress, msExchMailboxGuid, publicDelegates, authOrig or certificates, which flow "
               "only with one. A warning where msExchHideFromAddressLists is TRUE: hidden here, visible in the cloud. mail, "
               "proxyAddresses and extensionAttribute1-15 flow anyway.",
  .source = DEFAULTS ", users: In from AD - User Exchange",
  .advice = "Set mailNickname, or clear what is left of Exchange. To hide a user without a mailbox in the cloud, set mailNickname." },

{ .id = "mailbox-guid-stale", RULE_ALTERED, SEVERITY_WARNING, CERTAINTY_PROBABLE, BASIS_STATE,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_MS_EXCH_MAILBOX_GUID, .needs = ATTRIBUTE_MS_EXCH_MAILBOX_GUID,
  FILTER(IS_USER, "(&(msExchMailboxGuid=*)(!(homeMDB=*)))"),
  .check = check_mailbox_guid_stale,
  .title = "GUID of a mailbox that is no longer here",
  .condition = "msExchMailboxGuid without homeMDB, and the recipient type is not that of a remote mailbox. Exchange Online takes the "
               "GUID for a mailbox that is still on premises: a licence gives no mailbox there.",
  .source = "Office 365: Users have both a cloud and on premises mailbox (Microsoft support blog, 2017)",
  .advice = "If the mailbox is in the cloud, make it a remote mailbox (Enable-RemoteMailbox). If it is gone, clear "
            "msExchMailboxGuid." },

{ .id = "remote-mailbox-broken", RULE_ALTERED, SEVERITY_WARNING, CERTAINTY_PROBABLE, BASIS_STATE,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_TARGET_ADDRESS, .needs = ATTRIBUTE_MS_EXCH_RECIPIENT_TYPE_DETAILS,
  .reads = LIST(ATTRIBUTE_TARGET_ADDRESS, ATTRIBUTE_PROXY_ADDRESSES),
  FILTER(IS_USER, "(msExchRecipientTypeDetails:" BIT_OR ":=62277025792)"),
  .check = check_remote_mailbox_broken,
  .assumes = "RoutingDomain= below the initial domain",
  .title = "remote mailbox that mail does not reach",
  .condition = "The recipient type is a remote mailbox (user, room, equipment or shared), but targetAddress is absent, not at "
               "RoutingDomain= (if that is not set: at the initial domain's mail.onmicrosoft.com), or not among its own "
               "proxyAddresses.",
  .source = "Exchange hybrid: target mailbox doesn't have an smtp proxy matching",
  .advice = "Set the remote routing address (Set-RemoteMailbox -RemoteRoutingAddress alias@TENANT.mail.onmicrosoft.com) and add "
            "it to proxyAddresses." },

/* ------------------------------------------------------------------ values that must be unique */

{ .id = "upn-not-unique", RULE_ALTERED, SEVERITY_ERROR, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_USER_PRINCIPAL_NAME, .is_shared = true,
  .assumes = "UserMatch=none",
  .title = "user principal name is not unique",
  .condition = "Two users in scope have the same user principal name (or what LoginAttribute= names; where it is absent, what the "
               "connector makes of sAMAccountName and the domain's name). The later one arrives with four digits added, at the "
               "initial domain. Probable where only AD takes the two for equal.",
  .source = RESILIENCY,
  .advice = "Give one of the users that are named another user principal name." },

{ .id = "smtp-address-not-unique", RULE_ALTERED, SEVERITY_ERROR, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_PROXY_ADDRESSES, .is_shared = true, .uses = LIST(ATTRIBUTE_MAIL, ATTRIBUTE_USER_PRINCIPAL_NAME),
  .assumes = "UserMatch=none",
  .title = "mail address is not unique",
  .condition = "Two objects in scope claim one address: as an SMTP address, as mail where there is no SMTP address, or as user "
               "principal name against one of these. The later one loses it without an error. Between a user and a group, or "
               "two groups, the export fails instead. A warning where one side is only the user principal name of an object "
               "without mail.",
  .source = RESILIENCY "; " ERRORS ", ObjectTypeMismatch",
  .advice = FIX_ADDRESS_HOLDERS },

{ .id = "mail-not-unique", RULE_FAILS, SEVERITY_ERROR, CERTAINTY_PROBABLE, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_MAIL, .is_shared = true, .uses = LIST(ATTRIBUTE_PROXY_ADDRESSES),
  .assumes = "UserMatch=none",
  .title = "mail is not unique",
  .condition = "Two objects in scope have the same mail, and smtp-address-not-unique does not name the pair already. A warning where "
               "both have other SMTP addresses.",
  .source = ERRORS ", AttributeValueMustBeUnique; " PREPARE ", mail",
  .advice = FIX_ADDRESS_HOLDERS },

{ .id = "contact-shadows-user", RULE_FAILS, SEVERITY_WARNING, CERTAINTY_PROBABLE, BASIS_STATE,
  .kinds = ALL_USERS | CONTACTS, .attribute = ATTRIBUTE_MAIL, .is_shared = true,
  .assumes = "UserMatch=none",
  .title = "contact and user share one mail address",
  .condition = "A contact and a user have the same mail, and UserMatch= is not mail. Whether they become one object, or the user "
               "fails to export, depends on which of them came first.",
  .source = CONTACTS_PAGE ", contacts",
  .advice = "Delete the contact if the user stands for the same person; give one of them another address if not." },

{ .id = "sip-not-unique", RULE_FAILS, SEVERITY_ERROR, CERTAINTY_PROBABLE, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_PROXY_ADDRESSES, .is_shared = true, .uses = LIST(ATTRIBUTE_MS_RTCSIP_PRIMARY_USER_ADDRESS),
  .title = "SIP address is not unique",
  .condition = "Two objects in scope have the same sip: address in proxyAddresses or msRTCSIP-PrimaryUserAddress.",
  .source = ERRORS ", AttributeValueMustBeUnique",
  .advice = "Remove the address from all but one of the holders that are named." },

{ .id = "x500-not-unique", RULE_ALTERED, SEVERITY_WARNING, CERTAINTY_PROBABLE, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_PROXY_ADDRESSES, .is_shared = true,
  .title = "X500 address is not unique",
  .condition = "Two objects in scope have the same X500: address. A warning between mailboxes of one forest: replies to old mails may "
               "reach the wrong one. Otherwise a notice.",
  .source = PROXIES "; " PREPARE ", proxyAddresses",
  .advice = "Keep the address where replies to old mails are to go, and remove it from the others." },

{ .id = "anchor-not-unique", RULE_FAILS, SEVERITY_ERROR, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_MS_DS_CONSISTENCY_GUID, .is_shared = true, .uses = LIST(ATTRIBUTE_OBJECT_GUID),
  .assumes = "SourceAnchor=mS-DS-ConsistencyGuid",
  .title = "two users have the same source anchor",
  .condition = "The anchors of two users are equal: mS-DS-ConsistencyGuid, or objectGUID where it is absent, or what SourceAnchor= "
               "names. Scripts and copied templates do that. Probable where the holders are in different forests and one is "
               "disabled, or SourceAnchor= is not set.",
  .source = DESIGN ", sourceAnchor",
  .advice = "Find out whose it is (it equals somebody's objectGUID, or the immutable id of one cloud user), and clear "
            "mS-DS-ConsistencyGuid of the other before the next cycle." },

{ .id = "mailnickname-not-unique", RULE_ALTERED, SEVERITY_NOTICE, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_MAIL_NICKNAME, .is_shared = true,
  .title = "mailNickname is not unique",
  .condition = "Two objects in scope have the same mailNickname. Both arrive; the later one gets four digits in its onmicrosoft.com "
               "address.",
  .source = PROXIES ", scenario 6",
  .advice = "Nothing, unless the onmicrosoft.com address matters." },

{ .id = "target-address-not-unique", RULE_ALTERED, SEVERITY_NOTICE, CERTAINTY_PROBABLE, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_TARGET_ADDRESS, .is_shared = true,
  .title = "targetAddress is not unique",
  .condition = "Two objects in scope forward to the same address.",
  .source = PREPARE ", targetAddress",
  .advice = "Often a contact and a mail user for one person: delete one of them." },

{ .id = "samaccountname-not-unique", RULE_FAILS, SEVERITY_WARNING, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL_USERS | GROUPS, .attribute = ATTRIBUTE_SAM_ACCOUNT_NAME,
  FILTER("(|(objectClass=user)(objectClass=group))(!(objectClass=computer))", "(sAMAccountName=$DUPLICATE-*)"),
  .title = "account was renamed by a collision",
  .condition = "sAMAccountName begins with $DUPLICATE-: two domain controllers took the same name at once, and AD renamed one of the "
               "two. Equal names in two domains are no finding.",
  .source = "Active Directory: Duplicate Object Name Resolution; " PREPARE ", sAMAccountName",
  .advice = "Find the account that kept the name, and delete or rename this one." },

/* ------------------------------------------------------------------ user principal names */

{ .id = "upn-missing", RULE_ALTERED, SEVERITY_WARNING, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_USER_PRINCIPAL_NAME, .is_softened_when_quiet = true,
  FILTER(IS_USER, "(!(userPrincipalName=*))"),
  .check = check_upn_missing,
  .assumes = "VerifiedDomain= without the AD domain",
  .title = "no user principal name",
  .condition = "userPrincipalName is absent: the connector makes it of sAMAccountName and the domain's DNS name, which Entra ID "
               "replaces if that domain is not verified. A notice where it is.",
  .source = RULE_EXPORT ": In from AD - User AccountEnabled; " UPN_PAGE,
  .advice = "Set userPrincipalName, best to the primary mail address." },

{ .id = "upn-invalid", RULE_FAILS, SEVERITY_ERROR, CERTAINTY_PROBABLE, BASIS_STATE,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_USER_PRINCIPAL_NAME, .is_softened_when_quiet = true,
  .needs = ATTRIBUTE_USER_PRINCIPAL_NAME,
  .check = check_upn_invalid,
  .title = "user principal name is not valid",
  .condition = "White space, control or invisible characters (altered, for certain: Entra ID makes up mailNickname@initial domain "
               "instead); or no or several @, @ first, a dot before the @, a character outside A-Z a-z 0-9 ' . - _ ! # ^ ~, or "
               "a domain name that is none. Apostrophes are allowed.",
  .source = PREPARE ", userPrincipalName; " UPN_PAGE,
  .advice = "Correct userPrincipalName." },

{ .id = "upn-too-long", RULE_FAILS, SEVERITY_ERROR, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_USER_PRINCIPAL_NAME, .needs = ATTRIBUTE_USER_PRINCIPAL_NAME,
  .check = check_upn_too_long,
  .title = "user principal name is too long",
  .condition = "More than 113 characters, 64 before the @ or 48 behind it.",
  .source = PREPARE ", userPrincipalName",
  .advice = "Shorten userPrincipalName." },

{ .id = "upn-not-routable", RULE_ALTERED, SEVERITY_ERROR, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_USER_PRINCIPAL_NAME, .is_softened_when_quiet = true,
  .needs = ATTRIBUTE_USER_PRINCIPAL_NAME,
  .check = check_upn_not_routable, .fold = fold_own_suffix,
  .title = "user principal name at a domain that is not on the Internet",
  .condition = "The suffix is not below any public suffix (corp.local, a single label): it cannot be verified, so Entra ID makes up "
               "mailNickname@initial domain. Where it is the AD domain's own name, all who have it fold into one notice of the domain.",
  .source = PREPARE ", userPrincipalName; " UPN_PAGE,
  .advice = "Add a routable UPN suffix to the forest, verify it in the tenant, and give it to the users; or set up alternate login "
            "ID (LoginAttribute=mail)." },

{ .id = "upn-unverified-domain", RULE_ALTERED, SEVERITY_ERROR, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_USER_PRINCIPAL_NAME, .is_softened_when_quiet = true,
  .needs = ATTRIBUTE_USER_PRINCIPAL_NAME,
  .check = check_upn_unverified_domain, .fold = fold_unverified_suffix,
  .title = "user principal name at a domain that is not verified",
  .condition = "The suffix is not among VerifiedDomain= and is not InitialDomain=: Entra ID makes up mailNickname@initial domain. "
               "Probable with a list written by hand, and for a domain below a verified one. Where it is the AD domain's own name, all "
               "who have it fold into one notice of the domain. Nothing is said where VerifiedDomain= is not set.",
  .source = UPN_PAGE,
  .advice = "Verify the domain in the tenant and add it to VerifiedDomain=, or give the user a name at a verified one." },

{ .id = "upn-changed", RULE_ALTERED, SEVERITY_NOTICE, CERTAINTY_PROBABLE, BASIS_TIME,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_USER_PRINCIPAL_NAME, .needs = ATTRIBUTE_USER_PRINCIPAL_NAME, .is_past = true,
  .check = check_upn_changed,
  .title = "user principal name has changed",
  .condition = "userPrincipalName was another one within the last seven days. Tenants in which SynchronizeUpnForManagedUsers is off "
               "ignore the change of a licensed user without a word. Closes after seven days, or when it is the old one again.",
  .source = FEATURES ", SynchronizeUpnForManagedUsers",
  .advice = "Nothing where the cloud shows the new name after the next cycle. Where it keeps the old one: Update-MgUser -UserId OLD "
            "-UserPrincipalName NEW" },

{ .id = "upn-federated-change", RULE_FAILS, SEVERITY_WARNING, CERTAINTY_PROBABLE, BASIS_TIME,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_USER_PRINCIPAL_NAME, .needs = ATTRIBUTE_USER_PRINCIPAL_NAME, .is_past = true,
  .check = check_upn_federated_change,
  .title = "user principal name has moved from one federated domain to another",
  .condition = "userPrincipalName changed within the last seven days, and the old and the new domain are different ones of "
               "FederatedDomain=. Nothing is said where that is not set.",
  .source = ERRORS ", FederatedDomainChangeError",
  .advice = "If the export fails, give the cloud user a name at the initial domain with Update-MgUser -UserPrincipalName, and let the "
            "connector set the new one." },

/* ------------------------------------------------------------------ other attributes */

{ .id = "samaccountname-invalid", RULE_FAILS, SEVERITY_WARNING, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_SAM_ACCOUNT_NAME,
  .needs = ATTRIBUTE_SAM_ACCOUNT_NAME, .reads = LIST(ATTRIBUTE_USER_PRINCIPAL_NAME),
  .check = check_samaccountname_invalid,
  .title = "neither sAMAccountName nor user principal name is valid",
  .condition = "sAMAccountName has more than 20 characters or one of \\ \" | , / [ ] : < > + = ; ? *, and the user principal name is "
               "absent or not valid either. With a valid user principal name the account is created.",
  .source = PREPARE ", sAMAccountName",
  .advice = "Correct the user principal name, or sAMAccountName." },

{ .id = "displayname-blank", RULE_ALTERED, SEVERITY_WARNING, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_DISPLAY_NAME, .needs = ATTRIBUTE_DISPLAY_NAME,
  .check = check_displayname_blank,
  .title = "display name is blank",
  .condition = "displayName is present, but all white space. Probable on groups and contacts.",
  .source = PREPARE ", displayName",
  .advice = "Fill displayName, or clear it: then cn is used." },

{ .id = "displayname-missing", RULE_ALTERED, SEVERITY_NOTICE, CERTAINTY_PROBABLE, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_DISPLAY_NAME,
  FILTER(IS_ANY, "(!(displayName=*))"),
  .check = check_displayname_missing,
  .title = "no display name",
  .condition = "displayName is absent on a person, so cn is used; a warning on a mail-enabled group or contact, which older filters "
               "left out. Accounts that nobody reads the name of are not named.",
  .source = RULE_EXPORT "; IdFix, Blank",
  .advice = "Fill displayName." },

{ .id = "attribute-too-long", RULE_FAILS, SEVERITY_ERROR, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_NONE, .limits = cloud_limits,
  .check = check_too_long,
  .title = "value is longer than the cloud takes",
  .condition = "displayName over 256 characters, givenName, sn, department, company or mobile over 64, title, l, st or co over 128, "
               "postalCode over 40, streetAddress over 1024.",
  .source = GRAPH_USER,
  .advice = "Shorten the value." },

{ .id = "value-truncated", RULE_ALTERED, SEVERITY_NOTICE, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_NONE, .limits = connector_limits,
  .check = check_truncated,
  .title = "value is cut by the connector",
  .condition = "description, info, url or postOfficeBox has more than 448 characters, or more than one value: the first is used, and "
               "cut.",
  .source = RULE_EXPORT ": In from AD - User Common",
  .advice = "Nothing, unless the whole text matters in the cloud." },

{ .id = "certificates-too-many", RULE_ALTERED, SEVERITY_WARNING, CERTAINTY_CERTAIN, BASIS_TIME,
  .kinds = ALL_USERS | CONTACTS, .attribute = ATTRIBUTE_USER_CERTIFICATE,
  .uses = LIST(ATTRIBUTE_USER_CERTIFICATE, ATTRIBUTE_USER_SMIME_CERTIFICATE), .is_on_demand = true,
  .check = check_certificates_too_many,
  .title = "more certificates than the connector exports",
  .condition = "More than 15 values of userCertificate or userSMIMECertificate on a contact, or on a user with mailNickname: none of "
               "them is exported. With ConnectorBuild= before 1.1.524 the export fails. Domain controllers are asked once a day.",
  .source = "Handling LargeObject errors caused by the userCertificate attribute",
  .advice = "Remove expired certificates, and those that only sign in or encrypt on premises." },

{ .id = "object-too-large", RULE_FAILS, SEVERITY_WARNING, CERTAINTY_PROBABLE, BASIS_TIME,
  .kinds = ALL, .attribute = ATTRIBUTE_PROXY_ADDRESSES, .needs = ATTRIBUTE_PROXY_ADDRESSES,
  .uses = LIST(ATTRIBUTE_USER_CERTIFICATE, ATTRIBUTE_USER_SMIME_CERTIFICATE), .is_on_demand = true,
  .check = check_object_too_large,
  .title = "object is large with all that it has",
  .condition = "proxyAddresses alone are within the 300 that Microsoft names as safe, but not together with the certificates: of an "
               "object that is full with 332 addresses, ten certificates and mailNickname take the place of three. A photo and "
               "licences weigh too; how much is not known here.",
  .source = ERRORS ", large object",
  .advice = "Remove expired certificates, and addresses that nobody needs." },

{ .id = "write-back-blocked", RULE_FAILS, SEVERITY_WARNING, CERTAINTY_PROBABLE, BASIS_TIME,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_MS_DS_CONSISTENCY_GUID, .uses = LIST(ATTRIBUTE_MS_DS_CONSISTENCY_GUID),
  .is_on_demand = true,
  .check = check_write_back_blocked,
  .assumes = "SourceAnchor=mS-DS-ConsistencyGuid",
  .title = "the connector may not write the anchor",
  .condition = "An account with adminCount=1 has no mS-DS-ConsistencyGuid, although most users have it, and by its descriptor the account "
               "with which the connector logged on last may not write it there: AdminSDHolder takes away what the domain grants. The "
               "connector's export to AD ends in permission-issue (8344). The object itself arrives. Looked at once a day.",
  .source = "Microsoft Entra Connect: Configure AD DS connector account permissions, mS-DS-ConsistencyGuid; "
            "Troubleshoot an object that is not synchronizing with Microsoft Entra ID: permission-issue",
  .advice = "If the account is not privileged any more, clear adminCount and let it inherit again. If it is, leave it out of the "
            "connector's scope, as Microsoft advises; or let the connector write to all such accounts, as a domain administrator: dsacls "
            "\"CN=AdminSDHolder,CN=System,DC=…\" /G \"ACCOUNT:WP;mS-DS-ConsistencyGuid\"" },

{ .id = "manager-out-of-scope", RULE_ALTERED, SEVERITY_NOTICE, CERTAINTY_PROBABLE, BASIS_TIME,
  .kinds = ALL_USERS | CONTACTS, .attribute = ATTRIBUTE_MANAGER, .uses = LIST(ATTRIBUTE_MANAGER), .is_on_demand = true,
  .check = check_manager_out_of_scope,
  .title = "its manager does not arrive",
  .condition = "manager names an object of the same domain that does not reach Entra ID: it is outside the OUs of the scope, left out by a "
               "filter, or excluded by a rule. In the cloud the object has no manager. Looked at once a day.",
  .source = "Microsoft Entra Connect Sync: Attributes synchronized to Microsoft Entra ID, references; " FILTERING,
  .advice = "Nothing, if the manager is not meant to be in the cloud. If so, see scanctl explain for the manager." },

{ .id = "members-out-of-scope", RULE_ALTERED, SEVERITY_NOTICE, CERTAINTY_PROBABLE, BASIS_TIME,
  .kinds = GROUPS, .attribute = ATTRIBUTE_MEMBER, .uses = LIST(ATTRIBUTE_MEMBER), .is_on_demand = true,
  .check = check_members_out_of_scope, .fold = fold_absent_members,
  .title = "groups have members who do not arrive",
  .condition = "member names objects of the same domain that do not reach Entra ID: they are outside the OUs of the scope, left out by a "
               "filter, or excluded by a rule. The group arrives without them. All such groups fold into one notice of the domain. Looked "
               "at once a day, for the first 5,000 such members.",
  .source = "Microsoft Entra Connect Sync: Attributes synchronized to Microsoft Entra ID, references; " FILTERING,
  .advice = "Nothing, if these members are not meant to be in the cloud. scanctl findings --unfolded --rule=members-out-of-scope lists the "
            "groups, and scanctl explain MEMBER tells why somebody does not arrive." },

{ .id = "white-space-trimmed", RULE_ALTERED, SEVERITY_NOTICE, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_NONE,
  .uses = LIST(ATTRIBUTE_MAIL, ATTRIBUTE_MAIL_NICKNAME, ATTRIBUTE_GIVEN_NAME, ATTRIBUTE_SN, ATTRIBUTE_TITLE,
               ATTRIBUTE_DEPARTMENT, ATTRIBUTE_COMPANY, ATTRIBUTE_L, ATTRIBUTE_ST, ATTRIBUTE_CO, ATTRIBUTE_POSTAL_CODE,
               ATTRIBUTE_STREET_ADDRESS, ATTRIBUTE_MOBILE, ATTRIBUTE_TARGET_ADDRESS, ATTRIBUTE_PROXY_ADDRESSES),
  .check = check_white_space_trimmed,
  .title = "value changes when the connector trims it",
  .condition = "The connector cuts white space off at both ends, and then nothing is left of a value, or two values of proxyAddresses "
               "are the same.",
  .source = RULE_EXPORT ": Trim()",
  .advice = "Clear the value." },

{ .id = "anchor-invalid", RULE_FAILS, SEVERITY_ERROR, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_MS_DS_CONSISTENCY_GUID,
  .check = check_anchor_invalid,
  .title = "source anchor is not valid",
  .condition = "SourceAnchor= names a text attribute, and its value counts as 60 characters or more (what is no letter or digit counts "
               "three), or holds one of \\ ! # $ % & * + / = ? ^ ` { } | ~ < > ( ) ' ; : , [ ] \" @ _.",
  .source = DESIGN ", sourceAnchor",
  .advice = "Correct the value before the object is exported for the first time: afterwards an anchor cannot be changed." },

{ .id = "anchor-changed", RULE_FAILS, SEVERITY_ERROR, CERTAINTY_CERTAIN, BASIS_HISTORY,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_MS_DS_CONSISTENCY_GUID, .is_past = true,
  .check = check_anchor_changed,
  .assumes = "SourceAnchor=mS-DS-ConsistencyGuid",
  .title = "source anchor has changed",
  .condition = "What the connector knows the object by in the cloud is another value than before: every export of the object fails. "
               "The connector's own first write, where mS-DS-ConsistencyGuid becomes the objectGUID, is no change. A warning, and "
               "probable, where the object was so new that it may not have been exported; probable where SourceAnchor= is not set.",
  .source = ERRORS ", SourceAnchor attribute has changed; " DESIGN ", sourceAnchor",
  .advice = "Put the old value back. An anchor can be changed in the cloud only, with Update-MgUser -OnPremisesImmutableId, on a user "
            "that is not synchronised at that time." },

/* ------------------------------------------------------------------ deletion and return */

{ .id = "deleted", RULE_DIRECTORY, SEVERITY_NOTICE, CERTAINTY_CERTAIN, BASIS_TIME,
  .kinds = ALL, .attribute = ATTRIBUTE_IS_DELETED, .is_past = true,
  .check = check_deleted,
  .title = "object was deleted",
  .condition = "An object that was in scope was deleted within the last thirty days. The next cycle deletes it in the cloud, which "
               "keeps a deleted user for thirty days, a group or contact not at all.",
  .source = RECOVER ", soft deletion; " RECYCLING,
  .advice = "Nothing if it is meant so. To get it back: Restore-ADObject, while AD still has it." },

{ .id = "deleted-and-recreated", RULE_ALTERED, SEVERITY_ERROR, CERTAINTY_PROBABLE, BASIS_TIME,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_USER_PRINCIPAL_NAME, .is_shared = true,
  .title = "user was deleted and created again",
  .condition = "A new account has the user principal name or the primary address of a user that was deleted less than thirty days "
               "ago, and another source anchor: it arrives as another user, without the mailbox and the files of the old one. Until "
               "the connector has exported the deletion, its export fails.",
  .source = RECYCLING "; " ERRORS ", InvalidSoftMatch",
  .advice = "If it is the same person, restore the old account instead, or give the new one the old anchor before it is exported." },

{ .id = "restored", RULE_DIRECTORY, SEVERITY_NOTICE, CERTAINTY_CERTAIN, BASIS_TIME,
  .kinds = ALL, .attribute = ATTRIBUTE_IS_DELETED, .is_past = true,
  .check = check_restored,
  .title = "object was restored",
  .condition = "A deleted object came back with its objectGUID within the last seven days: what the cloud kept of it comes back with "
               "it. A warning, for thirty days, where it lost attributes on the way, as it does without AD's recycle bin.",
  .source = RECYCLING,
  .advice = "Compare it with what it was (scanctl show), and fill in what is missing." },

{ .id = "mass-deletion", RULE_DIRECTORY, SEVERITY_ERROR, CERTAINTY_CERTAIN, BASIS_TIME,
  .kinds = DOMAIN, .attribute = ATTRIBUTE_NONE,
  .check = check_mass_deletion,
  .title = "many objects leave the cloud at once",
  .condition = "Within half an hour, DeletionThreshold= (500) objects or more were deleted or left the scope: the connector stops and "
               "exports no deletion at all. A warning from half of that, and where it is a day's sum. Names the OU or the rule where "
               "one explains four fifths.",
  .source = DELETES "; " FILTERING,
  .advice = "If it is a mistake, undo it before the next cycle: restore the objects, or put the OU back under its name. If it is "
            "meant so, raise the threshold for one run: Disable-ADSyncExportDeletionThreshold, then Enable-ADSyncExportDeletionThreshold." },

{ .id = "recycle-bin-disabled", RULE_DIRECTORY, SEVERITY_WARNING, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = DOMAIN, .attribute = ATTRIBUTE_MS_DS_ENABLED_FEATURE,
  .check = check_recycle_bin_disabled,
  .title = "the forest's recycle bin is not enabled",
  .condition = "msDS-EnabledFeature of CN=Partitions does not name the Recycle Bin Feature: what is deleted comes back without mail, "
               "addresses, user principal name and memberships, and the cloud follows.",
  .source = RECYCLING,
  .advice = "Enable-ADOptionalFeature 'Recycle Bin Feature' -Scope ForestOrConfigurationSet -Target FOREST. It cannot be turned "
            "off again." },

{ .id = "tombstones-unreadable", RULE_DIRECTORY, SEVERITY_WARNING, CERTAINTY_CERTAIN, BASIS_HISTORY,
  .kinds = DOMAIN, .attribute = ATTRIBUTE_NONE,
  .check = check_tombstones_unreadable,
  .title = "deletions cannot be seen",
  .condition = "The account that scand uses may not list CN=Deleted Objects: what is deleted is found missing only when everything "
               "is read again.",
  .source = "KB892806: How to let non-administrators view the Active Directory deleted objects container",
  .advice = "As a domain administrator, once: dsacls \"CN=Deleted Objects,DC=…\" /takeownership; dsacls \"CN=Deleted "
            "Objects,DC=…\" /g ACCOUNT:LCRP" },

{ .id = "scope-ou-missing", RULE_EXCLUDED, SEVERITY_ERROR, CERTAINTY_CERTAIN, BASIS_HISTORY,
  .kinds = DOMAIN, .attribute = ATTRIBUTE_NONE,
  .check = check_scope_ou_missing,
  .title = "an OU of the scope is not there",
  .condition = "IncludeOU= or ExcludeOU= names a container that does not exist, or that was renamed or moved since scand knew it. Where "
               "the connector's own list is the same, the objects below it leave the cloud at the next full import.",
  .source = FILTERING ", organizational unit-based filtering",
  .advice = "Put the OU back under its name, or select it anew in the connector and in scand.conf." },

{ .id = "not-readable", RULE_EXCLUDED, SEVERITY_WARNING, CERTAINTY_PROBABLE, BASIS_TIME,
  .kinds = ALL | DOMAIN, .attribute = ATTRIBUTE_NONE, .is_on_demand = true,
  .check = check_not_readable,
  .title = "the connector may not read an OU or an object",
  .condition = "By the descriptor of an OU in scope the account with which the connector logged on last, or a group that it is in, is "
               "denied to list or to read, or nobody grants it: not to the account, its groups, Authenticated Users, or Everyone. What "
               "is below does not arrive, without a word. Blocked inheritance alone is none. Of single objects those with adminCount=1 are looked "
               "at, which inherit nothing: to know it of all others, every descriptor of the domain would have to be read. Once a day.",
  .source = "Troubleshoot an object that is not synchronizing with Microsoft Entra ID: connector space, permissions",
  .advice = "Let the account read what is in the OU, or leave the OU out in the connector and in scand.conf." },

{ .id = "foreign-members-lost", RULE_ALTERED, SEVERITY_WARNING, CERTAINTY_PROBABLE, BASIS_TIME,
  .kinds = DOMAIN, .attribute = ATTRIBUTE_NONE,
  .check = check_foreign_members_lost,
  .title = "groups lose their members from other domains",
  .condition = "Groups in scope have members from another domain that scand follows, and CN=ForeignSecurityPrincipals, where the objects "
               "are that stand for them here, is not in scope. Then the groups arrive without these members, and nobody is told. Looked "
               "at once a day.",
  .source = CONTACTS_PAGE ": foreign security principals; " FILTERING ", organizational unit-based filtering",
  .advice = "Select CN=ForeignSecurityPrincipals in the connector, and write it as IncludeOU= in scand.conf." },

{ .id = "health-mailboxes-in-scope", RULE_EXCLUDED, SEVERITY_NOTICE, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = DOMAIN, .attribute = ATTRIBUTE_NONE,
  .check = check_health_mailboxes_in_scope,
  .title = "Exchange's monitoring mailboxes sync",
  .condition = "Accounts below CN=Monitoring Mailboxes are in scope. The connector's own rules leave out Exchange's other system "
               "mailboxes, but not these: they arrive as users, and each update of Exchange makes new ones.",
  .source = DEFAULTS ", users: cloudFiltered",
  .advice = "Leave out CN=Monitoring Mailboxes,CN=Microsoft Exchange System Objects in the connector, and write it as ExcludeOU= in "
            "scand.conf." },

/* ------------------------------------------------------------------ the connector and the tenant */

{ .id = "quota", RULE_DIRECTORY, SEVERITY_WARNING, CERTAINTY_PROBABLE, BASIS_STATE,
  .kinds = DOMAIN, .attribute = ATTRIBUTE_NONE,
  .check = check_quota,
  .assumes = "Quota=300000, or 50000 where VerifiedDomain= is not set",
  .title = "the tenant is nearly full",
  .condition = "The users, contacts and groups of all domains are nine tenths of Quota= or more; an error when they reach it. Where the "
               "inventory of the cloud has directorySizeQuota, that is judged instead, and certain. A notice "
               "where Quota= is not set: then 300,000 is assumed, or 50,000 without a VerifiedDomain=. Above the quota the connector "
               "stops with Error 016.",
  .source = LIMITS "; KB2812409: Number of objects synced exceeds the limit",
  .advice = "Set Quota= to directorySizeQuota of the organization (Microsoft Graph), leave out what need not sync, or ask Microsoft's "
            "support for more." },

{ .id = "error-limit", RULE_DIRECTORY, SEVERITY_ERROR, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = DOMAIN, .attribute = ATTRIBUTE_NONE,
  .check = check_error_limit,
  .title = "more export errors than the connector endures",
  .condition = "More than 5,000 objects have an error of the class fails: the connector's run stops with stopped-error-limit, and what "
               "comes after is not exported either.",
  .source = "Troubleshoot an object that is not synchronizing with Microsoft Entra ID",
  .advice = "Repair what most of them have in common first: scanctl status says which rules they are." },

{ .id = "connector-silent", RULE_DIRECTORY, SEVERITY_WARNING, CERTAINTY_PROBABLE, BASIS_TIME,
  .kinds = DOMAIN, .attribute = ATTRIBUTE_SAM_ACCOUNT_NAME,
  .check = check_connector_silent,
  .title = "the connector's account has not logged on",
  .condition = "The account with which the connector reads the directory (MSOL_…, or ConnectorAccount=) has not logged on for three times "
               "its longest pause of the last days, and not for an hour and a half. Each domain controller knows its own logons only, so all of "
               "them are asked, one after the other. Where some cannot be asked, what all of them know counts, which is up to "
               "fifteen days late; the finding names them. An error, and certain, where the inventory of the cloud says that no connector "
               "was there for three hours before the export.",
  .source = "Microsoft Entra Connect Sync: Scheduler",
  .advice = "On the connector's server: Get-ADSyncScheduler, and the service ADSync. If another server has taken over with another "
            "account, name that in ConnectorAccount=." },

{ .id = "orphan-expected", RULE_DIRECTORY, SEVERITY_WARNING, CERTAINTY_CERTAIN, BASIS_TIME,
  .kinds = DOMAIN, .attribute = ATTRIBUTE_NONE,
  .check = check_orphan_expected,
  .title = "what was deleted here is still in the cloud",
  .condition = "Objects were deleted or left the scope longer than an hour ago, two cycles of the connector, and its account has not "
               "logged on since. In the cloud they live on. If the connector comes back only when AD has forgotten them, or is set up "
               "anew, they stay there as orphans.",
  .source = "KB2709902: Object deletions aren't synchronized when you use the Azure Active Directory Sync tool",
  .advice = "Let the connector run: Start-ADSyncSyncCycle -PolicyType Initial. What is in the cloud after that and no longer here is "
            "removed with Remove-MgUser, Remove-MgGroup or Remove-MgContact." },

{ .id = "connector-missing", RULE_DIRECTORY, SEVERITY_NOTICE, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = DOMAIN, .attribute = ATTRIBUTE_NONE,
  .check = check_connector_missing,
  .title = "no trace of a connector",
  .condition = "No account MSOL_…, AAD_…, provAgentgMSA$ or pGMSA_…$, none that ConnectorAccount= names, in any domain.",
  .source = "Microsoft Entra Connect: Accounts and permissions",
  .advice = "Nothing before the connector is installed. If it uses an account of another name, say so in ConnectorAccount=." },

{ .id = "connector-account-abandoned", RULE_DIRECTORY, SEVERITY_WARNING, CERTAINTY_PROBABLE, BASIS_TIME,
  .kinds = DOMAIN, .attribute = ATTRIBUTE_SAM_ACCOUNT_NAME,
  .check = check_connector_account_abandoned,
  .title = "a connector's account is left over",
  .condition = "An enabled account MSOL_… has not logged on for more than thirty days, and those fifteen that lastLogonTimestamp may "
               "lag, and still holds Replicating Directory Changes All: the right to read all password hashes, which the connector's "
               "set-up gives and does not take back.",
  .source = "Microsoft Entra Connect: Accounts and permissions",
  .advice = "If no connector uses it any more, disable the account, and delete it when nothing misses it." },

{ .id = "password-hash-rights-missing", RULE_DIRECTORY, SEVERITY_WARNING, CERTAINTY_CERTAIN, BASIS_TIME,
  .kinds = DOMAIN, .attribute = ATTRIBUTE_SAM_ACCOUNT_NAME,
  .check = check_password_hash_rights_missing,
  .title = "the connector may not read password hashes",
  .condition = "None of the connector's accounts holds Replicating Directory Changes and Replicating Directory Changes All on the "
               "domain, by itself or by a group: passwords do not reach Entra ID. A notice unless PasswordHashSync=yes: without "
               "password hash synchronisation nothing needs them.",
  .source = "Microsoft Entra Connect: Configure AD DS connector account permissions, password hash synchronization",
  .advice = "Where password hash synchronisation is on, grant the account both rights on the domain: "
            "Set-ADSyncPasswordHashSyncPermissions." },

{ .id = "sso-key-old", RULE_DIRECTORY, SEVERITY_WARNING, CERTAINTY_CERTAIN, BASIS_TIME,
  .kinds = DOMAIN, .attribute = ATTRIBUTE_SAM_ACCOUNT_NAME,
  .check = check_sso_key_old,
  .title = "the key of seamless single sign-on is old",
  .condition = "The password of AZUREADSSOACC$ is older than 180 days; a notice from thirty days on. Who learns it can sign in as "
               "anybody.",
  .source = "Microsoft Entra seamless single sign-on: Technical deep dive",
  .advice = "Update-AzureADSSOForest, on the connector's server; Microsoft advises every thirty days." },

{ .id = "cloud-sync-found", RULE_DIRECTORY, SEVERITY_NOTICE, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = DOMAIN, .attribute = ATTRIBUTE_SAM_ACCOUNT_NAME,
  .check = check_cloud_sync_found,
  .title = "Entra Cloud Sync is set up",
  .condition = "A managed service account provAgentgMSA$ or pGMSA_…$. Cloud Sync has scoping rules of its own, which scand does not "
               "know: what is said of objects holds for Entra Connect.",
  .source = "What is Microsoft Entra Cloud Sync?",
  .advice = "See to it that no object is in scope of both." },

/* ------------------------------------------------------------------ what the cloud holds */

{ .id = "cloud-value-in-use", RULE_ALTERED, SEVERITY_ERROR, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_PROXY_ADDRESSES, .is_shared = true, .is_cloud = true,
  .uses = LIST(ATTRIBUTE_MAIL, ATTRIBUTE_USER_PRINCIPAL_NAME),
  .assumes = "SourceAnchor=mS-DS-ConsistencyGuid",
  .title = "somebody in the cloud has the value",
  .condition = "An address, user principal name or SIP address of an object in scope is held in the cloud's inventory by an object that is not it "
               "and that it will not become: a cloud-only account, a guest, a deleted user, or one whose anchor no object in scope has. "
               "User principal names and SMTP addresses are taken away from what comes, without an error; of a user and a group, and "
               "in mail alone, the export fails.",
  .source = ERRORS ", AttributeValueMustBeUnique; " RESILIENCY,
  .advice = "Remove the value from the object of the cloud that is named, or delete that for good "
            "(Remove-MgDirectoryDeletedItem), or give the value up here. Within an hour the cloud takes the rest by itself." },

{ .id = "cloud-soft-match-conflict", RULE_FAILS, SEVERITY_ERROR, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_PROXY_ADDRESSES, .is_shared = true, .is_cloud = true,
  .uses = LIST(ATTRIBUTE_MAIL, ATTRIBUTE_USER_PRINCIPAL_NAME),
  .assumes = "SourceAnchor=mS-DS-ConsistencyGuid",
  .title = "it matches an account that has another anchor",
  .condition = "An object that is new to the cloud has an address or the user principal name of an object of the cloud of the same "
               "kind that belongs to another anchor, or was synced from another object. Where the tenant is known to quarantine "
               "conflicts, it arrives without the value.",
  .source = ERRORS ", InvalidSoftMatch",
  .advice = "If both are one, give this object the anchor of the account that is named (mS-DS-ConsistencyGuid), before it is exported. If "
            "not, remove the value from one of them." },

{ .id = "cloud-type-mismatch", RULE_FAILS, SEVERITY_ERROR, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_PROXY_ADDRESSES, .is_shared = true, .is_cloud = true,
  .uses = LIST(ATTRIBUTE_MAIL, ATTRIBUTE_USER_PRINCIPAL_NAME),
  .assumes = "SourceAnchor=mS-DS-ConsistencyGuid",
  .title = "it matches an object of another kind in the cloud",
  .condition = "An object that is new to the cloud has an address or the user principal name of an object of the cloud of another kind: a "
               "user that of a group or a contact, and so on.",
  .source = ERRORS ", ObjectTypeMismatch",
  .advice = "Remove the address from the object of the cloud that is named, or from this one." },

{ .id = "cloud-admin-conflict", RULE_FAILS, SEVERITY_ERROR, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_PROXY_ADDRESSES, .is_shared = true, .is_cloud = true,
  .uses = LIST(ATTRIBUTE_MAIL, ATTRIBUTE_USER_PRINCIPAL_NAME),
  .assumes = "SourceAnchor=mS-DS-ConsistencyGuid",
  .title = "it matches an administrator of the cloud",
  .condition = "A user who is new to the cloud would take over, by primary address or user principal name, an account that has a role there, or "
               "may take one.",
  .source = ERRORS ", Existing Admin Role Conflict",
  .advice = "If both are one person: take the role away, let the connector run, delete the quarantined object if one came, and give the "
            "role back. If not, give one of them another name and address." },

{ .id = "cloud-hard-match-blocked", RULE_FAILS, SEVERITY_ERROR, CERTAINTY_PROBABLE, BASIS_STATE,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_MS_DS_CONSISTENCY_GUID, .is_shared = true, .is_cloud = true,
  .assumes = "SourceAnchor=mS-DS-ConsistencyGuid",
  .title = "its account in the cloud may not be taken over",
  .condition = "A user has the anchor of an account of the cloud that is not synced, or is in its bin, and the tenant blocks that such accounts "
               "are taken over, or restored, by their anchor, or the account has a role, or, if it is not deleted, an onPremisesObjectIdentifier "
               "(since July 2026).",
  .source = ERRORS ", InvalidHardMatch; Microsoft Entra Connect: When you have an existing tenant",
  .advice = "Lift the block for one run of the connector (Update-MgDirectoryOnPremiseSynchronization), or take the role away, or remove "
            "onPremisesImmutableId from the account if it is another person's. One with an onPremisesObjectIdentifier is bound to the object that it "
            "was synced from: bring that back, or make the account anew." },

{ .id = "cloud-soft-match", RULE_DIRECTORY, SEVERITY_NOTICE, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_PROXY_ADDRESSES, .is_shared = true, .is_cloud = true,
  .uses = LIST(ATTRIBUTE_MAIL, ATTRIBUTE_USER_PRINCIPAL_NAME),
  .assumes = "SourceAnchor=mS-DS-ConsistencyGuid",
  .title = "it will take over an account of the cloud",
  .condition = "An object that is new to the cloud has the primary address, or the user principal name, of a cloud-only object of the same "
               "kind: that becomes it, and all that the connector sends replaces what stands there, the password with it.",
  .source = "Microsoft Entra Connect: When you have an existing tenant",
  .advice = "Nothing, if both are one. If not, give one of them another address before the connector runs: afterwards it cannot be undone." },

{ .id = "cloud-orphan", RULE_DIRECTORY, SEVERITY_WARNING, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL | DOMAIN, .attribute = ATTRIBUTE_NONE, .is_counterpart = true, .is_cloud = true,
  .check = check_cloud_orphan,
  .title = "nobody in scope is what the cloud has synced",
  .condition = "The inventory has an object that says it is synced, and no object of any domain in scope is it: its own was deleted more "
               "than an hour before the export, or is out of scope, or no domain that is read has it, which is said of the first domain.",
  .source = "KB2709902: Object deletions aren't synchronized to Microsoft Entra ID; Graph: onPremisesSyncEnabled",
  .advice = "Start-ADSyncSyncCycle -PolicyType Initial, and a new export. What is still in it and nobody misses is removed there by hand "
            "(scanctl cloud orphans has the commands)." },

{ .id = "cloud-restored-unmanaged", RULE_FAILS, SEVERITY_WARNING, CERTAINTY_PROBABLE, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_NONE, .is_counterpart = true, .is_cloud = true,
  .check = check_cloud_restored_unmanaged,
  .title = "it was restored in the cloud, and is managed there",
  .condition = "An object that is deleted here, or out of scope, was synced to one of the cloud that is synced no longer "
               "(onPremisesSyncEnabled is false): somebody restored that from the bin of the cloud, say. When the connector exports the deletion, it "
               "ends in error 114.",
  .source = ERRORS ", DeletingCloudOnlyObjectNotAllowed",
  .advice = "If it is wanted, bring its object here into scope, or restore it, and the connector takes it over again; or let the cloud keep "
            "it for good, without its anchor: Update-MgUser -OnPremisesImmutableId $null. If not, delete it there." },

{ .id = "cloud-differs", RULE_ALTERED, SEVERITY_WARNING, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_USER_PRINCIPAL_NAME, .is_counterpart = true, .is_cloud = true,
  .uses = LIST(ATTRIBUTE_MAIL, ATTRIBUTE_PROXY_ADDRESSES),
  .check = check_cloud_differs,
  .title = "the cloud has another name or address",
  .condition = "The user principal name or the primary address that the inventory has of the synced object is not what is expected from "
               "here, and the object here has not changed for an hour before the export. Names at the initial domain, which the cloud makes "
               "itself, pass where the one of here cannot stay.",
  .source = "Plan and troubleshoot User Principal Name changes in Microsoft Entra ID; " PROXIES,
  .advice = "Look for what the connector says of the object. Where the cloud keeps an old name: Update-MgUser -UserId OLD "
            "-UserPrincipalName NEW. Where it has an address at the initial domain, somebody else had the other one." },

{ .id = "cloud-quarantined", RULE_ALTERED, SEVERITY_ERROR, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_PROXY_ADDRESSES, .is_counterpart = true, .is_cloud = true,
  .uses = LIST(ATTRIBUTE_MAIL, ATTRIBUTE_USER_PRINCIPAL_NAME),
  .check = check_cloud_quarantined,
  .title = "the cloud has taken a value away from it",
  .condition = "The synced object of the cloud says itself that it could not have a value (onPremisesProvisioningErrors), and the object "
               "here still has that value.",
  .source = RESILIENCY,
  .advice = "Remove the value from the other object that has it, or from this one. Within an hour the cloud gives it back by itself." },

{ .id = "cloud-not-arrived", RULE_FAILS, SEVERITY_WARNING, CERTAINTY_PROBABLE, BASIS_STATE,
  .kinds = ALL, .attribute = ATTRIBUTE_NONE, .is_counterpart = true, .is_cloud = true,
  .check = check_cloud_not_arrived,
  .title = "it has not arrived in the cloud",
  .condition = "An object in scope was made, and changed last, more than an hour before the export, which has no object that is it.",
  .source = "Troubleshoot an object that is not synchronizing with Microsoft Entra ID",
  .advice = "scanctl explain OBJECT tells what else is found of it. If nothing is, look for it in the connector: is its OU selected there, "
            "does a rule of the site leave it out?" },

{ .id = "password-not-synced", RULE_ALTERED, SEVERITY_WARNING, CERTAINTY_PROBABLE, BASIS_STATE,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_PWD_LAST_SET, .is_counterpart = true, .is_cloud = true,
  .uses = LIST(ATTRIBUTE_PWD_LAST_SET),
  .check = check_password_not_synced,
  .title = "the password in the cloud is an older one",
  .condition = "With password hash synchronization on, the password was set here more than an hour after the cloud's is from, and more than "
               "an hour before the export. A notice where it must be changed at the next sign-in: such a password is not synced.",
  .source = "Troubleshoot password hash synchronization with Microsoft Entra Connect Sync",
  .advice = "On the connector's server: Invoke-ADSyncDiagnostics -PasswordSync. For one user, set the password again." },

/* ------------------------------------------------------------------ what the connector left behind */

{ .id = "connector-leftover", RULE_DIRECTORY, SEVERITY_NOTICE, CERTAINTY_CERTAIN, BASIS_STATE,
  .kinds = ALL_USERS, .attribute = ATTRIBUTE_SAM_ACCOUNT_NAME,
  FILTER(IS_USER, "(sAMAccountName=MSOL_AD_Sync)"), .filter_is_exact = true,
  .title = "account of the old DirSync is still there",
  .condition = "sAMAccountName is MSOL_AD_Sync, the account that DirSync used before Entra Connect. It may hold the right to read "
               "password hashes.",
  .source = OLD_TABLE,
  .advice = "Disable the account, and delete it when nothing misses it." },
};
/* clang-format on */

const size_t n_rule_rows = ARRAY_SIZE(rule_rows);
