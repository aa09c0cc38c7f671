/* SPDX-License-Identifier: MIT */
#include "lib/core/object.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "lib/core/text.h"

/*
 * Copied values live in chunks that never move, because values point into them. object_reset() keeps the
 * first chunk only, which is enough for nearly every object.
 */
typedef struct ObjectChunk {
        struct ObjectChunk *next;
        size_t size;
        size_t allocated;
        uint8_t data[];
} ObjectChunk;

#define CHUNK_SIZE 4096

int object_new(Object **ret)
{
        Object *object = calloc(1, sizeof(*object));

        if (!object)
                return -ENOMEM;

        *ret = object;
        return 0;
}

static void object_free_chunks(ObjectChunk *chunk)
{
        while (chunk) {
                ObjectChunk *next = chunk->next;

                free(chunk);
                chunk = next;
        }
}

Object *object_free(Object *object)
{
        if (!object)
                return NULL;

        buffer_done(&object->dn);
        free(object->values);
        object_free_chunks(object->chunks);
        free(object);
        return NULL;
}

void object_reset(Object *object)
{
        if (object->chunks) {
                object_free_chunks(TAKE_PTR(object->chunks->next));
                object->chunks->size = 0;
        }

        buffer_reset(&object->dn);
        object->guid = object->parent = GUID_NULL;
        object->usn = 0;
        object->kind = KIND_OTHER;
        object->is_deleted = false;
        object->known = (AttributeSet){};
        object->n_values = 0;
        memset(object->first, 0, sizeof(object->first));
        memset(object->count, 0, sizeof(object->count));
}

int object_set_dn(Object *object, const char *dn, size_t size)
{
        buffer_reset(&object->dn);
        return buffer_append(&object->dn, dn, size);
}

static int object_grow(Object *object)
{
        size_t n = object->n_allocated ? object->n_allocated * 2 : 64, bytes;
        Value *values;

        if (__builtin_mul_overflow(n, sizeof(*values), &bytes))
                return -ENOMEM;

        values = realloc(object->values, bytes);
        if (!values)
                return -ENOMEM;

        object->values = values;
        object->n_allocated = n;
        return 0;
}

int object_add(Object *object, AttributeId attribute, const void *data, size_t size)
{
        int r;

        assert(attribute > ATTRIBUTE_NONE && attribute < ATTRIBUTE_MAX);

        /* Nothing a directory sends in one value comes near this; the session caps messages far below. */
        if (size > UINT32_MAX || object->n_values >= UINT32_MAX)
                return -ENOMEM;

        if (object->n_values == object->n_allocated) {
                r = object_grow(object);
                if (r < 0)
                        return r;
        }

        object->values[object->n_values++] = (Value){
                .data = data,
                .size = (uint32_t)size,
                .attribute = attribute,
        };
        object->count[attribute]++;
        return 0;
}

static void *object_keep(Object *object, const void *data, size_t size)
{
        ObjectChunk *chunk = object->chunks;
        uint8_t *kept;

        if (!chunk || chunk->allocated - chunk->size < size) {
                size_t allocated = size > CHUNK_SIZE ? size : CHUNK_SIZE, bytes;

                if (__builtin_add_overflow(allocated, sizeof(*chunk), &bytes))
                        return NULL;

                chunk = malloc(bytes);
                if (!chunk)
                        return NULL;

                *chunk = (ObjectChunk){ .next = object->chunks, .allocated = allocated };
                object->chunks = chunk;
        }

        kept = chunk->data + chunk->size;
        if (size > 0)
                memcpy(kept, data, size);
        chunk->size += size;
        return kept;
}

int object_add_copy(Object *object, AttributeId attribute, const void *data, size_t size)
{
        void *kept = object_keep(object, data, size);

        if (!kept)
                return -ENOMEM;

        return object_add(object, attribute, kept, size);
}

int object_add_string(Object *object, AttributeId attribute, const char *string)
{
        return object_add_copy(object, attribute, string, strlen(string));
}

/*
 * The kind is a matter of set membership, never of the last value: a managed service account is a
 * computer and a user, an inetOrgPerson is a user.
 */
