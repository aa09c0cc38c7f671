/* SPDX-License-Identifier: MIT */

/*
 * A new inventory before all objects, or a new domain before the inventory. Of a tenant that is in order nearly everybody is somebody here and
 * just like him, and nothing is to be said of him: he is found by a number (evaluate-counterpart.h), with both sides gone through in the order
 * in which they are stored. Each look-up by key would be a page of its own. What is left is looked at one by one: apply-cloud.c.
 *
 * Of a very large tenant not all numbers are in memory at once: then the objects are gone through for each part of them.
 */

#include "lib/core/evaluate-counterpart.h"
#include "lib/state/apply-internal.h"

#define WALK_ROWS 100

/* Rows go by in order here, and hardly more is done with them. */
#define GLANCE_COST 50
#define ALIKE_COST  250

/* ------------------------------------------------------------------ the inventory */

typedef struct Current {
        int64_t imports[INVENTORY_PARTS];
        size_t n;
        int64_t objects;
} Current;

static int current_read(Store *store, Current *ret)
{
        CloudPart parts[INVENTORY_PARTS];
        int r;

        *ret = (Current){};
        r = cloud_parts(store, parts, &ret->n);
        for (size_t i = 0; i < ret->n; i++) {
                ret->imports[i] = parts[i].import;
                if (parts[i].part == INVENTORY_USERS)
                        ret->objects = parts[i].objects;
        }
        cloud_parts_done(parts, ret->n);
        return r;
}

static bool current_has(const Current *current, int64_t import)
{
        for (size_t i = 0; i < current->n; i++)
                if (current->imports[i] == import)
                        return true;
        return false;
}

/* Whoever claims something already is looked at by himself, whether he still is of the inventory or not: his claims may have to go. */
static int apply_take_glance(Apply *apply, const Current *current, const CloudGlance *glance)
{
        const Likeness likeness = {
                .number = glance->likeness,
                .password_changed = glance->password_changed,
                .id = glance->id,
        };
        bool is_current = current_has(current, glance->import);
        int r = 0;

        if (is_current && !glance->claims && glance->likeness != 0)
                r = likeness_table_add(&apply->likeness, &likeness);
        if (r >= 0 && (is_current || glance->claims))
                r = id_set_add(&apply->unmet, glance->id);
        return r;
}

static int apply_glance(Apply *apply, Budget *budget)
{
        size_t most = likeness_table_most((size_t)apply->settings.config->stage_memory_mib << 20);
        CloudGlance glances[WALK_ROWS];
        Current current;
        int n = 1, r;

        r = current_read(apply->store, &current);
        if (r >= 0)
                r = likeness_table_reserve(&apply->likeness, (size_t)current.objects < most
                                                                     ? (size_t)current.objects
                                                                     : most);
        if (r < 0)
                return r;

        while (apply->likeness.n < most && n > 0) {
                if (budget_is_spent(budget))
                        return APPLY_MORE;

                n = cloud_glance(apply->store, apply->last_glance, glances, WALK_ROWS);
                for (int i = 0; i < n && apply->likeness.n < most; i++) {
                        r = apply_take_glance(apply, &current, &glances[i]);
                        if (r < 0)
                                return r;
                        apply->last_glance = glances[i].id;
                        budget_spend(budget, GLANCE_COST);
                }
        }

        apply->is_glanced = n == 0;
        return n < 0 ? n : 0;
}

/* ------------------------------------------------------------------ the objects */

int apply_is_selected(Apply *apply, int64_t object, int64_t parent)
{
        const JudgeDomain *domain = judge_domain(&apply->judge, cache_domain_of(object));
        ContainerPlace place = {};
        int r;

        if (!domain || !domain->counts)
                return 0;
        r = container_tree_place(&apply->tree, parent, &place);
        return r < 0 ? r : r > 0 && place.selected;
}

/* The row that the statement stands on, with the values that its likeness is made of. Of the statement: until the next step. */
static int row_object(Statement *walk, const AttributeSet *wanted, Object *object)
{
        const void *data;
        size_t size;
        int r;

        object_reset(object);
        data = statement_blob(walk, COLUMN_OBJECT_WALK_VALUES_ATTRIBUTES, &size);
        r = object_unpack_some(object, data, size, wanted);
        if (r >= 0)
                r = object_seal(object);
        if (r < 0)
                return r == -EBADMSG ? -EUCLEAN : r;

        data = statement_blob(walk, COLUMN_OBJECT_WALK_VALUES_GUID, &size);
        object->kind = (Kind)statement_integer(walk, COLUMN_OBJECT_WALK_VALUES_KIND);
        return guid_from_bytes(data, size, &object->guid) < 0 ? -EUCLEAN : 0;
}

