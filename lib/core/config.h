/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * /etc/scand/scand.conf and scand.conf.d/ beside it, read by libini_config: what every section and option means is in the
 * table in config.c and in scand.conf(5). Reading touches nothing but those files: secrets are named here and opened by the
 * daemon at each bind.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/core/filter.h"
#include "lib/core/rule.h"
#include "lib/core/tenant.h"

typedef enum BindMethod {
        BIND_GSSAPI,
        BIND_SPNEGO,
        BIND_SIMPLE,
} BindMethod;

typedef enum TlsMode {
        TLS_NONE,
        TLS_STARTTLS,
        TLS_LDAPS,
} TlsMode;

/* Objects that do not match are left out; what nobody can tell, because an attribute is unknown, stays in. */
typedef struct ScopeFilter {
        char *text; /* as filter_print() writes it; NULL: all objects */
        Filter *parsed;
} ScopeFilter;

typedef struct DomainConfig {
        char *name;       /* FQDN in lower case: the section's title */
        char **servers;   /* "dc1.corp.example", "10.0.0.1", "[fd00::1]:636"; NULL: DNS SRV */
        char *site;       /* Site=: preferred site; NULL: as the LDAP ping says */
        BindMethod bind;
        char *keytab;     /* NULL: the system's client keytab */
        char *principal;  /* "svc-scand@CORP.EXAMPLE"; NULL: the keytab's first */
        char *kdc;        /* "host[:port]"; NULL: the domain controller itself */
        char *bind_dn;    /* simple bind: DN or UPN */
        char *password_file; /* "credential:NAME" stands for the systemd credential of that name */
        TlsMode tls;
        bool tls_verify;  /* TLSVerify=no is the opt-out that warns at every start */
        char *ca_file;    /* NULL: the system's */
        char **include_ou; /* DNs; NULL: the whole domain */
        char **exclude_ou;
        ScopeFilter scope;  /* Filter= */
        unsigned poll_interval; /* seconds */
        const char *file; /* where the section begins, for messages; borrowed from the Config */
        unsigned line;    /* 0: not known */
} DomainConfig;

/*
 * A group whose members are asked for: by GroupFilter=, or by memberOf in a rule of the site's own or in a domain's Filter=. And
 * other objects of which a filter asks who is linked with them: who reports to a manager, who manages somebody.
 */
typedef struct Membership {
        char *filter; /* "(memberOf=CN=…)", as a domain controller is sent it */
        char *group;
        AttributeId attribute; /* ATTRIBUTE_MEMBER_OF, or ATTRIBUTE_MEMBER_OF_CHAIN for all that nested groups bring; or another attribute_is_link() */
} Membership;

typedef struct Config {
        /* [scand] */
        char *state_directory;   /* /var/lib/scand */
        char *runtime_directory; /* /run/scand */
        int log_level;           /* syslog: LOG_ERR … LOG_DEBUG */
        unsigned poll_interval;  /* seconds, for domains that do not say */
        unsigned connect_timeout;
        unsigned request_timeout;
        unsigned page_size;

        /* [storage] */
        unsigned keep_deleted_days; /* 35 */
        unsigned keep_events_days;  /* 400 */
        unsigned stage_memory_mib;  /* 32 */

        DomainConfig *domains;
        size_t n_domains;
        Tenant tenant;
        RuleSetting *rules; /* in the order of the files; their own rules are ours */
        size_t n_rules;

        Membership *memberships; /* each once */
        size_t n_memberships;
        Filter *group_scope; /* GroupFilter= as a filter; NULL: none */

        struct ConfigMemory *memory; /* private */
} Config;

/*
 * Reads file and, sorted by name, every *.conf in drop_in_directory (which may be missing; NULL: none). 0, or
 *   -ENOENT, -EACCES, …  the file cannot be read
 *   -EINVAL              something in it is wrong
 * with one line a problem in *ret_error ("FILE:LINE: [SECTION] OPTION=: what is wrong, what would be right"); the caller
 * frees it. All problems are reported, not only the first. *ret only on success.
 */
int config_load(const char *file, const char *drop_in_directory, Config **ret, char **ret_error);

/* The defaults, with no domain: for programs that were given no file. */
int config_new(Config **ret);
Config *config_free(Config *config);
DEFINE_CLEANUP(Config, config_free)

const DomainConfig *config_find_domain(const Config *config, const char *name);

/* A rule of the table, or of the site's own. NULL: there is none of that name. */
const Rule *config_find_rule(const Config *config, const char *id);

/* The site's own rules, in the order of the files. NULL: past the end. */
const Rule *config_own_rule(const Config *config, size_t index);

/* Adds all that judging reads of every object: evaluate_attributes(), and what the site's own rules and the domains' filters name. */
void config_attributes(const Config *config, AttributeSet *set);

/*
 * What must happen for `next` to apply where `previous` is running, from nothing to most. One change may ask for two of
 * them (new servers and new OUs): config_derivation() tells for certain whether the cache must be judged again.
 */
typedef enum ConfigEffect {
        CONFIG_SAME,
        CONFIG_RELOAD,     /* intervals, limits: a reload is enough */
        CONFIG_REEVALUATE, /* rules, tenant, OU lists: a reload judges the cache again */
        CONFIG_RECONNECT,  /* servers, bind, TLS of some domain: a reload connects anew */
        CONFIG_RESTART,    /* folders: only a restart applies it */
} ConfigEffect;

const char *config_effect_name(ConfigEffect effect); /* "reload", "reconnect", … */

/* Compares one domain, NULL for absent (which asks for CONFIG_RECONNECT). */
ConfigEffect config_compare_domain(const DomainConfig *previous, const DomainConfig *next);

/* Compares all but the domains. *ret_option names the option that asks for most, "StateDirectory"; NULL allowed. */
ConfigEffect config_compare(const Config *previous, const Config *next, const char **ret_option);

/* A hash over all that verdicts depend on (tenant, rule settings, OU lists): kept in the database's meta table. */
uint64_t config_derivation(const Config *config);

/* One row of the option table, as scand.conf(5) shows it. */
typedef struct ConfigOption {
        const char *section;  /* "scand", "storage", "domain", "tenant", "rule" */
        const char *name;     /* "PollInterval" */
        const char *syntax;   /* "SECONDS", "yes|no" */
        const char *fallback; /* what holds when it is not given, NULL: nothing */
        bool is_list;         /* given again, it adds */
        ConfigEffect effect;  /* of a change */
        const char *help;     /* one line */
} ConfigOption;

/* All options, in the order of the manual page. NULL: past the end. */
const ConfigOption *config_option(size_t index);
