/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/core/config-internal.h"
#include "lib/core/dn.h"
#include "lib/core/rule-site.h"
#include "lib/core/suggest.h"

enum {
        SKIP_SECTION = 1, /* a problem was told; nothing in it can be judged */
};

/* From files to values: the state of one config_load(). */
typedef struct Loader {
        Config *config;
        ConfigMarks singles;  /* of [scand], [storage], [tenant] */
        ConfigMarks *domains; /* of config->domains, one each */
        ConfigMarks *rules;   /* of config->rules, one each */
        Buffer problems;

        /* The section whose options are coming. */
        const char *section; /* in the table; NULL: none */
        size_t index;        /* of the domain or rule */
} Loader;

static void loader_done(Loader *loader)
{
        config_free(loader->config);
        free(loader->domains);
        free(loader->rules);
        buffer_done(&loader->problems);
}

/* One problem: the complaint, and "; did you mean [BEST]?" where something is near. */
static int complain_near(Loader *loader, const ConfigLine *line, const char *complaint,
                         const char *before, const Suggestion *suggestion, const char *after)
{
        int r;

        r = config_problem_begin(&loader->problems, line->file, line->line, line->section,
                                 line->option);
        if (r >= 0)
                r = buffer_append_string(&loader->problems, complaint);
        if (r >= 0 && suggestion && suggestion->best)
                r = buffer_append_format(&loader->problems, "%s%s%s", before, suggestion->best,
                                         after);
        if (r >= 0)
                r = buffer_append_byte(&loader->problems, '\n');
        return r;
}

static int complain(Loader *loader, const ConfigLine *line, const char *complaint)
{
        return complain_near(loader, line, complaint, NULL, NULL, NULL);
}

/* --- sections --- */

/* Room for the marks of one more section. */
static int add_marks(ConfigMarks **marks, size_t n)
{
        ConfigMarks *larger;

        larger = reallocarray(*marks, n + 1, sizeof(**marks));
        if (!larger)
                return -ENOMEM;

        larger[n] = (ConfigMarks){ 0 };
        *marks = larger;
        return 0;
}

static int add_domain(Loader *loader, const char *name, const ConfigLine *line)
{
        Config *config = loader->config;
        DomainConfig *domains, *domain;
        int r;

        r = add_marks(&loader->domains, config->n_domains);
        if (r < 0)
                return r;
        domains = reallocarray(config->domains, config->n_domains + 1, sizeof(*domains));
        if (!domains)
                return -ENOMEM;
        config->domains = domains;

        domain = &domains[config->n_domains];
        *domain = (DomainConfig){ .file = line->file, .line = line->line };
        domain->name = strdup(name);
        if (!domain->name)
                return -ENOMEM;
        for (char *c = domain->name; *c; c++)
                *c = (char)tolower((unsigned char)*c);

        /* From here on config_free() frees it. */
        config->n_domains++;
        return config_section_reset("domain", domain);
}

static int open_domain(Loader *loader, const char *name, const ConfigLine *line)
{
        const DomainConfig *domain;
        int r;

        if (!config_is_domain(name)) {
                r = complain(loader, line, "this is no domain; write [domain corp.example.com]");
                return r < 0 ? r : SKIP_SECTION;
        }

        domain = config_find_domain(loader->config, name);
        if (!domain) {
                r = add_domain(loader, name, line);
                if (r < 0)
                        return r;
                domain = &loader->config->domains[loader->config->n_domains - 1];
        }

        loader->section = "domain";
        loader->index = (size_t)(domain - loader->config->domains);
        return 0;
}

/* What is no rule of the table becomes one of the site's own, at this line. */
static int make_own_rule(Loader *loader, const char *id, const ConfigLine *line, Rule **ret)
{
        _cleanup_buffer_ Buffer where = BUFFER_INIT;
        size_t number = 0;
        int r;

        while (config_own_rule(loader->config, number))
                number++;

        r = buffer_append_format(&where, "%s:%u", line->file, line->line);
        if (r < 0)
                return r;
        if (!buffer_string(&where))
                return -ENOMEM;

        return rule_site_new(id, buffer_string(&where), number, ret);
}

