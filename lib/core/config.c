/* SPDX-License-Identifier: MIT */
#include "lib/core/config.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "lib/core/config-internal.h"
#include "lib/core/evaluate.h"
#include "lib/core/hash.h"
#include "lib/core/rule-site.h"
#include "lib/core/target.h"

/* The sections that stand once, all in the Config itself. */
static const char *const single_sections[] = { "scand", "storage", "tenant" };

static bool entry_is_single(const ConfigEntry *entry)
{
        for (size_t i = 0; i < ARRAY_SIZE(single_sections); i++)
                if (strcmp(entry->option.section, single_sections[i]) == 0)
                        return true;
        return false;
}

int config_new(Config **ret)
{
        _cleanup_(config_freep) Config *config = NULL;
        int r;

        config = calloc(1, sizeof(*config));
        if (!config)
                return -ENOMEM;

        tenant_init(&config->tenant);
        config->memory = calloc(1, sizeof(*config->memory));
        if (!config->memory)
                return -ENOMEM;

        for (size_t i = 0; i < ARRAY_SIZE(single_sections); i++) {
                r = config_section_reset(single_sections[i], config);
                if (r < 0)
                        return r;
        }

        *ret = TAKE_PTR(config);
        return 0;
}

Config *config_free(Config *config)
{
        if (!config)
                return NULL;

        for (size_t i = 0; i < ARRAY_SIZE(single_sections); i++)
                config_section_clear(single_sections[i], config);
        for (size_t i = 0; i < config->n_domains; i++) {
                config_section_clear("domain", &config->domains[i]);
                free(config->domains[i].name);
        }
        free(config->domains);
        for (size_t i = 0; i < config->n_rules; i++)
                rule_site_free(config->rules[i].own);
        free(config->rules);
        for (size_t i = 0; i < config->n_memberships; i++) {
                free(config->memberships[i].filter);
                free(config->memberships[i].group);
        }
        free(config->memberships);
        filter_free(config->group_scope);
        tenant_done(&config->tenant);

        for (size_t i = 0; config->memory && i < config->memory->n_files; i++)
                free(config->memory->files[i]);
        if (config->memory)
                free(config->memory->files);
        free(config->memory);
        free(config);
        return NULL;
}

const DomainConfig *config_find_domain(const Config *config, const char *name)
{
        for (size_t i = 0; i < config->n_domains; i++)
                if (strcasecmp(config->domains[i].name, name) == 0)
                        return &config->domains[i];

        return NULL;
}

const Rule *config_find_rule(const Config *config, const char *id)
{
        const Rule *rule = rule_find(id);

        for (size_t i = 0; !rule && i < config->n_rules; i++)
                if (strcmp(config->rules[i].id, id) == 0)
                        rule = config->rules[i].own;

        return rule;
}

const Rule *config_own_rule(const Config *config, size_t index)
{
        for (size_t i = 0; i < config->n_rules; i++)
                if (config->rules[i].own && index-- == 0)
                        return config->rules[i].own;

        return NULL;
}

void config_attributes(const Config *config, AttributeSet *set)
{
        const Rule *own;

        evaluate_attributes(&config->tenant, set);
        for (size_t i = 0; (own = config_own_rule(config, i)); i++) {
                rule_needed_attributes(own, set);
                attribute_set_add(set, rule_attribute(own));
        }
        for (size_t i = 0; i < config->n_domains; i++)
                if (config->domains[i].scope.parsed)
                        filter_attributes(config->domains[i].scope.parsed, set);

        /* Who is in a group is asked for otherwise: see Membership. */
        attribute_set_remove_links(set);
}

/* --- what single values cannot tell --- */

int config_problem_begin(Buffer *problems, const char *file, unsigned line, const char *section,
                         const char *option)
{
        int r;

        r = buffer_append_string(problems, file);
        if (r >= 0 && line > 0)
                r = buffer_append_format(problems, ":%u", line);
        if (r >= 0)
                r = buffer_append_string(problems, ": ");
        if (r >= 0 && section)
                r = buffer_append_format(problems, "[%s] ", section);
        if (r >= 0 && option)
                r = buffer_append_format(problems, "%s=: ", option);
        return r;
}

