/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * With which attributes a row was read, as the database keeps it: once for all rows that were read alike. Also the small numbers of
 * epochs, which are kept the same way.
 */

#include "lib/core/attribute.h"
#include "lib/core/guid.h"
#include "lib/state/store.h"

typedef uint8_t AttributeListBytes[ATTRIBUTE_MAX / 8];

/* Little end first, without trailing zero bytes, so that equal sets stay equal when ATTRIBUTE_MAX grows. Gives the size. */
size_t attribute_list_pack(const AttributeSet *set, AttributeListBytes ret);
void attribute_list_unpack(const void *data, size_t size, AttributeSet *ret);

/* The number of a set: _find gives 1 or 0 where it is new, _number makes it and gives 0. */
int attribute_list_find(Store *store, const AttributeSet *set, int64_t *ret);
int attribute_list_number(Store *store, const AttributeSet *set, int64_t *ret);
int attribute_list_get(Store *store, int64_t number,
                       AttributeSet *ret); /* an unknown number is the empty set */

/* The number of an invocationId, likewise. */
int epoch_find(Store *store, const Guid *invocation_id, int64_t *ret);
int epoch_number(Store *store, const Guid *invocation_id, int64_t *ret);
