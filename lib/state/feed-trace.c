/* SPDX-License-Identifier: MIT */

/*
 * What connectors have left in the directory: their accounts, the key of seamless sign-on, and how many domain controllers
 * there are, because each knows its own logons only. One search over indexed attributes, at the first poll of a connection and then
 * every quarter of an hour: it is how often a connector that has fallen silent is looked for. Before a first read nobody knows their names:
 * what is found then counts when the read has shown that there are no others.
 *
 * It is good to know and not needed: any refusal leaves things as they were.
 */

#include <errno.h>
#include <string.h>

#include "lib/core/filter.h"
#include "lib/core/when.h"
#include "lib/state/controller.h"
#include "lib/state/feed-internal.h"
#include "lib/state/trace.h"

#define PRIMARY_GROUP_DOMAIN_CONTROLLERS 516
#define ACCOUNT_DISABLED                 2

/* "CORP\svc-sync" and "svc-sync@corp.example" as sAMAccountName has them. */
static Slice account_name(const char *configured)
{
        const char *backslash = strchr(configured, '\\');
        const char *name = backslash ? backslash + 1 : configured;

        return (Slice){ (const uint8_t *)name, strcspn(name, "@") };
}

static int feed_traces_ask(Feed *feed)
{
        const char *account = feed->settings.config->tenant.connector_account;
        const char *filter;
        int r;

        buffer_reset(&feed->filter);
        r = buffer_append_string(&feed->filter,
                                 "(|(sAMAccountName=AZUREADSSOACC$)(sAMAccountName=provAgentgMSA$)"
                                 "(&(objectClass=msDS-GroupManagedServiceAccount)"
                                 "(sAMAccountName=pGMSA_*))"
                                 "(&(objectCategory=computer)(primaryGroupID=516))");
        if (r >= 0)
                r = feed_accounts_filter(feed, &feed->filter);
        if (r >= 0 && account) {
                r = buffer_append_string(&feed->filter, "(sAMAccountName=");
                if (r >= 0)
                        r = filter_escape(account_name(account), &feed->filter);
                if (r >= 0)
                        r = buffer_append_string(&feed->filter, ")");
        }
        if (r >= 0)
                r = buffer_append_string(&feed->filter, ")");
        if (r < 0)
                return r;
        filter = buffer_string(&feed->filter);
        if (!filter)
                return -ENOMEM;

        feed_ask(feed, FEED_SUBTREE, feed->server.naming_context, filter,
                 (const AttributeId[]){ ATTRIBUTE_OBJECT_CLASS, ATTRIBUTE_OBJECT_GUID,
                                        ATTRIBUTE_SAM_ACCOUNT_NAME, ATTRIBUTE_USER_ACCOUNT_CONTROL,
                                        ATTRIBUTE_PRIMARY_GROUP_ID, ATTRIBUTE_WHEN_CREATED,
                                        ATTRIBUTE_LAST_LOGON, ATTRIBUTE_LAST_LOGON_TIMESTAMP,
                                        ATTRIBUTE_PWD_LAST_SET, ATTRIBUTE_DNS_HOST_NAME,
                                        ATTRIBUTE_NONE });
        feed->request.domain_scope = feed->server.has_domain_scope;
        feed_ask_for_page(feed, feed->page_size);
        if (feed->cookie.size == 0) {
                feed->n_controllers = 0;
                feed_connectors_reset(&feed->connectors);
        }
        feed->traced_at = feed->wall;
        return 0;
}

/* Whoever named an account knows better than its name. False: it is nothing of the kind. */
static bool trace_type(const Feed *feed, Slice name, TraceType *ret)
{
        static const struct {
                const char *begin;
                TraceType type;
        } rows[] = {
                { "MSOL_AD_Sync", TRACE_DIRSYNC },
                { "MSOL_", TRACE_CONNECTOR },
                { "AAD_", TRACE_SERVICE },
                { "AZUREADSSOACC$", TRACE_SSO },
                { "provAgentgMSA$", TRACE_CLOUD_SYNC },
                { "pGMSA_", TRACE_CLOUD_SYNC },
        };
        const char *account = feed->settings.config->tenant.connector_account;
        Slice configured = account ? account_name(account) : (Slice){};

        *ret = TRACE_CONNECTOR;
        if (configured.size > 0 &&
            text_equal_ad(name.data, name.size, configured.data, configured.size) > 0)
                return true;

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                if (text_begins_nocase(name, rows[i].begin)) {
                        *ret = rows[i].type;
                        return true;
                }
        return false;
}

