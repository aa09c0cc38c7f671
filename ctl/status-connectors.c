/* SPDX-License-Identifier: MIT */
#include "ctl/status-connectors.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/json.h"
#include "lib/core/record.h"
#include "lib/state/domain.h"
#include "lib/state/trace.h"

void connector_list_done(ConnectorList *list)
{
        arena_done(&list->arena);
        *list = (ConnectorList){};
}

static int read_domains(Store *store, const Domain *domains, size_t n, ConnectorList *list)
{
        int r = 0;

        list->domains = arena_allocate(&list->arena, (n + 1) * sizeof(*list->domains));
        if (!list->domains)
                return -ENOMEM;

        for (size_t i = 0; i < n && r >= 0; i++) {
                ConnectorDomain *domain = &list->domains[list->n_domains];

                if (!domains[i].is_configured)
                        continue;
                *domain = (ConnectorDomain){
                        .name = arena_copy(&list->arena, domains[i].name, strlen(domains[i].name)),
                };
                r = domain->name ? trace_read(store, domains[i].id, &list->arena, &domain->facts)
                                 : -ENOMEM;
                list->n_domains++;
        }
        return r;
}

int connector_list_read(Store *store, ConnectorList *ret)
{
        ConnectorList list = {};
        Domain *domains;
        size_t n;
        int r;

        r = domain_list(store, &domains, &n);
        if (r < 0)
                return r;

        r = read_domains(store, domains, n, &list);
        for (size_t i = 0; i < n; i++)
                domain_done(&domains[i]);
        free(domains);
        if (r < 0) {
                connector_list_done(&list);
                return r;
        }

        *ret = list;
        return 0;
}

static bool is_connector(const Trace *trace)
{
        return trace->type == TRACE_CONNECTOR && trace->is_enabled;
}

/* ------------------------------------------------------------------ text */

/* Who has not said anything lately. */
static int add_unasked(const DirectoryFacts *facts, Buffer *buffer)
{
        int r = 0;

        for (size_t i = 0; i < facts->n_unasked_named && r >= 0; i++) {
                const UnaskedController *unasked = &facts->unasked[i];

                r = buffer_append_format(buffer, "%s%s (%s)", i == 0 ? "; not known of: " : ", ",
                                         unasked->host, unasked->failure ?: "not asked so far");
        }
        if (r >= 0 && facts->n_unasked > facts->n_unasked_named)
                r = buffer_append_format(buffer, " and %zu more",
                                         facts->n_unasked - facts->n_unasked_named);
        return r;
}

static int print_connector(Output *output, const ConnectorDomain *domain, const Trace *trace)
{
        _cleanup_buffer_ Buffer buffer = BUFFER_INIT;
        int64_t at = trace_logged_on(trace);
        char text[RECORD_TIME_SIZE] = "never";
        int r;

        if (at != 0)
                record_format_time(at, text);
        r = add_unasked(&domain->facts, &buffer);
        if (r < 0 || (buffer.size > 0 && !buffer_string(&buffer)))
                return -ENOMEM;

        output_prose(output, STYLE_PLAIN, 0,
                     "the connector's account %s of %s logged on last: %s%s", trace->name,
                     domain->name, text, buffer.size > 0 ? buffer_string(&buffer) : "");
        return 0;
}

int status_print_connectors(Output *output, const ConnectorList *list)
{
        for (size_t i = 0; i < list->n_domains; i++) {
                const ConnectorDomain *domain = &list->domains[i];

                for (size_t k = 0; k < domain->facts.n_traces; k++) {
                        int r = 0;

                        if (is_connector(&domain->facts.traces[k]))
                                r = print_connector(output, domain, &domain->facts.traces[k]);
                        if (r < 0)
                                return r;
                }
        }
        return 0;
}

/* ------------------------------------------------------------------ JSON */

static int append(json_object *array, json_object **ret)
{
        json_object *object = json_object_new_object();
        int r;

        r = json_append(array, object);
        if (r >= 0)
                *ret = object;
        return r;
}

static int add_time(json_object *object, const char *key, int64_t at)
{
        return at != 0 ? json_add_time(object, key, at) : json_add_string(object, key, NULL);
}

static int add_unasked_json(json_object *object, const DirectoryFacts *facts)
{
        json_object *array = json_object_new_array(), *one;
        int r;

        r = json_add(object, "unasked", array);
        for (size_t i = 0; i < facts->n_unasked_named && r >= 0; i++) {
                if ((r = append(array, &one)) < 0 ||
                    (r = json_add_string(one, "host", facts->unasked[i].host)) < 0)
                        return r;
                r = json_add_string(one, "reason", facts->unasked[i].failure);
        }
        return r < 0 ? r : json_add_integer(object, "unasked_total", (int64_t)facts->n_unasked);
}

static int add_connector(json_object *array, const ConnectorDomain *domain, const Trace *trace)
{
        json_object *object;
        int r;

        if ((r = append(array, &object)) < 0 ||
            (r = json_add_string(object, "domain", domain->name)) < 0 ||
            (r = json_add_string(object, "account", trace->name)) < 0 ||
            (r = add_time(object, "logged_on", trace_logged_on(trace))) < 0 ||
            (r = add_time(object, "known_until", domain->facts.logons_known_until)) < 0)
                return r;
        return add_unasked_json(object, &domain->facts);
}

int status_add_connectors(json_object *root, const ConnectorList *list)
{
        json_object *array = json_object_new_array();
        int r;

        r = json_add(root, "connectors", array);
        for (size_t i = 0; i < list->n_domains; i++)
                for (size_t k = 0; k < list->domains[i].facts.n_traces && r >= 0; k++)
                        if (is_connector(&list->domains[i].facts.traces[k]))
                                r = add_connector(array, &list->domains[i],
                                                  &list->domains[i].facts.traces[k]);
        return r;
}
