/* SPDX-License-Identifier: MIT */
#include "tests/simulate/compare.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/cache.h"
#include "lib/state/container.h"
#include "lib/state/query.h"

/* What the cache has of one object, whichever table it stands in. */
typedef struct Held {
        bool is_there, is_deleted;
        bool has_attributes;
        CacheRow row;
        Container container;
        Buffer dn;
} Held;

static void held_done(Held *held)
{
        cache_row_done(&held->row);
        container_done(&held->container);
        buffer_done(&held->dn);
}

static void must(int r)
{
        if (r >= 0)
                return;
        fprintf(stderr, "the cache cannot be read: %s\n", strerror(-r));
        abort();
}

static bool is_kept_as_container(const Directory *directory, unsigned object)
{
        return directory->kinds[object] == KIND_CONTAINER || directory->kinds[object] == KIND_OTHER;
}

static void look_up_object(Client *client, const Guid *guid, Held *ret)
{
        Slice parent = {};
        int r;

        r = cache_find(client->store, client->domain.id, guid, &ret->row);
        must(r);
        if (r == 0)
                return;

        ret->is_there = ret->has_attributes = true;
        ret->is_deleted = ret->row.deleted_at != 0;
        if (ret->row.parent) {
                must(container_get(client->store, ret->row.parent, &ret->container));
                parent = (Slice){ ret->container.dn.data, ret->container.dn.size };
        }
        must(cache_row_dn(&ret->row, parent, &ret->dn));
}

static void look_up_container(Client *client, const Guid *guid, Held *ret)
{
        int r;

        r = container_find(client->store, client->domain.id, guid, &ret->container);
        must(r);
        if (r == 0)
                return;

        ret->is_there = true;
        ret->is_deleted = ret->container.deleted_at != 0;
        must(buffer_append(&ret->dn, ret->container.dn.data, ret->container.dn.size));
}

static unsigned differ(FILE *to, unsigned object, const char *what, const char *cached,
                       const char *real)
{
        if (to)
                fprintf(to, "# object %u: %s is %s, should be %s\n", object, what, cached, real);
        return 1;
}

static unsigned compare_values(FILE *to, unsigned object, const Held *held, const Object *real)
{
        _cleanup_buffer_ Buffer packed = BUFFER_INIT;

        must(object_pack(real, &packed));
        if (packed.size == held->row.attributes.size &&
            memcmp(packed.data, held->row.attributes.data, packed.size) == 0)
                return 0;

        return differ(to, object, "what it holds", "old", "as the server shows it");
}

static unsigned compare_object(Client *client, const Server *server, unsigned object, Object *real,
                               FILE *to)
{
        Guid guid = directory_object_guid(client->directory, object);
        const Replica *replica = &client->directory->controllers[server->controller].rows[object];
        bool is_live = replica_is_live(replica);
        Held held = {};
        unsigned n = 0;

        if (is_kept_as_container(client->directory, object))
                look_up_container(client, &guid, &held);
        else
                look_up_object(client, &guid, &held);

        if (!is_live) {
                if (held.is_there && !held.is_deleted)
                        n += differ(to, object, "the row", "live",
                                    replica->exists ? "deleted" : "gone");
        } else if (!held.is_there || held.is_deleted)
                n += differ(to, object, "the row", held.is_there ? "deleted" : "missing", "live");
        else {
                server_make_object(server, object, &client->domain.requested, real);
                if (real->dn.size != held.dn.size ||
                    memcmp(real->dn.data, held.dn.data, held.dn.size) != 0)
                        n += differ(to, object, "the DN", buffer_string(&held.dn),
                                    buffer_string(&real->dn));
                if (held.has_attributes)
                        n += compare_values(to, object, &held, real);
        }

        held_done(&held);
        return n;
}

unsigned compare_cache(Client *client, unsigned controller, FILE *to)
{
        Server server;
        unsigned n = 0;

        server_init(&server, client->directory, controller, &client->manner);
        for (unsigned object = 0; object < client->directory->n_objects; object++)
                if (object != OBJECT_USERS || !client->manner.hides_users)
                        n += compare_object(client, &server, object, server.object, to);
        server_done(&server);
        return n;
}

static bool is_false_deletion(Client *client, Slice bytes, FILE *to)
{
        int object;
        Guid guid;

        if (guid_from_bytes(bytes.data, bytes.size, &guid) < 0)
                return false;
        object = directory_find(client->directory, &guid);
        if (object < (int)N_FIXED_OBJECTS || client->directory->was_deleted[object])
                return false;

        (void)differ(to, (unsigned)object, "the row", "deleted", "live: nobody ever deleted it");
        return true;
}

