/* SPDX-License-Identifier: MIT */
#include "lib/state/cloud-orphan.h"

#include <errno.h>
#include <string.h>

#include "lib/state/claim.h"
#include "lib/state/query-internal.h"

#define ORPHANS_AT_A_TIME 100
#define HOLDERS_MAX       16

typedef struct OrphanReader {
        QueryReader reader;
        CloudRow row;
        Buffer dn;
} OrphanReader;

static void orphan_reader_done(OrphanReader *orphans)
{
        query_reader_done(&orphans->reader);
        cloud_row_done(&orphans->row);
        buffer_done(&orphans->dn);
}

static bool value_equals(const Value *value, Slice bytes)
{
        return value && slice_equal((Slice){ value->data, value->size }, bytes);
}

/* Is the object that was read last the one that the cloud has this anchor, SID or address of? Deleted ones keep their GUID alone. */
static bool is_origin(const OrphanReader *orphans)
{
        const CloudObject *cloud = &orphans->row.object;
        const Object *object = orphans->reader.object;
        Slice guid = { orphans->reader.row.guid.bytes, sizeof(orphans->reader.row.guid.bytes) };

        switch (cloud->kind) {
        case CLOUD_USER:
                return slice_equal(guid, cloud->anchor) ||
                       value_equals(object_value(object, ATTRIBUTE_MS_DS_CONSISTENCY_GUID),
                                    cloud->anchor);
        case CLOUD_GROUP:
                return value_equals(object_value(object, ATTRIBUTE_OBJECT_SID), cloud->sid);
        case CLOUD_CONTACT:
                return object->kind == KIND_CONTACT;
        }

        return false;
}

/* Looks among those that claim a key, or did. 1: found, and told in *ret. */
static int orphan_look(OrphanReader *orphans, int64_t key, CloudOrphan *ret)
{
        QueryReader *reader = &orphans->reader;
        int64_t ids[HOLDERS_MAX];
        int n, r;

        n = claim_holders(reader->store, key, 0, ids, HOLDERS_MAX);
        for (int i = 0; i < n; i++) {
                r = cloud_is_id(ids[i]) ? 0 : query_reader_get(reader, ids[i]);
                if (r < 0)
                        return r;
                if (r == 0 || !is_origin(orphans))
                        continue;

                buffer_reset(&orphans->dn);
                r = text_escape(reader->dn.data, reader->dn.size, 0, &orphans->dn);
                if (r < 0 || !buffer_string(&orphans->dn))
                        return -ENOMEM;
                ret->fate = reader->row.deleted_at != 0 ? ORPHAN_DELETED : ORPHAN_OUT_OF_SCOPE;
                ret->deleted_at = reader->row.deleted_at;
                ret->domain = reader->domain->name;
                ret->dn = (const char *)orphans->dn.data;
                return 1;
        }

        return n < 0 ? n : 0;
}

static int orphan_tell(OrphanReader *orphans, CloudOrphanFunction function, void *userdata)
{
        const CloudRow *row = &orphans->row;
        CloudOrphan orphan = { .object = &row->object };
        Guid guid;
        int r = 0;

        if (row->meets != 0)
                r = orphan_look(orphans, row->meets, &orphan);
        if (r == 0 && row->object.kind == CLOUD_USER &&
            guid_from_bytes(row->object.anchor.data, row->object.anchor.size, &guid) >= 0)
                r = orphan_look(orphans, claim_guid_key(&guid), &orphan);
        return r < 0 ? r : function(userdata, &orphan);
}

static int orphan_ids(Store *store, int64_t after, int64_t *ret)
{
        _cleanup_statement_ Statement *statement = store_statement(store, QUERY_CLOUD_ORPHANS);
        int n = 0, r = 0;

        statement_bind_integer(statement, ":after", after);
        statement_bind_integer(statement, ":limit", ORPHANS_AT_A_TIME);
        while (n < ORPHANS_AT_A_TIME && (r = statement_step(statement)) > 0)
                ret[n++] = statement_integer(statement, COLUMN_CLOUD_ORPHANS_ID);
        return r < 0 ? r : n;
}

int cloud_orphans(Store *store, CloudOrphanFunction function, void *userdata)
{
        _cleanup_(orphan_reader_done) OrphanReader orphans = {};
        int64_t ids[ORPHANS_AT_A_TIME], after = 0;
        int n, r;

        r = query_reader_init(&orphans.reader, store);
        if (r < 0)
                return r;

        while ((n = orphan_ids(store, after, ids)) > 0)
                for (int i = 0; i < n; i++) {
                        after = ids[i];
                        r = cloud_get(store, ids[i], &orphans.row);
                        if (r > 0)
                                r = orphan_tell(&orphans, function, userdata);
                        if (r != 0)
                                return r;
                }

        return n;
}
