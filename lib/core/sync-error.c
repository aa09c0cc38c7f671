/* SPDX-License-Identifier: MIT */
#include "lib/core/sync-error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/core/address.h"
#include "lib/core/cloud.h"

#define VALUES_MAX 64 /* of one error */

const char *sync_error_source_name(SyncErrorSource source)
{
        switch (source) {
        case SYNC_ERROR_HEALTH:
                return "health";
        case SYNC_ERROR_CSEXPORT:
                return "csexport";
        case SYNC_ERROR_GRAPH:
                return "graph";
        }

        return "health";
}

const char *sync_error_source_title(SyncErrorSource source)
{
        switch (source) {
        case SYNC_ERROR_HEALTH:
                return "Connect Health";
        case SYNC_ERROR_CSEXPORT:
                return "csexport";
        case SYNC_ERROR_GRAPH:
                return "Graph";
        }

        return "Connect Health";
}

void sync_error_list_done(SyncErrorList *list)
{
        arena_done(&list->arena);
        free(list->errors);
        *list = (SyncErrorList){};
}

bool sync_error_names_object(const char *const fields[static SYNC_ERROR_FIELDS])
{
        for (SyncErrorField field = SYNC_ERROR_DN; field <= SYNC_ERROR_ACCOUNT; field++)
                if (fields[field])
                        return true;
        return false;
}

/* ------------------------------------------------------------------ values */

typedef struct ValueList {
        SyncErrorValue values[VALUES_MAX];
        size_t n;
} ValueList;

static void value_list_add(ValueList *list, Slice attribute, Slice value)
{
        value = text_trim(value.data, value.size);
        if (value.size > 0 && list->n < VALUES_MAX)
                list->values[list->n++] = (SyncErrorValue){ attribute, value };
}

static Slice slice_from(Slice text, size_t first)
{
        return (Slice){ text.data + first, text.size - first };
}

static size_t slice_find(Slice text, char c)
{
        const uint8_t *found = memchr(text.data, c, text.size);

        return found ? (size_t)(found - text.data) : text.size;
}

/* "ProxyAddresses SMTP:anna@contoso.com" */
static void value_list_add_pair(ValueList *list, Slice pair)
{
        size_t blank;

        pair = text_trim(pair.data, pair.size);
        blank = slice_find(pair, ' ');
        if (blank < pair.size)
                value_list_add(list, (Slice){ pair.data, blank }, slice_from(pair, blank));
}

/* Within a message: "… may already be associated with another object: [UserPrincipalName a@b.c;ProxyAddresses SMTP:a@b.c;]. …" */
static void value_list_scan(ValueList *list, Slice message)
{
        size_t open = slice_find(message, '[');
        Slice inner;

        if (open == message.size)
                return;
        inner = slice_from(message, open + 1);
        inner.size = slice_find(inner, ']');

        while (inner.size > 0) {
                size_t end = slice_find(inner, ';');

                value_list_add_pair(list, (Slice){ inner.data, end });
                inner = slice_from(inner, end < inner.size ? end + 1 : end);
        }
}

/* A cell may have several, joined. */
static void value_list_split(ValueList *list, Slice attribute, Slice values)
{
        while (values.size > 0) {
                size_t end = slice_find(values, ';');

                value_list_add(list, attribute, (Slice){ values.data, end });
                values = slice_from(values, end < values.size ? end + 1 : end);
        }
}

static int error_read_values(SyncErrorList *list, SyncError *error)
{
        const char *attribute = error->fields[SYNC_ERROR_ATTRIBUTE];
        const char *value = error->fields[SYNC_ERROR_VALUE];
        const char *message = error->fields[SYNC_ERROR_MESSAGE];
        ValueList found = {};

        if (value)
                value_list_split(&found, attribute ? SLICE(attribute) : (Slice){}, SLICE(value));
        else if (message)
                value_list_scan(&found, SLICE(message));
        if (found.n == 0)
                return 0;

        error->values = arena_copy(&list->arena, found.values, found.n * sizeof(*found.values));
        error->n_values = found.n;
        return error->values ? 0 : -ENOMEM;
}

/* ------------------------------------------------------------------ the list */

static int list_reserve(SyncErrorList *list)
{
        SyncError *more;
        size_t n;

        if (list->n >= SYNC_ERRORS_MAX)
                return -E2BIG;
        if (list->n < list->n_allocated)
                return 0;

        n = list->n_allocated ? 2 * list->n_allocated : 64;
        more = reallocarray(list->errors, n, sizeof(*more));
        if (!more)
                return -ENOMEM;
        list->errors = more;
        list->n_allocated = n;
        return 0;
}

int sync_error_list_add(SyncErrorList *list, SyncErrorSource source, size_t number,
                        const char *const fields[static SYNC_ERROR_FIELDS])
{
        SyncError error = { .source = source, .number = number };
        int r;

        r = list_reserve(list);
        if (r < 0)
                return r;

        for (SyncErrorField field = 0; field < SYNC_ERROR_FIELDS; field++) {
                if (!fields[field] || !*fields[field])
                        continue;
                error.fields[field] =
                        arena_copy(&list->arena, fields[field], strlen(fields[field]));
                if (!error.fields[field])
                        return -ENOMEM;
        }
        r = error_read_values(list, &error);
        if (r < 0)
                return r;

        list->errors[list->n++] = error;
        return 0;
}

/* ------------------------------------------------------------------ what is said */

int sync_error_anchor_of_dn(const char *dn, Buffer *buffer)
{
        size_t before = buffer->size, n;
        const char *digits = dn + 4;
        int r = 0;

        if (!text_begins_nocase(SLICE(dn), "CN={"))
                return -EINVAL;
        n = strcspn(digits, "}");
        if (digits[n] != '}' || digits[n + 1] || n == 0 || n % 2 == 1)
                return -EINVAL;

        for (size_t i = 0; i < n && r >= 0; i += 2) {
                int high = ascii_hex_value((uint8_t)digits[i]);
                int low = ascii_hex_value((uint8_t)digits[i + 1]);

                r = high < 0 || low < 0 ? -EINVAL
                                        : buffer_append_byte(buffer, (uint8_t)(high << 4 | low));
        }
        if (r >= 0 && !text_is_utf8(buffer->data + before, buffer->size - before))
                r = -EINVAL;
        if (r < 0)
                buffer->size = before;
        return r;
}

/* csexport writes "2026-11-20 09:30:12.345", which is UTC; the others write as Graph does. */
int64_t sync_error_time(const SyncError *error)
{
        const char *occurred = error->fields[SYNC_ERROR_OCCURRED];
        char text[40];
        int64_t at;

        if (!occurred)
                return 0;
        if (cloud_time_parse(occurred, &at) >= 0)
                return at;
        if (strlen(occurred) < 19 || snprintf(text, sizeof(text), "%.10sT%.8sZ", occurred,
                                              occurred + 11) >= (int)sizeof(text))
                return 0;
        return cloud_time_parse(text, &at) >= 0 ? at : 0;
}

int sync_error_is_about(const SyncError *error, const char *value)
{
        Slice wanted = address_parse_proxy(value, strlen(value)).address;

        for (size_t i = 0; i < error->n_values; i++) {
                Slice own = error->values[i].value;
                int r;

                own = address_parse_proxy(own.data, own.size).address;
                r = text_equal_ad(own.data, own.size, wanted.data, wanted.size);
                if (r != 0)
                        return r;
        }

        return error->n_values == 0;
}
