/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A question about one object, asked beside the feed when somebody wants to know: which domain controller was each of its attributes
 * written on, and when? Two searches: the object's replPropertyMetaData, and the names behind the invocationIds in it. Sans I/O, as
 * the feed is.
 */

#include "lib/core/object.h"
#include "lib/state/feed.h"

typedef struct Origin Origin;

/* `configuration_nc` is the forest's. 0 or -ENOMEM. */
int origin_new(const Guid *guid, const char *configuration_nc, Origin **ret);
Origin *origin_free(Origin *origin);
DEFINE_CLEANUP(Origin, origin_free)

const Guid *origin_guid(const Origin *origin);

/* What is to be sent now; the origin's, until the next call. */
const FeedRequest *origin_request(const Origin *origin);

/* An entry of the answer. 0, or negative: the question has failed, and waits for the end of the answer. */
int origin_entry(Origin *origin, const Object *object);

/* The answer's end. ORIGIN_MORE: send the next; 0: all is known; -ENOENT: no such object; or another negative. */
enum {
        ORIGIN_MORE = 1,
};

int origin_result(Origin *origin, int code);

/*
 * A line for each attribute, the newest first: "NAME<tab>VERSION<tab>UNIX SECONDS<tab>USN<tab>SERVER". NAME is a number where nobody knows
 * it; SERVER an invocationId where no domain controller has that any more. Appends. 0 or -ENOMEM.
 */
int origin_text(const Origin *origin, Buffer *buffer);
