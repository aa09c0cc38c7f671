/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What one object is, as the rules see it: found out once, because nearly every rule asks. Borrows from the object, and its
 * addresses from an arena.
 */

#include "lib/core/address.h"
#include "lib/core/arena.h"
#include "lib/core/object.h"
#include "lib/core/tenant.h"

typedef struct Facts {
        const Object *object;
        const Tenant *tenant;
        bool is_user;           /* user or inetOrgPerson */
        bool is_enabled;        /* not a disabled account; contacts and groups always are */
        bool is_mail_enabled;   /* a "SMTP:" value with an @, or mail with one */
        bool is_mail_intended;  /* somebody gave it an attribute that only mail needs */
        bool is_quiet;          /* nobody signs in with it, or no person stands behind it */
        int64_t recipient_type; /* msExchRecipientTypeDetails; 0: none */

        /* Trimmed, as the connector does; empty where absent or all white space. */
        Slice mail;
        Slice nickname;

        /* What becomes the cloud's user principal name, as it stands: see LoginAttribute=. Empty where absent. */
        AttributeId login_attribute;
        Slice login;
        unsigned login_problems; /* upn_check(); UPN_OK where absent */

        /* proxyAddresses, parsed; the values themselves, in the same order. */
        const Address *proxies;
        const AddressProblem *proxy_problems; /* address_check_smtp(); ADDRESS_OK for other types */
        const Value *proxy_values;
        size_t n_proxies;
        size_t n_smtp;          /* SMTP addresses, primary or not */
        const Address *primary; /* a "SMTP:" value, with an @ where there is one; NULL: none */
        bool has_primary_with_at;
        bool has_other_case_with_at; /* a "smtp:" or "Smtp:" with an @ */

        Address target; /* targetAddress; type ADDRESS_NONE and empty where absent */
} Facts;

/* 0 or -ENOMEM. */
int facts_gather(Facts *facts, const Object *object, const Tenant *tenant, Arena *arena);

/* The attributes that this file reads, unknown ones being taken for absent. */
void facts_attributes(AttributeSet *set);

/* Why somebody whom others name does not arrive: the value of ATTRIBUTE_MANAGER_FATE. */
#define ABSENT_OUT_OF_SCOPE 1 /* outside the OUs, or left out by a filter */
#define ABSENT_EXCLUDED     2 /* by a rule */

/* Parts of it that need no addresses. */
bool object_is_enabled(const Object *object);
int64_t object_recipient_type(const Object *object);
bool object_is_user(const Object *object);

/* A mailbox stands behind it, here or in Exchange Online. */
bool object_is_mailbox(const Object *object);

/*
 * The SID of the account that a linked mailbox waits for: msExchMasterAccountSid, else msRTCSIP-OriginatorSid. "Self" names
 * nobody. NULL: none.
 */
const Value *object_account_sid(const Object *object);

/* The part before the @ that Entra ID will most likely give its onmicrosoft.com address; empty: nobody knows. */
Slice facts_predict_nickname(const Facts *facts);

/* Bits of msExchRecipientTypeDetails. */
#define RECIPIENT_LINKED_MAILBOX   INT64_C(2)
#define RECIPIENT_SYSTEM_MASK      INT64_C(0x21C07000) /* the connector's own mask: never synced */
#define RECIPIENT_ROLE_GROUP       INT64_C(0x40000000)
#define RECIPIENT_REMOTE_USER      (INT64_C(1) << 31)
#define RECIPIENT_REMOTE_ROOM      (INT64_C(1) << 33)
#define RECIPIENT_REMOTE_EQUIPMENT (INT64_C(1) << 34)
#define RECIPIENT_REMOTE_SHARED    (INT64_C(1) << 35)
#define RECIPIENT_REMOTE_TEAM      (INT64_C(1) << 38)
