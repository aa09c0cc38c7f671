/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "lib/core/value-text.h"
#include "lib/state/claim.h"
#include "lib/state/cloud.h"
#include "lib/state/query-internal.h"

void query_holders_done(QueryHolders *holders)
{
        arena_done(&holders->arena);
        free(holders->holders);
        *holders = (QueryHolders){};
}

/* What is claimed for look-ups only disputes nothing: see evaluate.h. */
static bool claim_disputes(const Claim *claim)
{
        return claim->space != KEY_ADDRESS || claim->places != 0;
}

static const Claim *find_claim(const Outcome *outcome, int64_t key)
{
        for (size_t i = 0; i < outcome->n_claims; i++)
                if (claim_key_of(&outcome->claims[i]) == key && claim_disputes(&outcome->claims[i]))
                        return &outcome->claims[i];
        return NULL;
}

static int holder_persons(const Outcome *outcome, Arena *arena, QueryHolder *holder)
{
        holder->persons = arena_allocate(arena, (outcome->n_claims + 1) * sizeof(*holder->persons));
        if (!holder->persons)
                return -ENOMEM;

        for (size_t i = 0; i < outcome->n_claims; i++)
                if (outcome->claims[i].space == KEY_JOIN)
                        holder->persons[holder->n_persons++] = claim_key_of(&outcome->claims[i]);
        return 0;
}

static const char *holder_value(Arena *arena, const Claim *claim)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;

        if (value_text(claim->attribute, claim->value, &text) < 0)
                return NULL;
        return arena_copy(arena, text.data, text.size);
}

static int holder_make(const QueryReader *reader, const Outcome *outcome, const Claim *claim,
                       Arena *arena, QueryHolder *ret)
{
        QueryHolder holder = {
                .object = reader->row.id,
                .folded = { arena_copy(arena, claim->folded.data, claim->folded.size), claim->folded.size },
                .record = {
                        .where = "ad",
                        .domain = arena_copy(arena, reader->domain->name, strlen(reader->domain->name)),
                        .dn = query_text(arena, reader->dn.data, reader->dn.size),
                        .guid = reader->row.guid,
                        .kind = reader->row.kind,
                        .attribute = attribute_name(claim->attribute),
                        .value = holder_value(arena, claim),
                },
        };

        if (!holder.folded.data || !holder.record.domain || !holder.record.dn ||
            !holder.record.value || holder_persons(outcome, arena, &holder) < 0)
                return -ENOMEM;

        *ret = holder;
        return 0;
}

/* 1: it holds the key, and *ret. 0: it does not, or it is out of scope. Negative: errno. */
static int holder_judge(QueryReader *reader, const Config *config, Outcome *outcome, int64_t object,
                        int64_t key, Arena *arena, QueryHolder *ret)
{
        const Claim *claim;
        int r;

        r = query_reader_get(reader, object);
        if (r <= 0)
                return r;
        if (!query_reader_in_scope(reader))
                return 0;

        r = evaluate_object(&(EvaluateContext){ .tenant = &config->tenant,
                                                .settings = config->rules,
                                                .n_settings = config->n_rules,
                                                .domain = reader->domain->name,
                                                .unreadable = reader->domain->unreadable },
                            reader->object, outcome);
        if (r < 0)
                return r;

        claim = find_claim(outcome, key);
        if (!claim)
                return 0;

        r = holder_make(reader, outcome, claim, arena, ret);
        return r < 0 ? r : 1;
}

static int holders_add(QueryHolders *holders, size_t *n_allocated, const QueryHolder *holder)
{
        if (holders->n == *n_allocated) {
                size_t n = *n_allocated ? 2 * *n_allocated : 8;
                QueryHolder *more = reallocarray(holders->holders, n, sizeof(*more));

                if (!more)
                        return -ENOMEM;
                holders->holders = more;
                *n_allocated = n;
        }

        holders->holders[holders->n++] = *holder;
        return 0;
}

/* By name: ids depend on the order in which objects were read, and lists are compared. Those of the cloud come last. */
static int compare_holders(const void *a, const void *b)
{
        const RecordHolder *x = &((const QueryHolder *)a)->record,
                           *y = &((const QueryHolder *)b)->record;
        int c = strcmp(x->where, y->where);

        if (c != 0)
                return c;
        if (!x->domain || !y->domain)
                return memcmp(&x->guid, &y->guid, sizeof(x->guid));
        c = strcmp(x->domain, y->domain);
        return c != 0 ? c : strcmp(x->dn, y->dn);
}

int query_holders_read(QueryReader *reader, const Config *config, Outcome *outcome, int64_t key,
                       QueryHolders *ret)
{
        _cleanup_(query_holders_done) QueryHolders holders = {};
        size_t n_allocated = 0;
        int64_t ids[64], after = 0;
        int n, r;

        do {
                n = claim_holders(reader->store, key, after, ids, ARRAY_SIZE(ids));
                if (n < 0)
                        return n;

                for (int i = 0; i < n; i++) {
                        QueryHolder holder;

                        r = cloud_is_id(ids[i]) ? query_cloud_holder(reader->store, ids[i], key,
                                                                     &holders.arena, &holder)
                                                : holder_judge(reader, config, outcome, ids[i], key,
                                                               &holders.arena, &holder);
                        if (r > 0)
                                r = holders_add(&holders, &n_allocated, &holder);
                        if (r < 0)
                                return r;
                        after = ids[i];
                }
        } while ((size_t)n == ARRAY_SIZE(ids));

        if (holders.n > 1)
                qsort(holders.holders, holders.n, sizeof(*holders.holders), compare_holders);

        *ret = holders;
        holders = (QueryHolders){};
        return 0;
}

static bool is_same_person(const QueryHolder *a, const QueryHolder *b)
{
        for (size_t i = 0; i < a->n_persons; i++)
                for (size_t k = 0; k < b->n_persons; k++)
                        if (a->persons[i] == b->persons[k])
                                return true;
        return false;
}

bool query_holder_disputes(const QueryHolder *self, const QueryHolder *other, int64_t key)
{
        if (self->object == other->object || self->folded.size != other->folded.size ||
            memcmp(self->folded.data, other->folded.data, self->folded.size) != 0)
                return false;

        /* In the join space itself, sharing the key is the point. */
        return claim_key_space(key) == KEY_JOIN || !is_same_person(self, other);
}
