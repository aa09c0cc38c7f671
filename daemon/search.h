/* SPDX-License-Identifier: MIT */
#pragma once

/* What the feed wants to know, as an LDAP search; and the end of its answer, as the feed wants to be told. */

#include <ldap.h>

#include "lib/state/feed.h"

/* Sends it. 0 with *ret_msgid; -ENOTCONN: the connection is broken; -EINVAL: the filter is none; -ENOMEM. */
int search_send(LDAP *handle, const FeedRequest *request, int *ret_msgid);

/*
 * Reads a final message of whatever type. The cookie is copied into `cookie`, where ret->cookie points to. 0, -ENOMEM,
 * or -EBADMSG for what is no result.
 */
int search_parse_result(LDAP *handle, LDAPMessage *message, Buffer *cookie, FeedResult *ret);
