/* SPDX-License-Identifier: MIT */

/* Security descriptors: whatever is taken is within the bytes, and written again it is the same. */

#include <errno.h>
#include <string.h>

#include "lib/core/buffer.h"
#include "lib/core/descriptor.h"
#include "lib/core/sid.h"
#include "tests/fuzz/fuzz.h"

static bool is_within(Slice part, const uint8_t *data, size_t size)
{
        return part.size == 0 || (part.data >= data && part.data + part.size <= data + size);
}

/* A head, the owner, and the list as it stood. */
static void write_again(const Descriptor *descriptor, unsigned n_entries, Buffer *buffer)
{
        size_t list = descriptor->entries.size + 8;
        uint16_t control = (uint16_t)(0x8000 | (descriptor->has_dacl ? 0x4 : 0) |
                                      (descriptor->is_protected ? 0x1000 : 0));
        uint8_t head[20] = { 1, 0, (uint8_t)control, (uint8_t)(control >> 8) };
        uint8_t list_head[8] = { 4,
                                 0,
                                 (uint8_t)list,
                                 (uint8_t)(list >> 8),
                                 (uint8_t)n_entries,
                                 (uint8_t)(n_entries >> 8) };

        if (descriptor->owner.size > 0)
                head[4] = sizeof(head);
        if (descriptor->has_dacl)
                head[16] = (uint8_t)(sizeof(head) + descriptor->owner.size);
        REQUIRE(buffer_append(buffer, head, sizeof(head)) == 0);
        if (descriptor->owner.size > 0)
                REQUIRE(buffer_append(buffer, descriptor->owner.data, descriptor->owner.size) == 0);
        if (!descriptor->has_dacl)
                return;
        REQUIRE(buffer_append(buffer, list_head, sizeof(list_head)) == 0);
        if (descriptor->entries.size > 0)
                REQUIRE(buffer_append(buffer, descriptor->entries.data, descriptor->entries.size) ==
                        0);
}

static void check_again(const Descriptor *descriptor, unsigned n_entries)
{
        _cleanup_buffer_ Buffer bytes = BUFFER_INIT;
        Descriptor again;

        write_again(descriptor, n_entries, &bytes);
        REQUIRE(descriptor_parse(bytes.data, bytes.size, &again) == 0);
        REQUIRE(again.has_dacl == descriptor->has_dacl &&
                again.is_protected == descriptor->is_protected);
        REQUIRE(slice_equal(again.owner, descriptor->owner));
        REQUIRE(slice_equal(again.entries, descriptor->entries));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const Guid any = GUID_NULL;
        Descriptor descriptor;
        AccessEntry entry;
        unsigned n = 0;
        int r = descriptor_parse(data, size, &descriptor);

        REQUIRE(r == 0 || r == -EBADMSG);
        if (r < 0)
                return 0;

        REQUIRE(is_within(descriptor.owner, data, size));
        REQUIRE(is_within(descriptor.entries, data, size));
        for (size_t at = 0; descriptor_next(&descriptor, &at, &entry); n++) {
                REQUIRE(at <= descriptor.entries.size);
                if (entry.type == ACCESS_OTHER)
                        continue;
                REQUIRE(is_within(entry.sid, data, size));
                REQUIRE(sid_is_valid(entry.sid.data, entry.sid.size));
                if (!entry.is_inherit_only && guid_is_null(&entry.right) && entry.mask != 0)
                        REQUIRE(descriptor_access(&descriptor, entry.sid, entry.mask, &any) !=
                                ACCESS_IS_MISSING);
        }

        check_again(&descriptor, n);
        return 0;
}
