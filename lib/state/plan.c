/* SPDX-License-Identifier: MIT */
#include "lib/state/plan.h"

#include <errno.h>
#include <string.h>

#include "lib/core/arena.h"
#include "lib/core/crowd.h"
#include "lib/core/dn.h"

/* An object as it is to become. */
typedef struct PlanObject {
        Object *object;
        char *domain;
        bool is_cached;  /* the cache has it */
        bool is_deleted; /* the plan takes it away */
} PlanObject;

struct Plan {
        Store *store;
        PlanObject *objects;
        size_t n_objects;

        /* Which object has a name now: names are numbered as they come. */
        Crowd names;
        Arena arena;
        size_t *named; /* index of the object, and NOBODY */
        uint32_t n_names;
};

#define NOBODY SIZE_MAX

int plan_new(Store *store, Plan **ret)
{
        Plan *plan = calloc(1, sizeof(*plan));

        if (!plan)
                return -ENOMEM;

        plan->store = store;
        *ret = plan;
        return 0;
}

Plan *plan_free(Plan *plan)
{
        if (!plan)
                return NULL;

        for (size_t i = 0; i < plan->n_objects; i++) {
                (void)object_free(plan->objects[i].object);
                free(plan->objects[i].domain);
        }
        free(plan->objects);
        free(plan->named);
        crowd_done(&plan->names);
        arena_done(&plan->arena);
        free(plan);
        return NULL;
}

/* ------------------------------------------------------------------ names */

/* The number of a name; *ret_is_new: the plan has not met it before. 0 or negative. */
static int name_number(Plan *plan, Slice dn, uint32_t *ret, bool *ret_is_new)
{
        _cleanup_buffer_ Buffer name = BUFFER_INIT;
        size_t *named;
        const void *copy;
        int r;

        r = dn_normalize(dn, &name);
        if (r < 0)
                return r;
        copy = arena_copy(&plan->arena, name.data, name.size);
        if (!copy)
                return -ENOMEM;
        r = crowd_note(&plan->names, 0, (Slice){ copy, name.size }, plan->n_names, ret);
        if (r < 0)
                return r;

        *ret_is_new = *ret == plan->n_names;
        if (!*ret_is_new)
                return 0;

        named = reallocarray(plan->named, plan->n_names + 1, sizeof(*named));
        if (!named)
                return -ENOMEM;
        plan->named = named;
        plan->named[plan->n_names++] = NOBODY;
        return 0;
}

static int plan_add(Plan *plan, const char *domain, bool is_cached, PlanObject **ret)
{
        PlanObject *objects = reallocarray(plan->objects, plan->n_objects + 1, sizeof(*objects));
        PlanObject *object;
        int r;

        if (!objects)
                return -ENOMEM;
        plan->objects = objects;

        object = &objects[plan->n_objects];
        *object = (PlanObject){ .domain = strdup(domain), .is_cached = is_cached };
        r = object->domain ? object_new(&object->object) : -ENOMEM;
        if (r < 0) {
                free(object->domain);
                return r;
        }

        plan->n_objects++;
        *ret = object;
        return 0;
}

/* The object of that name in the cache becomes one of the plan. 1, 0 where there is none, or negative. */
static int plan_fetch(Plan *plan, Slice dn, size_t *ret)
{
        _cleanup_(object_info_done) ObjectInfo info = {};
        _cleanup_(object_freep) Object *object = NULL;
        _cleanup_free_ char *name = strndup((const char *)dn.data, dn.size);
        _cleanup_free_ int64_t *ids = NULL;
        PlanObject *added;
        size_t n;
        int r;

        if (!name)
                return -ENOMEM;

        r = query_find_objects(plan->store, name, &ids, &n);
        if (r < 0 || n == 0)
                return r;
        r = object_new(&object);
        if (r >= 0)
                r = query_object(plan->store, ids[0], object, &info);
        if (r <= 0 || info.deleted_at)
                return r < 0 ? r : 0;

        r = plan_add(plan, info.domain, true, &added);
        if (r < 0)
                return r;

        (void)object_free(added->object);
        added->object = TAKE_PTR(object);
        *ret = plan->n_objects - 1;
        return 1;
}

/* Who has the name now. 1 with *ret; 0 nobody; negative. *ret_number in both cases. */
static int plan_find(Plan *plan, Slice dn, size_t *ret, uint32_t *ret_number)
{
        bool is_new;
        int r;

        r = name_number(plan, dn, ret_number, &is_new);
        if (r < 0)
                return r;
        if (is_new) {
                r = plan_fetch(plan, dn, &plan->named[*ret_number]);
                if (r < 0)
                        return r;
        }

        *ret = plan->named[*ret_number];
        return *ret != NOBODY;
}

/* ------------------------------------------------------------------ changes */

static int copy_object(const Object *object, Object *ret)
{
        static const LdifEdits nothing = {};
        const char *error;

        return ldif_edits_apply(&nothing, object, ret, &error);
}

