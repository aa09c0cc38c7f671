/* SPDX-License-Identifier: MIT */
#include "lib/state/membership.h"

#include <errno.h>

int membership_find(Store *store, int64_t domain, const char *filter, int64_t *ret_id,
                    int64_t *ret_members)
{
        _cleanup_statement_ Statement *statement = store_statement(store, QUERY_MEMBERSHIP_FIND);
        int r;

        statement_bind_integer(statement, ":domain", domain);
        statement_bind_text(statement, ":filter", filter);
        r = statement_step(statement);
        if (r > 0) {
                *ret_id = statement_integer(statement, COLUMN_MEMBERSHIP_FIND_ID);
                *ret_members = statement_integer(statement, COLUMN_MEMBERSHIP_FIND_MEMBERS);
        }
        return r;
}

static int membership_make(Store *store, int64_t domain, const char *filter, int64_t *ret)
{
        Statement *statement = store_statement(store, QUERY_MEMBERSHIP_INSERT);
        int r;

        statement_bind_integer(statement, ":domain", domain);
        statement_bind_text(statement, ":filter", filter);
        r = statement_execute(statement);
        if (r >= 0)
                *ret = store_last_id(store);
        return r;
}

static int members_read(Store *store, int64_t membership, GuidList *ret)
{
        _cleanup_statement_ Statement *statement = store_statement(store, QUERY_MEMBER_LIST);

        statement_bind_integer(statement, ":membership", membership);
        return guid_list_collect(ret, statement, COLUMN_MEMBER_LIST_GUID);
}

static int member_change(Store *store, QueryId query, int64_t membership, const Guid *guid,
                         GuidList *changed)
{
        Statement *statement = store_statement(store, query);
        int r;

        statement_bind_integer(statement, ":membership", membership);
        statement_bind_blob(statement, ":guid", guid->bytes, sizeof(guid->bytes));
        r = statement_execute(statement);
        return r < 0 ? r : guid_list_add(changed, guid);
}

/* Both are sorted: what stands in one only came or went. */
static int members_merge(Store *store, int64_t membership, const GuidList *before,
                         const GuidList *now, GuidList *changed)
{
        size_t i = 0, k = 0;
        int r = 0;

        while ((i < before->n || k < now->n) && r >= 0) {
                int order = i == before->n ? 1
                            : k == now->n  ? -1
                                           : guid_list_compare(&before->guids[i], &now->guids[k]);

                if (order < 0)
                        r = member_change(store, QUERY_MEMBER_DELETE, membership, &before->guids[i],
                                          changed);
                else if (order > 0)
                        r = member_change(store, QUERY_MEMBER_INSERT, membership, &now->guids[k],
                                          changed);
                i += order <= 0;
                k += order >= 0;
        }

        return r;
}

int membership_replace(Store *store, int64_t domain, const char *filter, GuidList *members,
                       GuidList *changed, bool *ret_flipped)
{
        GuidList before = {};
        Statement *statement;
        int64_t id, n_before = 0;
        int r;

        r = membership_find(store, domain, filter, &id, &n_before);
        if (r == 0)
                r = membership_make(store, domain, filter, &id);
        if (r >= 0)
                r = members_read(store, id, &before);
        if (r >= 0) {
                guid_list_sort(&before);
                guid_list_sort(members);
                r = members_merge(store, id, &before, members, changed);
        }
        guid_list_done(&before);
        if (r < 0)
                return r;

        if ((n_before > 0) != (members->n > 0))
                *ret_flipped = true;

        statement = store_statement(store, QUERY_MEMBERSHIP_UPDATE);
        statement_bind_integer(statement, ":id", id);
        statement_bind_integer(statement, ":members", (int64_t)members->n);
        return statement_execute(statement);
}

int membership_of(Store *store, const Guid *guid, int64_t *ret, size_t most)
{
        _cleanup_statement_ Statement *statement = store_statement(store, QUERY_MEMBER_OF);
        size_t n = 0;
        int r;

        statement_bind_blob(statement, ":guid", guid->bytes, sizeof(guid->bytes));
        while (n < most && (r = statement_step(statement)) != 0) {
                if (r < 0)
                        return r;
                ret[n++] = statement_integer(statement, COLUMN_MEMBER_OF_MEMBERSHIP);
        }

        return (int)n;
}
