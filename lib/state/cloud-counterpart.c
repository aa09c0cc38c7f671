/* SPDX-License-Identifier: MIT */
#include "lib/state/cloud-counterpart.h"

#include <string.h>

#include "lib/core/predict.h"
#include "lib/state/claim.h"

#define TIES_MAX  2
#define FOUND_MAX 16

/* A value by which the cloud may know the object. */
typedef struct Tie {
        KeySpace space;
        Slice value;
} Tie;

static Slice object_slice(const Object *object, AttributeId attribute)
{
        const Value *value = object_value(object, attribute);

        return value ? (Slice){ value->data, value->size } : (Slice){};
}

static Slice anchor_of(const Tenant *tenant, const Object *object)
{
        AttributeId attribute = predict_anchor_attribute(tenant, object);

        return attribute == ATTRIBUTE_OBJECT_GUID
                       ? (Slice){ object->guid.bytes, sizeof(object->guid.bytes) }
                       : object_slice(object, attribute);
}

/* The strongest first. `id` is where the last one stands. */
static size_t object_ties(const Tenant *tenant, const Object *object, Guid *id, Tie ret[TIES_MAX])
{
        Slice address;
        size_t n = 0;

        if (object->kind == KIND_GROUP)
                ret[n++] = (Tie){ KEY_SID, object_slice(object, ATTRIBUTE_OBJECT_SID) };
        else if (object->kind == KIND_CONTACT) {
                address = object_slice(object, ATTRIBUTE_MAIL);
                ret[n++] = (Tie){ KEY_ADDRESS, text_trim(address.data, address.size) };
        } else
                ret[n++] = (Tie){ KEY_ANCHOR, anchor_of(tenant, object) };

        if (cloud_id_of(object, id))
                ret[n++] = (Tie){ KEY_CLOUD_ID, { id->bytes, sizeof(id->bytes) } };
        return n;
}

static bool is_tied(const CloudRow *row, const Object *object, const Tie *tie)
{
        KeySpace space;
        Slice value;

        if (!cloud_kind_agrees(row->object.kind, object->kind) ||
            !cloud_object_comes_from(&row->object, &space, &value) || space != tie->space)
                return false;
        return space == KEY_ADDRESS
                       ? text_equal_ad(value.data, value.size, tie->value.data, tie->value.size) > 0
                       : slice_equal(value, tie->value);
}

/* Looks for a synced one, or for one that was. */
static int find_tied(Store *store, const Object *object, const Tie *tie, CloudSync sync,
                     CloudRow *ret)
{
        int64_t ids[FOUND_MAX], key;
        int n, r;

        r = claim_make_key(tie->space, tie->value, &key);
        if (r < 0)
                return r;
        n = cloud_meeting(store, key, ids, FOUND_MAX);
        for (int i = 0; i < n; i++) {
                r = cloud_get(store, ids[i], ret);
                if (r < 0)
                        return r;
                if (r > 0 && ret->is_current && ret->object.sync == sync && is_tied(ret, object, tie))
                        return 1;
        }

        return n < 0 ? n : 0;
}

int cloud_counterpart(Store *store, const Tenant *tenant, const Object *object, CloudRow *ret)
{
        static const CloudSync order[] = { CLOUD_SYNC_NOW, CLOUD_SYNC_FORMER };
        Tie ties[TIES_MAX];
        size_t n_ties;
        Guid id;

        n_ties = object_ties(tenant, object, &id, ties);
        for (size_t i = 0; i < ARRAY_SIZE(order); i++)
                for (size_t k = 0; k < n_ties; k++) {
                        int r = ties[k].value.size == 0
                                        ? 0
                                        : find_tied(store, object, &ties[k], order[i], ret);

                        if (r != 0)
                                return r;
                }

        return 0;
}
