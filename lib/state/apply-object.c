/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "lib/core/facts.h"
#include "lib/core/predict.h"
#include "lib/state/apply-internal.h"
#include "lib/state/attribute-list.h"
#include "lib/state/event.h"

/* What was committed when the answer began still stands; what another answer was about to write then may have been rolled back. */
static int apply_make_numbers(Apply *apply)
{
        int r = 0;

        if (apply->epoch == 0 || !apply->has_sure_numbers)
                r = epoch_number(apply->store, &apply->settings.invocation_id, &apply->epoch);
        if (r >= 0 && (apply->attribute_list == 0 || !apply->has_sure_numbers))
                r = attribute_list_number(apply->store, &apply->settings.requested,
                                          &apply->attribute_list);
        return r;
}

int apply_make_ready(Apply *apply)
{
        int r;

        if (apply->is_ready)
                return 0;

        if (!apply_is_local(apply)) {
                r = apply_make_numbers(apply);
                if (r < 0)
                        return r;
        }

        /*
         * A first read numbers from the beginning although rows of an interrupted one may be there: of those at least as many
         * are removed, the lowest first, before new ones are added. A domain whose read is cut off every time would else use up
         * its numbers.
         */
        r = apply_write_members(apply);
        if (r < 0)
                return r;
        if (apply->kind == APPLY_FIRST)
                apply->next_id = cache_first_id(apply->domain->id) + 1;
        else
                r = cache_next_id(apply->store, apply->domain->id, &apply->next_id);
        if (r >= 0)
                r = judge_init(&apply->judge, apply->store, apply->settings.config, apply->domain,
                               apply->settings.now);
        /* What a first read finds before it is accepted would be told for ever, also when it never is. */
        if (r >= 0)
                r = findings_init(&apply->findings, apply->store, apply->settings.now,
                                  apply->settings.is_silent || apply->kind == APPLY_FIRST);
        if (r >= 0)
                apply->is_ready = true;
        return r;
}

/* Rows. */

static int buffer_assign(Buffer *buffer, Slice slice)
{
        buffer_reset(buffer);
        return buffer_append(buffer, slice.data, slice.size);
}

