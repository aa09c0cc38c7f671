/* SPDX-License-Identifier: MIT */
#include "lib/state/container-tree.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/dn.h"
#include "lib/state/id-list.h"

static Slice slice_of(const Buffer *buffer)
{
        return (Slice){ buffer->data, buffer->size };
}

static int buffer_assign(Buffer *buffer, Slice slice)
{
        buffer_reset(buffer);
        return buffer_append(buffer, slice.data, slice.size);
}

/*
 * Rules know one place by its name: what stands in it is Exchange's own. Whether an object is there changes with the names
 * of its containers.
 */
static bool is_known_place(Slice dn)
{
        return text_contains_nocase(dn, "CN=Microsoft Exchange System Objects");
}

#define CACHE_SLOTS 128

/* Direct-mapped: neighbours in an answer have few containers. All of it is forgotten at any change. */
struct ContainerCache {
        int64_t place_ids[CACHE_SLOTS]; /* 0: nothing stands there */
        int64_t guid_ids[CACHE_SLOTS];
        bool has_buffer[CACHE_SLOTS];

        /* From here on nothing is read that was not written: an answer of one object has one container. */
        struct {
                bool selected;
                Buffer dn;
        } places[CACHE_SLOTS];
        Guid guids[CACHE_SLOTS];
};

int container_tree_init(ContainerTree *tree, Store *store, int64_t domain,
                        const DomainConfig *config)
{
        struct ContainerCache *cache = malloc(sizeof(*cache));

        if (!cache)
                return -ENOMEM;
        memset(cache, 0, offsetof(struct ContainerCache, places));

        *tree = (ContainerTree){
                .store = store, .domain = domain, .config = config, .cache = cache
        };
        return 0;
}

void container_tree_done(ContainerTree *tree)
{
        if (tree->cache)
                for (unsigned i = 0; i < CACHE_SLOTS; i++)
                        if (tree->cache->has_buffer[i])
                                buffer_done(&tree->cache->places[i].dn);
        free(tree->cache);
        free(tree->changes);
        container_done(&tree->row);
        container_done(&tree->child);
        container_done(&tree->parent);
        buffer_done(&tree->buffer);
        *tree = (ContainerTree){};
}

static void container_tree_forget(ContainerTree *tree)
{
        memset(tree->cache->place_ids, 0, sizeof(tree->cache->place_ids));
        memset(tree->cache->guid_ids, 0, sizeof(tree->cache->guid_ids));
}

static int container_tree_note(ContainerTree *tree, int64_t id, bool was_selected, bool is_renamed)
{
        ContainerChange *changes =
                reallocarray(tree->changes, tree->n_changes + 1, sizeof(*changes));

        if (!changes)
                return -ENOMEM;

        tree->changes = changes;
        changes[tree->n_changes++] = (ContainerChange){ .id = id,
                                                        .was_selected = was_selected,
                                                        .is_renamed = is_renamed };
        return 0;
}

/* Gives a row the DN in the buffer, and what follows from it. 1: it is another than before; 0: it is not. */
static int container_tree_rename(ContainerTree *tree, Container *row)
{
        Slice dn = slice_of(&tree->buffer), old = slice_of(&row->dn);
        bool was_selected = row->selected, is_renamed;
        int r;

        r = container_is_selected(tree->config, dn);
        if (r < 0)
                return r;
        row->selected = r > 0;

        is_renamed = !slice_equal(dn, old) && (is_known_place(dn) || is_known_place(old));
        if (row->id != 0 && (row->selected != was_selected || is_renamed)) {
                r = container_tree_note(tree, row->id, was_selected, is_renamed);
                if (r < 0)
                        return r;
        }

        if (slice_equal(dn, old))
                return row->selected != was_selected;
        r = buffer_assign(&row->dn, dn);
        return r < 0 ? r : 1;
}

/* Would the row be its own ancestor? Domain controllers that lag show such rings for a while. */
static int container_tree_is_ring(ContainerTree *tree, int64_t id, int64_t parent)
{
        /* Rings that do not hold the row would never end. No directory is as deep as this. */
        for (unsigned depth = 0; depth < 1024 && parent != 0; depth++) {
                _cleanup_statement_ Statement *statement = NULL;
                int r;

                if (parent == id)
                        return 1;

                statement = store_statement(tree->store, QUERY_CONTAINER_PARENT);
                statement_bind_integer(statement, ":id", parent);
                r = statement_step(statement);
                if (r <= 0)
                        return r;
                parent = statement_integer(statement, COLUMN_CONTAINER_PARENT_PARENT);
        }

        return parent != 0;
}