static Kind object_derive_kind(const Object *object)
{
        /* With their sizes: every value of every object is held against all of them. */
#define CLASS(class, kind, rank)                                                                   \
        {                                                                                          \
                class, sizeof(class) - 1, kind, rank                                               \
        }
        static const struct {
                const char *class;
                size_t size;
                Kind kind;
                unsigned rank;
        } classes[] = {
                CLASS("computer", KIND_COMPUTER, 6),
                CLASS("inetOrgPerson", KIND_INETORGPERSON, 5),
                CLASS("user", KIND_USER, 4),
                CLASS("contact", KIND_CONTACT, 3),
                CLASS("group", KIND_GROUP, 2),
                CLASS("container", KIND_CONTAINER, 1),
                CLASS("organizationalUnit", KIND_CONTAINER, 1),
                CLASS("domainDNS", KIND_CONTAINER, 1),
                CLASS("builtinDomain", KIND_CONTAINER, 1),
                CLASS("lostAndFound", KIND_CONTAINER, 1),
                CLASS("msExchSystemObjectsContainer", KIND_CONTAINER, 1),
        };
#undef CLASS
        const Value *values;
        size_t n_values;
        unsigned best = 0;
        Kind kind = KIND_OTHER;

        values = object_values(object, ATTRIBUTE_OBJECT_CLASS, &n_values);
        for (size_t i = 0; i < n_values; i++)
                for (size_t k = 0; k < ARRAY_SIZE(classes); k++)
                        if (values[i].size == classes[k].size && classes[k].rank > best &&
                            value_equals_string_nocase(&values[i], classes[k].class)) {
                                best = classes[k].rank;
                                kind = classes[k].kind;
                        }

        return kind;
}

/* Values of one attribute usually arrive together; then their order already is what sealing wants. */
static bool object_is_grouped(const Object *object)
{
        AttributeSet seen = {};

        for (size_t i = 0; i < object->n_values; i++) {
                AttributeId attribute = object->values[i].attribute;

                if (i > 0 && attribute == object->values[i - 1].attribute)
                        continue;
                if (attribute_set_has(&seen, attribute))
                        return false;
                attribute_set_add(&seen, attribute);
        }

        return true;
}

static int object_group(Object *object)
{
        uint32_t next[ATTRIBUTE_MAX];
        Value *grouped;
        uint32_t at = 0;

        grouped = calloc(object->n_allocated, sizeof(*grouped));
        if (!grouped)
                return -ENOMEM;

        for (unsigned i = 0; i < ATTRIBUTE_MAX; i++) {
                next[i] = at;
                at += object->count[i];
        }
        for (size_t i = 0; i < object->n_values; i++)
                grouped[next[object->values[i].attribute]++] = object->values[i];

        free(object->values);
        object->values = grouped;
        return 0;
}

int object_seal(Object *object)
{
        const Value *value;
        int r;

        if (!object_is_grouped(object)) {
                r = object_group(object);
                if (r < 0)
                        return r;
        }

        for (size_t i = object->n_values; i-- > 0;)
                object->first[object->values[i].attribute] = (uint32_t)i;

        /* A GUID of the wrong length is no GUID: the object then has none, and whoever needs one says so. */
        value = object_value(object, ATTRIBUTE_OBJECT_GUID);
        if (value)
                (void)guid_from_bytes(value->data, value->size, &object->guid);
        value = object_value(object, ATTRIBUTE_PARENT_GUID);
        if (value)
                (void)guid_from_bytes(value->data, value->size, &object->parent);

        (void)object_integer(object, ATTRIBUTE_USN_CHANGED, &object->usn);
        object->is_deleted = object_boolean(object, ATTRIBUTE_IS_DELETED);
        object->kind = object_derive_kind(object);
        return 0;
}

void object_copy_identity(Object *object, const Object *from)
{
        object->guid = from->guid;
        object->parent = from->parent;
        object->kind = from->kind;
        object->usn = from->usn;
        object->known = from->known;
}

bool object_integer(const Object *object, AttributeId attribute, int64_t *ret)
{
        const Value *value = object_value(object, attribute);

        return value && text_integer((Slice){ value->data, value->size }, ret);
}

bool object_boolean(const Object *object, AttributeId attribute)
{
        const Value *value = object_value(object, attribute);

        return value && value_equals_string_nocase(value, "TRUE");
}

