/* SPDX-License-Identifier: MIT */

/* What the findings of a list say, and who else holds a disputed value: a page at a time. */

#include <errno.h>
#include <string.h>

#include "lib/core/value-text.h"
#include "lib/state/cloud.h"
#include "lib/state/query-internal.h"

struct FindingPageMemory {
        Arena arena;
        QueryHolders *groups; /* whom the records' others point to */
        size_t n_groups;
};

FindingPage *finding_page_free(FindingPage *page)
{
        if (!page)
                return NULL;

        if (page->memory) {
                for (size_t i = 0; i < page->memory->n_groups; i++)
                        query_holders_done(&page->memory->groups[i]);
                free(page->memory->groups);
                arena_done(&page->memory->arena);
                free(page->memory);
        }
        free(page->records);
        free(page);
        return NULL;
}

static int page_new(size_t n, FindingPage **ret)
{
        _cleanup_(finding_page_freep) FindingPage *page = calloc(1, sizeof(*page));

        if (!page)
                return -ENOMEM;

        page->memory = calloc(1, sizeof(*page->memory));
        page->records = calloc(n + 1, sizeof(*page->records));
        if (!page->memory || !page->records)
                return -ENOMEM;

        *ret = TAKE_PTR(page);
        return 0;
}

static int copy_text(Arena *arena, const char *text, const char **ret)
{
        if (!text) {
                *ret = NULL;
                return 0;
        }

        *ret = arena_copy(arena, text, strlen(text));
        return *ret ? 0 : -ENOMEM;
}

/* Of no known attribute: a newer scand's number. */
static AttributeId query_attribute(int64_t number)
{
        return number > 0 && number < ATTRIBUTE_MAX && attribute_name((AttributeId)number)
                       ? (AttributeId)number
                       : ATTRIBUTE_NONE;
}

/* As people are shown it: a GUID as one, bytes in base64. */
static int copy_value(Arena *arena, Statement *row, AttributeId attribute, const char **ret)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;
        Slice value;
        int r;

        if (statement_is_null(row, COLUMN_QUERY_FINDING_VALUE)) {
                *ret = NULL;
                return 0;
        }

        value.data = statement_blob(row, COLUMN_QUERY_FINDING_VALUE, &value.size);
        r = value_text(attribute, value, &text);
        if (r < 0)
                return r;

        *ret = arena_copy(arena, text.data, text.size);
        return *ret ? 0 : -ENOMEM;
}

/* Who has accepted it, if anybody has. */
static int record_acceptance(Statement *row, Arena *arena, Record *record)
{
        RecordAcceptance *acceptance = &record->acceptance;
        int r;

        if (statement_is_null(row, COLUMN_QUERY_FINDING_UNTIL))
                return 0;

        acceptance->since = statement_integer(row, COLUMN_QUERY_FINDING_SINCE);
        acceptance->until = statement_integer(row, COLUMN_QUERY_FINDING_UNTIL);
        acceptance->uid = statement_integer(row, COLUMN_QUERY_FINDING_UID);
        r = copy_text(arena, statement_text(row, COLUMN_QUERY_FINDING_WHO), &acceptance->who);
        return r < 0 ? r
                     : copy_text(arena, statement_text(row, COLUMN_QUERY_FINDING_WHY),
                                 &acceptance->why);
}

