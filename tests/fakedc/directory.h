/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the fake domain controller holds: entries with uSNChanged, objectGUID and tombstones as AD keeps them, in memory. It is a
 * test peer: it may abort when memory is short.
 */

#include <lber.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Attribute {
        char *name;
        struct berval *values; /* owned */
        size_t n_values;
} Attribute;

typedef struct Entry {
        char *dn;
        Attribute *attributes;
        size_t n_attributes;
        bool is_deleted;     /* shown with the control only */
        bool is_hidden;      /* by rights: for whoever asks it is not there */
        bool is_operational; /* configuration: has no part in the domain's naming context */
} Entry;

typedef struct Directory {
        char *base;      /* "DC=corp,DC=example" */
        char *domain;    /* "corp.example" */
        Entry **entries; /* pointers stay valid as entries are added */
        size_t n_entries;
        int64_t usn; /* highestCommittedUSN */
        uint8_t invocation_id[16];
        uint64_t random;

        void (*changed)(const Entry *entry, void *userdata); /* after each change; may be NULL */
        void *userdata;
} Directory;

/* A domain with the containers, the configuration and the schema that every domain has. */
void directory_init(Directory *directory, const char *domain, uint64_t seed);
void directory_done(Directory *directory);

Entry *directory_find(const Directory *directory, const char *dn); /* or "<GUID=…>"; NULL: none */
bool dn_read_guid(const char *dn, uint8_t ret[static 16]);         /* is it "<GUID=…>"? */
bool dn_is_below(const char *dn, const char *base);                /* or is it */
const char *dn_parent(const char *dn);                             /* points into it */

size_t directory_format_time(char *ret, size_t size); /* now, as AD writes it */

const Attribute *entry_attribute(const Entry *entry, const char *name);
void entry_set(Entry *entry, const char *name, const void *data,
               size_t size); /* replaces all values */
void entry_add(Entry *entry, const char *name, const void *data, size_t size);
void entry_remove(Entry *entry, const char *name);

/* These give uSNChanged and tell `changed`. */
Entry *directory_add(Directory *directory, const char *dn, const char *class);
void directory_touch(Directory *directory, Entry *entry);
void directory_delete(Directory *directory, Entry *entry);
void directory_rename(Directory *directory, Entry *entry,
                      const char *dn); /* and everything below, without a USN */

/* Adds n users with mail, proxyAddresses and so on, below OU=People. */
void directory_generate(Directory *directory, unsigned n);

/*
 * Adds records in LDIF, which is modified, or changes entries that are there: of an attribute that a record has, the record's values
 * are those it has then. 0 or -1.
 */
int directory_load(Directory *directory, char *text, size_t size);
