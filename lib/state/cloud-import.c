/* SPDX-License-Identifier: MIT */
#include "lib/state/cloud-import.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/evaluate-counterpart.h"
#include "lib/core/sid.h"
#include "lib/state/claim.h"

struct CloudImport {
        Store *store;
        int64_t now;
        int64_t number; /* cloud_part.import of the first part that comes; of the others the next ones */
        InventoryFile *file;
        int64_t exported_at; /* of the file */
        InventoryPart hint;  /* likewise */
        Buffer error, anchor, addresses;

        CloudPart parts[INVENTORY_PARTS]; /* of those that came */
        size_t n_parts;
        unsigned lacking[INVENTORY_PARTS]; /* properties that no file of the part has, a bit each */
        unsigned unasked[INVENTORY_PARTS]; /* that a file of the part did not ask for */
        size_t n_continued[INVENTORY_PARTS], n_ended[INVENTORY_PARTS];
};

CloudImport *cloud_import_free(CloudImport *import)
{
        if (!import)
                return NULL;

        (void)inventory_file_free(import->file);
        cloud_parts_done(import->parts, import->n_parts);
        buffer_done(&import->error);
        buffer_done(&import->anchor);
        buffer_done(&import->addresses);
        free(import);
        return NULL;
}

int cloud_import_new(Store *store, int64_t now, CloudImport **ret)
{
        _cleanup_(cloud_import_freep) CloudImport *import = calloc(1, sizeof(*import));
        _cleanup_statement_ Statement *next = store_statement(store, QUERY_CLOUD_NEXT_IMPORT);
        int r;

        if (!import)
                return -ENOMEM;

        import->store = store;
        import->now = now;
        r = statement_step(next);
        if (r <= 0)
                return r < 0 ? r : -EUCLEAN;
        import->number = statement_integer(next, COLUMN_CLOUD_NEXT_IMPORT_IMPORT);

        *ret = TAKE_PTR(import);
        return 0;
}

/* ------------------------------------------------------------------ rows */

static Slice text_slice(const char *text)
{
        return text ? SLICE(text) : (Slice){};
}

/* As it will be read: what it is found by is made of it once and for all. */
static CloudObject import_view(const CloudImport *import, const InventoryObject *object, Slice sid)
{
        return (CloudObject){
                .id = object->id,
                .kind = object->kind,
                .sync = object->sync,
                .is_deleted = object->is_deleted,
                .user_principal_name = text_slice(object->user_principal_name),
                .mail = text_slice(object->mail),
                .anchor = { import->anchor.data, import->anchor.size },
                .sid = sid,
                .addresses = { import->addresses.data, import->addresses.size },
                .problems = text_slice(object->problems),
        };
}

static int import_meets(const CloudObject *view, int64_t *ret)
{
        KeySpace space;
        Slice value;

        *ret = 0;
        return cloud_object_comes_from(view, &space, &value) ? claim_make_key(space, value, ret)
                                                             : 0;
}

static int import_addresses(CloudImport *import, const InventoryObject *object)
{
        int r = 0;

        buffer_reset(&import->addresses);
        for (size_t i = 0; i < object->n_addresses && r >= 0; i++) {
                if (strchr(object->addresses[i], '\n'))
                        continue; /* none that anybody could have */
                r = buffer_append_string(&import->addresses, object->addresses[i]);
                if (r >= 0)
                        r = buffer_append_byte(&import->addresses, '\n');
        }
        return r;
}

