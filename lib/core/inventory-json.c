/* SPDX-License-Identifier: MIT */

/* The objects of JSON in all the shapes that exports have, one after the other. */

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "lib/core/inventory-reader-internal.h"
#include "lib/core/json.h"

/*
 * Values are found by their brackets and quotation marks, which needs no memory but a depth, and then parsed whole: a JSON parser that
 * is fed in pieces would have to be trusted with where one value ends, which not all versions of json-c tell alike.
 */

/* ------------------------------------------------------------------ values */

static void value_begin(InventoryReader *reader, size_t position, ReaderState behind)
{
        buffer_reset(&reader->value);
        reader->value_at = inventory_text_offset(&reader->text, position);
        reader->depth = 0;
        reader->is_string = reader->is_escaped = reader->is_scalar = false;
        reader->behind = behind;
        reader->state = STATE_VALUE;
}

/* Looks at one byte: 1 where it is the value's last, 2 where the value has ended before it, 0 where it goes on. */
static int value_look(InventoryReader *reader, uint8_t c)
{
        if (reader->is_string) {
                if (reader->is_escaped)
                        reader->is_escaped = false;
                else if (c == '\\')
                        reader->is_escaped = true;
                else if (c == '"') {
                        reader->is_string = false;
                        return reader->depth == 0;
                }
                return 0;
        }
        if (reader->is_scalar)
                return c == ',' || c == ']' || c == '}' || reader_is_white(c) ? 2 : 0;

        switch (c) {
        case '"':
                reader->is_string = true;
                return 0;
        case '{':
        case '[':
                reader->depth++;
                return 0;
        case '}':
        case ']':
                if (reader->depth == 0)
                        return 2;
                reader->depth--;
                return reader->depth == 0;
        }
        reader->is_scalar = reader->depth == 0;
        return 0;
}

/* The byte of the file at a place of the value, which is UTF-8 while the file may not be. */
static int64_t value_offset(const InventoryReader *reader, size_t position)
{
        const InventoryText view = {
                .text = reader->value,
                .at = reader->value_at,
                .encoding = reader->text.encoding,
        };

        return inventory_text_offset(&view,
                                     position < reader->value.size ? position : reader->value.size);
}

static int value_parse(InventoryReader *reader, json_object **ret)
{
        const char *text = buffer_string(&reader->value);
        enum json_tokener_error error;

        if (!text)
                return -ENOMEM;

        /* The NUL goes along: only with it is a number over. */
        json_tokener_reset(reader->tokener);
        *ret = json_tokener_parse_ex(reader->tokener, text, (int)reader->value.size + 1);
        error = json_tokener_get_error(reader->tokener);
        if (error == json_tokener_success && reader->value.size > 0)
                return 0;

        (void)json_object_put(*ret);
        *ret = NULL;
        return reader_complain(reader,
                               value_offset(reader, json_tokener_get_parse_end(reader->tokener)),
                               error == json_tokener_success ? "a value is missing"
                                                             : json_tokener_error_desc(error));
}

static int head_add_key(InventoryReader *reader, json_object *key)
{
        free(reader->key);
        reader->key = NULL;
        if (!json_object_is_type(key, json_type_string))
                return reader_complain(reader, reader->value_at,
                                       "the name of a member is no text in quotation marks");

        reader->key = strdup(json_object_get_string(key));
        return reader->key ? 0 : -ENOMEM;
}

static int head_add_value(InventoryReader *reader, json_object **value)
{
        reader->head_size += reader->value.size;
        if (reader->head_size > INVENTORY_OBJECT_MAX)
                return reader_complain(reader, reader->value_at,
                                       "the object is larger than 4 MiB: this is no export");

        if (json_object_object_add(reader->head, reader->key, *value) < 0)
                return -ENOMEM;
        *value = NULL;
        return 0;
}

static int value_end(InventoryReader *reader)
{
        _cleanup_json_ json_object *value = NULL;
        int r;

        r = value_parse(reader, &value);
        if (r < 0)
                return r;

        reader->state = reader->behind;
        if (reader->state == STATE_PAGE_COLON)
                return head_add_key(reader, value);
        if (reader->state == STATE_PAGE_NEXT)
                return head_add_value(reader, &value);
        return reader_take(reader, value, reader->value_at);
}

