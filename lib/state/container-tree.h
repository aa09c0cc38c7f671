/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The names of one domain while an answer changes them.
 *
 * Answers come in any order and domain controllers lag: a child may come before its parent, a parent may never be readable, and
 * for a while two containers may each stand below the other. A container named by a child alone takes its DN from the child's,
 * until it comes itself.
 */

#include "lib/state/container.h"

/* A container whose objects must be judged again, because judging depends on where they are. */
typedef struct ContainerChange {
        int64_t id;
        bool was_selected;
        bool is_renamed; /* into, out of or below a place that rules know by name */
} ContainerChange;

/* Changes of one domain's names in one answer. */
typedef struct ContainerTree {
        Store *store;
        int64_t domain;
        const DomainConfig *config; /* NULL: everything is selected */
        ContainerChange *changes;   /* owned */
        size_t n_changes;
        struct ContainerCache *cache; /* of the last used, by id */
        Container row, child, parent; /* scratch */
        Buffer buffer;
} ContainerTree;

int container_tree_init(ContainerTree *tree, Store *store, int64_t domain, const DomainConfig *config);
void container_tree_done(ContainerTree *tree);

/*
 * Takes over what an entry says of a container: its place and name, and through it of all containers below. 0 or negative.
 */
typedef struct ContainerEntry {
        Guid guid;
        Guid parent; /* null: not sent */
        Slice dn;
        ContainerOrigin origin;
        int64_t usn;
        int64_t epoch;
} ContainerEntry;

int container_tree_put(ContainerTree *tree, const ContainerEntry *entry);

/* It was deleted: its name stays for what still stands below. 0 or negative. */
int container_tree_delete(ContainerTree *tree, const Guid *guid, int64_t usn, int64_t epoch, int64_t now);

/*
 * The container of a child, made where nobody has brought it: by the parent's GUID, or where none was sent by the DN, whose first RDN
 * goes to *ret_rdn. *ret_id is 0, and *ret_rdn the whole DN, where the DN cannot be taken apart. 0 or negative.
 */
int container_tree_resolve(ContainerTree *tree, const Guid *parent, Slice dn, int64_t *ret_id, Slice *ret_rdn);

/* What an object needs to know of its container, from memory where it was used lately. 1, 0 or negative. */
typedef struct ContainerPlace {
        Slice dn; /* lives until the next call that may change a container or look one up */
        bool selected;
} ContainerPlace;

int container_tree_place(ContainerTree *tree, int64_t id, ContainerPlace *ret);

/* Asks again whether the container is selected: after the configuration has changed. 0 or negative. */
int container_tree_reselect(ContainerTree *tree, int64_t id);