static int import_object(CloudImport *import, int64_t number, const InventoryObject *object)
{
        Statement *insert = store_statement(import->store, QUERY_CLOUD_OBJECT_INSERT);
        uint8_t sid[SID_SIZE_MAX];
        size_t sid_size = 0;
        CloudObject view;
        int64_t meets;
        int r = 0;

        buffer_reset(&import->anchor);
        if (object->anchor)
                r = cloud_anchor_decode(SLICE(object->anchor), &import->anchor);
        if (r >= 0)
                r = import_addresses(import, object);
        if (r < 0)
                return r;
        if (object->sid && sid_parse(object->sid, strlen(object->sid), sid, &sid_size) < 0)
                sid_size = 0;
        view = import_view(import, object, (Slice){ sid, sid_size });
        r = import_meets(&view, &meets);
        if (r < 0)
                return r;

        statement_bind_integer(insert, ":import", number);
        statement_bind_integer(insert, ":likeness", (int64_t)counterpart_likeness_there(&view));
        statement_bind_blob(insert, ":guid", &object->id, sizeof(object->id));
        statement_bind_integer(insert, ":kind", object->kind);
        statement_bind_integer(insert, ":sync", object->sync);
        statement_bind_integer(insert, ":is_deleted", object->is_deleted);
        statement_bind_integer(insert, ":is_guest", object->is_guest);
        statement_bind_integer(insert, ":is_bound", object->is_bound);
        statement_bind_text(insert, ":name", object->name);
        statement_bind_text(insert, ":user_principal_name", object->user_principal_name);
        statement_bind_text(insert, ":mail", object->mail);
        if (import->anchor.size > 0)
                statement_bind_blob(insert, ":anchor", import->anchor.data, import->anchor.size);
        else
                statement_bind_null(insert, ":anchor");
        if (sid_size > 0)
                statement_bind_blob(insert, ":sid", sid, sid_size);
        else
                statement_bind_null(insert, ":sid");
        if (import->addresses.size > 0)
                statement_bind_string(insert, ":addresses", import->addresses.data,
                                      import->addresses.size);
        else
                statement_bind_null(insert, ":addresses");
        statement_bind_text(insert, ":problems", object->problems);
        statement_bind_integer(insert, ":password_changed", object->password_changed);
        if (meets != 0)
                statement_bind_integer(insert, ":meets", meets);
        else
                statement_bind_null(insert, ":meets");
        return statement_execute(insert);
}

static int import_facts(CloudImport *import, int64_t number, const InventoryEntry *entry)
{
        int r = 0;

        for (size_t i = 0; i < entry->n_facts && r >= 0; i++) {
                Statement *insert = store_statement(import->store, QUERY_CLOUD_FACT_INSERT);

                statement_bind_integer(insert, ":import", number);
                statement_bind_text(insert, ":name", entry->facts[i].name);
                statement_bind_text(insert, ":value", entry->facts[i].value);
                r = statement_execute(insert);
        }
        return r;
}

static int import_role(CloudImport *import, int64_t number, const Guid *principal)
{
        Statement *insert = store_statement(import->store, QUERY_CLOUD_ROLE_INSERT);

        statement_bind_blob(insert, ":principal", principal, sizeof(*principal));
        statement_bind_integer(insert, ":import", number);
        return statement_execute(insert);
}

/* Each part has a number of its own: they are replaced one by one. */
static int import_part(CloudImport *import, InventoryPart part, CloudPart **ret)
{
        CloudPart *entry;

        for (size_t i = 0; i < import->n_parts; i++)
                if (import->parts[i].part == part) {
                        *ret = &import->parts[i];
                        return 0;
                }

        entry = &import->parts[import->n_parts++];
        *entry = (CloudPart){
                .part = part,
                .import = import->number + (int64_t)import->n_parts - 1,
                .imported_at = import->now,
                .exported_at = import->exported_at,
        };
        import->lacking[part] = UINT32_MAX;
        *ret = entry;
        return 0;
}

static int import_take(void *userdata, const InventoryEntry *entry)
{
        CloudImport *import = userdata;
        CloudPart *part;
        int r;

        r = import_part(import, entry->part, &part);
        if (r < 0)
                return r;

        part->objects++;
        if (inventory_part_has_objects(entry->part))
                return import_object(import, part->import, &entry->object);
        if (entry->n_facts > 0)
                return import_facts(import, part->import, entry);
        return guid_is_null(&entry->principal)
                       ? 0
                       : import_role(import, part->import, &entry->principal);
}

