/* SPDX-License-Identifier: MIT */

/* Judgement of one object by what the cloud has of it. */

#include "lib/core/evaluate-internal.h"
#include "lib/core/hash.h"
#include "lib/core/predict.h"
#include "lib/core/when.h"

int evaluate_counterpart(const EvaluateContext *context, const Object *object,
                         const Counterpart *counterpart, Outcome *outcome)
{
        Facts facts;
        Hearing hearing = {
                .context = context, .facts = &facts, .counterpart = counterpart, .outcome = outcome
        };
        int r;

        if (!counterpart->object && (!counterpart->arrives || counterpart->exported_at == 0))
                return 0;

        object = outcome_view(outcome, context, object);
        r = facts_gather(&facts, object, context->tenant, &outcome->memory->arena);
        if (r < 0)
                return r;

        if (object->kind == KIND_GROUP)
                settle_group_too_large(&hearing);
        for (size_t i = 0; i < n_rule_rows; i++)
                if (rule_rows[i].is_counterpart)
                        hearing_ask(&hearing, &rule_rows[i]);
        return hearing.error;
}

/* ------------------------------------------------------------------ the plain ones */

static bool value_is(const Value *value, Slice wanted)
{
        return value && wanted.size > 0 && slice_equal((Slice){ value->data, value->size }, wanted);
}

/* The one primary address, empty where there is no address at all. False: there is one, and the primary is not plain to see. */
static bool plain_primary(const Object *object, Slice *ret)
{
        const Value *values, *primary = NULL;
        size_t n;

        values = object_values(object, ATTRIBUTE_PROXY_ADDRESSES, &n);
        for (size_t i = 0; i < n; i++) {
                if (!text_begins((Slice){ values[i].data, values[i].size }, "SMTP:"))
                        continue;
                if (primary)
                        return false;
                primary = &values[i];
        }

        *ret = primary ? (Slice){ primary->data + 5, primary->size - 5 } : (Slice){};
        return primary ? primary->size > 5 : n == 0 && !object_value(object, ATTRIBUTE_MAIL);
}

/* Where there is no address here, the cloud makes some of its own. */
static bool is_plain_primary(const Object *object, const CloudObject *cloud)
{
        Slice primary;

        return plain_primary(object, &primary) &&
               (primary.size == 0 || slice_equal(primary, cloud_object_primary(cloud)));
}

bool counterpart_password_is_plain(const Tenant *tenant, const Object *object,
                                   int64_t password_changed)
{
        int64_t at;

        if (tenant->password_hash_sync != 1 || password_changed == 0 ||
            !object_value(object, ATTRIBUTE_PWD_LAST_SET))
                return true;
        return object_time(object, ATTRIBUTE_PWD_LAST_SET, &at) && at <= password_changed + HOUR;
}

static AttributeId login_of(const Tenant *tenant)
{
        return tenant->login_attribute == ATTRIBUTE_NONE ? ATTRIBUTE_USER_PRINCIPAL_NAME
                                                         : tenant->login_attribute;
}

static bool is_synced_user(const CloudObject *cloud)
{
        return cloud->kind == CLOUD_USER && cloud->sync == CLOUD_SYNC_NOW && !cloud->is_deleted &&
               cloud->problems.size == 0;
}

bool counterpart_is_plain(const Tenant *tenant, const Object *object, const CloudObject *cloud)
{
        return is_synced_user(cloud) &&
               value_is(object_value(object, login_of(tenant)), cloud->user_principal_name) &&
               is_plain_primary(object, cloud) &&
               counterpart_password_is_plain(tenant, object, cloud->password_changed);
}

/* ------------------------------------------------------------------ very many of them */

/* Sizes go in, too, so that no byte changes sides; in the same order on every machine. */
static uint64_t likeness_add(uint64_t hash, Slice value)
{
        const uint8_t size[] = { (uint8_t)value.size, (uint8_t)(value.size >> 8) };

        return hash_bytes(hash_bytes(hash, size, sizeof(size)), value.data, value.size);
}

static uint64_t likeness_make(Slice anchor, Slice login, Slice primary)
{
        uint64_t hash;

        if (anchor.size == 0 || login.size == 0)
                return 0;
        hash = likeness_add(likeness_add(likeness_add(HASH_INIT, anchor), login), primary);
        return hash_finish(hash);
}

uint64_t counterpart_likeness_there(const CloudObject *cloud)
{
        return is_synced_user(cloud) ? likeness_make(cloud->anchor, cloud->user_principal_name,
                                                     cloud_object_primary(cloud))
                                     : 0;
}

uint64_t counterpart_likeness_here(const Tenant *tenant, const Object *object)
{
        const AttributeId anchor = predict_anchor_attribute(tenant, object);
        const Value *login = object_value(object, login_of(tenant)), *value;
        Slice primary;

        if (!login || !plain_primary(object, &primary))
                return 0;
        if (anchor == ATTRIBUTE_OBJECT_GUID)
                return likeness_make((Slice){ object->guid.bytes, sizeof(object->guid.bytes) },
                                     value_slice(login), primary);
        value = object_value(object, anchor);
        return value ? likeness_make(value_slice(value), value_slice(login), primary) : 0;
}

void counterpart_likeness_attributes(const Tenant *tenant, AttributeSet *ret)
{
        *ret = (AttributeSet){};
        attribute_set_add(ret, login_of(tenant));
        attribute_set_add(ret, ATTRIBUTE_PROXY_ADDRESSES);
        attribute_set_add(ret, ATTRIBUTE_MAIL);
        attribute_set_add(ret, ATTRIBUTE_PWD_LAST_SET);
        attribute_set_add(ret, ATTRIBUTE_MS_DS_CONSISTENCY_GUID);
        if (tenant->source_anchor != ATTRIBUTE_NONE)
                attribute_set_add(ret, tenant->source_anchor);
}