/* What the finding itself says, and by what it folds (NULL: it does not). 1, 0 where it has closed meanwhile, or negative. */
static int record_read(FindingList *list, const FindingName *name, Arena *arena, Record *record,
                       const char **ret_fold)
{
        _cleanup_statement_ Statement *row = store_statement(list->store, QUERY_QUERY_FINDING);
        AttributeId attribute;
        const Rule *rule;
        int r;

        statement_bind_integer(row, ":object", name->object);
        statement_bind_integer(row, ":key", name->key);
        statement_bind_integer(row, ":id", name->id);
        r = statement_step(row);
        if (r <= 0)
                return r;

        if (query_class_severity(row, COLUMN_QUERY_FINDING_CLASS, COLUMN_QUERY_FINDING_SEVERITY,
                                 &record->class, &record->severity) < 0)
                return -EUCLEAN;

        attribute = query_attribute(statement_integer(row, COLUMN_QUERY_FINDING_ATTRIBUTE));
        record->id = (uint64_t)name->id;
        record->certainty = statement_integer(row, COLUMN_QUERY_FINDING_CERTAINTY)
                                    ? CERTAINTY_CERTAIN
                                    : CERTAINTY_PROBABLE;
        record->attribute =
                attribute_name((AttributeId)statement_integer(row, COLUMN_QUERY_FINDING_ATTRIBUTE));
        record->opened = statement_integer(row, COLUMN_QUERY_FINDING_OPENED);
        if ((r = copy_text(arena, statement_text(row, COLUMN_QUERY_FINDING_RULE), &record->rule)) <
                    0 ||
            (r = copy_text(arena, statement_text(row, COLUMN_QUERY_FINDING_DETAIL),
                           &record->detail)) < 0 ||
            (r = copy_text(arena, statement_text(row, COLUMN_QUERY_FINDING_ADVICE),
                           &record->advice)) < 0 ||
            (r = copy_text(arena, statement_text(row, COLUMN_QUERY_FINDING_FOLD), ret_fold)) < 0 ||
            (r = copy_value(arena, row, attribute, &record->value)) < 0)
                return r;

        r = record_acceptance(row, arena, record);
        if (r < 0)
                return r;

        rule = config_find_rule(list->config, record->rule); /* NULL: of another scand's table */
        record->source = rule ? rule_source(rule) : NULL;
        if (!record->advice && rule)
                record->advice = rule_advice(rule);

        if (statement_is_null(row, COLUMN_QUERY_FINDING_HELD))
                return 1;
        r = query_doubt_held(query_reader_domain(&list->reader,
                                                 statement_integer(row, COLUMN_QUERY_FINDING_HELD)),
                             arena, record);
        return r < 0 ? r : 1;
}

int finding_list_keep_state(FindingList *list)
{
        _cleanup_(arena_done) Arena arena = {};
        size_t n = 0;

        for (size_t i = 0; i < list->n; i++) {
                Record record = {};
                const char *fold;
                const Rule *rule;
                int r;

                arena_reset(&arena);
                r = record_read(list, &list->names[i], &arena, &record, &fold);
                if (r < 0)
                        return r;
                rule = r > 0 ? rule_find(record.rule) : NULL;
                if (r > 0 && (!rule || rule_basis(rule) == BASIS_STATE))
                        list->names[n++] = list->names[i];
        }
        list->n = n;
        return 0;
}

/* About a domain itself. Likewise. */
static int record_domain(FindingList *list, int64_t id, const char *fold, size_t max_others,
                         Arena *arena, Record *record)
{
        const Domain *domain = query_reader_domain(&list->reader, id);
        int r;

        if (!domain)
                return 0;

        record->kind = KIND_CONTAINER;
        r = copy_text(arena, domain->naming_context ? domain->naming_context : domain->name,
                      &record->dn);
        if (r >= 0)
                r = copy_text(arena, domain->name, &record->domain);
        if (r >= 0 && fold)
                r = query_folded(&list->reader, id, fold, max_others, arena, record);
        return r < 0 ? r : 1;
}

/* A rule about an object and what the cloud has of it: that is the other side. */
static int record_counterpart(FindingList *list, Arena *arena, Record *record)
{
        const Rule *rule = rule_find(record->rule);
        RecordHolder *other;
        int r;

        if (!rule || !rule_is_cloud(rule) || record->is_held)
                return 0;
        other = arena_allocate(arena, sizeof(*other));
        if (!other)
                return -ENOMEM;

        r = query_cloud_counterpart(list->store, &list->config->tenant, list->reader.object, arena,
                                    other);
        if (r <= 0)
                return r;
        record->others = other;
        record->n_others = record->others_total = 1;
        return 0;
}

/* Whom it is about. 1, 0 where the object is gone, or negative. */
static int record_subject(FindingList *list, const FindingName *name, const char *fold,
                          size_t max_others, Arena *arena, Record *record)
{
        QueryReader *reader = &list->reader;
        int r;

        if (name->object == cache_first_id(cache_domain_of(name->object)))
                return record_domain(list, cache_domain_of(name->object), fold, max_others, arena,
                                     record);

        r = query_reader_get(reader, name->object);
        if (r <= 0)
                return r;

        record->guid = reader->row.guid;
        record->kind = reader->row.kind;
        record->dn = query_text(arena, reader->dn.data, reader->dn.size);
        r = copy_text(arena, reader->domain->name, &record->domain);
        if (r >= 0 && name->key == 0 && !record->is_held)
                r = query_doubt_object(reader->domain, list->now, arena, record);
        if (r >= 0 && name->key == 0)
                r = record_counterpart(list, arena, record);
        return !record->dn || r < 0 ? -ENOMEM : 1;
}