static bool buffer_equal(const Buffer *a, const Buffer *b)
{
        return a->size == b->size && (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

/* The row as the entry wants it, in apply->new. */
static int apply_make_row(Apply *apply, const StageEntry *entry)
{
        CacheRow *row = &apply->new.row;
        Slice rdn;
        int r;

        r = container_tree_resolve(&apply->tree, &entry->parent, entry->dn, &row->parent, &rdn);
        if (r >= 0)
                r = buffer_assign(&row->rdn, rdn);
        if (r >= 0)
                r = buffer_assign(&row->attributes, entry->attributes);
        if (r < 0)
                return r;

        row->guid = entry->guid;
        row->kind = entry->kind;
        row->usn = entry->usn;
        row->epoch = apply->epoch;
        row->attribute_list = apply->attribute_list;
        row->excluded = 0;
        row->deleted_at = 0;
        return 0;
}

static int apply_take_id(Apply *apply, int64_t *ret)
{
        if (apply->next_id > cache_last_id(apply->domain->id))
                return -ENOSPC;

        *ret = apply->next_id++;
        return 0;
}

/* Events about objects. */

static int apply_tell(Apply *apply, EventType type, const Judged *judged, const char *attribute,
                      Slice value, Slice old_value)
{
        const Event event = {
                .at = apply->settings.now,
                .type = type,
                .guid = judged->row.guid,
                .dn = (const char *)judged->dn.data,
                .kind = judged->row.kind,
                .attribute = attribute,
                .value = value,
                .old_value = old_value,
        };

        return event_append(apply->store, apply->domain->id, &event);
}

static bool outcome_arrives(const Judged *judged)
{
        return judged->context->selected && judged_excluded(judged) == 0;
}

int apply_tell_left(Apply *apply, const Judged *judged)
{
        const Outcome *outcome = judged->outcome;
        Event event = {
                .at = apply->settings.now,
                .type = EVENT_LEFT_SCOPE,
                .guid = judged->row.guid,
                .dn = (const char *)judged->dn.data,
                .kind = judged->row.kind,
                .leaves = true,
        };

        for (size_t i = 0; i < outcome->n_verdicts && !event.rule; i++)
                if (outcome->verdicts[i].class == RULE_EXCLUDED &&
                    outcome->verdicts[i].certainty == CERTAINTY_CERTAIN) {
                        event.rule = rule_id(outcome->verdicts[i].rule);
                        event.severity = outcome->verdicts[i].severity;
                }
        return event_append(apply->store, apply->domain->id, &event);
}

static Slice slice_of_value(const Value *value)
{
        return value ? (Slice){ value->data, value->size } : (Slice){};
}

/* Only what both rows know can have changed. These give 1 where there was something to tell, 0, or negative. */
static int apply_tell_upn(Apply *apply)
{
        const Object *old = apply->old.object, *new = apply->new.object;
        Slice before = slice_of_value(object_value(old, ATTRIBUTE_USER_PRINCIPAL_NAME));
        Slice now = slice_of_value(object_value(new, ATTRIBUTE_USER_PRINCIPAL_NAME));
        int r;

        if (!attribute_set_has(&old->known, ATTRIBUTE_USER_PRINCIPAL_NAME) ||
            !attribute_set_has(&new->known, ATTRIBUTE_USER_PRINCIPAL_NAME) ||
            slice_equal(before, now))
                return 0;
        r = apply_tell(apply, EVENT_UPN_CHANGED, &apply->new,
                       attribute_name(ATTRIBUTE_USER_PRINCIPAL_NAME), now, before);
        return r < 0 ? r : 1;
}

/* Nobody ever exported what was not in scope: then another anchor is nobody's loss. */
static int apply_tell_anchor(Apply *apply)
{
        const Tenant *tenant = &apply->settings.config->tenant;
        const Judged *old = &apply->old, *new = &apply->new;
        AttributeId attribute = tenant->source_anchor;
        _cleanup_buffer_ Buffer before = BUFFER_INIT, now = BUFFER_INIT;
        int r;

        if (attribute == ATTRIBUTE_NONE)
                attribute = ATTRIBUTE_MS_DS_CONSISTENCY_GUID;
        if (!object_is_user(old->object) || !old->context->selected || judged_excluded(old) != 0 ||
            !attribute_set_has(&old->object->known, attribute) ||
            !attribute_set_has(&new->object->known, attribute))
                return 0;

        r = predict_anchor(tenant, old->object, &before);
        if (r >= 0)
                r = predict_anchor(tenant, new->object, &now);
        if (r < 0 || buffer_equal(&before, &now) || before.size == 0)
                return r < 0 ? r : 0;

        r = apply_tell(apply, EVENT_ANCHOR_CHANGED, new,
                       attribute_name(predict_anchor_attribute(tenant, new->object)),
                       (Slice){ now.data, now.size }, (Slice){ before.data, before.size });
        return r < 0 ? r : 1;
}

/* Without the recycle bin most attributes are lost on the way, and nobody who looks at the object can see that. */
static int apply_tell_restored(Apply *apply)
{
        const Object *old = apply->old.object, *new = apply->new.object;
        _cleanup_buffer_ Buffer lost = BUFFER_INIT;
        int r = 0;

        for (AttributeId attribute = 1; attribute < ATTRIBUTE_MAX && r >= 0; attribute++)
                if (object_has(old, attribute) && !object_has(new, attribute) &&
                    attribute_set_has(&new->known, attribute))
                        r = buffer_append_format(&lost, "%s%s", lost.size > 0 ? " " : "",
                                                 attribute_name(attribute));
        if (r >= 0)
                r = apply_tell(apply, EVENT_RESTORED, &apply->new, NULL,
                               (Slice){ lost.data, lost.size }, (Slice){});
        return r < 0 ? r : 1;
}

static int apply_tell_moved(Apply *apply)
{
        const Judged *old = &apply->old, *new = &apply->new;

        if (old->row.parent == new->row.parent && buffer_equal(&old->row.rdn, &new->row.rdn))
                return 0;
        return apply_tell(apply, EVENT_MOVED, new, NULL, (Slice){ new->dn.data, new->dn.size },
                          (Slice){ old->dn.data, old->dn.size });
}

int apply_count(Apply *apply, int64_t id, bool was_in_scope, bool is_in_scope)
{
        int64_t n = (int64_t)is_in_scope - (int64_t)was_in_scope;

        return n == 0 ? 0
                      : tally_fate(&apply->findings.tally, cache_domain_of(id), FATE_IN_SCOPE, n);
}

/* Live entries. */

static int apply_add_object(Apply *apply)
{
        Judged *new = &apply->new;
        int r;

        r = apply_take_id(apply, &new->row.id);
        if (r >= 0)
                r = judge_row(&apply->judge, &apply->tree, new);
        if (r < 0)
                return r;

        new->row.excluded = judged_excluded(new);
        new->row.in_scope = judged_in_scope(new, new->row.excluded);
        r = cache_insert(apply->store, &new->row);
        if (r >= 0)
                r = apply_count(apply, new->row.id, false, new->row.in_scope);
        if (r >= 0 && apply->kind == APPLY_FIRST)
                r = apply_collect_claims(apply, new);
        else if (r >= 0) {
                r = claim_insert(apply->store, claim_guid_key(&new->row.guid), new->row.id);
                if (r >= 0 && !apply->is_whole)
                        r = apply_change_claims(apply, new->row.id, NULL, new->outcome);
        }
        if (r < 0)
                return r;

        apply->objects++;
        apply->summary.changed++;
        return apply->is_whole && apply->kind != APPLY_FIRST ? 0 : apply_settle(apply, new, true);
}

static bool row_is_same(const CacheRow *old, const CacheRow *new)
{
        return old->deleted_at == 0 && old->parent == new->parent && old->kind == new->kind &&
               old->attribute_list == new->attribute_list &&buffer_equal(&old->rdn, &new->rdn) &&
               buffer_equal(&old->attributes, &new->attributes);
}

/* What judging by history goes by is in the log now: the object is judged once more, with it. */
int apply_tell_changes(Apply *apply, bool was_deleted)
{
        int r, n = 0;

        r = apply_tell_moved(apply);
        if (r >= 0 && !was_deleted && apply->old.row.excluded == 0 &&
            outcome_arrives(&apply->old) && !outcome_arrives(&apply->new))
                r = apply_tell_left(apply, &apply->new);
        if (r >= 0)
                n += r = apply_tell_upn(apply);
        if (r >= 0)
                n += r = apply_tell_anchor(apply);
        if (r >= 0 && was_deleted)
                n += r = apply_tell_restored(apply);
        if (r < 0 || n == 0)
                return r < 0 ? r : 0;

        apply->judge.has_past = true;
        return judge_row(&apply->judge, &apply->tree, &apply->new);
}

static int apply_change_object(Apply *apply)
{
        Judged *old = &apply->old, *new = &apply->new;
        bool was_deleted = old->row.deleted_at != 0;
        int r;

        new->row.id = old->row.id;
        if (row_is_same(&old->row, &new->row)) {
                apply->summary.unchanged++;
                return cache_update_usn(apply->store, new->row.id, new->row.usn, new->row.epoch);
        }

        /* What it claimed is a function of what it was. */
        r = judge_claims(&apply->judge, &apply->tree, old);
        if (r >= 0)
                r = judge_row(&apply->judge, &apply->tree, new);
        if (r >= 0)
                apply_hold_against(apply, old, new);
        if (r >= 0 && !apply->is_whole)
                r = apply_change_claims(apply, new->row.id, old->outcome, new->outcome);
        if (r < 0)
                return r;

        /* Whether joins still keep it out shows when its keys are judged. */
        new->row.excluded = (old->row.excluded & CACHE_JOIN_EXCLUDED) | judged_excluded(new);
        new->row.in_scope = judged_in_scope(new, new->row.excluded);
        r = apply_keep_untold(apply, new->row.id);
        if (r >= 0)
                r = cache_update(apply->store, &new->row);
        if (r >= 0)
                r = apply_count(apply, new->row.id, old->row.in_scope, new->row.in_scope);
        if (r >= 0)
                r = apply_may_tell(apply, new->row.id);
        if (r > 0)
                r = apply_tell_changes(apply, was_deleted);
        if (r < 0)
                return r;

        apply->objects += was_deleted;
        apply->summary.changed++;
        return apply->is_whole ? 0 : apply_settle(apply, new, false);
}

/* Deleted ones. */

int apply_tell_deleted(Apply *apply, const Judged *old)
{
        const Event event = {
                .at = apply->settings.now,
                .type = EVENT_DELETED,
                .guid = old->row.guid,
                .dn = (const char *)old->dn.data,
                .kind = old->row.kind,
                .leaves = outcome_arrives(old) && old->row.excluded == 0,
        };

        return event_append(apply->store, apply->domain->id, &event);
}

/* A live row, in apply->old, becomes a deleted one. */
static int apply_bury(Apply *apply)
{
        Judged *old = &apply->old, *new = &apply->new;
        FindingSubject subject;
        int r;

        r = judge_claims(&apply->judge, &apply->tree, old);
        if (r >= 0)
                r = apply_keep_untold(apply, old->row.id);
        if (r >= 0)
                r = apply_may_tell(apply, old->row.id);
        if (r > 0)
                r = apply_tell_deleted(apply, old);
        if (r < 0)
                return r;

        subject = apply_subject(old);
        old->row.deleted_at = apply->settings.now;
        old->row.excluded = 0;
        r = apply_count(apply, old->row.id, old->row.in_scope, false);
        old->row.in_scope = false;
        if (r >= 0)
                r = cache_update(apply->store, &old->row);
        if (r >= 0)
                r = findings_close(&apply->findings, &subject);
        if (r >= 0)
                r = cache_get(apply->store, old->row.id, &new->row);
        if (r >= 0)
                r = judge_row(&apply->judge, &apply->tree, new);
        if (r >= 0 && !apply->is_whole) {
                r = apply_change_claims(apply, old->row.id, old->outcome, new->outcome);
                if (r >= 0)
                        r = apply_settle(apply, new, false);
        }

        apply->objects--;
        apply->summary.changed++;
        apply->summary.deleted++;
        return r < 0 ? r : 0;
}

/* One entry of an answer, and all of it. */

/* Of what was never known alive here nothing is kept: nor may a full read bring back what was forgotten after its days. */
static int apply_deleted_object(Apply *apply, const StageEntry *entry, bool is_known)
{
        CacheRow *row = &apply->old.row;

        if (!is_known)
                return 0;
        if (row->deleted_at != 0)
                return cache_update_usn(apply->store, row->id, entry->usn, apply->epoch);

        row->usn = entry->usn;
        row->epoch = apply->epoch;
        return apply_bury(apply);
}

static int apply_object(Apply *apply, const StageEntry *entry)
{
        bool is_known;
        int r;

        if (!kind_is_kept(entry->kind))
                return 0;

        r = cache_find(apply->store, apply->domain->id, &entry->guid, &apply->old.row);
        if (r < 0)
                return r;
        is_known = r > 0;

        if (entry->is_deleted)
                r = apply_deleted_object(apply, entry, is_known);
        else {
                r = apply_make_row(apply, entry);
                if (r >= 0)
                        r = is_known ? apply_change_object(apply) : apply_add_object(apply);
        }
        return r < 0 ? r : 1;
}

/*
 * Does the entry name what is below it? Containers do; other objects may, and are then known as containers: in a first read only
 * those that somebody has named since it began.
 */
static int entry_is_container(Apply *apply, const StageEntry *entry)
{
        if (!kind_is_kept(entry->kind) || guid_map_get(&apply->parents, &entry->guid, NULL))
                return 1;
        if (apply->kind == APPLY_FIRST)
                return 0;
        return container_find(apply->store, apply->domain->id, &entry->guid, &apply->tree.row);
}

static int apply_container(Apply *apply, const StageEntry *entry)
{
        const ContainerEntry container = {
                .guid = entry->guid,
                .parent = entry->parent,
                .dn = entry->dn,
                .origin = entry->kind == KIND_OTHER || entry->kind == KIND_COMPUTER
                                  ? CONTAINER_READ
                                  : CONTAINER_FOLLOWED,
                .usn = entry->usn,
                .epoch = apply->epoch,
        };

        int r;

        r = entry_is_container(apply, entry);
        if (r <= 0)
                return r;

        if (entry->is_deleted)
                r = container_tree_delete(&apply->tree, &entry->guid, entry->usn, apply->epoch,
                                          apply->settings.now);
        else
                r = apply_put_container(apply, &container);
        return r < 0 ? r : 1;
}

int apply_first_entry(Apply *apply, const StageEntry *entry)
{
        int r;

        r = apply_container(apply, entry);
        if (r < 0 || !kind_is_kept(entry->kind))
                return r;

        r = apply_make_row(apply, entry);
        return r < 0 ? r : apply_add_object(apply);
}

/* Goes through the stage, past entries that a later one of the same object replaces. */
static int apply_entries(Apply *apply, Budget *budget,
                         int (*function)(Apply *apply, const StageEntry *entry))
{
        for (;;) {
                StageEntry entry;
                int r;

                if (budget_is_spent(budget))
                        return APPLY_MORE;

                r = stage_next(&apply->stage, &entry);
                if (r < 0)
                        return r;
                if (r == 0)
                        break;
                budget_spend(budget, BUDGET_ROW);
                if (!apply_is_last(apply, &entry, apply->n_entries++))
                        continue;

                r = function(apply, &entry);
                if (r < 0)
                        return r;
                if (r > 0)
                        budget_spend(budget, BUDGET_OBJECT);
        }

        apply->n_entries = 0;
        stage_rewind(&apply->stage);
        return 0;
}

int apply_containers(Apply *apply, Budget *budget)
{
        return apply_entries(apply, budget, apply_container);
}

int apply_objects(Apply *apply, Budget *budget)
{
        return apply_entries(apply, budget, apply_object);
}

/* What the answer did not bring, and a base read neither. Should it have come after all, it was staged. */
static int apply_absentee(Apply *apply, const Guid *guid)
{
        int r;

        if (guid_map_get(&apply->staged, guid, NULL))
                return 0;

        r = cache_find(apply->store, apply->domain->id, guid, &apply->old.row);
        if (r > 0)
                return apply->old.row.deleted_at == 0 ? apply_bury(apply) : 0;
        if (r < 0)
                return r;

        return container_tree_delete(&apply->tree, guid, 0, 0, apply->settings.now);
}

int apply_absentees(Apply *apply, Budget *budget)
{
        while (apply->position < apply->n_gone) {
                int r;

                if (budget_is_spent(budget))
                        return APPLY_MORE;
                budget_spend(budget, BUDGET_OBJECT);

                r = apply_absentee(apply, &apply->gone_list[apply->position++]);
                if (r < 0)
                        return r;
        }

        return 0;
}
