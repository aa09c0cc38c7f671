/* SPDX-License-Identifier: MIT */

/*
 * What a reconcile wants to know of the cache: which rows it has at which USN, which of them nobody has shown, and whether a row
 * that was taken over from another domain controller is what this one holds.
 */

#include <assert.h>
#include <string.h>

#include "lib/state/apply-internal.h"

static int apply_look_up_container(Apply *apply, const Guid *guid, ApplyRow *ret)
{
        Container *row = &apply->tree.row;
        int r;

        r = container_find(apply->store, apply->domain->id, guid, row);
        if (r <= 0)
                return r;

        *ret = (ApplyRow){
                .is_known = true,
                .is_container = true,
                .is_deleted = row->deleted_at != 0,
                .is_foreign = row->epoch != apply->epoch,
                .usn = row->usn,
        };
        return roll_call_container(&apply->roll_call, row->id);
}

int apply_look_up(Apply *apply, const Guid *guid, ApplyRow *ret)
{
        CacheStanding standing;
        ApplyRow row = {};
        int r;

        assert(apply->kind == APPLY_DELTA && !apply->is_accepted);
        apply->is_audit = true;

        r = cache_find_standing(apply->store, apply->domain->id, guid, &standing);
        if (r > 0) {
                row = (ApplyRow){
                        .is_known = true,
                        .is_deleted = standing.is_deleted,
                        .is_foreign = standing.epoch != apply->epoch,
                        .usn = standing.usn,
                };
                r = roll_call_object(&apply->roll_call, standing.id);
        } else if (r == 0)
                r = apply_look_up_container(apply, guid, &row);
        if (r < 0)
                return r;

        row.is_staged = guid_map_get(&apply->staged, guid, NULL);
        *ret = row;
        return 0;
}

void apply_count_missed(Apply *apply)
{
        apply->summary.missed++;
}

static void apply_count_difference(Apply *apply)
{
        apply->summary.adopted_differences++;
}

int apply_compare(Apply *apply, const Guid *guid)
{
        return guid_map_put(&apply->compared, guid, 0);
}

static bool apply_is_compared(const Apply *apply, const Guid *guid)
{
        return guid_map_get(&apply->compared, guid, NULL);
}

/*
 * Two domain controllers that agree may show these otherwise: times that each keeps for itself, and names of other objects, which
 * change with the other object.
 */
static bool attribute_is_local(AttributeId attribute)
{
        return attribute == ATTRIBUTE_WHEN_CHANGED || attribute == ATTRIBUTE_LAST_LOGON ||
               attribute_syntax(attribute) == SYNTAX_DN;
}

static bool values_have(const Value *values, size_t n, const Value *value)
{
        for (size_t i = 0; i < n; i++)
                if (values[i].size == value->size &&
                    (value->size == 0 || memcmp(values[i].data, value->data, value->size) == 0))
                        return true;
        return false;
}

/* In any order. */
static bool values_differ(const Object *a, const Object *b, AttributeId attribute)
{
        size_t n, n_others;
        const Value *values = object_values(a, attribute, &n);
        const Value *others = object_values(b, attribute, &n_others);

        if (n != n_others)
                return true;
        for (size_t i = 0; i < n; i++)
                if (!values_have(others, n, &values[i]))
                        return true;
        return false;
}

/* Only what both rows know can differ. */
static bool objects_differ(const Object *a, const Object *b)
{
        for (unsigned i = ATTRIBUTE_NONE + 1; i < ATTRIBUTE_MAX; i++) {
                AttributeId attribute = (AttributeId)i;

                if (attribute_name(attribute) && !attribute_is_local(attribute) &&
                    attribute_set_has(&a->known, attribute) &&
                    attribute_set_has(&b->known, attribute) && values_differ(a, b, attribute))
                        return true;
        }
        return false;
}

void apply_hold_against(Apply *apply, const Judged *old, const Judged *new)
{
        if (!apply_is_compared(apply, &new->row.guid))
                return;

        if (old->row.deleted_at != 0 || old->row.kind != new->row.kind ||
            old->row.parent != new->row.parent || old->row.rdn.size != new->row.rdn.size ||
            memcmp(old->row.rdn.data, new->row.rdn.data, old->row.rdn.size) != 0 ||
            objects_differ(old->object, new->object))
                apply_count_difference(apply);
}

static bool containers_differ(const Container *a, const Container *b)
{
        return a->deleted_at != b->deleted_at || a->parent != b->parent ||
               a->rdn.size != b->rdn.size || memcmp(a->rdn.data, b->rdn.data, a->rdn.size) != 0;
}

int apply_put_container(Apply *apply, const ContainerEntry *entry)
{
        Container before = {}, now = {};
        int r;

        if (!apply_is_compared(apply, &entry->guid))
                return container_tree_put(&apply->tree, entry);

        r = container_find(apply->store, apply->domain->id, &entry->guid, &before);
        if (r >= 0)
                r = container_tree_put(&apply->tree, entry);
        if (r >= 0)
                r = container_find(apply->store, apply->domain->id, &entry->guid, &now);
        if (r >= 0 && containers_differ(&before, &now))
                apply_count_difference(apply);

        container_done(&before);
        container_done(&now);
        return r < 0 ? r : 0;
}
