/* SPDX-License-Identifier: MIT */

/*
 * Who is in the groups that the scope or a rule names, or reports to whom it names. AD changes nothing of a user who comes into a
 * group: the group changes; nor of one whose manager gets another manager. So the domain controller is asked for the members, by the very filter of the configuration and for their GUIDs only, with every
 * full read and whenever an answer has brought a group; nested groups are its business then, and renames nobody's.
 */

#include <errno.h>

#include "lib/state/feed-internal.h"
#include "lib/state/membership.h"

static const Membership *feed_membership(const Feed *feed)
{
        const Config *config = feed->settings.config;

        return feed->answer.member_at < config->n_memberships
                       ? &config->memberships[feed->answer.member_at]
                       : NULL;
}

bool feed_moves_members(const Feed *feed, const Object *object)
{
        const Config *config = feed->settings.config;

        for (size_t i = 0; i < config->n_memberships; i++) {
                AttributeId attribute = config->memberships[i].attribute;
                bool is_of_groups =
                        attribute == ATTRIBUTE_MEMBER_OF || attribute == ATTRIBUTE_MEMBER_OF_CHAIN;

                if (is_of_groups == (object->kind == KIND_GROUP))
                        return true;
        }

        return false;
}

/* Is there one of which nothing is known? 1, 0 or negative. */
static int feed_lacks_members(const Feed *feed)
{
        const Config *config = feed->settings.config;

        for (size_t i = 0; i < config->n_memberships; i++) {
                int64_t id, members;
                int r;

                r = membership_find(feed->store, feed->domain->id, config->memberships[i].filter,
                                    &id, &members);
                if (r <= 0)
                        return r < 0 ? r : 1;
        }

        return 0;
}

int feed_members_first(Feed *feed, FeedStep next, FeedStep *ret)
{
        FeedAnswer *answer = &feed->answer;
        bool is_due = answer->kind != APPLY_DELTA || answer->is_reconcile || feed->members_due;
        int r = 0;

        *ret = next;
        if (feed->settings.config->n_memberships == 0 || answer->members_asked)
                return 0;
        if (!is_due)
                r = feed_lacks_members(feed);
        if (r < 0 || (r == 0 && !is_due))
                return r;

        answer->members_asked = true;
        answer->after_members = next;
        answer->member_at = 0;
        feed->members_due = false;
        *ret = STEP_MEMBERS;
        return 0;
}

static int feed_members_ask(Feed *feed)
{
        const Membership *membership = feed_membership(feed);
        Apply *apply;
        int r;

        if (!membership) {
                feed->step = feed->answer.after_members;
                return 0;
        }

        r = feed_answer_apply(feed, &apply);
        if (r >= 0 && feed->cookie.size == 0)
                r = apply_membership(apply, feed->answer.member_at);
        if (r < 0)
                return r;

        feed_ask(feed, FEED_SUBTREE, feed->server.naming_context, membership->filter,
                 (const AttributeId[]){ ATTRIBUTE_OBJECT_GUID, ATTRIBUTE_NONE });
        feed_ask_for_page(feed, feed->page_size);
        feed->request.domain_scope = feed->server.has_domain_scope;
        return 0;
}

static int feed_members_entry(Feed *feed, const Object *object)
{
        Apply *apply;
        int r;

        feed_pages_entry(&feed->answer.pages, object);
        if (guid_is_null(&object->guid))
                return 0;

        r = feed_answer_apply(feed, &apply);
        return r < 0 ? r : apply_stage_member(apply, feed->answer.member_at, &object->guid);
}

static int feed_members_done(Feed *feed, const FeedResult *result)
{
        bool is_last;
        int r;

        r = feed_page_done(feed, result, &is_last);
        if (r != 0 || !is_last)
                return r;

        feed->answer.pages = (FeedPages){};
        feed->answer.member_at++;
        return 0;
}

const FeedStepFunctions feed_step_members = { feed_members_ask, feed_members_entry,
                                              feed_members_done };
