/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <syslog.h>

#include "lib/core/config-internal.h"

static const ConfigName log_levels[] = {
        { "error", LOG_ERR }, { "warning", LOG_WARNING }, { "notice", LOG_NOTICE },
        { "info", LOG_INFO }, { "debug", LOG_DEBUG },     { NULL, 0 },
};

static const ConfigName bind_methods[] = {
        { "gssapi", BIND_GSSAPI },
        { "spnego", BIND_SPNEGO },
        { "simple", BIND_SIMPLE },
        { NULL, 0 },
};

static const ConfigName tls_modes[] = {
        { "none", TLS_NONE },
        { "starttls", TLS_STARTTLS },
        { "ldaps", TLS_LDAPS },
        { NULL, 0 },
};

/*
 * The options. scand.conf(5) has an entry for each row, and a test compares them: a new row is a new entry there.
 *
 * The fallback of TLS= depends on Bind=, that of a domain's PollInterval= on [scand]: config_check_domain() fills them in.
 */
/* clang-format off */
#define OPTION(section, name, syntax, fallback, effect, help, of_type) \
        .option = { section, name, syntax, fallback, false, effect, help }, .type = &config_type_##of_type
#define LIST(section, name, syntax, effect, help, of_type) \
        .option = { section, name, syntax, NULL, true, effect, help }, .type = &config_type_##of_type
#define AT(struct, member) .offset = offsetof(struct, member)
#define RANGE(from, to) .least = (from), .most = (to)

