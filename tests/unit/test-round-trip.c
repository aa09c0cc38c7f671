/* SPDX-License-Identifier: MIT */

/* Values of any kind, on every way that they take through scand: as a key, through filters, packed, and out to people. */

#include <string.h>
#include <uninorm.h>
#include <unistr.h>

#include "lib/core/evaluate.h"
#include "lib/core/filter.h"
#include "lib/core/json.h"
#include "lib/core/value-text.h"
#include "tests/unit/check-main.h"

#define VALUES 10000

/* Check's own asserts are slow, and there are a million here. */
#define MUST(condition) ((condition) ? (void)0 : ck_abort_msg("not so: %s", #condition))

static uint64_t state;

static uint32_t between(uint32_t from, uint32_t to)
{
        return from + (uint32_t)(test_random(&state) % (to - from + 1));
}

/* From the places that names and addresses are made of, and now and then from anywhere. */
static uint32_t random_character(void)
{
        static const uint32_t blocks[][2] = {
                { 0x20, 0x7e },     { 0xa0, 0x24f },      { 0x300, 0x36f },     { 0x370, 0x3ff },
                { 0x400, 0x52f },   { 0x591, 0x5f4 },     { 0x600, 0x6ff },     { 0x900, 0x97f },
                { 0x10a0, 0x10ff }, { 0x1e00, 0x1fff },   { 0x2000, 0x206f },   { 0x2460, 0x24ff },
                { 0x3041, 0x30ff }, { 0x4e00, 0x4fff },   { 0xac00, 0xad00 },   { 0xfb00, 0xfb4f },
                { 0xff01, 0xff9f }, { 0x10400, 0x1044f }, { 0x1f600, 0x1f64f }, { 0x1, 0x10ffff },
        };
        size_t block = test_random(&state) % ARRAY_SIZE(blocks);
        uint32_t c = between(blocks[block][0], blocks[block][1]);

        return c >= 0xd800 && c <= 0xdfff ? 'a' : c;
}

/* One in ten holds bytes that are no text. */
static void random_value(Buffer *value)
{
        bool is_text = test_random(&state) % 10 != 0;

        buffer_reset(value);
        for (uint32_t n = between(1, 24); n > 0; n--) {
                uint8_t bytes[6];
                int size = u8_uctomb(bytes, random_character(), sizeof(bytes));

                MUST(size > 0);
                MUST(buffer_append(value, bytes, (size_t)size) == 0);
                if (!is_text && test_random(&state) % 4 == 0)
                        MUST(buffer_append_byte(value, (uint8_t)test_random(&state)) == 0);
        }
}

static Slice slice_of(const Buffer *buffer)
{
        return (Slice){ buffer->data, buffer->size };
}

static const char *shown(Slice value)
{
        static Buffer text;

        buffer_reset(&text);
        MUST(text_escape(value.data, value.size, 0, &text) == 0);
        return buffer_string(&text);
}

/* ------------------------------------------------------------------ keys */

static uint64_t key_of(Slice value)
{
        uint64_t key;

        MUST(evaluate_make_key(KEY_ADDRESS, value, &key) == 0);
        return key;
}

/* Whatever normal form somebody's keyboard writes, the key is the same. */
static void assert_key_is_found(Slice value)
{
        static const char *const names[] = { "NFC", "NFD", "NFKC", "NFKD" };
        const uninorm_t forms[] = { UNINORM_NFC, UNINORM_NFD, UNINORM_NFKC, UNINORM_NFKD };

        if (!text_is_utf8(value.data, value.size))
                return;

        for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
                size_t size = 0;
                uint8_t *other = u8_normalize(forms[i], value.data, value.size, NULL, &size);

                MUST(other);
                if (key_of(value) != key_of((Slice){ other, size }))
                        ck_abort_msg("%s in %s", shown(value), names[i]);
                MUST(text_equal_ad(value.data, value.size, other, size) == 1);
                free(other);
        }
}

START_TEST(a_key_does_not_depend_on_the_normal_form)
{
        _cleanup_buffer_ Buffer value = BUFFER_INIT;

        state = test_seed();
        for (unsigned i = 0; i < VALUES; i++) {
                random_value(&value);
                assert_key_is_found(slice_of(&value));
        }
}
END_TEST

/* ------------------------------------------------------------------ filters */

/* As administrators and programs write it: some escape all, some only what must be. */
static void append_escaped(Slice value, bool all, Buffer *filter)
{
        bool is_text = text_is_utf8(value.data, value.size);

        for (size_t i = 0; i < value.size; i++) {
                uint8_t c = value.data[i];
                bool must = c == 0 || c == '(' || c == ')' || c == '*' || c == '\\' ||
                            (!is_text && c >= 0x80);

                if (all || must)
                        MUST(buffer_append_format(filter, "\\%02X", c) == 0);
                else
                        MUST(buffer_append_byte(filter, c) == 0);
        }
}

static Truth judge(const char *string, const Object *object)
{
        _cleanup_(filter_freep) Filter *filter = NULL, *again = NULL;
        _cleanup_buffer_ Buffer printed = BUFFER_INIT, reprinted = BUFFER_INIT;
        _cleanup_free_ char *error = NULL;
        Truth truth, second;

        ck_assert_msg(filter_parse(string, &filter, &error) == 0, "%s: %s", string, error);
        MUST(filter_print(filter, &printed) == 0);
        ck_assert_msg(filter_parse(buffer_string(&printed), &again, &error) == 0, "%s: %s",
                      (char *)printed.data, error);
        MUST(filter_print(again, &reprinted) == 0);
        ck_assert_str_eq(buffer_string(&printed), buffer_string(&reprinted));

        MUST(filter_evaluate(filter, object, &truth) == 0);
        MUST(filter_evaluate(again, object, &second) == 0);
        ck_assert_int_eq(truth, second);
        return truth;
}