/* A record of the page that has a key, for going through them key by key. */
typedef struct KeyedRecord {
        int64_t key;
        int64_t object;
        Record *record;
} KeyedRecord;

static int compare_keys(const void *a, const void *b)
{
        const KeyedRecord *x = a, *y = b;

        return (x->key > y->key) - (x->key < y->key);
}

static const QueryHolder *find_holder(const QueryHolders *holders, int64_t object)
{
        for (size_t i = 0; i < holders->n; i++)
                if (holders->holders[i].object == object)
                        return &holders->holders[i];
        return NULL;
}

static int record_others(FindingList *list, const QueryHolders *holders, const KeyedRecord *keyed,
                         size_t max, Arena *arena)
{
        const QueryHolder *self = find_holder(holders, keyed->object);
        Record *record = keyed->record;
        const Rule *rule = rule_find(record->rule);
        bool is_cloud =
                rule &&
                rule_is_cloud(rule); /* then the others are those of the cloud, and else never */
        RecordHolder *others;

        if (!self)
                return 0; /* what was judged is no longer so: it is about to close */

        others = arena_allocate(arena, (holders->n < max ? holders->n : max) * sizeof(*others));
        if (!others)
                return -ENOMEM;

        for (size_t i = 0; i < holders->n; i++) {
                if (cloud_is_id(holders->holders[i].object) != is_cloud ||
                    !query_holder_disputes(self, &holders->holders[i], keyed->key))
                        continue;
                if (record->n_others < max)
                        others[record->n_others++] = holders->holders[i].record;
                record->others_total++;
        }

        record->others = others;
        if (record->is_held)
                return 0;
        return query_doubt_dispute(&list->reader, list->now, holders, self, keyed->key, arena,
                                   record);
}

/* One key's holders serve all findings of the page that dispute it. */
static int page_others(FindingList *list, FindingPage *page, KeyedRecord *keyed, size_t n,
                       size_t max_others)
{
        struct FindingPageMemory *memory = page->memory;
        int r;

        memory->groups = calloc(n + 1, sizeof(*memory->groups));
        if (!memory->groups)
                return -ENOMEM;

        qsort(keyed, n, sizeof(*keyed), compare_keys);
        for (size_t i = 0; i < n; i++) {
                if (i == 0 || keyed[i].key != keyed[i - 1].key) {
                        r = query_holders_read(&list->reader, list->config, list->outcome,
                                               keyed[i].key, &memory->groups[memory->n_groups]);
                        if (r < 0)
                                return r;
                        memory->n_groups++;
                }

                r = record_others(list, &memory->groups[memory->n_groups - 1], &keyed[i],
                                  max_others, &memory->arena);
                if (r < 0)
                        return r;
        }

        return 0;
}

int finding_list_page(FindingList *list, size_t first, size_t n, size_t max_others,
                      FindingPage **ret)
{
        _cleanup_(finding_page_freep) FindingPage *page = NULL;
        _cleanup_free_ KeyedRecord *keyed = NULL;
        size_t n_keyed = 0;
        int r;

        if (first > list->n)
                first = list->n;
        if (n > list->n - first)
                n = list->n - first;

        r = page_new(n, &page);
        if (r < 0)
                return r;
        keyed = calloc(n + 1, sizeof(*keyed));
        if (!keyed)
                return -ENOMEM;

        for (size_t i = first; i < first + n; i++) {
                const FindingName *name = &list->names[i];
                Record *record = &page->records[page->n_records];
                const char *fold;

                *record = (Record){};
                r = record_read(list, name, &page->memory->arena, record, &fold);
                if (r > 0)
                        r = record_subject(list, name, fold, max_others, &page->memory->arena,
                                           record);
                if (r < 0)
                        return r;
                if (r == 0)
                        continue;

                page->n_records++;
                if (name->key != 0)
                        keyed[n_keyed++] = (KeyedRecord){ .key = name->key,
                                                          .object = name->object,
                                                          .record = record };
        }

        r = page_others(list, page, keyed, n_keyed, max_others);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(page);
        return 0;
}
