/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "lib/core/address.h"
#include "lib/core/dn.h"
#include "lib/state/claim.h"
#include "lib/state/query-internal.h"

typedef struct Ids {
        int64_t *ids;
        size_t n, n_allocated;
} Ids;

static void ids_done(Ids *ids)
{
        free(ids->ids);
}

static int ids_add(Ids *ids, int64_t id)
{
        if (ids->n == ids->n_allocated) {
                size_t n = ids->n_allocated ? 2 * ids->n_allocated : 8;
                int64_t *more = reallocarray(ids->ids, n, sizeof(*more));

                if (!more)
                        return -ENOMEM;
                ids->ids = more;
                ids->n_allocated = n;
        }

        ids->ids[ids->n++] = id;
        return 0;
}

/* What people ask for, and the ways in which an object may be meant by it. */
typedef struct Wanted {
        Slice text;
        Slice address; /* without "smtp:" */
        Slice account; /* without "DOMAIN\" */
        Guid guid;
        bool is_guid;
} Wanted;

typedef int (*Match)(const QueryReader *reader, const Wanted *wanted); /* 1, 0, or -ENOMEM */

static void wanted_init(Wanted *wanted, const char *text)
{
        const char *backslash = strrchr(text, '\\');

        *wanted = (Wanted){
                .text = text_trim(text, strlen(text)),
                .address = address_parse_proxy(text, strlen(text)).address,
                .account = backslash ? SLICE(backslash + 1) : SLICE(text),
        };
        wanted->is_guid = guid_parse(text, &wanted->guid) == 0;
}

static int matches_guid(const QueryReader *reader, const Wanted *wanted)
{
        return wanted->is_guid && guid_equal(&reader->row.guid, &wanted->guid);
}

static int value_matches(const Object *object, AttributeId attribute, Slice wanted)
{
        const Value *values;
        size_t n;

        values = object_values(object, attribute, &n);
        for (size_t i = 0; i < n; i++) {
                Slice value = { values[i].data, values[i].size };
                int r;

                if (attribute == ATTRIBUTE_PROXY_ADDRESSES)
                        value = address_parse_proxy(value.data, value.size).address;
                else
                        value = text_trim(value.data, value.size);
                r = text_equal_ad(value.data, value.size, wanted.data, wanted.size);
                if (r != 0)
                        return r;
        }

        return 0;
}

static int matches_upn(const QueryReader *reader, const Wanted *wanted)
{
        return value_matches(reader->object, ATTRIBUTE_USER_PRINCIPAL_NAME, wanted->text);
}

static int matches_address(const QueryReader *reader, const Wanted *wanted)
{
        int r;

        r = value_matches(reader->object, ATTRIBUTE_MAIL, wanted->address);
        return r != 0 ? r
                      : value_matches(reader->object, ATTRIBUTE_PROXY_ADDRESSES, wanted->address);
}

static int matches_account(const QueryReader *reader, const Wanted *wanted)
{
        return value_matches(reader->object, ATTRIBUTE_SAM_ACCOUNT_NAME, wanted->account);
}

static int add_if(QueryReader *reader, const Wanted *wanted, Match match, int64_t id, Ids *ids)
{
        int r;

        r = query_reader_get(reader, id);
        if (r > 0)
                r = match(reader, wanted);
        return r > 0 ? ids_add(ids, id) : r;
}

/* Keys are hashes: whoever claims one is looked at. */
static int find_by_key(QueryReader *reader, const Wanted *wanted, int64_t key, Match match,
                       Ids *ids)
{
        int64_t claimants[64], after = 0;
        int n, r;

        do {
                n = claim_holders(reader->store, key, after, claimants, ARRAY_SIZE(claimants));
                if (n < 0)
                        return n;
                for (int i = 0; i < n; i++) {
                        r = add_if(reader, wanted, match, claimants[i], ids);
                        if (r < 0)
                                return r;
                        after = claimants[i];
                }
        } while ((size_t)n == ARRAY_SIZE(claimants));

        return 0;
}

/* Names are compared as AD compares them; what is no name is none of them. */
static int matches_name(const QueryReader *reader, const Wanted *wanted)
{
        int r = dn_equal((Slice){ reader->dn.data, reader->dn.size }, wanted->text);

        return r == -EBADMSG ? 0 : r;
}

static int find_by_space(QueryReader *reader, const Wanted *wanted, KeySpace space, Slice value,
                         Match match, Ids *ids)
{
        int64_t key;
        int r;

        r = claim_make_key(space, value, &key);
        return r < 0 ? r : find_by_key(reader, wanted, key, match, ids);
}

/* By the RDN, whose claim does not change with the names above it; who has it is asked for his whole name. */
static int find_by_dn(QueryReader *reader, const Wanted *wanted, Ids *ids)
{
        _cleanup_buffer_ Buffer name = BUFFER_INIT;
        Slice rdn, parent;
        int r;

        if (!memchr(wanted->text.data, '=', wanted->text.size) ||
            dn_split(wanted->text, &rdn, &parent) < 0)
                return 0;

        r = dn_normalize(rdn, &name);
        if (r < 0)
                return r == -EBADMSG ? 0 : r;
        return find_by_space(reader, wanted, KEY_NAME, (Slice){ name.data, name.size },
                             matches_name, ids);
}

