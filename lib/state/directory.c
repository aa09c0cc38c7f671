/* SPDX-License-Identifier: MIT */
#include "lib/state/directory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/cloud.h"
#include "lib/core/crowd.h"
#include "lib/core/dn.h"
#include "lib/core/rule.h"
#include "lib/core/when.h"
#include "lib/state/cloud-orphan.h"
#include "lib/state/container.h"
#include "lib/state/foreign.h"
#include "lib/state/trace.h"

void directory_reader_done(DirectoryReader *reader)
{
        arena_done(&reader->arena);
        *reader = (DirectoryReader){};
}

/* ------------------------------------------------------------------ departures */

static int count_departures(Store *store, int64_t domain, int64_t since, Departures *ret)
{
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_EVENT_DEPARTURES);
        int r;

        statement_bind_integer(row, ":domain", domain);
        statement_bind_integer(row, ":since", since);
        r = statement_step(row);
        if (r > 0)
                *ret = (Departures){
                        .n = statement_integer(row, COLUMN_EVENT_DEPARTURES_N),
                        .oldest = statement_integer(row, COLUMN_EVENT_DEPARTURES_OLDEST),
                };
        return r < 0 ? r : 0;
}

/* Why the object left: the rule that keeps it out now, or the container it was in. */
static Slice departure_cause(Statement *row)
{
        const char *rule = statement_text(row, COLUMN_EVENT_DEPARTED_RULE);
        const char *dn = statement_text(row, COLUMN_EVENT_DEPARTED_DN);
        Slice rdn, parent = {};

        if (rule)
                return SLICE(rule);
        if (!dn || dn_split(SLICE(dn), &rdn, &parent) < 0)
                return (Slice){};
        return parent;
}

/* How many share each cause, counted on one walk over the day: on a day on which very many leave, each answer asks for it. */
typedef struct CauseCount {
        Slice cause;
        int64_t half_hour, day;
} CauseCount;

typedef struct DepartureCount {
        Arena *arena;
        Crowd crowd; /* causes by their text */
        CauseCount *causes;
        size_t n, n_allocated;
        size_t last; /* of those that leave together, one after the other, the cause is the same */
} DepartureCount;

static void departure_count_done(DepartureCount *count)
{
        crowd_done(&count->crowd);
        free(count->causes);
}

static int departure_count_find(DepartureCount *count, Slice cause, CauseCount **ret)
{
        uint32_t first;
        Slice copy;
        int r;

        if (count->n > 0 && slice_equal(count->causes[count->last].cause, cause)) {
                *ret = &count->causes[count->last];
                return 0;
        }
        if (count->n == count->n_allocated) {
                size_t n = count->n_allocated ? 2 * count->n_allocated : 8;
                CauseCount *causes = reallocarray(count->causes, n, sizeof(*causes));

                if (!causes)
                        return -ENOMEM;
                count->causes = causes;
                count->n_allocated = n;
        }

        copy = (Slice){ arena_copy(count->arena, cause.data, cause.size), cause.size };
        if (!copy.data)
                return -ENOMEM;
        r = crowd_note(&count->crowd, 0, copy, (uint32_t)count->n, &first);
        if (r < 0)
                return r;
        if (first == count->n)
                count->causes[count->n++] = (CauseCount){ .cause = copy };
        count->last = first;
        *ret = &count->causes[first];
        return 0;
}

static void departures_add(Departures *departures, int64_t at)
{
        if (departures->n++ == 0 || at < departures->oldest)
                departures->oldest = at;
}

static void departures_take_cause(Departures *departures, const CauseCount *cause, int64_t n)
{
        if (n <= departures->n_cause)
                return;
        departures->cause = (const char *)cause->cause.data;
        departures->n_cause = n;
}

static int read_departures(DirectoryReader *reader, Store *store, int64_t domain)
{
        _cleanup_(departure_count_done) DepartureCount count = { .arena = &reader->arena };
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_EVENT_DEPARTED);
        int64_t now = reader->facts.now;
        Departures half_hour = {}, day = {};
        int r;

        statement_bind_integer(row, ":domain", domain);
        statement_bind_integer(row, ":since", now - DAY);
        while ((r = statement_step(row)) > 0) {
                int64_t at = statement_integer(row, COLUMN_EVENT_DEPARTED_AT);
                Slice cause = departure_cause(row);
                CauseCount *same;

                departures_add(&day, at);
                if (at > now - 30 * MINUTE)
                        departures_add(&half_hour, at);
                if (cause.size == 0)
                        continue;
                r = departure_count_find(&count, cause, &same);
                if (r < 0)
                        return r;
                same->day++;
                same->half_hour += at > now - 30 * MINUTE;
        }

        for (size_t i = 0; i < count.n; i++) {
                departures_take_cause(&half_hour, &count.causes[i], count.causes[i].half_hour);
                departures_take_cause(&day, &count.causes[i], count.causes[i].day);
        }
        reader->facts.half_hour = half_hour;
        reader->facts.day = day;
        return r;
}

