/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * RFC 2849 as far as people write it: content records and change records, folded lines, base64, comments.
 * URLs ("<file:///…") and includes are refused by name: a file must not make us open what it names.
 */

#include <stdio.h>

#include "lib/core/ldif-change.h"
#include "lib/core/object.h"

typedef struct LdifReader LdifReader;

typedef enum LdifChange {
        LDIF_CONTENT, /* no changetype: the whole object */
        LDIF_ADD,
        LDIF_DELETE,
        LDIF_MODIFY,
        LDIF_RENAME,
} LdifChange;

enum {
        LDIF_END = 1, /* no further record */
};

/* Borrows the stream. 0 or -ENOMEM. */
int ldif_reader_new(LdifReader **ret, FILE *stream);
LdifReader *ldif_reader_free(LdifReader *reader);
DEFINE_CLEANUP(LdifReader, ldif_reader_free)

/*
 * Reads the next record into object, which is reset and sealed, its values copied. 0, LDIF_END, -ENOMEM, -EIO, or -EBADMSG
 * with a sentence for people in *ret_error (borrowed until the next call), which names the line. After -EBADMSG the
 * next call goes on with the record that follows.
 *
 * LDIF_CONTENT and LDIF_ADD bring all values; attributes that scand does not know are skipped, all others count as known, so
 * that absent means absent. Of a delete, modify or rename the object holds the name only, and nothing counts as known.
 *
 * Taken as people have it: a byte order mark; GUIDs and SIDs in their text form, as ldbsearch prints them; and what
 * ldapsearch says of itself between the records ("search:", "result:", "ref:"), of which an unsuccessful result is an
 * error, because the file is then not complete.
 */
int ldif_read(LdifReader *reader, Object *object, LdifChange *ret_change, const char **ret_error);

/* What the last record changes, after LDIF_MODIFY and LDIF_RENAME; borrowed until the next call. */
const LdifEdits *ldif_edits(const LdifReader *reader);

/* The line on which the last record began, from 1. */
size_t ldif_line(const LdifReader *reader);

/* How much of the stream was read so far. */
int64_t ldif_bytes(const LdifReader *reader);
