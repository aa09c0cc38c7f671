/* SPDX-License-Identifier: MIT */
#include "lib/state/origin.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/dn.h"
#include "lib/core/metadata.h"

#define REQUEST_SECONDS 30

/* A forest has hundreds of domain controllers, and an object was written on some of them. */
#define SERVERS_MOST 64

typedef struct OriginServer {
        Guid invocation_id;
        char *name; /* NULL: not found */
} OriginServer;

struct Origin {
        Guid guid;
        char *configuration_nc;
        FeedRequest request;
        Buffer base, filter;
        bool has_object;
        int error;
        Metadata metadata;
        OriginServer servers[SERVERS_MOST];
        size_t n_servers; /* 0: they were not asked for */
};

Origin *origin_free(Origin *origin)
{
        if (!origin)
                return NULL;

        for (size_t i = 0; i < origin->n_servers; i++)
                free(origin->servers[i].name);
        metadata_done(&origin->metadata);
        buffer_done(&origin->base);
        buffer_done(&origin->filter);
        free(origin->configuration_nc);
        free(origin);
        return NULL;
}

int origin_new(const Guid *guid, const char *configuration_nc, Origin **ret)
{
        _cleanup_(origin_freep) Origin *origin = calloc(1, sizeof(*origin));
        char text[GUID_STRING_SIZE];
        int r;

        if (!origin)
                return -ENOMEM;
        origin->guid = *guid;
        origin->configuration_nc = strdup(configuration_nc);
        if (!origin->configuration_nc)
                return -ENOMEM;

        guid_format(guid, text);
        r = buffer_append_format(&origin->base, "<GUID=%s>", text);
        if (r < 0)
                return r;
        if (!buffer_string(&origin->base))
                return -ENOMEM;

        origin->request = (FeedRequest){
                .base = buffer_string(&origin->base),
                .scope = FEED_BASE,
                .filter = "(objectClass=*)",
                .show_deleted = true,
                .timeout = REQUEST_SECONDS,
        };
        attribute_set_add(&origin->request.attributes, ATTRIBUTE_REPL_PROPERTY_META_DATA);
        *ret = TAKE_PTR(origin);
        return 0;
}

const Guid *origin_guid(const Origin *origin)
{
        return &origin->guid;
}

const FeedRequest *origin_request(const Origin *origin)
{
        return &origin->request;
}

/* ------------------------------------------------------------------ answers */

static OriginServer *find_server(Origin *origin, const Guid *invocation_id)
{
        for (size_t i = 0; i < origin->n_servers; i++)
                if (guid_equal(&origin->servers[i].invocation_id, invocation_id))
                        return &origin->servers[i];
        return NULL;
}

static int take_metadata(Origin *origin, const Object *object)
{
        const Value *value = object_value(object, ATTRIBUTE_REPL_PROPERTY_META_DATA);
        Metadata metadata;
        int r;

        origin->has_object = true;
        if (!value)
                return -EACCES;
        r = metadata_parse(value->data, value->size, &metadata);
        if (r < 0)
                return r;

        metadata_done(&origin->metadata);
        origin->metadata = metadata;
        return 0;
}

/* "DC1" of CN=NTDS Settings,CN=DC1,CN=Servers,… */
static int take_server(Origin *origin, const Object *object)
{
        const Value *id = object_value(object, ATTRIBUTE_INVOCATION_ID);
        Slice rdn, parent, server, rest;
        OriginServer *found;
        Guid guid;

        if (!id || guid_from_bytes(id->data, id->size, &guid) < 0)
                return 0;
        found = find_server(origin, &guid);
        if (!found || found->name ||
            dn_split((Slice){ object->dn.data, object->dn.size }, &rdn, &parent) < 0 ||
            dn_split(parent, &server, &rest) < 0 || server.size <= 3)
                return 0;

        found->name = strndup((const char *)server.data + 3, server.size - 3);
        return found->name ? 0 : -ENOMEM;
}

