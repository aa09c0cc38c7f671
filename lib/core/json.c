/* SPDX-License-Identifier: MIT */
#include "lib/core/json.h"

#include <errno.h>
#include <string.h>

#include "lib/core/value-text.h"

/* json-c takes an int for the length: what is longer than that is no value of a directory, but
 * might be asked all the same. */
static json_object *json_new_text(const void *data, size_t size)
{
        if (size == 0)
                return json_object_new_string("");

        return size <= INT32_MAX ? json_object_new_string_len(data, (int)size) : NULL;
}

int json_add_bytes(json_object *object, const char *key, const void *data, size_t size)
{
        _cleanup_buffer_ Buffer buffer = BUFFER_INIT;
        int r;

        r = value_text_string((Slice){ data, size }, &buffer);
        if (r < 0)
                return r;

        return json_add(object, key, json_new_text(buffer.data, buffer.size));
}

static int json_add_id(json_object *object, const char *key, uint64_t id)
{
        char string[RECORD_ID_SIZE];

        if (id == 0)
                return json_add_null(object, key);

        record_format_id(id, string);
        return json_add_string(object, key, string);
}

static int json_holder(const RecordHolder *holder, json_object **ret)
{
        _cleanup_json_ json_object *object = json_object_new_object();
        int r;

        if (!object)
                return -ENOMEM;

        if ((r = json_add_string(object, "where", holder->where)) < 0 ||
            (r = json_add_string(object, "domain", holder->domain)) < 0 ||
            (r = json_add_string(object, "dn", holder->dn)) < 0 ||
            (r = json_add_guid(object, "guid", &holder->guid)) < 0 ||
            (r = json_add_string(object, "kind", kind_name(holder->kind))) < 0 ||
            (r = json_add_string(object, "attribute", holder->attribute)) < 0 ||
            (r = json_add_string(object, "value", holder->value)) < 0 ||
            (r = json_add_time(object, "as_of", holder->as_of)) < 0 ||
            (r = json_add_string(object, "name", holder->name)) < 0 ||
            (r = json_add_string(object, "user_principal_name", holder->user_principal_name)) < 0 ||
            (r = json_add_string(object, "state", holder->state)) < 0)
                return r;

        *ret = TAKE_PTR(object);
        return 0;
}

static int json_add_holders(json_object *object, const Record *record)
{
        _cleanup_json_ json_object *array = json_object_new_array();
        int r;

        if (!array)
                return -ENOMEM;

        for (size_t i = 0; i < record->n_others; i++) {
                json_object *holder;

                r = json_holder(&record->others[i], &holder);
                if (r < 0)
                        return r;
                r = json_append(array, holder);
                if (r < 0)
                        return r;
        }

        return json_add(object, "others", TAKE_PTR(array));
}

static int json_add_acceptance(json_object *object, const RecordAcceptance *acceptance)
{
        _cleanup_json_ json_object *accepted = NULL;
        int r;

        if (acceptance->until == 0)
                return json_add_null(object, "accepted");

        accepted = json_object_new_object();
        if (!accepted)
                return -ENOMEM;
        if ((r = json_add_time(accepted, "since", acceptance->since)) < 0 ||
            (r = json_add_time(accepted, "until", acceptance->until)) < 0 ||
            (r = json_add_string(accepted, "who", acceptance->who)) < 0 ||
            (r = json_add_integer(accepted, "uid", acceptance->uid)) < 0 ||
            (r = json_add_string(accepted, "why", acceptance->why)) < 0)
                return r;

        return json_add(object, "accepted", TAKE_PTR(accepted));
}

int json_record(const Record *record, json_object **ret)
{
        _cleanup_json_ json_object *object = json_object_new_object();
        int r;

        if (!object)
                return -ENOMEM;

        if ((r = json_add_id(object, "id", record->id)) < 0 ||
            (r = json_add_string(object, "rule", record->rule)) < 0 ||
            (r = json_add_string(object, "class", rule_class_name(record->class))) < 0 ||
            (r = json_add_string(object, "severity", severity_name(record->severity))) < 0 ||
            (r = json_add_string(object, "certainty", certainty_name(record->certainty))) < 0 ||
            (r = json_add_string(object, "domain", record->domain)) < 0 ||
            (r = json_add_guid(object, "guid", &record->guid)) < 0 ||
            (r = json_add_string(object, "dn", record->dn)) < 0 ||
            (r = json_add_string(object, "kind", kind_name(record->kind))) < 0 ||
            (r = json_add_string(object, "attribute", record->attribute)) < 0 ||
            (r = json_add_string(object, "value", record->value)) < 0 ||
            (r = json_add_holders(object, record)) < 0 ||
            (r = json_add_integer(object, "others_total", (int64_t)record->others_total)) < 0 ||
            (r = json_add_string(object, "detail", record->detail)) < 0 ||
            (r = json_add_string(object, "advice", record->advice)) < 0 ||
            (r = json_add_string(object, "source", record->source)) < 0 ||
            (r = json_add_time(object, "opened", record->opened)) < 0 ||
            (r = json_add_acceptance(object, &record->acceptance)) < 0 ||
            (r = json_add_boolean(object, "held", record->is_held)) < 0)
                return r;

        *ret = TAKE_PTR(object);
        return 0;
}

int json_append_record(json_object *array, const Record *record)
{
        json_object *element;
        int r;

        r = json_record(record, &element);
        return r < 0 ? r : json_append(array, element);
}

static int json_values(const Object *object, AttributeId attribute, json_object **ret)
{
        _cleanup_json_ json_object *array = json_object_new_array();
        _cleanup_buffer_ Buffer buffer = BUFFER_INIT;
        const Value *values;
        size_t n;
        int r;

        if (!array)
                return -ENOMEM;

        values = object_values(object, attribute, &n);
        for (size_t i = 0; i < n; i++) {
                buffer_reset(&buffer);
                r = value_text(attribute, (Slice){ values[i].data, values[i].size }, &buffer);
                if (r < 0)
                        return r;
                r = json_append(array, json_new_text(buffer.data, buffer.size));
                if (r < 0)
                        return r;
        }

        *ret = TAKE_PTR(array);
        return 0;
}

int json_attributes(const Object *object, json_object **ret)
{
        _cleanup_json_ json_object *attributes = json_object_new_object();
        int r;

        if (!attributes)
                return -ENOMEM;

        for (AttributeId attribute = 1; attribute < ATTRIBUTE_MAX; attribute++) {
                json_object *values;

                if (!object_has(object, attribute))
                        continue;

                r = json_values(object, attribute, &values);
                if (r < 0)
                        return r;
                r = json_add(attributes, attribute_name(attribute), values);
                if (r < 0)
                        return r;
        }

        *ret = TAKE_PTR(attributes);
        return 0;
}
