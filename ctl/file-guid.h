/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Objects in a file often come without objectGUID, but all that scand does goes by it. One is made of the name then, in a form
 * that no directory hands out, so that it can be told and is never shown.
 */

#include "lib/core/guid.h"
#include "lib/core/text.h"

/* The same for equal names. 0, -ENOMEM, or -EBADMSG for what is no DN. */
int file_guid_make(Slice dn, Guid *ret);

bool file_guid_is_made(const Guid *guid);