static const ConfigEntry table[] = {
        { OPTION("scand", "LogLevel", "error|warning|notice|info|debug", "info", CONFIG_RELOAD,
                 "least important messages to log", enum), AT(Config, log_level), .names = log_levels },
        { OPTION("scand", "PollInterval", "SECONDS", "30", CONFIG_RELOAD,
                 "how often a domain is asked for changes", number), AT(Config, poll_interval), RANGE(2, 3600) },
        { OPTION("scand", "ConnectTimeout", "SECONDS", "15", CONFIG_RELOAD,
                 "for one attempt to connect and bind, DNS and Kerberos included", number),
          AT(Config, connect_timeout), RANGE(1, 300) },
        /* Longer than the 120 s after which AD itself gives up a query: its error says more than our deadline. */
        { OPTION("scand", "RequestTimeout", "SECONDS", "150", CONFIG_RELOAD,
                 "silence after which a connection is given up", number), AT(Config, request_timeout), RANGE(5, 3600) },
        { OPTION("scand", "PageSize", "NUMBER", "1000", CONFIG_RELOAD,
                 "objects asked for at a time; AD gives 1000 at most", number), AT(Config, page_size), RANGE(10, 1000) },
        { OPTION("scand", "StateDirectory", "PATH", "/var/lib/scand", CONFIG_RESTART,
                 "where the database is", path), AT(Config, state_directory) },
        { OPTION("scand", "RuntimeDirectory", "PATH", "/run/scand", CONFIG_RESTART,
                 "where the health file and the control socket are", path), AT(Config, runtime_directory) },

        { OPTION("storage", "KeepDeletedDays", "DAYS", "35", CONFIG_RELOAD,
                 "how long deleted objects are remembered", number), AT(Config, keep_deleted_days), RANGE(1, 3650) },
        { OPTION("storage", "KeepEventsDays", "DAYS", "400", CONFIG_RELOAD,
                 "how long the history goes back", number), AT(Config, keep_events_days), RANGE(1, 3650) },
        { OPTION("storage", "StageMemoryMiB", "MIB", "32", CONFIG_RELOAD,
                 "memory for an answer until it is complete; what is more goes to a file", number),
          AT(Config, stage_memory_mib), RANGE(1, 4096) },

        { LIST("domain", "Servers", "HOST[:PORT]…", CONFIG_RECONNECT,
               "domain controllers, tried in this order; none: DNS tells", servers), AT(DomainConfig, servers) },
        { OPTION("domain", "Site", "NAME", NULL, CONFIG_RECONNECT,
                 "preferred site; none: the domain controller tells", string), AT(DomainConfig, site) },
        { OPTION("domain", "Bind", "gssapi|spnego|simple", "gssapi", CONFIG_RECONNECT,
                 "how to authenticate", enum), AT(DomainConfig, bind), .names = bind_methods },
        { OPTION("domain", "Keytab", "PATH|credential:NAME", NULL, CONFIG_RECONNECT,
                 "Kerberos keytab; none: the system's client keytab", secret), AT(DomainConfig, keytab) },
        { OPTION("domain", "Principal", "NAME", NULL, CONFIG_RECONNECT,
                 "Kerberos principal; none: the first of the keytab", string), AT(DomainConfig, principal) },
        { OPTION("domain", "KDC", "HOST[:PORT]", NULL, CONFIG_RECONNECT,
                 "Kerberos server; none: the domain controller itself", host), AT(DomainConfig, kdc) },
        { OPTION("domain", "BindDN", "DN|UPN", NULL, CONFIG_RECONNECT,
                 "account of a simple bind", string), AT(DomainConfig, bind_dn) },
        { OPTION("domain", "PasswordFile", "PATH|credential:NAME", NULL, CONFIG_RECONNECT,
                 "file whose first line is its password", secret), AT(DomainConfig, password_file) },
        { OPTION("domain", "TLS", "ldaps|starttls|none", NULL, CONFIG_RECONNECT,
                 "none with Kerberos, which protects the connection by itself, else ldaps", enum),
          AT(DomainConfig, tls), .names = tls_modes },
        { OPTION("domain", "TLSVerify", "yes|no", "yes", CONFIG_RECONNECT,
                 "whether the server's certificate must be good", boolean), AT(DomainConfig, tls_verify) },
        { OPTION("domain", "CAFile", "PATH", NULL, CONFIG_RECONNECT,
                 "certificates to trust; none: the system's", path), AT(DomainConfig, ca_file) },
        { LIST("domain", "IncludeOU", "DN", CONFIG_REEVALUATE,
               "what the connector takes; none: the whole domain", dns), AT(DomainConfig, include_ou) },
        { LIST("domain", "ExcludeOU", "DN", CONFIG_REEVALUATE,
               "what it leaves out below that", dns), AT(DomainConfig, exclude_ou) },
        { OPTION("domain", "Filter", "FILTER", NULL, CONFIG_REEVALUATE,
                 "which objects of these it takes, as an LDAP filter; none: all", scope), AT(DomainConfig, scope) },
        { OPTION("domain", "PollInterval", "SECONDS", NULL, CONFIG_RELOAD,
                 "how often this domain is asked; none: as in [scand]", number),
          AT(DomainConfig, poll_interval), RANGE(2, 3600) },

        { OPTION("tenant", "InitialDomain", "DOMAIN", NULL, CONFIG_REEVALUATE,
                 "the tenant's first name, like contoso.onmicrosoft.com", domain), AT(Config, tenant.initial_domain) },
        { LIST("tenant", "VerifiedDomain", "DOMAIN…", CONFIG_REEVALUATE,
               "domains that the tenant has proved to own", domains), AT(Config, tenant.verified_domains) },
        { LIST("tenant", "FederatedDomain", "DOMAIN…", CONFIG_REEVALUATE,
               "those of them whose users sign in at a service of the company", domains),
          AT(Config, tenant.federated_domains) },
        { OPTION("tenant", "LoginAttribute", "ATTRIBUTE", "userPrincipalName", CONFIG_REEVALUATE,
                 "what people sign in with", attribute), AT(Config, tenant.login_attribute) },
        { OPTION("tenant", "UserMatch", "none|mail|sid|samaccountname+mailnickname|ATTRIBUTE", NULL, CONFIG_REEVALUATE,
                 "how the connector joins accounts of one person; none given: none is assumed", user_match),
          AT(Config, tenant) },
        { OPTION("tenant", "SourceAnchor", "ATTRIBUTE", NULL, CONFIG_REEVALUATE,
                 "what ties objects to the cloud; none given: mS-DS-ConsistencyGuid is assumed", anchor),
          AT(Config, tenant) },
        { OPTION("tenant", "RoutingDomain", "DOMAIN", NULL, CONFIG_REEVALUATE,
                 "where remote mailboxes are, like contoso.mail.onmicrosoft.com", domain),
          AT(Config, tenant.routing_domain) },
        { OPTION("tenant", "PasswordHashSync", "yes|no", NULL, CONFIG_REEVALUATE,
                 "whether the connector syncs password hashes", tristate), AT(Config, tenant.password_hash_sync) },
        { OPTION("tenant", "MemberLimit", "NUMBER", "250000", CONFIG_REEVALUATE,
                 "members above which a group is left out", number), AT(Config, tenant.member_limit), RANGE(1, 10000000) },
        { OPTION("tenant", "DeletionThreshold", "NUMBER", "500", CONFIG_REEVALUATE,
                 "deletions at which the connector stops", number),
          AT(Config, tenant.deletion_threshold), RANGE(1, 10000000) },
        { OPTION("tenant", "ConnectorBuild", "VERSION", NULL, CONFIG_REEVALUATE,
                 "the connector's version", version), AT(Config, tenant.connector_build) },
        { OPTION("tenant", "ConnectorAccount", "NAME", NULL, CONFIG_REEVALUATE,
                 "the connector's account in the directory", string), AT(Config, tenant.connector_account) },
        { OPTION("tenant", "GroupFilter", "DN", NULL, CONFIG_REEVALUATE,
                 "the group of a group-based scope: only its direct members are taken", dn), AT(Config, tenant.group_filter) },
        { OPTION("tenant", "Quota", "NUMBER", NULL, CONFIG_REEVALUATE,
                 "objects that the tenant may hold", number64), AT(Config, tenant.quota), RANGE(1, 1000000000) },

        { OPTION("rule", "Severity", "error|warning|notice", NULL, CONFIG_REEVALUATE,
                 "how much its findings matter here; of one's own rule: warning", severity) },
        { OPTION("rule", "Enabled", "yes|no", "yes", CONFIG_REEVALUATE,
                 "whether it is judged at all", enabled) },
        { OPTION("rule", "Class", "excluded|fails|altered|directory", NULL, CONFIG_REEVALUATE,
                 "of one's own rule: what becomes of the object", rule_class) },
        { OPTION("rule", "Filter", "FILTER", NULL, CONFIG_REEVALUATE,
                 "of one's own rule: the LDAP filter that says when", filter) },
        { OPTION("rule", "Kinds", "KIND,…", NULL, CONFIG_REEVALUATE,
                 "of one's own rule: which objects are judged; none given: all", kinds) },
        { OPTION("rule", "Certainty", "certain|probable", NULL, CONFIG_REEVALUATE,
                 "of one's own rule: how sure it is; none given: certain", certainty) },
        { OPTION("rule", "Attribute", "ATTRIBUTE", NULL, CONFIG_REEVALUATE,
                 "of one's own rule: what its findings name; none given: the filter's first", rule_attribute) },
        { OPTION("rule", "Advice", "TEXT", NULL, CONFIG_REEVALUATE,
                 "of one's own rule: what to do", advice) },
};
/* clang-format on */

