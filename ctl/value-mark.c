/* SPDX-License-Identifier: MIT */
#include "ctl/value-mark.h"

#include "lib/core/sync-attribute.h"
#include "lib/core/value-text.h"

/* Values are told by their place, since equal ones may fare differently. */
static const char *find_drop(const Prediction *prediction, Slice value)
{
        for (size_t i = 0; i < prediction->n_dropped; i++)
                if (prediction->dropped[i].value.data == value.data)
                        return prediction->dropped[i].reason;
        return NULL;
}

static int mark_address(const Predicted *predicted, Slice value, Buffer *buffer)
{
        const char *licensed = find_drop(predicted->licensed, value);
        const char *unlicensed = find_drop(predicted->unlicensed, value);

        if (licensed && unlicensed)
                return buffer_append_format(buffer, "dropped: %s", licensed);
        if (licensed)
                return buffer_append_format(buffer, "dropped with a licence: %s", licensed);
        return unlicensed
                       ? buffer_append_format(buffer, "dropped without a licence: %s", unlicensed)
                       : 0;
}

static int mark_name(Slice value, Slice becomes, Buffer *buffer)
{
        int r;

        if (becomes.size == 0 || slice_equal(value, becomes))
                return 0;

        r = buffer_append_string(buffer, "becomes ");
        return r < 0 ? r : value_text_string(becomes, buffer);
}

int value_mark(const Predicted *predicted, AttributeId attribute, Slice value, Buffer *buffer)
{
        const char *obstacle;

        if (attribute == ATTRIBUTE_MAIL || attribute == ATTRIBUTE_PROXY_ADDRESSES)
                return mark_address(predicted, value, buffer);
        if (attribute == ATTRIBUTE_USER_PRINCIPAL_NAME)
                return mark_name(value, predicted->licensed->user_principal_name, buffer);
        if (attribute == ATTRIBUTE_MAIL_NICKNAME)
                return mark_name(value, predicted->licensed->mail_nickname, buffer);

        obstacle = sync_attribute_obstacle(predicted->object, attribute);
        return obstacle ? buffer_append_string(buffer, obstacle) : 0;
}
