/* SPDX-License-Identifier: MIT */
#include "tests/fakedc/replay.h"

#include <errno.h>
#include <fcntl.h>
#include <ldap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/core/util.h"
#include "tests/fakedc/answer.h"
#include "tests/fakedc/element.h"
#include "tests/fakedc/filter.h"

/* A list of so many names at least is taken for all that there is: to pick from it would cost more than the rest. */
#define NAMES_OF_ALL 24

/* So that a filter over USNs, of which search_first() sees to, matches. */
#define USN_ABOVE_ALL "9223372036854775807"

static void must(int r)
{
        if (r < 0)
                abort();
}

static struct berval record_bytes(const ReplayRecord *record)
{
        return (struct berval){ record->size, (char *)(record + 1) };
}

/* The name, and the list of attributes. */
static void record_open(const ReplayRecord *record, struct berval *ret_dn,
                        struct berval *ret_attributes)
{
        struct berval bytes = record_bytes(record), entry;

        if (!element_expect(&bytes, LDAP_RES_SEARCH_ENTRY, &entry) ||
            !element_expect(&entry, LBER_OCTETSTRING, ret_dn) ||
            !element_expect(&entry, LBER_SEQUENCE, ret_attributes))
                abort();
}

/* False: that was the last. *ret_values are what the SET holds. */
static bool attribute_take(struct berval *attributes, struct berval *ret_name,
                           struct berval *ret_values)
{
        struct berval attribute;

        return element_expect(attributes, LBER_SEQUENCE, &attribute) &&
               element_expect(&attribute, LBER_OCTETSTRING, ret_name) &&
               element_expect(&attribute, LBER_SET, ret_values);
}

static bool record_find(const ReplayRecord *record, const char *name, struct berval *ret_values)
{
        struct berval dn, attributes, found;

        record_open(record, &dn, &attributes);
        while (attribute_take(&attributes, &found, ret_values))
                if (found.bv_len == strlen(name) && memcmp(found.bv_val, name, found.bv_len) == 0)
                        return true;

        return false;
}

/* The bit of its class. What the class is follows from how long the list of classes is, and from the last of them. */
static unsigned record_class(const Replay *replay, const ReplayRecord *record)
{
        struct berval values, value, last = { 0, NULL };

        if (!record_find(record, "objectClass", &values))
                abort();
        while (element_expect(&values, LBER_OCTETSTRING, &value))
                last = value;

        for (unsigned i = 0; i < ARRAY_SIZE(replay->classes) && replay->classes[i]; i++) {
                const Attribute *classes = entry_attribute(replay->classes[i], "objectClass");
                const struct berval *of_class = classes->values + classes->n_values - 1;

                if (of_class->bv_len == last.bv_len &&
                    memcmp(of_class->bv_val, last.bv_val, last.bv_len) == 0)
                        return 1U << i;
        }

        return 0;
}

static void add_class(Replay *replay, const ReplayRecord *record)
{
        Entry *entry = calloc(1, sizeof(*entry));
        struct berval values, value;
        unsigned i = 0;

        if (!entry || !record_find(record, "objectClass", &values))
                abort();
        while (element_expect(&values, LBER_OCTETSTRING, &value))
                entry_add(entry, "objectClass", value.bv_val, value.bv_len);
        entry_add(entry, "uSNChanged", USN_ABOVE_ALL, strlen(USN_ABOVE_ALL));

        while (i < ARRAY_SIZE(replay->classes) && replay->classes[i])
                i++;
        if (i == ARRAY_SIZE(replay->classes))
                abort();
        replay->classes[i] = entry;
}

static int index_records(Replay *replay)
{
        size_t at = REPLAY_MAGIC_SIZE, allocated = 0;

        while (at + sizeof(ReplayRecord) <= replay->size) {
                ReplayRecord *record = (void *)(replay->data + at);

                if (record->size > replay->size - at - sizeof(*record))
                        return -1;
                if (replay->n_records == allocated) {
                        allocated = allocated ? 2 * allocated : 1024;
                        replay->records =
                                reallocarray(replay->records, allocated, sizeof(*replay->records));
                        if (!replay->records)
                                abort();
                }
                replay->records[replay->n_records++] = record;
                at += sizeof(*record) + (record->size + 7) / 8 * 8;
        }

        return at == replay->size && replay->n_records > 0 ? 0 : -1;
}

