/* SPDX-License-Identifier: MIT */

/* GUIDs and SIDs, in bytes and as text. */

#include <errno.h>
#include <string.h>

#include "lib/core/guid.h"
#include "lib/core/sid.h"
#include "tests/fuzz/fuzz.h"

static void check_sid_bytes(const uint8_t *data, size_t size)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;
        uint8_t sid[SID_SIZE_MAX];
        size_t sid_size;
        int r = sid_format(data, size, &text);

        REQUIRE((r == 0) == sid_is_valid(data, size));
        if (r < 0) {
                REQUIRE(r == -EBADMSG && text.size == 0);
                return;
        }

        REQUIRE(sid_parse((char *)text.data, text.size, sid, &sid_size) == 0);
        REQUIRE(sid_size == size && memcmp(sid, data, size) == 0);
}

static void check_guid_text(const char *string)
{
        char text[GUID_STRING_SIZE];
        Guid guid, again;

        if (guid_parse(string, &guid) < 0)
                return;

        guid_format(&guid, text);
        REQUIRE(guid_parse(text, &again) == 0);
        REQUIRE(guid_equal(&again, &guid));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_free_ char *string = strndup((const char *)data, size);
        uint8_t sid[SID_SIZE_MAX];
        size_t sid_size;

        REQUIRE(string);
        check_guid_text(string);
        check_sid_bytes(data, size);
        if (sid_parse((const char *)data, size, sid, &sid_size) == 0)
                check_sid_bytes(sid, sid_size);
        return 0;
}
