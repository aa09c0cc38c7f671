/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The names of a domain: one row for whatever carries a name for what is below it. An object's DN is its RDN and its
 * container's DN, so that the rename of an OU changes the few rows below it here and no object.
 */

#include "lib/core/config.h"
#include "lib/core/object.h"
#include "lib/core/text.h"
#include "lib/state/store.h"

/* Numbers stand in databases and never change. */
typedef enum ContainerOrigin {
        CONTAINER_FOLLOWED = 0, /* read, and its changes come with the answers */
        CONTAINER_READ = 1,     /* read by itself, of a class that is not followed: a child's DN corrects it */
        CONTAINER_NAMED = 2,    /* known by a child's DN only */
} ContainerOrigin;

typedef struct Container {
        int64_t id; /* 0: none */
        int64_t domain;
        Guid guid;      /* null: not known */
        int64_t parent; /* 0: the naming context's root, or not known */
        Buffer rdn;     /* the whole DN where there is no parent */
        Buffer dn;
        bool selected; /* inside the configured OUs */
        ContainerOrigin origin;
        int64_t usn;
        int64_t epoch;
        int64_t deleted_at; /* 0: live */
} Container;

void container_done(Container *container);

/* 1 found, 0 not, negative. The container is reused: its buffers keep their memory. */
int container_get(Store *store, int64_t id, Container *ret);
int container_find(Store *store, int64_t domain, const Guid *guid, Container *ret);
int container_find_name(Store *store, int64_t domain, Slice dn, Container *ret); /* by DN, as AD compares */

/* Inserts a row without id, updates one with. 0 or negative. */
int container_write(Store *store, Container *row);

/* Is a DN inside the configured OUs? The deepest OU that is named decides, exclusion before inclusion. 1, 0, negative. */
int container_is_selected(const DomainConfig *config, Slice dn);
