/* SPDX-License-Identifier: MIT */
#include "tests/fakedc/directory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <ldap.h>
#include <ldif.h>

#include "lib/core/attribute.h"
#include "lib/core/buffer.h"
#include "lib/core/util.h"

static void *must(void *pointer)
{
        if (!pointer)
                abort();

        return pointer;
}

static char *format(const char *template, ...) _printf_(1, 2);

static char *format(const char *template, ...)
{
        va_list arguments;
        char *text;
        int r;

        va_start(arguments, template);
        r = vasprintf(&text, template, arguments);
        va_end(arguments);
        if (r < 0)
                abort();

        return text;
}

static uint64_t directory_random(Directory *directory)
{
        uint64_t z = (directory->random += UINT64_C(0x9e3779b97f4a7c15));

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return z ^ z >> 31;
}

/* Attributes. */

static Attribute *find_attribute(const Entry *entry, const char *name)
{
        for (size_t i = 0; i < entry->n_attributes; i++)
                if (strcasecmp(entry->attributes[i].name, name) == 0)
                        return entry->attributes + i;

        return NULL;
}

const Attribute *entry_attribute(const Entry *entry, const char *name)
{
        return find_attribute(entry, name);
}

static void attribute_clear(Attribute *attribute)
{
        for (size_t i = 0; i < attribute->n_values; i++)
                free(attribute->values[i].bv_val);

        free(attribute->values);
        attribute->values = NULL;
        attribute->n_values = 0;
}

void entry_add(Entry *entry, const char *name, const void *data, size_t size)
{
        Attribute *attribute = find_attribute(entry, name);
        char *copy = must(malloc(size + 1));

        if (!attribute) {
                entry->attributes = must(reallocarray(entry->attributes, entry->n_attributes + 1,
                                                      sizeof(*attribute)));
                attribute = entry->attributes + entry->n_attributes++;
                *attribute = (Attribute){ .name = must(strdup(name)) };
        }

        memcpy(copy, data, size);
        attribute->values = must(
                reallocarray(attribute->values, attribute->n_values + 1, sizeof(struct berval)));
        attribute->values[attribute->n_values++] = (struct berval){ size, copy };
}

void entry_set(Entry *entry, const char *name, const void *data, size_t size)
{
        Attribute *attribute = find_attribute(entry, name);

        if (attribute)
                attribute_clear(attribute);

        entry_add(entry, name, data, size);
}

void entry_remove(Entry *entry, const char *name)
{
        Attribute *attribute = find_attribute(entry, name);

        if (!attribute)
                return;

        attribute_clear(attribute);
        free(attribute->name);
        *attribute = entry->attributes[--entry->n_attributes];
}

static void entry_clear(Entry *entry)
{
        while (entry->n_attributes > 0)
                entry_remove(entry, entry->attributes[0].name);

        free(entry->attributes);
        free(entry->dn);
}

static void set_string(Entry *entry, const char *name, const char *value)
{
        entry_set(entry, name, value, strlen(value));
}

static void add_string(Entry *entry, const char *name, const char *value)
{
        entry_add(entry, name, value, strlen(value));
}

static void set_number(Entry *entry, const char *name, int64_t number)
{
        _cleanup_free_ char *text = format("%lld", (long long)number);

        set_string(entry, name, text);
}

/* Names. Compared by case only: the test peer's names have no second spelling. */

bool dn_is_below(const char *dn, const char *base)
{
        size_t n = strlen(dn), m = strlen(base);

        if (n < m || strcasecmp(dn + n - m, base) != 0)
                return false;

        return n == m || m == 0 || dn[n - m - 1] == ',';
}

const char *dn_parent(const char *dn)
{
        for (const char *p = dn; *p; p++) {
                if (*p == '\\' && p[1])
                        p++;
                else if (*p == ',')
                        return p + 1;
        }

        return "";
}

/* "<GUID=…>" in either form: 32 digits of the bytes as they are, or the usual text whose first fields are swapped. */
bool dn_read_guid(const char *dn, uint8_t ret[static 16])
{
        static const uint8_t swapped[] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
        bool is_text = strchr(dn, '-');
        size_t n = 0;
        unsigned byte;

        if (strncasecmp(dn, "<GUID=", 6) != 0)
                return false;

        for (const char *p = dn + 6; n < 16 && *p && *p != '>';) {
                if (*p == '-') {
                        p++;
                        continue;
                }
                if (sscanf(p, "%2x", &byte) != 1)
                        return false;

                ret[is_text ? swapped[n] : n] = (uint8_t)byte;
                n++;
                p += 2;
        }

        return n == 16;
}

