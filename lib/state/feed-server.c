/* SPDX-License-Identifier: MIT */

/*
 * What is learnt of a server once a connection, before anything is believed: that it is a domain controller of the right domain
 * that may be followed, what its schema knows, how long deleted objects stay, and whether this account can see them.
 */

#include <errno.h>
#include <string.h>

#include "lib/core/dn.h"
#include "lib/state/feed-internal.h"

#define CAPABILITY_ACTIVE_DIRECTORY "1.2.840.113556.1.4.800"
#define CAPABILITY_READ_ONLY        "1.2.840.113556.1.4.1920"
#define CONTROL_SHOW_RECYCLED       "1.2.840.113556.1.4.2064"
#define CONTROL_DOMAIN_SCOPE        "1.2.840.113556.1.4.1339"
#define CONTROL_NOTIFICATION        "1.2.840.113556.1.4.528"

void feed_server_done(FeedServer *server)
{
        free(server->dc);
        free(server->dsa_dn);
        free(server->naming_context);
        free(server->configuration_nc);
        free(server->schema_nc);
        *server = (FeedServer){};
}

int feed_value_to_text(const Value *value, char **ret)
{
        char *text;

        if (value->size == 0 || !text_is_utf8(value->data, value->size))
                return FEED_PROTOCOL;

        text = strndup((const char *)value->data, value->size);
        if (!text)
                return -ENOMEM;

        free(*ret);
        *ret = text;
        return 0;
}

static bool values_have(const Object *object, AttributeId attribute, const char *string)
{
        const Value *values;
        size_t n_values;

        values = object_values(object, attribute, &n_values);
        for (size_t i = 0; i < n_values; i++)
                if (value_equals_string(&values[i], string))
                        return true;

        return false;
}

static bool value_is_false(const Object *object, AttributeId attribute)
{
        const Value *value = object_value(object, attribute);

        return value && value_equals_string_nocase(value, "FALSE");
}

/* rootDSE: is it an AD domain controller at all, and of which domain? */

static int feed_root_ask(Feed *feed)
{
        feed_server_done(&feed->server);
        feed_ask(feed, FEED_BASE, "", "(objectClass=*)",
                 (const AttributeId[]){
                         ATTRIBUTE_SUPPORTED_CAPABILITIES, ATTRIBUTE_SUPPORTED_CONTROL,
                         ATTRIBUTE_DEFAULT_NAMING_CONTEXT, ATTRIBUTE_CONFIGURATION_NAMING_CONTEXT,
                         ATTRIBUTE_SCHEMA_NAMING_CONTEXT, ATTRIBUTE_DNS_HOST_NAME,
                         ATTRIBUTE_DS_SERVICE_NAME, ATTRIBUTE_IS_SYNCHRONIZED, ATTRIBUTE_NONE });
        return 0;
}

static int feed_root_entry(Feed *feed, const Object *object)
{
        FeedServer *server = &feed->server;
        const struct {
                AttributeId attribute;
                char **text;
        } texts[] = {
                { ATTRIBUTE_DNS_HOST_NAME, &server->dc },
                { ATTRIBUTE_DS_SERVICE_NAME, &server->dsa_dn },
                { ATTRIBUTE_DEFAULT_NAMING_CONTEXT, &server->naming_context },
                { ATTRIBUTE_CONFIGURATION_NAMING_CONTEXT, &server->configuration_nc },
                { ATTRIBUTE_SCHEMA_NAMING_CONTEXT, &server->schema_nc },
        };
        int r;

        server->is_active_directory =
                values_have(object, ATTRIBUTE_SUPPORTED_CAPABILITIES, CAPABILITY_ACTIVE_DIRECTORY);
        server->is_read_only =
                values_have(object, ATTRIBUTE_SUPPORTED_CAPABILITIES, CAPABILITY_READ_ONLY);
        server->is_not_synchronized = value_is_false(object, ATTRIBUTE_IS_SYNCHRONIZED);
        server->has_show_recycled =
                values_have(object, ATTRIBUTE_SUPPORTED_CONTROL, CONTROL_SHOW_RECYCLED);
        server->has_domain_scope =
                values_have(object, ATTRIBUTE_SUPPORTED_CONTROL, CONTROL_DOMAIN_SCOPE);
        server->has_notification =
                values_have(object, ATTRIBUTE_SUPPORTED_CONTROL, CONTROL_NOTIFICATION);

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                const Value *value = object_value(object, texts[i].attribute);

                if (!value)
                        continue;

                r = feed_value_to_text(value, texts[i].text);
                if (r != 0)
                        return r;
        }

        return 0;
}

