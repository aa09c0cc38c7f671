/* SPDX-License-Identifier: MIT */
#include "lib/core/inventory-reader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/core/inventory-csv.h"
#include "lib/core/json.h"
#include "lib/core/text.h"

/*
 * Values are found by their brackets and quotation marks, which needs no memory but a depth, and then parsed whole: a JSON parser that
 * is fed in pieces would have to be trusted with where one value ends, which not all versions of json-c tell alike.
 */

typedef enum ReaderState {
        STATE_BETWEEN,       /* documents */
        STATE_ARRAY_FIRST,   /* behind "[" */
        STATE_ARRAY_ELEMENT, /* behind "," */
        STATE_ARRAY_NEXT,    /* behind an element */
        STATE_PAGE_FIRST,    /* behind "{" */
        STATE_PAGE_KEY,      /* behind "," */
        STATE_PAGE_COLON,    /* behind the name of a member */
        STATE_PAGE_VALUE,
        STATE_PAGE_NEXT, /* behind a member */
        STATE_VALUE,     /* within an element, or the name or value of a member */
        STATE_CSV,
} ReaderState;

struct InventoryReader {
        InventoryTake take;
        void *userdata;

        InventoryText text;
        InventoryCsv csv;
        json_tokener *tokener;
        InventoryShape shape;
        size_t n_taken, n_continued, n_ended;
        Buffer error;

        ReaderState state;
        bool is_in_page; /* the array is the "value" of a page */

        /* The value under way. */
        ReaderState behind; /* where it leads */
        Buffer value;
        int64_t value_at; /* the byte of the file where it begins */
        unsigned depth;
        bool is_string;  /* within quotation marks */
        bool is_escaped; /* behind a backslash */
        bool is_scalar;  /* ends before the next separator */

        /* The object under way: a page, or an object of its own. */
        json_object *head;
        size_t head_size;
        char *key;
        bool is_page;
};

const char *inventory_shape_name(InventoryShape shape)
{
        switch (shape) {
        case INVENTORY_EMPTY:
                return "nothing";
        case INVENTORY_PAGES:
                return "pages of Graph";
        case INVENTORY_ARRAY:
                return "an array";
        case INVENTORY_OBJECTS:
                return "single objects";
        case INVENTORY_CSV:
                return "CSV";
        }

        return "nothing";
}

static int quiet_take(void *userdata, const InventoryElement *element, const char **ret_reason)
{
        return 0;
}

int inventory_reader_new(InventoryTake take, void *userdata, InventoryReader **ret)
{
        _cleanup_(inventory_reader_freep) InventoryReader *reader = calloc(1, sizeof(*reader));

        if (!reader)
                return -ENOMEM;

        reader->take = take ?: quiet_take;
        reader->userdata = userdata;
        reader->tokener = json_tokener_new();
        if (!reader->tokener)
                return -ENOMEM;
        json_tokener_set_flags(reader->tokener, JSON_TOKENER_STRICT);

        *ret = TAKE_PTR(reader);
        return 0;
}

InventoryReader *inventory_reader_free(InventoryReader *reader)
{
        if (!reader)
                return NULL;

        inventory_text_done(&reader->text);
        inventory_csv_done(&reader->csv);
        if (reader->tokener)
                json_tokener_free(reader->tokener);
        buffer_done(&reader->error);
        buffer_done(&reader->value);
        (void)json_object_put(reader->head);
        free(reader->key);
        free(reader);
        return NULL;
}

/* Says what is wrong at a byte. Reasons may quote what stands in the file. */
static int reader_complain(InventoryReader *reader, int64_t at, const char *reason)
{
        int r;

        buffer_reset(&reader->error);
        r = buffer_append_format(&reader->error, "byte %lld, object %zu: ", (long long)at,
                                 reader->n_taken + 1);
        if (r >= 0)
                r = text_escape(reason, strlen(reason), 800, &reader->error);
        if (r < 0 || !buffer_string(&reader->error))
                return -ENOMEM;
        return -EBADMSG;
}

const char *inventory_reader_error(const InventoryReader *reader)
{
        return (const char *)reader->error.data;
}

/* ------------------------------------------------------------------ objects */

