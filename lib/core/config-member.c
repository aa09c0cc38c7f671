/* SPDX-License-Identifier: MIT */

/* Which groups must be asked who is in them: those that GroupFilter=, the site's own rules and the domains' filters name. */

#include <errno.h>
#include <string.h>

#include "lib/core/config-internal.h"
#include "lib/core/dn.h"
#include "lib/core/rule-site.h"

static bool is_there(const Config *config, AttributeId attribute, Slice group)
{
        for (size_t i = 0; i < config->n_memberships; i++)
                if (config->memberships[i].attribute == attribute &&
                    dn_equal(SLICE(config->memberships[i].group), group) > 0)
                        return true;
        return false;
}

/* "(memberOf=CN=…)", with what RFC 4515 wants escaped. */
static int make_filter(AttributeId attribute, Slice group, Buffer *filter)
{
        int r;

        r = buffer_append_format(filter, "(%s=", attribute_name(attribute));
        for (size_t i = 0; i < group.size && r >= 0; i++) {
                uint8_t c = group.data[i];

                if (strchr("()*\\", c)) /* finds NUL, too */
                        r = buffer_append_format(filter, "\\%02x", c);
                else
                        r = buffer_append_byte(filter, c);
        }
        return r < 0 ? r : buffer_append_byte(filter, ')');
}

static int add_membership(Config *config, AttributeId attribute, Slice group)
{
        _cleanup_buffer_ Buffer filter = BUFFER_INIT, name = BUFFER_INIT;
        Membership *more;
        int r;

        if (is_there(config, attribute, group))
                return 0;

        more = reallocarray(config->memberships, config->n_memberships + 1, sizeof(*more));
        if (!more)
                return -ENOMEM;
        config->memberships = more;

        r = make_filter(attribute, group, &filter);
        if (r >= 0)
                r = buffer_append(&name, group.data, group.size);
        if (r < 0)
                return r;

        more = &config->memberships[config->n_memberships++];
        *more = (Membership){
                .filter = buffer_steal_string(&filter),
                .group = buffer_steal_string(&name),
                .attribute = attribute,
        };
        return more->filter && more->group ? 0 : -ENOMEM;
}

static int add_groups(Config *config, const Filter *filter)
{
        AttributeId attribute;
        Slice group;
        int r = 0;

        for (size_t i = 0; filter && r >= 0 && filter_group(filter, i, &attribute, &group); i++)
                r = add_membership(config, attribute, group);
        return r;
}

static int add_group_scope(Config *config)
{
        _cleanup_buffer_ Buffer filter = BUFFER_INIT;
        _cleanup_free_ char *error = NULL;
        int r;

        if (!config->tenant.group_filter)
                return 0;

        r = make_filter(ATTRIBUTE_MEMBER_OF, SLICE(config->tenant.group_filter), &filter);
        if (r < 0)
                return r;
        if (!buffer_string(&filter))
                return -ENOMEM;

        r = filter_parse(buffer_string(&filter), &config->group_scope, &error);
        return r < 0 ? r : add_groups(config, config->group_scope);
}

int config_find_memberships(Config *config)
{
        const Rule *own;
        int r;

        r = add_group_scope(config);
        for (size_t i = 0; r >= 0 && (own = config_own_rule(config, i)); i++)
                r = add_groups(config, rule_site_filter(own));
        for (size_t i = 0; r >= 0 && i < config->n_domains; i++)
                r = add_groups(config, config->domains[i].scope.parsed);
        return r;
}