/* Puts the row's DN into the buffer: its parent's, with the RDN before it; in a ring and without a parent as it was sent. */
static int container_tree_make_dn(ContainerTree *tree, const Container *row, Slice sent)
{
        int r;

        buffer_reset(&tree->buffer);
        if (row->parent == 0)
                return buffer_append(&tree->buffer, sent.data, sent.size);

        r = row->id != 0 ? container_tree_is_ring(tree, row->id, row->parent) : 0;
        if (r < 0)
                return r;
        if (r > 0)
                return buffer_append(&tree->buffer, sent.data, sent.size);

        r = container_get(tree->store, row->parent, &tree->parent);
        if (r <= 0)
                return r < 0 ? r : -EUCLEAN;

        r = buffer_append(&tree->buffer, row->rdn.data, row->rdn.size);
        if (r >= 0)
                r = buffer_append_byte(&tree->buffer, ',');
        if (r >= 0)
                r = buffer_append(&tree->buffer, tree->parent.dn.data, tree->parent.dn.size);
        return r;
}

static int container_tree_children(ContainerTree *tree, int64_t parent, IdList *list)
{
        _cleanup_statement_ Statement *statement =
                store_statement(tree->store, QUERY_CONTAINER_CHILDREN);
        int r;

        statement_bind_integer(statement, ":parent", parent);
        while ((r = statement_step(statement)) > 0) {
                r = id_list_add(list, statement_integer(statement, COLUMN_CONTAINER_CHILDREN_ID));
                if (r < 0)
                        break;
        }

        return r;
}

/* Renames all containers below one. A ring comes back to the first, whose name then is no other than it was. */
static int container_tree_rename_below(ContainerTree *tree, int64_t first)
{
        Container *row = &tree->child;
        _cleanup_id_list_ IdList pending = {};
        int r;

        r = container_tree_children(tree, first, &pending);

        for (size_t i = 0; i < pending.n && r >= 0; i++) {
                r = container_get(tree->store, pending.ids[i], row);
                if (r > 0)
                        r = container_tree_make_dn(tree, row, slice_of(&row->dn));
                if (r >= 0)
                        r = container_tree_rename(tree, row);
                if (r <= 0)
                        continue;

                r = container_write(tree->store, row);
                if (r >= 0)
                        r = container_tree_children(tree, row->id, &pending);
        }

        return r < 0 ? r : 0;
}

/* Writes the row with the name in the buffer, and what follows from it below. */
static int container_tree_write(ContainerTree *tree, Container *row)
{
        bool is_new = row->id == 0, is_renamed;
        int r;

        r = container_tree_rename(tree, row);
        if (r < 0)
                return r;
        is_renamed = r > 0;

        r = container_write(tree->store, row);
        if (r < 0)
                return r;

        container_tree_forget(tree);
        return is_renamed && !is_new ? container_tree_rename_below(tree, row->id) : 0;
}

/*
 * Gets the row of a GUID, or one that so far had only this name; a new one, without id, where there is neither. *ret_is_stored
 * says whether the row stands in the database like this.
 */
static int container_tree_find(ContainerTree *tree, const Guid *guid, Slice dn, bool *ret_is_stored)
{
        Container *row = &tree->row;
        int r = 0;

        if (!guid_is_null(guid))
                r = container_find(tree->store, tree->domain, guid, row);
        if (r == 0)
                r = container_find_name(tree->store, tree->domain, dn, row);
        if (r < 0)
                return r;

        *ret_is_stored = r > 0 && (guid_is_null(guid) || guid_equal(guid, &row->guid));
        if (r > 0 && !*ret_is_stored && guid_is_null(&row->guid))
                row->guid = *guid;
        else if (!*ret_is_stored) {
                buffer_reset(&row->rdn);
                buffer_reset(&row->dn);
                *row = (Container){
                        .domain = tree->domain, .guid = *guid, .rdn = row->rdn, .dn = row->dn
                };
        }
        return 0;
}

/*
 * Sets parent and RDN of the row by a DN alone: below the container of that name, if there is one. What is not known stays
 * one piece, since nobody has said what stands above.
 */
static int container_tree_place_by_name(ContainerTree *tree, Slice dn)
{
        Container *row = &tree->row;
        Slice rdn, above;
        int r;

        row->parent = 0;
        r = dn_split(dn, &rdn, &above);
        if (r >= 0 && above.size > 0) {
                r = container_find_name(tree->store, tree->domain, above, &tree->parent);
                if (r > 0 && tree->parent.id != row->id)
                        row->parent = tree->parent.id;
        }
        if (r < 0 && r != -EBADMSG)
                return r;

        return buffer_assign(&row->rdn, row->parent != 0 ? rdn : dn);
}

/* The container that a child names, by GUID or else by DN. Where nothing better is known, its name is what the child's says. */
static int container_tree_find_parent(ContainerTree *tree, const Guid *guid, Slice dn, int64_t *ret)
{
        Container *row = &tree->row;
        bool is_stored;
        int r;

        r = container_tree_find(tree, guid, dn, &is_stored);
        if (r < 0)
                return r;

        if (row->id == 0)
                row->origin = CONTAINER_NAMED;

        /* A container that is followed knows its name better than a child, which may have been read before a rename. */
        if (!is_stored ||
            (row->origin != CONTAINER_FOLLOWED && !slice_equal(dn, slice_of(&row->dn)))) {
                r = container_tree_place_by_name(tree, dn);
                if (r >= 0)
                        r = container_tree_make_dn(tree, row, dn);
                if (r >= 0)
                        r = container_tree_write(tree, row);
                if (r < 0)
                        return r;
        }

        *ret = row->id;
        return 0;
}

