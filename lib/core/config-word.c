/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "lib/core/config-internal.h"
#include "lib/core/hash.h"
#include "lib/core/suggest.h"

/* --- numbers --- */

static int parse_integer(const ConfigEntry *entry, const char *value, int64_t *ret, Buffer *problem)
{
        _cleanup_buffer_ Buffer range = BUFFER_INIT;
        size_t n = strspn(value, "0123456789");
        int64_t number;
        int r;

        errno = 0;
        number = n > 0 && !value[n] ? strtoll(value, NULL, 10) : -1;
        if (number >= entry->least && number <= entry->most && errno == 0) {
                *ret = number;
                return 0;
        }

        r = buffer_append_format(&range, "is no whole number from %" PRIi64 " to %" PRIi64,
                                 entry->least, entry->most);
        if (r < 0)
                return r;
        if (n > 0 && value[n] && strcmp(entry->option.syntax, "SECONDS") == 0) {
                r = buffer_append_string(&range, "; seconds are meant, without a unit");
                if (r < 0)
                        return r;
        }

        return config_value_wrong(problem, value, buffer_string(&range) ?: "is no number");
}

static void number_clear(void *field)
{
        *(unsigned *)field = 0;
}

static bool number_equal(const void *a, const void *b)
{
        return *(const unsigned *)a == *(const unsigned *)b;
}

static uint64_t number_hash(uint64_t hash, const void *field)
{
        uint32_t number = *(const unsigned *)field;

        for (unsigned shift = 0; shift < 32; shift += 8)
                hash = hash_bytes(hash, &(uint8_t){ (uint8_t)(number >> shift) }, 1);
        return hash;
}

static int parse_number(const ConfigEntry *entry, const char *value, void *field, Buffer *problem)
{
        int64_t number = 0;
        int r;

        assert(entry->most <= UINT_MAX);

        r = parse_integer(entry, value, &number, problem);
        if (r < 0)
                return r;

        *(unsigned *)field = (unsigned)number;
        return 0;
}

const ConfigType config_type_number = {
        parse_number,
        number_clear,
        number_equal,
        number_hash,
};

static int parse_number64(const ConfigEntry *entry, const char *value, void *field, Buffer *problem)
{
        return parse_integer(entry, value, field, problem);
}

static void number64_clear(void *field)
{
        *(int64_t *)field = 0;
}

static bool number64_equal(const void *a, const void *b)
{
        return *(const int64_t *)a == *(const int64_t *)b;
}

static uint64_t number64_hash(uint64_t hash, const void *field)
{
        int64_t number = *(const int64_t *)field;

        hash = number_hash(hash, &(unsigned){ (unsigned)number });
        return number_hash(hash, &(unsigned){ (unsigned)(number >> 32) });
}

const ConfigType config_type_number64 = {
        parse_number64,
        number64_clear,
        number64_equal,
        number64_hash,
};

/* --- one of several words --- */

static const ConfigName boolean_names[] = {
        { "yes", 1 }, { "no", 0 }, { "true", 1 }, { "false", 0 }, { "on", 1 },
        { "off", 0 }, { "1", 1 },  { "0", 0 },    { NULL, 0 },
};

int config_parse_boolean(const char *value, Buffer *problem)
{
        for (const ConfigName *name = boolean_names; name->name; name++)
                if (strcasecmp(name->name, value) == 0)
                        return name->value;

        return config_value_wrong(problem, value, "is neither yes nor no");
}

static int parse_boolean(const ConfigEntry *entry, const char *value, void *field, Buffer *problem)
{
        int r;

        r = config_parse_boolean(value, problem);
        if (r < 0)
                return r;

        *(bool *)field = r;
        return 0;
}

static void boolean_clear(void *field)
{
        *(bool *)field = false;
}

static bool boolean_equal(const void *a, const void *b)
{
        return *(const bool *)a == *(const bool *)b;
}

static uint64_t boolean_hash(uint64_t hash, const void *field)
{
        return hash_bytes(hash, *(const bool *)field ? "y" : "n", 1);
}

const ConfigType config_type_boolean = {
        parse_boolean,
        boolean_clear,
        boolean_equal,
        boolean_hash,
};

static int parse_tristate(const ConfigEntry *entry, const char *value, void *field, Buffer *problem)
{
        int r;

        r = config_parse_boolean(value, problem);
        if (r < 0)
                return r;

        *(int *)field = r;
        return 0;
}

static void tristate_clear(void *field)
{
        *(int *)field = -1;
}

static bool int_equal(const void *a, const void *b)
{
        return *(const int *)a == *(const int *)b;
}

static uint64_t int_hash(uint64_t hash, const void *field)
{
        return number_hash(hash, &(unsigned){ (unsigned)*(const int *)field });
}

const ConfigType config_type_tristate = {
        parse_tristate,
        tristate_clear,
        int_equal,
        int_hash,
};

int config_complain_names(const ConfigName *names, const char *value, Buffer *problem)
{
        _cleanup_buffer_ Buffer list = BUFFER_INIT;
        Suggestion suggestion;
        int r;

        suggestion_init(&suggestion, value);
        r = buffer_append_string(&list, "is none of ");
        for (const ConfigName *name = names; r >= 0 && name->name; name++) {
                suggestion_consider(&suggestion, name->name);
                r = buffer_append_format(&list, "%s%s", name == names ? "" : ", ", name->name);
        }
        if (r >= 0 && suggestion.best)
                r = buffer_append_format(&list, "; did you mean %s?", suggestion.best);
        if (r < 0)
                return r;

        return config_value_wrong(problem, value,
                                  buffer_string(&list) ?: "is none of the words for it");
}

