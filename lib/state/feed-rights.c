/* SPDX-License-Identifier: MIT */

/*
 * What the connectors' accounts may do on the domain: once a day, after the accounts themselves were looked at. The domain controller
 * says who they are, with all the groups that they are in through others (tokenGroups, which only a base read gives), and the
 * domain's own descriptor says who may replicate.
 *
 * It is good to know and not needed: any refusal leaves things as they were.
 */

#include <errno.h>

#include "lib/core/descriptor.h"
#include "lib/core/sid.h"
#include "lib/state/feed-internal.h"
#include "lib/state/trace.h"

/* DS-Replication-Get-Changes, and DS-Replication-Get-Changes-All. */
static const Guid right_changes = { { 0xaa, 0xf6, 0x31, 0x11, 0x07, 0x9c, 0xd1, 0x11, 0xf7, 0x9f,
                                      0x00, 0xc0, 0x4f, 0xc2, 0xdc, 0xd2 } };
static const Guid right_changes_all = { { 0xad, 0xf6, 0x31, 0x11, 0x07, 0x9c, 0xd1, 0x11, 0xf7,
                                          0x9f, 0x00, 0xc0, 0x4f, 0xc2, 0xdc, 0xd2 } };

/* Whom everybody who has logged on belongs to, which no token of a directory tells: Everyone, Authenticated Users. */
static const uint8_t everyone[] = { 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0 };
static const uint8_t authenticated[] = { 1, 1, 0, 0, 0, 0, 0, 5, 11, 0, 0, 0 };

void feed_connectors_reset(FeedConnectors *connectors)
{
        connectors->n = connectors->at = 0;
        buffer_reset(&connectors->descriptor);
        buffer_reset(&connectors->sids);
        connectors->main_logged_on = 0;
        connectors->hidden.n = 0;
}

void feed_connectors_done(FeedConnectors *connectors)
{
        for (size_t i = 0; i < FEED_CONNECTORS_MOST; i++)
                buffer_done(&connectors->accounts[i].name);
        buffer_done(&connectors->descriptor);
        buffer_done(&connectors->sids);
        guid_list_done(&connectors->hidden);
}

int feed_connectors_add(FeedConnectors *connectors, const Guid *guid, Slice name, int64_t logged_on)
{
        int r;

        if (connectors->n == FEED_CONNECTORS_MOST || guid_is_null(guid))
                return 0;

        buffer_reset(&connectors->accounts[connectors->n].name);
        r = buffer_append(&connectors->accounts[connectors->n].name, name.data, name.size);
        if (r < 0)
                return r;
        if (logged_on > connectors->main_logged_on) {
                connectors->main_logged_on = logged_on;
                connectors->main = connectors->n;
        }
        connectors->accounts[connectors->n++].guid = *guid;
        return 0;
}

static int feed_rights_ask(Feed *feed)
{
        FeedConnectors *connectors = &feed->connectors;

        if (connectors->descriptor.size == 0) {
                feed_ask(feed, FEED_BASE, feed->server.naming_context, "(objectClass=*)",
                         (const AttributeId[]){ ATTRIBUTE_NT_SECURITY_DESCRIPTOR, ATTRIBUTE_NONE });
                feed->request.only_dacl = true;
                return 0;
        }

        return feed_ask_for_guid(feed, &connectors->accounts[connectors->at].guid,
                                 (const AttributeId[]){ ATTRIBUTE_OBJECT_SID,
                                                        ATTRIBUTE_TOKEN_GROUPS, ATTRIBUTE_NONE });
}

static int rights_of(const Descriptor *descriptor, Slice who)
{
        int rights = 0;

        if (descriptor_access(descriptor, who, RIGHT_EXTENDED, &right_changes) == ACCESS_IS_GRANTED)
                rights |= REPLICATION_CHANGES;
        if (descriptor_access(descriptor, who, RIGHT_EXTENDED, &right_changes_all) ==
            ACCESS_IS_GRANTED)
                rights |= REPLICATION_CHANGES_ALL;
        return rights;
}

static int append_sid(Buffer *sids, const void *data, size_t size)
{
        return sid_is_valid(data, size) ? buffer_append(sids, data, size) : 0;
}

static int collect_sids(const Object *object, Buffer *ret)
{
        const Value *self = object_value(object, ATTRIBUTE_OBJECT_SID), *groups;
        size_t n;
        int r;

        buffer_reset(ret);
        if (!self)
                return 0;

        r = append_sid(ret, self->data, self->size);
        if (r >= 0)
                r = append_sid(ret, everyone, sizeof(everyone));
        if (r >= 0)
                r = append_sid(ret, authenticated, sizeof(authenticated));
        groups = object_values(object, ATTRIBUTE_TOKEN_GROUPS, &n);
        for (size_t i = 0; i < n && r >= 0; i++)
                r = append_sid(ret, groups[i].data, groups[i].size);
        return r;
}