static int open_rule(Loader *loader, const char *id, const ConfigLine *line)
{
        Config *config = loader->config;
        RuleSetting *rules;
        Rule *own = NULL;
        int r;

        if (!rule_site_id_is_valid(id)) {
                r = complain(
                        loader, line,
                        "this is no name of a rule; write small letters, digits and hyphens, 64 "
                        "at most: [rule no-sync-marker]");
                return r < 0 ? r : SKIP_SECTION;
        }

        loader->section = "rule";
        for (loader->index = 0; loader->index < config->n_rules; loader->index++)
                if (strcmp(config->rules[loader->index].id, id) == 0)
                        return 0;

        r = add_marks(&loader->rules, config->n_rules);
        if (r < 0)
                return r;
        rules = reallocarray(config->rules, config->n_rules + 1, sizeof(*rules));
        if (!rules)
                return -ENOMEM;
        config->rules = rules;

        if (!rule_find(id)) {
                r = make_own_rule(loader, id, line, &own);
                if (r < 0)
                        return r;
        }

        loader->rules[config->n_rules].section = (ConfigMark){ line->file, line->line };
        rules[config->n_rules++] = (RuleSetting){
                .id = rule_id(own ?: rule_find(id)),
                .own = own,
        };
        return 0;
}

/* A section that makes no whole rule is most likely a built-in rule's whose name was mistyped. */
static int complain_rule(Loader *loader, const RuleSetting *setting, const ConfigMark *mark)
{
        _cleanup_buffer_ Buffer section = BUFFER_INIT, complaint = BUFFER_INIT;
        Suggestion suggestion;
        int r;

        suggestion_init(&suggestion, setting->id);
        for (size_t i = 0; i < rule_count(); i++)
                suggestion_consider(&suggestion, rule_id(rule_at(i)));

        r = buffer_append_format(&section, "rule %s", setting->id);
        if (r >= 0)
                r = buffer_append_format(
                        &complaint,
                        "scand has no such rule (scanctl rules lists them), and for "
                        "one of your own %s is missing",
                        rule_site_lacks(setting->own));
        if (r < 0)
                return r;
        if (!buffer_string(&section) || !buffer_string(&complaint))
                return -ENOMEM;

        return complain_near(loader,
                             &(ConfigLine){ .file = mark->file,
                                            .line = mark->line,
                                            .section = buffer_string(&section) },
                             buffer_string(&complaint), "; did you mean [rule ", &suggestion, "]?");
}

/* Its filter was told to be wrong already: nobody needs to hear that it is missing. */
static bool filter_is_told(const ConfigMarks *marks)
{
        return marks->entries[config_entry_index(config_find_entry("rule", "Filter"))].file;
}

static int finish_rule(Loader *loader, size_t index)
{
        const RuleSetting *setting = &loader->config->rules[index];
        const ConfigMarks *marks = &loader->rules[index];
        const char *lacks;

        if (!setting->own)
                return 0;

        lacks = rule_site_lacks(setting->own);
        if (!lacks)
                return rule_site_finish(setting->own);
        if (strcmp(lacks, "Filter=") == 0 && filter_is_told(marks))
                return 0;
        return complain_rule(loader, setting, &marks->section);
}

/* "domain" and the rest of "domain corp.example"; NULL: another word. */
static const char *argument_of(const char *title, const char *word)
{
        size_t n = strlen(word);

        if (strncasecmp(title, word, n) != 0 || (title[n] != ' ' && title[n] != '\t'))
                return NULL;
        return title + n + strspn(title + n, " \t");
}

static int complain_section(Loader *loader, const ConfigLine *line)
{
        static const char *const candidates[] = { "scand", "storage", "tenant", "domain", "rule" };
        Suggestion suggestion;
        int r;

        suggestion_init(&suggestion, line->section);
        for (size_t i = 0; i < ARRAY_SIZE(candidates); i++)
                suggestion_consider(&suggestion, candidates[i]);

        r = complain_near(loader, line,
                          "there is no such section; there are [scand], [storage], [tenant], "
                          "[domain NAME] and [rule ID]",
                          "; did you mean [", &suggestion, "]?");
        return r < 0 ? r : SKIP_SECTION;
}