Entry *directory_find(const Directory *directory, const char *dn)
{
        uint8_t guid[16];
        bool has_guid = dn_read_guid(dn, guid);

        for (size_t i = 0; i < directory->n_entries; i++) {
                Entry *entry = directory->entries[i];
                const Attribute *attribute = has_guid ? entry_attribute(entry, "objectGUID") : NULL;

                if (attribute && memcmp(attribute->values[0].bv_val, guid, 16) == 0)
                        return entry;
                if (!has_guid && strcasecmp(entry->dn, dn) == 0)
                        return entry;
        }

        return NULL;
}

size_t directory_format_time(char *ret, size_t size)
{
        time_t now = time(NULL);
        struct tm tm;

        return strftime(ret, size, "%Y%m%d%H%M%S.0Z", gmtime_r(&now, &tm));
}

/* Changes. */

static void set_parent(const Directory *directory, Entry *entry)
{
        const Entry *parent = directory_find(directory, dn_parent(entry->dn));
        const Attribute *guid = parent ? entry_attribute(parent, "objectGUID") : NULL;

        if (guid)
                entry_set(entry, "parentGUID", guid->values[0].bv_val, 16);
}

static void set_name(Entry *entry)
{
        const char *value = strchr(entry->dn, '=');
        size_t size = (size_t)(dn_parent(entry->dn) - entry->dn);

        if (!value)
                return;

        value++;
        if (size > 0) /* the comma is not part of it */
                entry_set(entry, "name", value, size - 1 - (size_t)(value - entry->dn));
        set_string(entry, "distinguishedName", entry->dn);
}

void directory_touch(Directory *directory, Entry *entry)
{
        char now[32];

        set_number(entry, "uSNChanged", ++directory->usn);
        entry_set(entry, "whenChanged", now, directory_format_time(now, sizeof(now)));
        if (directory->changed)
                directory->changed(entry, directory->userdata);
}

static Entry *directory_make(Directory *directory, const char *dn)
{
        Entry *entry = must(calloc(1, sizeof(*entry)));
        uint64_t guid[2] = { directory_random(directory), directory_random(directory) };

        entry->dn = must(strdup(dn));
        entry_set(entry, "objectGUID", guid, sizeof(guid));
        set_parent(directory, entry);
        set_name(entry);

        directory->entries =
                must(reallocarray(directory->entries, directory->n_entries + 1, sizeof(entry)));
        directory->entries[directory->n_entries++] = entry;
        return entry;
}

/* A class with those it is derived from, as AD sends objectClass. */
static void set_class(Entry *entry, const char *class)
{
        static const struct {
                const char *class, *from[4];
        } classes[] = {
                { "user", { "person", "organizationalPerson", "user" } },
                { "inetOrgPerson", { "person", "organizationalPerson", "user", "inetOrgPerson" } },
                { "contact", { "person", "organizationalPerson", "contact" } },
                { "computer", { "person", "organizationalPerson", "user", "computer" } },
        };

        entry_remove(entry, "objectClass");
        add_string(entry, "objectClass", "top");

        for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
                if (strcasecmp(classes[i].class, class) != 0)
                        continue;

                for (size_t j = 0; j < ARRAY_SIZE(classes[i].from) && classes[i].from[j]; j++)
                        add_string(entry, "objectClass", classes[i].from[j]);
                return;
        }

        add_string(entry, "objectClass", class);
}

Entry *directory_add(Directory *directory, const char *dn, const char *class)
{
        Entry *entry = directory_make(directory, dn);

        set_class(entry, class);
        set_number(entry, "uSNCreated", directory->usn + 1);
        directory_touch(directory, entry);
        return entry;
}

void directory_rename(Directory *directory, Entry *entry, const char *dn)
{
        _cleanup_free_ char *former = TAKE_PTR(entry->dn);

        entry->dn = must(strdup(dn));
        set_name(entry);
        set_parent(directory, entry);
        directory_touch(directory, entry);

        /* AD names objects by their parents: those below have another name now, and no new USN. */
        for (size_t i = 0; i < directory->n_entries; i++) {
                Entry *below = directory->entries[i];
                size_t head = strlen(below->dn) - strlen(former);
                char *name;

                if (below == entry || !dn_is_below(below->dn, former))
                        continue;

                name = format("%.*s%s", (int)head, below->dn, dn);
                free(below->dn);
                below->dn = name;
                set_string(below, "distinguishedName", name);
        }
}