/* Deleted objects claim their GUID only, so the others ways go through all of them: a few weeks' worth. */
static int find_deleted(QueryReader *reader, const Wanted *wanted, Match match, Ids *ids)
{
        _cleanup_statement_ Statement *row = store_statement(reader->store, QUERY_QUERY_DELETED);
        int r;

        while ((r = statement_step(row)) > 0) {
                r = add_if(reader, wanted, match, statement_integer(row, COLUMN_QUERY_DELETED_ID),
                           ids);
                if (r < 0)
                        return r;
        }

        return r;
}

static int find_live(QueryReader *reader, const Wanted *wanted, Ids *ids)
{
        int r;

        r = find_by_dn(reader, wanted, ids);
        if (r >= 0 && ids->n == 0 && wanted->is_guid)
                r = find_by_key(reader, wanted, claim_guid_key(&wanted->guid), matches_guid, ids);
        if (r >= 0 && ids->n == 0)
                r = find_by_space(reader, wanted, KEY_ADDRESS, wanted->text, matches_upn, ids);
        if (r >= 0 && ids->n == 0)
                r = find_by_space(reader, wanted, KEY_ADDRESS, wanted->address, matches_address,
                                  ids);
        if (r >= 0 && ids->n == 0)
                r = find_by_space(reader, wanted, KEY_SAM, wanted->account, matches_account, ids);
        return r;
}

int query_find_objects(Store *store, const char *text, int64_t **ret, size_t *ret_n)
{
        static const Match deleted_ways[] = { matches_name, matches_upn, matches_address,
                                              matches_account };
        _cleanup_(query_reader_done) QueryReader reader = {};
        _cleanup_(ids_done) Ids ids = {};
        Wanted wanted;
        int r;

        r = query_reader_init(&reader, store);
        if (r < 0)
                return r;

        wanted_init(&wanted, text);
        r = find_live(&reader, &wanted, &ids);
        for (size_t i = 0; i < ARRAY_SIZE(deleted_ways) && r >= 0 && ids.n == 0; i++)
                r = find_deleted(&reader, &wanted, deleted_ways[i], &ids);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(ids.ids);
        *ret_n = ids.n;
        return 0;
}

int query_is_container(Store *store, const char *dn)
{
        _cleanup_(query_reader_done) QueryReader reader = {};
        int r;

        r = query_reader_init(&reader, store);
        if (r < 0)
                return r;

        for (size_t i = 0; i < reader.n_domains; i++) {
                r = container_find_name(store, reader.domains[i].id, SLICE(dn), &reader.container);
                if (r > 0 || (r < 0 && r != -EBADMSG))
                        return r;
        }

        return 0;
}

static int copy_object(const QueryReader *reader, Object *ret)
{
        int r;

        object_reset(ret);
        r = object_set_dn(ret, (const char *)reader->dn.data, reader->dn.size);
        if (r < 0)
                return r;

        for (AttributeId attribute = 1; attribute < ATTRIBUTE_MAX; attribute++) {
                const Value *values;
                size_t n;

                values = object_values(reader->object, attribute, &n);
                for (size_t i = 0; i < n; i++) {
                        r = object_add_copy(ret, attribute, values[i].data, values[i].size);
                        if (r < 0)
                                return r;
                }
        }

        r = object_seal(ret);
        if (r < 0)
                return r;

        ret->guid = reader->row.guid;
        ret->kind = reader->row.kind;
        ret->usn = reader->row.usn;
        ret->is_deleted = reader->row.deleted_at != 0;
        ret->known = reader->known;
        return 0;
}

int query_object(Store *store, int64_t id, Object *ret, ObjectInfo *ret_info)
{
        _cleanup_(query_reader_done) QueryReader reader = {};
        ObjectInfo info;
        int r;

        r = query_reader_init(&reader, store);
        if (r < 0)
                return r;
        r = query_reader_get(&reader, id);
        if (r <= 0)
                return r;
        r = copy_object(&reader, ret);
        if (r < 0)
                return r;

        info = (ObjectInfo){
                .domain = strdup(reader.domain->name),
                .domain_id = reader.domain->id,
                .deleted_at = reader.row.deleted_at,
                .selected = reader.selected,
                .is_excluded = reader.row.excluded & CACHE_EXCLUDED,
                .is_left_out = reader.row.excluded & CACHE_LEFT_OUT,
                .is_not_in_group = reader.row.excluded & CACHE_NOT_IN_GROUP,
                .is_join_excluded = reader.row.excluded & CACHE_JOIN_EXCLUDED,
                .in_scope = query_reader_in_scope(&reader),
                .unreadable = reader.domain->unreadable,
        };
        if (!info.domain)
                return -ENOMEM;

        *ret_info = info;
        return 1;
}

void object_info_done(ObjectInfo *info)
{
        free(info->domain);
        *info = (ObjectInfo){};
}

int query_in_scope(Store *store, int64_t after, int64_t *ret, size_t n)
{
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_QUERY_IN_SCOPE);
        size_t found = 0;
        int r;

        statement_bind_integer(row, ":after", after);
        statement_bind_integer(row, ":limit", (int64_t)n);
        while ((r = statement_step(row)) > 0)
                ret[found++] = statement_integer(row, COLUMN_QUERY_IN_SCOPE_ID);

        return r < 0 ? r : (int)found;
}