static int parse_enum(const ConfigEntry *entry, const char *value, void *field, Buffer *problem)
{
        for (const ConfigName *name = entry->names; name->name; name++)
                if (strcasecmp(name->name, value) == 0) {
                        *(int *)field = name->value;
                        return 0;
                }

        return config_complain_names(entry->names, value, problem);
}

static void int_clear(void *field)
{
        *(int *)field = 0;
}

const ConfigType config_type_enum = {
        parse_enum,
        int_clear,
        int_equal,
        int_hash,
};

/* --- attributes --- */

int config_parse_attribute(const char *value, AttributeId *ret, Buffer *problem)
{
        _cleanup_buffer_ Buffer complaint = BUFFER_INIT;
        Suggestion suggestion;
        AttributeId attribute;

        attribute = attribute_find(value, strlen(value));
        if (attribute != ATTRIBUTE_NONE) {
                *ret = attribute;
                return 0;
        }

        suggestion_init(&suggestion, value);
        for (unsigned i = 1; i < ATTRIBUTE_MAX; i++) {
                const char *name = attribute_name(i);

                if (name)
                        suggestion_consider(&suggestion, name);
        }

        if (buffer_append_string(&complaint, "is no attribute that scand reads") < 0 ||
            (suggestion.best &&
             buffer_append_format(&complaint, "; did you mean %s?", suggestion.best) < 0))
                return -ENOMEM;
        return config_value_wrong(problem, value, buffer_string(&complaint) ?: "is no attribute");
}

static int parse_attribute(const ConfigEntry *entry, const char *value, void *field,
                           Buffer *problem)
{
        return config_parse_attribute(value, field, problem);
}

const ConfigType config_type_attribute = {
        parse_attribute,
        int_clear,
        int_equal,
        int_hash,
};

/* The anchor and the match are two members and more: their field is the whole Tenant. */

static int parse_anchor(const ConfigEntry *entry, const char *value, void *field, Buffer *problem)
{
        Tenant *tenant = field;
        int r;

        r = config_parse_attribute(value, &tenant->source_anchor, problem);
        if (r < 0)
                return r;

        tenant->source_anchor_is_set = true;
        return 0;
}

static void anchor_clear(void *field)
{
        Tenant *tenant = field;

        tenant->source_anchor = ATTRIBUTE_MS_DS_CONSISTENCY_GUID;
        tenant->source_anchor_is_set = false;
}

static bool anchor_equal(const void *a, const void *b)
{
        const Tenant *left = a, *right = b;

        return left->source_anchor == right->source_anchor &&
               left->source_anchor_is_set == right->source_anchor_is_set;
}

static uint64_t anchor_hash(uint64_t hash, const void *field)
{
        const Tenant *tenant = field;

        hash = int_hash(hash, &tenant->source_anchor);
        return boolean_hash(hash, &tenant->source_anchor_is_set);
}

const ConfigType config_type_anchor = {
        parse_anchor,
        anchor_clear,
        anchor_equal,
        anchor_hash,
};

static const ConfigName user_match_names[] = {
        { "none", USER_MATCH_NONE },
        { "mail", USER_MATCH_MAIL },
        { "sid", USER_MATCH_SID },
        { "samaccountname+mailnickname", USER_MATCH_SAM_AND_NICKNAME },
        { NULL, 0 },
};

static int parse_user_match(const ConfigEntry *entry, const char *value, void *field,
                            Buffer *problem)
{
        Tenant *tenant = field;
        AttributeId attribute = ATTRIBUTE_NONE;
        UserMatch match = USER_MATCH_ATTRIBUTE;
        int r;

        for (const ConfigName *name = user_match_names; name->name; name++)
                if (strcasecmp(name->name, value) == 0)
                        match = (UserMatch)name->value;

        if (match == USER_MATCH_ATTRIBUTE) {
                attribute = attribute_find(value, strlen(value));
                if (attribute == ATTRIBUTE_NONE) {
                        r = config_complain_names(user_match_names, value, problem);
                        if (r != -EINVAL)
                                return r;
                        r = buffer_append_string(problem, ", nor an attribute that scand reads");
                        return r < 0 ? r : -EINVAL;
                }
        }

        tenant->user_match = match;
        tenant->user_match_attribute = attribute;
        tenant->user_match_is_set = true;
        return 0;
}

static void user_match_clear(void *field)
{
        Tenant *tenant = field;

        tenant->user_match = USER_MATCH_NONE;
        tenant->user_match_attribute = ATTRIBUTE_NONE;
        tenant->user_match_is_set = false;
}

static bool user_match_equal(const void *a, const void *b)
{
        const Tenant *left = a, *right = b;

        return left->user_match == right->user_match &&
               left->user_match_attribute == right->user_match_attribute &&
               left->user_match_is_set == right->user_match_is_set;
}

static uint64_t user_match_hash(uint64_t hash, const void *field)
{
        const Tenant *tenant = field;

        hash = int_hash(hash, &tenant->user_match);
        hash = int_hash(hash, &tenant->user_match_attribute);
        return boolean_hash(hash, &tenant->user_match_is_set);
}

const ConfigType config_type_user_match = {
        parse_user_match,
        user_match_clear,
        user_match_equal,
        user_match_hash,
};