/* What a tombstone keeps, without the recycle bin. */
static bool outlives_deletion(const char *name)
{
        static const char *const kept[] = {
                "objectClass", "objectGUID",         "objectSid", "sAMAccountName",
                "cn",          "userAccountControl", "name",      "distinguishedName",
                "uSNCreated",  "uSNChanged",
        };

        for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
                if (strcasecmp(kept[i], name) == 0)
                        return true;

        return false;
}

void directory_delete(Directory *directory, Entry *entry)
{
        const Attribute *guid = entry_attribute(entry, "objectGUID");
        _cleanup_free_ char *parent = must(strdup(dn_parent(entry->dn)));
        _cleanup_free_ char *dn = NULL;
        const uint8_t *b = guid ? (const uint8_t *)guid->values[0].bv_val
                                : (const uint8_t *)"0123456789abcdef";

        for (size_t i = entry->n_attributes; i-- > 0;)
                if (!outlives_deletion(entry->attributes[i].name))
                        entry_remove(entry, entry->attributes[i].name);

        dn = format(
                "%.*s\\0ADEL:%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x,"
                "CN=Deleted Objects,%s",
                (int)(dn_parent(entry->dn) - entry->dn) - 1, entry->dn, b[3], b[2], b[1], b[0],
                b[5], b[4], b[7], b[6], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15],
                directory->base);
        set_string(entry, "isDeleted", "TRUE");
        set_string(entry, "isRecycled", "TRUE");
        set_string(entry, "lastKnownParent", parent);
        entry->is_deleted = true;
        directory_rename(directory, entry, dn);
}

/* The domain that every domain is. */

static Entry *add_below(Directory *directory, const char *name, const char *class)
{
        _cleanup_free_ char *dn = format("%s,%s", name, directory->base);

        return directory_add(directory, dn, class);
}

static void add_configuration(Directory *directory)
{
        static const char *const containers[] = {
                "CN=Configuration",
                "CN=Sites,CN=Configuration",
                "CN=Default-First-Site-Name,CN=Sites,CN=Configuration",
                "CN=Servers,CN=Default-First-Site-Name,CN=Sites,CN=Configuration",
                "CN=FAKEDC,CN=Servers,CN=Default-First-Site-Name,CN=Sites,CN=Configuration",
                "CN=Partitions,CN=Configuration",
                "CN=Services,CN=Configuration",
                "CN=Windows NT,CN=Services,CN=Configuration",
                "CN=Schema,CN=Configuration",
        };
        Entry *entry;

        for (size_t i = 0; i < ARRAY_SIZE(containers); i++)
                (void)add_below(directory, containers[i], "container");

        entry = add_below(
                directory,
                "CN=NTDS Settings,CN=FAKEDC,CN=Servers,CN=Default-First-Site-Name,CN=Sites,"
                "CN=Configuration",
                "nTDSDSA");
        entry_set(entry, "invocationId", directory->invocation_id,
                  sizeof(directory->invocation_id));
        set_string(entry, "msDS-isRODC", "FALSE");

        entry = add_below(directory,
                          "CN=Directory Service,CN=Windows NT,CN=Services,CN=Configuration",
                          "nTDSService");
        set_string(entry, "tombstoneLifetime", "180");
}

static void add_schema(Directory *directory)
{
        for (AttributeId id = 1; id < ATTRIBUTE_MAX; id++) {
                _cleanup_free_ char *name = NULL;

                if (!attribute_name(id))
                        continue;

                name = format("CN=attribute-%d,CN=Schema,CN=Configuration", (int)id);
                set_string(add_below(directory, name, "attributeSchema"), "lDAPDisplayName",
                           attribute_name(id));
        }
}

static void add_domain(Directory *directory)
{
        Entry *entry;

        (void)directory_add(directory, directory->base, "domainDNS");
        (void)add_below(directory, "CN=Users", "container");
        (void)add_below(directory, "OU=People", "organizationalUnit");
        entry = add_below(directory, "CN=Deleted Objects", "container");
        set_string(entry, "isDeleted", "TRUE");
        entry->is_deleted = true;
}

