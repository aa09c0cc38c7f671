/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "lib/core/config-internal.h"
#include "lib/core/dn.h"
#include "lib/core/hash.h"
#include "lib/core/target.h"

int config_value_wrong(Buffer *problem, const char *value, const char *complaint)
{
        int r;

        r = buffer_append_byte(problem, '\'');
        if (r < 0)
                return r;
        r = text_escape(value, strlen(value), 80, problem);
        if (r < 0)
                return r;
        r = buffer_append_format(problem, "' %s", complaint);
        if (r < 0)
                return r;

        /* libini_config takes it as a part of the value, and everybody once writes it there. */
        if (strstr(value, " #") || strstr(value, " ;")) {
                r = buffer_append_string(problem, "; a comment must stand on a line of its own");
                if (r < 0)
                        return r;
        }

        return -EINVAL;
}

/* --- strings --- */

static void string_clear(void *field)
{
        char **string = field;

        free(*string);
        *string = NULL;
}

static bool string_equal(const void *a, const void *b)
{
        const char *const *left = a, *const *right = b;

        if (!*left || !*right)
                return *left == *right;
        return strcmp(*left, *right) == 0;
}

static uint64_t string_hash(uint64_t hash, const void *field)
{
        const char *const *string = field;

        /* With its NUL, so that "ab" "c" is not "a" "bc". What is not there is no empty string. */
        return *string ? hash_bytes(hash, *string, strlen(*string) + 1) : hash_bytes(hash, "\1", 1);
}

static int string_set(void *field, const char *value)
{
        char **string = field;
        char *copy;

        copy = strdup(value);
        if (!copy)
                return -ENOMEM;

        free(*string);
        *string = copy;
        return 0;
}

static int parse_string(const ConfigEntry *entry, const char *value, void *field, Buffer *problem)
{
        return string_set(field, value);
}

const ConfigType config_type_string = {
        parse_string,
        string_clear,
        string_equal,
        string_hash,
};

static int parse_path(const ConfigEntry *entry, const char *value, void *field, Buffer *problem)
{
        if (value[0] != '/' || strstr(value, " #") || strstr(value, " ;"))
                return config_value_wrong(problem, value,
                                          "is no absolute path, it must begin with /");

        return string_set(field, value);
}

const ConfigType config_type_path = {
        parse_path,
        string_clear,
        string_equal,
        string_hash,
};

#define CREDENTIAL "credential:"

