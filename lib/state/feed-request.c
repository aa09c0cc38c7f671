/* SPDX-License-Identifier: MIT */

/* What the steps of the feed ask with: searches of objects, their pages, single objects, and what a result means. */

#include <errno.h>
#include <string.h>

#include "lib/state/feed-internal.h"

void feed_ask(Feed *feed, FeedScope scope, const char *base, const char *filter,
              const AttributeId *attributes)
{
        feed->request = (FeedRequest){
                .base = base,
                .scope = scope,
                .filter = filter,
                .timeout = feed->settings.config->request_timeout,
        };
        for (; attributes && *attributes != ATTRIBUTE_NONE; attributes++)
                attribute_set_add(&feed->request.attributes, *attributes);
}

void feed_ask_for_page(Feed *feed, unsigned page_size)
{
        feed->request.is_paged = true;
        feed->request.page_size = page_size;
        feed->request.cookie = (Slice){ feed->cookie.data, feed->cookie.size };
}

void feed_ask_for_deleted(Feed *feed)
{
        feed->request.show_deleted = true;
        feed->request.show_recycled = feed->server.has_show_recycled;
        feed->request.domain_scope = feed->server.has_domain_scope;
}

int feed_check_result(const FeedResult *result)
{
        if (result->code < 0)
                return FEED_INCOMPLETE;
        if (result->is_referral)
                return FEED_PROTOCOL;

        switch (result->code) {
        case RESULT_SUCCESS:
                return 0;
        case RESULT_REFERRAL:
                return FEED_PROTOCOL;
        case RESULT_OPERATIONS_ERROR:
        case RESULT_NO_SUCH_OBJECT: /* AD's answer for what may not be seen, too */
        case RESULT_NOT_PERMITTED:
                return FEED_NOT_PERMITTED;
        default:
                return FEED_INCOMPLETE;
        }
}

int feed_check_base_read(const Feed *feed, const FeedResult *result)
{
        int r;

        r = feed_check_result(result);
        if (r != 0)
                return r;
        if (feed->n_entries > 1)
                return FEED_PROTOCOL;

        return feed->n_entries == 1 ? 0 : FEED_NOT_PERMITTED;
}

int feed_ask_for_guid(Feed *feed, const Guid *guid, const AttributeId *attributes)
{
        char text[GUID_STRING_SIZE];
        const char *base;
        int r;

        guid_format(guid, text);
        buffer_reset(&feed->base);
        r = buffer_append_format(&feed->base, "<GUID=%s>", text);
        if (r < 0)
                return r;

        base = buffer_string(&feed->base);
        if (!base)
                return -ENOMEM;

        feed_ask(feed, FEED_BASE, base, "(objectClass=*)", attributes);
        if (!attributes)
                feed_requested_attributes(feed, &feed->request.attributes);
        feed_ask_for_deleted(feed);
        return 0;
}

int feed_ask_for_guids(Feed *feed, const Buffer *guids, size_t *at, const AttributeId *attributes)
{
        const char *filter;
        int r;

        buffer_reset(&feed->filter);
        r = buffer_append_string(&feed->filter, "(|");
        for (unsigned i = 0; i < FEED_GUID_CHUNK && *at < guids->size && r >= 0; i++) {
                char text[GUID_FILTER_SIZE];
                Guid guid;

                memcpy(guid.bytes, guids->data + *at, sizeof(guid.bytes));
                *at += sizeof(guid.bytes);
                guid_format_filter(&guid, text);
                r = buffer_append_format(&feed->filter, "(objectGUID=%s)", text);
        }
        if (r >= 0)
                r = buffer_append_string(&feed->filter, ")");
        if (r < 0)
                return r;

        filter = buffer_string(&feed->filter);
        if (!filter)
                return -ENOMEM;

        feed_ask(feed, FEED_SUBTREE, feed->server.naming_context, filter, attributes);
        if (!attributes)
                feed_requested_attributes(feed, &feed->request.attributes);
        feed_ask_for_deleted(feed);
        return 0;
}
