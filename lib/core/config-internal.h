/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the files behind config.h share: the option table with the parts the manual page does not need, and the value types.
 *
 *   config-text.c   value types that are text: names, paths, hosts, DNs, and lists of them
 *   config-word.c   value types that are numbers or one of several words
 *   config-rule.c   value types of [rule ID]
 *   config-member.c which groups are asked who is in them
 *   config-filter.c value type of a domain's Filter=
 *   config-table.c  which options there are
 *   config-file.c   one file as libini_config reads it, line by line
 *   config-load.c   from lines to values
 *   config.c        life, checks over several options, comparing
 */

#include "lib/core/buffer.h"
#include "lib/core/config.h"

typedef struct ConfigEntry ConfigEntry;

/*
 * How the values of one type are read, reset, compared, hashed and freed. `field` points to the member that the entry's offset
 * names, in a Config, DomainConfig or RuleSetting after the entry's section.
 */
typedef struct ConfigType {
        /* 0, -ENOMEM, or -EINVAL with "what is wrong, what would be right" appended. A list's parse adds. */
        int (*parse)(const ConfigEntry *entry, const char *value, void *field, Buffer *problem);
        void (*clear)(void *field); /* frees; back to what stands when nothing was given and there is no fallback */
        bool (*equal)(const void *a, const void *b);
        uint64_t (*hash)(uint64_t hash, const void *field);
} ConfigType;

typedef struct ConfigName {
        const char *name;
        int value;
} ConfigName;

struct ConfigEntry {
        ConfigOption option;
        const ConfigType *type;
        size_t offset;
        int64_t least, most;     /* numbers */
        const ConfigName *names; /* enums; the last has no name */
};

/* config-table.c */
enum {
        CONFIG_ENTRIES_MAX = 64, /* a place for each entry's mark */
};

const ConfigEntry *config_entry(size_t index); /* NULL: past the end */
size_t config_entry_index(const ConfigEntry *entry);
const ConfigEntry *config_find_entry(const char *section, const char *name); /* in any case; NULL: none */

static inline void *config_entry_field(const ConfigEntry *entry, void *section)
{
        return (char *)section + entry->offset;
}

static inline const void *config_entry_field_const(const ConfigEntry *entry, const void *section)
{
        return (const char *)section + entry->offset;
}

/* Sets the entry to its fallback. 0 or -ENOMEM: a fallback that does not parse is our mistake. */
int config_entry_reset(const ConfigEntry *entry, void *section);

/* Sets, or frees, all entries of a section ("domain") in its struct. */
int config_section_reset(const char *name, void *section);
void config_section_clear(const char *name, void *section);

/* config-text.c, config-word.c */
extern const ConfigType config_type_path, config_type_secret, config_type_string, config_type_number,
        config_type_number64, config_type_boolean, config_type_tristate, config_type_enum,
        config_type_host, config_type_servers, config_type_domain, config_type_domains,
        config_type_dn, config_type_dns, config_type_attribute, config_type_version,
        config_type_user_match, config_type_anchor, config_type_scope;

/* config-rule.c: [rule ID]. Their field is the whole RuleSetting. */
extern const ConfigType config_type_severity, config_type_enabled, config_type_rule_class,
        config_type_kinds, config_type_filter, config_type_certainty, config_type_rule_attribute,
        config_type_advice;

/* Words. Each appends what is wrong where it gives -EINVAL. */
int config_parse_boolean(const char *value, Buffer *problem); /* 1, 0, or negative */
int config_parse_attribute(const char *value, AttributeId *ret, Buffer *problem);
int config_complain_names(const ConfigName *names, const char *value, Buffer *problem); /* "is none of …" */

/*
 * Appends "'VALUE' COMPLAINT", with as much of the value as a person wants to see. -EINVAL, for the caller to return, or -ENOMEM.
 */
int config_value_wrong(Buffer *problem, const char *value, const char *complaint);

/* Is it a DNS name: labels of letters, digits, '-' and '_', 63 at most each, 253 together? */
bool config_is_domain(const char *text);

/* config.c: where each option of a section was given last, for messages. */
typedef struct ConfigMark {
        const char *file; /* NULL: not given */
        unsigned line;
} ConfigMark;

typedef struct ConfigMarks {
        ConfigMark section; /* where it began; of rules only */
        ConfigMark entries[CONFIG_ENTRIES_MAX];
} ConfigMarks;

struct ConfigMemory {
        char **files; /* names that messages and sections point to */
        size_t n_files;
};

/* config-member.c: when all is read, what is asked about groups. 0 or -ENOMEM. */
int config_find_memberships(Config *config);

/* config-file.c */
typedef struct ConfigLine {
        const char *file;
        unsigned line; /* 0: not known */
        const char *section;
        const char *option; /* NULL: the section itself, before its options */
        const char *value;
} ConfigLine;

/* Positive, for a section: leave out its options. Negative ends the walk. */
typedef int (*ConfigFileFunction)(const ConfigLine *line, void *userdata);

/*
 * Reads a file and calls the function for each section and its options. `path` stands in the lines. 0, also where problems were
 * appended because the text is no such file; or negative: it cannot be read.
 */
int config_file_read(const char *path, Buffer *problems, ConfigFileFunction function, void *userdata);

/* config-load.c fills `marks`, one for each domain; config.c then checks what single values cannot tell. */
int config_check_domain(DomainConfig *domain, const ConfigMarks *marks, Buffer *problems);

/* Appends "FILE:LINE: [SECTION] OPTION=: " for a problem to follow; option may be NULL. 0 or -ENOMEM. */
int config_problem_begin(Buffer *problems, const char *file, unsigned line, const char *section,
                         const char *option);