/* The name is compared and not the SID or GUID, because the name is what the administrator wrote. */
static int feed_check_domain(const Feed *feed)
{
        _cleanup_buffer_ Buffer configured = BUFFER_INIT;
        int r;

        r = dn_from_domain(feed->settings.domain_config->name, &configured);
        if (r < 0)
                return r;

        r = dn_equal((Slice){ configured.data, configured.size },
                     SLICE(feed->server.naming_context));
        if (r == -ENOMEM)
                return r;

        return r == 1 ? 0 : FEED_WRONG_DOMAIN;
}

static int feed_root_done(Feed *feed, const FeedResult *result)
{
        const FeedServer *server = &feed->server;
        int r;

        r = feed_check_result(result);
        if (r != 0)
                return r;

        /* Any LDAP server may answer here, so everything that is missing means the same: not a domain controller. */
        if (!server->is_active_directory || !server->dc || !server->dsa_dn ||
            !server->naming_context || !server->configuration_nc || !server->schema_nc)
                return FEED_NOT_AD;

        r = feed_check_domain(feed);
        if (r != 0)
                return r;
        if (server->is_read_only)
                return FEED_READ_ONLY_DC;
        if (server->is_not_synchronized)
                return FEED_NOT_SYNCHRONIZED;

        feed->step = STEP_SERVER;
        return 0;
}

const FeedStepFunctions feed_step_root = { feed_root_ask, feed_root_entry, feed_root_done };

/* NTDS Settings: which domain controller, and which epoch of its USNs? */

static int feed_server_ask(Feed *feed)
{
        feed_ask(feed, FEED_BASE, feed->server.dsa_dn, "(objectClass=*)",
                 (const AttributeId[]){ ATTRIBUTE_OBJECT_GUID, ATTRIBUTE_INVOCATION_ID,
                                        ATTRIBUTE_MS_DS_IS_RODC, ATTRIBUTE_NONE });
        return 0;
}

static int feed_server_entry(Feed *feed, const Object *object)
{
        const Value *value = object_value(object, ATTRIBUTE_INVOCATION_ID);

        feed->server.dsa = object->guid;
        feed->server.is_read_only = object_boolean(object, ATTRIBUTE_MS_DS_IS_RODC);

        if (value && guid_from_bytes(value->data, value->size, &feed->server.invocation_id) < 0)
                return FEED_PROTOCOL;

        return 0;
}

static int feed_keep_text(char **kept, const char *text)
{
        char *copy;

        if (*kept && strcmp(*kept, text) == 0)
                return 0;

        copy = strdup(text);
        if (!copy)
                return -ENOMEM;

        free(*kept);
        *kept = copy;
        return 0;
}

static int feed_server_read(Feed *feed, const FeedResult *result)
{
        const FeedServer *server = &feed->server;
        int r;

        r = feed_check_base_read(feed, result);
        if (r != 0)
                return r;

        /* Both are readable by every account of the domain. Without them no answer could ever be accepted. */
        if (guid_is_null(&server->dsa) || guid_is_null(&server->invocation_id))
                return FEED_NOT_PERMITTED;
        if (server->is_read_only)
                return FEED_READ_ONLY_DC;

        r = feed_keep_text(&feed->domain->naming_context, server->naming_context);
        if (r < 0)
                return r;
        r = feed_keep_text(&feed->domain->configuration_nc, server->configuration_nc);
        if (r < 0)
                return r;

        feed->server.schema_next = ATTRIBUTE_NONE + 1;
        feed->step = STEP_SCHEMA;
        return 0;
}

const FeedStepFunctions feed_step_server = { feed_server_ask, feed_server_entry, feed_server_read };

/*
 * The schema: which of the attributes we know exist in this forest? Those that do not (Exchange's, mostly) are unknown, not
 * absent, and rules over them must stay silent. All are asked about, not only the configured ones, so that a reload needs no
 * second look.
 */

/* Not what we made up ourselves, links in chains and counts: no attribute's name has such a sign in it. */
static bool attribute_is_of_objects(unsigned attribute)
{
        const char *name = attribute_name((AttributeId)attribute);

        return attribute < ATTRIBUTE_DS_SERVICE_NAME && name && !strpbrk(name, ":;");
}

static int feed_schema_ask(Feed *feed)
{
        unsigned attribute = feed->server.schema_next, n = 0;
        const char *filter;
        int r;

        buffer_reset(&feed->filter);
        r = buffer_append_string(&feed->filter, "(|");
        for (; attribute < ATTRIBUTE_MAX && n < FEED_SCHEMA_CHUNK && r >= 0; attribute++) {
                if (!attribute_is_of_objects(attribute))
                        continue;
                r = buffer_append_format(&feed->filter, "(lDAPDisplayName=%s)",
                                         attribute_name((AttributeId)attribute));
                n++;
        }
        if (r >= 0)
                r = buffer_append_string(&feed->filter, ")");
        if (r < 0)
                return r;

        filter = buffer_string(&feed->filter);
        if (!filter)
                return -ENOMEM;

        feed->server.schema_next = attribute;
        feed_ask(feed, FEED_ONE_LEVEL, feed->server.schema_nc, filter,
                 (const AttributeId[]){ ATTRIBUTE_LDAP_DISPLAY_NAME, ATTRIBUTE_NONE });
        return 0;
}