static int64_t time_of(const Object *object, AttributeId attribute)
{
        int64_t at = 0;

        (void)object_time(object, attribute, &at);
        return at > 0 ? at : 0;
}

/* One that has no name as yet, or one that is no text, cannot be asked; nor can it serve the connector. */
static int feed_traces_controller(Feed *feed, const Object *object)
{
        const Value *host = object_value(object, ATTRIBUTE_DNS_HOST_NAME);

        if (!host || host->size == 0 || !text_is_utf8(host->data, host->size) ||
            memchr(host->data, '\0', host->size))
                return 0;
        return controller_put(feed->store, feed->domain->id, (Slice){ host->data, host->size },
                              feed->traced_at);
}

static int feed_traces_entry(Feed *feed, const Object *object)
{
        const Value *name = object_value(object, ATTRIBUTE_SAM_ACCOUNT_NAME);
        int64_t control = 0, group = 0;
        Trace trace = {};
        Slice slice;
        int r;

        feed_pages_entry(&feed->answer.pages, object);
        r = feed_accounts_note(feed, object);
        if (r < 0)
                return r;
        (void)object_integer(object, ATTRIBUTE_PRIMARY_GROUP_ID, &group);
        if (object->kind == KIND_COMPUTER && group == PRIMARY_GROUP_DOMAIN_CONTROLLERS) {
                feed->n_controllers++;
                r = feed_traces_controller(feed, object);
                if (r < 0)
                        return r;
        }

        if (!name || !text_is_utf8(name->data, name->size))
                return 0;
        slice = (Slice){ name->data, name->size };
        if (!trace_type(feed, slice, &trace.type))
                return 0;

        (void)object_integer(object, ATTRIBUTE_USER_ACCOUNT_CONTROL, &control);
        trace.is_enabled = !(control & ACCOUNT_DISABLED);
        trace.created = time_of(object, ATTRIBUTE_WHEN_CREATED);
        trace.logged_on = time_of(object, ATTRIBUTE_LAST_LOGON);
        trace.logged_on_replicated = time_of(object, ATTRIBUTE_LAST_LOGON_TIMESTAMP);
        trace.password_set = time_of(object, ATTRIBUTE_PWD_LAST_SET);
        r = trace_put(feed->store, feed->domain->id, slice, &trace, feed->traced_at);
        if (r < 0 || trace.type != TRACE_CONNECTOR || !trace.is_enabled)
                return r;
        return feed_connectors_add(&feed->connectors, &object->guid, slice,
                                   trace_logged_on(&trace));
}

/* All that there are were seen. */
static int feed_traces_finish(Feed *feed)
{
        int r;

        r = trace_finish(feed->store, feed->domain->id, feed->traced_at, feed->n_controllers);
        if (r >= 0)
                r = controller_finish(feed->store, feed->domain->id, feed->traced_at);
        if (r >= 0 && feed->server.dc)
                r = controller_asked(feed->store, feed->domain->id, feed->server.dc,
                                     feed->traced_at, NULL);
        return r;
}

int feed_traces_settle(Feed *feed)
{
        bool owes = feed->owes_traces;

        feed->owes_traces = false;
        if (owes && feed->accounts.n == 0)
                return feed_traces_finish(feed);

        /* The read has shown some: they are asked for with the next poll. */
        if (owes)
                feed->next_trace = feed->now;
        return 0;
}

static int feed_traces_done(Feed *feed, const FeedResult *result)
{
        FeedOptional stands;
        int r;

        r = feed_optional_done(feed, result, &stands);
        if (r != 0 || stands == FEED_OPTIONAL_MORE)
                return r;

        if (stands == FEED_OPTIONAL_READ) {
                feed->owes_traces = !feed->domain->is_ready;
                if (!feed->owes_traces) {
                        r = feed_traces_finish(feed);
                        if (r < 0)
                                return r;
                        feed_accounts_see_all(feed);
                }
                feed->wants_look = true;
        }

        feed->next_trace = feed->now + FEED_TRACE_MS;
        feed->step = STEP_IDLE;
        if (feed->now >= feed->next_rights) {
                /* Before there is a connector, nobody need know what would not reach it. */
                r = trace_exists(feed->store);
                if (r < 0)
                        return r;
                if (r > 0)
                        feed_survey_begin(feed);
                if (feed->connectors.n > 0)
                        feed->step = STEP_RIGHTS;
        }
        return 0;
}

const FeedStepFunctions feed_step_traces = { feed_traces_ask, feed_traces_entry, feed_traces_done };