/* Takes bytes of the value from *position on, and leaves it behind its last one. */
static int value_feed(InventoryReader *reader, size_t *position)
{
        const Buffer *text = &reader->text.text;
        size_t first = *position, at = first;
        int ends = 0, r;

        while (at < text->size && ends == 0)
                ends = value_look(reader, text->data[at++]);
        if (ends == 2)
                at--;

        if (reader->value.size + (at - first) > INVENTORY_OBJECT_MAX)
                return reader_complain(reader, reader->value_at,
                                       "the object is larger than 4 MiB, or a bracket or "
                                       "quotation mark is missing");
        r = buffer_append(&reader->value, text->data + first, at - first);
        if (r < 0)
                return r;

        *position = at;
        return ends ? value_end(reader) : 0;
}

/* ------------------------------------------------------------------ documents */

static int head_begin(InventoryReader *reader)
{
        (void)json_object_put(reader->head);
        reader->head = json_object_new_object();
        reader->head_size = 0;
        reader->is_page = false;
        reader->state = STATE_PAGE_FIRST;
        return reader->head ? 0 : -ENOMEM;
}

/* What Graph answers where it has no page, and a script wrote into the file all the same. 0: it is none. */
static int head_complain(InventoryReader *reader, size_t position)
{
        json_object *error = inventory_member(reader->head, "error");
        json_object *code = inventory_member(error, "code");
        json_object *message = inventory_member(error, "message");
        const char *text = json_object_is_type(message, json_type_string)
                                   ? json_object_get_string(message)
                                   : "";
        _cleanup_buffer_ Buffer reason = BUFFER_INIT;
        size_t size = strlen(text);

        if (!json_object_is_type(code, json_type_string))
                return 0;
        if (size > 0 && text[size - 1] == '.')
                size--;
        if (buffer_append_format(&reason, "Graph gave an error where an export should be: %s: %.*s",
                                 json_object_get_string(code), (int)size, text) < 0 ||
            !buffer_string(&reason))
                return -ENOMEM;
        return reader_complain(reader, inventory_text_offset(&reader->text, position),
                               (const char *)reason.data);
}

static int head_end(InventoryReader *reader, size_t position)
{
        int r;

        reader->state = STATE_BETWEEN;
        if (reader->is_page) {
                if (inventory_member(reader->head, "@odata.nextLink"))
                        reader->n_continued++;
                else
                        reader->n_ended++;
                return 0;
        }

        r = head_complain(reader, position);
        if (r < 0)
                return r;
        if (reader->shape == INVENTORY_EMPTY)
                reader->shape = INVENTORY_OBJECTS;
        return reader_take(reader, reader->head, inventory_text_offset(&reader->text, position));
}

static int array_end(InventoryReader *reader)
{
        reader->state = reader->is_in_page ? STATE_PAGE_NEXT : STATE_BETWEEN;
        reader->is_in_page = false;
        return 0;
}

static int document_begin(InventoryReader *reader, uint8_t c)
{
        switch (c) {
        case '[':
                if (reader->shape == INVENTORY_EMPTY)
                        reader->shape = INVENTORY_ARRAY;
                reader->state = STATE_ARRAY_FIRST;
                return 0;
        case '{':
                return head_begin(reader);
        }

        return -EBADMSG;
}

/* The member "value" of a page is the array that is looked for; it is not kept, however long it is. */
static bool is_page_array(const InventoryReader *reader, uint8_t c)
{
        return c == '[' && strcasecmp(reader->key, "value") == 0;
}

static int page_array_begin(InventoryReader *reader)
{
        reader->is_page = reader->is_in_page = true;
        if (reader->shape == INVENTORY_EMPTY)
                reader->shape = INVENTORY_PAGES;
        reader->state = STATE_ARRAY_FIRST;
        return 0;
}

