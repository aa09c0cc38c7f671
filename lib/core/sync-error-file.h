/* SPDX-License-Identifier: MIT */
#pragma once

/* A file of errors, in whichever shape: XML of csexport, JSON or CSV. It tells itself. Fed in pieces of any size. */

#include "lib/core/sync-error.h"

typedef struct SyncErrorFile SyncErrorFile;

/* Adds to the list, which must outlive it. 0 or -ENOMEM. */
int sync_error_file_new(SyncErrorList *list, SyncErrorFile **ret);
SyncErrorFile *sync_error_file_free(SyncErrorFile *file);
DEFINE_CLEANUP(SyncErrorFile, sync_error_file_free)

/*
 * 0; -EBADMSG: sync_error_file_error() says byte, object and reason, and nothing more may be fed; -ENOMEM; -E2BIG: more errors than
 * SYNC_ERRORS_MAX. After a failure the list may hold some errors of the file.
 */
int sync_error_file_feed(SyncErrorFile *file, const void *data, size_t size);
int sync_error_file_end(SyncErrorFile *file);
const char *sync_error_file_error(const SyncErrorFile *file);

SyncErrorSource sync_error_file_source(const SyncErrorFile *file);
size_t sync_error_file_count(const SyncErrorFile *file); /* objects, be there an error or not */