int origin_entry(Origin *origin, const Object *object)
{
        int r = origin->n_servers > 0 ? take_server(origin, object) : take_metadata(origin, object);

        if (r < 0 && origin->error == 0)
                origin->error = r;
        return r;
}

/* ------------------------------------------------------------------ the servers */

static int list_servers(Origin *origin)
{
        int r;

        buffer_reset(&origin->filter);
        r = buffer_append_string(&origin->filter, "(&(objectClass=nTDSDSA)(|");
        for (size_t i = 0; i < origin->metadata.n_writes && r >= 0; i++) {
                const Guid *id = &origin->metadata.writes[i].invocation_id;
                char text[GUID_FILTER_SIZE];

                if (find_server(origin, id) || origin->n_servers == SERVERS_MOST)
                        continue;
                origin->servers[origin->n_servers++] = (OriginServer){ .invocation_id = *id };
                guid_format_filter(id, text);
                r = buffer_append_format(&origin->filter, "(invocationId=%s)", text);
        }
        return r < 0 ? r : buffer_append_string(&origin->filter, "))");
}

static int ask_servers(Origin *origin)
{
        int r;

        r = list_servers(origin);
        if (r < 0 || origin->n_servers == 0)
                return r;

        buffer_reset(&origin->base);
        r = buffer_append_format(&origin->base, "CN=Sites,%s", origin->configuration_nc);
        if (r < 0)
                return r;
        if (!buffer_string(&origin->base) || !buffer_string(&origin->filter))
                return -ENOMEM;

        origin->request = (FeedRequest){
                .base = buffer_string(&origin->base),
                .scope = FEED_SUBTREE,
                .filter = buffer_string(&origin->filter),
                .domain_scope = true,
                .timeout = REQUEST_SECONDS,
        };
        attribute_set_add(&origin->request.attributes, ATTRIBUTE_INVOCATION_ID);
        return ORIGIN_MORE;
}

#define LDAP_CODE_NO_SUCH_OBJECT 32

int origin_result(Origin *origin, int code)
{
        if (origin->error < 0)
                return origin->error;

        /* Without their names the invocationIds are told. */
        if (origin->n_servers > 0)
                return 0;
        if (code == LDAP_CODE_NO_SUCH_OBJECT || (code == 0 && !origin->has_object))
                return -ENOENT;
        return code == 0 ? ask_servers(origin) : -EIO;
}

/* ------------------------------------------------------------------ what is said of it */

static int compare_writes(const void *a, const void *b)
{
        const PropertyWrite *x = *(const PropertyWrite *const *)a;
        const PropertyWrite *y = *(const PropertyWrite *const *)b;

        if (x->at != y->at)
                return x->at > y->at ? -1 : 1;
        return (x->number > y->number) - (x->number < y->number);
}

static int write_text(const Origin *origin, const PropertyWrite *write, Buffer *buffer)
{
        const char *attribute = metadata_attribute_name(write->number), *server = NULL;
        char id[GUID_STRING_SIZE], number[16];

        for (size_t i = 0; i < origin->n_servers; i++)
                if (guid_equal(&origin->servers[i].invocation_id, &write->invocation_id))
                        server = origin->servers[i].name;
        if (!server) {
                guid_format(&write->invocation_id, id);
                server = id;
        }
        if (!attribute) {
                (void)snprintf(number, sizeof(number), "0x%08" PRIx32, write->number);
                attribute = number;
        }

        return buffer_append_format(buffer, "%s\t%" PRIu32 "\t%" PRIi64 "\t%" PRIi64 "\t%s\n",
                                    attribute, write->version, write->at, write->usn, server);
}

int origin_text(const Origin *origin, Buffer *buffer)
{
        size_t n = origin->metadata.n_writes;
        _cleanup_free_ const PropertyWrite **sorted = calloc(n + 1, sizeof(*sorted));
        int r = 0;

        if (!sorted)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                sorted[i] = &origin->metadata.writes[i];
        qsort(sorted, n, sizeof(*sorted), compare_writes);

        for (size_t i = 0; i < n && r >= 0; i++)
                r = write_text(origin, sorted[i], buffer);
        return r;
}
