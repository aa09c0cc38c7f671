/* SPDX-License-Identifier: MIT */

/* Findings by what they have in common: what people are shown instead of fifty thousand rows. */

#include <errno.h>
#include <string.h>

#include "lib/state/query-internal.h"

struct FoldMemory {
        Arena arena;
        size_t n_allocated;
};

FoldList *fold_list_free(FoldList *list)
{
        if (!list)
                return NULL;

        if (list->memory)
                arena_done(&list->memory->arena);
        free(list->memory);
        free(list->folds);
        free(list);
        return NULL;
}

static int fold_list_allocate(FoldList **ret)
{
        _cleanup_(fold_list_freep) FoldList *list = calloc(1, sizeof(*list));

        if (!list)
                return -ENOMEM;
        list->memory = calloc(1, sizeof(*list->memory));
        if (!list->memory)
                return -ENOMEM;

        *ret = TAKE_PTR(list);
        return 0;
}

static int fold_list_add(FoldList *list, const char *name)
{
        struct FoldMemory *memory = list->memory;

        if (list->n == memory->n_allocated) {
                size_t n = memory->n_allocated ? 2 * memory->n_allocated : 64;
                Fold *folds = reallocarray(list->folds, n, sizeof(*folds));

                if (!folds)
                        return -ENOMEM;
                list->folds = folds;
                memory->n_allocated = n;
        }

        name = arena_copy(&memory->arena, name, strlen(name));
        if (!name)
                return -ENOMEM;
        list->folds[list->n++] = (Fold){ .name = name };
        return 0;
}

static int fold_set_holder(FoldHolder *holder, Arena *arena, const char *domain, const char *dn,
                           size_t size)
{
        holder->domain = arena_copy(arena, domain, strlen(domain));
        holder->dn = query_text(arena, dn, size);
        return holder->domain && holder->dn ? 0 : -ENOMEM;
}

static int fold_add_holder(Fold *fold, Arena *arena, QueryReader *reader, int64_t id)
{
        FoldHolder *holder = &fold->holders[fold->n_holders];
        int r;

        if (id == cache_first_id(cache_domain_of(id))) {
                const Domain *domain = query_reader_domain(reader, cache_domain_of(id));
                const char *dn;

                if (!domain)
                        return 0;
                dn = domain->naming_context ?: domain->name;
                holder->kind = KIND_CONTAINER;
                r = fold_set_holder(holder, arena, domain->name, dn, strlen(dn));
        } else {
                r = query_reader_get(reader, id);
                if (r <= 0)
                        return r;
                holder->guid = reader->row.guid;
                holder->kind = reader->row.kind;
                r = fold_set_holder(holder, arena, reader->domain->name,
                                    (const char *)reader->dn.data, reader->dn.size);
        }
        if (r >= 0)
                fold->n_holders++;
        return r;
}

/* Which objects come first is known while the rows are walked; they are read afterwards. */
typedef struct FoldRun {
        FoldList *list;
        int64_t (*first)[FOLD_HOLDERS]; /* of each fold; 0: no more */
        size_t n_allocated;
} FoldRun;

static void fold_run_done(FoldRun *run)
{
        free(run->first);
}

static int fold_run_add(FoldRun *run, const char *name)
{
        int r;

        if (run->list->n == run->n_allocated) {
                size_t n = run->n_allocated ? 2 * run->n_allocated : 64;
                void *first = reallocarray(run->first, n, sizeof(*run->first));

                if (!first)
                        return -ENOMEM;
                run->first = first;
                run->n_allocated = n;
        }

        r = fold_list_add(run->list, name);
        if (r >= 0)
                memset(run->first[run->list->n - 1], 0, sizeof(*run->first));
        return r;
}

/* An object may have several findings of the kind, and is named once. */
static void fold_remember(int64_t first[static FOLD_HOLDERS], int64_t object)
{
        for (size_t i = 0; i < FOLD_HOLDERS; i++) {
                if (first[i] == object)
                        return;
                if (first[i] == 0) {
                        first[i] = object;
                        return;
                }
        }
}

/* So many more findings of that name, the one under way or the next. 0, -ENOMEM, or -EUCLEAN. */
static int fold_run_count(FoldRun *run, const char *name, int64_t severity, size_t n)
{
        FoldList *list = run->list;
        Fold *fold = list->n > 0 ? &list->folds[list->n - 1] : NULL;
        int r;

        if (!name || severity < 0 || severity > SEVERITY_ERROR)
                return -EUCLEAN;
        if (!fold || strcmp(fold->name, name) != 0) {
                r = fold_run_add(run, name);
                if (r < 0)
                        return r;
                fold = &list->folds[list->n - 1];
        }

        if ((Severity)severity > fold->severity)
                fold->severity = (Severity)severity;
        fold->n += n;
        fold->n_by_severity[severity] += n;
        list->n_findings += n;
        return 0;
}

static int fold_take(FoldRun *run, Statement *row)
{
        int r;

        r = fold_run_count(run, statement_text(row, COLUMN_QUERY_FOLDS_NAME),
                           statement_integer(row, COLUMN_QUERY_FOLDS_SEVERITY), 1);
        if (r < 0)
                return r;

        fold_remember(run->first[run->list->n - 1],
                      statement_integer(row, COLUMN_QUERY_FOLDS_OBJECT));
        return 0;
}

