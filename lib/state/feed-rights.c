/* SPDX-License-Identifier: MIT */

/*
 * What the connectors' accounts may do on the domain: once a day, after the accounts themselves were looked at. The domain controller
 * says who they are, with all the groups that they are in through others (tokenGroups, which only a base read gives), and the
 * domain's own descriptor says who may replicate.
 *
 * It is good to know and not needed: any refusal leaves things as they were.
 */

#include <errno.h>
#include <stdlib.h>

#include "lib/core/descriptor.h"
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
}

void feed_connectors_done(FeedConnectors *connectors)
{
        for (size_t i = 0; i < FEED_CONNECTORS_MOST; i++)
                buffer_done(&connectors->accounts[i].name);
        buffer_done(&connectors->descriptor);
}

int feed_connectors_add(FeedConnectors *connectors, const Guid *guid, Slice name)
{
        int r;

        if (connectors->n == FEED_CONNECTORS_MOST || guid_is_null(guid))
                return 0;

        buffer_reset(&connectors->accounts[connectors->n].name);
        r = buffer_append(&connectors->accounts[connectors->n].name, name.data, name.size);
        if (r < 0)
                return r;
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

static int rights_of(const Descriptor *descriptor, const SidList *who)
{
        int rights = 0;

        if (descriptor_access(descriptor, who, RIGHT_EXTENDED, &right_changes) == ACCESS_IS_GRANTED)
                rights |= REPLICATION_CHANGES;
        if (descriptor_access(descriptor, who, RIGHT_EXTENDED, &right_changes_all) ==
            ACCESS_IS_GRANTED)
                rights |= REPLICATION_CHANGES_ALL;
        return rights;
}

static int feed_rights_judge(Feed *feed, const Object *object)
{
        const FeedConnectors *connectors = &feed->connectors;
        const Value *self = object_value(object, ATTRIBUTE_OBJECT_SID), *groups;
        const Buffer *name = &connectors->accounts[connectors->at].name;
        _cleanup_free_ Slice *sids = NULL;
        Descriptor descriptor;
        size_t n_groups, n = 0;

        if (!self || descriptor_parse(connectors->descriptor.data, connectors->descriptor.size,
                                      &descriptor) < 0)
                return 0;

        groups = object_values(object, ATTRIBUTE_TOKEN_GROUPS, &n_groups);
        sids = calloc(n_groups + 3, sizeof(*sids));
        if (!sids)
                return -ENOMEM;
        sids[n++] = (Slice){ self->data, self->size };
        sids[n++] = (Slice){ everyone, sizeof(everyone) };
        sids[n++] = (Slice){ authenticated, sizeof(authenticated) };
        for (size_t i = 0; i < n_groups; i++)
                sids[n++] = (Slice){ groups[i].data, groups[i].size };

        return trace_put_rights(feed->store, feed->domain->id, (Slice){ name->data, name->size },
                                rights_of(&descriptor, &(SidList){ sids, n }));
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

        feed_connectors_reset(connectors);
        feed->wants_look = true;
        feed->next_rights = feed->now + FEED_RIGHTS_MS;
        feed->step = STEP_IDLE;
        return 0;
}

const FeedStepFunctions feed_step_rights = { feed_rights_ask, feed_rights_entry, feed_rights_done };
