/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "lib/core/filter.h"
#include "tests/fuzz/fuzz.h"

/* A few values of each syntax; odd attributes are known to be absent, even ones unknown. */
static Object *make_object(void)
{
        static const struct {
                AttributeId attribute;
                const char *value;
        } values[] = {
                { ATTRIBUTE_OBJECT_CLASS, "user" },
                { ATTRIBUTE_CN, "Anna Müller-Berg" },
                { ATTRIBUTE_CN, "M\xfcller" },
                { ATTRIBUTE_USER_ACCOUNT_CONTROL, "514" },
                { ATTRIBUTE_IS_CRITICAL_SYSTEM_OBJECT, "TRUE" },
                { ATTRIBUTE_MANAGER, "CN=Berg\\, Jörg,DC=corp,DC=example" },
                { ATTRIBUTE_OBJECT_CATEGORY, "CN=Person,CN=Schema,DC=example" },
                { ATTRIBUTE_WHEN_CREATED, "20260131120000.0Z" },
                { ATTRIBUTE_OBJECT_GUID, "0123456789abcdef" },
                { ATTRIBUTE_OBJECT_SID, "no SID" },
                { ATTRIBUTE_MS_DS_CONSISTENCY_GUID, "\x01\xff" },
        };
        Object *object;

        REQUIRE(object_new(&object) == 0);
        for (size_t i = 0; i < ARRAY_SIZE(values); i++)
                REQUIRE(object_add(object, values[i].attribute, values[i].value,
                                   strlen(values[i].value)) == 0);
        for (unsigned i = 1; i < ATTRIBUTE_MAX; i += 2)
                attribute_set_add(&object->known, (AttributeId)i);
        REQUIRE(object_seal(object) == 0);
        return object;
}

static void check_twin(const Filter *filter, const char *text)
{
        static Object *object, *empty;
        _cleanup_(filter_freep) Filter *twin = NULL;
        _cleanup_buffer_ Buffer again = BUFFER_INIT;
        Truth truth, twin_truth;
        char *error;

        if (!object) {
                object = make_object();
                REQUIRE(object_new(&empty) == 0);
        }

        REQUIRE(filter_parse(text, &twin, &error) == 0);
        REQUIRE(filter_print(twin, &again) == 0);
        REQUIRE(strcmp(buffer_string(&again), text) == 0);

        REQUIRE(filter_evaluate(filter, object, &truth) == 0);
        REQUIRE(filter_evaluate(twin, object, &twin_truth) == 0);
        REQUIRE(truth == twin_truth);

        /* Of an object of which nothing is known, nothing follows. */
        REQUIRE(filter_evaluate(filter, empty, &truth) == 0);
        REQUIRE(truth == TRUTH_UNDEFINED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_free_ char *string = strndup((const char *)data, size), *error = NULL;
        _cleanup_(filter_freep) Filter *filter = NULL;
        _cleanup_buffer_ Buffer printed = BUFFER_INIT;
        AttributeSet set = {}, none = {};
        int r;

        REQUIRE(string);
        r = filter_parse(string, &filter, &error);
        if (r < 0) {
                REQUIRE(r == -EINVAL && !filter && error && *error);
                return 0;
        }

        filter_attributes(filter, &set);
        REQUIRE(!attribute_set_contains(&none, &set));
        REQUIRE(filter_print(filter, &printed) == 0);
        check_twin(filter, buffer_string(&printed));
        return 0;
}
