/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Findings that stay open although nothing supports them any more, because only a domain controller says so that may be behind the
 * one before. Each is held for one or more domains whose domain controller that is, and is over when none of them is left.
 */

#include "lib/state/id-list.h"
#include "lib/state/store.h"

typedef struct Hold {
        int64_t domain; /* for which it is held: not always the object's own */
        int64_t object, key;
        uint64_t id;
} Hold;

int hold_exists(Store *store);                /* is anything held at all? 1, 0, or negative */
int hold_add(Store *store, const Hold *hold); /* it may be there already. 0 or negative */
int hold_end(Store *store, const Hold *hold); /* of this domain. 0 or negative */

/* Of all domains. 1: it was held; 0: it was not; or negative. */
int hold_end_all(Store *store, int64_t object, int64_t key, uint64_t id);

int hold_find(Store *store, int64_t object, int64_t key,
              uint64_t id); /* is it held? 1, 0, or negative */

/* The domains for which something is held: all, or only those of one key. Appended. 0 or negative. */
int hold_domains(Store *store, IdList *ret);
int hold_domains_of(Store *store, int64_t key, IdList *ret);

int hold_first(Store *store, int64_t domain,
               Hold *ret); /* any that is held for it. 1, 0: none is, or negative */
int hold_count(Store *store, int64_t domain, int64_t *ret); /* how many are. 0 or negative */
