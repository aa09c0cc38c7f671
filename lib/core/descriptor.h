/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Security descriptors as AD sends them: self-relative ([MS-DTYP] 2.4.6), of which the discretionary list is looked at. A parsed
 * one borrows from the bytes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/core/guid.h"
#include "lib/core/text.h"

typedef struct Descriptor {
        bool has_dacl;     /* a list that is absent, or NULL, grants everything to everybody */
        bool is_protected; /* nothing is inherited from above */
        Slice owner;       /* a SID; empty: not sent */
        Slice entries;     /* of the list, one behind another */
} Descriptor;

typedef enum AccessType {
        ACCESS_ALLOW,
        ACCESS_DENY,
        ACCESS_OTHER, /* auditing and the like: decides nothing */
} AccessType;

typedef struct AccessEntry {
        AccessType type;
        bool is_inherit_only; /* for what is below, not for this object */
        bool is_inherited;
        uint32_t mask;
        Guid right; /* the extended right, property or property set that it is about; null: all */
        Slice sid;  /* whom it is about; not meaningful with ACCESS_OTHER */
} AccessEntry;

/* Bits of the mask. */
#define RIGHT_LIST_CHILDREN  UINT32_C(0x4)
#define RIGHT_READ_PROPERTY  UINT32_C(0x10)
#define RIGHT_WRITE_PROPERTY UINT32_C(0x20)
#define RIGHT_EXTENDED       UINT32_C(0x100)

/* Takes a whole one, every entry of its list checked. 0, or -EBADMSG. */
int descriptor_parse(const void *data, size_t size, Descriptor *ret);

/* The entry at *at, which moves on, beginning with 0. False: there are no more. */
bool descriptor_next(const Descriptor *descriptor, size_t *at, AccessEntry *ret);

typedef enum Access {
        ACCESS_IS_GRANTED,
        ACCESS_IS_DENIED,  /* an entry says so */
        ACCESS_IS_MISSING, /* none grants it */
} Access;

/*
 * May somebody, given as his SID and those of the groups that he is in, one behind another? The first entry about one of them
 * decides, as AD does it. An entry about another property or right than `right` is passed
 * over; `right` is the null GUID where no single one is meant: then only entries about all of them deny, and any grants.
 */
Access descriptor_access(const Descriptor *descriptor, Slice who, uint32_t mask, const Guid *right);