int replay_open(Replay *replay, const char *path, int64_t *ret_usn)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        struct stat status;

        *replay = (Replay){};
        if (fd < 0)
                return -1;

        if (fstat(fd, &status) == 0) {
                replay->size = (size_t)status.st_size;
                replay->data = mmap(NULL, replay->size, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_NORESERVE, fd, 0);
        }
        close(fd);
        if (!replay->data || replay->data == MAP_FAILED)
                return -1;

        if (replay->size < REPLAY_MAGIC_SIZE ||
            memcmp(replay->data, REPLAY_MAGIC, REPLAY_MAGIC_SIZE) != 0 ||
            index_records(replay) < 0) {
                errno = EBADMSG;
                return -1;
        }

        /* All classes are among the first; one that is not would abort the search that meets it. */
        for (size_t i = 0; i < replay->n_records && i < 1000; i++)
                if (!record_class(replay, replay->records[i]))
                        add_class(replay, replay->records[i]);

        *ret_usn = replay->records[replay->n_records - 1]->usn;
        return 0;
}

void replay_done(Replay *replay)
{
        for (size_t i = 0; i < ARRAY_SIZE(replay->classes) && replay->classes[i]; i++) {
                while (replay->classes[i]->n_attributes > 0)
                        entry_remove(replay->classes[i], replay->classes[i]->attributes[0].name);
                free(replay->classes[i]->attributes);
                free(replay->classes[i]);
        }
        free(replay->records);
        if (replay->data)
                (void)munmap(replay->data, replay->size);
        *replay = (Replay){};
}

/* Same size, other content. */
static void record_touch(ReplayRecord *record, int64_t usn)
{
        struct berval values, value;
        char text[24];

        record->usn = usn;
        if (!record_find(record, "uSNChanged", &values) ||
            !element_expect(&values, LBER_OCTETSTRING, &value) ||
            (size_t)snprintf(text, sizeof(text), "%lld", (long long)usn) != value.bv_len)
                abort();
        memcpy(value.bv_val, text, value.bv_len);

        if (!record_find(record, "mailNickname", &values) ||
            !element_expect(&values, LBER_OCTETSTRING, &value))
                abort();
        *value.bv_val = *value.bv_val == ' ' ? 'n' : ' ';
}

void replay_touch(Replay *replay, size_t n, int64_t usn)
{
        size_t total = replay->n_records, live = 0, seen = 0, done = 0;

        for (size_t i = 0; i < total; i++)
                live += replay->records[i] != NULL;
        n = n < live ? n : live;

        replay->records = reallocarray(replay->records, total + n, sizeof(*replay->records));
        if (!replay->records)
                abort();

        for (size_t i = 0; i < total && done < n; i++) {
                if (!replay->records[i])
                        continue;
                /* The k-th of n stands at k/n of all. */
                if (seen++ * n / live < done)
                        continue;

                record_touch(replay->records[i], ++usn);
                replay->records[replay->n_records++] = replay->records[i];
                replay->records[i] = NULL;
                done++;
        }
}

/* "uSNChanged>=N", by itself or the first of an AND; 0: there is none. */
static int64_t filter_bound(struct berval filter)
{
        struct berval content, type, value;
        char text[24] = {};

        if (element_expect(&filter, LDAP_FILTER_AND, &content))
                filter = content;
        if (!element_expect(&filter, LDAP_FILTER_GE, &content) ||
            !element_expect(&content, LBER_OCTETSTRING, &type) ||
            !element_expect(&content, LBER_OCTETSTRING, &value) ||
            type.bv_len != strlen("uSNChanged") ||
            strncasecmp(type.bv_val, "uSNChanged", type.bv_len) != 0 ||
            value.bv_len >= sizeof(text))
                return 0;

        memcpy(text, value.bv_val, value.bv_len);
        return strtoll(text, NULL, 10);
}

/* The first record at or above a USN. Places without a record count as what stands behind them. */
static size_t find_usn(const Replay *replay, int64_t usn)
{
        size_t low = 0, high = replay->n_records;

        while (low < high) {
                size_t middle = low + (high - low) / 2, at = middle;

                while (at < high && !replay->records[at])
                        at++;
                if (at < high && replay->records[at]->usn < usn)
                        low = at + 1;
                else
                        high = middle;
        }

        return low;
}

