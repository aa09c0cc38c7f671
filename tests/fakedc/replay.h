/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Objects that are sent as they stand in a file, encoded beforehand: millions of them cost the server next to nothing. They are found
 * by USN, by GUID, and by filters over objectClass: of any other attribute none has a value, as far as filters are concerned.
 *
 * The file is REPLAY_MAGIC, then a ReplayRecord and its bytes for each object in the order of their USNs, in this machine's order of
 * bytes; each record begins at a multiple of 8.
 */

#include <lber.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/core/buffer.h"
#include "tests/fakedc/directory.h"

#define REPLAY_MAGIC      "scand-replay-01\n"
#define REPLAY_MAGIC_SIZE (sizeof(REPLAY_MAGIC) - 1)

typedef struct ReplayRecord {
        int64_t usn;
        uint32_t size; /* of what follows: a SearchResultEntry, tag and all */
        uint32_t zero;
        uint8_t guid[16];
} ReplayRecord;

typedef struct Replay {
        uint8_t *data; /* mapped, for us alone to write to */
        size_t size;
        ReplayRecord **
                records; /* in the order of their USNs; NULL: has got another since, and stands further back */
        size_t n_records;
        Entry *classes[4]; /* one of each class, for filters; NULL behind the last */
} Replay;

/* 0, or -1 and errno. *ret_usn: the highest. */
int replay_open(Replay *replay, const char *path, int64_t *ret_usn);
void replay_done(Replay *replay);

/* Gives n objects, from all over the file, new USNs above `usn`, and other nicknames with which something is wrong, or is well again. */
void replay_touch(Replay *replay, size_t n, int64_t usn);

/* What of it a filter matches: from `first` on, those whose class has its bit in the mask. */
typedef struct ReplaySearch {
        size_t next;
        unsigned classes;
} ReplaySearch;

void replay_search(const Replay *replay, const struct berval *filter, ReplaySearch *ret);

/*
 * Appends messages for at most `most` objects that match, with these attributes, and returns for how many. ReplaySearch is where to go on;
 * replay_is_at_end() when there are no more.
 */
size_t replay_take(const Replay *replay, ReplaySearch *search, int id, struct berval attributes,
                   size_t most, Buffer *messages);
bool replay_is_at_end(const Replay *replay, const ReplaySearch *search);

/* Is the list so long that objects are sent as they stand in the file? */
bool replay_wants_all(struct berval attributes);

/* The same for one object. False: none has that GUID. */
bool replay_take_guid(const Replay *replay, const uint8_t guid[static 16], int id,
                      struct berval attributes, Buffer *messages);