static const ConfigMark *find_mark(const ConfigMarks *marks, const char *option)
{
        const ConfigEntry *entry = config_find_entry("domain", option);

        assert(entry);
        return &marks->entries[config_entry_index(entry)];
}

static bool is_given(const ConfigMarks *marks, const char *option)
{
        return find_mark(marks, option)->file;
}

/* One line about an option of a domain: where it stands, or where its section does. */
static int complain(const DomainConfig *domain, const ConfigMarks *marks, const char *option,
                    const char *complaint, Buffer *problems)
{
        _cleanup_buffer_ Buffer section = BUFFER_INIT;
        const ConfigMark *mark = find_mark(marks, option);
        int r;

        r = buffer_append_format(&section, "domain %s", domain->name);
        if (r < 0)
                return r;

        r = config_problem_begin(problems, mark->file ?: domain->file,
                                 mark->file ? mark->line : domain->line, buffer_string(&section),
                                 option);
        if (r < 0)
                return r;

        return buffer_append_format(problems, "%s\n", complaint);
}

/* Options that say nothing where they stand: somebody believes that they do. */
static const struct {
        const char *option;
        unsigned binds; /* with which they mean something, 1 << BindMethod */
        unsigned tls;   /* likewise, 1 << TlsMode */
        const char *complaint;
} meanings[] = {
#define ANY      (~0U)
#define KERBEROS (1U << BIND_GSSAPI | 1U << BIND_SPNEGO)
        { "Keytab", KERBEROS, ANY, "means nothing with Bind=simple" },
        { "Principal", KERBEROS, ANY, "means nothing with Bind=simple" },
        { "KDC", KERBEROS, ANY, "means nothing with Bind=simple" },
        { "BindDN", ~KERBEROS, ANY, "means something with Bind=simple only" },
        { "PasswordFile", ~KERBEROS, ANY, "means something with Bind=simple only" },
        { "CAFile", ANY, ~(1U << TLS_NONE), "means something with TLS=ldaps or TLS=starttls only" },
        { "TLSVerify", ANY, ~(1U << TLS_NONE),
          "means something with TLS=ldaps or TLS=starttls only" },
#undef ANY
};

