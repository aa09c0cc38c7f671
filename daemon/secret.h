/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A password, read when it is needed and forgotten right after: in memory that is locked, kept out of core dumps, and
 * wiped. What libldap and the TLS library copy of it on the way out is theirs, and not wiped.
 */

#include <stdbool.h>
#include <stddef.h>

typedef struct Secret {
        char *data; /* not NUL-terminated */
        size_t size;
        size_t mapped;
} Secret;

#define SECRET_NULL ((Secret){ .data = NULL })

enum {
        SECRET_EXPOSED = 1, /* the file may be read by its group or by others */
        SECRET_EMPTY = 2,
        SECRET_TOO_LONG = 3, /* or it is no regular file */
};

/*
 * Reads the file, without following a link at its end, and strips one line end. Files that group or others may read are
 * refused, unless is_credential: systemd keeps those in a folder that only the service can enter. 0 with *ret, one of
 * the above, or a negative errno of opening and reading.
 */
int secret_read(const char *path, bool is_credential, Secret *ret);
void secret_done(Secret *secret);

/*
 * Where a secret is: "credential:NAME" stands for a file in `folder`, which systemd made for this service (NULL: it did not);
 * anything else is a path. 0 with *ret, which the caller frees, and whether it lies in that folder; -ENOENT where there is no
 * folder, -EINVAL for what is no credential's name, -ENOMEM.
 */
int secret_path(const char *file, const char *folder, char **ret, bool *ret_is_credential);