static int open_section(Loader *loader, const ConfigLine *line)
{
        static const char *const singles[] = { "scand", "storage", "tenant" };
        const char *argument;

        loader->section = NULL;

        for (size_t i = 0; i < ARRAY_SIZE(singles); i++)
                if (strcasecmp(line->section, singles[i]) == 0) {
                        loader->section = singles[i];
                        return 0;
                }

        argument = argument_of(line->section, "domain");
        if (argument)
                return open_domain(loader, argument, line);

        argument = argument_of(line->section, "rule");
        if (argument)
                return open_rule(loader, argument, line);

        return complain_section(loader, line);
}

/* --- values --- */

static int complain_option(Loader *loader, const ConfigLine *line)
{
        const ConfigEntry *entry;
        Suggestion suggestion;

        suggestion_init(&suggestion, line->option);
        for (size_t i = 0; (entry = config_entry(i)); i++)
                if (strcmp(entry->option.section, loader->section) == 0)
                        suggestion_consider(&suggestion, entry->option.name);
        if (suggestion.best)
                return complain_near(loader, line, "there is no such option", "; did you mean ",
                                     &suggestion, "=?");

        /* The right name in the wrong place. */
        for (size_t i = 0; (entry = config_entry(i)); i++)
                if (strcasecmp(entry->option.name, line->option) == 0)
                        suggestion = (Suggestion){ .best = entry->option.section };
        return complain_near(loader, line, "there is no such option in this section",
                             "; it belongs into [", &suggestion, "]");
}

static ConfigMarks *current_marks(Loader *loader)
{
        if (strcmp(loader->section, "domain") == 0)
                return &loader->domains[loader->index];
        if (strcmp(loader->section, "rule") == 0)
                return &loader->rules[loader->index];
        return &loader->singles;
}

static void *current_data(Loader *loader)
{
        if (strcmp(loader->section, "domain") == 0)
                return &loader->config->domains[loader->index];
        if (strcmp(loader->section, "rule") == 0)
                return &loader->config->rules[loader->index];
        return loader->config;
}

static int complain_twice(Loader *loader, const ConfigLine *line, unsigned first)
{
        _cleanup_buffer_ Buffer complaint = BUFFER_INIT;
        int r;

        r = buffer_append_format(&complaint, "already given on line %u", first);
        if (r < 0)
                return r;

        return complain(loader, line, buffer_string(&complaint) ?: "already given");
}

/* An OU of another domain selects nothing: said here, where the line is known, and not once all are together. */
static int check_ou(Loader *loader, const ConfigLine *line)
{
        const char *domain = loader->config->domains[loader->index].name;
        _cleanup_buffer_ Buffer name = BUFFER_INIT, complaint = BUFFER_INIT;
        int r;

        r = dn_to_domain(SLICE(line->value), &name);
        if (r < 0)
                return r;
        if (strcasecmp(buffer_string(&name) ?: "", domain) == 0)
                return 0;

        r = buffer_append_format(&complaint, "%s is not in this domain", line->value);
        if (r < 0)
                return r;

        return complain(loader, line, buffer_string(&complaint) ?: "is not in this domain");
}

/*
 * A file that comes later adds to lists and decides the rest, as drop-ins do for units; an empty value takes back what was
 * given so far. In one file, an option that is no list and stands there twice is a mistake: nobody sees which one counts.
 */
static int take_value(Loader *loader, const ConfigLine *line)
{
        _cleanup_buffer_ Buffer problem = BUFFER_INIT;
        const ConfigEntry *entry;
        ConfigMark *mark;
        int r;

        entry = config_find_entry(loader->section, line->option);
        if (!entry)
                return complain_option(loader, line);

        mark = &current_marks(loader)->entries[config_entry_index(entry)];
        if (mark->file == line->file && !entry->option.is_list)
                return complain_twice(loader, line, mark->line);

        if (!*line->value) {
                *mark = (ConfigMark){ 0 };
                return config_entry_reset(entry, current_data(loader));
        }

        *mark = (ConfigMark){ line->file, line->line };
        r = entry->type->parse(entry, line->value, config_entry_field(entry, current_data(loader)),
                               &problem);
        if (r == -EINVAL)
                return complain(loader, line, buffer_string(&problem) ?: "cannot be understood");
        if (r < 0)
                return r;

        return entry->type == &config_type_dns ? check_ou(loader, line) : 0;
}

