/* SPDX-License-Identifier: MIT */
#include "lib/state/foreign.h"

#include <errno.h>
#include <string.h>

#include "lib/core/dn.h"
#include "lib/state/claim.h"

/* Accounts of a domain or of a machine. The others stand for everybody of some sort, and nobody in particular. */
static const uint8_t domain_account[] = { 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0 };

/* One SID has one account; whoever has it in msExchMasterAccountSid comes on top, and of those there are few. */
#define HOLDERS_MOST 16

void foreign_count_done(ForeignCount *count)
{
        buffer_done(&count->group);
        cache_row_done(&count->row);
        container_done(&count->place);
        *count = (ForeignCount){};
}

void foreign_count_reset(ForeignCount *count)
{
        count->n = 0;
        buffer_reset(&count->group);
}

/* Is it somebody of another domain, who arrives? 1, 0 or negative. */
static int arrives_elsewhere(ForeignCount *count, Store *store, int64_t domain, int64_t id,
                             const Value *sid)
{
        static const AttributeSet everything = { { ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0) } };
        _cleanup_(object_freep) Object *object = NULL;
        const Value *own;
        int r;

        if (cache_domain_of(id) == domain)
                return 0;
        r = cache_get(store, id, &count->row);
        if (r <= 0 || !count->row.in_scope || count->row.excluded != 0)
                return r < 0 ? r : 0;

        r = object_new(&object);
        if (r >= 0)
                r = cache_row_object(&count->row, (Slice){}, &everything, object);
        if (r < 0)
                return r == -EBADMSG ? -EUCLEAN : r;

        own = object_value(object, ATTRIBUTE_OBJECT_SID);
        return own && own->size == sid->size && memcmp(own->data, sid->data, sid->size) == 0;
}

static int stands_for_somebody(ForeignCount *count, Store *store, int64_t domain, const Value *sid)
{
        int64_t holders[HOLDERS_MOST], key;
        int n, r;

        if (sid->size < 2 + sizeof(domain_account) || sid->data[0] != 1 ||
            memcmp(sid->data + 1, domain_account, sizeof(domain_account)) != 0)
                return 0;

        r = claim_make_key(KEY_JOIN, (Slice){ sid->data, sid->size }, &key);
        if (r < 0)
                return r;

        n = claim_holders(store, key, 0, holders, ARRAY_SIZE(holders));
        for (int i = 0; i < n && r == 0; i++)
                r = arrives_elsewhere(count, store, domain, holders[i], sid);
        return n < 0 ? n : r;
}

static int count_group(ForeignCount *count, Store *store, int64_t domain, const Value *group)
{
        Slice dn = { group->data, group->size }, rdn, parent;
        int r;

        if (dn_split(dn, &rdn, &parent) < 0)
                return 0;

        r = container_find_name(store, domain, parent, &count->place);
        if (r <= 0 || count->place.deleted_at != 0 || !count->place.selected)
                return r < 0 && r != -EBADMSG ? r : 0;

        if (count->n++ > 0)
                return 0;
        return buffer_append(&count->group, group->data, group->size);
}

int foreign_count_add(ForeignCount *count, Store *store, int64_t domain, const Object *object)
{
        const Value *sid = object_value(object, ATTRIBUTE_OBJECT_SID), *groups;
        size_t n;
        int r;

        if (!sid)
                return 0;

        r = stands_for_somebody(count, store, domain, sid);
        if (r <= 0)
                return r;

        groups = object_values(object, ATTRIBUTE_MEMBER_OF, &n);
        for (size_t i = 0; i < n && r >= 0; i++)
                r = count_group(count, store, domain, &groups[i]);
        return r;
}

int foreign_put(Store *store, int64_t domain, const ForeignCount *count)
{
        Statement *put = store_statement(store, QUERY_FOREIGN_PUT);

        statement_bind_integer(put, ":domain", domain);
        statement_bind_integer(put, ":n", count->n);
        statement_bind_value(put, ":group", count->group.data, count->group.size);
        return statement_execute(put);
}

#define PRINCIPALS "CN=ForeignSecurityPrincipals,"

/* Where they stand, unless that is in scope. */
static int read_place(Store *store, int64_t domain, const char *dn, Arena *arena,
                      DirectoryFacts *facts)
{
        _cleanup_buffer_ Buffer name = BUFFER_INIT;
        Container container = {};
        int r;

        r = buffer_append_format(&name, PRINCIPALS "%s", dn);
        if (r >= 0)
                r = container_find_name(store, domain, (Slice){ name.data, name.size }, &container);
        if (r > 0 && container.deleted_at == 0 && !container.selected) {
                facts->foreign_container = arena_copy(arena, container.dn.data, container.dn.size);
                r = facts->foreign_container ? 0 : -ENOMEM;
        }

        container_done(&container);
        return r < 0 && r != -EBADMSG ? r : 0;
}

int foreign_read(Store *store, int64_t domain, const char *dn, Arena *arena, DirectoryFacts *facts)
{
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_FOREIGN_GET);
        const char *group;
        int r;

        statement_bind_integer(row, ":domain", domain);
        r = statement_step(row);
        if (r <= 0)
                return r < 0 ? r : -EUCLEAN;

        facts->foreign_members = statement_integer(row, COLUMN_FOREIGN_GET_FOREIGN_MEMBERS);
        group = statement_text(row, COLUMN_FOREIGN_GET_FOREIGN_GROUP);
        if (facts->foreign_members == 0 || !group)
                return 0;

        facts->foreign_group = arena_copy(arena, group, strlen(group));
        return facts->foreign_group ? read_place(store, domain, dn, arena, facts) : -ENOMEM;
}