static size_t guid_slot(const Guid *guid)
{
        return (guid->bytes[0] ^ guid->bytes[7] ^ guid->bytes[15]) % CACHE_SLOTS;
}

int container_tree_resolve(ContainerTree *tree, const Guid *parent, Slice dn, int64_t *ret_id,
                           Slice *ret_rdn)
{
        struct ContainerCache *cache = tree->cache;
        size_t slot = guid_slot(parent);
        Slice rdn, above;
        int64_t id;
        int r;

        r = dn_split(dn, &rdn, &above);
        if (r == -EBADMSG || (r >= 0 && above.size == 0)) {
                *ret_id = 0;
                *ret_rdn = dn;
                return 0;
        }
        if (r < 0)
                return r;

        if (!guid_is_null(parent) && cache->guid_ids[slot] != 0 &&
            guid_equal(&cache->guids[slot], parent))
                id = cache->guid_ids[slot];
        else {
                r = container_tree_find_parent(tree, parent, above, &id);
                if (r < 0)
                        return r;

                /* The others must be compared with every child's name. */
                if (tree->row.origin == CONTAINER_FOLLOWED) {
                        cache->guids[slot] = tree->row.guid;
                        cache->guid_ids[slot] = guid_is_null(parent) ? 0 : id;
                }
        }

        *ret_id = id;
        *ret_rdn = rdn;
        return 0;
}

/* What stands above an entry: 0 for the root of the naming context, which has a DNS name and no parent, and for what is no DN. */
static int container_tree_find_above(ContainerTree *tree, const ContainerEntry *entry,
                                     int64_t *ret_id, Slice *ret_rdn)
{
        Slice rdn, above;
        int r;

        *ret_id = 0;
        *ret_rdn = entry->dn;

        r = dn_split(entry->dn, &rdn, &above);
        if (r < 0)
                return r == -EBADMSG ? 0 : r;
        if (above.size == 0 || (guid_is_null(&entry->parent) && text_begins_nocase(rdn, "DC=")))
                return 0;

        *ret_rdn = rdn;
        return container_tree_find_parent(tree, &entry->parent, above, ret_id);
}

int container_tree_put(ContainerTree *tree, const ContainerEntry *entry)
{
        Container *row = &tree->row;
        bool is_stored;
        int64_t parent;
        Slice rdn;
        int r;

        r = container_tree_find_above(tree, entry, &parent, &rdn);
        if (r >= 0)
                r = container_tree_find(tree, &entry->guid, entry->dn, &is_stored);
        if (r >= 0)
                r = buffer_assign(&row->rdn, rdn);
        if (r < 0)
                return r;

        row->parent = parent;
        row->origin = entry->origin;
        row->usn = entry->usn;
        row->epoch = entry->epoch;
        row->deleted_at = 0;
        r = container_tree_make_dn(tree, row, entry->dn);
        return r < 0 ? r : container_tree_write(tree, row);
}

int container_tree_delete(ContainerTree *tree, const Guid *guid, int64_t usn, int64_t epoch,
                          int64_t now)
{
        Container *row = &tree->row;
        int r;

        r = container_find(tree->store, tree->domain, guid, row);
        if (r <= 0)
                return r;

        row->usn = usn;
        row->epoch = epoch;
        if (row->deleted_at == 0)
                row->deleted_at = now;
        return container_write(tree->store, row);
}

int container_tree_place(ContainerTree *tree, int64_t id, ContainerPlace *ret)
{
        struct ContainerCache *cache = tree->cache;
        size_t slot = (uint64_t)id % CACHE_SLOTS;
        int r;

        if (cache->place_ids[slot] != id) {
                cache->place_ids[slot] = 0;
                r = container_get(tree->store, id, &tree->row);
                if (r <= 0)
                        return r;
                if (!cache->has_buffer[slot])
                        cache->places[slot].dn = (Buffer)BUFFER_INIT;
                cache->has_buffer[slot] = true;
                r = buffer_assign(&cache->places[slot].dn, slice_of(&tree->row.dn));
                if (r < 0)
                        return r;
                cache->place_ids[slot] = id;
                cache->places[slot].selected = tree->row.selected;
        }

        *ret = (ContainerPlace){ .dn = slice_of(&cache->places[slot].dn),
                                 .selected = cache->places[slot].selected };
        return 1;
}

int container_tree_reselect(ContainerTree *tree, int64_t id)
{
        Container *row = &tree->row;
        int r;

        r = container_get(tree->store, id, row);
        if (r <= 0)
                return r;

        r = buffer_assign(&tree->buffer, slice_of(&row->dn));
        if (r >= 0)
                r = container_tree_rename(tree, row);
        if (r <= 0)
                return r;

        container_tree_forget(tree);
        return container_write(tree->store, row);
}
