/* SPDX-License-Identifier: MIT */
#include "lib/core/record.h"

#include <string.h>
#include <time.h>

#include "lib/core/hash.h"

/* Length first, so that ("ab", "c") and ("a", "bc") are two things. Little-endian on every machine.
 */
static uint64_t record_hash_field(uint64_t hash, const void *data, size_t size)
{
        uint8_t length[8];

        for (size_t i = 0; i < sizeof(length); i++)
                length[i] = (uint8_t)((uint64_t)size >> 8 * i);

        return hash_bytes(hash_bytes(hash, length, sizeof(length)), data, size);
}

static uint64_t record_hash_string(uint64_t hash, const char *string)
{
        return record_hash_field(hash, string, string ? strlen(string) : 0);
}

uint64_t record_id(const Guid *guid, const char *dn, const char *rule, const char *attribute,
                   const void *value, size_t size)
{
        uint64_t hash = HASH_INIT;

        if (guid && !guid_is_null(guid))
                hash = record_hash_field(hash, guid->bytes, sizeof(guid->bytes));
        else
                hash = record_hash_string(hash, dn);
        hash = record_hash_string(hash, rule);
        hash = record_hash_string(hash, attribute);
        hash = hash_finish(record_hash_field(hash, value, size));

        return hash ? hash : 1; /* 0 stands for "none" wherever ids are kept */
}

void record_format_id(uint64_t id, char ret[static RECORD_ID_SIZE])
{
        static const char digits[] = "0123456789abcdef";

        for (size_t i = 0; i < RECORD_ID_SIZE - 1; i++)
                ret[i] = digits[id >> (60 - 4 * i) & 15];
        ret[RECORD_ID_SIZE - 1] = '\0';
}

void record_format_time(int64_t seconds, char ret[static RECORD_TIME_SIZE])
{
        time_t time = (time_t)seconds;
        struct tm broken;

        /* A year that does not fit an int comes only from a damaged database: it must not take the
         * reader down. */
        if (!gmtime_r(&time, &broken) ||
            strftime(ret, RECORD_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &broken) == 0)
                strcpy(ret, "9999-12-31T23:59:59Z");
}
