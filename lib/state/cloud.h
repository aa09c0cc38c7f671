/* SPDX-License-Identifier: MIT */
#pragma once

/* The inventory of the cloud as the database keeps it. Nothing here judges: apply-cloud.c does. */

#include "lib/core/cloud.h"
#include "lib/core/tenant-facts.h"
#include "lib/state/cache.h"
#include "lib/state/store.h"

/* Their ids are those of a domain 0, which there is not: below all objects of directories. */
static inline bool cloud_is_id(int64_t id)
{
        return cache_domain_of(id) == 0;
}

/* A row. Kept and used again: the object borrows the buffer. */
typedef struct CloudRow {
        int64_t id;
        int64_t meets;   /* the key under which an object of a directory may be it; 0: none */
        bool claims;     /* its claims stand in the database */
        bool is_current; /* its import counts */
        CloudObject object;
        Buffer text;
} CloudRow;

void cloud_row_done(CloudRow *row);

int cloud_get(Store *store, int64_t id, CloudRow *ret); /* 1 found, 0 not, or negative */

/* The key of a value's claim; 0 or negative. */
int cloud_claim_key(const CloudClaim *claim, int64_t *ret);

/* A value as those of the directories claim it in that space. Likewise. */
int cloud_claim_fold(KeySpace space, Slice value, Buffer *ret);

/* Ids of objects, be they current or not, that say they are what claims this key, at most n of them: how many, or negative. */
int cloud_meeting(Store *store, int64_t key, int64_t *ret, size_t n);

/* The next rows behind an id, at most n, by what settles most of them: how many, or negative. */
typedef struct CloudGlance {
        int64_t id;
        int64_t import;
        bool claims;
        uint64_t likeness; /* counterpart_likeness_there() */
        int64_t password_changed;
} CloudGlance;

int cloud_glance(Store *store, int64_t after, CloudGlance *ret, size_t n);

/* Is there an inventory? 1, 0, or negative. */
int cloud_exists(Store *store);

/* What the inventory says for options of [tenant]. 0 or negative; tenant_facts_done() in any case. */
int cloud_tenant_read(Store *store, TenantFacts *ret);

/* Fills the tenant anew by it, whatever it was filled with before. 0 or negative. */
int cloud_tenant_fill(Store *store, Tenant *tenant);

int cloud_settings_read(Store *store, CloudSettings *ret); /* 0 or negative */

/* Inside the caller's transaction: takes down whether its claims, which the caller writes, stand in the database. 0 or negative. */
int cloud_set_claims(Store *store, int64_t id, bool claims);

/* A part that was imported. */
typedef struct CloudPart {
        InventoryPart part;
        int64_t import;
        int64_t imported_at, exported_at; /* Unix seconds */
        int64_t objects;
        char *missing; /* names of properties with commas between; owned */
} CloudPart;

int cloud_part_put(Store *store,
                   const CloudPart *part); /* inside the caller's transaction; 0 or negative */

/* All parts that there are, at most INVENTORY_PARTS. 0 or negative; cloud_parts_done() in any case. */
int cloud_parts(Store *store, CloudPart ret[static INVENTORY_PARTS], size_t *ret_n);
void cloud_parts_done(CloudPart *parts, size_t n);

/* What counts of a part's objects. 0 or negative. */
typedef struct CloudCount {
        int64_t n, synced, guests;
        int64_t orphans; /* synced, and no object of a directory in scope is it */
} CloudCount;

int cloud_count(Store *store, int64_t import, CloudCount *ret);

/* Tells each fact of the tenant. 0, or what the function returned other than 0. */
typedef int (*CloudFactFunction)(void *userdata, const char *name, const char *value);
int cloud_facts(Store *store, CloudFactFunction function, void *userdata);
