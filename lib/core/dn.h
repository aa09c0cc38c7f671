/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Distinguished names. The daemon keeps names as parent and RDN, so what is needed is cutting off the first
 * RDN, comparing as AD compares (case of each RDN ignored, never raw bytes), and telling what is below what.
 */

#include <stdbool.h>

#include "lib/core/guid.h"
#include "lib/core/text.h"

/*
 * Cuts the first RDN off. *ret_parent is empty for a name of one RDN. Both borrow from dn, without blanks around
 * them. Escapes and quotes are honoured, an unescaped ';' parts like ','. 0, or -EBADMSG where no RDN can be found;
 * that what follows is a name as well is not looked at.
 */
int dn_split(Slice dn, Slice *ret_rdn, Slice *ret_parent);

/*
 * Appends a form in which equal names are equal bytes: attribute types in lower case, values unescaped, AD-folded
 * and escaped again one way, so that every ',' in it parts two RDNs. It is a DN itself, and its own normal form; the
 * empty name gives nothing. 0, -ENOMEM, or -EBADMSG for what is no DN. Uses ldap_str2dn().
 */
int dn_normalize(Slice dn, Buffer *buffer);

/* 1, 0, or negative as dn_normalize(). */
int dn_equal(Slice a, Slice b);

/* Is dn base itself or below it? Everything is below the empty name. 1, 0, or negative as dn_normalize(). */
int dn_is_within(Slice dn, Slice base);

/* The unescaped value of the first RDN ("Müller, Anna"). 0, -ENOMEM, -EBADMSG. Appends. */
int dn_rdn_value(Slice dn, Buffer *buffer);

/*
 * A conflict object's mark, LF and "CNF:" and a GUID, in escaped (\0A) or raw form; the same for deleted objects,
 * "DEL:". Returns whether the first RDN has it, and the GUID where the pointer is not NULL: the null GUID where the
 * mark has none behind it, which is the mark all the same to the connector.
 */
bool dn_is_conflict(Slice dn, Guid *ret_guid);
bool dn_is_deleted(Slice dn, Guid *ret_guid);

/*
 * The DNS name that the DC= parts at the end spell, in lower case: "OU=a,DC=Corp,DC=example" is "corp.example". Appends,
 * nothing where there are none. As dn_normalize().
 */
int dn_to_domain(Slice dn, Buffer *buffer);

/* "corp.example" as "DC=corp,DC=example". Appends; dots at the ends do not count. 0 or -ENOMEM. */
int dn_from_domain(const char *domain, Buffer *buffer);
