/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "lib/core/value-text.h"
#include "lib/state/attribute-list.h"
#include "lib/state/query-internal.h"

int query_reader_init(QueryReader *reader, Store *store)
{
        int r;

        *reader = (QueryReader){ .store = store, .attribute_list = -1 };

        r = object_new(&reader->object);
        if (r >= 0)
                r = domain_list(store, &reader->domains, &reader->n_domains);
        if (r < 0)
                query_reader_done(reader);
        return r;
}

void query_reader_done(QueryReader *reader)
{
        for (size_t i = 0; i < reader->n_domains; i++)
                domain_done(&reader->domains[i]);
        free(reader->domains);
        cache_row_done(&reader->row);
        container_done(&reader->container);
        buffer_done(&reader->dn);
        (void)object_free(reader->object);
        *reader = (QueryReader){};
}

const Domain *query_reader_domain(const QueryReader *reader, int64_t id)
{
        for (size_t i = 0; i < reader->n_domains; i++)
                if (reader->domains[i].id == id)
                        return reader->domains[i].is_ready || reader->reads_hidden
                                       ? &reader->domains[i]
                                       : NULL;
        return NULL;
}

const Domain *query_reader_find_domain(const QueryReader *reader, const char *name)
{
        for (size_t i = 0; i < reader->n_domains; i++)
                if (reader->domains[i].is_ready && strcmp(reader->domains[i].name, name) == 0)
                        return &reader->domains[i];
        return NULL;
}

/* Where the object is: its DN, and whether that is inside the configured OUs. */
static int query_reader_place(QueryReader *reader)
{
        Slice container = {};
        int r = 0;

        reader->selected = true; /* what has no known place is judged */
        if (reader->row.parent) {
                r = container_get(reader->store, reader->row.parent, &reader->container);
                if (r < 0)
                        return r;
        }
        if (r > 0) {
                container = (Slice){ reader->container.dn.data, reader->container.dn.size };
                reader->selected = reader->container.selected;
        }

        buffer_reset(&reader->dn);
        return cache_row_dn(&reader->row, container, &reader->dn);
}

int query_reader_get(QueryReader *reader, int64_t id)
{
        int r;

        r = cache_get(reader->store, id, &reader->row);
        if (r <= 0)
                return r;

        if ((unsigned)reader->row.kind > KIND_COMPUTER)
                return -EUCLEAN; /* no such kind was ever written: numbers become names by looking them up in arrays */

        reader->domain = query_reader_domain(reader, cache_domain_of(id));
        if (!reader->domain)
                return 0;

        r = query_reader_place(reader);
        if (r < 0)
                return r;

        if (reader->row.attribute_list != reader->attribute_list) {
                r = attribute_list_get(reader->store, reader->row.attribute_list, &reader->known);
                if (r < 0)
                        return r;
                reader->attribute_list = reader->row.attribute_list;
        }

        r = cache_row_object(&reader->row, (Slice){ reader->dn.data, reader->dn.size },
                             &reader->known, reader->object);
        return r < 0 ? r : 1;
}

const char *query_text(Arena *arena, const void *data, size_t size)
{
        _cleanup_buffer_ Buffer buffer = BUFFER_INIT;

        if (text_is_utf8(data, size))
                return arena_copy(arena, data, size);
        if (value_text_string((Slice){ data, size }, &buffer) < 0)
                return NULL;

        return arena_copy(arena, buffer.data, buffer.size);
}
