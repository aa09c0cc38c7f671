/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What happened to objects, and is not told so far, because only a domain controller says so that may be behind the one before: that one
 * was moved, has another name, was deleted or restored may be how it was before what was told last. Of each such object the row is
 * kept as it was told; when the domain controller has caught up, what has become of it is told at once, if it is anything. Of one
 * that is deleted by then it is kept on, for the day on which it is restored.
 */

#include "lib/state/cache.h"

/* Keeps an object's row as it stands in the cache, unless one is kept already. 0 or negative. */
int untold_keep(Store *store, int64_t object);

int untold_get(Store *store, int64_t object,
               CacheRow *ret); /* its row as it was told. 1, 0: none is kept, or negative */
int untold_end(Store *store, int64_t object); /* it need not be, any more. 0 or negative */
int untold_bury(Store *store, int64_t object,
                int64_t at); /* that it is deleted was told. 0 or negative */

int untold_exists(Store *store, int64_t domain); /* is any row kept? 1, 0, or negative */

/*
 * Any object of a domain that is not as it was told, or may not be: its row as it was. Of those that live only one that was last shown in
 * that epoch, unless it is UNTOLD_ANY_EPOCH. 1, 0: there is none, or negative.
 */
int untold_first(Store *store, int64_t domain, int64_t epoch, CacheRow *ret);

#define UNTOLD_ANY_EPOCH (-1)
