/* SPDX-License-Identifier: MIT */
#pragma once

/* What the query*.c share: objects of the cache one after another, with what is needed to understand them. */

#include "lib/core/arena.h"
#include "lib/core/evaluate.h"
#include "lib/state/cache.h"
#include "lib/state/container.h"
#include "lib/state/query.h"

typedef struct QueryReader {
        Store *store;
        Domain *domains; /* all rows */
        size_t n_domains;
        bool reads_hidden;      /* also of domains that nobody is shown; set by the caller */
        int64_t attribute_list; /* the number of `known`; objects read alike follow each other */
        AttributeSet known;

        /* The object last read; reused. */
        CacheRow row;
        Container container;
        Buffer dn;
        Object *object; /* borrows the row */
        const Domain *domain;
        bool selected;
} QueryReader;

int query_reader_init(QueryReader *reader, Store *store); /* 0 or negative */
void query_reader_done(QueryReader *reader);

/* 1 read, 0 no such row or its domain is not shown, or negative. */
int query_reader_get(QueryReader *reader, int64_t id);

static inline bool query_reader_in_scope(const QueryReader *reader)
{
        return reader->selected && reader->row.excluded == 0 && reader->row.deleted_at == 0;
}

/* A domain that is past its first read, by its FQDN in lower case or by its number; NULL: none. */
const Domain *query_reader_find_domain(const QueryReader *reader, const char *name);
const Domain *query_reader_domain(const QueryReader *reader, int64_t id);

/* Numbers of the database as enums: they become names by looking them up in arrays. 0, or -EUCLEAN for numbers never written. */
int query_class_severity(Statement *row, int class_column, int severity_column,
                         RuleClass *ret_class, Severity *ret_severity);

/* A string that holds the bytes where they are text and their escaped form where not. NULL: no memory. */
const char *query_text(Arena *arena, const void *data, size_t size);

/*
 * All objects in scope that hold a key, as judging sees them: their claims are made anew and the folded values compared, since keys
 * are hashes.
 */
typedef struct QueryHolder {
        int64_t object;
        Slice folded;     /* which of the values behind the key */
        int64_t *persons; /* keys of the join space: who shares one is the same person */
        size_t n_persons;
        RecordHolder record;
} QueryHolder;

typedef struct QueryHolders {
        Arena arena;
        QueryHolder *holders; /* in the order of their names */
        size_t n;
} QueryHolders;

/* Reads through a reader of its own, so that the caller's object stays. 0 or negative. */
int query_holders_read(QueryReader *reader, const Config *config, Outcome *outcome, int64_t key,
                       QueryHolders *ret);
void query_holders_done(QueryHolders *holders);

/* One of the cloud, by its id. Its object's others are what rule_is_cloud() tells of. 1, 0: it does not hold the key, or negative. */
int query_cloud_holder(Store *store, int64_t id, int64_t key, Arena *arena, QueryHolder *ret);

/* What the cloud has of an object. 1, 0: nothing, or negative. */
int query_cloud_counterpart(Store *store, const Tenant *tenant, const Object *object, Arena *arena,
                            RecordHolder *ret);

/* Does `other` dispute the value with `self`: the same value, another object, another person? */
bool query_holder_disputes(const QueryHolder *self, const QueryHolder *other, int64_t key);

/*
 * Makes a record probable, and says why in its detail, where the domain of one that holds the value (`self` among them) is not
 * current; and one of an object alone where it was opened on the word of a DC that may be behind. 0 or -ENOMEM.
 */
int query_doubt_dispute(const QueryReader *reader, int64_t now, const QueryHolders *holders,
                        const QueryHolder *self, int64_t key, Arena *arena, Record *record);
int query_doubt_object(const Domain *domain, int64_t now, Arena *arena, Record *record);

/* The same of a finding that is held, for this domain; NULL: it is not shown. */
int query_doubt_held(const Domain *domain, Arena *arena, Record *record);

/*
 * Of the finding of a domain that stands for many: the first of them as its others, at most `max`, and how many there are. The reader's object
 * does not stay. 0 or negative.
 */
int query_folded(QueryReader *reader, int64_t domain, const char *fold, size_t max, Arena *arena,
                 Record *record);

/* A finding of a list: enough to read it again. */
typedef struct FindingName {
        int64_t object;
        int64_t key;
        int64_t id;
} FindingName;

struct FindingList {
        Store *store;
        const Config *config;
        QueryReader reader;
        int64_t now;
        Outcome *outcome; /* for who else holds a value; reused */
        FindingName *names;
        size_t n, n_allocated;
};

/* Does a row hold the text, in the object's name or in the value? 1, 0, or negative. `scratch` keeps its memory between rows. */
typedef struct QueryText {
        Buffer needle, scratch;
} QueryText;

int query_text_init(QueryText *text,
                    const char *string); /* NULL: everything holds it; 0 or -ENOMEM */
void query_text_done(QueryText *text);
int query_text_holds(QueryText *text, const char *rdn, const char *container, Slice value);

/*
 * Binds a filter to a statement that asks for findings: :least, :since, :rule, :class, :domain, :below and :whole. 0,
 * QUERY_NO_DOMAIN, QUERY_NO_CONTAINER, or negative.
 */
int query_bind_filter(QueryReader *reader, const FindingFilter *filter, Statement *statement);