/* A whole object; the one that is there already keeps its GUID, which a file seldom has. */
static int note_whole(Plan *plan, const char *domain, const Object *object, bool is_found,
                      size_t at, uint32_t number)
{
        PlanObject *planned;
        Guid guid;
        int r;

        if (!is_found) {
                r = plan_add(plan, domain, false, &planned);
                if (r < 0)
                        return r;
                plan->named[number] = plan->n_objects - 1;
                return copy_object(object, planned->object);
        }

        planned = &plan->objects[at];
        guid = planned->object->guid;
        r = copy_object(object, planned->object);
        planned->object->guid = guid;
        return r;
}

static int note_edits(Plan *plan, size_t at, uint32_t number, const LdifEdits *edits,
                      const char **ret_error)
{
        _cleanup_(object_freep) Object *after = NULL;
        PlanObject *planned = &plan->objects[at];
        uint32_t next;
        size_t holder;
        int r;

        r = object_new(&after);
        if (r >= 0)
                r = ldif_edits_apply(edits, planned->object, after, ret_error);
        if (r < 0)
                return r == -EBADMSG ? PLAN_REFUSED : r;

        if (edits->new_rdn.size > 0) {
                r = plan_find(plan, (Slice){ after->dn.data, after->dn.size }, &holder, &next);
                if (r < 0)
                        return r;
                if (r > 0 && next != number) {
                        *ret_error = "gives a name that another object has";
                        return PLAN_REFUSED;
                }
                plan->named[number] = NOBODY;
                plan->named[next] = at;
                planned = &plan->objects[at]; /* a look-up may have moved them */
        }

        (void)object_free(planned->object);
        planned->object = TAKE_PTR(after);
        return 0;
}

int plan_note(Plan *plan, const char *domain, LdifChange change, const Object *object,
              const LdifEdits *edits, const char **ret_error)
{
        uint32_t number;
        bool is_found;
        size_t at;
        int r;

        r = plan_find(plan, (Slice){ object->dn.data, object->dn.size }, &at, &number);
        if (r < 0)
                return r;
        is_found = r > 0;

        switch (change) {
        case LDIF_ADD:
                if (is_found) {
                        *ret_error = "adds an object whose name is taken";
                        return PLAN_REFUSED;
                }
                return note_whole(plan, domain, object, false, at, number);
        case LDIF_CONTENT:
                return note_whole(plan, domain, object, is_found, at, number);
        case LDIF_MODIFY:
        case LDIF_RENAME:
        case LDIF_DELETE:
                break;
        }

        if (!is_found) {
                *ret_error = "changes an object that neither the cache nor the file has";
                return PLAN_REFUSED;
        }
        if (change != LDIF_DELETE)
                return note_edits(plan, at, number, edits, ret_error);

        plan->objects[at].is_deleted = true;
        plan->named[number] = NOBODY;
        return 0;
}

/* ------------------------------------------------------------------ trying */

static int stage_deleted(const PlanObject *planned, Trial *trial)
{
        _cleanup_(object_freep) Object *tombstone = NULL;
        const Object *object = planned->object;
        int r;

        r = object_new(&tombstone);
        if (r >= 0)
                r = object_set_dn(tombstone, (const char *)object->dn.data, object->dn.size);
        if (r >= 0)
                r = object_add_string(tombstone, ATTRIBUTE_IS_DELETED, "TRUE");
        if (r >= 0)
                r = object_seal(tombstone);
        if (r < 0)
                return r;

        tombstone->guid = object->guid;
        tombstone->kind = object->kind;
        tombstone->known = object->known;
        return trial_stage(trial, planned->domain, tombstone);
}

int plan_stage(const Plan *plan, Trial *trial)
{
        for (size_t i = 0; i < plan->n_objects; i++) {
                const PlanObject *planned = &plan->objects[i];
                int r = 0;

                if (!planned->is_deleted)
                        r = trial_stage(trial, planned->domain, planned->object);
                else if (planned->is_cached)
                        r = stage_deleted(planned, trial);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int compare_ids(const void *a, const void *b)
{
        const int64_t *x = a, *y = b;

        return (*x > *y) - (*x < *y);
}

int plan_select(const Plan *plan, Trial *trial, FindingList *list, const FindingList *before)
{
        _cleanup_free_ int64_t *all = calloc(plan->n_objects + 1, sizeof(*all));
        size_t n_all = 0;

        if (!all)
                return -ENOMEM;

        for (size_t i = 0; i < plan->n_objects; i++) {
                _cleanup_free_ int64_t *ids = NULL;
                char guid[GUID_STRING_SIZE];
                size_t n;
                int r;

                guid_format(&plan->objects[i].object->guid, guid);
                r = query_find_objects(trial_store(trial), guid, &ids, &n);
                if (r < 0)
                        return r;
                if (n > 0)
                        all[n_all++] = ids[0];
        }

        qsort(all, n_all, sizeof(*all), compare_ids);
        return finding_list_focus(list, before, all, n_all);
}