/* "corp.example" → "DC=corp,DC=example" */
static char *domain_base(const char *domain)
{
        Buffer base = BUFFER_INIT;
        char *text;
        int r = 0;

        for (const char *label = domain; r == 0;) {
                size_t size = strcspn(label, ".");

                r = buffer_append_string(&base, label == domain ? "DC=" : ",DC=");
                if (r == 0)
                        r = buffer_append(&base, label, size);
                if (!label[size])
                        break;
                label += size + 1;
        }

        text = must(r == 0 ? buffer_steal_string(&base) : NULL);
        buffer_done(&base);
        return text;
}

void directory_init(Directory *directory, const char *domain, uint64_t seed)
{
        *directory = (Directory){
                .domain = must(strdup(domain)),
                .base = domain_base(domain),
                .usn = 10000,
                .random = seed,
        };

        for (size_t i = 0; i < sizeof(directory->invocation_id); i++)
                directory->invocation_id[i] = (uint8_t)directory_random(directory);

        add_domain(directory);
        add_configuration(directory);
        add_schema(directory);

        for (size_t i = 0; i < directory->n_entries; i++)
                directory->entries[i]->is_operational =
                        strstr(directory->entries[i]->dn, "CN=Configuration,");
}

void directory_done(Directory *directory)
{
        for (size_t i = 0; i < directory->n_entries; i++) {
                entry_clear(directory->entries[i]);
                free(directory->entries[i]);
        }

        free(directory->entries);
        free(directory->base);
        free(directory->domain);
}

void directory_generate(Directory *directory, unsigned n)
{
        static unsigned total;

        for (unsigned i = 0; i < n; i++, total++) {
                _cleanup_free_ char *rdn = format("CN=User %u,OU=People", total);
                _cleanup_free_ char *account = format("user%u", total);
                _cleanup_free_ char *mail = format("user%u@%s", total, directory->domain);
                _cleanup_free_ char *primary = format("SMTP:%s", mail);
                _cleanup_free_ char *second = format("smtp:u%u@%s", total, directory->domain);
                Entry *entry = add_below(directory, rdn, "user");

                set_string(entry, "sAMAccountName", account);
                set_string(entry, "userPrincipalName", mail);
                set_string(entry, "mail", mail);
                set_string(entry, "displayName", account);
                set_string(entry, "userAccountControl", "512");
                add_string(entry, "proxyAddresses", primary);
                add_string(entry, "proxyAddresses", second);
        }
}

/* One value of a record. The first of an attribute replaces what was there before. */
static void load_value(Entry *entry, Entry *seen, const struct berval *type,
                       const struct berval *value)
{
        if (entry_attribute(seen, type->bv_val))
                entry_add(entry, type->bv_val, value->bv_val, value->bv_len);
        else
                entry_set(entry, type->bv_val, value->bv_val, value->bv_len);

        entry_add(seen, type->bv_val, "", 0);
}

static int load_record(Directory *directory, char *record)
{
        Entry *entry = NULL, seen = {};
        struct berval type, value;
        char *line, *next = record;
        int is_allocated, r = 0;

        while ((line = ldif_getline(&next))) {
                if (*line == '\0' || *line == '#' || *line == '\n')
                        continue;

                r = ldif_parse_line2(line, &type, &value, &is_allocated);
                if (r < 0)
                        break;

                if (!entry) {
                        entry = directory_find(directory, value.bv_val);
                        if (!entry)
                                entry = directory_make(directory, value.bv_val);
                } else {
                        load_value(entry, &seen, &type, &value);
                }

                if (is_allocated)
                        ber_memfree(value.bv_val);
        }

        if (entry && r == 0)
                directory_touch(directory, entry);
        entry_clear(&seen);
        return r;
}

int directory_load(Directory *directory, char *text, size_t size)
{
        LDIFFP *file = ldif_open_mem(text, size, "r");
        unsigned long line = 0;
        char *record = NULL;
        int allocated = 0, r;

        if (!file)
                return -1;

        while ((r = ldif_read_record(file, &line, &record, &allocated)) > 0) {
                r = load_record(directory, record);
                if (r < 0)
                        break;
        }

        ber_memfree(record);
        ldif_close(file);
        return r;
}
