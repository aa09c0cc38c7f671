/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Users, contacts and groups as rows of the database, and back to Objects. Nothing here judges: apply.c does.
 */

#include "lib/core/object.h"
#include "lib/core/text.h"
#include "lib/state/store.h"

/* An object's id is its domain's and a number: whoever has the id knows the domain. */
#define CACHE_DOMAIN_SHIFT 28

static inline int64_t cache_first_id(int64_t domain)
{
        return domain << CACHE_DOMAIN_SHIFT;
}

static inline int64_t cache_last_id(int64_t domain)
{
        return cache_first_id(domain + 1) - 1;
}

static inline int64_t cache_domain_of(int64_t id)
{
        return id >> CACHE_DOMAIN_SHIFT;
}

enum {
        CACHE_EXCLUDED = 1,      /* by itself */
        CACHE_JOIN_EXCLUDED = 2, /* for want of the other half of a person */
        CACHE_LEFT_OUT = 4,      /* by the domain's filter */
        CACHE_NOT_IN_GROUP = 8,  /* by GroupFilter= */
};

typedef struct CacheRow {
        int64_t id;
        Guid guid;
        int64_t parent; /* of container; 0: not known */
        Buffer rdn;     /* the whole DN where there is no parent */
        Kind kind;
        int64_t usn;
        int64_t epoch;
        int64_t attribute_list;
        unsigned excluded;
        bool in_scope;      /* counted as FATE_IN_SCOPE */
        int64_t deleted_at; /* 0: live */
        Buffer attributes;  /* object_pack() */
} CacheRow;

void cache_row_done(CacheRow *row);

/* The next row of a statement that has the columns of object_get. 1, 0: there is none, or negative. */
int cache_read(Statement *statement, CacheRow *ret);

/* 1 found, 0 not, or negative. The row is reused: its buffers keep their memory. */
int cache_get(Store *store, int64_t id, CacheRow *ret);
int cache_find(Store *store, int64_t domain, const Guid *guid, CacheRow *ret);

/* The little that tells whether an answer brings news. 1 found, 0 not, or negative. */
typedef struct CacheStanding {
        int64_t id;
        int64_t usn;
        int64_t epoch;
        int64_t attribute_list;
        bool is_deleted;
} CacheStanding;

int cache_find_standing(Store *store, int64_t domain, const Guid *guid, CacheStanding *ret);

/* Inside the caller's transaction; 0 or negative. cache_insert() takes the id from the row. */
int cache_insert(Store *store, const CacheRow *row);
int cache_update(Store *store, const CacheRow *row);
int cache_update_usn(Store *store, int64_t id, int64_t usn, int64_t epoch);
int cache_update_excluded(Store *store, int64_t id, unsigned excluded, bool in_scope);
int cache_delete(Store *store, int64_t id);

/* The next free id of a domain. 0, negative, or -ENOSPC after 2^28 objects. */
int cache_next_id(Store *store, int64_t domain, int64_t *ret);

/* Appends the object's DN; `container` is its container's, unused where the row has none. 0 or -ENOMEM. */
int cache_row_dn(const CacheRow *row, Slice container, Buffer *buffer);

/*
 * The object of a row, sealed; it borrows the row's attributes. `known` is the attribute list with which the row was read. 0,
 * -ENOMEM, or -EBADMSG for damaged attributes.
 */
int cache_row_object(const CacheRow *row, Slice dn, const AttributeSet *known, Object *object);