/* ------------------------------------------------------------------ files */

int cloud_import_begin(CloudImport *import, InventoryPart part, InventoryPart hint,
                       int64_t exported_at)
{
        InventoryFile *file;
        int r;

        r = inventory_file_new(part, import_take, import, &file);
        if (r < 0)
                return r;

        (void)inventory_file_free(import->file);
        import->file = file;
        import->exported_at = exported_at;
        import->hint = hint;
        return 0;
}

const InventoryFile *cloud_import_file(const CloudImport *import)
{
        return import->file;
}

static int import_complain(CloudImport *import, const char *format, ...) _printf_(2, 3);
static int import_complain(CloudImport *import, const char *format, ...)
{
        va_list list;
        int r;

        buffer_reset(&import->error);
        va_start(list, format);
        r = buffer_append_vformat(&import->error, format, list);
        va_end(list);
        return r < 0 || !buffer_string(&import->error) ? -ENOMEM : -EBADMSG;
}

const char *cloud_import_error(const CloudImport *import)
{
        return (const char *)import->error.data;
}

/* A transaction for each piece: what it holds is some hundreds of rows. */
static int import_piece(CloudImport *import, const void *data, size_t size, bool is_end)
{
        int r;

        if (store_in_transaction(import->store))
                return -EBUSY;
        r = store_begin(import->store);
        if (r < 0)
                return r;

        r = is_end ? inventory_file_end(import->file)
                   : inventory_file_feed(import->file, data, size);
        if (r >= 0)
                r = store_commit(import->store);
        if (r < 0)
                (void)store_rollback(import->store);
        if (r == -EBADMSG)
                return import_complain(import, "%s", inventory_file_error(import->file));
        if (r >= 0 && store_wants_checkpoint(import->store))
                r = store_checkpoint_begin(import->store);
        return r;
}

int cloud_import_feed(CloudImport *import, const void *data, size_t size)
{
        return import_piece(import, data, size, false);
}

static void import_note(CloudImport *import, CloudPart *part)
{
        const InventoryReader *reader = inventory_file_reader(import->file);
        size_t n;

        (void)inventory_properties(part->part, &n);
        for (size_t i = 0; i < n; i++) {
                if (!inventory_file_lacks(import->file, i))
                        import->lacking[part->part] &= ~(1U << i);
                if (!inventory_file_asked(import->file, i))
                        import->unasked[part->part] |= 1U << i;
        }

        import->n_continued[part->part] += inventory_reader_continued(reader);
        import->n_ended[part->part] += inventory_reader_ended(reader);
        if (import->exported_at < part->exported_at)
                part->exported_at = import->exported_at;
}

int cloud_import_end(CloudImport *import)
{
        InventoryPart part;
        CloudPart *entry;
        int r;

        r = import_piece(import, NULL, 0, true);
        if (r < 0)
                return r;

        part = inventory_file_part(import->file);
        if (part == INVENTORY_PARTS)
                part = import->hint;
        if (part == INVENTORY_PARTS)
                return import_complain(import,
                                       "the list is empty, so nobody can tell of what it is: "
                                       "--part=PART says it");
        r = import_part(import, part, &entry);
        if (r >= 0)
                import_note(import, entry);
        return r;
}

static int import_name_missing(CloudImport *import, CloudPart *part)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;
        const InventoryProperty *properties;
        size_t n;
        int r = 0;

        properties = inventory_properties(part->part, &n);
        for (size_t i = 0; i < n && r >= 0; i++)
                if (import->lacking[part->part] >> i & 1 && part->objects > 0)
                        r = buffer_append_format(&text, "%s%s", text.size > 0 ? "," : "",
                                                 properties[i].name);
        if (r < 0)
                return r;

        free(part->missing);
        part->missing = buffer_steal_string(&text);
        return part->missing ? 0 : -ENOMEM;
}