/* 1: the one of the cloud that is like it was found, and both are the same; 2: nor is there anything to be said of it. */
static int apply_meet(Apply *apply, Statement *walk, int64_t id)
{
        const JudgeDomain *domain = judge_domain(&apply->judge, cache_domain_of(id));
        Kind kind = (Kind)statement_integer(walk, COLUMN_OBJECT_WALK_VALUES_KIND);
        int64_t parent = statement_integer(walk, COLUMN_OBJECT_WALK_VALUES_PARENT);
        Object *object = apply->new.object;
        const Likeness *likeness;
        const Tenant *tenant;
        AttributeSet wanted;
        int r;

        if (!domain || !cloud_kind_agrees(CLOUD_USER, kind) || parent == 0 ||
            statement_integer(walk, COLUMN_OBJECT_WALK_VALUES_EXCLUDED) != 0 ||
            !statement_is_null(walk, COLUMN_OBJECT_WALK_VALUES_DELETED_AT))
                return 0;

        tenant = domain->contexts[1].tenant;
        counterpart_likeness_attributes(tenant, &wanted);
        r = row_object(walk, &wanted, object);
        if (r < 0)
                return r;

        likeness = likeness_table_find(&apply->likeness, counterpart_likeness_here(tenant, object));
        r = likeness ? apply_is_selected(apply, id, parent) : 0;
        if (r <= 0)
                return r;

        id_set_remove(&apply->unmet, likeness->id);
        return counterpart_password_is_plain(tenant, object, likeness->password_changed) ? 2 : 1;
}

/* Is the object to be judged by what the cloud has of it, as far as a glance can tell? */
static bool apply_may_be_concerned(const Apply *apply, Kind kind)
{
        return apply->is_whole || apply->is_rewritten || judge_cloud_has(&apply->judge, kind);
}

static int apply_take_row(Apply *apply, Statement *walk, int64_t id)
{
        Kind kind = (Kind)statement_integer(walk, COLUMN_OBJECT_WALK_VALUES_KIND);
        int r;

        r = apply_meet(apply, walk, id);
        if (r < 0 || !apply_settles_by_cloud(apply, id))
                return r;

        /* Found in two parts of the inventory, it is judged: see apply_note_selected(). */
        if (r > 1 && id_set_add(&apply->plain, id) == 0)
                return 0;
        if (r > 1)
                r = id_set_add(&apply->odd, id);
        if (r >= 0 && apply_may_be_concerned(apply, kind))
                r = id_set_add(&apply->unsettled, id);
        return r;
}

/* What is open may be by the former inventory: these are judged in any case. */
static int apply_take_findings(Apply *apply, int64_t first, int64_t last)
{
        _cleanup_statement_ Statement *own = store_statement(apply->store, QUERY_FINDING_OWN);
        int r;

        statement_bind_integer(own, ":first", first);
        statement_bind_integer(own, ":last", last);
        while ((r = statement_step(own)) > 0) {
                int64_t id = statement_integer(own, COLUMN_FINDING_OWN_OBJECT);

                r = id_set_add(&apply->unsettled, id);
                if (r >= 0)
                        r = id_set_add(&apply->odd, id);
                if (r < 0)
                        break;
        }
        return r;
}

/* 1: there were some; 0: it is over; or negative. */
static int apply_take_rows(Apply *apply, Budget *budget)
{
        _cleanup_statement_ Statement *walk =
                store_statement(apply->store, QUERY_OBJECT_WALK_VALUES);
        int64_t before = apply->last_object;
        int r;

        statement_bind_integer(walk, ":after", before);
        statement_bind_integer(walk, ":limit", WALK_ROWS);
        while ((r = statement_step(walk)) > 0) {
                int64_t id = statement_integer(walk, COLUMN_OBJECT_WALK_VALUES_ID);

                r = apply_take_row(apply, walk, id);
                if (r < 0)
                        return r;
                apply->last_object = id;
                budget_spend(budget, ALIKE_COST);
        }
        if (r >= 0 && apply->kind == APPLY_CLOUD)
                r = apply_take_findings(apply, before + 1, apply->last_object);
        return r < 0 ? r : apply->last_object != before;
}

static int apply_meet_all(Apply *apply, Budget *budget)
{
        int r;

        do {
                if (budget_is_spent(budget))
                        return APPLY_MORE;
                r = apply_take_rows(apply, budget);
        } while (r > 0);
        return r;
}

int apply_alike(Apply *apply, Budget *budget)
{
        int r;

        r = apply_has_cloud(apply);
        if (r <= 0 || !apply_walks_cloud(apply))
                return r < 0 ? r : 0;

        for (;;) {
                r = apply->is_meeting ? 0 : apply_glance(apply, budget);
                if (r != 0)
                        return r;

                apply->is_meeting = true;
                r = apply_meet_all(apply, budget);
                if (r != 0)
                        return r;

                apply->is_meeting = false;
                apply->last_object = 0;
                if (apply->is_glanced) {
                        likeness_table_done(&apply->likeness);
                        return 0;
                }
                likeness_table_reset(&apply->likeness);
        }
}
