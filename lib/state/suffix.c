/* SPDX-License-Identifier: MIT */
#include "lib/state/suffix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/address.h"
#include "lib/core/hash.h"
#include "lib/core/object.h"

#define CHUNK_ROWS 4096

/* Longer ones are no domain names, whoever wrote them there. */
#define SUFFIX_BYTES 255

struct SuffixTable {
        size_t *slots; /* numbers of suffixes and one more; 0: free */
        size_t n_slots, n_allocated;
        int64_t *last[SUFFIX_PLACES]; /* by suffix: the object that was counted there last */
        int64_t *last_own;
};

SuffixList *suffix_list_free(SuffixList *list)
{
        if (!list)
                return NULL;

        for (size_t i = 0; i < list->n; i++)
                free(list->suffixes[i].name);
        free(list->suffixes);
        if (list->table) {
                free(list->table->slots);
                for (size_t i = 0; i < SUFFIX_PLACES; i++)
                        free(list->table->last[i]);
                free(list->table->last_own);
        }
        free(list->table);
        free(list);
        return NULL;
}

static size_t *suffix_slot(SuffixList *list, const char *name)
{
        struct SuffixTable *table = list->table;
        uint64_t hash = hash_finish(hash_bytes(HASH_INIT, name, strlen(name)));

        for (size_t i = hash & (table->n_slots - 1);; i = (i + 1) & (table->n_slots - 1)) {
                size_t *slot = &table->slots[i];

                if (*slot == 0 || strcmp(list->suffixes[*slot - 1].name, name) == 0)
                        return slot;
        }
}

static int grow(void *array, size_t n, size_t size)
{
        void **pointer = array;
        void *more = reallocarray(*pointer, n, size);

        if (!more)
                return -ENOMEM;
        *pointer = more;
        return 0;
}

static int suffix_list_grow(SuffixList *list)
{
        struct SuffixTable *table = list->table;
        size_t n = table->n_allocated ? 2 * table->n_allocated : 64;
        size_t *slots;
        int r;

        r = grow(&list->suffixes, n, sizeof(*list->suffixes));
        for (size_t i = 0; i < SUFFIX_PLACES && r >= 0; i++)
                r = grow(&table->last[i], n, sizeof(*table->last[i]));
        if (r >= 0)
                r = grow(&table->last_own, n, sizeof(*table->last_own));
        if (r < 0)
                return r;

        slots = calloc(4 * n, sizeof(*slots));
        if (!slots)
                return -ENOMEM;

        free(table->slots);
        table->slots = slots;
        table->n_slots = 4 * n;
        table->n_allocated = n;
        for (size_t i = 0; i < list->n; i++)
                *suffix_slot(list, list->suffixes[i].name) = i + 1;
        return 0;
}

static int suffix_find(SuffixList *list, const char *name, size_t *ret)
{
        struct SuffixTable *table = list->table;
        size_t *slot;
        int r;

        if (list->n == table->n_allocated) {
                r = suffix_list_grow(list);
                if (r < 0)
                        return r;
        }

        slot = suffix_slot(list, name);
        if (*slot == 0) {
                char *copy = strdup(name);

                if (!copy)
                        return -ENOMEM;
                for (size_t i = 0; i < SUFFIX_PLACES; i++)
                        table->last[i][list->n] = 0;
                table->last_own[list->n] = 0;
                list->suffixes[list->n] = (Suffix){ .name = copy };
                *slot = ++list->n;
        }

        *ret = *slot - 1;
        return 0;
}

static int suffix_count(SuffixList *list, int64_t object, SuffixPlace place, bool is_own,
                        Slice domain)
{
        char name[SUFFIX_BYTES + 1];
        size_t number;
        int r;

        if (domain.size == 0 || domain.size > SUFFIX_BYTES ||
            !text_is_utf8(domain.data, domain.size))
                return 0;
        for (size_t i = 0; i < domain.size; i++)
                name[i] = (char)ascii_lower(domain.data[i]);
        name[domain.size] = '\0';
        if (strlen(name) != domain.size)
                return 0;

        r = suffix_find(list, name, &number);
        if (r < 0)
                return r;

        if (list->table->last[place][number] != object) {
                list->table->last[place][number] = object;
                list->suffixes[number].n[place]++;
        }
        if (is_own && list->table->last_own[number] != object) {
                list->table->last_own[number] = object;
                list->suffixes[number].n_own++;
        }
        return 0;
}