/*
 * Users of whom nobody can tell who they are here would all be in the way of themselves. That none is synced can well be, but must
 * have been asked.
 */
static int import_check_identity(CloudImport *import, const CloudPart *part)
{
        static const char *const needed[] = { "onPremisesImmutableId", "onPremisesSyncEnabled" };
        const InventoryProperty *properties;
        size_t n;

        if (part->part != INVENTORY_USERS)
                return 0;

        properties = inventory_properties(part->part, &n);
        for (size_t i = 0; i < n; i++)
                for (size_t k = 0; k < ARRAY_SIZE(needed); k++)
                        if (import->unasked[part->part] >> i & 1 &&
                            strcmp(properties[i].name, needed[k]) == 0)
                                return import_complain(import,
                                                       "no user has %s, so nobody can tell which "
                                                       "accounts belong together: export it "
                                                       "too (scanctl cloud commands). If nobody is "
                                                       "synced indeed, export as that does",
                                                       needed[k]);
        return 0;
}

int cloud_import_check(CloudImport *import)
{
        for (size_t i = 0; i < import->n_parts; i++) {
                CloudPart *part = &import->parts[i];
                int r;

                if (import->n_continued[part->part] > 0 && import->n_ended[part->part] == 0)
                        return import_complain(
                                import,
                                "of the %s, each of the %zu pages has an @odata.nextLink: the last "
                                "one is missing",
                                inventory_part_info(part->part)->title,
                                import->n_continued[part->part]);
                r = import_check_identity(import, part);
                if (r >= 0)
                        r = import_name_missing(import, part);
                if (r < 0)
                        return r;
        }

        return 0;
}

const CloudPart *cloud_import_parts(const CloudImport *import, size_t *ret_n)
{
        *ret_n = import->n_parts;
        return import->parts;
}

/* All parts, or only those without objects. */
static int import_publish(CloudImport *import, bool with_objects)
{
        int r;

        if (store_in_transaction(import->store))
                return -EBUSY;
        r = store_begin(import->store);
        for (size_t i = 0; i < import->n_parts && r >= 0; i++)
                if (with_objects || !inventory_part_has_objects(import->parts[i].part))
                        r = cloud_part_put(import->store, &import->parts[i]);
        if (r >= 0)
                r = store_commit(import->store);
        if (r < 0)
                (void)store_rollback(import->store);
        return r;
}

int cloud_import_publish(CloudImport *import)
{
        return import_publish(import, true);
}

int cloud_import_publish_tenant(CloudImport *import)
{
        return import_publish(import, false);
}

static int sweep(Store *store, QueryId query, int64_t keep)
{
        Statement *statement = store_statement(store, query);

        statement_bind_integer(statement, ":keep", keep);
        return statement_execute(statement);
}

/* 1: there were objects that had to go. */
static int sweep_rows(Store *store, int64_t keep, unsigned rows)
{
        Statement *statement = store_statement(store, QUERY_CLOUD_OBJECT_SWEEP);
        int r;

        statement_bind_integer(statement, ":keep", keep);
        statement_bind_integer(statement, ":limit", rows);
        r = statement_execute(statement);
        if (r < 0 || store_changes(store) > 0)
                return r < 0 ? r : 1;

        r = sweep(store, QUERY_CLOUD_ROLE_SWEEP, keep);
        return r < 0 ? r : sweep(store, QUERY_CLOUD_FACT_SWEEP, keep);
}

int cloud_sweep(Store *store, const CloudImport *import, unsigned rows)
{
        int has_more, r;

        if (store_in_transaction(store))
                return 1;

        r = store_begin(store);
        if (r < 0)
                return r;
        has_more = sweep_rows(store, import ? import->number : INT64_MAX, rows);
        r = has_more < 0 ? has_more : store_commit(store);
        if (r < 0) {
                (void)store_rollback(store);
                return r;
        }

        if (store_wants_checkpoint(store))
                r = store_checkpoint_begin(store);
        return r < 0 ? r : has_more;
}
