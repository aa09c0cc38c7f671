/* SPDX-License-Identifier: MIT */

/* Judgement of one object by what the cloud has of it. */

#include "lib/core/evaluate-internal.h"
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

/* The one primary address of both is the same, or there is no address here at all. */
static bool is_plain_primary(const Object *object, const CloudObject *cloud)
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
        if (!primary)
                return n == 0 && !object_value(object, ATTRIBUTE_MAIL);

        return slice_equal((Slice){ primary->data + 5, primary->size - 5 },
                           cloud_object_primary(cloud));
}

static bool is_plain_password(const Tenant *tenant, const Object *object, const CloudObject *cloud)
{
        int64_t at;

        if (tenant->password_hash_sync != 1 || cloud->password_changed == 0 ||
            !object_value(object, ATTRIBUTE_PWD_LAST_SET))
                return true;
        return object_time(object, ATTRIBUTE_PWD_LAST_SET, &at) &&
               at <= cloud->password_changed + HOUR;
}

bool counterpart_is_plain(const Tenant *tenant, const Object *object, const CloudObject *cloud)
{
        AttributeId login = tenant->login_attribute == ATTRIBUTE_NONE
                                    ? ATTRIBUTE_USER_PRINCIPAL_NAME
                                    : tenant->login_attribute;

        return cloud->kind == CLOUD_USER && cloud->sync == CLOUD_SYNC_NOW && !cloud->is_deleted &&
               cloud->problems.size == 0 &&
               value_is(object_value(object, login), cloud->user_principal_name) &&
               is_plain_primary(object, cloud) && is_plain_password(tenant, object, cloud);
}
