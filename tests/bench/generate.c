/* SPDX-License-Identifier: MIT */

/*
 * Writes the made-up company to standard output:
 *
 *   generate ldif N [PER-MILLE]      containers and N objects
 *   generate replay N [PER-MILLE]    N objects, encoded once and for all, as fakedc sends them: see tests/fakedc/replay.h
 *   generate containers              in LDIF, which fakedc loads beside it
 *   generate tenant N [PER-MILLE]    the users among N objects as an export of Graph has them, in pages of 999
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/buffer.h"
#include "lib/core/ldif-write.h"
#include "tests/bench/company.h"
#include "tests/bench/tenant.h"
#include "tests/fakedc/replay.h"

static void must(int r)
{
        if (r >= 0)
                return;
        fprintf(stderr, "generate: %s\n", strerror(-r));
        exit(EXIT_FAILURE);
}

static Slice slice(const char *data, size_t size)
{
        return (Slice){ (const uint8_t *)data, size };
}

static void write_out(const void *data, size_t size)
{
        if (fwrite(data, 1, size, stdout) != size) {
                perror("generate");
                exit(EXIT_FAILURE);
        }
}

static void write_ldif(const MadeObject *object)
{
        static Buffer text;

        buffer_reset(&text);
        must(ldif_write_value("dn", slice(object->dn, strlen(object->dn)), &text));
        for (size_t i = 0; i < object->n_values; i++)
                must(ldif_write_value(object->values[i].attribute,
                                      slice(object->values[i].data, object->values[i].size),
                                      &text));
        must(buffer_append_byte(&text, '\n'));
        write_out(text.data, text.size);
}

/* BER: a header for content that follows, of less than 64 KiB. */
static void put_header(Buffer *ber, uint8_t tag, size_t size)
{
        const uint8_t large[] = { tag, 0x82, (uint8_t)(size >> 8), (uint8_t)size };
        const uint8_t small[] = { tag, (uint8_t)size };

        must(size < 128 ? buffer_append(ber, small, sizeof(small))
                        : buffer_append(ber, large, sizeof(large)));
}

static void put(Buffer *ber, uint8_t tag, const void *data, size_t size)
{
        put_header(ber, tag, size);
        must(buffer_append(ber, data, size));
}

static void put_nested(Buffer *ber, uint8_t tag, const Buffer *content)
{
        put(ber, tag, content->data, content->size);
}

static void encode(const MadeObject *object, Buffer *ret)
{
        static Buffer values, attribute, attributes, entry;

        buffer_reset(&attributes);
        for (size_t i = 0; i < object->n_values;) {
                const char *name = object->values[i].attribute;

                buffer_reset(&values);
                buffer_reset(&attribute);
                for (; i < object->n_values && strcmp(object->values[i].attribute, name) == 0; i++)
                        put(&values, 0x04, object->values[i].data, object->values[i].size);
                put(&attribute, 0x04, name, strlen(name));
                put_nested(&attribute, 0x31, &values);
                put_nested(&attributes, 0x30, &attribute);
        }

        buffer_reset(&entry);
        put(&entry, 0x04, object->dn, strlen(object->dn));
        put_nested(&entry, 0x30, &attributes);
        buffer_reset(ret);
        put_nested(ret, 0x64, &entry);
}

static void write_record(const MadeObject *object, int64_t usn)
{
        static const uint8_t padding[8];
        static Buffer ber;
        ReplayRecord record = { .usn = usn };

        encode(object, &ber);
        record.size = (uint32_t)ber.size;
        memcpy(record.guid, object->guid, sizeof(record.guid));
        write_out(&record, sizeof(record));
        write_out(ber.data, ber.size);
        write_out(padding, -ber.size % sizeof(padding));
}

static void write_containers(void)
{
        MadeObject object;

        for (unsigned i = 0; i < COMPANY_CONTAINERS; i++) {
                company_container(i, &object);
                write_ldif(&object);
        }
}

/* Pages behind each other, each but the last with a link to the next. */
static void write_tenant(uint64_t n, unsigned flawed)
{
        static const char begin[] = "{\"@odata.context\":\"https://graph.microsoft.com/v1.0/"
                                    "$metadata#users\",\"value\":[";
        static Buffer text;
        uint64_t n_users = 0;
        MadeObject object;

        must(buffer_append_string(&text, begin));
        for (uint64_t i = 0; i < n; i++) {
                company_object(i, 0, flawed, COMPANY_FIRST_USN + (int64_t)i, &object);
                if (!tenant_has(&object))
                        continue;
                if (n_users > 0 && n_users % 999 == 0) {
                        must(buffer_append_string(&text, "],\"@odata.nextLink\":\"x\"}"));
                        must(buffer_append_string(&text, begin));
                } else if (n_users > 0)
                        must(buffer_append_string(&text, ","));
                must(tenant_user(&object, n_users++, &text));
                write_out(text.data, text.size);
                buffer_reset(&text);
        }
        must(buffer_append_string(&text, "]}"));
        write_out(text.data, text.size);
}

static void flush_out(void)
{
        if (fflush(stdout) == 0)
                return;
        perror("generate");
        exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
        const char *form = argc > 1 ? argv[1] : "";
        uint64_t n = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
        unsigned flawed = argc > 3 ? (unsigned)atoi(argv[3]) : COMPANY_FLAWED;
        bool is_replay = strcmp(form, "replay") == 0;
        size_t n_values = 0;
        MadeObject object;

        if (strcmp(form, "tenant") == 0) {
                write_tenant(n, flawed);
                flush_out();
                return EXIT_SUCCESS;
        }
        if (!is_replay && strcmp(form, "ldif") != 0 && strcmp(form, "containers") != 0) {
                fprintf(stderr, "generate ldif|replay|containers|tenant [N [PER-MILLE]]\n");
                return EXIT_FAILURE;
        }

        if (is_replay)
                write_out(REPLAY_MAGIC, REPLAY_MAGIC_SIZE);
        else
                write_containers();
        for (uint64_t i = 0; i < n; i++) {
                int64_t usn = COMPANY_FIRST_USN + (int64_t)i;

                company_object(i, 0, flawed, usn, &object);
                n_values += object.n_values;
                if (is_replay)
                        write_record(&object, usn);
                else
                        write_ldif(&object);
        }
        flush_out();

        if (n > 0)
                fprintf(stderr, "%llu objects, %.1f values each\n", (unsigned long long)n,
                        (double)n_values / (double)n);
        return EXIT_SUCCESS;
}
