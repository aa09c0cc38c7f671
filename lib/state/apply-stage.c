/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/apply-internal.h"
#include "lib/state/attribute-list.h"

/*
 * A first read writes half a page of an answer at a time: long enough to share the pages it dirties, short for the loop. It does so while
 * the server computes, see apply_catch_up(), unless so much waits that the server must be the faster one.
 */
#define BATCH_ENTRIES  500
#define BEHIND_ENTRIES 2000

static bool is_asked_for(const Apply *apply, const Guid *guid)
{
        return guid_map_get(&apply->parents, guid, NULL);
}

static bool apply_is_same_usn(const Apply *apply, const Object *object, int64_t epoch, int64_t usn)
{
        return !apply->settings.is_distrustful && apply->epoch != 0 && object->usn != 0 &&
               epoch == apply->epoch && usn == object->usn;
}

/* Has the cache the container's row as the entry brings it? 1, 0 or negative; -1 in *ret_origin: it has none at all. */
static int apply_has_container(Apply *apply, const Object *object, int *ret_origin)
{
        Container *row = &apply->tree.row;
        int r;

        *ret_origin = -1;
        r = container_find(apply->store, apply->domain->id, &object->guid, row);
        if (r <= 0)
                return r;

        *ret_origin = row->origin;
        if (apply->kind == APPLY_FULL) {
                r = roll_call_container(&apply->roll_call, row->id);
                if (r < 0)
                        return r;
        }

        return apply_is_same_usn(apply, object, row->epoch, row->usn) &&
               object->is_deleted == (row->deleted_at != 0);
}

/* The same of an object. Read with other attributes, it is news also at the same USN. */
static int apply_has_object(Apply *apply, const Object *object)
{
        CacheStanding standing;
        int r;

        r = cache_find_standing(apply->store, apply->domain->id, &object->guid, &standing);
        if (r <= 0)
                return r;

        if (apply->kind == APPLY_FULL) {
                r = roll_call_object(&apply->roll_call, standing.id);
                if (r < 0)
                        return r;
        }

        return apply_is_same_usn(apply, object, standing.epoch, standing.usn) &&
               standing.attribute_list == apply->attribute_list &&
               object->is_deleted == standing.is_deleted;
}

/* Does the cache have all that this entry says? 1: a mark is enough. */
static int apply_has(Apply *apply, const Object *object)
{
        int origin, r;

        if (!kind_is_kept(object->kind))
                return apply_has_container(apply, object, &origin);

        r = apply_has_object(apply, object);
        if (r <= 0 || !is_asked_for(apply, &object->guid))
                return r;

        /* An object may carry the names of others, and was read for that: then it must be known as a container too. */
        r = apply_has_container(apply, object, &origin);
        return r < 0 ? r : origin == CONTAINER_FOLLOWED;
}

static int apply_note_parent(Apply *apply, const Guid *parent)
{
        Guid *list;
        int r;

        if (guid_is_null(parent) || guid_map_get(&apply->parents, parent, NULL))
                return 0;

        list = reallocarray(apply->parent_list, apply->n_parents + 1, sizeof(*list));
        if (!list)
                return -ENOMEM;
        apply->parent_list = list;

        r = guid_map_put(&apply->parents, parent, apply->n_parents);
        if (r >= 0)
                apply->parent_list[apply->n_parents++] = *parent;
        return r;
}

/* A write that took its USN before the watermark was read, and was committed after. Parents are read by themselves: they are old. */
static bool apply_is_late(const Apply *apply, const Object *object)
{
        const Cursor *cursor = &apply->domain->cursor;

        return apply->kind == APPLY_DELTA && !apply->is_audit && object->usn <= cursor->watermark &&
               guid_equal(&cursor->invocation_id, &apply->settings.invocation_id) &&
               !is_asked_for(apply, &object->guid);
}

