/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The tenant of the made-up company, as Graph pages of users: one for each of its users, synced by the anchor that the connector gives them. Of
 * a hundred, one is an account of the cloud alone with an address that somebody of the company has, and one an orphan.
 */

#include <stdbool.h>

#include "lib/core/buffer.h"
#include "tests/bench/company.h"

/* Is the object a user? */
bool tenant_has(const MadeObject *object);

/* Appends the user that was made of this object, as JSON. `number` counts them, from 0. 0 or -ENOMEM. */
int tenant_user(const MadeObject *object, uint64_t number, Buffer *buffer);
