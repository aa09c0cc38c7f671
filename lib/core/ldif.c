/* SPDX-License-Identifier: MIT */
#include "lib/core/ldif.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "lib/core/sid.h"
#include "lib/core/text.h"

struct LdifReader {
        FILE *stream; /* borrowed */

        char *next; /* the physical line read ahead, to see whether it goes on with the one before */
        size_t next_allocated;
        ssize_t next_size; /* -1: the end */
        bool has_next;
        size_t n_lines;  /* physical lines read, the one ahead included */
        int64_t n_bytes; /* likewise */

        Buffer line; /* the present logical line */
        size_t line_number;
        size_t record_number;
        bool is_started; /* a record was read: "version:" may not come any more */

        LdifEdits edits; /* of a change record */
        Buffer value;    /* decoded base64 */
        Buffer error;
};

int ldif_reader_new(LdifReader **ret, FILE *stream)
{
        LdifReader *reader = calloc(1, sizeof(*reader));

        if (!reader)
                return -ENOMEM;

        reader->stream = stream;
        *ret = reader;
        return 0;
}

LdifReader *ldif_reader_free(LdifReader *reader)
{
        if (!reader)
                return NULL;

        free(reader->next);
        ldif_edits_done(&reader->edits);
        buffer_done(&reader->line);
        buffer_done(&reader->value);
        buffer_done(&reader->error);
        free(reader);
        return NULL;
}

const LdifEdits *ldif_edits(const LdifReader *reader)
{
        return &reader->edits;
}

size_t ldif_line(const LdifReader *reader)
{
        return reader->record_number;
}

int64_t ldif_bytes(const LdifReader *reader)
{
        return reader->n_bytes;
}

/* A sentence for people, and -EBADMSG. */
static int _printf_(2, 3) ldif_complain(LdifReader *reader, const char *format, ...)
{
        va_list arguments;
        char text[256];

        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);

        buffer_reset(&reader->error);
        if (buffer_append_format(&reader->error, "line %zu: %s", reader->line_number, text) < 0)
                return -ENOMEM;
        return -EBADMSG;
}

/* --- lines --- */

static Slice ldif_text(const LdifReader *reader)
{
        return (Slice){ reader->line.data, reader->line.size };
}

/* Windows' editors begin a file of UTF-8 with a byte order mark. */
static void ldif_drop_mark(LdifReader *reader)
{
        static const char mark[] = "\xef\xbb\xbf";
        size_t n = strlen(mark), size = (size_t)reader->next_size;

        if (size < n || memcmp(reader->next, mark, n) != 0)
                return;

        memmove(reader->next, reader->next + n, size - n);
        reader->next_size -= (ssize_t)n;
}

static int ldif_look_ahead(LdifReader *reader)
{
        if (reader->has_next)
                return 0;

        errno = 0;
        reader->next_size = getline(&reader->next, &reader->next_allocated, reader->stream);
        if (reader->next_size < 0 && errno == ENOMEM)
                return -ENOMEM;
        if (reader->next_size < 0 && ferror(reader->stream))
                return -EIO;

        reader->has_next = true;
        if (reader->next_size < 0)
                return 0;

        reader->n_lines++;
        reader->n_bytes += reader->next_size;
        if (reader->next_size > 0 && reader->next[reader->next_size - 1] == '\n')
                reader->next_size--;
        if (reader->next_size > 0 && reader->next[reader->next_size - 1] == '\r')
                reader->next_size--;
        if (reader->n_lines == 1)
                ldif_drop_mark(reader);
        return 0;
}