static int apply_stage_first(Apply *apply, const Object *object)
{
        int r;

        /* What is deleted was never known. What is deleted while we read has a USN that the next poll asks for. */
        if (object->is_deleted)
                return 0;

        r = stage_add(&apply->stage, object);
        if (r < 0 || stage_left(&apply->stage) < BEHIND_ENTRIES ||
            stage_left(&apply->stage) % BATCH_ENTRIES != 0)
                return r;

        /* Who holds the database is waited for a second, once for as many as would be written: they are kept. */
        r = apply_catch_up(apply);
        return r < 0 && r != -EBUSY ? r : 0;
}

static int apply_stage_news(Apply *apply, const Object *object)
{
        bool is_staged = guid_map_get(&apply->staged, &object->guid, NULL);
        int r;

        r = apply_has(apply, object);
        if (r < 0)
                return r;
        if (r > 0 && !is_staged) {
                apply->summary.unchanged++;
                return 0;
        }

        /* What comes twice was late once. */
        if (!is_staged && apply_is_late(apply, object))
                apply->summary.late++;

        r = guid_map_put(&apply->staged, &object->guid, apply->stage.n);
        return r < 0 ? r : stage_add(&apply->stage, object);
}

/* Anything may stand above an object, but what is neither followed nor asked for is none of our business. */
static int apply_wants(Apply *apply, const Object *object)
{
        int r;

        if (guid_is_null(&object->guid))
                return 0;
        if (kind_is_kept(object->kind) || object->kind == KIND_CONTAINER ||
            is_asked_for(apply, &object->guid))
                return 1;

        r = container_find(apply->store, apply->domain->id, &object->guid, &apply->tree.row);
        return r;
}

int apply_stage(Apply *apply, const Object *object)
{
        int r;

        assert(!apply->is_accepted);

        r = apply_wants(apply, object);
        if (r < 0)
                return r;
        if (r == 0) {
                apply->summary.skipped++;
                return 0;
        }

        apply->summary.staged++;
        if (!object->is_deleted) {
                r = apply_note_parent(apply, &object->parent);
                if (r < 0)
                        return r;
        }
        if (!kind_is_kept(object->kind) || is_asked_for(apply, &object->guid)) {
                r = guid_map_put(&apply->arrived, &object->guid, 0);
                if (r < 0)
                        return r;
        }

        return apply->kind == APPLY_FIRST ? apply_stage_first(apply, object)
                                          : apply_stage_news(apply, object);
}

bool apply_has_staged(const Apply *apply, const Guid *guid)
{
        return guid_map_get(&apply->staged, guid, NULL);
}

bool apply_is_last(const Apply *apply, const StageEntry *entry, size_t number)
{
        uint64_t last;

        return !guid_map_get(&apply->staged, &entry->guid, &last) || last == number;
}

int apply_next_unknown_parent(Apply *apply, Guid *ret)
{
        while (apply->next_parent < apply->n_parents) {
                const Guid *guid = &apply->parent_list[apply->next_parent++];
                Container *row = &apply->tree.row;
                int r;

                if (guid_map_get(&apply->arrived, guid, NULL))
                        continue;

                r = container_find(apply->store, apply->domain->id, guid, row);
                if (r < 0)
                        return r;
                if (r > 0 && row->origin != CONTAINER_NAMED)
                        continue;

                *ret = *guid;
                return 1;
        }

        return 0;
}

int apply_absent_find(Apply *apply, unsigned budget)
{
        assert(apply->kind == APPLY_FULL || apply->is_audit);
        return roll_call_find_absent(&apply->roll_call, budget);
}

const Guid *apply_absent(const Apply *apply, size_t *ret_n)
{
        return roll_call_absent(&apply->roll_call, ret_n);
}