/* ------------------------------------------------------------------ the OUs of the scope */

static int remember_unit(Store *store, int64_t domain, const char *dn, const Guid *guid)
{
        Statement *remember = store_statement(store, QUERY_SCOPE_UNIT_PUT);

        statement_bind_integer(remember, ":domain", domain);
        statement_bind_text(remember, ":dn", dn);
        statement_bind_blob(remember, ":guid", guid->bytes, sizeof(guid->bytes));
        return statement_execute(remember);
}

/* The GUID that stood behind the name when there was one. 1, 0 or negative. */
static int recall_unit(Store *store, int64_t domain, const char *dn, Guid *ret)
{
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_SCOPE_UNIT_GET);
        const void *guid;
        size_t size;
        int r;

        statement_bind_integer(row, ":domain", domain);
        statement_bind_text(row, ":dn", dn);
        r = statement_step(row);
        if (r <= 0)
                return r;

        guid = statement_blob(row, COLUMN_SCOPE_UNIT_GET_GUID, &size);
        return guid_from_bytes(guid, size, ret) < 0 ? -EUCLEAN : 1;
}

static int read_unit(DirectoryReader *reader, Store *store, const Domain *domain,
                     Container *container, ScopeUnit *unit)
{
        Guid guid;
        int r;

        /* The domain itself may have no row among the containers. */
        unit->exists = dn_equal(SLICE(unit->dn), SLICE(reader->facts.dn)) > 0;
        if (unit->exists)
                return 0;

        r = container_find_name(store, domain->id, SLICE(unit->dn), container);
        if (r > 0 && container->deleted_at == 0) {
                unit->exists = true;
                return guid_is_null(&container->guid)
                               ? 0
                               : remember_unit(store, domain->id, unit->dn, &container->guid);
        }
        if (r < 0 && r != -EBADMSG)
                return r;

        r = recall_unit(store, domain->id, unit->dn, &guid);
        if (r > 0)
                r = container_find(store, domain->id, &guid, container);
        if (r > 0 && container->deleted_at == 0) {
                unit->present = arena_copy(&reader->arena, container->dn.data, container->dn.size);
                if (!unit->present)
                        return -ENOMEM;
        }
        return r < 0 ? r : 0;
}

static size_t count_list(char *const *list)
{
        size_t n = 0;

        while (list && list[n])
                n++;
        return n;
}

static int read_units(DirectoryReader *reader, Store *store, const DomainConfig *config,
                      const Domain *domain)
{
        size_t n_included = count_list(config->include_ou), n = 0;
        size_t n_all = n_included + count_list(config->exclude_ou);
        Container container = {};
        ScopeUnit *units;
        int r = 0;

        units = arena_allocate(&reader->arena, (n_all + 1) * sizeof(*units));
        if (!units)
                return -ENOMEM;

        for (; n < n_all && r >= 0; n++) {
                units[n] = (ScopeUnit){
                        .option = n < n_included ? "IncludeOU" : "ExcludeOU",
                        .dn = n < n_included ? config->include_ou[n]
                                             : config->exclude_ou[n - n_included],
                };
                r = read_unit(reader, store, domain, &container, &units[n]);
        }

        container_done(&container);
        reader->facts.units = units;
        reader->facts.n_units = n;
        return r;
}

/* ------------------------------------------------------------------ Exchange's monitoring mailboxes */

#define MONITORING "CN=Monitoring Mailboxes,CN=Microsoft Exchange System Objects,"

