/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "lib/core/inventory-file.h"
#include "lib/core/text.h"
#include "tests/fuzz/fuzz.h"

/* What the file says, told in one buffer: two readings that tell the same read the same. */
static int tell(void *userdata, const InventoryEntry *entry)
{
        const InventoryObject *object = &entry->object;
        Buffer *story = userdata;

        REQUIRE(buffer_append_format(story, "\n%d %d %d %d %d ", (int)entry->part,
                                     (int)object->kind, (int)object->sync, object->is_deleted,
                                     object->is_guest) == 0);
        REQUIRE(buffer_append(story, &object->id, sizeof(object->id)) == 0);
        for (size_t i = 0; i < object->n_addresses; i++)
                REQUIRE(buffer_append_string(story, object->addresses[i]) == 0);
        for (size_t i = 0; i < entry->n_facts; i++)
                REQUIRE(buffer_append_string(story, entry->facts[i].value) == 0);
        REQUIRE(inventory_part_has_objects(entry->part) || object->n_addresses == 0);
        return 0;
}

static void read_all(const uint8_t *data, size_t size, size_t piece, InventoryPart part,
                     Buffer *story)
{
        _cleanup_(inventory_file_freep) InventoryFile *file = NULL;
        int r = 0;

        REQUIRE(inventory_file_new(part, tell, story, &file) == 0);
        for (size_t at = 0; at < size && r == 0; at += piece)
                r = inventory_file_feed(file, data + at, piece < size - at ? piece : size - at);
        if (r == 0)
                r = inventory_file_end(file);

        REQUIRE(r == 0 || r == -EBADMSG);
        if (r < 0) {
                const char *error = inventory_file_error(file);

                REQUIRE(error && strncmp(error, "byte ", 5) == 0);
                REQUIRE(text_is_utf8(error, strlen(error)) && !strpbrk(error, "\n\r\t\033"));
                REQUIRE(buffer_append_string(story, error) == 0);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_buffer_ Buffer whole = BUFFER_INIT, pieces = BUFFER_INIT, forced = BUFFER_INIT;

        read_all(data, size, size + 1, INVENTORY_PARTS, &whole);
        read_all(data, size, 1 + size % 3, INVENTORY_PARTS, &pieces);
        REQUIRE(whole.size == pieces.size);
        REQUIRE(whole.size == 0 || memcmp(whole.data, pieces.data, whole.size) == 0);

        read_all(data, size, size + 1, (InventoryPart)(size % INVENTORY_PARTS), &forced);
        return 0;
}
