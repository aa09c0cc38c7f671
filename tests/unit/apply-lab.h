/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Small directories in memory for the tests of apply: objects and containers that can be changed as an administrator would, read in
 * full or by delta as a feed would, and compared with what the database has made of them.
 */

#include "lib/core/config.h"
#include "lib/core/object.h"
#include "lib/state/apply.h"

#define LAB_VALUES 8

typedef struct LabAttribute {
        AttributeId id;
        char *values[LAB_VALUES];
        size_t n;
} LabAttribute;

typedef struct LabNode {
        unsigned number; /* makes its GUID */
        int parent;      /* index of a node; -1: the root */
        char *rdn;
        const char *class;
        bool is_deleted;
        int64_t usn;
        LabAttribute attributes[16];
        size_t n_attributes;
} LabNode;

/* One domain: what its domain controller holds, and how far it was read. */
typedef struct LabDomain {
        char name[64];
        LabNode *nodes; /* the first is the naming context's root */
        size_t n;
        int64_t usn; /* highestCommittedUSN */
        Guid invocation_id;
        bool is_unconfirmed; /* the next answers come from one that may be behind */
        Domain domain;
        const DomainConfig *config;
} LabDomain;

typedef struct Lab {
        Store *store;
        char *folder; /* NULL: the database is in memory */
        Config *config;
        LabDomain domains[2];
        size_t n_domains;
        uint64_t random;
        int64_t now;
        bool is_cramped; /* next to nothing of an answer fits into memory: it is staged and sorted in files */
        AttributeSet requested;
        ApplySummary summary; /* of the last answer */
} Lab;

/* With one or two domains, corp.example and sales.example, each with a root and nothing else. */
void lab_init(Lab *lab, size_t n_domains);
void lab_init_file(Lab *lab, size_t n_domains); /* the database in a file */
void lab_done(Lab *lab);

/* Configuration: `common` stands at the top, domain_options[i] in the sections of the domains. All may be NULL. */
void lab_configure(Lab *lab, const char *common, const char *first, const char *second);

/* For what a process does between its start and its end. */
void lab_close_store(Lab *lab);
void lab_open_store(Lab *lab);

/* Changes the directory of a domain. Attributes are "mail: a@b; proxyAddresses: SMTP:a@b"; binary ones are hex. */
int lab_add(Lab *lab, unsigned domain, int parent, const char *class, const char *rdn, const char *attributes);
int lab_add_user(Lab *lab, unsigned domain, int parent, const char *name, const char *address); /* a healthy one */
int lab_add_ou(Lab *lab, unsigned domain, int parent, const char *name);
void lab_set(Lab *lab, unsigned domain, int node, const char *attributes); /* replaces each that is named; "mail:" removes */
void lab_move(Lab *lab, unsigned domain, int node, int parent);
void lab_rename(Lab *lab, unsigned domain, int node, const char *rdn);
void lab_delete(Lab *lab, unsigned domain, int node); /* and all below */
void lab_restore(Lab *lab, unsigned domain, int node);
bool lab_is_below(const Lab *lab, unsigned domain, int node, int above);

Guid lab_guid(unsigned number);
char *lab_dn(const Lab *lab, unsigned domain, int node);                     /* the caller frees it */
void lab_object(const Lab *lab, unsigned domain, int node, Object *ret);     /* as the directory sends it now */

/* Answers, whole: read, staged in random order, accepted, applied in random steps. */
void lab_read(Lab *lab, unsigned domain); /* the first, or a later full one with its proofs of deletion */
void lab_poll(Lab *lab, unsigned domain);
void lab_reevaluate(Lab *lab, unsigned domain);

/* What Lab.is_cramped means, for an answer that has just begun. */
void lab_cramp(Apply *apply);

/* The same in pieces. */
Apply *lab_begin(Lab *lab, unsigned domain, ApplyKind kind);
void lab_stage(Lab *lab, Apply *apply, unsigned domain, int node);
void lab_stage_parents(Lab *lab, Apply *apply, unsigned domain); /* what nobody has brought, by base reads */
void lab_accept(Lab *lab, Apply *apply, unsigned domain, int64_t watermark);
void lab_finish(Lab *lab, Apply *apply); /* steps until committed, and frees it */

/*
 * All that the database says of the domains, in a form that does not depend on history: objects, names, claims, findings,
 * counters. The caller frees it.
 */
char *lab_dump(Lab *lab);

/* The same without what a first read has written and nobody may see. */
char *lab_dump_ready(Lab *lab);

/* All, of a fresh database that read the directories once. */
char *lab_dump_fresh(Lab *lab);

/* A number by SQL; a text, or NULL. */
int64_t lab_count(Lab *lab, const char *format, ...) _printf_(2, 3);
char *lab_text(Lab *lab, const char *format, ...) _printf_(2, 3);

/* How SQLite would go about a statement, one step a line. The caller frees it. */
char *lab_plan(Lab *lab, const char *sql);

/* Would SQLite make a table of its own for it, to sort in or for a list? */
bool lab_makes_table(Lab *lab, const char *sql);

/* How often SQLite has compiled it anew since its first use. */
int lab_recompilations(Lab *lab, QueryId query);

/* How many findings of a rule there are on a node. */
int64_t lab_findings(Lab *lab, unsigned domain, int node, const char *rule);

/* … and how many of those say that somebody else has its address, too. */
int64_t lab_disputes(Lab *lab, unsigned domain, int node);

/* How many live objects the database has. */
int64_t lab_objects(Lab *lab);

/* The database knows the node of the first domain by this name. */
void lab_expect_dn(Lab *lab, int node, const char *dn);

/* How many events of a type there are, of a rule or any (NULL). */
int64_t lab_events(Lab *lab, int type, const char *rule);