static int check_meanings(const DomainConfig *domain, const ConfigMarks *marks, Buffer *problems)
{
        int r;

        for (size_t i = 0; i < ARRAY_SIZE(meanings); i++) {
                if (!is_given(marks, meanings[i].option) ||
                    (meanings[i].binds & 1U << domain->bind && meanings[i].tls & 1U << domain->tls))
                        continue;
                r = complain(domain, marks, meanings[i].option, meanings[i].complaint, problems);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int check_simple_bind(const DomainConfig *domain, const ConfigMarks *marks, Buffer *problems)
{
        int r = 0;

        if (domain->tls == TLS_NONE)
                r = complain(domain, marks, "TLS",
                             "a simple bind would send the password in the clear; take TLS=ldaps, "
                             "TLS=starttls or Bind=gssapi",
                             problems);
        if (r >= 0 && !domain->bind_dn)
                r = complain(domain, marks, "BindDN",
                             "is missing; Bind=simple needs the account's DN or UPN", problems);
        if (r >= 0 && !domain->password_file)
                r = complain(domain, marks, "PasswordFile",
                             "is missing; Bind=simple needs a file or credential:NAME", problems);
        return r;
}

/* A service principal is made of a name: no DC has one for its address. */
static int check_server_names(const DomainConfig *domain, const ConfigMarks *marks,
                              Buffer *problems)
{
        int r;

        for (size_t i = 0; domain->servers && domain->servers[i]; i++) {
                _cleanup_buffer_ Buffer complaint = BUFFER_INIT;
                _cleanup_(target_done) Target target = TARGET_NULL;

                r = target_parse(domain->servers[i], &target);
                if (r < 0)
                        return r;
                if (!target_is_address(&target))
                        continue;

                r = buffer_append_format(
                        &complaint, "%s is an address; Kerberos needs the domain controller's name",
                        domain->servers[i]);
                if (r < 0)
                        return r;
                r = complain(domain, marks, "Servers", buffer_string(&complaint) ?: "", problems);
                if (r < 0)
                        return r;
        }

        return 0;
}

int config_check_domain(DomainConfig *domain, const ConfigMarks *marks, Buffer *problems)
{
        bool is_simple = domain->bind == BIND_SIMPLE;
        int r;

        if (!is_given(marks, "TLS"))
                domain->tls = is_simple ? TLS_LDAPS : TLS_NONE;

        r = check_meanings(domain, marks, problems);
        if (r < 0)
                return r;

        return is_simple ? check_simple_bind(domain, marks, problems)
                         : check_server_names(domain, marks, problems);
}

/* --- comparing --- */

const char *config_effect_name(ConfigEffect effect)
{
        static const char *const names[] = {
                [CONFIG_SAME] = "nothing",          [CONFIG_RELOAD] = "reload",
                [CONFIG_REEVALUATE] = "reevaluate", [CONFIG_RECONNECT] = "reconnect",
                [CONFIG_RESTART] = "restart",
        };

        return names[effect];
}

static bool entry_equal(const ConfigEntry *entry, const void *a, const void *b)
{
        return entry->type->equal(config_entry_field_const(entry, a),
                                  config_entry_field_const(entry, b));
}

ConfigEffect config_compare_domain(const DomainConfig *previous, const DomainConfig *next)
{
        ConfigEffect effect = CONFIG_SAME;
        const ConfigEntry *entry;

        if (!previous || !next)
                return previous == next ? CONFIG_SAME : CONFIG_RECONNECT;

        for (size_t i = 0; (entry = config_entry(i)); i++)
                if (strcmp(entry->option.section, "domain") == 0 && entry->option.effect > effect &&
                    !entry_equal(entry, previous, next))
                        effect = entry->option.effect;

        return effect;
}

/* The settings of rules, whatever their order and whatever says nothing. */
static uint64_t hash_rules(const Config *config)
{
        uint64_t sum = 0;
        const ConfigEntry *entry;

        for (size_t i = 0; i < config->n_rules; i++) {
                const RuleSetting *setting = &config->rules[i];
                uint64_t hash = hash_bytes(HASH_INIT, setting->id, strlen(setting->id));

                if (!setting->has_severity && !setting->is_disabled && !setting->own)
                        continue;
                for (size_t j = 0; (entry = config_entry(j)); j++)
                        if (strcmp(entry->option.section, "rule") == 0)
                                hash = entry->type->hash(hash,
                                                         config_entry_field_const(entry, setting));
                sum += hash_finish(hash);
        }

        return sum;
}

ConfigEffect config_compare(const Config *previous, const Config *next, const char **ret_option)
{
        ConfigEffect effect = CONFIG_SAME;
        const ConfigEntry *entry;
        const char *option = NULL;

        if (hash_rules(previous) != hash_rules(next)) {
                effect = CONFIG_REEVALUATE;
                option = "[rule]";
        }

        for (size_t i = 0; (entry = config_entry(i)); i++)
                if (entry_is_single(entry) && entry->option.effect > effect &&
                    !entry_equal(entry, previous, next)) {
                        effect = entry->option.effect;
                        option = entry->option.name;
                }

        if (ret_option)
                *ret_option = option;
        return effect;
}

uint64_t config_derivation(const Config *config)
{
        uint64_t hash = HASH_INIT, sum = hash_rules(config);
        const ConfigEntry *entry;

        for (size_t i = 0; (entry = config_entry(i)); i++)
                if (entry_is_single(entry) && entry->option.effect == CONFIG_REEVALUATE)
                        hash = entry->type->hash(hash, config_entry_field_const(entry, config));

        /* A sum, so that the order of sections does not count. The names do: who is scanned decides who joins whom. */
        for (size_t i = 0; i < config->n_domains; i++) {
                const DomainConfig *domain = &config->domains[i];
                uint64_t of_domain = hash_bytes(HASH_INIT, domain->name, strlen(domain->name));

                for (size_t j = 0; (entry = config_entry(j)); j++)
                        if (strcmp(entry->option.section, "domain") == 0 &&
                            entry->option.effect == CONFIG_REEVALUATE)
                                of_domain = entry->type->hash(
                                        of_domain, config_entry_field_const(entry, domain));
                sum += hash_finish(of_domain);
        }

        return hash_finish(hash) + sum;
}