/* ------------------------------------------------------------------ objects */

static int count_proxies(SuffixList *list, const Object *object, int64_t id, bool is_own)
{
        size_t n;
        const Value *values = object_values(object, ATTRIBUTE_PROXY_ADDRESSES, &n);
        int r = 0;

        for (size_t i = 0; i < n && r >= 0; i++) {
                const Address address = address_parse_proxy(values[i].data, values[i].size);

                if (address.type == ADDRESS_SMTP)
                        r = suffix_count(list, id,
                                         address.is_primary ? SUFFIX_PRIMARY : SUFFIX_SECONDARY,
                                         is_own && address.is_primary, address.domain);
        }

        return r;
}

static int count_object(SuffixList *list, const Config *config, const Object *object, int64_t id,
                        Kind kind)
{
        bool is_user = kind == KIND_USER || kind == KIND_INETORGPERSON;
        const Value *login = object_value(object, config->tenant.login_attribute);
        const Value *mail = object_value(object, ATTRIBUTE_MAIL);
        int r = 0;

        if (is_user && login)
                r = suffix_count(list, id, SUFFIX_UPN, true, upn_suffix(login->data, login->size));
        if (r >= 0)
                r = count_proxies(list, object, id, kind != KIND_CONTACT);
        if (r >= 0 && mail)
                r = suffix_count(list, id, SUFFIX_MAIL, false,
                                 address_parse_mail(mail->data, mail->size).domain);
        list->n_objects++;
        return r;
}

static int count_row(SuffixList *list, const Config *config, Statement *row, Object *object)
{
        const void *attributes;
        size_t size;
        int r;

        attributes = statement_blob(row, COLUMN_QUERY_ARRIVING_ATTRIBUTES, &size);
        object_reset(object);
        r = object_unpack(object, attributes, size);
        if (r >= 0)
                r = object_seal(object);
        return r < 0 ? r
                     : count_object(list, config, object,
                                    statement_integer(row, COLUMN_QUERY_ARRIVING_ID),
                                    (Kind)statement_integer(row, COLUMN_QUERY_ARRIVING_KIND));
}

/* One transaction. 1: there may be more; 0: there is not. */
static int count_chunk(SuffixList *list, Store *store, const Config *config, Object *object,
                       int64_t *after)
{
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_QUERY_ARRIVING);
        int r, n = 0;

        statement_bind_integer(row, ":after", *after);
        statement_bind_integer(row, ":limit", CHUNK_ROWS);
        while ((r = statement_step(row)) > 0) {
                *after = statement_integer(row, COLUMN_QUERY_ARRIVING_ID);
                n++;
                if (!statement_integer(row, COLUMN_QUERY_ARRIVING_ARRIVES))
                        continue;
                r = count_row(list, config, row, object);
                if (r < 0)
                        return r;
        }

        return r < 0 ? r : n == CHUNK_ROWS;
}

static int64_t suffix_weight(const Suffix *suffix)
{
        int64_t sum = 0;

        for (size_t i = 0; i < SUFFIX_PLACES; i++)
                sum += suffix->n[i];
        return sum;
}

static int compare_suffixes(const void *a, const void *b)
{
        const Suffix *x = a, *y = b;
        int64_t left = suffix_weight(x), right = suffix_weight(y);

        if (left != right)
                return left > right ? -1 : 1;
        return strcmp(x->name, y->name);
}

int suffix_list_new(Store *store, const Config *config, SuffixProgress progress, void *userdata,
                    SuffixList **ret)
{
        _cleanup_(suffix_list_freep) SuffixList *list = calloc(1, sizeof(*list));
        _cleanup_(object_freep) Object *object = NULL;
        int64_t after = 0;
        int r;

        if (!list)
                return -ENOMEM;
        list->table = calloc(1, sizeof(*list->table));
        if (!list->table)
                return -ENOMEM;

        r = object_new(&object);
        if (r < 0)
                return r;
        do {
                r = count_chunk(list, store, config, object, &after);
                if (r >= 0 && progress)
                        progress(list->n_objects, userdata);
        } while (r > 0);
        if (r < 0)
                return r;

        if (list->n > 0)
                qsort(list->suffixes, list->n, sizeof(*list->suffixes), compare_suffixes);
        *ret = TAKE_PTR(list);
        return 0;
}
