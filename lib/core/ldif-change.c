/* SPDX-License-Identifier: MIT */
#include "lib/core/ldif-change.h"

#include <errno.h>
#include <string.h>

#include "lib/core/dn.h"

void ldif_edits_done(LdifEdits *edits)
{
        free(edits->edits);
        free(edits->values);
        arena_done(&edits->arena);
        *edits = (LdifEdits){};
}

void ldif_edits_reset(LdifEdits *edits)
{
        arena_reset(&edits->arena);
        edits->n_edits = edits->n_values = 0;
        edits->new_rdn = edits->new_superior = (Slice){};
        edits->deletes_old_rdn = edits->is_open = false;
}

/* ------------------------------------------------------------------ taking lines */

static int fail(const char **ret_error, const char *error)
{
        *ret_error = error;
        return -EBADMSG;
}

static int copy(LdifEdits *edits, Slice value, Slice *ret)
{
        const void *data = arena_copy(&edits->arena, value.data, value.size);

        if (!data)
                return -ENOMEM;
        *ret = (Slice){ data, value.size };
        return 0;
}

static int begin_edit(LdifEdits *edits, LdifOperation operation, Slice attribute)
{
        const uint8_t *option =
                attribute.size > 0 ? memchr(attribute.data, ';', attribute.size) : NULL;
        size_t size = option ? (size_t)(option - attribute.data) : attribute.size;

        if (edits->n_edits == edits->n_allocated) {
                size_t n = edits->n_allocated ? 2 * edits->n_allocated : 8;
                LdifEdit *more = reallocarray(edits->edits, n, sizeof(*more));

                if (!more)
                        return -ENOMEM;
                edits->edits = more;
                edits->n_allocated = n;
        }

        edits->edits[edits->n_edits++] = (LdifEdit){
                .operation = operation,
                .attribute = attribute_find((const char *)attribute.data, size),
        };
        edits->is_open = true;
        return 0;
}

static int add_value(LdifEdits *edits, Slice value)
{
        if (edits->n_values == edits->n_values_allocated) {
                size_t n = edits->n_values_allocated ? 2 * edits->n_values_allocated : 16;
                Slice *more = reallocarray(edits->values, n, sizeof(*more));

                if (!more)
                        return -ENOMEM;
                edits->values = more;
                edits->n_values_allocated = n;
        }
        if (copy(edits, value, &edits->values[edits->n_values]) < 0)
                return -ENOMEM;

        edits->n_values++;
        edits->edits[edits->n_edits - 1].n_values++;
        return 0;
}

int ldif_edits_take_modify(LdifEdits *edits, Slice name, Slice value, const char **ret_error)
{
        static const struct {
                const char *word;
                LdifOperation operation;
        } operations[] = {
                { "add", LDIF_VALUES_ADD },
                { "delete", LDIF_VALUES_DELETE },
                { "replace", LDIF_VALUES_REPLACE },
        };

        if (edits->is_open)
                return add_value(edits, value);

        for (size_t i = 0; i < ARRAY_SIZE(operations); i++)
                if (text_equals_nocase(name, operations[i].word))
                        return begin_edit(edits, operations[i].operation, value);

        return fail(ret_error, "a modification begins with add:, delete: or replace:");
}

void ldif_edits_take_dash(LdifEdits *edits)
{
        edits->is_open = false;
}

int ldif_edits_take_rename(LdifEdits *edits, Slice name, Slice value, const char **ret_error)
{
        if (text_equals_nocase(name, "newrdn"))
                return copy(edits, value, &edits->new_rdn);
        if (text_equals_nocase(name, "newsuperior"))
                return copy(edits, value, &edits->new_superior);
        if (!text_equals_nocase(name, "deleteoldrdn"))
                return fail(ret_error,
                            "a renaming has newrdn:, deleteoldrdn: and newsuperior: only");

        edits->deletes_old_rdn = slice_equal(value, SLICE("1"));
        return 0;
}

int ldif_edits_end(LdifEdits *edits, bool is_rename, const char **ret_error)
{
        size_t first = 0;

        if (is_rename && edits->new_rdn.size == 0)
                return fail(ret_error, "a renaming without newrdn:");

        for (size_t i = 0; i < edits->n_edits; i++) {
                edits->edits[i].values = edits->values + first;
                first += edits->edits[i].n_values;
        }
        return 0;
}

/* ------------------------------------------------------------------ an object after them */

/* As a domain controller compares values of the attribute. 1, 0 or -ENOMEM. */
static int is_equal(AttributeId attribute, Slice a, Slice b)
{
        switch (attribute_syntax(attribute)) {
        case SYNTAX_STRING:
        case SYNTAX_OID:
        case SYNTAX_DN:
                return text_equal_ad(a.data, a.size, b.data, b.size);
        case SYNTAX_INTEGER:
        case SYNTAX_BOOLEAN:
        case SYNTAX_OCTETS:
        case SYNTAX_GUID:
        case SYNTAX_SID:
        case SYNTAX_TIME:
                break;
        }

        return slice_equal(a, b);
}

/* Where among the edit's values this one is, or a negative errno; n_values: nowhere. */
static int64_t find_value(const LdifEdit *edit, Slice value)
{
        for (size_t i = 0; i < edit->n_values; i++) {
                int r = is_equal(edit->attribute, edit->values[i], value);

                if (r < 0)
                        return r;
                if (r > 0)
                        return (int64_t)i;
        }

        return (int64_t)edit->n_values;
}