static int take_line(const ConfigLine *line, void *userdata)
{
        Loader *loader = userdata;

        return line->option ? take_value(loader, line) : open_section(loader, line);
}

/* --- files --- */

/* Keeps the name for as long as the configuration lives. */
static int add_file(Config *config, const char *directory, const char *name, const char **ret)
{
        struct ConfigMemory *memory = config->memory;
        char **files, *file;

        files = reallocarray(memory->files, memory->n_files + 1, sizeof(*files));
        if (!files)
                return -ENOMEM;
        memory->files = files;

        if (directory) {
                if (asprintf(&file, "%s/%s", directory, name) < 0)
                        return -ENOMEM;
        } else {
                file = strdup(name);
                if (!file)
                        return -ENOMEM;
        }

        files[memory->n_files++] = file;
        *ret = file;
        return 0;
}

static int load_file(Loader *loader, const char *directory, const char *name)
{
        const char *file;
        int r, k;

        r = add_file(loader->config, directory, name, &file);
        if (r < 0)
                return r;

        r = config_file_read(file, &loader->problems, take_line, loader);
        if (r == 0 || r == -ENOMEM)
                return r;

        k = config_problem_begin(&loader->problems, file, 0, NULL, NULL);
        if (k >= 0)
                k = buffer_append_format(&loader->problems, "cannot be read: %s\n", strerror(-r));
        return k < 0 ? k : r;
}

static int is_drop_in(const struct dirent *entry)
{
        size_t n = strlen(entry->d_name);

        return entry->d_name[0] != '.' && n > 5 && strcmp(entry->d_name + n - 5, ".conf") == 0;
}

/* By bytes: the same order in every locale. */
static int compare_names(const struct dirent **a, const struct dirent **b)
{
        return strcmp((*a)->d_name, (*b)->d_name);
}

static int load_drop_ins(Loader *loader, const char *directory)
{
        struct dirent **entries = NULL;
        int n, r = 0, k;

        n = scandir(directory, &entries, is_drop_in, compare_names);
        if (n < 0) {
                r = -errno;
                if (r == -ENOENT)
                        return 0;
                k = config_problem_begin(&loader->problems, directory, 0, NULL, NULL);
                if (k >= 0)
                        k = buffer_append_format(&loader->problems, "cannot be read: %s\n",
                                                 strerror(-r));
                return k < 0 ? k : r;
        }

        for (int i = 0; i < n; i++) {
                if (r == 0)
                        r = load_file(loader, directory, entries[i]->d_name);
                free(entries[i]);
        }

        free(entries);
        return r;
}

static int finish(Loader *loader)
{
        Config *config = loader->config;
        int r;

        for (size_t i = 0; i < config->n_domains; i++) {
                DomainConfig *domain = &config->domains[i];

                if (domain->poll_interval == 0)
                        domain->poll_interval = config->poll_interval;

                r = config_check_domain(domain, &loader->domains[i], &loader->problems);
                if (r < 0)
                        return r;
        }

        for (size_t i = 0; i < config->n_rules; i++) {
                r = finish_rule(loader, i);
                if (r < 0)
                        return r;
        }

        return loader->problems.size > 0 ? -EINVAL : config_find_memberships(config);
}

int config_load(const char *file, const char *drop_in_directory, Config **ret, char **ret_error)
{
        _cleanup_(loader_done) Loader loader = { .problems = BUFFER_INIT };
        int r;

        r = config_new(&loader.config);
        if (r >= 0)
                r = load_file(&loader, NULL, file);
        if (r >= 0 && drop_in_directory)
                r = load_drop_ins(&loader, drop_in_directory);
        if (r >= 0)
                r = finish(&loader);
        if (r < 0) {
                if (r == -ENOMEM)
                        (void)buffer_append_string(&loader.problems, "out of memory\n");
                *ret_error = buffer_steal_string(&loader.problems);
                return r;
        }

        *ret = TAKE_PTR(loader.config);
        return 0;
}
