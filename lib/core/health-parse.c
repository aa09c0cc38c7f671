/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/core/health-fields.h"
#include "lib/core/json-member.h"
#include "lib/core/util.h"

typedef struct Parser {
        char *error; /* the first thing that is wrong, a sentence */
} Parser;

static int complain(Parser *parser, const char *key, const char *complaint)
{
        if (!parser->error && asprintf(&parser->error, "\"%s\" %s", key, complaint) < 0)
                parser->error = NULL;
        return -EBADMSG;
}

/* The inverse of record_format_time(): nothing else is ever written here. */
static int parse_time(const char *string, int64_t *ret)
{
        struct tm broken = { 0 };
        const char *end;

        end = strptime(string, "%Y-%m-%dT%H:%M:%SZ", &broken);
        if (!end || *end)
                return -EBADMSG;

        *ret = timegm(&broken);
        return 0;
}

static int read_string(Parser *parser, const char *key, json_object *value, char **ret)
{
        char *copy;

        if (!json_object_is_type(value, json_type_string))
                return complain(parser, key, "is not a string");

        copy = strdup(json_object_get_string(value));
        if (!copy)
                return -ENOMEM;

        free(*ret);
        *ret = copy;
        return 0;
}

static int read_integer(Parser *parser, const char *key, json_object *value, int64_t *ret)
{
        if (!json_object_is_type(value, json_type_int))
                return complain(parser, key, "is not a whole number");

        *ret = json_object_get_int64(value);
        return 0;
}

static int read_time(Parser *parser, const char *key, json_object *value, int64_t *ret)
{
        if (!json_object_is_type(value, json_type_string) ||
            parse_time(json_object_get_string(value), ret) < 0)
                return complain(parser, key, "is not a time such as 2026-11-21T09:36:36Z");

        return 0;
}

static int read_field(Parser *parser, json_object *object, const Field *field, void *base)
{
        void *member = (char *)base + field->offset;
        json_object *value;
        int64_t number;
        int r;

        if (!json_object_object_get_ex(object, field->key, &value) || !value)
                return 0;

        switch (field->type) {
        case FIELD_STRING:
                return read_string(parser, field->key, value, member);
        case FIELD_INTEGER:
                return read_integer(parser, field->key, value, member);
        case FIELD_UNSIGNED:
                r = read_integer(parser, field->key, value, &number);
                if (r < 0)
                        return r;
                if (number < 0 || number > UINT_MAX)
                        return complain(parser, field->key, "is out of range");
                *(unsigned *)member = (unsigned)number;
                return 0;
        case FIELD_TIME:
                return read_time(parser, field->key, value, member);
        case FIELD_BOOLEAN:
        case FIELD_TRISTATE:
                if (!json_object_is_type(value, json_type_boolean))
                        return complain(parser, field->key, "is neither true nor false");
                if (field->type == FIELD_BOOLEAN)
                        *(bool *)member = json_object_get_boolean(value);
                else
                        *(int *)member = json_object_get_boolean(value);
                return 0;
        }

        return -EINVAL;
}