static int fold_walk(FoldRun *run, QueryReader *reader, const FindingFilter *filter, FoldBy by)
{
        _cleanup_statement_ Statement *row = store_statement(reader->store, QUERY_QUERY_FOLDS);
        _cleanup_(query_text_done) QueryText text = {};
        int r;

        r = query_bind_filter(reader, filter, row);
        if (r != 0)
                return r;
        r = query_text_init(&text, filter->text);
        if (r < 0)
                return r;

        statement_bind_integer(row, ":by", by);
        while ((r = statement_step(row)) > 0) {
                Slice value;

                value.data = statement_blob(row, COLUMN_QUERY_FOLDS_VALUE, &value.size);
                r = query_text_holds(&text, statement_text(row, COLUMN_QUERY_FOLDS_RDN),
                                     statement_text(row, COLUMN_QUERY_FOLDS_CONTAINER), value);
                if (r > 0)
                        r = fold_take(run, row);
                if (r < 0)
                        return r;
        }

        return r;
}

/* Is what is wanted what the counters count? Then fifty thousand rows need not be walked to say how many there are. */
static bool filter_is_counted(const FindingFilter *filter)
{
        return filter->shown != FINDING_SHOWN_ALL && filter->id == 0 && !filter->rule &&
               !filter->domain && !filter->below && !filter->text && !filter->has_class &&
               filter->since == 0 && !filter->unfolded && !filter->without_held;
}

static int fold_take_count(FoldRun *run, Statement *row)
{
        return fold_run_count(run, statement_text(row, COLUMN_QUERY_FOLD_COUNTS_RULE),
                              statement_integer(row, COLUMN_QUERY_FOLD_COUNTS_SEVERITY),
                              (size_t)statement_integer(row, COLUMN_QUERY_FOLD_COUNTS_N));
}

/* Whom to name: the first by their number, of the worst first. No more rows are looked at than there are, nor than need be. */
static int fold_find_first(Store *store, const Fold *fold, bool is_accepted,
                           int64_t first[static FOLD_HOLDERS])
{
        for (int severity = SEVERITY_ERROR; severity >= 0; severity--) {
                _cleanup_statement_ Statement *row = store_statement(store, QUERY_QUERY_FOLD_FIRST);
                size_t left = fold->n_by_severity[severity];
                int r;

                statement_bind_text(row, ":rule", fold->name);
                statement_bind_integer(row, ":severity", severity);
                statement_bind_integer(row, ":accepted", is_accepted);
                for (; left > 0 && first[FOLD_HOLDERS - 1] == 0; left--) {
                        r = statement_step(row);
                        if (r < 0)
                                return r;
                        if (r == 0)
                                break;
                        fold_remember(first,
                                      statement_integer(row, COLUMN_QUERY_FOLD_FIRST_OBJECT));
                }
        }

        return 0;
}

static int fold_count(FoldRun *run, Store *store, const FindingFilter *filter)
{
        bool is_accepted = filter->shown == FINDING_SHOWN_ACCEPTED;
        Statement *row = store_statement(store, QUERY_QUERY_FOLD_COUNTS);
        int r;

        statement_bind_integer(row, ":accepted", is_accepted);
        statement_bind_integer(row, ":least", filter->least);
        while ((r = statement_step(row)) > 0) {
                r = fold_take_count(run, row);
                if (r < 0)
                        break;
        }
        statement_reset(row);

        for (size_t i = 0; i < run->list->n && r >= 0; i++)
                r = fold_find_first(store, &run->list->folds[i], is_accepted, run->first[i]);
        return r;
}

static int compare_folds(const void *a, const void *b)
{
        const Fold *x = a, *y = b;

        if (x->severity != y->severity)
                return x->severity > y->severity ? -1 : 1;
        if (x->n_by_severity[x->severity] != y->n_by_severity[y->severity])
                return x->n_by_severity[x->severity] > y->n_by_severity[y->severity] ? -1 : 1;
        return strcmp(x->name, y->name);
}

/* What only the finished list needs: whom to name, and names that are fit to be shown. */
static int fold_finish(Fold *fold, const int64_t first[static FOLD_HOLDERS], Arena *arena,
                       QueryReader *reader)
{
        fold->name = query_text(arena, fold->name, strlen(fold->name));
        if (!fold->name)
                return -ENOMEM;

        for (size_t i = 0; i < FOLD_HOLDERS && first[i] != 0; i++) {
                int r = fold_add_holder(fold, arena, reader, first[i]);

                if (r < 0)
                        return r;
        }

        return 0;
}

int fold_list_new(Store *store, const FindingFilter *filter, FoldBy by, FoldList **ret)
{
        _cleanup_(fold_list_freep) FoldList *list = NULL;
        _cleanup_(query_reader_done) QueryReader reader = {};
        _cleanup_(fold_run_done) FoldRun run = {};
        int r;

        r = fold_list_allocate(&list);
        if (r >= 0)
                r = query_reader_init(&reader, store);
        if (r < 0)
                return r;

        run.list = list;
        r = by == FOLD_BY_RULE && filter_is_counted(filter) ? fold_count(&run, store, filter)
                                                            : fold_walk(&run, &reader, filter, by);
        if (r != 0)
                return r;

        for (size_t i = 0; i < list->n; i++) {
                r = fold_finish(&list->folds[i], run.first[i], &list->memory->arena, &reader);
                if (r < 0)
                        return r;
        }
        if (list->n > 0)
                qsort(list->folds, list->n, sizeof(*list->folds), compare_folds);

        *ret = TAKE_PTR(list);
        return 0;
}
