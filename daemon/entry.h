/* SPDX-License-Identifier: MIT */
#pragma once

/* A search entry as libldap received it, as an Object: without copies but for the name. */

#include <ldap.h>

#include "lib/core/object.h"

/*
 * Fills `object`, which is reset before and sealed after. Its values point into the message and live as long as that.
 * Of the attributes only those in `requested` are taken; that set becomes object->known. 0, -ENOMEM, or -EBADMSG for
 * bytes that are no entry.
 */
int entry_decode(LDAP *handle, LDAPMessage *message, const AttributeSet *requested, Object *object);

/*
 * The part after the name, by itself, for fuzzing: the content of the attribute list, a sequence of { type, set of
 * values }.
 */
int entry_decode_attributes(const uint8_t *data, size_t size, const AttributeSet *requested,
                            Object *object);
