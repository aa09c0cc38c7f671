/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "lib/core/ldif.h"
#include "lib/core/text.h"
#include "tests/fuzz/fuzz.h"

/* What the file says, told in one buffer: two readings that tell the same read the same. */
static void tell(Buffer *story, const Object *object, LdifChange change)
{
        REQUIRE(buffer_append_format(story, "\n%d ", (int)change) == 0);
        REQUIRE(buffer_append(story, object->dn.data, object->dn.size) == 0);
        REQUIRE(buffer_append_byte(story, '\n') == 0);
        REQUIRE(object_pack(object, story) == 0);
}

static void check_object(const Object *object, LdifChange change)
{
        AttributeSet none = {};
        size_t n_values = 0;

        for (unsigned i = 1; i < ATTRIBUTE_MAX; i++) {
                size_t n;

                object_values(object, (AttributeId)i, &n);
                REQUIRE(n == 0 || attribute_set_has(&object->known, (AttributeId)i));
                n_values += n;
        }
        REQUIRE(n_values == object->n_values);
        if (change != LDIF_CONTENT && change != LDIF_ADD)
                REQUIRE(n_values == 0 && attribute_set_contains(&none, &object->known));
}

static void read_all(const uint8_t *data, size_t size, Buffer *story)
{
        _cleanup_(ldif_reader_freep) LdifReader *reader = NULL;
        _cleanup_(object_freep) Object *object = NULL;
        FILE *stream = fmemopen((void *)data, size, "r");
        size_t last_line = 0;
        int r;

        REQUIRE(stream);
        REQUIRE(ldif_reader_new(&reader, stream) == 0);
        REQUIRE(object_new(&object) == 0);
        for (;;) {
                LdifChange change;
                const char *error = NULL;

                r = ldif_read(reader, object, &change, &error);
                if (r == LDIF_END)
                        break;
                REQUIRE(ldif_line(reader) > last_line);
                last_line = ldif_line(reader);

                REQUIRE(r == 0 || r == -EBADMSG);
                if (r == 0) {
                        check_object(object, change);
                        tell(story, object, change);
                } else {
                        REQUIRE(error && strncmp(error, "line ", 5) == 0);
                        REQUIRE(text_is_utf8(error, strlen(error)));
                        REQUIRE(buffer_append_string(story, error) == 0);
                }
        }
        fclose(stream);
}

/* Windows' line ends make no difference, where the file has none of its own. */
static void check_line_ends(const uint8_t *data, size_t size, const Buffer *story)
{
        _cleanup_buffer_ Buffer windows = BUFFER_INIT, other = BUFFER_INIT;

        for (size_t i = 0; i < size; i++) {
                if (data[i] == '\r')
                        return;
                if (data[i] == '\n')
                        REQUIRE(buffer_append_byte(&windows, '\r') == 0);
                REQUIRE(buffer_append_byte(&windows, data[i]) == 0);
        }

        read_all(windows.data, windows.size, &other);
        REQUIRE(other.size == story->size);
        REQUIRE(other.size == 0 || memcmp(other.data, story->data, other.size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_buffer_ Buffer story = BUFFER_INIT;

        if (size == 0) /* fmemopen() has no empty files */
                return 0;

        read_all(data, size, &story);
        check_line_ends(data, size, &story);
        return 0;
}
