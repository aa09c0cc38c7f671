/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A question to a domain controller other than the one that is followed: when did the connectors' accounts log on at it last? One search.
 * Sans I/O, as the feed is.
 */

#include "lib/core/object.h"
#include "lib/state/domain.h"
#include "lib/state/feed.h"

typedef struct Logon Logon;

/* 1 where there are accounts to ask about; 0: there are none; negative. The domain and the store must outlive it; `wall` is Unix seconds. */
int logon_new(Store *store, const Domain *domain, int64_t wall, Logon **ret);
Logon *logon_free(Logon *logon);
DEFINE_CLEANUP(Logon, logon_free)

/* What is to be sent; the logon's. */
const FeedRequest *logon_request(const Logon *logon);

/* An entry of the answer. 0 or negative. */
int logon_entry(Logon *logon, const Object *object);

/* The answer's end. NULL: it has answered, or a code for what it answered instead. */
const char *logon_failure(const FeedResult *result);
