/* SPDX-License-Identifier: MIT */

/* Security descriptors: made here entry by entry, read back, and asked who may what. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/buffer.h"
#include "lib/core/descriptor.h"
#include "tests/unit/check-main.h"

enum {
        ALLOW = 0,
        DENY = 1,
        ALLOW_OBJECT = 5,
        DENY_OBJECT = 6,
        AUDIT = 2,
        INHERIT_ONLY = 8,
};

static const Guid any = GUID_NULL;
static const Guid changes = { { 0xaa, 0xf6, 0x31, 0x11, 0x07, 0x9c, 0xd1, 0x11, 0xf7, 0x9f, 0x00,
                                0xc0, 0x4f, 0xc2, 0xdc, 0xd2 } };
static const Guid other = { { 0xad, 0xf6, 0x31, 0x11 } };

static Buffer list;
static unsigned n_entries;

static void set_up(void)
{
        buffer_reset(&list);
        n_entries = 0;
}

static void tear_down(void)
{
        buffer_done(&list);
}

static void put(Buffer *buffer, uint64_t number, size_t size)
{
        for (size_t i = 0; i < size; i++)
                ck_assert_int_eq(buffer_append_byte(buffer, (uint8_t)(number >> 8 * i)), 0);
}

/* S-1-5-21-NUMBER. */
static Slice sid(uint8_t number)
{
        static uint8_t sids[256][16];

        memcpy(sids[number], (const uint8_t[]){ 1, 2, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, number }, 13);
        return (Slice){ sids[number], 16 };
}

static void add(unsigned type, unsigned flags, uint32_t mask, const Guid *right, uint8_t who)
{
        bool is_object = type == ALLOW_OBJECT || type == DENY_OBJECT;
        size_t size = 8 + 16 + (is_object ? 4 + (right ? 16 : 0) : 0);

        put(&list, type, 1);
        put(&list, flags, 1);
        put(&list, size, 2);
        put(&list, mask, 4);
        if (is_object) {
                put(&list, right ? 1 : 0, 4);
                if (right)
                        ck_assert_int_eq(buffer_append(&list, right->bytes, 16), 0);
        }
        ck_assert_int_eq(buffer_append(&list, sid(who).data, 16), 0);
        n_entries++;
}

static void make(Buffer *ret, unsigned control)
{
        buffer_reset(ret);
        put(ret, 1, 2);
        put(ret, control, 2);
        put(ret, 20, 4);
        put(ret, 0, 8);
        put(ret, 36, 4);
        ck_assert_int_eq(buffer_append(ret, sid(1).data, 16), 0);
        put(ret, 4, 2);
        put(ret, 8 + list.size, 2);
        put(ret, n_entries, 4);
        if (list.size > 0)
                ck_assert_int_eq(buffer_append(ret, list.data, list.size), 0);
}

static Access access_of(uint8_t who, uint32_t mask, const Guid *right)
{
        _cleanup_buffer_ Buffer bytes = BUFFER_INIT;
        uint8_t both[32];
        Descriptor descriptor;

        make(&bytes, 0x8004);
        ck_assert_int_eq(descriptor_parse(bytes.data, bytes.size, &descriptor), 0);
        memcpy(both, sid(who).data, 16);
        memcpy(both + 16, sid(100).data, 16);
        return descriptor_access(&descriptor, (Slice){ both, sizeof(both) }, mask, right);
}

START_TEST(what_is_written_is_read)
{
        _cleanup_buffer_ Buffer bytes = BUFFER_INIT;
        Descriptor descriptor;
        AccessEntry entry;
        size_t at = 0;

        add(ALLOW_OBJECT, 0x10, RIGHT_EXTENDED, &changes, 7);
        add(AUDIT, 0, 0x20, NULL, 8);
        add(DENY, INHERIT_ONLY, 0x80000000, NULL, 9);
        make(&bytes, 0x9004);
        ck_assert_int_eq(descriptor_parse(bytes.data, bytes.size, &descriptor), 0);
        ck_assert(descriptor.has_dacl && descriptor.is_protected);
        ck_assert(slice_equal(descriptor.owner, sid(1)));

        ck_assert(descriptor_next(&descriptor, &at, &entry));
        ck_assert_int_eq(entry.type, ACCESS_ALLOW);
        ck_assert(entry.is_inherited && !entry.is_inherit_only);
        ck_assert(guid_equal(&entry.right, &changes));
        ck_assert(slice_equal(entry.sid, sid(7)));
        ck_assert(descriptor_next(&descriptor, &at, &entry));
        ck_assert_int_eq(entry.type, ACCESS_OTHER);
        ck_assert(descriptor_next(&descriptor, &at, &entry));
        ck_assert_int_eq(entry.type, ACCESS_DENY);
        ck_assert(entry.is_inherit_only);
        ck_assert_uint_eq(entry.mask & RIGHT_READ_PROPERTY, RIGHT_READ_PROPERTY);
        ck_assert(!descriptor_next(&descriptor, &at, &entry));
}
END_TEST

