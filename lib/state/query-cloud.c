/* SPDX-License-Identifier: MIT */

/* Who holds a value in the cloud, for those who are shown a finding about it. */

#include <errno.h>

#include "lib/state/claim.h"
#include "lib/state/cloud-counterpart.h"
#include "lib/state/query-internal.h"

typedef struct Search {
        int64_t key;
        CloudClaim claim;
        bool is_found;
} Search;

/* The first is the weightiest: see cloud_claims(). */
static int search_claim(void *userdata, const CloudClaim *claim)
{
        Search *search = userdata;
        int64_t key;
        int r;

        r = cloud_claim_key(claim, &key);
        if (r < 0)
                return r;
        if (key == search->key && !search->is_found) {
                search->claim = *claim;
                search->is_found = true;
        }
        return 0;
}

/* Empty is none. *ok becomes false without memory. */
static const char *copy(Arena *arena, Slice text, bool *ok)
{
        const char *string;

        if (text.size == 0)
                return NULL;
        string = query_text(arena, text.data, text.size);
        *ok = *ok && string;
        return string;
}

static Kind kind_of(CloudKind kind)
{
        switch (kind) {
        case CLOUD_USER:
                return KIND_USER;
        case CLOUD_GROUP:
                return KIND_GROUP;
        case CLOUD_CONTACT:
                return KIND_CONTACT;
        }

        return KIND_USER;
}

/* By what the cloud knows its object. */
static const char *tie_name(CloudKind kind)
{
        switch (kind) {
        case CLOUD_USER:
                return "onPremisesImmutableId";
        case CLOUD_GROUP:
                return "onPremisesSecurityIdentifier";
        case CLOUD_CONTACT:
                return "mail";
        }

        return "id";
}

/* Values fold as claims do: anchors are bytes. */
static int fold(const CloudClaim *claim, Arena *arena, Slice *ret)
{
        _cleanup_buffer_ Buffer folded = BUFFER_INIT;
        int r;

        r = claim->space == KEY_ANCHOR
                    ? buffer_append(&folded, claim->value.data, claim->value.size)
                    : text_fold_ad(claim->value.data, claim->value.size, &folded);
        if (r < 0)
                return r;

        *ret = (Slice){ arena_copy(arena, folded.data, folded.size), folded.size };
        return ret->data ? 0 : -ENOMEM;
}

static int cloud_record(const CloudObject *object, Arena *arena, RecordHolder *ret)
{
        bool ok = true;

        *ret = (RecordHolder){
                .where = "cloud",
                .guid = object->id,
                .kind = kind_of(object->kind),
                .as_of = object->as_of,
                .name = copy(arena, object->name, &ok),
                .user_principal_name = copy(arena, object->user_principal_name, &ok),
                .state = cloud_object_state(object),
        };
        return ok ? 0 : -ENOMEM;
}

int query_cloud_counterpart(Store *store, const Tenant *tenant, const Object *object, Arena *arena,
                            RecordHolder *ret)
{
        _cleanup_(cloud_row_done) CloudRow row = {};
        int r;

        r = cloud_counterpart(store, tenant, object, &row);
        if (r <= 0)
                return r;

        r = cloud_record(&row.object, arena, ret);
        if (r < 0)
                return r;
        ret->attribute = tie_name(row.object.kind);
        return 1;
}

int query_cloud_holder(Store *store, int64_t id, int64_t key, Arena *arena, QueryHolder *ret)
{
        _cleanup_(cloud_row_done) CloudRow row = {};
        Search search = { .key = key };
        const CloudObject *object = &row.object;
        bool ok = true;
        int r;

        r = cloud_get(store, id, &row);
        if (r <= 0 || !row.is_current)
                return r < 0 ? r : 0;
        r = cloud_claims(object, search_claim, &search);
        if (r < 0 || !search.is_found)
                return r;

        *ret = (QueryHolder){ .object = id };
        r = cloud_record(object, arena, &ret->record);
        if (r < 0)
                return r;
        ret->record.attribute = search.claim.attribute;
        if (search.claim.space != KEY_ANCHOR)
                ret->record.value = copy(arena, search.claim.value, &ok);
        if (!ok)
                return -ENOMEM;
        r = fold(&search.claim, arena, &ret->folded);
        return r < 0 ? r : 1;
}
