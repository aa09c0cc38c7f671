/* SPDX-License-Identifier: MIT */
#include "tests/unit/apply-lab.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/core/evaluate.h"
#include "lib/core/hash.h"
#include "lib/state/apply-internal.h"
#include "lib/state/store-internal.h"
#include "tests/unit/check-main.h"

static const char *const names[] = { "corp.example", "sales.example" };

_printf_(1, 2) static char *text_format(const char *format, ...)
{
        va_list arguments;
        char *text;

        va_start(arguments, format);
        ck_assert_int_ge(vasprintf(&text, format, arguments), 0);
        va_end(arguments);
        return text;
}

Guid lab_guid(unsigned number)
{
        Guid guid;

        for (unsigned i = 0; i < 2; i++) {
                uint64_t hash = hash_finish(hash_bytes(HASH_INIT + i, &number, sizeof(number)));

                memcpy(guid.bytes + 8 * i, &hash, 8);
        }
        return guid;
}

void lab_configure(Lab *lab, const char *common, const char *first, const char *second)
{
        char path[] = "/tmp/scand-lab-XXXXXX";
        int fd = mkstemp(path);
        FILE *file = fdopen(fd, "w");
        Config *config;
        char *error;
        int r;

        fprintf(file, "%s\n[domain corp.example]\n%s\n", common ?: "", first ?: "");
        if (lab->n_domains > 1)
                fprintf(file, "[domain sales.example]\n%s\n", second ?: "");
        fclose(file);

        r = config_load(path, NULL, &config, &error);
        ck_assert_msg(r == 0, "%s", error);
        unlink(path);

        /* Nobody refers to the former one between answers. */
        config_free(lab->config);
        lab->config = config;
        for (unsigned i = 0; i < lab->n_domains; i++)
                lab->domains[i].config = config_find_domain(config, names[i]);
}

void lab_open_store(Lab *lab)
{
        char *path = lab->folder ? text_format("%s/scand.db", lab->folder) : NULL, *error;
        int r;

        r = store_open(path, lab->folder ? STORE_WRITE : STORE_MEMORY, &lab->store, &error);
        ck_assert_msg(r == 0, "%s", error);
        free(path);

        for (unsigned i = 0; i < lab->n_domains; i++) {
                LabDomain *domain = &lab->domains[i];

                ck_assert_int_eq(domain_load(lab->store, domain->name, &domain->domain), 0);
                free(domain->domain.configuration_nc);
                domain->domain.configuration_nc =
                        text_format("CN=Configuration,DC=%.*s,DC=example",
                                    (int)strcspn(domain->name, "."), domain->name);
                ck_assert_int_eq(domain_save(lab->store, &domain->domain), 0);
        }
}

void lab_close_store(Lab *lab)
{
        for (unsigned i = 0; i < lab->n_domains; i++)
                domain_done(&lab->domains[i].domain);
        lab->store = store_close(lab->store);
}

static void lab_make(Lab *lab, size_t n_domains)
{
        *lab = (Lab){
                .n_domains = n_domains, .now = 1000000, .random = test_seed(), .folder = lab->folder
        };

        for (unsigned i = 0; i < n_domains; i++) {
                LabDomain *domain = &lab->domains[i];

                snprintf(domain->name, sizeof(domain->name), "%s", names[i]);
                domain->usn = 1000;
                domain->invocation_id = lab_guid(900000 + i);
                lab_add(lab, i, -1, "domainDNS",
                        i == 0 ? "DC=corp,DC=example" : "DC=sales,DC=example", NULL);
        }

        lab_configure(lab, NULL, NULL, NULL);
        lab_open_store(lab);
        config_attributes(lab->config, &lab->requested);
}

void lab_init(Lab *lab, size_t n_domains)
{
        lab->folder = NULL;
        lab_make(lab, n_domains);
}

