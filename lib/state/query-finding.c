/* SPDX-License-Identifier: MIT */

/* Which findings: the names of a list. What they say is read page by page, in query-page.c. */

#include <errno.h>
#include <string.h>

#include "lib/state/query-internal.h"

FindingList *finding_list_free(FindingList *list)
{
        if (!list)
                return NULL;

        query_reader_done(&list->reader);
        (void)outcome_free(list->outcome);
        free(list->names);
        free(list);
        return NULL;
}

size_t finding_list_size(const FindingList *list)
{
        return list->n;
}

int64_t finding_list_object(const FindingList *list, size_t index)
{
        return list->names[index].object;
}

uint64_t finding_list_id(const FindingList *list, size_t index)
{
        return (uint64_t)list->names[index].id;
}

static int compare_names(const void *a, const void *b)
{
        const FindingName *x = a, *y = b;

        if (x->object != y->object)
                return x->object < y->object ? -1 : 1;
        return (x->id > y->id) - (x->id < y->id);
}

static int compare_objects(const void *a, const void *b)
{
        const int64_t *x = a, *y = b;

        return (*x > *y) - (*x < *y);
}

int finding_list_focus(FindingList *list, const FindingList *other, const int64_t *objects,
                       size_t n_objects)
{
        _cleanup_free_ FindingName *sorted = calloc(other->n + 1, sizeof(*sorted));
        size_t n = 0;

        if (!sorted)
                return -ENOMEM;
        if (other->n > 0)
                memcpy(sorted, other->names, other->n * sizeof(*sorted));

        qsort(sorted, other->n, sizeof(*sorted), compare_names);
        for (size_t i = 0; i < list->n; i++) {
                const FindingName *name = &list->names[i];

                if ((n_objects > 0 && bsearch(&name->object, objects, n_objects, sizeof(*objects),
                                              compare_objects)) ||
                    !bsearch(name, sorted, other->n, sizeof(*sorted), compare_names))
                        list->names[n++] = *name;
        }
        list->n = n;
        return 0;
}

int finding_list_subtract(FindingList *list, const FindingList *other)
{
        return finding_list_focus(list, other, NULL, 0);
}

static int finding_list_add(FindingList *list, const FindingName *name)
{
        if (list->n == list->n_allocated) {
                size_t n = list->n_allocated ? 2 * list->n_allocated : 256;
                FindingName *names = reallocarray(list->names, n, sizeof(*names));

                if (!names)
                        return -ENOMEM;
                list->names = names;
                list->n_allocated = n;
        }

        list->names[list->n++] = *name;
        return 0;
}

static int finding_list_fill(FindingList *list, const FindingFilter *filter)
{
        _cleanup_statement_ Statement *row = store_statement(list->store, QUERY_QUERY_FINDINGS);
        _cleanup_(query_text_done) QueryText text = {};
        int r;

        r = query_bind_filter(&list->reader, filter, row);
        if (r != 0)
                return r;
        r = query_text_init(&text, filter->text);
        if (r < 0)
                return r;

        while ((r = statement_step(row)) > 0) {
                FindingName name = { .object = statement_integer(row, COLUMN_QUERY_FINDINGS_OBJECT),
                                     .key = statement_integer(row, COLUMN_QUERY_FINDINGS_KEY),
                                     .id = statement_integer(row, COLUMN_QUERY_FINDINGS_ID) };
                Slice value;

                value.data = statement_blob(row, COLUMN_QUERY_FINDINGS_VALUE, &value.size);
                r = query_text_holds(&text, statement_text(row, COLUMN_QUERY_FINDINGS_RDN),
                                     statement_text(row, COLUMN_QUERY_FINDINGS_CONTAINER), value);
                if (r > 0)
                        r = finding_list_add(list, &name);
                if (r < 0)
                        return r;
        }

        return r;
}

/* All of one object: the other filters are for lists. */
static int finding_list_fill_object(FindingList *list, int64_t object)
{
        _cleanup_statement_ Statement *row = store_statement(list->store, QUERY_QUERY_FINDINGS_OF);
        int r;

        statement_bind_integer(row, ":object", object);
        while ((r = statement_step(row)) > 0) {
                FindingName name = { .object = statement_integer(row,
                                                                 COLUMN_QUERY_FINDINGS_OF_OBJECT),
                                     .key = statement_integer(row, COLUMN_QUERY_FINDINGS_OF_KEY),
                                     .id = statement_integer(row, COLUMN_QUERY_FINDINGS_OF_ID) };

                r = finding_list_add(list, &name);
                if (r < 0)
                        return r;
        }

        return r;
}

int finding_list_new(Store *store, const Config *config, const FindingFilter *filter,
                     FindingList **ret)
{
        _cleanup_(finding_list_freep) FindingList *list = calloc(1, sizeof(*list));
        int r;

        if (!list)
                return -ENOMEM;

        list->store = store;
        list->config = config;
        list->now = filter->now;
        r = query_reader_init(&list->reader, store);
        if (r >= 0)
                r = outcome_new(&list->outcome);
        if (r >= 0)
                r = filter->object ? finding_list_fill_object(list, filter->object)
                                   : finding_list_fill(list, filter);
        if (r != 0)
                return r;

        *ret = TAKE_PTR(list);
        return 0;
}