bool value_equals_string(const Value *value, const char *string)
{
        return value->size == strlen(string) && memcmp(value->data, string, value->size) == 0;
}

bool value_equals_string_nocase(const Value *value, const char *string)
{
        return value->size == strlen(string) &&
               strncasecmp((const char *)value->data, string, value->size) == 0;
}

static bool attribute_has_column(AttributeId attribute)
{
        return attribute == ATTRIBUTE_OBJECT_GUID || attribute == ATTRIBUTE_PARENT_GUID ||
               attribute == ATTRIBUTE_USN_CHANGED;
}

/* No more than this: the attribute and the count, then the size and the bytes of each value. */
static int object_packed_size_max(const Object *object, size_t *ret)
{
        size_t size = 0;

        for (size_t i = 0; i < object->n_values; i++)
                if (__builtin_add_overflow(
                            size, (size_t)object->values[i].size + 3 * VARINT_SIZE_MAX, &size))
                        return -ENOMEM;

        *ret = size;
        return 0;
}

int object_pack(const Object *object, Buffer *buffer)
{
        size_t most;
        uint8_t *at;
        int r;

        r = object_packed_size_max(object, &most);
        if (r >= 0)
                r = buffer_reserve(buffer, most);
        if (r < 0 || most == 0)
                return r;

        at = buffer->data + buffer->size;
        for (size_t i = 0; i < object->n_values; i++) {
                const Value *value = &object->values[i];

                if (attribute_has_column(value->attribute))
                        continue;

                if (i == object->first[value->attribute]) {
                        at = varint_write(at, value->attribute);
                        at = varint_write(at, object->count[value->attribute]);
                }
                at = varint_write(at, value->size);
                if (value->size > 0)
                        memcpy(at, value->data, value->size);
                at += value->size;
        }

        buffer->size = (size_t)(at - buffer->data);
        return 0;
}

/* The values of one attribute; where nobody wants them they are passed over. */
static int object_unpack_values(Object *object, AttributeId attribute, bool is_wanted, uint64_t n,
                                const uint8_t *bytes, size_t size, size_t *at)
{
        for (; n > 0; n--) {
                uint64_t length;
                int r;

                r = varint_read(bytes, size, at, &length);
                if (r < 0)
                        return r;
                if (length > size - *at)
                        return -EBADMSG;

                if (is_wanted) {
                        r = object_add(object, attribute, bytes + *at, length);
                        if (r < 0)
                                return r;
                }
                *at += length;
        }

        return 0;
}

/* `wanted` NULL: all that we know. */
static bool attribute_is_wanted(const AttributeSet *wanted, uint64_t attribute)
{
        return attribute > 0 && attribute < ATTRIBUTE_MAX &&
               (wanted ? attribute_set_has(wanted, (AttributeId)attribute)
                       : attribute_name((AttributeId)attribute) != NULL);
}

int object_unpack_some(Object *object, const void *data, size_t size, const AttributeSet *wanted)
{
        const uint8_t *bytes = data;
        size_t at = 0;

        while (at < size) {
                uint64_t attribute, n;
                int r;

                r = varint_read(bytes, size, &at, &attribute);
                if (r >= 0)
                        r = varint_read(bytes, size, &at, &n);
                if (r >= 0)
                        r = object_unpack_values(object, (AttributeId)attribute,
                                                 attribute_is_wanted(wanted, attribute), n, bytes,
                                                 size, &at);
                if (r < 0)
                        return r;
        }

        return 0;
}

int object_unpack(Object *object, const void *data, size_t size)
{
        return object_unpack_some(object, data, size, NULL);
}

static const char *const kind_names[] = {
        [KIND_OTHER] = "other",
        [KIND_USER] = "user",
        [KIND_INETORGPERSON] = "inetOrgPerson",
        [KIND_CONTACT] = "contact",
        [KIND_GROUP] = "group",
        [KIND_CONTAINER] = "container",
        [KIND_COMPUTER] = "computer",
};

const char *kind_name(Kind kind)
{
        return kind_names[kind];
}

int kind_from_name(const char *name, Kind *ret)
{
        for (size_t i = 0; i < ARRAY_SIZE(kind_names); i++)
                if (strcasecmp(kind_names[i], name) == 0) {
                        *ret = (Kind)i;
                        return 0;
                }

        return -EINVAL;
}