static int read_fields(Parser *parser, json_object *object, const Field *fields, size_t n,
                       void *base)
{
        int r;

        for (size_t i = 0; i < n; i++) {
                r = read_field(parser, object, &fields[i], base);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* A member of a type. 1 found, 0 absent or null, negative. */
static int find(Parser *parser, json_object *object, const char *key, json_type type,
                json_object **ret)
{
        json_object *value;

        if (!json_object_object_get_ex(object, key, &value) || !value)
                return 0;
        if (!json_object_is_type(value, type))
                return complain(parser, key, "is of another type than it should be");

        *ret = value;
        return 1;
}

static int read_full_read(Parser *parser, json_object *object, HealthDomain *domain)
{
        json_object *read, *value;
        int r;

        r = find(parser, object, "full_read", json_type_object, &read);
        if (r <= 0)
                return r;

        domain->full_read_objects = 0;
        if (json_object_object_get_ex(read, "objects", &value) && value) {
                r = read_integer(parser, "objects", value, &domain->full_read_objects);
                if (r < 0)
                        return r;
        }
        if (json_object_object_get_ex(read, "since", &value) && value) {
                r = read_time(parser, "since", value, &domain->full_read_since);
                if (r < 0)
                        return r;
        }
        if (json_object_object_get_ex(read, "rate", &value))
                domain->full_read_rate = json_object_get_double(value);

        /* JSON has room for 1e999. Written so that what is no number at all is out of range too. */
        if (!(domain->full_read_rate >= 0 && domain->full_read_rate < 1e15))
                return complain(parser, "rate", "is out of range");
        return 0;
}

static int read_domains(Parser *parser, json_object *root, Health *health)
{
        json_object *array;
        size_t n;
        int r;

        r = find(parser, root, "domains", json_type_array, &array);
        if (r <= 0)
                return r;

        n = json_object_array_length(array);
        health->domains = calloc(n, sizeof(*health->domains));
        if (!health->domains && n > 0)
                return -ENOMEM;

        for (size_t i = 0; i < n; i++) {
                json_object *object = json_object_array_get_idx(array, i);
                HealthDomain *domain = &health->domains[health->n_domains++];

                *domain = HEALTH_DOMAIN_INIT;
                if (!json_object_is_type(object, json_type_object))
                        return complain(parser, "domains", "holds something else than objects");

                r = read_fields(parser, object, domain_fields, ARRAY_SIZE(domain_fields), domain);
                if (r < 0)
                        return r;
                r = read_full_read(parser, object, domain);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int read_rules(Parser *parser, json_object *root, Health *health)
{
        json_object *object;
        int r;

        r = find(parser, root, "rules", json_type_object, &object);
        if (r <= 0)
                return r;

        health->rules =
                calloc((size_t)json_object_object_length(object) + 1, sizeof(*health->rules));
        if (!health->rules)
                return -ENOMEM;

        json_object_object_foreach(object, key, value)
        {
                HealthRule *rule = &health->rules[health->n_rules++];

                rule->rule = strdup(key);
                if (!rule->rule)
                        return -ENOMEM;
                r = read_integer(parser, key, value, &rule->count);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int read_unknown(Parser *parser, json_object *root, Health *health)
{
        json_object *object;
        int r;

        r = find(parser, root, "rules_unknown", json_type_object, &object);
        if (r <= 0)
                return r;

        health->unknown =
                calloc((size_t)json_object_object_length(object) + 1, sizeof(*health->unknown));
        if (!health->unknown)
                return -ENOMEM;

        json_object_object_foreach(object, key, value)
        {
                HealthUnknown *unknown = &health->unknown[health->n_unknown++];

                unknown->rule = strdup(key);
                if (!unknown->rule)
                        return -ENOMEM;
                r = read_string(parser, key, value, &unknown->reason);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int read_health(Parser *parser, json_object *root, Health *health)
{
        json_object *value;
        int64_t schema = 0;
        int r;

        if (!json_object_object_get_ex(root, "schema", &value))
                return complain(parser, "schema", "is missing: this is no health file of scand");
        r = read_integer(parser, "schema", value, &schema);
        if (r < 0)
                return r;
        if (schema != HEALTH_SCHEMA)
                return complain(parser, "schema", "is one that this version does not know");

        r = read_fields(parser, root, head_fields, ARRAY_SIZE(head_fields), health);
        if (r >= 0)
                r = read_fields(parser, root, file_fields, ARRAY_SIZE(file_fields), health);
        if (r >= 0)
                r = read_fields(parser, root, tail_fields, ARRAY_SIZE(tail_fields), health);
        if (r >= 0 && json_object_object_get_ex(root, "objects", &value) && value)
                r = read_integer(parser, "objects", value, &health->objects);
        if (r >= 0)
                r = find(parser, root, "findings", json_type_object, &value);
        if (r > 0)
                r = read_fields(parser, value, finding_fields, ARRAY_SIZE(finding_fields), health);
        if (r >= 0)
                r = read_domains(parser, root, health);
        if (r >= 0)
                r = read_rules(parser, root, health);
        if (r >= 0)
                r = read_unknown(parser, root, health);
        return r;
}

/* The one object in the text; nothing but blanks may follow it. */
static int parse_text(Parser *parser, const char *text, size_t size, json_object **ret)
{
        _cleanup_json_ json_object *root = NULL;
        struct json_tokener *tokener;
        enum json_tokener_error error;
        size_t end;

        if (size > INT_MAX)
                return -EBADMSG;

        tokener = json_tokener_new();
        if (!tokener)
                return -ENOMEM;

        json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8 |
                                                JSON_TOKENER_ALLOW_TRAILING_CHARS);
        root = json_tokener_parse_ex(tokener, text, (int)size);
        error = json_tokener_get_error(tokener);
        end = json_tokener_get_parse_end(tokener);
        json_tokener_free(tokener);

        if (error != json_tokener_success) {
                parser->error =
                        strdup(error == json_tokener_continue ? "the file ends too early"
                                                              : json_tokener_error_desc(error));
                return -EBADMSG;
        }
        while (end < size && strchr(" \t\r\n", text[end]) && text[end])
                end++;
        if (end < size || !json_object_is_type(root, json_type_object)) {
                parser->error = strdup("the file is not one JSON object");
                return -EBADMSG;
        }

        *ret = TAKE_PTR(root);
        return 0;
}

int health_parse(const char *text, size_t size, Health *ret, char **ret_error)
{
        _cleanup_json_ json_object *root = NULL;
        _cleanup_(health_done) Health health = { 0 };
        Parser parser = { 0 };
        int r;

        r = parse_text(&parser, text, size, &root);
        if (r >= 0)
                r = read_health(&parser, root, &health);
        if (r < 0) {
                if (ret_error)
                        *ret_error = TAKE_PTR(parser.error);
                free(parser.error);
                return r;
        }

        *ret = health;
        health = (Health){ 0 };
        return 0;
}
