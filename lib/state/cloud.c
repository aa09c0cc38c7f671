/* SPDX-License-Identifier: MIT */
#include "lib/state/cloud.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/claim.h"

void cloud_row_done(CloudRow *row)
{
        buffer_done(&row->text);
        *row = (CloudRow){};
}

static const struct {
        int column;
        size_t offset;
} texts[] = {
        { COLUMN_CLOUD_OBJECT_GET_NAME, offsetof(CloudObject, name) },
        { COLUMN_CLOUD_OBJECT_GET_USER_PRINCIPAL_NAME, offsetof(CloudObject, user_principal_name) },
        { COLUMN_CLOUD_OBJECT_GET_MAIL, offsetof(CloudObject, mail) },
        { COLUMN_CLOUD_OBJECT_GET_ANCHOR, offsetof(CloudObject, anchor) },
        { COLUMN_CLOUD_OBJECT_GET_SID, offsetof(CloudObject, sid) },
        { COLUMN_CLOUD_OBJECT_GET_ADDRESSES, offsetof(CloudObject, addresses) },
        { COLUMN_CLOUD_OBJECT_GET_PROBLEMS, offsetof(CloudObject, problems) },
};

/* Room for all first, so that the slices stay where they point. */
static int row_copy_texts(Statement *statement, CloudRow *row)
{
        size_t total = 0, size;
        int r;

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                (void)statement_blob(statement, texts[i].column, &size);
                total += size;
        }

        buffer_reset(&row->text);
        r = buffer_reserve(&row->text, total + 1);
        for (size_t i = 0; i < ARRAY_SIZE(texts) && r >= 0; i++) {
                Slice *slice = (Slice *)((char *)&row->object + texts[i].offset);
                const void *data = statement_blob(statement, texts[i].column, &size);

                *slice = (Slice){ row->text.data + row->text.size, size };
                r = buffer_append(&row->text, data, size);
        }
        return r;
}

static int row_read(Statement *statement, CloudRow *row)
{
        CloudObject *object = &row->object;
        const void *guid;
        size_t size;

        row->id = statement_integer(statement, COLUMN_CLOUD_OBJECT_GET_ID);
        object->kind = (CloudKind)statement_integer(statement, COLUMN_CLOUD_OBJECT_GET_KIND);
        object->sync = (CloudSync)statement_integer(statement, COLUMN_CLOUD_OBJECT_GET_SYNC);
        object->is_deleted = statement_integer(statement, COLUMN_CLOUD_OBJECT_GET_IS_DELETED);
        object->is_guest = statement_integer(statement, COLUMN_CLOUD_OBJECT_GET_IS_GUEST);
        object->is_bound = statement_integer(statement, COLUMN_CLOUD_OBJECT_GET_IS_BOUND);
        object->is_admin = statement_integer(statement, COLUMN_CLOUD_OBJECT_GET_IS_ADMIN);
        object->as_of = statement_integer(statement, COLUMN_CLOUD_OBJECT_GET_AS_OF);
        object->password_changed =
                statement_integer(statement, COLUMN_CLOUD_OBJECT_GET_PASSWORD_CHANGED);
        row->meets = statement_integer(statement, COLUMN_CLOUD_OBJECT_GET_MEETS);
        row->claims = statement_integer(statement, COLUMN_CLOUD_OBJECT_GET_CLAIMS);
        row->is_current = !statement_is_null(statement, COLUMN_CLOUD_OBJECT_GET_AS_OF);

        guid = statement_blob(statement, COLUMN_CLOUD_OBJECT_GET_GUID, &size);
        if (guid_from_bytes(guid, size, &object->id) < 0 || object->kind < CLOUD_USER ||
            object->kind > CLOUD_CONTACT)
                return -EUCLEAN;
        return row_copy_texts(statement, row);
}

int cloud_get(Store *store, int64_t id, CloudRow *ret)
{
        _cleanup_statement_ Statement *statement = store_statement(store, QUERY_CLOUD_OBJECT_GET);
        int r;

        statement_bind_integer(statement, ":id", id);
        r = statement_step(statement);
        if (r <= 0)
                return r;

        r = row_read(statement, ret);
        return r < 0 ? r : 1;
}

int cloud_claim_fold(KeySpace space, Slice value, Buffer *ret)
{
        buffer_reset(ret);
        return space == KEY_ADDRESS || space == KEY_SIP
                       ? text_fold_ad(value.data, value.size, ret)
                       : buffer_append(ret, value.data, value.size);
}

int cloud_claim_key(const CloudClaim *claim, int64_t *ret)
{
        return claim_make_key(claim->space, claim->value, ret);
}

static int list_ids(Statement *statement, int column, int64_t *ret, size_t most)
{
        size_t n = 0;
        int r = 0;

        while (n < most && (r = statement_step(statement)) > 0)
                ret[n++] = statement_integer(statement, column);
        statement_reset(statement);
        return r < 0 ? r : (int)n;
}

int cloud_meeting(Store *store, int64_t key, int64_t *ret, size_t n)
{
        Statement *statement = store_statement(store, QUERY_CLOUD_OBJECT_MEETING);

        statement_bind_integer(statement, ":meets", key);
        return list_ids(statement, COLUMN_CLOUD_OBJECT_MEETING_ID, ret, n);
}