/* In two statements rather than in one for each row: this is asked after every poll. */
unsigned compare_evidence(Client *client, FILE *to)
{
        _cleanup_statement_ Statement *objects = store_statement(client->store, QUERY_OBJECT_WALK);
        _cleanup_statement_ Statement *containers =
                store_statement(client->store, QUERY_CONTAINER_WALK);
        unsigned n = 0;
        Slice guid;
        int r;

        statement_bind_integer(objects, ":after", cache_first_id(client->domain.id));
        statement_bind_integer(objects, ":last", cache_last_id(client->domain.id));
        statement_bind_integer(objects, ":limit", -1);
        while ((r = statement_step(objects)) > 0)
                if (!statement_is_null(objects, COLUMN_OBJECT_WALK_DELETED_AT)) {
                        guid.data = statement_blob(objects, COLUMN_OBJECT_WALK_GUID, &guid.size);
                        n += is_false_deletion(client, guid, to);
                }
        must(r);

        statement_bind_integer(containers, ":domain", client->domain.id);
        statement_bind_integer(containers, ":after", 0);
        statement_bind_integer(containers, ":limit", -1);
        while ((r = statement_step(containers)) > 0)
                if (!statement_is_null(containers, COLUMN_CONTAINER_WALK_DELETED_AT)) {
                        guid.data =
                                statement_blob(containers, COLUMN_CONTAINER_WALK_GUID, &guid.size);
                        n += is_false_deletion(client, guid, to);
                }
        must(r);
        return n;
}

/* Findings. */

typedef struct Finding {
        uint64_t id;
        Certainty certainty;
        char text[200];
} Finding;

typedef struct Findings {
        Finding *findings;
        size_t n;
} Findings;

static int finding_order(const void *a, const void *b)
{
        const Finding *x = a, *y = b;

        return x->id < y->id ? -1 : x->id > y->id;
}

static void list_findings(Client *client, Findings *ret)
{
        const FindingFilter all = { .least = SEVERITY_NOTICE };
        _cleanup_(finding_list_freep) FindingList *list = NULL;
        _cleanup_(finding_page_freep) FindingPage *page = NULL;

        must(finding_list_new(client->store, client->config, &all, &list));
        must(finding_list_page(list, 0, finding_list_size(list), 20, &page));

        *ret = (Findings){ calloc(page->n_records + 1, sizeof(*ret->findings)), 0 };
        if (!ret->findings)
                abort();
        for (size_t i = 0; i < page->n_records; i++) {
                const Record *record = &page->records[i];
                const Rule *rule = config_find_rule(client->config, record->rule);
                Finding *finding;

                /* A fresh read knows no history. */
                if (rule && rule_basis(rule) != BASIS_STATE)
                        continue;

                finding = &ret->findings[ret->n++];
                finding->id = record->id;
                finding->certainty = record->certainty;
                snprintf(finding->text, sizeof(finding->text), "%s %s of %s, %zu others, %s",
                         record->rule, record->value ? record->value : "", record->dn,
                         record->others_total, certainty_name(record->certainty));
        }
        qsort(ret->findings, ret->n, sizeof(*ret->findings), finding_order);
}

static unsigned tell(FILE *to, const Finding *finding, const char *what)
{
        if (to)
                fprintf(to, "# finding %016" PRIx64 " (%s): %s\n", finding->id, finding->text,
                        what);
        return 1;
}

unsigned compare_findings(Client *a, Client *b, FILE *to)
{
        Findings x, y;
        unsigned n = 0;

        list_findings(a, &x);
        list_findings(b, &y);
        for (size_t i = 0, k = 0; i < x.n || k < y.n;) {
                if (k == y.n || (i < x.n && x.findings[i].id < y.findings[k].id))
                        n += tell(to, &x.findings[i++],
                                  "is open, and a fresh read does not find it");
                else if (i == x.n || y.findings[k].id < x.findings[i].id)
                        n += tell(to, &y.findings[k++], "is not open, and a fresh read finds it");
                else {
                        if (strcmp(x.findings[i].text, y.findings[k].text) != 0) {
                                n += tell(to, &x.findings[i], "is here");
                                (void)tell(to, &y.findings[k], "is what a fresh read finds");
                        }
                        i++;
                        k++;
                }
        }

        free(x.findings);
        free(y.findings);
        return n;
}
