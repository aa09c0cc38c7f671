/* SPDX-License-Identifier: MIT */

/* What a list of findings is narrowed to: the filter in SQL, and what SQL cannot compare. */

#include <errno.h>
#include <string.h>

#include "lib/core/dn.h"
#include "lib/state/query-internal.h"

int query_text_init(QueryText *text, const char *string)
{
        *text = (QueryText){};
        return string ? text_fold_ad(string, strlen(string), &text->needle) : 0;
}

void query_text_done(QueryText *text)
{
        buffer_done(&text->needle);
        buffer_done(&text->scratch);
}

/* Is the folded needle in the folded text? 1, 0, or -ENOMEM. */
static int holds_folded(QueryText *text, const void *data, size_t size)
{
        int r;

        buffer_reset(&text->scratch);
        r = text_fold_ad(data, size, &text->scratch);
        if (r < 0)
                return r;

        return memmem(text->scratch.data, text->scratch.size, text->needle.data,
                      text->needle.size) != NULL;
}

int query_text_holds(QueryText *text, const char *rdn, const char *container, Slice value)
{
        _cleanup_buffer_ Buffer dn = BUFFER_INIT;
        int r;

        if (text->needle.size == 0)
                return 1;

        r = buffer_append_format(&dn, "%s%s%s", rdn, container ? "," : "",
                                 container ? container : "");
        if (r >= 0)
                r = holds_folded(text, dn.data, dn.size);
        if (r != 0)
                return r;

        return value.size > 0 ? holds_folded(text, value.data, value.size) : 0;
}

/* The container that a DN names, in whichever domain. 0 with *ret, QUERY_NO_CONTAINER, or negative. */
static int find_container(QueryReader *reader, const char *dn, int64_t *ret)
{
        for (size_t i = 0; i < reader->n_domains; i++) {
                int r = container_find_name(reader->store, reader->domains[i].id, SLICE(dn),
                                            &reader->container);

                if (r < 0 && r != -EBADMSG)
                        return r;
                if (r > 0) {
                        *ret = reader->container.id;
                        return 0;
                }
        }

        return QUERY_NO_CONTAINER;
}

static void bind_integer_or_null(Statement *statement, const char *name, bool is_given,
                                 int64_t value)
{
        if (is_given)
                statement_bind_integer(statement, name, value);
        else
                statement_bind_null(statement, name);
}

/* The domain whose naming context the DN is, if it is one: that may have no row among the containers. NULL: none. */
static const Domain *find_naming_context(const QueryReader *reader, const char *dn)
{
        for (size_t i = 0; i < reader->n_domains; i++) {
                const char *naming_context = reader->domains[i].naming_context;

                if (naming_context && reader->domains[i].is_ready &&
                    dn_equal(SLICE(dn), SLICE(naming_context)) > 0)
                        return &reader->domains[i];
        }

        return NULL;
}

int query_bind_filter(QueryReader *reader, const FindingFilter *filter, Statement *statement)
{
        const Domain *domain = NULL, *whole = NULL;
        int64_t below = 0;
        int r;

        if (filter->domain) {
                domain = query_reader_find_domain(reader, filter->domain);
                if (!domain)
                        return QUERY_NO_DOMAIN;
        }
        if (filter->below) {
                whole = find_naming_context(reader, filter->below);
                r = whole ? 0 : find_container(reader, filter->below, &below);
                if (r != 0)
                        return r;
        }

        /* The one place that tells what is shown from what somebody has accepted. */
        bind_integer_or_null(statement, ":accepted", filter->shown != FINDING_SHOWN_ALL,
                             filter->shown == FINDING_SHOWN_ACCEPTED);
        bind_integer_or_null(statement, ":id", filter->id != 0, (int64_t)filter->id);
        bind_integer_or_null(statement, ":unfolded", filter->id == 0, filter->unfolded);
        statement_bind_integer(statement, ":least", filter->least);
        statement_bind_integer(statement, ":since", filter->since);
        statement_bind_text(statement, ":rule", filter->rule);
        bind_integer_or_null(statement, ":class", filter->has_class, filter->class);
        statement_bind_integer(statement, ":without_held", filter->without_held);
        bind_integer_or_null(statement, ":domain", domain != NULL, domain ? domain->id : 0);
        bind_integer_or_null(statement, ":below", below != 0, below);
        bind_integer_or_null(statement, ":whole", whole != NULL, whole ? whole->id : 0);
        return 0;
}