static int feed_schema_entry(Feed *feed, const Object *object)
{
        const Value *value = object_value(object, ATTRIBUTE_LDAP_DISPLAY_NAME);
        AttributeId attribute;

        if (!value)
                return 0;

        attribute = attribute_find((const char *)value->data, value->size);
        if (attribute != ATTRIBUTE_NONE)
                attribute_set_add(&feed->server.in_schema, attribute);
        return 0;
}

static bool feed_schema_has_more(const Feed *feed)
{
        for (unsigned attribute = feed->server.schema_next; attribute < ATTRIBUTE_MAX; attribute++)
                if (attribute_is_of_objects(attribute))
                        return true;

        return false;
}

/*
 * domain.unreadable holds two sorts: what the schema lacks, never asked for; and what was asked for and never seen on anybody,
 * which apply finds out. Only the former is replaced here.
 */
static void feed_keep_schema(Feed *feed)
{
        AttributeSet *unreadable = &feed->domain->unreadable;

        for (size_t i = 0; i < ARRAY_SIZE(unreadable->words); i++)
                unreadable->words[i] &= feed->domain->requested.words[i];

        for (unsigned attribute = ATTRIBUTE_NONE + 1; attribute < ATTRIBUTE_MAX; attribute++)
                if (attribute_is_of_objects(attribute) &&
                    !attribute_set_has(&feed->server.in_schema, (AttributeId)attribute))
                        attribute_set_add(unreadable, (AttributeId)attribute);
}

static int feed_schema_done(Feed *feed, const FeedResult *result)
{
        static const AttributeId always[] = { ATTRIBUTE_OBJECT_CLASS, ATTRIBUTE_OBJECT_GUID,
                                              ATTRIBUTE_USN_CHANGED, ATTRIBUTE_IS_DELETED };
        int r;

        r = feed_check_result(result);
        if (r != 0)
                return r == FEED_NOT_PERMITTED ? FEED_SCHEMA : r;

        if (feed_schema_has_more(feed))
                return 0;

        /* Every Active Directory has these: if they are not there, the schema is hidden, not small. */
        for (size_t i = 0; i < ARRAY_SIZE(always); i++)
                if (!attribute_set_has(&feed->server.in_schema, always[i]))
                        return FEED_SCHEMA;

        feed_keep_schema(feed);
        feed->step = STEP_LIFETIME;
        return 0;
}

const FeedStepFunctions feed_step_schema = { feed_schema_ask, feed_schema_entry, feed_schema_done };

/*
 * The next three steps ask what is good to know and not needed: any refusal leaves the thing unknown. Only a broken connection
 * ends them.
 */
static int feed_check_optional(const FeedResult *result)
{
        return result->code < 0 || result->is_referral ? feed_check_result(result) : 0;
}

/* Builds "prefix,suffix" as the base of a request. */
static int feed_base_below(Feed *feed, const char *prefix, const char *suffix, const char **ret)
{
        int r;

        buffer_reset(&feed->base);
        r = buffer_append_format(&feed->base, "%s,%s", prefix, suffix);
        if (r < 0)
                return r;

        *ret = buffer_string(&feed->base);
        return *ret ? 0 : -ENOMEM;
}

/* How long are deleted objects shown? The smaller of the two lifetimes counts: after it a deletion leaves no trace. */

static int feed_lifetime_ask(Feed *feed)
{
        const char *base;
        int r;

        r = feed_base_below(feed, "CN=Directory Service,CN=Windows NT,CN=Services",
                            feed->server.configuration_nc, &base);
        if (r < 0)
                return r;

        feed_ask(feed, FEED_BASE, base, "(objectClass=*)",
                 (const AttributeId[]){ ATTRIBUTE_TOMBSTONE_LIFETIME,
                                        ATTRIBUTE_MS_DS_DELETED_OBJECT_LIFETIME, ATTRIBUTE_NONE });
        feed->domain->tombstone_lifetime_days = 0;
        return 0;
}

static int feed_lifetime_entry(Feed *feed, const Object *object)
{
        int64_t tombstone = FEED_LIFETIME_DAYS, deleted;

        (void)object_integer(object, ATTRIBUTE_TOMBSTONE_LIFETIME, &tombstone);
        deleted = tombstone;
        (void)object_integer(object, ATTRIBUTE_MS_DS_DELETED_OBJECT_LIFETIME, &deleted);

        if (deleted < tombstone)
                tombstone = deleted;
        feed->domain->tombstone_lifetime_days = tombstone > 0 ? tombstone : 1;
        return 0;
}