void replay_search(const Replay *replay, const struct berval *filter, ReplaySearch *ret)
{
        int64_t bound = filter_bound(*filter);

        *ret = (ReplaySearch){ .next = bound > 0 ? find_usn(replay, bound) : 0 };
        for (unsigned i = 0; i < ARRAY_SIZE(replay->classes) && replay->classes[i]; i++)
                if (filter_match(filter, replay->classes[i]) == MATCH_YES)
                        ret->classes |= 1U << i;
        if (ret->classes == 0)
                ret->next = replay->n_records;
}

static bool matches_all(const Replay *replay, unsigned classes)
{
        for (unsigned i = 0; i < ARRAY_SIZE(replay->classes) && replay->classes[i]; i++)
                if (!(classes >> i & 1))
                        return false;

        return true;
}

static void put_header(Buffer *messages, uint8_t tag, size_t size)
{
        const uint8_t header[] = { tag,
                                   0x84,
                                   (uint8_t)(size >> 24),
                                   (uint8_t)(size >> 16),
                                   (uint8_t)(size >> 8),
                                   (uint8_t)size };

        must(buffer_append(messages, header, sizeof(header)));
}

static void put_message(Buffer *messages, int id, size_t size)
{
        uint8_t integer[6] = { LBER_INTEGER };
        unsigned n = id < 0x80 ? 1 : id < 0x8000 ? 2 : id < 0x800000 ? 3 : 4;

        integer[1] = (uint8_t)n;
        for (unsigned i = 0; i < n; i++)
                integer[2 + i] = (uint8_t)(id >> 8 * (n - 1 - i));
        put_header(messages, LBER_SEQUENCE, 2 + n + size);
        must(buffer_append(messages, integer, 2 + n));
}

bool replay_wants_all(struct berval attributes)
{
        struct berval name;
        size_t n = 0;

        if (attributes.bv_len == 0)
                return true;
        while (element_expect(&attributes, LBER_OCTETSTRING, &name))
                n++;

        return n >= NAMES_OF_ALL;
}

/* Only what was asked for. */
static void put_picked(Buffer *messages, const ReplayRecord *record, int id, struct berval wanted)
{
        static Buffer picked, entry;
        struct berval dn, attributes, name, values;

        buffer_reset(&picked);
        buffer_reset(&entry);
        record_open(record, &dn, &attributes);
        for (;;) {
                char *begin = attributes.bv_val;

                if (!attribute_take(&attributes, &name, &values))
                        break;
                if (answer_is_wanted(wanted, name.bv_val, name.bv_len))
                        must(buffer_append(&picked, begin, (size_t)(attributes.bv_val - begin)));
        }

        put_header(&entry, LBER_OCTETSTRING, dn.bv_len);
        must(buffer_append(&entry, dn.bv_val, dn.bv_len));
        put_header(&entry, LBER_SEQUENCE, picked.size);
        must(buffer_append(&entry, picked.data, picked.size));
        put_message(messages, id, 6 + entry.size);
        put_header(messages, LDAP_RES_SEARCH_ENTRY, entry.size);
        must(buffer_append(messages, entry.data, entry.size));
}

static void put_record(Buffer *messages, const ReplayRecord *record, int id,
                       struct berval attributes, bool is_whole)
{
        if (!is_whole) {
                put_picked(messages, record, id, attributes);
                return;
        }

        put_message(messages, id, record->size);
        must(buffer_append(messages, record + 1, record->size));
}

size_t replay_take(const Replay *replay, ReplaySearch *search, int id, struct berval attributes,
                   size_t most, Buffer *messages)
{
        bool is_whole = replay_wants_all(attributes);
        bool is_any = matches_all(replay, search->classes);
        size_t n = 0;

        for (; n < most && search->next < replay->n_records; search->next++) {
                const ReplayRecord *record = replay->records[search->next];

                if (!record || (!is_any && !(record_class(replay, record) & search->classes)))
                        continue;

                put_record(messages, record, id, attributes, is_whole);
                n++;
        }

        return n;
}

bool replay_is_at_end(const Replay *replay, const ReplaySearch *search)
{
        return search->next >= replay->n_records;
}

/* From the newest on: who asks for one by its GUID, asks for what it has seen last. */
bool replay_take_guid(const Replay *replay, const uint8_t guid[static 16], int id,
                      struct berval attributes, Buffer *messages)
{
        for (size_t i = replay->n_records; i-- > 0;) {
                const ReplayRecord *record = replay->records[i];

                if (!record || memcmp(record->guid, guid, 16) != 0)
                        continue;

                put_record(messages, record, id, attributes, replay_wants_all(attributes));
                return true;
        }

        return false;
}
