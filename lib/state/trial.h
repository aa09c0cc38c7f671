/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What would be: objects as they are to become, applied by the very path that the daemon applies answers on, to a copy of the cache or
 * to nothing at all. Uniqueness, persons and scope are therefore judged by the same code and against everybody.
 */

#include "lib/core/config.h"
#include "lib/core/object.h"
#include "lib/state/cloud-import.h"
#include "lib/state/store.h"

typedef struct Trial Trial;

/*
 * Begins with a copy of `source`; NULL: with nothing, so that what is staged is all there is. `now` dates what opens. Both borrowed. 0,
 * or negative with a sentence in *ret_error, which the caller frees (NULL: no memory for it).
 */
int trial_new(Store *source, const Config *config, int64_t now, Trial **ret, char **ret_error);
Trial *trial_free(Trial *trial);
DEFINE_CLEANUP(Trial, trial_free)

/*
 * Takes an object as it is to be, its GUID that of the cached one that it changes, in the domain of that FQDN in lower case. Its name
 * tells where it stands. Staged again, the later one counts. The object's parent and USN are written over. 0 or negative.
 */
int trial_stage(Trial *trial, const char *domain, Object *object);

/*
 * An inventory of the cloud to judge by, as cloud-import.h takes it: begin, feed and end its files before trial_apply(), which publishes
 * it. Made at the first call. 0 or negative.
 */
int trial_cloud(Trial *trial, CloudImport **ret);

/* It was read and is whole: what it says of the tenant holds from here on. 0 or negative. */
int trial_cloud_read(Trial *trial);

/* Applies all that was staged, once. 0 or negative. */
int trial_apply(Trial *trial);

/* The copy, and the configuration with the domains that were staged in: for the questions of query.h. Borrowed. */
Store *trial_store(Trial *trial);
const Config *trial_config(const Trial *trial);
