/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One directory object as an answer brought it: identity, distinguished name and attribute values.
 * Values are bytes; text.h says what is text. Made to be reset and used again, so that a million objects
 * cost no allocation each.
 *
 * Life: object_reset(), object_set_dn(), object_add() for every value, object_seal(), then read.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/core/attribute.h"
#include "lib/core/buffer.h"
#include "lib/core/guid.h"
#include "lib/core/util.h"

/* The most derived class that matters. Numbers stand in databases and never change. */
typedef enum Kind {
        KIND_OTHER = 0, /* none of the following, or objectClass was not sent */
        KIND_USER = 1,
        KIND_INETORGPERSON = 2,
        KIND_CONTACT = 3,
        KIND_GROUP = 4,
        KIND_CONTAINER = 5, /* anything that only carries a name for what is below it */
        KIND_COMPUTER = 6,  /* and managed service accounts: never kept */
} Kind;

/* A value: bytes that live as long as the object says (see object_add). */
typedef struct Value {
        const uint8_t *data;
        uint32_t size;
        AttributeId attribute;
} Value;

typedef struct Object {
        /* Filled by object_seal() from the values, zero where they were not sent. */
        Guid guid;
        Guid parent;
        int64_t usn;
        Kind kind;
        bool is_deleted;

        /* The attributes whose absence means that AD holds no value. Others are unknown. */
        AttributeSet known;

        Buffer dn; /* as sent, UTF-8 by the standard; bytes until proven */

        /* Private: use the functions below. */
        Value *values; /* grouped by attribute once sealed, in the order sent within one */
        size_t n_values;
        size_t n_allocated;
        uint32_t first[ATTRIBUTE_MAX];
        uint32_t count[ATTRIBUTE_MAX];
        struct ObjectChunk *chunks; /* memory behind object_add_copy() */
} Object;

int object_new(Object **ret); /* 0 or -ENOMEM */
Object *object_free(Object *object);
DEFINE_CLEANUP(Object, object_free)

/* Forgets content and knowledge, keeps memory. */
void object_reset(Object *object);

int object_set_dn(Object *object, const char *dn, size_t size); /* copies; 0 or -ENOMEM */

/* Adds a value whose bytes the caller keeps alive until the next reset. 0 or -ENOMEM. */
int object_add(Object *object, AttributeId attribute, const void *data, size_t size);

/* Adds a value and copies its bytes. 0 or -ENOMEM. */
int object_add_copy(Object *object, AttributeId attribute, const void *data, size_t size);

/* The same for a NUL-terminated string: for tests and for LDIF. */
int object_add_string(Object *object, AttributeId attribute, const char *string);

/* Groups the values and derives kind, GUID, parent, USN and isDeleted. Values cannot be added afterwards. */
int object_seal(Object *object); /* 0 or -ENOMEM */

/* Which object it is and what is known of it, from a sealed one that it is the new shape of; values and name stay. */
void object_copy_identity(Object *object, const Object *from);

/* The values of one attribute as an array of *ret_n; NULL and 0 where there is none. */
static inline const Value *object_values(const Object *object, AttributeId attribute, size_t *ret_n)
{
        *ret_n = object->count[attribute];
        return *ret_n ? object->values + object->first[attribute] : NULL;
}

/* The first value, or NULL. */
static inline const Value *object_value(const Object *object, AttributeId attribute)
{
        return object->count[attribute] ? object->values + object->first[attribute] : NULL;
}

static inline bool object_has(const Object *object, AttributeId attribute)
{
        return object->count[attribute] > 0;
}

/*
 * The first value as a number, as AD writes it: an optional minus and decimal digits, 64 bits. Returns
 * whether there was such a value; *ret is untouched otherwise.
 */
bool object_integer(const Object *object, AttributeId attribute, int64_t *ret);

/* Is the first value TRUE? AD writes it in capitals; absent and anything else are false. */
bool object_boolean(const Object *object, AttributeId attribute);

bool value_equals_string(const Value *value, const char *string);        /* byte by byte */
bool value_equals_string_nocase(const Value *value, const char *string); /* ASCII case ignored */

/*
 * Packed form, as the database keeps it: for each attribute its number, the count of values, then length
 * and bytes of each, all numbers as varints. objectGUID, parentGUID and uSNChanged have columns of their
 * own and are left out. Appends to the buffer: 0 or -ENOMEM.
 */
int object_pack(const Object *object, Buffer *buffer);

/*
 * Adds the values of a packed form; their bytes stay the caller's and must outlive the use of the object.
 * Numbers of no known attribute are skipped. 0, -ENOMEM, or -EBADMSG for damaged bytes.
 */
int object_unpack(Object *object, const void *data, size_t size);

/* The same for the values of some attributes: for who goes through very many objects and wants little of each. */
int object_unpack_some(Object *object, const void *data, size_t size, const AttributeSet *wanted);

const char *kind_name(Kind kind);                /* "user", "inetOrgPerson", "group", … */
int kind_from_name(const char *name, Kind *ret); /* 0 or -EINVAL */
/* For sets of kinds. */
static inline unsigned kind_mask(Kind kind)
{
        return 1U << kind;
}