static int feed_lifetime_done(Feed *feed, const FeedResult *result)
{
        feed->step = STEP_RECYCLE_BIN;
        return feed_check_optional(result);
}

const FeedStepFunctions feed_step_lifetime = { feed_lifetime_ask, feed_lifetime_entry,
                                               feed_lifetime_done };

/*
 * Is the recycle bin on? The attribute is absent until the first optional feature is enabled. A server that does not say it now
 * changes nothing of what is known.
 */

static int feed_recycle_bin_ask(Feed *feed)
{
        const char *base;
        int r;

        r = feed_base_below(feed, "CN=Partitions", feed->server.configuration_nc, &base);
        if (r < 0)
                return r;

        feed_ask(feed, FEED_BASE, base, "(objectClass=*)",
                 (const AttributeId[]){ ATTRIBUTE_MS_DS_ENABLED_FEATURE, ATTRIBUTE_NONE });
        return 0;
}

static int feed_recycle_bin_entry(Feed *feed, const Object *object)
{
        const Value *values;
        size_t n_values;

        feed->domain->recycle_bin = 0;
        values = object_values(object, ATTRIBUTE_MS_DS_ENABLED_FEATURE, &n_values);
        for (size_t i = 0; i < n_values; i++)
                if (text_begins_nocase((Slice){ values[i].data, values[i].size },
                                       "CN=Recycle Bin Feature,"))
                        feed->domain->recycle_bin = 1;
        return 0;
}

static int feed_recycle_bin_done(Feed *feed, const FeedResult *result)
{
        feed->step = STEP_TOMBSTONES;
        return feed_check_optional(result);
}

const FeedStepFunctions feed_step_recycle_bin = { feed_recycle_bin_ask, feed_recycle_bin_entry,
                                                  feed_recycle_bin_done };

/*
 * May this account see deleted objects? The container of them proves nothing, because everybody sees it (bets.md 4): a child of
 * it must be seen. What can be known:
 *
 *   a child came           1: yes
 *   no such object, or     0: no. Windows hides the container itself from accounts without the right
 *   not permitted
 *   nothing came           as before: nothing may have been deleted for a lifetime, or Samba hides the children. A tombstone
 *                          in a later answer turns it into yes, an object that is gone without one into no: feed_step_gone
 *
 * One entry is enough, so a page of one is asked for and the rest of it is never fetched.
 */

int feed_ask_for_tombstones(Feed *feed)
{
        const char *base;
        int r;

        r = feed_base_below(feed, "CN=Deleted Objects", feed->server.naming_context, &base);
        if (r < 0)
                return r;

        feed_ask(feed, FEED_ONE_LEVEL, base, "(objectClass=*)",
                 (const AttributeId[]){ ATTRIBUTE_OBJECT_GUID, ATTRIBUTE_NONE });
        feed_ask_for_deleted(feed);
        feed_ask_for_page(feed, 1);
        return 0;
}

static int feed_tombstones_entry(Feed *feed, const Object *object)
{
        feed->domain->tombstones_readable = 1;
        return 0;
}

static int feed_tombstones_done(Feed *feed, const FeedResult *result)
{
        int r;

        r = feed_check_optional(result);
        if (r != 0)
                return r;

        if (result->code == RESULT_NO_SUCH_OBJECT || result->code == RESULT_NOT_PERMITTED)
                feed->domain->tombstones_readable = 0;

        feed->wants_look = true;
        feed->step = feed->server.has_notification ? STEP_NOTIFICATION : STEP_IDLE;
        return domain_save(feed->store, feed->domain);
}

const FeedStepFunctions feed_step_tombstones = { feed_ask_for_tombstones, feed_tombstones_entry,
                                                 feed_tombstones_done };

/*
 * The notification is registered before the first poll, so that no change falls between the two. What it brings is not
 * read: it only wakes the next poll. Its filter is the one form that every version takes. Without show-deleted the server
 * keeps deletions to itself, and they would wait for the next poll.
 */

static int feed_notification_ask(Feed *feed)
{
        feed_ask(feed, FEED_SUBTREE, feed->server.naming_context, "(objectClass=*)",
                 (const AttributeId[]){ ATTRIBUTE_OBJECT_GUID, ATTRIBUTE_NONE });
        feed->request.is_notification = true;
        feed->request.show_deleted = true;
        feed->request.timeout = 0;
        return 0;
}

const FeedStepFunctions feed_step_notification = { .ask = feed_notification_ask };
