/* SPDX-License-Identifier: MIT */
#include "ctl/event-text.h"

#include <errno.h>
#include <string.h>

#include "ctl/finding-writer.h"
#include "lib/core/value-text.h"

int event_value_text(const char *attribute, Slice value, Buffer *buffer)
{
        AttributeId id = attribute ? attribute_find(attribute, strlen(attribute)) : ATTRIBUTE_NONE;

        if (!value.data)
                return 0;
        return id != ATTRIBUTE_NONE ? value_text(id, value, buffer)
                                    : value_text_string(value, buffer);
}

int event_acceptance_text(const Event *event, Buffer *buffer)
{
        const RecordAcceptance acceptance = { .until = event->until,
                                              .who = event->who,
                                              .why = event->why };

        if (event->type == EVENT_ACCEPTANCE_UNDONE)
                return buffer_append_format(buffer, "by %s", event->who);
        return finding_acceptance_text(&acceptance, buffer);
}

static int add_value(json_object *object, const char *key, const char *attribute, Slice value)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;

        if (!value.data)
                return json_add_string(object, key, NULL);
        if (event_value_text(attribute, value, &text) < 0)
                return -ENOMEM;
        return json_add_bytes(object, key, text.data, text.size);
}

int event_json(const Event *event, json_object *object)
{
        int r;

        if ((r = json_add_time(object, "at", event->at)) < 0 ||
            (r = json_add_string(object, "event", event_type_name(event->type))) < 0 ||
            (r = json_add_string(object, "dn", event->dn)) < 0 ||
            (r = json_add_string(object, "rule", event->rule)) < 0 ||
            (r = json_add_string(object, "severity",
                                 event->rule ? severity_name(event->severity) : NULL)) < 0 ||
            (r = json_add_string(object, "attribute", event->attribute)) < 0 ||
            (r = add_value(object, "old_value", event->attribute, event->old_value)) < 0 ||
            (r = add_value(object, "value", event->attribute, event->value)) < 0 ||
            (r = json_add_time(object, "until", event->until)) < 0 ||
            (r = json_add_string(object, "who", event->who)) < 0)
                return r;
        return json_add_string(object, "why", event->why);
}
