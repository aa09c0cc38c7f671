/* SPDX-License-Identifier: MIT */

/* What apply holds in memory while an answer lasts: entries in a queue, GUIDs in a table, claims in a list. */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/claim.h"
#include "lib/state/guid-map.h"
#include "lib/state/id-list.h"
#include "lib/state/stage.h"
#include "tests/unit/check-main.h"

static char folder[] = "/tmp/scand-test-stage-XXXXXX";

static void set_up(void)
{
        strcpy(folder, "/tmp/scand-test-stage-XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void tear_down(void)
{
        ck_assert_int_eq(remove(folder), 0);
}

static Guid make_guid(uint64_t number)
{
        Guid guid = GUID_NULL;

        memcpy(guid.bytes, &number, sizeof(number));
        return guid;
}

/* Entries of very different sizes: each tells its number by GUID, USN, DN and attributes. */
static size_t make_entry(Object *object, unsigned number, uint64_t seed)
{
        uint64_t random = seed + number;
        size_t size = test_random(&random) % (number % 10 == 0 ? 300000 : 300);
        char *value = malloc(size + 1), dn[64];
        Guid guid = make_guid(number);

        memset(value, 'a' + (int)(number % 26), size);
        object_reset(object);
        object_add_copy(object, ATTRIBUTE_OBJECT_GUID, guid.bytes, sizeof(guid.bytes));
        object_add_copy(object, ATTRIBUTE_DESCRIPTION, value, size);
        snprintf(dn, sizeof(dn), "CN=n%u", number);
        object_set_dn(object, dn, strlen(dn));
        ck_assert_int_eq(object_seal(object), 0);
        object->usn = number;
        object->kind = KIND_USER;
        free(value);
        return size;
}

/* The next one is this. `object` is scratch. */
static void expect_entry(Stage *stage, unsigned number, uint64_t seed, Object *object)
{
        _cleanup_buffer_ Buffer packed = BUFFER_INIT;
        Guid guid = make_guid(number);
        StageEntry entry;

        ck_assert_int_eq(stage_next(stage, &entry), 1);
        make_entry(object, number, seed);
        ck_assert_int_eq(object_pack(object, &packed), 0);
        ck_assert(guid_equal(&entry.guid, &guid));
        ck_assert_int_eq(entry.usn, number);
        ck_assert_uint_eq(entry.dn.size, object->dn.size);
        ck_assert_uint_eq(entry.attributes.size, packed.size);
        ck_assert_int_eq(memcmp(entry.attributes.data, packed.data, packed.size), 0);
}

static void expect_entries(Stage *stage, unsigned n, uint64_t seed)
{
        StageEntry entry;
        Object *object;

        ck_assert_int_eq(object_new(&object), 0);
        for (unsigned i = 0; i < n; i++)
                expect_entry(stage, i, seed, object);
        ck_assert(stage_is_read(stage));
        ck_assert_int_eq(stage_next(stage, &entry), 0);
        object_free(object);
}

/* The limits: nothing in memory, most in a file, all in memory. */
static const size_t limits[] = { 0, 5000, 1 << 20, 1 << 30 };

START_TEST(entries_come_back_in_order_whatever_fits_into_memory)
{
        uint64_t seed = test_seed();
        char beside[64];
        Object *object;
        Stage stage;

        snprintf(beside, sizeof(beside), "%s/scand.db", folder);
        stage_init(&stage, limits[_i], beside);
        ck_assert_int_eq(object_new(&object), 0);
        for (unsigned i = 0; i < 200; i++) {
                make_entry(object, i, seed);
                ck_assert_int_eq(stage_add(&stage, object), 0);
        }
        ck_assert_uint_eq(stage.n, 200);
        ck_assert_int_eq(stage.file >= 0, limits[_i] < 1 << 30);

        /* Twice, as apply goes over them. */
        expect_entries(&stage, 200, seed);
        stage_rewind(&stage);
        expect_entries(&stage, 200, seed);

        stage_clear(&stage);
        ck_assert(stage_is_read(&stage));
        make_entry(object, 0, seed);
        ck_assert_int_eq(stage_add(&stage, object), 0);
        expect_entries(&stage, 1, seed);

        stage_done(&stage);
        object_free(object);
}
END_TEST

/* As a first read does: some come, some are read, and what was read is forgotten. */
START_TEST(some_come_while_others_go)
{
        uint64_t seed = test_seed(), random = seed;
        unsigned n_in = 0, n_out = 0;
        char beside[64];
        Object *object;
        Stage stage;

        snprintf(beside, sizeof(beside), "%s/scand.db", folder);
        stage_init(&stage, limits[_i], beside);
        ck_assert_int_eq(object_new(&object), 0);
        while (n_out < 300) {
                for (uint64_t n = test_random(&random) % 20; n > 0 && n_in < 300; n--) {
                        make_entry(object, n_in++, seed);
                        ck_assert_int_eq(stage_add(&stage, object), 0);
                }
                for (uint64_t n = test_random(&random) % 20; n > 0 && n_out < n_in; n--)
                        expect_entry(&stage, n_out++, seed, object);

                stage_forget(&stage);
                ck_assert_uint_eq(stage_left(&stage), n_in - n_out);
                ck_assert(stage_is_read(&stage) == (n_in == n_out));
                if (stage.file < 0)
                        ck_assert_uint_eq(stage.n, n_in - n_out);
        }

        stage_done(&stage);
        object_free(object);
}
END_TEST

START_TEST(a_file_of_staged_people_has_no_name)
{
        char beside[64];
        struct dirent *entry;
        Object *object;
        unsigned n = 0;
        Stage stage;
        DIR *dir;

        snprintf(beside, sizeof(beside), "%s/scand.db", folder);
        stage_init(&stage, 0, beside);
        ck_assert_int_eq(object_new(&object), 0);
        make_entry(object, 1, 1);
        ck_assert_int_eq(stage_add(&stage, object), 0);
        ck_assert_int_ge(stage.file, 0);

        dir = opendir(folder);
        while ((entry = readdir(dir)))
                n += entry->d_name[0] != '.';
        closedir(dir);
        ck_assert_uint_eq(n, 0);
        stage_done(&stage);
        object_free(object);
}
END_TEST

START_TEST(a_map_finds_what_was_put_and_nothing_else)
{
        GuidMap map = {};
        uint64_t value;

        ck_assert(!guid_map_get(&map, &GUID_NULL, NULL));
        for (uint64_t i = 0; i < 5000; i++) {
                Guid guid = make_guid(i * 3);

                ck_assert_int_eq(guid_map_put(&map, &guid, i), 0);
                ck_assert_int_eq(guid_map_put(&map, &guid, i + 7), 0);
        }
        ck_assert_uint_eq(map.n, 5000);
        for (uint64_t i = 0; i < 15000; i++) {
                Guid guid = make_guid(i);

                ck_assert_int_eq(guid_map_get(&map, &guid, &value), i % 3 == 0);
                if (i % 3 == 0)
                        ck_assert_uint_eq(value, i / 3 + 7);
        }
        guid_map_done(&map);
}
END_TEST

static const size_t sizes[] = { 0, 1, 2, 4095, 4096, 50000 };

START_TEST(claims_are_sorted_in_steps_and_none_is_lost)
{
        uint64_t random = test_seed(), sum = 0, sorted = 0;
        ClaimList list = {};
        unsigned steps = 0;
        int r;

        for (size_t i = 0; i < sizes[_i]; i++) {
                /* Few spaces, as it is: most keys stand in one sixteenth of the range. */
                int64_t key = claim_key(i % 5 == 0 ? KEY_JOIN : KEY_ADDRESS,
                                        test_random(&random) % 9 ? test_random(&random) : 1);
                int64_t object = (int64_t)(test_random(&random) >> 20);

                sum += (uint64_t)key * 31 + (uint64_t)object;
                ck_assert_int_eq(claim_list_add(&list, key, object, (unsigned)i & 0xffff), 0);
        }

        do {
                Budget budget = BUDGET_OF(1);

                r = claim_list_sort(&list, &budget);
                steps++;
        } while (r > 0);
        ck_assert_int_eq(r, 0);
        ck_assert_msg(sizes[_i] < 50000 || steps > 10, "%u steps", steps);

        for (size_t i = 0; i < list.n; i++) {
                const ClaimEntry *entry = &list.entries[i];

                sorted += (uint64_t)entry->key * 31 + (uint64_t)entry->object;
                if (i > 0)
                        ck_assert(
                                entry[-1].key < entry->key ||
                                (entry[-1].key == entry->key && entry[-1].object <= entry->object));
        }
        ck_assert_uint_eq(list.n, sizes[_i]);
        ck_assert_uint_eq(sum, sorted);
        claim_list_done(&list);
}
END_TEST

START_TEST(keys_of_the_join_space_come_first)
{
        int64_t join = claim_key(KEY_JOIN, UINT64_MAX);

        for (unsigned space = 1; space <= CLAIM_SPACE_GUID; space++) {
                ck_assert_uint_eq(claim_key_space(claim_key(space, UINT64_MAX)), space);
                ck_assert_uint_eq(claim_key_space(claim_key(space, 0)), space);
                if (space != KEY_JOIN)
                        ck_assert_int_lt(join, claim_key(space, 0));
        }
}
END_TEST

START_TEST(ids_are_sorted_and_stand_once)
{
        static const int64_t ids[] = { 5, INT64_MIN, 5, -1, INT64_MAX, 0, -1 };
        _cleanup_id_list_ IdList list = {};

        id_list_sort(&list);
        for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
                ck_assert_int_eq(id_list_add(&list, ids[i]), 0);
        id_list_sort(&list);
        ck_assert_uint_eq(list.n, 5);
        for (size_t i = 1; i < list.n; i++)
                ck_assert_int_lt(list.ids[i - 1], list.ids[i]);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("stage");
        TCase *tcase = tcase_create("stage");

        (void)test_seed();
        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_loop_test(tcase, entries_come_back_in_order_whatever_fits_into_memory, 0,
                            (int)ARRAY_SIZE(limits));
        tcase_add_loop_test(tcase, some_come_while_others_go, 0, ARRAY_SIZE(limits));
        tcase_add_test(tcase, a_file_of_staged_people_has_no_name);
        tcase_add_test(tcase, a_map_finds_what_was_put_and_nothing_else);
        tcase_add_loop_test(tcase, claims_are_sorted_in_steps_and_none_is_lost, 0,
                            (int)ARRAY_SIZE(sizes));
        tcase_add_test(tcase, keys_of_the_join_space_come_first);
        tcase_add_test(tcase, ids_are_sorted_and_stand_once);
        suite_add_tcase(suite, tcase);
        return suite;
}