int apply_absent_confirm(Apply *apply, const Guid *guid)
{
        Guid *list;
        int r;

        if (guid_map_get(&apply->gone, guid, NULL))
                return 0;

        list = reallocarray(apply->gone_list, apply->n_gone + 1, sizeof(*list));
        if (!list)
                return -ENOMEM;
        apply->gone_list = list;

        r = guid_map_put(&apply->gone, guid, apply->n_gone);
        if (r >= 0)
                apply->gone_list[apply->n_gone++] = *guid;
        return r;
}

/* Removes what an interrupted first read wrote: a few rows at a time, from behind the new ones on. */
static int apply_remove_leftovers(Apply *apply, unsigned most)
{
        _cleanup_id_list_ IdList ids = {};
        Statement *walk = store_statement(apply->store, QUERY_OBJECT_WALK);
        int r;

        statement_bind_integer(walk, ":after", apply->next_id - 1);
        statement_bind_integer(walk, ":last", apply->leftovers_end - 1);
        statement_bind_integer(walk, ":limit", most);
        while ((r = statement_step(walk)) > 0) {
                r = id_list_add(&ids, statement_integer(walk, COLUMN_OBJECT_WALK_ID));
                if (r < 0)
                        break;
        }
        statement_reset(walk);

        for (size_t i = 0; i < ids.n && r >= 0; i++) {
                Statement *delete = store_statement(apply->store, QUERY_FINDING_DELETE_OBJECT);

                statement_bind_integer(delete, ":object", ids.ids[i]);
                r = statement_execute(delete);
                if (r >= 0)
                        r = cache_delete(apply->store, ids.ids[i]);
        }
        if (r < 0)
                return r;

        if (ids.n < most)
                apply->leftovers_end = 0;
        return apply->leftovers_end != 0 ? APPLY_MORE : 0;
}

int apply_leftovers(Apply *apply, Budget *budget)
{
        while (apply->leftovers_end != 0) {
                int r;

                if (budget_is_spent(budget))
                        return APPLY_MORE;
                budget_spend(budget, 100 * BUDGET_ROW);

                r = apply_remove_leftovers(apply, 100);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int apply_write_batch(Apply *apply, unsigned most)
{
        unsigned n = 0;
        int r;

        r = apply_make_ready(apply);
        if (r >= 0 && apply->leftovers_end != 0)
                r = apply_remove_leftovers(apply, most);

        while (r >= 0 && n < most) {
                StageEntry entry;

                r = stage_next(&apply->stage, &entry);
                if (r <= 0)
                        break;
                r = apply_first_entry(apply, &entry);
                n++;
        }

        return r < 0 ? r : (int)n;
}

int apply_drain(Apply *apply, unsigned most)
{
        int n;

        n = apply_write_batch(apply, most);
        if (n >= 0 && stage_is_read(&apply->stage))
                stage_clear(&apply->stage);
        return n;
}

/* While another answer has the transaction, what is staged waits: it must not be rolled back with it. */
bool apply_is_behind(const Apply *apply)
{
        return apply->kind == APPLY_FIRST && !apply->is_accepted && stage_left(&apply->stage) > 0 &&
               !store_applying(apply->store) && !store_in_transaction(apply->store);
}

/* The one that begins is the only step that another process can keep from the database. */
static int apply_write_ahead(Apply *apply)
{
        int r;

        r = store_begin(apply->store);
        if (r < 0)
                return r;

        r = apply_drain(apply, BATCH_ENTRIES);
        if (r >= 0)
                r = store_commit(apply->store);
        if (r < 0) {
                (void)store_rollback(apply->store);
                return r;
        }

        stage_forget(&apply->stage);
        return 0;
}

int apply_catch_up(Apply *apply)
{
        int r = 0;

        if (!apply_is_behind(apply))
                return 0;

        /* Between two batches, rather than with one. */
        if (store_wants_checkpoint(apply->store))
                (void)store_checkpoint(apply->store);
        else
                r = apply_write_ahead(apply);
        return r >= 0 && apply_is_behind(apply) ? APPLY_MORE : r;
}
