/* SPDX-License-Identifier: MIT */

/* Objects of the directories by what the cloud knows them by. */

#include <errno.h>

#include "lib/core/cloud.h"
#include "lib/core/predict.h"
#include "lib/state/claim.h"
#include "lib/state/query-internal.h"

typedef struct Tie {
        const Tenant *tenant;
        KeySpace space;
        Slice value;
} Tie;

static bool value_is(const Object *object, AttributeId attribute, Slice wanted)
{
        const Value *value = object_value(object, attribute);

        return value && slice_equal((Slice){ value->data, value->size }, wanted);
}

static bool guid_is(const Object *object, Slice wanted)
{
        return slice_equal((Slice){ object->guid.bytes, sizeof(object->guid.bytes) }, wanted);
}

static bool is_tied(const QueryReader *reader, const Tie *tie)
{
        const Object *object = reader->object;
        AttributeId anchor;
        Guid id;

        switch (tie->space) {
        case KEY_ANCHOR:
                anchor = predict_anchor_attribute(tie->tenant, object);
                return anchor == ATTRIBUTE_OBJECT_GUID ? guid_is(object, tie->value)
                                                       : value_is(object, anchor, tie->value);
        case KEY_SID:
                return value_is(object, ATTRIBUTE_OBJECT_SID, tie->value);
        case KEY_CLOUD_ID:
                return cloud_id_of(object, &id) &&
                       slice_equal((Slice){ id.bytes, sizeof(id.bytes) }, tie->value);
        case KEY_ADDRESS:
        case KEY_SIP:
        case KEY_X500:
        case KEY_SAM:
        case KEY_NICKNAME:
        case KEY_TARGET:
        case KEY_JOIN:
        case KEY_NAME:
                break;
        }

        return false;
}

/* Objects of the cloud claim the same keys, below all others. */
int query_find_tied(Store *store, const Tenant *tenant, KeySpace space, Slice value, int64_t *ret,
                    size_t most)
{
        _cleanup_(query_reader_done) QueryReader reader = {};
        const Tie tie = { tenant, space, value };
        int64_t ids[QUERY_TIED_MAX], key, after = 0;
        size_t found = 0;
        int n, r;

        r = claim_make_key(space, value, &key);
        if (r >= 0)
                r = query_reader_init(&reader, store);
        if (r < 0)
                return r;

        do {
                n = claim_holders(store, key, after, ids, ARRAY_SIZE(ids));
                for (int i = 0; i < n && found < most; i++) {
                        after = ids[i];
                        r = query_reader_get(&reader, ids[i]);
                        if (r < 0)
                                return r;
                        if (r > 0 && is_tied(&reader, &tie))
                                ret[found++] = ids[i];
                }
        } while (n == (int)ARRAY_SIZE(ids) && found < most);

        return n < 0 ? n : (int)found;
}