void lab_init_file(Lab *lab, size_t n_domains)
{
        lab->folder = strdup("/tmp/scand-lab-XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(lab->folder));
        lab_make(lab, n_domains);
}

static void attribute_clear(LabAttribute *attribute)
{
        for (size_t i = 0; i < attribute->n; i++)
                free(attribute->values[i]);
        attribute->n = 0;
}

static void domain_clear(LabDomain *domain)
{
        for (size_t i = 0; i < domain->n; i++) {
                for (size_t k = 0; k < domain->nodes[i].n_attributes; k++)
                        attribute_clear(&domain->nodes[i].attributes[k]);
                free(domain->nodes[i].rdn);
        }
        free(domain->nodes);
}

void lab_done(Lab *lab)
{
        lab_close_store(lab);
        for (unsigned i = 0; i < lab->n_domains; i++)
                domain_clear(&lab->domains[i]);
        config_free(lab->config);
        if (lab->folder) {
                char *command = text_format("rm -rf %s", lab->folder);

                ck_assert_int_eq(system(command), 0);
                free(command);
                free(lab->folder);
        }
}

static LabAttribute *node_attribute(LabNode *node, AttributeId id)
{
        for (size_t i = 0; i < node->n_attributes; i++)
                if (node->attributes[i].id == id)
                        return &node->attributes[i];

        ck_assert_uint_lt(node->n_attributes, ARRAY_SIZE(node->attributes));
        node->attributes[node->n_attributes] = (LabAttribute){ .id = id };
        return &node->attributes[node->n_attributes++];
}

static void node_set(LabNode *node, const char *text)
{
        char *copy = strdup(text ?: ""), *position, *part;
        AttributeSet cleared = {};

        for (part = strtok_r(copy, ";", &position); part; part = strtok_r(NULL, ";", &position)) {
                LabAttribute *attribute;
                AttributeId id;
                char *value;

                part += strspn(part, " ");
                value = strchr(part, ':');
                ck_assert_ptr_nonnull(value);
                id = attribute_find(part, (size_t)(value - part));
                ck_assert_msg(id != ATTRIBUTE_NONE, "no attribute: %s", part);
                value += 1 + strspn(value + 1, " ");

                attribute = node_attribute(node, id);
                if (!attribute_set_has(&cleared, id))
                        attribute_clear(attribute);
                attribute_set_add(&cleared, id);
                if (*value) {
                        ck_assert_uint_lt(attribute->n, LAB_VALUES);
                        attribute->values[attribute->n++] = strdup(value);
                }
        }
        free(copy);
}

static void lab_changed(Lab *lab, unsigned domain, int node)
{
        lab->domains[domain].nodes[node].usn = ++lab->domains[domain].usn;
}

int lab_add(Lab *lab, unsigned domain, int parent, const char *class, const char *rdn,
            const char *attributes)
{
        LabDomain *directory = &lab->domains[domain];
        int node = (int)directory->n++;

        /* By doubling: the sanitizers copy at every growth. */
        if ((node & (node - 1)) == 0)
                directory->nodes = reallocarray(directory->nodes, node > 0 ? (size_t)node * 2 : 1,
                                                sizeof(*directory->nodes));
        ck_assert_ptr_nonnull(directory->nodes);
        directory->nodes[node] = (LabNode){
                .number = domain * 100000 + (unsigned)node + 1,
                .parent = parent,
                .rdn = strdup(rdn),
                .class = class,
        };
        node_set(&directory->nodes[node], attributes);
        lab_changed(lab, domain, node);
        return node;
}

int lab_add_user(Lab *lab, unsigned domain, int parent, const char *name, const char *address)
{
        char rdn[100], attributes[4096];

        snprintf(rdn, sizeof(rdn), "CN=%s", name);
        snprintf(attributes, sizeof(attributes),
                 "sAMAccountName: %s; displayName: %s; givenName: %s; sn: %s; userAccountControl: "
                 "512; userPrincipalName: %s@contoso.com; "
                 "mailNickname: %s; mail: %s; proxyAddresses: SMTP:%s",
                 name, name, name, name, name, name, address, address);
        return lab_add(lab, domain, parent, "user", rdn, attributes);
}

int lab_add_ou(Lab *lab, unsigned domain, int parent, const char *name)
{
        char rdn[100];

        snprintf(rdn, sizeof(rdn), "OU=%s", name);
        return lab_add(lab, domain, parent, "organizationalUnit", rdn, NULL);
}

void lab_set(Lab *lab, unsigned domain, int node, const char *attributes)
{
        node_set(&lab->domains[domain].nodes[node], attributes);
        lab_changed(lab, domain, node);
}

bool lab_is_below(const Lab *lab, unsigned domain, int node, int above)
{
        for (; node >= 0; node = lab->domains[domain].nodes[node].parent)
                if (node == above)
                        return true;
        return false;
}

void lab_move(Lab *lab, unsigned domain, int node, int parent)
{
        ck_assert(!lab_is_below(lab, domain, parent, node));
        lab->domains[domain].nodes[node].parent = parent;
        lab_changed(lab, domain, node);
}

void lab_rename(Lab *lab, unsigned domain, int node, const char *rdn)
{
        free(lab->domains[domain].nodes[node].rdn);
        lab->domains[domain].nodes[node].rdn = strdup(rdn);
        lab_changed(lab, domain, node);
}

void lab_delete(Lab *lab, unsigned domain, int node)
{
        LabDomain *directory = &lab->domains[domain];

        /* Children go before their parents, as a tree delete does it. */
        for (int i = (int)directory->n - 1; i >= 0; i--)
                if (!directory->nodes[i].is_deleted && lab_is_below(lab, domain, i, node)) {
                        directory->nodes[i].is_deleted = true;
                        lab_changed(lab, domain, i);
                }
}

void lab_restore(Lab *lab, unsigned domain, int node)
{
        lab->domains[domain].nodes[node].is_deleted = false;
        lab_changed(lab, domain, node);
}

char *lab_dn(const Lab *lab, unsigned domain, int node)
{
        const LabNode *at = &lab->domains[domain].nodes[node];
        char *above, *dn;

        if (at->parent < 0)
                return strdup(at->rdn);

        above = lab_dn(lab, domain, at->parent);
        dn = text_format("%s,%s", at->rdn, above);
        free(above);
        return dn;
}

static bool attribute_is_binary(AttributeId id)
{
        AttributeSyntax syntax = attribute_syntax(id);

        return syntax == SYNTAX_SID || syntax == SYNTAX_OCTETS || syntax == SYNTAX_GUID;
}

static void object_add_lab(Object *object, AttributeId id, const char *value)
{
        uint8_t bytes[64];
        size_t n = 0;

        if (!attribute_is_binary(id)) {
                ck_assert_int_eq(object_add_string(object, id, value), 0);
                return;
        }

        for (; value[2 * n]; n++) {
                unsigned byte;

                ck_assert_int_eq(sscanf(value + 2 * n, "%2x", &byte), 1);
                bytes[n] = (uint8_t)byte;
        }
        ck_assert_int_eq(object_add_copy(object, id, bytes, n), 0);
}

static void object_add_guid(Object *object, AttributeId id, Guid guid)
{
        ck_assert_int_eq(object_add_copy(object, id, guid.bytes, sizeof(guid.bytes)), 0);
}

static bool is_requested(const Lab *lab, AttributeId id)
{
        return attribute_set_has(&lab->requested, id);
}

void lab_object(const Lab *lab, unsigned domain, int node, Object *ret)
{
        const LabDomain *directory = &lab->domains[domain];
        const LabNode *at = &directory->nodes[node];
        char *dn = lab_dn(lab, domain, node), *usn = text_format("%lld", (long long)at->usn);

        object_reset(ret);
        ret->known = lab->requested;
        if (at->is_deleted) {
                char *name = text_format("CN=x%u\\0ADEL:%u,CN=Deleted Objects,%s", at->number,
                                         at->number, directory->nodes[0].rdn);

                object_set_dn(ret, name, strlen(name));
                object_add_string(ret, ATTRIBUTE_IS_DELETED, "TRUE");
                object_add_guid(ret, ATTRIBUTE_PARENT_GUID, lab_guid(800000 + domain));
                free(name);
        } else {
                object_set_dn(ret, dn, strlen(dn));
                if (at->parent >= 0)
                        object_add_guid(ret, ATTRIBUTE_PARENT_GUID,
                                        lab_guid(directory->nodes[at->parent].number));
                for (size_t i = 0; i < at->n_attributes; i++)
                        for (size_t k = 0;
                             k < at->attributes[i].n && is_requested(lab, at->attributes[i].id);
                             k++)
                                object_add_lab(ret, at->attributes[i].id,
                                               at->attributes[i].values[k]);
        }

        object_add_guid(ret, ATTRIBUTE_OBJECT_GUID, lab_guid(at->number));
        object_add_string(ret, ATTRIBUTE_OBJECT_CLASS, at->class);
        object_add_string(ret, ATTRIBUTE_USN_CHANGED, usn);
        ck_assert_int_eq(object_seal(ret), 0);
        free(dn);
        free(usn);
}

void lab_cramp(Apply *apply)
{
        apply->stage.limit = 500;
        claim_pile_init(&apply->claims, 5, store_path(apply->store));
        claim_pile_init(&apply->cloud_claims, 5, store_path(apply->store));
}

Apply *lab_begin(Lab *lab, unsigned domain, ApplyKind kind)
{
        LabDomain *directory = &lab->domains[domain];
        const ApplySettings settings = {
                .config = lab->config,
                .domain_config = directory->config,
                .now = ++lab->now,
                .invocation_id = directory->invocation_id,
                .requested = lab->requested,
        };
        Apply *apply;

        ck_assert_int_eq(apply_new(lab->store, &directory->domain, kind, &settings, &apply), 0);
        if (lab->is_cramped)
                lab_cramp(apply);
        return apply;
}

#define PAGE_ENTRIES 500

void lab_stage(Lab *lab, Apply *apply, unsigned domain, int node)
{
        Object *object;

        ck_assert_int_eq(object_new(&object), 0);
        lab_object(lab, domain, node, object);
        ck_assert_int_eq(apply_stage(apply, object), 0);
        object_free(object);

        /* The server computes its next page. */
        if (stage_left(&apply->stage) == PAGE_ENTRIES)
                ck_assert_int_ge(apply_catch_up(apply), 0);
}

void lab_accept(Lab *lab, Apply *apply, unsigned domain, int64_t watermark)
{
        static const unsigned char left[24] = {
                1
        }; /* some domain controller, and how far it was followed */
        Cursor cursor = {
                .dc = (char *)"dc.example",
                .invocation_id = lab->domains[domain].invocation_id,
                .watermark = watermark,
                .polled_at = lab->now,
        };

        if (lab->domains[domain].is_unconfirmed) {
                ck_assert_int_eq(buffer_append(&cursor.unconfirmed, left, sizeof(left)), 0);
                cursor.unconfirmed_since = lab->now;
        }
        ck_assert_int_eq(apply_accept(apply, &cursor), 0);
        buffer_done(&cursor.unconfirmed);
}

void lab_finish(Lab *lab, Apply *apply)
{
        int r;

        do
                r = apply_step(apply, 1 + (unsigned)(test_random(&lab->random) % 5));
        while (r == APPLY_MORE);
        ck_assert_msg(r == 0, "%d: %s", r, store_error(lab->store));
        lab->summary = *apply_summary(apply);
        apply_free(apply);
}

/* Nodes above a USN, shuffled. */
static size_t lab_select(Lab *lab, unsigned domain, int64_t above, int **ret)
{
        LabDomain *directory = &lab->domains[domain];
        int *nodes = calloc(directory->n, sizeof(*nodes));
        size_t n = 0;

        for (size_t i = 0; i < directory->n; i++)
                if (directory->nodes[i].usn > above)
                        nodes[n++] = (int)i;
        for (size_t i = n; i > 1; i--) {
                size_t k = test_random(&lab->random) % i;
                int node = nodes[i - 1];

                nodes[i - 1] = nodes[k];
                nodes[k] = node;
        }

        *ret = nodes;
        return n;
}

static int lab_find(const Lab *lab, unsigned domain, const Guid *guid)
{
        for (size_t i = 0; i < lab->domains[domain].n; i++) {
                Guid candidate = lab_guid(lab->domains[domain].nodes[i].number);

                if (guid_equal(&candidate, guid))
                        return (int)i;
        }
        return -1;
}

void lab_stage_parents(Lab *lab, Apply *apply, unsigned domain)
{
        Guid guid;
        int r;

        while ((r = apply_next_unknown_parent(apply, &guid)) > 0) {
                int node = lab_find(lab, domain, &guid);

                if (node >= 0)
                        lab_stage(lab, apply, domain, node);
        }
        ck_assert_int_eq(r, 0);
}

static void lab_stage_all(Lab *lab, Apply *apply, unsigned domain, int64_t above)
{
        int *nodes;
        size_t n = lab_select(lab, domain, above, &nodes);

        for (size_t i = 0; i < n; i++)
                lab_stage(lab, apply, domain, nodes[i]);
        free(nodes);
        lab_stage_parents(lab, apply, domain);
}

/* What a feed does before it accepts a full read: a base read of each row that did not come. */
static void lab_prove_absent(Lab *lab, Apply *apply, unsigned domain)
{
        const Guid *absent;
        size_t n;

        while (apply_absent_find(apply, 1) == APPLY_MORE)
                ;
        absent = apply_absent(apply, &n);
        for (size_t i = 0; i < n; i++) {
                int node = lab_find(lab, domain, &absent[i]);

                if (node >= 0 && !lab->domains[domain].nodes[node].is_deleted)
                        lab_stage(lab, apply, domain, node);
                else
                        ck_assert_int_eq(apply_absent_confirm(apply, &absent[i]), 0);
        }
}

void lab_read(Lab *lab, unsigned domain)
{
        LabDomain *directory = &lab->domains[domain];
        ApplyKind kind = directory->domain.is_ready ? APPLY_FULL : APPLY_FIRST;
        Apply *apply = lab_begin(lab, domain, kind);

        lab_stage_all(lab, apply, domain, 0);
        if (kind == APPLY_FULL)
                lab_prove_absent(lab, apply, domain);
        lab_accept(lab, apply, domain, directory->usn);
        lab_finish(lab, apply);
}

void lab_poll(Lab *lab, unsigned domain)
{
        LabDomain *directory = &lab->domains[domain];
        Apply *apply = lab_begin(lab, domain, APPLY_DELTA);

        lab_stage_all(lab, apply, domain, directory->domain.cursor.watermark);
        lab_accept(lab, apply, domain, directory->usn);
        lab_finish(lab, apply);
}

void lab_reevaluate(Lab *lab, unsigned domain)
{
        Apply *apply = lab_begin(lab, domain, APPLY_REEVALUATE);

        ck_assert_int_eq(apply_accept(apply, NULL), 0);
        lab_finish(lab, apply);
}

static sqlite3_stmt *_printf_(2, 0) lab_query(Lab *lab, const char *format, va_list arguments)
{
        sqlite3_stmt *statement;
        char *sql;

        ck_assert_int_ge(vasprintf(&sql, format, arguments), 0);
        ck_assert_msg(sqlite3_prepare_v2(lab->store->database, sql, -1, &statement, NULL) ==
                              SQLITE_OK,
                      "%s: %s", sql, sqlite3_errmsg(lab->store->database));
        free(sql);
        return statement;
}

int64_t lab_count(Lab *lab, const char *format, ...)
{
        sqlite3_stmt *statement;
        va_list arguments;
        int64_t n;

        va_start(arguments, format);
        statement = lab_query(lab, format, arguments);
        va_end(arguments);
        n = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -1;
        sqlite3_finalize(statement);
        return n;
}

char *lab_text(Lab *lab, const char *format, ...)
{
        sqlite3_stmt *statement;
        va_list arguments;
        const char *text = NULL;
        char *copy;

        va_start(arguments, format);
        statement = lab_query(lab, format, arguments);
        va_end(arguments);
        if (sqlite3_step(statement) == SQLITE_ROW)
                text = (const char *)sqlite3_column_text(statement, 0);
        copy = text ? strdup(text) : NULL;
        sqlite3_finalize(statement);
        return copy;
}

char *lab_plan(Lab *lab, const char *sql)
{
        char *explain = text_format("EXPLAIN QUERY PLAN %s", sql);
        Buffer buffer = BUFFER_INIT;
        sqlite3_stmt *statement;

        ck_assert_int_eq(sqlite3_prepare_v2(lab->store->database, explain, -1, &statement, NULL),
                         SQLITE_OK);
        while (sqlite3_step(statement) == SQLITE_ROW) {
                const char *step = (const char *)sqlite3_column_text(statement, 3);
                /* Before SQLite 3.36 it said "SEARCH TABLE object", and since then "SEARCH object". */
                const char *table = strstr(step, " TABLE ");
                int n = table ? (int)(table - step) : (int)strlen(step);

                ck_assert_int_eq(buffer_append_format(&buffer, "%.*s%s\n", n, step,
                                                      table ? table + strlen(" TABLE") : ""),
                                 0);
        }
        ck_assert_int_eq(buffer_append_string(&buffer, ""), 0);
        sqlite3_finalize(statement);
        free(explain);
        return buffer_steal_string(&buffer);
}

bool lab_makes_table(Lab *lab, const char *sql)
{
        char *explain = text_format("EXPLAIN %s", sql);
        sqlite3_stmt *statement;
        bool makes = false;

        ck_assert_int_eq(sqlite3_prepare_v2(lab->store->database, explain, -1, &statement, NULL),
                         SQLITE_OK);
        while (sqlite3_step(statement) == SQLITE_ROW) {
                const char *step = (const char *)sqlite3_column_text(statement, 1);

                makes |= strcmp(step, "OpenEphemeral") == 0 || strcmp(step, "OpenAutoindex") == 0;
        }
        sqlite3_finalize(statement);
        free(explain);
        return makes;
}

int lab_recompilations(Lab *lab, QueryId query)
{
        sqlite3_stmt *compiled = lab->store->statements[query].compiled;

        return compiled ? sqlite3_stmt_status(compiled, SQLITE_STMTSTATUS_REPREPARE, 0) : 0;
}

int64_t lab_findings(Lab *lab, unsigned domain, int node, const char *rule)
{
        Guid guid = lab_guid(lab->domains[domain].nodes[node].number);
        char hex[33];

        for (unsigned i = 0; i < 16; i++)
                snprintf(hex + 2 * i, 3, "%02x", guid.bytes[i]);
        return lab_count(lab,
                         "SELECT count(*) FROM finding JOIN object ON object.id = finding.object "
                         "WHERE guid = x'%s' AND"
                         " domain = %lld AND rule = '%s'",
                         hex, (long long)lab->domains[domain].domain.id, rule);
}

int64_t lab_events(Lab *lab, int type, const char *rule)
{
        if (!rule)
                return lab_count(lab, "SELECT count(*) FROM event WHERE type = %d", type);
        return lab_count(lab, "SELECT count(*) FROM event WHERE type = %d AND rule = '%s'", type,
                         rule);
}

int64_t lab_disputes(Lab *lab, unsigned domain, int node)
{
        return lab_findings(lab, domain, node, "smtp-address-not-unique");
}

int64_t lab_objects(Lab *lab)
{
        return lab_count(lab, "SELECT count(*) FROM object WHERE deleted_at IS NULL");
}

void lab_expect_dn(Lab *lab, int node, const char *dn)
{
        Guid guid = lab_guid(lab->domains[0].nodes[node].number);
        char hex[33], *found;

        for (unsigned i = 0; i < 16; i++)
                snprintf(hex + 2 * i, 3, "%02x", guid.bytes[i]);
        found = lab_text(lab,
                         "SELECT o.rdn || ifnull(',' || c.dn, '') FROM object o LEFT JOIN "
                         "container c ON c.id = o.parent"
                         " WHERE o.guid = x'%s'",
                         hex);
        ck_assert_str_eq(found, dn);
        free(found);
}