static int parse_secret(const ConfigEntry *entry, const char *value, void *field, Buffer *problem)
{
        const char *name;

        if (strncmp(value, CREDENTIAL, strlen(CREDENTIAL)) != 0)
                return parse_path(entry, value, field, problem);

        /* A file name in the credentials directory, never a way out of it. */
        name = value + strlen(CREDENTIAL);
        if (!*name || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
                return config_value_wrong(problem, value,
                                          "names no credential, it must be credential:NAME");

        return string_set(field, value);
}

const ConfigType config_type_secret = {
        parse_secret,
        string_clear,
        string_equal,
        string_hash,
};

bool config_is_domain(const char *text)
{
        size_t label = 0;

        if (!*text || strlen(text) > 253)
                return false;

        for (const char *c = text; *c; c++) {
                if (*c == '.') {
                        if (label == 0 || label > 63)
                                return false;
                        label = 0;
                        continue;
                }
                if (!isalnum((unsigned char)*c) && *c != '-' && *c != '_')
                        return false;
                label++;
        }

        return label > 0 && label <= 63;
}

static int domain_set(void *field, const char *value)
{
        int r;

        r = string_set(field, value);
        if (r < 0)
                return r;

        for (char *c = *(char **)field; *c; c++)
                *c = (char)tolower((unsigned char)*c);
        return 0;
}

static int parse_domain(const ConfigEntry *entry, const char *value, void *field, Buffer *problem)
{
        if (!config_is_domain(value))
                return config_value_wrong(problem, value, "is no domain name");

        return domain_set(field, value);
}

const ConfigType config_type_domain = {
        parse_domain,
        string_clear,
        string_equal,
        string_hash,
};

static int parse_version(const ConfigEntry *entry, const char *value, void *field, Buffer *problem)
{
        if (!isdigit((unsigned char)value[0]) || value[strspn(value, "0123456789.")])
                return config_value_wrong(problem, value,
                                          "is no version, it must be like 2.4.18.0");

        return string_set(field, value);
}

const ConfigType config_type_version = {
        parse_version,
        string_clear,
        string_equal,
        string_hash,
};

static bool is_dn(const char *value)
{
        _cleanup_buffer_ Buffer normal = BUFFER_INIT;

        return dn_normalize(SLICE(value), &normal) >= 0 && normal.size > 0;
}

static int parse_dn(const ConfigEntry *entry, const char *value, void *field, Buffer *problem)
{
        if (!is_dn(value))
                return config_value_wrong(problem, value, "is no distinguished name");

        return string_set(field, value);
}

const ConfigType config_type_dn = {
        parse_dn,
        string_clear,
        string_equal,
        string_hash,
};

/* --- hosts --- */

static int check_server(const char *value, Buffer *problem)
{
        _cleanup_(target_done) Target target = TARGET_NULL;
        int r;

        r = target_parse(value, &target);
        if (r == -EINVAL)
                return config_value_wrong(
                        problem, value,
                        "is no server, it must be a name or an address, with :PORT if need be");
        return r;
}

static int parse_host(const ConfigEntry *entry, const char *value, void *field, Buffer *problem)
{
        int r;

        r = check_server(value, problem);
        if (r < 0)
                return r;

        return string_set(field, value);
}

const ConfigType config_type_host = {
        parse_host,
        string_clear,
        string_equal,
        string_hash,
};

/* --- lists of strings, ending with NULL --- */

static size_t list_size(char *const *list)
{
        size_t n = 0;

        while (list && list[n])
                n++;
        return n;
}

static void list_clear(void *field)
{
        char ***list = field;

        for (size_t i = 0; *list && (*list)[i]; i++)
                free((*list)[i]);
        free(*list);
        *list = NULL;
}

static bool list_equal(const void *a, const void *b)
{
        char *const *left = *(char *const *const *)a, *const *right = *(char *const *const *)b;
        size_t n = list_size(left);

        if (n != list_size(right))
                return false;
        for (size_t i = 0; i < n; i++)
                if (strcmp(left[i], right[i]) != 0)
                        return false;
        return true;
}

static uint64_t list_hash(uint64_t hash, const void *field)
{
        char *const *list = *(char *const *const *)field;

        for (size_t i = 0; list && list[i]; i++)
                hash = string_hash(hash, &list[i]);
        return hash_bytes(hash, "\2", 1);
}

/* Takes the string over on success. What is there already is not added again. */
static int list_add(void *field, char **string)
{
        char ***list = field, **larger;
        size_t n = list_size(*list);

        for (size_t i = 0; i < n; i++)
                if (strcmp((*list)[i], *string) == 0)
                        return 0;

        larger = reallocarray(*list, n + 2, sizeof(char *));
        if (!larger)
                return -ENOMEM;

        larger[n] = TAKE_PTR(*string);
        larger[n + 1] = NULL;
        *list = larger;
        return 0;
}

#define SEPARATORS " \t,"

/* Calls `check` for each word; adds them, in lower case, only where all are right. */
static int parse_words(const char *value, void *field, Buffer *problem,
                       int (*check)(const char *word, Buffer *problem))
{
        _cleanup_free_ char *words = NULL;
        char *state = NULL;
        int r;

        words = strdup(value);
        if (!words)
                return -ENOMEM;

        for (char *word = strtok_r(words, SEPARATORS, &state); word;
             word = strtok_r(NULL, SEPARATORS, &state)) {
                _cleanup_free_ char *copy = NULL;

                r = check(word, problem);
                if (r < 0)
                        return r;

                r = domain_set(&copy, word);
                if (r < 0)
                        return r;
                r = list_add(field, &copy);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int parse_servers(const ConfigEntry *entry, const char *value, void *field, Buffer *problem)
{
        return parse_words(value, field, problem, check_server);
}

const ConfigType config_type_servers = {
        parse_servers,
        list_clear,
        list_equal,
        list_hash,
};

static int check_domain(const char *value, Buffer *problem)
{
        return config_is_domain(value) ? 0
                                       : config_value_wrong(problem, value, "is no domain name");
}

static int parse_domains(const ConfigEntry *entry, const char *value, void *field, Buffer *problem)
{
        return parse_words(value, field, problem, check_domain);
}

const ConfigType config_type_domains = {
        parse_domains,
        list_clear,
        list_equal,
        list_hash,
};

/* One DN a line: they hold commas, blanks and semicolons of their own. */
static int parse_dns(const ConfigEntry *entry, const char *value, void *field, Buffer *problem)
{
        _cleanup_free_ char *copy = NULL;

        if (!is_dn(value))
                return config_value_wrong(
                        problem, value,
                        "is no distinguished name; give the option again for each one");

        copy = strdup(value);
        return copy ? list_add(field, &copy) : -ENOMEM;
}

const ConfigType config_type_dns = {
        parse_dns,
        list_clear,
        list_equal,
        list_hash,
};
