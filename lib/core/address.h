/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Mail addresses as Exchange keeps them in proxyAddresses ("SMTP:anna@contoso.com") and targetAddress, plain
 * ones as in mail, and user principal names. Parsing borrows: slices point into the value.
 */

#include <stdbool.h>

#include "lib/core/text.h"

typedef enum AddressType {
        ADDRESS_NONE, /* no "type:" at all */
        ADDRESS_SMTP,
        ADDRESS_SIP,
        ADDRESS_X500,
        ADDRESS_LEGACY, /* X400 MS MSMAIL CCMAIL NOTES GWISE PROFS: dropped by the cloud */
        ADDRESS_OTHER,  /* EUM, SPO and all the rest: passed on */
} AddressType;

typedef struct Address {
        AddressType type;
        bool is_primary; /* the type is written in capitals; only meaningful for SMTP, SIP and X500 */
        Slice prefix;    /* without the colon; empty where there is none */
        Slice address;   /* what follows the colon; the whole trimmed value where there is no type */
        Slice local;     /* SMTP: before the last @; empty where there is none */
        Slice domain;    /* SMTP: behind it; empty where there is none */
} Address;

/* Takes a value of proxyAddresses or targetAddress, trimmed at both ends first, as the connector does. */
Address address_parse_proxy(const void *data, size_t size);

/* Takes a value of mail, trimmed: an SMTP address without prefix. */
Address address_parse_mail(const void *data, size_t size);

/* Why Entra ID will not take an SMTP address: the first that holds, in the order CONTROL, SPACE, FORBIDDEN, and as listed. */
typedef enum AddressProblem {
        ADDRESS_OK = 0,
        ADDRESS_NO_AT,
        ADDRESS_SEVERAL_AT,
        ADDRESS_SPACE, /* white space of any kind, inside */
        ADDRESS_FORBIDDEN,  /* < > ( ) ; , [ ] " or a second colon */
        ADDRESS_EMPTY_ATOM, /* an empty local part, "..", or a dot at either end of it */
        ADDRESS_DOMAIN,     /* a domain label that is empty, too long or has a wrong character */
        ADDRESS_NON_ASCII,  /* letters with diacritics and other Unicode: probable only */
        ADDRESS_CONTROL,    /* not UTF-8, or with control characters */
} AddressProblem;

AddressProblem address_check_smtp(const Address *address);

/*
 * Why Entra ID will not take a UPN as it stands. A bit set: several may hold. White space alone sets no other bit, because
 * it has another consequence than the rest.
 */
typedef enum UpnProblem {
        UPN_OK = 0,
        UPN_WHITE_SPACE = 1 << 0, /* space, control or invisible character: becomes nick@initial */
        UPN_NO_AT = 1 << 1,
        UPN_SEVERAL_AT = 1 << 2,
        UPN_AT_FIRST = 1 << 3,
        UPN_DOT_BEFORE_AT = 1 << 4,
        UPN_FORBIDDEN = 1 << 5, /* outside A-Z a-z 0-9 ' . - _ ! # ^ ~ */
        UPN_DOMAIN = 1 << 6,    /* a label behind the last @ that is empty, too long or has a wrong character; _ is none */
        UPN_TOO_LONG = 1 << 7,  /* over 113 in all, 64 before or 48 behind the @ */
} UpnProblem;

unsigned upn_check(const void *data, size_t size);

/* The part behind the last @, empty where there is none. */
Slice upn_suffix(const void *data, size_t size);

/* A sentence's part for people, behind "it": "holds a space", "has no @". */
const char *address_problem_text(AddressProblem problem);
const char *upn_problem_text(UpnProblem problem); /* of one bit */

/*
 * Can mail be routed to it, is the domain below a suffix of the public suffix list (ICANN part, no
 * star rule)? "corp.local", a single label and a suffix itself are not. ACE ("xn--…") and UTF-8 are both understood, in
 * any case. The list is the system's where that is newer than the one in libpsl; it is read once, at first use, from
 * one thread only. True, too, where memory is wanting: what cannot be known is no fault of the name.
 */
bool domain_is_public(Slice domain);

/*
 * Reads that list now. Whoever judges names for long does so at its start: libpsl keeps half a list, without a word,
 * where memory runs out while it reads. False: there is none, or com is not in it.
 */
bool domain_list_load(void);

/* Names the list in use: another string means another list, so that verdicts must be made anew. */
const char *domain_list_version(void);

/* Equal as DNS names: ASCII case ignored, a trailing dot ignored. */
bool domain_equal(Slice a, Slice b);

/* Is it a name below parent, by at least one label? Compared as domain_equal() does. */
bool domain_is_below(Slice domain, Slice parent);

/* Is it "<one label>.onmicrosoft.com", or below "microsoftonline.com": addresses that never sync? */
bool domain_is_reserved(Slice domain);
