/* SPDX-License-Identifier: MIT */
#include "lib/state/past.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/state/event.h"

#define PAST_EVENTS_MOST 256

void past_list_done(PastList *list)
{
        free(list->events);
        buffer_done(&list->bytes);
        *list = (PastList){};
}

static bool past_type(int64_t type, PastType *ret)
{
        switch (type) {
        case EVENT_UPN_CHANGED:
                *ret = PAST_UPN_CHANGED;
                return true;
        case EVENT_ANCHOR_CHANGED:
                *ret = PAST_ANCHOR_CHANGED;
                return true;
        case EVENT_RESTORED:
                *ret = PAST_RESTORED;
                return true;
        }

        return false;
}

static int past_list_grow(PastList *list)
{
        size_t n = list->n_allocated ? 2 * list->n_allocated : 4;
        PastEvent *events;

        if (list->n < list->n_allocated)
                return 0;

        events = reallocarray(list->events, n, sizeof(*events));
        if (!events)
                return -ENOMEM;

        list->events = events;
        list->n_allocated = n;
        return 0;
}

/* Until all are read the memory may move: the sizes are kept, and the pointers made at the end. */
static int take_value(PastList *list, Statement *row, int column, Slice *ret)
{
        const void *data = statement_blob(row, column, &ret->size);

        return buffer_append(&list->bytes, data, ret->size);
}

static int past_list_add(PastList *list, Statement *row)
{
        PastEvent event = { .at = statement_integer(row, COLUMN_EVENT_PAST_AT) };
        int r;

        if (!past_type(statement_integer(row, COLUMN_EVENT_PAST_TYPE), &event.type))
                return 0;

        r = past_list_grow(list);
        if (r >= 0)
                r = take_value(list, row, COLUMN_EVENT_PAST_VALUE, &event.value);
        if (r >= 0)
                r = take_value(list, row, COLUMN_EVENT_PAST_OLD_VALUE, &event.old_value);
        if (r >= 0)
                list->events[list->n++] = event;
        return r;
}

static void past_list_point(PastList *list)
{
        const uint8_t *position = list->bytes.data;

        for (size_t i = 0; i < list->n; i++) {
                list->events[i].value.data = position;
                position += list->events[i].value.size;
                list->events[i].old_value.data = position;
                position += list->events[i].old_value.size;
        }
}

static void past_list_reverse(PastList *list)
{
        for (size_t i = 0; i < list->n / 2; i++) {
                PastEvent event = list->events[i];

                list->events[i] = list->events[list->n - 1 - i];
                list->events[list->n - 1 - i] = event;
        }
}

int past_list_read(PastList *list, Store *store, int64_t domain, const Guid *guid)
{
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_EVENT_PAST);
        int r;

        list->n = 0;
        buffer_reset(&list->bytes);
        statement_bind_blob(row, ":guid", guid->bytes, sizeof(guid->bytes));
        statement_bind_integer(row, ":domain", domain);
        statement_bind_integer(row, ":limit", PAST_EVENTS_MOST);
        while ((r = statement_step(row)) > 0) {
                r = past_list_add(list, row);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;

        past_list_point(list);
        past_list_reverse(list);
        return 0;
}

int past_exists(Store *store)
{
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_EVENT_HAS_PAST);
        int r;

        r = statement_step(row);
        return r > 0 ? statement_integer(row, COLUMN_EVENT_HAS_PAST_HAS_PAST) != 0 : r;
}