static int read_monitoring(DirectoryReader *reader, Store *store, const Domain *domain)
{
        _cleanup_buffer_ Buffer dn = BUFFER_INIT;
        _cleanup_statement_ Statement *row = NULL;
        Container container = {};
        int r;

        r = buffer_append_format(&dn, MONITORING "%s", reader->facts.dn);
        if (r < 0)
                return r;

        /* A domain without a naming context so far has a name that is no DN. */
        r = container_find_name(store, domain->id, (Slice){ dn.data, dn.size }, &container);
        if (r > 0 && container.deleted_at == 0 && container.selected) {
                reader->facts.monitoring_container =
                        arena_copy(&reader->arena, container.dn.data, container.dn.size);
                row = store_statement(store, QUERY_DIRECTORY_USERS_IN);
                statement_bind_integer(row, ":container", container.id);
                statement_bind_integer(row, ":user", KIND_USER);
                statement_bind_integer(row, ":inetorgperson", KIND_INETORGPERSON);
                r = statement_step(row);
                if (r > 0)
                        reader->facts.monitoring_mailboxes =
                                statement_integer(row, COLUMN_DIRECTORY_USERS_IN_N);
                if (r >= 0 && !reader->facts.monitoring_container)
                        r = -ENOMEM;
        }

        container_done(&container);
        return r < 0 && r != -EBADMSG ? r : 0;
}

/* ------------------------------------------------------------------ what stands for many objects */

static int take_folded(DirectoryReader *reader, Statement *row, FoldedCount *ret)
{
        const char *rule = statement_text(row, COLUMN_FOLDED_OF_RULE);
        const char *fold = statement_text(row, COLUMN_FOLDED_OF_FOLD);

        *ret = (FoldedCount){
                .rule = arena_copy(&reader->arena, rule, strlen(rule)),
                .value = arena_copy(&reader->arena, fold, strlen(fold)),
                .n = statement_integer(row, COLUMN_FOLDED_OF_N),
        };
        return ret->rule && ret->value ? 0 : -ENOMEM;
}

static int read_folded(DirectoryReader *reader, Store *store, int64_t domain)
{
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_FOLDED_OF);
        size_t n = 0, n_allocated = 0;
        FoldedCount *list = NULL;
        int r;

        statement_bind_integer(row, ":domain", domain);
        while ((r = statement_step(row)) > 0) {
                if (n == n_allocated) {
                        FoldedCount *more;

                        n_allocated = n_allocated ? 2 * n_allocated : 16;
                        more = arena_allocate(&reader->arena, n_allocated * sizeof(*more));
                        if (!more)
                                return -ENOMEM;
                        if (n > 0)
                                memcpy(more, list, n * sizeof(*more));
                        list = more;
                }
                r = take_folded(reader, row, &list[n++]);
                if (r < 0)
                        return r;
        }

        reader->facts.folded = list;
        reader->facts.n_folded = n;
        return r;
}

/* ------------------------------------------------------------------ the tenant */

static int read_numbers(DirectoryReader *reader, Store *store, int64_t own)
{
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_DIRECTORY_NUMBERS);
        int r;

        statement_bind_integer(row, ":own", own);
        statement_bind_integer(row, ":class", RULE_FAILS);
        statement_bind_integer(row, ":severity", SEVERITY_ERROR);
        r = statement_step(row);
        if (r <= 0)
                return r < 0 ? r : -EUCLEAN;

        reader->facts.objects = statement_integer(row, COLUMN_DIRECTORY_NUMBERS_OBJECTS);
        reader->facts.export_errors = statement_integer(row, COLUMN_DIRECTORY_NUMBERS_ERRORS);
        return 0;
}

/* An object may fail in several ways; they are told apart only where the sum is such that it matters. */
static int read_failing_objects(DirectoryReader *reader, Store *store)
{
        _cleanup_statement_ Statement *row = NULL;
        int r;

        if (reader->facts.export_errors <= EXPORT_ERRORS_MOST)
                return 0;

        row = store_statement(store, QUERY_DIRECTORY_FAILING);
        statement_bind_integer(row, ":class", RULE_FAILS);
        statement_bind_integer(row, ":severity", SEVERITY_ERROR);
        r = statement_step(row);
        if (r > 0)
                reader->facts.export_errors =
                        statement_integer(row, COLUMN_DIRECTORY_FAILING_OBJECTS);
        return r < 0 ? r : 0;
}

/* ------------------------------------------------------------------ the inventory of the cloud */

#define ORPHANS_TOLD 20

typedef struct OrphanList {
        Arena *arena;
        const CloudObject *list[ORPHANS_TOLD];
        size_t n;
        bool has_more;
} OrphanList;

static int copy_slice(Arena *arena, Slice *slice)
{
        if (slice->size == 0)
                return 0;
        slice->data = arena_copy(arena, slice->data, slice->size);
        return slice->data ? 0 : -ENOMEM;
}