/* The next logical line: folded lines are joined, comments are left out. 0, LDIF_END, -ENOMEM, -EIO. */
static int ldif_next_line(LdifReader *reader)
{
        int r;

        do {
                r = ldif_look_ahead(reader);
                if (r < 0)
                        return r;
                if (reader->next_size < 0)
                        return LDIF_END;

                buffer_reset(&reader->line);
                reader->line_number = reader->n_lines;
                r = buffer_append(&reader->line, reader->next, (size_t)reader->next_size);
                if (r < 0)
                        return r;

                for (;;) {
                        reader->has_next = false;
                        r = ldif_look_ahead(reader);
                        if (r < 0)
                                return r;
                        if (reader->next_size < 1 || reader->next[0] != ' ' ||
                            reader->line.size == 0)
                                break;
                        r = buffer_append(&reader->line, reader->next + 1,
                                          (size_t)reader->next_size - 1);
                        if (r < 0)
                                return r;
                }
        } while (reader->line.size > 0 && reader->line.data[0] == '#');

        return 0;
}

/* --- values --- */

static int base64_digit(uint8_t c)
{
        if (c >= 'A' && c <= 'Z')
                return c - 'A';
        if (c >= 'a' && c <= 'z')
                return c - 'a' + 26;
        if (c >= '0' && c <= '9')
                return c - '0' + 52;
        return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static int base64_decode(Slice text, Buffer *ret)
{
        uint32_t bits = 0;
        size_t n = text.size, digits = 0;

        if (n % 4 != 0)
                return -EBADMSG;
        for (unsigned i = 0; i < 2 && n > 0 && text.data[n - 1] == '='; i++)
                n--;

        for (size_t i = 0; i < n; i++) {
                int digit = base64_digit(text.data[i]), r;

                if (digit < 0)
                        return -EBADMSG;

                bits = bits << 6 | (uint32_t)digit;
                if (++digits % 4 == 1)
                        continue;
                r = buffer_append_byte(ret, (uint8_t)(bits >> (6 - 2 * ((digits - 1) % 4))));
                if (r < 0)
                        return r;
        }

        return 0;
}

typedef struct LdifPair {
        Slice name;  /* without options */
        Slice value; /* decoded */
} LdifPair;

static Slice skip_blanks(const uint8_t *data, size_t size)
{
        size_t n = 0;

        while (n < size && data[n] == ' ')
                n++;
        return (Slice){ data + n, size - n };
}

/* Takes the present line apart: "name: value", "name:: base64". */
static int ldif_parse_line(LdifReader *reader, LdifPair *ret)
{
        const uint8_t *data = reader->line.data, *colon, *option;
        size_t size = reader->line.size, rest;
        bool is_base64;
        int r;

        colon = memchr(data, ':', size);
        if (!colon || colon == data)
                return ldif_complain(reader, "no \"attribute: value\"; a line that goes on with "
                                             "the one before must begin "
                                             "with a blank");

        rest = size - (size_t)(colon + 1 - data);
        if (rest > 0 && colon[1] == '<')
                return ldif_complain(reader, "values from URLs are not read: a file must not make "
                                             "us open what it names; "
                                             "write the value itself, in base64 behind \"::\"");

        is_base64 = rest > 0 && colon[1] == ':';
        ret->value = skip_blanks(colon + 1 + is_base64, rest - is_base64);
        if (is_base64) {
                buffer_reset(&reader->value);
                r = base64_decode(text_trim(ret->value.data, ret->value.size), &reader->value);
                if (r == -EBADMSG)
                        return ldif_complain(reader, "what stands behind \"::\" is no base64");
                if (r < 0)
                        return r;
                ret->value = (Slice){ reader->value.data, reader->value.size };
        }

        option = memchr(data, ';', (size_t)(colon - data));
        ret->name = (Slice){ data, (size_t)((option ?: colon) - data) };
        return 0;
}

/* --- records --- */

static int ldif_parse_change(LdifReader *reader, Slice value, LdifChange *ret)
{
        static const struct {
                const char *word;
                LdifChange change;
        } changes[] = {
                { "add", LDIF_ADD },       { "delete", LDIF_DELETE }, { "modify", LDIF_MODIFY },
                { "modrdn", LDIF_RENAME }, { "moddn", LDIF_RENAME },
        };

        for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
                if (text_equals_nocase(value, changes[i].word)) {
                        *ret = changes[i].change;
                        return 0;
                }

        return ldif_complain(reader, "changetype is none of add, delete, modify, modrdn, moddn");
}

static int ldif_skip_record(LdifReader *reader)
{
        int r;

        while (reader->line.size > 0) {
                r = ldif_next_line(reader);
                if (r != 0)
                        return r;
        }

        return 0;
}

/* Finds the line on which a record begins. 0, LDIF_END, or negative. */
static int ldif_find_record(LdifReader *reader)
{
        int r;

        do {
                r = ldif_next_line(reader);
                if (r != 0)
                        return r;

                if (!reader->is_started && text_begins_nocase(ldif_text(reader), "version:"))
                        buffer_reset(&reader->line);
        } while (reader->line.size == 0);

        reader->is_started = true;
        reader->record_number = reader->line_number;
        return 0;
}

/* ldapsearch without -LLL writes the end of a search, and referrals, as if they were records. */
static bool ldif_is_search(const LdifReader *reader)
{
        return text_begins(ldif_text(reader), "search: ") ||
               text_begins(ldif_text(reader), "result: ") ||
               text_begins(ldif_text(reader), "ref: ");
}

/* "result: 4 Size limit exceeded": the file is not complete, and what is absent from it means nothing. */
static int ldif_check_result(LdifReader *reader)
{
        _cleanup_buffer_ Buffer shown = BUFFER_INIT;
        Slice text = ldif_text(reader);
        const char *said;

        if (!text_begins(text, "result: ") || text_begins(text, "result: 0 "))
                return 0;
        if (text_escape(text.data, text.size, 60, &shown) < 0)
                return -ENOMEM;

        said = buffer_string(&shown);
        return said ? ldif_complain(
                              reader,
                              "the search that wrote this file failed (\"%s\"), so that records "
                              "may be missing; search again",
                              said)
                    : -ENOMEM;
}

/* Reads over it. 0, LDIF_END, or negative. */
static int ldif_read_search(LdifReader *reader)
{
        int r = 0;

        while (r == 0 && reader->line.size > 0) {
                r = ldif_check_result(reader);
                if (r == 0)
                        r = ldif_next_line(reader);
        }
        return r;
}

/* Samba's ldbsearch prints GUIDs and SIDs as text. No SID, and no GUID, is as long as its text in bytes. */
static int ldif_add_value(Object *object, const LdifPair *pair)
{
        AttributeId attribute = attribute_find((const char *)pair->name.data, pair->name.size);
        char text[GUID_STRING_SIZE] = "";
        Slice value = pair->value;
        uint8_t sid[SID_SIZE_MAX];
        size_t sid_size;
        Guid guid;

        if (attribute == ATTRIBUTE_NONE)
                return 0;

        if (attribute_syntax(attribute) == SYNTAX_GUID && value.size == GUID_STRING_SIZE - 1) {
                memcpy(text, value.data, value.size);
                if (guid_parse(text, &guid) == 0)
                        value = (Slice){ guid.bytes, sizeof(guid.bytes) };
        }
        if (attribute_syntax(attribute) == SYNTAX_SID && !sid_is_valid(value.data, value.size) &&
            sid_parse((const char *)value.data, value.size, sid, &sid_size) == 0)
                value = (Slice){ sid, sid_size };

        return object_add_copy(object, attribute, value.data, value.size);
}

/* A line of a record's body, by what the record is. */
static int ldif_take_line(LdifReader *reader, Object *object, LdifChange change,
                          const LdifPair *pair)
{
        const char *error = NULL;
        int r = 0;

        switch (change) {
        case LDIF_CONTENT:
        case LDIF_ADD:
                return ldif_add_value(object, pair);
        case LDIF_MODIFY:
                r = ldif_edits_take_modify(&reader->edits, pair->name, pair->value, &error);
                break;
        case LDIF_RENAME:
                r = ldif_edits_take_rename(&reader->edits, pair->name, pair->value, &error);
                break;
        case LDIF_DELETE:
                break;
        }

        return error ? ldif_complain(reader, "%s", error) : r;
}

/* All lines behind the dn. */
static int ldif_read_body(LdifReader *reader, Object *object, LdifChange *ret_change)
{
        LdifChange change = LDIF_CONTENT;
        const char *error = NULL;
        bool is_first = true;
        int r;

        ldif_edits_reset(&reader->edits);

        for (;;) {
                LdifPair pair;

                r = ldif_next_line(reader);
                if (r < 0)
                        return r;
                if (r == LDIF_END || reader->line.size == 0)
                        break;

                if (change == LDIF_MODIFY && reader->line.size == 1 &&
                    reader->line.data[0] == '-') {
                        ldif_edits_take_dash(&reader->edits);
                        continue;
                }

                r = ldif_parse_line(reader, &pair);
                if (r < 0)
                        return r;

                if (is_first && text_equals_nocase(pair.name, "control"))
                        continue;
                if (text_equals_nocase(pair.name, "dn"))
                        return ldif_complain(
                                reader,
                                "a second dn in one record; a blank line must part records");
                if (is_first && text_equals_nocase(pair.name, "changetype")) {
                        r = ldif_parse_change(reader, pair.value, &change);
                        if (r < 0)
                                return r;
                        continue;
                }

                is_first = false;
                r = ldif_take_line(reader, object, change, &pair);
                if (r < 0)
                        return r;
        }

        r = ldif_edits_end(&reader->edits, change == LDIF_RENAME, &error);
        if (r == -EBADMSG)
                return ldif_complain(reader, "%s", error);
        if (r < 0)
                return r;

        *ret_change = change;
        return 0;
}

static int ldif_read_record(LdifReader *reader, Object *object, LdifChange *ret_change)
{
        LdifPair pair;
        int r;

        r = ldif_parse_line(reader, &pair);
        if (r < 0)
                return r;
        if (text_equals_nocase(pair.name, "include"))
                return ldif_complain(
                        reader, "other files are not read: a file must not make us open what it "
                                "names; check them one by one");
        if (!text_equals_nocase(pair.name, "dn"))
                return ldif_complain(reader, "a record must begin with \"dn:\"");

        r = object_set_dn(object, (const char *)pair.value.data, pair.value.size);
        if (r < 0)
                return r;

        return ldif_read_body(reader, object, ret_change);
}

static void ldif_know_all(Object *object)
{
        for (unsigned i = 1; i < ATTRIBUTE_MAX; i++)
                if (attribute_name((AttributeId)i))
                        attribute_set_add(&object->known, (AttributeId)i);
}

static int ldif_read_next(LdifReader *reader, Object *object, LdifChange *ret_change)
{
        int r;

        do {
                r = ldif_find_record(reader);
                if (r != 0)
                        return r;
                if (!ldif_is_search(reader))
                        return ldif_read_record(reader, object, ret_change);
                r = ldif_read_search(reader);
        } while (r == 0);

        return r;
}

int ldif_read(LdifReader *reader, Object *object, LdifChange *ret_change, const char **ret_error)
{
        LdifChange change = LDIF_CONTENT;
        int r;

        object_reset(object);
        r = ldif_read_next(reader, object, &change);
        if (r == -EBADMSG) {
                object_reset(object);
                r = ldif_skip_record(reader);
                if (r < 0)
                        return r;
                *ret_error = buffer_string(&reader->error);
                return *ret_error ? -EBADMSG : -ENOMEM;
        }
        if (r != 0)
                return r;

        if (change == LDIF_CONTENT || change == LDIF_ADD)
                ldif_know_all(object);

        r = object_seal(object);
        if (r < 0)
                return r;

        *ret_change = change;
        return 0;
}