static const char *member_string(json_object *object, const char *name)
{
        json_object *value = inventory_member(object, name);

        return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

json_object *inventory_member(json_object *object, const char *name)
{
        json_object *exact;

        if (!json_object_is_type(object, json_type_object))
                return NULL;
        if (json_object_object_get_ex(object, name, &exact))
                return exact;

        json_object_object_foreach(object, key, value)
        {
                if (strcasecmp(key, name) == 0)
                        return value;
        }

        return NULL;
}

/* PowerShell writes what lies deeper than -Depth as text: the name of a type, or "@{Id=…; …}". */
static bool is_flattened(const char *text)
{
        return strncmp(text, "@{", 2) == 0 || strncmp(text, "System.", 7) == 0 ||
               strncmp(text, "Microsoft.Graph.", 16) == 0;
}

static const char *wrong_type(json_object *value)
{
        if (json_object_is_type(value, json_type_string) &&
            is_flattened(json_object_get_string(value)))
                return "the object was flattened to a text by ConvertTo-Json: export again with "
                       "\"ConvertTo-Json -Depth 8\"";
        return "this is no object: an export holds users, groups or the like here";
}

static int reader_take(InventoryReader *reader, json_object *value, int64_t at)
{
        InventoryElement element = {
                .value = value,
                .number = reader->n_taken + 1,
                .context =
                        reader->is_in_page ? member_string(reader->head, "@odata.context") : NULL,
                .is_csv = reader->state == STATE_CSV,
        };
        const char *reason = NULL;
        int r;

        if (!json_object_is_type(value, json_type_object))
                return reader_complain(reader, at, wrong_type(value));

        r = reader->take(reader->userdata, &element, &reason);
        if (r == -EBADMSG)
                return reader_complain(reader, at, reason ?: "the object cannot be read");
        if (r >= 0)
                reader->n_taken++;
        return r;
}

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

static bool is_white(uint8_t c)
{
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
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
                return c == ',' || c == ']' || c == '}' || is_white(c) ? 2 : 0;

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

static int head_end(InventoryReader *reader, size_t position)
{
        reader->state = STATE_BETWEEN;
        if (reader->is_page) {
                if (inventory_member(reader->head, "@odata.nextLink"))
                        reader->n_continued++;
                else
                        reader->n_ended++;
                return 0;
        }

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

static int reader_feed_json(InventoryReader *reader, size_t position)
{
        const Buffer *text = &reader->text.text;

        while (position < text->size) {
                ReaderState state = reader->state;
                uint8_t c = text->data[position];
                char stands[] = { '"', (char)c, '"', 0 };
                size_t before = position;
                int r;

                if (state != STATE_VALUE && is_white(c)) {
                        position++;
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

/* ------------------------------------------------------------------ CSV */

static int reader_take_row(InventoryReader *reader, int64_t at)
{
        _cleanup_json_ json_object *row = NULL;
        const char *reason = NULL;
        int r;

        r = inventory_csv_take(&reader->csv, &row, &reason);
        if (r == -EBADMSG)
                return reader_complain(reader, at, reason);
        return r < 0 || !row ? r : reader_take(reader, row, at);
}

static int reader_feed_csv(InventoryReader *reader, size_t position)
{
        const Buffer *text = &reader->text.text;

        for (; position < text->size; position++) {
                int r = inventory_csv_feed(&reader->csv, (char)text->data[position]);

                if (r == CSV_ROW)
                        r = reader_take_row(reader, inventory_text_offset(&reader->text, position));
                if (r >= 0 && reader->csv.row.size > INVENTORY_OBJECT_MAX)
                        r = reader_complain(reader, inventory_text_offset(&reader->text, position),
                                            "the row is larger than 4 MiB, or a quotation mark is "
                                            "missing");
                if (r < 0)
                        return r;
        }

        return 0;
}

/* ------------------------------------------------------------------ the file */

/* The first sign that is no white space tells JSON from CSV. */
static int reader_feed_text(InventoryReader *reader)
{
        const Buffer *text = &reader->text.text;
        size_t position = 0;

        if (reader->state == STATE_BETWEEN && reader->shape == INVENTORY_EMPTY) {
                while (position < text->size && is_white(text->data[position]))
                        position++;
                if (position < text->size && text->data[position] != '{' &&
                    text->data[position] != '[') {
                        reader->shape = INVENTORY_CSV;
                        reader->state = STATE_CSV;
                }
        }

        return reader->state == STATE_CSV ? reader_feed_csv(reader, position)
                                          : reader_feed_json(reader, position);
}

static int reader_no_text(InventoryReader *reader)
{
        return reader_complain(reader, reader->text.next,
                               reader->text.encoding == INVENTORY_UTF8
                                       ? "this is no UTF-8: export as UTF-8 or UTF-16"
                                       : "this is no UTF-16: export as UTF-8 or UTF-16");
}

int inventory_reader_feed(InventoryReader *reader, const void *data, size_t size)
{
        int r, bad;

        bad = inventory_text_feed(&reader->text, data, size);
        if (bad < 0 && bad != -EILSEQ)
                return bad;

        /* What stands before the wrong byte is read first: the object that it is in is to be named. */
        r = reader_feed_text(reader);
        return r < 0 ? r : bad < 0 ? reader_no_text(reader) : 0;
}

int inventory_reader_end(InventoryReader *reader)
{
        int r, bad;

        bad = inventory_text_end(&reader->text);
        if (bad < 0 && bad != -EILSEQ)
                return bad;
        r = reader_feed_text(reader);
        if (r < 0)
                return r;
        if (bad < 0)
                return reader_complain(reader, reader->text.next,
                                       "the file ends within a character: it is truncated");

        if (reader->state == STATE_CSV) {
                r = inventory_csv_end(&reader->csv);
                if (r == CSV_ROW)
                        return reader_take_row(reader, reader->text.next);
                if (r != -EBADMSG)
                        return r;
        } else if (reader->state == STATE_BETWEEN && reader->shape != INVENTORY_EMPTY)
                return 0;

        if (reader->state == STATE_BETWEEN && !reader->head)
                return reader_complain(reader, reader->text.next, "the file is empty");
        if (reader->state == STATE_BETWEEN)
                return 0;
        return reader_complain(reader, reader->text.next,
                               "the file ends within an object or list: it is truncated");
}

InventoryShape inventory_reader_shape(const InventoryReader *reader)
{
        return reader->shape;
}

InventoryEncoding inventory_reader_encoding(const InventoryReader *reader)
{
        return reader->text.encoding;
}

size_t inventory_reader_count(const InventoryReader *reader)
{
        return reader->n_taken;
}

size_t inventory_reader_continued(const InventoryReader *reader)
{
        return reader->n_continued;
}

size_t inventory_reader_ended(const InventoryReader *reader)
{
        return reader->n_ended;
}