int cloud_glance(Store *store, int64_t after, CloudGlance *ret, size_t n)
{
        _cleanup_statement_ Statement *statement =
                store_statement(store, QUERY_CLOUD_OBJECT_LIKENESS);
        size_t i = 0;
        int r = 0;

        statement_bind_integer(statement, ":after", after);
        statement_bind_integer(statement, ":limit", (int64_t)n);
        while (i < n && (r = statement_step(statement)) > 0)
                ret[i++] = (CloudGlance){
                        .id = statement_integer(statement, COLUMN_CLOUD_OBJECT_LIKENESS_ID),
                        .import = statement_integer(statement, COLUMN_CLOUD_OBJECT_LIKENESS_IMPORT),
                        .claims = statement_integer(statement, COLUMN_CLOUD_OBJECT_LIKENESS_CLAIMS),
                        .likeness = (uint64_t)statement_integer(
                                statement, COLUMN_CLOUD_OBJECT_LIKENESS_LIKENESS),
                        .password_changed = statement_integer(
                                statement, COLUMN_CLOUD_OBJECT_LIKENESS_PASSWORD_CHANGED),
                };
        return r < 0 ? r : (int)i;
}

int cloud_exists(Store *store)
{
        _cleanup_statement_ Statement *statement = store_statement(store, QUERY_CLOUD_ANY);

        return statement_step(statement);
}

int cloud_set_claims(Store *store, int64_t id, bool claims)
{
        Statement *statement = store_statement(store, QUERY_CLOUD_OBJECT_SET_CLAIMS);

        statement_bind_integer(statement, ":id", id);
        statement_bind_integer(statement, ":claims", claims);
        return statement_execute(statement);
}

/* ------------------------------------------------------------------ parts and facts */

int cloud_part_put(Store *store, const CloudPart *part)
{
        Statement *statement = store_statement(store, QUERY_CLOUD_PART_PUT);

        statement_bind_text(statement, ":part", inventory_part_info(part->part)->name);
        statement_bind_integer(statement, ":import", part->import);
        statement_bind_integer(statement, ":imported_at", part->imported_at);
        statement_bind_integer(statement, ":exported_at", part->exported_at);
        statement_bind_integer(statement, ":objects", part->objects);
        statement_bind_text(statement, ":missing", part->missing ?: "");
        return statement_execute(statement);
}

void cloud_parts_done(CloudPart *parts, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                free(parts[i].missing);
                parts[i] = (CloudPart){};
        }
}

static int part_read(Statement *statement, CloudPart *ret)
{
        CloudPart part = {
                .import = statement_integer(statement, COLUMN_CLOUD_PARTS_IMPORT),
                .imported_at = statement_integer(statement, COLUMN_CLOUD_PARTS_IMPORTED_AT),
                .exported_at = statement_integer(statement, COLUMN_CLOUD_PARTS_EXPORTED_AT),
                .objects = statement_integer(statement, COLUMN_CLOUD_PARTS_OBJECTS),
        };
        const char *name = statement_text(statement, COLUMN_CLOUD_PARTS_PART);
        const char *missing = statement_text(statement, COLUMN_CLOUD_PARTS_MISSING);

        if (!name || inventory_part_from_name(name, &part.part) < 0)
                return 0; /* of a newer scand */
        part.missing = strdup(missing ?: "");
        if (!part.missing)
                return -ENOMEM;

        *ret = part;
        return 1;
}

int cloud_parts(Store *store, CloudPart ret[static INVENTORY_PARTS], size_t *ret_n)
{
        _cleanup_statement_ Statement *statement = store_statement(store, QUERY_CLOUD_PARTS);
        int r;

        *ret_n = 0;
        while ((r = statement_step(statement)) > 0 && *ret_n < INVENTORY_PARTS) {
                r = part_read(statement, &ret[*ret_n]);
                if (r < 0)
                        return r;
                *ret_n += r > 0;
        }

        return r < 0 ? r : 0;
}

int cloud_count(Store *store, int64_t import, CloudCount *ret)
{
        _cleanup_statement_ Statement *statement = store_statement(store, QUERY_CLOUD_COUNT);
        int r;

        statement_bind_integer(statement, ":import", import);
        r = statement_step(statement);
        if (r <= 0)
                return r < 0 ? r : -EUCLEAN;

        *ret = (CloudCount){
                .n = statement_integer(statement, COLUMN_CLOUD_COUNT_N),
                .synced = statement_integer(statement, COLUMN_CLOUD_COUNT_SYNCED),
                .guests = statement_integer(statement, COLUMN_CLOUD_COUNT_GUESTS),
                .orphans = statement_integer(statement, COLUMN_CLOUD_COUNT_ORPHANS),
        };
        return 0;
}

int cloud_facts(Store *store, CloudFactFunction function, void *userdata)
{
        _cleanup_statement_ Statement *statement = store_statement(store, QUERY_CLOUD_FACTS);
        int r;

        while ((r = statement_step(statement)) > 0) {
                r = function(userdata, statement_text(statement, COLUMN_CLOUD_FACTS_NAME),
                             statement_text(statement, COLUMN_CLOUD_FACTS_VALUE));
                if (r != 0)
                        return r;
        }
        return r;
}

static int take_setting(void *userdata, const char *name, const char *value)
{
        cloud_settings_take(userdata, name, value);
        return 0;
}

int cloud_settings_read(Store *store, CloudSettings *ret)
{
        *ret = CLOUD_SETTINGS_UNKNOWN;
        return cloud_facts(store, take_setting, ret);
}

static int take_tenant(void *userdata, const char *name, const char *value)
{
        return tenant_facts_take(userdata, name, value);
}

int cloud_tenant_read(Store *store, TenantFacts *ret)
{
        *ret = TENANT_FACTS_UNKNOWN;
        return cloud_facts(store, take_tenant, ret);
}

int cloud_tenant_fill(Store *store, Tenant *tenant)
{
        TenantFacts facts;
        int r;

        r = cloud_tenant_read(store, &facts);
        if (r >= 0) {
                tenant_unfill(tenant);
                tenant_fill(tenant, &facts);
        }
        tenant_facts_done(&facts);
        return r;
}
