/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The objects in an LDIF file, one after the other, as if they had been read from their domains: accounts, contacts and groups.
 * What cannot be judged is told on stderr by its line, and the rest goes on.
 */

#include "lib/core/ldif.h"

typedef struct ObjectFile ObjectFile;

/* "-" is standard input. 0, or negative after a message. */
int object_file_open(const char *path, ObjectFile **ret);
ObjectFile *object_file_close(ObjectFile *file);
DEFINE_CLEANUP(ObjectFile, object_file_close)

/*
 * Reads the next object, reset and sealed. Where the file has no objectGUID, one is made: see file_guid_is_made(). *ret_domain is
 * the FQDN that its name spells, in lower case, borrowed until the next call. 1, 0 at the end, or negative.
 */
int object_file_next(ObjectFile *file, Object *object, const char **ret_domain);

/*
 * The same for changes too (modify, modrdn, delete), where *ret_change says so: then the object has only a name, *ret_edits what is
 * done to it, borrowed until the next call. `fallback` is the domain of names without DC= parts, which get its; NULL: there is none.
 */
int object_file_next_change(ObjectFile *file, const char *fallback, Object *object,
                            const char **ret_domain, LdifChange *ret_change,
                            const LdifEdits **ret_edits);

/* Tells that the last record could not be judged, and why. */
void object_file_complain(ObjectFile *file, const char *why);

/* How it is called in messages. */
const char *object_file_name(const ObjectFile *file);

/* How many records were told to be unreadable. */
size_t object_file_unreadable(const ObjectFile *file);