START_TEST(random_lists_are_the_same_again)
{
        static const unsigned types[] = { ALLOW, DENY, ALLOW_OBJECT, DENY_OBJECT, AUDIT };
        uint64_t state = test_seed();

        for (int round = 0; round < 500; round++) {
                struct {
                        unsigned type;
                        uint32_t mask;
                        uint8_t who;
                        bool has_right;
                } made[20];
                _cleanup_buffer_ Buffer bytes = BUFFER_INIT;
                Descriptor descriptor;
                AccessEntry entry;
                size_t at = 0, n = (size_t)(test_random(&state) % 20);

                set_up();
                for (size_t i = 0; i < n; i++) {
                        made[i].type = types[test_random(&state) % ARRAY_SIZE(types)];
                        made[i].mask = (uint32_t)test_random(&state) & 0x1ff;
                        made[i].who = (uint8_t)test_random(&state);
                        made[i].has_right = test_random(&state) % 2;
                        add(made[i].type, 0, made[i].mask, made[i].has_right ? &changes : NULL,
                            made[i].who);
                }
                make(&bytes, 0x8004);
                ck_assert_int_eq(descriptor_parse(bytes.data, bytes.size, &descriptor), 0);
                for (size_t i = 0; i < n; i++) {
                        bool is_object =
                                made[i].type == ALLOW_OBJECT || made[i].type == DENY_OBJECT;

                        ck_assert(descriptor_next(&descriptor, &at, &entry));
                        ck_assert_uint_eq(entry.mask, made[i].mask);
                        ck_assert_int_eq(entry.type == ACCESS_OTHER, made[i].type == AUDIT);
                        ck_assert_int_eq(!guid_is_null(&entry.right),
                                         is_object && made[i].has_right);
                        if (entry.type != ACCESS_OTHER)
                                ck_assert(slice_equal(entry.sid, sid(made[i].who)));
                }
                ck_assert(!descriptor_next(&descriptor, &at, &entry));

                /* Cut anywhere, it is refused or has nothing behind its end. */
                for (size_t size = 0; size < bytes.size; size++)
                        ck_assert_int_eq(descriptor_parse(bytes.data, size, &descriptor), -EBADMSG);
        }
}
END_TEST

START_TEST(the_first_entry_decides)
{
        add(DENY, 0, RIGHT_READ_PROPERTY, NULL, 2);
        add(ALLOW, 0, RIGHT_READ_PROPERTY, NULL, 100);
        add(DENY, 0, RIGHT_READ_PROPERTY, NULL, 3);
        ck_assert_int_eq(access_of(2, RIGHT_READ_PROPERTY, &any), ACCESS_IS_DENIED);
        ck_assert_int_eq(access_of(3, RIGHT_READ_PROPERTY, &any), ACCESS_IS_GRANTED);
        ck_assert_int_eq(access_of(3, RIGHT_WRITE_PROPERTY, &any), ACCESS_IS_MISSING);
}
END_TEST

START_TEST(entries_for_what_is_below_decide_nothing)
{
        add(DENY, INHERIT_ONLY, RIGHT_READ_PROPERTY, NULL, 2);
        add(ALLOW, INHERIT_ONLY, RIGHT_READ_PROPERTY, NULL, 2);
        ck_assert_int_eq(access_of(2, RIGHT_READ_PROPERTY, &any), ACCESS_IS_MISSING);
}
END_TEST

START_TEST(a_right_is_granted_by_name_or_with_all)
{
        add(ALLOW_OBJECT, 0, RIGHT_EXTENDED, &changes, 2);
        add(ALLOW_OBJECT, 0, RIGHT_EXTENDED, NULL, 3);
        add(ALLOW, 0, 0x10000000, NULL, 4);
        for (uint8_t who = 2; who <= 4; who++)
                ck_assert_int_eq(access_of(who, RIGHT_EXTENDED, &changes), ACCESS_IS_GRANTED);
        ck_assert_int_eq(access_of(2, RIGHT_EXTENDED, &other), ACCESS_IS_MISSING);
        ck_assert_int_eq(access_of(3, RIGHT_EXTENDED, &other), ACCESS_IS_GRANTED);
}
END_TEST

START_TEST(one_denied_property_is_not_all)
{
        add(DENY_OBJECT, 0, RIGHT_READ_PROPERTY, &changes, 2);
        add(ALLOW_OBJECT, 0, RIGHT_READ_PROPERTY, &other, 2);
        ck_assert_int_eq(access_of(2, RIGHT_READ_PROPERTY, &any), ACCESS_IS_GRANTED);
        ck_assert_int_eq(access_of(2, RIGHT_READ_PROPERTY, &changes), ACCESS_IS_DENIED);
}
END_TEST

START_TEST(no_list_grants_everything_and_an_empty_one_nothing)
{
        static const uint8_t none[20] = { 1, 0, 0, 0x80 };
        Descriptor descriptor;

        ck_assert_int_eq(descriptor_parse(none, sizeof(none), &descriptor), 0);
        ck_assert_int_eq(descriptor_access(&descriptor, (Slice){}, RIGHT_EXTENDED, &changes),
                         ACCESS_IS_GRANTED);
        ck_assert_int_eq(access_of(2, RIGHT_EXTENDED, &changes), ACCESS_IS_MISSING);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("descriptor");
        TCase *tcase = tcase_create("descriptor");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, what_is_written_is_read);
        tcase_add_test(tcase, random_lists_are_the_same_again);
        tcase_add_test(tcase, the_first_entry_decides);
        tcase_add_test(tcase, entries_for_what_is_below_decide_nothing);
        tcase_add_test(tcase, a_right_is_granted_by_name_or_with_all);
        tcase_add_test(tcase, one_denied_property_is_not_all);
        tcase_add_test(tcase, no_list_grants_everything_and_an_empty_one_nothing);
        suite_add_tcase(suite, tcase);
        return suite;
}
