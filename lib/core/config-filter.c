/* SPDX-License-Identifier: MIT */

/* The value type of a domain's Filter=: which of its objects the connector takes. */

#include <errno.h>
#include <string.h>

#include "lib/core/config-internal.h"
#include "lib/core/hash.h"
#include "lib/core/rule-site.h"

static void scope_clear(void *field)
{
        ScopeFilter *scope = field;

        free(scope->text);
        filter_free(scope->parsed);
        *scope = (ScopeFilter){};
}

/* What a rule of one's own cannot ask for, the scope cannot either. */
static int check_attributes(const Filter *filter, Buffer *problem)
{
        const char *no_presence = rule_site_no_presence(filter);
        AttributeSet set = {};

        if (no_presence) {
                int r = buffer_append_string(problem, no_presence);

                return r < 0 ? r : -EINVAL;
        }

        filter_attributes(filter, &set);
        for (unsigned i = 1; i < ATTRIBUTE_MAX; i++) {
                AttributeId attribute = (AttributeId)i;
                const char *why;
                int r;

                if (!attribute_set_has(&set, attribute))
                        continue;
                why = rule_site_never_reads(attribute);
                if (!why)
                        continue;
                r = buffer_append_format(problem, "%s %s", attribute_name(attribute), why);
                return r < 0 ? r : -EINVAL;
        }

        return 0;
}

static int parse_scope(const ConfigEntry *entry, const char *value, void *field, Buffer *problem)
{
        ScopeFilter *scope = field;
        _cleanup_(filter_freep) Filter *filter = NULL;
        _cleanup_buffer_ Buffer printed = BUFFER_INIT;
        _cleanup_free_ char *error = NULL;
        char *text;
        int r;

        r = filter_parse(value, &filter, &error);
        if (r == -EINVAL) {
                r = buffer_append_string(problem, error ?: "cannot be understood");
                return r < 0 ? r : -EINVAL;
        }
        if (r >= 0)
                r = check_attributes(filter, problem);
        if (r >= 0)
                r = filter_print(filter, &printed);
        if (r < 0)
                return r;

        text = buffer_steal_string(&printed);
        if (!text)
                return -ENOMEM;

        scope_clear(scope);
        *scope = (ScopeFilter){ .text = text, .parsed = TAKE_PTR(filter) };
        return 0;
}

static bool scope_equal(const void *a, const void *b)
{
        const ScopeFilter *left = a, *right = b;

        return left->text && right->text ? strcmp(left->text, right->text) == 0
                                         : left->text == right->text;
}

static uint64_t scope_hash(uint64_t hash, const void *field)
{
        const ScopeFilter *scope = field;

        return scope->text ? hash_bytes(hash, scope->text, strlen(scope->text) + 1)
                           : hash_bytes(hash, "\1", 1);
}

const ConfigType config_type_scope = {
        parse_scope,
        scope_clear,
        scope_equal,
        scope_hash,
};