/* What may stand where nothing is under way: for each state, the signs that lead on. -EBADMSG: not this one. */
static int reader_step(InventoryReader *reader, uint8_t c, size_t *position)
{
        switch (reader->state) {
        case STATE_BETWEEN:
                (*position)++;
                return document_begin(reader, c);

        case STATE_ARRAY_FIRST:
        case STATE_ARRAY_ELEMENT:
                if (c == ']' && reader->state == STATE_ARRAY_FIRST) {
                        (*position)++;
                        return array_end(reader);
                }
                if (c == ',' || c == ']' || c == '}' || c == ':')
                        return -EBADMSG;
                value_begin(reader, *position, STATE_ARRAY_NEXT);
                return 0;

        case STATE_ARRAY_NEXT:
                (*position)++;
                if (c == ',')
                        reader->state = STATE_ARRAY_ELEMENT;
                else if (c == ']')
                        return array_end(reader);
                return c == ',' ? 0 : -EBADMSG;

        case STATE_PAGE_FIRST:
        case STATE_PAGE_KEY:
                if (c == '}' && reader->state == STATE_PAGE_FIRST)
                        return head_end(reader, (*position)++);
                if (c != '"')
                        return -EBADMSG;
                value_begin(reader, *position, STATE_PAGE_COLON);
                return 0;

        case STATE_PAGE_COLON:
                (*position)++;
                reader->state = STATE_PAGE_VALUE;
                return c == ':' ? 0 : -EBADMSG;

        case STATE_PAGE_VALUE:
                if (c == ',' || c == ']' || c == '}' || c == ':')
                        return -EBADMSG;
                if (is_page_array(reader, c)) {
                        (*position)++;
                        return page_array_begin(reader);
                }
                value_begin(reader, *position, STATE_PAGE_NEXT);
                return 0;

        case STATE_PAGE_NEXT:
                if (c == '}')
                        return head_end(reader, (*position)++);
                (*position)++;
                reader->state = STATE_PAGE_KEY;
                return c == ',' ? 0 : -EBADMSG;

        case STATE_VALUE:
                return value_feed(reader, position);

        case STATE_CSV:
                return 0;
        }

        return -EBADMSG;
}

static const char *state_expects(ReaderState state)
{
        switch (state) {
        case STATE_BETWEEN:
                return "\"{\" or \"[\"";
        case STATE_ARRAY_FIRST:
                return "an object or \"]\"";
        case STATE_ARRAY_ELEMENT:
                return "an object";
        case STATE_ARRAY_NEXT:
                return "\",\" or \"]\"";
        case STATE_PAGE_FIRST:
                return "the name of a member or \"}\"";
        case STATE_PAGE_KEY:
                return "the name of a member";
        case STATE_PAGE_COLON:
                return "\":\"";
        case STATE_PAGE_VALUE:
                return "a value";
        case STATE_PAGE_NEXT:
                return "\",\" or \"}\"";
        case STATE_VALUE:
                return "the rest of a value";
        case STATE_CSV:
                return "the end of a quoted cell";
        }

        return "something else";
}

static int reader_expected(InventoryReader *reader, ReaderState state, int64_t at,
                           const char *stands)
{
        _cleanup_buffer_ Buffer reason = BUFFER_INIT;

        if (buffer_append_format(&reason, "%s stands where %s should", stands,
                                 state_expects(state)) < 0 ||
            !buffer_string(&reason))
                return -ENOMEM;
        return reader_complain(reader, at, (const char *)reason.data);
}

int reader_feed_json(InventoryReader *reader, size_t position)
{
        const Buffer *text = &reader->text.text;

        while (position < text->size) {
                ReaderState state = reader->state;
                uint8_t c = text->data[position];
                char stands[] = { '"', (char)c, '"', 0 };
                size_t before = position;
                int r;

                if (state != STATE_VALUE && reader_is_white(c)) {
                        position++;
                        continue;
                }
                if (state == STATE_BETWEEN && reader_has_mark(reader, position)) {
                        position += 3;
                        continue;
                }

                r = reader_step(reader, c, &position);
                if (r == -EBADMSG && reader->error.size == 0)
                        r = reader_expected(reader, state,
                                            inventory_text_offset(&reader->text, before),
                                            c >= 0x20 && c < 0x7f ? stands : "something");
                if (r < 0)
                        return r;
        }

        return 0;
}