static_assert(sizeof(table) / sizeof(table[0]) <= CONFIG_ENTRIES_MAX, "marks are too few");

const ConfigEntry *config_entry(size_t index)
{
        return index < ARRAY_SIZE(table) ? &table[index] : NULL;
}

size_t config_entry_index(const ConfigEntry *entry)
{
        return (size_t)(entry - table);
}

const ConfigEntry *config_find_entry(const char *section, const char *name)
{
        for (size_t i = 0; i < ARRAY_SIZE(table); i++)
                if (strcmp(table[i].option.section, section) == 0 &&
                    strcasecmp(table[i].option.name, name) == 0)
                        return &table[i];

        return NULL;
}

const ConfigOption *config_option(size_t index)
{
        return index < ARRAY_SIZE(table) ? &table[index].option : NULL;
}

int config_entry_reset(const ConfigEntry *entry, void *section)
{
        _cleanup_buffer_ Buffer problem = BUFFER_INIT;
        void *field = config_entry_field(entry, section);
        int r;

        entry->type->clear(field);
        if (!entry->option.fallback)
                return 0;

        r = entry->type->parse(entry, entry->option.fallback, field, &problem);
        assert(r != -EINVAL);
        return r;
}

int config_section_reset(const char *name, void *section)
{
        int r;

        for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
                if (strcmp(table[i].option.section, name) != 0)
                        continue;
                r = config_entry_reset(&table[i], section);
                if (r < 0)
                        return r;
        }

        return 0;
}

void config_section_clear(const char *name, void *section)
{
        for (size_t i = 0; i < ARRAY_SIZE(table); i++)
                if (strcmp(table[i].option.section, name) == 0)
                        table[i].type->clear(config_entry_field(&table[i], section));
}
