/* SPDX-License-Identifier: MIT */
#include "lib/core/inventory-reader-internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/core/json.h"
#include "lib/core/text.h"

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

void inventory_reader_want_id(InventoryReader *reader)
{
        reader->wants_id = true;
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

int reader_complain(InventoryReader *reader, int64_t at, const char *reason)
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

/* What modules and the portal call the same. */
static const struct {
        const char *name, *alias;
} aliases[] = {
        { "id", "objectId" },
        { "onPremisesImmutableId", "immutableId" },
        { "onPremisesSyncEnabled", "dirSyncEnabled" },
        { "onPremisesSyncEnabled", "directorySynced" },
};

static json_object *find_member(json_object *object, const char *name)
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

json_object *inventory_member(json_object *object, const char *name)
{
        json_object *found = find_member(object, name);

        for (size_t i = 0; i < ARRAY_SIZE(aliases) && !found; i++)
                if (strcmp(aliases[i].name, name) == 0)
                        found = find_member(object, aliases[i].alias);
        return found;
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

int reader_take(InventoryReader *reader, json_object *value, int64_t at)
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

/* ------------------------------------------------------------------ CSV */

/* Any text has a first line. Without a column that tells objects apart it would be an export of which nothing is there any more. */
static bool csv_has_id(const InventoryCsv *csv)
{
        static const char *const columns[] = { "id", "objectId", "principalId" };

        for (size_t i = 0; i < csv->n_names; i++)
                for (size_t k = 0; k < ARRAY_SIZE(columns); k++)
                        if (strcasecmp(csv->names[i], columns[k]) == 0)
                                return true;
        return false;
}

static int reader_take_row(InventoryReader *reader, int64_t at)
{
        _cleanup_json_ json_object *row = NULL;
        const char *reason = NULL;
        int r;

        r = inventory_csv_take(&reader->csv, &row, &reason);
        if (r == -EBADMSG)
                return reader_complain(reader, at, reason);
        if (r >= 0 && !row && reader->wants_id && !csv_has_id(&reader->csv))
                return reader_complain(reader, at,
                                       "this is no JSON, and no CSV with a column \"id\" in its "
                                       "first line: \"scanctl cloud commands\" exports what can be "
                                       "read");
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
                while (position < text->size &&
                       (reader_is_white(text->data[position]) || reader_has_mark(reader, position)))
                        position += reader_is_white(text->data[position]) ? 1 : 3;
                if (position < text->size && text->data[position] != '{' &&
                    text->data[position] != '[') {
                        reader->shape = INVENTORY_CSV;
                        reader->state = STATE_CSV;
                }
        }

        return reader->state == STATE_CSV ? reader_feed_csv(reader, position)
                                          : reader_feed_json(reader, position);
}

bool reader_has_mark(const InventoryReader *reader, size_t position)
{
        const Buffer *text = &reader->text.text;

        return text->size - position >= 3 && memcmp(text->data + position, "\xef\xbb\xbf", 3) == 0;
}

/* By the signs of gzip, zip, 7z and xz. */
static bool reader_is_compressed(const InventoryReader *reader)
{
        static const char *const signs[] = { "\037\213", "PK\003\004", "7z\274\257", "\3757zX" };

        for (size_t i = 0; i < ARRAY_SIZE(signs); i++)
                if (reader->n_first >= strlen(signs[i]) &&
                    memcmp(reader->first, signs[i], strlen(signs[i])) == 0)
                        return true;
        return false;
}

static int reader_no_text(InventoryReader *reader)
{
        if (reader_is_compressed(reader))
                return reader_complain(reader, reader->text.next,
                                       "the file is compressed: unpack it first");
        return reader_complain(reader, reader->text.next,
                               reader->text.encoding == INVENTORY_UTF8
                                       ? "this is no UTF-8: export as UTF-8 or UTF-16"
                                       : "this is no UTF-16: export as UTF-8 or UTF-16");
}

int inventory_reader_feed(InventoryReader *reader, const void *data, size_t size)
{
        const uint8_t *bytes = data;
        int r, bad;

        for (size_t i = 0; i < size && reader->n_first < sizeof(reader->first); i++)
                reader->first[reader->n_first++] = bytes[i];
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
                bool is_closed = reader->csv.was_quote || !reader->csv.names;

                r = inventory_csv_end(&reader->csv);
                if (r == CSV_ROW && !is_closed)
                        return reader_complain(reader, reader->text.next,
                                               "there is no line break behind the last row: the "
                                               "file is truncated, or lacks only that");
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