/* Copies the values of the edit's own attribute, but for those that go. Counts what met the edit's values. */
static int keep_values(const LdifEdit *edit, const Object *object, Object *ret, size_t *ret_met)
{
        const Value *values;
        size_t n;

        values = object_values(object, edit->attribute, &n);
        for (size_t i = 0; i < n; i++) {
                int64_t found = find_value(edit, (Slice){ values[i].data, values[i].size });
                bool goes = edit->operation == LDIF_VALUES_REPLACE;
                int r;

                if (found < 0)
                        return (int)found;
                if (found < (int64_t)edit->n_values)
                        (*ret_met)++;
                if (edit->operation == LDIF_VALUES_DELETE)
                        goes = edit->n_values == 0 || found < (int64_t)edit->n_values;
                if (goes)
                        continue;

                r = object_add_copy(ret, edit->attribute, values[i].data, values[i].size);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int apply_own(const LdifEdit *edit, const Object *object, Object *ret,
                     const char **ret_error)
{
        size_t n_met = 0;
        int r;

        r = keep_values(edit, object, ret, &n_met);
        if (r < 0)
                return r;

        switch (edit->operation) {
        case LDIF_VALUES_DELETE:
                if (n_met < edit->n_values ||
                    (edit->n_values == 0 && !object_has(object, edit->attribute)))
                        return fail(ret_error, "takes away a value that is not there");
                return 0;
        case LDIF_VALUES_ADD:
                if (n_met > 0)
                        return fail(ret_error, "adds a value that is there already");
                break;
        case LDIF_VALUES_REPLACE:
                break;
        }

        for (size_t i = 0; i < edit->n_values && r >= 0; i++)
                r = object_add_copy(ret, edit->attribute, edit->values[i].data,
                                    edit->values[i].size);
        return r;
}

static int copy_attribute(const Object *object, AttributeId attribute, Object *ret)
{
        const Value *values;
        size_t n;

        values = object_values(object, attribute, &n);
        for (size_t i = 0; i < n; i++) {
                int r = object_add_copy(ret, attribute, values[i].data, values[i].size);

                if (r < 0)
                        return r;
        }

        return 0;
}

/* The object with one edit, or with none (NULL) and another name. */
static int edit_object(const LdifEdit *edit, const Object *object, Slice dn, Object *ret,
                       const char **ret_error)
{
        int r;

        object_reset(ret);
        r = object_set_dn(ret, (const char *)dn.data, dn.size);
        for (AttributeId attribute = 1; attribute < ATTRIBUTE_MAX && r >= 0; attribute++)
                if (!edit || attribute != edit->attribute)
                        r = copy_attribute(object, attribute, ret);
        if (r >= 0 && edit && edit->attribute != ATTRIBUTE_NONE)
                r = apply_own(edit, object, ret, ret_error);
        if (r >= 0)
                r = object_seal(ret);
        if (r < 0)
                return r;

        object_copy_identity(ret, object);
        return 0;
}

/* cn follows the name, whatever deleteoldrdn says: AD keeps one value only. */
static int rename_object(const LdifEdits *edits, const Object *object, Object *ret,
                         const char **ret_error)
{
        _cleanup_(object_freep) Object *renamed = NULL;
        _cleanup_buffer_ Buffer dn = BUFFER_INIT, cn = BUFFER_INIT;
        Slice rdn, parent, old = { object->dn.data, object->dn.size }, value;
        LdifEdit edit = {
                .operation = LDIF_VALUES_REPLACE,
                .attribute = ATTRIBUTE_CN,
                .values = &value,
                .n_values = 1,
        };
        int r;

        r = dn_split(old, &rdn, &parent);
        if (r < 0)
                return r == -EBADMSG ? fail(ret_error, "renames what is no distinguished name") : r;
        if (edits->new_superior.size > 0)
                parent = edits->new_superior;

        r = buffer_append(&dn, edits->new_rdn.data, edits->new_rdn.size);
        if (r >= 0)
                r = buffer_append_byte(&dn, ',');
        if (r >= 0)
                r = buffer_append(&dn, parent.data, parent.size);
        if (r >= 0)
                r = dn_rdn_value((Slice){ dn.data, dn.size }, &cn);
        if (r < 0)
                return r == -EBADMSG ? fail(ret_error, "gives a name that is none") : r;

        value = (Slice){ cn.data, cn.size };
        r = object_new(&renamed);
        if (r >= 0)
                r = edit_object(&edit, object, (Slice){ dn.data, dn.size }, renamed, ret_error);
        return r < 0 ? r : edit_object(NULL, renamed, (Slice){ dn.data, dn.size }, ret, ret_error);
}

int ldif_edits_apply(const LdifEdits *edits, const Object *object, Object *ret,
                     const char **ret_error)
{
        _cleanup_(object_freep) Object *before = NULL, *after = NULL;
        Slice dn = { object->dn.data, object->dn.size };
        int r;

        if (edits->new_rdn.size > 0)
                return rename_object(edits, object, ret, ret_error);

        r = object_new(&before);
        if (r >= 0)
                r = object_new(&after);
        if (r >= 0)
                r = edit_object(NULL, object, dn, before, ret_error);
        for (size_t i = 0; i < edits->n_edits && r >= 0; i++) {
                Object *swap = before;

                r = edit_object(&edits->edits[i], before, dn, after, ret_error);
                before = after;
                after = swap;
        }
        return r < 0 ? r : edit_object(NULL, before, dn, ret, ret_error);
}