/* Where a character begins that is no mark on the one before: folding must not see the two apart. */
static size_t random_cut(Slice value)
{
        size_t cut = between(0, (uint32_t)value.size);

        while (cut < value.size && value.data[cut] >= 0x80)
                cut++;
        return cut;
}

static void assert_filter_finds(Object *object, Slice value)
{
        static const struct {
                const char *begin, *end;
        } forms[] = {
                { "(displayName=", ")" },
                { "(displayName>=", ")" },
                { "(displayName<=", ")" },
                { "(!(!(displayName=", ")))" },
        };
        _cleanup_buffer_ Buffer filter = BUFFER_INIT;
        size_t cut = random_cut(value);

        for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
                buffer_reset(&filter);
                MUST(buffer_append_string(&filter, forms[i].begin) == 0);
                append_escaped(value, test_random(&state) % 2, &filter);
                MUST(buffer_append_string(&filter, forms[i].end) == 0);
                ck_assert_msg(judge(buffer_string(&filter), object) == TRUTH_TRUE, "%s",
                              (char *)filter.data);
        }

        if (!text_is_utf8(value.data, value.size))
                return;
        buffer_reset(&filter);
        MUST(buffer_append_string(&filter, "(displayName=") == 0);
        append_escaped((Slice){ value.data, cut }, test_random(&state) % 2, &filter);
        MUST(buffer_append_byte(&filter, '*') == 0);
        append_escaped((Slice){ value.data + cut, value.size - cut }, test_random(&state) % 2,
                       &filter);
        MUST(buffer_append_byte(&filter, ')') == 0);
        ck_assert_msg(judge(buffer_string(&filter), object) == TRUTH_TRUE, "%s",
                      (char *)filter.data);
}

static void make_object(Object *object, Slice value)
{
        object_reset(object);
        attribute_set_add(&object->known, ATTRIBUTE_DISPLAY_NAME);
        MUST(object_add(object, ATTRIBUTE_DISPLAY_NAME, value.data, value.size) == 0);
        MUST(object_seal(object) == 0);
}

START_TEST(a_filter_with_the_value_finds_it)
{
        _cleanup_(object_freep) Object *object = NULL;
        _cleanup_buffer_ Buffer value = BUFFER_INIT;

        state = test_seed();
        MUST(object_new(&object) == 0);
        for (unsigned i = 0; i < VALUES; i++) {
                random_value(&value);
                make_object(object, slice_of(&value));
                assert_filter_finds(object, slice_of(&value));
        }
}
END_TEST

/* ------------------------------------------------------------------ into the database and out again */

START_TEST(a_packed_value_is_the_same)
{
        _cleanup_(object_freep) Object *object = NULL, *copy = NULL;
        _cleanup_buffer_ Buffer value = BUFFER_INIT, packed = BUFFER_INIT;

        state = test_seed();
        MUST(object_new(&object) == 0);
        MUST(object_new(&copy) == 0);
        for (unsigned i = 0; i < VALUES; i++) {
                const Value *unpacked;

                random_value(&value);
                make_object(object, slice_of(&value));
                buffer_reset(&packed);
                MUST(object_pack(object, &packed) == 0);
                object_reset(copy);
                MUST(object_unpack(copy, packed.data, packed.size) == 0);
                unpacked = object_value(copy, ATTRIBUTE_DISPLAY_NAME);
                MUST(unpacked);
                MUST(slice_equal((Slice){ unpacked->data, unpacked->size }, slice_of(&value)));
        }
}
END_TEST

/* Text as it is; what is none escaped, so that two values never look alike. */
static void assert_json_tells(Slice value)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;
        _cleanup_json_ json_object *object = json_object_new_object(), *again = NULL;
        json_object *member;

        MUST(value_text(ATTRIBUTE_DISPLAY_NAME, value, &text) == 0);
        MUST(text_is_utf8(text.data, text.size));
        MUST(json_add_string(object, "value", buffer_string(&text)) == 0);
        again = json_tokener_parse(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
        MUST(again);
        MUST(json_object_object_get_ex(again, "value", &member));
        ck_assert_str_eq(json_object_get_string(member), buffer_string(&text));
        if (text_is_utf8(value.data, value.size))
                MUST(slice_equal(slice_of(&text), value));
}

START_TEST(json_tells_the_value_as_it_is)
{
        _cleanup_buffer_ Buffer value = BUFFER_INIT;

        state = test_seed();
        for (unsigned i = 0; i < VALUES; i++) {
                random_value(&value);
                assert_json_tells(slice_of(&value));
        }
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("round-trip");
        TCase *tcase = tcase_create("round-trip");

        tcase_set_timeout(tcase, 120);
        tcase_add_test(tcase, a_key_does_not_depend_on_the_normal_form);
        tcase_add_test(tcase, a_filter_with_the_value_finds_it);
        tcase_add_test(tcase, a_packed_value_is_the_same);
        tcase_add_test(tcase, json_tells_the_value_as_it_is);
        suite_add_tcase(suite, tcase);
        return suite;
}