static int copy_object(Arena *arena, const CloudObject *object, const CloudObject **ret)
{
        CloudObject *copy = arena_allocate(arena, sizeof(*copy));

        if (!copy)
                return -ENOMEM;
        *copy = (CloudObject){
                .kind = object->kind,
                .sync = object->sync,
                .id = object->id,
                .name = object->name,
                .user_principal_name = object->user_principal_name,
                .mail = object->mail,
                .as_of = object->as_of,
        };
        if (copy_slice(arena, &copy->name) < 0 ||
            copy_slice(arena, &copy->user_principal_name) < 0 || copy_slice(arena, &copy->mail) < 0)
                return -ENOMEM;

        *ret = copy;
        return 0;
}

/* Of those whose object is known here, that itself is told of. 1: enough is known. */
static int take_orphan(void *userdata, const CloudOrphan *orphan)
{
        OrphanList *orphans = userdata;

        if (orphan->fate != ORPHAN_UNKNOWN)
                return 0;
        if (orphans->n == ORPHANS_TOLD) {
                orphans->has_more = true;
                return 1;
        }
        return copy_object(orphans->arena, orphan->object, &orphans->list[orphans->n++]);
}

static int read_orphans(DirectoryReader *reader, Store *store)
{
        OrphanList orphans = { .arena = &reader->arena };
        const CloudObject **list;
        int r;

        r = cloud_orphans(store, take_orphan, &orphans);
        if (r < 0 || orphans.n == 0)
                return r < 0 ? r : 0;

        list = arena_allocate(&reader->arena, sizeof(orphans.list));
        if (!list)
                return -ENOMEM;
        memcpy(list, orphans.list, sizeof(orphans.list));
        reader->facts.orphans = list;
        reader->facts.n_orphans = orphans.n;
        reader->facts.has_more_orphans = orphans.has_more;
        return 0;
}

static int take_fact(void *userdata, const char *name, const char *value)
{
        DirectoryFacts *facts = userdata;
        int64_t number;

        if (strcmp(name, "last-sync") == 0)
                (void)cloud_time_parse(value, &facts->last_sync);
        else if (strcmp(name, "quota-used") == 0 && text_integer(SLICE(value), &number))
                facts->quota_used = number;
        else if (strcmp(name, "quota-total") == 0 && text_integer(SLICE(value), &number))
                facts->quota_total = number;
        return 0;
}

/* About the tenant, so it is asked for one domain only, and orphans when there is none left that may have them. */
static int read_cloud(DirectoryReader *reader, Store *store, bool all_read)
{
        CloudPart parts[INVENTORY_PARTS];
        size_t n;
        int r;

        r = cloud_parts(store, parts, &n);
        for (size_t i = 0; i < n; i++)
                if (parts[i].part == INVENTORY_ORGANIZATION)
                        reader->facts.last_sync_as_of = parts[i].exported_at;
        cloud_parts_done(parts, n);
        if (r < 0 || n == 0)
                return r;

        r = cloud_facts(store, take_fact, &reader->facts);
        return r < 0 || !all_read ? r : read_orphans(reader, store);
}

int directory_read(DirectoryReader *reader, Store *store, const Config *config,
                   const Domain *domain, int64_t answering, bool all_read, int64_t now)
{
        const DomainConfig *domain_config = config_find_domain(config, domain->name);
        int r;

        arena_reset(&reader->arena);
        reader->facts = (DirectoryFacts){
                .dn = domain->naming_context ? domain->naming_context : domain->name,
                .now = now,
                .is_first =
                        config->n_domains > 0 && strcmp(config->domains[0].name, domain->name) == 0,
                .recycle_bin = domain->recycle_bin,
                .tombstones_readable = domain->tombstones_readable,
        };

        r = trace_read(store, domain->id, &reader->arena, &reader->facts);
        if (r >= 0)
                r = read_departures(reader, store, domain->id);
        if (r >= 0 && directory_connector_ran(&reader->facts) != 0)
                r = count_departures(store, domain->id, directory_connector_ran(&reader->facts),
                                     &reader->facts.unexported);
        if (r >= 0)
                r = foreign_read(store, domain->id, reader->facts.dn, &reader->arena,
                                 &reader->facts);
        if (r >= 0)
                r = read_monitoring(reader, store, domain);
        if (r >= 0 && domain_config)
                r = read_units(reader, store, domain_config, domain);
        if (r >= 0)
                r = read_folded(reader, store, domain->id);
        if (r >= 0)
                r = read_numbers(reader, store, answering);
        if (r >= 0 && reader->facts.is_first)
                r = read_cloud(reader, store, all_read);
        return r < 0 ? r : read_failing_objects(reader, store);
}
