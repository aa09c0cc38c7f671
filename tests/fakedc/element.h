/* SPDX-License-Identifier: MIT */
#pragma once

/* BER elements in place: a tag, a length, a content. What liblber decodes it copies first, and here nothing is kept. */

#include <lber.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Takes the first element of *rest, which moves behind it. False: there is none, or it is malformed or not whole; outputs
 * are unchanged then.
 */
bool element_take(struct berval *rest, unsigned *ret_tag, struct berval *ret);

/* The same where the tag must be this one. */
bool element_expect(struct berval *rest, unsigned tag, struct berval *ret);
bool element_expect_integer(struct berval *rest, unsigned tag, int *ret);

/*
 * How long the message at the beginning of these bytes is, with its header. 0: not known yet. SIZE_MAX: that is no message.
 */
size_t element_message_size(const void *data, size_t size);