static int feed_rights_judge(Feed *feed, const Object *object)
{
        FeedConnectors *connectors = &feed->connectors;
        const Buffer *name = &connectors->accounts[connectors->at].name;
        _cleanup_buffer_ Buffer sids = BUFFER_INIT;
        Descriptor descriptor;
        int r;

        if (descriptor_parse(connectors->descriptor.data, connectors->descriptor.size,
                             &descriptor) < 0)
                return 0;

        r = collect_sids(object, &sids);
        if (r >= 0 && connectors->at == connectors->main && connectors->main_logged_on != 0) {
                buffer_reset(&connectors->sids);
                r = buffer_append(&connectors->sids, sids.data, sids.size);
        }
        if (r < 0 || sids.size == 0)
                return r;

        return trace_put_rights(feed->store, feed->domain->id, (Slice){ name->data, name->size },
                                rights_of(&descriptor, (Slice){ sids.data, sids.size }));
}

static int feed_rights_entry(Feed *feed, const Object *object)
{
        FeedConnectors *connectors = &feed->connectors;
        const Value *descriptor;

        if (connectors->descriptor.size > 0)
                return feed_rights_judge(feed, object);

        descriptor = object_value(object, ATTRIBUTE_NT_SECURITY_DESCRIPTOR);
        return descriptor
                       ? buffer_append(&connectors->descriptor, descriptor->data, descriptor->size)
                       : 0;
}

static int feed_rights_done(Feed *feed, const FeedResult *result)
{
        FeedConnectors *connectors = &feed->connectors;
        bool was_descriptor = connectors->at == 0 && feed->request.only_dacl;

        if (result->code < 0 || result->is_referral)
                return feed_check_result(result);

        if (!was_descriptor)
                connectors->at++;
        if (connectors->descriptor.size > 0 && connectors->at < connectors->n)
                return 0;

        feed->wants_look = true;
        feed->step = connectors->sids.size > 0 ? STEP_READABLE : STEP_IDLE;
        return 0;
}

const FeedStepFunctions feed_step_rights = { feed_rights_ask, feed_rights_entry, feed_rights_done };

/* Then the OUs: what the connector's account may not read does not arrive, and nothing says so. */

static int feed_readable_ask(Feed *feed)
{
        if (feed->cookie.size == 0)
                feed->connectors.hidden.n = 0;

        feed_ask(feed, FEED_SUBTREE, feed->server.naming_context,
                 "(objectClass=organizationalUnit)",
                 (const AttributeId[]){ ATTRIBUTE_OBJECT_GUID, ATTRIBUTE_NT_SECURITY_DESCRIPTOR,
                                        ATTRIBUTE_NONE });
        feed->request.only_dacl = true;
        feed->request.domain_scope = feed->server.has_domain_scope;
        feed_ask_for_page(feed, feed->page_size);
        return 0;
}

static int feed_readable_entry(Feed *feed, const Object *object)
{
        static const Guid any = GUID_NULL;
        const Value *value = object_value(object, ATTRIBUTE_NT_SECURITY_DESCRIPTOR);
        const Slice who = { feed->connectors.sids.data, feed->connectors.sids.size };
        Descriptor descriptor;

        feed_pages_entry(&feed->answer.pages, object);
        if (guid_is_null(&object->guid) || !value ||
            descriptor_parse(value->data, value->size, &descriptor) < 0)
                return 0;

        if (descriptor_access(&descriptor, who, RIGHT_READ_PROPERTY, &any) == ACCESS_IS_GRANTED &&
            descriptor_access(&descriptor, who, RIGHT_LIST_CHILDREN, &any) == ACCESS_IS_GRANTED)
                return 0;
        return guid_list_add(&feed->connectors.hidden, &object->guid);
}

static int feed_readable_done(Feed *feed, const FeedResult *result)
{
        FeedOptional stands;
        int r;

        r = feed_optional_done(feed, result, &stands);
        if (r != 0 || stands == FEED_OPTIONAL_MORE)
                return r;

        if (stands == FEED_OPTIONAL_READ) {
                r = trace_put_hidden_units(feed->store, feed->domain->id, &feed->connectors.hidden);
                if (r < 0)
                        return r;
                feed->wants_look = true;
        }

        feed->step = STEP_IDLE;
        return 0;
}

const FeedStepFunctions feed_step_readable = { feed_readable_ask, feed_readable_entry,
                                               feed_readable_done };
