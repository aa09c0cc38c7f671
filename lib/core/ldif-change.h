/* SPDX-License-Identifier: MIT */
#pragma once

/* What a change record of LDIF does to an object: edits of its values, or another name; and an object after that, as AD would have it. */

#include "lib/core/arena.h"
#include "lib/core/object.h"
#include "lib/core/text.h"

typedef enum LdifOperation {
        LDIF_VALUES_ADD,
        LDIF_VALUES_DELETE, /* without values: all of them */
        LDIF_VALUES_REPLACE,
} LdifOperation;

typedef struct LdifEdit {
        LdifOperation operation;
        AttributeId attribute; /* ATTRIBUTE_NONE: one that scand does not know */
        const Slice *values;
        size_t n_values;
} LdifEdit;

/* One record's; reused. Slices live until the next reset. */
typedef struct LdifEdits {
        LdifEdit *edits;
        size_t n_edits;

        Slice new_rdn; /* modrdn: empty in other records */
        bool deletes_old_rdn;
        Slice new_superior; /* empty: where it was */

        /* Private. */
        Slice *values;
        size_t n_values, n_values_allocated, n_allocated;
        bool is_open; /* between "add: mail" and "-" */
        Arena arena;
} LdifEdits;

void ldif_edits_done(LdifEdits *edits);
void ldif_edits_reset(LdifEdits *edits);

/*
 * Takes the lines of a record one by one: `name` without options, `value` decoded. "-" ends an edit. 0, -ENOMEM, or -EBADMSG with a
 * sentence's part in *ret_error (static).
 */
int ldif_edits_take_modify(LdifEdits *edits, Slice name, Slice value, const char **ret_error);
void ldif_edits_take_dash(LdifEdits *edits);
int ldif_edits_take_rename(LdifEdits *edits, Slice name, Slice value, const char **ret_error);

/* When the record has ended: its edits may be used from here on. 0, -ENOMEM or -EBADMSG likewise. */
int ldif_edits_end(LdifEdits *edits, bool is_rename, const char **ret_error);

/*
 * The object after the edits, as a copy: `ret` is reset and sealed. What a domain controller refuses is refused: taking away what is not
 * there, adding what is, equal being what AD takes for equal. 0, -ENOMEM, or -EBADMSG with a sentence's part in *ret_error.
 */
int ldif_edits_apply(const LdifEdits *edits, const Object *object, Object *ret,
                     const char **ret_error);
