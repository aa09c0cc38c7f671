/* SPDX-License-Identifier: MIT */

/* What a domain controller sends of an object, from its bytes to what is judged and stored. */

#include <errno.h>
#include <string.h>

#include "daemon/entry.h"
#include "lib/core/evaluate.h"
#include "tests/fuzz/fuzz.h"

static void require_inside(const Object *object, const uint8_t *data, size_t size)
{
        for (unsigned id = 0; id < ATTRIBUTE_MAX; id++) {
                size_t n;
                const Value *values = object_values(object, (AttributeId)id, &n);

                for (size_t i = 0; i < n; i++)
                        REQUIRE(values[i].size == 0 ||
                                (values[i].data >= data &&
                                 values[i].data + values[i].size <= data + size));
        }
}

/* What is stored says the same as what came. */
static void require_kept(const Object *object)
{
        _cleanup_buffer_ Buffer packed = BUFFER_INIT, again = BUFFER_INIT;
        _cleanup_(object_freep) Object *back = NULL;

        REQUIRE(object_pack(object, &packed) == 0);
        REQUIRE(object_new(&back) == 0);
        REQUIRE(object_unpack(back, packed.data, packed.size) == 0);
        REQUIRE(object_seal(back) == 0);
        REQUIRE(object_pack(back, &again) == 0);
        REQUIRE(again.size == packed.size);
        REQUIRE(packed.size == 0 || memcmp(again.data, packed.data, packed.size) == 0);
}

static void require_judged(const Object *object)
{
        static Outcome *outcome;
        static Tenant tenant;
        const EvaluateContext context = {
                .tenant = &tenant,
                .domain = "corp.example",
                .selected = true,
                .all_forests_scanned = true,
        };

        if (!outcome) {
                tenant_init(&tenant);
                REQUIRE(outcome_new(&outcome) == 0);
        }
        if (object->kind != KIND_USER && object->kind != KIND_CONTACT && object->kind != KIND_GROUP)
                return;

        REQUIRE(evaluate_object(&context, object, outcome) == 0);
        for (size_t i = 0; i < outcome->n_verdicts; i++)
                REQUIRE(outcome->verdicts[i].rule);
        for (size_t i = 0; i < outcome->n_claims; i++)
                REQUIRE(outcome->claims[i].space >= KEY_ADDRESS &&
                        outcome->claims[i].space <= KEY_CLOUD_ID);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static Object *object;
        AttributeSet all = {};
        int r;

        if (!object)
                REQUIRE(object_new(&object) == 0);
        for (unsigned id = 0; id < ATTRIBUTE_MAX; id++)
                attribute_set_add(&all, (AttributeId)id);

        object_reset(object);
        r = entry_decode_attributes(data, size, &all, object);
        REQUIRE(r == 0 || r == -EBADMSG);
        if (r < 0)
                return 0;

        object->known = all;
        REQUIRE(object_set_dn(object, "CN=x,DC=corp,DC=example", 23) == 0);
        REQUIRE(object_seal(object) == 0);
        require_inside(object, data, size);
        require_kept(object);
        if (!object->is_deleted)
                require_judged(object);
        return 0;
}
