/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "lib/core/sync-error-file.h"
#include "tests/fuzz/fuzz.h"

/* What was reported, told in one buffer: two readings that tell the same read the same. */
static void tell(const SyncErrorList *list, Buffer *story)
{
        for (size_t i = 0; i < list->n; i++) {
                const SyncError *error = &list->errors[i];

                REQUIRE(error->fields[SYNC_ERROR_NAME] || error->fields[SYNC_ERROR_MESSAGE]);
                REQUIRE(buffer_append_format(story, "\n%d %zu ", (int)error->source,
                                             error->number) == 0);
                for (SyncErrorField field = 0; field < SYNC_ERROR_FIELDS; field++)
                        REQUIRE(buffer_append_string(story, error->fields[field] ?: "-") == 0);
                for (size_t k = 0; k < error->n_values; k++) {
                        REQUIRE(error->values[k].value.size > 0);
                        REQUIRE(buffer_append(story, error->values[k].value.data,
                                              error->values[k].value.size) == 0);
                }
                REQUIRE(sync_error_time(error) >= 0);
                REQUIRE(sync_error_is_about(error, "SMTP:anna@contoso.com") >= 0);
        }
}

static void read_all(const uint8_t *data, size_t size, size_t piece, Buffer *story)
{
        _cleanup_(sync_error_file_freep) SyncErrorFile *file = NULL;
        _cleanup_(sync_error_list_done) SyncErrorList list = {};
        int r = 0;

        REQUIRE(sync_error_file_new(&list, &file) == 0);
        for (size_t at = 0; at < size && r == 0; at += piece)
                r = sync_error_file_feed(file, data + at, piece < size - at ? piece : size - at);
        if (r == 0)
                r = sync_error_file_end(file);

        REQUIRE(r == 0 || r == -EBADMSG);
        if (r < 0) {
                const char *error = sync_error_file_error(file);

                REQUIRE(error && strncmp(error, "byte ", 5) == 0);
                REQUIRE(text_is_utf8(error, strlen(error)) && !strpbrk(error, "\n\r\t\033"));
        } else
                tell(&list, story);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_buffer_ Buffer whole = BUFFER_INIT, pieces = BUFFER_INIT;

        read_all(data, size, size + 1, &whole);
        read_all(data, size, 1 + size % 3, &pieces);
        REQUIRE(whole.size == pieces.size);
        REQUIRE(whole.size == 0 || memcmp(whole.data, pieces.data, whole.size) == 0);
        return 0;
}
